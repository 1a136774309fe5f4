"""Periods by due date: rolling windows beside fixed ones, and comparisons of like with like only (domain.md c5; c6, attack 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings, Integrity
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.integrity import integrity
from troth.engine.promises.ranking import difference
from troth.terms.errors import RequestError

ROLLING_DAYS = (28, 91, 365)

LEAST_COVERED = 0.9
"""Share of its days a period must have within the record to be compared; the rest leaves room for a weekend at either end."""

LEAST_OF_MEDIAN = 0.1
"""Share of the median period's promises a period must hold to be compared."""


@dataclass(frozen=True, slots=True)
class Period:
    """Promises falling due from ``start`` up to, not including, ``end``; instants with a zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if naive_utc(self.end) <= naive_utc(self.start):
            raise RequestError("The period ends before it starts.", place="end", mend="give an end after the start.")

    @property
    def length(self) -> timedelta:
        """Its length in elapsed time."""
        return naive_utc(self.end) - naive_utc(self.start)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods of equal length: the later minus the earlier, with intervals."""

    before: Integrity
    after: Integrity
    K: Figure
    F: Figure


@dataclass(frozen=True, slots=True)
class PartPeriod:
    """A period that is compared with no other: the record covers only part of it, or it holds next to nothing.

    :param covered: days of it that lie within the record. :param days: its days.
    :param due: promises in it. :param median: promises of the median period.
    """

    covered: int
    days: int
    due: int
    median: float

    @property
    def small(self) -> bool:
        """It holds less than a tenth of what the median period holds."""
        return self.due < LEAST_OF_MEDIAN * self.median

    @property
    def cut(self) -> bool:
        """The record covers less than nine tenths of it."""
        return self.covered < LEAST_COVERED * self.days


def part_periods(due: Mapping[date, int], unit: str, first: date, last: date) -> dict[date, PartPeriod]:
    """The calendar periods that neither the best nor the worst may be drawn from (c6, attack 11).

    :param due: first day of each period to the promises due in it.
    :param unit: ``day``, ``week``, ``month``, ``quarter`` or ``year``.
    :param first: first day on which any of these promises counts; ``last`` the last.
    """
    filled = [count for count in due.values() if count]
    if not filled:
        return {}
    usual = median(filled)
    found = {}
    for start, count in due.items():
        end = following(start, unit)
        covered = max(0, (min(end, last + timedelta(days=1)) - max(start, first)).days)
        part = PartPeriod(covered, (end - start).days, count, usual)
        if part.small or part.cut:
            found[start] = part
    return found


def following(start: date, unit: str) -> date:
    """First day of the period after the one that begins on ``start``."""
    if unit in {"day", "week"}:
        return start + timedelta(days=7 if unit == "week" else 1)
    months = start.year * 12 + start.month - 1 + {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(months // 12, months % 12 + 1, 1)


def due_within(ledger: ir.Table, period: Period) -> ir.Table:
    """The promises falling due in a period, whenever they were resolved."""
    return ledger.filter(ledger.due_at >= instant(naive_utc(period.start)), ledger.due_at < instant(naive_utc(period.end)))


def rolling(ledger: ir.Table, *, as_of: datetime, days: Sequence[int] = ROLLING_DAYS, **options: Any) -> tuple[tuple[int, Integrity], ...]:
    """The same numbers over the last so many days, for several lengths at once, so that no length can be chosen for its looks.

    :param options: as for :func:`integrity` (``charter``, ``coverage``, ``zone``).
    """
    windows = [(length, Period(as_of - timedelta(days=length), as_of + timedelta(microseconds=1))) for length in days]
    return tuple((length, integrity(due_within(ledger, window), as_of=as_of, **options)[0]) for length, window in windows)


def compare_periods(ledger: ir.Table, before: Period, after: Period, *, as_of: datetime, **options: Any) -> Comparison:
    """Two periods side by side. F grows smaller with exposure, so only equal lengths compare (a day's difference is let pass for months).

    :raises RequestError: the periods differ in length by more than a tenth.
    """
    longer, shorter = max(before.length, after.length), min(before.length, after.length)
    if longer - shorter > longer / 10:
        raise RequestError(
            f"The periods last {before.length.days} and {after.length.days} days; the issue-free share depends on how long one looks.",
            place="period",
            mend="compare periods of equal length.",
        )
    first = integrity(due_within(ledger, before), as_of=as_of, **options)[0]
    second = integrity(due_within(ledger, after), as_of=as_of, **options)[0]
    return Comparison(first, second, difference(second.K, first.K), difference(second.F, first.F))


def by_period(ledger: ir.Table, unit: str = "month", *, as_of: datetime, **options: Any) -> Findings[Integrity]:
    """Fixed windows: every calendar period in the ledger, none left out."""
    return integrity(ledger, (unit,), as_of=as_of, **options)

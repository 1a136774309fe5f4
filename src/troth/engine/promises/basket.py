"""Kept rate of a fixed basket: the mix of promises of a base period, so that trivial new promises cannot dilute it (c6, attack 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Basket, Figure, Findings
from troth.engine.intervals import wilson
from troth.engine.promises.kept_rate import KeptRate, kept_rates
from troth.engine.promises.periods import following, part_periods
from troth.engine.promises.slices import UNITS, names_of, slice_column
from troth.terms.charter import Charter
from troth.terms.errors import RequestError
from troth.terms.instants import Day, day

EACH_MONTH = ("month", "name")
NOTHING_DUE = "Nothing has fallen due here, so there is no basket."

Key = tuple[Any, ...]


def fixed_basket(
    ledger: ir.Table, by: Sequence[str] | str = EACH_MONTH, *, charter: Charter | None = None, base: Day = None, zone: str = "UTC"
) -> Findings[Basket]:
    """K of each period with every kind of promise weighing what it weighed among the due promises of the base period.

    :param by: a period of due dates, and what makes two promises the same kind; the name where nothing else is said.
    :param base: a day in the base period; where left out the first whole one: the record covers it, and it holds no mere handful.
    :param charter: the charter the ledger was judged with; its lines weigh the promises.
    :raises RequestError: not exactly one period is named, or nothing fell due in the base period.
    """
    unit, mix = _parted(names_of(by))
    kinds = {key: row for key, row in kept_rates(ledger, (unit, *mix), charter=charter, zone=zone).items() if key[0] is not None}
    if not kinds:
        return Findings((), (unit,), (NOTHING_DUE,))
    whole = kept_rates(ledger, (unit,), charter=charter, zone=zone)
    periods: dict[date, dict[Key, KeptRate]] = {}
    for (when, *kind), row in kinds.items():
        periods.setdefault(when, {})[tuple(kind)] = row
    start = _base(ledger, unit, periods, base, zone)
    total = sum(one.due for one in periods[start].values())
    shares = {key: one.due / total for key, one in periods[start].items()}
    found = tuple(_basket(unit, when, start, shares, now, whole[when,].K) for when, now in sorted(periods.items()))
    words = ", ".join(name.replace("_", " ") for name in mix)
    note = f"The basket: due promises of the {unit} of {start.isoformat()}, by {words}; what that {unit} did not promise stays out of it."
    return Findings(found, (unit,), (note,))


def _parted(by: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    units = [name for name in by if name in UNITS]
    if len(units) != 1:
        known = ", ".join(UNITS)
        raise RequestError("a basket is followed over one period of due dates.", place="by", mend=f"name one of {known}, as in month,name.")
    return units[0], tuple(name for name in by if name not in UNITS) or ("name",)


def _base(ledger: ir.Table, unit: str, periods: Mapping[date, Mapping[Key, KeptRate]], base: Day, zone: str) -> date:
    due = {start: sum(one.due for one in kinds.values()) for start, kinds in periods.items()}
    if base is not None:
        wanted = day(base, place="base")
        at = max((start for start in due if start <= wanted), default=None)
        if at is None or following(at, unit) <= wanted:
            known = ", ".join(start.isoformat() for start in sorted(due)[:3])
            raise RequestError("Nothing fell due in the base period.", place="base", mend=f"choose a day in one of {known} ...")
        return at
    counted = ledger.filter(ledger.in_cohort & ledger.eligible)
    days = slice_column(counted, "day", zone)
    span = counted.aggregate(first=days.min(), last=days.max()).to_pyarrow().to_pylist()[0]
    parts = part_periods(due, unit, span["first"], span["last"])
    return min((start for start in due if start not in parts), default=min(due))


def _basket(unit: str, when: date, base: date, shares: Mapping[Key, float], now: Mapping[Key, KeptRate], plain: Figure) -> Basket:
    known = [(shares[key], one) for key, one in now.items() if key in shares]
    covered = sum(share for share, _ in known)
    outside = sum(one.due for key, one in now.items() if key not in shares)
    due = sum(one.due for one in now.values())
    return Basket({unit: when}, base, due, _weighted(known, covered), plain, covered, outside)


def _weighted(known: Sequence[tuple[float, KeptRate]], covered: float) -> Figure:
    """The weighted mean of independent rates, its limits from theirs (squares of the distances add)."""
    if not known:
        return Figure(None, method="no promise of the basket fell due")
    value = below = above = 0.0
    for share, one in known:
        weight, rate = share / covered, one.kept / one.due
        plain = wilson(rate, one.due)
        low = plain.low if one.K.low is None else one.K.low
        high = plain.high if one.K.high is None else one.K.high
        value += weight * rate
        below += (weight * (rate - low)) ** 2
        above += (weight * (high - rate)) ** 2
    n = sum(one.due for _, one in known)
    return Figure(value, value - math.sqrt(below), value + math.sqrt(above), n=n, method="basket of the base period, limits combined")

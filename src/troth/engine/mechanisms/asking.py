"""What a caller asks to have split, and what cannot be asked."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError, did_you_mean

MOST_MECHANISMS = 8
"""2^8 worlds; one more doubles them."""
PROMISE, TOGETHER, CHANCE, RATE, MIX = "promise", "together", "chance", "rate", "mix"
RESERVED = (PROMISE, TOGETHER, CHANCE)
PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?(/\d{4}(-\d{2}(-\d{2})?)?)?")
"""A year, a month or a day, or from one to another: 2024-01/2024-03 (ISO 8601)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns a caller named.

    :param by: column that tells the two sides apart, by ``before`` and ``after``. :param mix: context columns, each given those before it.
    :param promise: column of what was promised. :param stages: stage to its column. :param event: column of a KPI without an identity.
    :param areas: mechanism to the area that owns it.
    """

    by: str
    before: Any
    after: Any
    mix: tuple[str, ...]
    promise: str | None
    stages: Mapping[str, str]
    event: str | None
    grace: float
    areas: Mapping[str, str]
    cluster: str | None

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """In the order in which they act: context, promise, stages."""
        return (*self.mix, PROMISE, *self.stages) if self.event is None else (MIX, RATE)

    def named(self) -> list[tuple[str, str]]:
        """Parameter and column, for every column."""
        given = [("by", self.by), *(("mix", name) for name in self.mix), *(("stages", name) for name in self.stages.values())]
        return [
            *given,
            *((p, c) for p, c in (("promise", self.promise), ("event", self.event), ("cluster", self.cluster)) if c is not None),
        ]


def checked(data: Any, asked: Asked) -> ir.Table:
    """The table, with all that is asked of it there.

    :raises RequestError: see :func:`troth.split_change`.
    """
    table = as_table(data, "table")
    for parameter, name in asked.named():
        if name not in table.columns:
            raise RequestError(f"There is no column “{name}”.", place=parameter, mend=did_you_mean(str(name), table.columns))
    _shape(asked)
    for name in (asked.by, *asked.mix):
        kind = table[name].type()
        if kind.is_nested() or kind.is_binary() or kind.is_json():
            mend = "take a word, a number or a date out of it."
            raise RequestError(f"Column “{name}” holds {kind}, not values.", place="by" if name == asked.by else "mix", mend=mend)
    for parameter, name in asked.named():
        kind = table[name].type()
        if parameter in {"promise", "stages"} and not (kind.is_numeric() or kind.is_null()):
            mend = "give durations as numbers, all in one unit such as days."
            raise RequestError(f"Column “{name}” holds {kind}, not numbers.", place=parameter, mend=mend)
        if parameter == "event" and not (kind.is_numeric() or kind.is_boolean() or kind.is_null()):
            raise RequestError(f"Column “{name}” holds {kind}, not numbers or yes and no.", place=parameter, mend="cast it to either.")
    return table


def _shape(asked: Asked) -> None:
    if asked.event is None and (asked.promise is None or not asked.stages):
        mend = "name promise= and stages= of the KPI, or event= for one that has no identity."
        raise RequestError("Nothing says what the KPI is made of.", place="promise", mend=mend)
    if asked.event is not None and (asked.promise is not None or asked.stages):
        raise RequestError("Both event= and an identity are given.", place="event", mend="name event=, or promise= and stages=.")
    if asked.event is not None and not asked.mix:
        raise RequestError("No group is named.", place="mix", mend="name the columns whose mix may have changed: mix=[...].")
    if not math.isfinite(asked.grace) or (asked.grace and asked.event is not None):
        raise RequestError(f"grace is {asked.grace}.", place="grace", mend="give the time a promise may be missed by, beside promise=.")
    if asked.before == asked.after:
        raise RequestError(f"Both sides are “{asked.before}”.", place="after", mend="name two values of by=.")
    _names(asked)


def _names(asked: Asked) -> None:
    columns = [*asked.mix, *asked.stages.values(), *(one for one in (asked.promise, asked.event) if one is not None), asked.by]
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise RequestError(f"Column “{twice}” is asked to be two things.", place="mix", mend="name each column once.")
    if asked.event is None:
        names = asked.mechanisms
        clash = next((name for name in names if names.count(name) > 1 or name in RESERVED[1:]), None)
        if clash is not None:
            raise RequestError(f"“{clash}” names two mechanisms.", place="stages", mend="name the stage, or the column, otherwise.")
        if len(names) > MOST_MECHANISMS:
            mend = f"name at most {MOST_MECHANISMS - 1} context columns and stages together; add stages up, or leave context out."
            raise RequestError(f"{len(names)} mechanisms make 2^{len(names)} worlds, which are too many.", place="mix", mend=mend)
    known = (*asked.mechanisms, TOGETHER)
    for name in asked.areas:
        if name not in known:
            raise RequestError(f"There is no mechanism “{name}”.", place="areas", mend=did_you_mean(name, known))


def side_of(table: ir.Table, asked: Asked) -> ir.IntegerValue:
    """0 before, 1 after, NULL neither.

    :raises RequestError: the values cannot be those of the column.
    """
    sides = (_is(table[asked.by], asked.before, "before"), 0), (_is(table[asked.by], asked.after, "after"), 1)
    if table[asked.by].type().is_temporal() and isinstance(asked.before, str) and isinstance(asked.after, str):
        (first, last), (start, end) = period(asked.before), period(asked.after)
        if first <= end and start <= last:
            what = f"“{asked.before}” and “{asked.after}” have days in common."
            raise RequestError(what, place="after", mend="name two periods without a day in common.")
    return ibis.cases(*sides)


def _is(value: Any, wanted: Any, place: str) -> ir.BooleanValue:
    kind = value.type()
    if (kind.is_timestamp() or kind.is_date()) and isinstance(wanted, str):
        if PERIOD.fullmatch(wanted) is None:
            mend = "write a year, a month or a day, or from one to another: 2024, 2024-08, 2024-08-31, 2024-01/2024-03."
            raise RequestError(f"“{wanted}” is no period.", place=place, mend=mend)
        try:
            first, last = period(wanted)
        except ValueError as error:
            raise RequestError(
                f"“{wanted}” is no day.", place=place, mend="write one that the calendar has, the earlier end first."
            ) from error
        found: ir.BooleanValue = value.cast("date").between(ibis.literal(first), ibis.literal(last))
        return found
    fits = {str: kind.is_string(), bool: kind.is_boolean(), int: kind.is_numeric(), float: kind.is_numeric()}
    if not fits.get(type(wanted), True):
        raise RequestError(f"{wanted!r} is no value of a column of {kind}.", place=place, mend="give a value as the column holds it.")
    same: ir.BooleanValue = value == wanted
    return same


def period(written: str) -> tuple[date, date]:
    """First and last day of a period as :data:`PERIOD` writes it.

    :raises ValueError: it is none, or ends before it begins.
    """
    if PERIOD.fullmatch(written) is None:
        raise ValueError(written)
    start, _, end = written.partition("/")
    first, last = _days_of(start)[0], _days_of(end or start)[1]
    if last < first:
        raise ValueError(written)
    return first, last


def _days_of(written: str) -> tuple[date, date]:
    """First and last day of a year, a month or a day."""
    year, month, day = (int(part) for part in (*written.split("-"), "0", "0")[:3])
    if day:
        return date(year, month, day), date(year, month, day)
    return date(year, month or 1, 1), date(year, month or 12, monthrange(year, month or 12)[1])


def names_of(given: Sequence[str] | str) -> tuple[str, ...]:
    """One name, or several."""
    return (given,) if isinstance(given, str) else tuple(given)

"""What is asked of a table of events, checked: which columns there are, what they hold, and which rows count (domain.md e6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.attribution.sides import UNEXPLAINED
from troth.terms.errors import RequestError, did_you_mean

NO_INTENT = "without intent"
INTENT_UNKNOWN = "intent not known"
EVENT_UNKNOWN = "not known whether the event took place"
EXPOSURE_UNKNOWN = "not known whether an exposure took place"
REASONS = (INTENT_UNKNOWN, NO_INTENT, EVENT_UNKNOWN, EXPOSURE_UNKNOWN)
"""Why a row does not count; the first that holds is the one it is counted under."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns a call names, each once.

    :param exposures: exposure to its side, in the order given.
    """

    event: str
    exposures: Mapping[str, str]
    covariates: tuple[str, ...]
    placebo: tuple[str, ...]
    intent: str | None
    cluster: str | None

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides, in the order given."""
        return tuple(dict.fromkeys(self.exposures.values()))

    @property
    def flags(self) -> tuple[str, ...]:
        """Columns of yes and no whose effect is looked for: exposures, then placebos."""
        return (*self.exposures, *self.placebo)


def asked_of(
    table: ir.Table,
    event: str,
    exposures: Mapping[str, Sequence[str] | str],
    covariates: Sequence[str] | str,
    placebo: Sequence[str] | str,
    *,
    intent: str | None,
    cluster: str | None,
) -> Asked:
    """The columns named, checked against the table.

    :raises RequestError: a column that is not there, is named twice, or cannot hold what it is named for; no exposures; a side without a
        name, or called “unexplained”.
    """
    asked = Asked(event, _by_side(exposures), _names(covariates, "covariates"), _names(placebo, "placebo"), intent, cluster)
    used: dict[str, str] = {}
    for name, place in _named(asked):
        if name not in table.columns:
            raise RequestError(f"There is no column “{name}”.", place=place, mend=did_you_mean(str(name), table.columns))
        if name in used:
            mend = "name each column once: it cannot be what happened, what came before it and what is held equal at the same time."
            raise RequestError(f"“{name}” is named twice, in {used[name]} and in {place}.", place=place, mend=mend)
        used[name] = place
    for name in (event, *asked.flags, *(() if intent is None else (intent,))):
        found = table[name].type()
        if not (found.is_boolean() or found.is_numeric() or found.is_null()):
            mend = "cast it to true or false first (1 and 0 will do)."
            raise RequestError(f"Column “{name}” holds {found}, not true or false.", place=used[name], mend=mend)
    for name in asked.covariates:
        found = table[name].type()
        if found.is_nested() or found.is_binary() or found.is_json():
            mend = "take numbers, words, dates or true and false out of it first."
            raise RequestError(f"Column “{name}” holds {found}, which cannot be held equal.", place="covariates", mend=mend)
    return asked


def _by_side(exposures: Mapping[str, Sequence[str] | str]) -> dict[str, str]:
    given: Any = exposures
    if not isinstance(given, Mapping) or not given:
        mend = 'give each side its columns: {"marketing": ["ad_price_differs"], "service": ["question_unanswered"]}.'
        raise RequestError("No exposures are named.", place="exposures", mend=mend)
    found: dict[str, str] = {}
    for side, columns in given.items():
        if not isinstance(side, str) or not side.strip() or side == UNEXPLAINED:
            mend = f"name the side; “{UNEXPLAINED}” is what no side accounts for."
            raise RequestError(f"{side!r} cannot be the name of a side.", place="exposures", mend=mend)
        for column in _names(columns, f"exposures, {side}"):
            if column in found:
                mend = "an exposure has one owner: name it on one side."
                raise RequestError(f"“{column}” is named twice, for {found[column]} and for {side}.", place="exposures", mend=mend)
            found[column] = side
    if not found:
        raise RequestError("No exposures are named.", place="exposures", mend="name a column on one side at least.")
    return found


def _names(columns: Sequence[str] | str, place: str) -> tuple[str, ...]:
    names: tuple[Any, ...] = (columns,) if isinstance(columns, str) else tuple(columns)
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise RequestError(f"{wrong!r} is no name of a column.", place=place, mend="give the names of columns, as text.")
    return names


def _named(asked: Asked) -> Iterator[tuple[str, str]]:
    yield asked.event, "event"
    yield from ((name, f"exposures, {side}") for name, side in asked.exposures.items())
    yield from ((name, "placebo") for name in asked.placebo)
    yield from ((name, "covariates") for name in asked.covariates)
    yield from ((name, place) for name, place in ((asked.intent, "intent"), (asked.cluster, "cluster")) if name is not None)


def flagged(table: ir.Table, name: str) -> ir.IntegerValue:
    """A column of yes and no as 1, 0 or NULL; NaN is NULL."""
    column = table[name]
    if column.type().is_floating():
        column = ibis.ifelse(column.isnan(), ibis.null(column.type()), column)
    return column.cast("int8") if column.type().is_boolean() or column.type().is_null() else (column != 0).cast("int8")


def counting(table: ir.Table, asked: Asked) -> tuple[ir.Table, ir.Table]:
    """The rows that count, and a table of every row with the reason it does not (NULL where it does).

    Columns of yes and no are 1 or 0 in both.
    """
    flags = {name: flagged(table, name) for name in (asked.event, *asked.flags)}
    unknown = [flags[name].isnull() for name in asked.exposures]
    rules: list[tuple[ir.BooleanValue, str]] = []
    if asked.intent is not None:
        intent = flagged(table, asked.intent)
        rules += [(intent.isnull(), INTENT_UNKNOWN), (intent == 0, NO_INTENT)]
    rules += [(flags[asked.event].isnull(), EVENT_UNKNOWN), (ibis.or_(*unknown), EXPOSURE_UNKNOWN)]
    reason = ibis.cases(*rules, else_=ibis.null("string"))
    # A placebo nobody knows of is none that was seen: it may not cost the answer its rows.
    flags |= {name: flags[name].fill_null(0) for name in asked.placebo}
    free = next(name for name in ("set_aside", "why_set_aside", "troth_set_aside") if name not in table.columns)
    told = table.mutate(**flags, **{free: reason})
    return told.filter(told[free].isnull()).drop(free), told.select(event=told[asked.event], reason=told[free])


def never_known(table: ir.Table, asked: Asked) -> tuple[str, ...]:
    """Columns of yes and no, without which no row counts, that tell nothing in any row; none of an empty table."""
    names = (asked.event, *asked.exposures, *(() if asked.intent is None else (asked.intent,)))
    known = {f"known_{i}": flagged(table, name).count() for i, name in enumerate(names)}
    found: dict[str, Any] = table.aggregate(rows=table.count(), **known).to_pyarrow().to_pylist()[0]
    return tuple(name for i, name in enumerate(names) if found["rows"] and not found[f"known_{i}"])


def check_flags(table: ir.Table, names: Iterable[str]) -> None:
    """Refuse columns that hold other numbers than 1 and 0.

    :raises RequestError: one does; it says which.
    """
    numeric = [name for name in names if table[name].type().is_numeric()]
    if not numeric:
        return
    strange = {f"strange_{i}": _strange(table[name]).cast("int64").sum() for i, name in enumerate(numeric)}
    found: dict[str, Any] = table.aggregate(**strange).to_pyarrow().to_pylist()[0]
    for i, name in enumerate(numeric):
        if found[f"strange_{i}"]:
            mend = "say where it begins to count, such as `days_late > 2`, and hand that in."
            what = f"Column “{name}” holds numbers other than 0 and 1 ({found[f'strange_{i}']:,} rows)."
            raise RequestError(what, place=name, mend=mend)


def _strange(column: ir.Column) -> ir.BooleanValue:
    strange = ~column.isin([0, 1])
    known = column.notnull() & ~column.isnan() if column.type().is_floating() else column.notnull()
    return ibis.ifelse(known, strange, False)

"""The words a reader may slice a ledger by: its own columns, and the periods of its due and made dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.days import engine_of, to_local
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.instants import day

UNITS: Mapping[str, str] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
"""Length of each derived period. A week starts on Monday; a period is named by its first day."""

PERIODS: Mapping[str, tuple[str, str]] = {
    **{name: ("due_at", unit) for name, unit in UNITS.items()},
    **{f"made_{name}": ("made_at", unit) for name, unit in UNITS.items()},
}
"""Derived slices: name -> (timestamp column, unit). ``month`` is the month a promise falls due, ``made_month`` the month it was made."""

OTHER_WORDS: Mapping[str, str] = {
    **{f"{name}s": name for name in UNITS},
    **{f"{name}ly": name for name in UNITS if name != "day"},
    "date": "day",
    "dates": "day",
    "daily": "day",
}
"""What else people call a period."""

_SAID_OF_A_PERIOD = frozenset({"", "due", "by", "of", "at", "in"})

MONTHS_IN: Mapping[str, float] = {"day": 12 / 365.2425, "week": 84 / 365.2425, "month": 1.0, "quarter": 3.0, "year": 12.0}
"""Length of the due periods in months."""


CODES = "code_"
"""How the columns begin by which a study looks up its rows (engine.capability.record): nothing to slice by."""


def names_of(by: Sequence[str] | str) -> tuple[str, ...]:
    """The slices asked for; one name alone is one slice, and not its letters."""
    return (by,) if isinstance(by, str) else tuple(by)


def slice_columns(ledger: ir.Table, by: Sequence[str], zone: str = "UTC", *, place: str = "by") -> dict[str, ir.Value]:
    """The columns that name a slice, in the order asked for.

    :param by: ledger columns, or derived periods (:data:`PERIODS`). A ledger column of the same name wins.
    :param zone: where days begin; periods are those of this zone's calendar.
    :param place: what the caller calls ``by``.
    :returns: name -> column; periods are dates (their first day).
    :raises RequestError: an unknown or repeated name, with the nearest known one.
    """
    found: dict[str, ir.Value] = {}
    for name in names_of(by):
        if name in found:
            raise RequestError(f"The slice “{name}” is asked for twice.", place=place, mend="name each slice once.")
        found[name] = slice_column(ledger, name, zone, place=place)
    return found


def slice_column(ledger: ir.Table, name: str, zone: str = "UTC", *, place: str = "by") -> ir.Value:
    """One slice; see :func:`slice_columns`."""
    if name in ledger.columns:
        return ledger[name]
    if name not in PERIODS:
        known = [*(column for column in ledger.columns if not column.startswith(CODES)), *PERIODS]
        raise RequestError(f"There is no slice “{name}”.", place=place, mend=meant(name, known))
    column, unit = PERIODS[name]
    return local_clock(ledger, column, zone).truncate(unit).date()


def meant(name: str, known: Iterable[str]) -> str | None:
    """The near-miss sentence for an unknown slice. A period under another name (``due_month``, ``months``) is told as what it is here.

    :param known: the slices there are.
    """
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word not in _SAID_OF_A_PERIOD]
    units = [OTHER_WORDS.get(word, word) for word in words if word != "made"]
    period = f"made_{units[0]}" if "made" in words and units else "".join(units)
    if len(units) == 1 and period in PERIODS and period in (there := set(known)):
        of = f"it is the {units[0]} a promise was made" if "made" in words else f"it is the {units[0]} a promise falls due"
        other = units[0] if "made" in words else f"made_{units[0]}"
        beside = f"; there is “{other}”, too" if other in there else ""
        return f"did you mean “{period}”? ({of}{beside})"
    return did_you_mean(name, known)


def local_clock(ledger: ir.Table, column: str, zone: str) -> ir.TimestampValue:
    """A timestamp of the ledger as the clock of ``zone`` shows it."""
    return ledger[column] if zone == "UTC" else to_local(ledger[column], ibis.literal(zone), engine_of(ledger))


def reading_order(key: Sequence[Any]) -> tuple[tuple[bool, Any], ...]:
    """What sorts slices by their values, unknown last."""
    return tuple((value is None, "" if value is None else value) for value in key)


def to_come(where: Mapping[str, Any], today: date) -> bool:
    """A slice is of a period that begins after ``today``: nothing can have fallen due in it."""
    return any(isinstance(value, date) and not isinstance(value, datetime) and value > today for value in where.values())


def slice_filter(ledger: ir.Table, where: Mapping[str, Any], zone: str = "UTC") -> ir.Table:
    """The rows of one slice: ``{"kept_by": "Fulfilment", "month": date(2024, 3, 1)}``; ``None`` asks for the unknown.

    A period may be named by its first day as text, and any other column by the text of its value.

    :raises RequestError: an unknown name, or a day that is none.
    """
    if not isinstance(where, Mapping):
        raise RequestError(f"{where!r} names no values.", place="where", mend='give each dimension its value: {"kept_by": "Fulfilment"}.')
    columns = slice_columns(ledger, tuple(where), zone, place="where")
    return ledger.filter([_is(column, where[name], name) for name, column in columns.items()]) if columns else ledger


def _is(column: ir.Value, value: Any, name: str) -> ir.BooleanValue:
    if value is None:
        return column.isnull()
    if not isinstance(value, str) or column.type().is_string():
        return column == value
    if column.type().is_date():
        return column == ibis.literal(day(value, place=f"where, {name}"))
    return column.cast("string") == value

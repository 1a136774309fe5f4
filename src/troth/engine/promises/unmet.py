"""Conditions that nothing meets: an empty answer says so, and names the values that occur and are written most alike."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.slices import slice_columns, slice_filter

MOST = 3
"""Values named."""
LOOKED_AT = 100
"""Values fetched, those with the fewest letters to change first: a dimension may have as many as there are promises."""
FEW = 8
"""So few values are all named where none is alike."""
ALIKE = 0.6
"""How alike a value has to be written to be named, from 0 to 1."""


def unmet(rows: ir.Table, where: Mapping[str, Any] | None, zone: str = "UTC", *, of: str = "promise") -> tuple[str, ...]:
    """A sentence for each condition that no row meets, whatever the others say; none where rows meet all of them together.

    :param where: name to value, as for :func:`slice_filter`.
    :param of: what a row is called.
    :raises RequestError: an unknown name, or a day that is none.
    """
    if not where or _any(slice_filter(rows, where, zone)):
        return ()
    return tuple(_said(rows, name, value, zone, of) for name, value in where.items() if not _any(slice_filter(rows, {name: value}, zone)))


def _any(rows: ir.Table) -> bool:
    return bool(rows.limit(1).count().to_pyarrow().as_py())


def _said(rows: ir.Table, name: str, value: Any, zone: str, of: str) -> str:
    if value is None:
        return f"No {of} has an unknown {name}."
    first = _nearest(rows, name, str(value), zone)
    close = _alike(first, str(value))
    if close:
        told = f"nearest {'value' if len(close) == 1 else 'values'}: {_listed(close)}"
    elif not first:
        told = "it is unknown throughout"
    else:
        told = f"its values: {_listed(sorted(first))}" if len(first) <= FEW else "no value is like it"
    return f"No {of} has {name} “{value}”; {told}."


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"“{one}”" for one in values)


def _nearest(rows: ir.Table, name: str, value: str, zone: str) -> list[str]:
    """The values of a dimension that take the fewest changed letters to become ``value``, upper and lower case alike."""
    column = slice_columns(rows, (name,), zone)[name].cast("string")
    values = rows.select(value=column).filter(lambda row: row.value.notnull()).distinct()
    letters = values.value.lower().levenshtein(ibis.literal(value.lower()))
    found: list[str] = values.order_by([letters, values.value]).limit(LOOKED_AT).to_pyarrow()["value"].to_pylist()
    return found


def _alike(values: Sequence[str], value: str) -> list[str]:
    """The few that are written most like it."""
    spelled: dict[str, list[str]] = {}
    for one in values:
        spelled.setdefault(one.lower(), []).append(one)
    close = difflib.get_close_matches(value.lower(), spelled, n=MOST, cutoff=ALIKE)
    return [one for plain in close for one in spelled[plain]][:MOST]

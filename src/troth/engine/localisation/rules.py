"""Kept rules on new rows: which rows lie where a cause was found, as expressions of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.terms.errors import RequestError, did_you_mean


def matches(table: ir.Table, where: Mapping[str, Any]) -> ir.BooleanValue:
    """Which rows a rule holds; never NULL.

    :param where: column to value, or to a tuple of values any of which will do; ``None`` is “unknown” (NULL). An empty rule holds all.
    :raises RequestError: the table has no such column.
    """
    held: ir.BooleanValue = ibis.literal(True)
    for name, value in where.items():
        if name not in table.columns:
            raise RequestError(
                f"The table has no column “{name}”, which the rule names.", place="where", mend=did_you_mean(name, table.columns)
            )
        values = value if isinstance(value, tuple) else (value,)
        held = held & ibis.or_(*(_is(table[name], one) for one in values))
    return held


def assigned(table: ir.Table, rules: Sequence[Mapping[str, Any]]) -> ir.IntegerValue:
    """The place (0, 1, ...) of the first rule that holds a row; NULL where none does, the unassigned.

    :param rules: as :attr:`Causes.rules` gives them. Their order decides where two hold one row.
    :raises RequestError: as :func:`matches`.
    """
    if not rules:
        return ibis.null("int64")
    return ibis.cases(*((matches(table, rule), ibis.literal(place, type="int64")) for place, rule in enumerate(rules)))


def _is(column: ir.Value, value: Any) -> ir.BooleanValue:
    return column.isnull() if value is None else (column == value).fill_null(False)

"""Columns that hold one and the same value throughout are kept once, beside the ledger, instead of once a row.

Most mappings leave most columns of the contract out, or give them one value (the promise's name, its type, who keeps it). Such a column
is a literal in the query, so nothing has to be counted to know it.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.folding import literal_of


def constants_of(table: ir.Table) -> dict[str, dict[str, Any]]:
    """The constant columns of a query: name to ``{"type": Ibis type, "value": plain value or None}``."""
    found = {}
    for name in table.columns:
        literal = literal_of(table.op(), name)
        if literal is not None and isinstance(literal.value, str | int | float | bool | None):
            found[name] = {"type": str(table[name].type()), "value": literal.value}
    return found


def restore(table: ir.Table, constants: dict[str, dict[str, Any]], order: list[str]) -> ir.Table:
    """The whole table again, in its order."""
    values = {name: ibis.literal(kept["value"], type=kept["type"]) for name, kept in constants.items()}
    return table.select(**{name: values[name] if name in values else table[name] for name in order})

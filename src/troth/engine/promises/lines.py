"""Which charter line holds for each promise, as one CASE over the charter's few lines (S4.18)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import instant
from troth.terms.charter import Charter, Line

NO_LINE = -1

COLUMN_OF_KEY: Mapping[str, str] = {"promise": "name", "stage": "stage", "segment": "segment", "persona": "persona", "tier": "tier"}
"""The promise column each key of a line is compared with."""


def matching_line(promises: ir.Table, charter: Charter) -> ir.IntegerValue:
    """Position of the most specific line that holds, :data:`NO_LINE` for none. ``Charter.match`` is its plain oracle."""
    branches: list[tuple[ir.BooleanValue, ir.IntegerScalar]] = []
    otherwise = NO_LINE
    for position in charter.ranked:
        line = charter.lines[position]
        asked = [*(promises[COLUMN_OF_KEY[key]] == value for key, value in line.keys.items()), *_made_in_time(promises, line)]
        if not asked:  # holds for every promise: lines ranked below it can never be reached
            otherwise = position
            break
        holds = functools.reduce(operator.and_, asked)
        branches.append((holds, ibis.literal(position, type="int32")))
    rest = ibis.literal(otherwise, type="int32")
    return ibis.cases(*branches, else_=rest) if branches else rest


def _made_in_time(promises: ir.Table, line: Line) -> list[ir.BooleanValue]:
    """That the promise was made while the line’s version judged."""
    since = [] if line.made_from is None else [promises.made_at >= instant(line.made_from)]
    return since if line.made_before is None else [*since, promises.made_at < instant(line.made_before)]


def line_value(line: ir.IntegerValue, charter: Charter, name: str, otherwise: ir.Value | None = None) -> ir.FloatingValue:
    """A number the line agrees (``standard``, ``tolerance``, ``grace``, ``fee_scale``), else ``otherwise``, else NULL."""
    rest = ibis.null("float64") if otherwise is None else otherwise
    given = [(position, value) for position, one in enumerate(charter.lines) if (value := getattr(one, name)) is not None]
    if not given:
        return rest
    return ibis.cases(*((line == position, ibis.literal(float(value), type="float64")) for position, value in given), else_=rest)


def line_at(charter: Charter, position: int) -> Line | None:
    """The line at a position of the ledger's ``line`` column."""
    return None if position == NO_LINE else charter.lines[position]

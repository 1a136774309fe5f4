"""Rows that cannot be promises, counted and named before anything is judged (domain.md c9 (8)).

Intake sets such rows aside with their place in the file. A plain table handed to :func:`judge` has no such accounting, so judging it
stops with the count and the mend rather than call an impossible row KEPT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.promises.contract import further_columns, promises_table
from troth.engine.promises.known import kinds
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import Direction, PromiseType, Quantifier


@dataclass(frozen=True, slots=True)
class Problem:
    """So many rows that cannot be promises.

    :param reason: what is wrong, in plain words.
    :param column: the column to look at.
    :param rows: how many rows.
    :param mend: what to do about it.
    """

    reason: str
    column: str
    rows: int
    mend: str


def problems(promises: Any) -> tuple[Problem, ...]:
    """What is wrong with a plain table of promises, one entry per kind; empty where all is well.

    :param promises: as for :func:`judge`.
    :raises RequestError: the table lacks a needed column or holds the wrong type.
    """
    return _found(promises_table(promises))[0]


def refuse_problems(table: ir.Table) -> frozenset[str]:
    """Raise on impossible rows; else the optional features the values make necessary (``bundle``, ``replaces``).

    :raises RequestError: some row cannot be a promise.
    """
    found, features = _found(table)
    if found:
        rows = "; ".join(f"{one.rows} {'row' if one.rows == 1 else 'rows'}: {one.reason}" for one in found)
        near = did_you_mean(found[0].column, further_columns(table)) or ""
        hint = f"{near} Only “{found[0].column}” is read. Else " if near.startswith("did you mean") else ""
        raise RequestError(f"Some rows cannot be judged. {rows}.", place=found[0].column, mend=hint + found[0].mend)
    return features


def _checks(t: ir.Table) -> list[tuple[str, str, str, ir.BooleanValue]]:
    """(reason, column, mend, condition); a row that meets the condition cannot be a promise."""
    clock = t.is_timed | t.is_window
    level = ~clock & ~t.is_binary
    aside = "correct it, or leave these rows out and say how many."
    return [
        ("type is none of the nine promise types", "type", f"use one of: {', '.join(PromiseType)}.", ~_word(t.type, PromiseType)),
        ("direction is neither min, max nor set", "direction", f"use one of: {', '.join(Direction)}.", ~_word(t.direction, Direction)),
        ("quantifier is unknown", "quantifier", f"use one of: {', '.join(Quantifier)}.", ~_word(t.quantifier, Quantifier)),
        ("made_at is empty", "made_at", aside, t.made_at.isnull()),
        ("due_at is empty", "due_at", "a deadline, window or response time needs its end; " + aside, clock & t.due_at.isnull()),
        ("due before made", "due_at", aside, t.due_at < t.made_at),
        ("the window ends before it starts", "window_start", aside, t.is_window & (t.due_at < t.window_start)),
        ("received before made", "received_at", aside, t.received_at < t.made_at),
        (
            "the promised level is empty",
            "promised",
            "a price, quantity or other level needs what was promised; " + aside,
            level & t.promised.isnull(),
        ),
        ("a level is negative", "received", aside, (t.promised < 0) | (t.received < 0)),
        ("nothing was promised (0 where more is better)", "promised", aside, level & (t.direction == "max") & (t.promised == 0)),
        ("the range ends below its start", "promised_to", aside, t.promised_to < t.promised),
        ("tolerance or grace is negative", "tolerance", aside, (t.tolerance < 0) | (t.grace < 0)),
    ]


def _word(value: ir.StringValue, words: Any) -> ir.BooleanValue:
    return value.isin([str(word) for word in words]).fill_null(False)


def _found(table: ir.Table) -> tuple[tuple[Problem, ...], frozenset[str]]:
    t = table.mutate(**kinds(table))
    checks = _checks(t)
    counts = {f"check_{i}": condition.fill_null(False).sum() for i, (_, _, _, condition) in enumerate(checks)}
    features = {"bundle": t.bundle.notnull().any(), "replaces": t.replaces.notnull().any()}
    row = t.agg(**counts, **features).to_pyarrow().to_pylist()[0]
    found = tuple(
        Problem(reason, column, int(row[f"check_{i}"]), mend) for i, (reason, column, mend, _) in enumerate(checks) if row[f"check_{i}"]
    )
    return found, frozenset(name for name in features if row[name])

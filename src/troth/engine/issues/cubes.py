"""What could have failed, counted: one cube for each thing that failed (domain.md e1, step 1).

*What* failed is the name of the promise, or the kind of the failure where no word was broken. Each has the dimensions its own promises
have: the columns of its mapping's ``context`` and ``dimensions``, stage, touchpoint and the areas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.issues.episodes import MATTER
from troth.engine.issues.events import BROKEN_PROMISE
from troth.engine.promises.slices import slice_column

WHAT = "what"
"""The dimension that says what failed."""

OBSERVED, TRIALS = "observed", "trials"

STANDING = ("stage", "touchpoint", "made_by", "kept_by", "segment", "persona", "tier")
"""Columns of every ledger to look for causes in, beside those the mappings name."""

MONTH = "month"
"""The month a promise fell due is looked in, too: an incident that passed lies in its month."""

MOST_DIMENSIONS, MOST_LEAVES = 12, 100_000
MOST_VALUES = 2_000
"""A column of more values is a name of each thing, and not where things go wrong."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Failures among what could have failed, by combination of values.

    :param what: the promise name, or the kind of failure.
    :param dimensions: columns it is counted by. :param left_out: columns it could not be counted by, each with the reason.
    :param leaves: the dimensions, ``observed`` and ``trials``; a combination a row.
    """

    what: str
    dimensions: tuple[str, ...]
    left_out: Mapping[str, str]
    leaves: pa.Table


def exposed(ledger: ir.Table, failed: ir.Table, further: Sequence[str], zone: str = "UTC") -> ir.Table:
    """Every promise that fell due, and whether a failure leads with it.

    :param ledger: the LEDGER contract and further columns.
    :param failed: one row per failure (:func:`troth.engine.issues.failures.failures`).
    :param further: context and dimension columns. :param zone: where months begin.
    :return: ``what``, the dimensions, and the ``matter`` and ``first_at`` of the failure, NULL where there is none.
    """
    due = ledger.filter(ledger.in_cohort & ledger.eligible)
    rows = due.select(
        **{WHAT: due.name},
        **{name: due[name].cast("string") for name in _dimensions(due, further)},
        **{MONTH: slice_column(due, MONTH, zone).cast("string")},
        __source=due.source,
        __row=due.row.cast("string"),
        at=due.counts_at,
    )
    led = failed.filter(failed.kind == BROKEN_PROMISE)
    led = led.select(MATTER, "first_at", __lead=led.name, __its_source=led.source, __its_row=led.row)
    joined = rows.left_join(
        led, (rows[WHAT] == led["__lead"]) & (rows["__source"] == led["__its_source"]) & (rows["__row"] == led["__its_row"])
    )
    return joined.drop("__source", "__row", "__lead", "__its_source", "__its_row")


def _dimensions(ledger: ir.Table, further: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*STANDING, *(name for name in further if name in ledger.columns))))


def cube(rows: ir.Table, what: str, *, most_leaves: int = MOST_LEAVES) -> Cube:
    """The cube of one thing that failed, by as many of its dimensions as it can be counted by.

    Columns of one value say nothing; columns of very many are left out, and so are those, most values first, with which the cube would
    hold too many combinations.

    :param rows: what :func:`exposed` gave.
    """
    mine = rows.filter(rows[WHAT] == what)
    names = [name for name in rows.columns if name not in {WHAT, MATTER, "first_at", "at"}]
    counted = mine.aggregate(
        **{name: mine[name].nunique() + mine[name].isnull().any().cast("int64") for name in names},
    ).to_pyarrow()
    values = {name: int(counted[name][0].as_py() or 0) for name in names}
    left_out = {name: f"has {number:,} values" for name, number in values.items() if number > MOST_VALUES}
    kept = sorted((name for name, number in values.items() if 1 < number <= MOST_VALUES), key=lambda name: (values[name], name))
    for name in kept[MOST_DIMENSIONS:]:
        left_out[name] = f"is not among the {MOST_DIMENSIONS} columns of fewest values"
    kept = kept[:MOST_DIMENSIONS]
    while kept:
        grouped = mine.group_by(kept).agg(**{OBSERVED: mine[MATTER].notnull().cast("int64").sum(), TRIALS: mine.count()})
        leaves = grouped.limit(most_leaves + 1).to_pyarrow()
        if leaves.num_rows <= most_leaves:
            return Cube(what, tuple(kept), left_out, leaves.sort_by([(name, "ascending") for name in kept]))
        left_out[kept[-1]] = f"together with the others makes more than {most_leaves:,} combinations"
        kept = kept[:-1]
    whole = mine.aggregate(**{OBSERVED: mine[MATTER].notnull().cast("int64").sum(), TRIALS: mine.count()}).to_pyarrow()
    return Cube(what, (), left_out, whole)


def whats(rows: ir.Table) -> tuple[str, ...]:
    """Everything that could have failed, by name."""
    return tuple(rows.select(WHAT).distinct().order_by(WHAT).to_pyarrow()[WHAT].to_pylist())

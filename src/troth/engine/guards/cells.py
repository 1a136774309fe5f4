"""Readings reduced to counts: by unit, month, kind of case and pressure, in groups of customers that are left out one at a time.

Only these counts leave the database. Leaving out a group of whole customers each time gives every number its spread (delete-a-group
jackknife, Kott 2001), whatever a customer's cases have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from troth.engine.guards.asked import MOST_ROWS_OF_A_KIND, Asked
from troth.engine.intervals import Numbers

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

GROUPS = 64
"""Groups of customers, told by the first two digits of a hash."""

LARGEST = 1e12
"""A reading above this is a code or a slip of the pen, and does not count; nor could it be added up to the last place."""

QUARTERS = ("4", "8", "c")
REST, NOBODY = "all others", "nobody named"


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts of every cell and group.

    :param pressed: of each cell, shape (C,); ``unit``, ``month`` and ``kind`` likewise, as whole numbers from 0.
    :param sums: quantity to its sums, shape (G, C): ``n``, ``value``, ``value2``, ``met``; ``known_<j>``, ``seen_<j>``,
        ``known_value_<j>``, ``known_value2_<j>``, ``seen_value_<j>`` of outcome j; ``n_handled``, ``handled``, ``n_waited``, ``waited``.
    :param clusters: customers there are.
    """

    pressed: Flags
    unit: Ints
    month: Ints
    kind: Ints
    sums: dict[str, Numbers]
    clusters: int

    @property
    def readings(self) -> int:
        """Cases in all."""
        return int(self.sums["n"].sum())


def group_of(key: ir.StringValue) -> ir.StringValue:
    """The group of a customer: one of :data:`GROUPS`, the same on every engine."""
    digest = key.hexdigest("md5")
    second = digest.substr(1, 1)
    quarter = ibis.cases(*((second < bound, ibis.literal(str(i))) for i, bound in enumerate(QUARTERS)), else_="3")
    return digest.substr(0, 1) + quarter


def group_number(group: str) -> int:
    """The number of a group, from 0."""
    return int(group[0], 16) * (len(QUARTERS) + 1) + int(group[1])


def readings_of(asked: Asked) -> ir.Table:
    """The rows that count, with ``group``, ``unit_name``, ``month``, ``kind``, ``is_pressed``, ``reading`` and ``seen_<j>``.

    A reading that is none, or of which nobody says whether the target weighed on it, does not count.
    """
    table = asked.table
    value = table[asked.value].cast("float64")
    rows = table.filter(value.notnull() & ~value.isnan() & (value.abs() < LARGEST))
    if asked.pressed is not None:
        rows = rows.filter(rows[asked.pressed].notnull())
    value = rows[asked.value].cast("float64")
    target = asked.measure.target
    kinds = [rows[name].cast("string").fill_null("") + "\x1f" for name in asked.comparable]
    more: dict[str, ir.Value] = {f"outcome_{j}": rows[column].cast("boolean") for j, (_, column) in enumerate(asked.outcomes)}
    for name, column in (("handled", asked.handled), ("waited", asked.waited)):
        if column is not None:
            minutes = rows[column].cast("float64")
            more[name] = ibis.ifelse(minutes.isnan() | (minutes < 0) | (minutes >= LARGEST), ibis.null("float64"), minutes)
    if target is None:
        met: ir.Value = ibis.null("boolean")
    else:
        met = value <= target if asked.measure.direction == "min" else value >= target
    return rows.select(
        who=rows[asked.cluster].cast("string").fill_null(NOBODY),
        unit_name=ibis.literal("") if asked.unit is None else rows[asked.unit].cast("string").fill_null(NOBODY),
        month=ibis.literal("") if asked.at is None else rows[asked.at].cast("timestamp(6)").strftime("%Y-%m"),
        kind=reduce(add, kinds, ibis.literal("")),
        is_pressed=ibis.literal(True) if asked.pressed is None else rows[asked.pressed].cast("boolean"),
        reading=value,
        met=met,
        **more,
    )


def cells(rows: ir.Table, asked: Asked) -> Cells:
    """The counts of :func:`readings_of`."""
    rows = rows.mutate(unit_name=_most(rows, "unit_name"), kind=_most(rows, "kind"), group=group_of(rows.who))
    sums: dict[str, ir.Value] = {
        "n": rows.count(),
        "value": _exact(rows.reading).sum(),
        "value2": _square(rows.reading).sum(),
        "met": rows.met.cast("int64").sum(),
    }
    for j in range(len(asked.outcomes)):
        known, seen = rows[f"outcome_{j}"].notnull(), rows[f"outcome_{j}"].fill_null(False)
        sums |= {
            f"known_{j}": known.cast("int64").sum(),
            f"seen_{j}": seen.cast("int64").sum(),
            f"known_value_{j}": _exact(rows.reading).sum(where=known),
            f"known_value2_{j}": _square(rows.reading).sum(where=known),
            f"seen_value_{j}": _exact(rows.reading).sum(where=seen),
        }
    for name in ("handled", "waited"):
        if name in rows.columns:
            sums |= {f"n_{name}": rows[name].count(), name: _exact(rows[name]).sum()}
    keys = ["unit_name", "month", "kind", "is_pressed"]
    grouped = rows.group_by(["group", *keys]).agg(**sums).to_pyarrow().to_pylist()
    grouped.sort(key=lambda row: tuple(row[key] for key in ("group", *keys)))
    listed = sorted({tuple(row[key] for key in keys) for row in grouped})
    place = {key: i for i, key in enumerate(listed)}
    found = {name: np.zeros((GROUPS, len(listed))) for name in sums}
    for row in grouped:
        at = group_number(row["group"]), place[tuple(row[key] for key in keys)]
        for name in sums:
            found[name][at] += float(row[name] or 0)
    return Cells(
        pressed=np.array([key[3] for key in listed], dtype=np.bool_),
        unit=_numbers([key[0] for key in listed]),
        month=_numbers([key[1] for key in listed]),
        kind=_numbers([key[2] for key in listed]),
        sums=found,
        clusters=int(rows.who.nunique().to_pyarrow().as_py()),
    )


def _exact(column: ir.NumericValue) -> ir.DecimalValue:
    """Numbers whose sum is the same in any order: to the millionth."""
    return column.round(6).cast("decimal(18, 6)")


def _square(column: ir.NumericValue) -> ir.DecimalValue:
    """Squares, likewise."""
    return (column * column).round(4).cast("decimal(38, 4)")


def _most(rows: ir.Table, name: str) -> ir.Value:
    """A column whose most frequent values stand, and whose others count together."""
    counted = rows.group_by(name).agg(n=rows.count())
    listed = counted.order_by([counted.n.desc(), counted[name]]).limit(MOST_ROWS_OF_A_KIND + 1).to_pyarrow()[name].to_pylist()
    if len(listed) <= MOST_ROWS_OF_A_KIND:
        return rows[name]
    return ibis.ifelse(rows[name].isin(listed[:MOST_ROWS_OF_A_KIND]), rows[name], REST)


def _numbers(names: Sequence[Any]) -> Ints:
    """Names as whole numbers in their order."""
    order = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names], dtype=np.int64)

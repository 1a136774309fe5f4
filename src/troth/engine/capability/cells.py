"""The tree of context cells of one promise name, and the grid each cell's record is counted on (domain.md d4).

A cell is one combination of what was knowable when the promise was made. Combinations with fewer than :data:`LEAST_ROWS` promises are
judged together with their likes, one level up. Grids follow a fixed lattice (:data:`STEPS_PER_OCTAVE`, origins multiples of a step), so
that more data moves no bin's edges by a hair, only by whole steps. They are drawn from the first two half-years in which a cell's promises
were received: what comes later moves no edge at all, and so cannot reach back into an as-of probability.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.engine.capability.curves import DEVIATIONS_ACROSS, Floats, Grid, Ints, Tree
from troth.engine.capability.scales import Scale
from troth.engine.capability.weeks import week_of

UNKNOWN = "(unknown)"
"""A context value nobody recorded: a value like any other, never filled in."""
OTHERS = "\x00"
"""Stands for “all others here” in a path; no text column holds it."""
LEAST_ROWS = 30
MOST_CELLS = 4_000
"""The largest combinations have a cell of their own; the rest share one with their likes."""
MOST_EXACT = 256
"""Up to that many distinct received levels each have a bin of their own where they lie evenly (whole days, pieces, points) ..."""
MOST_UNEVEN = 32
"""... and up to that many where they do not: each of them is a branch in the query."""
FIRST_HALVES = 2
"""Half-years with receipts from which a cell's grid is drawn."""
HALF_YEAR = 26
"""Its length in weeks."""
SPAN = DEVIATIONS_ACROSS / 2
"""Half-width of a grid in standard deviations of its cell."""
BINS = 128
LEAST_BINS = 16
STEPS_PER_OCTAVE = 4
"""Steps are powers of the fourth root of two: fine enough to fit a cell, coarse enough that rounding never changes one."""
BUDGET = 14_000_000
"""Cells x weeks x bins that may stand in memory at once; beyond it, bins are made wider."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a row needs to find its cell and its place on the cell's grid.

    :param context: the mapping's context columns.
    :param table: one row per context combination: ``code_context_<i>``, ``code_cell`` (leaf), ``code_origin``, ``code_step``.
    :param bins: bins of the grid; the bin after the last stands for “not received”.
    :param exact: sorted badness of the received levels where they are few, else ``None``.
    """

    context: tuple[str, ...]
    table: pa.Table
    bins: int
    exact: Floats | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """Context cells of one promise name.

    :param table: one row per context combination: ``code_context_<i>``, ``code_cell`` (leaf number), ``code_origin``, ``code_step``.
    :param labels: (K,) what each leaf stands for, in words.
    :param exact: sorted badness of the received levels where they are few, else ``None``.
    """

    context: tuple[str, ...]
    table: pa.Table
    labels: tuple[str, ...]
    tree: Tree
    grid: Grid
    exact: Floats | None = None

    @property
    def lookup(self) -> Lookup:
        """What a row needs to find its place."""
        return Lookup(self.context, self.table, self.grid.bins, self.exact)


def survey(judged: ir.Table, context: Sequence[str], scale: Scale) -> ir.Table:
    """One row per context combination and half-year of receipt (or, where not received, of making).

    Columns: ``code_context_<i>``, ``half``, promises, received ones, mean and standard deviation of their badness, first and last made.
    """
    measured = judged.level_received.notnull() & (judged.verdict != "VOID")
    if scale.relative:
        measured = measured & judged.internal_estimate.notnull()
    badness = ibis.literal(0.0) if scale.kind == "binary" else scale.badness(judged.level_received, judged.internal_estimate)
    prepared = judged.select(
        **{f"code_context_{i}": judged[column].cast("string").fill_null(UNKNOWN) for i, column in enumerate(context)},
        measured=measured.cast("int8"),
        badness=measured.ifelse(badness, ibis.null("float64")),
        half=week_of(ibis.coalesce(judged.received_at, judged.made_at)).floordiv(HALF_YEAR),
        made_at=judged.made_at,
    )
    keys = [*(f"code_context_{i}" for i in range(len(context))), "half"]
    sums = {
        "rows": prepared.count(),
        "received": prepared.measured.cast("int64").sum(),
        "mean": prepared.badness.mean(),
        "spread": prepared.badness.std(how="pop"),
        "first": prepared.made_at.min(),
        "last": prepared.made_at.max(),
    }
    return prepared.aggregate(by=keys, **sums).order_by(keys)


def plant(surveyed: pa.Table, context: Sequence[str], scale: Scale, weeks: int, exact: Floats | None = None) -> Cells:
    """Grow the tree of cells and give each leaf its grid, from the rows of :func:`survey`.

    :param weeks: length of the record: with the number of cells it bounds how fine the bins can be.
    :param exact: sorted distinct badness values, where they are few.
    """
    depth = len(context)
    names = [f"code_context_{i}" for i in range(depth)]
    combinations = surveyed.group_by(names, use_threads=False).aggregate([("rows", "sum")])
    paths = _paths(combinations, names)
    homes = _homes(paths, np.asarray(combinations["rows_sum"], dtype=np.int64), depth)
    order = sorted(set(homes))
    leaf_of = {home: number for number, home in enumerate(order)}
    leaf = np.array([leaf_of[home] for home in homes], dtype=np.int64)
    tree = _tree(order, depth)
    leaf_of_path = dict(zip(paths, leaf.tolist(), strict=True))
    surveyed_leaf = np.array([leaf_of_path[path] for path in _paths(surveyed, names)], dtype=np.int64)
    grid = _grid(surveyed, surveyed_leaf, len(order), scale, weeks, exact)
    columns = {name: combinations[name] for name in names}
    table = pa.table(
        {**columns, "code_cell": pa.array(leaf), "code_origin": pa.array(grid.origin[leaf]), "code_step": pa.array(grid.step[leaf])}
    )
    labels = tuple(" · ".join((*home, *(["others"] if len(home) < depth else []))) or "all" for home in order)
    return Cells(tuple(context), table, labels, tree, grid, exact)


def _paths(table: pa.Table, names: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True)) if names else [()] * table.num_rows


def _homes(paths: list[tuple[str, ...]], rows: Ints, depth: int) -> list[tuple[str, ...]]:
    """Where each combination is judged: itself if it has the rows, else the shortest prefix it shares with enough others."""
    floor = LEAST_ROWS
    if len(paths) > MOST_CELLS:
        floor = max(floor, int(np.sort(rows)[-MOST_CELLS]))
    homes: list[tuple[str, ...]] = list(paths)
    for level in range(depth, 0, -1):
        together: dict[tuple[str, ...], int] = defaultdict(int)
        for home, count in zip(homes, rows, strict=True):
            if len(home) == level:
                together[home] += int(count)
        homes = [home[:-1] if len(home) == level and together[home] < floor else home for home in homes]
    return homes


def _tree(order: list[tuple[str, ...]], depth: int) -> Tree:
    """Parents level by level. A leaf higher up (“others”) stands alone on the levels below it. No context: a root with one leaf."""
    parents: list[Ints] = []
    above: dict[tuple[str, ...], int] = {(): 0}
    for level in range(1, max(depth, 1)):
        here: dict[tuple[str, ...], int] = {}
        links: list[int] = []
        for home in order:
            key = home[:level] if len(home) >= level else (*home, *([OTHERS] * (level - len(home))))
            if key not in here:
                here[key] = len(links)
                links.append(above[key[:-1]])
        parents.append(np.array(links, dtype=np.int64))
        above = here
    last = max(depth, 1) - 1
    links = []
    for home in order:
        key = home[:last] if len(home) >= last else (*home, *([OTHERS] * (last - len(home))))
        links.append(above[key])
    parents.append(np.array(links, dtype=np.int64))
    return Tree(tuple(parents))


def _early(surveyed: pa.Table, leaf: Ints) -> NDArray[np.bool_]:
    """Rows of the first half-years in which their leaf's promises were received."""
    half = np.asarray(surveyed["half"], dtype=np.int64)
    received = np.asarray(surveyed["received"].fill_null(0), dtype=np.int64) > 0
    limit = np.full(int(leaf.max(initial=0)) + 1, np.iinfo(np.int64).min)
    for _ in range(FIRST_HALVES):
        following = np.full(len(limit), np.iinfo(np.int64).max)
        later = received & (half > limit[leaf])
        np.minimum.at(following, leaf[later], half[later])
        limit = following
    early: NDArray[np.bool_] = half <= limit[leaf]
    return early


def _grid(surveyed: pa.Table, leaf: Ints, leaves: int, scale: Scale, weeks: int, exact: Floats | None) -> Grid:
    if scale.kind == "binary":
        return Grid(np.zeros(leaves), np.ones(leaves), 1, exact=True)
    if exact is not None:
        return Grid(np.zeros(leaves), np.ones(leaves), len(exact), exact=True)
    count = np.asarray(surveyed["received"].fill_null(0), dtype=np.float64) * _early(surveyed, leaf)
    mean = np.asarray(surveyed["mean"].fill_null(0.0), dtype=np.float64)
    square = np.asarray(surveyed["spread"].fill_null(0.0), dtype=np.float64) ** 2 + mean**2
    total = max(count.sum(), 1.0)
    all_mean = float((count * mean).sum() / total)
    all_spread = max(float(np.sqrt(max((count * square).sum() / total - all_mean**2, 0.0))), 1e-6)
    n = np.bincount(leaf, count, leaves)
    centre = np.where(n > 0, np.bincount(leaf, count * mean, leaves) / np.maximum(n, 1), all_mean)
    variance = np.bincount(leaf, count * square, leaves) / np.maximum(n, 1) - centre**2
    spread = np.where(n >= LEAST_ROWS / 3, np.sqrt(np.maximum(variance, 0.0)), all_spread)
    spread = np.maximum(spread, all_spread / 64)
    bins = BINS
    while bins > LEAST_BINS and leaves * weeks * (bins + 1) > BUDGET:
        bins //= 2
    step = 2.0 ** (np.ceil(STEPS_PER_OCTAVE * np.log2(2 * SPAN * spread / bins)) / STEPS_PER_OCTAVE)
    origin = np.round(centre / step - bins / 2) * step
    return Grid(origin, step, bins)

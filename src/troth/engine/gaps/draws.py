"""Bootstrap draws of the settings, so that any slice of the account can be given an interval (domain.md d5 “Intervals”).

Clusters are unit x week: one context cell in one week. Each draw weighs the clusters anew (Poisson(1)), refits the curves on the
weighted record and scores the settings again. Where there are more than :data:`MOST_CELLS` cells, the largest and a seeded sample of
the rest are drawn, and the spread is scaled up to all promises: what matters is the spread, and it needs no more cells than that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from troth.engine.capability import record as recording
from troth.engine.capability.cells import Cells
from troth.engine.capability.curves import Ints, Record, Tree, fit
from troth.engine.gaps.settings import MODES, PREFIX, Model, Settled, probabilities, targets, way_points
from troth.terms.charter import Charter

DRAWS = 50
MOST_CELLS = 64
CERTAIN = 16
"""The largest cells that are always drawn."""

SCHEMA = pa.schema(
    [
        ("setting", pa.int64()),
        ("mode", pa.string()),
        ("draw", pa.int16()),
        ("weight", pa.int16()),
        ("p_capability", pa.decimal128(9, 8)),
        ("p_middle", pa.decimal128(9, 8)),
        ("p_promise", pa.decimal128(9, 8)),
    ]
)


def draw(settled: Settled, model: Model, charter: Charter, *, seed: int, draws: int = DRAWS) -> pa.Table:
    """Bootstrap the settings of one promise name.

    :return: one row per setting of the drawn cells, mode and draw, in the order of :data:`SCHEMA`; ``weight`` is the cluster's.
    """
    record, keys = settled.record, settled.keys
    generator = np.random.default_rng([seed, model.first_cell])
    chosen = _choose(record, model.cells.tree.leaves, generator)
    place = np.full(model.cells.tree.leaves, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    inside = place[record.leaf] >= 0
    smaller = Record(
        place[record.leaf[inside]], record.block[inside], record.bin[inside], record.closed[inside], record.count[inside], record.blocks
    )
    tree, cells = _prune(model.cells, chosen)
    part = replace(model, cells=cells, first_cell=0)
    mine = np.flatnonzero(place[keys.cell - model.first_cell] >= 0)
    leaf = place[keys.cell[mine] - model.first_cell]
    week = keys.week[mine] - settled.first_week
    subset = recording.Settings(keys.key[mine], leaf, keys.week[mine], keys.line[mine], keys.promised[mine], keys.standard[mine])
    tau = targets(subset, charter, 0.9)
    tables: list[pa.Table] = []
    for mode in MODES:
        training = settled.training[mode]
        kappa = float(np.median(settled.curves[mode].kappa))
        sets = training.of_block[week]
        decomposed = ~np.asarray(settled.table[f"{PREFIX[mode]}_p_promise"].is_null())[mine]
        for number in range(draws):
            weights = generator.poisson(1.0, size=(len(chosen), record.blocks)).astype(np.int64)
            weighted = replace(smaller, count=smaller.count * weights[smaller.leaf, smaller.block])
            curves = fit(weighted, cells.grid, tree, training, kappa=kappa)
            points = way_points(curves, part, leaf, leaf, sets, subset, tau, charter)
            weight = weights[leaf, week]
            known = np.flatnonzero((weight > 0) & decomposed & ~np.isnan(points.at_promise))
            tables.append(
                pa.table(
                    [
                        pa.array(subset.key[known]),
                        pa.array([mode] * len(known), pa.string()),
                        pa.array(np.full(len(known), number, dtype=np.int16)),
                        pa.array(weight[known].astype(np.int16)),
                        probabilities(points.at_capability[known]),
                        probabilities(points.at_middle[known]),
                        probabilities(points.at_promise[known]),
                    ],
                    schema=SCHEMA,
                )
            )
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _choose(record: Record, leaves: int, generator: np.random.Generator) -> Ints:
    """The cells to draw: all if they are few, else the largest and a sample of the rest."""
    if leaves <= MOST_CELLS:
        return np.arange(leaves)
    sampled = MOST_CELLS // 2  # a large tree is dearer to refit and needs no more
    order = np.argsort(-np.bincount(record.leaf, record.count, leaves), kind="stable")
    sample = generator.choice(order[CERTAIN:], sampled - CERTAIN, replace=False)
    return np.sort(np.concatenate([order[:CERTAIN], sample]))


def _prune(cells: Cells, chosen: Ints) -> tuple[Tree, Cells]:
    """The tree above the chosen leaves, renumbered, and cells with their grids."""
    parents: list[Ints] = []
    nodes = chosen
    for level in range(len(cells.tree.parents), 0, -1):
        above, place = np.unique(cells.tree.parents[level - 1][nodes], return_inverse=True)
        parents.append(place.ravel().astype(np.int64))
        nodes = above
    tree = Tree(tuple(reversed(parents)))
    grid = replace(cells.grid, origin=cells.grid.origin[chosen], step=cells.grid.step[chosen])
    return tree, replace(cells, tree=tree, grid=grid)

"""How far chance reaches: the whole split again, on rows (or clusters) drawn with replacement."""

from __future__ import annotations

import math

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.mechanisms.identity import worlds
from troth.engine.mechanisms.rows import Ground, Kinds, tally
from troth.engine.mechanisms.shapley import shapley

MOST_BINS = 4_096
"""Cells times bins of a histogram in a draw; where there are more, neighbouring bins are drawn together."""


def draw_parts(ground: Ground, draws: int, seed: int) -> Numbers:
    """(draws, m + 1) parts of the change as in :func:`parts_of`, each on rows, or whole clusters, drawn anew."""
    kinds, sizes, ties = _coarser(ground)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        weight = _weights(kinds, rng)
        histograms = tally(kinds, weight, ground.histograms.cells.shape[1], sizes)
        if not histograms.cells.sum(axis=1).all():
            continue  # of a few clusters, none of one side may be drawn
        late = np.bincount(kinds.side, kinds.late * weight, 2)
        found.append(parts_of(worlds(ground.tree, histograms, ties), late / histograms.cells.sum(axis=1)))
    return np.array(found)


def parts_of(of_worlds: Numbers, observed: Numbers) -> Numbers:
    """(m + 1,) part of each mechanism, and last what the mechanisms leave of the observed change.

    :param of_worlds: as :func:`~troth.engine.mechanisms.identity.worlds` gives. :param observed: the KPI before and after.
    """
    together = (observed[1] - of_worlds[-1]) - (observed[0] - of_worlds[0])
    return np.append(shapley(of_worlds), together)


def errors(drawn: Numbers, kinds: Kinds, cells: int) -> Numbers:
    """(m + 1,) standard errors from the draws.

    Within a cell the draws vary by (rows - 1) / rows of what samples do, and what is left together by one less for each histogram; and a
    sample of the rows varies more than all of them do.
    """
    rows = float(kinds.rows.sum()) / 2
    lost = np.full(drawn.shape[1], float(cells))
    lost[-1] *= len(kinds.bins)
    scale = np.sqrt(rows / np.maximum(rows - lost, rows / 4) * kinds.share)
    return np.asarray(drawn.std(axis=0, ddof=1) * scale)


def _weights(kinds: Kinds, rng: np.random.Generator) -> Numbers:
    if kinds.cluster is not None:
        count = int(kinds.cluster.max()) + 1
        return np.asarray(kinds.rows * np.bincount(rng.integers(0, count, count), minlength=count)[kinds.cluster], dtype=np.float64)
    return rng.poisson(kinds.rows).astype(np.float64)  # sides and cells are divided by their own sums


def _coarser(ground: Ground) -> tuple[Kinds, tuple[int, ...], float]:
    """The kinds of row on a grid that does for errors."""
    kinds, sizes = ground.kinds, ground.grid.sizes
    step = math.ceil(max(sizes) * ground.histograms.cells.shape[1] / MOST_BINS)
    if step == 1:
        return kinds, sizes, ground.grid.ties
    bins = tuple((one + step // 2) // step for one in kinds.bins)
    coarse = Kinds(kinds.side, kinds.cell, bins, kinds.late, kinds.rows, kinds.cluster, kinds.share)
    return coarse, tuple((size - 1 + step // 2) // step + 1 for size in sizes), 0.5

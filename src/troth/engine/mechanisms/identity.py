"""The KPI's own identity: late where the stages take longer than promised; and its rate in worlds made of both sides.

A world takes each mechanism from one side or from the other: how often each context value occurs given those before it, the promise given
the context, each stage given the context. Given the context, promise and stages are taken as independent of each other, so the rate of a
cell is a sum over their histograms; it is had exactly, for all worlds at once, from the histograms' Fourier transforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.engine.intervals import Numbers

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """The combinations of context values that occur on either side.

    :param codes: (C, k) value numbers, column by column. :param groups: for each of promise and stages, (C,) the group of cells it is told
        apart by.
    """

    codes: Ints
    groups: tuple[Ints, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def prefixes(self, columns: int) -> Ints:
        """(C,) which combination of the first columns a cell has."""
        if not columns:
            return np.zeros(len(self.codes), dtype=np.int64)
        return np.unique(self.codes[:, :columns], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Histograms:
    """What the worlds are made of.

    :param cells: (2, C) rows of each side in each cell.
    :param values: for each of promise and stages, (2, G, N) rows of each side, group of cells and value on the grid.
    """

    cells: Numbers
    values: tuple[Numbers, ...]


def chain(cells: Cells, counts: Numbers) -> list[Numbers]:
    """For each context column, (2, C): how often a cell's value occurs given the columns before it, on each side.

    Where one side has no rows to tell it from, it is as on the other.
    """
    found = []
    for column in range(cells.codes.shape[1]):
        parent, child = cells.prefixes(column), cells.prefixes(column + 1)
        above = np.stack([np.bincount(parent, side)[parent] for side in counts])
        own = np.stack([np.bincount(child, side)[child] for side in counts])
        found.append(_else_other(np.divide(own, above, out=np.zeros_like(own), where=above > 0), above > 0))
    return found


def _else_other(shares: Numbers, known: NDArray[np.bool_]) -> Numbers:
    """Each side's own where it is known, else the other's. The first axis is the side."""
    wide = known.reshape(known.shape + (1,) * (shares.ndim - known.ndim))
    return np.where(wide, shares, shares[::-1])


def weights(cells: Cells, counts: Numbers) -> Numbers:
    """(2^k, C) weight of each cell in each mix of the context: bit j of the row number is set where column j is as after."""
    found = np.ones((1, len(cells)))
    for share in chain(cells, counts):
        found = np.concatenate([found * share[0], found * share[1]])
    return found


def rates(cells: Cells, values: Sequence[Numbers], *, ties: float) -> Numbers:
    """(2^(1 + J), C) share that is late in each cell, for each choice of side of the promise (bit 0) and of the J stages.

    :param values: as in :class:`Histograms`; on one grid, on which stages that add up to exactly the promise count ``ties`` late.
    """
    shares = []
    for histogram in values:
        total = histogram.sum(axis=2)
        scaled = np.divide(histogram, total[:, :, None], out=np.zeros_like(histogram), where=total[:, :, None] > 0)
        shares.append(_else_other(scaled, total > 0))
    promise, *stages = shares
    size = promise.shape[2] + sum(stage.shape[2] - 1 for stage in stages)
    length = 1 << (size - 1).bit_length()
    below = np.concatenate([np.zeros((*promise.shape[:2], 1)), np.cumsum(promise, axis=2)], axis=2)
    missed = below[:, :, :-1] + ties * promise
    beyond = np.broadcast_to(below[:, :, -1:], (*missed.shape[:2], length - missed.shape[2]))
    waves = np.fft.rfft(np.concatenate([missed, beyond], axis=2), axis=2)
    count = np.full(waves.shape[2], 2.0)
    count[0] = count[-1] = 1.0
    found = (np.conj(waves) * (count / length))[:, cells.groups[0]]
    for stage, group in zip(stages[:-1], cells.groups[1:-1], strict=True):
        found = _with(found, np.fft.rfft(stage, length, axis=2)[:, group])
    last = np.fft.rfft(stages[-1], length, axis=2)[:, cells.groups[-1]]
    late = [np.real(np.einsum("wcn,cn->wc", found, side)) for side in last]
    return np.clip(np.concatenate(late), 0.0, 1.0)


def _with(found: NDArray[np.complex128], stage: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return np.concatenate([found * stage[0], found * stage[1]])


def worlds(cells: Cells, histograms: Histograms, *, ties: float) -> Numbers:
    """(2^m,) the KPI in each world; bit i of its number is set where mechanism i is as after: context columns, promise, stages."""
    late = rates(cells, histograms.values, ties=ties)
    return np.asarray((late @ weights(cells, histograms.cells).T).reshape(-1))

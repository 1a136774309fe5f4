"""The KPI's own identity: late where the stages take longer than promised; and its rate in worlds made of both sides.

A world takes each mechanism from one side or from the other: how often each context value occurs given those before it, the promise given
the context, each stage given the context. Given the context, promise and stages are taken as independent of each other, so the rate of a
cell is a sum over their histograms; it is had exactly, for all worlds at once, from the histograms' Fourier transforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from troth.engine.intervals import Numbers

Ints = NDArray[np.int64]
Waves = NDArray[np.complex128]

AT_ONCE = 64
"""Cells whose transforms stand in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Histograms:
    """What the worlds are made of. The first axis is the side: before, after.

    :param cells: (2, C) rows in each cell: each combination of context values that occurs on either side.
    :param values: of the promise, then of each of J stages: (2, C, N) rows in each cell, by value on the grid.
    """

    cells: Numbers
    values: tuple[Numbers, ...]


def prefixes(codes: Ints) -> tuple[Ints, ...]:
    """For 0 to k context columns, (C,) which combination of the first so many each cell has.

    :param codes: (C, k) value numbers of the cells.
    """
    columns = range(1, codes.shape[1] + 1)
    return (
        np.zeros(len(codes), dtype=np.int64),
        *(np.unique(codes[:, :column], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64) for column in columns),
    )


def chain(tree: Sequence[Ints], counts: Numbers) -> list[Numbers]:
    """For each of k context columns, (2, C): how often a cell's value occurs given the columns before it, on each side.

    Where one side has no rows to tell it from, it is as on the other.

    :param tree: as :func:`prefixes` gives. :param counts: (2, C) rows.
    """
    found = []
    for parent, child in pairwise(tree):
        above = np.stack([np.bincount(parent, side)[parent] for side in counts])
        own = np.stack([np.bincount(child, side)[child] for side in counts])
        shares = np.divide(own, above, out=np.zeros_like(own), where=above > 0)
        found.append(np.where(above > 0, shares, shares[::-1]))
    return found


def weights(tree: Sequence[Ints], counts: Numbers) -> Numbers:
    """(2^k, C) weight of each cell in each mix of the context: bit j of the row number is set where column j is as after."""
    found = np.ones((1, counts.shape[1]))
    for share in chain(tree, counts):
        found = np.concatenate([found * share[0], found * share[1]])
    return found


def conditionals(histogram: Numbers) -> Numbers:
    """(2, C, N) shares of the values in each cell on each side.

    A cell without rows on one side is as on the other, moved by as much as the cells on both sides moved on average.
    """
    total = histogram.sum(axis=2)
    shares = np.divide(histogram, total[:, :, None], out=np.zeros_like(histogram), where=total[:, :, None] > 0)
    for side in (0, 1):
        lacking = np.flatnonzero((total[side] == 0) & (total[1 - side] > 0))
        if len(lacking):
            shares[side, lacking] = _moved(shares[1 - side, lacking], _apart(shares, total) * (1 if side else -1))
    return np.asarray(shares)


def _apart(shares: Numbers, total: Numbers) -> float:
    """How far the mean after lies above the mean before, in steps of the grid, over the cells on both sides."""
    both = (total > 0).all(axis=0)
    if not both.any():
        return 0.0
    weight = total[0, both] * total[1, both] / total[:, both].sum(axis=0)
    means = shares[:, both] @ np.arange(shares.shape[2])
    return float((means[1] - means[0]) @ weight / weight.sum())


def _moved(shares: Numbers, steps: float) -> Numbers:
    """(C, N) shares moved along the grid, between two whole numbers of steps in proportion; what would fall off stays on the edge."""
    whole = int(np.floor(steps))
    part = steps - whole
    places = np.arange(shares.shape[1])
    found = np.zeros_like(shares)
    for step, share in ((whole, 1 - part), (whole + 1, part)):
        np.add.at(found.T, np.clip(places + step, 0, len(places) - 1), share * shares.T)
    return found


def rates(values: Sequence[Numbers], ties: float) -> Numbers:
    """(2^(1 + J), C) share that is late in each cell, for each choice of side of the promise (bit 0) and of the J stages.

    :param values: as in :class:`Histograms`, on one grid. :param ties: the share of rows late whose stages add up to just the promise.
    """
    return np.concatenate(
        [_rates([one[:, at : at + AT_ONCE] for one in values], ties) for at in range(0, values[0].shape[1], AT_ONCE)], axis=1
    )


def _rates(values: Sequence[Numbers], ties: float) -> Numbers:
    from scipy import fft

    promise, *stages = [conditionals(one) for one in values]
    length = fft.next_fast_len(max(promise.shape[2], sum(one.shape[2] for one in stages)) + 1, real=True)
    kept = np.ones((*promise.shape[:2], length))  # share of promises a received time misses: all, beyond the longest one
    kept[:, :, : promise.shape[2]] = np.cumsum(promise, axis=2) - (1 - ties) * promise
    waves: Waves = np.fft.rfft(kept, axis=2)
    twice = np.full(waves.shape[2], 2.0 / length)
    twice[0] /= 2
    if length % 2 == 0:
        twice[-1] /= 2
    found: Waves = np.conj(waves) * twice
    *first, last = [np.fft.rfft(one, length, axis=2) for one in stages]
    for stage in first:
        found = np.concatenate([found * stage[0], found * stage[1]])
    late = [np.einsum("wcn,cn->wc", found, side).real for side in last]  # Parseval: no need to go back to values
    return np.asarray(np.clip(np.concatenate(late), 0.0, 1.0))


def worlds(tree: Sequence[Ints], histograms: Histograms, ties: float) -> Numbers:
    """(2^m,) the KPI in each world; bit i of its number is set where mechanism i is as after: context columns, promise, stages."""
    return np.asarray((rates(histograms.values, ties) @ weights(tree, histograms.cells).T).reshape(-1))

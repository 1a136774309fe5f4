"""Which weeks of the record a capability may learn from (domain.md d4, “Training sets”).

A *block* is one week by ``made_at``. Two modes are always available:

- **as-of** (headline): block b learns from promises made in the ``window`` weeks that end ``lag`` weeks before b, where ``lag`` is the
  97% quantile of the wait as it was known then; a receipt that came after the start of b is not known yet and counts as “not received”.
- **cross-fitted**: the span is cut into folds; a fold learns from all other folds but for an embargo on both sides, so that promises
  of one episode (30 days, domain.md e1) never stand on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

WINDOW_WEEKS = 26
"""Rolling training window: 180 days, in whole weeks (domain.md d4 rule 4)."""
MATURITY = 0.97
"""Quantile of the wait a promise must be older than, so that fast closings are not over-represented."""
LEAST_RECORD = 30
"""Resolved promises needed before a lag can be told."""
SPANS_A_LAG = 2
"""A lag is told only once the record is twice as long: before that, slow receipts have had no time to show."""
FOLDS = 10
EMBARGO_WEEKS = 5
"""An episode lasts 30 days (domain.md e1): five weeks keep it on one side of a fold's border."""


@dataclass(frozen=True, slots=True)
class Training:
    """Training sets, each a signed sum of block ranges.

    :param plus: (T, 2) half-open block range that each set adds.
    :param minus: (T, 2) half-open block range that each set takes away (empty for as-of sets).
    :param of_block: (J,) the set that judges promises made in block j, -1 for none.
    :param knows_until: (T,) block at whose start the set was known; a receipt from that block on does not count. ``J`` = all known.
    :param mode: ``as-of`` or ``cross-fitted``.
    """

    plus: Ints
    minus: Ints
    of_block: Ints
    knows_until: Ints
    mode: str

    @property
    def sets(self) -> int:
        """Number of training sets, T."""
        return len(self.plus)

    @property
    def followed(self) -> Ints:
        """(T,) weeks for which every promise of a set has been followed: its youngest has had no longer to be received."""
        return np.asarray(self.knows_until - self.plus[:, 1])


def as_of_sets(waits: Ints, *, window: int = WINDOW_WEEKS) -> tuple[Training, int]:
    """Rolling as-of windows, one set per block, and the shortest lag among them.

    :param waits: (J, D) promises made in block j whose receipt came d blocks later (``d = D - 1`` means that many or more); open
        promises are not counted.
    :return: the sets, and the shortest lag in blocks (receipts that took longer are *late* and need a correction).
    """
    blocks, depth = waits.shape
    lags = np.full(blocks, -1, dtype=np.int64)
    for block in range(1, blocks):
        made = np.arange(max(0, block - 2 * window), block)
        known = made[:, None] + np.arange(depth)[None, :] < block  # resolved before this block began
        seen = (waits[made] * known).sum(axis=0)
        total = int(seen.sum())
        if total >= LEAST_RECORD:
            lag = int(np.searchsorted(np.cumsum(seen), MATURITY * total, side="left")) + 1
            lags[block] = lag if block >= SPANS_A_LAG * lag else -1
    numbers = np.arange(blocks)
    has = lags >= 0
    high = np.where(has, np.maximum(0, numbers - lags), 0)
    low = np.where(has, np.maximum(0, numbers - lags - window), 0)
    training = Training(
        plus=np.stack([low, high], axis=1),
        minus=np.zeros((blocks, 2), dtype=np.int64),
        of_block=np.where(has & (high > low), numbers, -1),
        knows_until=numbers,
        mode="as-of",
    )
    return training, int(lags[has].min()) if has.any() else depth


def cross_fitted_sets(waits: Ints, *, folds: int = FOLDS, embargo: int = EMBARGO_WEEKS) -> Training:
    """Leave-one-fold-out sets over the mature part of the span (the last promises have had no time to be received).

    :param waits: as for :func:`as_of_sets`.
    """
    blocks, _ = waits.shape
    seen = waits.sum(axis=0)
    total = int(seen.sum())
    lag = int(np.searchsorted(np.cumsum(seen), MATURITY * total, side="left")) + 1 if total else blocks
    mature = max(1, blocks - min(lag, blocks // 2))
    count = max(2, min(folds, blocks // 2)) if blocks > 1 else 1
    embargo = min(embargo, max(0, blocks // (2 * count)))  # a short span cannot afford five weeks on both sides
    edges = np.linspace(0, blocks, count + 1).round().astype(np.int64)
    low, high = edges[:-1], edges[1:]
    minus = np.stack([np.clip(low - embargo, 0, mature), np.clip(high + embargo, 0, mature)], axis=1)
    return Training(
        plus=np.tile(np.array([[0, mature]], dtype=np.int64), (count, 1)),
        minus=minus,
        of_block=np.repeat(np.arange(count), high - low),
        knows_until=np.full(count, blocks, dtype=np.int64),
        mode="cross-fitted",
    )


def windowed(places: Ints, weights: NDArray[np.int32], starts: Ints, size: int, training: Training) -> Iterator[NDArray[np.int32]]:
    """Counts of each training set in turn. The window slides: a block is counted when it enters and taken off when it leaves.

    :param places: (G,) place of each group among the counts, groups of a block side by side.
    :param weights: (G,) promises.
    :param starts: (J + 1,) first group of each block.
    :param size: number of places.
    :return: for each set, (size,) counts, which belong to the caller.
    """
    held, low, high = np.zeros(size, dtype=np.int32), 0, 0

    def count(first: int, last: int, into: NDArray[np.int32], *, adding: bool) -> None:
        if first < last:
            groups = slice(starts[first], starts[last])
            (np.add if adding else np.subtract).at(into, places[groups], weights[groups])

    for (first, last), (cut, end) in zip(training.plus.tolist(), training.minus.tolist(), strict=True):
        if first >= high or last <= low:  # nothing in common with the window before
            held[:], low, high = 0, first, first
        count(min(high, last), max(high, last), held, adding=last > high)
        count(min(low, first), max(low, first), held, adding=first < low)
        low, high = first, last
        window = held.copy()
        count(cut, end, window, adding=False)
        yield window


def late_corrections(made: Ints, closed: Ints, training: Training) -> tuple[Ints, Ints]:
    """Pairs (late group, training set) where the set holds the promise but not yet its receipt.

    :param made: (G,) block in which each late group was promised.
    :param closed: (G,) block in which it was received.
    :return: positions into the groups, and the training sets, of equal length.
    """
    if training.mode != "as-of" or len(made) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    spans = np.minimum(closed, training.sets - 1) - made
    groups = np.repeat(np.arange(len(made)), spans)
    first = np.repeat(np.cumsum(spans) - spans, spans)
    sets = np.repeat(made, spans) + 1 + np.arange(len(groups)) - first
    inside = (training.plus[sets, 0] <= made[groups]) & (made[groups] < training.plus[sets, 1])
    return groups[inside], sets[inside]

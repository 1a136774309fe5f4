"""Counts on a grid, one row of bins per node: quantiles and shares by interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Histogram:
    """``upto[node, bin]``: promises received in bins 0 to bin; the last column adds those not received."""

    upto: np.ndarray
    origin: np.ndarray
    step: np.ndarray

    @property
    def bins(self) -> int:
        """Bins of received promises."""
        return self.upto.shape[1] - 1

    @property
    def total(self) -> np.ndarray:
        """Promises of each node, received or not."""
        return self.upto[:, -1]

    def median(self) -> np.ndarray:
        """Median of each node by interpolation; NaN where it is empty."""
        target = 0.5 * self.total
        node = np.arange(len(self.total))
        index = np.minimum((self.upto[:, : self.bins] < target[:, None]).sum(axis=1), self.bins - 1)
        upper = self.upto[node, index]
        lower = np.where(index > 0, self.upto[node, index - 1], 0)
        part = np.where(upper > lower, (target - lower) / np.maximum(upper - lower, 1), 1.0)
        return np.where(self.total > 0, self.origin + (index + part.clip(0, 1)) * self.step, np.nan)

    def below(self, node: np.ndarray, badness: np.ndarray) -> np.ndarray:
        """Promises received at most that bad; an exponential tail in the last bin, which is open."""
        position = (badness - self.origin[node]) / self.step[node]
        index = np.floor(position).clip(0, self.bins - 1).astype(int)
        before = np.where(index > 0, self.upto[node, index - 1], 0)
        inside = self.upto[node, index] - before
        part = (position - index).clip(min=0)
        tail = 1 - np.exp(-part / (self.bins / 16))
        return before + inside * np.where(index == self.bins - 1, tail, np.minimum(part, 1.0))


def histogram(rows: pd.DataFrame, node: str, bin_: str, origin: np.ndarray, step: np.ndarray, bins: int) -> Histogram:
    """Count the rows of a frame per node and bin."""
    counts = rows.groupby([node, bin_]).size()
    table = np.zeros((len(origin), bins + 1))
    table[counts.index.get_level_values(0), counts.index.get_level_values(1)] = counts
    return Histogram(table.cumsum(axis=1), origin, step)

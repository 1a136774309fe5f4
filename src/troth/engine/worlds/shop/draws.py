"""Draws that belong to a thing, not to a moment: the number of an order is all it takes to draw its fate.

A draw is a function of the seed, the name of what is drawn and the number of the thing it is drawn for (SplitMix64: Steele, Lea & Flood,
“Fast splittable pseudorandom number generators”, 2014). So a world may be made in blocks of any length, on any number of processes,
and is the same; and it may be made again with one cause switched off, and everything that does not hang on that cause is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
HALF_STEP = 2.0**-53
"""Half the distance between two uniform draws: neither 0 nor 1 is ever drawn."""


@lru_cache(maxsize=4096)
def key_of(seed: int, name: str) -> np.uint64:
    """Where the draws of one name begin."""
    return np.uint64(int.from_bytes(blake2b(f"{seed}\x1f{name}".encode(), digest_size=8).digest(), "little"))


@dataclass(frozen=True, slots=True)
class Draws:
    """All the draws of one seed; each method takes the name of what is drawn, and the numbers of the things it is drawn for."""

    seed: int

    def bits(self, name: str, ids: Ints) -> Bits:
        """64 random bits for each."""
        with np.errstate(over="ignore"):
            state = ids.astype(np.uint64) * GAMMA + key_of(self.seed, name)
            state = (state ^ (state >> S30)) * FIRST
            state = (state ^ (state >> S27)) * SECOND
        mixed: Bits = state ^ (state >> S31)
        return mixed

    def uniform(self, name: str, ids: Ints) -> Floats:
        """Uniform between 0 and 1, both excluded."""
        drawn: Floats = (self.bits(name, ids) >> S12).astype(np.float64) * (2 * HALF_STEP) + HALF_STEP
        return drawn

    def below(self, name: str, ids: Ints, chance: Floats | float) -> Flags:
        """True with this chance."""
        found: Flags = self.uniform(name, ids) < chance
        return found

    def whole(self, name: str, ids: Ints, count: int | Ints) -> Ints:
        """A whole number from 0 to ``count - 1``, each as likely."""
        return np.floor(self.uniform(name, ids) * count).astype(np.int64)

    def normal(self, name: str, ids: Ints) -> Floats:
        """Standard normal."""
        drawn: Floats = ndtri(self.uniform(name, ids))
        return drawn

    def lognormal(self, name: str, ids: Ints, median: Floats | float, spread: float) -> Floats:
        """Positive, with this median; ``spread`` is the standard deviation of the logarithm."""
        drawn: Floats = median * np.exp(spread * self.normal(name, ids))
        return drawn

    def exponential(self, name: str, ids: Ints, mean: Floats | float) -> Floats:
        """Waiting time of this mean."""
        drawn: Floats = -mean * np.log(self.uniform(name, ids))
        return drawn

    def pick(self, name: str, ids: Ints, shares: Floats, row: Ints | None = None) -> Ints:
        """A position with chances in proportion to ``shares``.

        :param shares: one row for all, or a table of which ``row`` names the row of each.
        """
        sums = np.cumsum(np.atleast_2d(shares), axis=1)
        sums /= sums[:, -1:]
        drawn = self.uniform(name, ids)
        if row is None:
            return np.searchsorted(sums[0], drawn, side="right").clip(max=sums.shape[1] - 1)
        # Rows side by side on one line, row r between r and r + 1: one search finds the place in every row at once.
        line = (sums + np.arange(len(sums))[:, None]).ravel()
        place: Ints = np.searchsorted(line, drawn + row, side="right") - row * sums.shape[1]
        return place.clip(0, sums.shape[1] - 1)

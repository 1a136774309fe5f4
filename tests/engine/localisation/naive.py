"""The same questions answered slowly: every slice by a mask of its own, deviances by SciPy's distributions."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import numpy.typing as npt
from scipy import stats


def slices(codes: npt.NDArray[np.int64], deepest: int) -> dict[tuple[tuple[int, int], ...], npt.NDArray[np.bool_]]:
    """Every slice that occurs, as (dimension, value) pairs, with the leaves it holds."""
    found = {}
    for depth in range(1, deepest + 1):
        for choice in combinations(range(len(codes)), depth):
            for values in product(*(np.unique(codes[place]) for place in choice)):
                rule = tuple((place, int(value)) for place, value in zip(choice, values, strict=True))
                held = np.logical_and.reduce([codes[place] == value for place, value in rule])
                if held.any():
                    found[rule] = held
    return found


def poisson_ratio(observed: float, mean: float) -> float:
    """Log-likelihood ratio of a Poisson count at its own mean."""
    return float(stats.poisson.logpmf(observed, observed) - stats.poisson.logpmf(observed, mean)) if observed else mean


def binomial_ratio(now: int, before: int, share: float) -> float:
    """Log-likelihood ratio of how two counts divide, given their sum."""
    whole = now + before
    return float(stats.binom.logpmf(now, whole, now / whole) - stats.binom.logpmf(now, whole, share))

"""The same questions answered slowly: every slice by a mask of its own, deviances by SciPy's distributions."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]


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


def largest(codes: npt.NDArray[np.int64], observed: Numbers, expected: Numbers, deepest: int) -> Any:
    """The slice whose Poisson count is the least likely at the overall of the rest of the cube, before any penalty."""

    def ratio(held: npt.NDArray[np.bool_]) -> float:
        overall = observed.sum() / expected.sum()
        return poisson_ratio(observed[held].sum(), overall * expected[held].sum())

    found = slices(codes, deepest)
    return max(found, key=lambda rule: ratio(found[rule]))

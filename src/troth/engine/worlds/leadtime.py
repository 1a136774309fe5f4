"""Lead times whose logarithm is normal: the true distributions of the made worlds, in days."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from troth.terms.vocabulary import Part

SPREAD = 0.35
"""Standard deviation of the logarithm of the lead time, within a lane or cell."""


def break_probability(days: ArrayLike, location: ArrayLike) -> NDArray[np.float64]:
    """P(lead time > ``days``); 1 where ``days`` is not positive.

    :param location: mean of the logarithm of the lead time in days.
    """
    days = np.asarray(days, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (np.log(days) - np.asarray(location)) / SPREAD
    return np.where(days > 0, ndtr(-z), 1.0)


def capability(location: ArrayLike, keep_target: float) -> NDArray[np.float64]:
    """The true C: the lead time in days that is met with probability ``keep_target``."""
    return np.exp(np.asarray(location, dtype=np.float64) + SPREAD * float(ndtri(keep_target)))


def true_parts(
    location: NDArray[np.float64],
    promised: NDArray[np.float64],
    met: NDArray[np.float64],
    *,
    standard: float | None,
    keep_target: float,
) -> Mapping[Part, NDArray[np.float64]]:
    """The account of every row by the true distributions (domain.md d5): expected breaks in each part.

    :param location: what was knowable when the promise was made.
    :param promised: P in days.
    :param met: the probability of a break with everything that in fact happened.
    :param standard: S in days; ``None`` where the charter agrees none, and M is C.
    """
    able = capability(location, keep_target)
    middle = able if standard is None else np.median(np.stack([promised, np.full_like(able, standard), able]), axis=0)
    at_promise, at_middle, at_capability = (break_probability(days, location) for days in (promised, middle, able))
    return {
        Part.ALLOWANCE: at_capability,
        Part.EXPECTATION: at_promise - at_middle,
        Part.STANDARD: at_middle - at_capability,
        Part.DELIVERY: met - at_promise,
    }

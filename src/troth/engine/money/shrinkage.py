"""Effects of several issues, drawn to their mean by as much as chance explains their spread (domain.md e3).

    d~_j = m + t2 / (t2 + se_j^2) (d_j - m),        m = sum w_j d_j / sum w_j,   w_j = 1 / (t2 + se_j^2)

t2 is Paule and Mandel's: the one at which sum w_j (d_j - m)^2 equals its expectation, the number of issues less one (Paule & Mandel 1982;
recommended by Veroniki et al. 2016). A few issues tell little of t2, so the error of d~_j counts it in: it is averaged over what t2 may
be, by its likelihood with m integrated out and every spread alike beforehand (Gelman 2006), how far d~_j would lie elsewhere included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troth.engine.intervals import Numbers

ROUNDS = 200
SPREADS = 200
"""Spreads between issues that are weighed against each other."""
WIDEST = 3.0
"""The largest of them, in ranges of the effects or of their errors."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Effects drawn to their mean.

    The error of each is its own, and that of the mean, which all share: ``value + own + shared z`` with one z for all.

    :param value: (J,) shrunken effects. :param own_variance: (J,). :param shared: (J,) standard error each has from the mean.
    :param mean: m. :param between: t2; infinite where there is one effect alone.
    """

    value: Numbers
    own_variance: Numbers
    shared: Numbers
    mean: float
    between: float

    @property
    def error(self) -> Numbers:
        """(J,) standard errors."""
        return np.asarray(np.sqrt(self.own_variance + self.shared**2))


def shrink(effects: Sequence[float], errors: Sequence[float]) -> Shrunk:
    """Draw effects to their mean.

    :param errors: their standard errors, above 0. One effect alone stays what it is: it has no others to be held against.
    """
    d, variance = np.asarray(effects, dtype=np.float64), np.asarray(errors, dtype=np.float64) ** 2
    if len(d) < 2:  # noqa: PLR2004 - one effect has no spread
        return Shrunk(d, variance, np.zeros(len(d)), float(d.sum()), math.inf)
    between = paule_mandel(d, variance)
    mean, _, value = _drawn(d, variance, np.array([between]))
    spreads = np.linspace(0, WIDEST * max(float(np.ptp(d)), math.sqrt(float(variance.max()))), SPREADS) ** 2
    means, weight, values = _drawn(d, variance, spreads)
    total = weight.sum(axis=1)
    likelihood = np.log(weight).sum(axis=1) / 2 - np.log(total) / 2 - (weight * (d - means[:, None]) ** 2).sum(axis=1) / 2
    chance = np.exp(likelihood - likelihood.max())
    chance /= chance.sum()
    own = chance @ (spreads[:, None] * variance * weight + (values - value[0]) ** 2)
    shared = np.sqrt(chance @ ((variance * weight) ** 2 / total[:, None]))
    return Shrunk(value[0], own, shared, float(mean[0]), between)


def _drawn(d: Numbers, variance: Numbers, spreads: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Mean (S,), weights (S, J) and shrunken effects (S, J), one row for each variance between the issues."""
    weight = 1 / (spreads[:, None] + variance)
    mean = weight @ d / weight.sum(axis=1)
    return mean, weight, mean[:, None] + spreads[:, None] * weight * (d - mean[:, None])


def paule_mandel(d: Numbers, variance: Numbers) -> float:
    """Variance between the true effects; 0 where chance alone explains their spread."""

    def over(between: float) -> float:
        weight = 1 / (between + variance)
        mean = weight @ d / weight.sum()
        return float(weight @ (d - mean) ** 2) - (len(d) - 1)

    if over(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.ptp(d) ** 2 + variance.max())
    for _ in range(ROUNDS):  # it falls in t2, so halving finds where it is 0
        middle = (low + high) / 2
        low, high = (middle, high) if over(middle) > 0 else (low, middle)
    return (low + high) / 2

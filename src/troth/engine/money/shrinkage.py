"""Effects of several issues, drawn to their mean by as much as chance explains their spread (domain.md e3).

    d~_j = m + t2 / (t2 + se_j^2) (d_j - m),        m = sum w_j d_j / sum w_j,   w_j = 1 / (t2 + se_j^2)

t2 is Paule and Mandel's: the one at which sum w_j (d_j - m)^2 equals its expectation, the number of issues less one (Paule & Mandel 1982;
recommended by Veroniki et al. 2016). The error of d~_j counts that of m, too (Morris 1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troth.engine.intervals import Numbers

ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Effects drawn to their mean.

    Their errors are ``sqrt(own_variance)`` apart from each other and, together, that of the mean, which each shares by ``drawn``.

    :param value: (J,) shrunken effects. :param own_variance: (J,). :param drawn: (J,) how far each is drawn to the mean, 0 to 1.
    :param mean: m. :param mean_variance: of m. :param between: t2; infinite where there is one effect alone.
    """

    value: Numbers
    own_variance: Numbers
    drawn: Numbers
    mean: float
    mean_variance: float
    between: float

    @property
    def error(self) -> Numbers:
        """(J,) standard errors."""
        return np.asarray(np.sqrt(self.own_variance + self.drawn**2 * self.mean_variance))


def shrink(effects: Sequence[float], errors: Sequence[float]) -> Shrunk:
    """Draw effects to their mean.

    :param errors: their standard errors, above 0. One effect alone stays what it is: it has no others to be held against.
    """
    d, variance = np.asarray(effects, dtype=np.float64), np.asarray(errors, dtype=np.float64) ** 2
    if len(d) < 2:  # noqa: PLR2004 - one effect has no spread
        return Shrunk(d, variance, np.zeros(len(d)), float(d.sum()), 0.0, math.inf)
    between = paule_mandel(d, variance)
    weight = 1 / (between + variance)
    mean = float(weight @ d / weight.sum())
    kept = between / (between + variance)
    return Shrunk(mean + kept * (d - mean), kept * variance, 1 - kept, mean, float(1 / weight.sum()), between)


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

"""What was to be expected of each leaf, from what was seen before or from the whole."""

from __future__ import annotations

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.localisation.slices import Codes

SWEEPS = 5
RIDGE = 4.0
"""How many trials' worth of information hold the effect of a value at 0."""
STEEPEST = 2.0
"""No step of the fit is longer, in log-odds."""


def common_rates(codes: Codes, sizes: Codes, successes: Numbers, trials: Numbers) -> Numbers:
    """Rates of each leaf from an effect of each value, no leaf having one of its own: a logistic regression by coordinate steps.

    Leaves are too small to have rates (most see less than ten trials); values are not. What a slice has beyond its values is mended by its
    own record, as far as that goes (:class:`~troth.engine.localisation.evidence.Counted`).

    :param codes: shape (D, L). :param successes: of each leaf, shape (L,). :param trials: shape (L,).
    :returns: shape (L,), strictly between 0 and 1.
    """
    whole = (successes.sum() + 0.5) / (trials.sum() + 1.0)
    odds = np.full(len(trials), np.log(whole / (1 - whole)))
    effects = [np.zeros(size) for size in sizes]
    for _ in range(SWEEPS):
        for place, (code, size) in enumerate(zip(codes, sizes, strict=True)):
            rate = 1.0 / (1.0 + np.exp(-odds))
            expected = trials * rate
            gap = np.bincount(code, successes - expected, minlength=size)
            information = np.bincount(code, expected * (1.0 - rate), minlength=size)
            step = np.clip((gap - RIDGE * whole * effects[place]) / (information + RIDGE * whole), -STEEPEST, STEEPEST)
            effects[place] += step
            odds += step[code]
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))

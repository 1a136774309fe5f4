"""Shapley's value of each mechanism: what it changes when it is switched to the other side, on average over all orders of switching."""

from __future__ import annotations

from math import factorial

import numpy as np

from troth.engine.intervals import Numbers


def shapley(worlds: Numbers) -> Numbers:
    """(..., m) parts that add up to the last world less the first (Shapley 1953).

    :param worlds: (..., 2^m) the KPI in each world; bit i of its number is set where mechanism i is switched.
    """
    count = worlds.shape[-1].bit_length() - 1
    number = np.arange(worlds.shape[-1])
    switched = sum((number >> bit) & 1 for bit in range(count))
    share = np.array([factorial(s) * factorial(count - s - 1) / factorial(count) if s < count else 0.0 for s in range(count + 1)])
    parts = []
    for bit in range(count):
        without = number[(number >> bit) & 1 == 0]
        parts.append((worlds[..., without | (1 << bit)] - worlds[..., without]) @ share[np.asarray(switched)[without]])
    return np.stack(parts, axis=-1) if parts else np.zeros((*worlds.shape[:-1], 0))

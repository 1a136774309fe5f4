"""Who answers: weights by inverse response probability, so that those who answered speak for those who were silent (domain.md d3).

    p(answer | situation s, class c) = ( n_sc + kappa p0 ) / ( N_sc + kappa )        p0 = p_c p_s / p

c is a class of lateness (neighbouring bins, never across the promise), N what was received, n what was scored. A weight is 1 / p, capped.
It corrects for what is on record (how late, where, who); not for a mood that is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.engine.capability.curves import KAPPAS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KAPPA = KAPPAS[0]
LEAST_CLASS = 200
"""Promises received that a class of lateness holds at least, where there are so many."""
MOST_TIMES = 10.0
"""A weight is at most that many times the mean weight: one silent corner must not outshout the rest."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of those who answered.

    :param value: (G,) weight of each scored entry; 1 / p, capped.
    :param capped: scored promises whose weight was capped.
    """

    value: Floats
    capped: int


def weights(situation: Ints, late: Ints, received: Floats, scored: Floats, on_time: int) -> Weights:
    """Weights per entry of (situation, lateness bin).

    :param situation: (G,) situation number; ``late``: (G,) bin of lateness.
    :param received: (G,) promises received; ``scored``: (G,) those of them with a score.
    :param on_time: bins below this number are on time.
    """
    total, answered = received.sum(), scored.sum()
    overall = answered / total
    kind = classes(late, received, on_time)
    by_class = np.bincount(kind, scored) / np.bincount(kind, received)
    by_situation = (np.bincount(situation, scored) + KAPPA * overall) / (np.bincount(situation, received) + KAPPA)
    pair = situation * (int(kind.max()) + 1) + kind
    _, place = np.unique(pair, return_inverse=True)
    prior = np.clip(by_class[kind] * by_situation[situation] / overall, 1e-9, 1.0)
    share = (np.bincount(place, scored)[place] + KAPPA * prior) / (np.bincount(place, received)[place] + KAPPA)
    raw = 1 / np.maximum(share, 1e-9)
    most = MOST_TIMES / overall
    return Weights(np.minimum(raw, most), int(scored[raw > most].sum()))


def classes(late: Ints, received: Floats, on_time: int) -> Ints:
    """Class of each entry's lateness bin: bins side by side, at least :data:`LEAST_CLASS` promises each, on time and late kept apart."""
    bins = int(late.max()) + 1
    count = np.bincount(late, received, bins)
    label = np.zeros(bins, dtype=np.int64)
    number = 0
    for side in (range(min(on_time, bins)), range(min(on_time, bins), bins)):
        first, gathered = number, 0.0
        for position in side:
            label[position] = number
            gathered += count[position]
            if gathered >= LEAST_CLASS:
                number, gathered = number + 1, 0.0
        if 0 < gathered < LEAST_CLASS and number > first:  # too few are left over: they join the class before
            label[label == number] = number - 1
        elif gathered > 0:
            number += 1
    used = np.unique(label[count > 0])
    return np.searchsorted(used, label[late])

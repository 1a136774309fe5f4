"""The score to expect of a level, m(x): monotone in what is received, free to bend or jump at the promise (domain.md d3).

    m_i(x) = f(x - P_i) + g(x) + a_stage + a_cell + a_touchpoint

f (of lateness) and g (of the level itself) never rise as things get worse; both are isotonic regressions, fitted in turn until they
settle (additive isotonic regression: Bacchetti 1989). The offsets are shrunken means, and cancel in every part but perception.
Cross-fitted: a score is never judged by a curve that its own customer's scores helped to fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.engine.capability.curves import KAPPAS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS = 5
KAPPA = KAPPAS[0]
"""Scores' worth of weight that pulls an offset to 0."""
ROUNDS = 100
SETTLED = 1e-5
"""Rounds end when no value moves by more than that share of the scores' range."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scored promises, reduced. Arrays run over entries (fold, situation, bin of lateness, bin of level).

    :param group: for each kind of offset, (S,) the group each situation is in.
    :param weight: (G,) weight of one scored promise of the entry.
    :param count: (G,) scored promises; ``mean`` their mean score.
    :param bins: number of bins on either axis; on the axis of lateness, bins below ``on_time`` are on time.
    """

    fold: Ints
    situation: Ints
    late: Ints
    level: Ints
    weight: Floats
    count: Floats
    mean: Floats
    group: dict[str, Ints]
    bins: int
    on_time: int


@dataclass(frozen=True, slots=True)
class Curve:
    """m of one fold.

    :param lateness: (bins,) f; ``level``: (bins,) g, 0 on average.
    :param offsets: for each kind, the offset of each group.
    """

    lateness: Floats
    level: Floats
    offsets: dict[str, Floats]


def fit(scores: Scores) -> tuple[Curve, ...]:
    """One curve per fold, from the scores of the other folds (from all of them, where they have none)."""
    curves = []
    for fold in range(FOLDS):
        others = scores.fold != fold
        curves.append(_fit(scores, others if others.any() else np.ones_like(others)))
    return tuple(curves)


def _fit(scores: Scores, chosen: NDArray[np.bool_]) -> Curve:
    late, level = scores.late[chosen], scores.level[chosen]
    mean, count = scores.mean[chosen], scores.count[chosen]
    # Weights of mean 1 per score, so that kappa counts scores.
    weight = scores.weight[chosen] * count
    weight *= count.sum() / weight.sum()
    member = {kind: group[scores.situation[chosen]] for kind, group in scores.group.items()}
    offsets = {kind: np.zeros(int(group.max()) + 1) for kind, group in scores.group.items()}
    f, g = np.zeros(scores.bins), np.zeros(scores.bins)
    reach = max(float(np.ptp(mean)), 1e-9) * SETTLED

    def explained() -> Floats:
        value: Floats = f[late] + g[level]
        for kind, group in member.items():
            value = value + offsets[kind][group]
        return value

    for _ in range(ROUNDS):
        before = explained()
        f = falling(late, mean - before + f[late], weight, scores.bins, scores.on_time)
        g = falling(level, mean - explained() + g[level], weight, scores.bins)
        g -= np.average(g[level], weights=weight)
        for kind, group in member.items():
            rest = mean - explained() + offsets[kind][group]
            size = len(offsets[kind])
            offsets[kind] = np.bincount(group, weight * rest, size) / (np.bincount(group, weight, size) + KAPPA)
        if np.abs(explained() - before).max() <= reach:
            break
    return Curve(f, g, offsets)


def falling(place: Ints, value: Floats, weight: Floats, bins: int, jump: int | None = None) -> Floats:
    """The weighted least-squares fit to ``value`` that never rises from bin to bin.

    Bins without a value lie on a straight line between their neighbours; never across ``jump``, the first bin of the other side.

    :param place: (G,) bin of each entry.
    :return: (bins,) one value per bin.
    """
    from scipy.optimize import isotonic_regression

    total = np.bincount(place, weight, bins)
    seen = np.flatnonzero(total > 0)
    means = np.bincount(place, weight * value, bins)[seen] / total[seen]
    fitted = isotonic_regression(means, weights=total[seen], increasing=False).x
    if jump is None or seen[0] >= jump or seen[-1] < jump:
        whole: Floats = np.interp(np.arange(bins), seen, fitted)
        return whole
    before = seen < jump
    return np.concatenate(
        [np.interp(np.arange(jump), seen[before], fitted[before]), np.interp(np.arange(jump, bins), seen[~before], fitted[~before])]
    )

"""From the fitted model to shares of events, each row's influence on them, and their intervals (domain.md e6).

The events an exposure accounts for are the sum over rows of ``(r_i - r_i0)`` times its part of L, with ``r - r0 = g (1 - exp(-L))``. The
sum is corrected by what the fit leaves of survival, ``c(x) rho`` with c fitted out of fold, so that errors of g do not reach it at first
order. The interval comes from the rows' influence on the result (the sandwich), summed by cluster where rows come in clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.attribution.reduced import Codes
from troth.engine.attribution.survival import Fit, Rows, part_of, smooth
from troth.engine.intervals import Numbers

SMALL = 1e-8


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of all events, one per exposure and placebo.

    :param value: shape (K + J,). :param influence: of each row on each, shape (m, K + J); the mean over rows is 0.
    """

    value: Numbers
    influence: Numbers


def shares(rows: Rows, found: Fit) -> Shares:
    """The share of the events that goes along with each exposure and placebo."""
    happened = 1 - rows.survived
    events = float(rows.weight @ happened)
    gone = np.exp(-found.depth)
    taken = found.parts * _per_depth(found.depth)[:, None]  # (1 - exp(-L)) by parts
    correction = smooth(rows, taken / gone[:, None], gone)
    each = found.survival[:, None] * taken + correction * found.rho[:, None]
    value = rows.weight @ each / events
    slope = _slope(rows, found, correction, gone)
    influence = (each - value * happened[:, None] + found.influence @ slope) / events
    return Shares(value, influence)


def _per_depth(depth: Numbers) -> Numbers:
    """(1 - exp(-L)) / L, 1 at L = 0."""
    near = np.abs(depth) < SMALL
    return np.where(near, 1.0, -np.expm1(-depth) / np.where(near, 1.0, depth))


def _slope(rows: Rows, found: Fit, correction: Numbers, gone: Numbers) -> Numbers:
    """How the mean of each exposure's events changes with each coefficient, shape (Q, K + J)."""
    depth, per_depth = found.depth, _per_depth(found.depth)
    near = np.abs(depth) < SMALL
    change = np.where(near, -0.5, (gone - per_depth) / np.where(near, 1.0, depth))  # of (1 - exp(-L)) / L with L
    heavy = rows.weight * found.survival
    slope = np.zeros((len(found.coefficients), found.parts.shape[1]))
    for q in range(len(found.coefficients)):
        whose, moved = part_of(rows, found.design, found.of, q)
        slope[q, whose] += (heavy * per_depth) @ moved
        slope[q] += (heavy * change * found.design[:, q]) @ found.parts  # its column is what it adds to L in all
        slope[q] += (heavy * gone * found.design[:, q]) @ correction
    return slope


def standard_error(influence: Numbers, weight: Numbers, rows: float, cluster: Codes | None) -> tuple[Numbers, int]:
    """Standard errors of means of influence, and the clusters they rest on.

    :param influence: shape (m, T). :param weight: rows of each pattern, adding up to 1, shape (m,). :param rows: how many rows there are.
    :param cluster: code of each pattern's cluster, ``None`` where every row stands for itself.
    """
    if cluster is None:
        count = round(rows)
        square = weight @ influence**2 / rows
    else:
        count = len(np.unique(cluster))
        square = (_by_cluster(influence, weight, cluster) ** 2).sum(axis=0)
    return np.sqrt(square * count / max(count - 1, 1)), count


def covariance(influence: Numbers, weight: Numbers, rows: float, cluster: Codes | None) -> Numbers:
    """Covariance of the same means, shape (T, T); its diagonal is the squared standard errors."""
    if cluster is None:
        count = round(rows)
        spread = (influence * weight[:, None]).T @ influence / rows
    else:
        count = len(np.unique(cluster))
        sums = _by_cluster(influence, weight, cluster)
        spread = sums.T @ sums
    return np.asarray(spread * count / max(count - 1, 1), dtype=np.float64)


def _by_cluster(influence: Numbers, weight: Numbers, cluster: Codes) -> Numbers:
    """Weighted influence summed by cluster, shape (clusters, T)."""
    heavy = influence * weight[:, None]
    size = int(cluster.max()) + 1
    return np.column_stack([np.bincount(cluster, weights=column, minlength=size) for column in heavy.T])

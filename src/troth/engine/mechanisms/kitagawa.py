"""Kitagawa's split of a change over groups: how much goes along with their sizes, and how much with their rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.engine.intervals import Numbers


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows and their outcomes, summed over rows that belong together: one row each of what follows, shape (R,).

    :param side: 0 before, 1 after. :param group: number of the group. :param cluster: number of the cluster the sums are of.
    :param n: rows. :param y: sum of the outcome. :param yy: sum of its square.
    """

    side: NDArray[np.int64]
    group: NDArray[np.int64]
    cluster: NDArray[np.int64] | None
    n: Numbers
    y: Numbers
    yy: Numbers


@dataclass(frozen=True, slots=True)
class Kitagawa:
    """Parts of G groups, and their standard errors.

    :param means: (2,) of all rows before and after; ``mean_errors`` of these.
    :param parts: (G, 2) mix and rate part of each group. :param errors: (G, 2) of these.
    :param total_errors: (2,) of the sums of both parts. :param change_error: of the change.
    :param alone: (G,) the group has rows on one side alone.
    """

    means: Numbers
    mean_errors: Numbers
    parts: Numbers
    errors: Numbers
    total_errors: Numbers
    change_error: float
    alone: NDArray[np.bool_]


def kitagawa(sums: Sums, groups: int) -> Kitagawa:
    """Mix part and rate part of each group, at the midpoint of both sides (Kitagawa 1955).

    With w the share of a group and r its mean, mix = (w1 - w0) ((r0 + r1) / 2 - m) and rate = (w0 + w1) / 2 (r1 - r0), where m is the
    midpoint of the means of all; it takes nothing from the sum, since shares add up to 1 on both sides. A group on one side alone has
    its mean of that side on both. Standard errors are those of the linearised parts, by row or by cluster.
    """
    flat = sums.side * groups + sums.group
    n, y = (np.bincount(flat, one, 2 * groups).reshape(2, groups) for one in (sums.n, sums.y))
    sizes = n.sum(axis=1)
    shares = n / sizes[:, None]
    own = np.divide(y, n, out=np.zeros_like(y), where=n > 0)
    there = n > 0
    rate = np.where(there, own, own[::-1])
    alone = there.sum(axis=0) == 1
    means = y.sum(axis=1) / sizes
    centre = rate.mean(axis=0) - means.mean()
    moved, between = shares[1] - shares[0], rate[1] - rate[0]
    parts = np.stack([moved * centre, shares.mean(axis=0) * between], axis=1)

    def spread(constant: Numbers, slope: Numbers) -> Numbers:
        """Standard errors of linear parts: (2, G, P) what a row of a side and group adds, without its outcome and per unit of it."""
        c, s = constant.reshape(2 * groups, -1)[flat], slope.reshape(2 * groups, -1)[flat]
        size = sizes[sums.side][:, None]
        if sums.cluster is not None:
            total = (c * sums.n[:, None] + s * sums.y[:, None]) / size
            count = int(sums.cluster.max()) + 1
            by = np.stack([np.bincount(sums.cluster, column, count) for column in total.T], axis=1)
            return np.asarray(np.sqrt((by**2).sum(axis=0) * count / max(count - 1, 1)))
        squares = (c**2 * sums.n[:, None] + 2 * c * s * sums.y[:, None] + s**2 * sums.yy[:, None]) / size**2
        lost = (sizes / np.maximum(sizes - groups, sizes / 4))[sums.side][:, None]
        return np.asarray(np.sqrt(np.maximum((squares * lost).sum(axis=0), 0.0)))

    c, s = _influence(shares, rate, means, there, alone)
    of_groups = spread(c.reshape(2, groups, -1), s.reshape(2, groups, -1)).reshape(2, groups).T
    totals = spread(c.sum(axis=3), s.sum(axis=3))
    sign = np.array([-1.0, 1.0])[:, None, None]
    every = np.ones((2, groups, 1))
    change = spread(-sign * means[:, None, None] * every, sign * every)
    each = np.array([[[1.0, 0.0]], [[0.0, 1.0]]]) * np.ones((2, groups, 2))
    mean_errors = spread(-means[:, None, None] * each, each)
    return Kitagawa(means, mean_errors, parts, of_groups, totals, float(change[0]), alone)


def _influence(
    shares: Numbers, rate: Numbers, means: Numbers, there: NDArray[np.bool_], alone: NDArray[np.bool_]
) -> tuple[Numbers, Numbers]:
    """(2, G, 2, G): what a row of a side and group adds to both parts of each group, as a constant and a slope in its outcome."""
    groups = shares.shape[1]
    one = np.eye(groups)
    moved, between, middle = shares[1] - shares[0], rate[1] - rate[0], shares.mean(axis=0)
    centre = rate.mean(axis=0) - means.mean()
    constant, slope = np.zeros((2, groups, 2, groups)), np.zeros((2, groups, 2, groups))
    for side, sign in ((0, -1.0), (1, 1.0)):
        inverse = np.divide(1.0, shares[side], out=np.zeros(groups), where=there[side])
        to_middle = one * ((0.5 + 0.5 * alone) * inverse * moved)  # d mix by the group's own mean
        to_rate = one * (sign * ~alone * inverse * middle)
        share = one - shares[side]  # d w of each group (columns) by a row of a group (rows)
        constant[side, :, 0] = sign * share * centre - to_middle * rate[side] + 0.5 * means[side] * moved
        slope[side, :, 0] = to_middle - 0.5 * moved
        constant[side, :, 1] = 0.5 * share * between - to_rate * rate[side]
        slope[side, :, 1] = to_rate
    return constant, slope

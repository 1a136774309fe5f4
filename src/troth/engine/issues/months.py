"""Which months of an issue stand out: funnel limits around the rate that was to be expected of them (S0.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troth.engine.intervals import Numbers, funnel_limits

FEWEST_MONTHS = 4
"""With fewer months there is no rate of the others to hold one against."""

TO_NORMAL = 0.6745
"""Half of all standard normal values lie nearer to 0 than this."""


MOST_DISPERSION = 4.0
"""Around a rate that was to be expected limits are at most twice as wide as chance alone makes them: else a bad month hides itself."""
NEARLY_ALL = 0.8
"""Limits that hold so large a share of all rates tell nothing."""


@dataclass(frozen=True, slots=True)
class MonthLimits:
    """The 99% limits of one month.

    :param expected: broken promises per promise due that were to be expected; where that is not told, the weighted median of the months.
    :param low: lowest rate that is not told from it; :param high: highest.
    :param outside: -1 below the limits, 1 above, 0 within.
    """

    expected: float
    low: float
    high: float
    outside: int


def month_limits(
    due: Sequence[int], broken: Sequence[int], *, expected: float | None = None, spell: Sequence[bool] | None = None
) -> tuple[MonthLimits | None, ...]:
    """Limits of each month; ``None`` where nothing was due, and everywhere where there are too few months.

    The rate to expect is what the issue was held against, so that bad months do not make themselves usual. Where nothing tells it, it is
    that of most months: the median, each month weighted by what was due in it. Where half of the months stray more than chance makes them,
    the limits widen by as much (Spiegelhalter 2005), and around an expected rate by :data:`MOST_DISPERSION` at most.

    :param due: promises due in each month, oldest first. :param broken: broken ones among them.
    :param expected: broken per promise due that were to be expected. :param spell: months in which the issue was worst: of them no
        dispersion is had.
    """
    n, k = np.asarray(due, dtype=np.float64), np.asarray(broken, dtype=np.float64)
    there = n > 0
    if there.sum() < FEWEST_MONTHS or (expected is None and not 0 < k.sum() < n.sum()):
        return (None,) * len(n)
    rate = np.divide(k, n, out=np.zeros(len(n)), where=there)
    usual = there if spell is None else there & ~np.asarray(spell, dtype=np.bool_)
    if expected is None:
        centre, strays = _strays(rate[there], n[there])
        dispersion = max(1.0, strays)
    else:
        strays = _strays(rate[usual], n[usual])[1] if usual.sum() >= FEWEST_MONTHS else 1.0
        least = 0.5 / float(n.sum())  # none of so many says no more than that
        centre, dispersion = min(max(expected, least), 1 - least), min(max(1.0, strays), MOST_DISPERSION)
    low, high = funnel_limits(centre, n, dispersion=dispersion)
    return tuple(
        MonthLimits(centre, float(lowest), float(highest), int(one > highest) - int(one < lowest)) if known else None
        for one, lowest, highest, known in zip(rate.tolist(), low.tolist(), high.tolist(), there.tolist(), strict=True)
    )


def tell_nothing(limits: Sequence[tuple[float, float]]) -> bool:
    """Whether half of the limits or more hold nearly all rates there are, so that lying within them says nothing."""
    return sum(high - low >= NEARLY_ALL for low, high in limits) * 2 >= max(1, len(limits))


def _strays(rate: Numbers, n: Numbers) -> tuple[float, float]:
    """The rate of most months, and how far half of them stray from it, squared, in what chance alone makes of it."""
    order = np.argsort(rate, kind="stable")
    centre = float(rate[order][np.searchsorted(np.cumsum(n[order]), n.sum() / 2)])
    if not 0 < centre < 1:
        centre = float((rate * n).sum() / n.sum())
    if not 0 < centre < 1:
        return centre, 1.0
    strays = np.abs(rate - centre) / np.sqrt(centre * (1 - centre) / n)
    return centre, float(np.median(strays) / TO_NORMAL) ** 2

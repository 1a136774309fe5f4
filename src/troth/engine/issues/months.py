"""Which months of an issue stand out from its others: funnel limits around the rate of its months (S0.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troth.engine.intervals import funnel_limits

FEWEST_MONTHS = 4
"""With fewer months there is no rate of the others to hold one against."""

TO_NORMAL = 0.6745
"""Half of all standard normal values lie nearer to 0 than this."""


@dataclass(frozen=True, slots=True)
class MonthLimits:
    """The 99% limits of one month.

    :param expected: broken promises per promise due in the months of the issue, as their weighted median. :param low: lowest rate that is
        not told from it; :param high: highest.
    :param outside: -1 below the limits, 1 above, 0 within.
    """

    expected: float
    low: float
    high: float
    outside: int


def month_limits(due: Sequence[int], broken: Sequence[int]) -> tuple[MonthLimits | None, ...]:
    """Limits of each month; ``None`` where nothing was due, and everywhere where there are too few months.

    The rate to expect is that of most months: the median, each month weighted by what was due in it, so that a bad month does not make the
    others look good. Where half of the months stray more than chance makes them, the limits widen by as much (Spiegelhalter 2005).

    :param due: promises due in each month, oldest first. :param broken: broken ones among them.
    """
    n, k = np.asarray(due, dtype=np.float64), np.asarray(broken, dtype=np.float64)
    there = n > 0
    if there.sum() < FEWEST_MONTHS or not 0 < k.sum() < n.sum():
        return (None,) * len(n)
    rate = np.divide(k, n, out=np.zeros(len(n)), where=there)
    order = np.argsort(rate[there], kind="stable")
    centre = float(rate[there][order][np.searchsorted(np.cumsum(n[there][order]), n.sum() / 2)])
    if not 0 < centre < 1:
        centre = float(k.sum() / n.sum())
    strays = np.abs(rate[there] - centre) / np.sqrt(centre * (1 - centre) / n[there])
    dispersion = max(1.0, float(np.median(strays) / TO_NORMAL) ** 2)
    low, high = funnel_limits(centre, n, dispersion=dispersion)
    return tuple(
        MonthLimits(centre, float(lowest), float(highest), int(one > highest) - int(one < lowest)) if known else None
        for one, lowest, highest, known in zip(rate.tolist(), low.tolist(), high.tolist(), there.tolist(), strict=True)
    )

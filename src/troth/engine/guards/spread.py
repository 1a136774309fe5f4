"""Numbers with the spread they have when whole customers are left out: delete-a-group jackknife (Kott 2001)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from troth.engine.findings import Figure
from troth.engine.intervals import CONFIDENCE, Numbers

FEWEST_GROUPS = 10
METHOD = "whole customers left out in turn"

Sums = Mapping[str, Numbers]
"""Quantity to its sums, shape (C,)."""


def left_out(sums: Mapping[str, Numbers], statistic: Callable[[Sums], Numbers]) -> tuple[Numbers, Numbers, int]:
    """A statistic of the sums over all groups, its standard error, and how many groups there are.

    :param sums: quantity to its sums by group, shape (G, C). :param statistic: of sums over groups to numbers, shape (K,); NaN where it
        cannot be told.
    """
    whole = {name: by_group.sum(axis=0) for name, by_group in sums.items()}
    estimate = statistic(whole)
    filled = np.flatnonzero(sums["n"].sum(axis=1) > 0)
    if len(filled) < 2:  # noqa: PLR2004 - one group has no spread
        return estimate, np.full(len(estimate), np.nan), len(filled)
    each = np.array([statistic({name: whole[name] - by_group[group] for name, by_group in sums.items()}) for group in filled])
    with np.errstate(invalid="ignore"):
        spread = ((each - each.mean(axis=0)) ** 2).sum(axis=0) * (len(filled) - 1) / len(filled)
    return estimate, np.sqrt(spread), len(filled)


def figure(
    value: float, error: float, groups: int, *, n: int, clusters: int, confidence: float = CONFIDENCE, method: str = METHOD
) -> Figure:
    """A number with its limits; without them where too few groups of customers stand behind it."""
    if not np.isfinite(value):
        return Figure(None, n=n, clusters=clusters)
    if groups < FEWEST_GROUPS or not np.isfinite(error):
        return Figure(float(value), n=n, clusters=clusters, method=f"fewer than {FEWEST_GROUPS} groups of customers")
    reach = quantile(confidence, groups - 1) * error
    return Figure(float(value), float(value - reach), float(value + reach), n=n, clusters=clusters, method=method)


def quantile(confidence: float, freedom: float) -> float:
    """Two-sided quantile of Student's t."""
    from scipy import special

    return float(special.stdtrit(freedom, 0.5 + confidence / 2))


def ratio(top: Numbers, bottom: Numbers) -> Numbers:
    """One number divided by another; NaN where there is nothing to divide by."""
    found: Numbers = np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom > 0)
    return found

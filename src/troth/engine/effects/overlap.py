"""Are there comparable rows on both sides? Without them no method can tell an effect, and ours says so.

A row whose chance of treatment, given its covariates, is nearly 0 or nearly 1 has nothing like it on the other side. Few such rows are kept
and their weight is capped; many, and the comparison is refused (after Crump, Hotz, Imbens & Mitnik 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.effects.encoding import Flags
from troth.engine.effects.result import Overlap
from troth.engine.intervals import Numbers

NEAR = 0.01
"""A chance of treatment nearer than this to 0 or 1 is beyond the limits; weights are capped there."""

FLAGGED, REFUSED = 0.02, 0.10
"""Share of rows beyond the limits from which a warning is given, and from which nothing is told."""

RARE = 0.2
"""Where treatment itself is rare its limit is lower: that part of its share."""

LEAST_EFFECTIVE = 20.0
"""Rows a side must be worth once it is weighted to stand for everybody."""

MOST_IMBALANCE = 0.1
"""Standard deviations by which the weighted sides may differ in a covariate before a warning is given (Austin 2011)."""


@dataclass(frozen=True, slots=True)
class Common:
    """What overlap makes of the chances.

    :param chance: (n,) capped at the limits. :param overlap: the findings.
    :param everybody: why no effect over everybody can be told; ``None`` where one can. :param treated: the same over the treated.
    """

    chance: Numbers
    overlap: Overlap
    everybody: str | None
    treated: str | None
    warnings: tuple[str, ...]


def common(raw: Numbers, treated: Flags, weight: Numbers, numbers: Numbers, owners: tuple[str, ...]) -> Common:
    """Cap the chances and judge the overlap.

    :param raw: (n,) calibrated chances of treatment. :param numbers: (n, p) covariates as numbers, named by ``owners``.
    """
    share = float(np.average(treated, weights=weight))
    low, high = min(NEAR, RARE * share), 1 - min(NEAR, RARE * (1 - share))
    beyond_low, beyond_high = raw < low, raw > high
    outside = float(np.average(beyond_low | beyond_high, weights=weight))
    treated_outside = float(np.average(beyond_high[treated], weights=weight[treated]))
    chance = np.clip(raw, low, high)
    with_, without = weight * treated / chance, weight * ~treated / (1 - chance)
    names = dict.fromkeys(owners)
    gaps = _imbalance(with_, without, numbers)
    worst = max(range(len(gaps)), key=lambda j: gaps[j], default=None)
    overlap = Overlap(
        int(treated.sum()),
        int((~treated).sum()),
        outside,
        treated_outside,
        effective(with_[treated]),
        effective(without[~treated]),
        float(gaps[worst]) if worst is not None else None,
    )
    odds = effective((weight * chance / (1 - chance))[~treated])
    warnings = []
    if FLAGGED <= outside < REFUSED:
        warnings.append(f"{outside:.1%} of the rows have nothing like them on the other side; their weight is capped.")
    if worst is not None and gaps[worst] > MOST_IMBALANCE and names:
        warnings.append(f"After weighting the sides still differ in “{owners[worst]}” by {gaps[worst]:.2f} standard deviations.")
    return Common(
        chance,
        overlap,
        _refusal(outside, "of the rows", min(overlap.effective_treated or 0, overlap.effective_untreated or 0)),
        _refusal(treated_outside, "of the treated rows", odds),
        tuple(warnings),
    )


def _refusal(outside: float, of: str, worth: float) -> str | None:
    if outside >= REFUSED:
        return f"there is no overlap: {outside:.0%} {of} have nothing like them on the other side, given the covariates."
    if worth < LEAST_EFFECTIVE:
        return f"there is too little overlap: the comparable rows are worth {worth:.0f}, and {LEAST_EFFECTIVE:.0f} are needed."
    return None


def effective(weight: Numbers) -> float:
    """How many equally weighted rows weighted ones are worth (Kish 1965)."""
    squares = float(weight @ weight)
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _imbalance(with_: Numbers, without: Numbers, numbers: Numbers) -> Numbers:
    """Difference of the weighted means of every column, in its standard deviations."""
    if not numbers.shape[1]:
        return np.zeros(0)
    spread = numbers.std(axis=0)
    apart: Numbers = np.abs(with_ @ numbers / with_.sum() - without @ numbers / without.sum())
    return np.asarray(np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0))

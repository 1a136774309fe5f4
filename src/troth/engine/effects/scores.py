"""The doubly robust scores: average effect over everybody and over the treated, with standard errors by cluster.

    everybody   psi = m1 - m0 + D (Y - m1) / e - (1 - D) (Y - m0) / (1 - e)                       (Robins, Rotnitzky & Zhao 1994)
    treated     psi = [ D (Y - m0) - (1 - D) o (Y - m0) ] / p,   o = e / (1 - e) scaled so that its sum over the untreated is that of D
    variance    G/(G-1) sum_c ( sum_{i in c} w_i (psi_i - theta) )^2 / (sum w)^2                   (clusters c)

with the nuisances m0, m1, e from the other folds (Chernozhukov et al. 2018). Dividing by the sum of the weights (Hajek) instead of n keeps
the estimate within what was seen when some weights are large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from troth.engine.effects.encoding import Flags, Ints
from troth.engine.intervals import Numbers, normal_quantile


@dataclass(frozen=True, slots=True)
class Scored:
    """An average and how far chance moves it.

    :param estimate: the average. :param error: its standard error. :param influence: (n,) what each row adds to it, mean 0.
    """

    estimate: float
    error: float
    influence: Numbers


def everybody(y: Numbers, treated: Flags, m0: Numbers, m1: Numbers, e: Numbers, weight: Numbers, cluster: Ints) -> Scored:
    """Average effect over all rows."""
    with_, without = treated / e, ~treated / (1 - e)
    total = weight.sum()
    with_, without = with_ * total / (weight @ with_), without * total / (weight @ without)
    gain = m1 - m0 + with_ * (y - m1) - without * (y - m0)
    estimate = float(weight @ gain / total)
    # the shares the weights are scaled by are estimated, too: their first-order part
    shift1, shift0 = float(weight @ (with_ * (y - m1)) / total), float(weight @ (without * (y - m0)) / total)
    influence = gain - estimate - shift1 * (with_ - 1) + shift0 * (without - 1)
    return Scored(estimate, standard_error(influence, weight, cluster), influence)


def on_treated(y: Numbers, treated: Flags, m0: Numbers, e: Numbers, weight: Numbers, cluster: Ints) -> Scored:
    """Average effect over the treated rows."""
    share = float(weight @ treated / weight.sum())
    odds = ~treated * e / (1 - e)
    odds = odds * (weight @ treated) / (weight @ odds)
    left = y - m0
    drift = float(weight @ (odds * left) / (weight @ treated))
    estimate = float(weight @ (treated * left) / (weight @ treated)) - drift
    influence = (treated * (left - estimate - drift) - odds * (left - drift)) / share
    return Scored(estimate, standard_error(influence, weight, cluster), influence)


def standard_error(influence: Numbers, weight: Numbers, cluster: Ints) -> float:
    """Standard error of a mean with this influence, clusters of rows drawn together."""
    sums = np.bincount(cluster, weight * influence)
    groups = len(sums)
    return math.sqrt(groups / (groups - 1) * float(sums @ sums)) / float(weight.sum()) if groups > 1 else math.nan


def limits(estimate: float, error: float, clusters: int) -> tuple[float, float]:
    """95% limits; t with clusters - 1 degrees of freedom."""
    from scipy import special

    half = error * float(special.stdtrit(clusters - 1, 0.975)) if clusters > 1 else error * normal_quantile()
    return estimate - half, estimate + half

"""Intervals for rates and means when promises come in customers (domain.md c5). Plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

CONFIDENCE = 0.95
FEWEST_CLUSTERS = 10
"""Below this many clusters counts are printed, and no rate (c5)."""

BOOTSTRAP_BELOW = 50
"""Below this many clusters means get a bootstrap instead of t (c5)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits, and in words how they were had."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """What the intervals of one weighted mean need of its clusters; each sum runs over clusters.

    With A the sum of w z in a cluster and W the sum of w: ``clusters`` counts them, then sum A, sum W, sum A^2, sum A W, sum W^2.
    """

    clusters: int
    a: float
    w: float
    aa: float
    aw: float
    ww: float

    @property
    def mean(self) -> float | None:
        """Sum A / sum W; ``None`` where nothing has weight."""
        return self.a / self.w if self.w > 0 else None

    @property
    def variance(self) -> float | None:
        """``v = G/(G-1) sum_c (A_c - mean W_c)^2 / (sum W)^2``, the linearised variance of the mean; ``None`` for fewer than 2 clusters."""
        mean = self.mean
        if mean is None or self.clusters < 2:  # noqa: PLR2004 - one cluster has no spread
            return None
        spread = self.aa - 2 * mean * self.aw + mean * mean * self.ww
        return self.clusters / (self.clusters - 1) * max(spread, 0.0) / (self.w * self.w)


def cluster_sums(a: npt.ArrayLike, w: npt.ArrayLike) -> ClusterSums:
    """The sums of per-cluster totals held in memory.

    :param a: sum of w z of each cluster, shape (G,).
    :param w: sum of w of each cluster, shape (G,).
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(w, dtype=np.float64)
    return ClusterSums(len(x), float(x.sum()), float(y.sum()), float(x @ x), float(x @ y), float(y @ y))


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """Two-sided standard normal quantile."""
    from scipy import special

    return float(special.ndtri(0.5 + confidence / 2))


def wilson(rate: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval for a rate on ``n`` independent trials (Wilson 1927); ``n`` need not be whole."""
    z2 = normal_quantile(confidence) ** 2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(max(0.0, centre - half), min(1.0, centre + half), "Wilson")


def wilson_effective(rate: float, n: float, variance: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval on the effective number of promises ``n_eff = min(n, K (1 - K) / v)`` (c5).

    :param variance: clustered variance v of the rate, from :class:`ClusterSums`.
    """
    effective = n if variance <= 0 else min(n, rate * (1 - rate) / variance)
    limits = wilson(rate, max(effective, 1.0), confidence)
    return Interval(limits.low, limits.high, "Wilson on the effective number of promises, customers as clusters")


def clopper_pearson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact binomial interval (Clopper & Pearson 1934). Used on clusters where every one, or none, was kept (c5)."""
    from scipy import special

    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(special.betaincinv(successes + 1, trials - successes, 1 - tail))
    return Interval(low, high, "exact (Clopper-Pearson) on customers")


def t_interval(mean: float, variance: float, clusters: int, confidence: float = CONFIDENCE) -> Interval:
    """``mean +- t_(G-1) sqrt(v)`` for a weighted mean over clusters (c5)."""
    from scipy import special

    half = float(special.stdtrit(clusters - 1, 0.5 + confidence / 2)) * math.sqrt(variance)
    return Interval(mean - half, mean + half, "t on customers as clusters")


def cluster_bootstrap(
    a: npt.ArrayLike, w: npt.ArrayLike, *, draws: int = 2000, seed: int = 20_240_131, confidence: float = CONFIDENCE
) -> Interval:
    """Percentile bootstrap of ``sum A / sum W``: whole clusters are drawn with replacement (c5, fewer than 50 clusters).

    :param a: sum of w z of each cluster, shape (G,); the order of clusters does not change the result.
    :param w: sum of w of each cluster, shape (G,).
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(w, dtype=np.float64)
    order = np.lexsort((y, x))
    picks = np.random.default_rng(seed).integers(0, len(x), size=(draws, len(x)))
    means = x[order][picks].sum(axis=1) / y[order][picks].sum(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, 0.5 + confidence / 2])
    return Interval(float(low), float(high), "bootstrap of customers")


def rate_interval(sums: ClusterSums, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Interval of a rate such as K: exact on clusters at 0 and 1, else Wilson on n_eff; ``None`` below 10 clusters (c5)."""
    rate, variance = sums.mean, sums.variance
    if rate is None or variance is None or sums.clusters < FEWEST_CLUSTERS:
        return None
    if rate <= 0 or rate >= 1:
        return clopper_pearson(sums.clusters if rate >= 1 else 0, sums.clusters, confidence)
    return wilson_effective(rate, n, variance, confidence)


def mean_interval(
    sums: ClusterSums,
    totals: tuple[Sequence[float], Sequence[float]] | None = None,
    confidence: float = CONFIDENCE,
    *,
    share: bool = False,
) -> Interval | None:
    """Interval of a mean such as I, U or B: t over clusters, bootstrap below 50 where per-cluster totals are at hand, ``None`` below 10.

    :param share: no value lies outside 0 to 1, as of I. A mean at a bound is then the same in every cluster, so that t and the bootstrap
        see no spread; it gets the exact interval on clusters, as a rate does.
    """
    mean, variance = sums.mean, sums.variance
    if mean is None or variance is None or sums.clusters < FEWEST_CLUSTERS:
        return None
    if share and (mean <= 0 or mean >= 1):
        return clopper_pearson(sums.clusters if mean >= 1 else 0, sums.clusters, confidence)
    if sums.clusters < BOOTSTRAP_BELOW and totals is not None:
        return cluster_bootstrap(*totals, confidence=confidence)
    return t_interval(mean, variance, sums.clusters, confidence)


def funnel_limits(centre: float, n: npt.ArrayLike, *, dispersion: float = 1.0, confidence: float = 0.99) -> tuple[Numbers, Numbers]:
    """Limits within which a place at the true mean falls, by its size (Spiegelhalter 2005; S0.3).

    Exact binomial quantiles, so that a place at the mean lies outside at most ``1 - confidence`` of the time, whatever its size.

    :param n: size of each place, shape (m,).
    :param dispersion: how much wider than binomial the spread is (>= 1): sizes are divided by it.
    :returns: lowest and highest rate not to be flagged, each shape (m,).
    """
    size = np.maximum(np.floor(np.asarray(n, dtype=np.float64) / max(dispersion, 1.0)), 1.0)
    tail = (1 - confidence) / 2
    return _binomial_quantile(tail, size, centre) / size, _binomial_quantile(1 - tail, size, centre) / size


def _binomial_quantile(share: float, size: Numbers, chance: float) -> Numbers:
    """The least count that so large a share of draws does not exceed, shape (m,); scipy.stats has it, and takes half a second to load."""
    from scipy import special

    if not 0 < chance < 1:
        return np.where(chance >= 1, size, 0.0)
    near = np.ceil(special.bdtrik(share, size, chance))  # the root of the continuous function: one count too high where it falls on one
    below = np.maximum(near - 1, 0.0)
    enough = special.betainc(size - below, below + 1, 1 - chance) >= share  # the chance of no more than ``below``
    return np.asarray(np.where(enough, below, near), dtype=np.float64)


def beta_binomial_shrinkage(kept: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Numbers, float]:
    """Kept rates drawn towards their mean by as much as chance explains their spread (beta-binomial by moments; c5).

    :param kept: kept promises of each place, shape (m,).
    :param n: promises of each place, shape (m,), all > 0.
    :returns: shrunk rates, shape (m,), and the prior size: how many promises the mean is worth (infinite where chance explains all).
    """
    k, size = np.asarray(kept, dtype=np.float64), np.asarray(n, dtype=np.float64)
    total = size.sum()
    mean = k.sum() / total
    rates = k / size
    places = len(size)
    within = mean * (1 - mean)
    if places < 2 or within <= 0:  # noqa: PLR2004 - one place has no spread
        return np.full(places, mean), math.inf
    # Kleinman 1973: E[sum n (rate - mean)^2] = within ((m - 1) (1 - rho) + rho (N - sum n^2 / N))
    spread = float((size * (rates - mean) ** 2).sum()) / within
    reach = total - float((size**2).sum()) / total
    rho = (spread - (places - 1)) / (reach - (places - 1)) if reach > places - 1 else 0.0
    if rho <= 0:
        return np.full(places, mean), math.inf
    prior = (1 - min(rho, 1.0)) / min(rho, 1.0)
    return (k + prior * mean) / (size + prior), prior

"""Intervals keep their promise in simulation, and agree with values worked out by hand (domain.md c5, i.6)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from troth.engine.intervals import (
    beta_binomial_shrinkage,
    clopper_pearson,
    cluster_bootstrap,
    cluster_sums,
    funnel_limits,
    mean_interval,
    rate_interval,
    t_interval,
    wilson,
    wilson_effective,
)

CENTRES = st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-9, 1 - 1e-9))


def test_wilson_for_eight_of_ten() -> None:
    limits = wilson(0.8, 10)
    assert (limits.low, limits.high) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


def test_clopper_pearson_when_all_of_ten_kept_is_the_rule_of_the_tenth_root() -> None:
    limits = clopper_pearson(10, 10)
    assert (limits.low, limits.high) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert clopper_pearson(0, 10).high == pytest.approx(1 - 0.025 ** (1 / 10))


def test_cluster_variance_is_the_formula_written_out() -> None:
    a, w = np.array([3.0, 0, 5, 2, 1]), np.array([3.0, 2, 6, 2, 4])
    mean = a.sum() / w.sum()
    by_hand = 5 / 4 * ((a - mean * w) ** 2).sum() / w.sum() ** 2
    sums = cluster_sums(a, w)
    assert sums.mean == pytest.approx(mean)
    assert sums.variance == pytest.approx(by_hand)
    half = t_interval(mean, by_hand, 5).high - mean
    assert half == pytest.approx(2.7764451052 * math.sqrt(by_hand))


def test_promises_of_one_customer_count_for_less_than_promises_of_many() -> None:
    alone = wilson(0.9, 700)
    together = wilson_effective(0.9, 700, 0.09 / 100)
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert wilson_effective(0.9, 700, 0.09 / 7000).low == pytest.approx(alone.low)  # never more than the promises there are


def test_no_interval_below_ten_customers_and_an_exact_one_where_all_kept() -> None:
    assert rate_interval(cluster_sums(np.ones(9), np.ones(9)), 9) is None
    assert mean_interval(cluster_sums(np.ones(9), np.ones(9))) is None
    exact = rate_interval(cluster_sums(np.full(20, 3.0), np.full(20, 3.0)), 60)
    assert exact is not None
    assert (exact.low, exact.high) == pytest.approx((0.025 ** (1 / 20), 1.0))


def test_a_mean_at_a_bound_has_the_exact_interval_only_where_it_is_a_share() -> None:
    ones = cluster_sums(np.ones(20), np.ones(20))
    drawn = ([1.0] * 20, [1.0] * 20)
    share, plain = mean_interval(ones, drawn, share=True), mean_interval(ones, drawn)
    assert share is not None
    assert plain is not None
    assert (share.low, share.high) == pytest.approx((0.025 ** (1 / 20), 1.0))
    assert (plain.low, plain.high) == (1.0, 1.0)  # of a surplus, 1 is no bound
    inside = cluster_sums([1.0] * 19 + [0.5], np.ones(20))
    assert mean_interval(inside, share=True) == mean_interval(inside)


def test_coverage_with_customers_of_varying_keep_rates() -> None:
    """G = 120 customers, keep rate Beta(9, 1), 1 + Poisson(6) promises: plain Wilson covers 88.4%, Wilson on n_eff 95.1% (i.6)."""
    rng, truth, runs = np.random.default_rng(6), 0.9, 4000
    plain = clustered = 0
    for _ in range(runs):
        size = 1 + rng.poisson(6, 120)
        kept = rng.binomial(size, rng.beta(9, 1, 120))
        sums, n = cluster_sums(kept, size), int(size.sum())
        rate = sums.mean or 0.0
        naive, honest = wilson(rate, n), rate_interval(sums, n)
        assert honest is not None
        plain += naive.low <= truth <= naive.high
        clustered += honest.low <= truth <= honest.high
    assert plain / runs == pytest.approx(0.884, abs=0.015)
    assert clustered / runs == pytest.approx(0.951, abs=0.012)


def test_bootstrap_covers_a_mean_and_does_not_mind_the_order_of_customers() -> None:
    rng, runs, hits = np.random.default_rng(7), 300, 0
    for _ in range(runs):
        size = 1 + rng.poisson(3, 40)
        total = rng.binomial(size, 0.8).astype(float)
        limits = cluster_bootstrap(total, size, draws=400)
        hits += limits.low <= 0.8 <= limits.high
    assert 0.90 <= hits / runs <= 0.98
    a, w = np.array([1.0, 2, 3, 0, 5]), np.array([2.0, 2, 3, 4, 5])
    assert cluster_bootstrap(a, w) == cluster_bootstrap(a[::-1], w[::-1])


def test_a_place_at_the_true_mean_is_flagged_at_most_one_time_in_a_hundred() -> None:
    """S0.3, over 1,000 periods and sizes from 5 to 5,000."""
    rng = np.random.default_rng(3)
    for size in (5, 20, 100, 1000, 5000):
        rates = rng.binomial(size, 0.83, 1000) / size
        low, high = funnel_limits(0.83, np.full(1000, size))
        assert np.mean((rates < low) | (rates > high)) <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 1000)
    low, high = funnel_limits(0.83, [400])
    assert 0.70 < low[0] < 0.83 < high[0]  # and a place at 70% of 400 is flagged


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=5), CENTRES, st.sampled_from([0.8, 0.95, 0.99, 0.999]))
def test_funnel_limits_are_exact_binomial_quantiles(sizes: list[int], centre: float, confidence: float) -> None:
    """Beside scipy.stats, which finds them by another way."""
    n = np.asarray(sizes, dtype=np.float64)
    tail = (1 - confidence) / 2
    low, high = funnel_limits(centre, n, confidence=confidence)
    np.testing.assert_allclose(low, np.maximum(stats.binom.ppf(tail, n, centre), 0) / n, rtol=1e-12)
    np.testing.assert_allclose(high, stats.binom.ppf(1 - tail, n, centre) / n, rtol=1e-12)


def test_shrinkage_finds_the_spread_between_places_and_none_where_there_is_none() -> None:
    rng = np.random.default_rng(11)
    size = rng.integers(20, 400, 3000)
    kept = rng.binomial(size, rng.beta(18, 2, 3000))
    shrunk, prior = beta_binomial_shrinkage(kept, size)
    assert prior == pytest.approx(20, rel=0.15)
    small = np.argmin(size)
    assert abs(shrunk[small] - 0.9) <= abs(kept[small] / size[small] - 0.9)
    same, endless = beta_binomial_shrinkage([80, 160, 40], [100, 200, 50])
    assert endless == math.inf
    assert same.tolist() == pytest.approx([0.8, 0.8, 0.8])

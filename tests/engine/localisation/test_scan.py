"""The scan against its naive oracle: sums, deviances, penalties, noise."""

from __future__ import annotations

from math import comb, log

import numpy as np
import pytest
from scipy import stats

from tests.engine.localisation import naive
from troth.engine.localisation import noise
from troth.engine.localisation.baseline import common_rates
from troth.engine.localisation.evidence import Counted, heavy
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.localisation.noise import noise_of, overall_of, spread
from troth.engine.localisation.slices import DEPTH_COST, slices_of

RNG = np.random.default_rng(11)
CODES = np.unique(RNG.integers(0, [[5], [4], [7], [3]], size=(4, 150)), axis=1)
SIZES = np.array([5, 4, 7, 3])
LEAVES = CODES.shape[1]


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("reach", [True, False])
def test_every_slice_is_there_once_and_its_sum_is_that_of_its_leaves(dense: bool, reach: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr("troth.engine.localisation.slices.DENSE", 8 if dense else 0.01)
    monkeypatch.setattr("troth.engine.localisation.slices.WITHIN_REACH", 4_000_000 if reach else 0)
    values = np.asarray(RNG.random(LEAVES))
    found = slices_of(CODES, SIZES, 3, np.ones(LEAVES), 2)
    sums = found.sums(values)
    told = {}
    for slot in np.flatnonzero(found.looked):
        held = found.leaves_of(int(slot))
        first = np.flatnonzero(held)[0]
        told[tuple((place, int(CODES[place, first])) for place in found.choices[found.choice_of(int(slot))])] = sums[slot]
    wanted = {rule: values[held].sum() for rule, held in naive.slices(CODES, 3).items() if held.sum() >= 2}
    assert told.keys() == wanted.keys()
    assert all(told[rule] == pytest.approx(wanted[rule]) for rule in wanted)
    some = np.array([0, 5, 9])
    assert found.sums_over(some, values[some]) == pytest.approx(found.sums(np.where(np.isin(np.arange(LEAVES), some), values, 0.0)))


def test_the_description_of_a_slice_costs_its_choice_its_values_and_its_depth() -> None:
    found = slices_of(CODES, SIZES, 2, np.ones(LEAVES), 1)
    for choice, penalty in zip(found.choices, found.penalty, strict=True):
        possible = sum(tuple(place for place, _ in rule) == choice for rule in naive.slices(CODES, 2))
        assert penalty == pytest.approx(log(comb(4, len(choice))) + log(possible) + DEPTH_COST * len(choice))


@pytest.mark.parametrize(("observed", "mean"), [(0, 3.0), (1, 0.2), (12, 5.0), (400, 500.0)])
def test_a_certain_expectation_gives_the_deviance_of_a_poisson_count(observed: int, mean: float) -> None:
    sums = np.array([[observed], [mean], [0.0]])
    found, gap = Counted(sums, np.zeros(1)).deviations(sums, 1.0, 0.0)
    assert found[0] == pytest.approx(naive.poisson_ratio(observed, mean), abs=1e-9)
    assert gap[0] == observed - mean


@pytest.mark.parametrize(("now", "earlier"), [(0, 7), (12, 5), (40, 300)])
def test_an_expectation_that_is_a_count_gives_the_deviance_of_two_counts(now: int, earlier: int) -> None:
    """As if the time before had been twice as long, and half a count more had been seen in it."""
    sums = np.array([[now], [earlier / 2], [0.0], [earlier], [earlier]], dtype=float)
    found, _ = Counted(sums, np.zeros(1), prior=0.0).deviations(sums, 1.0, 0.0)
    before = earlier + 0.5
    mean = earlier / 2
    ratio = now * np.log(max(now, 1e-12) / mean) - (now + before) * np.log((now + before) / (mean + before))
    assert found[0] == pytest.approx(ratio, rel=1e-4)
    if now:
        assert found[0] == pytest.approx(naive.binomial_ratio(now, earlier, mean / (mean + earlier)), rel=0.1)


def test_what_wanders_counts_for_less() -> None:
    sums = np.array([[2000.0], [1000.0], [0.0]])
    certain, _ = Counted(sums, np.zeros(1)).deviations(sums, 1.0, np.zeros(1))
    wandering, _ = Counted(sums, np.zeros(1)).deviations(sums, 1.0, np.array([0.1]))
    assert certain[0] > 300
    assert wandering[0] < 10
    assert heavy(np.array([30.0]), np.array([1e-9]))[0] == pytest.approx(30.0, rel=1e-3)


def test_what_is_left_of_a_slice_taken_off_may_be_a_rounding_error_below_nothing() -> None:
    sums = np.array([[-1e-11], [1e-12], [1e-12]])
    found, _ = Counted(sums, np.zeros(1)).deviations(sums, 1.0, np.array([0.1]))
    assert found[0] == pytest.approx(0.0, abs=1e-9)


def test_a_spread_is_found_whatever_a_tenth_of_the_groups_does() -> None:
    rng = np.random.default_rng(3)
    residual = rng.normal(0, 3.0, 4000)
    assert spread(lambda at: residual**2 / at, 1.0, 1e6) == pytest.approx(9.0, rel=0.1)
    residual[:400] += 100  # one in ten: the mean of squares is 1,000
    assert spread(lambda at: residual**2 / at, 1.0, 1e6) < 27
    assert spread(lambda at: rng.normal(0, 1, 400) ** 2 / at, 1.0, 1e6) == pytest.approx(1.0, abs=0.2)


def test_the_bounded_square_of_a_normal_residual_is_what_it_is_taken_for() -> None:
    drawn = np.minimum(np.random.default_rng(1).standard_normal(400_000) ** 2, noise.BOUND**2)
    assert drawn.mean() == pytest.approx(noise.EXPECTED_SQUARE, abs=0.005)


def test_the_level_is_that_of_most_groups_and_not_of_all_together() -> None:
    expected = np.full(100, 50.0)
    observed = np.random.default_rng(2).poisson(expected * 1.3).astype(float)
    observed[:15] *= 10
    assert overall_of(observed, expected) == pytest.approx(1.3, rel=0.1)
    assert observed.sum() / expected.sum() > 2


@pytest.mark.parametrize("overall", [1.0, 1.5])
def test_what_slices_wander_by_is_read_off_them_about_the_ratio_of_all(overall: float) -> None:
    """120 values in three dimensions, each of which goes up or down by a fifth."""
    rng = np.random.default_rng(6)
    codes = rng.integers(0, 40, (3, 4000))
    expected = np.full(4000, 20.0)
    own = np.exp(sum(rng.normal(0, 0.2, 40)[code] for code in codes))
    parts = np.stack([rng.poisson(overall * expected * own).astype(float), expected, np.zeros(4000)])
    lattice = slices_of(codes, np.array([40, 40, 40]), 1, expected, 20)
    read = Counted(parts, np.zeros(3)).with_wander(lattice, lattice.sums(parts), parts.sum(axis=1))
    assert np.sqrt(read.wander) == pytest.approx(0.2, rel=0.35)


def test_dispersion_of_counts_is_read_off_them() -> None:
    rng = np.random.default_rng(5)
    expected = np.asarray(rng.uniform(5, 30, LEAVES))
    observed = np.asarray(rng.negative_binomial(expected / 2, 1 / 3), dtype=float)  # variance three times the mean
    leaves = Leaves(tuple("abcd"), tuple(range(size) for size in SIZES), CODES, Kind.COUNT, observed, expected)
    read = noise_of(leaves, slices_of(CODES, SIZES, 3, expected, 20), np.ones(LEAVES, dtype=bool))
    total = read.dispersion * expected + read.stray**2 * expected**2
    assert np.median(total / expected) == pytest.approx(3.0, rel=0.4)


def test_moving_rates_keeps_them_rates_and_reaches_the_level() -> None:
    trials = np.full(4, 100.0)
    leaves = Leaves(("a",), (range(4),), np.arange(4)[None], Kind.RATE, trials / 2, np.array([1.0, 10.0, 50.0, 90.0]), trials)
    moved = leaves.at_overall(1.5)
    assert moved.sum() == pytest.approx(1.5 * 151, rel=1e-6)
    assert (moved < trials).all()
    assert moved[0] / 1.0 > moved[3] / 90.0  # what is near certain moves less


def test_common_rates_are_those_of_a_logistic_regression_on_the_values() -> None:
    rng = np.random.default_rng(8)
    effects = [rng.normal(0, 0.5, size) for size in SIZES]
    odds = -2.0 + sum(effect[code] for effect, code in zip(effects, CODES, strict=True))
    trials = rng.integers(500, 4000, LEAVES).astype(float)
    rate = 1 / (1 + np.exp(-np.asarray(odds)))
    found = common_rates(CODES, SIZES, rng.binomial(trials.astype(int), rate).astype(float), trials)
    assert np.abs(np.log(found / (1 - found)) - odds).max() < 0.15
    for code, size in zip(CODES, SIZES, strict=True):  # what was seen of each value is what it is said to have
        assert np.bincount(code, trials * found, minlength=size) == pytest.approx(np.bincount(code, trials * rate, minlength=size), rel=0.1)


def test_the_tail_that_p_is_made_of_is_that_of_a_squared_normal() -> None:
    from scipy import special

    score = np.array([0.5, 3.0, 12.0])
    assert special.erfc(np.sqrt(score)) == pytest.approx(stats.chi2.sf(2 * score, 1))

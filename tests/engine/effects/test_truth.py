"""Planted effects are found, by our estimator and by a naive one; the numbers beside them mean what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import troth
from troth.engine.effects import Effect, scores
from troth.engine.effects.folds import folds
from troth.engine.effects.learners import mix
from troth.engine.effects.levels import means_elsewhere
from troth.engine.effects.nuisances import calibrated
from troth.engine.effects.sensitivity import e_value, robustness
from troth.engine.worlds.confounded import Confounded, late_orders, response_surface_b

ORDERS: dict[str, Any] = {"outcome": "bad_review", "treatment": "late", "cluster": "customer"}


@pytest.fixture(scope="module")
def shop() -> Confounded:
    """20,000 orders; late ones get bad reviews, and would have got more of them anyway."""
    return late_orders(20_001)


@pytest.fixture(scope="module")
def found(shop: Confounded) -> Effect:
    return troth.effect(
        shop.table,
        **ORDERS,
        covariates=shop.covariates,
        by="region",
        placebo_outcome="bad_review_before",
        placebo_treatment="late_after",
    )


def half(low: float | None, high: float | None) -> float:
    assert low is not None
    assert high is not None
    return (high - low) / 2


def test_the_planted_effect_lies_in_the_interval_and_the_plain_difference_is_too_large(shop: Confounded, found: Effect) -> None:
    assert found.reason is None
    assert found.interval is not None
    assert found.interval[0] <= shop.effect <= found.interval[1]
    assert found.on_treated.value == pytest.approx(shop.effect_on_treated, abs=half(found.on_treated.low, found.on_treated.high))
    assert found.difference.value is not None
    assert found.difference.value - shop.effect > 0.02


def test_strata_by_hand_say_the_same(shop: Confounded, found: Effect) -> None:
    """The naive second way: compare within strata of season, region, distance and price, and average over everybody."""
    table = shop.table.to_pandas()
    table["far"] = np.digitize(table.distance, np.quantile(table.distance, [0.25, 0.5, 0.75]))
    table["dear"] = table.price > table.price.median()
    table["peak"] = np.digitize(table.season, [42, 45, 50])
    cells = table.groupby(["far", "dear", "peak", "region", "late"]).bad_review.agg(["mean", "size"]).unstack("late").dropna()
    size = cells["size"].sum(axis=1)
    by_hand = float(((cells["mean"][True] - cells["mean"][False]) * size).sum() / size.sum())
    assert found.estimate == pytest.approx(by_hand, abs=0.02)  # the strata leave the sellers out


def test_every_group_has_its_effect_and_they_average_to_the_whole(shop: Confounded, found: Effect) -> None:
    sizes = {str(row["values"]): row["counts"] for row in shop.table["region"].value_counts().to_pylist()}
    assert [line.of for line in found.groups] == sorted(sizes)
    mean = sum((line.effect.value or 0) * sizes[line.of] for line in found.groups) / 20_000
    assert mean == pytest.approx(found.estimate, abs=1e-9)
    assert sum(line.effect.n for line in found.groups) == found.n == 20_000


def test_placebos_find_nothing_and_no_weak_confounder_explains_so_large_an_effect(found: Effect) -> None:
    assert [each.column for each in found.placebo] == ["bad_review_before", "late_after"]
    assert all(each.passed for each in found.placebo)
    assert found.sensitivity is not None
    assert found.sensitivity.fragile is False
    assert found.sensitivity.robustness > found.sensitivity.robustness_of_limit > 0.1
    assert found.overlap.outside == 0
    assert found.overlap.imbalance is not None
    assert found.overlap.imbalance < 0.1


def test_a_confounder_nobody_recorded_is_flagged_by_the_placebo() -> None:
    shop = late_orders(20_002, 8_000, hidden=1.0, strength=0.0)
    found = troth.effect(shop.table, **ORDERS, covariates=shop.covariates, placebo_outcome="bad_review_before")
    assert found.interval is not None
    assert found.interval[0] > 0  # it would mislead: lateness does nothing here
    assert found.placebo[0].passed is False
    assert found.warnings[0].startswith("The placebo outcome “bad_review_before” moves by")


def test_an_effect_a_weak_confounder_explains_away_is_flagged_as_fragile() -> None:
    """8,000 rows, an effect of .05 standard deviations: real or not, next to nothing is enough to explain it."""
    rng = np.random.default_rng(7)
    treated, age = rng.random(8_000) < 0.5, rng.normal(size=8_000)
    found = troth.effect(
        {"y": 0.08 * treated + age + rng.normal(size=8_000), "d": treated, "age": age}, outcome="y", treatment="d", covariates="age"
    )
    assert found.sensitivity is not None
    assert found.sensitivity.fragile is True
    assert any("hidden confounder could explain" in told for told in found.warnings)


def test_an_effect_that_bends_is_found_among_few_rows() -> None:
    world = response_surface_b(20_003)
    found = troth.effect(world.table, outcome="outcome", treatment="treated", covariates=world.covariates)
    assert found.estimate == pytest.approx(world.effect_here, abs=3 * half(*(found.interval or (None, None))) / 1.96)
    assert found.sensitivity is not None
    assert "a kernel smoother" in found.learned_by


def test_no_effect_is_found_where_there_is_none() -> None:
    shop = late_orders(20_004, 6_000, strength=0.0)
    found = troth.effect(shop.table, **ORDERS, covariates=shop.covariates)
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]
    assert found.sensitivity is not None
    assert found.sensitivity.fragile is None  # there is nothing to explain away
    assert found.sensitivity.robustness_of_limit == 0


def test_scores_with_known_chances_are_the_formula_written_out() -> None:
    """Everything is known here, so the estimator is a sum one can write by hand."""
    rng = np.random.default_rng(3)
    x = rng.random(400)
    e = np.asarray(0.2 + 0.6 * x, dtype=np.float64)
    d = rng.random(400) < e
    y = x + 0.5 * d + rng.normal(0, 0.1, 400)
    w, cluster = np.ones(400), np.arange(400)
    scored = scores.everybody(y, d, x, x + 0.5, e, w, cluster)
    residual1, residual0 = (y - x - 0.5)[d] / e[d], (y - x)[~d] / (1 - e)[~d]
    by_hand = 0.5 + residual1.sum() / (1 / e[d]).sum() - residual0.sum() / (1 / (1 - e)[~d]).sum()
    assert scored.estimate == pytest.approx(by_hand, abs=1e-12)
    assert scored.influence.mean() == pytest.approx(0, abs=1e-12)
    treated = scores.on_treated(y, d, x, e, w, cluster)
    odds = (e / (1 - e))[~d]
    assert treated.estimate == pytest.approx((y - x)[d].mean() - (odds * (y - x)[~d]).sum() / odds.sum(), abs=1e-12)


def test_rows_of_one_cluster_count_once() -> None:
    """Every row ten times over, as one cluster each: the same standard error as the rows alone."""
    rng = np.random.default_rng(4)
    influence = rng.normal(size=200)
    alone = scores.standard_error(influence, np.ones(200), np.arange(200))
    repeated = scores.standard_error(np.repeat(influence, 10), np.ones(2_000), np.repeat(np.arange(200), 10))
    assert repeated == pytest.approx(alone, rel=1e-12)


def test_a_weight_of_two_is_a_row_that_stands_twice() -> None:
    rng = np.random.default_rng(5)
    y, d, m, e, cluster = rng.normal(size=300), rng.random(300) < 0.4, rng.normal(size=300), np.full(300, 0.4), np.arange(300)
    twice = np.repeat(np.arange(300), 1 + (cluster % 2))
    weighted = scores.everybody(y, d, m, m + 1, e, np.asarray(1.0 + cluster % 2, dtype=np.float64), cluster)
    repeated = scores.everybody(y[twice], d[twice], m[twice], m[twice] + 1, e[twice], np.ones(450), twice)
    assert weighted.estimate == pytest.approx(repeated.estimate, abs=1e-12)
    assert weighted.error == pytest.approx(repeated.error, rel=1e-12)


def test_folds_keep_a_cluster_together_and_share_the_treated_out() -> None:
    cluster = np.repeat(np.arange(50), 4)
    treated = cluster < 15
    fold = folds(cluster, treated, 5, seed=1)
    assert all(len(set(fold[cluster == one])) == 1 for one in range(50))
    assert [len(set(cluster[treated & (fold == one)])) for one in range(5)] == [3] * 5


def test_a_confounder_of_many_levels_is_held_equal() -> None:
    """60 sellers, the slow ones of which are the careless ones, too: that makes half of the plain difference."""
    rng = np.random.default_rng(9)
    fault = rng.normal(size=60)
    seller = rng.integers(0, 60, 6_000)
    late = rng.random(6_000) < 1 / (1 + np.exp(-fault[seller]))
    y = 0.5 * late + 0.7 * fault[seller] + rng.normal(size=6_000)
    table = {"late": late, "y": y, "seller": [f"s{i}" for i in seller]}
    found = troth.effect(table, outcome="y", treatment="late", covariates="seller")
    assert (found.difference.value or 0) > 0.9
    assert found.estimate == pytest.approx(0.5, abs=0.07)
    assert found.on_treated.value == pytest.approx(0.5, abs=0.08)


def test_weights_say_whose_effect_it_is() -> None:
    """.2 for the old, .8 for the young; the young count nine times."""
    rng = np.random.default_rng(10)
    young, late = rng.random(4_000) < 0.5, rng.random(4_000) < 0.5
    table = {"y": np.where(young, 0.8, 0.2) * late + rng.normal(0, 0.5, 4_000), "late": late, "young": young, "w": 1.0 + 8 * young}
    asked: dict[str, Any] = {"outcome": "y", "treatment": "late", "covariates": "young"}
    assert troth.effect(table, **asked).estimate == pytest.approx(0.5, abs=0.06)
    assert troth.effect(table, **asked, weight="w").estimate == pytest.approx(0.74, abs=0.06)


def test_chances_that_are_too_sure_are_calibrated() -> None:
    rng = np.random.default_rng(11)
    odds = rng.normal(size=20_000)
    truth = 1 / (1 + np.exp(-odds))
    too_sure = 1 / (1 + np.exp(-(0.5 + 2.5 * odds)))
    found = calibrated(np.clip(too_sure, 1e-4, 1 - 1e-4), rng.random(20_000) < truth, np.ones(20_000))
    assert np.abs(found - truth).max() < 0.05
    assert np.abs(too_sure - truth).max() > 0.2


def test_the_mix_prefers_who_predicts_better_and_sums_to_1() -> None:
    rng = np.random.default_rng(12)
    y = rng.normal(size=2_000)
    shares = mix(np.column_stack([y + rng.normal(0, 0.3, 2_000), rng.normal(size=2_000)]), y, np.ones(2_000))
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > 0.85
    assert (shares >= 0).all()


def test_levels_without_a_difference_shift_nothing_and_large_differences_stay() -> None:
    rng = np.random.default_rng(6)
    codes, fold = rng.integers(0, 40, 8_000), rng.integers(0, 4, 8_000)
    noise = rng.normal(size=8_000)
    shift = rng.normal(0, 1, 40)
    assert np.abs(means_elsewhere(codes, noise, np.ones(8_000), fold)).max() < 0.15
    found = means_elsewhere(codes, noise + shift[codes], np.ones(8_000), fold)
    assert np.corrcoef(found, shift[codes])[0, 1] > 0.98


@pytest.mark.parametrize(("ratio", "value"), [(3.9, 7.26), (1 / 3.9, 7.26), (1.0, 1.0)])
def test_the_e_value_is_that_of_its_paper(ratio: float, value: float) -> None:
    """VanderWeele & Ding 2017: a risk ratio of 3.9 has an E-value of 7.26."""
    assert e_value(ratio) == pytest.approx(value, abs=0.01)


def test_the_robustness_value_solves_its_equation() -> None:
    r = robustness(0.3, 1.2)
    assert 1.2 * r / np.sqrt(1 - r) == pytest.approx(0.3, abs=1e-12)
    assert robustness(0.0, 1.2) == 0


def test_the_same_question_has_the_same_answer_in_whatever_order_the_rows_come(shop: Confounded) -> None:
    small = shop.table.slice(0, 3_000)
    shuffled = small.take(pa.array(np.random.default_rng(1).permutation(3_000)))
    asked: dict[str, Any] = {**ORDERS, "covariates": shop.covariates}
    first = troth.effect(small, **asked)
    assert troth.effect(shuffled, **asked) == first
    assert troth.effect(small, **asked, placebo_outcome="bad_review_before").everybody == first.everybody


def test_another_unit_of_the_outcome_scales_the_effect(shop: Confounded) -> None:
    rows = shop.table.slice(0, 2_500)
    price = rows["price"].to_numpy()
    late = rows["late"].to_numpy()
    spent = price + 10.0 * late
    asked: dict[str, Any] = {"treatment": "late", "covariates": ["distance", "region"]}
    euros = troth.effect(rows.append_column("spent", pa.array(spent)), outcome="spent", **asked)
    cents = troth.effect(rows.append_column("spent", pa.array(spent * 100 + 7)), outcome="spent", **asked)
    assert cents.estimate == pytest.approx(100 * (euros.estimate or 0), rel=1e-6)

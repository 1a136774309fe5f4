"""What goes along with a theme: rates, their difference and ratio with intervals, people counted once, many pairs allowed for."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from scipy import stats

import troth
from tests.engine.voice.made import heard
from troth.engine.multiplicity import holm
from troth.engine.voice.lift import difference, fisher, lift, ratio
from troth.terms.errors import RequestError

LABELS = np.array([0] * 40 + [1] * 60)
READ = np.ones(100, dtype=bool)
NAMES = {0: "late parcels", 1: "broken glass"}
RETURNED = [row < 20 or row >= 85 for row in range(100)]  # 20 of 40 with theme 0, 15 of 60 with theme 1


def test_rates_difference_and_ratio_are_those_of_the_table() -> None:
    late = next(row for row in lift(LABELS, READ, NAMES, {"returned": RETURNED}, None) if row.theme == 0)
    assert (late.with_theme.value, late.with_theme.n) == (0.5, 40)
    assert (late.without.value, late.without.n) == (0.25, 60)
    assert late.difference.value == pytest.approx(0.25)
    assert late.ratio.value == pytest.approx(2.0)
    assert late.unit == "texts"
    assert late.p_value == pytest.approx(min(1.0, 2 * stats.fisher_exact([[20, 20], [15, 45]], alternative="greater").pvalue))


def test_newcombes_interval_is_that_of_his_paper() -> None:
    figure = difference(56, 70, 48, 80)  # Newcombe 1998, table II, example (a), method 10
    assert (figure.value, figure.low, figure.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_ratio_agrees_with_a_search_for_where_wilsons_limits_meet() -> None:
    for k, n, other, m in ((20, 40, 15, 60), (3, 50, 9, 45), (40, 41, 10, 44)):
        figure = ratio(k, n, other, m)
        # MOVER by search: the ratio r at which the interval of p - r q, made of both Wilson limits, touches 0
        assert figure.low == pytest.approx(_touches(k, n, other, m, upper=False), rel=1e-4)
        assert figure.high == pytest.approx(_touches(k, n, other, m, upper=True), rel=1e-4)


def _touches(k: int, n: int, other: int, m: int, *, upper: bool) -> float:
    from scipy.optimize import brentq

    from troth.engine.intervals import wilson

    p, q = k / n, other / m
    one, two = wilson(p, n), wilson(q, m)

    def edge(r: float) -> float:
        return p - r * q + math.hypot(one.high - p, r * (q - two.low)) if upper else p - r * q - math.hypot(p - one.low, r * (two.high - q))

    return float(brentq(edge, *((p / q, 1e3) if upper else (1e-9, p / q))))


def test_intervals_hold_what_was_planted_as_often_as_they_say() -> None:
    dice = np.random.default_rng(3)
    p, q, n, m, worlds = 0.3, 0.12, 60, 400, 2_000
    k, other = dice.binomial(n, p, worlds), dice.binomial(m, q, worlds)
    inside = ratio_inside = 0
    for a, b in zip(k.tolist(), other.tolist(), strict=True):
        spread, times = difference(a, n, b, m), ratio(a, n, b, m)
        inside += (spread.low or 0) <= p - q <= (spread.high or 0)
        ratio_inside += (times.low or 0) <= p / q <= (times.high or 0)
    assert 0.935 <= inside / worlds <= 0.97
    assert 0.935 <= ratio_inside / worlds <= 0.97


def test_without_a_failure_among_the_others_there_is_no_ratio_and_it_says_so() -> None:
    figure = ratio(5, 20, 0, 30)
    assert figure.value is None
    assert figure.method == "nobody without the theme had the failure"


def test_p_is_that_of_fishers_test() -> None:
    for table in ((3, 10, 2, 20), (0, 5, 5, 5), (7, 9, 1, 30)):
        k, n, other, m = table
        tails = [stats.fisher_exact([[k, n - k], [other, m - other]], alternative=side).pvalue for side in ("greater", "less")]
        assert fisher(*table) == pytest.approx(min(1.0, 2 * min(tails)))


def test_holm_allows_for_the_number_of_pairs() -> None:
    assert holm([0.01, 0.04, None, 0.03]) == pytest.approx([0.03, 0.06, None, 0.06], nan_ok=True)
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_nothing_planted_is_found_in_at_most_one_of_twenty_results() -> None:
    dice = np.random.default_rng(11)
    worlds, false = 80, 0
    for _ in range(worlds):
        labels = dice.integers(0, 8, 400)
        failures = {name: (dice.random(400) < 0.2).tolist() for name in ("late", "returned", "left")}
        false += any(
            (row.p_adjusted or 1) < 0.05 for row in lift(labels, np.ones(400, dtype=bool), dict.fromkeys(range(8), ""), failures, None)
        )
    assert false / worlds <= 0.125  # 5% and three standard errors


def test_a_person_who_writes_ten_times_counts_once() -> None:
    people = ["ana"] * 20 + [f"p{row}" for row in range(80)]
    found = lift(LABELS, READ, NAMES, {"returned": RETURNED}, people)
    late = next(row for row in found if row.theme == 0)
    assert late.unit == "people"
    assert late.with_theme.n == 21
    assert late.with_theme.value == pytest.approx(1 / 21)


def test_rows_of_nobody_known_are_people_of_their_own() -> None:
    nobody: list[Any] = [None] * 100
    by_text, by_people = (lift(LABELS, READ, NAMES, {"returned": RETURNED}, people) for people in (None, nobody))
    assert [row.with_theme for row in by_text] == [row.with_theme for row in by_people]
    assert any("not known who wrote" in note for note in by_text.notes)


def test_unknown_outcomes_are_left_out_and_counted() -> None:
    some: list[Any] = [None if row % 2 else value for row, value in enumerate(RETURNED)]
    found = lift(LABELS, READ, NAMES, {"returned": some}, None)
    assert {row.with_theme.n for row in found} == {20, 30}
    assert any("50 rows of “returned” are unknown" in note for note in found.notes)


def test_a_theme_of_everybody_has_nobody_to_be_held_against() -> None:
    [row] = lift(np.zeros(100, dtype=np.int64), READ, {0: "all"}, {"returned": RETURNED}, None)
    assert row.without.value is None
    assert row.difference.value is None
    assert row.p_value is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [([True], "100 texts and 1 values"), (["yes"] * 100, "Row 0 of “returned” holds “yes”"), ([2] * 100, "holds “2”")],
)
def test_values_that_are_neither_true_nor_false_are_refused(values: list[Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        lift(LABELS, READ, NAMES, {"returned": values}, None)


def test_a_planted_lift_is_found_in_themes_of_texts_and_no_word_claims_a_cause() -> None:
    rows = heard(40)
    dice = random.Random(4)
    left = [dice.random() < (0.5 if theme == "refund" else 0.1) for _, theme, _ in rows]
    found = troth.themes([text for text, _, _ in rows], embedder="characters").lift({"left us": left})
    assert found[0].difference.low is not None
    assert found[0].difference.low > 0
    assert (found[0].p_adjusted or 1) < 0.05
    assert "refund" in found[0].name or "reimbursement" in found[0].name or "money" in found[0].name
    assert any("says nothing of cause" in note for note in found.notes)
    assert "p_adjusted" in found.to_arrow().column_names

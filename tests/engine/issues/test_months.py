"""Which months of an issue lie outside its funnel limits (S0.3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from troth.engine.issues.months import FEWEST_MONTHS, month_limits, tell_nothing

EVEN = [1_000] * 12


def outside(due: list[int], broken: list[int]) -> list[int]:
    return [0 if one is None else one.outside for one in month_limits(due, broken)]


def test_an_incident_of_two_months_lies_outside_and_makes_no_other_month_look_good() -> None:
    broken = [100, 97, 104, 99, 101, 100, 103, 400, 380, 98, 102, 100]
    assert outside(EVEN, broken) == [0] * 7 + [1, 1] + [0] * 3


def test_a_month_better_than_the_others_lies_below() -> None:
    assert outside(EVEN, [100] * 11 + [20]) == [0] * 11 + [-1]


def test_the_limits_are_those_of_the_binomial_around_the_rate_of_most_months() -> None:
    """By hand: the month with few promises has wider limits, and the same rate in it is no news."""
    due = [1_000, 1_000, 1_000, 1_000, 20, 1_000]
    found = month_limits(due, [100, 100, 100, 100, 4, 200])
    for n, one in zip(due, found, strict=True):
        assert one is not None
        assert one.expected == 0.1
        assert (one.low, one.high) == tuple(stats.binom.ppf([0.005, 0.995], n, 0.1) / n)
    assert [one.outside for one in found if one is not None] == [0, 0, 0, 0, 0, 1]


def test_a_month_at_the_rate_of_the_others_lies_outside_in_at_most_one_of_a_hundred() -> None:
    dice = np.random.default_rng(7)
    strays = [one for _ in range(300) for one in outside(EVEN, dice.binomial(1_000, 0.12, 12).tolist())]
    assert np.mean(np.abs(strays)) <= 0.013  # 3,600 months: .01 and two standard errors


def test_where_months_stray_more_than_chance_the_limits_widen() -> None:
    dice = np.random.default_rng(3)
    rates = dice.beta(12, 88, size=(100, 12))  # one month at 9, the next at 15%
    strays = [one for row in rates for one in outside(EVEN, dice.binomial(1_000, row).tolist())]
    assert np.mean(np.abs(strays)) < 0.12
    binomial = [abs(k / 1_000 - 0.12) > 2.58 * (0.12 * 0.88 / 1_000) ** 0.5 for k in dice.binomial(1_000, rates).ravel()]
    assert np.mean(binomial) > 0.3


def test_months_that_fail_wholly_do_not_make_themselves_usual() -> None:
    """From May on everything fails: the months before tell what was to be expected."""
    due, broken = [39, 35, 36, 33, *[30] * 8], [0, 2, 3, 8, *[30] * 8]
    found = month_limits(due, broken, expected=13 / 143, spell=[False] * 4 + [True] * 8)
    assert [one.outside for one in found if one is not None] == [0] * 4 + [1] * 8
    assert all(one.high < 0.5 for one in found if one is not None)


def test_around_an_expected_rate_limits_are_at_most_twice_as_wide_as_chance_makes_them() -> None:
    found = month_limits([400] * 8, [0, 400] * 4, expected=0.2)
    low, high = (stats.binom.ppf(tail, 100, 0.2) / 100 for tail in (0.005, 0.995))
    assert {(one.low, one.high) for one in found if one is not None} == {(low, high)}


def test_none_of_all_that_was_expected_is_no_certainty() -> None:
    found = month_limits(EVEN, [0] * 10 + [1, 9], expected=0.0)
    assert [one.outside for one in found if one is not None] == [0] * 11 + [1]
    assert outside([10] * 12, [0] * 12) == [0] * 12


def test_limits_that_hold_nearly_all_rates_tell_nothing() -> None:
    assert tell_nothing([(0.0, 1.0), (0.0, 0.9), (0.2, 0.4)])
    assert not tell_nothing([(0.0, 1.0), (0.1, 0.3), (0.2, 0.4)])


@pytest.mark.parametrize(
    ("due", "broken"),
    [([], []), ([100] * (FEWEST_MONTHS - 1), [10] * (FEWEST_MONTHS - 1)), (EVEN, [0] * 12), (EVEN, EVEN), ([0] * 12, [0] * 12)],
    ids=["no month", "few months", "nothing broken", "all broken", "nothing due"],
)
def test_where_there_is_nothing_to_hold_a_month_against_there_are_no_limits(due: Any, broken: Any) -> None:
    assert month_limits(due, broken) == (None,) * len(due)


def test_a_month_without_a_promise_has_no_limits_and_the_others_do() -> None:
    found = month_limits([*EVEN, 0], [*[100] * 12, 0])
    assert found[-1] is None
    assert all(one is not None for one in found[:-1])


def test_a_record_that_is_mostly_kept_still_has_limits() -> None:
    found = month_limits(EVEN, [0] * 9 + [1, 2, 90])
    assert [one.outside for one in found if one is not None] == [0] * 11 + [1]

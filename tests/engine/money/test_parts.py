"""The smaller sums: cents, areas, shrinking, silent customers, pain, run-rate and returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.engine.money import Money, by_area, pain, returns, run_rate, shown, shrink, silent_customers, split
from troth.terms.errors import RequestError

AMOUNTS = st.lists(st.decimals("-9999", "9999", places=4), max_size=30)


@given(AMOUNTS)
@settings(max_examples=200, deadline=None)
def test_amounts_shown_in_cents_add_up_to_their_total_in_cents(amounts: list[Decimal]) -> None:
    cents = shown(amounts)
    assert sum(cents, Decimal(0)) == sum(amounts, Decimal(0)).quantize(Decimal("0.01"))
    assert all(abs(cent - amount) < Decimal("0.01") for cent, amount in zip(cents, amounts, strict=True))


def test_the_cent_left_over_goes_to_the_largest_remainder() -> None:
    assert shown([Decimal("0.333"), Decimal("0.333"), Decimal("0.334")]) == (Decimal("0.33"), Decimal("0.33"), Decimal("0.34"))


def test_money_by_area_is_that_of_the_reference() -> None:
    """domain.md i.5: Marketing 707, Fulfilment 358, IT 313, Finance 175, Service 155, Product 72 of 1,780."""
    amounts = {name: Decimal(amount) for name, amount in zip(["I1", "I2", "I3", "I4", "I5"], [640, 410, 300, 250, 180], strict=True)}
    shares = {
        "I1": {"Marketing": ".84", "Fulfilment": ".16"},
        "I2": {"Fulfilment": ".55", "IT": ".30", "Marketing": ".15"},
        "I3": {"Service": ".35", "IT": ".55", "Fulfilment": ".10"},
        "I4": {"Finance": ".70", "Service": ".20", "IT": ".10"},
        "I5": {"Marketing": ".60", "Product": ".40"},
    }
    areas = by_area(amounts, {name: {area: Decimal(share) for area, share in of.items()} for name, of in shares.items()})
    whole = {area: round(amount) for area, amount in areas.items()}
    assert whole == {"Marketing": 707, "Fulfilment": 358, "IT": 313, "Finance": 175, "Service": 155, "Product": 72}
    assert sum(areas.values()) == 1780


def test_an_issue_nobody_owns_is_unknown_and_thirds_lose_no_cent() -> None:
    assert by_area({"I1": Decimal(10)}, {}) == {"unknown": Decimal(10)}
    third = Decimal(1) / 3
    parts = split(Decimal("100.00"), {"a": third, "b": third, "c": third})
    assert sum(parts.values()) == Decimal("100.00")
    with pytest.raises(RequestError, match="do not add up to 1"):
        split(Decimal(1), {"a": Decimal("0.5")})


def test_returns_are_three_numbers() -> None:
    """domain.md i.4: 33.25, 97.08% and .35 months; 9,708% is a slip and must not appear."""
    found = returns(Decimal(1_734_000), Decimal(50_625))
    assert round(found.roi, 2) == 33.25
    assert round(100 * (found.saving_share or 0), 2) == 97.08
    assert round(found.payback_months or 0, 2) == 0.35
    assert returns(Decimal(0), Decimal(10)).payback_months is None
    with pytest.raises(RequestError, match="has no return"):
        returns(Decimal(10), Decimal(0))


def test_effects_are_drawn_to_their_mean_by_what_chance_explains() -> None:
    d, se = [0.02, 0.30, 0.10, 0.12], [0.01, 0.20, 0.02, 0.02]
    found = shrink(d, se)
    weight = 1 / (found.between + np.square(se))
    # Paule and Mandel's t2 solves its equation
    assert weight @ np.square(np.array(d) - found.mean) == pytest.approx(3, abs=1e-6)
    by_hand = [found.mean + found.between / (found.between + s * s) * (x - found.mean) for x, s in zip(d, se, strict=True)]
    assert found.value == pytest.approx(by_hand)
    assert abs(found.value[1] - found.mean) < 0.1 * abs(0.30 - found.mean)  # the least known one moves most
    assert found.value[0] == pytest.approx(0.02, abs=0.005)


def test_where_chance_explains_all_every_effect_is_the_mean_and_one_alone_stays() -> None:
    found = shrink([0.09, 0.10, 0.11], [0.05] * 3)
    assert found.between == 0
    assert found.value == pytest.approx([0.10] * 3)
    assert all(0.05 / np.sqrt(3) < error < 0.05 for error in found.error)  # of the mean, and of not knowing that it is one
    assert shrink([0.3], [0.1]).value.tolist() == [0.3]


def test_shrunken_effects_lie_nearer_the_truth_and_their_intervals_hold_it() -> None:
    rng = np.random.default_rng(5)
    raw, drawn, held = 0.0, 0.0, []
    for _ in range(400):
        truth, se = rng.normal(0.08, 0.04, 12), rng.uniform(0.01, 0.08, 12)
        seen = rng.normal(truth, se)
        found = shrink(seen.tolist(), se.tolist())
        raw += float(((seen - truth) ** 2).sum())
        drawn += float(((found.value - truth) ** 2).sum())
        held.append(np.abs(found.value - truth) < 1.96 * found.error)
    assert drawn < 0.6 * raw
    assert 0.93 < np.mean(held) < 0.97


def test_silent_customers_are_told_from_what_complaints_reveal_where_both_are_seen() -> None:
    found = silent_customers(120, complaints=80, failures=800)
    assert (found.value, found.low, found.high) == (1200.0, 917.0, 1570.0)
    assert all(float(x or 0).is_integer() for x in (found.value, found.low, found.high))


def test_the_interval_of_silent_customers_holds_their_number() -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(2_000):
        n, p = 2_000, 0.1
        found = silent_customers(int(rng.binomial(n, p)), complaints=int(rng.binomial(900, p)), failures=900)
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= n <= found.high)
    assert 0.93 < np.mean(held) < 0.97


def test_without_a_known_propensity_silence_is_unknown_and_not_0() -> None:
    assert silent_customers(50, complaints=3, failures=40).value is None
    assert silent_customers(0, complaints=50, failures=100).value == 0
    assert (silent_customers(0, complaints=50, failures=100).high or 0) > 0
    with pytest.raises(RequestError, match="cannot be counts of customers"):
        silent_customers(5, complaints=50, failures=40)


FAILURES: dict[str, Any] = {
    "issue": ["late", "late", "late", "rude", "burn", None],
    "customer": ["a", "b", "a", "c", "d", "e"],
    "expected": [4.3, 4.3, 4.3, None, None, None],
    "score": [1.0, 2.3, 4.3, None, None, None],
    "severity": [None, None, None, 2, 3, None],
    "hours": [1.5, 2.25, None, None, None, None],
    "flagged": [False, False, False, False, True, None],
}


def test_pain_is_points_hours_and_people_and_what_touches_safety_comes_first() -> None:
    rows = {row.where["issue"]: row for row in pain(FAILURES)}
    assert [*rows] == ["burn", "late", "rude", "unassigned"]
    assert [row.rank for row in rows.values()] == [1, 2, 3, 4]
    late = rows["late"]
    assert late.points.value == pytest.approx(3.3 + 2.0 + 0.0)
    assert (late.failures, late.customers, late.hours) == (3, 2, 4)
    assert (rows["rude"].points.value, rows["burn"].points.value) == (3.0, 9.0)
    assert rows["unassigned"].points.value is None
    assert (late.points.low or 0) < (late.points.value or 0) < (late.points.high or 0)


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="1 severities are none of 1, 2, 3"):
        pain({"issue": ["x"], "customer": ["a"], "severity": [7]})
    with pytest.raises(RequestError, match="lacks “customer”"):
        pain({"issue": ["x"]})


def quarters(*values: float, half: float = 10.0) -> list[Money]:
    return [Money(Decimal(str(v)), Decimal(str(v - half)), Decimal(str(v + half)), "EUR") for v in values]


def test_doing_nothing_costs_the_latest_quarter_four_times_and_more_if_it_grows() -> None:
    found = run_rate(quarters(100, 110, 120, 130))
    assert found.yearly.value == 520
    assert [found.yearly.low, found.yearly.high] == [Decimal(480), Decimal(560)]
    assert found.trend.value == pytest.approx(10)
    assert found.next_year.value == 140 + 150 + 160 + 170


def test_every_month_of_delay_has_its_price_and_twelve_make_a_year() -> None:
    found = run_rate(quarters(100, 110, 120, 130))
    prices = [money.value for money in found.delay]
    assert len(prices) == 12
    assert prices[0] == Decimal("46.67")
    assert prices[2] == Decimal("140.00")
    assert prices[11] == found.next_year.value
    assert prices == sorted(prices)  # type: ignore[type-var]
    widths = [(money.high or Decimal(0)) - (money.low or Decimal(0)) for money in found.delay]
    assert all(width > 0 for width in widths)


def test_a_few_quarters_have_no_trend_and_still_a_range() -> None:
    found = run_rate(quarters(100))
    assert found.trend.value is None
    assert found.next_year.value == 400
    assert (found.next_year.low or 0) < 400 < (found.next_year.high or 0)
    assert "no trend" in found.next_year.method


def test_the_range_of_the_year_to_come_holds_it() -> None:
    rng = np.random.default_rng(8)
    held = []
    for _ in range(600):
        truth = 500 + 20 * np.arange(1, 13)
        seen = truth + rng.normal(0, 30, 12)
        found = run_rate(quarters(*np.round(seen[:8], 2).tolist(), half=58.8))
        held.append(float(found.next_year.low or 0) <= seen[8:].sum() <= float(found.next_year.high or 0))
    assert 0.93 < np.mean(held) <= 0.985


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ([], "no quarter"),
        ([Money(None, None, None, "EUR")], "no amount or no range"),
        ([*quarters(1.0), Money(Decimal(1), Decimal(0), Decimal(2), "BRL")], "in BRL and EUR"),
    ],
)
def test_quarters_that_cannot_be_added_are_refused(given_: list[Money], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        run_rate(given_)

"""Money at risk adds up to the cent, has a range, and keeps recorded cash apart from modelled margin."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from troth.engine.findings import Figure
from troth.engine.money import UNASSIGNED, Leaving, MoneyAtRisk, log_shares, money_at_risk, shrink
from troth.terms.errors import RequestError

SURE = 1e-6
"""A standard error next to nothing, so that shrinking leaves a chance as it is."""


def issue(found: MoneyAtRisk, name: str) -> Any:
    (row,) = [row for row in found.issues if row.where["issue"] == name]
    return row


def test_two_failures_of_one_customer_add_up_to_less_than_their_sum() -> None:
    """domain.md i.3: V = 500, d = .10 and .20 -> 140.0 = 44.90 + 95.10, not 150."""
    loss, (first, second) = log_shares(500, [0.10, 0.20])
    assert loss == pytest.approx(140.0, abs=1e-9)
    assert (round(first, 2), round(second, 2)) == (44.90, 95.10)
    assert first + second == pytest.approx(loss, abs=1e-12)


def test_the_same_in_the_database() -> None:
    hits = {"customer": ["a", "a"], "issue": ["late", "wrong"], "value": [500.0, 500.0]}
    found = money_at_risk(hits, leaving={"late": Leaving(0.10, SURE), "wrong": Leaving(0.20, SURE)}, currency="EUR")
    assert issue(found, "late").modelled.value == Decimal("44.90")
    assert issue(found, "wrong").modelled.value == Decimal("95.10")
    assert found.total.modelled.value == Decimal("140.00")


def test_no_customer_loses_more_than_is_there() -> None:
    loss, parts = log_shares(100, [0.9, 0.9, 2.0, -0.5])
    assert loss <= 100
    assert parts[3] == 0
    assert sum(parts) == pytest.approx(loss)
    assert log_shares(100, [0.0, 0.0]) == (0.0, [0.0, 0.0])


RNG = np.random.default_rng(11)
MANY = 4_000
HITS: dict[str, Any] = {
    "customer": [f"c{i}" for i in RNG.integers(0, 1_500, MANY)],
    "issue": [[*"abcdefg", None][i] for i in RNG.choice(8, MANY, p=[0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05])],
}
HITS["value"] = [float(int(name[1:]) % 700) + 0.37 for name in HITS["customer"]]
LEAVING = {
    name: Leaving(d, se, 100)
    for name, d, se in zip("abcdef", [0.02, 0.05, -0.03, 0.1, 0.03, 0.2], [0.01, 0.02, 0.02, 0.03, 0.01, 0.08], strict=True)
}
COSTS: dict[str, Any] = {
    "issue": [[*"abcg", None][i] for i in RNG.integers(0, 5, 900)],
    "customer": [f"c{i}" for i in RNG.integers(0, 500, 900)],
    "amount": [Decimal(int(i)) / 1000 for i in RNG.integers(1, 99_999, 900)],
    "hours": RNG.integers(0, 5, 900) / 4,
}


@pytest.fixture(scope="module")
def found() -> MoneyAtRisk:
    return money_at_risk(HITS, leaving=LEAVING, costs=COSTS, currency="BRL")


def test_issues_and_unassigned_add_up_to_the_total_to_the_cent(found: MoneyAtRisk) -> None:
    for part in ("remedial", "modelled", "total"):
        parts = [getattr(row, part).value for row in found.issues]
        assert sum((part for part in parts if part is not None), Decimal(0)) == getattr(found.total, part).value
    assert sum(row.hours or 0 for row in found.issues) == found.total.hours
    assert sum(int(row.lost.value or 0) for row in found.issues) == found.total.lost.value
    assert found.issues[len(found.issues) - 1].where == {"issue": UNASSIGNED}


def test_customer_by_customer_by_hand_it_is_the_same(found: MoneyAtRisk) -> None:
    """The naive second way: a loop over customers with the formula as it is printed."""
    names = sorted(LEAVING)
    shrunk = dict(zip(names, shrink([LEAVING[n].difference for n in names], [LEAVING[n].error for n in names]).value, strict=True))
    issues: dict[str, set[str]] = defaultdict(set)
    worth = dict(zip(HITS["customer"], HITS["value"], strict=True))
    for customer, name in zip(HITS["customer"], HITS["issue"], strict=True):
        if name in LEAVING:
            issues[customer].add(name)
    by_issue: dict[str, float] = defaultdict(float)
    for customer, hit in issues.items():
        order = sorted(hit)
        _, parts = log_shares(worth[customer], [shrunk[name] for name in order])
        for name, part in zip(order, parts, strict=True):
            by_issue[name] += part
    for name in names:
        assert float(issue(found, name).modelled.value) == pytest.approx(by_issue[name], abs=0.05)
    remedial: dict[str, Decimal] = defaultdict(Decimal)
    for name, amount in zip(COSTS["issue"], COSTS["amount"], strict=True):
        remedial[name or UNASSIGNED] += amount
    for name, amount in remedial.items():
        assert abs(issue(found, name).remedial.value - amount) <= Decimal("0.01")
    assert found.total.customers == len(set(HITS["customer"]))


def test_the_range_is_that_of_drawing_the_chances_again() -> None:
    """The delta method against brute force: chances drawn from their errors, the loop over customers each time."""
    rng = np.random.default_rng(3)
    d, se = np.array([0.05, 0.15, 0.30]), np.array([0.01, 0.02, 0.03])
    worth = rng.uniform(50, 500, 300)
    hit = rng.random((300, 3)) < [0.7, 0.4, 0.3]
    rows = [(f"c{c}", "abc"[k], worth[c]) for c in range(300) for k in range(3) if hit[c, k]]
    customer, names, value = zip(*rows, strict=True)
    found = money_at_risk(
        {"customer": customer, "issue": names, "value": value},
        leaving={name: Leaving(*one) for name, one in zip("abc", zip(d, se, strict=True), strict=True)},
        currency="EUR",
    )
    shrunk = shrink(d.tolist(), se.tolist())
    draws = []
    for _ in range(1_500):
        drawn = shrunk.value + rng.normal(0, np.sqrt(shrunk.own_variance)) + shrunk.shared * rng.normal()
        lam = -np.log1p(-np.clip(drawn, 0, 0.999)) * hit
        total = lam.sum(axis=1)
        draws.append((worth * -np.expm1(-total) / np.where(total > 0, total, 1)) @ lam)
    spread = np.std(draws, axis=0)
    for k, name in enumerate("abc"):
        low, high = issue(found, name).modelled.low, issue(found, name).modelled.high
        assert float(high - low) / 3.92 == pytest.approx(spread[k], rel=0.1)
    whole = float(np.std(np.sum(draws, axis=1)))
    whole_money: Any = found.total.modelled
    assert float(whole_money.high - whole_money.low) / 3.92 == pytest.approx(whole, rel=0.1)


def test_no_amount_is_a_bare_point(found: MoneyAtRisk) -> None:
    for row in (*found.issues, found.total):
        for money in (row.remedial, row.modelled, row.total):
            if money.value is not None and money.value > 0:
                assert money.low is not None
                assert money.high is not None
                assert money.low <= money.value <= money.high
                assert money.low < money.high


def test_an_effect_below_0_counts_as_0_and_is_printed_as_it_was_found() -> None:
    """Five issues of which one kept people: the money is floored, the raw value is not, and its range may lie above 0."""
    hits = {"customer": list("abcde"), "issue": list("vwxyz"), "value": [1_000.0] * 5}
    leaving = {name: Leaving(d, 0.02) for name, d in zip("vwxyz", [0.1, 0.12, 0.3, 0.25, -0.2], strict=True)}
    found = money_at_risk(hits, leaving=leaving, currency="EUR")
    row = issue(found, "z")
    assert row.leaving.value == -0.2
    assert row.leaving_used.value == 0
    assert row.modelled.value == 0
    assert any(note.startswith("Counted as 0") for note in found.issues.notes)


def test_an_issue_without_behaviour_data_is_remedial_only_and_says_so() -> None:
    hits = {"customer": ["a"], "issue": ["late"], "value": [500.0]}
    found = money_at_risk(hits, leaving={}, costs={"issue": ["late"], "amount": [30.0], "customer": ["a"]}, currency="EUR")
    row = issue(found, "late")
    assert row.modelled.value is None
    assert row.total.value == Decimal("30.00")
    assert row.total.method.startswith("remedial only: no behaviour data")
    assert row.total.low < row.total.value < row.total.high
    assert any("No behaviour data for late" in note for note in found.issues.notes)


def test_unknown_values_and_unknown_people_are_counted_and_not_filled_in() -> None:
    hits = {"customer": ["a", "b", None, None], "issue": ["late"] * 4, "value": [500.0, None, 70.0, 80.0]}
    row = issue(money_at_risk(hits, leaving={"late": Leaving(0.1, SURE)}, currency="EUR"), "late")
    assert (row.customers, row.unvalued, row.unnamed) == (2, 1, 2)
    assert row.modelled.value == Decimal("50.00")
    nobody = issue(money_at_risk({**hits, "value": [None] * 4}, leaving={"late": Leaving(0.1, SURE)}, currency="EUR"), "late")
    assert nobody.modelled.value is None
    assert nobody.modelled.method == "no customer hit by it has a value on record"


def test_a_customer_hit_twice_by_one_issue_counts_once_and_has_one_value() -> None:
    hits = {"customer": ["a", "a", "a"], "issue": ["late", "late", "wrong"], "value": [None, 500.0, None]}
    found = money_at_risk(hits, leaving={"late": Leaving(0.10, SURE), "wrong": Leaving(0.20, SURE)}, currency="EUR")
    assert found.total.modelled.value == Decimal("140.00")
    assert found.total.customers == 1


def test_two_currencies_without_a_rate_are_refused_and_with_one_are_added() -> None:
    costs = {"issue": ["late", "late"], "amount": [Decimal("10.00"), Decimal("10.00")], "currency": ["EUR", "BRL"]}
    hits = {"customer": ["a"], "issue": ["late"]}
    with pytest.raises(RequestError, match="Amounts are in BRL and counted in EUR, and no rate is given") as error:
        money_at_risk(hits, leaving={}, costs=costs, currency="EUR")
    assert error.value.mend == "give what one unit is worth in EUR: rates={'BRL': ...}"
    found = money_at_risk(hits, leaving={}, costs=costs, currency="EUR", rates={"BRL": Decimal("0.16")})
    assert found.total.remedial.value == Decimal("11.60")
    values = {"customer": ["a", "b"], "issue": ["late"] * 2, "value": [1.0, 2.0], "currency": ["USD", None]}
    with pytest.raises(RequestError, match="Amounts are in USD"):
        money_at_risk(values, leaving={}, currency="EUR")


def test_staff_hours_are_whole_and_priced_only_at_a_stated_rate() -> None:
    costs = {"issue": ["late"] * 3, "amount": [0.0] * 3, "hours": [0.6, 0.7, None]}
    hits = {"customer": ["a"], "issue": ["late"]}
    free = money_at_risk(hits, leaving={}, costs=costs, currency="EUR")
    assert (free.total.hours, free.total.remedial.value) == (1, Decimal("0.00"))
    priced = money_at_risk(hits, leaving={}, costs=costs, currency="EUR", hour_rate=Decimal("43.27"))
    assert priced.total.remedial.value == Decimal("56.25")


def test_the_more_customers_a_cost_is_spread_over_the_narrower_its_range() -> None:
    hits = {"customer": ["a"], "issue": ["late"]}

    def width(customers: list[str]) -> Decimal:
        costs = {"issue": ["late"] * 100, "amount": [10.0] * 100, "customer": customers}
        money = money_at_risk(hits, leaving={}, costs=costs, currency="EUR").total.remedial
        assert money.low is not None
        assert money.high is not None
        return money.high - money.low

    assert width([f"c{i}" for i in range(100)]) < width(["c1"] * 100)
    assert float(width([f"c{i}" for i in range(100)])) == pytest.approx(2 * 1.96 * 10 * 10, rel=0.001)


def test_an_empty_ledger_has_no_money_and_no_error() -> None:
    empty = pa.table({"customer": pa.array([], pa.string()), "issue": pa.array([], pa.string()), "value": pa.array([], pa.float64())})
    found = money_at_risk(empty, leaving={"late": Leaving(0.1, 0.01)}, currency="EUR")
    assert found.total.total.value == 0
    assert found.total.modelled.value is None
    assert found.total.customers == 0


@pytest.mark.parametrize(
    ("hits", "leaving", "sentence"),
    [
        ({"customer": ["a"], "isue": ["x"]}, {}, "hits lacks “issue”"),
        ({"customer": ["a"], "issue": ["x"], "value": ["much"]}, {}, "“value” holds string, not amounts"),
        ({"customer": ["a"], "issue": ["x"]}, {"x": Leaving(0.1, 0.0)}, "standard error of 0.0"),
        ({"customer": ["a"], "issue": ["x"]}, {"x": Leaving(math.nan, 0.1)}, "chance of leaving of “x” is nan"),
    ],
)
def test_bad_input_is_refused(hits: dict[str, Any], leaving: dict[str, Leaving], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        money_at_risk(hits, leaving=leaving, currency="EUR")


def test_an_effect_becomes_a_chance_of_leaving_with_its_error() -> None:
    told = Leaving.of(Figure(0.05, 0.0304, 0.0696, 800))
    assert told is not None
    assert (told.difference, told.n) == (0.05, 800)
    assert told.error == pytest.approx(0.01, abs=1e-4)
    assert Leaving.of(Figure(None)) is None


def test_it_prints_and_turns_into_tables(found: MoneyAtRisk) -> None:
    assert "total" in repr(found)
    assert found.to_arrow().num_rows == len(found.issues) + 1
    assert found.between is not None
    assert found.between > 0
    assert "<table>" in found._repr_html_()

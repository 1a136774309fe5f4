"""How issues are told: what is one is told as one, counted figures have no limits, money of which a part is unknown is “at least”."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from troth.cli.terminal import issue_cells
from troth.engine.findings import NO_DATA, Figure
from troth.engine.issues.result import AT_LEAST, TOTAL, UNASSIGNED, FailureDemand, Issue, demand_words, whole_money
from troth.engine.issues.unpriced import cash_limited, paid, verb
from troth.engine.money import Money
from troth.engine.nouns import counted
from troth.terms.vocabulary import Unpriced

UNKNOWN = Money(None, None, None, "EUR", "made")
TEN = Money(Decimal("10.00"), Decimal("8.00"), Decimal("12.00"), "EUR", "made")


@pytest.fixture
def issue() -> Issue:
    return Issue(
        {"issue": "a"}, 1, {"what": "delivery date"}, 161, 200, 161, NO_DATA, "its like", 0.01, False, 161, 0, 0, 0, 0, 0,
        {"delivery": 90.0, "standard": 71.0}, "delivery", None, {"Fulfilment": 1.0}, None, TEN, TEN, UNKNOWN, TEN, NO_DATA, "", TEN, TEN,
    )  # fmt: skip


def cells(issue: Issue) -> dict[str, str]:
    return dict(issue_cells(issue, whole_money([issue])))


@pytest.mark.parametrize(("number", "told"), [(1, "1 failure"), (0, "0 failures"), (2_000, "2,000 failures")])
def test_one_is_told_as_one(number: int, told: str) -> None:
    assert counted(number, "failure") == told


def test_failure_demand_of_one_contact_of_one_person() -> None:
    one = FailureDemand(1, 1, 0, 1, Figure(1.0, None, None, 1), 1, 1, UNKNOWN, {})
    said = demand_words(one)
    assert "1 of 1 contact, 100%" in said
    assert "1 of 1 person who asked had to." in said
    assert "1 is about nothing in particular" in said


def test_counted_people_have_no_limits_and_estimated_ones_no_signs(issue: Issue) -> None:
    assert cells(replace(issue, silent=Figure(161.0, 161.0, 161.0)))["silent"] == "161"
    assert cells(replace(issue, silent=Figure(161.0, 150.0, 1_180.0)))["silent"] == "161 [150, 1,180]"


def test_money_of_which_a_part_is_unknown_is_at_least_so_much(issue: Issue) -> None:
    assert cells(issue)["money at risk"] == "20 [8, 12] EUR"
    assert cells(replace(issue, modelled=UNKNOWN))["money at risk"] == "at least 10 [8, 12] EUR"
    assert cells(replace(issue, remedial=UNKNOWN))["money at risk"] == "at least 10 [8, 12] EUR"
    assert cells(replace(issue, money=UNKNOWN, modelled=UNKNOWN))["money at risk"] == "unknown"
    rest = replace(issue, rank=None, where={"issue": UNASSIGNED}, modelled=UNKNOWN)
    assert cells(rest)["money at risk"] == "at least 10 [8, 12] EUR"
    assert not replace(rest, failures=0).at_least  # nobody was let down, so nobody leaves for it
    assert not replace(rest, where={"issue": TOTAL}).at_least  # of the total its method says it


def test_what_was_paid_is_no_less_by_chance() -> None:
    """Of 10.00 on record nobody reads “at least 10 [0, 30]”."""
    wide = Money(Decimal("10.00"), Decimal("0.00"), Decimal("30.00"), "EUR", f"{AT_LEAST}cash on record")
    assert paid(wide, wide).low == Decimal("10.00")
    assert paid(replace(wide, value=Decimal("25.00")), wide).low == Decimal("10.00")
    assert paid(UNKNOWN, wide) == UNKNOWN


def test_costs_without_a_rate_agree_with_their_verb() -> None:
    one, two = Unpriced("USD", 1, Decimal("5.00")), Unpriced("JPY", 2, Decimal("90.00"))
    assert cash_limited(TEN, [one]).method.endswith("1 cost of 5.00 USD has no rate, and may be part of it")
    assert cash_limited(TEN, [two]).method.endswith("2 costs of 90.00 JPY have no rate, and may be part of it")
    assert cash_limited(TEN, [one, two]).method.endswith("1 cost of 5.00 USD and 2 costs of 90.00 JPY have no rate, and may be part of it")
    assert (verb([one], "is", "are"), verb([one, one], "is", "are")) == ("is", "are")


def test_an_account_that_is_not_calibrated_is_marked_and_parts_that_tie_are_both_named(issue: Issue) -> None:
    assert cells(issue)["whose"] == "Fulfilment 100%, delivery"
    near = replace(issue, parts_low={"delivery": 70.0}, calibrated=False)
    assert cells(near)["whose"] == "Fulfilment 100%, delivery or standard, not calibrated"

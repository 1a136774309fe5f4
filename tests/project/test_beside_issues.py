"""What must be read beside issues: sales lost before, and parts that say nothing of whose they are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from troth.engine.attribution.answers import Answered
from troth.engine.attribution.lost_sales import LostSales
from troth.engine.findings import Attribution, Calibration
from troth.engine.issues.result import Issue
from troth.engine.money import Money
from troth.project.claims import beside_issues
from troth.terms.vocabulary import Exposure

NOTHING = Money(None, None, None, "EUR", "made")
GATE = Calibration("delivery date", "as-of", 100, 10.0, 30, 8.0, 0.1, 1.0, 0.9, False, "not calibrated")


@pytest.fixture
def issue() -> Issue:
    from troth.engine.findings import NO_DATA

    return Issue(
        {"issue": "a"}, 1, {"what": "delivery date"}, 10, 20, 10, NO_DATA, "its like", 0.01, False, 9, 0, 0, 0, 0, 0,
        {"delivery": 10.0}, "delivery", None, {}, None, NOTHING, NOTHING, NOTHING, NOTHING, NO_DATA, "", NOTHING, NOTHING,
    )  # fmt: skip


def test_an_account_that_is_not_calibrated_names_nobody(issue: Issue) -> None:
    (told,) = beside_issues([issue], [GATE, replace(GATE, name="price"), replace(GATE, mode="cross-fitted")], [])
    assert told.startswith("The account of “delivery date” is not calibrated")
    assert beside_issues([issue], [replace(GATE, banner=None)], []) == ()
    assert beside_issues([replace(issue, parts={})], [GATE], []) == ()  # no word was broken, so nothing was decomposed


def test_sales_lost_before_an_order_are_counted_elsewhere(issue: Issue) -> None:
    asked = Answered("browsed and did not buy", "interest", "", "visits", (), Attribution(()))
    assert "troth show answers" in beside_issues([issue], [], [asked])[0]
    assert beside_issues([issue], [], [replace(asked, question="returned the order")]) == ()


def test_sales_lost_to_what_is_no_failure_on_record_stand_with_unassigned(issue: Issue) -> None:
    worth = Money(Decimal("12.00"), Decimal("9.00"), Decimal("15.00"), "EUR", "made")
    lost = tuple(LostSales({"side": "service", "exposure": name}, 3, 0, worth) for name in ("unanswered", "slow"))
    exposures = (Exposure("unanswered", "Care", "nobody answered", "answer"), Exposure("slow", "IT", "the page was slow"))
    asked = Answered("browsed and did not buy", "interest", "", "visits", exposures, Attribution(()), lost_sales=lost)
    (told,) = beside_issues([issue], [], [asked])
    assert told.startswith("Sales lost to “the page was slow” stand with unassigned")

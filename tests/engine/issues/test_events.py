"""Which events are failures, and which are known to have gone well (domain.md e1, S0.4)."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from tests.engine.issues.tables import interactions
from troth.engine.issues.events import REPEAT, with_outcome


def outcome(table: ir.Table) -> list[tuple[Any, Any]]:
    """What each interaction is counted as, and whether it failed, in their order."""
    rows = with_outcome(table).to_pyarrow().to_pylist()
    return [(row["what"], row["failed"]) for row in sorted(rows, key=lambda row: int(row["row"]))]


def test_a_contact_settled_nothing_if_the_same_customer_asks_again_within_thirty_days() -> None:
    asked = interactions(
        ("contact", 0, "ana", "o1", None),
        ("contact", 30, "ana", "o1", None),
        ("repeat contact", 61, "ana", "o1", None),
    )
    assert outcome(asked) == [(REPEAT, True), (REPEAT, False), (REPEAT, False)]


def test_another_customer_or_another_order_is_no_repeat() -> None:
    asked = interactions(("contact", 0, "ana", "o1", None), ("contact", 1, "rui", "o1", None), ("contact", 2, "ana", "o2", None))
    assert [failed for _, failed in outcome(asked)] == [False, False, False]


def test_of_a_contact_about_nothing_in_particular_nobody_can_tell() -> None:
    assert outcome(interactions(("contact", 0, "ana", None, None), ("contact", 1, "ana", None, None))) == [(None, None), (None, None)]


def test_what_the_company_sends_is_no_contact() -> None:
    sent = interactions(("contact", 0, "ana", "o1", None), ("contact", 1, "ana", "o1", None), direction="out")
    assert outcome(sent) == [(None, None), (None, None)]


def test_a_mapping_says_by_failed_when_what_went_wrong_and_what_it_is_called() -> None:
    assert outcome(interactions(("checkout", 0, "ana", "v1", True), ("checkout", 1, "rui", "v2", False), failure="error")) == [
        ("error", True),
        ("error", False),
    ]
    assert outcome(interactions(("visit", 0, "ana", "v1", True))) == [("failed visit", True)]
    assert outcome(interactions(("visit", 0, "ana", "v1", None))) == [(None, None)]


def test_what_a_mapping_says_of_a_contact_stands() -> None:
    asked = interactions(("contact", 0, "ana", "o1", False), ("contact", 1, "ana", "o1", True), failure="wrong answer")
    assert outcome(asked) == [("wrong answer", False), ("wrong answer", True)]

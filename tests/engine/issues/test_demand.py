"""A contact after something had failed, or that has to be made again, is failure demand (Seddon; domain.md M18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from troth.engine.issues.demand import NO_CONTACT, NO_COST, failure_demand
from troth.engine.issues.episodes import episodes
from troth.engine.issues.events import BROKEN_PROMISE, COLUMNS, CONTACTS
from troth.engine.issues.result import EARLIER_CONTACT, demand_words
from troth.terms.embedded import open_duckdb

JULY = datetime(2024, 7, 1)
Event = tuple[str, float, str | None, str | None]
"""Kind, day, customer, subject."""


@pytest.fixture
def connection() -> Any:
    return open_duckdb()


def told(connection: Any, *rows: Event) -> ir.Table:
    table = pa.table(
        {
            "kind": [row[0] for row in rows],
            "what": pa.array(["delivery date" if row[0] == BROKEN_PROMISE else None for row in rows], pa.string()),
            "at": pa.array([JULY + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "customer": pa.array([row[2] for row in rows], pa.string()),
            "subject": pa.array([row[3] for row in rows], pa.string()),
            **{name: pa.nulls(len(rows), pa.string()) for name in ("touchpoint", "stage", "area")},
            "source": ["desk"] * len(rows),
            "row": [str(number) for number in range(len(rows))],
            "hours": pa.nulls(len(rows), pa.float64()),
        }
    ).select(COLUMNS)
    return episodes(connection.create_table(f"events_{id(table)}", table), ibis.Table.cache)


def costs(connection: Any, *rows: tuple[float, str, str, str]) -> ir.Table:
    """Day, subject, kind and amount."""
    table = pa.table(
        {
            "source": ["books"] * len(rows),
            "row": [str(number) for number in range(len(rows))],
            "kind": [row[2] for row in rows],
            "amount": pa.array([Decimal(row[3]) for row in rows], pa.decimal128(18, 4)),
            "at": pa.array([JULY + timedelta(days=row[0]) for row in rows], pa.timestamp("us")),
            "subject": [row[1] for row in rows],
        }
    )
    found: ir.Table = connection.create_table(f"costs_{id(table)}", table)
    return found


SIX: tuple[Event, ...] = (
    ("contact", 0, "ana", "o1"),  # nothing had failed by then: other demand
    (BROKEN_PROMISE, 2, "ana", "o1"),
    ("contact", 3, "ana", "o1"),  # after it failed
    ("contact", 1, "rui", "o2"),  # nothing failed: other demand
    ("contact", 5, "rui", "o2"),  # the first settled nothing
    ("complaint", 4, "eva", "o3"),  # a complaint is one by itself
    ("contact", 4, "eva", None),  # about nothing in particular
)


def test_the_record_says_which_contacts_are_failure_demand(connection: Any) -> None:
    found = failure_demand(told(connection, *SIX), None, "EUR")
    assert (found.contacts, found.failure, found.other, found.unclassified) == (6, 3, 2, 1)
    assert (found.people, found.people_in_all) == (3, 3)
    assert found.after == {EARLIER_CONTACT: 2, "delivery date": 1}
    assert found.share.value == 0.5
    assert (found.cost.value, found.cost.method) == (None, NO_COST)


def test_it_costs_what_the_cost_lines_of_its_contacts_say(connection: Any) -> None:
    """The line of 3 July is ana's second contact; the refund is no cost of a contact; rui's first line is of other demand."""
    lines = costs(connection, (3, "o1", "contact", "5.10"), (3, "o1", "refund", "50"), (1, "o2", "contact", "7"), (5, "o2", "contact", "8"))
    found = failure_demand(told(connection, *SIX), lines, "EUR")
    assert found.cost.value == Decimal("13.10")


def test_without_a_contact_it_is_unknown(connection: Any) -> None:
    found = failure_demand(told(connection, (BROKEN_PROMISE, 0, "ana", "o1")), None, "EUR")
    assert (found.contacts, found.share.value, found.share.method) == (0, None, NO_CONTACT)
    assert "unknown" in demand_words(found)


def test_the_sentence_names_what_most_came_after_whatever_the_order_on_file(connection: Any) -> None:
    """A study's file keeps names in the order of the alphabet."""
    found = replace(failure_demand(told(connection, *SIX), None, "EUR"), after={"a": 1, "b": 2, "c": 3, "e": 40, "d": 40})
    assert "Most after “d” 40, “e” 40, “c” 3." in demand_words(found)


def test_nobody_named_counts_contacts_and_no_people(connection: Any) -> None:
    found = failure_demand(told(connection, ("complaint", 0, None, "o1"), ("contact", 1, None, "o2")), None, "EUR")
    assert (found.contacts, found.failure, found.people, found.people_in_all) == (2, 1, 0, 0)
    assert found.share.low is None  # two contacts have no interval


def test_every_contact_is_classified_once_as_the_rule_said_slowly_does(connection: Any) -> None:
    dice = np.random.default_rng(7)
    kinds = [*CONTACTS, BROKEN_PROMISE, "return", "low score"]
    rows: list[Event] = [
        (
            str(dice.choice(kinds)),
            float(dice.integers(0, 70)),
            f"c{dice.integers(40)}",
            f"o{dice.integers(2)}" if dice.random() < 0.9 else None,
        )
        for _ in range(600)
    ]
    table = told(connection, *rows)
    found = failure_demand(table, None, "EUR")
    events = table.to_pyarrow().to_pylist()
    failure = other = 0
    for one in (event for event in events if event["kind"] in CONTACTS):
        mine = [event for event in events if (event["matter"], event["episode_start"]) == (one["matter"], one["episode_start"])]
        broken = any(event["kind"] == BROKEN_PROMISE and event["at"] <= one["at"] for event in mine)
        again = any(event["kind"] in CONTACTS and event["at"] < one["at"] for event in mine)
        if one["kind"] in {"complaint", "repeat contact"} or (one["subject"] is not None and (broken or again)):
            failure += 1
        elif one["subject"] is not None:
            other += 1
    assert (found.failure, found.other) == (failure, other)
    assert found.contacts == sum(row[0] in CONTACTS for row in rows) == failure + other + found.unclassified
    assert sum(found.after.values()) == failure
    assert found.share.low is not None
    assert found.share.high is not None
    assert found.share.low < failure / found.contacts < found.share.high

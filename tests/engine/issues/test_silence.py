"""Who was let down and said nothing: counted where the record sees it, estimated where it sees those who speak alone (domain.md e3)."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from troth.engine.issues.events import BROKEN_PROMISE, REPEAT
from troth.engine.issues.result import TOTAL, UNASSIGNED
from troth.engine.issues.silence import NOBODY, NOT_ON_RECORD, SEEN, silence
from troth.engine.money import silent_customers
from troth.terms.embedded import open_duckdb

Failure = tuple[str, str | None, str | None, str | None, int]
"""Kind and what it leads with, customer, issue, contacts."""


@pytest.fixture
def connection() -> Any:
    return open_duckdb()


def failures(connection: Any, rows: list[Failure]) -> ir.Table:
    table = pa.table(
        {
            "kind": [row[0] for row in rows],
            "what": pa.array([row[1] for row in rows], pa.string()),
            "customer": pa.array([row[2] for row in rows], pa.string()),
            "issue": pa.array([row[3] for row in rows], pa.string()),
            "contacts": [row[4] for row in rows],
        }
    )
    found: ir.Table = connection.create_table(f"failures_{id(table)}", table)
    return found


def late(number: int, asked: int, issue: str | None = "late") -> list[Failure]:
    """People whose parcel came late; the first of them asked."""
    return [(BROKEN_PROMISE, "delivery date", f"{issue} {n}", issue, int(n < asked)) for n in range(number)]


def test_where_the_record_sees_the_failure_the_silent_are_counted(connection: Any) -> None:
    found = silence(failures(connection, late(800, 80)))["late"]
    assert (found.let_down.value, found.silent.value, found.silent.low, found.silent.high) == (800, 720, 720, 720)
    assert found.silent.method == SEEN


def test_where_it_sees_those_who_speak_alone_they_are_estimated_by_the_propensity_of_the_others(connection: Any) -> None:
    """One in ten whose parcel was late asks: 120 who had to call again stand for 1,200."""
    rude: list[Failure] = [("contact", REPEAT, f"rude {n}", "desk", 2) for n in range(120)]
    found = silence(failures(connection, [*late(800, 80), *rude]))
    like = silent_customers(120, complaints=80, failures=800)
    assert (found["desk"].let_down.value, found["desk"].let_down.low, found["desk"].let_down.high) == (like.value, like.low, like.high)
    assert found["desk"].silent.value == 1200 - 120
    assert found[TOTAL].let_down.value == 800 + 1200
    assert found[TOTAL].silent.value == 720 + 1080


def test_a_propensity_is_of_failures_so_that_who_had_many_does_not_speak_for_all(connection: Any) -> None:
    """Each of 100 people had ten late parcels and asked about one: one in ten speaks, though everybody spoke."""
    rows: list[Failure] = [(BROKEN_PROMISE, "delivery date", f"c{n}", "late", int(k == 0)) for n in range(100) for k in range(10)]
    rows += [("contact", None, f"rude {n}", None, 1) for n in range(30)]
    found = silence(failures(connection, rows))
    assert found["late"].silent.value == 0
    assert found[UNASSIGNED].let_down.value == 300


def test_without_ground_it_is_unknown(connection: Any) -> None:
    nobody = silence(failures(connection, [(BROKEN_PROMISE, "delivery date", None, "late", 0)]))
    assert (nobody[TOTAL].let_down.value, nobody[TOTAL].let_down.method) == (None, NOBODY)
    few = silence(failures(connection, [*late(20, 2), ("complaint", None, "eva", "desk", 1)]))
    assert few["desk"].let_down.value is None
    assert few["desk"].let_down.method.startswith("no propensity: 2 complaints were seen")


def test_where_no_contact_is_on_record_nobody_can_be_said_to_be_silent(connection: Any) -> None:
    found = silence(failures(connection, late(276, 0)), asked=False)
    for issue in ("late", TOTAL):
        assert (found[issue].let_down.value, found[issue].silent.value, found[issue].silent.method) == (276, None, NOT_ON_RECORD)
    assert silence(failures(connection, late(276, 0)), asked=True)["late"].silent.value == 276

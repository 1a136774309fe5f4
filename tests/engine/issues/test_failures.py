"""Everything that happens to one person about one thing within a month is one failure (domain.md e1, S0.4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from troth.engine.issues.episodes import START, episodes
from troth.engine.issues.events import BROKEN_PROMISE, COLUMNS, CONTACTS, RULE
from troth.engine.issues.failures import failures
from troth.terms.embedded import open_duckdb

JULY = datetime(2024, 7, 1)


def at(day: float) -> datetime:
    """A moment, in days from 1 July."""
    return JULY + timedelta(days=day)


@pytest.fixture
def connection() -> Any:
    return open_duckdb()


def events(connection: Any, *rows: tuple[str, float, str | None, str | None, str | None]) -> ir.Table:
    """Events by kind, day, customer, subject and touchpoint."""
    table = pa.table(
        {
            "kind": [row[0] for row in rows],
            "what": pa.array(["delivery date" if row[0] == BROKEN_PROMISE else None for row in rows], pa.string()),
            "at": pa.array([at(row[1]) for row in rows], pa.timestamp("us")),
            "customer": pa.array([row[2] for row in rows], pa.string()),
            "subject": pa.array([row[3] for row in rows], pa.string()),
            "touchpoint": pa.array([row[4] for row in rows], pa.string()),
            "stage": pa.array([None] * len(rows), pa.string()),
            "area": pa.array([None] * len(rows), pa.string()),
            "source": ["desk"] * len(rows),
            "row": [str(number) for number in range(len(rows))],
            "hours": pa.array([0.25 if row[0] in CONTACTS else None for row in rows], pa.float64()),
        }
    ).select(COLUMNS)
    found: ir.Table = connection.create_table(f"events_{id(table)}", table)
    return found


def failed(connection: Any, *rows: tuple[str, float, str | None, str | None, str | None]) -> list[dict[str, Any]]:
    """The failures of these events, first things first."""
    table = failures(episodes(events(connection, *rows), ibis.Table.cache))
    found: list[dict[str, Any]] = table.order_by("matter", "first_at").to_pyarrow().to_pylist()
    return found


def test_three_calls_and_an_e_mail_about_one_order_are_one_failure_with_three_repeats(connection: Any) -> None:
    (one,) = failed(
        connection,
        ("contact", 0, "ana", "o1", "phone"),
        ("repeat contact", 2, "ana", "o1", "phone"),
        ("contact", 5, "ana", "o1", "phone"),
        ("contact", 9, "ana", "o1", "mail"),
    )
    assert (one["contacts"], one["repeats"], one["kind"], one["hours"]) == (4, 3, "contact", 1.0)


def test_a_broken_word_leads_though_the_call_came_first(connection: Any) -> None:
    (one,) = failed(
        connection,
        ("contact", 0, "ana", "o1", "phone"),
        (BROKEN_PROMISE, 3, "ana", "o1", "checkout"),
        ("return", 9, "ana", "o1", None),
    )
    assert (one["kind"], one["what"], one["touchpoint"]) == (BROKEN_PROMISE, "delivery date", "checkout")
    assert (one["broken"], one["contacts"], one["returns"], one["first_at"], one["last_at"]) == (1, 1, 1, at(0), at(9))


def test_thirty_days_after_the_first_event_a_new_episode_begins(connection: Any) -> None:
    """Day 30 belongs to the first; day 31 opens the second, which reaches to day 61; day 62 is a third."""
    found = failed(connection, *(("contact", day, "ana", "o1", "phone") for day in (0, 30, 31, 61, 62)))
    assert [(one["first_at"], one["contacts"]) for one in found] == [(at(0), 2), (at(31), 2), (at(62), 1)]


def test_without_a_subject_a_week_at_one_touchpoint_is_one_matter(connection: Any) -> None:
    found = failed(
        connection,
        ("contact", 0, "ana", None, "phone"),
        ("contact", 7, "ana", None, "phone"),
        ("contact", 8, "ana", None, "phone"),
        ("contact", 1, "ana", None, "chat"),
    )
    assert [(one["touchpoint"], one["contacts"]) for one in found] == [("chat", 1), ("phone", 2), ("phone", 1)]


def test_people_do_not_share_a_failure_and_nobody_shares_nothing(connection: Any) -> None:
    found = failed(
        connection,
        ("contact", 0, "ana", "o1", None),
        ("contact", 0, "rui", "o1", None),
        ("low score", 0, None, None, None),
        ("low score", 0, None, None, None),
    )
    assert len(found) == 4


def test_every_event_is_in_one_episode(connection: Any) -> None:
    """Against the rule said slowly, one event after the other."""
    days = [(n * n * 7) % 199 / 2 for n in range(120)]
    rows = [("contact", day, f"c{n % 3}", None if n % 4 == 0 else f"o{n % 5}", "phone") for n, day in enumerate(days)]
    table = episodes(events(connection, *rows), ibis.Table.cache).to_pyarrow().to_pylist()
    assert len(table) == len(rows)
    begun: dict[tuple[str | None, str | None], datetime] = {}
    expected = {}
    for number, (_, day, customer, subject, _) in sorted(enumerate(rows), key=lambda item: item[1][1]):
        window = timedelta(days=7 if subject is None else 30)
        key = (customer, subject)
        if key not in begun or at(day) - begun[key] > window:
            begun[key] = at(day)
        expected[str(number)] = begun[key]
    assert {one["row"]: one[START] for one in table} == expected


def ruled(connection: Any, *rules: int | None) -> int | None:
    """The rule of one failure, whose events have these: a broken word first, then contacts."""
    kinds = (BROKEN_PROMISE, *["contact"] * (len(rules) - 1))
    told = events(connection, *((kind, 10 - number, "ana", "o1", None) for number, kind in enumerate(kinds)))
    places = ibis.cases(*((told.row == str(number), rule) for number, rule in enumerate(rules)), else_=ibis.null("int64"))
    (one,) = failures(episodes(told.mutate(**{RULE: places}), ibis.Table.cache)).to_pyarrow().to_pylist()
    rule: int | None = one[RULE]
    return rule


def test_a_failure_belongs_to_the_issue_of_the_event_it_leads_with_else_to_the_first_in_the_order_of_rules(connection: Any) -> None:
    assert ruled(connection, 2) == 2
    assert ruled(connection, 2, 1, 0) == 2  # the broken word leads, though the contacts came first
    assert ruled(connection, None, 3, 1) == 1
    assert ruled(connection, None, None) is None

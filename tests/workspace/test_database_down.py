"""Where the workspace's database is locked, what was sent is not done, the answer says so, and afterwards all is as before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated
from tests.workspace.test_api import Program, token_for


@pytest.fixture
def locked(workspace: Shop) -> Iterator[sqlite3.Connection]:
    """Somebody else writes to the database, and does not finish; whoever waits for it gives up soon."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(Path(connection.settings_dict["NAME"]), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 10000")


def test_a_form_is_refused_while_it_is_locked_and_taken_afterwards(
    seats: Callable[[str], Seated], request: pytest.FixtureRequest, workspace: Shop
) -> None:
    client = seats("administrator").client
    client.raise_request_exception = False
    form = {"do": "invite", "name": "Late Comer"}
    other: sqlite3.Connection = request.getfixturevalue("locked")
    refused = client.post("/people/", form)
    assert refused.status_code == 503
    assert "does not answer just now" in refused.text
    assert refused.headers["Retry-After"] == "5"
    assert client.get("/people/").status_code == 200  # reading goes on
    other.execute("ROLLBACK")
    assert client.post("/people/", form).status_code == 200
    client.raise_request_exception = True


def test_a_program_is_told_by_a_problem(seats: Callable[[str], Seated], request: pytest.FixtureRequest, workspace: Shop) -> None:
    program = Program(token_for(seats("administrator").person, "people"))
    program.client.raise_request_exception = False
    program.get("/api/me")
    other: sqlite3.Connection = request.getfixturevalue("locked")
    body = {"title": "Head of locks", "seat": "analyst"}
    refused = program.post("/api/people/roles", body, Idempotency_Key="locked")
    assert (refused.status_code, refused.headers["Content-Type"]) == (503, "application/problem+json")
    other.execute("ROLLBACK")
    assert program.post("/api/people/roles", body, Idempotency_Key="locked").status_code == 201

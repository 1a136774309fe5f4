"""What could have failed is counted by as many of its columns as can be (domain.md e1, step 1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

import troth
from troth.engine.issues.cubes import TRIALS, WHAT, cube, exposed, whats
from troth.engine.issues.episodes import episodes
from troth.engine.issues.events import failure_events
from troth.engine.issues.failures import failures
from troth.terms.instants import instant

AS_OF = "2024-06-30"


@pytest.fixture(scope="module")
def ledger() -> ir.Table:
    """60 orders in two regions by two carriers, every third late; each has a number of its own."""
    made = [datetime(2024, 3, 1) + timedelta(days=n) for n in range(60)]
    promises = pa.table(
        {
            "name": ["delivery date"] * 60,
            "type": ["deadline"] * 60,
            "customer": [f"c{n % 20}" for n in range(60)],
            "subject": [f"o{n}" for n in range(60)],
            "row": [str(n) for n in range(60)],
            "made_at": pa.array(made, pa.timestamp("us")),
            "due_at": pa.array([one + timedelta(days=3) for one in made], pa.timestamp("us")),
            "received_at": pa.array([one + timedelta(days=5 if n % 3 == 0 else 2) for n, one in enumerate(made)], pa.timestamp("us")),
            "region": ["north" if n % 2 else "south" for n in range(60)],
            "carrier": ["Ajax" if n % 5 else None for n in range(60)],
            "country": ["BR"] * 60,
            "number": [f"n{n}" for n in range(60)],
        }
    )
    return troth.judge(promises, as_of=AS_OF, timezone="UTC")


def rows(ledger: ir.Table) -> ir.Table:
    failed = failures(episodes(failure_events(ledger, None, None, instant(AS_OF, "UTC")), ibis.Table.cache))
    return exposed(ledger, failed, ("region", "carrier", "country", "number"))


def test_a_cube_counts_every_promise_that_fell_due_and_the_failures_that_lead_with_one(ledger: ir.Table) -> None:
    made: Any = cube(rows(ledger), "delivery date").leaves
    assert sum(made[TRIALS].to_pylist()) == 60
    assert sum(made["observed"].to_pylist()) == 20


def test_a_column_of_one_value_says_nothing_and_unknown_is_a_value(ledger: ir.Table) -> None:
    found = cube(rows(ledger), "delivery date")
    assert set(found.dimensions) == {"region", "carrier", "month", "number"}
    assert None in found.leaves["carrier"].to_pylist()


def test_columns_of_most_values_go_first_where_a_cube_grows_too_large(ledger: ir.Table) -> None:
    found = cube(rows(ledger), "delivery date", most_leaves=30)
    assert "number" not in found.dimensions
    assert "more than 30 combinations" in found.left_out["number"]


def test_what_could_have_failed_is_listed_by_name(ledger: ir.Table) -> None:
    assert whats(rows(ledger)) == ("delivery date",)
    assert WHAT in rows(ledger).columns

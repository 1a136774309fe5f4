"""What could have failed is counted by as many of its columns as can be (domain.md e1, step 1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

import troth
from tests.engine.issues.tables import interactions
from troth.engine.issues.cubes import MOST_EACH, MOST_LEAVES, OTHERS, TRIALS, Cube, cubes, exposed
from troth.engine.issues.events import with_outcome

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
    return exposed(ledger, ("region", "carrier", "country", "number"))


def cube(ledger: ir.Table, most_leaves: int = MOST_LEAVES) -> Cube:
    (one,) = cubes(rows(ledger), most_leaves=most_leaves)
    return one


def test_a_cube_counts_every_promise_that_fell_due_and_every_broken_one(ledger: ir.Table) -> None:
    made = cube(ledger).leaves
    assert sum(made[TRIALS].to_pylist()) == 60
    assert sum(made["observed"].to_pylist()) == 20


def test_a_column_of_one_value_says_nothing_and_unknown_is_a_value(ledger: ir.Table) -> None:
    found = cube(ledger)
    assert found.what == "delivery date"
    assert set(found.dimensions) == {"region", "carrier", "month", "number"}
    assert None in found.leaves["carrier"].to_pylist()


def test_of_a_column_of_many_values_those_that_stray_least_are_counted_together(ledger: ir.Table) -> None:
    """Every number occurs once: the 20 that are late stray furthest, and of the 40 others 20 are named before the rest."""
    numbers = cube(ledger).leaves["number"].to_pylist()
    assert len(set(numbers)) == MOST_EACH + 1
    assert {f"n{n}" for n in range(0, 60, 3)} <= set(numbers)
    assert OTHERS in numbers


def test_columns_that_tell_least_go_first_where_a_cube_grows_too_large(ledger: ir.Table) -> None:
    found = cube(ledger, most_leaves=10)
    assert "number" not in found.dimensions  # 60 values that explain 20 failures are worth less than none
    assert "over 10 combinations" in found.left_out["number"]


def test_an_interaction_whose_outcome_is_known_is_counted_with_its_own_columns(ledger: ir.Table) -> None:
    """Six visits to the checkout, of which two met an error; nobody knows of the seventh."""
    visits = interactions(
        *(("checkout", float(n), f"c{n}", f"v{n}", n in (1, 4)) for n in range(6)), ("checkout", 6.0, "c6", "v6", None), failure="error"
    )
    told = with_outcome(visits)
    found = {one.what: one for one in cubes(exposed(ledger, ("region",), "UTC", told))}
    errors = found["error"].leaves
    assert (sum(errors["observed"].to_pylist()), sum(errors[TRIALS].to_pylist())) == (2, 6)
    assert sum(found["delivery date"].leaves[TRIALS].to_pylist()) == 60


def test_a_column_that_is_the_outcome_under_another_name_is_no_place_to_look(ledger: ir.Table) -> None:
    told = ledger.mutate(country=ibis.cases((ledger.verdict == "BROKEN", "overdue"), else_="on time"))
    (found,) = cubes(exposed(told, ("region", "country")))
    assert "country" not in found.dimensions
    assert "whether it failed" in found.left_out["country"]


def test_a_cube_is_the_same_counted_from_combinations_or_from_rows(ledger: ir.Table) -> None:
    """Two regions in three months: six combinations of sixty orders are counted first, and the cube from those."""
    kept: list[ir.Table] = []

    def keep(table: ir.Table) -> ir.Table:
        kept.append(table)
        return table.cache()

    rows = exposed(ledger, ("region",))
    (counted,) = cubes(rows, keep)
    (plain,) = cubes(rows)
    assert [table.count().to_pyarrow().as_py() for table in kept] == [6]
    assert counted.dimensions == plain.dimensions == ("month", "region")
    assert counted.leaves.to_pylist() == plain.leaves.to_pylist()


def test_combinations_as_many_as_rows_are_not_counted_first(ledger: ir.Table) -> None:
    def keep(table: ir.Table) -> ir.Table:
        raise AssertionError(table)

    assert cubes(rows(ledger), keep)

"""Who came again: what was known before a failure, and what followed within ninety days (domain.md e3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from troth.engine.issues.leaving import AGAIN, followed, leaving_of

NOW = datetime(2024, 12, 31)
DAY = timedelta(days=1)


def day(number: float) -> datetime:
    return datetime(2024, 1, 1) + number * DAY


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[Any], Any]:
    connection = ibis.duckdb.connect()

    def kept(table: Any) -> Any:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        pq.write_table(table.to_pyarrow(), path)
        return connection.read_parquet(path)

    return kept


def exposures(*rows: tuple[str, str, float, bool, str | None]) -> Any:
    """Customer, order, day it fell due, whether it failed, and its issue."""
    return ibis.memtable(
        pa.table(
            {
                "customer": [row[0] for row in rows],
                "subject": [row[1] for row in rows],
                "at": pa.array([day(row[2]) for row in rows], pa.timestamp("us")),
                "failed": [row[3] for row in rows],
                "what": ["delivery date"] * len(rows),
                "issue": pa.array([row[4] for row in rows], pa.string()),
                "region": ["north"] * len(rows),
            }
        )
    )


def promises(*rows: tuple[str, str, float]) -> Any:
    """Customer, order, day it was promised."""
    return ibis.memtable(
        pa.table(
            {
                "customer": [row[0] for row in rows],
                "subject": [row[1] for row in rows],
                "made_at": pa.array([day(row[2]) for row in rows], pa.timestamp("us")),
            }
        )
    )


def told(rows: Any, ledger: Any, keep: Callable[[Any], Any]) -> list[dict[str, Any]]:
    found = followed(rows, ledger, None, NOW, keep, ["region"])
    return sorted(found.to_pyarrow().to_pylist(), key=lambda row: (row["customer"], row["promises_before"]))


def test_who_is_promised_something_else_within_ninety_days_came_again(keep: Callable[[Any], Any]) -> None:
    rows = exposures(("ana", "a1", 10, True, "i"), ("ben", "b1", 10, True, "i"), ("chi", "c1", 10, True, "i"))
    ledger = promises(
        ("ana", "a1", 5), ("ana", "a2", 100), ("ben", "b1", 5), ("ben", "b2", 100.5), ("chi", "c1", 5)
    )  # 90 days, half a day more, never
    assert {row["customer"]: row["left"] for row in told(rows, ledger, keep)} == {"ana": 0, "ben": 1, "chi": 1}
    assert AGAIN == 90 * DAY


def test_an_order_begun_at_the_instant_of_the_failure_comes_neither_before_nor_after_it(keep: Callable[[Any], Any]) -> None:
    (row,) = told(exposures(("ana", "a1", 10, True, "i")), promises(("ana", "a1", 5), ("ana", "a2", 10)), keep)
    assert (row["left"], row["promises_before"]) == (1, 1)


def test_only_what_lies_before_counts_as_known(keep: Callable[[Any], Any]) -> None:
    rows = exposures(("ana", "a1", 10, True, "i"), ("ana", "a2", 20, False, None), ("ana", "a3", 30, True, "i"))
    ledger = promises(("ana", "a1", 5), ("ana", "a2", 15), ("ana", "a3", 25))
    assert [(row["promises_before"], row["failures_before"], row["days_known"]) for row in told(rows, ledger, keep)] == [
        (1, 0, 5.0),
        (2, 1, 15.0),
        (3, 1, 25.0),
    ]


def test_two_failures_of_one_instant_know_nothing_of_each_other_in_whatever_order_they_are_read(keep: Callable[[Any], Any]) -> None:
    one, other = ("ana", "a1", 10.0, True, "i"), ("ana", "a2", 10.0, True, "i")
    ledger = promises(("ana", "a1", 5), ("ana", "a2", 6))
    for rows in (exposures(one, other), exposures(other, one)):
        assert [row["failures_before"] for row in told(rows, ledger, keep)] == [0, 0]


def test_who_cannot_be_followed_for_ninety_days_is_left_out(keep: Callable[[Any], Any]) -> None:
    rows = exposures(("ana", "a1", 275, True, "i"), ("ben", "b1", 276, True, "i"))  # 2 and 3 October
    assert [row["customer"] for row in told(rows, promises(("ana", "a1", 1), ("ben", "b1", 1)), keep)] == ["ana"]


def test_another_failure_of_the_same_matter_makes_no_comparison(keep: Callable[[Any], Any]) -> None:
    """An order on which something failed is never among those with whom the others are compared."""
    rows = exposures(("ana", "a1", 10, False, None), ("ana", "a1", 12, True, "i"), ("ben", "b1", 10, False, None))
    found = told(rows, promises(("ana", "a1", 5), ("ben", "b1", 5)), keep)
    assert [(row["customer"], row["unlucky"]) for row in found] == [("ana", True), ("ana", True), ("ben", False)]


def test_few_customers_hit_tell_no_chance_of_leaving(keep: Callable[[Any], Any]) -> None:
    rows = exposures(*((f"c{number}", f"o{number}", 10, number < 50, "i" if number < 50 else None) for number in range(300)))
    found = followed(rows, promises(("c1", "o1", 5)), None, NOW, keep, ["region"])
    answer = leaving_of(found, [("i", "delivery date", ("region",))])
    assert answer.leaving == {}
    assert "50 customers hit were followed for 90 days; 100 are needed" in answer.untold["i"]


def test_a_planted_chance_of_leaving_lies_in_its_interval(keep: Callable[[Any], Any]) -> None:
    dice = np.random.default_rng(3)
    hit = dice.random(4_000) < 0.3
    leaves = dice.random(4_000) < np.where(hit, 0.35, 0.2)
    rows = exposures(*((f"c{n}", f"o{n}", 10, bool(hit[n]), "i" if hit[n] else None) for n in range(4_000)))
    ledger = promises(*((f"c{n}", f"o{n}", 5) for n in range(4_000)), *((f"c{n}", f"p{n}", 40) for n in range(4_000) if not leaves[n]))
    (one,) = leaving_of(followed(rows, ledger, None, NOW, keep, ["region"]), [("i", "delivery date", ("region",))]).leaving.values()
    plain = leaves[hit].mean() - leaves[~hit].mean()
    assert one.difference == pytest.approx(plain, abs=0.01)
    assert abs(one.difference - 0.15) < 2 * one.error

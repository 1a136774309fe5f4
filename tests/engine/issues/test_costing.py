"""A cost falls to what failed before it, by what such failures add; what would have been spent anyway falls to nothing (domain.md e3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from troth.engine.issues.costing import RARE_KIND, parted
from troth.terms.embedded import open_duckdb

JULY = datetime(2024, 7, 1, 12)

Tried = tuple[str, str, float, bool, str | None]
"""What could have failed, about what, on which day, whether it did, and in which issue."""
Cost = tuple[float, str | None, str, str]
"""Day, subject, kind, amount."""


def at(day: float) -> datetime:
    """A moment, in days from noon of 1 July."""
    return JULY + timedelta(days=day)


@pytest.fixture
def connection() -> Any:
    return open_duckdb()


def exposed(connection: Any, rows: list[Tried]) -> ir.Table:
    table = pa.table(
        {
            "what": [row[0] for row in rows],
            "subject": pa.array([row[1] for row in rows], pa.string()),
            "customer": pa.array([f"of {row[1]}" for row in rows], pa.string()),
            "at": pa.array([at(row[2]) for row in rows], pa.timestamp("us")),
            "failed": [row[3] for row in rows],
            "issue": pa.array([row[4] for row in rows], pa.string()),
        }
    )
    found: ir.Table = connection.create_table(f"exposed_{id(table)}", table)
    return found


def costs(connection: Any, rows: list[Cost], **further: list[float | None]) -> ir.Table:
    table = pa.table(
        {
            "source": ["books"] * len(rows),
            "row": ["1"] * len(rows),  # one row of the source may hold them all
            "kind": [row[2] for row in rows],
            "amount": pa.array([Decimal(row[3]) for row in rows], pa.decimal128(18, 4)),
            "at": pa.array([at(row[0]) for row in rows], pa.timestamp("us")),
            "subject": pa.array([row[1] for row in rows], pa.string()),
            "area": ["Service"] * len(rows),
            **{name: pa.array(values, pa.float64()) for name, values in further.items()},
        }
    )
    found: ir.Table = connection.create_table(f"costs_{id(table)}", table)
    return found


def by_issue(parts: ir.Table) -> dict[str | None, float]:
    rows = parts.group_by("issue").agg(amount=parts.amount.sum()).to_pyarrow().to_pylist()
    return {row["issue"]: round(row["amount"], 4) for row in rows}


def test_what_is_spent_anyway_falls_to_nothing(connection: Any) -> None:
    """Ten orders late, ten in time; a refund of 30 to each late one, of 10 to each of the others. A third of a late one's is usual."""
    tried: list[Tried] = [("delivery", f"o{n}", 0, n < 10, "lane" if n < 10 else None) for n in range(20)]
    lines: list[Cost] = [(1, f"o{n}", "refund", "30" if n < 10 else "10") for n in range(20)]
    found = by_issue(parted(exposed(connection, tried), costs(connection, lines), "UTC", ibis.Table.cache))
    assert found == {"lane": 10 * 30 * 20 / (20 + 10), None: 10 * 30 * 10 / (20 + 10) + 10 * 10}


def test_a_cost_that_came_first_is_not_due_to_what_failed_later(connection: Any) -> None:
    tried: list[Tried] = [("delivery", f"o{n}", 5, n < 10, "lane" if n < 10 else None) for n in range(20)]
    lines: list[Cost] = [(1, f"o{n}", "refund", "30") for n in range(10)]
    assert by_issue(parted(exposed(connection, tried), costs(connection, lines), "UTC", ibis.Table.cache)) == {None: 300}


def test_the_second_call_is_of_the_contact_that_settled_nothing_and_the_first_of_the_late_parcel(connection: Any) -> None:
    """Every late order is called about once; of five of them the call settles nothing and is made again. On time, nobody calls."""
    tried: list[Tried] = [("delivery", f"o{n}", 0, n < 10, "lane" if n < 10 else None) for n in range(20)]
    tried += [("repeat contact", f"o{n}", 1, n < 5, "desk" if n < 5 else None) for n in range(10)]
    tried += [("repeat contact", f"o{n}", 2, False, None) for n in range(5)]
    lines: list[Cost] = [(1, f"o{n}", "contact", "8") for n in range(10)]
    lines += [(2, f"o{n}", "contact", "8") for n in range(5)]
    found = by_issue(parted(exposed(connection, tried), costs(connection, lines), "UTC", ibis.Table.cache))
    # Being late adds 12 to an order (15 calls of 8 over ten), a call that settles nothing adds 8.
    second = 5 * 8 * 8 / (8 + 12)
    assert found == {"lane": 10 * 8 + 5 * 8 - second, "desk": second}


def test_a_cost_with_a_day_and_no_time_counts_at_the_end_of_that_day(connection: Any) -> None:
    tried: list[Tried] = [("delivery", f"o{n}", 0, n < 10, "lane" if n < 10 else None) for n in range(20)]
    lines: list[Cost] = [(-0.5, f"o{n}", "refund", "30") for n in range(10)]  # midnight of the day, half a day before it failed
    assert by_issue(parted(exposed(connection, tried), costs(connection, lines), "UTC", ibis.Table.cache)) == {"lane": 300}


def test_hours_of_staff_go_with_their_cost_and_are_absent_where_nobody_tells_them(connection: Any) -> None:
    tried: list[Tried] = [("delivery", f"o{n}", 0, n < 10, "lane" if n < 10 else None) for n in range(20)]
    lines: list[Cost] = [(1, f"o{n}", "refund", "30" if n < 10 else "10") for n in range(20)]
    told = parted(exposed(connection, tried), costs(connection, lines, hours=[3.0] * 20), "UTC", ibis.Table.cache)
    rows = told.group_by("issue").agg(hours=told.hours.sum()).to_pyarrow().to_pylist()
    assert {row["issue"]: round(row["hours"], 9) for row in rows} == {"lane": 20.0, None: 40.0}
    assert "hours" not in parted(exposed(connection, tried), costs(connection, lines, hours=[None] * 20), "UTC", ibis.Table.cache).columns


def test_parts_are_those_of_the_rule_said_slowly_and_every_cost_adds_up(connection: Any) -> None:
    """A second way: failure by failure and cost by cost, with plain sums."""
    dice = np.random.default_rng(3)
    tried: list[Tried] = []
    lines: list[Cost] = []
    for n in range(300):
        for what, issue in (("delivery", "lane"), ("whole", "box"), ("price", None)):
            failed = bool(dice.random() < 0.3)
            tried.append((what, f"o{n}", float(dice.integers(0, 4)), failed, issue if failed and dice.random() < 0.7 else None))
        lines += [
            (float(dice.random() * 6) + 0.001, f"o{n}" if dice.random() < 0.95 else None, kind, f"{dice.random() * 50:.2f}")
            for kind in ("refund", "contact", "rare" if n < RARE_KIND - 1 else "contact")
            if dice.random() < 0.6
        ]
    parts = parted(exposed(connection, tried), costs(connection, lines), "UTC", ibis.Table.cache)
    found, expected = by_issue(parts), slowly(tried, lines)
    assert found.keys() == expected.keys()
    for issue, amount in expected.items():
        assert found[issue] == pytest.approx(amount, abs=0.02)  # weights are rounded to ten-thousandths
    assert round(sum(found.values()), 4) == float(sum(Decimal(line[3]) for line in lines))


def slowly(tried: list[Tried], lines: list[Cost]) -> dict[str | None, float]:
    bad = {subject for _, subject, _, failed, _ in tried if failed}
    kinds: dict[str, int] = defaultdict(int)
    for line in lines:
        kinds[line[2]] += 1

    def kind_of(line: Cost) -> str:
        return line[2] if kinds[line[2]] >= RARE_KIND else "other"

    def mean(rows: list[Tried], kind: str) -> float:
        after = [float(line[3]) for row in rows for line in lines if line[1] == row[1] and kind_of(line) == kind and line[0] > row[2]]
        return sum(after) / len(rows) if rows else 0.0

    weights = {}
    for what in {row[0] for row in tried}:
        mine = [row for row in tried if row[0] == what]
        kept = [row for row in mine if not row[3]]
        for kind in {kind_of(line) for line in lines}:
            anyway = mean([row for row in kept if row[1] not in bad], kind)
            for issue in {row[4] for row in mine if row[3]}:
                group = [row for row in mine if row[3] and row[4] == issue]
                weights[what, issue, kind] = (max(0.0, mean(group, kind) - mean(kept, kind)), anyway)
    found: dict[str | None, float] = defaultdict(float)
    for line in lines:
        before = [row for row in tried if row[3] and row[1] == line[1] and row[2] < line[0]]
        told = [(row[4], *weights[row[0], row[4], kind_of(line)]) for row in before]
        over = sum(weight for _, weight, _ in told) + (sum(anyway for *_, anyway in told) / len(told) if told else 0.0)
        left = float(line[3])
        for issue, weight, _ in told if over else []:
            found[issue] += float(line[3]) * weight / over
            left -= float(line[3]) * weight / over
        found[None] += left
    return dict(found)

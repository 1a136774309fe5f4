"""The change of a promise's late share, split over what the ledger says it is made of."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

import troth
from troth.engine.mechanisms import Split, change_of
from troth.terms.errors import RequestError
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType, StageStep

SPEC = PromiseSpec(
    "delivery date",
    PromiseType.DEADLINE,
    Direction.MIN,
    "days",
    "orders",
    context=("region",),
    stages=(StageStep("packed", "Warehouse"),),
)
RATING = PromiseSpec("as described", PromiseType.QUALITY, Direction.MAX, "attributes", "orders")


def ledger(*, september: float = 3.0, haste: float = 0.0) -> ir.Table:
    """2,000 orders in August and in September, promised in four days: packed after one day on average, in September after more."""
    dice = np.random.default_rng(1)
    rows = []
    for month, packing, hurry in ((8, 1.0, 0.0), (9, september, haste)):
        made = [datetime(2024, month, 1) + timedelta(days=float(day)) for day in dice.random(2_000) * 29]
        packed = [at + timedelta(days=float(days)) for at, days in zip(made, dice.exponential(packing, 2_000), strict=True)]
        received = [at + timedelta(days=float(days)) for at, days in zip(packed, dice.exponential(1.5, 2_000), strict=True)]
        rows += [
            (at, at + timedelta(days=4.0 - hurry), when, got, region)
            for at, when, got, region in zip(made, packed, received, dice.choice(["north", "south"], 2_000), strict=True)
        ]
    promises = pa.table(
        {
            "source": ["orders"] * len(rows),
            "row": [str(number) for number in range(len(rows))],
            "name": ["delivery date"] * len(rows),
            "type": ["deadline"] * len(rows),
            "made_by": ["Marketing"] * len(rows),
            "kept_by": ["Warehouse" if number % 2 else "Carrier" for number in range(len(rows))],
            "made_at": pa.array([row[0] for row in rows], pa.timestamp("us")),
            "due_at": pa.array([row[1] for row in rows], pa.timestamp("us")),
            "reached_packed": pa.array([row[2] for row in rows], pa.timestamp("us")),
            "received_at": pa.array([row[3] for row in rows], pa.timestamp("us")),
            "region": [row[4] for row in rows],
        }
    )
    return troth.judge(promises, as_of="2024-12-31", timezone="UTC")


def change(of: ir.Table, **asked: object) -> Split:
    return change_of(of, [SPEC, RATING], "delivery date", "2024-08", "2024-09", **asked)  # type: ignore[arg-type]


def test_a_warehouse_that_got_slower_is_found_in_its_step() -> None:
    found = change(ledger())
    late = [np.mean([row["level_received"] > row["level_promised"] for row in side]) for side in sides(ledger())]
    assert found.change.value == pytest.approx(late[1] - late[0], abs=1e-9)  # by hand
    assert [part.mechanism for part in found.parts][:4] == ["region", "promise", "packed", "last step"]
    packed = found.part("packed")
    assert packed.area == "Warehouse"
    assert packed.change.low is not None
    assert packed.change.low > 0.8 * (late[1] - late[0])
    assert sum(part.measured for part in found.parts) == pytest.approx(found.change.value, abs=1e-9)


def test_a_promise_made_shorter_is_of_whoever_makes_it() -> None:
    found = change(ledger(september=1.0, haste=2.0))
    promise = found.part("promise")
    assert promise.area == "Marketing"
    assert promise.change.low is not None
    assert promise.change.low > 0.15
    assert found.part("packed").change.value == 0


def test_two_areas_that_keep_a_promise_own_no_step_together() -> None:
    assert change(ledger()).part("last step").area is None


def test_a_dimension_may_tell_the_sides_apart_and_a_slice_may_be_asked_for() -> None:
    found = change_of(ledger(), [SPEC], "delivery date", "north", "south", by="region", mix=(), where={"made_month": "2024-08-01"})
    assert found.before.n + found.after.n == 2_000


def test_only_a_promise_on_a_clock_has_steps() -> None:
    with pytest.raises(RequestError, match="not on a clock"):
        change_of(ledger(), [SPEC, RATING], "as described", "2024-08", "2024-09")
    with pytest.raises(RequestError, match="no promise “delivery”") as told:
        change_of(ledger(), [SPEC, RATING], "delivery", "2024-08", "2024-09")
    assert "delivery date" in str(told.value.mend)


def test_a_side_without_a_promise_cannot_be_told() -> None:
    found = change_of(ledger(), [SPEC], "delivery date", "2024-08", "2023-01")
    assert found.reason
    assert found.change.value is None


def sides(of: ir.Table) -> list[list[dict[str, float]]]:
    rows = of.select("made_at", "level_received", "level_promised").to_pyarrow().to_pylist()
    return [[row for row in rows if row["made_at"].month == month] for month in (8, 9)]


def test_five_days_are_five_days_across_the_night_on_which_clocks_are_moved() -> None:
    """In Paris the clocks went forward on 31 March 2024: a day promised at its end is an hour nearer, and nobody promised less."""
    made = [datetime(2024, month, 1, 9) + timedelta(hours=6 * number) for month in (2, 3) for number in range(112)]
    paris = [at + timedelta(hours=1) for at in made]
    due = [at.replace(hour=0) + timedelta(days=6) for at in paris]
    summer = datetime(2024, 3, 31, 2)
    promises = pa.table(
        {
            "source": ["orders"] * len(made),
            "row": [str(number) for number in range(len(made))],
            "name": ["delivery date"] * len(made),
            "type": ["deadline"] * len(made),
            "made_at": pa.array(made, pa.timestamp("us")),
            "due_at": pa.array([at - timedelta(hours=2 if at > summer else 1) for at in due], pa.timestamp("us")),
            "received_at": pa.array(  # within the half hour before the end of the day, or after it
                [at - timedelta(hours=2 if at > summer else 1, minutes=30 * (-1) ** number) for number, at in enumerate(due)],
                pa.timestamp("us"),
            ),
            "hour": [str(at.hour) for at in made],
        }
    )
    judged = troth.judge(promises, as_of="2024-12-31", timezone="Europe/Paris")
    spec = PromiseSpec("delivery date", PromiseType.DEADLINE, Direction.MIN, "days", "orders", context=("hour",))
    found = change_of(judged, [spec], "delivery date", "2024-02", "2024-03", zone="Europe/Paris")
    assert found.part("promise").measured == pytest.approx(0, abs=1e-9)


def test_what_tells_the_sides_apart_is_no_mix_as_well() -> None:
    found = change_of(ledger(), [SPEC], "delivery date", "north", "south", by="region")
    assert not found.reason
    assert [part.mechanism for part in found.parts][:3] == ["promise", "packed", "last step"]


def test_a_side_may_be_several_months() -> None:
    of = ledger()
    months = change(of)
    both = change_of(of, [SPEC], "delivery date", "2024-07/2024-08", "2024-09/2024-12")
    assert [part.measured for part in both.parts] == [part.measured for part in months.parts]
    with pytest.raises(RequestError, match="have days in common"):
        change_of(of, [SPEC], "delivery date", "2024-08", "2024-08/2024-09")
    with pytest.raises(RequestError, match="“2024-09/2024-08” is no day"):
        change_of(of, [SPEC], "delivery date", "2024-09/2024-08", "2024-09")

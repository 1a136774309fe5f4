"""Four lights per line: can we deliver what, when and how at a cost that can be sustained (S2.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from troth.engine.charters.feasibility import Asked, Colour, Evidence, Means, ask, feasibility
from troth.engine.findings import Figure
from troth.engine.promises import judge
from troth.terms.charter import Charter, Line
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType

LINE = Line(promise="delivery date", standard=5.0, keep_target=0.9, lead="Head of fulfilment", cost_limit=4.0)
SPECS = (PromiseSpec("delivery date", PromiseType.DEADLINE, Direction.MIN, "days", "orders"),)
RATE = Figure(0.95, 0.92, 0.97, 400, 380, "Wilson")


def lights(line: Line = LINE, evidence: Evidence | None = None, means: dict[str, Means] | None = None) -> dict[str, str]:
    (found,) = feasibility(Asked(Charter(lines=(line,)), (evidence or Evidence(),), SPECS), means)
    return {name: str(getattr(found, name).colour) for name in ("what", "when", "how", "cost")}


@pytest.mark.parametrize(
    ("low", "high", "colour"),
    [
        (0.90, 0.97, Colour.GREEN),
        (0.92, 0.97, Colour.GREEN),
        (0.899, 0.97, Colour.AMBER),
        (0.80, 0.90, Colour.AMBER),
        (0.80, 0.899, Colour.RED),
    ],
)
def test_when_is_green_where_all_of_the_interval_reaches_the_keep_target(low: float, high: float, colour: Colour) -> None:
    assert lights(evidence=Evidence(when=replace(RATE, low=low, high=high), at_standard=True))["when"] == colour


@pytest.mark.parametrize(("n", "colour"), [(0, "unknown"), (29, "unknown"), (30, "green")])
def test_fewer_than_thirty_light_nothing(n: int, colour: str) -> None:
    assert lights(evidence=Evidence(when=replace(RATE, n=n)))["when"] == colour


def test_a_line_without_a_keep_target_is_asked_for_the_usual_one() -> None:
    (found,) = feasibility(Asked(Charter(lines=(replace(LINE, keep_target=None),)), (Evidence(when=RATE),), SPECS))
    assert (found.when.target, found.when.colour) == (0.9, Colour.GREEN)
    assert "90% usual" in found.when.why


@pytest.mark.parametrize(("proposed", "which"), [(False, "agreed"), (True, "proposed")])
def test_a_light_says_of_which_standard_its_rate_is(*, proposed: bool, which: str) -> None:
    """A draft's own standard is not the one its promises were judged by."""
    asked = Asked(Charter(lines=(LINE,)), (Evidence(when=RATE, at_standard=True),), SPECS)
    (found,) = feasibility(asked, proposed=proposed)
    assert found.when.why.startswith(f"95.0% received within the {which} standard of 5 days (")
    (unjudged,) = feasibility(replace(asked, evidence=(Evidence(),)), proposed=proposed)
    assert unjudged.what.why == f"A level of 5 days is {which}."


@pytest.mark.parametrize(
    ("line", "colour"),
    [
        (LINE, "green"),
        (replace(LINE, standard=None), "red"),
        (replace(LINE, promise="no such promise"), "unknown"),
        (replace(LINE, promise="no such promise", unit="days"), "green"),
    ],
    ids=["level and unit", "no level", "no unit", "unit of its own"],
)
def test_what_asks_for_a_standard_and_its_unit(line: Line, colour: str) -> None:
    assert lights(line)["what"] == colour


def test_what_is_promised_beside_a_time_has_to_be_received_too() -> None:
    assert lights(evidence=Evidence(what=replace(RATE, value=0.5, low=0.4, high=0.6)))["what"] == "red"


@pytest.mark.parametrize(
    ("lead", "means", "colour"),
    [
        (None, {}, "red"),
        ("Head of IT", {}, "unknown"),
        ("Head of IT", {"Head of IT": Means()}, "unknown"),
        ("Head of IT", {"Head of IT": Means(decides=True, capacity=10)}, "green"),
        ("Head of IT", {"Head of IT": Means(decides=False, capacity=10)}, "red"),
        ("Head of IT", {"Head of IT": Means(decides=True, capacity=0)}, "red"),
        ("Head of IT", {"Head of IT": Means(decides=True)}, "amber"),
        ("Head of IT", {"Head of IT": Means(capacity=10)}, "amber"),
        ("Head of IT", {"Head of sales": Means(decides=True, capacity=10)}, "unknown"),
    ],
    ids=["no lead", "nothing known", "told nothing", "can", "may not", "no time", "time unknown", "grant unknown", "another"],
)
def test_how_asks_whether_whoever_leads_can_act(lead: str | None, means: dict[str, Means], colour: str) -> None:
    assert lights(replace(LINE, lead=lead), means=means)["how"] == colour


@pytest.mark.parametrize(
    ("limit", "cost", "colour"),
    [
        (4.0, Figure(3.0, 2.5, 3.5, 60), "green"),
        (4.0, Figure(3.0, 2.5, 4.0, 60), "green"),
        (4.0, Figure(4.0, 3.5, 4.5, 60), "amber"),
        (4.0, Figure(5.0, 4.5, 5.5, 60), "red"),
        (4.0, Figure(5.0, 4.5, 5.5, 29), "unknown"),
        (4.0, None, "unknown"),
        (None, Figure(5.0, 4.5, 5.5, 60), "unknown"),
    ],
    ids=["below", "at most", "across", "above", "too few", "no costs", "no limit"],
)
def test_cost_asks_whether_serving_a_matter_stays_within_the_limit(limit: float | None, cost: Figure | None, colour: str) -> None:
    assert lights(replace(LINE, cost_limit=limit), Evidence(cost=cost))["cost"] == colour


def test_every_light_says_why() -> None:
    (found,) = feasibility(Asked(Charter(lines=(LINE,)), (Evidence(),), SPECS))
    assert all(light.why.endswith(".") for light in (found.what, found.when, found.how, found.cost))


# From rows

AS_OF = datetime(2024, 12, 31, tzinfo=UTC)


def world() -> Any:
    """Sixty orders of sixty people: order i is received after i / 10 days, the last six never, and costs nothing but every third, 9."""
    made = [datetime(2024, 1, 1, 8) + timedelta(hours=number) for number in range(60)]
    return pa.table(
        {
            "type": ["deadline"] * 60,
            "name": ["delivery date"] * 60,
            "subject": [f"o{number}" for number in range(60)],
            "customer": [f"c{number}" for number in range(60)],
            "made_at": pa.array(made, pa.timestamp("us")),
            "due_at": pa.array([at + timedelta(days=9) for at in made], pa.timestamp("us")),
            "received_at": pa.array(
                [None if number >= 54 else at + timedelta(days=number / 10) for number, at in enumerate(made)], pa.timestamp("us")
            ),
        }
    )


def costs() -> Any:
    return ibis.memtable(pa.table({"subject": [f"o{number}" for number in range(0, 60, 3)], "amount": [9.0] * 20}))


@pytest.mark.parametrize(("standard", "kept"), [(1.0, 11), (2.5, 26), (5.0, 51), (8.0, 54)])
def test_a_standard_nobody_has_signed_yet_is_asked_of_the_record(standard: float, kept: int) -> None:
    ledger = judge(world(), as_of=AS_OF)
    (found,) = ask(ledger, Charter(lines=(replace(LINE, standard=standard),)), as_of=AS_OF).evidence
    assert found.when.n == 60
    assert found.when.value == pytest.approx(kept / 60)
    assert found.at_standard


def test_the_standard_of_the_charter_in_force_gives_the_ledgers_own_column() -> None:
    charter = Charter(lines=(LINE,))
    ledger = judge(world(), as_of=AS_OF, charter=charter).cache()
    (found,) = ask(ledger, charter, as_of=AS_OF).evidence
    own = ledger.standard_kept.mean().to_pyarrow().as_py()
    assert found.when.value == pytest.approx(own)


def test_without_a_standard_the_promise_is_the_measure() -> None:
    (found,) = ask(judge(world(), as_of=AS_OF), Charter(lines=(replace(LINE, standard=None),)), as_of=AS_OF).evidence
    assert found.when.value == pytest.approx(54 / 60)
    assert not found.at_standard


def test_the_cost_of_serving_is_that_of_every_matter_that_fell_due_whether_it_has_a_cost_line_or_not() -> None:
    ledger = judge(world(), as_of=AS_OF)
    (found,) = ask(ledger, Charter(lines=(LINE,)), as_of=AS_OF, costs=costs()).evidence
    assert found.cost is not None
    assert found.cost.n == 60
    assert found.cost.value == pytest.approx(3.0)
    spent = [9.0 if number % 3 == 0 else 0.0 for number in range(60)]
    variance = sum((amount - 3.0) ** 2 for amount in spent) / 59
    assert found.cost.high is not None
    assert found.cost.high - 3.0 == pytest.approx(2.001 * (variance / 60) ** 0.5, rel=1e-3)


def test_a_line_asks_only_the_rows_it_holds_for() -> None:
    lines = (Line(promise="refund", standard=1.0), LINE)
    refund, delivery = ask(judge(world(), as_of=AS_OF), Charter(lines=lines), as_of=AS_OF, costs=costs()).evidence
    assert (refund.when.n, delivery.when.n) == (0, 60)
    assert refund.cost is not None
    assert refund.cost.n == 0

"""The journeys of a study: which interactions make one, what is set aside, and that the same record gives the same bytes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from tests.engine.journeys import naive
from tests.engine.journeys.logs import drawn, on, table, walked
from troth.engine.journeys import Journeys, journeys
from troth.engine.journeys import paths as packed
from troth.engine.journeys.shares import _sums, _sums_of_flags, _whole
from troth.engine.journeys.studying import (
    LEFT_OUT,
    NO_INTERACTIONS,
    NOBODY,
    NOT_NAMED,
    document_of,
    follow,
    followed_from,
)
from troth.terms.charter import Area, Charter, Touchpoint
from troth.terms.errors import RequestError
from troth.terms.journeys import JourneyMap, MappedStep, Scenario
from troth.terms.tables import INTERACTIONS
from troth.terms.vocabulary import Aspect

AS_OF = on(400).replace(tzinfo=UTC)
CHARTER = Charter(
    areas=(Area("Marketing", Aspect.BRAND), Area("Desk", Aspect.SERVICE)),
    touchpoints=(Touchpoint("shop", area="Marketing"), Touchpoint("desk", area="Desk")),
)
TYPES = {"string": pa.string(), "timestamp(6)": pa.timestamp("us"), "boolean": pa.bool_(), "id": pa.string(), "float64": pa.float64()}


def contract(rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    """Interactions by the contract; what a row does not say is NULL."""
    schema = pa.schema([pa.field(column.name, TYPES[column.type]) for column in INTERACTIONS])
    told = [{"source": "s", "row": str(number), **row} for number, row in enumerate(rows)]
    return ibis.memtable(pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in told], schema))


def followed(rows: Sequence[Mapping[str, Any]], wall: JourneyMap | None = None, charter: Charter = CHARTER) -> Journeys:
    return follow(contract(rows), charter, JourneyMap() if wall is None else wall, as_of=AS_OF, keep=lambda table: table.cache())


def step(kind: str, day: float, customer: str | None = None, subject: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": on(day), "customer": customer, "subject": subject, **more}


def paths(found: Journeys) -> dict[str, int]:
    return {one.path: one.journeys for one in found.variants}


def test_what_happened_about_one_order_is_one_journey_and_nobody_else_is_in_it() -> None:
    found = followed([step("order", 1, "ana", "o1"), step("delivery", 3, "ana", "o1"), step("order", 2, "ana", "o2")])
    assert paths(found) == {"order → delivery": 1, "order": 1}
    assert (found.journeys, found.people) == (2, 1)


def test_a_visit_that_names_nobody_belongs_to_the_only_customer_on_record_with_it() -> None:
    found = followed([step("visit", 0, None, "o1"), step("order", 1, "ana", "o1"), step("visit", 0, None, "v9")])
    assert paths(found) == {"visit → order": 1, "visit": 1}
    assert (found.people, found.anonymous) == (1, 1)


def test_customers_who_share_a_key_have_a_journey_each_and_so_has_what_names_nobody() -> None:
    found = followed([step("order", 1, "ana", "7"), step("trial", 2, "rui", "7"), step("visit", 0, None, "7")])
    assert paths(found) == {"order": 1, "trial": 1, "visit": 1}


def test_what_is_about_nothing_is_a_journey_of_its_customer_and_what_names_neither_is_set_aside() -> None:
    found = followed([step("visit", 0, "ana"), step("visit", 1, "ana"), step("visit", 1, "rui"), step("visit", 2)])
    assert paths(found) == {"visit → visit": 1, "visit": 1}
    assert found.set_aside == {NOBODY: 1}
    assert found.read == 4 == found.used + 1


def test_whole_customers_are_followed_where_the_project_says_so() -> None:
    rows = [step("order", 1, "ana", "o1"), step("order", 2, "ana", "o2"), step("visit", 0, None, "o1")]
    found = followed(rows, JourneyMap(follow="customer"))
    assert paths(found) == {"order → order": 1}
    assert found.set_aside == {NOT_NAMED: 1}


def test_steps_may_be_touchpoints_where_staying_at_one_is_one_visit() -> None:
    rows = [step("a", 1, "ana", "o1", touchpoint="shop"), step("b", 2, "ana", "o1", touchpoint="shop"), step("c", 3, "ana", "o1")]
    found = followed(rows, JourneyMap(step="touchpoint"))
    assert paths(found) == {"shop": 1}
    assert found.set_aside == {"touchpoint is empty": 1}


def test_steps_that_are_left_out_are_set_aside_and_still_count_for_the_cordon() -> None:
    rows = [step("order", 1, "ana", "o1", touchpoint="desk"), step("letter", 2, "ana", "o1", touchpoint="mail")]
    found = followed(rows, JourneyMap(leave_out=("letter",)))
    assert paths(found) == {"order": 1}
    assert found.set_aside == {LEFT_OUT: 1}
    assert found.cordon is not None
    assert (found.cordon.observed, found.cordon.mapped) == (2, 1)


def test_what_happens_after_the_as_of_instant_is_not_read() -> None:
    rows = [step("order", 1, "ana", "o1"), step("delivery", 401, "ana", "o1")]
    assert paths(followed(rows)) == {"order": 1}
    assert followed(rows).read == 1


@pytest.mark.parametrize("rows", [[], [step("order", 401, "ana", "o1")]])
def test_without_an_interaction_there_is_nothing_and_a_note_says_what_fills_it(rows: list[dict[str, Any]]) -> None:
    found = followed(rows)
    assert (found.read, found.journeys, found.notes) == (0, 0, (NO_INTERACTIONS,))
    nothing = follow(None, CHARTER, JourneyMap(), as_of=AS_OF, keep=lambda table: table)
    assert (nothing.journeys, nothing.notes) == (0, (NO_INTERACTIONS,))
    for name in ("moves", "variants", "drop-off", "conformance", "scenarios", "cordon"):
        assert nothing.table_of(name).rows == ()


def keys(rows: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """The journey of each row, by loops."""
    customers: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        customers[row["subject"]].add(row["customer"])
    found: list[str | None] = []
    for row in rows:
        named = customers[row["subject"]] - {None}
        if row["subject"] is None:
            found.append(None if row["customer"] is None else f"customer {row['customer']}")
        elif len(named) > 1:
            found.append(f"{row['subject']} of {row['customer'] or 'nobody known'}")
        else:
            found.append(row["subject"])
    return found


@pytest.mark.parametrize("seed", [3, 4])
def test_journeys_of_a_drawn_record_are_those_of_the_loops(seed: int) -> None:
    rows = [
        {**row, "customer": None if row["customer"] is None else f"c{row['customer']}", "row": str(row["row"]).zfill(5)}
        for row in drawn(seed)
        if row["at"] is not None
    ]
    rng = np.random.default_rng(seed)
    for row in rows:  # some interactions of an order name somebody else, and some nobody
        dice = rng.random()
        row["customer"] = None if dice < 0.2 else f"c{rng.integers(70)}" if dice < 0.22 else row["customer"]
    held = naive.paths([{**row, "journey": key} for row, key in zip(rows, keys(rows), strict=True)], "journey")
    found = followed(rows)
    assert found.journeys == len(held)
    assert found.people == len({naive.person_of(one) for one in held.values()} - {None})
    wanted = naive.variants(held)
    assert found.variant_count == len(wanted)
    assert paths(found) == {path: wanted[tuple(path.split(" → "))] for path in paths(found)}
    assert found.read == len(rows) == found.used + sum(found.set_aside.values())
    assert {(one.source, one.target): one.moves for one in found.moves} == {pair: one["moves"] for pair, one in naive.moves(held).items()}


def test_equal_records_give_equal_bytes_in_any_order_of_rows_and_what_is_kept_is_read_as_it_was() -> None:
    rows = [{**row, "row": str(row["row"]).zfill(5), "customer": f"c{row['customer']}"} for row in drawn(5) if row["at"] is not None]
    wall = JourneyMap(
        steps=(MappedStep("visit"), MappedStep("search", optional=True), MappedStep("order"), MappedStep("delivery")),
        scenarios=(Scenario("buy", ("visit", "order"), within=9, stoppers=("contact",)),),
        patience=7,
    )
    first, second = (json.dumps(document_of(followed(order, wall), wall), sort_keys=True) for order in (rows, rows[::-1]))
    assert first == second
    again = followed_from(json.loads(first))
    assert again.wall == wall
    assert json.dumps(document_of(again.journeys, again.wall), sort_keys=True) == first
    assert again.journeys == followed(rows, wall)
    with pytest.raises(RequestError, match="are counts"):
        again.journeys.behind(step="visit")


def test_a_scenario_is_not_done_well_where_an_interaction_went_wrong() -> None:
    rows = [
        row
        for number in range(24)
        for row in (
            step("order", number, f"c{number}", f"o{number}", failed=number % 4 == 0),
            step("delivery", number + 2, f"c{number}", f"o{number}"),
        )
    ]
    (quality,) = followed(rows, JourneyMap(scenarios=(Scenario("get it", ("order", "delivery"), within=9),))).scenarios
    assert (quality.started, quality.succeeded, quality.failed) == (24, 18, {"step not done well": 6})


# The map


def against(path: Sequence[str], steps: Sequence[MappedStep]) -> tuple[str, set[tuple[str, str]]]:
    """One path against mapped steps, by loops: what it is, and each way it leaves the map."""
    names = [one.name for one in steps]
    moves = {(one.name, target) for one in steps for target in one.next}
    for i, one in enumerate(steps):
        for j in range(i + 1, len(steps)):
            moves.add((one.name, steps[j].name))
            if not steps[j].optional:
                break
    starts = {one.name for i, one in enumerate(steps) if one.start or all(before.optional for before in steps[:i])}
    ends = {one.name for i, one in enumerate(steps) if one.end or all(after.optional for after in steps[i + 1 :])}
    first = {name: path.index(name) for name in names if name in path}
    ways = set()
    for i, one in enumerate(steps):
        later = [name for name in names[i + 1 :] if name in first]
        if one.name not in first and later and not one.optional:
            ways.add(("skipped", one.name))
        if one.name in first and any(first[name] < first[one.name] and (name, one.name) not in moves for name in later):
            ways.add(("wrong order", one.name))
        if path.count(one.name) > 1 and (one.name, one.name) not in moves:
            ways.add(("repeated", one.name))
    if any(name not in names for name in path):
        ways.add(("not on the map", ""))
    if path[0] not in starts:
        ways.add(("other start", ""))
    straight = path[0] in starts and all(pair in moves for pair in pairwise(path))
    return "deviating" if not straight else "conforming" if path[-1] in ends else "stopped early", ways


MAPS = {
    "a list": (MappedStep("visit"), MappedStep("order"), MappedStep("delivery")),
    "optional steps": (
        MappedStep("visit", optional=True),
        MappedStep("search", optional=True),
        MappedStep("order"),
        MappedStep("delivery"),
    ),
    "a way back": (MappedStep("visit", next=("visit",)), MappedStep("search", next=("visit",)), MappedStep("order", end=True)),
    "other ends": (MappedStep("visit"), MappedStep("order", start=True), MappedStep("delivery", end=True), MappedStep("return")),
    "all may be left out": (MappedStep("visit", optional=True), MappedStep("contact", optional=True)),
    "one nobody takes": (MappedStep("visit"), MappedStep("fitting", optional=True), MappedStep("fair"), MappedStep("order")),
}


@pytest.mark.parametrize("steps", MAPS.values(), ids=MAPS.keys())
def test_a_mapped_journey_is_held_against_every_path_as_the_loops_do(steps: tuple[MappedStep, ...]) -> None:
    rows = drawn(6, longest=5)
    found = journeys(table(rows), JourneyMap(steps=steps), journey="subject")
    held = [against([row["kind"] for row in one], steps) for one in naive.paths(rows, wall=[one.name for one in steps]).values()]
    kinds = Counter(kind for kind, _ in held)
    fit = found.conformance
    assert fit is not None
    assert (fit.conforming, fit.stopped_early, fit.deviating) == (kinds["conforming"], kinds["stopped early"], kinds["deviating"])
    assert {(one.kind, one.step): one.journeys for one in found.deviations} == dict(Counter(way for _, ways in held for way in ways))


def test_who_enters_behind_an_optional_first_step_was_never_there_to_drop_off() -> None:
    """Of 30 who came by the advert 15 went no further; 60 came without it."""
    steps = (MappedStep("advert", optional=True), MappedStep("visit"), MappedStep("chat", optional=True), MappedStep("order"))
    walks = walked("advert", "advert visit", "visit", "visit order", "visit chat", "visit chat order", times=15)
    found = journeys(walks, JourneyMap(steps=steps))
    told = {one.step: one for one in found.drop_off}
    assert [(one.reached, one.entered, one.went_on, one.dropped) for one in found.drop_off] == [
        (30, 30, 15, 15),
        (75, 60, 45, 30),
        (30, 0, 15, 15),  # who ordered without asking never came to the chat
        (30, 0, 0, 0),
    ]
    assert [one.share.value for one in found.drop_off] == [0.5, 0.4, 0.5, None]
    assert [one.share.n for one in found.drop_off][:3] == [30, 75, 30]
    for step in ("advert", "visit", "chat"):
        behind = (found.behind(reached=step), found.behind(went_on=step), found.behind(dropped=step))
        assert [one.count().to_pyarrow().as_py() for one in behind] == [told[step].reached, told[step].went_on, told[step].dropped]


@pytest.mark.parametrize("steps", MAPS.values(), ids=MAPS.keys())
def test_drop_off_along_any_map_is_that_of_the_loops(steps: tuple[MappedStep, ...]) -> None:
    rows, wall = drawn(8, longest=5), [one.name for one in steps]
    found = journeys(table(rows), JourneyMap(steps=steps), journey="subject")
    walks = [[row["kind"] for row in one] for one in naive.paths(rows, wall=wall).values()]
    expected = naive.dropping(walks, wall, {one.name for one in steps if one.optional})
    assert [(one.reached, one.entered) for one in found.drop_off] == [(one["reached"], one["entered"]) for one in expected]
    assert [(one.went_on, one.dropped) for one in found.drop_off][:-1] == [(one["went on"], one["dropped"]) for one in expected][:-1]


def test_going_no_further_is_no_loss_where_the_map_may_end() -> None:
    steps = (MappedStep("visit"), MappedStep("order", end=True), MappedStep("return", optional=True))
    found = journeys(walked("visit", "visit order", "visit order return", times=12), JourneyMap(steps=steps))
    assert [(one.reached, one.dropped, one.share.value) for one in found.drop_off] == [(36, 12, 1 / 3), (24, 12, None), (12, 0, None)]
    assert [one.share.method for one in found.drop_off.rows[1:]] == ["journeys may end here"] * 2


def test_a_map_without_steps_maps_nothing() -> None:
    assert journeys(walked("visit order", times=3), JourneyMap()).conformance is None


# Intervals of shares


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_over_pairs_of_kinds_are_the_sums_person_by_person(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 400
    rows = pa.table(
        {
            "journey": [f"j{i}" for i in range(size)],
            "person": [None if rng.random() < 0.1 else f"p{rng.integers(40)}" for _ in range(size)],
            **{name: [None if rng.random() < 0.05 else bool(rng.random() < 0.4) for _ in range(size)] for name in "abcd"},
        }
    )
    held = ibis.memtable(rows)
    wanted = {(hit, counts): (held[hit], held[counts]) for hit in "abcd" for counts in "abcd"}
    wanted |= {("a", ""): (held.a, ibis.literal(True))}
    plain = _sums(held, {key: (_whole(hit & counts), _whole(counts)) for key, (hit, counts) in wanted.items()})
    assert _sums_of_flags(held, wanted) == plain


def test_more_answers_than_one_number_holds_are_all_counted() -> None:
    rows = pa.table({"journey": range(90), "person": [i % 30 for i in range(90)], "n": range(90)})
    held = ibis.memtable(rows)
    wanted = {i: (held.n == i, held.n >= i) for i in range(70)}
    plain = _sums(held, {key: (_whole(hit & counts), _whole(counts)) for key, (hit, counts) in wanted.items()})
    assert _sums_of_flags(held, wanted) == plain


def test_nobody_at_all_is_counted_as_nobody() -> None:
    rows = pa.table({"journey": pa.array([], pa.string()), "person": pa.array([], pa.string()), "a": pa.array([], pa.bool_())})
    held = ibis.memtable(rows)
    [sums] = _sums_of_flags(held, {"": (held.a, ibis.literal(True))}).values()
    assert (sums.clusters, sums.w) == (0, 0.0)


@pytest.mark.parametrize("most", [0, 20_000])
def test_the_journeys_of_a_move_are_those_of_the_loops_whether_read_off_the_paths_or_counted(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "MOST_READ", most)
    rows = drawn(7)
    expected = {pair: one["journeys"] for pair, one in naive.moves(naive.paths(rows)).items()}
    assert {(one.source, one.target): one.journeys for one in journeys(table(rows), journey="subject").moves} == expected

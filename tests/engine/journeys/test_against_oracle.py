"""Journeys of drawn logs are those that loops over lists find."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

from tests.engine.journeys import naive
from tests.engine.journeys.logs import drawn, table
from troth.engine.journeys import Journeys, journeys
from troth.engine.journeys.mapped import KINDS

WALL = ("visit", "search", "order", "delivery")
SEEDS = (1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def both(request: pytest.FixtureRequest) -> tuple[list[dict[str, Any]], Journeys]:
    """Rows, and their journeys: orders of people."""
    rows = drawn(request.param)
    return rows, journeys(table(rows), WALL, journey="subject", top_variants=200)


def test_every_row_is_used_or_set_aside_with_its_reason(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    reasons = Counter(
        "subject is empty" if row["subject"] is None else "at is empty" if row["at"] is None else "kind is empty"
        for row in rows
        if row["subject"] is None or row["at"] is None or row["kind"] is None
    )
    assert found.set_aside == dict(reasons)
    assert len(reasons) == 3
    assert found.read == len(rows) == found.used + sum(found.set_aside.values())


def test_moves_have_the_counts_people_and_times_of_the_loops(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    expected = naive.moves(naive.paths(rows, wall=WALL))
    got = {(one.source, one.target): one for one in found.moves}
    assert got.keys() == expected.keys()
    for pair, wanted in expected.items():
        one = got[pair]
        assert (one.moves, one.journeys, one.people) == (wanted["moves"], wanted["journeys"], wanted["people"])
        assert (one.days.median, one.days.p90, one.days.mean) == pytest.approx((wanted["median"], wanted["p90"], wanted["mean"]), abs=1e-9)
        assert one.allowed is (pair in set(itertools.pairwise(WALL)))


def test_steps_have_the_counts_of_the_loops(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    expected = naive.steps(naive.paths(rows, wall=WALL))
    assert {one.step: {name: getattr(one, name) for name in expected[one.step]} for one in found.steps} == expected


def test_variants_are_the_paths_of_the_loops_and_their_shares_add_up_to_1(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    expected = naive.variants(naive.paths(rows, wall=WALL))
    assert {one.path: one.journeys for one in found.variants} == {" → ".join(path): n for path, n in expected.items()}
    assert found.variant_count == len(expected)
    assert sum(one.journeys for one in found.variants) / found.journeys == 1


def test_conformance_and_each_deviation_are_those_of_the_loops(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    held = [naive.against([row["kind"] for row in one], WALL) for one in naive.paths(rows, wall=WALL).values()]
    kinds = Counter(one["kind"] for one in held)
    assert found.conformance is not None
    fit = found.conformance
    assert (fit.conforming, fit.stopped_early, fit.deviating) == (kinds["conforming"], kinds["stopped early"], kinds["deviating"])
    assert fit.fitness.value == pytest.approx(sum(one["fitness"] for one in held) / len(held), abs=1e-5)
    ways = Counter(way for one in held for way in one["ways"])
    assert {(one.kind, one.step): one.journeys for one in found.deviations} == dict(ways)
    assert {kind for kind, _ in ways} <= set(KINDS)
    assert len({kind for kind, _ in ways}) == 5


def test_where_the_map_is_left_is_as_the_loops_say_with_people_and_interval(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    allowed = set(itertools.pairwise(WALL))
    each = [(naive.left(held, allowed, {WALL[0]}, WALL), naive.person_of(held)) for held in naive.paths(rows, wall=WALL).values()]
    counts = Counter(way for ways, _ in each for way in ways)
    assert len(counts) > 5
    told = {(one.at, one.instead): one for one in found.departures}
    assert {way: one.journeys for way, one in told.items()} == {way: counts[way] for way in told}
    assert set(counts) - set(told) <= {way for way in counts if way[0]}  # beyond the twenty moves most made
    assert sum(bool(at) for at, _ in told) == min(20, sum(bool(at) for at, _ in counts))
    for way, one in told.items():
        assert one.people == len({person for ways, person in each if way in ways} - {None})
        assert one.share.value is None or one.share.value == pytest.approx(counts[way] / len(each))
        assert one.expected == ((WALL[0],) if not one.at else tuple(b for a, b in itertools.pairwise(WALL) if a == one.at))
    assert [one.journeys for one in found.departures] == sorted((one.journeys for one in found.departures), reverse=True)
    assert any(one.share.low is not None for one in found.departures)


def test_drop_off_along_the_map_is_that_of_the_loops_and_adds_up(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    rows, found = both
    walks = [([row["kind"] for row in one], naive.person_of(one)) for one in naive.paths(rows, wall=WALL).values()]
    places = [(naive.against(path, WALL)["furthest"], person) for path, person in walks]
    expected = naive.dropping([path for path, _ in walks], WALL)
    for i, (one, told) in enumerate(zip(found.drop_off, expected, strict=True)):
        assert (one.reached, one.entered) == (told["reached"], told["entered"])
        if i < len(WALL) - 1:
            assert (one.dropped, one.went_on) == (told["dropped"], told["went on"])
            assert one.people == len({person for place, person in places if place == i} - {None})
            assert found.drop_off[i + 1].reached == one.went_on + (found.drop_off[i + 1].entered or 0)
    assert sum(one.entered or 0 for one in found.drop_off) == sum(place is not None for place, _ in places)


def test_people_behind_a_number_are_as_many_as_it_says(both: tuple[list[dict[str, Any]], Journeys]) -> None:
    _, found = both

    def count(**conditions: Any) -> tuple[int, int]:
        behind = found.behind(**conditions)
        [row] = behind.aggregate(journeys=behind.count(), people=behind.person.nunique()).to_pyarrow().to_pylist()
        return row["journeys"], row["people"]

    move, variant, drop, off = found.moves[0], found.variants[1], found.drop_off[1], found.deviations[0]
    assert count(move=(move.source, move.target)) == (move.journeys, move.people)
    assert count(variant=1) == (variant.journeys, variant.people)
    assert count(dropped=drop.step) == (drop.dropped, drop.people)
    assert count(deviation=(off.kind, off.step)) == (off.journeys, off.people)
    assert count(step=found.steps[2].step) == (found.steps[2].journeys, found.steps[2].people)

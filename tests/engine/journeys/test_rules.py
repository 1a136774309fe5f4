"""What journeys mean, in small tables: order, ties, visits, times, paths of any length, and who is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.engine.journeys import naive
from tests.engine.journeys.logs import on, table, walked
from troth.engine.findings import Findings
from troth.engine.journeys import journeys
from troth.engine.journeys.findings import Move
from troth.terms.errors import RequestError


def test_three_calls_and_a_mail_about_one_order_are_four_contacts_and_three_repeats() -> None:
    found = journeys(table({"subject": "order 7", "kind": "contact", "at": on(day)} for day in (1, 2, 3, 4)), journey="subject")
    [step] = found.steps
    assert (found.journeys, step.events, step.repeats) == (1, 4, 3)


def test_at_the_same_instant_the_row_key_gives_the_order_and_the_note_says_so() -> None:
    rows = [{"customer": "a", "kind": kind, "at": on(0), "row": row} for kind, row in (("b", 2), ("a", 3), ("c", 1))]
    found = journeys(table(rows))
    assert found.variants[0].path == "c → b → a"
    assert any("2 interactions follow another at the same instant; there the order is by “row”" in note for note in found.notes)


def test_without_a_row_key_the_name_of_the_step_gives_the_order() -> None:
    rows = [{"customer": "a", "kind": kind, "at": on(0)} for kind in ("b", "a", "c")]
    found = journeys(table(rows))
    assert found.variants[0].path == "a → b → c"
    assert any("the order is by the step's name" in note for note in found.notes)


def test_all_at_the_same_instant_gives_moves_of_no_time() -> None:
    found = journeys(walked("visit order delivery", gap=0.0, times=12))
    assert {one.days.median for one in found.moves} == {0.0}
    assert found.variant_count == 1


def test_one_interaction_a_journey_makes_no_move() -> None:
    found = journeys(walked("visit", times=12))
    assert (len(found.moves), found.variants[0].path, found.steps[0].waiting.median) == (0, "visit", None)
    assert found.drop_off[0].dropped == 12


def test_waiting_is_told_apart_from_time_inside_where_visits_are_merged() -> None:
    days = {"ask": (0.0, 1.0, 3.0), "buy": (7.0,), "get": (8.0, 8.5)}
    rows = [{"customer": who, "stage": stage, "at": on(day)} for who in "ab" for stage, held in days.items() for day in held]
    found = journeys(table(rows), step="stage")
    told = {one.step: one for one in found.steps}
    assert found.variants[0].path == "ask → buy → get"
    assert (told["ask"].inside.median, told["ask"].waiting.median) == (3.0, 4.0)
    assert (told["buy"].inside.median, told["buy"].waiting.median) == (0.0, 1.0)
    assert (told["get"].inside.median, told["get"].waiting.median) == (0.5, None)
    assert journeys(table(rows), step="stage", merge=False).variants[0].path == "ask → ask → ask → buy → get → get"


def test_coming_back_to_a_stage_is_another_visit() -> None:
    rows = [{"customer": "a", "stage": stage, "at": on(day)} for day, stage in enumerate("AABBA")]
    found = journeys(table(rows), step="stage")
    assert found.variants[0].path == "A → B → A"
    assert {one.step: one.repeats for one in found.steps} == {"A": 1, "B": 0}


@pytest.mark.parametrize("longest", [12, 13, 96, 97, 300])
def test_paths_that_differ_in_their_last_step_are_told_apart_however_long_they_are(longest: int) -> None:
    names = [f"k{i:02d}" for i in range(20)]
    rng = np.random.default_rng(longest)
    path = [names[i] for i in rng.integers(0, 20, longest)]
    other = [*path[:-1], next(name for name in names if name != path[-1])]
    found = journeys(walked(path, path, other, names))
    assert [one.journeys for one in found.variants] == [2, 1, 1]
    assert [one.steps for one in found.variants if one.steps != 20] == [longest] * (2 + (longest == 20) * 1)
    behind = found.behind(variant=0).to_pyarrow()["journey"].to_pylist()
    assert sorted(behind) == ["c0-0", "c1-0"]


def test_two_customers_with_many_orders_are_two_people() -> None:
    rows = [{"customer": f"c{i % 2}", "subject": i, "kind": kind, "at": on(i)} for i in range(30) for kind in ("order", "pack")]
    found = journeys(table(rows), journey="subject")
    assert (found.journeys, found.people, found.moves[0].people) == (30, 2, 2)
    assert found.variants[0].share.value is None  # thirty orders of two people tell little of people
    assert found.variants[0].share.clusters == 2


def test_the_share_of_journeys_with_rework_has_its_interval() -> None:
    found = journeys(walked("a b", "a b", "a b a", "a c", times=25))
    assert found.repeating.value == 0.25
    assert found.repeating.low is not None
    assert found.repeating.low < 0.25 < (found.repeating.high or 0.0)


def test_ten_thousand_kinds_of_step_are_counted_and_not_listed() -> None:
    rng = np.random.default_rng(5)
    kinds = rng.permutation(np.repeat(np.arange(10_000), 2))
    log = pa.table(
        {
            "customer": np.arange(20_000) // 5,
            "kind": pa.array([f"k{kind}" for kind in kinds]),
            "at": pa.array(np.arange(20_000) * 1_000_000, pa.timestamp("us")),
        }
    )
    found = journeys(log, top=50)
    rows = [{"subject": i // 5, "customer": i // 5, "kind": f"k{kind}", "at": on(i / 86_400)} for i, kind in enumerate(kinds)]
    held = naive.paths(rows)
    assert (len(found.steps), len(found.moves), len(found.variants)) == (50, 50, 25)
    assert found.steps.notes == ("50 of 10,000 steps are listed.",)
    assert found.variant_count == len(naive.variants(held))
    expected = naive.steps({key: one for key, one in held.items() if any(row["kind"] == found.steps[0].step for row in one)})
    assert found.steps[0].journeys == expected[found.steps[0].step]["journeys"]
    assert found.repeating.value == sum(len({row["kind"] for row in one}) < len(one) for one in held.values()) / len(held)
    edges = naive.moves(held)
    assert f"of {len(edges):,} kinds of move" in found.moves.notes[0]
    assert sum(one.moves for one in found.moves) + int(found.moves.notes[0].split("hold ")[1].split(" ")[0].replace(",", "")) == 16_000


def test_an_as_of_sets_aside_what_came_later() -> None:
    found = journeys(walked("visit order delivery", times=3), as_of="2024-01-02T12:00", timezone="UTC")
    assert found.set_aside == {"after the as-of instant": 3}
    assert found.variants[0].path == "visit → order"


def test_frames_and_lists_of_columns_are_taken_alike() -> None:
    log = walked("visit order", times=3)
    assert journeys(log.to_pandas()) == journeys(log) == journeys(log.to_pydict())
    categories = log.to_pandas().astype({"kind": "category"})
    assert journeys(categories) == journeys(log)


def test_numbers_that_name_journeys_are_taken_whole() -> None:
    found = journeys({"customer": [2**53, 2**53 + 1], "kind": ["a", "a"], "at": [on(0), on(0)]})
    assert found.journeys == 2


def test_results_print_and_turn_into_tables() -> None:
    found = journeys(walked("visit order delivery", "visit contact", times=12), ["visit", "order", "delivery"])
    text = repr(found)
    for word in ("24 journeys of 24 people", "moves", "variants", "drop off", "conformance", "visit → order → delivery"):
        assert word in text
    assert "object at" not in text
    html = found._repr_html_()
    assert html.count("<table>") == 7
    assert "<h4>drop off</h4>" in html
    arrow = found.moves.to_arrow()
    assert {"source", "target", "moves", "people", "days.median"} <= set(arrow.column_names)
    assert isinstance(found.moves, Findings)
    assert isinstance(found.moves[0], Move)


def test_an_empty_table_gives_no_journey_and_no_rate() -> None:
    found = journeys(walked("a").slice(0, 0), ["a", "b"])
    assert (found.read, found.journeys, len(found.steps), len(found.moves), found.variant_count) == (0, 0, 0, 0, 0)
    assert found.repeating.value is None
    assert found.conformance is not None
    assert found.conformance.share.value is None


def test_columns_of_nothing_are_set_aside_with_their_reason() -> None:
    log = pa.table({"customer": pa.nulls(3), "kind": ["a", "b", "c"], "at": pa.array([on(0)] * 3, pa.timestamp("us"))})
    found = journeys(log)
    assert (found.set_aside, found.journeys) == ({"customer is empty": 3}, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"step": "kidn"}, "no column “kidn”.*\n.*did you mean “kind”"),
        ({"journey": "order"}, "no column “order”"),
        ({"person": "who"}, "no column “who”"),
        ({"row": "rwo"}, "no column “rwo”"),
        ({"at": "kind"}, "cannot be told by one column"),
        ({"at": "day"}, "holds dates, not instants"),
        ({"at": "word"}, "not timestamps"),
        ({"patience": -1.0}, "Nobody waits"),
        ({"patience": float("nan")}, "Nobody waits"),
        ({"patience": 1e12}, "Nobody waits"),
        ({"top": 0}, "cannot be listed"),
        ({"top_variants": 201}, "201 cannot be listed"),
        ({"mapped": []}, "has no step"),
        ({"mapped": "visit"}, "is no mapped journey"),
        ({"mapped": ["a", "b", "a"]}, "names “a” twice"),
        ({"mapped": [1, 2]}, "is no name of a step"),
        ({"mapped": {"a": "b"}}, "names no list"),
        ({"mapped": [f"s{i}" for i in range(61)]}, "has 61 steps"),
        ({"as_of": "noon"}, "is no date"),
        ({"scenarios": ["buy"]}, "is no scenario"),
        ({"charter": {"stages": ["visit"]}}, "is no charter"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    log = walked("visit order")
    log = log.append_column("day", pa.array([on(0).date()] * 2)).append_column("word", pa.array(["x", "y"]))
    with pytest.raises(RequestError, match=sentence):
        journeys(log, **change)  # type: ignore[arg-type]


def test_a_table_without_the_usual_columns_says_how_to_name_them() -> None:
    with pytest.raises(RequestError, match=r"journey=\.\.\."):
        journeys({"case": ["a"], "kind": ["x"], "at": [on(0)]})


def test_a_number_is_no_table() -> None:
    with pytest.raises(RequestError, match="cannot be read as a table"):
        journeys(7)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "everybody"),
        ({"step": "ordr"}, "did you mean “order”"),
        ({"dropped": "ordr"}, "did you mean “order”"),
        ({"variant": 9}, "There are 1 variants"),
        ({"variant": -1}, "There are 1 variants"),
        ({"deviation": "skipped"}, "No journey was mapped"),
    ],
)
def test_people_behind_what_is_not_there_are_refused(asked: dict[str, object], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        journeys(walked("visit order")).behind(**asked)  # type: ignore[arg-type]


def test_a_frame_with_gaps_in_its_numbers_keeps_its_journeys() -> None:
    frame = pd.DataFrame({"customer": [1.0, 1.0, np.nan], "kind": ["a", "b", "a"], "at": [on(0), on(1), on(2)]})
    found = journeys(frame)
    assert (found.journeys, found.set_aside) == (1, {"customer is empty": 1})


def test_who_stands_behind_a_number_prints_as_a_sentence_and_is_a_table_all_the_same() -> None:
    behind = journeys(walked("visit order", times=12)).behind(step="order")
    assert repr(behind).startswith("The journeys behind a number, not fetched yet: journey, person, events, start, end. Rows: .limit(20)")
    assert len(repr(behind)) < 250
    assert behind.count().to_pyarrow().as_py() == behind.to_pyarrow().num_rows == 12


def test_no_journey_at_all_cannot_be_told() -> None:
    empty = pa.table({"customer": pa.array([], pa.string()), "kind": pa.array([], pa.string()), "at": pa.array([], pa.timestamp("us"))})
    assert repr(journeys(empty)).startswith("Cannot tell: there is no journey, for there are no rows.")
    assert repr(journeys(table([{"customer": None, "kind": "visit", "at": on(0)}]))).startswith(
        "Cannot tell: there is no journey, for no row is used."
    )

"""Charts: each definition fills and draws; the waterfall starts where the last part ended and ends at what is broken."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from troth.engine.charts import as_png, as_svg, definitions, fill
from troth.engine.charts.binning import bin_rows
from troth.engine.charts.changing import Step as ChangeStep
from troth.engine.charts.changing import change_rows
from troth.engine.charts.dropping import drop_off_rows
from troth.engine.charts.flowing import BOX, MOST_STEPS, flow, reading_order
from troth.engine.charts.months import account_rows, count_rows, kept_rows, limit_rows, multiples_rows
from troth.engine.charts.structures import structure_rows
from troth.engine.charts.waterfall import waterfall_rows, whole
from troth.engine.findings import NO_DATA, Account, Figure, PartFigure
from troth.engine.guards import Guard
from troth.engine.guards.result import LimitBin
from troth.engine.issues.months import MonthLimits
from troth.engine.journeys.findings import Days, DropOff, Move, Step
from troth.engine.journeys.mapped import MAY_END
from troth.engine.purview import Structure
from troth.terms.measures import Measure
from troth.terms.vocabulary import Direction, Part

ACCOUNT = Account(
    where={},
    due=1_000,
    broken=300,
    allowance=PartFigure(120.0, 110.0, 130.0, 118.0),
    expectation=PartFigure(-20.0, -30.0, -10.0, -12.0),
    standard=PartFigure(40.0),
    delivery=PartFigure(140.0, 120.0, 160.0),
    undecomposed={"no record": (50, 20)},
)
WHOSE = dict.fromkeys(Part, "both officers")
FILLS = dict.fromkeys(Part, "$owner-both")
DROPS = (
    DropOff("visit", 100, 60, 30, 30, 10, Figure(1 / 3, 0.24, 0.43, n=90)),
    DropOff("order", 60, 60, 0, 0, 0, Figure(0.0, 0.0, 0.06, n=60)),
    DropOff("delivery", 60, 0, 0, 0, 0, NO_DATA),
)


def a_step(name: str, *, mapped: bool | None = True) -> Step:
    return Step(name, 9, 8, 7, 1, 1, 1, Days(), Days(), mapped)


def a_move(path: str, times: int = 5) -> Move:
    source, target = path.split()
    return Move(source, target, times, times, times, Days(1.0, 2.0, 1.0), "contact" not in path)


STEPS = (a_step("visit"), a_step("order"), a_step("contact", mapped=False), a_step("delivery"), a_step("return", mapped=False))
MOVES = tuple(
    a_move(path, times)
    for path, times in {
        "visit order": 50,
        "order delivery": 40,
        "visit delivery": 6,
        "order contact": 5,
        "contact delivery": 4,
        "order return": 4,
        "contact return": 3,
        "delivery visit": 2,
        "return order": 2,
        "contact order": 2,
        "contact contact": 2,
    }.items()
)
CHANGE = (
    ChangeStep("The promise", "+5.0", Figure(0.05, 0.03, 0.07), "$owner-brand"),
    ChangeStep("Last step", "−2.0", Figure(-0.02, -0.03, -0.01), "$owner-operating"),
    ChangeStep("Not told from chance", "+1.0", Figure(0.01), None),
)
LIMITS = (("2024-01", 0.1, MonthLimits(0.1, 0.08, 0.12, 0)), ("2024-02", 0.4, MonthLimits(0.1, 0.08, 0.12, 1)), ("2024-03", None, None))
STRUCTURES = (
    Structure({"structure": "service-led"}, ("a",), False, Figure(0.9, 0.8, 0.95, n=5), NO_DATA, NO_DATA, NO_DATA, ""),
    Structure({"structure": "both"}, ("a", "b"), True, Figure(0.5, n=5), Figure(0.75, n=5), Figure(0.25), NO_DATA, ""),
)
MANAGED = Guard(
    Measure("calls", "activity", Direction.MIN, unit="seconds", target=120.0),
    bins=(LimitBin(100, 120, 50, 10.5, inside=True), LimitBin(120, 140, 3, 11.0, inside=False)),
)
ROWS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "waterfall": (waterfall_rows(ACCOUNT, whose=WHOSE, fills=FILLS), {}),
    "waterfall-narrow": (waterfall_rows(ACCOUNT, whose=WHOSE, fills=FILLS), {}),
    "months": (kept_rows([("2023-12", Figure(0.8, 0.7, 0.9, n=50)), ("2024-01", NO_DATA)], mean=Figure(0.8)), {"width": 300}),
    "account-months": (account_rows([("2023-12", ACCOUNT), ("2024-01", ACCOUNT)], fills=FILLS), {"width": 300}),
    "counts": (count_rows([("2023-12", 4), ("2024-01", 0)], "failures"), {"width": 300}),
    "flow": ([dict(row) for row in flow(STEPS, MOVES, width=300).rows], {"width": 300, "height": 310, "limit": 100}),
    "drop-off": (drop_off_rows(DROPS), {"width": 300}),
    "change": (change_rows(CHANGE, ChangeStep("All", "+4.0", Figure(0.04, 0.02, 0.06), None)), {"width": 300, "limit": 200}),
    "limits": (limit_rows(LIMITS), {"width": 300}),
    "bins": (bin_rows(MANAGED), {"width": 300}),
    "structures": (structure_rows(STRUCTURES), {"width": 300}),
    "multiples": (multiples_rows([("north", [("2024-01", Figure(0.8, 0.7, 0.9, n=50))])]), {"columns": 3, "width": 200}),
}


def test_the_parts_of_a_change_stand_end_to_end_and_make_all_of_it() -> None:
    *parts, whole_change = ROWS["change"][0]
    assert [row["start"] for row in parts] == pytest.approx([0.0, 0.05, 0.03])
    assert parts[-1]["end"] == pytest.approx(whole_change["end"]) == 0.04
    assert (parts[1]["low"], parts[1]["high"]) == pytest.approx((0.02, 0.04))
    assert [row["dashed"] for row in parts] == [False, False, True]


def test_only_a_month_outside_its_limits_is_in_the_colour_of_a_warning() -> None:
    assert [row["fill"] for row in ROWS["limits"][0]] == ["$accent", "$warn", "$accent"]
    assert [row["low"] for row in ROWS["limits"][0]] == [0.08, 0.08, None]


def test_bars_around_a_target_say_how_many_there_are_and_ought_to_be() -> None:
    first, _, target = ROWS["bins"][0]
    assert (first["sentence"], first["opacity"]) == ("100 to 120 seconds: 50 cases, 10 expected", 1.0)
    assert target == {"target": 120.0}
    assert bin_rows(Guard(MANAGED.measure)) == []


def test_every_definition_is_tried_here() -> None:
    assert set(definitions()) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_definition_draws_for_page_and_for_mail(name: str) -> None:
    rows, values = ROWS[name]
    assert as_svg(fill(name, rows, **values)).startswith("<svg ")
    assert as_png(fill(name, rows, theme="light", **values))[1:4] == b"PNG"


@pytest.mark.parametrize("name", ROWS)
def test_a_picture_on_a_page_brings_no_style_no_colour_and_no_labels_of_its_own(name: str) -> None:
    rows, values = ROWS[name]
    drawn = as_svg(fill(name, rows, **values))
    assert "style=" not in drawn
    assert "aria-label" not in drawn
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))
    assert {colour for colour in colours if not colour.startswith(("var(--", "url(#owner-"))} <= {"none", "transparent"}


@pytest.mark.parametrize("name", ROWS)
def test_a_picture_for_mail_needs_no_style_sheet(name: str) -> None:
    rows, values = ROWS[name]
    drawn = as_svg(fill(name, rows, theme="light", **values))
    assert "var(" not in drawn
    assert "url(" not in drawn


@pytest.mark.parametrize("name", ROWS)
def test_a_filled_chart_is_whole_vega_lite(name: str) -> None:
    rows, values = ROWS[name]
    document = fill(name, rows, **values).document()
    assert document["$schema"] == "https://vega.github.io/schema/vega-lite/v6.json"
    assert len(document["datasets"]["rows"]) == len(rows)
    assert not re.search(r'"\$(?!schema)', json.dumps(document))


def test_a_word_nobody_gives_is_refused() -> None:
    with pytest.raises(KeyError, match="width"):
        fill("months", [])


def test_both_themes_know_the_same_words() -> None:
    themes = json.loads((files("troth.engine.charts") / "themes.json").read_text())
    assert themes["page"].keys() == themes["light"].keys()


def test_the_waterfall_leads_from_nothing_to_the_broken_promises() -> None:
    rows = waterfall_rows(ACCOUNT, whose=WHOSE, fills=FILLS)
    *parts, total = rows
    assert [row["name"] for row in parts] == ["Allowance", "Expectation-setting", "Standard", "Delivery", "Not decomposed"]
    assert parts[0]["start"] == total["start"] == 0
    assert all(before["end"] == after["start"] for before, after in pairwise(parts))
    assert parts[-1]["end"] == total["end"] == ACCOUNT.broken


def test_a_part_below_nothing_goes_down_with_its_interval_and_bracket() -> None:
    _, expectation, *_ = waterfall_rows(ACCOUNT, whose=WHOSE, fills=FILLS)
    assert (expectation["start"], expectation["end"]) == (120, 100)
    assert (expectation["low"], expectation["high"], expectation["aware"]) == (90, 110, 108)
    assert expectation["count"] == "−20"


def test_nothing_undecomposed_draws_no_column_for_it() -> None:
    rows = waterfall_rows(replace(ACCOUNT, undecomposed={}), whose=WHOSE, fills=FILLS)
    assert "undecomposed" not in {row["part"] for row in rows}


def test_months_stack_additions_above_the_line_and_subtractions_below() -> None:
    rows = account_rows([("2024-01", ACCOUNT)], fills=FILLS)
    above = [row for row in rows if row["end"] >= row["start"]]
    below = [row for row in rows if row["end"] < row["start"]]
    assert [row["start"] for row in above] == [0, 120, 160, 300]
    assert [(row["start"], row["end"]) for row in below] == [(0, -20)]


def test_a_month_without_data_keeps_its_place_and_draws_nothing() -> None:
    with_gap = kept_rows([("2023-12", Figure(0.8, 0.7, 0.9, n=50)), ("2024-01", NO_DATA)], mean=Figure(0.8))
    assert [row["value"] for row in with_gap] == [0.8, None]
    assert with_gap[1]["sentence"] == "2024-01: no data of 0"
    assert [row["month"] for row in with_gap] == ["2023-12|Dec 2023", "2024-01|Jan 2024"]


@pytest.mark.parametrize(("value", "text"), [(0.2, "0"), (-0.2, "0"), (-1234.6, "−1,235"), (1234.4, "1,234")])
def test_counts_have_a_true_minus_and_no_negative_nought(value: float, text: str) -> None:
    assert whole(value) == text


def test_the_drop_off_strip_is_as_long_as_the_journeys_that_came_and_tells_who_left() -> None:
    rows = drop_off_rows(DROPS)
    assert [(row["step"], row["start"], row["end"]) for row in rows] == [
        ("visit", 0, 60),
        ("visit", 60, 70),
        ("visit", 70, 100),
        ("order", 0, 60),
        ("delivery", 0, 60),
    ]
    assert [row["label"] for row in rows] == [None, None, "33% dropped off", "0% dropped off", None]
    assert [row["sentence"] for row in rows][2:] == [
        "visit: 30 of 100 dropped off",
        "order: 60 of 60 went on",
        "delivery: 60 of 60 ended here",
    ]


def test_a_structure_is_drawn_from_its_grants_over_its_influence_to_what_lies_beyond() -> None:
    rows = structure_rows(STRUCTURES)
    parts = [(row["structure"], row["start"], row["end"]) for row in rows if "start" in row]
    assert parts == [
        ("service-led", 0.0, 1 - 0.9),
        ("service-led", 1 - 0.9, 1.0),
        ("both", 0.0, 0.5),
        ("both", 0.5, 0.75),
        ("both", 0.75, 1.0),
    ]
    told = [row for row in rows if "name" in row]
    assert [(row["name"], row["label"]) for row in told] == [("service-led", "chasm 90%"), ("both (today)", "chasm 50%")]
    assert (told[0]["low"], told[0]["high"]) == (pytest.approx(0.05), pytest.approx(0.2))
    assert (told[1]["low"], told[1]["high"]) == (None, None)
    assert rows[1]["sentence"] == "service-led: 90.0% beyond the grants"


def test_steps_stand_in_the_order_in_which_they_follow_one_another() -> None:
    drawn = flow(STEPS, MOVES, width=300)
    assert drawn.steps == ("visit", "order", "contact", "delivery", "return")
    assert reading_order(["c", "b", "a"], [a_move("a b"), a_move("b c", 9), a_move("c a", 1)]) == ["a", "b", "c"]
    assert reading_order(["alone", "b", "a"], [a_move("a b")]) == ["alone", "a", "b"]


def test_every_move_between_two_steps_is_a_line_with_its_count_and_ends_at_their_boxes() -> None:
    drawn = flow(STEPS, MOVES, width=300)
    boxes = {row["name"]: row for row in drawn.rows if row["what"] == "box"}
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in drawn.rows:
        if row["what"] == "line":
            lines.setdefault(row["key"], []).append((row["x"], row["y"]))
    assert set(lines) == {f"{one.source} to {one.target}" for one in MOVES if one.source != one.target}
    for key, points in lines.items():
        for name, (x, y) in zip(key.split(" to "), (points[0], points[-1]), strict=True):
            box = boxes[name]
            assert box["x"] <= x <= box["x2"], key
            assert box["y"] <= y <= box["y2"], key
            assert x in {box["x"], box["x2"]} or y in {box["y"], box["y2"]}, key
    assert sorted(row["text"] for row in drawn.rows if row["what"] == "label") == sorted(str(one.moves) for one in MOVES[:-1])


def test_no_box_stands_upon_another_and_none_out_of_the_picture() -> None:
    drawn = flow([a_step(f"s{i}", mapped=i % 3 > 0) for i in range(40)], (), width=300)
    boxes = sorted((row for row in drawn.rows if row["what"] == "box"), key=lambda row: row["y"])
    assert len(boxes) == MOST_STEPS
    assert all(lower["y"] - upper["y2"] >= 0 for upper, lower in pairwise(boxes))
    assert all(0 <= row["x"] < row["x2"] <= 300 and row["y"] >= 0 and row["y2"] <= drawn.height for row in boxes)
    assert all(row["y2"] - row["y"] == BOX for row in boxes)


def test_what_is_not_on_the_map_stands_aside_and_is_dashed() -> None:
    drawn = flow(STEPS, MOVES, width=300)
    assert {row["name"] for row in drawn.rows if row["what"] == "box" and row["detour"]} == {"contact", "return"}
    assert all(row["off"] == ("contact" in row["key"]) for row in drawn.rows if row["what"] == "line")


def test_whoever_ends_where_the_map_may_end_has_not_dropped_off() -> None:
    (row,) = drop_off_rows([DropOff("delivery", 60, 0, 60, 50, 0, Figure(None, method=MAY_END))])
    assert (row["end"], row["label"], row["sentence"]) == (60, None, "delivery: 60 of 60 ended here")

"""Findings print as a table a person can read, in a terminal and in a notebook."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from troth.engine.findings import Account, Figure, Findings, PartFigure, SourceAccount
from troth.engine.printing import sensible
from troth.terms.errors import RequestError
from troth.terms.levels import with_unit


def account(lane: str | None, **fields: Any) -> Account:
    part = PartFigure(12.3456, 10.0, 14.0)
    return Account({"lane": lane}, 1_234, 56, part, PartFigure(-0.5), PartFigure(0.0), part, **fields)


NORTH, SOUTH = account("north", skill=Figure(0.25, 0.1, 0.4, n=90)), account(None, undecomposed={"no record yet": (7, 3)})


def test_one_finding_stands_upright_a_line_per_field() -> None:
    said = str(Findings((NORTH,), ("lane",), ("Read with care.",))).splitlines()
    assert said[0].split() == ["lane", "north"]
    assert "due           1,234" in said
    assert "allowance     12.35 [10, 14]" in said
    assert "skill         0.25 [0.1, 0.4]" in said
    assert said[-1] == "· Read with care."


def test_findings_stand_side_by_side_and_figures_to_the_right() -> None:
    said = str(Findings((NORTH, SOUTH), ("lane",))).splitlines()
    assert said[0].split()[:4] == ["lane", "due", "broken", "allowance"]
    assert said[2].startswith("unknown  1,234      56  12.35 [10, 14]")
    assert any("no record yet: 7 3" in line for line in said)


def test_what_a_line_has_no_room_for_goes_on_below_behind_the_slice() -> None:
    reasons = {f"reason number {number}, told at some length": (1, 1) for number in range(6)}
    said = str(Findings((account("north", undecomposed=reasons), SOUTH, NORTH), ("lane",))).splitlines()
    assert all(len(line) <= 140 for line in said)
    headings = [line for line in said if line.startswith("lane")]
    assert len(headings) > 1
    assert {name for line in headings for name in line.split()} >= {"lane", "due", "delivery", "undecomposed", "skill", "interval"}
    assert "reason number 5" in " ".join(said)


def test_no_finding_is_no_empty_table() -> None:
    assert str(Findings((), (), ("Nothing was rated.",))).splitlines() == ["No rows.", "· Nothing was rated."]


def test_of_very_many_findings_the_first_are_printed_and_it_says_so() -> None:
    said = str(Findings(tuple(account(f"lane {number}") for number in range(100)), ("lane",)))
    assert "60 of 100 rows" in said
    assert "lane 59" in said
    assert "lane 60" not in said


def test_what_is_shown_when_a_notebook_ends_on_findings_is_the_table() -> None:
    findings = Findings((NORTH, SOUTH), ("lane",))
    assert repr(findings) == str(findings)
    page = findings._repr_html_()
    assert page.count("<tr>") == 3
    assert "<td>12.35 [10, 14]</td>" in page


def test_what_comes_from_data_is_no_markup() -> None:
    page = Findings((account("<script>alert(1)</script>"),), ("lane",), ("a < b",))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &lt; b" in page


def test_nothing_known_too_few_and_not_at_all_read_apart() -> None:
    rows = [account("a", skill=Figure(None)), account("b", skill=Figure(None, n=4)), account("c", skill=Figure(0.0, -1.0, 1.0, n=40))]
    said = [str(Findings((row,), ("lane",))) for row in rows]
    assert [next(line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith("skill")) for text in said] == [
        "unknown",
        "too few",
        "0 [-1, 1]",
    ]


def test_findings_without_a_slice_print_too() -> None:
    source = SourceAccount("orders", "promises", 1, 10, 9, {"no promise": 1})
    assert "no promise: 1" in str(Findings((source, source)))


@pytest.mark.parametrize(("period", "words"), [("month", "2024-03\n"), ("made_month", "2024-03\n"), ("week", "2024-03-01\n")])
def test_a_month_is_printed_as_a_month_and_a_week_as_its_first_day(period: str, words: str) -> None:
    assert words in str(Findings((replace(NORTH, where={period: date(2024, 3, 1)}),), (period,)))


@pytest.mark.parametrize(("library", "turn"), [("polars", "to_polars"), ("pandas", "to_pandas")])
def test_a_library_that_is_not_there_is_named_with_the_way_round(library: str, turn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RequestError, match=f"{library} is not installed") as error:
        getattr(Findings((NORTH,), ("lane",)), turn)()
    assert "to_arrow" in str(error.value.mend)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0007638888888889, "0.0007639"),
        (0.5, "0.5"),
        (2.0, "2"),
        (12.3456789, "12.35"),
        (-0.25, "-0.25"),
        (1234.5678, "1,235"),
        (9_999_999.0, "9,999,999"),
        (1e-30, "1e-30"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_keeps_the_figures_that_count(value: float, text: str) -> None:
    assert sensible(value) == text


@pytest.mark.parametrize(
    ("shown", "unit", "words"),
    [("1", "days", "1 day"), ("2", "days", "2 days"), ("1.5", "days", "1.5 days"), ("-1", "minutes outside", "-1 minute outside"),
     ("1", "BRL", "1 BRL"), ("0", "days", "0 days"), ("7", "", "7")],
)  # fmt: skip
def test_one_has_its_unit_in_the_singular(shown: str, unit: str, words: str) -> None:
    assert with_unit(shown, unit) == words

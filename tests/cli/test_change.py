"""``troth show change``: what moved along when a promise's late share changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

ASKED = ("show", "change", "--where", "name=delivery date", "--before", "2024-02", "--after", "2024-04")


def test_the_parts_add_up_to_the_change_and_are_read_as_points(run_shop: Path, troth: Command) -> None:
    document = troth(*ASKED, "--project", run_shop, "--format", "json").document
    rows = document["rows"]
    assert {row["mechanism"] for row in rows} >= {"promise", "together", "chance"}
    said = troth(*ASKED, "--project", run_shop)
    assert said.code == 0
    assert "bookkeeping by the KPI's own definition" in said.out
    assert f"{100 * sum(row['measured'] for row in rows):+.1f} points" in said.out


def test_a_dimension_may_tell_the_sides_apart(run_shop: Path, troth: Command) -> None:
    asked = ("show", "change", "--where", "name=delivery date", "--by", "lane", "--before", "north", "--after", "south")
    assert troth(*asked, "--project", run_shop).code == 0


def test_a_period_nothing_was_made_in_is_said_once_and_by_its_own_name(run_shop: Path, troth: Command) -> None:
    said = " ".join(troth(*ASKED[:-1], "2025-09", "--project", run_shop).out.split())
    assert said.count("there is no “2025-09” in “made_month”") == 1
    assert "“side”" not in said


def test_which_month_a_change_is_of_is_said(run_shop: Path, troth: Command) -> None:
    assert "A period is that in which promises were made" in " ".join(troth(*ASKED, "--project", run_shop).out.split())


@pytest.mark.parametrize(
    ("left_out", "mend"),
    [("--where", "name the promise"), ("--before", "--before 2024-08"), ("--after", "--after 2024-09")],
)
def test_what_is_missing_is_asked_for(run_shop: Path, troth: Command, left_out: str, mend: str) -> None:
    place = ASKED.index(left_out)
    said = troth(*ASKED[:place], *ASKED[place + 2 :], "--project", run_shop)
    assert said.code != 0
    assert mend in said.err


def test_a_promise_without_a_clock_or_of_no_source_is_refused(run_shop: Path, troth: Command) -> None:
    said = troth("show", "change", "--where", "name=delivry date", "--before", "2024-02", "--after", "2024-04", "--project", run_shop)
    assert said.code != 0
    assert "delivery date" in said.err


def test_before_and_after_are_of_a_change_alone(run_shop: Path, troth: Command) -> None:
    said = troth("show", "integrity", "--before", "2024-02", "--project", run_shop)
    assert said.code != 0
    assert "takes no --before" in said.err

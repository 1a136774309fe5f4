"""Until when a promise can be kept, said twice: as a moment (due) and as a duration (promised).

Due counts; where it is empty, the duration does.
"""

from __future__ import annotations

from pathlib import Path

import ibis
import pytest

from tests.intake.projects import at, orders, write
from troth.intake import Kind, check

SOURCE = """\
read = "orders.csv"
id = "id"
[[promises]]
name = "answer"
type = "response_time"
customer = "customer"
made_at = "made"
due = "due"
promised = "days"
received_at = "answered"
"""
HEADER = "id,customer,made,due,days,answered\n"


def test_a_row_without_due_is_due_when_its_duration_ends(tmp_path: Path) -> None:
    csv = (
        HEADER
        + "1,ana,2024-03-01 08:00:00,2024-03-05 12:00:00,,\n"
        + "2,ben,2024-03-01 08:00:00,,4,\n"
        + "3,chi,2024-03-01 08:00:00,,1.5,\n"
        + "4,dag,2024-03-01 08:00:00,,,\n"
    )
    one = orders(tmp_path, csv, SOURCE)

    assert one.rows("row", "due_at", "promised") == [
        ("1", at("2024-03-05 12:00"), None),
        ("2", at("2024-03-05 08:00"), 4.0),
        ("3", at("2024-03-02 20:00"), 1.5),
    ]
    assert one.aside("row", "column", "reason") == [("4", "due", "no promise")]
    assert one.tally.coverage == 3 / 4
    assert dict(one.tally.noteworthy) == {}


def test_one_duration_may_hold_for_all_rows_without_due(tmp_path: Path) -> None:
    csv = HEADER + "1,ana,2024-03-01 08:00:00,,,\n2,ben,2024-03-01 08:00:00,2024-03-02 08:00:00,,\n"
    one = orders(tmp_path, csv, SOURCE.replace('"days"', '"2 days"'))

    assert one.column("due_at") == [at("2024-03-03 08:00"), at("2024-03-02 08:00")]
    assert dict(one.tally.noteworthy) == {"promised otherwise": 1}


@pytest.mark.parametrize(
    ("due", "days", "agree"),
    [
        ("2024-03-05", "4", True),  # the day it is due holds the hour
        ("2024-03-05", "3.7", True),
        ("2024-03-05", "3.25", False),  # ends on the 4th
        ("2024-03-05", "5", False),
        ("2024-03-05 23:59:59", "4", True),  # whole days are not meant to the hour
        ("2024-03-05 00:00:00", "4", True),
        ("2024-03-06 14:00:00", "4", False),
        ("2024-03-04 14:00:00", "4", False),
        ("2024-03-02 02:00:00", "0.5", True),
        ("2024-03-02 02:00:30", "0.5", True),
        ("2024-03-02 03:00:00", "0.5", False),
        ("2024-03-02 01:00:00", "0.5", False),
    ],
)
def test_due_counts_and_rows_that_say_otherwise_are_counted(tmp_path: Path, due: str, days: str, agree: bool) -> None:  # noqa: FBT001
    one = orders(tmp_path, HEADER + f"1,ana,2024-03-01 14:00:00,{due},{days},\n", SOURCE)

    assert one.column("due_at") == [at(due if ":" in due else f"{due} 23:59:59.999999")]
    assert dict(one.tally.noteworthy) == ({} if agree else {"promised otherwise": 1})


@pytest.mark.parametrize(("due", "agree"), [("2024-03-04", True), ("2024-03-06", True), ("2024-03-07", False), ("2024-03-03", False)])
def test_a_range_agrees_with_each_of_its_durations(tmp_path: Path, due: str, agree: bool) -> None:  # noqa: FBT001
    source = SOURCE.replace('"days"\n', '"days"\npromised_to = "5"\n')
    one = orders(tmp_path, HEADER + f"1,ana,2024-03-01 14:00:00,{due},3,\n", source)

    assert dict(one.tally.noteworthy) == ({} if agree else {"promised otherwise": 1})


def test_what_cannot_be_read_sets_its_row_aside_whatever_the_other_says(tmp_path: Path) -> None:
    csv = (
        HEADER
        + "1,ana,2024-03-01 08:00:00,soon,4,\n"
        + "2,ben,2024-03-01 08:00:00,,a few,\n"
        + "3,chi,2024-03-01 08:00:00,2024-03-02,a few,\n"
        + "4,dag,2024-03-01 08:00:00,,-2,\n"
        + "5,eva,2024-03-01 08:00:00,2024-02-01,1,\n"
        + "6,fay,,,1,\n"
    )
    one = orders(tmp_path, csv, SOURCE)

    assert one.aside("row", "column", "value", "reason") == [
        ("1", "due", "soon", "bad date"),
        ("2", "days", "a few", "bad number"),
        ("3", "days", "a few", "bad number"),
        ("4", "days", "-2", "due before made"),
        ("5", "due", "2024-02-01", "due before made"),
        ("6", "made", None, "missing value"),
    ]


def test_of_rows_with_one_key_the_first_that_says_until_when_stands(tmp_path: Path) -> None:
    csv = (
        HEADER
        + "1,ana,2024-03-01 08:00:00,,,\n"
        + "1,ana,2024-03-01 08:00:00,,2,\n"
        + "1,ana,2024-03-01 08:00:00,,3,\n"
    )  # fmt: skip
    one = orders(tmp_path, csv, SOURCE)

    assert one.column("due_at") == [at("2024-03-03 08:00")]
    assert sorted(one.aside("column", "value", "reason")) == [("days", "3", "conflicting key"), ("id", "1", "duplicate key")]


def test_of_other_types_neither_stands_in_for_the_other(tmp_path: Path) -> None:
    """A price is how much, whatever its due date; a delivery slot has an end, whatever was promised besides."""
    csv = HEADER + "1,ana,2024-03-01 08:00:00,2024-03-05,,\n2,ben,2024-03-01 08:00:00,,4,\n3,chi,2024-03-01 08:00:00,2024-03-05,9,\n"
    price = SOURCE.replace("response_time", "price").replace("received_at", "received")
    window = SOURCE.replace("response_time", "window") + 'window_start = "made"\n'

    assert orders(tmp_path / "price", csv, price).rows("row", "due_at", "promised") == [
        ("2", None, 4.0),
        ("3", at("2024-03-05 23:59:59.999999"), 9.0),
    ]
    one = orders(tmp_path / "window", csv, window)
    assert one.column("row") == ["1", "3"]
    assert dict(one.tally.noteworthy) == {}


def test_check_counts_the_rows_that_say_otherwise(tmp_path: Path) -> None:
    csv = HEADER + "1,ana,2024-03-01 08:00:00,2024-03-05,4,\n2,ben,2024-03-01 08:00:00,2024-03-09,4,\n3,chi,2024-03-01 08:00:00,,4,\n"
    remarks = check(write(tmp_path, SOURCE, files={"orders.csv": csv}), ibis.duckdb.connect())

    [hint] = [one for one in remarks if one.text.startswith("promised otherwise, 1 of the rows used: ") and one.kind is Kind.HINT]
    assert hint.mend
    [fact] = [one for one in remarks if one.kind is Kind.FACT]
    assert "3 rows read, 3 used" in fact.text
    assert not [one for one in remarks if one.place == "promises[1].promised"]

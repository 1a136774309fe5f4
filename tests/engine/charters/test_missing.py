"""Combinations on record that nobody agreed anything for, in a table that fits the page.

promise         segment   promises   people   line
delivery date   loyal     2          2        yes
delivery date   new       3          2        missing
delivery date   unknown   1          nobody   missing
refund          loyal     1          1        missing
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from troth.engine.charters.agreed_lines import agreed_lines
from troth.engine.charters.missing import Agreed, agreed, missing_cells
from troth.engine.promises import judge
from troth.terms.charter import KEYS, Charter, Line, Party
from troth.terms.errors import RequestError
from troth.terms.versions import judging
from troth.terms.vocabulary import Aspect, Direction, PromiseSpec, PromiseType

ROWS = [
    ("delivery date", "loyal", "ann", 3),
    ("delivery date", "loyal", "bob", 4),
    ("delivery date", "new", "cid", 2),
    ("delivery date", "new", "cid", 5),
    ("delivery date", "new", "ann", 9),
    ("delivery date", None, None, 1),
    ("refund", "loyal", "bob", 6),
]
LOYAL = Charter(lines=(Line(promise="delivery date", segment="loyal", standard=5.0),), version="1")


def ledger() -> Any:
    names, segments, customers, days = zip(*ROWS, strict=True)
    table = pa.table(
        {
            "type": ["deadline"] * len(ROWS),
            "name": names,
            "segment": pa.array(segments, pa.string()),
            "customer": pa.array(customers, pa.string()),
            "made_at": pa.array([datetime(2024, 1, day) for day in days], pa.timestamp("us")),
            "due_at": pa.array([datetime(2024, 2, day) for day in days], pa.timestamp("us")),
        }
    )
    return judge(table, as_of=datetime(2024, 12, 31, tzinfo=UTC)).cache()


def test_combinations_without_a_line_are_named_with_people_promises_and_days_most_people_first() -> None:
    found = [
        (one.where["promise"], one.where["segment"], one.promises, one.people, one.unnamed, one.first_made.day, one.last_made.day)
        for one in missing_cells(ledger(), LOYAL)
    ]
    assert found == [
        ("delivery date", "new", 3, 2, 0, 2, 9),
        ("refund", "loyal", 1, 1, 0, 6, 6),
        ("delivery date", None, 1, 0, 1, 1, 1),
    ]


def test_a_cell_has_all_five_keys() -> None:
    assert {tuple(one.where) for one in missing_cells(ledger(), LOYAL)} == {KEYS}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), Agreed(4, 0, 7, 0, 3, 0)),
        (LOYAL.lines, Agreed(4, 1, 7, 2, 3, 0)),
        ((Line(promise="delivery date"),), Agreed(4, 3, 7, 6, 3, 2)),
        ((Line(segment="loyal"), Line(segment="new")), Agreed(4, 3, 7, 6, 3, 3)),
        ((Line(),), Agreed(4, 4, 7, 7, 3, 3)),
    ],
    ids=["no line", "loyal only", "one promise", "two segments", "everything"],
)
def test_how_much_of_what_occurs_is_agreed(lines: tuple[Line, ...], told: Agreed) -> None:
    assert agreed(ledger(), Charter(lines=lines)) == told


@pytest.mark.parametrize("lines", [(), LOYAL.lines, (Line(segment="new"),), (Line(),)], ids=["none", "loyal", "new", "all"])
def test_the_query_agrees_with_asking_row_by_row(lines: tuple[Line, ...]) -> None:
    charter = Charter(lines=lines)
    naive: dict[tuple[str, str | None], int] = defaultdict(int)
    for name, segment, _, _ in ROWS:
        if charter.match({"promise": name, "segment": segment}) is None:
            naive[name, segment] += 1
    assert {(one.where["promise"], one.where["segment"]): one.promises for one in missing_cells(ledger(), charter)} == naive


def test_what_an_earlier_version_spoke_of_is_missing_once_the_version_in_force_does_not() -> None:
    signed = (Party("Service officer", Aspect.SERVICE, signed=True),)
    first = replace(LOYAL, parties=signed)
    second = replace(LOYAL, version="2", effective_from=date(2024, 6, 1), lines=(Line(promise="refund"),), parties=signed)
    both = judging([first, second], datetime(2024, 12, 31, tzinfo=UTC), "UTC")
    assert {one.where["promise"] for one in missing_cells(ledger(), both)} == {"delivery date"}
    assert "1 of 4 combinations" in missing_cells(ledger(), both).notes[0]


def test_the_lines_are_told_and_the_one_that_holds_for_a_cell() -> None:
    charter = replace(LOYAL, lines=(Line(promise="delivery date", standard=8.0), *LOYAL.lines))
    specs = [PromiseSpec("delivery date", PromiseType.DEADLINE, Direction.MIN, "days", "orders")]
    told = agreed_lines(charter, specs)
    assert [(one.position, one.standard, one.unit, one.direction) for one in told] == [(1, 8.0, "days", "min"), (2, 5.0, "days", "min")]
    assert [one.position for one in agreed_lines(charter, specs, {"promise": "delivery date", "segment": "loyal"})] == [2]
    assert [one.position for one in agreed_lines(charter, specs, {"promise": "delivery date"})] == [1]
    nothing = agreed_lines(charter, specs, {"promise": "refund"})
    assert not nothing.rows
    assert "it is missing" in nothing.notes[-1]
    with pytest.raises(RequestError, match="no “segmnt”"):
        agreed_lines(charter, specs, {"segmnt": "loyal"})

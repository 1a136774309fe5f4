"""Rows that are used and still worth a note: a local time that occurs twice, a promise said to replace one that is not there."""

from __future__ import annotations

import io
from pathlib import Path

import ibis
import pytest
from pyarrow import csv, parquet

from tests.contracts.documents import DOCS, text_of
from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.intake import Kind, check
from troth.terms.tables import NOTEWORTHY

NEW_YORK = 'timezone = "America/New_York"\n'
HEADER = "id,customer,ordered,promised,delivered\n"
AUTUMN = (
    HEADER
    + "1,ana,2011-11-06 01:30:00,2011-11-20,\n"  # the clocks went back at 2:00: 1:30 came twice
    + "2,ben,2011-11-06 02:30:00,2011-11-20,\n"
    + "3,chi,2011-11-06T01:30:00-05:00,2011-11-20,\n"  # with its offset there is no doubt
    + "4,dag,2011-11-05,2011-11-06,2011-11-06 01:59:59\n"
    + "5,eva,2011-11-06 01:30:00,,\n"
)
REPLACING = ORDERS + 'replaces = "earlier"\n'
CHANGES = (
    HEADER.replace("\n", ",earlier\n")
    + "1,ana,2024-03-01,2024-03-05,,\n"
    + "2,ana,2024-03-03,2024-03-09,,1\n"
    + "3,ben,2024-03-03,2024-03-09,,7\n"
    + "4,chi,2024-03-03,2024-03-09,,4\n"
    + "5,dag,soon,2024-03-09,,\n"
    + "6,dag,2024-03-03,2024-03-12,,5\n"
)
IMPOSSIBLE = (
    HEADER.replace("\n", ",earlier\n")
    + "1,ana,2024-03-01,2024-03-05,,2\n"  # 1 and 2 replace each other
    + "2,ana,2024-03-03,2024-03-09,,1\n"
    + "3,ben,2024-03-01,2024-03-09,,4\n"  # made before 4
    + "4,ben,2024-03-03,2024-03-09,,\n"
    + "5,chi,2024-03-04,2024-03-09,,4\n"  # 4 was promised to ben
    + "6,ben,2024-03-04,2024-03-12,,4\n"
)
EXAMPLES = {
    "replaces nothing": "(for example, row 3 replaces 7)",
    "replaces in a loop": "(for example, row 1 replaces 2)",
    "replaces a later promise": "(for example, row 3 replaces 4)",
    "replaces another customer's promise": "(for example, row 5 replaces 4)",
}


def test_a_local_time_that_occurs_twice_is_used_and_counted(tmp_path: Path) -> None:
    one = orders(tmp_path, AUTUMN, settings=NEW_YORK)

    assert one.rows("row", "made_at")[0] == ("1", at("2011-11-06 05:30"))
    assert (one.tally.used, dict(one.tally.noteworthy)) == (4, {"clock repeated": 2})
    assert one.reasons == {"no promise": 1}


def test_nothing_is_noted_where_clocks_do_not_go_back(tmp_path: Path) -> None:
    assert dict(orders(tmp_path / "utc", AUTUMN).tally.noteworthy) == {}
    assert dict(orders(tmp_path / "tokyo", AUTUMN, settings='timezone = "Asia/Tokyo"\n').tally.noteworthy) == {}


def test_notes_are_counted_where_parquet_is_read_in_place(tmp_path: Path) -> None:
    strings = csv.ConvertOptions(column_types=dict.fromkeys(("id", "customer", "ordered", "promised", "delivered"), "string"))
    table = csv.read_csv(io.BytesIO(AUTUMN.encode()), convert_options=strings)
    folder = write(tmp_path, ORDERS.replace("orders.csv", "orders.parquet"), settings=NEW_YORK)
    parquet.write_table(table, folder / "orders.parquet")

    assert dict(taken(folder).tally.noteworthy) == {"clock repeated": 2}


def test_a_promise_that_replaces_one_that_is_not_on_record_counts_and_is_noted(tmp_path: Path) -> None:
    one = orders(tmp_path, CHANGES, REPLACING)

    assert one.rows("row", "replaces") == [("1", None), ("2", "1"), ("3", "7"), ("4", None), ("6", "5")]
    assert dict(one.tally.noteworthy) == {"replaces nothing": 3}  # 3: nobody is 7; 4: itself; 6: 5 was set aside
    assert one.reasons == {"bad date": 1}


def test_a_row_that_replaces_itself_is_a_promise_of_its_own(tmp_path: Path) -> None:
    """domain.md c6, attack 5: it would be its own amendment, and count for nothing."""
    assert orders(tmp_path, CHANGES, REPLACING).rows("row", "replaces")[3] == ("4", None)


@pytest.mark.parametrize(
    ("text", "source", "settings", "word", "count"),
    [
        (AUTUMN, ORDERS, NEW_YORK, "clock repeated", 2),
        (CHANGES, REPLACING, "", "replaces nothing", 3),
        (IMPOSSIBLE, REPLACING, "", "replaces in a loop", 2),
        (IMPOSSIBLE, REPLACING, "", "replaces a later promise", 1),
        (IMPOSSIBLE, REPLACING, "", "replaces another customer's promise", 1),
    ],
    ids=["clock repeated", "replaces nothing", "loop", "later", "another customer"],
)
def test_check_says_so_with_a_mend(tmp_path: Path, text: str, source: str, settings: str, word: str, count: int) -> None:
    remarks = check(write(tmp_path, source, files={"orders.csv": text}, settings=settings), ibis.duckdb.connect())
    (hint,) = [remark for remark in remarks if remark.kind is Kind.HINT and remark.text.startswith(f"{word}, {count} of the rows used: ")]
    (fact,) = [remark for remark in remarks if remark.kind is Kind.FACT]

    assert hint.mend
    assert f"{count} {word}" in fact.text.partition("worth a note: ")[2]
    assert (EXAMPLES[word] in hint.text) if word in EXAMPLES else ("for example" not in hint.text)


def test_every_note_is_explained_where_rows_are_accounted_for() -> None:
    page = text_of(DOCS / "numbers" / "row-accounting.md")

    for word, meaning in NOTEWORTHY.items():
        assert f"- **{word}**: {meaning}." in page

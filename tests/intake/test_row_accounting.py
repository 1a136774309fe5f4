"""Every row read is used, or set aside for one reason with its file, row, column and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.terms.tables import PROMISES, REASONS, SET_ASIDE, names

HEADER = "id,customer,ordered,promised,delivered\n"


def test_a_sound_row_becomes_a_promise(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + "1,ana,2024-03-01 10:00:00,2024-03-05 12:00:00,2024-03-04 09:30:00\n")

    assert one.rows("source", "row", "name", "type", "direction", "unit", "customer", "subject") == [
        ("orders", "1", "delivery date", "deadline", "min", "days", "ana", "1")
    ]
    assert one.rows("made_at", "due_at", "received_at") == [(at("2024-03-01 10:00"), at("2024-03-05 12:00"), at("2024-03-04 09:30"))]
    assert (one.tally.read, one.tally.used, one.reasons, one.tally.coverage) == (1, 1, {}, 1.0)


def test_the_table_follows_its_contract_to_the_type(tmp_path: Path) -> None:
    promises = orders(tmp_path, HEADER + "1,ana,2024-03-01,2024-03-05,\n").intake.promises

    assert promises.columns == names(PROMISES)
    assert {column.name: str(promises[column.name].type()) for column in PROMISES} == {
        column.name: "string" if column.type == "id" else column.type for column in PROMISES
    }
    assert orders(tmp_path, HEADER).intake.set_aside.columns == names(SET_ASIDE)


@pytest.mark.parametrize(
    ("row", "reason", "column", "value"),
    [
        ("1,ana,2024-03-01,,2024-03-02", "no promise", "promised", None),
        ("1,ana,soon,2024-03-05,", "bad date", "ordered", "soon"),
        ("1,ana,2024-03-01,2024-02-30,", "bad date", "promised", "2024-02-30"),
        ("1,ana,2024-03-01,2024-03-05,yesterday", "bad date", "delivered", "yesterday"),
        ("1,ana,,2024-03-05,", "missing value", "ordered", None),
        (",ana,2024-03-01,2024-03-05,", "missing value", "id", None),
        ("1,ana,2024-03-06 10:00:00,2024-03-05,", "due before made", "promised", "2024-03-05"),
        ("1,ana,2024-03-02,2024-03-05,2024-03-01", "received before made", "delivered", "2024-03-01"),
        ("1,ana,2024-03-02", "unreadable row", None, "1,ana,2024-03-02"),
        ("1,ana,2024-03-02,2024-03-05,,more", "unreadable row", None, "1,ana,2024-03-02,2024-03-05,,more"),
    ],
)
def test_an_unsound_row_is_set_aside_with_its_value(tmp_path: Path, row: str, reason: str, column: str | None, value: str | None) -> None:
    one = orders(tmp_path, HEADER + "9,zoe,2024-03-01,2024-03-05,\n" + row + "\n")

    assert one.reasons == {reason: 1}
    assert one.aside("source", "mapping", "file", "line", "column", "value", "reason") == [
        ("orders", "promises “delivery date”", "orders.csv", 2, column, value, reason)
    ]
    assert one.column("row") == ["9"]


def test_every_reason_used_is_explained() -> None:
    source = "".join(path.read_text() for path in Path("src/troth/intake").rglob("*.py"))
    told = [reason for reason in REASONS if f'"{reason}"' in source]

    assert set(REASONS) - set(told) == {"no promise to answer", "ambiguous receipt"}  # told by the ledger, where receipts meet promises


def test_rows_the_filter_leaves_out_are_counted_and_do_not_touch_coverage(tmp_path: Path) -> None:
    one = orders(
        tmp_path,
        HEADER + "1,ana,2024-03-01,2024-03-05,\n2,test,2024-03-01,,\n3,ben,2024-03-01,,\n",
        ORDERS.replace('id = "id"', 'id = "id"\nfilter = "customer <> \'test\'"'),
    )

    assert one.reasons == {"filtered out": 1, "no promise": 1}
    assert one.tally.coverage == 0.5


def test_the_last_row_of_a_key_counts(tmp_path: Path) -> None:
    one = orders(
        tmp_path, HEADER + "1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-01,2024-03-05,\n1,ana,2024-03-01,2024-03-05,2024-03-04 08:00:00\n"
    )

    assert one.rows("row", "received_at") == [("1", at("2024-03-04 08:00")), ("2", None)]
    assert one.aside("line", "row", "column", "reason") == [(1, "1", "id", "duplicate key")]


def test_importing_the_same_rows_twice_changes_nothing(tmp_path: Path) -> None:
    rows = HEADER + "1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-02,2024-03-06,2024-03-05\n"
    source = ORDERS.replace("orders.csv", "orders*.csv")
    once = taken(write(tmp_path / "once", source, files={"orders1.csv": rows}))
    twice = taken(write(tmp_path / "twice", source, files={"orders1.csv": rows, "orders2.csv": rows}))
    again = taken(tmp_path / "once")

    columns = names(PROMISES)
    assert once.rows(*columns) == twice.rows(*columns) == again.rows(*columns)
    assert twice.reasons == {"duplicate key": 2}
    assert [file for (file,) in twice.aside("file")] == ["orders1.csv", "orders1.csv"]


def test_without_an_id_the_key_is_file_and_row_number(tmp_path: Path) -> None:
    rows = HEADER + "1,ana,2024-03-01,2024-03-05,\nbroken\n1,ana,2024-03-01,2024-03-05,\n"
    one = orders(tmp_path, rows, ORDERS.replace('id = "id"\n', ""))

    assert one.column("row") == ["orders.csv:1", "orders.csv:3"]


def test_an_area_the_charter_does_not_list_is_set_aside(tmp_path: Path) -> None:
    csv = HEADER + "1,Fulfilment,2024-03-01,2024-03-05,\n2,Fulfillment,2024-03-01,2024-03-05,\n3,,2024-03-01,2024-03-05,\n"
    source = ORDERS + 'kept_by = "customer"\n'
    listed = '[[areas]]\nname = "Fulfilment"\naspect = "operating"\n'

    assert orders(tmp_path / "a", csv, source, charter=listed).aside("row", "column", "value", "reason") == [
        ("2", "kept_by", "Fulfillment", "unknown area")
    ]
    assert orders(tmp_path / "b", csv, source, charter='stages = ["fulfilment"]').reasons == {}


def test_each_mapping_of_a_source_balances_by_itself(tmp_path: Path) -> None:
    source = ORDERS + '[[customers]]\nid = "customer"\n[[interactions]]\nkind = "\'order\'"\nat = "ordered"\ncustomer = "customer"\n'
    csv = HEADER + "1,ana,2024-03-01,,\n2,,2024-03-01,2024-03-05,\nbroken\n"
    one = orders(tmp_path, csv, source)

    told = {tally.mapping: (tally.read, tally.used, dict(tally.set_aside)) for tally in one.intake.accounting}
    assert told == {
        "promises “delivery date”": (3, 1, {"no promise": 1, "unreadable row": 1}),
        "customers": (3, 1, {"missing value": 1, "unreadable row": 1}),
        "interactions": (3, 2, {"unreadable row": 1}),
    }


def test_a_file_without_rows_is_no_failure(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER)

    assert (one.tally.read, one.tally.used, one.tally.coverage) == (0, 0, None)

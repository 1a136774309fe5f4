"""Every row read is used, or set aside for one reason with its file, row, column and value."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.terms.errors import SettingError
from troth.terms.tables import PROMISES, REASONS, SET_ASIDE, names

COLUMNS = ("id", "customer", "ordered", "promised", "delivered", "claim")
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
        ("orders", "promises “delivery date”", "orders.csv", 3, column, value, reason)
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


def test_a_promise_that_cannot_be_read_is_not_on_record_and_an_impossible_one_is(tmp_path: Path) -> None:
    one = orders(
        tmp_path,
        HEADER + "1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-01,TBD,\n3,chi,2024-03-01,,\n4,dee,2024-03-04,2024-03-01,\n",
    )

    assert one.reasons == {"bad date": 1, "no promise": 1, "due before made": 1}
    assert (one.tally.recorded, one.tally.events, one.tally.coverage) == (2, 4, 0.5)


def test_what_is_missing_from_the_ledger_is_counted_by_all_it_may_be_sliced_by(tmp_path: Path) -> None:
    rows = (
        "id,team,ordered,promised\n1,north,2024-03-01,2024-03-05\n2,south,2024-03-01,\n3,south,2024-03-01,\n4,south,2024-03-09,2024-03-01\n"
    )
    source = """\
        read = "orders.csv"
        id = "id"
        [[promises]]
        name = "delivery date"
        type = "deadline"
        made_at = "ordered"
        due = "promised"
        kept_by = "team"
        dimensions = { half = "case when team = 'north' then 'upper' else 'lower' end" }
    """
    missing = taken(write(tmp_path, source, files={"orders.csv": rows})).intake.missing

    found = missing.select("name", "kept_by", "half", "made_at", "on_record", "rows").order_by("made_at").to_pyarrow().to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("delivery date", "south", "lower", datetime(2024, 3, 1), False, 2),
        ("delivery date", "south", "lower", datetime(2024, 3, 9), True, 1),
    ]


@pytest.mark.parametrize(
    ("keys", "row", "reason", "column"),
    [
        ('type = "quantity"\npromised = "level"\nreceived = "got"', "0,5,", "nothing promised", "level"),
        ('type = "quantity"\npromised = "level"\nreceived = "got"', "-3,5,", "negative level", "level"),
        ('type = "quantity"\npromised = "level"\nreceived = "got"', "5,-1,", "negative level", "got"),
        ('type = "price"\npromised = "level"\nreceived = "got"', "-1.5,2,", "negative level", "level"),
        ('type = "price"\npromised = "level"\nreceived = "got"\ntolerance = "further"', "5,5,-1", "negative level", "further"),
        ('type = "quantity"\npromised = "level"\npromised_to = "further"\nquantifier = "range"', "5,,3", "range backwards", "further"),
    ],
)
def test_what_nobody_can_promise_or_receive_is_set_aside(keys: str, row: str, reason: str, column: str, tmp_path: Path) -> None:
    source = f'read = "orders.csv"\nid = "id"\n[[promises]]\nname = "order"\nmade_at = "ordered"\n{keys}\n'
    rows = f"id,ordered,level,got,further\n1,2024-03-01,{row}\n2,2024-03-01,5,5,7\n"
    one = taken(write(tmp_path, source, files={"orders.csv": rows}))
    assert (one.tally.read, one.tally.used, one.reasons) == (2, 1, {reason: 1})
    assert one.tally.coverage == 1.0  # it was promised, however badly
    ((where, line, value),) = one.aside("column", "line", "value")
    assert (where, line, value) == (column, 2, dict(zip(("level", "got", "further"), row.split(","), strict=True))[column])


def test_a_window_that_ends_before_it_starts_is_set_aside(tmp_path: Path) -> None:
    source = """\
        read = "visits.csv"
        id = "id"
        [[promises]]
        name = "visit"
        type = "window"
        made_at = "made"
        window_start = "starts"
        due = "ends"
    """
    rows = "id,made,starts,ends\n1,2024-03-01,2024-03-05 14:00,2024-03-05 10:00\n2,2024-03-01,2024-03-05 08:00,2024-03-05 10:00\n"
    one = taken(write(tmp_path, source, files={"visits.csv": rows}))
    assert (one.tally.used, one.reasons) == (1, {"window backwards": 1})


def test_nothing_may_be_promised_where_less_is_better(tmp_path: Path) -> None:
    source = 'read = "o.csv"\nid = "id"\n[[promises]]\nname = "no hidden fees"\ntype = "price"\nmade_at = "ordered"\npromised = "fee"\n'
    assert taken(write(tmp_path, source, files={"o.csv": "id,ordered,fee\n1,2024-03-01,0\n"})).reasons == {}


def test_importing_the_same_rows_twice_changes_nothing(tmp_path: Path) -> None:
    rows = HEADER + "1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-02,2024-03-06,2024-03-05\n"
    source = ORDERS.replace("orders.csv", "orders*.csv")
    once = taken(write(tmp_path / "once", source, files={"orders1.csv": rows}))
    twice = taken(write(tmp_path / "twice", source, files={"orders1.csv": rows, "orders2.csv": rows}))
    again = taken(tmp_path / "once")

    columns = names(PROMISES)
    assert once.rows(*columns) == twice.rows(*columns) == again.rows(*columns)
    assert twice.reasons == {"duplicate key": 2}
    assert [file for (file,) in twice.aside("file")] == ["orders2.csv", "orders2.csv"]


def test_without_an_id_the_key_is_file_and_line(tmp_path: Path) -> None:
    rows = HEADER + "1,ana,2024-03-01,2024-03-05,\nbroken\n1,ana,2024-03-01,2024-03-05,\n"
    one = orders(tmp_path, rows, ORDERS.replace('id = "id"\n', ""))

    assert one.column("row") == ["orders.csv:2", "orders.csv:4"]


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


CLAIMED = ORDERS + "flagged_kept = \"claim = 'ok'\"\n"
CLAIMS = HEADER.replace("\n", ",claim\n") + (
    "1,ana,2024-03-01,2024-03-05,2024-03-04,ok\n"
    "2,ben,2024-03-01,2024-03-05,2024-03-09,late\n"
    "3,mia,2024-03-01,2024-03-05,,\n"
    "4,zoe,2024-03-01,,2024-03-04,ok\n"
    "5,tom,2024-03-01,,2024-03-09,late\n"
    "6,eva,soon,2024-03-05,2024-03-09,ok\n"
)


def test_what_the_source_itself_claims_stands_beside_the_promise(tmp_path: Path) -> None:
    one = orders(tmp_path, CLAIMS, CLAIMED)

    assert one.rows("row", "flagged_kept") == [("1", "yes"), ("2", "no"), ("3", None)]
    (spec,) = one.intake.specs
    assert (spec.dimensions, spec.flagged_kept) == (("flagged_kept",), "claim = 'ok'")


def test_rows_flagged_as_kept_that_bear_no_promise_are_counted(tmp_path: Path) -> None:
    one = orders(tmp_path, CLAIMS, CLAIMED)

    assert one.reasons == {"no promise": 2, "bad date": 1}
    assert one.tally.flagged_kept == 1  # row 4; row 6 bears a promise, whose date cannot be read
    assert orders(tmp_path / "unclaimed", CLAIMS).tally.flagged_kept is None
    assert orders(tmp_path / "all", CLAIMS.replace(",,", ",2024-03-05,"), CLAIMED).tally.flagged_kept == 0


def test_claims_are_counted_where_parquet_is_read_in_place(tmp_path: Path) -> None:
    table = csv.read_csv(io.BytesIO(CLAIMS.encode()), convert_options=csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, "string")))
    folder = write(tmp_path, CLAIMED.replace("orders.csv", "orders.parquet"))
    parquet.write_table(table, folder / "orders.parquet")

    assert taken(folder).tally.flagged_kept == 1


def test_the_claim_has_one_name_in_the_ledger(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="own claim already") as caught:
        orders(tmp_path, CLAIMS, CLAIMED + 'dimensions = { flagged_kept = "claim" }\n')
    assert caught.value.place == "promises[1].dimensions.flagged_kept"


@pytest.mark.parametrize(
    ("keys", "noun"),
    [('each = "order"\n', ("order", "orders")), ('each = "entry"\neach_plural = "entries"\n', ("entry", "entries")), ("", None)],
)
def test_a_mapping_says_what_is_counted_where_nobody_is_named(tmp_path: Path, keys: str, noun: tuple[str, str] | None) -> None:
    (spec,) = orders(tmp_path, HEADER + "1,ana,2024-03-01,2024-03-05,\n", ORDERS + keys).intake.specs

    assert (None if spec.each is None else (spec.each.one, spec.each.many)) == noun


def test_a_plural_needs_its_singular(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="needs each"):
        orders(tmp_path, HEADER, ORDERS + 'each_plural = "orders"\n')

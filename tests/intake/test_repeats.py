"""A key that occurs more than once: repeats are harmless, and a promise made anew does not take the place of the first."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import ibis
import pytest
from pyarrow import csv, parquet

from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.intake import Kind, check

HEADER = "id,customer,ordered,promised,delivered\n"
FIRST = "1,ana,2024-03-01,2024-03-05,\n"


def test_a_row_that_says_the_same_again_is_a_repeat(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + FIRST + "2,ben,2024-03-01,2024-03-05,\n" + FIRST)

    assert one.column("row") == ["1", "2"]
    assert one.aside("line", "row", "column", "value", "reason") == [(4, "1", "id", "1", "duplicate key")]
    assert (one.tally.events, one.tally.coverage) == (2, 1.0)


def test_a_later_due_date_under_the_same_key_does_not_win(tmp_path: Path) -> None:
    """domain.md c6, attack 5: the original counts."""
    one = orders(tmp_path, HEADER + FIRST + "1,ana,2024-03-01,2024-03-09,2024-03-08\n")

    assert one.rows("due_at", "received_at") == [(at("2024-03-05 23:59:59.999999"), at("2024-03-08 23:59:59.999999"))]
    assert one.aside("line", "row", "column", "value", "reason") == [(3, "1", "promised", "2024-03-09", "conflicting key")]
    assert one.tally.events == 1


def test_a_row_that_knows_more_is_no_conflict_and_what_it_knows_is_kept(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + FIRST + "1,,2024-03-01,2024-03-05,2024-03-04 08:00:00\n1,ana,2024-03-01,,\n")

    assert one.rows("customer", "due_at", "received_at") == [("ana", at("2024-03-05 23:59:59.999999"), at("2024-03-04 08:00"))]
    assert one.reasons == {"duplicate key": 2}


def test_of_two_receipts_the_first_final_one_stands(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,status\n"
    csv += "1,ana,2024-03-01,2024-03-05,2024-03-06,in part\n1,ana,2024-03-01,2024-03-05,2024-03-07,done\n"
    csv += "1,ana,2024-03-01,2024-03-05,2024-03-04,done\n"
    one = orders(tmp_path, csv, ORDERS + "final = \"status = 'done'\"\n")

    assert one.rows("received_at", "final") == [(at("2024-03-07 23:59:59.999999"), True)]
    assert one.aside("line", "column", "value", "reason") == [
        (3, "id", "1", "duplicate key"),
        (4, "delivered", "2024-03-04", "conflicting key"),
    ]


def test_what_may_change_while_a_promise_runs_is_as_the_last_row_says(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,status,region\n"
    csv += "1,ana,2024-03-01,2024-03-05,,open,north\n1,ana,2024-03-01,2024-03-05,,cancelled,north\n"
    source = ORDERS + 'void_when = "status = \'cancelled\'"\ncontext = ["region"]\ndimensions = ["status"]\n'
    one = orders(tmp_path, csv, source)

    assert one.rows("void", "status", "region") == [(True, "cancelled", "north")]
    assert one.reasons == {"duplicate key": 1}


def test_a_row_that_bears_no_promise_gives_way_to_one_that_does(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + "1,ana,2024-03-01,,\n1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-01,,\n2,ben,2024-03-01,,\n")

    assert one.rows("row", "due_at") == [("1", at("2024-03-05 23:59:59.999999"))]
    assert one.reasons == {"duplicate key": 2, "no promise": 1}
    assert one.tally.coverage == 0.5


def test_a_promise_that_cannot_be_read_gives_way_to_one_that_can(tmp_path: Path) -> None:
    one = orders(
        tmp_path, HEADER + "1,ana,2024-03-01,soon,\n1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-01,soon,\n2,ben,2024-03-01,soon,\n"
    )

    assert one.rows("row", "due_at") == [("1", at("2024-03-05 23:59:59.999999"))]
    assert one.aside("line", "column", "reason") == [(2, "id", "duplicate key"), (4, "promised", "bad date"), (5, "id", "duplicate key")]


def test_a_receipt_that_cannot_be_read_does_not_let_a_later_due_date_win(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + "1,ana,2024-03-01,2024-03-05,soon\n1,ana,2024-03-01,2024-03-09,2024-03-08\n")

    assert one.tally.used == 0
    assert one.aside("line", "column", "reason") == [(2, "delivered", "bad date"), (3, "promised", "conflicting key")]


def test_the_row_known_first_stands_where_the_source_says_when_each_was_known(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,known\n"
    csv += "1,ana,2024-03-01,2024-03-09,,2024-03-04 10:00\n1,ana,2024-03-01,2024-03-05,,2024-03-01 10:00\n"
    one = orders(tmp_path, csv, ORDERS + 'recorded_at = "known"\n')

    assert one.rows("due_at", "recorded_at") == [(at("2024-03-05 23:59:59.999999"), at("2024-03-01 10:00"))]
    assert one.aside("line", "column", "value", "reason") == [(2, "promised", "2024-03-09", "conflicting key")]


def test_rows_the_filter_leaves_out_repeat_nothing(tmp_path: Path) -> None:
    source = ORDERS.replace('id = "id"', 'id = "id"\nfilter = "customer <> \'test\'"')
    one = orders(tmp_path, HEADER + "1,test,2024-03-01,2024-03-02,\n" + FIRST, source)

    assert one.column("due_at") == [at("2024-03-05 23:59:59.999999")]
    assert one.reasons == {"filtered out": 1}


def test_of_a_customer_the_last_row_stands(tmp_path: Path) -> None:
    source = 'read = "orders.csv"\nid = "id"\n[[customers]]\nid = "customer"\nsegment = "region"\ntier = "tier"\n'
    one = orders(tmp_path, "id,customer,region,tier\n1,ana,north,gold\n1,ana,south,\n1,ana,south,\n", source)

    customers = one.intake.customers
    assert customers is not None
    assert customers.select("customer", "segment", "tier").to_pyarrow().to_pylist() == [
        {"customer": "ana", "segment": "south", "tier": "gold"}
    ]
    assert one.reasons == {"conflicting key": 1, "duplicate key": 1}
    assert one.aside("line", "column", "value") == [(2, "region", "north"), (3, "id", "1")]


def test_repeats_are_settled_where_parquet_is_read_in_place(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + FIRST + "2,ben,2024-03-01,2024-03-05,\n1,ana,2024-03-01,2024-03-09,2024-03-08\n")
    strings = csv.ConvertOptions(column_types=dict.fromkeys(("id", "customer", "ordered", "promised", "delivered"), "string"))
    parquet.write_table(csv.read_csv(tmp_path / "orders.csv", convert_options=strings), tmp_path / "orders.parquet")
    one = taken(write(tmp_path, ORDERS.replace("orders.csv", "orders.parquet")))

    assert one.column("due_at") == [at("2024-03-05 23:59:59.999999")] * 2
    assert one.aside("file", "line", "column", "value", "reason") == [("orders.parquet", 3, "promised", "2024-03-09", "conflicting key")]


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")  # Ibis's SQLite reads through pandas
def test_repeats_are_settled_where_rows_come_from_a_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table orders (id integer, customer text, ordered text, promised text, delivered text)")
        connection.execute(
            "insert into orders values (1, 'ana', '2024-03-01', '2024-03-05', null), (1, 'ana', '2024-03-01', '2024-03-09', null)"
        )
    connection.close()
    source = ORDERS.replace('read = "orders.csv"', f'connection = "sqlite://{tmp_path / "shop.db"}"\ntable = "orders"')
    one = taken(write(tmp_path, source))

    assert one.column("due_at") == [at("2024-03-05 23:59:59.999999")]
    assert one.aside("file", "line", "value", "reason") == [("orders", None, "2024-03-09", "conflicting key")]


def test_any_rows_of_any_keys_give_what_a_reader_of_the_file_would_say(tmp_path: Path) -> None:
    """Against the slow way: walk through the file once and remember what was said first."""
    dice = random.Random(7)
    rows = [(dice.randint(1, 12), dice.choice(["", "05", "06", "07"]), dice.choice(["", "", "08", "09"])) for _ in range(80)]
    text = "".join(f"{key},ana,2024-03-01,{due and f'2024-03-{due}'},{got and f'2024-03-{got}'}\n" for key, due, got in rows)
    one = orders(tmp_path, HEADER + text)

    promised, received, conflicts = dict[int, str](), dict[int, str](), 0
    bearing = {key for key, due, _ in rows if due}
    standing = {key: next(n for n, row in enumerate(rows) if row[0] == key and (row[1] or key not in bearing)) for key, *_ in rows}
    for key, due, got in rows:
        promised.setdefault(key, due) if due else None
        received.setdefault(key, got) if got else None
    for n, (key, due, got) in enumerate(rows):
        conflicts += n != standing[key] and bool((due and due != promised[key]) or (got and got != received[key]))
    expected = sorted((str(key), due, received.get(key)) for key, due in promised.items())

    found = [(row, f"{due:%d}", got and f"{got:%d}") for row, due, got in one.rows("row", "due_at", "received_at")]
    assert found == expected
    assert one.reasons["conflicting key"] == conflicts
    assert one.reasons["conflicting key"] + one.reasons["duplicate key"] == len(rows) - len(standing)


def test_check_shows_keys_that_say_two_things(tmp_path: Path) -> None:
    folder = write(tmp_path, files={"orders.csv": HEADER + FIRST + "1,ana,2024-03-01,2024-03-09,\n" + FIRST * 8})
    hints = [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is Kind.HINT and "repeat a key" in remark.text]
    assert [hint.text for hint in hints] == ["rows that repeat a key and say otherwise: 1; the first counts"]
    assert "replaces" in (hints[0].mend or "")

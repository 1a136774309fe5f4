"""A table that mixes several kinds of row is divided among the tables of its source, and every row is still accounted for."""

from __future__ import annotations

import io
from pathlib import Path

import ibis
import pytest
from pyarrow import csv, parquet

from tests.intake.projects import Taken, at, taken, write
from troth.intake import Kind, check
from troth.terms.errors import ExpressionError

EVENTS = """\
id,kind,customer,made,due,done
1,order,ana,2024-03-01,2024-03-05,2024-03-04
2,order,ben,2024-03-01,,
3,refund,ana,2024-03-06,2024-03-11,
4,visit,chi,2024-03-02,,
5,refund,chi,2024-03-06,soon,
6,,dag,2024-03-02,2024-03-03,
"""
PROMISE = """\
[[promises]]
name = "{kind}"
type = "deadline"
where = "kind = '{kind}'"
customer = "customer"
made_at = "made"
due = "due"
received_at = "done"
"""
VISITS = '[[interactions]]\nkind = "\'visit\'"\nwhere = "kind = \'visit\'"\nat = "made"\n'
TOP = 'read = "events.csv"\nid = "id"\n'


def events(folder: Path, source: str, text: str = EVENTS) -> Taken:
    return taken(write(folder, source, files={"events.csv": text}))


def told(one: Taken) -> dict[str, tuple[int, int, dict[str, int], int]]:
    return {tally.mapping: (tally.read, tally.used, dict(tally.set_aside), tally.elsewhere) for tally in one.intake.accounting}


def test_each_table_of_a_source_takes_the_rows_it_is_about(tmp_path: Path) -> None:
    one = events(tmp_path, TOP + PROMISE.format(kind="order") + PROMISE.format(kind="refund") + VISITS)

    assert one.rows("row", "name", "due_at") == [
        ("1", "order", at("2024-03-05 23:59:59.999999")),
        ("3", "refund", at("2024-03-11 23:59:59.999999")),
    ]
    assert told(one) == {
        "interactions": (6, 1, {}, 5),
        "promises “order”": (6, 1, {"no promise": 1}, 4),
        "promises “refund”": (6, 1, {"bad date": 1}, 4),
        "rows of no table": (6, 0, {"belongs nowhere": 1}, 5),
    }
    assert one.aside("mapping", "line", "row", "column", "value", "reason") == [
        ("promises “order”", 3, "2", "due", None, "no promise"),
        ("promises “refund”", 6, "5", "due", "soon", "bad date"),
        ("rows of no table", 7, "6", "kind = 'visit', kind = 'order', kind = 'refund'", None, "belongs nowhere"),
    ]


def test_rows_of_another_kind_do_not_count_against_coverage(tmp_path: Path) -> None:
    one = events(tmp_path, TOP + PROMISE.format(kind="order"))

    promises = one.intake.accounting[0]
    assert (promises.events, promises.recorded, promises.coverage) == (2, 1, 0.5)


def test_where_stands_beside_the_filter_of_the_source(tmp_path: Path) -> None:
    one = events(tmp_path, TOP + "filter = \"customer <> 'ana'\"\n" + PROMISE.format(kind="order"))

    assert told(one)["promises “order”"] == (6, 0, {"filtered out": 2, "no promise": 1}, 3)
    assert told(one)["rows of no table"] == (6, 0, {"belongs nowhere": 3}, 3)


def test_a_table_without_where_takes_every_row_and_leaves_none_over(tmp_path: Path) -> None:
    one = events(tmp_path, TOP + PROMISE.format(kind="order") + '[[customers]]\nid = "customer"\n')

    assert told(one) == {"customers": (6, 6, {}, 0), "promises “order”": (6, 1, {"no promise": 1}, 4)}


def test_a_key_may_occur_once_for_each_kind(tmp_path: Path) -> None:
    text = "id,kind,customer,made,due,done\n1,order,ana,2024-03-01,2024-03-05,\n1,refund,ana,2024-03-06,2024-03-11,\n"
    one = events(tmp_path, TOP + PROMISE.format(kind="order") + PROMISE.format(kind="refund"), text)

    assert {tally.mapping: (tally.used, dict(tally.set_aside)) for tally in one.intake.accounting} == {
        "promises “order”": (1, {}),
        "promises “refund”": (1, {}),
    }


def test_a_row_whose_kind_cannot_be_told_is_set_aside(tmp_path: Path) -> None:
    text = (
        "id,customer,made,due,done,days\n1,ana,2024-03-01,2024-03-05,,3\n2,ben,2024-03-01,2024-03-05,,many\n3,chi,2024-03-01,2024-03-05,,\n"
    )
    source = TOP + PROMISE.format(kind="order").replace("kind = 'order'", "days > 2")
    one = events(tmp_path, source, text)

    assert told(one)["promises “order”"] == (3, 1, {"bad number": 1}, 1)
    assert one.aside("mapping", "row", "column", "value")[0] == ("promises “order”", "2", "days", "many")


def test_parquet_read_in_place_is_divided_alike(tmp_path: Path) -> None:
    strings = csv.ConvertOptions(column_types=dict.fromkeys(("id", "kind", "customer", "made", "due", "done"), "string"))
    table = csv.read_csv(io.BytesIO(EVENTS.encode()), convert_options=strings)
    source = TOP + PROMISE.format(kind="order") + PROMISE.format(kind="refund")
    folder = write(tmp_path / "parquet", source.replace("events.csv", "events.parquet"))
    parquet.write_table(table, folder / "events.parquet")

    assert told(taken(folder)) == told(events(tmp_path / "csv", source))


def test_where_is_an_expression_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(ExpressionError) as caught:
        events(tmp_path, TOP + PROMISE.format(kind="order").replace("kind = 'order'", "sort = 'order'"))
    assert caught.value.place == "promises[1].where"


def test_check_says_how_many_rows_belong_nowhere(tmp_path: Path) -> None:
    folder = write(tmp_path, TOP + PROMISE.format(kind="order") + VISITS, files={"events.csv": EVENTS})
    remarks = check(folder, ibis.duckdb.connect())

    assert [remark.text for remark in remarks if remark.kind is Kind.HINT and remark.place == "where"] == [
        "rows that belong to none of the tables of this source: 3 of 6"
    ]
    facts = [remark.text for remark in remarks if remark.kind is Kind.FACT]
    assert "orders as promises “order”: 6 rows read, 1 used; set aside: 1 no promise; 4 of another kind; coverage 50.0%" in facts

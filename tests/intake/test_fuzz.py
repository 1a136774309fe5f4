"""Whatever a file holds: rows that balance, or one clear error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.projects import ORDERS, taken, write
from troth.terms.errors import TrothError

CONNECTION = ibis.duckdb.connect()
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "1",
            "2",
            "ana",
            "2024-03-01",
            "2024-03-05 12:00:00",
            "2024-03-05T12:00:00Z",
            "2024-13-45",
            "0001-01-01",
            "9999-12-31",
            "1e999",
            "-0",
            "NaN",
            "infinity",
            "24:00",
            "2011-03-13 02:30:00",
            "2011-11-06 01:30:00+02:00",
            '"',
            "'",
            "\\",
            "\x00",
            "\u2028",
            "名前",
            "=1+1",
            " 7 ",
            "null",
        ]
    ),
    st.text(max_size=6),
)
COLUMNS = ("id", "customer", "ordered", "promised", "delivered", "price")
SOURCE = (
    ORDERS
    + 'value = "price"\ninternal_estimate = "price"\nbroken_when = "price > 3"\n'
    + 'dimensions = { d = "case when customer = id then price else promised end" }\n'
)


def balances_or_says_why(name: str, content: bytes, extra: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = SOURCE.replace("orders.csv", name)
        source = source.replace("[[promises]]", extra + "[[promises]]")
        try:
            taken(write(Path(folder), source, files={name: content}, settings='timezone = "America/New_York"\n'), CONNECTION)
        except TrothError as error:
            assert error.file
            assert error.what


@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=6))
@settings(max_examples=25)
def test_any_cells_of_a_csv_balance(rows: list[list[str]]) -> None:
    lines = [",".join(COLUMNS)] + [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    balances_or_says_why("orders.csv", "\n".join(lines).encode("utf-8", "surrogatepass"))


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["utf-8", "latin-1", "utf-16"]))
@settings(max_examples=25)
def test_any_bytes_after_a_header_balance_or_are_named(body: bytes, encoding: str) -> None:
    balances_or_says_why("orders.csv", (",".join(COLUMNS) + "\n").encode(encoding) + body, f'encoding = "{encoding}"\n')


@given(
    content=st.binary(max_size=120), name=st.sampled_from(["o.csv", "o.csv.gz", "o.csv.zst", "o.csv.zip", "o.jsonl", "o.parquet", "o.xlsx"])
)
@settings(max_examples=25)
def test_any_bytes_are_a_file_or_are_named(content: bytes, name: str) -> None:
    balances_or_says_why(name, content)


VALUES = st.one_of(CELLS, st.integers(), st.floats(), st.none(), st.booleans(), st.lists(CELLS, max_size=2))


@given(rows=st.lists(st.one_of(st.dictionaries(st.sampled_from(COLUMNS), VALUES, max_size=6), CELLS), max_size=6))
@settings(max_examples=25)
def test_any_json_lines_balance_or_are_named(rows: list[object]) -> None:
    head = dict.fromkeys(COLUMNS, "1")
    balances_or_says_why("orders.jsonl", "\n".join(json.dumps(row) for row in [head, *rows]).encode())

"""Rows leave as CSV or Parquet: the same rows the figure counted, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from tests.workspace.conftest import Shop

if TYPE_CHECKING:
    from django.test import Client


def body(answer: Any) -> bytes:
    """What a download holds, streamed or not."""
    assert answer.status_code == 200
    content: bytes = answer.getvalue()
    answer.close()
    return content


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer).decode())))


@pytest.mark.parametrize("state", ["", "broken", "kept", "pending"])
def test_the_file_holds_the_rows_of_the_page(reader: Client, state: str) -> None:
    count = reader.get("/ledger/promises/", {"state": state, "format": "json"}).json()["data"]["pages"]["count"]
    assert len(table(reader.get("/ledger/promises/", {"state": state, "format": "csv"}))) == count
    assert pq.read_table(io.BytesIO(body(reader.get("/ledger/promises/", {"state": state, "format": "parquet"})))).num_rows == count


def test_parquet_keeps_types_and_text_as_they_are(reader: Client) -> None:
    rows = pq.read_table(io.BytesIO(body(reader.get("/ledger/promises/", {"format": "parquet"}))))
    assert str(rows.schema.field("due_at").type) == "timestamp[us]"
    assert "=cmd" in rows["row"].to_pylist()


def test_a_spreadsheet_runs_nothing(reader: Client) -> None:
    rows = table(reader.get("/ledger/promises/", {"format": "csv"}))
    (odd,) = [row for row in rows if row["row"].endswith("=cmd")]
    assert odd["row"] == "'=cmd"
    assert odd["lane"] == '\'=HYPERLINK("x")'


def test_an_empty_file_still_names_its_columns(reader: Client) -> None:
    answer = reader.get("/ledger/promises/", {"format": "csv", "since": "2023-01", "until": "2023-02"})
    assert body(answer).decode().startswith("source,row,name")


def test_slices_leave_with_every_figure(reader: Client, shop: Shop) -> None:
    found = {row["lane"]: row for row in table(reader.get("/ledger/", {"by": "lane", "format": "csv"}))}
    for row in shop.study.integrity(["lane"]):
        lane = row.where["lane"].replace("=HYPER", "'=HYPER")
        assert float(found[lane]["K"] or "nan") == pytest.approx(row.K.value if row.K.value is not None else float("nan"), nan_ok=True)
        assert int(found[lane]["due"]) == row.due


def test_rows_set_aside_leave_with_their_reasons(reader: Client) -> None:
    rows = table(reader.get("/sources/set-aside/", {"format": "csv"}))
    promises = [row for row in rows if row["mapping"].startswith("promises")]
    assert Counter(row["reason"] for row in promises) == {"no promise": 60, "bad date": 1, "received before made": 1, "clock skipped": 1}


def test_the_file_says_what_it_is(reader: Client) -> None:
    answer = reader.get("/ledger/promises/", {"state": "broken", "format": "csv"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="promises-broken-study-2.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert body(answer)

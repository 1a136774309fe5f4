"""What came in is kept customer by customer: whose it is, what a receipt answers, and nothing that was not known yet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from troth.engine.history import about, history, receipts_joined
from troth.terms.tables import COSTS, HISTORY, INTERACTIONS, RECEIPTS, Column, names

NOW = datetime(2024, 6, 30)
MARCH, APRIL, JULY = datetime(2024, 3, 1), datetime(2024, 4, 1), datetime(2024, 7, 2)


def table(contract: tuple[Column, ...], rows: list[dict[str, Any]]) -> Any:
    """Rows of a contract; what a row leaves out is NULL, or the column's default."""
    schema = ibis.schema({one.name: "string" if one.type == "id" else one.type for one in contract}).to_pyarrow()
    filled = [{one.name: row.get(one.name, one.default) for one in contract} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(filled, schema=schema))


def ledger(*promises: tuple[str | None, str, str, datetime]) -> Any:
    rows = [dict(zip(("customer", "subject", "name", "made_at"), one, strict=True)) for one in promises]
    types = pa.schema([("customer", pa.string()), ("subject", pa.string()), ("name", pa.string()), ("made_at", pa.timestamp("us"))])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=types))


def told(promises: Any, **came: Any) -> list[dict[str, Any]]:
    kinds = ("receipts", "interactions", "signals", "costs", "customers")
    found = history(promises, *(came.get(kind) for kind in kinds), specs=(), as_of=NOW)
    assert found is not None
    rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return rows


def cost(row: str, subject: str | None, at: datetime = APRIL) -> dict[str, Any]:
    return {"source": "costs", "row": row, "kind": "refund", "amount": 1, "at": at, "subject": subject}


def receipt(row: str, subject: str, at: datetime | None, recorded: datetime | None = None) -> dict[str, Any]:
    return {"source": "scans", "row": row, "name": "delivery", "subject": subject, "received_at": at, "recorded_at": recorded}


def test_a_cost_goes_to_the_one_customer_whose_matter_it_is() -> None:
    """Of a subject of two customers, and of one nobody is named for, it is nobody's."""
    promises = ledger(("ann", "a1", "delivery", MARCH), ("ann", "s", "delivery", MARCH), ("bob", "s", "delivery", MARCH))
    rows = told(promises, costs=table(COSTS, [cost("1", "a1"), cost("2", "s"), cost("3", "z"), cost("4", None)]))
    assert {row["row"]: row["customer"] for row in rows} == {"1": "ann", "2": None, "3": None, "4": None}


def test_an_interaction_names_its_customer_for_what_else_is_about_its_subject() -> None:
    called = table(INTERACTIONS, [{"source": "calls", "row": "1", "kind": "contact", "at": APRIL, "customer": "eve", "subject": "e1"}])
    rows = told(ledger(), interactions=called, costs=table(COSTS, [cost("1", "e1")]))
    assert {(row["tells"], row["customer"]) for row in rows} == {("interaction", "eve"), ("cost", "eve")}


def test_a_receipt_answers_a_promise_of_its_name_about_its_subject_that_is_not_younger() -> None:
    promises = ledger(("ann", "a1", "delivery", APRIL), ("ann", "a2", "delivery", MARCH), ("ann", "a3", "parcel", MARCH))
    received = [
        receipt("answers", "a2", APRIL),
        receipt("too early", "a1", MARCH),
        receipt("undated", "a1", None),
        receipt("other", "a3", APRIL),
    ]
    rows = told(promises, receipts=table(RECEIPTS, received))
    assert {row["row"]: row["joined"] for row in rows} == {"answers": True, "too early": False, "undated": True, "other": False}
    counted = receipts_joined(ibis.memtable(pa.Table.from_pylist(rows))).to_pyarrow().to_pylist()
    assert {row["joined"]: row["n"] for row in counted} == {True: 2, False: 2}


def test_nothing_is_kept_that_was_not_known_at_the_as_of() -> None:
    received = [receipt("known", "a1", APRIL), receipt("later", "a1", JULY), receipt("recorded later", "a1", APRIL, JULY)]
    rows = told(ledger(("ann", "a1", "delivery", MARCH)), receipts=table(RECEIPTS, received), costs=table(COSTS, [cost("9", "a1", JULY)]))
    assert [row["row"] for row in rows] == ["known"]


def test_rows_lie_customer_by_customer_and_nobodys_last() -> None:
    promises = ledger(("bob", "b", "delivery", MARCH), ("ann", "a", "delivery", MARCH))
    rows = told(
        promises, costs=table(COSTS, [cost("1", "b"), cost("2", "z"), cost("3", "a", JULY.replace(month=5)), cost("4", "a", MARCH)])
    )
    assert [(row["customer"], row["row"]) for row in rows] == [("ann", "4"), ("ann", "3"), ("bob", "1"), (None, "2")]
    assert tuple(rows[0]) == names(HISTORY)


def test_where_nothing_came_in_there_is_no_history() -> None:
    assert history(ledger(), None, None, None, None, None, specs=(), as_of=NOW) is None


@pytest.mark.parametrize(("key", "found"), [("7", [7]), ("07", []), ("x", []), ("-1", []), (str(2**70), []), ("\u0667", [])])
def test_a_key_that_is_a_number_is_asked_for_as_its_source_writes_it(key: str, found: list[int]) -> None:
    rows = ibis.memtable(pa.table({"customer": [7, 8], "subject": ["a", "b"]}))
    assert about(rows, key, None).to_pyarrow()["customer"].to_pylist() == found


def test_every_row_has_the_customer_a_loop_over_all_rows_finds(tmp_path: Path) -> None:
    """Against an oracle that reads row by row."""
    owners = [("ann", "m1"), ("bob", "m2"), ("bob", "m3"), ("ann", "m3"), (None, "m4"), ("cy", "m5"), ("cy", "m5")]
    promises = ledger(*((who, what, "delivery", MARCH) for who, what in owners))
    costs = [cost(str(place), f"m{place % 7}") for place in range(40)]
    whose: dict[str, set[str]] = {}
    for who, what in owners:
        if who is not None:
            whose.setdefault(what, set()).add(who)
    expected = {one["row"]: next(iter(mine)) if len(mine := whose.get(one["subject"], set())) == 1 else None for one in costs}
    assert {row["row"]: row["customer"] for row in told(promises, costs=table(COSTS, costs))} == expected

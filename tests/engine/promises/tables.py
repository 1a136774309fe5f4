"""Small tables for the ledger's tests: what a row leaves out is filled with the contract's default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from tests.engine.promises.naive import DEFAULTS, Row
from troth.engine.promises import judge
from troth.terms.charter import Charter

NEW_YEAR = datetime(2024, 1, 1)

TEXT = (
    *("name", "type", "direction", "stage", "tier", "segment", "quantifier", "change_cause", "void_reason"),
    *("bundle", "replaces", "customer", "subject", "row", "source", "evidence", "kept_by", "strength"),
)
INSTANTS = ("made_at", "due_at", "window_start", "received_at", "reversed_at", "notice_at", "void_at", "broken_at", "recorded_at")
NUMBERS = ("promised", "promised_to", "received", "tolerance", "grace", "confidence", "value", "break_forecast_at_void")
FLAGS = ("final", "void", "broken")


def day(number: float) -> datetime:
    """So many days into 2024, naive UTC; day 0 is 1 January."""
    return NEW_YEAR + timedelta(days=number)


def at(number: float) -> datetime:
    """The same instant with its zone, as an as-of."""
    return day(number).replace(tzinfo=UTC)


def deadline(made: float, due: float, received: float | None, **more: Any) -> Row:
    """A deadline promise, days into the year."""
    return {
        "type": "deadline",
        "made_at": day(made),
        "due_at": day(due),
        "received_at": None if received is None else day(received),
        **more,
    }


def promises(*rows: Row) -> pa.Table:
    """Rows as a table in which every column has its type; a row without a key gets its position."""
    full = [{**DEFAULTS, "row": f"r{i}", "name": row["type"], "direction": DIRECTIONS[row["type"]], **row} for i, row in enumerate(rows)]
    kinds = {
        **dict.fromkeys(TEXT, pa.string()),
        **dict.fromkeys(INSTANTS, pa.timestamp("us")),
        **dict.fromkeys(NUMBERS, pa.float64()),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
    return pa.table({name: pa.array([row.get(name) for row in full], kind) for name, kind in kinds.items()})


def stored(*rows: Row, as_of: datetime, charter: Charter | None = None) -> ir.Table:
    """The ledger of some promises as a table, so that what asks it does not judge them anew in every query."""
    return judge(promises(*rows), as_of=as_of, charter=charter).cache()


def judged(*rows: Row, as_of: datetime, charter: Charter | None = None, receipts: Any = None) -> dict[str, Row]:
    """The ledger's rows by key."""
    ledger = judge(promises(*rows), receipts, as_of=as_of, charter=charter)
    return {row["row"]: row for row in ledger.order_by("row").to_pyarrow().to_pylist()}


def verdicts(*rows: Row, as_of: datetime, charter: Charter | None = None) -> list[str]:
    """The verdicts of promises that have nothing to do with each other, judged in one ledger."""
    ledger = judged(*({**row, "row": f"p{i}"} for i, row in enumerate(rows)), as_of=as_of, charter=charter)
    return [str(ledger[f"p{i}"]["verdict"]) for i in range(len(rows))]


def verdict(row: Row, as_of: datetime, charter: Charter | None = None) -> str:
    """The verdict of one promise on its own."""
    (only,) = judged(row, as_of=as_of, charter=charter).values()
    return str(only["verdict"])


DIRECTIONS = {
    "deadline": "min",
    "window": "set",
    "response_time": "min",
    "price": "min",
    "quantity": "max",
    "availability": "max",
    "quality": "max",
    "information": "set",
    "effort": "min",
}

"""Interactions in sight: tiny tables of what customers did."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.terms.tables import INTERACTIONS

JULY = datetime(2024, 7, 1)


def at(day: float) -> datetime:
    """A moment, in days from 1 July."""
    return JULY + timedelta(days=day)


def interactions(
    *rows: tuple[str, float, str | None, str | None, bool | None], failure: str | None = None, direction: str = "in"
) -> ir.Table:
    """Interactions by kind, day, customer, subject, and whether they failed by their mapping."""
    told = {
        "source": ["desk"] * len(rows),
        "row": [str(number) for number in range(len(rows))],
        "kind": [row[0] for row in rows],
        "at": [at(row[1]) for row in rows],
        "customer": [row[2] for row in rows],
        "subject": [row[3] for row in rows],
        "direction": [direction] * len(rows),
        "failure": [failure] * len(rows),
        "failed": [row[4] for row in rows],
    }
    types = {"at": pa.timestamp("us"), "failed": pa.bool_()}
    nothing = [None] * len(rows)
    columns = {c.name: pa.array(told.get(c.name, nothing), types.get(c.name, pa.string())) for c in INTERACTIONS}
    return ibis.memtable(pa.table(columns))

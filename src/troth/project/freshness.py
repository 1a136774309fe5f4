"""How fresh each source is: the latest instant in it that the study could know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from troth.intake import Intake

PROMISES = "promises"
AT: Mapping[str, str] = {"receipts": "received_at", "interactions": "at", "signals": "at", "costs": "at"}
"""Kinds of mapping whose rows have a date of their own, with its column. Customers have none."""

Key = tuple[str, str, str | None]
"""Source, kind of mapping, and the promise's name where its rows make promises."""


def freshest(intake: Intake, ledger: ir.Table, as_of: datetime, timezone: str) -> dict[Key, str]:
    """The latest instant of each source and kind, up to the as-of instant, as ISO 8601 in the project's zone.

    :param ledger: the judged promises, which hold nothing that was made or received later.
    """
    local = ZoneInfo(timezone)
    latest = ledger.group_by(["source", "name"]).aggregate(made=ledger.made_at.max(), received=ledger.received_at.max())
    found: dict[Key, datetime | None] = {
        (row["source"], PROMISES, row["name"]): max((at for at in (row["made"], row["received"]) if at is not None), default=None)
        for row in latest.to_pyarrow().to_pylist()
    }
    now = ibis.literal(as_of.astimezone(UTC).replace(tzinfo=None), type="timestamp(6)")
    for kind, column in AT.items():
        table: ir.Table | None = getattr(intake, kind)
        if table is not None:
            by_source = table.filter(table[column] <= now).group_by("source").aggregate(at=lambda t, column=column: t[column].max())
            found |= {(row["source"], kind, None): row["at"] for row in by_source.to_pyarrow().to_pylist()}
    return {key: at.replace(tzinfo=UTC).astimezone(local).isoformat() for key, at in found.items() if at is not None}


def rows_judged(ledger: ir.Table) -> dict[Key, int]:
    """How many promises of each source and name the study judges."""
    counted = ledger.group_by(["source", "name"]).aggregate(n=ledger.count())
    return {(row["source"], PROMISES, row["name"]): row["n"] for row in counted.to_pyarrow().to_pylist()}

"""The calendar of the record: weeks, counted from Monday 5 January 1970 (UTC)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

FIRST_MONDAY = ibis.timestamp("1970-01-05 00:00:00")
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US


def week_of(at: ir.TimestampValue) -> ir.IntegerValue:
    """The week of an instant (naive UTC)."""
    return at.delta(FIRST_MONDAY, unit="microsecond").floordiv(WEEK_US).cast("int64")

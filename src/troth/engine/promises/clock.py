"""Instants and durations in expressions: naive UTC timestamps, whole microseconds between them."""

from __future__ import annotations

from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir

from troth.terms.instants import instant as instant_of

MICROSECONDS_PER_DAY = 86_400_000_000
MICROSECONDS_PER_MINUTE = 60_000_000
TIMESTAMP = "timestamp(6)"


def naive_utc(as_of: object, timezone: str | None = None) -> datetime:
    """The as-of instant as tables hold it.

    :param as_of: as for :func:`troth.terms.instants.instant`.
    :param timezone: where a day or a time without an offset belongs.
    :raises RequestError: no date, or one without a zone: “noon” is not an instant.
    """
    return instant_of(as_of, timezone).astimezone(UTC).replace(tzinfo=None)


def instant(as_of: datetime) -> ir.TimestampScalar:
    """A naive UTC instant as a literal."""
    return ibis.literal(as_of, type=TIMESTAMP)


def microseconds(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.IntegerValue:
    """Whole microseconds from ``earlier`` to ``later``; exact on every engine (stack.md, section 3)."""
    return later.delta(earlier, unit="microsecond")


def in_days(duration: ir.IntegerValue) -> ir.FloatingValue:
    """Microseconds as days. The cast keeps Spark, whose literals are decimals, from dividing in decimals."""
    return duration.cast("float64") / float(MICROSECONDS_PER_DAY)


def in_minutes(duration: ir.IntegerValue) -> ir.FloatingValue:
    """Microseconds as minutes."""
    return duration.cast("float64") / float(MICROSECONDS_PER_MINUTE)


def whole(value: ir.NumericValue) -> ir.IntegerValue:
    """The nearest whole number, halves upwards. ``round`` treats halves differently from engine to engine."""
    return (value + 0.5).floor().cast("int64")


def days_to_microseconds(days: ir.NumericValue) -> ir.IntegerValue:
    """A duration column in days as whole microseconds."""
    return whole(days * float(MICROSECONDS_PER_DAY))

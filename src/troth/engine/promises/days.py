"""Local days in expressions: the last instant of a date where the customer is, and the local day of an instant.

Zone rules are the engine's own (the IANA database). Ibis has no portable call for them, so each engine's built-in functions are named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from troth.terms.errors import RequestError

LOCAL, INSTANT = dt.Timestamp(scale=6), dt.Timestamp(timezone="UTC", scale=6)


def _builtin(name: str, arguments: tuple[dt.DataType, ...], result: dt.DataType) -> Callable[..., ir.TimestampValue]:
    """An engine's own function, called by name."""

    def called(first: Any, second: Any) -> Any:
        """The engine computes this."""

    called.__name__ = called.__qualname__ = name
    declare: Callable[..., Callable[..., ir.TimestampValue]] = ibis.udf.scalar.builtin
    return declare(called, name=name, signature=(arguments, result))


_duckdb_at_zone = _builtin("timezone", (dt.string, LOCAL), INSTANT)
_duckdb_in_zone = _builtin("timezone", (dt.string, INSTANT), LOCAL)
_spark_to_utc = _builtin("to_utc_timestamp", (LOCAL, dt.string), LOCAL)
_spark_from_utc = _builtin("from_utc_timestamp", (LOCAL, dt.string), LOCAL)


def engine_of(table: ir.Table) -> str:
    """Name of the engine a table lives in; a table held in memory belongs to the default one."""
    return str(ibis.get_backend(table).name)


def to_utc(local: ir.TimestampValue, zone: ir.StringValue, engine: str) -> ir.TimestampValue:
    """The UTC instant at which the clock of ``zone`` shows ``local``."""
    match engine:
        case "duckdb":
            return _duckdb_in_zone("UTC", _duckdb_at_zone(zone, local))
        case "pyspark":
            return _spark_to_utc(local, zone).cast("timestamp(6)")
        case _:
            raise _no_zones(engine)


def to_local(instant: ir.TimestampValue, zone: ir.StringValue, engine: str) -> ir.TimestampValue:
    """What the clock of ``zone`` shows at a UTC instant."""
    match engine:
        case "duckdb":
            return _duckdb_in_zone(zone, _duckdb_at_zone("UTC", instant))
        case "pyspark":
            return _spark_from_utc(instant, zone).cast("timestamp(6)")
        case _:
            raise _no_zones(engine)


def end_of_day(date: ir.DateValue, zone: ir.StringValue, engine: str) -> ir.TimestampValue:
    """The last instant of a date where the customer is, in UTC (domain.md c3: a date-only promise is due at the end of that day).

    It is one microsecond before the next local midnight, so a day of 23 or 25 hours ends when its own clock says so.
    """
    midnight_after = date.cast("timestamp(6)") + ibis.interval(days=1)
    return to_utc(midnight_after, zone, engine) - ibis.interval(microseconds=1)


def _no_zones(engine: str) -> RequestError:
    return RequestError(
        f"Local days are not computed on {engine} yet.",
        place="due_at",
        mend="give due_at as a UTC timestamp instead of a date, and slice in UTC.",
    )

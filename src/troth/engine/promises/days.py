"""Local days in expressions: the last instant of a date where the customer is, and the local day of an instant.

Zone rules are the engine's own (the IANA database). Ibis has no portable call for them, so each engine's built-in functions are named.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from troth.terms.errors import RequestError


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(scale=6)), dt.Timestamp(timezone="UTC", scale=6)))
def _duckdb_at_zone(zone: Any, local: Any) -> Any:
    """DuckDB: the instant at which a local clock shows this."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC", scale=6)), dt.Timestamp(scale=6)))
def _duckdb_in_zone(zone: Any, instant: Any) -> Any:
    """DuckDB: what the local clock shows at this instant."""


@ibis.udf.scalar.builtin(name="to_utc_timestamp", signature=((dt.Timestamp(scale=6), dt.string), dt.Timestamp(scale=6)))
def _spark_to_utc(local: Any, zone: Any) -> Any:
    """Spark: the UTC clock when a local clock shows this."""


@ibis.udf.scalar.builtin(name="from_utc_timestamp", signature=((dt.Timestamp(scale=6), dt.string), dt.Timestamp(scale=6)))
def _spark_from_utc(instant: Any, zone: Any) -> Any:
    """Spark: what the local clock shows when the UTC clock shows this."""


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

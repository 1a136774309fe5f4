"""A table or query of any database Ibis reaches, as Arrow batches, a batch at a time.

Its rows are spooled: the engine reads a file, whatever the database is, and the database is asked once. It is asked again only where
a column holds what its own kind cannot bring over, such as a date “infinity”: then as text, so that those rows are set aside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot
from ibis.common.exceptions import IbisError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from troth.intake.readers.spool import HIDDEN, Batch, Spooled, spool
from troth.intake.sources import Source
from troth.terms.errors import DatabaseDownError, ExpressionError, SettingError, SourceError, did_you_mean

ROWS_PER_BATCH = 50_000
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
FIRST_DAY, LAST_DAY = date.min, date.max
FIRST_MOMENT, LAST_MOMENT = datetime.combine(FIRST_DAY, time.min), datetime.combine(LAST_DAY, time.max)
"""Dates outside, “infinity” among them, cannot be brought over."""

SYSTEM_SCHEMAS = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
MOST_SCHEMAS = 50
"""Schemas looked into for a table that is not where it was said to be."""

CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable, exp.Command, exp.Into)
"""What a query may not hold anywhere, not in a WITH either."""


@dataclass(frozen=True)
class Opened:
    """Rows of a database, ready to be spooled.

    :param schema: their columns; kinds Parquet lacks are cast to text.
    :param unfit: the columns that hold a value their kind cannot bring over, looked for when it is called.
    """

    schema: pa.Schema
    name: str
    batches: Callable[[], Iterator[Batch]]
    unfit: Callable[[], tuple[str, ...]]


class _UnfitError(Exception):
    """A value arrived that the kind of its column cannot hold."""


def spool_database(source: Source, path: Path) -> tuple[str, Spooled]:
    """Write the rows a source asks for to a file; columns that hold a value beyond their kind as text.

    :returns: the name of the rows, and what was written.
    :raises DatabaseDownError: the database does not answer, or refuses.
    :raises SourceError: a value cannot be read.
    :raises SettingError: an unknown kind of URL, an unset environment variable, a missing table.
    :raises ExpressionError: the query does not parse, or is no SELECT.
    """
    opened = _opened(source)
    try:
        return opened.name, spool(opened.batches(), opened.schema, path)
    except _UnfitError as error:
        unfit, first = opened.unfit(), error
    if not unfit:
        raise _unreadable(source, opened.name, first)
    opened = _opened(source, unfit)
    try:
        return opened.name, spool(opened.batches(), opened.schema, path)
    except _UnfitError as error:
        raise _unreadable(source, opened.name, error) from error


def _opened(source: Source, as_text: Collection[str] = ()) -> Opened:
    """Connect, and describe the rows a source asks for.

    :param as_text: columns to read as text.
    """
    connection = _connected(source, _resolved(source))
    label = source.table or "query"
    with ExitStack() as on_failure:
        on_failure.callback(_hang_up, connection)
        try:
            asked = _table(source, connection)
            columns = {name: _written(source, label, asked[name]) if name in as_text else _storable(asked[name]) for name in asked.columns}
            table = asked.select(**columns)
            schema = table.schema().to_pyarrow()
        except (SettingError, ExpressionError, SourceError):
            raise
        except Exception as error:  # each driver has its own errors; the rows cannot be described, whatever it was
            raise _failed(source, error) from error
        kept = next((name for name in table.columns if name in HIDDEN), None)
        if kept is not None:
            raise SettingError(f"“{kept}” is a name kept for row numbers", file=source.file, place="table", mend="rename it in a query.")
        on_failure.pop_all()

    def batches() -> Iterator[Batch]:
        try:
            for batch in connection.to_pyarrow_batches(table, chunk_size=ROWS_PER_BATCH):
                arrived = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
                yield Batch(pa.RecordBatch.from_arrays(arrived, schema=schema), label, None)
        except Exception as error:  # see above
            if _is_unfit(error):
                raise _UnfitError(_first_line(error)) from error
            raise _failed(source, error) from error
        finally:
            _hang_up(connection)

    def unfit() -> tuple[str, ...]:
        again = _connected(source, _resolved(source))
        try:
            return _unfit(_table(source, again))
        except Exception as error:  # see above
            raise _failed(source, error) from error
        finally:
            _hang_up(again)

    return Opened(schema, label, batches, unfit)


def _is_unfit(error: Exception) -> bool:
    """Whether the database answered, and the driver cannot hold the answer; what the database itself refuses has an SQLSTATE."""
    refused = getattr(error, "sqlstate", None) is not None
    return isinstance(error, pa.ArrowException) or (not refused and any(kind.__name__ == "DataError" for kind in type(error).__mro__))


def _unfit(table: ir.Table) -> tuple[str, ...]:
    """The columns that hold a date outside the calendar or a number outside its digits; those of any number of digits are among them."""
    beyond, unbounded = {}, []
    for name, kind in table.schema().items():
        column = table[name]
        if kind.is_date():
            beyond[name] = (column < ibis.literal(FIRST_DAY)) | (column > ibis.literal(LAST_DAY))
        elif kind.is_timestamp():
            beyond[name] = (column < ibis.literal(FIRST_MOMENT)) | (column > ibis.literal(LAST_MOMENT))
        elif kind.is_decimal() and kind.precision is None:
            unbounded.append(name)
        elif kind.is_decimal():
            beyond[name] = column > ibis.literal(Decimal(10) ** (kind.precision - (kind.scale or 0)))
    found = table.aggregate(**{name: test.any() for name, test in beyond.items()}).to_pyarrow().to_pylist()[0] if beyond else {}
    return tuple(name for name in table.columns if found.get(name) or name in unbounded)


def _written(source: Source, label: str, column: ir.Value) -> ir.Value:
    """The column as the text that the source's own writing reads back.

    :raises SourceError: the source has a format of its own for dates, and would not.
    """
    text = column.cast("string")
    if column.type().is_decimal():
        return text if source.writing.decimal == "." else text.replace(".", source.writing.decimal)
    if source.writing.date_format is not None:
        raise SourceError(
            f"the column “{column.get_name()}” of “{label}” holds a date outside the calendar, such as infinity",
            file=source.file,
            place="table" if source.table else "query",
            mend="leave date_format out, or read it with a query that says what such a date means: nullif("
            + column.get_name()
            + ", 'infinity').",
        )
    return text


def _hang_up(connection: Any) -> None:
    """Close the connection; nothing is lost if the other side hung up first."""
    with suppress(Exception):
        connection.disconnect()


def _resolved(source: Source) -> str:
    """The URL, with environment variables filled in, so that no password needs to stand in a file."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1) or found.group(2)
        if name not in os.environ:
            raise SettingError(
                f"the environment has no variable {name}", file=source.file, place="connection", mend=f"set {name} before running."
            )
        return os.environ[name]

    return VARIABLE.sub(value, source.connection or "")


def _connected(source: Source, url: str) -> Any:
    if "://" not in url:
        raise SettingError(
            "this is no URL of a database", file=source.file, place="connection", mend="write it like postgres://host/database."
        )
    try:
        return ibis.connect(url)
    except (ValueError, AttributeError, ImportError, ModuleNotFoundError) as error:
        raise SettingError(
            f"this kind of database cannot be reached ({_first_line(error)})",
            file=source.file,
            place="connection",
            mend="install its driver: pip install 'troth[postgres]', or 'ibis-framework[NAME]' for others.",
        ) from error
    except Exception as error:  # each driver has its own errors
        raise _failed(source, error) from error


def _table(source: Source, connection: Any) -> ir.Table:
    if source.query is not None:
        return connection.sql(_checked_query(source, connection))
    schema, _, name = (source.table or "").rpartition(".")
    known = connection.list_tables(database=schema) if schema else connection.list_tables()
    if name not in known:
        raise SettingError(
            f"the database has no table “{source.table}”", file=source.file, place="table", mend=_nearest(name, known, schema, connection)
        )
    return connection.table(name, database=schema) if schema else connection.table(name)


def _nearest(name: str, known: Collection[str], schema: str, connection: Any) -> str:
    """What was meant instead, with the schema it stands in; where that holds no table, what the others hold."""
    asked = f"{schema}.{name}" if schema else name
    if known:
        return did_you_mean(asked, [f"{schema}.{one}" if schema else one for one in known]) or ""
    schemas: list[str] = []
    elsewhere: list[str] = []
    with suppress(Exception):  # what cannot be listed is not needed to say that a table is not there
        schemas = [one for one in connection.list_databases() if one not in SYSTEM_SCHEMAS and not one.startswith("pg_")]
        elsewhere = [f"{one}.{table}" for one in schemas[:MOST_SCHEMAS] if one != schema for table in connection.list_tables(database=one)]
    place = f"no table can be read in the schema “{schema}”" if schema in schemas else f"there is no schema “{schema}”"
    if not schema:
        place = "no table can be read without naming its schema"
    same = [one for one in elsewhere if one.endswith(f".{name}")]
    near = f"did you mean “{same[0]}”?" if same else did_you_mean(asked, elsewhere)
    return f"{place}; {near}" if near else f"{place}: write schema.table, and let the user of the connection read it."


def _checked_query(source: Source, connection: Any) -> str:
    """The query, if it is one SELECT and nothing else."""
    query = source.query or ""
    try:
        trees = sqlglot.parse(query, read=connection.dialect)
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(
            f"the query does not parse ({_first_line(error)})", file=source.file, place="query", mend="write one SELECT."
        ) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ExpressionError(
            "the query is no single SELECT", file=source.file, place="query", mend="write one SELECT, without a semicolon."
        )
    if any(isinstance(node, CHANGES) for node in trees[0].walk()):
        raise ExpressionError("the query changes the database", file=source.file, place="query", mend="write a SELECT that only reads.")
    return query


def _storable(column: ir.Value) -> ir.Value:
    """The column in a kind a mapping knows: numbers, text, flags, dates, timestamps; everything else as text."""
    kind = column.type()
    if kind.is_numeric() or kind.is_string() or kind.is_boolean() or kind.is_date() or kind.is_timestamp():
        return column
    return column.cast("string")


def _unreadable(source: Source, label: str, error: Exception) -> SourceError:
    """A value that neither its own kind nor text brings over."""
    return SourceError(
        f"a value of “{label}” cannot be read ({_first_line(error)})",
        file=source.file,
        place="table" if source.table else "query",
        mend="read it with a query that casts the column it stands in to text.",
    )


def _failed(source: Source, error: Exception) -> SourceError:
    """What the driver said, without the URL, which may hold a password."""
    if isinstance(error, IbisError) or getattr(error, "sqlstate", None) is not None:
        what, mend = "refuses", "look at what it says: the table, the query, or what the user of the connection may read."
    else:
        what, mend = "does not answer", "check that it runs, and the host, user and password of the connection."
    return DatabaseDownError(f"the database {what} ({_first_line(error)})", file=source.file, place="connection", mend=mend)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return re.sub(r"://[^@/\s]*@", "://...@", lines[0]) if lines else type(error).__name__

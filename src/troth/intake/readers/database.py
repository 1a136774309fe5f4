"""A table or query of any database Ibis reaches, as Arrow batches, a batch at a time.

Its rows are spooled: the engine reads a file, whatever the database is, and the database is asked once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot
from ibis.common.exceptions import IbisError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from troth.intake.readers.spool import HIDDEN, Batch
from troth.intake.sources import Source
from troth.terms.errors import DatabaseDownError, ExpressionError, SettingError, SourceError, did_you_mean

ROWS_PER_BATCH = 50_000
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")


CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable, exp.Command, exp.Into)
"""What a query may not hold anywhere, not in a WITH either."""


@dataclass(frozen=True)
class Opened:
    """Rows of a database, ready to be spooled.

    :param schema: their columns; kinds Parquet lacks are cast to text.
    """

    schema: pa.Schema
    name: str
    batches: Callable[[], Iterator[Batch]]


def open_database(source: Source) -> Opened:
    """Connect, and describe the rows a source asks for.

    :raises DatabaseDownError: the database does not answer, or refuses.
    :raises SettingError: an unknown kind of URL, an unset environment variable, a missing table.
    :raises ExpressionError: the query does not parse, or is no SELECT.
    """
    connection = _connected(source, _resolved(source))
    with ExitStack() as on_failure:
        on_failure.callback(_hang_up, connection)
        try:
            table = _table(source, connection)
            table = table.select(*(_storable(table[name]).name(name) for name in table.columns))
            schema = table.schema().to_pyarrow()
        except (SettingError, ExpressionError):
            raise
        except Exception as error:  # each driver has its own errors; the rows cannot be described, whatever it was
            raise _failed(source, error) from error
        kept = next((name for name in table.columns if name in HIDDEN), None)
        if kept is not None:
            raise SettingError(f"“{kept}” is a name kept for row numbers", file=source.file, place="table", mend="rename it in a query.")
        on_failure.pop_all()
    label = source.table or "query"

    def batches() -> Iterator[Batch]:
        try:
            for batch in connection.to_pyarrow_batches(table, chunk_size=ROWS_PER_BATCH):
                columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
                yield Batch(pa.RecordBatch.from_arrays(columns, schema=schema), label, None)
        except Exception as error:  # see above
            raise _failed(source, error) from error
        finally:
            _hang_up(connection)

    return Opened(schema, label, batches)


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
        raise SettingError(f"the database has no table “{source.table}”", file=source.file, place="table", mend=did_you_mean(name, known))
    return connection.table(name, database=schema) if schema else connection.table(name)


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


def _failed(source: Source, error: Exception) -> SourceError:
    """What the driver said, without the URL, which may hold a password."""
    return DatabaseDownError(
        f"the database does not answer ({_first_line(error)})"
        if not isinstance(error, IbisError)
        else f"the database refuses ({_first_line(error)})",
        file=source.file,
        place="connection",
        mend="check that it runs, and the host, user and password of the connection.",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return re.sub(r"://[^@/\s]*@", "://...@", lines[0]) if lines else type(error).__name__

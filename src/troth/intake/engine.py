"""The few things that differ between the databases Ibis speaks: reading Parquet, row numbers of files, the session's zone, failures."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

from troth.intake.readers.spool import FILE, LINE
from troth.terms.errors import StorageError


def is_duckdb(connection: Any) -> bool:
    """The connection is DuckDB, which reads files by itself."""
    return bool(connection.name == "duckdb")


def in_utc(connection: Any) -> None:
    """Let the session count in UTC, so that instants come out the same everywhere."""
    if is_duckdb(connection):
        connection.raw_sql("SET TimeZone = 'UTC'")
    elif connection.name == "pyspark":
        connection._session.conf.set("spark.sql.session.timeZone", "UTC")  # noqa: SLF001  # Ibis offers no public way to its Spark session


def read_parquet(connection: Any, paths: Sequence[Path]) -> ir.Table:
    """Parquet files as a table of the connection."""
    if connection.name == "pyspark":
        frame = connection._session.read.parquet(*(str(path) for path in paths))  # noqa: SLF001
        name = ibis.util.gen_name("troth_parquet")
        frame.createOrReplaceTempView(name)
        return connection.table(name)
    return connection.read_parquet([str(path) for path in paths])


def read_parquet_with_lines(connection: Any, paths: Sequence[Path], names: Sequence[str]) -> ir.Table:
    """The same, with the file each row stands in and its number there, from 1.

    :param names: what people call the files, in the order of ``paths``.
    """
    if connection.name == "pyspark":
        frame = connection._session.read.parquet(*(str(path) for path in paths))  # noqa: SLF001
        frame = frame.selectExpr("*", f"_metadata.file_path as {FILE}", f"_metadata.row_index + 1 as {LINE}")
        view = ibis.util.gen_name("troth_parquet")
        frame.createOrReplaceTempView(view)
        table = connection.table(view)
        known = [(path.resolve().as_uri(), name) for path, name in zip(paths, names, strict=True)]
        known += [(uri.replace("file:///", "file:/", 1), name) for uri, name in known]
    else:
        table = connection.read_parquet([str(path) for path in paths], filename=True, file_row_number=True)
        table = table.rename({FILE: "filename"}).mutate(**{LINE: table.file_row_number + 1}).drop("file_row_number")
        known = [(str(path), name) for path, name in zip(paths, names, strict=True)]
    file = (
        ibis.literal(names[0]) if len(known) == 1 else ibis.cases(*((table[FILE] == path, name) for path, name in known), else_=table[FILE])
    )
    return table.mutate(**{FILE: file})


def write_parquet(connection: Any, table: ir.Table, path: Path) -> None:
    """Compute a table into a Parquet file (a folder of files on Spark).

    :raises StorageError: there is no space for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    try:
        if is_duckdb(connection):
            connection.to_parquet(table, path, compression="zstd", compression_level=1)
        else:
            connection.to_parquet(table, path)
    except duckdb.IOException as error:
        raise StorageError(
            f"the rows of a source cannot be kept while reading ({str(error).splitlines()[0]})",
            file=path,
            mend="free space, or name another folder.",
        ) from error


@ibis.udf.agg.builtin  # type: ignore[untyped-decorator]
def bitstring_agg(value: int, low: int, high: int) -> dt.binary:
    """DuckDB's set of whole numbers as one bit each."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def bit_count(bits: dt.binary) -> int:  # type: ignore[empty-body]
    """How many bits are set."""


WIDEST_RANGE = 1_000_000_000
"""Whole numbers DuckDB puts into one set of bits: 125 MB."""
SPARSEST = 64
"""Numbers a range may hold for each row, for the set of bits to be cheaper than a hash table."""


def present_and_distinct(connection: Any, table: ir.Table, key: str) -> tuple[int, int]:
    """How many values a column holds, and how many different ones.

    Exact. Whole numbers that lie close together, as keys do, are counted on DuckDB with one bit each: a tenth of the time and a
    hundredth of the memory of counting distinct values, which is what other kinds and other engines do.
    """
    column = table[key]
    if is_duckdb(connection) and column.type().is_integer():
        ends = table.aggregate(present=column.count(), low=column.min(), high=column.max()).to_pyarrow().to_pylist()[0]
        present, low, high = ends["present"], ends["low"], ends["high"]
        if not present:
            return 0, 0
        if high - low < min(WIDEST_RANGE, SPARSEST * present):
            return present, int(
                table.aggregate(distinct=bit_count(bitstring_agg(column, low, high))).to_pyarrow().column("distinct")[0].as_py()
            )
    found = table.aggregate(present=column.count(), distinct=column.nunique()).to_pyarrow().to_pylist()[0]
    return found["present"], found["distinct"]


def failures() -> tuple[type[Exception], ...]:
    """What a database raises when it cannot compute an expression."""
    spark = sys.modules.get("pyspark.errors")
    return (duckdb.Error, OperationNotDefinedError, UnsupportedOperationError, *((spark.PySparkException,) if spark else ()))

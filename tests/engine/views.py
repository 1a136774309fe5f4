"""The same small table in each engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from ibis.backends import BaseBackend


def spark_view(spark: Any, name: str, table: pa.Table, folder: Path) -> ir.Table:
    """A table as a temporary view of the Spark session, through Parquet so that NULLs and naive timestamps stay what they are."""
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    spark._session.read.parquet(str(path)).createOrReplaceTempView(name)  # noqa: SLF001 - Ibis has no call for it
    return spark.table(name)


def duckdb_table(connection: BaseBackend, name: str, table: pa.Table) -> ir.Table:
    """The same table in DuckDB."""
    return connection.create_table(name, table, overwrite=True)

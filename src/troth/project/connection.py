"""The engine's database: DuckDB inside this process, or Spark."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ibis
from ibis.expr.types.relations import CachedTable

from troth.terms.embedded import open_duckdb
from troth.terms.errors import DatabaseDownError, SettingError


@contextmanager
def engine(url: str, *, work: Path, settings_file: Path) -> Iterator[Any]:
    """A connection to the engine, closed at the end. A Spark session that was there before is not ours to end.

    :param url: as the settings give it, of a kind that numbers are computed in; options ride on it: ``duckdb://?memory_limit=4GB&threads=2``.
    :param work: folder for what does not fit into memory.
    :param settings_file: where the URL is written, for the error.
    :raises SettingError: it is not installed.
    :raises DatabaseDownError: it does not answer.
    """
    name = url.partition(":")[0]
    ours = name != "pyspark" or not _spark_runs()
    try:
        connection = open_duckdb(url, work=work) if name == "duckdb" else ibis.connect(url)
    except ImportError as error:
        mend = f"install it: pip install 'ibis-framework[{name}]'."
        raise SettingError(f"the engine “{name}” is not installed ({error}).", file=settings_file, place="engine", mend=mend) from error
    except Exception as error:  # drivers share no base class; whatever stops one from connecting is said in its own words
        said = str(error).strip().partition("\n")[0]
        mend = "check the address in troth.toml and that the database is up."
        raise DatabaseDownError(f"the engine does not answer: {said}", file=settings_file, place="engine", mend=mend) from error
    try:
        yield connection
    finally:
        _release_cached(connection)
        if ours:
            connection.disconnect()


def _release_cached(connection: Any) -> None:
    """Drop the tables ``.cache()`` computed, while there is a connection to drop them by.

    Each is dropped when nothing names it any more, which for expressions that name each other is when the interpreter ends: long after
    the connection was closed.
    """
    for entry in list(connection._cache_name_to_entry.values()):  # noqa: SLF001  # Ibis keeps no public list of them
        cached = entry.cached_op_ref()
        if cached is not None:
            with suppress(Exception):  # a database that is lost has lost its tables too, and what lost it is on its way up
                CachedTable(cached).release()


def _spark_runs() -> bool:
    """This process has a Spark session already; none without the library."""
    spark = sys.modules.get("pyspark.sql")
    return spark is not None and spark.SparkSession.getActiveSession() is not None

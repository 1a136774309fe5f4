"""The engine's database: any that Ibis reaches, DuckDB inside this process by default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis

from troth.terms.errors import DatabaseDownError, SettingError, did_you_mean

ENGINE = "duckdb://"
"""The engine where troth.toml names none: DuckDB, inside this process."""

SHARE_OF_MEMORY = 0.6
"""How much of the machine's memory DuckDB may take before it spills to disk; the rest is for Python, Arrow and the page cache."""

_DUCKDB_DEFAULT_SHARE = 0.8
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@contextmanager
def engine(url: str, *, work: Path, settings_file: Path) -> Iterator[Any]:
    """A connection to the engine, closed at the end.

    :param url: an Ibis URL; options ride on it, as in ``duckdb://?memory_limit=4GB&threads=2``.
    :param work: folder for what does not fit into memory.
    :param settings_file: where the URL is written, for the error.
    :raises SettingError: there is no such engine, or it is not installed.
    :raises DatabaseDownError: it does not answer.
    """
    name = url.partition(":")[0]
    backends = sorted(entry.name for entry in ibis.util.backend_entry_points())
    if name not in {*backends, "postgresql"}:
        mend = did_you_mean(name, backends)
        raise SettingError(f"there is no engine “{name}”.", file=settings_file, place="engine", mend=mend)
    try:
        connection = _duckdb(url, work) if name == "duckdb" else ibis.connect(url)
    except ImportError as error:
        mend = f"install it: pip install 'ibis-framework[{name}]'."
        raise SettingError(f"the engine “{name}” is not installed.", file=settings_file, place="engine", mend=mend) from error
    except Exception as error:  # drivers share no base class; whatever stops one from connecting is said in its own words
        said = str(error).strip().partition("\n")[0]
        mend = "check the address in troth.toml and that the database is up."
        raise DatabaseDownError(f"the engine does not answer: {said}", file=settings_file, place="engine", mend=mend) from error
    try:
        yield connection
    finally:
        connection.disconnect()


def _duckdb(url: str, work: Path) -> Any:
    connection: Any = ibis.connect(url)
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("SET enable_progress_bar = false")
    connection.raw_sql(f"SET temp_directory = '{_quoted(work)}'")
    if "memory_limit=" not in url:
        connection.raw_sql(f"SET memory_limit = '{_memory(connection)}B'")
    return connection


def _memory(connection: Any) -> int:
    """Bytes DuckDB may use. Its own default is 80% of what the machine, or the container, gives: it has looked both up."""
    (said,) = connection.raw_sql("SELECT current_setting('memory_limit')").fetchone()
    number, unit = re.fullmatch(r"([\d.]+) (\w+)", said).groups()  # type: ignore[union-attr]
    return int(float(number) * _UNITS[unit] * SHARE_OF_MEMORY / _DUCKDB_DEFAULT_SHARE)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

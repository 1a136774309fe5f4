"""The embedded database: DuckDB inside this process, opened the same way by every room.

Its memory has a ceiling that does not grow with the machine: what a study needs is then known beforehand, and what does not fit is
spilled to disk. Sessions count in UTC and draw no progress bars.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import ibis

URL = "duckdb://"
"""The engine where troth.toml names none."""

MEMORY = 3 * 2**30
"""Bytes DuckDB may hold before it spills to disk: as much again is left for counts and pages within the 6 GB that a study may take."""

SHARE_OF_MEMORY = 0.6
"""On small machines a share of what there is: the rest is for Python, Arrow and the page cache."""

_DUCKDB_DEFAULT_SHARE = 0.8
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def open_duckdb(url: str = URL, *, work: Path | None = None) -> Any:
    """An Ibis connection to a DuckDB of its own.

    :param url: options ride on it, as in ``duckdb://?memory_limit=16GB&threads=8``; a ``memory_limit`` there lifts the ceiling.
    :param work: folder for what does not fit into memory; the system's temporary one where left out.
    """
    connection: Any = ibis.connect(url)
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("SET enable_progress_bar = false")
    connection.raw_sql("SET enable_external_file_cache = false")  # the system keeps files it has read; once is enough
    connection.raw_sql(f"SET temp_directory = '{_quoted(work or Path(tempfile.gettempdir()))}'")
    if "memory_limit=" not in url:
        connection.raw_sql(f"SET memory_limit = '{_memory(connection)}B'")
    return connection


def _memory(connection: Any) -> int:
    """Bytes DuckDB may use. Its own default is 80% of what the machine, or the container, gives: it has looked both up."""
    (said,) = connection.raw_sql("SELECT current_setting('memory_limit')").fetchone()
    number, unit = re.fullmatch(r"([\d.]+) (\w+)", said).groups()  # type: ignore[union-attr]
    machine = float(number) * _UNITS[unit] / _DUCKDB_DEFAULT_SHARE
    return min(MEMORY, int(machine * SHARE_OF_MEMORY))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

"""A source, opened: its rows as a table of the engine, how many there are, and the lines that could not be read.

Parquet is scanned where it is. Text, workbooks and other databases are spooled to one Parquet file first, so that every later pass is
fast and every row has its file and number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from troth.intake import engine
from troth.intake.readers import delimited, jsonlines, parquet, workbook
from troth.intake.readers.database import spool_database
from troth.intake.readers.files import DataFile, Fingerprint, Format, fingerprint, locate
from troth.intake.readers.spool import HIDDEN, Batch, Spooled, spool
from troth.intake.sources import Source


@dataclass(frozen=True)
class Scan:
    """The rows of one source.

    :param table: its own columns, nothing else: the cheapest scan.
    :param numbered: the same rows with the two hidden columns of ``readers.spool``.
    :param connection: where these tables live.
    :param rows: rows read, lines that cannot be read left out.
    :param rejects: lines that cannot be read; ``rejects_path`` holds them.
    :param in_place: the rows are scanned where they are.
    """

    source: Source
    table: ir.Table
    numbered: ir.Table
    connection: Any
    rows: int
    rejects: int
    rejects_path: Path | None
    in_place: bool
    fingerprints: tuple[Fingerprint, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's own columns."""
        return tuple(self.table.columns)


def open_source(source: Source, *, data: Path, work: Path, connection: Any, workbench: Any) -> Scan:
    """Open a source.

    :param data: folder relative paths start from.
    :param work: folder for the spooled rows.
    :param connection: the engine's connection, which scans Parquet in place.
    :param workbench: a DuckDB connection, for everything else; the engine's own where that is DuckDB.
    :raises SourceError: a file is missing or unreadable, a database is down.
    """
    path = work / f"{source.name}.rows.parquet"
    if source.connection is not None:
        name, spooled = spool_database(source, path)
        prints: tuple[Fingerprint, ...] = (Fingerprint(source.name, name, None, None),)
    else:
        files = locate(source.read or "", data, file=source.file)
        prints = tuple(fingerprint(source.name, one) for one in files)
        if files[0].format is Format.PARQUET:
            return _in_place(source, files, prints, connection)
        spooled = _spooled(source, files, path)
    numbered = engine.read_parquet(workbench, [spooled.path])
    return Scan(
        source,
        numbered.drop(*HIDDEN),
        numbered,
        workbench,
        spooled.rows,
        spooled.rejects,
        spooled.rejects_path,
        in_place=False,
        fingerprints=prints,
    )


def _in_place(source: Source, files: tuple[DataFile, ...], prints: tuple[Fingerprint, ...], connection: Any) -> Scan:
    rows = parquet.rows_in(files)
    paths, names = [one.path for one in files], [one.name for one in files]
    table, numbered = engine.read_parquet(connection, paths), engine.read_parquet_with_lines(connection, paths, names)
    return Scan(source, table, numbered, connection, rows, 0, None, in_place=True, fingerprints=prints)


def _spooled(source: Source, files: tuple[DataFile, ...], path: Path) -> Spooled:
    """Every row of text files and workbooks, as text, in one Parquet file."""
    batches: Iterator[Batch]
    match files[0].format:
        case Format.JSON_LINES:
            names = jsonlines.keys(files, encoding=source.encoding)
            batches = jsonlines.rows(files, names, encoding=source.encoding, null=source.null)
        case Format.WORKBOOK:
            names = workbook.header(files[0], sheet=source.sheet)
            batches = workbook.rows(files, names, sheet=source.sheet, decimal=source.writing.decimal, null=source.null)
        case _:
            names, _ = delimited.header(files[0], encoding=source.encoding, delimiter=source.delimiter, quote=source.quote)
            batches = delimited.rows(
                files, names, encoding=source.encoding, delimiter=source.delimiter, quote=source.quote, null=source.null
            )
    return spool(batches, pa.schema([(name, pa.string()) for name in names]), path)

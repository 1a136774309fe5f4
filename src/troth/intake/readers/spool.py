"""Rows on their way to a Parquet file of their own: read once, numbered once, never held in memory as a whole.

Two hidden columns go along: :data:`FILE`, the file a row stands in, and :data:`LINE`, where it starts there, from 1: the
line of a text file as an editor counts them, the row of a sheet, the number of the row in a database or a Parquet file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from troth.terms.errors import StorageError

FILE, LINE = "__file", "__line"
HIDDEN = (FILE, LINE)
REJECT_SCHEMA = pa.schema([(FILE, pa.string()), (LINE, pa.int64()), ("text", pa.string())])
ROWS_PER_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that does not have the columns of its file.

    :param line: the line of the file it starts in, from 1.
    """

    file: str
    line: int
    text: str


@dataclass
class Batch:
    """Some rows of one file, in order.

    :param lines: the line each row starts in; ``None`` for a database, whose rows are counted as they come.
    :param rejects: lines between them that cannot be read.
    """

    rows: Any
    file: str
    lines: Any
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spooled:
    """What was written.

    :param rows: rows written.
    :param rejects: lines that cannot be read, in a file of their own where there are any.
    """

    path: Path
    rows: int
    rejects: int
    rejects_path: Path | None


def spool(batches: Iterable[Batch], schema: pa.Schema, path: Path) -> Spooled:
    """Write the batches to one Parquet file, rejects beside it.

    :raises StorageError: the work folder cannot take them.
    """
    full = pa.schema([*schema, pa.field(FILE, pa.string()), pa.field(LINE, pa.int64())])
    rejects_path = path.with_suffix(".rejects.parquet")
    rows = rejects = 0
    rejects_writer: pq.ParquetWriter | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(path, full, compression="zstd", compression_level=1) as writer:
            for batch in batches:
                count = batch.rows.num_rows
                files = pa.repeat(pa.scalar(batch.file, pa.string()), count)
                lines = pa.arange(rows + 1, rows + count + 1) if batch.lines is None else batch.lines
                held = pa.RecordBatch.from_arrays([*batch.rows.columns, files, lines], schema=full)
                writer.write_batch(held, row_group_size=ROWS_PER_GROUP)
                rows += count
                if batch.rejects:
                    rejects_writer = rejects_writer or pq.ParquetWriter(rejects_path, REJECT_SCHEMA)
                    rejects_writer.write_table(
                        pa.Table.from_pylist([{FILE: r.file, LINE: r.line, "text": r.text} for r in batch.rejects], schema=REJECT_SCHEMA)
                    )
                    rejects += len(batch.rejects)
    except OSError as error:
        raise StorageError(
            f"the rows of a source cannot be kept while reading ({error.strerror or error})",
            file=path,
            mend="free space, or name another folder.",
        ) from error
    finally:
        if rejects_writer is not None:
            rejects_writer.close()
    return Spooled(path, rows, rejects, rejects_path if rejects else None)

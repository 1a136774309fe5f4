"""JSON Lines as Arrow batches of text: one object a line, its keys as columns, nested values as JSON text.

DuckDB parses; every value stays the text it is written as, so that a number, a date or an odd value is judged by the mapping and not
guessed from the first rows. The file is read twice: once for its keys, once for its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pc

from troth.intake.readers.delimited import BLOCK, codec, wrong_encoding
from troth.intake.readers.files import DataFile, bytes_of, unreadable
from troth.intake.readers.spool import HIDDEN, Batch, Reject
from troth.terms.errors import UnreadableFileError

SEPARATOR = "\x01"
"""A character no line holds: each line is one column."""


def keys(files: Iterable[DataFile], *, encoding: str) -> tuple[str, ...]:
    """The keys that occur, in the order in which they first appear in their objects.

    :raises UnreadableFileError: a file is empty, in another encoding, or holds no object.
    """
    found: dict[str, None] = {}
    for one in files:
        with duckdb.connect() as reader:
            for lines, _ in _lines(one, encoding):
                reader.register("lines", pa.table({"line": lines}))
                rows = reader.execute(
                    "select key, min(position) as first from (select unnest(json_keys(line)) as key,"
                    " generate_subscripts(json_keys(line), 1) as position from lines where try(json_type(line)) = 'OBJECT')"
                    " group by key order by first, key"
                ).fetchall()
                found |= dict.fromkeys(key for key, _ in rows)
    if not found:
        raise UnreadableFileError("the file holds no JSON object", file=one.path, mend="write one object a line: {...}.")
    for name in found:
        if name in HIDDEN or not name:
            raise UnreadableFileError(f"“{name}” is no name for a column", file=one.path, mend="rename the key.")
    folded = [name.casefold() for name in found]
    twice = next((name for name in found if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise UnreadableFileError(f"two keys are called “{twice}” but for their case", file=one.path, mend="write the key in one way.")
    return tuple(found)


def rows(files: Iterable[DataFile], names: tuple[str, ...], *, encoding: str, null: tuple[str, ...]) -> Iterator[Batch]:
    """The rows of the files, in order; lines that are no JSON object as rejects."""
    paths = [f"$.{_quoted(name)}" for name in names]
    empty = ["", *null]
    picked = ", ".join(
        f"case when list_contains($empty, line ->> $p{i}) then null else line ->> $p{i} end as c{i}" for i in range(len(names))
    )
    for one in files:
        with duckdb.connect() as reader:
            for lines, first in _lines(one, encoding):
                table = pa.table({"line": lines, "number": pa.arange(first, first + len(lines))})
                reader.register("lines", table)
                good = reader.execute(
                    f"select {picked}, number from lines where try(json_type(line)) = 'OBJECT' order by number",  # noqa: S608  # positions only
                    {"empty": empty} | {f"p{i}": path for i, path in enumerate(paths)},
                ).to_arrow_table()
                bad = reader.execute(
                    "select number, line from lines where try(json_type(line)) is distinct from 'OBJECT'"
                    " and trim(line) <> '' order by number"
                ).fetchall()
                batches = good.combine_chunks().to_batches()
                rejects = [Reject(one.name, number, line) for number, line in bad]
                for batch in batches or [pa.RecordBatch.from_pylist([], schema=good.schema)]:
                    held = pa.RecordBatch.from_arrays([batch.column(i).cast(pa.string()) for i in range(len(names))], names=list(names))
                    yield Batch(held, one.name, batch.column(len(names)), rejects)
                    rejects = []


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(one: DataFile, encoding: str) -> Iterator[tuple[Any, int]]:
    """The file's lines, block by block, each block with the number of its first line."""
    read = pc.ReadOptions(use_threads=False, encoding=codec(encoding), block_size=BLOCK, column_names=["line"])
    parse = pc.ParseOptions(delimiter=SEPARATOR, quote_char=False, double_quote=False, ignore_empty_lines=False)
    convert = pc.ConvertOptions(column_types={"line": pa.string()}, strings_can_be_null=False)
    first = 1
    with bytes_of(one) as stream:
        try:
            for batch in pc.open_csv(pa.PythonFile(stream, mode="r"), read, parse, convert):
                yield batch.column(0), first
                first += batch.num_rows
        except UnicodeError as error:
            raise wrong_encoding(one, encoding) from error
        except pa.ArrowInvalid as error:
            if "utf" in str(error).lower():
                raise wrong_encoding(one, encoding) from error
            if "empty" in str(error).lower():
                raise UnreadableFileError("the file is empty", file=one.path, mend="write one JSON object a line.") from error
            raise unreadable(one, error) from error

"""CSV, TSV and their kin, as Arrow batches of text: any encoding, any separator, quoted newlines, streamed block by block.

A quote that is opened and never closed swallows the rest of its file. So every file is read with one more line behind its last: where
the parser does not come upon that line, the file ended inside a quoted cell, and is refused.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pc
from pyarrow import compute

from troth.intake.readers.files import DataFile, bytes_of, unreadable
from troth.intake.readers.spool import HIDDEN, Batch, Reject
from troth.terms.errors import UnreadableFileError

SEPARATORS = (",", ";", "\t", "|")
BLOCK = 4 << 20
HEAD = 1 << 20
"""Bytes looked at to find the separator and the header."""
SNIFFED_LINES = 20
END = "\ue000\ue001\ue000"
"""What stands in the line behind the last: characters no separator and no quote can be, for those are ASCII."""


def header(one: DataFile, *, encoding: str, delimiter: str | None, quote: str) -> tuple[tuple[str, ...], str]:
    """The column names and the separator.

    :raises UnreadableFileError: the file is empty, in another encoding, or two columns have one name.
    """
    with bytes_of(one) as stream:
        start = stream.read(HEAD)
    try:
        text = codecs.getincrementaldecoder(codec(encoding))().decode(start)
    except UnicodeError as error:
        raise wrong_encoding(one, encoding) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableFileError("the file is empty", file=one.path, mend="the first line names the columns.")
    separator = delimiter or _separator(text, quote)
    names = _first_record(text, separator, quote)
    if names is None:
        raise UnreadableFileError("the header cannot be read", file=one.path, mend="check the quotes in the first line.")
    names = tuple(name.strip() for name in names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        what = f"two columns are called “{twice[0]}”" if twice and twice[0] else "a column has no name"
        raise UnreadableFileError(what, file=one.path, mend="name each column once in the first line.")
    if any(name in HIDDEN for name in names):
        raise UnreadableFileError(f"{' and '.join(HIDDEN)} are names kept for row numbers", file=one.path, mend="rename the column.")
    return names, separator


def rows(
    files: Iterable[DataFile], names: tuple[str, ...], *, encoding: str, delimiter: str | None, quote: str, null: tuple[str, ...]
) -> Iterator[Batch]:
    """The rows of the files, in order, every column as text; lines with another number of columns as rejects."""
    for one in files:
        own, separator = header(one, encoding=encoding, delimiter=delimiter, quote=quote)
        if set(own) != set(names):
            odd = min(set(own) ^ set(names))
            raise UnreadableFileError(
                f"the column “{odd}” is in some files of the source and not in others", file=one.path, mend="make one source of each kind."
            )
        yield from _rows(one, own, names, separator=separator, encoding=encoding, quote=quote, null=null)


def _rows(
    one: DataFile, own: tuple[str, ...], names: tuple[str, ...], *, separator: str, encoding: str, quote: str, null: tuple[str, ...]
) -> Iterator[Batch]:
    rejected: list[Reject] = []
    end = f"{END}{separator}{END}" if len(own) == 1 else END  # another number of columns than the file's: always rejected, never a row

    def reject(row: Any) -> str:
        rejected.append(Reject(one.name, row.number - 1, row.text or ""))
        return "skip"

    read = pc.ReadOptions(use_threads=False, block_size=BLOCK, column_names=list(own), skip_rows_after_names=1)
    parse = pc.ParseOptions(delimiter=separator, quote_char=quote, newlines_in_values=True, invalid_row_handler=reject)
    convert = pc.ConvertOptions(
        column_types=dict.fromkeys(own, pa.string()), strings_can_be_null=True, null_values=["", *null], include_columns=list(names)
    )
    next_line = 1
    with bytes_of(one) as stream:
        try:
            reader = pc.open_csv(pa.PythonFile(_Ended(stream, encoding, end), mode="r"), read, parse, convert)
            for batch in reader:
                lines = _numbers(next_line, batch.num_rows, [reject.line for reject in rejected])
                last = lines[-1].as_py() if batch.num_rows else next_line - 1
                between = [reject for reject in rejected if reject.line <= last]
                rejected[:] = [reject for reject in rejected if reject.line > last]
                next_line = last + 1
                yield Batch(batch, one.name, lines, between)
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error) or "utf" in str(error).lower():
                raise wrong_encoding(one, encoding) from error
            if "straddling" in str(error):
                raise quote_left_open(one, next_line + len(rejected), f"a row is longer than {BLOCK >> 20} MB, as if") from error
            raise unreadable(one, error) from error
        except UnicodeError as error:
            raise wrong_encoding(one, encoding) from error
    if not rejected or rejected[-1].text != end:
        raise quote_left_open(one, max(next_line - 1, *(reject.line for reject in rejected[-1:]), 1), "the file ends inside a cell:")
    rejected.pop()
    if rejected:
        empty = pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(names), names=list(names))
        yield Batch(empty, one.name, pa.array([], pa.int64()), rejected)


class _Ended(io.RawIOBase):
    """A stream of text in any encoding as UTF-8, with one more line behind its last."""

    def __init__(self, stream: IO[bytes], encoding: str, end: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec(encoding))()
        self._end = end

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes: about ``size`` of them, none only at the end."""
        text = ""
        while not text:
            chunk = self._stream.read(size)
            text = self._decoder.decode(chunk, final=not chunk)
            if not chunk:
                text, self._end = f"{text}\n{self._end}\n" if self._end else text, ""
                break
        return text.encode()


def _numbers(first: int, count: int, rejected: list[int]) -> Any:
    """The row numbers of the next ``count`` rows, leaving out the rejected ones."""
    candidates = pa.arange(first, first + count + len(rejected))
    if rejected:
        candidates = candidates.filter(compute.invert(compute.is_in(candidates, pa.array(rejected, pa.int64()))))
    return candidates.slice(0, count)


def codec(encoding: str) -> str:
    """Python's name; a byte-order mark before UTF-8 is left out."""
    name = codecs.lookup(encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def _separator(text: str, quote: str) -> str:
    """The separator under which the first lines have the same number of columns, the more the better; a comma where none has."""
    best, most = ",", 1
    for candidate in SEPARATORS:
        lines = []
        try:
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=candidate, quotechar=quote):
                lines.append(len(record))
                if len(lines) == SNIFFED_LINES:
                    break
        except csv.Error:
            continue
        lines = [count for count in (lines[:-1] if len(lines) > 1 and len(lines) < SNIFFED_LINES else lines) if count]
        if lines and lines[0] > most and sum(count == lines[0] for count in lines) * 2 > len(lines):
            best, most = candidate, lines[0]
    return best


def _first_record(text: str, separator: str, quote: str) -> tuple[str, ...] | None:
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote):
            if record:
                return tuple(record)
    except csv.Error:
        return None
    return None


def wrong_encoding(one: DataFile, encoding: str) -> UnreadableFileError:
    """The refusal of a file that is not in the encoding it is said to be in."""
    return UnreadableFileError(
        f"the file is not {encoding} text",
        file=one.path,
        mend='say its encoding = "latin-1", "cp1252", "utf-16" ... (for troth init: --encoding)',
    )


def quote_left_open(one: DataFile, row: int, how: str) -> UnreadableFileError:
    """The refusal of a file in which everything behind a quote would be taken for one cell."""
    return UnreadableFileError(
        f"{how} a quote is opened in this row and never closed",
        file=one.path,
        place=f"row {row:,} (header not counted)",
        mend='close the quote, or double it where it belongs to the text; quote = "..." names another quote character.',
    )

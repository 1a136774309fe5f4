"""CSV, TSV and their kin, as Arrow batches of text: any encoding, any separator, quoted newlines, streamed block by block.

A quote that is opened and never closed swallows the rest of its file. So every file is read with one more line behind its last: where
the parser does not come upon that line, the file ended inside a quoted cell, and is refused.

A row is told by the line of the file it starts in, as an editor counts them. The parser counts records, and passes over empty lines
without a word. So an empty line is read as one that holds a mark: as a record it is no row, and from a cell the mark is taken out again.
What cells hold of line breaks is added up; a file without any costs no more than the look for them.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import IO, Any

import numpy as np
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
EMPTY = "\ue000\ue002\ue000"
"""What stands in a line that is empty."""
LINE_BREAK = re.compile(r"\r\n|\r|\n")
BEFORE_EMPTY = re.compile(r"(\r\n|\n|\r(?!\n))(?=[\r\n])")


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
    end, empty = (f"{mark}{separator}{mark}" if len(own) == 1 else mark for mark in (END, EMPTY))
    # another number of columns than the file's: always rejected, never a row
    before, lines = _header_lines(one, encoding, separator, quote)
    place = _Place(one.name, empty, next_record=before + 2, ahead=lines - before - 1)

    def reject(row: Any) -> str:
        place.rejected.append((row.number, row.text or ""))
        return "skip"

    read = pc.ReadOptions(use_threads=False, block_size=BLOCK, column_names=list(own), skip_rows_after_names=before + 1)
    parse = pc.ParseOptions(delimiter=separator, quote_char=quote, newlines_in_values=True, invalid_row_handler=reject)
    convert = pc.ConvertOptions(
        column_types=dict.fromkeys(own, pa.string()), strings_can_be_null=True, null_values=["", *null], include_columns=list(names)
    )
    with bytes_of(one) as stream:
        try:
            for batch in pc.open_csv(pa.PythonFile(_Ended(stream, encoding, end, empty), mode="r"), read, parse, convert):
                yield place.placed(batch)
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error) or "utf" in str(error).lower():
                raise wrong_encoding(one, encoding) from error
            if "straddling" in str(error):
                place.placed(_no_rows(names), rest=True)
                raise quote_left_open(one, place.next_line, f"a row is longer than {BLOCK >> 20} MB, as if") from error
            raise unreadable(one, error) from error
        except UnicodeError as error:
            raise wrong_encoding(one, encoding) from error
    ended = bool(place.rejected) and place.rejected[-1][1] == end
    if ended:
        place.rejected.pop()
    last = place.placed(_no_rows(names), rest=True)
    if not ended:
        raise quote_left_open(one, place.last_line, "the file ends inside a cell:")
    if last.rejects:
        yield last


def _no_rows(names: tuple[str, ...]) -> Any:
    return pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(names), names=list(names))


class _Place:
    """How far a file has been read, in records and in lines.

    :param empty: the mark of an empty line.
    :param next_record: the number of the next record, from 1; empty lines and the header are records too.
    :param ahead: by how many lines the file is ahead of its records, for records that go over several.
    """

    def __init__(self, file: str, empty: str, *, next_record: int, ahead: int) -> None:
        self.rejected: list[tuple[int, str]] = []
        self._file, self._empty = file, empty
        self._next, self._ahead = next_record, ahead
        self.last_line = self.next_line

    @property
    def next_line(self) -> int:
        """The line the next record starts in."""
        return self._next + self._ahead

    def placed(self, batch: Any, *, rest: bool = False) -> Batch:
        """The next rows, each with the line it starts in, and the records between them that are none.

        :param rest: no row follows: whatever was rejected belongs to these.
        """
        first = self._next
        records = _numbers(first, batch.num_rows, [number for number, _ in self.rejected])
        last = max([first - 1, *records[-1:].to_pylist(), *((number for number, _ in self.rejected) if rest else ())])
        between = [(number - first, text) for number, text in self.rejected if number <= last]
        self.rejected[:] = [(number, text) for number, text in self.rejected if number > last]
        batch, at = _without(self._empty, batch), records.to_numpy() - first
        further = np.zeros(last - first + 1, np.int64)
        further[at] = _further_lines(batch)
        told = [(position, text.replace(self._empty, "")) for position, text in between if text != self._empty]
        for position, text in told:
            further[position] = len(LINE_BREAK.findall(text))
        lines = np.arange(first, last + 1) + self._ahead + np.cumsum(further) - further
        self._next, self._ahead = last + 1, self._ahead + int(further.sum())
        self.last_line = max([self.last_line, *lines[at][-1:].tolist(), *(int(lines[position]) for position, _ in told[-1:])])
        return Batch(batch, self._file, pa.array(lines[at], pa.int64()), [Reject(self._file, int(lines[i]), text) for i, text in told])


class _Ended(io.RawIOBase):
    """A stream of text in any encoding as UTF-8, its empty lines marked, with one more line behind its last."""

    def __init__(self, stream: IO[bytes], encoding: str, end: str, empty: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec(encoding))()
        self._end, self._empty = end, empty
        self._held = ""
        self._line_begins = True

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes: about ``size`` of them, fewer only at the end. The parser takes a short block for the last."""
        text = ""
        while self._end and (size < 0 or len(text) < size):
            chunk = self._stream.read(size)
            text += self._marked(self._decoder.decode(chunk, final=not chunk), last=not chunk)
            if not chunk:
                text, self._end = f"{text}\n{self._end}\n", ""
        return text.encode()

    def _marked(self, text: str, *, last: bool) -> str:
        """The text with its empty lines marked; a line break that may go on in the next chunk is held back."""
        text, self._held = self._held + text, ""
        if text.endswith("\r") and not last:
            text, self._held = text[:-1], "\r"
        if not text:
            return text
        begins, self._line_begins = self._line_begins, text[-1] in "\r\n"
        if "\n\n" in text or ("\r" in text and ("\n\r" in text or "\r\r" in text)):
            text = BEFORE_EMPTY.sub(lambda found: found[1] + self._empty, text)
        return self._empty + text if begins and text[0] in "\r\n" else text


def _header_lines(one: DataFile, encoding: str, separator: str, quote: str) -> tuple[int, int]:
    """How many empty lines stand before the header, and the last line of the header."""
    with bytes_of(one) as stream:
        text = codecs.getincrementaldecoder(codec(encoding))().decode(stream.read(HEAD)).removeprefix("\ufeff")
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote)
    before = sum(1 for _ in takewhile(lambda record: not record, records))
    return before, records.line_num


def _without(mark: str, batch: Any) -> Any:
    """The rows as the file holds them: an empty line inside a cell is empty again."""
    if not any(mark[0].encode() in part for column in batch.columns for part in _bytes(column)):
        return batch
    columns = [compute.replace_substring(column, mark, "") for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _further_lines(batch: Any) -> Any:
    """How many lines each row has beyond its first."""
    found = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        data = _bytes(column)
        signs = [("\n", 1)] * any(b"\n" in part for part in data)
        signs += [("\r", 1), ("\r\n", -1)] * any(b"\r" in part for part in data)
        for sign, times in signs:
            found += times * compute.fill_null(compute.count_substring(column, sign), 0).to_numpy()
    return found


def _bytes(column: Any) -> list[bytes]:
    """What the texts of a column are cut from."""
    data = column.buffers()[2]
    return [] if data is None else [data.to_pybytes()]


def _numbers(first: int, count: int, rejected: list[int]) -> Any:
    """The numbers of the next ``count`` records that are rows, leaving out the rejected ones."""
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


def quote_left_open(one: DataFile, line: int, how: str) -> UnreadableFileError:
    """The refusal of a file in which everything behind a quote would be taken for one cell."""
    return UnreadableFileError(
        f"{how} a quote is opened in this row and never closed",
        file=one.path,
        place=f"line {line:,}",
        mend='close the quote, or double it where it belongs to the text; quote = "..." names another quote character.',
    )

"""A sheet of an XLSX workbook as Arrow batches of text.

Row by row, for a workbook holds at most a million rows, and no database reads one without the network. Dates come out in ISO 8601,
numbers with the source's own decimal mark.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from troth.intake.readers.files import DataFile, bytes_of, unreadable
from troth.intake.readers.spool import HIDDEN, Batch
from troth.terms.errors import UnreadableFileError, did_you_mean

ROWS_PER_BATCH = 10_000

BROKEN = (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError)
"""What openpyxl lets through of a file that is no workbook, beside its own error."""


def header(one: DataFile, *, sheet: str | None) -> tuple[str, ...]:
    """The column names, from the first row.

    :raises UnreadableFileError: no workbook, no such sheet, no header.
    """
    for row in _rows(one, sheet):
        names = [_text(cell, ".") for cell in row]
        while names and names[-1] is None:
            names.pop()
        held = tuple((name or "").strip() for name in names)
        twice = next((name for name in held if held.count(name) > 1 or not name or name in HIDDEN), None)
        if twice is not None or not held:
            raise UnreadableFileError(
                "the first row does not name each column once", file=one.path, mend="name every column in the first row."
            )
        return held
    raise UnreadableFileError("the sheet is empty", file=one.path, mend="the first row names the columns.")


def rows(files: Iterable[DataFile], names: tuple[str, ...], *, sheet: str | None, decimal: str, null: tuple[str, ...]) -> Iterator[Batch]:
    """The rows of the files, in order, every column as text; rows that are empty throughout are no rows."""
    empty = {"", *null}
    schema = pa.schema([(name, pa.string()) for name in names])
    for one in files:
        own = header(one, sheet=sheet)
        if set(own) != set(names):
            odd = min(set(own) ^ set(names))
            raise UnreadableFileError(
                f"the column “{odd}” is in some files of the source and not in others", file=one.path, mend="make one source of each kind."
            )
        held: list[dict[str, str | None]] = []
        lines: list[int] = []
        for number, row in enumerate(_rows(one, sheet), start=1):
            texts = [_text(cell, decimal) for cell in row]
            if number == 1 or not any(texts):
                continue
            held.append({name: None if text in empty else text for name, text in zip(own, texts, strict=False)})
            lines.append(number)
            if len(held) == ROWS_PER_BATCH:
                yield Batch(pa.RecordBatch.from_pylist(held, schema=schema), one.name, pa.array(lines, pa.int64()))
                held, lines = [], []
        yield Batch(pa.RecordBatch.from_pylist(held, schema=schema), one.name, pa.array(lines, pa.int64()))


def _rows(one: DataFile, sheet: str | None) -> Iterator[tuple[Any, ...]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    with bytes_of(one) as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            if sheet is not None and sheet not in book.sheetnames:
                raise UnreadableFileError(f"there is no sheet “{sheet}”", file=one.path, mend=did_you_mean(sheet, book.sheetnames))
            if not book.worksheets:
                raise UnreadableFileError("the workbook has no sheet", file=one.path, mend="add one with the rows.")
            yield from (book[sheet] if sheet is not None else book.worksheets[0]).iter_rows(values_only=True)
        except (*BROKEN, InvalidFileException) as error:
            raise unreadable(one, error) from error


def _text(cell: Any, decimal: str) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case float() if cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004  # whole numbers a float holds exactly
            return str(int(cell))
        case float():
            return repr(cell).replace(".", decimal)
        case _:
            return str(cell).strip()

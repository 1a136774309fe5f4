"""Answers as files: text, CSV and Parquet, to standard output or to a file that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import ibis.expr.types as ir
import pyarrow as pa
from pyarrow import csv, parquet

from troth.cli.options import Format
from troth.terms.errors import RequestError, StorageError


def write_text(text: str, output: Path | None) -> None:
    """Print the text, or write it to ``output``."""
    with _sink(output) as sink:
        sink.write(text.encode())


def write_arrow(table: pa.Table, form: Format, output: Path | None) -> None:
    """Write a small table as CSV or Parquet."""
    _refuse_terminal(form, output)
    with _sink(output) as sink:
        if form is Format.PARQUET:
            parquet.write_table(table, sink)
        else:
            csv.write_csv(_flat(table), sink)


def _flat(table: pa.Table) -> pa.Table:
    """CSV has no lists: a pair such as (rows, broken) becomes text."""
    for number, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            said = [None if value is None else " ".join(map(str, value)) for value in table[number].to_pylist()]
            table = table.set_column(number, field.name, pa.array(said, pa.string()))
    return table


def write_table(table: ir.Table, form: Format, output: Path | None) -> None:
    """Write a table of any size: the database writes it, beside its place first."""
    _refuse_terminal(form, output)
    with _sink(output) as sink, TemporaryDirectory(dir=output.parent if output else None) as folder:
        file = Path(folder, "rows")
        if form is Format.PARQUET:
            table.to_parquet(file)
        else:
            table.to_csv(file)
        with file.open("rb") as rows:
            shutil.copyfileobj(rows, sink)


def _refuse_terminal(form: Format, output: Path | None) -> None:
    if form is Format.PARQUET and output is None:
        raise RequestError("Parquet is not for a terminal.", mend="name a file with --output.")


@contextmanager
def _sink(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a draft beside ``output`` that takes its name at the end."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        draft.replace(output)
    except OSError as error:
        raise StorageError(
            f"the file could not be written: {error.strerror}.", file=output, mend="name a file this user may write."
        ) from error
    finally:
        draft.unlink(missing_ok=True)

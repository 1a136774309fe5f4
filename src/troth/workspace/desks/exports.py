"""Tables as files: rows of the ledger, rows set aside, slices.

The database writes the file, so a long ledger needs no more memory than a short one; the file is gone once it has been sent.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from django.http import FileResponse
from django.http.response import HttpResponseBase

from troth.terms.errors import RequestError
from troth.workspace.parts.contexts import Link

FORMULA = r"^[=+\-@\t\r]"
"""A text that starts so is run as a formula by spreadsheets."""

WORDS = {"csv": "CSV", "parquet": "Parquet", "json": "JSON"}
"""Formats as a page calls them."""

TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def links(at: Callable[[str], str], names: Sequence[str] = ("csv", "parquet", "json")) -> tuple[Link, ...]:
    """A link to the page's table in each format.

    :param at: address in a format.
    """
    return tuple(Link(WORDS[name], at(name)) for name in names)


def table_file(table: ir.Table, name: str, wanted: str) -> HttpResponseBase:
    """An Ibis table as a CSV or Parquet download.

    :param name: file name without its ending.
    :param wanted: ``csv`` or ``parquet``.
    """
    with tempfile.TemporaryDirectory(prefix="troth-export-") as folder:
        file = Path(folder) / f"rows.{wanted}"
        if wanted == "parquet":
            table.to_parquet(file)
        else:
            harmless(table).to_csv(file)
        stream = file.open("rb")  # stays readable after the folder is gone
    return _named(FileResponse(stream, content_type=TYPES[wanted]), f"{name}.{wanted}")


def records_file(records: list[dict[str, object]], name: str, wanted: str) -> HttpResponseBase:
    """Plain records, few enough for memory, as a CSV or Parquet download.

    :raises RequestError: there are none: a file without columns is no table.
    """
    if not records:
        raise RequestError("there is nothing to put in a file.", place="format", mend="the page says what fills it.")
    return table_file(ibis.memtable(pa.Table.from_pylist(records)), name, wanted)


def harmless(table: ir.Table) -> ir.Table:
    """The table with an apostrophe before every text a spreadsheet would run as a formula. Parquet keeps the text as it is."""
    changed = {
        name: ibis.ifelse(table[name].re_search(FORMULA), ibis.literal("'") + table[name], table[name])
        for name, kind in table.schema().items()
        if kind.is_string()
    }
    return table.mutate(**changed)


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""Tables as files: rows of the ledger, rows set aside, slices. Streamed, so that a long ledger needs no more memory than a short one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

BATCH = 20_000
FORMULA = r"^[=+\-@\t\r]"
"""A text that starts so is run as a formula by spreadsheets."""

CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"


def table_file(table: ir.Table, name: str, wanted: str) -> HttpResponseBase:
    """An Ibis table as a CSV or Parquet download.

    :param name: file name without its ending.
    :param wanted: ``csv`` or ``parquet``.
    """
    return _parquet(table, name) if wanted == "parquet" else _csv(table, name)


def records_file(records: list[dict[str, object]], name: str, wanted: str) -> HttpResponseBase:
    """Plain records, few enough for memory, as a CSV or Parquet download."""
    table = pa.Table.from_pylist(records)
    sink = pa.BufferOutputStream()
    if wanted == "parquet":
        pq.write_table(table, sink)
    else:
        pa_csv.write_csv(table, sink)
    response = HttpResponse(sink.getvalue().to_pybytes(), content_type=PARQUET if wanted == "parquet" else CSV)
    return _named(response, f"{name}.{wanted}")


def harmless(table: ir.Table) -> ir.Table:
    """The table with an apostrophe before every text a spreadsheet would run as a formula. Parquet keeps the text as it is."""
    changed = {
        name: ibis.ifelse(table[name].re_search(FORMULA), ibis.literal("'") + table[name], table[name])
        for name, kind in table.schema().items()
        if kind.is_string()
    }
    return table.mutate(**changed)


def _csv(table: ir.Table, name: str) -> HttpResponseBase:
    def lines() -> Iterator[bytes]:
        batches = harmless(table).to_pyarrow_batches(chunk_size=BATCH)
        header = True
        for batch in batches:
            sink = pa.BufferOutputStream()
            pa_csv.write_csv(batch, sink, pa_csv.WriteOptions(include_header=header))
            header = False
            yield sink.getvalue().to_pybytes()
        if header:  # no row: the columns still have names
            yield (",".join(f'"{column}"' for column in table.columns) + "\n").encode()

    return _named(StreamingHttpResponse(lines(), content_type=CSV), f"{name}.csv")


def _parquet(table: ir.Table, name: str) -> HttpResponseBase:
    with tempfile.TemporaryDirectory(prefix="troth-export-") as folder:
        file = Path(folder) / "rows.parquet"
        table.to_parquet(file)
        stream = file.open("rb")  # stays readable after the folder is gone
    return _named(FileResponse(stream, content_type=PARQUET), f"{name}.parquet")


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""The ledger as a study keeps it, and the codes its rows are looked up by.

Written: one row per promise, judged, columns of one value left out (engine.constants). Not written: codes. A row finds its context cell
by a join, and a join on many threads leaves rows in any order; a study is the same to the byte, and its ledger the cheaper to write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from troth.engine.capability.cells import Lookup
from troth.engine.capability.record import code
from troth.engine.capability.scales import Scale
from troth.engine.constants import constants_of, restore
from troth.engine.folding import fold
from troth.terms.charter import Charter

LEDGER, CONTEXTS = "ledger.parquet", "contexts.parquet"
PARQUET = {"compression": "snappy", "parquet_version": "v2", "dictionary_size_limit": 10_000}
REORDERING = (ops.JoinChain, ops.Aggregate, ops.WindowFunction, ops.Distinct, ops.Set)
"""What may leave rows in another order than it found them in."""


@dataclass(frozen=True, slots=True)
class Place:
    """How the promises of one name are coded.

    :param first_cell: number of its first context cell among all names.
    """

    name: str
    lookup: Lookup
    scale: Scale
    first_cell: int


def keep(judged: ir.Table, connection: Any, folder: Path) -> dict[str, Any]:
    """Write the judged promises; give the facts :func:`kept` needs to read them."""
    whole = fold(judged)
    constants = constants_of(whole)
    narrow = (in_order(whole) if connection.name != "duckdb" or whole.op().find(REORDERING) else whole).drop(*constants)
    write(narrow, connection, folder / LEDGER)
    return {"constants": constants, "columns": list(whole.columns)}


def kept(connection: Any, folder: Path, facts: Mapping[str, Any]) -> ir.Table:
    """The ledger, whole: the LEDGER contract and further columns."""
    return restore(connection.read_parquet(folder / LEDGER), facts["constants"], facts["columns"])


def coded(ledger: ir.Table, places: Sequence[Place], charter: Charter, now: datetime) -> ir.Table:
    """The ledger with its codes (engine.capability.record), name by name.

    :param now: the as-of instant, naive UTC.
    """
    parts = [coded_name(ledger, place, charter, now, alone=len(places) == 1) for place in places]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def coded_name(ledger: ir.Table, place: Place, charter: Charter, now: datetime, *, alone: bool) -> ir.Table:
    """The coded rows of one promise name; ``alone`` where the ledger holds no other."""
    mine = ledger if alone else ledger.filter(ledger.name == place.name)
    return fold(code(mine, place.lookup, place.scale, charter, place.first_cell, now))


def keep_places(places: Sequence[Place], folder: Path) -> list[dict[str, Any]]:
    """Write the context combinations; give the facts :func:`kept_places` needs."""
    tables = [place.lookup.table.append_column("name", pa.array([place.name] * place.lookup.table.num_rows)) for place in places]
    pq.write_table(pa.concat_tables(tables, promote_options="default"), folder / CONTEXTS, compression="zstd")
    return [
        {
            "name": place.name,
            "context": list(place.lookup.context),
            "bins": place.lookup.bins,
            "exact": None if place.lookup.exact is None else place.lookup.exact.tolist(),
            "scale": asdict(place.scale),
            "first_cell": place.first_cell,
        }
        for place in places
    ]


def kept_places(folder: Path, facts: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    """The places again."""
    table = pq.read_table(folder / CONTEXTS)
    places = []
    for fact in facts:
        columns = [*(f"code_context_{i}" for i in range(len(fact["context"]))), "code_cell", "code_origin", "code_step"]
        mine = table.filter(pc.equal(table["name"], fact["name"])).select(columns)
        exact = None if fact["exact"] is None else np.asarray(fact["exact"])
        places.append(
            Place(fact["name"], Lookup(tuple(fact["context"]), mine, fact["bins"], exact), Scale(**fact["scale"]), fact["first_cell"])
        )
    return tuple(places)


def in_order(ledger: ir.Table) -> ir.Table:
    """The ledger in the order its promises were made: joins on many threads leave any order, and a study is the same to the byte."""
    return ledger.order_by("made_at", "name", "source", "row")


def write(table: ir.Table, connection: Any, path: Path) -> None:
    """Write an expression as Parquet, in row order, without holding it in memory."""
    if connection.name == "duckdb":
        connection.to_parquet(table, path, **PARQUET)
        return
    batches = table.to_pyarrow_batches(chunk_size=100_000)
    with pq.ParquetWriter(path, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)

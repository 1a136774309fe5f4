"""Promises at risk now: the chance that a promise still open will break (domain.md c5, “Censoring of pending”).

    P(break | still open at age a) = p(P) / p(a)          p from the capability known at the as-of date

Their sum is known before the customer tells.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.engine.capability import record as recording
from troth.engine.findings import AtRisk, Findings
from troth.engine.gaps.settings import PROBABILITY, Model, Settled, probabilities

SCHEMA = pa.schema([("setting", pa.int64()), ("age", pa.int64()), ("chance", PROBABILITY)])


def chances(ledger: ir.Table, settled: Settled, model: Model) -> pa.Table:
    """One row per setting and age that occur among pending promises: the chance of a break, NULL where the record is too thin."""
    pending = ledger.filter((ledger.verdict == "PENDING") & ledger.code_setting.notnull())
    observed = pending.select(setting="code_setting", age="code_age").distinct().order_by(["setting", "age"]).to_pyarrow()
    keys = recording.unpack(np.asarray(observed["setting"], dtype=np.int64))
    if len(keys.key) == 0:
        return SCHEMA.empty_table()
    curves = settled.curves["as-of"]
    leaf = keys.cell - model.first_cell
    latest = np.flatnonzero(curves.training.of_block >= 0)
    if len(latest) == 0:
        return pa.table([observed["setting"], observed["age"], probabilities(np.full(len(leaf), np.nan))], schema=SCHEMA)
    now = np.full(len(leaf), curves.training.of_block[latest[-1]])
    grid = model.cells.grid
    at_promise = curves.exceeds(leaf, now, np.ones(len(leaf)) if model.scale.kind == "binary" else grid.badness(leaf, keys.promised))
    chance = at_promise
    if model.scale.kind == "log":
        age = (np.asarray(observed["age"].fill_null(0), dtype=np.float64) - recording.SHIFT) / recording.QUARTERS
        still_open = curves.exceeds(leaf, now, grid.badness(leaf, age))
        # Older than anything received so far: nothing says that it will still be kept in time unless it is not due yet.
        chance = np.where(age >= keys.promised, 1.0, np.clip(at_promise / np.maximum(still_open, 1e-12), 0.0, 1.0))
    known = curves.usable[leaf, now]
    return pa.table([observed["setting"], observed["age"], probabilities(np.where(known, chance, np.nan))], schema=SCHEMA)


def at_risk(ledger: ir.Table, forecasts: ir.Table, by: Mapping[str, ir.Value]) -> Findings[AtRisk]:
    """Open promises and expected breaks per slice.

    :param by: slice name to column of ``ledger``.
    """
    names = tuple(by)
    slots = [f"slice_{i}" for i in range(len(names))]
    pending = ledger.filter((ledger.verdict == "PENDING") & ledger.eligible)
    rows = pending.select(**dict(zip(slots, by.values(), strict=True)), setting=pending.code_setting, age=pending.code_age)
    counted = rows.aggregate(by=[*slots, "setting", "age"], promises=rows.count())
    joined = counted.left_join(forecasts, ["setting", "age"])
    sums = joined.aggregate(
        by=slots,
        pending=joined.promises.sum(),
        expected=(joined.chance * joined.promises).sum(),
        unknown=joined.promises.sum(where=joined.chance.isnull()),
    )
    found = (sums.order_by(slots) if slots else sums).to_pyarrow().to_pylist()
    return Findings(
        tuple(
            AtRisk(
                where={name: row[slot] for name, slot in zip(names, slots, strict=True)},
                pending=row["pending"] or 0,
                expected=float(row["expected"] or 0),
                unknown=row["unknown"] or 0,
            )
            for row in found
        ),
        names,
    )

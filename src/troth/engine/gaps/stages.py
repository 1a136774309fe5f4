"""The delivery part among the areas, stage by stage (domain.md d6).

    R - C = sum_s (R_s - mu_s) - (C - sum_s mu_s)

R_s is how long stage s took, mu_s how long it was expected to take in this context, from the same as-of training sets as capability.
Each area owns its R_s - mu_s; the last term is the buffer. Exact, row by row. A stage runs from the step before (or from when the promise
was made) to its own step; the last one ends with the receipt and belongs to the area that keeps the promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.engine.capability.curves import KAPPAS
from troth.engine.capability.weeks import DAY_US
from troth.engine.findings import Findings, StagePart
from troth.engine.gaps.native import EXACT
from troth.engine.gaps.settings import Model, Settled
from troth.terms.vocabulary import PromiseSpec, PromiseType

LAST = "received"
"""The stage that ends with the receipt."""
BUFFER = "buffer"
SCHEMA = pa.schema([("cell", pa.int32()), ("week", pa.int32()), ("stage", pa.string()), ("expected", pa.float64())])


def expectations(ledger: ir.Table, settled: Settled, model: Model) -> pa.Table:
    """Expected days of each stage per cell and week: as-of means, shrunken towards the mean of all cells.

    :param ledger: coded rows of this promise name alone.
    :return: empty where the promise has no stages.
    """
    if not staged(model.spec):
        return SCHEMA.empty_table()
    names = [*(step.name for step in model.spec.stages), LAST]
    rows = ledger.select("code_cell", "code_week", **_durations(ledger, model.spec)).filter(lambda t: _complete(t, len(names)))
    summed = rows.aggregate(
        by={"cell": rows.code_cell, "week": rows.code_week},
        promises=rows.count(),
        **{f"stage_{i}": rows[f"stage_{i}"].cast(EXACT).sum() for i in range(len(names))},
    )
    counted = summed.order_by(["cell", "week"]).to_pyarrow()
    training = settled.training["as-of"]
    leaves, blocks = model.cells.tree.leaves, settled.record.blocks
    place = (np.asarray(counted["cell"]) - model.first_cell) * blocks + np.asarray(counted["week"]) - settled.first_week

    def window(values: Any) -> Any:
        running = np.zeros((leaves, blocks + 1))
        np.cumsum(np.bincount(place, values, leaves * blocks).reshape(leaves, blocks), axis=1, out=running[:, 1:])
        return running[:, training.plus[:, 1]] - running[:, training.plus[:, 0]]

    count = window(np.asarray(counted["promises"], dtype=np.float64))
    cell, week = np.divmod(np.arange(leaves * blocks), blocks)
    known = np.broadcast_to((training.of_block >= 0) & (count.sum(axis=0) > 0), (leaves, blocks)).ravel()
    tables = []
    for number, name in enumerate(names):
        total = window(np.asarray(counted[f"stage_{number}"].cast("float64")))
        overall = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0)
        expected = ((total + KAPPAS[0] * overall) / (count + KAPPAS[0])).ravel()
        tables.append(
            pa.table(
                [
                    pa.array((cell[known] + model.first_cell).astype(np.int32)),
                    pa.array((week[known] + settled.first_week).astype(np.int32)),
                    pa.array([name] * int(known.sum()), pa.string()),
                    pa.array(expected[known]),
                ],
                schema=SCHEMA,
            )
        )
    return pa.concat_tables(tables)


def staged(spec: PromiseSpec) -> bool:
    """Only a deadline or response time with stage times can be split."""
    return bool(spec.stages) and spec.type in {PromiseType.DEADLINE, PromiseType.RESPONSE_TIME}


def split(
    ledger: ir.Table,
    settings: ir.Table,
    expected: ir.Table,
    specs: Sequence[PromiseSpec],
    by: Mapping[str, ir.Value],
) -> Findings[StagePart]:
    """Days received beyond capability on broken promises, per slice and stage, with the area that owns them.

    :param expected: what :func:`expectations` gave.
    :param by: slice name to column of ``ledger``.
    :return: one row per slice and stage, then its buffer; ``days`` of a slice sum to R - C exactly.
    """
    parts: list[StagePart] = []
    for spec in {spec.name: spec for spec in specs if staged(spec)}.values():
        parts.extend(_split_one(ledger, settings, expected, spec, by))
    return Findings(tuple(parts), tuple(by))


def _split_one(ledger: ir.Table, settings: ir.Table, expected: ir.Table, spec: PromiseSpec, by: Mapping[str, ir.Value]) -> list[StagePart]:
    names, slots = tuple(by), [f"slice_{i}" for i in range(len(by))]
    labels = [*(step.name for step in spec.stages), LAST]
    lasted = _durations(ledger, spec)
    failed = ledger.in_cohort & ledger.eligible & (ledger.verdict == "BROKEN") & ~ledger.reversed & (ledger.name == spec.name)
    rows = ledger.select(
        **dict(zip(slots, by.values(), strict=True)),
        **lasted,
        cell=ledger.code_cell,
        week=ledger.code_week,
        setting=ledger.code_setting,
        failed=failed,
    )
    rows = rows.filter(rows.failed).filter(lambda t: _complete(t, len(labels)))
    for number, label in enumerate(labels):
        mean = expected.filter(expected.stage == label).select("cell", "week", **{f"expected_{number}": "expected"})
        rows = rows.inner_join(mean, ["cell", "week"])
    capability = settings.filter(settings.as_of_capability.notnull()).select("setting", capability="as_of_capability")
    rows = rows.inner_join(capability, "setting")
    terms = {f"part_{i}": (rows[f"stage_{i}"].cast(EXACT) - rows[f"expected_{i}"].cast(EXACT)) for i in range(len(labels))}
    buffer = sum((rows[f"expected_{i}"].cast(EXACT) for i in range(len(labels))), ibis.literal(0).cast(EXACT)) - rows.capability.cast(EXACT)
    sums = rows.aggregate(by=slots, n=rows.count(), buffer=buffer.sum(), **{name: term.sum() for name, term in terms.items()})
    found = (sums.order_by(slots) if slots else sums).to_pyarrow().to_pylist()
    parts = []
    for row in found:
        if not row["n"]:
            continue
        where = {name: row[slot] for name, slot in zip(names, slots, strict=True)}
        days = [float(row[f"part_{i}"]) for i in range(len(labels))]
        positive = sum(max(0.0, value) for value in days)
        for label, area, value in zip(labels, [*(step.area for step in spec.stages), None], days, strict=True):
            share = max(0.0, value) / positive if positive else None
            parts.append(StagePart(where, label, area, row["n"], value, share))
        parts.append(StagePart(where, BUFFER, None, row["n"], float(row["buffer"]), None))
    return parts


def _durations(ledger: ir.Table, spec: PromiseSpec) -> dict[str, ir.Value]:
    """Days each stage took, as ``stage_0`` and so on; NULL where one of its ends is not on record."""
    marks = [ledger.made_at, *(ledger[step.column] for step in spec.stages), ledger.received_at]
    return {f"stage_{i}": marks[i + 1].delta(marks[i], unit="microsecond") / DAY_US for i in range(len(marks) - 1)}


def _complete(table: ir.Table, count: int) -> ir.BooleanValue:
    condition = table["stage_0"].notnull()
    for number in range(1, count):
        condition = condition & table[f"stage_{number}"].notnull()
    return condition

"""Promises at risk now: the chance that a promise still open will break (domain.md c5, “Censoring of pending”).

    P(break | still open at age a) = p(P) / p(a)          p from the capability known at the as-of date

Their sum is known before the customer tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.engine.capability import record as recording
from troth.engine.findings import NO_DATA, AtRisk, Figure, Findings
from troth.engine.gaps.account import NORMAL_95
from troth.engine.gaps.settings import PROBABILITY, Model, Settled, beyond_record, probabilities
from troth.engine.intervals import FEWEST_CLUSTERS, Numbers

METHOD = "of the number that breaks if the record goes on: chance, and promises of a context cell in a week (or of a week) going together"
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
    known = curves.usable[leaf, now] & ~beyond_record(curves, model, leaf, now, keys.promised)
    return pa.table([observed["setting"], observed["age"], probabilities(np.where(known, chance, np.nan))], schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class Together:
    """How far promises break together: the correlation of two breaks, beyond what the record predicts, within one cluster.

    :param cell_week: of two promises of one context cell made in one week. :param week: of any two made in one week.
    :param clusters: cells x weeks it was read from.
    """

    cell_week: float
    week: float
    clusters: int


def together(ledger: ir.Table, settings: ir.Table) -> Together:
    """The correlations of the due cohort's breaks about their as-of probabilities, by moments: ``(sum R^2 - sum V) / sum V (n - 1)``.

    R is breaks less predicted breaks of a cluster, V = sum p (1 - p), n its promises. As-of probabilities know the past alone, so R is an
    error of forecast.

    :param ledger: judged and coded promises of the whole study.
    :param settings: what :func:`~troth.engine.gaps.settings.settle` made of them.
    """
    due = ledger.filter(ledger.in_cohort & ledger.eligible)
    rows = due.select(setting=due.code_setting, cell=due.code_cell, week=due.code_week, broken=(due.verdict == "BROKEN").cast("int64"))
    grouped = rows.aggregate(by=["setting", "cell", "week"], n=rows.count(), broken=rows.broken.sum())
    known = settings.filter(settings.as_of_p_promise.notnull()).select(key="setting", p="as_of_p_promise")
    joined = grouped.inner_join(known, grouped.setting == known.key)
    clusters = joined.aggregate(
        by=["cell", "week"],
        n=joined.n.sum(),
        stray=(joined.broken - joined.p * joined.n).sum(),
        variance=(_variance(joined.p) * joined.n).sum(),
    )
    table = clusters.order_by(["cell", "week"]).to_pyarrow()
    n, stray, variance, week = (np.asarray(table[name].cast("float64")) for name in ("n", "stray", "variance", "week"))
    _, of_week = np.unique(week, return_inverse=True)
    weekly = [np.bincount(of_week, values).astype(np.float64) for values in (n, stray, variance)]
    return Together(_correlation(n, stray, variance), _correlation(*weekly), table.num_rows)


def _variance(chance: ir.DecimalValue) -> ir.DecimalValue:
    """Of a break, p (1 - p), exact to eight places so that sums do not depend on their order."""
    return (chance.cast("float64") * (1.0 - chance.cast("float64"))).cast("decimal(18, 8)")


def _correlation(n: Numbers, stray: Numbers, variance: Numbers) -> float:
    shared = float((variance * (n - 1)).sum())
    return max(0.0, float((stray**2).sum() - variance.sum()) / shared) if shared > 0 else 0.0


def at_risk(ledger: ir.Table, forecasts: ir.Table, by: Mapping[str, ir.Value], linked: Together) -> Findings[AtRisk]:
    """Open promises and expected breaks per slice, with limits within which the number that breaks lies if the record goes on as it was.

    The variance of that number is ``sum V_c (1 + (n_c - 1) rho)`` over clusters c: cells in a week, or whole weeks, whichever is more.

    :param by: slice name to column of ``ledger``.
    :param linked: what :func:`together` gave.
    """
    names = tuple(by)
    slots = [f"slice_{i}" for i in range(len(names))]
    pending = ledger.filter((ledger.verdict == "PENDING") & ledger.eligible)
    rows = pending.select(
        **dict(zip(slots, by.values(), strict=True)),
        setting=pending.code_setting,
        age=pending.code_age,
        cell=pending.code_cell,
        week=pending.code_week,
    )
    counted = rows.aggregate(by=[*slots, "setting", "age", "cell", "week"], promises=rows.count())
    joined = counted.left_join(forecasts, ["setting", "age"])
    cells = joined.aggregate(
        by=[*slots, "cell", "week"],
        pending=joined.promises.sum(),
        known=joined.promises.sum(where=joined.chance.notnull()).fill_null(0),
        expected=(joined.chance * joined.promises).sum(),
        variance=(_variance(joined.chance) * joined.promises).sum(),
    )
    weeks = cells.aggregate(
        by=[*slots, "week"],
        pending=cells.pending.sum(),
        known=cells.known.sum(),
        expected=cells.expected.sum(),
        variance=cells.variance.sum(),
        in_cells=(cells.variance * (cells.known - 1)).sum(),
    )
    sums = weeks.aggregate(
        by=slots,
        pending=weeks.pending.sum(),
        known=weeks.known.sum(),
        expected=weeks.expected.sum(),
        variance=weeks.variance.sum(),
        in_cells=weeks.in_cells.sum(),
        in_weeks=(weeks.variance * (weeks.known - 1)).sum(),
    )
    found = (sums.order_by(slots) if slots else sums).to_pyarrow().to_pylist()
    return Findings(tuple(_at_risk(row, names, slots, linked) for row in found), names)


def _at_risk(row: Mapping[str, Any], names: Sequence[str], slots: Sequence[str], linked: Together) -> AtRisk:
    where = {name: row[slot] for name, slot in zip(names, slots, strict=True)}
    pending, known = row["pending"] or 0, row["known"] or 0
    return AtRisk(where, pending, _expected(row, known, linked) if known else NO_DATA, pending - known)


def _expected(row: Mapping[str, Any], known: int, linked: Together) -> Figure:
    expected = float(row["expected"])
    if linked.clusters < FEWEST_CLUSTERS:
        method = f"no interval: the record holds {linked.clusters} clusters (a context cell in a week), and {FEWEST_CLUSTERS} are needed"
        return Figure(expected, n=known, method=method)
    own, in_cells, in_weeks = (float(row[name] or 0) for name in ("variance", "in_cells", "in_weeks"))
    spread = math.sqrt(own + max(linked.cell_week * in_cells, linked.week * in_weeks))
    low, high = max(0.0, expected - NORMAL_95 * spread), min(float(known), expected + NORMAL_95 * spread)
    return Figure(expected, low, high, known, method=METHOD)

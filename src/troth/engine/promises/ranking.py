"""Comparing places without a league table: funnel limits, shrinkage, the worst cell beside the mean, gaps (domain.md c5, c6; S0.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings, Integrity
from troth.engine.intervals import beta_binomial_shrinkage, funnel_limits
from troth.engine.promises.measures import Measure, kept_of, per_cluster, per_slice, slice_clusters, sums_of
from troth.engine.promises.slices import slice_columns

FEWEST_PROMISES = 30
"""n0: a cell with fewer due promises is not called the worst."""


@dataclass(frozen=True, slots=True)
class Place:
    """One slice against the mean of all.

    :param where: the slice. :param n: due promises. :param rate: kept rate.
    :param shrunk: kept rate drawn towards the mean by as much as chance explains; order places by this.
    :param low: lowest kept rate a place at the mean shows. :param high: highest. :param flag: ``worse``, ``better`` or ``None``.
    """

    where: Mapping[str, Any]
    n: int
    rate: float
    shrunk: float
    low: float
    high: float
    flag: str | None


@dataclass(frozen=True, slots=True)
class WorstCell:
    """The worst slice with enough promises, beside the mean of all slices.

    :param mean: kept rate over all slices. :param cell: the worst slice, ``None`` where none is large enough.
    :param left_out: slices too small to be called.
    """

    mean: float | None
    cell: Integrity | None
    left_out: int


def places(ledger: ir.Table, by: Sequence[str], *, confidence: float = 0.99, zone: str = "UTC") -> Findings[Place]:
    """Slices with funnel limits and shrunk rates, in the order of the shrunk rate, lowest first.

    Promises of one customer go together, so limits widen by the design effect: clustered over binomial variance, pooled over places.
    """
    due = ledger.filter(ledger.in_cohort, ledger.eligible)
    slices = slice_columns(due, by, zone)
    counted = due.in_cohort & due.eligible
    measures = [Measure("K", kept_of(due, counted), counted)]
    reduced = per_slice(per_cluster(due, slices, slice_clusters(due), measures))
    rows = sorted(reduced.to_pyarrow().to_pylist(), key=lambda row: repr([row[f"slice_{name}"] for name in by]))
    if not rows:
        return Findings(rows=(), by=tuple(by), notes=("Nothing is due.",))
    n, k = [int(row["K_w"]) for row in rows], [int(row["K_a"]) for row in rows]
    centre = sum(k) / sum(n)
    effect = _design_effect([sums_of(row, "K").variance for row in rows], n, k)
    low, high = funnel_limits(centre, n, dispersion=effect, confidence=confidence)
    shrunk, _ = beta_binomial_shrinkage(k, n)
    found = [
        Place(
            {name: row[f"slice_{name}"] for name in by},
            n[i],
            k[i] / n[i],
            float(shrunk[i]),
            float(low[i]),
            float(high[i]),
            "worse" if k[i] / n[i] < low[i] else "better" if k[i] / n[i] > high[i] else None,
        )
        for i, row in enumerate(rows)
    ]
    ordered = sorted(found, key=lambda one: (one.shrunk, one.rate, repr(one.where)))
    note = f"Mean kept rate {centre:.1%}; limits {confidence:.0%}, widened {effect:.2f} times for promises of one customer going together."
    return Findings(rows=tuple(ordered), by=tuple(by), notes=(note,))


def worst_cell(findings: Findings[Integrity], *, fewest: int = FEWEST_PROMISES) -> WorstCell:
    """The slice of lowest kept rate among those with at least ``fewest`` due promises (c6, attack 10)."""
    due = sum(one.due for one in findings)
    kept = sum(one.kept + one.exceeded for one in findings)
    large = [one for one in findings if one.due >= fewest]
    worst = min(large, key=lambda one: ((one.kept + one.exceeded) / one.due, repr(one.where)), default=None)
    return WorstCell(kept / due if due else None, worst, len(findings) - len(large))


def difference(first: Figure, second: Figure) -> Figure:
    """``first - second`` of two independent rates, with Newcombe's interval from their own limits (Newcombe 1998, method 10).

    ``None`` throughout where one of them is not printed.
    """
    if None in (first.value, first.low, first.high, second.value, second.low, second.high):
        return Figure(None, n=first.n + second.n, method="one of the rates is not printed")
    a, al, ah = float(first.value or 0), float(first.low or 0), float(first.high or 0)
    b, bl, bh = float(second.value or 0), float(second.low or 0), float(second.high or 0)
    return Figure(
        a - b,
        a - b - math.hypot(a - al, bh - b),
        a - b + math.hypot(ah - a, b - bl),
        n=first.n + second.n,
        method="Newcombe, from the limits of both rates",
    )


def tier_gap(findings: Findings[Integrity]) -> Figure:
    """Best minus worst kept rate among the slices of :func:`integrity` by tier (c6, attack 10)."""
    printed = [one.K for one in findings if one.K.value is not None]
    if not printed:
        return Figure(None, method="no rate is printed")
    return difference(max(printed, key=lambda k: k.value or 0.0), min(printed, key=lambda k: k.value or 0.0))


def _design_effect(variances: Sequence[float | None], n: Sequence[int], k: Sequence[int]) -> float:
    """Clustered over binomial variance, pooled by size; never below 1."""
    clustered = binomial = 0.0
    for variance, size, kept in zip(variances, n, k, strict=True):
        if variance is not None:
            clustered += variance * size * size
            binomial += kept * (size - kept) / size
    return max(1.0, clustered / binomial) if binomial > 0 else 1.0

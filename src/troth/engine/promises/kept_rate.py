"""The kept rate alone, K of each slice with its interval (domain.md c5): where many slices are asked for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure
from troth.engine.intervals import rate_interval
from troth.engine.promises.measures import (
    Measure,
    figure_of,
    kept_of,
    line_weight,
    per_cluster,
    per_slice,
    slice_clusters,
    sums_of,
    weighted,
)
from troth.engine.promises.slices import reading_order, slice_columns
from troth.terms.charter import Charter


@dataclass(frozen=True, slots=True)
class KeptRate:
    """Due promises of a slice, those kept (exceeded ones among them), and the rate; by the weights of the charter's lines."""

    due: int
    kept: int
    K: Figure


def kept_rates(
    ledger: ir.Table, by: Sequence[str] = (), *, charter: Charter | None = None, zone: str = "UTC"
) -> dict[tuple[Any, ...], KeptRate]:
    """Every slice in which a promise is due, in the order of the slices' values, unknown last; equal to :func:`integrity` there.

    :raises RequestError: an unknown slice.
    """
    rows = ledger.filter(ledger.in_cohort & ledger.eligible)
    due = rows.in_cohort
    kept, weight = kept_of(rows, due), line_weight(rows, Charter() if charter is None else charter)
    measures = [Measure("K", weighted(kept, weight), weighted(due, weight)), Measure("counted", kept, due)]
    reduced = per_slice(per_cluster(rows, slice_columns(rows, by, zone), slice_clusters(rows), measures)).to_pyarrow().to_pylist()
    found = {tuple(row[f"slice_{name}"] for name in by): _rate(row) for row in reduced if row["counted_w"]}
    return dict(sorted(found.items(), key=lambda item: reading_order(item[0])))


def _rate(row: dict[str, Any]) -> KeptRate:
    sums, due = sums_of(row, "K"), int(row["counted_w"])
    return KeptRate(due, int(row["counted_a"]), figure_of(sums, rate_interval(sums, due), due))

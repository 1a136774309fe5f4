"""Weighted means of the due cohort, reduced twice in the database: per customer, then per slice (domain.md c5).

Sums are integers or decimals, so they do not depend on the order in which threads meet the rows, and only slices come into memory.
Ibis types a product of decimals by its wider factor, the engines by the sum of both scales; so products are summed as they are and
become doubles only when the sum is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.intervals import ClusterSums
from troth.terms.charter import Charter

TOTAL = "decimal(18, 8)"
"""A customer's total of w z. Its square fits decimal(36, 16) on every engine."""

MONEY = "decimal(18, 4)"

SHARE_UNIT = 100_000_000.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One weighted mean: sum of ``amount`` over sum of ``weight``, row by row; both are integers or decimals."""

    name: str
    amount: ir.NumericValue
    weight: ir.NumericValue


def line_weight(ledger: ir.Table, charter: Charter) -> ir.NumericValue | None:
    """Weight a of each row from its charter line (c5); ``None`` where every line weighs the same 1, so that sums stay counts."""
    unequal = [(position, line.importance) for position, line in enumerate(charter.lines) if line.importance != 1.0]
    if not unequal:
        return None
    weights = ((ledger.line == position, _decimal(importance)) for position, importance in unequal)
    return ibis.cases(*weights, else_=_decimal(1.0))


def _decimal(value: float) -> ir.DecimalScalar:
    return ibis.literal(Decimal(str(value)).quantize(Decimal("0.0001")), type="decimal(9, 4)")


def weighted(condition: ir.BooleanValue, weight: ir.NumericValue | None) -> ir.NumericValue:
    """The weight where a condition holds, else 0."""
    return condition.cast("int64") if weight is None else ibis.ifelse(condition, weight, _decimal(0.0))


def cluster_keys(ledger: ir.Table, *, named: bool, subjects: bool, unnamed: bool) -> dict[str, ir.Value]:
    """What makes two promises one cluster: the customer; where nobody is named the subject; where that is missing too, the row itself.

    :param named: some row names a customer. :param subjects: some unnamed row has a subject. :param unnamed: some row names nobody.
    :returns: grouping columns; empty where every row is its own cluster.
    """
    if named and not unnamed:
        return {"cluster_customer": ledger.customer}
    keys: dict[str, ir.Value] = {}
    if named:
        keys["cluster_customer"] = ledger.customer
    if not named and not subjects:
        return {}
    nobody = ledger.customer.isnull()
    if subjects:
        keys["cluster_subject"] = ibis.ifelse(nobody, ledger.subject, ibis.null(ledger.subject.type()))
    alone = nobody & ledger.subject.isnull() if subjects else nobody
    keys["cluster_row"] = ibis.ifelse(alone, ledger.row, ibis.null(ledger.row.type()))
    return keys


def slice_clusters(ledger: ir.Table) -> dict[str, ir.Value]:
    """:func:`cluster_keys` of a ledger, after counting who is named in it."""
    nobody = ledger.customer.isnull()
    row = (
        ledger.agg(named=(~nobody).any(), unnamed=nobody.any(), subjects=(nobody & ledger.subject.notnull()).any())
        .to_pyarrow()
        .to_pylist()[0]
    )
    return cluster_keys(ledger, named=bool(row["named"]), subjects=bool(row["subjects"]), unnamed=bool(row["unnamed"]))


def per_cluster(
    ledger: ir.Table, slices: Mapping[str, ir.Value], clusters: Mapping[str, ir.Value], measures: Sequence[Measure]
) -> ir.Table:
    """Totals of each cluster in each slice: ``a_<name>`` and ``w_<name>`` per measure, and ``breaks``, its broken promises.

    Without cluster keys every row is one already, and no group-by runs.
    """
    broken = (ledger.in_cohort & ledger.eligible & (ledger.verdict == "BROKEN")).cast("int64")
    counted = (ledger.in_cohort & ledger.eligible).cast("int64")
    parts: dict[str, ir.Value] = {"breaks": broken, "dues": counted}
    for measure in measures:
        parts[f"a_{measure.name}"] = measure.amount
        parts[f"w_{measure.name}"] = measure.weight
    flat = ledger.select(**{f"slice_{name}": column for name, column in slices.items()}, **clusters, **parts)
    if not clusters:
        return flat.select(*[f"slice_{name}" for name in slices], **{name: _total(flat[name]) for name in parts})
    grouped = flat.group_by([f"slice_{name}" for name in slices] + list(clusters))
    return grouped.agg(**{name: _total(flat[name].sum()) for name in parts})


def _total(value: ir.NumericValue) -> ir.NumericValue:
    kind = value.type()
    if kind.is_decimal():
        return value.cast(MONEY) if kind.scale is not None and kind.scale <= 4 else value.cast(TOTAL)  # noqa: PLR2004 - money's scale
    return value.cast("int64")


def per_slice(totals: ir.Table, slices: Sequence[str], measures: Sequence[Measure], by_cluster: str) -> ir.Table:
    """Second reduction: one row per slice with the sums each interval needs, and how many clusters saw no break.

    :param by_cluster: name of the measure to average per cluster as well (every customer counts the same), as ``share``.
    """
    met = totals.dues > 0
    aggregates: dict[str, ir.Value] = {
        "clusters": met.sum(),
        "clusters_kept": (met & (totals.breaks == 0)).sum(),
    }
    for measure in measures:
        a, w = totals[f"a_{measure.name}"], totals[f"w_{measure.name}"]
        aggregates |= {
            f"{measure.name}_g": (w > 0).sum(),
            f"{measure.name}_a": a.sum().cast("float64"),
            f"{measure.name}_w": w.sum().cast("float64"),
            f"{measure.name}_aa": _product(a, a).sum().cast("float64"),
            f"{measure.name}_aw": _product(a, w).sum().cast("float64"),
            f"{measure.name}_ww": _product(w, w).sum().cast("float64"),
        }
    a, w = totals[f"a_{by_cluster}"].cast("float64"), totals[f"w_{by_cluster}"].cast("float64")
    share = ((a / w.nullif(0.0) * SHARE_UNIT + 0.5).floor() / SHARE_UNIT).cast("decimal(9, 8)")
    one = (totals[f"w_{by_cluster}"] > 0).cast("int64")
    aggregates |= {
        "share_g": one.sum(),
        "share_w": one.sum(),
        "share_ww": one.sum(),
        "share_a": share.sum().cast("float64"),
        "share_aw": share.sum().cast("float64"),
        "share_aa": (share * share).sum().cast("float64"),
    }
    keys = [f"slice_{name}" for name in slices]
    return totals.group_by(keys).agg(**aggregates) if keys else totals.agg(**aggregates)


def _product(left: ir.NumericValue, right: ir.NumericValue) -> ir.NumericValue:
    """A product that no engine has to round or refuses: one factor is 19 digits wide.

    DuckDB keeps a product of two 18-digit decimals in 18 digits and raises when it does not fit; Spark rounds beyond 38.
    """
    if left.type().is_decimal():
        return left * right.cast("decimal(19, 8)")
    return left * right


def sums_of(row: Mapping[str, Any], name: str) -> ClusterSums:
    """The cluster sums of one measure from a row of :func:`per_slice`."""
    parts = (row[f"{name}_{part}"] for part in ("a", "w", "aa", "aw", "ww"))
    return ClusterSums(int(row[f"{name}_g"] or 0), *(float(part or 0) for part in parts))

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
    """One weighted mean: sum of ``amount`` over sum of ``weight``, row by row. Conditions are counted, decimals summed."""

    name: str
    amount: ir.Value
    weight: ir.Value


@dataclass(frozen=True, slots=True)
class Totals:
    """What each cluster comes to in each slice.

    :param table: one row per cluster and slice, with its ``dues`` and ``keeps`` (due and kept promises) and the totals of measures.
    :param columns: measure to the columns of its amount and its weight; measures that count the same share a column.
    :param slices: names of the slices; their columns are ``slice_<name>``.
    """

    table: ir.Table
    columns: Mapping[str, tuple[str, str]]
    slices: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """The columns that tell slices apart."""
        return [f"slice_{name}" for name in self.slices]

    def with_sum(self, name: str, first: str, second: str) -> Totals:
        """A further measure whose amount is the sum of two others of one weight: B = I + U."""
        (a, weight), (b, _) = self.columns[first], self.columns[second]
        column = f"sum_{name}"
        table = self.table.mutate(**{column: (self.table[a] + self.table[b]).cast(TOTAL)})
        return Totals(table, {**self.columns, name: (column, weight)}, self.slices)


def line_weight(ledger: ir.Table, charter: Charter) -> ir.NumericValue | None:
    """Weight a of each row from its charter line (c5); ``None`` where every line weighs the same 1, so that sums stay counts."""
    unequal = [(position, line.importance) for position, line in enumerate(charter.lines) if line.importance != 1.0]
    if not unequal:
        return None
    weights = ((ledger.line == position, _decimal(importance)) for position, importance in unequal)
    return ibis.cases(*weights, else_=_decimal(1.0))


def _decimal(value: float) -> ir.DecimalScalar:
    return ibis.literal(Decimal(str(value)).quantize(Decimal("0.0001")), type="decimal(9, 4)")


def weighted(condition: ir.BooleanValue, weight: ir.NumericValue | None) -> ir.Value:
    """What a row adds where a condition holds: its weight; where all weigh the same the condition itself, to be counted."""
    return condition if weight is None else ibis.ifelse(condition, weight, _decimal(0.0))


def kept_of(ledger: ir.Table, due: ir.BooleanValue) -> ir.BooleanValue:
    """The due promises that were kept; the others of the cohort were broken."""
    return due & ledger.verdict.isin(["KEPT", "EXCEEDED"])


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


def per_cluster(ledger: ir.Table, slices: Mapping[str, ir.Value], clusters: Mapping[str, ir.Value], measures: Sequence[Measure]) -> Totals:
    """Totals of each cluster in each slice.

    A condition is counted: that takes half the memory and a third of the time of adding ones up. What several measures count is counted
    once. Without cluster keys every row is one already, and no group-by runs.
    """
    due = ledger.in_cohort & ledger.eligible
    wanted = {"dues": due, "keeps": kept_of(ledger, due)}
    places = {value.op(): name for name, value in wanted.items()}
    columns = {}
    for measure in measures:
        for value in (measure.amount, measure.weight):
            if value.op() not in places:
                name = f"total_{len(wanted)}"
                places[value.op()], wanted[name] = name, value
        columns[measure.name] = (places[measure.amount.op()], places[measure.weight.op()])
    named = {f"slice_{name}": column for name, column in slices.items()}
    flat = ledger.select(**named, **clusters, **wanted)
    if clusters:
        totals = {name: _typed(_summed(flat, name)) for name in wanted}
        table = flat.group_by([*named, *clusters]).agg(**totals)
    else:
        table = flat.select(*named, **{name: _typed(flat[name]) for name in wanted})
    return Totals(table, columns, tuple(slices))


def _summed(flat: ir.Table, name: str) -> ir.Value:
    value = flat[name]
    return flat.count(where=value) if value.type().is_boolean() else value.sum()


def _typed(value: ir.Value) -> ir.Value:
    kind = value.type()
    if kind.is_decimal():
        return value.cast(MONEY) if kind.scale is not None and kind.scale <= 4 else value.cast(TOTAL)  # noqa: PLR2004 - money's scale
    return value.cast("int64")


def per_slice(totals: Totals, by_cluster: str) -> ir.Table:
    """Second reduction: one row per slice with the sums each interval needs, and how many clusters saw no break.

    :param by_cluster: name of the measure to average per cluster as well (every customer counts the same), as ``share``.
    :return: ``slice_<name>``, ``clusters``, ``clusters_kept`` and, for each measure, what :func:`sums_of` reads.
    """
    table = totals.table
    found = table.dues > 0
    aggregates: dict[str, ir.Value] = {
        "clusters": table.count(where=found),
        "clusters_kept": table.count(where=found & (table.keeps == table.dues)),
    }
    told: dict[str, str] = {}
    for name, (amount, weight) in totals.columns.items():
        a, w = table[amount], table[weight]
        for part, column, value in (
            ("g", f"g_{weight}", table.count(where=w > 0)),
            ("a", f"s_{amount}", a.sum()),
            ("w", f"s_{weight}", w.sum()),
            ("aa", f"p_{amount}_{amount}", _product(a, a).sum()),
            ("aw", f"p_{amount}_{weight}", _product(a, w).sum()),
            ("ww", f"p_{weight}_{weight}", _product(w, w).sum()),
        ):
            aggregates[column] = value  # measures that share a total share its sums
            told[f"{name}_{part}"] = column
    a, w = (table[column].cast("float64") for column in totals.columns[by_cluster])
    share = ((a / w.nullif(0.0) * SHARE_UNIT + 0.5).floor() / SHARE_UNIT).cast("decimal(9, 8)")
    aggregates |= {"share_a": share.sum(), "share_aa": (share * share).sum()}
    ones = told[f"{by_cluster}_g"]
    told |= {"share_a": "share_a", "share_aa": "share_aa", "share_aw": "share_a", "share_g": ones, "share_w": ones, "share_ww": ones}
    reduced = table.group_by(totals.keys).agg(**aggregates) if totals.slices else table.agg(**aggregates)
    sums = {name: reduced[column] if name.endswith("_g") else reduced[column].cast("float64") for name, column in told.items()}
    return reduced.select(*totals.keys, "clusters", "clusters_kept", **sums)


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

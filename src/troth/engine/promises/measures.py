"""Weighted means of the due cohort, reduced twice in the database: per customer, then per slice (domain.md c5).

Sums are integers or decimals, so they do not depend on the order in which threads meet the rows, and only slices come into memory.
Ibis types a product of decimals by its wider factor, the engines by the sum of both scales; so products are summed as they are and
become doubles only when the sum is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import FEWEST_CLUSTERS, ClusterSums, Interval
from troth.terms.charter import Charter

TOTAL = "decimal(18, 8)"
"""A customer's total of w z. Its square fits decimal(36, 16) on every engine."""

MONEY = "decimal(18, 4)"
MONEY_UNIT = 10_000.0
WHOLE_MONEY = "decimal(18, 0)"
"""A customer's total in ten-thousandths."""

TOO_FEW = f"fewer than {FEWEST_CLUSTERS} customers (where nobody is named: subjects), so counts only"

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
    :param sums: measure to the two measures of one weight whose amounts it adds up, slice by slice.
    :param shares: measure to its own mean in each cluster, a column, and the weight without which a cluster has none.
    :param single: measures of clusters that are one promise of weight 1 each.
    """

    table: ir.Table
    columns: Mapping[str, tuple[str, str]]
    slices: tuple[str, ...]
    sums: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    shares: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    single: frozenset[str] = frozenset()

    @property
    def keys(self) -> list[str]:
        """The columns that tell slices apart."""
        return [f"slice_{name}" for name in self.slices]

    def with_sum(self, name: str, first: str, second: str) -> Totals:
        """A further measure whose amount is the sum of two others of one weight: B = I + U. No cluster has to hold it."""
        return replace(self, sums={**self.sums, name: (first, second)})

    def with_shares(self, named: Mapping[str, str]) -> Totals:
        """Measures in which every cluster counts the same: the mean within each, whatever its weight (c5, per customer).

        :param named: measure in the table to what its mean is called. Of clusters of one promise each it is the measure itself.
        """
        if self.single >= named.keys():
            return replace(self, columns={**self.columns, **{called: self.columns[name] for name, called in named.items()}})
        columns = {called: self._share(*self.columns[name]) for name, called in named.items()}
        shares = {called: (f"share_{called}", self.columns[name][1]) for name, called in named.items()}
        table = self.table.mutate(**{f"share_{called}": share for called, share in columns.items()})
        return replace(self, table=table, shares={**self.shares, **shares})

    def _share(self, amount: str, weight: str) -> ir.DecimalValue:
        a, w = (self.table[column].cast("float64") for column in (amount, weight))
        return ((a / w.nullif(0.0) * SHARE_UNIT + 0.5).floor() / SHARE_UNIT).cast("decimal(9, 8)")


def line_weight(ledger: ir.Table, charter: Charter) -> ir.NumericValue | None:
    """Weight a of each row from its charter line (c5); ``None`` where every line weighs the same 1, so that sums stay counts."""
    unequal = [(position, line.importance) for position, line in enumerate(charter.lines) if line.importance != 1.0]
    if not unequal:
        return None
    weights = ((ledger.line == position, _decimal(importance)) for position, importance in unequal)
    return ibis.cases(*weights, else_=_decimal(1.0))


def _decimal(value: float) -> ir.DecimalScalar:
    return ibis.literal(Decimal(str(value)).quantize(Decimal("0.0001")), type="decimal(9, 4)")


def money(amount: ir.FloatingValue) -> ir.IntegerValue:
    """An amount in ten-thousandths, nothing where it is unknown: sums of it do not depend on the order of rows.

    Whole numbers: engines add them up in a fraction of the time a decimal made from a double takes, and a mean has no unit.
    """
    return (amount * MONEY_UNIT + 0.5).floor().cast("int64").fill_null(0)


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
        totals = {name: _typed(_summed(flat, name), counted=wanted[name].type().is_boolean()) for name in wanted}
        table = flat.group_by([*named, *clusters]).agg(**totals)
    else:
        table = flat.select(*named, **{name: _typed(flat[name], counted=wanted[name].type().is_boolean()) for name in wanted})
    alike = frozenset(measure.name for measure in measures if measure.weight.type().is_boolean())
    return Totals(table, columns, tuple(slices), single=frozenset() if clusters else alike)


def _summed(flat: ir.Table, name: str) -> ir.Value:
    value = flat[name]
    return flat.count(where=value) if value.type().is_boolean() else value.sum()


def _typed(value: ir.Value, *, counted: bool) -> ir.Value:
    """A total in a type whose square no engine refuses.

    :param counted: it is a number of promises, and no amount of money.
    """
    kind = value.type()
    if kind.is_decimal():
        return value.cast(MONEY) if kind.scale is not None and kind.scale <= 4 else value.cast(TOTAL)  # noqa: PLR2004 - money's scale
    return value.cast("int64" if counted else WHOLE_MONEY)


def per_slice(totals: Totals) -> ir.Table:
    """Second reduction: one row per slice with the sums each interval needs, and how many clusters saw no break.

    :return: ``slice_<name>``, ``clusters``, ``clusters_kept`` and, for each measure, sum and share, what :func:`sums_of` reads.
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
    for name, (share, weight) in totals.shares.items():
        ones = f"g_{weight}"
        aggregates |= {f"s_{share}": table[share].sum(), f"p_{share}_{share}": (table[share] * table[share]).sum()}
        aggregates[ones] = table.count(where=table[weight] > 0)
        told |= {f"{name}_a": f"s_{share}", f"{name}_aa": f"p_{share}_{share}", f"{name}_aw": f"s_{share}"}
        told |= {f"{name}_g": ones, f"{name}_w": ones, f"{name}_ww": ones}  # each cluster weighs 1
    amounts = {**totals.columns, **totals.shares}
    crossed = {name: (amounts[first][0], amounts[second][0]) for name, (first, second) in totals.sums.items()}
    aggregates |= {f"p_{a}_{b}": _product(table[a], table[b]).sum() for a, b in crossed.values()}
    reduced = table.group_by(totals.keys).agg(**aggregates) if totals.slices else table.agg(**aggregates)
    sums = {name: reduced[column] if name.endswith("_g") else reduced[column].cast("float64") for name, column in told.items()}
    for name, (a, b) in crossed.items():
        first, second = totals.sums[name]
        sums |= {f"{name}_{part}": sums[f"{first}_{part}"] for part in ("g", "w", "ww")}
        sums[f"{name}_a"] = (reduced[f"s_{a}"] + reduced[f"s_{b}"]).cast("float64")  # exact, so that B = I + U to the last place
        sums[f"{name}_aa"] = sums[f"{first}_aa"] + sums[f"{second}_aa"] + 2.0 * reduced[f"p_{a}_{b}"].cast("float64")
        sums[f"{name}_aw"] = sums[f"{first}_aw"] + sums[f"{second}_aw"]
    return reduced.select(*totals.keys, "clusters", "clusters_kept", **sums)


def _product(left: ir.NumericValue, right: ir.NumericValue) -> ir.NumericValue:
    """A product that no engine has to round or refuses: one factor is 19 digits wide.

    DuckDB keeps a product of two 18-digit decimals in 18 digits and raises when it does not fit; Spark rounds beyond 38.
    """
    if left.type().is_decimal():
        return left * right.cast("decimal(19, 8)" if left.type().scale else "decimal(19, 0)")
    return left * right


def sums_of(row: Mapping[str, Any], name: str) -> ClusterSums:
    """The cluster sums of one measure from a row of :func:`per_slice`."""
    parts = (row[f"{name}_{part}"] for part in ("a", "w", "aa", "aw", "ww"))
    return ClusterSums(int(row[f"{name}_g"] or 0), *(float(part or 0) for part in parts))


def figure_of(sums: ClusterSums, interval: Interval | None, n: int) -> Figure:
    """A mean with its interval; counts alone where clusters are too few for one, no data where nothing has weight.

    :param n: what it says it rests on.
    """
    if sums.mean is None or n == 0:
        return NO_DATA
    if interval is None:
        return Figure(None, n=n, clusters=sums.clusters, method=TOO_FEW)
    return Figure(sums.mean, interval.low, interval.high, n=n, clusters=sums.clusters, method=interval.method)

"""The rows an effect is told from: checked, counted, and a bounded sample of them brought into memory.

Where the table holds more rows than :data:`MOST_ROWS`, whole clusters are drawn by a hash of their key, in the database, so the same table
gives the same sample on every engine. Where treated rows are rare, the clusters that hold one are drawn more often, and count for less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.effects.encoding import Covariates, Flags, Ints, encode
from troth.engine.intervals import Numbers
from troth.engine.promises.contract import as_table
from troth.engine.sampling import drawn
from troth.terms.errors import RequestError, did_you_mean

MOST_ROWS = 100_000
"""Rows that are looked at, at most, unless the caller says otherwise."""

RARE = 0.25
"""Share of the sample that clusters with a treated row make up at least, as far as there are so many."""

LONGEST = 200
"""Characters of a text that tell its level."""

DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1)
OUTCOME, TREATMENT, WEIGHT, CLUSTER, GROUP = "y", "d", "w", "cluster", "group"


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns a caller named."""

    outcome: str
    treatment: str
    covariates: tuple[str, ...]
    cluster: str | None
    weight: str | None
    by: str | None
    placebo_outcomes: tuple[str, ...]
    placebo_treatments: tuple[str, ...]

    def named(self) -> dict[str, tuple[str, ...]]:
        """Parameter to the columns given for it."""
        return {
            "outcome": (self.outcome,),
            "treatment": (self.treatment,),
            "covariates": self.covariates,
            "cluster": (self.cluster,) if self.cluster is not None else (),
            "weight": (self.weight,) if self.weight is not None else (),
            "by": (self.by,) if self.by is not None else (),
            "placebo_outcome": self.placebo_outcomes,
            "placebo_treatment": self.placebo_treatments,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """What a table holds: rows, and reason to number of rows set aside; then of the usable ones."""

    rows: int
    set_aside: Mapping[str, int]
    usable: int
    treated: int
    one_outcome: bool
    unnamed_clusters: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in memory, in an order that does not depend on the table's; arrays run over rows.

    :param cluster: number of the cluster, 0 to G - 1. :param group: value of ``by``, ``None`` where not asked.
    :param placebo_outcomes: column to values, ``nan`` where missing. :param placebo_treatments: column to 0, 1 or ``nan``.
    :param sampled: the rows are a sample of the usable ones.
    """

    outcome: Numbers
    treated: Flags
    weight: Numbers
    cluster: Ints
    covariates: Covariates
    group: tuple[Any, ...] | None
    placebo_outcomes: dict[str, Numbers]
    placebo_treatments: dict[str, Numbers]
    sampled: bool


def table_of(data: Any, asked: Asked) -> ir.Table:
    """The table, its columns checked.

    :raises RequestError: a column that is not there, is named twice, or is of a type its part cannot have.
    """
    table = as_table(data, "table")
    for parameter, names in asked.named().items():
        for name in names:
            if name not in table.columns:
                raise RequestError(f"There is no column “{name}”.", place=parameter, mend=did_you_mean(str(name), table.columns))
    _check_parts(asked)
    for name in asked.covariates:
        kind = table[name].type()
        if kind.is_nested() or kind.is_binary() or kind.is_json():
            mend = "take a number, a date or a word out of it."
            raise RequestError(f"The covariate “{name}” holds {kind}, which nothing can be held equal by.", place="covariates", mend=mend)
    for parameter, names in asked.named().items():
        if parameter in {"outcome", "treatment", "weight", "placebo_outcome", "placebo_treatment"}:
            for name in names:
                _number(table, name, parameter)
    return table


def _check_parts(asked: Asked) -> None:
    """Refuse a column that is asked to be two things."""
    for name in (asked.outcome, asked.treatment):
        if name in asked.covariates:
            mend = "leave it out: held equal, there is nothing left of it to compare."
            raise RequestError(f"“{name}” is a covariate of itself.", place="covariates", mend=mend)
    if asked.outcome == asked.treatment:
        raise RequestError(f"“{asked.outcome}” is both outcome and treatment.", place="treatment", mend="name two columns.")
    for name in asked.covariates:
        if asked.covariates.count(name) > 1:
            raise RequestError(f"The covariate “{name}” is named twice.", place="covariates", mend="name it once.")


def _number(table: ir.Table, name: str, parameter: str) -> ir.Value:
    """A number or yes or no, as a number; ``nan`` and infinities are missing."""
    kind = table[name].type()
    if kind.is_boolean():
        return table[name].cast("int64").cast("float64")
    if not (kind.is_numeric() or kind.is_null()):
        raise RequestError(
            f"Column “{name}” holds {kind}, not numbers or yes and no.", place=parameter, mend="cast it, as in table.x == 'late'."
        )
    value = table[name].cast("float64")
    return ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value) if kind.is_floating() else value


def _plain(table: ir.Table, asked: Asked) -> ir.Table:
    """Everything asked for, under names of our own."""
    columns: dict[str, ir.Value] = {
        OUTCOME: _number(table, asked.outcome, "outcome"),
        TREATMENT: _number(table, asked.treatment, "treatment"),
        WEIGHT: ibis.literal(1.0) if asked.weight is None else _number(table, asked.weight, "weight"),
    }
    if asked.cluster is not None:
        columns[CLUSTER] = "=" + table[asked.cluster].cast("string")
    if asked.by is not None:
        columns[GROUP] = table[asked.by]
    columns |= {f"x{i}": _covariate(table[name]) for i, name in enumerate(asked.covariates)}
    columns |= {f"py{i}": _number(table, name, "placebo_outcome") for i, name in enumerate(asked.placebo_outcomes)}
    columns |= {f"pd{i}": _number(table, name, "placebo_treatment") for i, name in enumerate(asked.placebo_treatments)}
    return table.select(**columns)


def _covariate(value: ir.Value) -> ir.Value:
    kind = value.type()
    if kind.is_boolean():
        return value.cast("int64").cast("float64")
    if kind.is_numeric() or kind.is_null():
        return value.cast("float64")
    if kind.is_timestamp() or kind.is_date():
        return value.cast("timestamp(6)").delta(ibis.literal(EPOCH), unit="microsecond").cast("float64") / DAY
    return value.cast("string").substr(0, LONGEST)


def count(table: ir.Table, asked: Asked) -> tuple[ir.Table, Counted]:
    """The usable rows, as a query, and what the table holds; one scan.

    :raises RequestError: the treatment is neither yes nor no, a weight is below 0, or a covariate is infinite.
    """
    plain = _plain(table, asked)
    no_outcome, no_treatment = plain[OUTCOME].isnull(), plain[TREATMENT].isnull()
    weightless = ~(no_outcome | no_treatment) & (plain[WEIGHT].fill_null(0) == 0)
    usable = ~(no_outcome | no_treatment | weightless)
    placebos = [plain[name] for name in plain.columns if name.startswith("pd")]
    strange = [(one.notnull() & (one != 0) & (one != 1)).cast("int64").sum() for one in (plain[TREATMENT], *placebos)]
    endless = [i for i, _ in enumerate(asked.covariates) if plain[f"x{i}"].type().is_floating()]
    (found,) = (
        plain.aggregate(
            rows=plain.count(),
            no_outcome=no_outcome.cast("int64").sum(),
            no_treatment=(no_treatment & ~no_outcome).cast("int64").sum(),
            weightless=weightless.cast("int64").sum(),
            negative=(plain[WEIGHT] < 0).cast("int64").sum(),
            usable=usable.cast("int64").sum(),
            treated=(usable & (plain[TREATMENT] == 1)).cast("int64").sum(),
            least=plain[OUTCOME].min(where=usable),
            most=plain[OUTCOME].max(where=usable),
            unnamed=(usable & plain[CLUSTER].isnull()).cast("int64").sum() if asked.cluster is not None else ibis.literal(0),
            **{f"strange{i}": one for i, one in enumerate(strange)},
            **{f"endless{i}": plain[f"x{i}"].isinf().cast("int64").sum() for i in endless},
        )
        .to_pyarrow()
        .to_pylist()
    )
    for i, name in enumerate((asked.treatment, *asked.placebo_treatments)):
        if found[f"strange{i}"]:
            mend = f"say from where on a row counts as treated, as in table.mutate({name}=table.{name} > 0)."
            raise RequestError(
                f"“{name}” holds {found[f'strange{i}']:,} values that are neither 0 nor 1.",
                place="treatment" if not i else "placebo_treatment",
                mend=mend,
            )
    for i in endless:
        if found[f"endless{i}"]:
            what = f"The covariate “{asked.covariates[i]}” is infinite in {found[f'endless{i}']:,} rows."
            raise RequestError(what, place="covariates", mend="give a number, or NULL where it is not known.")
    if found["negative"]:
        raise RequestError(f"“{asked.weight}” holds {found['negative']:,} weights below 0.", place="weight", mend="a weight is 0 or more.")
    reasons = {
        "outcome missing": found["no_outcome"],
        "treatment missing": found["no_treatment"],
        "weight missing or 0": found["weightless"],
    }
    counted = Counted(
        rows=found["rows"],
        set_aside={reason: number for reason, number in reasons.items() if number},
        usable=found["usable"] or 0,
        treated=found["treated"] or 0,
        one_outcome=found["least"] == found["most"],
        unnamed_clusters=found["unnamed"] or 0,
    )
    return plain.filter(usable), counted


def fetch(usable: ir.Table, asked: Asked, counted: Counted, most: int, seed: int) -> Rows:
    """The usable rows, or a sample of about ``most`` of them, whole clusters each."""
    sampled = counted.usable > most
    rows = usable
    if asked.cluster is None or counted.unnamed_clusters:
        numbered = "row " + ibis.row_number().cast("string") if sampled or asked.cluster is not None else ibis.literal("")
        rows = rows.mutate(**{CLUSTER: numbered if asked.cluster is None else ibis.coalesce(rows[CLUSTER], numbered)})
    shares = (1.0, 1.0)
    if sampled:
        shares = _shares(rows, asked, counted, most)
        rows = _drawn(rows, shares, seed, by_row=asked.cluster is None)
    arrow = rows.to_pyarrow()
    if asked.cluster is None:  # the rows' numbers told which to draw, and tell nothing else
        arrow = arrow.drop_columns([CLUSTER])
    arrow = arrow.take(pc.sort_indices(arrow, sort_keys=[(name, "ascending") for name in _order(arrow)]))
    return _in_memory(arrow, asked, shares, sampled=sampled)


def _order(arrow: pa.Table) -> list[str]:
    """Columns to sort by, so that equal tables make equal rows: the cluster, what the effect rests on, and last what is told beside it."""
    names = [field.name for field in arrow.schema if not (pa.types.is_nested(field.type) or pa.types.is_null(field.type))]
    return sorted(names, key=lambda name: (name != CLUSTER, name == GROUP or name.startswith("p"), name))


def _shares(rows: ir.Table, asked: Asked, counted: Counted, most: int) -> tuple[float, float]:
    """Share drawn of the clusters without a treated row, and of those with one."""
    even = most / counted.usable
    if asked.cluster is None:
        with_treated = counted.treated
    else:
        clusters = rows.group_by(CLUSTER).agg(size=rows.count(), treated=rows[TREATMENT].max())
        with_treated = int(clusters.aggregate(size=clusters["size"].sum(where=clusters.treated == 1)).to_pyarrow()["size"][0].as_py() or 0)
    others = counted.usable - with_treated
    if with_treated * even >= RARE * most or not others:
        return even, even
    oversampled = min(1.0, RARE * most / max(with_treated, 1))
    return min(1.0, (most - oversampled * with_treated) / others), oversampled


def _drawn(rows: ir.Table, shares: tuple[float, float], seed: int, *, by_row: bool) -> ir.Table:
    """The clusters whose hash lies below their side's share."""
    below = [drawn(rows[CLUSTER], share, str(seed)) for share in shares]
    if shares[0] == shares[1]:
        return rows.filter(below[0])
    treated = rows[TREATMENT] == 1
    if by_row:
        return rows.filter((treated & below[1]) | (~treated & below[0]))
    hit = rows.filter(treated).select(CLUSTER).distinct()
    return rows.filter(below[0]).union(rows.filter(~below[0] & below[1]).semi_join(hit, CLUSTER))


def _in_memory(arrow: pa.Table, asked: Asked, shares: tuple[float, float], *, sampled: bool) -> Rows:
    treated = _floats(arrow[TREATMENT]) > 0
    if asked.cluster is None:
        cluster = np.arange(len(treated), dtype=np.int64)
    else:
        codes = arrow[CLUSTER].combine_chunks().dictionary_encode().indices  # sorted, so numbered in order
        cluster = np.asarray(codes, dtype=np.int64)
    weight = _floats(arrow[WEIGHT])
    if shares[0] != shares[1]:
        hit = np.bincount(cluster, treated) > 0
        weight = weight / np.where(hit[cluster], shares[1], shares[0])
    columns: dict[str, Numbers | Sequence[object]] = {}
    for i, name in enumerate(asked.covariates):
        column = arrow[f"x{i}"]
        columns[name] = column.to_pylist() if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else _floats(column)
    return Rows(
        outcome=_floats(arrow[OUTCOME]),
        treated=treated,
        weight=weight / weight.mean() if len(weight) else weight,
        cluster=cluster,
        covariates=encode(columns, len(treated)),
        group=tuple(arrow[GROUP].to_pylist()) if asked.by is not None else None,
        placebo_outcomes={name: _floats(arrow[f"py{i}"]) for i, name in enumerate(asked.placebo_outcomes)},
        placebo_treatments={name: _floats(arrow[f"pd{i}"]) for i, name in enumerate(asked.placebo_treatments)},
        sampled=sampled,
    )


def _floats(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)

"""From scored promises to the score to expect at every way-point: reduce, weigh, fit, look up (domain.md d3).

Promises are reduced to situations and bins; m is fitted on those in memory; u is looked up row by row in the database. What is looked up
are decimals, so that the parts of the account add up to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from troth.engine.capability.cells import UNKNOWN
from troth.engine.capability.scales import Scale
from troth.engine.gaps import response, score_curve
from troth.engine.gaps.expected import CELL, known_signals
from troth.engine.gaps.native import EXACT
from troth.engine.gaps.ratings import RATING, SITUATION, countable, lateness
from troth.engine.gaps.score_curve import FOLDS, Curve, Scores
from troth.engine.gaps.settings import PREFIX
from troth.engine.promises.receipts import KEY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_SCORES = 50
"""Scores a curve needs, per promise name and scale."""
HALF = 256
"""Bins on either side of the promise (lateness) or of the mean (level)."""
LATENESS_BINS, LEVEL_BINS = 16, 4
"""Bins per standard deviation, at least."""
EDGE = 1e-9
"""A level that close to a bin's edge lies on it: arithmetic of floats must not make a promise late."""
POINTS, WEIGHT = "decimal(18, 9)", "decimal(18, 6)"
POINTS_ARROW, WEIGHT_ARROW = pa.decimal128(18, 9), pa.decimal128(18, 6)
PLACES = {"requested": "E", "promised": "P", "received": "R"} | {
    f"{prefix}_{place}": f"{prefix}_{letter}" for prefix in PREFIX.values() for place, letter in (("middle", "M"), ("capability", "C"))
}
"""Way-points, and the column of each level."""
CURVE_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("scale_low", pa.float64()),
        ("scale_high", pa.float64()),
        ("fold", pa.int32()),
        ("term", pa.string()),
        ("up_to", pa.float64()),
        ("group", pa.string()),
        ("points", POINTS_ARROW),
    ]
)


@dataclass(frozen=True, slots=True)
class Measure:
    """Ratings of one promise name on one scale.

    :param received: promises that could have been scored; ``scored`` those that were.
    :param lateness_step: width of a bin of lateness, in the unit; ``level_step`` of a bin of level, ``level_origin`` the middle edge.
    :param fitted: there were scores enough for a curve.
    :param capped: scored promises whose weight was capped.
    """

    name: str
    scale_low: float | None
    scale_high: float | None
    scored: int
    received: int = 0
    lateness_step: float = 1.0
    level_step: float = 1.0
    level_origin: float = 0.0
    fitted: bool = False
    capped: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """What :func:`score` found.

    :param rows: one row per scored promise and scale: key, score, weight and u at the way-points; ready to be written.
    :param curve: the fitted terms, by :data:`CURVE_SCHEMA`.
    :param facts: for the study's facts.
    """

    rows: ir.Table
    curve: pa.Table
    facts: dict[str, Any]


def score(answered: ir.Table, ledger: ir.Table, signals: ir.Table, scales: Mapping[str, Scale], as_of: datetime) -> Scored:
    """Fit m per promise name and scale, and look up u at every way-point: all of them in one pass over the rows.

    :param answered: what :func:`answers` gave, kept in a table: it is read several times.
    """
    measures = _measures(answered)
    fitted = [number for number, measure in enumerate(measures) if measure.scored >= LEAST_SCORES]
    binned = _binned(answered, measures)
    measures, lookups = _fit(measures, fitted, binned, ledger.filter(countable(ledger)), scales)
    given = known_signals(signals, RATING, as_of).count().to_pyarrow().as_py()
    used = answered.select("rating").distinct().count().to_pyarrow().as_py()
    facts = {"ratings": given, "used": used, "measures": [asdict(measure) for measure in measures]}
    rows = _look_up(binned, lookups) if lookups is not None else _unscored(binned)
    curves = [] if lookups is None else lookups.curves
    order = ["name", "source", "row", "scale_low", "scale_high"]
    return Scored(rows.order_by(order), pa.concat_tables(curves) if curves else CURVE_SCHEMA.empty_table(), facts)


def _measures(answered: ir.Table) -> list[Measure]:
    """The promise names and scales there are scores for, with the lattice of their bins."""
    placed = answered.late.notnull()
    found = answered.group_by(["name", "scale_low", "scale_high"]).aggregate(
        scored=placed.cast("int64").sum(),
        late_spread=answered.late.std(how="pop"),
        level=answered.R.mean(where=placed),
        level_spread=answered.R.std(where=placed, how="pop"),
    )
    return [
        Measure(
            row["name"],
            _plain(row["scale_low"]),
            _plain(row["scale_high"]),
            row["scored"],
            lateness_step=_step(row["late_spread"], LATENESS_BINS),
            level_step=_step(row["level_spread"], LEVEL_BINS),
            level_origin=round(-(row["level"] or 0.0) / _step(row["level_spread"], LEVEL_BINS)) * _step(row["level_spread"], LEVEL_BINS),
        )
        for row in found.order_by(["name", "scale_low", "scale_high"]).to_pyarrow().to_pylist()
    ]


def _step(spread: float | None, bins: int) -> float:
    """A power of two, so that more data moves no edge by a hair."""
    return float(2.0 ** np.ceil(np.log2(spread / bins))) if spread and spread > EDGE else 1.0


def _of_measure(table: ir.Table, measure: Measure) -> ir.BooleanValue:
    low, high = (
        table[column].isnull() if value is None else table[column] == value
        for column, value in (("scale_low", measure.scale_low), ("scale_high", measure.scale_high))
    )
    return (table.name == measure.name) & low & high


def _plain(limit: float | None) -> float | None:
    """A limit of a scale; a database may give a constant one as a decimal."""
    return None if limit is None else float(limit)


def _binned(answered: ir.Table, measures: Sequence[Measure]) -> ir.Table:
    """Scored promises with the number of their measure, and the bins of what was received."""
    numbers = ((_of_measure(answered, measure), number) for number, measure in enumerate(measures))
    number = ibis.cases(*numbers, else_=None).cast("int64") if measures else ibis.null("int64")
    rows = _joined(answered.mutate(measure=number), _lattice(measures), ("measure",))
    return rows.mutate(code_bin=_late_bin(rows, rows.late), code_level=_level_bin(rows, rows.R))


def _lattice(measures: Sequence[Measure]) -> pa.Table:
    steps = ("lateness_step", "level_step", "level_origin")
    values = {name: pa.array([getattr(measure, name) for measure in measures], pa.float64()) for name in steps}
    return pa.table({"measure": pa.array(np.arange(len(measures)), pa.int64()), **values})


@dataclass(frozen=True, slots=True)
class _Lookups:
    """Small tables that tell the score to expect, of all measures one below the other.

    :param situations: measure and situation columns to ``situation``, a number of its own; ``weights``: situation and bin to weight.
    :param own: fold and situation to the sum of its offsets; ``late`` and ``level``: measure, fold and bin to points.
    :param curves: the fitted terms.
    """

    situations: pa.Table
    weights: pa.Table
    own: pa.Table
    late: pa.Table
    level: pa.Table
    curves: list[pa.Table]


def _fit(
    measures: Sequence[Measure], fitted: Sequence[int], binned: ir.Table, received: ir.Table, scales: Mapping[str, Scale]
) -> tuple[list[Measure], _Lookups | None]:
    """Reduce all measures at once, then weigh and fit one after the other."""
    told = list(measures)
    if not fitted:
        return told, None
    scored, population = _scored(binned, fitted), _population(received, measures, fitted, scales)
    pieces: list[_Lookups] = []
    for number in fitted:
        first = sum(piece.situations.num_rows for piece in pieces)
        told[number], piece = _measured(number, measures[number], _of(scored, number), _of(population, number), first)
        pieces.append(piece)
    tables = {
        name: pa.concat_tables([getattr(piece, name) for piece in pieces]) for name in ("situations", "weights", "own", "late", "level")
    }
    return told, _Lookups(**tables, curves=[curve for piece in pieces for curve in piece.curves])


def _scored(binned: ir.Table, fitted: Sequence[int]) -> pa.Table:
    """Scored promises by measure, fold, situation and bins, with the sum of their scores."""
    placed = binned.filter(binned.late.notnull() & binned.measure.isin(list(fitted)))
    keys = ["measure", "fold", *SITUATION, "code_bin", "code_level"]
    reduced = placed.group_by(keys).aggregate(scored=lambda t: t.count(), total=lambda t: t.score.cast(EXACT).sum())
    return reduced.order_by(keys).to_pyarrow()


def _population(received: ir.Table, measures: Sequence[Measure], fitted: Sequence[int], scales: Mapping[str, Scale]) -> pa.Table:
    """All that was received, by measure, situation and bin of lateness; a promise rated on two scales counts with either."""
    names = pa.array([measures[number].name for number in fitted])
    lattice = ibis.memtable(_lattice(measures).take(pa.array(fitted)).append_column("of", names))
    rows = received.select(
        "name",
        late=lateness(received, scales),
        **{column: received[column].cast("string").fill_null(UNKNOWN) for column in SITUATION},
    )
    rows = rows.inner_join(lattice, rows.name == lattice.of)
    rows = rows.select("measure", *SITUATION, code_bin=_late_bin(rows, rows.late))
    keys = ["measure", *SITUATION, "code_bin"]
    return rows.filter(rows.code_bin.notnull()).group_by(keys).aggregate(received=lambda t: t.count()).order_by(keys).to_pyarrow()


def _of(table: pa.Table, number: int) -> pa.Table:
    return table.filter(pc.equal(table["measure"], number))


def _measured(number: int, found: Measure, reduced: pa.Table, population: pa.Table, first: int) -> tuple[Measure, _Lookups]:
    """One measure: weigh and fit.

    :param first: number of its first situation.
    """
    situations, place = _situations(pa.concat_tables([population.select(SITUATION), reduced.select(SITUATION)]))
    of_population, of_scores = place[: population.num_rows], place[population.num_rows :]
    late, count = _ints(reduced["code_bin"]), _ints(reduced["scored"]).astype(np.float64)
    arrived_late, arrived = _ints(population["code_bin"]), _ints(population["received"]).astype(np.float64)
    # Every pair of situation and bin that was scored was received.
    pair = of_population * 2 * HALF + arrived_late
    order = np.argsort(pair)
    home = order[np.searchsorted(pair, of_scores * 2 * HALF + late, sorter=order)]
    scored = np.bincount(home, count, len(pair)).astype(np.float64)
    weighed = response.weights(of_population, arrived_late, arrived, scored, HALF)
    groups, labels = _groups(situations)
    scores = Scores(
        fold=_ints(reduced["fold"]),
        situation=of_scores,
        late=late,
        level=_ints(reduced["code_level"]),
        weight=weighed.value[home],
        count=count,
        mean=np.asarray(reduced["total"].cast("float64")) / count,
        group=groups,
        bins=2 * HALF,
        on_time=HALF,
    )
    curves = score_curve.fit(scores)
    measure = replace(found, received=int(arrived.sum()), fitted=True, capped=weighed.capped)
    size = situations.num_rows
    own = np.concatenate([sum((curve.offsets[kind][groups[kind]] for kind in groups), np.zeros(size)) for curve in curves])
    of_folds = np.tile(np.arange(size), FOLDS)
    weight = pa.array(np.round(weighed.value, 6)).cast(WEIGHT_ARROW)
    return measure, _Lookups(
        situations=situations.append_column("measure", _all(number, size)).append_column("situation", pa.array(np.arange(size) + first)),
        weights=pa.table({"situation": pa.array(of_population + first), "code_bin": population["code_bin"], "weight": weight}),
        own=pa.table({"fold": np.repeat(np.arange(FOLDS), size), "situation": of_folds + first, "own": _points(own)}),
        late=_axis(number, [curve.lateness for curve in curves]),
        level=_axis(number, [curve.level for curve in curves]),
        curves=[_curve_table(measure, curves, labels)],
    )


def _all(value: int, size: int) -> pa.Array:
    return pa.array(np.full(size, value, dtype=np.int64))


def _bin(badness: ir.Value, step: ir.Value) -> ir.Value:
    """Bin of a badness on a lattice of 2 x HALF bins: right-closed, so that “just in time” is on time; the end bins are open."""
    place = (badness / step - EDGE).ceil() - 1 + HALF
    return place.clip(lower=0, upper=2 * HALF - 1).cast("int64")


def _late_bin(rows: ir.Table, late: ir.Value) -> ir.Value:
    """Bin of a lateness, on the lattice of each row's measure."""
    return _bin(late, rows.lateness_step)


def _level_bin(rows: ir.Table, level: ir.Value) -> ir.Value:
    """Bin of a level, given as it is oriented in :func:`~troth.engine.gaps.native.levels`: more is better."""
    return _bin(-level - rows.level_origin, rows.level_step)


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column, dtype=np.int64)


def _situations(table: pa.Table) -> tuple[pa.Table, Ints]:
    """Each distinct situation once, and which one each row is in."""
    columns = [table[column].combine_chunks().dictionary_encode() for column in SITUATION]
    codes = np.column_stack([np.asarray(column.indices) for column in columns]).astype(np.int64)
    distinct, place = np.unique(codes, axis=0, return_inverse=True)
    words = [column.dictionary.take(pa.array(distinct[:, number])) for number, column in enumerate(columns)]
    return pa.table(words, names=list(SITUATION)), place.ravel()


def _groups(situations: pa.Table) -> tuple[dict[str, Ints], dict[str, list[str]]]:
    """For each kind of offset: the group of each situation, and what the groups are called."""
    groups, labels = {}, {}
    for kind, columns in (("stage", ("stage",)), ("cell", CELL), ("touchpoint", ("touchpoint",))):
        words = [" · ".join(row) for row in zip(*(situations[column].to_pylist() for column in columns), strict=True)]
        labels[kind] = sorted(set(words))
        number = {word: position for position, word in enumerate(labels[kind])}
        groups[kind] = np.array([number[word] for word in words], dtype=np.int64)
    return groups, labels


def _look_up(binned: ir.Table, told: _Lookups) -> ir.Table:
    """The score to expect at every way-point, for each scored promise; unknown where its measure has no curve."""
    bins: dict[str, ir.Value] = {}
    for place, letter in PLACES.items():
        bins[f"late_{place}"] = _late_bin(binned, binned.late if letter == "R" else binned.P - binned[letter])
        bins[f"level_{place}"] = _level_bin(binned, binned[letter])
    rows = _joined(binned.mutate(**bins), told.situations, ("measure", *SITUATION))
    rows = _joined(rows, told.weights, ("situation", "code_bin"))
    rows = _joined(rows, told.own, ("fold", "situation"))
    axes = {"late": told.late, "level": told.level}
    for column in bins:
        steps = axes[column.split("_")[0]].rename_columns(["measure", "fold", column, f"u_{column}"])
        rows = _joined(rows, steps, ("measure", "fold", column))
    return rows.select(
        **_identity(rows),
        weight=rows.weight,
        measured=rows.late.notnull(),
        **{f"u_{place}": (rows.own + rows[f"u_late_{place}"] + rows[f"u_level_{place}"]).cast(POINTS) for place in PLACES},
    )


def _joined(rows: ir.Table, small: pa.Table, key: Sequence[str]) -> ir.Table:
    """``rows`` with what a small table says of them; NULL where the key is."""
    table = ibis.memtable(small.rename_columns([f"key_{column}" if column in key else column for column in small.column_names]))
    told = [column for column in small.column_names if column not in key]
    return rows.left_join(table, [rows[column] == table[f"key_{column}"] for column in key]).select(*rows.columns, *told)


def _axis(number: int, values: Sequence[Floats]) -> pa.Table:
    return pa.table(
        {
            "measure": _all(number, len(values) * 2 * HALF),
            "at_fold": pa.array(np.repeat(np.arange(len(values)), 2 * HALF)),
            "at_bin": pa.array(np.tile(np.arange(2 * HALF), len(values))),
            "value": _points(np.concatenate(values)),
        }
    )


def _points(values: Floats) -> pa.Array:
    return pa.array(np.round(values, 9)).cast(POINTS_ARROW)


def _identity(rows: ir.Table) -> dict[str, ir.Value]:
    columns = (*KEY, "scale_low", "scale_high")
    return {column: rows[column] for column in columns} | {"score": rows.score.cast(POINTS), "how": rows.how}


def _unscored(rows: ir.Table) -> ir.Table:
    """Scored promises with no curve to look up: every u is unknown."""
    return rows.select(
        **_identity(rows),
        weight=ibis.null(WEIGHT),
        measured=rows.late.notnull(),
        **{f"u_{place}": ibis.null(POINTS) for place in PLACES},
    )


def _curve_table(measure: Measure, curves: Sequence[Curve], labels: Mapping[str, list[str]]) -> pa.Table:
    """The fitted terms; ``up_to`` is the right edge of a bin: lateness, or level turned so that more is worse, in the unit."""
    right: Floats = np.arange(1.0 - HALF, HALF + 1.0)
    tables = []
    for fold, curve in enumerate(curves):
        pieces: list[tuple[str, Floats, Floats | None, list[str] | None]] = [
            ("lateness", curve.lateness, right * measure.lateness_step, None),
            ("level", curve.level, right * measure.level_step + measure.level_origin, None),
            *((kind, values, None, labels[kind]) for kind, values in curve.offsets.items()),
        ]
        for term, values, up_to, names in pieces:
            size = len(values)
            columns = [
                pa.array([measure.name] * size, pa.string()),
                pa.array([measure.scale_low] * size, pa.float64()),
                pa.array([measure.scale_high] * size, pa.float64()),
                pa.array([fold] * size, pa.int32()),
                pa.array([term] * size, pa.string()),
                pa.nulls(size, pa.float64()) if up_to is None else pa.array(up_to),
                pa.nulls(size, pa.string()) if names is None else pa.array(names, pa.string()),
                _points(values),
            ]
            tables.append(pa.table(columns, schema=CURVE_SCHEMA))
    return pa.concat_tables(tables)

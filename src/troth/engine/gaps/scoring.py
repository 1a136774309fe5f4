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
    """Fit m per promise name and scale, and look up u at every way-point.

    :param answered: what :func:`answers` gave, kept in a table: it is read several times.
    """
    measures, tables, curves = [], [], []
    received = ledger.filter(countable(ledger))
    for found in _measures(answered):
        rows = answered.filter(_of_measure(answered, found))
        if found.scored < LEAST_SCORES:
            measures.append(found)
            tables.append(_unscored(rows))
            continue
        measure, looked_up, curve = _measured(found, rows, received.filter(received.name == found.name), scales)
        measures.append(measure)
        tables.append(looked_up)
        curves.append(curve)
    given = known_signals(signals, RATING, as_of).count().to_pyarrow().as_py()
    used = answered.select("rating").distinct().count().to_pyarrow().as_py()
    facts = {"ratings": given, "used": used, "measures": [asdict(measure) for measure in measures]}
    rows = ibis.union(*tables) if len(tables) > 1 else (tables or [_unscored(answered)])[0]
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
            row["scale_low"],
            row["scale_high"],
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


def _measured(found: Measure, rows: ir.Table, received: ir.Table, scales: Mapping[str, Scale]) -> tuple[Measure, ir.Table, pa.Table]:
    """One measure: reduce, weigh, fit, look up."""
    binned = rows.mutate(code_bin=_bin(rows.late, 0.0, found.lateness_step), code_level=_level_bin(rows.R, found))
    placed = binned.filter(binned.late.notnull())
    keys = ["fold", *SITUATION, "code_bin", "code_level"]
    reduced = placed.group_by(keys).aggregate(scored=lambda t: t.count(), total=lambda t: t.score.cast(EXACT).sum())
    reduced = reduced.order_by(keys).to_pyarrow()
    everyone = received.select(
        **{column: received[column].cast("string").fill_null(UNKNOWN) for column in SITUATION},
        code_bin=_bin(lateness(received, scales), 0.0, found.lateness_step),
    )
    everyone = everyone.filter(everyone.code_bin.notnull())
    counted = everyone.group_by([*SITUATION, "code_bin"]).aggregate(received=lambda t: t.count()).order_by([*SITUATION, "code_bin"])
    population = counted.to_pyarrow()
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
    weight = pa.array(np.round(weighed.value, 6)).cast(WEIGHT_ARROW)
    weight_table = pa.table({"situation": pa.array(of_population), "code_bin": population["code_bin"], "weight": weight})
    return measure, _look_up(binned, measure, situations, groups, weight_table, curves), _curve_table(measure, curves, labels)


def _bin(value: ir.Value, origin: float, step: float) -> ir.Value:
    """Bin of a badness on a lattice of 2 x HALF bins: right-closed, so that “just in time” is on time; the end bins are open."""
    place = ((value - origin) / step - EDGE).ceil() - 1 + HALF
    return place.clip(lower=0, upper=2 * HALF - 1).cast("int64")


def _level_bin(level: ir.Value, measure: Measure) -> ir.Value:
    """Bin of a level, given as it is oriented in :func:`~troth.engine.gaps.native.levels`: more is better."""
    return _bin(-level, measure.level_origin, measure.level_step)


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


def _look_up(
    binned: ir.Table, measure: Measure, situations: pa.Table, groups: dict[str, Ints], weights: pa.Table, curves: Sequence[Curve]
) -> ir.Table:
    """The score to expect at every way-point, for each scored promise."""
    size = situations.num_rows
    bins: dict[str, ir.Value] = {}
    for place, letter in PLACES.items():
        bins[f"late_{place}"] = _bin(binned.late if letter == "R" else binned.P - binned[letter], 0.0, measure.lateness_step)
        bins[f"level_{place}"] = _level_bin(binned[letter], measure)
    rows = _joined(binned.mutate(**bins), situations.append_column("situation", pa.array(np.arange(size))), SITUATION)
    rows = _joined(rows, weights, ("situation", "code_bin"))
    own = np.concatenate([sum((curve.offsets[kind][groups[kind]] for kind in groups), np.zeros(size)) for curve in curves])
    folds, numbers = pa.array(np.repeat(np.arange(FOLDS), size)), pa.array(np.tile(np.arange(size), FOLDS))
    rows = _joined(rows, pa.table({"fold": folds, "situation": numbers, "own": _points(own)}), ("fold", "situation"))
    axes = {"late": _axis([curve.lateness for curve in curves]), "level": _axis([curve.level for curve in curves])}
    for column in bins:
        steps = axes[column.split("_")[0]].rename_columns(["fold", column, f"u_{column}"])
        rows = _joined(rows, steps, ("fold", column))
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


def _axis(values: Sequence[Floats]) -> pa.Table:
    return pa.table(
        {
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

"""From rows in the database to few enough in memory: distinct patterns with their counts, or a sample that is the same every time.

Up to :data:`MOST_ROWS` rows come as they are, alike ones once with their count. Of more, numbers are first coarsened to :data:`BINS`
quantiles; where the distinct patterns of covariates, exposures and event are then few enough they come with their counts, so that every row
counts. Otherwise, and where rows stand in clusters, whole clusters (or rows) are drawn by the hash of their key: the same ones every time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.attribution.asked import Asked
from troth.engine.intervals import Numbers

MOST_ROWS = 60_000
"""Rows or patterns held in memory at most, as near as a hash can draw."""

LEAST_ROWS = 1_000
"""The least that may be asked for: of fewer rows a sample tells nothing."""

BINS = 32
"""Quantiles a number is coarsened to before patterns are counted."""

FOLDS = 5
SEED = 20_240_131
HEX = 8
"""Hexadecimal digits of the hash that decide: one in four thousand million."""

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reduced:
    """Patterns with their counts; all arrays run over the m patterns.

    :param weight: rows of each pattern, shape (m,).
    :param happened: 1 where the event took place, shape (m,).
    :param flags: exposures, then placebos, shape (m, K).
    :param covariates: name to values as they were told, an Arrow array each.
    :param fold: which part it is predicted from the others in, shape (m,).
    :param cluster: code of the cluster, shape (m,); ``None`` where every row stands for itself.
    :param sampled: rows the patterns were drawn from, where they were drawn.
    """

    weight: Numbers
    happened: Numbers
    flags: Numbers
    covariates: Mapping[str, pa.Array]
    fold: Codes
    cluster: Codes | None
    sampled: int | None


def reduced(rows: ir.Table, asked: Asked, size: int, *, most: int) -> Reduced:
    """The rows that count, few enough for memory.

    :param rows: rows that count, their columns of yes and no as 1 and 0.
    :param size: how many they are.
    :param most: rows or patterns to hold.
    """
    rows = rows.mutate(**{name: told(rows[name]) for name in asked.covariates})
    keys = [*asked.covariates, *asked.flags, asked.event]
    sampled = None
    if size > most:
        coarse = rows.mutate(**_coarse(rows, asked.covariates)) if asked.cluster is None else None
        if coarse is not None and int(coarse.select(*keys).distinct().count().to_pyarrow().as_py()) <= most:
            rows = coarse
        else:
            rows, sampled = rows.filter(_drawn(rows, asked.cluster, most / size)), size
    wanted = keys if asked.cluster is None else [*keys, asked.cluster]
    counted = rows.group_by(wanted).aggregate(**{_free(wanted): rows.count()})
    return _in_memory(counted.to_pyarrow(), asked, sampled)


def _free(names: Sequence[str]) -> str:
    """A name for the count that no column has."""
    return next(name for name in ("rows", "rows_alike", "troth_rows_alike") if name not in names)


def told(column: ir.Column) -> ir.Value:
    """A covariate as a number (dates as seconds, true as 1), else as words; NaN is NULL."""
    found = column.type()
    if found.is_boolean():
        return column.cast("int8").cast("float64")
    if found.is_numeric():
        number = column.cast("float64")
        return ibis.ifelse(number.isnan(), ibis.null("float64"), number) if found.is_floating() else number
    if found.is_timestamp() or found.is_date():
        return column.cast("timestamp").epoch_seconds().cast("float64")
    return column.cast("string")


def _coarse(rows: ir.Table, covariates: Sequence[str]) -> dict[str, ir.Value]:
    """Numbers as the place of the quantile they lie in."""
    numbers = [name for name in covariates if rows[name].type().is_floating()]
    if not numbers:
        return {}
    steps = [step / BINS for step in range(1, BINS)]
    found = rows.aggregate(**{f"q_{i}": rows[name].quantile(steps) for i, name in enumerate(numbers)}).to_pyarrow().to_pylist()[0]
    coarse: dict[str, ir.Value] = {}
    for i, name in enumerate(numbers):
        edges = sorted({float(mark) for mark in found[f"q_{i}"] or () if mark is not None and np.isfinite(mark)})
        below = [(rows[name] < edge, ibis.literal(float(place), type="float64")) for place, edge in enumerate(edges)]
        top = ibis.literal(float(len(edges)), type="float64")
        bins = ibis.cases(*below, else_=top) if below else top
        coarse[name] = ibis.ifelse(rows[name].isnull(), ibis.null("float64"), bins)
    return coarse


def _drawn(rows: ir.Table, cluster: str | None, share: float) -> ir.BooleanValue:
    """Whether the hash of a row's cluster falls within the share to be drawn; without one, the hash of all the row holds."""
    columns = [rows[name] for name in rows.columns if not rows[name].type().is_nested()]
    texts = [column.cast("string").fill_null("") for column in columns]
    whole = reduce(lambda text, more: text + "|" + more, texts)
    key = whole if cluster is None else rows[cluster].cast("string").fill_null(whole)
    return key.hexdigest("md5").substr(0, HEX) < f"{int(share * 16**HEX):0{HEX}x}"


def _in_memory(counted: pa.Table, asked: Asked, sampled: int | None) -> Reduced:
    """The patterns as arrays, in an order that depends on nothing but what they hold."""
    names = counted.column_names
    counted = counted.sort_by([(name, "ascending") for name in names]).combine_chunks()
    weight = _numbers(counted[names[-1]])
    generator = np.random.default_rng(SEED)
    cluster = None
    if asked.cluster is not None:
        cluster = _clusters(counted[asked.cluster])
        at, fold = np.arange(len(weight)), generator.permutation(int(cluster.max(initial=-1)) + 1)[cluster] % FOLDS
    else:  # rows that are alike are dealt to the parts one by one
        dealt = generator.multinomial(weight.astype(np.int64), [1 / FOLDS] * FOLDS)
        at, fold = np.nonzero(dealt)
        weight = dealt[at, fold].astype(np.float64)
    take = pa.array(at)
    return Reduced(
        weight=weight,
        happened=_numbers(counted[asked.event])[at],
        flags=np.column_stack([_numbers(counted[name])[at] for name in asked.flags]),
        covariates={name: pc.take(counted[name].combine_chunks(), take) for name in asked.covariates},
        fold=fold,
        cluster=cluster,
        sampled=sampled,
    )


def _numbers(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast("float64").to_numpy(), dtype=np.float64)


def _clusters(column: pa.ChunkedArray) -> Codes:
    """A code for each cluster; of rows whose cluster is not known each is one of its own."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    unknown = codes < 0
    codes[unknown] = len(encoded.dictionary) + np.arange(int(unknown.sum()))
    return codes

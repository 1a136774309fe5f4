"""Rows counted in the database: what comes into memory is how many rows have the same side, context, promise, stages and outcome.

Where that is more than :data:`MOST_KINDS` combinations, the histograms are counted one by one, and a sample of the combinations (of whole
clusters where they are named) tells how far chance reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.engine.intervals import Numbers
from troth.engine.mechanisms.asking import Asked, side_of
from troth.engine.mechanisms.grid import NEARLY_WHOLE, UNITS, Grid, Span, grid_of
from troth.engine.mechanisms.identity import Histograms, Ints, prefixes
from troth.terms.errors import RequestError

MOST_KINDS = 60_000
MOST_CELLS = 500
HEX = 7
NOISE = 1e-9
"""What sums of decimals are off by: .1 + .2 is not later than .3."""
SIDE, LATE, CLUSTER, ROWS, SUM, SQUARES = "side", "late", "cluster", "n", "sum", "squares"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a table holds.

    :param rows: in all. :param elsewhere: of neither side. :param set_aside: reason to rows of either side that do not count.
    :param sides: rows that count, before and after. :param spans: of the promise and of each stage.
    """

    rows: int
    elsewhere: int
    set_aside: Mapping[str, int]
    sides: tuple[int, int]
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Kinds:
    """Rows that are alike, counted; arrays run over kinds of row, sorted.

    :param side: 0 before, 1 after. :param cell: number of the combination of context values. :param bins: of the promise and each stage.
    :param late: 1 where late. :param rows: of this kind. :param cluster: number of the cluster, where clusters are named.
    :param share: of all rows that these are: below 1 where they are a sample.
    """

    side: Ints
    cell: Ints
    bins: tuple[Ints, ...]
    late: Ints
    rows: Ints
    cluster: Ints | None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """All that the split is made from.

    :param tree: combinations of the first context columns (:func:`~troth.engine.mechanisms.identity.prefixes`).
    :param values: of each context column.
    :param late: (2,) rows late before and after, by the columns themselves.
    """

    grid: Grid
    tree: tuple[Ints, ...]
    values: tuple[tuple[Any, ...], ...]
    histograms: Histograms
    late: Numbers
    kinds: Kinds = field(repr=False)


def count(table: ir.Table, asked: Asked) -> tuple[ir.Table, Counted]:
    """The rows that count, under names of our own, and what the table holds; one scan."""
    columns: dict[str, ir.Value] = {SIDE: side_of(table, asked)}
    columns |= {f"c{i}": table[name] for i, name in enumerate(asked.mix)}
    if asked.event is not None:
        columns["y"] = _number(table[asked.event])
        needed = {"y": f"“{asked.event}” missing"}
    else:
        columns["p"] = _number(table[asked.promise]) + asked.grace
        columns |= {f"s{i}": _number(table[name]) for i, name in enumerate(asked.stages.values())}
        needed = {"p": f"“{asked.promise}” missing", **{f"s{i}": f"“{name}” missing" for i, name in enumerate(asked.stages.values())}}
    if asked.cluster is not None:
        columns[CLUSTER] = table[asked.cluster].cast("string")
        needed[CLUSTER] = f"“{asked.cluster}” missing"
    plain = table.select(**columns)
    here = plain[SIDE].notnull()
    counts: dict[str, ir.Value] = {"rows": plain.count(), "here": here.cast("int64").sum()}
    usable = here
    for name in needed:
        counts[f"no_{name}"] = (usable & plain[name].isnull()).cast("int64").sum()
        usable &= plain[name].notnull()
    for side in (0, 1):
        counts[f"side{side}"] = (usable & (plain[SIDE] == side)).cast("int64").sum()
    measured = [name for name in needed if name == "p" or (name.startswith("s") and name != SIDE)] if asked.event is None else []
    for name in measured:
        value = plain[name]
        counts |= {f"low_{name}": value.min(where=usable), f"high_{name}": value.max(where=usable)}
        for unit in UNITS:
            stray = (value * unit - (value * unit).round()).abs()
            counts[f"stray_{name}_{unit}"] = stray.max(where=usable)
    (found,) = plain.aggregate(**counts).to_pyarrow().to_pylist()
    found = {name: value or 0 for name, value in found.items()}
    spans = tuple(
        Span(found[f"low_{name}"], found[f"high_{name}"], tuple(found[f"stray_{name}_{unit}"] < NEARLY_WHOLE for unit in UNITS))
        for name in measured
    )
    set_aside = {reason: found[f"no_{name}"] for name, reason in needed.items() if found[f"no_{name}"]}
    counted = Counted(found["rows"], found["rows"] - found["here"], set_aside, (found["side0"], found["side1"]), spans)
    return plain.filter(usable), counted


def _number(value: ir.Value) -> ir.Value:
    """As a number; NaN and infinities are missing."""
    kind = value.type()
    if kind.is_boolean():
        return value.cast("int64").cast("float64")
    number = value.cast("float64")
    return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number) if kind.is_floating() else number


def ground(usable: ir.Table, asked: Asked, counted: Counted, seed: int, most: int = MOST_KINDS) -> Ground:
    """Histograms and kinds of row.

    :param most: kinds of row that come into memory at most.
    :raises RequestError: the context columns make too many cells.
    """
    grid = grid_of(counted.spans[0], counted.spans[1:])
    contexts = [f"c{i}" for i in range(len(asked.mix))]
    stages = [f"s{i}" for i in range(len(asked.stages))]
    received = sum((usable[name] for name in stages[1:]), start=usable[stages[0]])
    rows = usable.select(
        SIDE,
        *contexts,
        p=grid.promise(usable["p"]),
        **{name: grid.stage(usable[name], i) for i, name in enumerate(stages)},
        **{LATE: (received > usable["p"] + NOISE).cast("int64")},
        **({CLUSTER: usable[CLUSTER]} if asked.cluster is not None else {}),
    )
    keys = [SIDE, *contexts, "p", *stages, LATE, *([CLUSTER] if asked.cluster is not None else [])]
    grouped = rows.group_by(keys).agg(**{ROWS: rows.count()})
    found = grouped.limit(most + 1).to_pyarrow()
    whole = found.num_rows <= most
    cells = _cells(found.select(contexts) if whole else rows.select(contexts).distinct().limit(MOST_CELLS + 1).to_pyarrow(), asked.mix)
    if not whole:
        kinds_in_all = grouped.count().to_pyarrow().as_py()
        found = _sampled(grouped, keys, most / kinds_in_all, seed, by_cluster=asked.cluster is not None).to_pyarrow()
    kinds = _kinds(found, cells, contexts, stages, sum(counted.sides))
    if whole:
        histograms = tally(kinds, _floats(kinds.rows), len(cells.codes), grid.sizes)
        late = _floats(np.bincount(kinds.side, _floats(kinds.late * kinds.rows), 2))
    else:
        histograms, late = _one_by_one(rows, cells, contexts, stages, grid)
    return Ground(grid, prefixes(cells.codes), cells.values, histograms, late, kinds)


@dataclass(frozen=True, slots=True)
class _Cells:
    codes: Ints
    values: tuple[tuple[Any, ...], ...]

    def number(self, table: pa.Table, contexts: list[str]) -> Ints:
        """The cell of each row of a table of context values."""
        if not contexts:
            return np.zeros(table.num_rows, dtype=np.int64)
        place = {tuple(code): i for i, code in enumerate(self.codes.tolist())}
        columns = []
        for name, values in zip(contexts, self.values, strict=True):
            of = {value: i for i, value in enumerate(values)}
            coded = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
            numbers = np.array([of[value] for value in coded.dictionary.to_pylist()], dtype=np.int64)
            columns.append(numbers[np.asarray(coded.indices, dtype=np.int64)])
        wide = np.stack(columns, axis=1)
        kinds, which = np.unique(wide, axis=0, return_inverse=True)
        return np.array([place[tuple(kind)] for kind in kinds.tolist()], dtype=np.int64)[which.reshape(-1)]


def _cells(table: pa.Table, names: tuple[str, ...]) -> _Cells:
    """The cells of a table of context values, in an order of their own.

    :raises RequestError: there are too many.
    """
    contexts = table.column_names
    if not contexts:
        return _Cells(np.zeros((1, 0), dtype=np.int64), ())
    table = table.group_by(contexts).aggregate([])
    if table.num_rows > MOST_CELLS:
        values = {name: len(set(table[slot].to_pylist())) for slot, name in zip(contexts, names, strict=True)}
        widest = max(values, key=lambda name: values[name])
        mend = f"leave out “{widest}”, which has the most values, or group its values."
        raise RequestError(f"The context columns make more than {MOST_CELLS} cells.", place="mix", mend=mend)
    ordered = [
        sorted(set(table[slot].to_pylist()), key=lambda value: (value is None, value if value is not None else 0)) for slot in contexts
    ]
    of = [{value: i for i, value in enumerate(values)} for values in ordered]
    codes = sorted([number[row[slot]] for slot, number in zip(contexts, of, strict=True)] for row in table.to_pylist())
    return _Cells(np.array(codes, dtype=np.int64), tuple(tuple(values) for values in ordered))


def _sampled(grouped: ir.Table, keys: list[str], share: float, seed: int, *, by_cluster: bool) -> ir.Table:
    """The kinds of row, or the clusters, whose hash lies below their share."""
    text = [grouped[name].cast("string").fill_null("") for name in ([CLUSTER] if by_cluster else keys)]
    key = ibis.literal(f"{seed} ")
    for one in text:
        key = key + one + " "
    return grouped.filter(key.hexdigest("md5").substr(0, HEX) < f"{int(share * 16**HEX):0{HEX}x}")


def _kinds(found: pa.Table, cells: _Cells, contexts: list[str], stages: list[str], rows: int) -> Kinds:
    columns = {name: np.asarray(found[name], dtype=np.int64) for name in (SIDE, "p", *stages, LATE, ROWS)}
    columns["cell"] = cells.number(found, contexts)
    if CLUSTER in found.column_names:
        words = np.asarray(found[CLUSTER].to_pylist(), dtype=object).astype(str)
        columns[CLUSTER] = np.unique(words, return_inverse=True)[1].reshape(-1).astype(np.int64)
    order = np.lexsort([columns[name] for name in sorted(columns)])
    told = {name: column[order] for name, column in columns.items()}
    bins = tuple(told[name] for name in ("p", *stages))
    share = float(told[ROWS].sum()) / rows
    return Kinds(told[SIDE], told["cell"], bins, told[LATE], told[ROWS], told.get(CLUSTER), share)


def _floats(values: Any) -> Numbers:
    return np.asarray(values, dtype=np.float64)


def tally(kinds: Kinds, weight: Numbers, cells: int, sizes: tuple[int, ...]) -> Histograms:
    """Histograms of kinds of row that count so much each."""
    flat = kinds.side * cells + kinds.cell
    counts = _floats(np.bincount(flat, weight, 2 * cells)).reshape(2, cells)
    values = [
        _floats(np.bincount(flat * size + bins, weight, 2 * cells * size)).reshape(2, cells, size)
        for bins, size in zip(kinds.bins, sizes, strict=True)
    ]
    return Histograms(counts, tuple(values))


def _one_by_one(rows: ir.Table, cells: _Cells, contexts: list[str], stages: list[str], grid: Grid) -> tuple[Histograms, Numbers]:
    """Each histogram by a query of its own."""
    count_of = len(cells.codes)
    values = []
    for name, size in zip(("p", *stages), grid.sizes, strict=True):
        found = rows.group_by([SIDE, *contexts, name]).agg(**{ROWS: rows.count()}).to_pyarrow()
        side, bins = np.asarray(found[SIDE], dtype=np.int64), np.asarray(found[name], dtype=np.int64)
        flat = (side * count_of + cells.number(found, contexts)) * size + bins
        values.append(_floats(np.bincount(flat, _floats(found[ROWS]), 2 * count_of * size)).reshape(2, count_of, size))
    told = rows.group_by(SIDE).agg(late=rows[LATE].sum()).to_pyarrow()
    late = _floats(np.bincount(np.asarray(told[SIDE], dtype=np.int64), _floats(told["late"]), 2))
    return Histograms(values[0].sum(axis=2), tuple(values)), late

"""The cube: one group-by in the database, or arrays at hand, brought into :class:`~troth.engine.localisation.leaves.Leaves`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.intervals import Numbers
from troth.engine.localisation.baseline import common_rates
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError, did_you_mean

MOST_DIMENSIONS = 12
MOST_LEAVES = 100_000

OBSERVED, TRIALS, EXPECTED, BEFORE, TRIALS_BEFORE = "observed", "trials", "expected", "before", "trials_before"
_FLAG = "is_before"
_BELOW = "rows below 0: {}"
"""Column of a cube that says how many of the rows behind each combination are below 0; a sum would hide them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table are what.

    :param observed: the count, amount, or true/false of each row. :param trials: out of how many. :param expected: how much was expected.
    :param before: true where the row is of the time before.
    """

    observed: str
    dimensions: tuple[str, ...]
    trials: str | None = None
    expected: str | None = None
    before: str | None = None


def check_dimensions(dimensions: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The dimensions asked for.

    :raises RequestError: none, too many, one twice, or one that is not there.
    """
    names = (dimensions,) if isinstance(dimensions, str) else tuple(dimensions)
    if not names:
        raise RequestError("No dimension is named.", place="dimensions", mend="name the columns to look in: dimensions=[...].")
    if len(names) > MOST_DIMENSIONS:
        mend = f"name at most {MOST_DIMENSIONS}."
        raise RequestError(f"{len(names)} dimensions are too many to look through.", place="dimensions", mend=mend)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise RequestError(f"The dimension “{name}” is named twice.", place="dimensions", mend="name each once.")
        if name not in known:
            raise RequestError(f"There is no column “{name}”.", place="dimensions", mend=did_you_mean(name, known))
    return names


def cube_of(data: Any, columns: Columns, baseline: Any = None) -> tuple[pa.Table, int]:
    """One row per combination of values, counted in the database.

    :param baseline: a table of the time before, with the same columns.
    :returns: the dimensions and whichever of observed, trials, expected, before, trials_before there are; how many rows were left out
        because a number in them is unknown.
    :raises RequestError: a column is missing or not of numbers; more than 100,000 combinations.
    """
    table = as_table(data, "table")
    now, left_out = _grouped(table, columns)
    if baseline is None:
        parts = now
    else:
        then, left_out_then = _grouped(as_table(baseline, "baseline"), columns)
        left_out += left_out_then
        parts = pa.concat_tables(
            [now.append_column(_FLAG, pa.repeat(False, now.num_rows)), then.append_column(_FLAG, pa.repeat(True, then.num_rows))],
            promote_options="permissive",
        )
    return _side_by_side(parts) if _FLAG in parts.column_names else parts, left_out


def _grouped(table: ir.Table, columns: Columns) -> tuple[pa.Table, int]:
    names = check_dimensions(columns.dimensions, table.columns)
    for name in names:
        if table[name].type().is_nested():
            raise RequestError(f"Column “{name}” holds lists or structures, not values.", place=name, mend="leave it out, or split it up.")
    observed, flags = _number(table, columns.observed, "observed")
    numbers = {OBSERVED: observed}
    if columns.trials is not None:
        numbers[TRIALS] = _number(table, columns.trials, "trials")[0]
    if columns.expected is not None:
        numbers[EXPECTED] = _number(table, columns.expected, "expected")[0]
    slots = {f"dimension_{number}": table[name] for number, name in enumerate(names)}
    rows = table.select(**slots, **numbers, **({_FLAG: _flag(table, columns.before)} if columns.before else {}))
    known = rows.filter([rows[name].notnull() for name in numbers])
    sums = {name: known[name].sum() for name in numbers}
    below = {_BELOW.format(name): (known[name] < 0).cast("int64").sum() for name in numbers}
    if flags and columns.trials is None:
        sums[TRIALS] = known.count()
    by = [*slots, *([_FLAG] if columns.before else [])]
    cap = 2 * MOST_LEAVES if columns.before else MOST_LEAVES  # each combination may occur twice: now and before
    found = known.aggregate(by=by, **sums, **below).limit(cap + 1).to_pyarrow()
    if found.num_rows > cap:
        raise _too_many({name: len(pc.unique(found[slot])) for slot, name in zip(slots, names, strict=True)})
    left_out = rows.count().to_pyarrow().as_py() - known.count().to_pyarrow().as_py()
    return found.rename_columns([*names, *found.column_names[len(names) :]]), left_out


def _too_many(values: Mapping[str, int]) -> RequestError:
    """The refusal of a cube too large, by how many values each dimension has."""
    widest = max(values, key=lambda name: values[name])
    mend = f"leave out “{widest}”, which has the most values, or group its values."
    return RequestError(f"These dimensions make more than {MOST_LEAVES:,} combinations.", place="dimensions", mend=mend)


def _number(table: ir.Table, name: str, place: str) -> tuple[ir.Value, bool]:
    """A column as numbers, and whether it held true and false."""
    if name not in table.columns:
        raise RequestError(f"There is no column “{name}”.", place=place, mend=did_you_mean(name, table.columns))
    value = table[name]
    kind = value.type()
    if kind.is_boolean():
        return value.cast("int64"), True
    if not kind.is_numeric():
        raise RequestError(f"Column “{name}” holds {kind}, not numbers.", place=place, mend="cast it to numbers, or to true and false.")
    return value, False


def _flag(table: ir.Table, name: str) -> ir.BooleanValue:
    if name not in table.columns:
        mend = did_you_mean(name, table.columns)
        raise RequestError(f"There is no column “{name}”.", place="baseline", mend=mend)
    if not table[name].type().is_boolean():
        mend = "name a column that is true where a row is of the time before, or give a table of that time."
        raise RequestError(f"Column “{name}” holds {table[name].type()}, not true or false.", place="baseline", mend=mend)
    return table[name].fill_null(False)


def _side_by_side(parts: pa.Table) -> pa.Table:
    """Rows of now and before, of one combination, beside each other; what one of them lacks is 0."""
    before = parts[_FLAG].combine_chunks()
    amounts = {name: parts[name] for name in (OBSERVED, TRIALS, EXPECTED) if name in parts.column_names}
    zero = pa.scalar(0)
    columns = {name: parts[name] for name in parts.column_names if name not in amounts and name != _FLAG}
    for name, column in amounts.items():
        columns[name] = pc.if_else(before, zero.cast(column.type), column)
    columns[BEFORE] = pc.if_else(before, amounts[OBSERVED], zero.cast(amounts[OBSERVED].type))
    if TRIALS in amounts:
        columns[TRIALS_BEFORE] = pc.if_else(before, amounts[TRIALS], zero.cast(amounts[TRIALS].type))
    return pa.table(columns)


def leaves_of(
    cube: pa.Table | Mapping[str, Any], dimensions: tuple[str, ...], kind: Kind | None, called: Mapping[str, str] | None = None
) -> Leaves:
    """The cube in memory. Rows of one combination of values are added up; the order of rows does not matter.

    :param cube: columns ``observed`` and any of ``trials``, ``expected``, ``before``, ``trials_before``, and the dimensions.
    :param kind: what is counted; by default a rate where there are trials, a count where all is whole, else an amount.
    :param called: what whoever asks calls these columns; their own names where left out.
    :raises RequestError: a number is not finite, is below 0 where it counts, or there are more successes than trials.
    """
    table = cube if isinstance(cube, pa.Table) else pa.table({name: _column(values) for name, values in cube.items()})
    values, codes = zip(*(_coded(table[name]) for name in dimensions), strict=True)
    numbers = {name: _floats(table, name) for name in (OBSERVED, TRIALS, EXPECTED, BEFORE, TRIALS_BEFORE) if name in table.column_names}
    stacked = np.stack(codes)
    number = np.zeros(table.num_rows, dtype=np.int64)
    for code, held in zip(codes, values, strict=True):
        number = np.unique(number * max(len(held), 1) + code, return_inverse=True)[1]  # renumbered, so that it never overflows
    _, first, leaf = np.unique(number, return_index=True, return_inverse=True)
    if len(first) > MOST_LEAVES:
        raise _too_many({name: len(held) for name, held in zip(dimensions, values, strict=True)})
    sums = {name: np.bincount(leaf, column, minlength=len(first)).astype(np.float64) for name, column in numbers.items()}
    if kind is Kind.RATE and TRIALS not in sums:
        raise RequestError("A rate needs trials.", place="trials", mend="name the column that counts what could have been observed.")
    kind = kind or _kind(sums)
    if kind is not Kind.AMOUNT:
        _none_below(table, numbers, dimensions, called or {})
    _check(sums, kind)
    return _expecting(dimensions, values, stacked[:, first], kind, sums)


def _column(values: Any) -> Any:
    return pa.array(values.tolist()) if isinstance(values, np.ndarray) and values.dtype == object else pa.array(values)


def _coded(column: pa.ChunkedArray) -> tuple[tuple[Any, ...], npt.NDArray[np.int64]]:
    """The values of a dimension in a fixed order, and the place of each row's."""
    encoded = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode(null_encoding="encode")
    held = encoded.dictionary.to_pylist()
    indices = np.asarray(encoded.indices.fill_null(-1), dtype=np.int64)
    if (indices < 0).any() and None not in held:
        held = [*held, None]
    indices = np.where(indices < 0, held.index(None) if None in held else 0, indices)
    order = sorted(range(len(held)), key=lambda place: (held[place] is None, str(held[place])))
    rank = np.empty(len(held), dtype=np.int64)
    rank[order] = np.arange(len(held))
    return tuple(held[place] for place in order), rank[indices]


def _floats(table: pa.Table, name: str) -> Numbers:
    column = table[name]
    if not table.num_rows:
        return np.zeros(0)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        raise RequestError(f"Column “{name}” of the cube holds {column.type}, not numbers.", place=name, mend="give numbers.")
    values = np.asarray(column.cast(pa.float64()).fill_null(0.0), dtype=np.float64)
    if not np.isfinite(values).all():
        raise RequestError(f"“{name}” holds numbers that are not finite.", place=name, mend="leave such rows out, or correct them.")
    return values


def _kind(sums: Mapping[str, Numbers]) -> Kind:
    if TRIALS in sums:
        return Kind.RATE
    counted = [sums[name] for name in (OBSERVED, BEFORE) if name in sums]
    return Kind.COUNT if all((one == np.floor(one)).all() for one in counted) else Kind.AMOUNT


def _none_below(table: pa.Table, numbers: Mapping[str, Numbers], dimensions: Sequence[str], called: Mapping[str, str]) -> None:
    """Refuse what counts and is below 0, in any row: in a sum with others it would pass for less than it was.

    :raises RequestError: names the column, how many rows, and where the first of them stands.
    """
    for name, values in numbers.items():
        told = _BELOW.format(name)
        below = np.asarray(table[told], dtype=np.int64) if told in table.column_names else (values < 0).astype(np.int64)
        if not below.any():
            continue
        first = int(np.flatnonzero(below)[0]) if told not in table.column_names else _first_of(table, dimensions, below)
        place = ", ".join(f"{one} = {_said(table[one][first].as_py())}" for one in dimensions)
        many = int(below.sum())
        what = f"“{called.get(name, name)}” is below 0 in {many:,} {'row' if many == 1 else 'rows'}, the first at {place}."
        mend = 'counts are 0 or more: correct these rows or leave them out; for money or hours say measure="amount".'
        raise RequestError(what, place=name, mend=mend)


def _first_of(table: pa.Table, dimensions: Sequence[str], below: npt.NDArray[np.int64]) -> int:
    """Of the combinations with such rows the first by its values: a database gives them in any order."""
    return min(np.flatnonzero(below).tolist(), key=lambda row: [_said(table[name][row].as_py()) for name in dimensions])


def _said(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _check(sums: Mapping[str, Numbers], kind: Kind) -> None:
    if kind is Kind.AMOUNT:
        return
    for successes, trials in ((OBSERVED, TRIALS), (BEFORE, TRIALS_BEFORE)):
        if kind is Kind.RATE and successes in sums and (sums[successes] > sums[trials]).any():
            mend = "name the column that counts what could have been observed, or leave trials out."
            raise RequestError(f"There is more in “{successes}” than in “{trials}” somewhere.", place=trials, mend=mend)


def _expecting(
    names: tuple[str, ...], values: tuple[tuple[Any, ...], ...], codes: npt.NDArray[np.int64], kind: Kind, sums: Mapping[str, Numbers]
) -> Leaves:
    """The leaves with what was to be expected of each: told, learned from the time before, or the rate of all."""
    observed, trials = sums[OBSERVED], sums.get(TRIALS)
    if EXPECTED in sums:
        return Leaves(names, values, codes, kind, observed, sums[EXPECTED], trials)
    if BEFORE in sums and trials is not None:
        before, trials_before = sums[BEFORE], sums[TRIALS_BEFORE]
        sizes = np.array([len(held) for held in values], dtype=np.int64)
        rates = common_rates(codes, sizes, before, trials_before)
        return Leaves(names, values, codes, kind, observed, trials * rates, trials, before, trials_before * rates, common=True)
    if BEFORE in sums:
        before = sums[BEFORE]
        sample = None if kind is Kind.AMOUNT else before
        return Leaves(names, values, codes, kind, observed, before, None, sample, sample)
    if trials is None:
        mend = "give expected=, trials=, or a baseline= to hold it against."
        raise RequestError("Nothing says what was to be expected.", place="expected", mend=mend)
    whole = float(trials.sum())
    return Leaves(names, values, codes, kind, observed, trials * (float(observed.sum()) / whole if whole else 0.0), trials)

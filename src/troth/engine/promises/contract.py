"""Any plain table of promises or receipts in the shape of its contract (terms/tables.py): missing columns become typed defaults.

A column that is required, of the wrong type or ambiguous raises an error that names it and the mend. Nothing is guessed from values.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.promises.clock import TIMESTAMP
from troth.engine.promises.days import end_of_day, engine_of
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.tables import LEDGER, PROMISES, RECEIPTS, Column, names
from troth.terms.vocabulary import DIRECTION_OF, TIMED, PromiseType

NEEDED_FOR_PROMISES = ("type", "made_at")
"""What no default can stand in for in a plain table of promises."""

NEEDED_FOR_RECEIPTS = ("name", "subject")

MOMENTS = frozenset(column.name for column in (*PROMISES, *RECEIPTS) if column.name.endswith("_at"))

NAMELESS_INDEX = "__index_level_"
"""What Arrow calls the index of a pandas frame that has no name."""


def promises_table(data: Any) -> ir.Table:
    """Promises in their contract's columns, then whatever else the table holds.

    :param data: an Ibis table, or anything PyArrow reads (Arrow, pandas, Polars, a dict of columns). Needs ``type`` and ``made_at``;
        ``name`` defaults to the type, ``direction`` (an empty cell, too) and ``unit`` to the type's own, ``row`` to a running number.
        A ``due_at`` of type date is due at the end of that day in the row's ``timezone`` (UTC where NULL).
    :raises RequestError: a needed column is missing, or a column has a type that cannot be read as the contract's.
    """
    table = as_table(data, "promises")
    _require(table, NEEDED_FOR_PROMISES, PROMISES, "promises")
    kind = table["type"]
    timed = kind.isin([str(one) for one in TIMED])
    made: dict[str, ir.Value] = {}
    if "source" not in table.columns:
        made["source"] = ibis.literal("table")
    if "row" not in table.columns:
        made["row"] = ibis.row_number().cast("int64")
    if "name" not in table.columns:
        made["name"] = kind.cast("string")
    usual = ibis.cases(*((kind == str(one), str(way)) for one, way in DIRECTION_OF.items()))
    if "direction" in table.columns:
        told = table["direction"].cast("string")
        made["direction"] = ibis.ifelse(told == "", usual, told.fill_null(usual))
    else:
        made["direction"] = usual
    if "unit" not in table.columns:
        made["unit"] = ibis.cases((timed, "days"), (kind == str(PromiseType.WINDOW), "minutes outside"), else_="level")
    if "due_at" in table.columns and table["due_at"].type().is_date():
        zone = table["timezone"].fill_null("UTC") if "timezone" in table.columns else ibis.literal("UTC")
        made["due_at"] = end_of_day(table["due_at"], zone, engine_of(table))
    return to_contract(table.mutate(**made) if made else table, PROMISES)


def receipts_table(data: Any) -> ir.Table:
    """Receipts in their contract's columns; needs ``name`` and ``subject``.

    :raises RequestError: as :func:`promises_table`.
    """
    table = as_table(data, "receipts")
    _require(table, NEEDED_FOR_RECEIPTS, RECEIPTS, "receipts")
    made: dict[str, ir.Value] = {}
    if "source" not in table.columns:
        made["source"] = ibis.literal("table")
    if "row" not in table.columns:
        made["row"] = table["subject"]
    return to_contract(table.mutate(**made) if made else table, RECEIPTS).select(*names(RECEIPTS))


def as_table(data: Any, what: str) -> ir.Table:
    """Any table as an Ibis table. Zoned timestamps held in memory become naive UTC; categories become their values.

    Of a pandas frame, a named index is a column, and an index without a name is none.

    :raises RequestError: ``data`` is nothing a table can be read from, or a moment in it lies beyond what a table holds.
    """
    if isinstance(data, ir.Table):
        return data
    try:
        arrow = _arrow(data)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise RequestError(
            f"The {what} cannot be read as a table ({type(data).__name__}).",
            place=what,
            mend="give an Ibis table, an Arrow table, a pandas or Polars frame, or a dict of columns.",
        ) from error
    named = arrow.select([name for name in arrow.column_names if not name.startswith(NAMELESS_INDEX)])
    return ibis.memtable(pa.table([_in_microseconds(named[field.name], _plain(field)) for field in named.schema], named.column_names))


def _in_microseconds(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """The column as its contract holds it: what is finer than a microsecond goes.

    :raises RequestError: a moment that no microsecond tells.
    """
    finer = pa.types.is_timestamp(column.type) and column.type.unit == "ns"
    try:
        return column.cast(field.type, safe=not finer)
    except pa.ArrowInvalid as error:
        what = f"Column “{field.name}” holds moments too far off to be dates."
        raise RequestError(what, place=field.name, mend="leave them empty, or correct them.") from error


def _arrow(data: Any) -> pa.Table:
    if isinstance(data, pa.Table):
        return data
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return pa.Table.from_pandas(data, preserve_index=True)  # else a named index that counts up would be lost
    return pa.table(data)


def ledger_table(data: Any) -> ir.Table:
    """A judged ledger: what :func:`troth.judge` gave, or the same as an Arrow table or a frame.

    :raises RequestError: it is no table, or one of promises that nobody has judged.
    """
    table = as_table(data, "ledger")
    missing = [name for name in names(LEDGER) if name not in table.columns]
    if not missing:
        return table
    if "verdict" in missing:
        mend = "judge the promises first: troth.break_account(troth.judge(promises, as_of=...))."
        raise RequestError("This table holds no verdicts, so it is no ledger.", place="ledger", mend=mend)
    lacking = ", ".join(f"“{name}”" for name in missing)
    raise RequestError(f"The ledger lacks {lacking}.", place="ledger", mend="give it whole, as troth.judge gave it.")


def to_contract(table: ir.Table, contract: tuple[Column, ...]) -> ir.Table:
    """The contract's columns in order and type, then the table's further columns.

    :raises RequestError: a column's type cannot be read as the contract's.
    """
    known = set(names(contract))
    columns = {column.name: _conformed(table, column) for column in contract}
    return table.select(**columns, **{name: table[name] for name in table.columns if name not in known})


def further_columns(table: ir.Table, contract: tuple[Column, ...] = PROMISES) -> tuple[str, ...]:
    """Columns beyond the contract: stage times, context and dimensions."""
    known = set(names(contract))
    return tuple(name for name in table.columns if name not in known)


def _conformed(table: ir.Table, column: Column) -> ir.Value:
    if column.name not in table.columns:
        return _default(column)
    value = table[column.name]
    found = value.type()
    if column.type == "id":
        if found.is_null() or found.is_string():
            return value.cast("string")
        return value.cast("int64") if found.is_integer() else value.cast("string")
    wanted = dt.dtype(column.type)
    if wanted.is_timestamp():
        value = _naive(value, column.name)
    elif wanted.is_numeric() and not (found.is_numeric() or found.is_null()):
        moment = f"{column.name}_at" if found.is_timestamp() and f"{column.name}_at" in MOMENTS else None
        raise _wrong_type(column.name, found, "numbers", moment)
    elif wanted.is_boolean() and not (found.is_boolean() or found.is_null()):
        raise _wrong_type(column.name, found, "true or false")
    value = value if value.type() == wanted else value.cast(wanted)
    return value if column.default is None else value.fill_null(ibis.literal(column.default, type=wanted))


def _default(column: Column) -> ir.Scalar:
    kind = "string" if column.type == "id" else column.type
    value = column.default if column.absent is None else column.absent
    return ibis.null(kind) if value is None else ibis.literal(value, type=kind)


def _naive(value: ir.Value, name: str) -> ir.Value:
    found = value.type()
    if found.is_null():
        return value.cast(TIMESTAMP)
    if found.is_date():
        raise RequestError(
            f"Column “{name}” holds dates, not instants.",
            place=name,
            mend="cast it to a timestamp in UTC (only due_at may be a date: it falls due at the end of that day).",
        )
    if not found.is_timestamp():
        raise _wrong_type(name, found, "timestamps")
    if found.timezone is not None:
        raise RequestError(
            f"Column “{name}” holds timestamps with a zone ({found.timezone}); tables hold naive UTC.",
            place=name,
            mend="convert it to UTC and drop the zone.",
        )
    return value


def _wrong_type(name: str, found: dt.DataType, wanted: str, instead: str | None = None) -> RequestError:
    mend = f"cast it to {wanted} before judging." if instead is None else f"did you mean “{instead}”? “{name}” is a level."
    return RequestError(f"Column “{name}” holds {found}, not {wanted}.", place=name, mend=mend)


def _require(table: ir.Table, needed: Iterable[str], contract: tuple[Column, ...], what: str) -> None:
    missing = [name for name in needed if name not in table.columns]
    if not missing:
        return
    meaning = {column.name: column.help for column in contract}
    first = missing[0]
    near = did_you_mean(first, set(table.columns) - set(names(contract)))
    hint = f" ({near[:-1]} is there)" if near is not None and near.startswith("did you mean") else ""
    raise RequestError(
        f"The table of {what} lacks {', '.join(f'“{name}”' for name in missing)}{hint}.",
        place=first,
        mend=f"add a column “{first}”: {meaning[first]}.",
    )


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type
    if pa.types.is_timestamp(kind):
        return pa.field(field.name, pa.timestamp("us"))
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.field(field.name, pa.string())
    return pa.field(field.name, kind)

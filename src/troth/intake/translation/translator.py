"""Walks the tree of an expression, and reads text columns as what they are used as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from operator import and_
from typing import Any, TypeAlias

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.common.exceptions import IbisError
from sqlglot import exp

from troth.intake import coercion, zones
from troth.intake.expressions import Expression
from troth.intake.writing import Writing
from troth.terms.errors import did_you_mean

Node: TypeAlias = exp.Expr
Rule: TypeAlias = Callable[["Translator", Any], ir.Value]

WIDE_YEARS = frozenset(range(1970, 2060))
"""Years assumed where an expression computes on instants before their range is known."""

MISFITS = (IbisError, TypeError, ValueError, AttributeError, NotImplementedError, OverflowError)
"""What Ibis raises while an expression is built of parts that do not fit."""


@dataclass(frozen=True)
class Doubt:
    """A text that had to be a number or a moment, and where it is neither.

    :param column: column or text it comes from.
    :param value: the text.
    :param holds: true on the rows where it cannot be read.
    :param reason: word of ``troth.terms.tables.REASONS``.
    """

    column: str
    value: ir.StringValue
    holds: ir.BooleanValue
    reason: str


class As(StrEnum):
    """What a value is read as, where that takes many steps."""

    NUMBER = "number"
    MOMENT = "moment"
    LOCAL = "local time"


@dataclass(frozen=True, slots=True)
class Hoist:
    """A reading that many steps name: a column of a layer below can hold it, so that each step does not work it out again.

    :param sql: what is read, as SQL over the source's own columns.
    :param date_format: the format its text is said to have, where the expression says one.
    """

    kind: As
    sql: str
    date_format: str | None = None


@dataclass(frozen=True)
class Reading:
    """A value read as a moment.

    :param wall: the time as written: local, midnight for a day alone, UTC for an instant.
    :param instant: where the value names an instant: for every row, for none, or row by row.
    :param day: where it names only a day.
    """

    wall: ir.TimestampValue
    instant: ir.BooleanValue | bool
    day: ir.BooleanValue | bool

    @property
    def needs_looking(self) -> bool:
        """What the rows hold is not known from their type."""
        return not isinstance(self.instant, bool) or not isinstance(self.day, bool)


@dataclass(frozen=True, slots=True)
class Held:
    """The columns of a table that hold a hoisted reading.

    :param text: what is read.
    :param offset: where the text names an instant; ``None`` where none does.
    :param day: where it names a day alone, for moments.
    """

    text: str
    read: str
    offset: str | None = None
    day: str | None = None


@dataclass(frozen=True)
class Grammar:
    """What may appear in an expression.

    :param rules: the meaning of each kind of node.
    :param names: the functions by the names people write, for suggestions.
    """

    rules: Mapping[type[Node], Rule]
    names: tuple[str, ...]


@dataclass
class Translator:
    """Turns the expressions of one source into Ibis expressions over its table.

    :param table: the rows.
    :param writing: how the source writes text.
    :param columns: the source's own columns, by name.
    :param grammar: what may appear in an expression.
    :param hoisted: readings the table holds in columns of their own.
    :param wanted: readings it does not hold and had better, each with its node and the value that is read.
    :param trial: the values only have the right kind, for whoever asks what kind that is, or what is wanted: texts are not read with care.
    """

    table: ir.Table
    writing: Writing
    columns: tuple[str, ...]
    grammar: Grammar
    hoisted: Mapping[Hoist, Held] = field(default_factory=dict)
    wanted: dict[Hoist, tuple[Node, ir.Value]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    guards: list[ir.BooleanValue] = field(default_factory=list)
    lenient: bool = False
    trial: bool = False

    def value(self, expression: Expression) -> ir.Value:
        """The expression as an Ibis value.

        :raises ExpressionError: a column the source lacks, a function no engine-independent meaning is known for, parts of kinds
            that do not go together; with file and key.
        """
        try:
            return self.of(expression.tree)
        except Unknown as unknown:
            raise expression.error(unknown.what, unknown.mend, column=unknown.column) from None
        except KeyError as missing:
            raise expression.error(
                f"the argument “{missing.args[0]}” is missing", "see the function's own documentation in DuckDB."
            ) from None
        except RecursionError:
            raise expression.error("the expression is nested too deeply", "compute it in steps, in a view.") from None
        except MISFITS as error:
            reason = str(error).strip().splitlines()
            raise expression.error(
                f"the parts do not go together ({reason[0] if reason else type(error).__name__})",
                "cast(... as ...) turns a column into another kind.",
            ) from error

    def of(self, node: Node | None) -> ir.Value:
        """One node."""
        if node is None:
            raise Unknown("an argument is missing", "see the function's own documentation in DuckDB.")
        rule = self.grammar.rules.get(type(node))
        if rule is None:
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else node.key
            raise Unknown(f"“{name.lower()}” is not known on every engine", did_you_mean(name.lower(), self.grammar.names))
        return rule(self, node)

    def number(self, node: Node) -> ir.NumericValue:
        """A node that has to be a number."""
        return self.as_number(self.of(node), node)

    def condition(self, node: Node) -> ir.BooleanValue:
        """A node that has to be true or false."""
        return self.as_flag(self.of(node), node)

    def text(self, node: Node) -> ir.StringValue:
        """A node taken as text."""
        value = self.of(node)
        return value if value.type().is_string() else value.cast("string")

    def moment(self, node: Node) -> ir.Value:
        """A node that has to be a date or a timestamp."""
        return self.as_moment(self.of(node), node)

    def as_number(self, value: ir.Value, node: Node) -> ir.NumericValue:
        """The value as a number: as it is, or read from text."""
        kind = value.type()
        if kind.is_string():
            text, read = self.number_of(value, node)
            return self._read(text, node, read, "bad number")
        if kind.is_boolean():
            return value.cast("int64")
        if kind.is_null():
            return value.cast("float64")
        if not kind.is_numeric():
            raise Unknown(
                f"{node.sql(dialect='duckdb')} is a {kind_name(kind)} where a number is needed", "date_diff('minute', a, b) counts time."
            )
        return value

    def as_moment(self, value: ir.Value, node: Node) -> ir.Value:
        """The value as a local date or timestamp: as it is, or read from text."""
        kind = value.type()
        if kind.is_string():
            return self.local_of(value, node)
        if kind.is_null():
            return value.cast("timestamp(6)")
        if kind.is_date():
            return value
        if not kind.is_timestamp():
            raise Unknown(
                f"{node.sql(dialect='duckdb')} is a {kind_name(kind)} where a date is needed",
                "to_timestamp(x) reads seconds since 1970, epoch_ms(x) milliseconds.",
            )
        if kind.timezone is not None:
            return self.local(value.cast("timestamp(6)"), node)
        return value

    def as_flag(self, value: ir.Value, node: Node) -> ir.BooleanValue:
        """The value as true or false."""
        kind = value.type()
        if kind.is_string():
            return self._read(value, node, coercion.flag(value), "unknown word")
        if kind.is_null():
            return value.cast("boolean")
        if kind.is_integer():
            return value != 0
        if not kind.is_boolean():
            raise Unknown(
                f"{node.sql(dialect='duckdb')} is a {kind_name(kind)} where true or false is needed", "compare it with something."
            )
        return value

    def number_of(self, text: ir.StringValue, node: Node) -> tuple[ir.StringValue, ir.FloatingValue]:
        """A text, and the number it writes: from the columns that hold them where there are any."""
        held = self._held(Hoist(As.NUMBER, self.sql(node)), node, text)
        if held is not None:
            return self.table[held.text], self.table[held.read]
        return text, text.try_cast("float64") if self.trial else coercion.number(text, self.writing)

    def moment_of(self, text: ir.StringValue, node: Node, writing: Writing | None = None) -> Reading:
        """The moment a text writes; a text that is no moment leaves a doubt.

        :param writing: how the text is written, where not as the rest of the source.
        """
        how = writing or self.writing
        held = self._held(Hoist(As.MOMENT, self.sql(node), how.date_format), node, text)
        if held is None and self.trial:
            reading = Reading(text.try_cast("timestamp(6)"), instant=False, day=False)
        elif held is None:
            iso = coercion.in_iso(text, coercion.taken_apart(text), how)
            offset = coercion.names_offset(iso, how)
            reading = Reading(coercion.moment(text, how), False if offset is None else offset, coercion.names_day_only(iso, how))
        else:
            text, table = self.table[held.text], self.table
            day = coercion.names_day_only(text, how) if held.day is None else table[held.day]
            reading = Reading(table[held.read], False if held.offset is None else table[held.offset], day)
        self._read(text, node, reading.wall, "bad date")
        return reading

    def local_of(self, text: ir.StringValue, node: Node) -> ir.TimestampValue:
        """The local time a text writes."""
        reading = self.moment_of(text, node)
        return reading.wall if isinstance(reading.instant, bool) else reading.instant.ifelse(self.local(reading.wall, node), reading.wall)

    def local(self, utc: ir.TimestampValue, node: Node) -> ir.TimestampValue:
        """An instant as the source's local time."""
        if self.writing.zone == "UTC":
            return utc
        held = self._held(Hoist(As.LOCAL, self.sql(node)), node, utc)
        if held is not None:
            return self.table[held.read]
        return utc if self.trial else zones.to_local(utc, self.writing.zone, WIDE_YEARS)

    def sql(self, node: Node) -> str:
        """What names a node's value among those of one source: columns by the source's own name of them."""
        column = find_column(node.name, self.columns) if isinstance(node, exp.Column) else None
        return (node if column is None else exp.column(column, quoted=True)).sql(dialect="duckdb")

    def _held(self, hoist: Hoist, node: Node, value: ir.Value) -> Held | None:
        """The columns that hold a reading; where none do, it is wanted."""
        held = self.hoisted.get(hoist)
        if held is None:
            self.wanted.setdefault(hoist, (node, value))
        return held

    def _read(self, text: ir.Value, node: Node, read: Any, reason: str) -> Any:
        """Note a doubt about rows whose text is there and cannot be read."""
        if not self.lenient:
            failed = (text.strip() != "") & read.isnull()
            column = node.name if isinstance(node, exp.Column) else node.sql(dialect="duckdb")
            self.doubts.append(Doubt(column, text, reduce(and_, [*self.guards, failed]), reason))
        return read

    @contextmanager
    def under(self, *guards: ir.BooleanValue) -> Iterator[None]:
        """Doubts arising inside count only where all the guards hold: a branch not taken raises none."""
        self.guards.extend(guard.fill_null(False) for guard in guards)
        yield
        del self.guards[len(self.guards) - len(guards) :]

    @contextmanager
    def leniently(self) -> Iterator[None]:
        """Doubts arising inside are wanted: ``try_cast``."""
        before, self.lenient = self.lenient, True
        yield
        self.lenient = before

    def alike(self, left: Node, right: Node) -> tuple[Any, Any]:
        """Two values of one kind: a text beside a number, a moment or a flag is read as one."""
        one, other = self.of(left), self.of(right)
        return self._like(one, left, other), self._like(other, right, one)

    def _like(self, value: ir.Value, node: Node, beside: ir.Value) -> ir.Value:
        kind, other = value.type(), beside.type()
        if other.is_date() or other.is_timestamp() or kind.is_date() or kind.is_timestamp():
            moment = self.as_moment(value, node)
            return moment if kind.is_date() and other.is_date() else moment.cast("timestamp(6)")
        if kind.is_string() and other.is_numeric():
            return self.as_number(value, node)
        if kind.is_string() and other.is_boolean():
            return self.as_flag(value, node)
        return value


class Unknown(Exception):  # noqa: N818  # a control signal of this module; users see ExpressionError
    """A part that has no meaning; :meth:`Translator.value` adds file and key."""

    def __init__(self, what: str, mend: str | None, *, column: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.column = column


def kind_name(kind: dt.DataType) -> str:
    """A type in the words of a table's reader."""
    for name, asks in (("number", kind.is_numeric()), ("text", kind.is_string()), ("date", kind.is_date()), ("flag", kind.is_boolean())):
        if asks:
            return name
    return "timestamp" if kind.is_timestamp() else str(kind)


def find_column(name: str, columns: Sequence[str]) -> str | None:
    """The source's column of that name: exactly so, or the only one that differs by case alone."""
    if name in columns:
        return name
    near = [column for column in columns if column.casefold() == name.casefold()]
    return near[0] if len(near) == 1 else None


def constant_text(node: Node) -> str:
    """The text of a literal, where a function needs one that is the same for every row."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise Unknown(f"{node.sql(dialect='duckdb')} has to be a fixed text", "write it in 'single quotes'.")


def constant_number(node: Node | None, default: int) -> int:
    """The whole number of a literal."""
    if node is None:
        return default
    if isinstance(node, exp.Neg):
        return -constant_number(node.this, default)
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        return int(str(node.this))
    raise Unknown(f"{node.sql(dialect='duckdb')} has to be a fixed whole number", "write it as digits.")

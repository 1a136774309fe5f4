"""From the parsed SQL of a mapping to an Ibis expression, node by node.

Every node and function that may appear stands in one of the tables below, with its meaning in Ibis; anything else is refused with
its name. So an expression means the same on every engine Ibis speaks, and no text of a user ever reaches a database as SQL.

Text columns take the kind they are used as: compared with a number they are read as numbers, compared with a date as dates, in the
way the source writes them. A text that cannot be read so leaves a :class:`Doubt`, and the row is set aside with its value;
``try_cast`` says that NULL is fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, TypeAlias

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.common.exceptions import IbisError
from sqlglot import exp

from troth.intake import coercion, zones
from troth.intake.expressions import Expression
from troth.intake.writing import Writing, checked_format
from troth.terms.errors import SettingError, did_you_mean

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


@dataclass
class Translator:
    """Turns the expressions of one source into Ibis expressions over its table.

    :param table: the rows.
    :param writing: how the source writes text.
    :param columns: the source's own columns, by name.
    :param hoisted: text columns the table holds as numbers too, each with the name of that column.
    :param numbers_read: text columns read as numbers so far.
    """

    table: ir.Table
    writing: Writing
    columns: tuple[str, ...]
    hoisted: Mapping[str, str] = field(default_factory=dict)
    numbers_read: set[str] = field(default_factory=set)
    doubts: list[Doubt] = field(default_factory=list)
    guards: list[ir.BooleanValue] = field(default_factory=list)
    lenient: bool = False

    def value(self, expression: Expression) -> ir.Value:
        """The expression as an Ibis value.

        :raises ExpressionError: a column the source lacks, a function no engine-independent meaning is known for, parts of kinds
            that do not go together; with file and key.
        """
        try:
            return self.of(expression.tree)
        except Unknown as unknown:
            raise expression.error(unknown.what, unknown.mend) from None
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
        rule = RULES.get(type(node))
        if rule is None:
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else node.key
            raise Unknown(f"“{name.lower()}” is not known on every engine", did_you_mean(name.lower(), KNOWN))
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
            column = find_column(node.name, self.columns) if isinstance(node, exp.Column) else None
            if column is not None:
                self.numbers_read.add(column)
            ready = self.hoisted.get(column or "")
            read = coercion.number(value, self.writing) if ready is None else self.table[ready]
            return self._read(value, node, read, "bad number")
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
            read = self._read(value, node, coercion.moment(value, self.writing), "bad date")
            offset = coercion.names_offset(value, self.writing)
            return read if offset is None else offset.ifelse(zones.to_local(read, self.writing.zone, WIDE_YEARS), read)
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
            return zones.to_local(value.cast("timestamp(6)"), self.writing.zone, WIDE_YEARS)
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

    def checked(self, text: ir.Value, expression: Expression, read: Any, reason: str) -> Any:
        """A text read outside of the translator, with its doubts noted."""
        return self._read(text, expression.tree, read, reason)

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

    def __init__(self, what: str, mend: str | None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


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


# Leaves


def _column(self: Translator, node: exp.Column) -> ir.Value:
    if node.table:
        raise Unknown(f"“{node.table}.{node.name}” names a table", "name the column alone; a mapping sees one source.")
    found = find_column(node.name, self.columns)
    if found is None:
        raise Unknown(f"the source has no column “{node.name}”", did_you_mean(node.name, self.columns))
    value = self.table[found]
    kind = value.type()
    if kind.is_timestamp() and kind.timezone is None:
        return value.cast("timestamp(6)") if kind.scale != 6 else value  # noqa: PLR2004
    if kind.is_floating():
        return coercion.finite(value.cast("float64"))
    return value


def _literal(_: Translator, node: exp.Literal) -> ir.Value:
    if node.is_string:
        return ibis.literal(str(node.this))
    text = str(node.this)
    return ibis.literal(int(text)) if text.isdigit() else ibis.literal(float(text))


def _interval_parts(self: Translator, node: Node) -> tuple[ir.NumericValue, str]:
    """An interval as an amount and the unit it counts."""
    if isinstance(node, exp.Paren):
        return _interval_parts(self, node.this)
    if isinstance(node, exp.Interval):
        unit = node.args.get("unit")
        if not isinstance(unit, exp.Var):
            raise Unknown("the interval has no single unit", "write interval 3 day, or interval (column) minute.")
        name = unit.name.lower().removesuffix("s")
        amount = node.this
        if isinstance(amount, exp.Literal) and amount.is_string:
            try:
                return ibis.literal(float(amount.this)), name
            except ValueError:
                raise Unknown(f"“{amount.this}” is no amount of time", "write interval 3 day.") from None
        return self.number(amount), name
    if isinstance(node, exp.Anonymous) and node.name.lower() in COUNTED and len(node.expressions) == 1:
        return self.number(node.expressions[0]), COUNTED[node.name.lower()]
    if isinstance(node, exp.ToDays):
        return self.number(node.this), "day"
    if isinstance(node, exp.Mul):
        for amount, interval in ((node.left, node.right), (node.right, node.left)):
            if _is_interval(interval):
                one, name = _interval_parts(self, interval)
                return one * self.number(amount), name
    raise Unknown(f"{node.sql(dialect='duckdb')} is no interval", "write interval 3 day, or interval (column) minute.")


COUNTED = {f"to_{unit}s": unit for unit in ("second", "minute", "hour", "day", "week", "month", "year")}
MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
}
MICROSECONDS["week"] = 7 * MICROSECONDS["day"]
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def _is_interval(node: Node) -> bool:
    if isinstance(node, exp.Paren):
        return _is_interval(node.this)
    if isinstance(node, exp.Mul):
        return _is_interval(node.left) or _is_interval(node.right)
    return isinstance(node, (exp.Interval, exp.ToDays)) or (isinstance(node, exp.Anonymous) and node.name.lower() in COUNTED)


def shifted(self: Translator, moment: Node, interval: Node, sign: int) -> ir.Value:
    """A moment moved by an interval, in local time; a date moved by whole days stays a date only under a cast."""
    amount, unit = _interval_parts(self, interval)
    start = self.moment(moment).cast("timestamp(6)")
    if unit in MICROSECONDS:
        microseconds = (amount.cast("float64") * (sign * MICROSECONDS[unit])).round().try_cast("int64")
        return start + microseconds.as_interval("us")
    if unit in MONTHS_IN:
        return start + (amount.cast("float64") * (sign * MONTHS_IN[unit])).round().try_cast("int64").as_interval("M")
    raise Unknown(f"“{unit}” is no unit of time", did_you_mean(unit, (*MICROSECONDS, *MONTHS_IN)))


# Operators


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Rule:
    def rule(self: Translator, node: exp.Binary) -> ir.Value:
        return operation(self.number(node.left), self.number(node.right))

    return rule


def _add(self: Translator, node: exp.Add) -> ir.Value:
    if _is_interval(node.right):
        return shifted(self, node.left, node.right, 1)
    if _is_interval(node.left):
        return shifted(self, node.right, node.left, 1)
    return self.number(node.left) + self.number(node.right)


def _sub(self: Translator, node: exp.Sub) -> ir.Value:
    if _is_interval(node.right):
        return shifted(self, node.left, node.right, -1)
    left, right = self.of(node.left), self.of(node.right)
    if left.type().is_date() and right.type().is_date():
        return left.delta(right, unit="day")
    return self.as_number(left, node.left) - self.as_number(right, node.right)


def _comparison(operation: Callable[[Any, Any], Any]) -> Rule:
    def rule(self: Translator, node: exp.Binary) -> ir.Value:
        return operation(*self.alike(node.left, node.right))

    return rule


def _in(self: Translator, node: exp.In) -> ir.Value:
    if not node.expressions:
        raise Unknown("“in” needs a list of values", "write column in ('a', 'b').")
    pairs = [self.alike(node.this, item) for item in node.expressions]
    return reduce(or_, [left == right for left, right in pairs])


def _between(self: Translator, node: exp.Between) -> ir.Value:
    low_value, low = self.alike(node.this, node.args["low"])
    high_value, high = self.alike(node.this, node.args["high"])
    return (low_value >= low) & (high_value <= high)


def _is(self: Translator, node: exp.Is) -> ir.Value:
    if isinstance(node.right, exp.Null):
        return self.of(node.left).isnull()
    if isinstance(node.right, exp.Boolean):
        wanted = bool(node.right.this)
        return (self.condition(node.left) == wanted).fill_null(False)
    raise Unknown("“is” goes with null, true and false only", "write = for other values.")


def _like(operation: str) -> Rule:
    def rule(self: Translator, node: exp.Binary) -> ir.Value:
        return getattr(self.text(node.left), operation)(_constant_text(node.right))

    return rule


def _constant_text(node: Node) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise Unknown(f"{node.sql(dialect='duckdb')} has to be a fixed text", "write it in 'single quotes'.")


def _constant_number(node: Node | None, default: int) -> int:
    if node is None:
        return default
    if isinstance(node, exp.Neg):
        return -_constant_number(node.this, default)
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        return int(str(node.this))
    raise Unknown(f"{node.sql(dialect='duckdb')} has to be a fixed whole number", "write it as digits.")


def _join(self: Translator, parts: Sequence[Node]) -> ir.Value:
    texts = [self.text(part) for part in parts]
    return reduce(lambda left, right: left + right, texts)


def _concat(self: Translator, node: exp.Concat) -> ir.Value:
    """``concat`` takes NULL for the empty text; ``||`` gives NULL."""
    texts = [self.text(part).fill_null("") for part in node.expressions]
    return reduce(lambda left, right: left + right, texts)


def _case(self: Translator, node: exp.Case) -> ir.Value:
    branches: list[tuple[ir.BooleanValue, ir.Value]] = []
    earlier: list[ir.BooleanValue] = []
    operand = node.args.get("this")
    for branch in node.args["ifs"]:
        with self.under(*earlier):
            if operand is None:
                condition = self.condition(branch.this)
            else:
                left, right = self.alike(operand, branch.this)
                condition = left == right
        with self.under(*earlier, condition):
            branches.append((condition, self.of(branch.args["true"])))
        earlier.append(~condition.fill_null(False))
    default = node.args.get("default")
    with self.under(*earlier):
        otherwise = None if default is None else self.of(default)
    return ibis.cases(*branches, else_=otherwise)


def _if(self: Translator, node: exp.If) -> ir.Value:
    condition = self.condition(node.this)
    with self.under(condition):
        yes = self.of(node.args["true"])
    other = node.args.get("false")
    with self.under(~condition.fill_null(False)):
        no = ibis.null() if other is None else self.of(other)
    return condition.ifelse(yes, no)


def _coalesce(self: Translator, node: exp.Coalesce) -> ir.Value:
    return ibis.coalesce(*(self.of(part) for part in (node.this, *node.expressions)))


def _extreme(operation: Callable[..., ir.Value]) -> Rule:
    def rule(self: Translator, node: exp.Func) -> ir.Value:
        return operation(*(self.of(part) for part in (node.this, *node.expressions)))

    return rule


# Casts


def _cast(self: Translator, node: exp.Cast) -> ir.Value:
    return _as_type(self, self.of(node.this), node)


def _try_cast(self: Translator, node: exp.TryCast) -> ir.Value:
    with self.leniently():
        return _as_type(self, self.of(node.this), node)


LOCAL_TIMES = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ, exp.DataType.Type.DATETIME)


def _typed_literal(node: exp.Literal, *, is_date: bool) -> ir.Value:
    """``date '2024-01-31'``: written in ISO 8601, whatever the source's own dates look like."""
    try:
        moment = datetime.fromisoformat(str(node.this))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise Unknown(f"“{node.this}” is no date", "write date '2024-01-31', or timestamp '2024-01-31 18:00:00'.")
    return ibis.date(moment.date()) if is_date else ibis.timestamp(moment).cast("timestamp(6)")


def _as_type(self: Translator, value: ir.Value, node: exp.Cast) -> ir.Value:
    target = node.to.this
    if isinstance(node.this, exp.Literal) and node.this.is_string and target in (exp.DataType.Type.DATE, *LOCAL_TIMES):
        return _typed_literal(node.this, is_date=target == exp.DataType.Type.DATE)
    if target in exp.DataType.TEXT_TYPES:
        return value.cast("string")
    if target == exp.DataType.Type.DATE:
        return self.as_moment(value, node.this).cast("date")
    if target in LOCAL_TIMES:
        return self.as_moment(value, node.this).cast("timestamp(6)")
    if target == exp.DataType.Type.BOOLEAN:
        return self.as_flag(value, node.this)
    if target in exp.DataType.INTEGER_TYPES:
        whole = self.as_number(value, node.this)
        return whole if whole.type().is_integer() else whole.try_cast("int64")
    if target in {exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE, *exp.DataType.REAL_TYPES}:
        return self.as_number(value, node.this).cast("float64")
    if target == exp.DataType.Type.TIMESTAMPTZ:
        raise Unknown("a time with its zone is no kind a mapping needs", "name the zone in timezone = ...; cast to timestamp.")
    raise Unknown(
        f"“{node.to.sql(dialect='duckdb').lower()}” is no kind to cast to", "cast to text, integer, double, boolean, date or timestamp."
    )


# Functions of text


def _text_method(name: str) -> Rule:
    return lambda self, node: getattr(self.text(node.this), name)()


def _trim(self: Translator, node: exp.Trim) -> ir.Value:
    if node.args.get("expression") is not None:
        raise Unknown("trim takes one text", "use replace() for other characters.")
    side = {"LEADING": "lstrip", "TRAILING": "rstrip"}.get(str(node.args.get("position") or "").upper(), "strip")
    return getattr(self.text(node.this), side)()


def _substring(self: Translator, node: exp.Substring) -> ir.Value:
    start = _constant_number(node.args.get("start"), 1)
    if start < 1:
        raise Unknown("substring counts from 1", "use right(text, n) for the end.")
    length = node.args.get("length")
    return self.text(node.this).substr(start - 1, None if length is None else _constant_number(length, 0))


def _pad(self: Translator, node: exp.Pad) -> ir.Value:
    text, width = self.text(node.this), _constant_number(node.expression, 0)
    fill = node.args.get("fill_pattern")
    padded = text.lpad if node.args.get("is_left") else text.rpad
    return padded(width, " " if fill is None else _constant_text(fill)).substr(0, width)


def _split_part(self: Translator, node: exp.SplitPart) -> ir.Value:
    position = _constant_number(node.args.get("part_index"), 1)
    if position < 1:
        raise Unknown("split_part counts from 1", "write 1 for the first part.")
    return self.text(node.this).split(_constant_text(node.args["delimiter"]))[position - 1].fill_null("")


def _regexp_extract(self: Translator, node: exp.RegexpExtract) -> ir.Value:
    return self.text(node.this).re_extract(_constant_text(node.expression), _constant_number(node.args.get("group"), 0))


# Functions of moments

PARTS: dict[str, Callable[[Any], ir.Value]] = {
    "year": lambda moment: moment.year(),
    "quarter": lambda moment: moment.quarter(),
    "month": lambda moment: moment.month(),
    "week": lambda moment: moment.week_of_year(),
    "day": lambda moment: moment.day(),
    "doy": lambda moment: moment.day_of_year(),
    "dow": lambda moment: (moment.day_of_week.index() + 1) % 7,
    "isodow": lambda moment: moment.day_of_week.index() + 1,
    "hour": lambda moment: moment.hour(),
    "minute": lambda moment: moment.minute(),
    "second": lambda moment: moment.second(),
}
"""Parts of a moment: ``dow`` counts Sunday as 0, ``isodow`` Monday as 1, as in SQL."""

TRUNCATIONS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D", "hour": "h", "minute": "m", "second": "s"}


def _part(name: str) -> Rule:
    return lambda self, node: PARTS[name](self.moment(node.this))


def _part_named(self: Translator, name: str, node: Node) -> ir.Value:
    if name.lower() not in PARTS:
        raise Unknown(f"“{name.lower()}” is no part of a date", did_you_mean(name.lower(), PARTS))
    moment = self.moment(node)
    if moment.type().is_date() and name.lower() in {"hour", "minute", "second"}:
        moment = moment.cast("timestamp(6)")
    return PARTS[name.lower()](moment)


def _extract(self: Translator, node: exp.Extract) -> ir.Value:
    return _part_named(self, node.this.name, node.expression)


def _truncate(self: Translator, node: exp.TimestampTrunc) -> ir.Value:
    unit = node.args["unit"].name.lower()
    if unit not in TRUNCATIONS:
        raise Unknown(f"“{unit}” is no unit to cut to", did_you_mean(unit, TRUNCATIONS))
    moment = self.moment(node.this)
    if unit in {"hour", "minute", "second"}:
        moment = moment.cast("timestamp(6)")
    return moment.truncate(TRUNCATIONS[unit])


def _date_diff(self: Translator, node: exp.DateDiff) -> ir.Value:
    """Whole boundaries between two moments, as in DuckDB: from 23:59 to 00:01 is one day."""
    unit = (node.args.get("unit") or exp.Var(this="DAY")).name.lower()
    end, start = self.moment(node.this).cast("timestamp(6)"), self.moment(node.expression).cast("timestamp(6)")
    if unit in {"month", "year", "quarter"}:
        months = (end.year() - start.year()) * 12 + end.month() - start.month()
        if unit == "month":
            return months
        if unit == "year":
            return end.year() - start.year()
        return (end.year() - start.year()) * 4 + end.quarter() - start.quarter()
    if unit not in TRUNCATIONS:
        raise Unknown(f"“{unit}” is no unit of time", did_you_mean(unit, TRUNCATIONS))
    between = end.truncate(TRUNCATIONS[unit]).delta(start.truncate(TRUNCATIONS[unit]), unit="microsecond")
    return (between / MICROSECONDS[unit]).round().cast("int64")


def _date_add(sign: int) -> Rule:
    def rule(self: Translator, node: exp.DateAdd) -> ir.Value:
        if _is_interval(node.expression):
            return shifted(self, node.this, node.expression, sign)
        unit = node.args.get("unit") or exp.Var(this="DAY")
        return shifted(self, node.this, exp.Interval(this=node.expression, unit=unit), sign)

    return rule


def _from_parts(self: Translator, node: exp.Func) -> ir.Value:
    """``make_date`` and ``make_timestamp``: NULL, and the row set aside, where the parts are no date."""
    names = ("year", "month", "day", "hour", "min", "sec")
    given = [self.number(node.args[name]) for name in names if node.args.get(name) is not None]
    year, month, day, *time = (part if part.type().is_integer() else part.floor().try_cast("int64") for part in given)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = ibis.cases((month.isin([4, 6, 9, 11]), 30), (month != 2, 31), (leap, 29), else_=28)  # noqa: PLR2004
    limits = [
        (year, coercion.EARLIEST.year, coercion.LATEST.year),
        (month, 1, 12),
        (day, 1, longest),
        *zip(time, (0, 0, 0), (23, 59, 59), strict=False),
    ]
    sound = reduce(and_, [part.between(low, high) for part, low, high in limits])
    if isinstance(node, exp.DateFromParts):
        made = sound.ifelse(ibis.date(year, month, day), ibis.null("date"))
    else:
        made = sound.ifelse(ibis.timestamp(year, month, day, *time).cast("timestamp(6)"), ibis.null("timestamp(6)"))
    if not self.lenient:
        there = reduce(and_, [part.notnull() for part in given])
        text = reduce(lambda left, right: left + "-" + right, [part.cast("string") for part in (year, month, day, *time)])
        self.doubts.append(
            Doubt(node.sql(dialect="duckdb"), text, reduce(and_, [*self.guards, there & ~sound.fill_null(False)]), "bad date")
        )
    return made


def _strptime(self: Translator, node: exp.StrToTime) -> ir.Value:
    written = _constant_text(node.args["format"])
    try:
        checked_format(written, file="")
    except SettingError as error:
        raise Unknown(error.what, error.mend) from None
    text = self.text(node.this)
    return self._read(text, node.this, coercion.moment(text, Writing(zone=self.writing.zone, date_format=written)), "bad date")


def _from_epoch(self: Translator, node: exp.UnixToTime) -> ir.Value:
    """Seconds or milliseconds since 1970, an instant; given in the source's local time like every moment."""
    scale = node.args.get("scale")
    per_unit = 1_000_000 // 10 ** _constant_number(scale, 0)
    microseconds = (self.number(node.this).cast("float64") * per_unit).round().try_cast("int64")
    utc = ibis.timestamp("1970-01-01 00:00:00").cast("timestamp(6)") + microseconds.as_interval("us")
    return zones.to_local(utc, self.writing.zone, WIDE_YEARS)


def _bare_interval(node: Node) -> ir.Value:
    raise Unknown(f"{node.sql(dialect='duckdb')} is an interval and no value by itself", "add it to a moment: made + to_hours(n).")


def _anonymous(self: Translator, node: exp.Anonymous) -> ir.Value:
    name = node.name.lower()
    if name == "date_part":
        if len(node.expressions) != 2:  # noqa: PLR2004
            raise Unknown("date_part takes a part and a date", "write date_part('hour', made).")
        return _part_named(self, _constant_text(node.expressions[0]), node.expressions[1])
    if name in COUNTED:
        _bare_interval(node)
    raise Unknown(f"the function “{name}” is not known on every engine", did_you_mean(name, KNOWN))


def _round(self: Translator, node: exp.Round) -> ir.Value:
    return self.number(node.this).round(_constant_number(node.args.get("decimals"), 0))


def _positive(operation: str) -> Rule:
    """Logarithms and roots, NULL where they have no value instead of an error that depends on the engine."""

    def rule(self: Translator, node: exp.Func) -> ir.Value:
        number = self.number(node.this).cast("float64")
        allowed = number >= 0 if operation == "sqrt" else number > 0
        return getattr(allowed.ifelse(number, ibis.null("float64")), operation)()

    return rule


RULES: Mapping[type[Node], Rule] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: lambda _, __: ibis.null(),
    exp.Boolean: lambda _, node: ibis.literal(bool(node.this)),
    exp.Paren: lambda self, node: self.of(node.this),
    exp.Neg: lambda self, node: -self.number(node.this),
    exp.Not: lambda self, node: ~self.condition(node.this),
    exp.And: lambda self, node: self.condition(node.left) & self.condition(node.right),
    exp.Or: lambda self, node: self.condition(node.left) | self.condition(node.right),
    exp.EQ: _comparison(lambda left, right: left == right),
    exp.NEQ: _comparison(lambda left, right: left != right),
    exp.GT: _comparison(lambda left, right: left > right),
    exp.GTE: _comparison(lambda left, right: left >= right),
    exp.LT: _comparison(lambda left, right: left < right),
    exp.LTE: _comparison(lambda left, right: left <= right),
    exp.NullSafeEQ: _comparison(lambda left, right: left.identical_to(right)),
    exp.NullSafeNEQ: _comparison(lambda left, right: ~left.identical_to(right)),
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like("like"),
    exp.ILike: _like("ilike"),
    exp.Add: _add,
    exp.Sub: _sub,
    exp.Mul: _arithmetic(lambda left, right: left * right),
    exp.Div: _arithmetic(lambda left, right: left / right.nullif(0)),
    exp.IntDiv: _arithmetic(lambda left, right: left // right.nullif(0)),
    exp.Mod: _arithmetic(lambda left, right: left % right.nullif(0)),
    exp.DPipe: lambda self, node: _join(self, (node.left, node.right)),
    exp.Concat: _concat,
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: _coalesce,
    exp.Nullif: lambda self, node: (lambda pair: pair[0].nullif(pair[1]))(self.alike(node.this, node.expression)),
    exp.Greatest: _extreme(ibis.greatest),
    exp.Least: _extreme(ibis.least),
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.Lower: _text_method("lower"),
    exp.Upper: _text_method("upper"),
    exp.Length: _text_method("length"),
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.Left: lambda self, node: self.text(node.this).left(_constant_number(node.expression, 0)),
    exp.Right: lambda self, node: self.text(node.this).right(_constant_number(node.expression, 0)),
    exp.Replace: lambda self, node: self.text(node.this).replace(_constant_text(node.expression), _constant_text(node.args["replacement"])),
    exp.Contains: lambda self, node: self.text(node.this).contains(self.text(node.expression)),
    exp.StartsWith: lambda self, node: self.text(node.this).startswith(_constant_text(node.expression)),
    exp.EndsWith: lambda self, node: self.text(node.this).endswith(_constant_text(node.expression)),
    exp.StrPosition: lambda self, node: self.text(node.this).find(_constant_text(node.args["substr"])) + 1,
    exp.Pad: _pad,
    exp.SplitPart: _split_part,
    exp.RegexpLike: lambda self, node: self.text(node.this).re_search(_constant_text(node.expression)),
    exp.RegexpExtract: _regexp_extract,
    exp.Abs: lambda self, node: self.number(node.this).abs(),
    exp.Sign: lambda self, node: self.number(node.this).sign(),
    exp.Round: _round,
    exp.Floor: lambda self, node: self.number(node.this).floor(),
    exp.Ceil: lambda self, node: self.number(node.this).ceil(),
    exp.Pow: _arithmetic(lambda left, right: left.cast("float64") ** right),
    exp.Ln: _positive("ln"),
    exp.Sqrt: _positive("sqrt"),
    exp.Extract: _extract,
    exp.Year: _part("year"),
    exp.Quarter: _part("quarter"),
    exp.Month: _part("month"),
    exp.Week: _part("week"),
    exp.Day: _part("day"),
    exp.DayOfWeek: _part("dow"),
    exp.DayOfWeekIso: _part("isodow"),
    exp.DayOfYear: _part("doy"),
    exp.Hour: lambda self, node: _part_named(self, "hour", node.this),
    exp.Minute: lambda self, node: _part_named(self, "minute", node.this),
    exp.Second: lambda self, node: _part_named(self, "second", node.this),
    exp.TimestampTrunc: _truncate,
    exp.DateTrunc: _truncate,
    exp.DateDiff: _date_diff,
    exp.DateAdd: _date_add(1),
    exp.DateFromParts: _from_parts,
    exp.TimestampFromParts: _from_parts,
    exp.StrToTime: _strptime,
    exp.UnixToTime: _from_epoch,
    exp.ToDays: lambda self, node: _bare_interval(node),
    exp.Interval: lambda self, node: _bare_interval(node),
    exp.Anonymous: _anonymous,
}
"""Every node an expression may hold, and what it means."""

KNOWN: tuple[str, ...] = (
    "abs", "ceil", "coalesce", "concat", "contains", "date_add", "date_diff", "date_part", "date_trunc", "day", "dayofweek",
    "dayofyear", "ends_with", "epoch_ms", "extract", "floor", "greatest", "hour", "if", "ifnull", "isodow", "least", "left", "length", "ln",
    "lower", "lpad", "ltrim", "make_date", "make_timestamp", "minute", "month", "nullif", "power", "quarter", "regexp_extract",
    "regexp_matches", "replace", "right", "round", "rpad", "rtrim", "second", "sign", "split_part", "sqrt", "starts_with", "strpos",
    "strptime", "substr", "substring", "to_days", "to_hours", "to_minutes", "to_months", "to_seconds", "to_timestamp", "to_weeks", "to_years",
    "trim", "try_cast", "upper", "week", "year",
)  # fmt: skip
"""The functions of expressions, by the names people write."""

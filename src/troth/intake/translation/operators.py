"""Columns, literals, operators, conditions, casts and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir
from sqlglot import exp

from troth.intake import coercion
from troth.intake.translation.dates import is_interval, shifted
from troth.intake.translation.translator import Node, Rule, Translator, Unknown, constant_number, find_column
from troth.terms.errors import did_you_mean


def _column(self: Translator, node: exp.Column) -> ir.Value:
    if node.table:
        raise Unknown(f"“{node.table}.{node.name}” names a table", "name the column alone; a mapping sees one source.")
    found = find_column(node.name, self.columns)
    if found is None:
        raise Unknown(f"the source has no column “{node.name}”", did_you_mean(node.name, self.columns), column=node.name)
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


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Rule:
    def rule(self: Translator, node: exp.Binary) -> ir.Value:
        return operation(self.number(node.left), self.number(node.right))

    return rule


def _add(self: Translator, node: exp.Add) -> ir.Value:
    if is_interval(node.right):
        return shifted(self, node.left, node.right, 1)
    if is_interval(node.left):
        return shifted(self, node.right, node.left, 1)
    return self.number(node.left) + self.number(node.right)


def _sub(self: Translator, node: exp.Sub) -> ir.Value:
    if is_interval(node.right):
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


def _nullif(self: Translator, node: exp.Nullif) -> ir.Value:
    value, nothing = self.alike(node.this, node.expression)
    return value.nullif(nothing)


def _extreme(operation: Callable[..., ir.Value]) -> Rule:
    def rule(self: Translator, node: exp.Func) -> ir.Value:
        return operation(*(self.of(part) for part in (node.this, *node.expressions)))

    return rule


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


def _round(self: Translator, node: exp.Round) -> ir.Value:
    return self.number(node.this).round(constant_number(node.args.get("decimals"), 0))


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
    exp.Add: _add,
    exp.Sub: _sub,
    exp.Mul: _arithmetic(lambda left, right: left * right),
    exp.Div: _arithmetic(lambda left, right: left / right.nullif(0)),
    exp.IntDiv: _arithmetic(lambda left, right: left // right.nullif(0)),
    exp.Mod: _arithmetic(lambda left, right: left % right.nullif(0)),
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme(ibis.greatest),
    exp.Least: _extreme(ibis.least),
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.Abs: lambda self, node: self.number(node.this).abs(),
    exp.Sign: lambda self, node: self.number(node.this).sign(),
    exp.Round: _round,
    exp.Floor: lambda self, node: self.number(node.this).floor(),
    exp.Ceil: lambda self, node: self.number(node.this).ceil(),
    exp.Pow: _arithmetic(lambda left, right: left.cast("float64") ** right),
    exp.Ln: _positive("ln"),
    exp.Sqrt: _positive("sqrt"),
}

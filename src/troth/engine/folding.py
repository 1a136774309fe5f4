"""Carry constants through a query before the engine sees it.

One query judges nine types of promise, but most tables hold one: the type, the direction, whole columns are literals. Engines fold
``CASE WHEN TRUE`` inside a projection, not through the projections below it; so the literals are carried upwards here, and what hangs on
them is decided once instead of once a row. The meaning of the query does not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir


def fold(table: ir.Table) -> ir.Table:
    """The same table with every expression of constants worked out."""
    whole = table.op()
    folded: ir.Table = whole.map(_fold)[whole].to_expr()
    return folded


def _fold(node: ops.Node, found: Mapping[ops.Node, Any], **arguments: Any) -> ops.Node:
    """One node, its arguments folded already. :param found: what has been folded so far."""
    if isinstance(node, ops.Reduction | ops.Analytic):
        return _over_rows(node, found)
    folded = node if all(found[child] is child for child in node.__children__) else node.__recreate__(arguments)
    if isinstance(folded, ops.Field):
        value = literal_of(folded.rel, folded.name)
        return value if value is not None and value.dtype == folded.dtype else folded
    if isinstance(folded, ops.IfElse):
        return _if(folded)
    if isinstance(folded, ops.SearchedCase):
        return _cases(folded)
    if isinstance(folded, ops.Coalesce):
        return _coalesce(folded)
    if isinstance(folded, ops.And | ops.Or):
        return _logic(folded)
    known = _value(folded)
    return folded if known is _UNKNOWN else ops.Literal(known, folded.dtype)


_UNKNOWN = object()


def _over_rows(node: ops.Value, found: Mapping[ops.Node, Any]) -> ops.Node:
    """An aggregate goes over a column: one that comes down to a literal stays a column here."""

    def columns(argument: Any) -> Any:
        if isinstance(argument, tuple):
            return tuple(columns(each) for each in argument)
        if not isinstance(argument, ops.Value):
            return found[argument] if isinstance(argument, ops.Node) else argument
        folded = found[argument]
        if argument.shape.is_scalar() or folded.shape.is_columnar():
            return folded
        return ops.Field(found[argument.rel], argument.name) if isinstance(argument, ops.Field) else rebuilt(argument)

    def rebuilt(value: ops.Value) -> ops.Value:
        return value.__recreate__({name: columns(argument) for name, argument in zip(value.__argnames__, value.__args__, strict=True)})

    return rebuilt(node)


def literal_of(relation: ops.Node, name: str) -> ops.Literal | None:
    """The literal a column comes down to, or ``None`` where it depends on rows, or a cast on the way has changed it."""
    lossy = False
    while True:
        if isinstance(relation, ops.Filter | ops.Sort | ops.Limit | ops.DropColumns | ops.SelfReference):
            relation = relation.parent
            continue
        value = relation.values.get(name) if isinstance(relation, ops.Project | ops.JoinChain) else None
        while isinstance(value, ops.Cast) and isinstance(value.arg, ops.Literal | ops.Field):
            lossy = lossy or not value.arg.dtype.castable(value.to)
            value = value.arg
        if isinstance(value, ops.Literal):
            return None if lossy and value.value is not None else value
        if not isinstance(value, ops.Field):
            return None
        if isinstance(relation, ops.JoinChain) and any(link.how != "inner" for link in relation.rest):
            return None  # an outer join puts NULL beside the literal
        relation, name = value.rel, value.name
        if isinstance(relation, ops.JoinReference):
            relation = relation.parent


def _typed(value: ops.Value, like: ops.Value) -> ops.Value:
    return value if value.dtype == like.dtype else ops.Cast(value, like.dtype)


def _truth(node: ops.Node) -> Any:
    """True, False or None for a literal condition; unknown for one that depends on rows."""
    return node.value if isinstance(node, ops.Literal) else _UNKNOWN


def _if(node: ops.IfElse) -> ops.Node:
    truth = _truth(node.bool_expr)
    if truth is _UNKNOWN:
        return node
    return _settled(node.true_expr if truth else node.false_null_expr, node)


def _cases(node: ops.SearchedCase) -> ops.Node:
    cases, results = [], []
    default = node.default
    for condition, result in zip(node.cases, node.results, strict=True):
        truth = _truth(condition)
        if truth is _UNKNOWN:
            cases.append(condition)
            results.append(result)
        elif truth:
            default = result
            break
    if not cases:
        return _settled(default, node)
    if len(cases) == len(node.cases):
        return node
    return _settled(ops.SearchedCase(tuple(cases), tuple(results), default), node)


def _settled(value: ops.Value, like: ops.Value) -> ops.Node:
    if isinstance(value, ops.Literal) and value.value is None:
        return ops.Literal(None, like.dtype)
    return _typed(value, like)


def _coalesce(node: ops.Coalesce) -> ops.Node:
    kept = [arg for arg in node.arg if not (isinstance(arg, ops.Literal) and arg.value is None)]
    if not kept:
        return ops.Literal(None, node.dtype)
    if isinstance(kept[0], ops.Literal) or len(kept) == 1:
        return _typed(kept[0], node)
    if _truth(kept[1]) is False and _never_true(kept[0]):
        return ops.Literal(False, node.dtype)
    return node if len(kept) == len(node.arg) else _typed(ops.Coalesce(tuple(kept)), node)


def _never_true(node: ops.Node) -> bool:
    """An AND with NULL among its parts is FALSE or NULL, whatever the row says."""
    return isinstance(node, ops.And) and any(_truth(part) is None or _never_true(part) for part in (node.left, node.right))


def _logic(node: ops.And | ops.Or) -> ops.Node:
    """Three-valued: FALSE decides an AND, TRUE an OR; the other one drops out; NULL stays."""
    decides = isinstance(node, ops.Or)
    left, right = _truth(node.left), _truth(node.right)
    if decides in (left, right):
        return ops.Literal(decides, node.dtype)
    if left is (not decides):
        return _typed(node.right, node)
    if right is (not decides):
        return _typed(node.left, node)
    if left is None and right is None:
        return ops.Literal(None, node.dtype)
    return node


def _value(node: ops.Node) -> Any:
    """The value of a test on literals, or unknown."""
    if isinstance(node, ops.IsNull | ops.NotNull) and isinstance(node.arg, ops.Literal):
        return (node.arg.value is None) == isinstance(node, ops.IsNull)
    if isinstance(node, ops.Not) and isinstance(node.arg, ops.Literal):
        return None if node.arg.value is None else not node.arg.value
    if isinstance(node, ops.Equals | ops.NotEquals) and isinstance(node.left, ops.Literal) and isinstance(node.right, ops.Literal):
        if node.left.value is None or node.right.value is None:
            return None
        return (node.left.value == node.right.value) == isinstance(node, ops.Equals)
    if isinstance(node, ops.InValues) and isinstance(node.value, ops.Literal) and all(isinstance(o, ops.Literal) for o in node.options):
        return None if node.value.value is None else node.value.value in {option.value for option in node.options}
    return None if _takes_null(node) else _UNKNOWN


def _takes_null(node: ops.Node) -> bool:
    """Arithmetic, comparisons and casts of NULL are NULL; tests for NULL and logic are not."""
    if isinstance(node, ops.IsNull | ops.NotNull | ops.And | ops.Or | ops.Reduction):
        return False
    if not isinstance(node, ops.Binary | ops.Unary | ops.TimestampDelta):
        return False
    return any(isinstance(argument, ops.Literal) and argument.value is None for argument in node.args)

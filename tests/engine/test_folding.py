"""Folding changes how long a query is, never what it answers."""

from __future__ import annotations

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from troth.engine.constants import constants_of, restore
from troth.engine.folding import fold

ROWS = ibis.memtable({"x": [1, 2, None], "seen": [True, None, False]}, schema={"x": "int64", "seen": "boolean"})


def with_constants() -> ir.Table:
    """Three rows with a literal type, a literal NULL and a literal flag, behind a view as intake lays them."""
    table = ROWS.mutate(kind=ibis.literal("deadline"), nothing=ibis.null("float64"), flag=ibis.literal(True)).view()
    return table.mutate(timed=table.kind.isin(["deadline", "response_time"]), window=table.kind == "window")


CASES = {
    "a condition that holds": lambda t: t.timed.ifelse(t.x, -t.x),
    "a condition that fails": lambda t: t.window.ifelse(t.x, -t.x),
    "cases that never come, and one that always does": lambda t: ibis.cases((t.window, 1), (t.x > 1, 2), (t.timed, 3), else_=4),
    "TRUE does not decide an AND": lambda t: t.timed & t.seen,
    "FALSE decides an AND, even against NULL": lambda t: t.window & t.seen,
    "TRUE decides an OR, even against NULL": lambda t: t.timed | t.seen,
    "NULL is not FALSE": lambda t: (t.nothing > 1) & t.seen,
    "NULL or TRUE is TRUE": lambda t: (t.nothing > 1) | t.timed,
    "arithmetic of NULL": lambda t: t.x + t.nothing,
    "the first known value": lambda t: ibis.coalesce(t.nothing, t.x.cast("float64"), 9.0),
    "nothing known": lambda t: ibis.coalesce(t.nothing, t.nothing),
    "tests for NULL": lambda t: t.nothing.isnull() & t.kind.notnull(),
    "what NULL keeps from ever being true": lambda t: ((t.nothing > 1) & t.seen).fill_null(False),
    "what NULL does not keep from being true": lambda t: ((t.nothing > 1) | t.seen).fill_null(False),
    "not": lambda t: ~t.window,
    "words among words": lambda t: t.kind.notin(["price", "window"]),
    "fill": lambda t: t.nothing.fill_null(2.5) * t.x,
}


@pytest.mark.parametrize("case", CASES)
def test_a_folded_query_answers_the_same(case: str) -> None:
    table = with_constants()
    table = table.mutate(answer=CASES[case](table))
    folded = fold(table)
    assert folded.schema() == table.schema()
    assert folded.to_pyarrow().to_pylist() == table.to_pyarrow().to_pylist()


def test_what_hangs_on_constants_alone_is_a_constant() -> None:
    table = with_constants()
    table = table.mutate(verdict=ibis.cases((table.window, "outside"), (table.timed & table.flag, "late"), else_="none"))
    folded = fold(table)
    assert constants_of(folded)["verdict"] == {"type": "string", "value": "late"}
    assert "verdict" not in constants_of(table)


def test_a_condition_that_can_never_be_true_is_a_constant() -> None:
    table = with_constants()
    table = table.mutate(contradicted=(t_seen := table.seen & (table.nothing > 1)).fill_null(False), open=t_seen)
    assert constants_of(fold(table)).keys() >= {"contradicted"}
    assert "open" not in constants_of(fold(table))


def test_conditions_on_rows_stay() -> None:
    table = with_constants()
    folded = fold(table.mutate(answer=ibis.cases((table.window, 1), (table.x > 1, 2), else_=3)))
    assert folded.op().find(ops.Greater)


def test_constants_are_dropped_and_come_back() -> None:
    table = with_constants()
    constants = constants_of(table)
    assert set(constants) == {"kind", "nothing", "flag"}
    narrow = table.drop(*constants)
    whole = restore(narrow, constants, list(table.columns))
    assert whole.schema() == table.schema()
    assert whole.to_pyarrow().to_pylist() == table.to_pyarrow().to_pylist()


def test_a_cast_that_changes_a_literal_is_not_looked_through() -> None:
    table = ROWS.mutate(price=ibis.literal(1.7))
    table = table.mutate(whole=table.price.cast("int64"))
    table = table.mutate(price=table.whole.cast("float64"))
    table = table.mutate(unchanged=table.price == 1.7)
    assert "price" not in constants_of(table)
    assert fold(table).unchanged.to_pyarrow().to_pylist() == [False, False, False]


def test_a_literal_behind_an_outer_join_is_no_constant() -> None:
    right = ibis.memtable(pa.table({"x": [1]})).mutate(found=ibis.literal("yes"))
    assert "found" not in constants_of(ROWS.left_join(right, "x"))
    assert "found" in constants_of(ROWS.inner_join(right, "x"))


OVER_ROWS = {
    "a sum of nothing": lambda t: t.nothing.sum(),
    "the largest of nothing, reckoned with": lambda t: (t.nothing * 2 + 1).max(),
    "how many there are": lambda t: t.nothing.count(),
    "the largest of one value": lambda t: t.kind.max(),
    "a sum of what comes down to one value": lambda t: t.timed.ifelse(3, t.x).sum(),
    "a sum where a constant condition holds": lambda t: t.x.sum(where=t.flag),
}


@pytest.mark.parametrize("case", OVER_ROWS)
def test_an_aggregate_over_constants_answers_the_same_in_groups_and_windows(case: str) -> None:
    table = with_constants()
    grouped = table.group_by("x").agg(answer=OVER_ROWS[case](table)).order_by("x")
    beside = table.mutate(answer=OVER_ROWS[case](table).over(ibis.window(group_by=table.x))).order_by("x")
    for told in (grouped, beside):
        assert fold(told).to_pyarrow().to_pylist() == told.to_pyarrow().to_pylist()

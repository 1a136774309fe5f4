"""Rows at the size of the ledger are touched by expressions alone, and by those every engine answers alike (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.contracts.source_tree import Module, called, modules, parse

UNPORTABLE = {"asof_join", "argmax", "argmin", "first", "last", "arbitrary"}
"""Not on every engine, or not equal on all of them: a union with a window, or an aggregate, says the same."""

ORDERED = {"collect", "group_concat"}
"""Only without ``order_by=``: the order is made by ``struct.collect().sort()``."""

FRAMES = {"to_pandas", "to_polars", "iterrows", "itertuples"}
WRITTEN_SQL = {"raw_sql", "sql"}


def unportable(tree: Mapping[str, Module], room: str) -> Iterator[str]:
    """Calls of a room that Spark would answer otherwise, or not at all."""
    for name, node in calls(tree, room):
        ordered = called(node) in ORDERED and any(word.arg == "order_by" for word in node.keywords)
        of_an_array = called(node) in {"argmax", "argmin"} and (not node.args or ast.unparse(node.func).startswith("np."))
        if isinstance(node.func, ast.Attribute) and (called(node) in UNPORTABLE or ordered) and not of_an_array:
            yield f"{name}:{node.lineno} {ast.unparse(node)}"


def calls(tree: Mapping[str, Module], room: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a room, with the module it stands in."""
    for name, module in tree.items():
        if name.split(".")[1:2] == [room]:
            yield from ((name, node) for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def test_the_engine_asks_only_what_every_engine_answers() -> None:
    assert sum(1 for _ in calls(modules(), "engine")) > 100
    assert list(unportable(modules(), "engine")) == []


@pytest.mark.parametrize("room", ["engine", "intake", "project"])
def test_no_row_is_touched_in_python(room: str) -> None:
    found = [f"{name}:{node.lineno} {ast.unparse(node)}" for name, node in calls(modules(), room) if called(node) in FRAMES]
    allowed = tuple(
        f"troth.engine.{holder}:" for holder in ("findings", "effects.result", "money.result")
    )  # tables of findings, not of rows
    assert [sentence for sentence in found if not sentence.startswith(allowed)] == []


def test_the_workspace_writes_no_sql() -> None:
    """Asking its own database whether it is there is no query over customer data; nor is a trigger that guards its own record."""
    assert any(calls(modules(), "workspace"))
    assert [f"{name}:{node.lineno}" for name, node in calls(modules(), "workspace") if called(node) in WRITTEN_SQL] == []
    nodes = (node for name, module in modules().items() if ".workspace." in name for node in ast.walk(module.tree))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    queries = [text for text in texts if re.search(r"\bSELECT\b.+\bFROM\b", text)]
    assert [text for text in queries if not text.startswith("CREATE TRIGGER timeline_entry_")] == []


@pytest.mark.parametrize("text", ["t.asof_join(u)", "t.a.first()", "t.a.argmax(t.b)", "t.a.collect(order_by=t.b)"])
def test_an_unportable_call_is_seen(text: str) -> None:
    assert len(list(unportable({"troth.engine.a": parse("troth.engine.a", text)}, "engine"))) == 1


@pytest.mark.parametrize("text", ["np.argmax(a)", "a.argmax(axis=1)", "t.a.collect().sort()", "t.a.max()"])
def test_a_portable_call_is_let_be(text: str) -> None:
    assert list(unportable({"troth.engine.a": parse("troth.engine.a", text)}, "engine")) == []

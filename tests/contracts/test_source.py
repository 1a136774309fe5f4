"""What no file of ours may hold, and what every public name must have."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.contracts.source_tree import PACKAGE, ROOT, Module, modules, parse

MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|tmp|root|home/\w+|Users/\w+)/[\w.]")
UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK|WIP|raise NotImplementedError)\b|(?i:\bfor now\b|\bstubs?\b|\bnot (?:yet )?implemented\b)"
)
TEXT = {".py", ".md", ".toml", ".html", ".txt", ".css", ".js", ".json", ".svg", ".yml", ".yaml", ".lock", ".sql", ""}


def tracked() -> list[Path]:
    """Every text file git knows of, this one left out: it has to name what it looks for."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = [ROOT / name for name in listed if name]
    return [path for path in paths if path.suffix in TEXT and path.is_file() and path != Path(__file__)]


def undocumented(tree: Mapping[str, Module]) -> Iterator[str]:
    """Public modules, classes and functions without a docstring, whatever the linter was told."""
    for name, module in tree.items():
        if "migrations" in name.split("."):
            continue
        if not ast.get_docstring(module.tree):
            yield name
        for node in public(module.tree):
            if not ast.get_docstring(node):
                yield f"{name}.{node.name}"


def public(body: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public definitions in a module, and in its public classes."""
    for node in body.body:
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
            and node.name != "Meta"
        ):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def test_no_file_names_a_place_on_the_machine_it_was_written_on() -> None:
    files = tracked()
    assert len(files) > 30
    found = [f"{path.relative_to(ROOT)}: {hit}" for path in files for hit in MACHINE_PATH.findall(path.read_text(encoding="utf-8"))]
    assert found == []


def test_nothing_in_the_source_is_left_for_later() -> None:
    sources = sorted(PACKAGE.rglob("*.py"))
    assert sources
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_every_public_name_says_what_it_is() -> None:
    assert sorted(undocumented(modules())) == []


def test_no_module_is_a_drawer_for_the_rest() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "base"}
    assert [name for name in modules() if name.rpartition(".")[2] in drawers] == []


@pytest.mark.parametrize("text", ["path = '/work/x'", "see /home/ana/x", "'/tmp/x'"])
def test_a_machine_path_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["from a/work/x", "https://example.org/tmp/x", "a temporary folder"])
def test_other_slashes_are_no_machine_path(text: str) -> None:
    assert not MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["# TODO: later", "raise NotImplementedError", "# a stub", "# fine for now"])
def test_unfinished_work_is_seen(text: str) -> None:
    assert UNFINISHED.search(text)


def test_a_public_method_without_a_docstring_is_seen() -> None:
    tree = {"troth.a": parse("troth.a", '"""A."""\nclass B:\n    """B."""\n    def c(self): ...\n    def _d(self): ...\n')}
    assert list(undocumented(tree)) == ["troth.a.c"]

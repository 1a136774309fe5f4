"""Reading our own source by its syntax tree: which module imports which, anywhere in its text, and what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "troth"


@dataclass(frozen=True)
class Import:
    """One imported name, as a dotted path, and the line it stands on."""

    target: str
    line: int


@dataclass(frozen=True)
class Module:
    """One module of ours: its dotted name, where it stands, its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Is this the ``__init__`` of a folder?"""
        return self.path.name == "__init__.py"

    def imports(self) -> Iterator[Import]:
        """Every import in the module, inside functions and ``TYPE_CHECKING`` blocks too, relative ones spelt out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = self.absolute(node)
                for alias in node.names:
                    yield Import(f"{base}.{alias.name}", node.lineno)

    def absolute(self, node: ast.ImportFrom) -> str:
        """The module a ``from`` import names, with leading dots resolved."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, node.module] if node.module else parts)

    def strings_imported(self) -> Iterator[Import]:
        """Modules imported by name at run time: ``import_module("x")`` and ``__import__("x")``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"} and node.args:
                target = node.args[0]
                if isinstance(target, ast.Constant) and isinstance(target.value, str):
                    yield Import(target.value, node.lineno)


def called(node: ast.Call) -> str:
    """The last word of what is called: ``datetime.now()`` gives ``now``."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def parse(name: str, text: str, path: Path | None = None) -> Module:
    """A module from its text."""
    return Module(name, path or Path(f"{name.rsplit('.', 1)[-1]}.py"), ast.parse(text))


@cache
def modules() -> Mapping[str, Module]:
    """Every module of ``src/troth``, by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = parse(name, path.read_text(encoding="utf-8"), path)
    return found


def edges(tree: Mapping[str, Module]) -> dict[str, dict[str, int]]:
    """Who imports whom among ``tree``, with the line: ``{importer: {imported: line}}``.

    ``from troth.engine import study`` names the module ``troth.engine.study`` where there is one, else the package.
    """
    graph: dict[str, dict[str, int]] = {}
    for name, module in tree.items():
        graph[name] = {}
        for item in (*module.imports(), *module.strings_imported()):
            target = item.target
            while target and target not in tree:
                target = target.rpartition(".")[0]
            if target and target != name:
                graph[name].setdefault(target, item.line)
    return graph


def knots(graph: Mapping[str, Mapping[str, int]]) -> set[frozenset[str]]:
    """Sets of modules that import one another in a ring, directly or on a way round."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        open_ = [start]
        while open_:
            for target in graph[open_.pop()]:
                if target not in seen:
                    seen.add(target)
                    open_.append(target)
        return seen

    within = {name: reach(name) for name in graph}
    return {frozenset(other for other in within[name] if name in within[other]) for name in graph if name in within[name]}

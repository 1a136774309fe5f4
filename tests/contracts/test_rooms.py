"""The house has one direction: cli -> workspace -> project -> {engine, intake} -> terms (docs/rooms.md).

Imports inside functions count, and so do imports by name. The checks are plain functions over a tree of modules; the last tests
build small wrong trees and see each check object.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

import pytest

from tests.contracts.source_tree import Module, called, edges, knots, modules, parse

BELOW = {
    "terms": set[str](),
    "engine": {"terms"},
    "intake": {"terms"},
    "project": {"terms", "engine", "intake"},
    "troth": {"terms", "engine", "intake", "project"},
    "workspace": {"terms", "engine", "intake", "project", "troth"},
    "cli": {"terms", "engine", "intake", "project", "troth", "workspace"},
}
"""What each room may import besides itself. ``troth`` is the public face, ``src/troth/__init__.py``."""

WEB = {"django", "granian", "whitenoise", "ninja", "asgiref"}
TERMINAL = {"typer", "click", "rich", "argparse"}
NETWORK = {"http", "urllib", "socket", "requests", "httpx", "smtplib"}
CLOCK = {"time"}
STRANGERS = {
    "engine": WEB | TERMINAL | NETWORK | CLOCK,
    "intake": WEB | TERMINAL | NETWORK - {"urllib"} | CLOCK,  # urllib.parse reads the URL of a database
    "project": WEB | TERMINAL | NETWORK,
    "troth": WEB | TERMINAL | NETWORK | CLOCK,
    "workspace": TERMINAL,
    "cli": WEB - {"granian"},
}
"""Libraries a room never names."""

CALLERS = {"troth.project.naming": {"http", "urllib"}}
"""Modules that may call somebody, where a person has set that up, and with what."""

CLOCKLESS = {"terms", "engine", "intake", "project", "troth"}
CLOCK_CALLS = {"now", "utcnow", "today", "time_ns", "localtime", "gmtime", "current_timestamp"}

APPS = ("parts", "timeline", "people", "studies", "charter", "issues", "cases", "initiatives", "digests", "desks", "api")
"""The workspace's apps: each may import those before it; ``desks`` and ``api`` are the two ends and do not meet."""

RINGS: frozenset[frozenset[str]] = frozenset()
"""Rings of imports we put up with. It may only shrink, and it is empty."""


def room(name: str) -> str:
    """The room a module stands in; the package itself is the face ``troth``."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "troth"


def upward(tree: Mapping[str, Module]) -> Iterator[str]:
    """Imports that go up, or between the two strangers."""
    for importer, targets in edges(tree).items():
        own = room(importer)
        for target, line in targets.items():
            if room(target) != own and room(target) not in BELOW[own]:
                yield f"{importer}:{line} imports {target}: {own} may not import {room(target)}"


def strange(tree: Mapping[str, Module]) -> Iterator[str]:
    """Libraries named in a room that has no business with them."""
    for name, module in tree.items():
        for item in (*module.imports(), *module.strings_imported()):
            library = item.target.split(".")[0]
            if library in STRANGERS.get(room(name), set()) - CALLERS.get(name, set()):
                yield f"{name}:{item.line} imports {library}"
            if room(name) == "terms" and library not in {"troth", "ibis", *sys.stdlib_module_names}:
                yield f"{name}:{item.line} imports {library}: terms knows Ibis and the standard library only"
            if library == "django" and room(name) != "workspace":
                yield f"{name}:{item.line} imports django: that is the workspace's"


def clock_reads(tree: Mapping[str, Module]) -> Iterator[str]:
    """Calls that ask what time it is, in rooms that are told."""
    for name, module in tree.items():
        if room(name) in CLOCKLESS:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and (called(node) in CLOCK_CALLS or ast.unparse(node.func) == "time.time"):
                    yield f"{name}:{node.lineno} reads the clock: {ast.unparse(node)}"


def out_of_order(tree: Mapping[str, Module]) -> Iterator[str]:
    """Workspace apps that import a later app, or the workspace's own settings and addresses."""
    for importer, targets in edges(tree).items():
        if app(importer) in APPS:
            for target, line in targets.items():
                later = app(target) in APPS and APPS.index(app(target)) > APPS.index(app(importer))
                both_ends = {app(importer), app(target)} == {"desks", "api"}
                if later or both_ends:
                    yield f"{importer}:{line} imports {target}"


def app(name: str) -> str:
    """The workspace app a module belongs to, or an empty word."""
    parts = name.split(".")
    return parts[2] if len(parts) > 2 and parts[1] == "workspace" else ""


def test_every_module_stands_in_a_room() -> None:
    assert {room(name) for name in modules()} <= BELOW.keys()
    assert {"terms", "engine", "intake"} <= {room(name) for name in modules()}


def test_nothing_imports_upward() -> None:
    assert sum(len(targets) for targets in edges(modules()).values()) > 5
    assert list(upward(modules())) == []


def test_rooms_do_not_know_libraries_of_other_rooms() -> None:
    assert list(strange(modules())) == []


def test_only_pages_and_commands_read_the_clock() -> None:
    assert list(clock_reads(modules())) == []


def test_workspace_apps_import_only_those_before_them() -> None:
    assert list(out_of_order(modules())) == []


def test_every_folder_of_the_workspace_with_models_or_views_is_a_known_app() -> None:
    unknown = {app(name) for name in modules() if name.rpartition(".")[2] in {"models", "views", "operations", "apps"}} - {"", *APPS}
    unknown -= {"apps", "models", "views", "operations"}  # a module of that name at the top of the workspace is no folder
    assert unknown == set()


def test_no_ring_of_imports() -> None:
    assert knots(edges(modules())) - RINGS == set()


def test_rings_we_put_up_with_still_exist() -> None:
    assert RINGS - knots(edges(modules())) == set(), "untied: take it off RINGS"


def small(**texts: str) -> dict[str, Module]:
    """A tree of modules from keyword texts: ``engine__study="..."`` is ``troth.engine.study``."""
    names = {f"troth.{key.replace('__', '.')}": text for key, text in texts.items()}
    return {name: parse(name, text) for name, text in names.items()}


@pytest.mark.parametrize(
    "text",
    [
        "from troth.intake import readers",
        "def f():\n    from troth.intake import readers",
        "def f():\n    from ..intake import readers",
        "import importlib\nimportlib.import_module('troth.intake.readers')",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import troth.intake.readers",
    ],
)
def test_an_engine_that_imports_intake_is_seen_however_it_hides(text: str) -> None:
    [sentence] = upward(small(engine__study=text, intake__readers=""))
    assert sentence.endswith("engine may not import intake")


def test_a_lower_room_that_imports_a_higher_one_is_seen() -> None:
    assert len(list(upward(small(terms__errors="import troth.engine.study", engine__study="")))) == 1
    assert list(upward(small(engine__study="import troth.terms.errors", terms__errors=""))) == []


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("engine__study", "import django.db"),
        ("intake__readers", "def f():\n    import typer"),
        ("terms__tables", "import pyarrow"),
        ("cli", "from django.core import management"),
        ("engine__study", "from time import time"),
    ],
)
def test_a_strange_library_is_seen(place: str, text: str) -> None:
    assert len(list(strange(small(**{place: text})))) >= 1


@pytest.mark.parametrize("text", ["datetime.now(tz=UTC)", "date.today()", "ibis.now()", "time.time()", "datetime.utcnow()"])
def test_a_clock_in_the_engine_is_seen(text: str) -> None:
    assert len(list(clock_reads(small(engine__study=text)))) == 1
    assert list(clock_reads(small(cli=text))) == []


def test_an_app_that_imports_a_later_one_is_seen() -> None:
    tree = small(workspace__people__views="from troth.workspace.desks import views", workspace__desks__views="")
    assert len(list(out_of_order(tree))) == 1


def test_a_ring_through_a_function_is_seen() -> None:
    ring = small(engine__a="def f():\n    import troth.engine.b", engine__b="import troth.engine.c", engine__c="import troth.engine.a")
    assert knots(edges(ring)) == {frozenset({"troth.engine.a", "troth.engine.b", "troth.engine.c"})}

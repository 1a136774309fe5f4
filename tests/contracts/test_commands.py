"""Every command, argument and option of ``troth`` stands in docs/commands.md, and nothing stands there that is not."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest

from tests.contracts.documents import DOCS, sections
from tests.contracts.source_tree import modules


def commands() -> dict[str, Any]:
    """The commands of the command line, by name; nothing before there is one."""
    if "troth.cli" not in modules():
        return {}
    import typer

    from troth.cli.app import app

    return flat(typer.main.get_command(app))


def flat(group: Any, before: str = "") -> dict[str, Any]:
    """The commands of a group by their whole names; those of a group in it with both words."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = flat(command, f"{before}{name} ") if hasattr(command, "commands") else {f"{before}{name}": command}
        found |= inner
    return found


def documented() -> dict[str, str]:
    """The sections that document a command, by its name."""
    return {title.removeprefix("troth "): body for title, body in sections(DOCS / "commands.md").items() if title.startswith("troth ")}


def options(command: Any) -> set[str]:
    """The long options of a command."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--")}


def test_there_are_commands() -> None:
    assert {"audit verify", "check", "demo", "init", "people grant", "run", "serve", "show"} <= commands().keys()


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert documented().keys() == commands().keys()


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_options_of_a_command_are_those_documented(name: str) -> None:
    table = "\n".join(re.findall(r"(?m)^\| (`--[^|]*) \|", documented()[name]))
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == options(commands()[name]) - {"--help"}


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_choices_of_an_option_or_argument_are_named(name: str) -> None:
    for parameter in commands()[name].params:
        kind = parameter.type_descriptor.annotation
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            assert [str(choice) for choice in kind if f"`{choice}`" not in documented()[name]] == []


@pytest.mark.parametrize("name", sorted(documented()))
def test_a_command_says_what_it_does(name: str) -> None:
    assert commands()[name].help
    assert all(parameter.help for parameter in commands()[name].params if parameter.name != "help")

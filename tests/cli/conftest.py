"""The command line as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from troth.cli import main
from troth.project import study


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON it printed."""
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def troth(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command and give what it said. As in a process of its own, no study has been opened before."""

    def command(*words: str | Path) -> Said:
        capsys.readouterr()
        study._opened.clear()  # noqa: SLF001 - nothing else tells of studies that other tests still hold, damaged ones among them
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command

"""The command line as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.projects import AS_OF, write_shop
from troth.cli import main


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
    """Run one command and give what it said."""

    def command(*words: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project folder nobody has run."""
    return write_shop(tmp_path / "shop")


@pytest.fixture(scope="module")
def run_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with two studies: the ends of May and of June. Read only."""
    folder = write_shop(tmp_path_factory.mktemp("run") / "shop")
    for as_of in ("2024-05-31", AS_OF):
        assert main(["run", str(folder), "--as-of", as_of]) == 0
    return folder

"""The examples a person can name on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from troth.project.examples import EXAMPLES, Example, find
from troth.terms.errors import RequestError


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_a_project_folder_with_a_word_on_what_it_shows(example: Example, tmp_path: Path) -> None:
    folder = example.lay_out(tmp_path / "demo" / example.name)
    assert {path.name for path in folder.iterdir()} - {"journeys.toml", "roles.toml"} == {
        "README.md",
        "troth.toml",
        "charter.toml",
        "sources",
    }


def test_what_was_changed_in_a_laid_out_example_stays(tmp_path: Path) -> None:
    folder = find("flights").lay_out(tmp_path / "flights")
    (folder / "charter.toml").write_text("# mine\n")
    find("flights").lay_out(folder)
    assert (folder / "charter.toml").read_text() == "# mine\n"


def test_an_unknown_example_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="flights"):
        find("fligths")

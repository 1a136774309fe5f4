"""The examples a person can name on the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from troth.engine.worlds.shop.offices import AREAS, GRANTS, ROLES
from troth.intake.roles import read_roles
from troth.project import load_charter
from troth.project.examples import EXAMPLES, Example, find
from troth.terms.errors import RequestError
from troth.workspace.seating import PLAYERS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_a_project_folder_with_a_word_on_what_it_shows(example: Example, tmp_path: Path) -> None:
    folder = example.lay_out(tmp_path / "demo" / example.name)
    assert {path.name for path in folder.iterdir()} - {"journeys.toml", "roles.toml", "measures.toml"} == {
        "README.md",
        "troth.toml",
        "charter.toml",
        "sources",
    }


def test_the_shops_roles_are_those_of_its_offices(tmp_path: Path) -> None:
    shop = find("shop").lay_out(tmp_path / "shop")
    purview = read_roles(tomllib.loads((shop / "roles.toml").read_text()), shop / "roles.toml", [name for name, *_ in AREAS]).purview
    titles = {key: (title, area) for key, title, area, _ in ROLES}
    told = {(role.title, area): grant for role in purview.roles for grant in role.grants for area in grant.areas}
    assert {role.title: role.sits_in for role in purview.roles}.items() <= dict(titles.values()).items()
    for key, area, _, _, limit in GRANTS:
        if (grant := told.get((titles[key][0], area))) is not None:
            assert grant.spend_limit == limit
    assert purview.actual == (titles["CCBMX"][0], titles["CCSX"][0])


def test_the_shops_charter_names_the_role_that_breaks_ties_and_somebody_holds_it(tmp_path: Path) -> None:
    """So that whoever objects to a line reads whom it goes to."""
    charter = load_charter(find("shop").lay_out(tmp_path / "shop") / "charter.toml")
    assert [one.role for one in PLAYERS if one.seat == "tie-break"] == [charter.tie_break]


def test_what_was_changed_in_a_laid_out_example_stays(tmp_path: Path) -> None:
    folder = find("flights").lay_out(tmp_path / "flights")
    (folder / "charter.toml").write_text("# mine\n")
    find("flights").lay_out(folder)
    assert (folder / "charter.toml").read_text() == "# mine\n"


def test_an_unknown_example_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="flights"):
        find("fligths")

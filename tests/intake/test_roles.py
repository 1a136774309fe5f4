"""roles.toml: read as it stands, and refused with the key and the mend where it is not as it must be."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import ibis
import pytest

from tests.intake.projects import write
from troth.intake import Kind, check, read_folder
from troth.intake.roles import NO_ROLES, AskFile, RolesFile, read_asks, read_roles
from troth.intake.starter import COMMENTED_ROLES, STARTER_ROLES
from troth.terms.errors import MissingKeyError, SettingError, UnknownNameError, UnreadableFileError
from troth.terms.roles import Decision, Fix, Grant, Purview, Role

ROLES = """\
[[roles]]
title = "Chief brand officer"
holder = "Ana"
aspect = "brand"
leads = true
sits_in = "Marketing"

[[roles.grants]]
areas = ["Marketing", "Product"]
decide = true
spend_limit = 50_000
since = 2024-01-01
until = 2024-12-31

[[roles.decisions]]
discipline = "issue removal"
on = 2024-05-01
held = true

[[roles]]
title = "Head of IT"
grants = []

[[fixes]]
area = "Product"
cost = 80_000
hours = 120

[[structures]]
name = "both"
roles = ["Chief brand officer", "Head of IT"]

[asks]
read = "asks.csv"
area = "to"
"""
FILE = Path("roles.toml")
ASKS = "to,accepted,due\nIT,accepted,2024-02-01\nIT,,\n"


def written(tmp_path: Path, text: str) -> Path:
    folder = write(tmp_path)
    (folder / "roles.toml").write_text(text)
    return folder


def test_roles_are_read_as_they_stand(tmp_path: Path) -> None:
    folder = written(tmp_path, ROLES)
    grant = Grant(("Marketing", "Product"), True, 50_000.0, None, date(2024, 1, 1), date(2024, 12, 31))
    assert read_folder(folder).roles == RolesFile(
        Purview(
            roles=(
                Role(
                    "Chief brand officer",
                    (grant,),
                    holder="Ana",
                    aspect="brand",
                    leads=True,
                    sits_in="Marketing",
                    decisions=(Decision("issue removal", date(2024, 5, 1), held=True),),
                ),
                Role("Head of IT"),
            ),
            fixes=(Fix("Product", 80_000.0, 120.0),),
            structures={"both": ("Chief brand officer", "Head of IT")},
        ),
        AskFile("asks.csv", {"area": "to"}, str(folder / "roles.toml")),
    )


def test_without_the_file_nobody_is_on_record(tmp_path: Path) -> None:
    assert read_folder(write(tmp_path)).roles == NO_ROLES


@pytest.mark.parametrize(
    ("before", "after", "place", "mend"),
    [
        ("holder", "holdr", "roles[1].holdr", "did you mean “holder”?"),
        ("spend_limit", "spend_limt", "roles[1].grants[1].spend_limt", "did you mean “spend_limit”?"),
        ("decide = true", "decide = 1", "roles[1].grants[1].decide", "decide"),
        ("decide = true\n", "", "roles[1].grants[1]", "add decide"),
        ("50_000", "-5", "roles[1].grants[1].spend_limit", "write 0 or more"),
        ("50_000", "nan", "roles[1].grants[1].spend_limit", "spend_limit"),
        ("until = 2024-12-31", "until = 2023-12-31", "roles[1].grants[1].until", "a later day"),
        ('areas = ["Marketing", "Product"]', "areas = []", "roles[1].grants[1].areas", "name one"),
        ('"issue removal"', '"issue removel"', "roles[1].decisions[1].discipline", "did you mean “issue removal”?"),
        ('title = "Head of IT"', 'title = "Chief brand officer"', "roles[2].title", "name each once"),
        ("grants = []", "grants = 5", "roles[2].grants", "write it as [[roles.grants]]"),
        ('roles = ["Chief brand officer", "Head of IT"]', 'roles = ["Head of ITs"]', "structures[1].roles", "did you mean “Head of IT”?"),
        ('aspect = "brand"', 'aspect = "marketing"', "roles[1].aspect", "use one of"),
        ("[asks]\nread", "[asks]\nreed", "asks.reed", "did you mean “read”?"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_its_mend(before: str, after: str, place: str, mend: str) -> None:
    assert before in ROLES
    with pytest.raises(SettingError) as error:
        read_roles(tomllib.loads(ROLES.replace(before, after, 1)), FILE)
    assert error.value.place == place
    assert mend in (error.value.mend or "")


def test_a_fix_told_of_twice_and_a_grant_without_its_key_are_refused() -> None:
    with pytest.raises(SettingError, match="the best fix in “Product” is there already"):
        read_roles(tomllib.loads(ROLES + '[[fixes]]\narea = "Product"\n'), FILE)
    with pytest.raises(MissingKeyError):
        read_roles({"roles": [{"holder": "Ana"}]}, FILE)


def test_areas_are_those_of_the_charter_where_it_lists_any() -> None:
    with pytest.raises(UnknownNameError, match="“Product” is none of the areas the charter lists") as error:
        read_roles(tomllib.loads(ROLES), FILE, ["Marketing", "Products"])
    assert (error.value.place, error.value.mend) == ("roles[1].grants[1].areas", "did you mean “Products”?")


def test_a_check_tells_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    folder = written(tmp_path, ROLES.replace("holder", "holdr").replace("50_000", "-5").replace("[[fixes]]", "[[fixes]]\nhour = 4"))
    problems = [
        remark
        for remark in check(folder, ibis.duckdb.connect())
        if remark.kind is Kind.PROBLEM and remark.file == str(folder / "roles.toml")
    ]
    assert {remark.place for remark in problems} == {"roles[1].holdr", "roles[1].grants[1].spend_limit", "fixes[1].hour"}


def test_asks_are_read_by_the_columns_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "asks.csv").write_text(ASKS)
    rows = read_asks(AskFile("asks.csv", {"area": "to"}, "roles.toml"), tmp_path, timezone="UTC")
    assert rows == [
        {"area": "IT", "accepted": "accepted", "due": "2024-02-01"},
        {"area": "IT", "accepted": None, "due": None},
    ]


def test_asks_that_lack_a_column_or_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "asks.csv").write_text(ASKS)
    for columns, place in (({}, "asks.area"), ({"area": "to", "by": "from"}, "asks.by")):
        with pytest.raises(SettingError, match="has no column") as error:
            read_asks(AskFile("asks.csv", columns, "roles.toml"), tmp_path, timezone="UTC")
        assert error.value.place == place
    with pytest.raises(UnreadableFileError):
        read_asks(AskFile("none.csv", {}, "roles.toml"), tmp_path, timezone="UTC")


def test_the_commented_example_says_something_once_the_marks_are_taken_away() -> None:
    assert tomllib.loads(COMMENTED_ROLES) == {}
    said = read_roles(tomllib.loads(STARTER_ROLES), FILE, ["Marketing", "Fulfilment"])
    assert [role.title for role in said.purview.roles] == ["Chief brand officer", "Head of operations"]
    assert said.asks is not None

"""``troth demo``: an example, laid out, made where it is a made world, and run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from troth.project.examples import find


def lean(folder: Path) -> Path:
    """The shop with its orders' delivery dates alone: one promise is enough to see a study made of it."""
    find("shop").lay_out(folder)
    for source in (folder / "sources").iterdir():
        if source.name != "orders.toml":
            source.unlink()
    orders = folder / "sources" / "orders.toml"
    text = orders.read_text(encoding="utf-8")
    orders.write_text(text[: text.index("[[promises]]", text.index("[[promises]]") + 1)], encoding="utf-8")
    return folder


PLAYED = """
import contextlib, io, json, sys

def troth(*words):
    from troth.cli import main
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(list(words)) == 0, words
    return out.getvalue()

def counts():
    from django.apps import apps
    return {model.__name__: model.objects.count() for app in ("people", "timeline") for model in apps.get_app_config(app).get_models()}

def sign_in(said):
    from django.test import Client
    path = "/" + said.split("http://127.0.0.1:8000/", 1)[1].split()[0]
    browser, other = (Client(headers={"host": "127.0.0.1"}) for _ in range(2))
    codes = [browser.post(path).status_code, browser.get("/purview/").status_code, other.post(path).status_code]
    return codes, browser.get("/purview/?format=json").json()["data"]

folder = sys.argv[1]
from pathlib import Path
from troth.workspace.configuration import Configuration
from troth.workspace.serving import prepare
first = troth("demo", "shop", "--size", "1000", "--folder", folder, "--no-serve")
before = counts()
again = troth("demo", "shop", "--folder", folder, "--no-serve")
after = counts()
imported = troth("people", "import-roles", "--project", folder)
prepare(Configuration(Path(folder)))
link = troth("people", "link", "Bia Campos", "--project", folder)
codes, page = sign_in(link)
from troth.workspace.people.models import Link, Seat
held = [(one.expires_at - one.issued_at).total_seconds() for one in Link.objects.all()]
from troth.cli.making import _players
opened = io.StringIO()
with contextlib.redirect_stdout(opened):
    _players(Path(folder), "http://127.0.0.1:8000")
told = opened.getvalue()
officers = [sign_in(line)[0] for line in told.splitlines() if "once, within an hour" in line]
people = json.loads(troth("people", "list", "--project", folder, "--format", "json"))["rows"]
print(json.dumps([first, again, before, after, imported, codes, page, held, officers, people, Seat.values, told]))
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """The shop's demo twice, and its people signing in, in a process of its own: a process holds one workspace."""
    folder = lean(tmp_path_factory.mktemp("demo") / "shop")
    ran = subprocess.run([sys.executable, "-c", PLAYED, str(folder)], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return folder, json.loads(ran.stdout.splitlines()[-1])


def test_the_shop_is_made_and_studied_once(played: tuple[Path, list[Any]]) -> None:
    first, again = played[1][:2]
    assert "Made 1,0" in first
    assert "Published study 1, as of 2024-12-31" in first
    assert "Made" not in again
    assert "Nothing new: this is study 1 again" in again


def test_somebody_sits_in_every_seat_of_the_shop_and_the_demo_says_how_to_sign_in_as_each(played: tuple[Path, list[Any]]) -> None:
    from troth.workspace.seating import PLAYERS

    first, people = played[1][0], {row["name"]: row for row in played[1][9]}
    assert {one.seat for one in PLAYERS} == set(played[1][10]) - {"administrator"}
    for one in PLAYERS:
        assert one.name in first
        assert people[one.name]["roles"] == [one.role]
    assert people["Bia Campos"]["areas"] == ["Marketing", "Product"]
    assert people["Paula Prado"]["areas"] == ["Product"]
    assert people["Camila Souza"]["areas"] == ["Fulfilment"]
    assert 'troth people link "Bia Campos"' in first
    assert "troth serve" in first.split("Made 1,0")[0]


def test_the_first_lines_say_how_to_come_in(played: tuple[Path, list[Any]]) -> None:
    """Before the shop is made and studied, and the officers before everybody."""
    first, opened = played[1][0], played[1][11].splitlines()
    assert first.index("How to come in") < first.index("Made 1,0") < first.index("Published study 1")
    assert opened[0] == "How to come in, as soon as the study is there and the workspace is open at http://127.0.0.1:8000"
    assert [line.split(",")[0].strip() for line in opened[1:3]] == ["as Bia Campos", "as Sergio Lima"]
    assert 'troth people link "Bia Campos"' in opened[3]


def test_a_second_demo_adds_nobody_and_nothing(played: tuple[Path, list[Any]]) -> None:
    before, after, imported = played[1][2:5]
    assert before == after
    assert before["Person"] == 12
    assert before["Link"] == 0
    assert "New roles: none." in imported


def test_a_link_signs_in_once_and_lasts_an_hour(played: tuple[Path, list[Any]]) -> None:
    codes, held, officers = played[1][5], played[1][7], played[1][8]
    assert codes == [302, 200, 403]
    assert held == [3600]
    assert officers == [[302, 200, 403], [302, 200, 403]]


def test_the_shops_page_of_purview_has_roles_from_the_workspace_and_says_what_roles_toml_says(played: tuple[Path, list[Any]]) -> None:
    import troth

    folder, page = played[0], played[1][6]
    assert page["source"].startswith("Roles and grants are those of the workspace in force on 31 December 2024")
    project = troth.open(folder)
    assert {row["name"]: row["chasm"] for row in page["structures"]} == project.current().chasm(project.purview).shares


def test_a_size_the_shop_cannot_have_is_refused_with_those_it_can(tmp_path: Path, troth: Command) -> None:
    said = troth("demo", "shop", "--size", 10, "--folder", tmp_path / "shop", "--no-serve")
    assert said.code == 5
    assert "ask for 1,000 to 100,000,000" in said.err
    assert "Its folder is" not in said.out
    assert not (tmp_path / "shop").exists()


def test_real_data_have_the_size_they_have(tmp_path: Path, troth: Command) -> None:
    said = troth("demo", "flights", "--size", 1_000, "--folder", tmp_path / "flights", "--no-serve")
    assert said.code == 5
    assert "as large as it is" in said.err

"""``troth show purview``: structures side by side and what closes the one that leads; documents and files hold every area."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.project.test_purview import ASKS, ROLES
from troth.cli.app import main


@pytest.fixture
def project(run_shop: Path, tmp_path: Path) -> str:
    folder = shutil.copytree(run_shop, tmp_path / "shop")
    (folder / "roles.toml").write_text(ROLES)
    (folder / "asks.csv").write_text(ASKS)
    return str(folder)


def test_a_table_says_what_lies_beyond_and_what_closes_it(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "purview", "--project", project]) == 0
    said = capsys.readouterr().out
    assert "marketing-led (today)" in said
    assert "What closes it, of marketing-led:" in said
    assert "decision right" in said
    assert "0% is not the target" in said


def test_a_document_holds_structures_areas_and_asks(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "purview", "--project", project, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["document"] == "purview"
    assert [row["where"]["structure"] for row in told["rows"]] == ["marketing-led"]
    assert told["areas"][0]["where"]["structure"] == "marketing-led"
    assert told["asks"][0]["kept"] == 1
    assert told["unit"] == "failures"


def test_a_file_holds_every_area_under_every_structure(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "purview", "--project", project, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["structure"] for row in rows} == {"marketing-led"}
    assert {"area", "uncovered", "missing", "chasm_after"} <= rows[0].keys()


def test_without_roles_it_says_that_nobody_may_decide(run_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "purview", "--project", str(run_shop)]) == 0
    assert "No role is on record, so nobody may decide anything." in capsys.readouterr().out


def test_roles_that_are_wrong_are_refused_as_the_project_folder_is(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(project) / "roles.toml"
    file.write_text(file.read_text().replace("decide", "decides"))
    assert main(["show", "purview", "--project", project]) == 2
    assert "did you mean “decide”?" in capsys.readouterr().err

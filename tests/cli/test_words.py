"""`troth show themes` and `troth show expectations`: for people, and as documents and files."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import troth as library
from tests.cli.conftest import Command
from tests.projects import AS_OF, NOW, write_shop
from tests.worded import write_notes


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose customers wrote, with a study. Read only."""
    folder = write_notes(write_shop(tmp_path_factory.mktemp("words") / "shop"))
    library.open(folder).run(AS_OF, at=NOW)
    return folder


def test_themes_are_printed_with_their_keys_shares_and_the_alert(troth: Command, worded: Path) -> None:
    said = troth("show", "themes", "--project", worded)
    first = library.open(worded).current().themes[0]
    assert said.code == 0
    assert f"({first.where['theme']})" in said.out
    assert f"{first.share.value:.1%} [" in said.out
    assert "Newly said: " in said.out
    assert "One look raises a false alarm in 1.0% of cases" in said.out
    assert "says nothing of cause" in said.out


def test_statements_are_printed_with_the_key_a_decision_names(troth: Command, worded: Path) -> None:
    said = troth("show", "expectations", "--project", worded)
    (statement,) = library.open(worded).current().expectation_statements
    assert str(statement.where["statement"]) in said.out
    assert "duration: 3 days" in said.out
    assert "suggested" in said.out


def test_a_program_gets_the_same_as_documents(troth: Command, worded: Path) -> None:
    study = library.open(worded).current()
    themes = troth("show", "themes", "--project", worded, "--format", "json").document
    assert (themes["document"], themes["by"]) == ("themes", ["theme"])
    assert [row["where"]["theme"] for row in themes["rows"]] == [theme.where["theme"] for theme in study.themes]
    assert themes["rows"][0]["lifts"][0].keys() >= {"failure", "difference", "p_adjusted"}
    told = troth("show", "expectations", "--project", worded, "--format", "json").document
    assert [row["value"] for row in told["rows"]] == [3.0]


def test_files_hold_every_figure(troth: Command, worded: Path, tmp_path: Path) -> None:
    study = library.open(worded).current()
    rows = list(csv.DictReader(io.StringIO(troth("show", "themes", "--project", worded, "--format", "csv").out)))
    assert [row["theme"] for row in rows] == [theme.where["theme"] for theme in study.themes]
    assert float(rows[0]["share.low"]) == study.themes[0].share.low
    assert troth("show", "themes", "--project", worded, "--format", "parquet", "--output", tmp_path / "themes.parquet").code == 0
    assert pq.read_table(tmp_path / "themes.parquet")["weeks"].to_pylist() == [list(theme.weeks) for theme in study.themes]


@pytest.mark.parametrize("question", ["themes", "expectations"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_where_nobody_wrote_the_answer_is_empty_and_says_why(troth: Command, run_shop: Path, question: str, form: str) -> None:
    said = troth("show", question, "--project", run_shop, "--format", form)
    assert said.code == 0
    if question == "themes" and form != "csv":
        assert "No text is on record" in said.out


@pytest.mark.parametrize("question", ["themes", "expectations"])
def test_an_option_that_would_change_nothing_is_refused(troth: Command, worded: Path, question: str) -> None:
    assert troth("show", question, "--project", worded, "--by", "month").code == 5

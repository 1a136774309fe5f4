"""What the commands say to people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.projects import AS_OF
from troth.terms import errors


def test_help_lists_the_exit_codes_of_every_kind_of_error(troth: Command) -> None:
    said = " ".join(troth("--help").out.split())
    for kind in (errors.ProjectError, errors.SourceError, errors.StudyError, errors.RequestError):
        assert f"{kind.exit_code} " in said.split("Exit codes:")[1]


def test_help_needs_none_of_the_heavy_libraries() -> None:
    program = (
        "import sys; from troth.cli import main; main(['--help']); "
        "sys.exit(bool({'ibis', 'duckdb', 'numpy', 'pandas', 'pyarrow', 'scipy', 'django'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def test_a_run_that_finds_nothing_new_says_so_and_names_the_next_step(old_shop: Path, troth: Command) -> None:
    said = troth("run", old_shop, "--as-of", AS_OF)
    assert said.code == 0
    assert "Nothing new: this is study 2 again" in said.out
    assert "troth show account" in said.out
    assert said.err == ""  # no progress where nobody looks


def test_without_a_folder_the_current_one_is_meant(run_shop: Path, troth: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run_shop)
    assert "delivery" in troth("show", "account").out


def test_data_may_lie_elsewhere(shop: Path, tmp_path: Path, troth: Command) -> None:
    (tmp_path / "data").mkdir()
    (shop / "orders.csv").rename(tmp_path / "data" / "orders.csv")
    assert troth("check", shop).code == 2
    assert troth("check", shop, "--data", tmp_path / "data").code == 0


@pytest.mark.parametrize("question", ["ledger", "integrity", "account", "sources", "studies", "calibration"])
def test_every_question_has_a_table_for_people(run_shop: Path, troth: Command, question: str) -> None:
    said = troth("show", question, "--project", run_shop)
    assert said.code == 0
    assert len(said.out.splitlines()) > 2


def test_unknown_is_a_value_and_not_a_gap(run_shop: Path, troth: Command) -> None:
    assert "unknown" in troth("show", "integrity", "--project", run_shop, "--by", "campaign").out


def test_an_earlier_study_can_be_asked(run_shop: Path, troth: Command) -> None:
    assert "study 1, as of 2024-05-31" in troth("show", "integrity", "--project", run_shop, "--study", "1").out


def test_a_comparison_says_what_changed(run_shop: Path, troth: Command) -> None:
    said = troth("compare", "1", "2", "--project", run_shop).out
    assert "made since" in said
    assert "received since" in said
    assert "delivery" in said
    assert "equal to the byte" in troth("compare", "2", "current", "--project", run_shop).out

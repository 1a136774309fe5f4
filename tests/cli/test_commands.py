"""What the commands say to people."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize("question", ["ledger", "integrity", "account", "sources", "set-aside", "studies", "calibration"])
def test_every_question_has_a_table_for_people(run_shop: Path, troth: Command, question: str) -> None:
    said = troth("show", question, "--project", run_shop)
    assert said.code == 0
    assert len(said.out.splitlines()) > 2


def test_the_account_shows_the_interval_of_every_part_and_how_to_read_it(run_shop: Path, troth: Command) -> None:
    said = troth("show", "account", "--project", run_shop).out
    head, row = said.splitlines()[1:3]
    interval = r"-?[\d,]+(?: \.\. -?[\d,]+)? \[-?[\d,]+, -?[\d,]+\]"
    assert len(re.findall(interval, row)) == 4, said
    assert re.search(r"-?\d\.\d\d \[-?\d\.\d\d, -?\d\.\d\d\]$", row)
    assert head.split()[-1] == "skill"
    assert "95% interval" in said


def test_where_there_is_no_interval_the_account_says_why(run_shop: Path, troth: Command) -> None:
    said = troth("show", "account", "--project", run_shop, "--by", "month").out
    assert re.search(r"No interval for the parts of \d of \d slices: fewer than 10 clusters", said)


def test_a_comparison_shows_what_was_not_decomposed_the_sum_and_the_intervals(run_shop: Path, troth: Command) -> None:
    said = troth("compare", "1", "2", "--project", run_shop).out.split("Break account")[1]
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert {"allowance", "expectation-setting", "standard", "delivery", "undecomposed", "broken"} <= set(rows)
    assert "[" in rows["delivery"]


def test_the_ledger_shows_local_time_with_its_offset_and_no_more_figures_than_count(run_shop: Path, troth: Command) -> None:
    """Made at nine in New York in winter, and told to the minute; shortfalls to four figures. The files are exact."""
    said = troth("show", "ledger", "--project", run_shop, "--limit", "3").out
    assert "2024-01-01 16:18-05:00" in said
    assert "Times in America/New_York" in said
    shortfalls = [
        row["shortfall"] for row in troth("show", "ledger", "--project", run_shop, "--limit", "3", "--format", "json").document["rows"]
    ]
    assert all(f"{value:.4g}" in said for value in shortfalls)
    assert not any(str(value) in said for value in shortfalls if len(str(value)) > 8)


def test_a_rate_of_a_handful_is_too_few_and_of_nobody_no_data_and_the_table_says_why(run_shop: Path, troth: Command) -> None:
    said = troth("show", "integrity", "--project", run_shop, "--by", "month,lane,campaign").out
    rows = [line.split() for line in said.splitlines()[2:] if line.startswith("2024")]
    assert any(" ".join(row).count("too few") == 6 for row in rows)
    assert any(row[3] == "0" and " ".join(row).count("no data") == 6 for row in rows)
    assert " - " not in said
    assert "too few: fewer than 10 customers" in said


def test_sources_say_how_fresh_they_are_in_local_time(run_shop: Path, troth: Command) -> None:
    said = troth("show", "sources", "--project", run_shop).out
    assert re.search(r"2024-06-(29|30) \d\d:\d\d-04:00", said)
    (row,) = troth("show", "sources", "--project", run_shop, "--format", "json").document["rows"]
    assert re.fullmatch(r"2024-06-(29|30)T\d\d:\d\d:\d\d(\.\d+)?-04:00", row["freshest"])


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


def test_a_part_that_could_not_be_decomposed_is_unknown_beside_one_that_could(shop: Path, troth: Command) -> None:
    mapping = shop / "sources" / "orders.toml"
    assert troth("run", shop, "--as-of", AS_OF).code == 0
    mapping.write_text(mapping.read_text().replace('received_at = "delivered_at"\n', ""))
    (shop / "orders.csv").write_text((shop / "orders.csv").read_text() + "\n")
    assert troth("run", shop, "--as-of", AS_OF).code == 0
    said = troth("compare", "1", "2", "--project", shop).out
    assert re.search(r"delivery .*\d+ .* unknown +no data", said.split("Break account")[1])
    assert "data or mapping changed" in said
    assert "charter" not in said
    assert re.search(r"data of source “orders” +orders.csv, [\d,]+ bytes, [0-9a-f]{12} +orders.csv", said)

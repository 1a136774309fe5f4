"""What the commands say to people."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cli.conftest import Command
from tests.contracts.source_tree import ROOT
from tests.projects import AS_OF
from troth.cli import terminal
from troth.engine.findings import PartFigure
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


def plainly_installed() -> set[str]:
    """Names of all distributions that a plain install brings: what pyproject.toml asks for, and what that asks for."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    waiting = [Requirement(line) for line in asked]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in (*wanted.extras, ""):
            key = (canonicalize_name(wanted.name), extra)
            if key in seen:
                continue
            seen.add(key)
            try:
                needs = [Requirement(line) for line in metadata.requires(wanted.name) or ()]
            except metadata.PackageNotFoundError:  # of another system or version of Python
                continue
            waiting += [one for one in needs if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {name for name, _ in seen}


def test_nothing_needs_more_than_a_plain_install_brings(tmp_path: Path) -> None:
    """What only extras and developers have, such as pandas, is refused: a study is made and read all the same."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "orders.csv").write_text("order,made,due,came\n1,2024-03-01,2024-03-05,2024-03-04\n2,2024-03-01,2024-03-05,2024-03-09\n")
    (tmp_path / "troth.toml").write_text('name = "Tiny"\n')
    (tmp_path / "sources" / "orders.toml").write_text(
        'read = "orders.csv"\nid = \'"order"\'\n[[promises]]\nname = "delivery date"\ntype = "deadline"\nsubject = \'"order"\'\n'
        'made_at = "made"\ndue = "due"\nreceived_at = "came"\n'
    )
    plain = {*plainly_installed(), "troth"}
    modules = metadata.packages_distributions()
    others = sorted(module for module, of in modules.items() if not {canonicalize_name(name) for name in of} & plain)
    assert {"pandas", "pytest", "psycopg"} <= set(others)
    program = f"""
import sys

class OnlyWhatIsBrought:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {others!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, OnlyWhatIsBrought())
from troth.cli import main
folder = {str(tmp_path)!r}
asked = [["show", question, "--project", folder] for question in ("integrity", "account", "ledger", "sources", "issues")]
sys.exit(any(main(words) for words in [["run", folder, "--as-of", "2024-06-01"], *asked]))
"""
    said = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr


def test_a_run_that_finds_nothing_new_says_so_and_names_the_next_step(old_shop: Path, troth: Command) -> None:
    said = troth("run", old_shop, "--as-of", AS_OF)
    assert said.code == 0
    assert "Nothing new: this is study 2 again" in said.out
    assert "troth show account" in said.out
    assert said.err == ""  # no progress where nobody looks


def test_without_a_folder_the_current_one_is_meant(run_shop: Path, troth: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run_shop)
    assert "delivery" in troth("show", "account").out


def test_failure_demand_and_hours_stand_before_the_issues_and_in_their_document(run_shop: Path, troth: Command) -> None:
    said = " ".join(troth("show", "issues", "--project", run_shop).out.split())
    assert "failure demand" in said.lower()
    assert "Hours all failures took: of customers unknown, of staff unknown." in said
    document = troth("show", "issues", "--project", run_shop, "--format", "json").document
    assert document["failure_demand"].keys() >= {"contacts", "failure", "share", "cost", "after"}
    assert {"lost_sales", "silent", "let_down", "hours", "customer_hours"} <= document["rows"][0].keys()


def test_data_may_lie_elsewhere(shop: Path, tmp_path: Path, troth: Command) -> None:
    (tmp_path / "data").mkdir()
    (shop / "orders.csv").rename(tmp_path / "data" / "orders.csv")
    assert troth("check", shop).code == 2
    assert troth("check", shop, "--data", tmp_path / "data").code == 0


@pytest.mark.parametrize(
    "question", ["ledger", "integrity", "account", "sources", "set-aside", "studies", "calibration", "bunching", "basket"]
)
def test_every_question_has_a_table_for_people(run_shop: Path, troth: Command, question: str) -> None:
    said = troth("show", question, "--project", run_shop)
    assert said.code == 0
    assert len(said.out.splitlines()) > 2


@pytest.mark.parametrize("question", ["campaigns", "ranges"])
def test_a_check_with_nothing_to_look_at_says_so(run_shop: Path, troth: Command, question: str) -> None:
    said = troth("show", question, "--project", run_shop).out
    assert "No rows." in said
    assert re.search(r"No (?:due )?promise here is", said)
    assert "As of 2024-06-30" in said


def test_the_checks_show_what_the_study_finds(run_shop: Path, troth: Command) -> None:
    (found,) = troth("show", "bunching", "--project", run_shop, "--format", "json").document["rows"]
    said = troth("show", "bunching", "--project", run_shop).out
    assert f"{found['observed']:,}" in said
    assert re.search(r"[+-]\d+ \[[+-]\d+, [+-]\d+\]", said)
    rows = troth("show", "basket", "--project", run_shop, "--by", "month,lane", "--base", "2024-03-10", "--format", "json").document["rows"]
    assert {row["base"] for row in rows} == {"2024-03-01"}
    shown = troth("show", "basket", "--project", run_shop, "--by", "month,lane", "--base", "2024-03-10").out
    assert all(f"{100 * row['K']['value']:.1f}% [" in shown for row in rows)
    assert "2024-03-01, by lane" in shown


def test_the_account_shows_the_interval_of_every_part_and_how_to_read_it(run_shop: Path, troth: Command) -> None:
    said = troth("show", "account", "--project", run_shop).out
    head, row = said.splitlines()[1:3]
    interval = r"-?[\d,]+(?: \.\. -?[\d,]+)? \[-?[\d,]+, -?[\d,]+\]"
    assert len(re.findall(interval, row)) == 4, said
    assert re.search(r"-?\d\.\d\d \[-?\d\.\d\d, -?\d\.\d\d\]$", row)
    assert head.split()[-1] == "skill"
    assert "95% interval" in said


def test_the_table_says_whose_vote_counts(run_shop: Path, troth: Command) -> None:
    (row,) = troth("show", "integrity", "--project", run_shop, "--format", "json").document["rows"]
    said = ""
    for weighting, figures in {"promise": row, "customer": row["by_customer"]}.items():
        said = troth("show", "integrity", "--project", run_shop, "--weighting", weighting).out
        assert all(f"{100 * figures[letter]['value']:.1f}%" in said for letter in "KI")
        assert f"{figures['B']['value']:.2f}" in said
    assert row["K"]["value"] != row["by_customer"]["K"]["value"]
    assert "per customer: every customer counts the same" in said
    valued = troth("show", "integrity", "--project", run_shop, "--weighting", "value").out
    assert valued.splitlines()[2].count("no data") == 4
    assert "no data: no promise has a value on record." in valued


def test_a_month_reads_as_a_month(run_shop: Path, troth: Command) -> None:
    for by in ("month", "made_month"):
        said = troth("show", "integrity", "--project", run_shop, "--by", by).out
        assert re.search(r"(?m)^ *2024-03 ", said)
        assert "2024-03-01" not in said


def test_the_account_says_why_rows_were_not_decomposed_and_how_many(run_shop: Path, troth: Command) -> None:
    (row,) = troth("show", "account", "--project", run_shop, "--format", "json").document["rows"]
    said = troth("show", "account", "--project", run_shop).out
    assert row["undecomposed"]
    for reason, (due, broken) in row["undecomposed"].items():
        assert f"Not decomposed: {due:,} due promises, {broken:,} of them broken: {reason}." in said


def test_a_bracket_shows_the_blind_reading_first_and_says_so(run_shop: Path, troth: Command) -> None:
    assert terminal.part(PartFigure(30.2, 21.0, 40.0, aware=12.4)) == "30 .. 12 [21, 40]"
    assert terminal.part(PartFigure(-4.0, aware=12.4)) == "-4 .. 12"
    (row,) = troth("show", "account", "--project", run_shop, "--format", "json").document["rows"]
    said = troth("show", "account", "--project", run_shop).out
    ends = [(round(row[name]["value"]), round(row[name]["aware"])) for name in ("expectation", "standard", "delivery")]
    apart = [(blind, aware) for blind, aware in ends if blind != aware]
    assert apart
    assert all(f"{blind:,} .. {aware:,} [" in said for blind, aware in apart)
    assert "a .. b: the blind reading first, then the promise-aware one." in said


def test_skill_beside_due_promises_that_cannot_be_had_says_why(run_shop: Path, troth: Command) -> None:
    said = troth("show", "account", "--project", run_shop, "--by", "month").out
    january = next(line for line in said.splitlines() if line.startswith("2024-01 "))
    assert january.endswith("no data")
    assert (
        "skill no data: it is read as-of, and of these promises none was received and has a capability on record from before it was made."
        in said
    )


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
    assert all(terminal.lateness(value, "days") in said for value in shortfalls)
    assert not any(str(value) in said for value in shortfalls if len(str(value)) > 8)


@pytest.mark.parametrize(
    ("shortfall", "unit", "said"),
    [
        (1e-11, "days", "under 1 s"),
        (-1e-11, "days", "under 1 s"),
        (-1 / 86400, "days", "-1 s"),
        (59.9999 / 86400, "days", "1 min"),
        (-1.5 / 24, "days", "-1.5 h"),
        (2.0, "days", "2 days"),
        (0.0, "days", "0 min"),
        (-12.5, "EUR", "-12.5 EUR"),
    ],
)
def test_a_shortfall_is_told_in_a_unit_that_people_read(shortfall: float, unit: str, said: str) -> None:
    assert terminal.lateness(shortfall, unit) == said


def test_what_a_row_set_aside_lacks_is_empty_as_the_check_says(shop: Path, troth: Command) -> None:
    """The check says so of the same row; nothing is unknown about a cell without a text."""
    assert troth("run", shop, "--as-of", AS_OF).code == 0
    printed = troth("show", "set-aside", "--project", shop, "--limit", "0").out.splitlines()
    rows = [line for line in printed if line.rstrip().endswith("no promise")]
    assert rows
    assert all(line.split()[-3] == "empty" for line in rows)
    assert ": empty" in troth("check", shop).out


def test_a_rate_of_a_handful_is_too_few_and_of_nobody_no_data_and_the_table_says_why(run_shop: Path, troth: Command) -> None:
    said = troth("show", "integrity", "--project", run_shop, "--by", "month,lane,campaign").out
    rows = [line.split() for line in said.splitlines()[2:] if line.startswith("2024")]
    assert any(" ".join(row).count("too few") == 6 for row in rows)
    assert " - " not in said
    assert "too few: fewer than 10 customers" in said
    nothing_due = troth("show", "integrity", "--project", run_shop, "--by", "lane", "--since", "2024-07-01").out
    assert all(line.split()[1] == "0" and line.count("no data") == 6 for line in nothing_due.splitlines()[2:4])


def test_months_still_to_come_are_left_out_of_the_table_and_counted(run_shop: Path, troth: Command) -> None:
    rows = troth("show", "integrity", "--project", run_shop, "--by", "month", "--format", "json").document["rows"]
    assert [row["where"]["month"] for row in rows if row["where"]["month"] > "2024-06-30"] == ["2024-07-01"]
    pending = rows[-1]["pending"]
    said = troth("show", "integrity", "--project", run_shop, "--by", "month").out
    assert "2024-07" not in said
    assert f"Left out: 1 in periods still to come, with {pending} promises pending" in said


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

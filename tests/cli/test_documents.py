"""``--format json`` prints documents that programs can rely on: these keys, under these names, for as long as the format number stands."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Command
from tests.projects import AS_OF

FIGURE = {"value", "low", "high", "n", "clusters", "method"}
PART = {"value", "low", "high", "aware"}
IDENTITY = {"number", "digest", "as_of", "timezone"}

ROWS = {
    "integrity": {
        *("where", "due", "kept", "exceeded", "broken", "pending", "void", "ineligible", "customers", "customers_kept"),
        *("K", "F", "I", "B", "U", "K_low", "K_standard", "by_customer", "by_value", "slip", "coverage", "evidence"),
        *("broken_warned", "broken_in_silence", "promises_per_customer", "breaks_per_100_customer_months", "anonymous"),
    },
    "account": {"where", "due", "broken", "allowance", "expectation", "standard", "delivery", "undecomposed", "skill", "interval"},
    "sources": {"source", "mapping", "files", "read", "used", "set_aside", "freshest"},
    "campaigns": {"where", "quantifier", "declared", "got", "share", "kept"},
    "bunching": {"where", "name", "unit", "width", "observed", "expected", "excess", "bunched"},
    "ranges": {"where", "name", "unit", "unanswered", "width", "hits", "score"},
    "basket": {"where", "base", "due", "K", "plain", "covered", "outside"},
    "calibration": {
        *("name", "mode", "n", "predicted", "observed", "limit", "pit_distance", "slope", "coverage_of_capability", "passed", "banner"),
    },
}
"""The fields of a row of each document. Adding one is fine; losing one breaks somebody's program."""


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_document_of_findings_keeps_its_keys(run_shop: Path, troth: Command, name: str) -> None:
    document = troth("show", name, "--project", run_shop, "--format", "json").document
    assert {"document", "format", "study", "by", "notes", "rows"} <= set(document)
    assert (document["document"], document["format"]) == (name, 1)
    assert set(document["study"]) >= IDENTITY
    assert document["study"]["as_of"] == "2024-06-30T23:59:59.999999-04:00"
    assert document["rows"] or name in {"campaigns", "ranges"}  # the shop promises neither
    for row in document["rows"]:
        assert set(row) >= ROWS[name]


def test_a_figure_carries_its_interval_and_its_n(run_shop: Path, troth: Command) -> None:
    (row,) = troth("show", "integrity", "--project", run_shop, "--format", "json").document["rows"]
    for name in ("K", "F", "I", "coverage"):
        assert set(row[name]) >= FIGURE
    assert row["K"]["low"] <= row["K"]["value"] <= row["K"]["high"]
    (account,) = troth("show", "account", "--project", run_shop, "--format", "json").document["rows"]
    assert set(account["delivery"]) >= PART
    assert account["delivery"]["low"] < account["delivery"]["value"] < account["delivery"]["high"]
    assert set(account["skill"]) >= FIGURE
    assert account["skill"]["low"] < account["skill"]["value"] < account["skill"]["high"]


def test_each_weighting_stands_in_the_document_and_in_the_file(run_shop: Path, troth: Command) -> None:
    words = ("show", "integrity", "--project", run_shop, "--by", "lane", "--format")
    rows = list(csv.DictReader(io.StringIO(troth(*words, "csv").out)))
    for row, told in zip(rows, troth(*words, "json").document["rows"], strict=True):
        assert set(told["by_customer"]) == set(told["by_value"]) == {"K", "I", "B", "U"}
        for letter, figure in told["by_customer"].items():
            assert figure["low"] <= figure["value"] <= figure["high"]
            assert float(row[f"by_customer.{letter}"]) == figure["value"]
            assert float(row[f"by_customer.{letter}.low"]) == figure["low"]
        assert told["by_value"]["K"]["method"] == "no promise has a value on record"


def test_slices_name_themselves(run_shop: Path, troth: Command) -> None:
    document = troth("show", "integrity", "--project", run_shop, "--by", "lane,campaign", "--format", "json").document
    assert document["by"] == ["lane", "campaign"]
    assert {(row["where"]["lane"], row["where"]["campaign"]) for row in document["rows"]} >= {("north", "spring"), ("south", None)}


def test_where_and_period_narrow_the_question(run_shop: Path, troth: Command) -> None:
    def due(*words: str) -> int:
        (row,) = troth("show", "integrity", "--project", run_shop, "--format", "json", *words).document["rows"]
        return int(row["due"])

    everything = due()
    assert due("--where", "lane=north") + due("--where", "lane=south") == everything
    assert due("--where", "campaign=") + due("--where", "campaign=spring") == everything
    assert due("--until", "2024-03-31") + due("--since", "2024-04-01") == everything
    assert 0 < due("--since", "2024-04-01", "--where", "lane=south") < everything


def test_the_ledger_says_how_many_rows_there_are(run_shop: Path, troth: Command) -> None:
    document = troth("show", "ledger", "--project", run_shop, "--format", "json", "--limit", "3").document
    assert {"document", "format", "study", "total", "rows"} <= set(document)
    assert (len(document["rows"]), document["total"]) == (3, 537)
    assert {"row", "name", "made_at", "due_at", "verdict", "shortfall", "lane", "campaign"} <= set(document["rows"][0])


def test_rows_set_aside_say_how_many_there_are(run_shop: Path, troth: Command) -> None:
    document = troth("show", "set-aside", "--project", run_shop, "--format", "json", "--limit", "3").document
    assert (document["document"], document["format"], len(document["rows"]), document["total"]) == ("set-aside", 1, 3, 61)
    assert set(document["rows"][0]) >= {"source", "mapping", "file", "line", "row", "column", "value", "reason"}
    skipped = troth("show", "set-aside", "--project", run_shop, "--where", "reason=clock skipped", "--format", "json").document
    assert [row["reason"] for row in skipped["rows"]] == ["clock skipped"]
    rows = list(csv.DictReader(io.StringIO(troth("show", "set-aside", "--project", run_shop, "--format", "csv").out)))
    assert len(rows) == 61


def test_the_whole_ledger_comes_as_csv_and_parquet(run_shop: Path, troth: Command, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(troth("show", "ledger", "--project", run_shop, "--format", "csv").out)))
    assert troth("show", "ledger", "--project", run_shop, "--format", "parquet", "--output", tmp_path / "ledger.parquet").code == 0
    table = pq.read_table(tmp_path / "ledger.parquet")
    assert len(rows) == table.num_rows == 537
    assert list(rows[0]) == table.column_names
    assert [path.name for path in tmp_path.glob("*ledger*")] == ["ledger.parquet"]


def test_findings_come_as_csv_with_one_column_per_number(run_shop: Path, troth: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(troth("show", "integrity", "--project", run_shop, "--by", "lane", "--format", "csv").out)))
    assert [row["lane"] for row in rows] == ["north", "south"]
    assert {"K", "K.low", "K.high", "K.n", "due", "broken"} <= set(rows[0])


def test_an_account_whose_rows_could_not_all_be_decomposed_comes_as_csv(run_shop: Path, troth: Command) -> None:
    """Each reason has a column of due promises and one of the broken ones among them."""
    words = ("show", "account", "--project", run_shop, "--by", "lane", "--format")
    rows = list(csv.DictReader(io.StringIO(troth(*words, "csv").out)))
    for row, told in zip(rows, troth(*words, "json").document["rows"], strict=True):
        assert told["undecomposed"]
        for reason, (count, broken) in told["undecomposed"].items():
            assert (row[f"undecomposed.{reason}.due"], row[f"undecomposed.{reason}.broken"]) == (str(count), str(broken))
        assert float(row["delivery"]) == told["delivery"]["value"]
        assert float(row["skill.low"]) == told["skill"]["low"]


def test_studies_are_listed_oldest_first(run_shop: Path, troth: Command) -> None:
    document = troth("studies", run_shop, "--format", "json").document
    assert document["document"] == "studies"
    assert [(row["number"], row["current"]) for row in document["rows"]] == [(1, False), (2, True)]
    assert set(document["rows"][0]) >= IDENTITY | {"published_at", "folder"}
    assert troth("show", "studies", "--project", run_shop, "--format", "json").document == document


def test_a_comparison_keeps_its_keys(run_shop: Path, troth: Command) -> None:
    document = troth("compare", "1", "2", "--project", run_shop, "--by", "lane", "--format", "json").document
    assert (document["document"], document["format"]) == ("compare", 1)
    assert (document["before"]["number"], document["after"]["number"], document["identical"]) == (1, 2, False)
    assert set(document["rows"][0]) >= {"name", "before", "after", "added", "removed", "superseded"}
    assert set(document["verdicts"][0]) >= {"name", "before", "after", "reason", "promises"}
    assert set(document["integrity"][0]) >= {"where", "measure", "before", "after", "change"}
    assert set(document["account"][0]) >= {"where", "part", "before", "after", "change"}
    assert set(document["account"][0]["before"]) >= PART
    assert document["made_from"][0] == {
        "what": "as of",
        "before": "2024-05-31T23:59:59.999999-04:00",
        "after": "2024-06-30T23:59:59.999999-04:00",
        "before_files": [],
        "after_files": [],
    }


def test_a_comparison_holds_the_files_that_differ_whole(shop: Path, troth: Command) -> None:
    assert troth("run", shop, "--as-of", AS_OF).code == 0
    (shop / "orders.csv").write_text((shop / "orders.csv").read_text().replace("o00001,", "o1,"))
    assert troth("run", shop, "--as-of", AS_OF).code == 0
    (told,) = troth("compare", "1", "2", "--project", shop, "--format", "json").document["made_from"]
    for side in ("before", "after"):
        (file,) = told[f"{side}_files"]
        assert set(file) == {"file", "size", "digest"}
        assert told[side].startswith(f"{file['file']}, {file['size']:,} bytes, {file['digest'][:12]}")


def test_a_run_says_what_it_published_and_whether_it_is_new(old_shop: Path, troth: Command) -> None:
    again = troth("run", old_shop, "--as-of", AS_OF, "--format", "json").document
    first = troth("run", old_shop, "--as-of", "2024-07-31", "--format", "json").document
    assert set(first) >= {"document", "format", "study", "new", "folder"}
    assert (again["new"], again["study"]["number"], again["damaged"]) == (False, 2, [])
    assert (first["new"], first["study"]["number"]) == (True, 3)


def test_a_check_says_whether_a_study_can_be_made(shop: Path, troth: Command) -> None:
    sound = troth("check", shop, "--format", "json")
    assert (sound.code, sound.document["document"], sound.document["sound"]) == (0, "check", True)
    assert set(sound.document["rows"][0]) >= {"kind", "text", "file", "place", "mend"}
    aside = [example for row in sound.document["rows"] for example in row["examples"]]
    assert set(aside[0]) >= {"reason", "file", "line", "row", "column", "value"}
    assert {example["reason"] for example in aside} >= {"clock skipped"}
    (shop / "orders.csv").unlink()
    unsound = troth("check", shop, "--format", "json")
    assert (unsound.code, unsound.document["sound"]) == (2, False)
    assert unsound.document["rows"][0]["kind"] == "problem"

"""``troth show charter``: what is agreed, what is missing, what can be delivered, and what two versions say otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.projects import CHARTER

LOOSER = CHARTER.replace("6 days", "9 days").replace("0.9", "0.85")


def test_the_lines_in_force_are_told_with_the_version_and_the_unit_of_the_promise(run_shop: Path, troth: Command) -> None:
    document = troth("show", "charter", "--project", run_shop, "--format", "json").document
    assert (document["document"], document["of"], document["version"], document["effective_from"]) == ("charter", "lines", "1", None)
    (line,) = document["rows"]
    assert (line["where"], line["standard"], line["unit"], line["direction"]) == ({"promise": "delivery date"}, 5.0, "days", "min")
    said = troth("show", "charter", "--project", run_shop)
    assert said.code == 0
    assert "5 days" in said.out
    assert "Version 1 is in force." in said.out


def test_a_cell_is_told_its_most_specific_line_or_that_it_is_missing(run_shop: Path, troth: Command) -> None:
    asked = ("show", "charter", "--project", run_shop)
    assert "most specific line" in troth(*asked, "--where", "promise=delivery date", "--where", "segment=loyal").out
    assert "it is missing" in troth(*asked, "--where", "promise=refund").out
    refused = troth(*asked, "--where", "promis=refund")
    assert refused.code == 5
    assert "promise" in refused.err


def test_what_nobody_agreed_and_what_can_be_delivered(run_shop: Path, troth: Command) -> None:
    missing = troth("show", "charter", "--of", "missing", "--project", run_shop)
    assert "The charter speaks of 1 of 1 combinations on record" in missing.out
    (lights,) = troth("show", "charter", "--of", "feasibility", "--project", run_shop, "--format", "json").document["rows"]
    assert [lights[name]["colour"] for name in ("what", "when", "how", "cost")] == ["green", "red", "red", "unknown"]
    assert lights["when"]["figure"]["n"] > 30


def test_every_format_gives_the_table_asked_for(run_shop: Path, troth: Command, tmp_path: Path) -> None:
    out = tmp_path / "lines.csv"
    assert troth("show", "charter", "--project", run_shop, "--format", "csv", "--output", out).code == 0
    assert "keep_target" in out.read_text()


def test_two_versions_are_compared_in_sentences(run_shop: Path, troth: Command, tmp_path: Path) -> None:
    other = tmp_path / "looser.toml"
    other.write_text(LOOSER)
    said = troth("show", "charter", "--before", "1", "--after", other, "--project", run_shop)
    assert said.code == 0
    assert "keep target of delivery date: 90% → 85%" in said.out
    document = troth("show", "charter", "--before", "1", "--after", other, "--project", run_shop, "--format", "json").document
    assert [row["key"] for row in document["rows"]] == ["standard", "keep_target"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--before", "1"), "only one is named"),
        (("--before", "1", "--after", "7"), "no version “7”"),
        (("--before", "1", "--after", "1", "--of", "missing"), "without --of"),
        (("--of", "moves"), "no table “moves”"),
        (("--of", "missing", "--where", "promise=x"), "missing takes no --where"),
        (("--by", "lane"), "charter takes no --by"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_mend(run_shop: Path, troth: Command, words: tuple[str, ...], says: str) -> None:
    said = troth("show", "charter", *words, "--project", run_shop)
    assert said.code == 5
    assert says in said.err


def test_journeys_have_no_table_of_the_charter(run_shop: Path, troth: Command) -> None:
    assert "no table “lines”" in troth("show", "journeys", "--of", "lines", "--project", run_shop).err

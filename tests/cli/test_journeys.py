"""``troth show journeys``: one table at a time, for people and for programs."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import troth as package
from tests.cli.conftest import Command
from tests.projects import NOW, write_walks

TABLES = ("moves", "steps", "variants", "drop-off", "conformance", "departures", "deviations", "scenarios", "cordon", "touchpoints")


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose steps are on record, with one study."""
    folder = write_walks(tmp_path_factory.mktemp("walks") / "shop")
    package.open(folder).run("2024-06-30", at=NOW)
    return folder


@pytest.mark.parametrize("of", TABLES)
def test_every_table_can_be_read_and_taken_along(walks: Path, tmp_path: Path, troth: Command, of: str) -> None:
    said = troth("show", "journeys", "--of", of, "--project", walks)
    assert said.code == 0
    assert f"Journeys, {of}" in said.out
    assert "80 journeys of 40 people" in said.out
    document = troth("show", "journeys", "--of", of, "--project", walks, "--format", "json").document
    assert (document["document"], document["of"], document["journeys"]) == ("journeys", of, 80)
    assert document["read"] == document["used"] + sum(document["set_aside"].values())
    rows = list(csv.DictReader(troth("show", "journeys", "--of", of, "--project", walks, "--format", "csv").out.splitlines()))
    assert len(rows) == len(document["rows"]) > 0
    file = tmp_path / "table.parquet"
    assert troth("show", "journeys", "--of", of, "--project", walks, "--format", "parquet", "--output", file).code == 0
    assert pq.read_table(file).num_rows == len(rows)


def test_moves_are_shown_where_no_table_is_named(walks: Path, troth: Command) -> None:
    rows = troth("show", "journeys", "--project", walks, "--format", "json").document["rows"]
    assert [(row["source"], row["target"], row["moves"]) for row in rows] == [
        ("visit", "order", 44),
        ("order", "delivery", 30),
        ("contact", "delivery", 12),
        ("order", "contact", 12),
    ]
    said = troth("show", "journeys", "--project", walks).out
    assert "1 day" in said
    assert "1 days" not in said
    assert "yes" in said


def test_the_rates_of_a_scenarios_steps_have_columns_of_their_own(walks: Path, troth: Command) -> None:
    (row,) = csv.DictReader(troth("show", "journeys", "--of", "scenarios", "--project", walks, "--format", "csv").out.splitlines())
    assert float(row["steps.order"]) == 1.0
    assert float(row["steps.delivery.low"]) < float(row["steps.delivery"]) < 1
    assert int(row["failed.show-stopper"]) == 12


def test_without_interactions_the_answer_says_what_fills_it(run_shop: Path, troth: Command) -> None:
    said = troth("show", "journeys", "--project", run_shop)
    assert said.code == 0
    assert "No rows." in said.out
    assert "[[interactions]]" in said.out
    assert troth("show", "journeys", "--project", run_shop, "--format", "json").document["rows"] == []
    assert troth("show", "journeys", "--project", run_shop, "--format", "csv").code == 0


def test_without_a_map_or_scenarios_a_note_says_what_brings_them(tmp_path: Path, troth: Command) -> None:
    folder = write_walks(tmp_path / "shop", wall=None)
    package.open(folder).run("2024-06-30", at=NOW)
    assert "[[steps]] in journeys.toml" in troth("show", "journeys", "--of", "conformance", "--project", folder).out
    assert "[[scenarios]] in journeys.toml" in troth("show", "journeys", "--of", "scenarios", "--project", folder).out


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("issues", "--of", "moves"), 5, "issues takes no --of"),
        (("journeys", "--of", "mooves"), 2, "--of"),
        (("journeys", "--by", "month"), 5, "journeys takes no --by"),
        (("journeys", "--limit", "3"), 5, "journeys takes no --limit"),
    ],
)
def test_what_would_change_nothing_is_refused(run_shop: Path, troth: Command, words: tuple[str, ...], code: int, what: str) -> None:
    said = troth("show", *words, "--project", run_shop)
    assert said.code == code
    assert what in said.err

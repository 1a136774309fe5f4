"""The gap of every line, against a count of the ledger's rows by the plain rule of which line holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import troth
from tests.projects import CHARTER
from troth.intake.folder import read_folder
from troth.project.agreement import publish_charter
from troth.terms.errors import SettingError

DRAFT = troth.Charter(
    lines=(
        troth.Line(promise="delivery date", standard=6.0),
        troth.Line(promise="delivery date", segment="nobody"),
        troth.Line(standard=1.0),
        troth.Line(promise="refund"),
    )
)


def test_every_promise_counts_with_the_most_specific_line_that_names_it(run_shop: Path) -> None:
    study = troth.open(run_shop).current()
    counted: Counter[tuple[int, str]] = Counter()
    for row in study.ledger.filter(study.ledger.in_cohort & study.ledger.eligible).to_pyarrow().to_pylist():
        cell = {"promise": row["name"], "segment": row["segment"], "stage": row["stage"], "persona": row["persona"], "tier": row["tier"]}
        line = DRAFT.match(cell)
        assert line is not None
        counted[DRAFT.lines.index(line), "broken" if row["verdict"] == "BROKEN" else "kept"] += 1
    gaps = study.line_gaps(DRAFT)
    assert [gap.where for gap in gaps] == [line.keys for line in DRAFT.lines]
    told = {
        (position, word): many
        for position, gap in enumerate(gaps)
        if gap.kept is not None
        for word, many in (("broken", gap.kept.broken), ("kept", gap.kept.kept + gap.kept.exceeded))
        if many
    }
    assert told == counted
    assert gaps[1].kept is None
    assert gaps[3].parts is None


def test_the_parts_of_a_line_add_up_to_its_broken_promises_and_are_those_of_the_study(run_shop: Path) -> None:
    study = troth.open(run_shop).current()
    whole, (gap,) = study.account()[0], study.line_gaps()
    assert gap.parts is not None
    assert gap.kept is not None
    parts = (gap.parts.allowance, gap.parts.expectation, gap.parts.standard, gap.parts.delivery)
    missing = sum(broken for _, broken in gap.parts.undecomposed.values())
    assert sum(part.value for part in parts) + missing == pytest.approx(gap.kept.broken)
    assert gap.parts.expectation == whole.expectation


# What is written into a project


SIGNED = CHARTER.replace('aspect = "brand"\n\n[[areas]]', 'aspect = "brand"\nsigned = true\n\n[[areas]]', 1)


def charter(tmp_path: Path, text: str) -> troth.Charter:
    (tmp_path / "given.toml").write_text(text)
    return troth.load_charter(tmp_path / "given.toml")


def test_a_charter_without_a_day_stays_where_it_is_and_one_with_a_day_moves_beside_the_new_version(shop: Path, tmp_path: Path) -> None:
    second = charter(tmp_path, SIGNED.replace('version = "1"', 'version = "2/b"\neffective_from = 2024-05-01'))
    assert publish_charter(second, read_folder(shop)) == shop / "charters" / "2-b.toml"
    assert (shop / "charter.toml").read_text() == CHARTER
    assert [one.version for one in read_folder(shop).versions] == ["1", "2/b"]
    twin = replace(second, version="2-b", effective_from=date(2024, 6, 1))
    assert publish_charter(twin, read_folder(shop)) == shop / "charters" / "2-b-2.toml"
    assert publish_charter(twin, read_folder(shop)) == shop / "charters" / "2-b-2.toml"
    for file in (shop / "charters").iterdir():
        file.unlink()
    dated = "# kept as it is\n" + SIGNED.replace('version = "1"', 'version = "1"\neffective_from = 2024-01-01')
    (shop / "charter.toml").write_text(dated)
    publish_charter(second, read_folder(shop))
    assert not (shop / "charter.toml").exists()
    assert (shop / "charters" / "1.toml").read_text() == dated
    assert read_folder(shop).charter == second


def test_a_version_no_study_could_be_made_with_is_not_written(shop: Path, tmp_path: Path) -> None:
    for text, place in (
        (SIGNED.replace('version = "1"', 'version = "2"'), None),
        (
            SIGNED.replace('version = "1"', 'version = "2"\neffective_from = 2024-05-01').replace("6 days", '6 days"\nunit = "hours'),
            "lines[1].unit",
        ),
    ):
        with pytest.raises(SettingError) as refused:
            publish_charter(charter(tmp_path, text), read_folder(shop))
        assert refused.value.place == place
        assert not list(shop.glob("charters/*"))

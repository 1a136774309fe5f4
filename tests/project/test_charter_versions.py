"""A project with a history of charters: a study is made with what was in force at its as-of, and says which version that was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import troth
from tests.projects import CHARTER, NOW
from troth.terms.errors import MissingKeyError, SettingError

SIGNED = CHARTER.replace('aspect = "brand"\n\n[[areas]]', 'aspect = "brand"\nsigned = true\n\n[[areas]]', 1)
assert SIGNED != CHARTER


def dated(version: str, day: str, standard: str, text: str = SIGNED) -> str:
    return text.replace('version = "1"', f'version = "{version}"\neffective_from = {day}').replace("6 days", standard)


@pytest.fixture
def history(shop: Path) -> Path:
    """Version 1 since January, version 2 since May, and a draft of version 3 since June."""
    (shop / "charter.toml").unlink()
    (shop / "charters").mkdir()
    (shop / "charters" / "1.toml").write_text(dated("1", "2024-01-01", "6 days"))
    (shop / "charters" / "2.toml").write_text(dated("2", "2024-05-01", "3 days"))
    (shop / "charters" / "3.toml").write_text(dated("3", "2024-06-01", "1 day", CHARTER))
    return shop


def test_a_study_uses_the_version_in_force_at_its_as_of(history: Path) -> None:
    project = troth.open(history)
    found = {day: project.study(day).manifest for day in ("2024-04-30", "2024-05-01", "2024-06-30")}
    assert {day: (one.charter_version, one.charter_since) for day, one in found.items()} == {
        "2024-04-30": ("1", "2024-01-01"),
        "2024-05-01": ("2", "2024-05-01"),
        "2024-06-30": ("2", "2024-05-01"),
    }


def test_promises_keep_the_standard_they_were_made_under(history: Path) -> None:
    study = troth.open(history).study("2024-06-30")
    lines = study.reading.charter.lines
    whole = {"01", "02", "03", "06"}  # in UTC, the last evening of April belongs to May
    pairs = study.ledger.select(study.ledger.line, month=study.ledger.made_at.strftime("%m")).distinct().to_pyarrow().to_pylist()
    assert {(row["month"], lines[row["line"]].standard) for row in pairs if row["month"] in whole} == {
        ("01", 6.0),
        ("02", 6.0),
        ("03", 6.0),
        ("06", 3.0),
    }


def test_two_studies_are_compared_by_version_and_line(history: Path) -> None:
    project = troth.open(history)
    before, after = (project.run(day, at=NOW).study for day in ("2024-04-30", "2024-05-31"))
    assert [line.version for line in after.reading.charter.lines] == ["2", "1"]
    told = {one.what: (one.before, one.after) for one in before.compare(after).made_from}
    assert told["charter version"] == ("1", "2")


def test_a_draft_is_told_by_the_check(history: Path) -> None:
    told = [one.text for one in troth.open(history).check() if "draft" in one.text]
    assert told == ["version “3” of the charter is a draft and judges nothing: Chief brand officer has not signed this content"]


def test_before_any_version_nothing_is_agreed(history: Path) -> None:
    for name in ("2.toml", "3.toml"):
        (history / "charters" / name).unlink()
    (history / "charters" / "1.toml").write_text(dated("1", "2024-07-01", "6 days"))
    study = troth.open(history).study("2024-06-30")
    assert study.manifest.charter_version == "none"
    assert any("No charter is in force" in note for note in study.account().notes)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("2.toml", SIGNED, None),
        ("2.toml", dated("1", "2024-05-01", "3 days"), "version"),
        ("2.toml", dated("2", "2024-01-01", "3 days"), "effective_from"),
        ("2.toml", dated("2", "2024-05-01\npromises_since = 2024-05-02", "3 days"), "promises_since"),
        ("2.toml", dated("2", "2024-05-01", '3 days"\nunit = "hours'), "lines[1].unit"),
        ("2.toml", dated("2", "2024-05-01", '3 days"\ndirection = "max'), "lines[1].direction"),
    ],
    ids=["no day", "same name", "same day", "judges too late", "another unit", "another direction"],
)
def test_versions_that_cannot_stand_are_refused_with_their_place(history: Path, name: str, text: str, place: str | None) -> None:
    (history / "charters" / name).write_text(text)
    with pytest.raises((SettingError, MissingKeyError)) as refused:
        _ = troth.open(history).folder
    assert refused.value.place == place
    assert refused.value.file is not None
    assert refused.value.file.endswith(name)
    assert [one.place for one in troth.open(history).check() if one.kind == "problem"] == [place]


def test_one_charter_and_a_history_of_them_is_one_too_many(history: Path) -> None:
    shutil.copy(history / "charters" / "1.toml", history / "charter.toml")
    with pytest.raises(SettingError, match="beside it"):
        _ = troth.open(history).folder
    assert ["beside it" in one.text for one in troth.open(history).check() if one.kind == "problem"] == [True, False, False]


def test_what_was_agreed_before_the_first_version_stands_beside_the_versions(history: Path) -> None:
    (history / "charters" / "1.toml").unlink()
    (history / "charter.toml").write_text(CHARTER.replace("6 days", "7 days"))
    project = troth.open(history)
    assert [project.study(day).manifest.charter_version for day in ("2024-04-30", "2024-05-01")] == ["1", "2"]
    lines = project.study("2024-06-30").reading.charter.lines
    assert [(line.version, line.standard, line.made_from is None) for line in lines] == [("2", 3.0, False), ("1", 7.0, True)]


def test_a_charter_alone_is_used_as_it_is_until_somebody_signs_by_key(shop: Path) -> None:
    project = troth.open(shop)
    assert project.study("2024-06-30").manifest.charter_version == "1"
    stale = '\n[[signatures]]\nparty = "Chief brand officer"\ndigest = "0"\non = 2024-01-01\n'
    (shop / "charter.toml").write_text(CHARTER + stale)
    assert troth.open(shop).study("2024-06-30").manifest.charter_version == "none"


# What the record says of the charter

COSTS = """\
read = "costs.csv"

[[costs]]
kind = "'contact'"
amount = "amount"
at = "cast(at as timestamp)"
subject = "subject"
"""


def with_costs(shop: Path) -> Path:
    """Every third order cost 9 to put right; one cost comes after the as-of."""
    rows = [f"o{number:05},9,2024-06-01" for number in range(0, 600, 3)] + ["o00001,1000000,2024-07-15"]
    (shop / "costs.csv").write_text("subject,amount,at\n" + "\n".join(rows) + "\n")
    (shop / "sources" / "costs.toml").write_text(COSTS)
    return shop


def test_the_cost_to_serve_is_that_of_orders_whose_promise_fell_due_by_the_as_of(shop: Path) -> None:
    study = troth.open(with_costs(shop)).study("2024-06-30")
    limits = {4.0: "green", 3.0: "amber", 2.0: "red"}
    asked = {limit: study.feasibility(troth.Charter(lines=(troth.Line(cost_limit=limit),)))[0].cost for limit in limits}
    due = study.ledger.filter(study.ledger.in_cohort).subject.to_pyarrow().to_pylist()
    spent = [9.0 if int(subject[1:]) % 3 == 0 else 0.0 for subject in set(due)]
    figure = asked[4.0].figure
    assert figure.n == len(spent)
    assert figure.value == pytest.approx(sum(spent) / len(spent))
    assert {limit: light.colour for limit, light in asked.items()} == limits


def test_a_tighter_line_is_asked_before_anybody_signs_it(run_shop: Path) -> None:
    study = troth.open(run_shop).current()
    shares = []
    for standard in (3.0, 5.0, 20.0):
        (lights,) = study.feasibility(troth.Charter(lines=(troth.Line(promise="delivery date", standard=standard, lead="x"),)))
        assert lights.when.figure.value is not None
        shares.append(lights.when.figure.value)
    own = study.integrity()[0].K_standard
    assert shares[1] == own.value
    assert shares[0] < shares[1] < shares[2]


def test_a_charter_saved_is_the_charter_loaded(run_shop: Path, tmp_path: Path) -> None:
    charter = troth.load_charter(run_shop / "charter.toml")
    troth.save_charter(charter, tmp_path / "again.toml")
    assert troth.load_charter(tmp_path / "again.toml") == charter
    assert [file.name for file in tmp_path.iterdir()] == ["again.toml"]

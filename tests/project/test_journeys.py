"""A study keeps the journeys of its interactions, held against journeys.toml, and says so where there are none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import troth
from tests.projects import NOW, PATHS, WALL, write_walks
from troth.engine.journeys.studying import JOURNEYS, NO_INTERACTIONS, NO_JOURNEYS
from troth.terms.errors import RequestError

LATE = "2024-06-30"


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose steps are on record, with one study."""
    folder = write_walks(tmp_path_factory.mktemp("walks") / "shop")
    troth.open(folder).run(LATE, at=NOW)
    return folder


def test_every_path_is_counted_and_every_interaction_used_or_set_aside(walks: Path) -> None:
    found = troth.open(walks).current().journeys
    assert {one.path: one.journeys for one in found.variants} == {" → ".join(path.split()): times for path, times in PATHS.items()}
    assert found.read == sum(times * len(path.split()) for path, times in PATHS.items()) + 5
    assert found.set_aside == {"left out of journeys": 5}
    assert (found.used, found.journeys) == (found.read - 5, sum(PATHS.values()))


def test_the_map_of_the_project_is_what_they_are_held_against(walks: Path) -> None:
    found = troth.open(walks).current().journeys
    fit = found.conformance
    assert fit is not None
    assert (fit.conforming, fit.stopped_early, fit.deviating) == (24, 38, 18)
    assert {(one.kind, one.step): one.journeys for one in found.deviations} == {
        ("not on the map", ""): 12,
        ("skipped", "visit"): 6,
        ("other start", ""): 6,
    }
    (quality,) = found.scenarios
    assert (quality.started, quality.succeeded, quality.failed) == (50, 30, {"goal not reached": 8, "show-stopper": 12})
    assert found.cordon is not None
    assert (found.cordon.observed, found.cordon.mapped) == (42 + 12 + 5, 42)


def test_a_study_keeps_no_rows_so_nobody_is_behind_its_numbers(walks: Path) -> None:
    with pytest.raises(RequestError, match="are counts"):
        troth.open(walks).current().journeys.behind(step="order")


def test_the_manifest_tells_one_map_from_another_and_a_comparison_names_it(walks: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(walks, tmp_path / "shop"))
    project = troth.open(folder)
    before = project.current()
    (folder / "journeys.toml").write_text(WALL + "\n# a remark changes nothing\n")
    assert not troth.open(folder).run(LATE, at=NOW).new
    (folder / "journeys.toml").write_text(WALL.replace('"5 days"', '"6 days"'))
    after = troth.open(folder).run(LATE, at=NOW).study
    assert before.manifest.journeys_digest != after.manifest.journeys_digest
    assert [one.what for one in before.compare(after).made_from] == ["journey map"]


@pytest.mark.parametrize("threads", [1, 4])
def test_the_same_record_gives_the_same_bytes_on_any_number_of_threads(walks: Path, tmp_path: Path, threads: int) -> None:
    folder = write_walks(tmp_path / "shop")
    (folder / "troth.toml").write_text(f'name = "Walks"\nengine = "duckdb://?threads={threads}"\n')
    study = troth.open(folder).run(LATE, at=NOW).study
    assert (study.folder / JOURNEYS).read_bytes() == (troth.open(walks).current().folder / JOURNEYS).read_bytes()


def test_without_interactions_a_study_is_made_and_says_what_fills_it(published: troth.Study) -> None:
    assert (published.journeys.journeys, published.journeys.notes) == (0, (NO_INTERACTIONS,))
    assert (published.manifest.facts["interactions"], published.manifest.facts["journeys"]) == (0, 0)


def test_a_study_made_before_journeys_says_how_to_have_them(walks: Path, tmp_path: Path) -> None:
    study = troth.open(walks).current().save(tmp_path / "kept")
    (study.folder / JOURNEYS).unlink()
    from troth.engine.reading import Reading

    assert Reading(study.folder).followed.journeys.notes == (NO_JOURNEYS,)

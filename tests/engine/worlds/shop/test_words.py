"""The phrases: as many in both languages, one slot at most, and more texts than anybody reads."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import numpy as np
import pytest

from troth.engine.worlds.shop import texts as t
from troth.engine.worlds.shop.company import WORDS
from troth.engine.worlds.shop.draws import Draws

BANKS = {language: tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8")) for language in t.LANGUAGES}


def phrases_of(bank: dict[str, Any]) -> list[str]:
    return [phrase for part, listed in bank.items() if part != "about" for phrase in listed] + [
        phrase for topic in bank["about"].values() for listed in topic.values() for phrase in listed
    ]


def test_both_languages_have_the_same_parts_and_topics() -> None:
    english, portuguese = (BANKS[language] for language in t.LANGUAGES)
    assert english.keys() == portuguese.keys() == {*t.PARTS, "about"} - {"core", "detail"}
    assert tuple(english["about"]) == tuple(portuguese["about"]) == t.ABOUT


@pytest.mark.parametrize("language", t.LANGUAGES)
def test_a_phrase_has_one_slot_at_most_and_no_mark_at_its_end(language: str) -> None:
    for phrase in phrases_of(BANKS[language]):
        slots = re.findall(r"\{(\w+)\}", phrase)
        assert len(slots) <= 1, phrase
        assert set(slots) <= set(t.SLOTS), phrase
        assert phrase == phrase.strip()
        assert phrase[-1] not in ".!?", phrase


@pytest.mark.parametrize("language", t.LANGUAGES)
def test_each_topic_has_several_hundred_thousand_texts(language: str) -> None:
    bank = BANKS[language]
    for topic in bank["about"].values():
        bare = len(topic["core"]) * (1 + len(topic["detail"])) * (1 + len(bank["opening"])) * (1 + len(bank["closing"]))
        assert bare * len(t.STYLES) * (1 + len(bank["ask"]) + len(bank["calm"])) > 300_000


@pytest.mark.parametrize("language", t.LANGUAGES)
def test_one_day_is_written_as_one(language: str) -> None:
    singular = {"en": r"\b1 (day|minute)\b", "pt": r"\b1 (dia|minuto)\b"}[language]
    plural = {"en": r"\b1 (days|minutes)\b", "pt": r"\b1 (dias|minutos)\b"}[language]
    n = 400
    ids, same = np.arange(n), np.full(n, 1)
    brief = t.Brief(
        kind="tickets",
        id=ids,
        portuguese=np.full(n, language == "pt"),
        about=np.zeros(n, dtype=np.int64),
        mood=np.zeros(n, dtype=np.int64),
        thing=np.zeros(n, dtype=np.int64),
        days=same,
        carrier=np.zeros(n, dtype=np.int64),
        again=np.zeros(n, dtype=np.bool_),
        expected=np.full(n, t.EXPECTS_DAYS),
        said_days=same,
    )
    written = t.texts(Draws(7), brief).text.to_pylist()
    assert sum(bool(re.search(singular, text, re.IGNORECASE)) for text in written) == n
    assert not [text for text in written if re.search(plural, text, re.IGNORECASE)]


def test_a_slip_changes_a_letter_or_two_and_leaves_short_words_alone() -> None:
    assert t.slipped("sofa no", 0) == "sofa no"
    for turn in range(3):
        text = t.slipped("where is my order", turn)
        assert text != "where is my order"
        assert abs(len(text) - len("where is my order")) <= 1
    assert t.styled("O código não abre", "pt", opens=True)[2] == "o codigo nao abre"

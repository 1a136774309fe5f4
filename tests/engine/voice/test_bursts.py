"""Words that more people use than before are told, in whatever language; words that everybody always used are told as seldom as stated."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

import troth
from tests.engine.voice.made import sentences
from troth.engine.voice.bursts import Bursts, bursts
from troth.engine.voice.identity import KEPT_DAYS, MOST_KEPT, Memory, Remembered, memory_from, remembered
from troth.engine.voice.naming import root
from troth.engine.voice.spelled import NEAR, spelled
from troth.engine.voice.voices import ratio
from troth.engine.voice.wording import STOP_WORDS, plain, words_of

LAST = date(2024, 6, 30)
NEW = [
    *(
        f"{one} {other}."
        for one in ("The locker code", "My locker", "A locker")
        for other in ("is refused", "has expired", "does not open")
    ),
    *(
        f"{one} {other}."
        for one in ("O código do locker", "O locker", "O código do armário")
        for other in ("foi recusado", "venceu", "não abre")
    ),
]


def stream(seed: int, *, new: int = 0, a_week: int = 60, weeks: int = 20) -> tuple[list[str], list[date], list[bool]]:
    """Weeks of texts about three things in two languages; ``new`` in each of the last two weeks are about lockers."""
    dice = random.Random(seed)
    old = [text for language in ("en", "pt") for theme in ("late", "damaged", "refund") for text in sentences(language, theme)]
    texts, days, truth = [], [], []
    for week in range(weeks):
        for place in range(a_week):
            is_new = week >= weeks - 2 and place < new
            texts.append(dice.choice(NEW) if is_new else dice.choice(old))
            days.append(LAST - timedelta(days=7 * (weeks - 1 - week) + dice.randrange(7)))
            truth.append(is_new)
    return texts, days, truth


def look(texts: list[str], days: list[date], people: list[Any] | None = None, false_alarm: float = 0.01) -> Bursts:
    return bursts(texts, people, days, as_of=LAST, false_alarm=false_alarm)


def naive(text: str) -> set[str]:
    """The spellings of a text, one after the other."""
    words = [(root(word), len(word) > 1 and plain(word) not in STOP_WORDS) for word in words_of(text)]
    mine = [word for word, carries in words if carries]
    sides = {f"{one} {other}" for (one, here), (other, there) in itertools.pairwise(words) if here or there}
    near = {
        " + ".join(sorted((one, other))) for place, one in enumerate(mine) for other in mine[place + 1 : place + 1 + NEAR] if one != other
    }
    return set(mine) | sides | near


def test_spellings_are_those_of_a_naive_count() -> None:
    texts = [*NEW, "", "👍 12345", "Códigos e código: é o mesmo. CODIGOS!", "Don’t you see? I don't."]
    found = defaultdict(set)
    read = spelled(texts)
    for row, code in zip(*(part.tolist() for part in read.spellings), strict=True):
        found[row].add(read.named(code))
    assert [found[row] for row in range(len(texts))] == [naive(text) for text in texts]


def test_what_was_written_down_is_found_again() -> None:
    read = spelled([*NEW, None])
    for spelling in ("locker", "locker + refus", "codigo do", "nowhere", "codigo nowhere", ""):
        assert read.holding([spelling]).tolist() == [spelling in naive(text) for text in NEW] + [False], spelling


def test_addresses_and_links_are_no_words() -> None:
    read = spelled(["write to ana.silva@example.org or https://example.org/ana, [e-mail] [link]"])
    assert read.roots == ("or", "to", "writ")


def test_a_new_word_of_two_languages_is_one_alarm_with_its_words_its_first_day_and_quotes_of_both() -> None:
    texts, days, truth = stream(1, new=5)
    (found,) = look(texts, days).rows
    assert "locker" in found.spellings
    holding = [bool(naive(text) & set(found.spellings)) for text in texts]
    assert found.counts == (sum(holding), 120, 0, 1080)
    assert sum(holding) >= 9
    assert not any(one and not new for one, new in zip(holding, truth, strict=True))
    assert found.first == min(day for day, new in zip(days, truth, strict=True) if new)
    assert "locker" in found.name
    assert set(found.quotes) <= set(NEW)
    assert len(set(found.quotes)) == 3
    assert found.p_value <= 0.01


def test_the_height_is_that_of_a_naive_count() -> None:
    texts, days, _ = stream(4, new=2)
    lately = [day > LAST - timedelta(days=14) for day in days]
    heights: dict[str, float] = {}
    for spelling in sorted(set().union(*map(naive, texts))):
        holding = [spelling in naive(text) for text in texts]
        k, n = sum(one and new for one, new in zip(holding, lately, strict=True)), sum(holding)
        if n >= 3 and 2 * n <= len(texts):
            heights[spelling] = float(ratio(np.array([k]), np.array([n]), sum(lately) / len(texts))[0])
    highest = max(heights.values())
    found = look(texts, days, false_alarm=0.9).rows
    assert heights[found[0].spellings[0]] == pytest.approx(highest)


def test_looks_at_nothing_new_find_something_no_more_often_than_stated() -> None:
    texts, days, _ = stream(2, a_week=30)
    dice = random.Random(7)
    raised = sum(bool(look(texts, dice.sample(days, len(days)), false_alarm=0.1).rows) for _ in range(30))
    assert raised <= 9  # 3 expected of 30 at 10%; more than 9 has a chance of 0.05%


def test_streams_without_anything_new_raise_no_more_false_alarms_than_stated() -> None:
    raised = sum(bool(look(*stream(seed, a_week=30)[:2], false_alarm=0.05).rows) for seed in range(30, 54))
    assert raised <= 5  # 1.2 expected of 24 at 5%; more than 5 has a chance of 0.1%


def test_words_that_come_and_go_every_fortnight_take_a_clearer_rise() -> None:
    texts, days, _ = stream(3)
    steady = look(texts, days).spread
    bursty = [f"{text} {'abcdefghij'[(LAST - day).days // 14]}word" for text, day in zip(texts, days, strict=True)]
    assert look(bursty, days).spread > 2 * steady
    assert look(bursty, days).rows == ()


def test_one_person_who_says_it_again_and_again_is_one_voice() -> None:
    texts, days, truth = stream(1, new=5)
    people = ["the same" if new else f"p{row}" for row, new in enumerate(truth)]
    assert look(texts, days, people).rows == ()


def test_what_is_later_than_the_as_of_or_too_little_raises_nothing() -> None:
    texts, days, truth = stream(1, new=5)
    later = [day + timedelta(days=14) if new else day for day, new in zip(days, truth, strict=True)]
    assert look(texts, later).rows == ()
    assert look([], []) == look(texts[:3], days[:3]) == Bursts()
    assert look(["", "👍"] * 60, [LAST - timedelta(days=row) for row in range(120)]).rows == ()


def test_what_people_might_be_known_by_is_masked_in_quotes() -> None:
    texts, days, truth = stream(1, new=5)
    told = [f"{text} Write to ana{row}@example.org" if new else text for row, (text, new) in enumerate(zip(texts, truth, strict=True))]
    (found,) = look(told, days).rows
    assert all("[e-mail]" in quote and "@" not in quote for quote in found.quotes)
    assert not any("exampl" in one or "ana" in one for one in found.spellings)


def test_what_is_new_makes_a_theme_that_later_runs_know_by_its_words() -> None:
    texts, days, truth = stream(1, new=5)
    said = look(texts, days)
    found = troth.themes(texts, embedder="characters", newly=said.rows, as_of=LAST)
    (theme,) = [row for row in found if row.theme in found.formed]
    assert {text for text, label in zip(texts, found.labels.tolist(), strict=True) if label == theme.theme} >= {
        text for text, new in zip(texts, truth, strict=True) if new and "ocker" in text
    }
    (alarm,) = [one for one in found.emerging(days, as_of=LAST, said=said) if one.theme == theme.theme]
    assert alarm.name == theme.name
    later = troth.themes(texts, embedder="characters", before=memory_from(found.memory.record()), as_of=LAST + timedelta(days=90))
    (again,) = [row for row in later if row.theme in later.formed]
    assert (again.key, again.name, again.texts) == (theme.key, theme.name, theme.texts)


def test_a_theme_unseen_for_a_year_and_a_month_is_forgotten() -> None:
    gone = Memory("m", (Remembered("t1", "Old", (1.0,), LAST), Remembered("t2", "Undated", (1.0,))))
    kept = remembered("m", (), gone, LAST + timedelta(days=KEPT_DAYS))
    assert [(one.key, one.seen) for one in kept.themes] == [("t2", LAST + timedelta(days=KEPT_DAYS)), ("t1", LAST)]
    assert [one.key for one in remembered("m", (), kept, LAST + timedelta(days=KEPT_DAYS + 1)).themes] == ["t2"]
    assert [one.key for one in remembered("m", (), gone).themes] == ["t1", "t2"]  # without a day none is too old


def test_a_theme_that_is_seen_again_is_kept_from_then_on() -> None:
    before = Memory("m", (Remembered("t1", "Old", (1.0,), LAST),))
    again = remembered("m", (Remembered("t1", "Old", (0.9,)),), before, LAST + timedelta(days=30))
    assert again.themes == (Remembered("t1", "Old", (0.9,), LAST + timedelta(days=30)),)
    earlier = remembered("m", (Remembered("t1", "Old", (0.9,)),), before, LAST - timedelta(days=30))
    assert earlier.themes[0].seen == LAST  # a study of an earlier day makes it no older


def test_of_too_many_themes_those_unseen_longest_are_forgotten() -> None:
    many = tuple(Remembered(f"t{number}", "Old", (1.0,), LAST - timedelta(days=number % 300)) for number in range(MOST_KEPT + 40))
    kept = remembered("m", (Remembered("now", "New", (1.0,)),), Memory("m", many), LAST)
    assert len(kept.themes) == MOST_KEPT
    assert kept.themes[0].key == "now"
    days = sorted((one.seen for one in many if one.seen is not None), reverse=True)
    assert [one.seen for one in kept.themes[1:]] == days[: MOST_KEPT - 1]

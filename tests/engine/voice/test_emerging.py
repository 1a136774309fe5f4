"""What is new is told, and what is not new is seldom told: one look raises a false alarm as often as stated."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

import troth
from tests.engine.voice.made import heard, sentences
from troth.engine.findings import Findings
from troth.engine.voice import Emerging, Themes
from troth.engine.voice.voices import ratio
from troth.terms.errors import RequestError

LAST = date(2024, 6, 30)
A_WEEK, WEEKS = 100, 12


def stream(seed: int, *, new: float = 0.0, weeks: int = WEEKS) -> tuple[list[str], list[date], list[bool]]:
    """Weeks of texts about three things; in the last two a share ``new`` is about passwords."""
    dice = random.Random(seed)
    old = [text for theme in ("late", "damaged", "refund") for text in sentences("en", theme)]
    fresh = sentences("en", "password")
    texts, days, truth = [], [], []
    for week in range(weeks):
        for place in range(A_WEEK):
            is_new = week >= weeks - 2 and place < round(new * A_WEEK)
            texts.append(dice.choice(fresh if is_new else old))
            days.append(LAST - timedelta(days=7 * (weeks - 1 - week) + dice.randrange(7)))
            truth.append(is_new)
    return texts, days, truth


@pytest.fixture(scope="module")
def quiet() -> tuple[Themes, list[date]]:
    texts, days, _ = stream(1)
    return troth.themes(texts, embedder="characters"), days


def quoted_new(found: Findings[Emerging], texts: list[str], truth: list[bool]) -> bool:
    """Does any alarm quote what is new?"""
    new = {text for text, is_new in zip(texts, truth, strict=True) if is_new}
    return any(quote in new for alarm in found for quote in alarm.quotes)


def test_a_theme_that_is_new_is_told_with_its_words_and_its_first_day() -> None:
    texts, days, truth = stream(2, new=0.05)
    found = troth.themes(texts, embedder="characters").emerging(days, as_of=LAST)
    assert len(found) >= 1
    first = found[0]
    assert first.p_value <= first.limit == 0.01
    assert first.before == 0
    assert first.times is None
    assert (first.recent, first.recent_of) == (sum(truth), 2 * A_WEEK) or first.recent >= 0.7 * sum(truth)
    assert first.first == min(day for day, new in zip(days, truth, strict=True) if new)
    known = dict(zip(texts, truth, strict=True))
    assert all(known[quote] for quote in first.quotes)


def test_a_known_theme_that_is_spoken_of_more_is_told_as_that_theme(quiet: tuple[Themes, list[date]]) -> None:
    dice = random.Random(3)
    result, days = quiet
    texts, _, _ = stream(1)
    of_it = sorted({text for text, label in zip(texts, result.labels.tolist(), strict=True) if label == 0})
    more = [(dice.choice(of_it), LAST - timedelta(days=dice.randrange(14))) for _ in range(60)]
    grown = troth.themes([*texts, *(text for text, _ in more)], embedder="characters")
    found = grown.emerging([*days, *(day for _, day in more)], as_of=LAST)
    assert found[0].theme is not None
    assert found[0].name == grown.names[found[0].theme]
    assert found[0].times is not None
    assert found[0].times > 1
    assert set(found[0].quotes) <= set(of_it)


def test_looks_at_nothing_new_raise_false_alarms_no_more_often_than_stated(quiet: tuple[Themes, list[date]]) -> None:
    result, days = quiet
    shuffled = np.array(days)
    dice = np.random.default_rng(5)
    raised = 0
    for _ in range(12):
        raised += len(result.emerging(dice.permutation(shuffled).tolist(), as_of=LAST, false_alarm=0.1)) > 0
    assert raised <= 5  # 1.2 expected of 12 at 10%; more than 5 has a chance of 0.05%


def test_one_person_who_writes_again_and_again_is_one_voice() -> None:
    texts, days, truth = stream(2, new=0.05)
    people: list[Any] = ["the same" if new else f"p{row}" for row, new in enumerate(truth)]
    found = troth.themes(texts, people=people, embedder="characters").emerging(days, as_of=LAST)
    assert not quoted_new(found, texts, truth)


def test_what_is_later_than_the_as_of_is_not_known() -> None:
    texts, days, truth = stream(2, new=0.05)
    result = troth.themes(texts, embedder="characters")
    assert sum(truth) == 10
    assert quoted_new(result.emerging(days, as_of=LAST), texts, truth)
    assert not quoted_new(result.emerging(days, as_of=LAST - timedelta(days=14)), texts, truth)
    later = [day + timedelta(days=14) if new else day for day, new in zip(days, truth, strict=True)]
    assert not quoted_new(result.emerging(later, as_of=LAST), texts, truth)


def test_the_stated_rate_stands_beside_the_result(quiet: tuple[Themes, list[date]]) -> None:
    result, days = quiet
    found = result.emerging(days, as_of=LAST)
    assert found.notes[0].startswith("One look raises a false alarm in 1.0% of cases")


def test_too_short_a_past_raises_no_alarm_and_says_why() -> None:
    texts, days, _ = stream(1, weeks=5)
    found = troth.themes(texts, embedder="characters").emerging(days, as_of=LAST)
    assert (found.rows, found.notes) == ((), ("No alarm can be raised: 3 weeks of texts lie before the window, and 4 are needed.",))
    nobody = troth.themes(texts, embedder="characters").emerging(days, as_of=LAST + timedelta(days=60))
    assert nobody.notes == ("No alarm can be raised: nobody wrote in the window.",)


@pytest.mark.parametrize(
    ("at", "more", "sentence"),
    [
        ([LAST], {}, "texts and 1 dates"),
        (["soon"] * 1200, {}, "“soon” is no date"),
        ([7] * 1200, {}, "“7” is no date"),
        ([LAST] * 1200, {"false_alarm": 0}, "between 0 and 1"),
        ([LAST] * 1200, {"window_days": 0}, "window of days"),
    ],
)
def test_dates_and_rates_that_cannot_be_are_refused(
    quiet: tuple[Themes, list[date]], at: list[Any], more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence):
        quiet[0].emerging(at, as_of=LAST, **more)


def test_weeks_of_a_theme_are_counted_oldest_first(quiet: tuple[Themes, list[date]]) -> None:
    result, days = quiet
    weekly = result.weekly(days, as_of=LAST, weeks=WEEKS)
    assert {theme: sum(weeks) for theme, weeks in weekly.items()} == {row.theme: row.texts for row in result}
    assert all(len(weeks) == WEEKS for weeks in weekly.values())


def test_the_ratio_is_that_of_a_naive_sum() -> None:
    k, n, share = 9, 12, 0.1
    naive = stats_log(k, n, k / n) - stats_log(k, n, share)
    assert ratio(np.array([k]), np.array([n]), share)[0] == pytest.approx(naive)
    assert ratio(np.array([1, 2]), np.array([20, 20]), share).tolist() == [0.0, 0.0]


def stats_log(k: int, n: int, p: float) -> float:
    """Log likelihood of k of n at a chance of p, less its constant."""
    return float(k * np.log(p) + (n - k) * np.log(1 - p))


def test_texts_that_nobody_dated_are_left_out(quiet: tuple[Themes, list[date]]) -> None:
    result, days = quiet
    some: list[Any] = [None if row % 3 == 0 else day for row, day in enumerate(days)]
    assert isinstance(result.emerging(some, as_of=LAST).rows, tuple)


def test_heard_texts_are_those_of_their_theme() -> None:
    assert {theme for _, theme, _ in heard(3, ("pt",))} == {"late", "damaged", "refund", "password"}

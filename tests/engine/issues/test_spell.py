"""The weeks in which an issue was worst are told where they stand out, and not where they do not (domain.md e1)."""

from __future__ import annotations

from datetime import date, timedelta
from math import log

import numpy as np
import pytest

from troth.engine.issues.spell import FEWEST_WEEKS, worst_spell

MONDAY = date(2024, 1, 1)


def weeks(count: int) -> list[date]:
    return [MONDAY + timedelta(weeks=n) for n in range(count)]


def test_an_incident_has_a_first_and_a_last_day() -> None:
    failures = [5] * 20 + [40] * 4 + [5] * 20
    found = worst_spell(weeks(44), failures, [100] * 44)
    assert found is not None
    assert (found.since, found.until) == (MONDAY + timedelta(weeks=20), MONDAY + timedelta(weeks=24, days=-1))
    assert (found.inside, found.outside) == (0.4, 0.05)


def test_what_began_and_goes_on_has_no_last_day() -> None:
    found = worst_spell(weeks(30), [5] * 20 + [20] * 10, [100] * 30)
    assert found is not None
    assert (found.since, found.until) == (MONDAY + timedelta(weeks=20), None)


def test_what_is_always_the_same_has_no_spell() -> None:
    assert worst_spell(weeks(30), [5] * 30, [100] * 30) is None


@pytest.mark.parametrize("count", [1, FEWEST_WEEKS - 1])
def test_a_few_weeks_tell_nothing(count: int) -> None:
    assert worst_spell(weeks(count), [50] * count, [100] * count) is None


def test_weeks_in_which_all_or_nothing_failed_tell_nothing() -> None:
    assert worst_spell(weeks(20), [0] * 20, [100] * 20) is None
    assert worst_spell(weeks(20), [100] * 20, [100] * 20) is None


def test_of_chance_alone_one_in_twenty_stands_out_at_most() -> None:
    rng = np.random.default_rng(7)
    found = [worst_spell(weeks(40), rng.binomial(60, 0.2, 40).tolist(), [60] * 40) for _ in range(100)]
    assert sum(one is not None for one in found) <= 5


def test_the_spell_is_the_one_that_trying_every_spell_gives() -> None:
    rng = np.random.default_rng(3)
    exposed = rng.integers(40, 90, 20).tolist()
    failures = [int(rng.binomial(n, 0.5 if 8 <= week < 13 else 0.15)) for week, n in enumerate(exposed)]

    def likely(k: int, n: int) -> float:
        return (k * log(k / n) if k else 0.0) + ((n - k) * log((n - k) / n) if n > k else 0.0)

    def stands_out(first: int, last: int) -> float:
        k, n = sum(failures[first:last]), sum(exposed[first:last])
        rest_k, rest_n = sum(failures) - k, sum(exposed) - n
        return likely(k, n) + likely(rest_k, rest_n) if k / n > rest_k / rest_n else -1e9

    spells = [(first, last) for first in range(20) for last in range(first + 1, 21) if last - first < 20]
    best = max(spells, key=lambda spell: stands_out(*spell))
    found = worst_spell(weeks(20), failures, exposed)
    assert found is not None
    assert found.since == weeks(20)[best[0]]
    assert found.until == weeks(21)[best[1]] - timedelta(days=1)


def test_what_is_worse_than_was_to_be_expected_in_every_quarter_went_on_all_year_and_has_no_onset() -> None:
    """A chronically slow lane with a busy December: not “worst from December”."""
    failures = [30] * 48 + [45] * 4
    assert worst_spell(weeks(52), failures, [100] * 52) is not None  # against its own other weeks December stands out
    found = worst_spell(weeks(52), failures, [100] * 52, expected=0.1)
    assert found is not None
    assert (found.whole, found.words, found.since, found.outside) == (True, "all year", MONDAY, 0.1)
    assert found.inside == pytest.approx(sum(failures) / 5_200)


def test_what_went_on_throughout_half_a_year_is_not_said_to_have_lasted_a_year() -> None:
    found = worst_spell(weeks(26), [30] * 26, [100] * 26, expected=0.1)
    assert found is not None
    assert found.words == "throughout"


@pytest.mark.parametrize("quiet", [slice(0, 13), slice(13, 26), slice(39, 52)], ids=["began later", "a pause", "ended"])
def test_what_was_as_expected_in_one_quarter_did_not_go_on_all_year(quiet: slice) -> None:
    failures = np.full(52, 30)
    failures[quiet] = 10
    found = worst_spell(weeks(52), failures.tolist(), [100] * 52, expected=0.1)
    assert found is not None
    assert not found.whole


def test_a_quarter_that_chance_may_have_made_worse_tells_nothing() -> None:
    assert worst_spell(weeks(52), [1] * 52, [8] * 52, expected=0.1) is None


def test_what_began_in_the_tenth_week_did_not_go_on_all_year() -> None:
    """Its first quarter is worse than was to be expected as a whole, for the weeks in which it had begun."""
    found = worst_spell(weeks(52), [20] * 9 + [80] * 43, [100] * 52, expected=0.2)
    assert found is not None
    assert (found.whole, found.since) == (False, MONDAY + timedelta(weeks=9))

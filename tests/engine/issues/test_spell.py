"""The weeks in which an issue was worst are told where they stand out, and not where they do not (domain.md e1)."""

from __future__ import annotations

from datetime import date, timedelta
from math import log

import numpy as np
import pytest

from troth.engine.issues.spell import FEWEST_DAYS, FEWEST_WEEKS, spell_of, worst_spell

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
    assert found.words == "throughout, 2024-01-01 to 2024-06-30"


def test_the_days_of_a_spell_lie_within_the_record() -> None:
    """Weeks begin on Mondays, the record on a Thursday and ended on a Wednesday: nothing is said of days before and after it."""
    throughout = worst_spell(weeks(26), [30] * 26, [100] * 26, expected=0.1)
    assert throughout is not None
    assert throughout.within(date(2024, 1, 4), date(2024, 6, 26)).words == "throughout, 2024-01-04 to 2024-06-26"
    goes_on = worst_spell(weeks(20), [2] * 10 + [40] * 10, [100] * 20)
    assert goes_on is not None
    assert goes_on.within(date(2024, 1, 4), date(2024, 5, 15)) == goes_on


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


AUGUST = [date(2025, 8, 1) + timedelta(days=n) for n in range(31)]


def test_within_a_month_the_spell_is_one_of_days() -> None:
    """An incident from 19 August on, of 0 to 2 failures a day before and 23 to 40 since: the month is over, so its last day is the last."""
    rng = np.random.default_rng(19)
    failures = [*rng.integers(0, 3, 18).tolist(), *rng.integers(23, 41, 13).tolist()]
    found, _ = spell_of(AUGUST, failures, [60] * 31, closed=True)
    assert found is not None
    assert (found.since, found.until, found.by_days) == (date(2025, 8, 19), date(2025, 8, 31), True)
    assert found.words == "2025-08-19 to 2025-08-31"
    assert found.inside > 20 * found.outside
    going_on, _ = spell_of(AUGUST, failures, [60] * 31)
    assert going_on is not None
    assert (going_on.since, going_on.until) == (date(2025, 8, 19), None)


def test_a_month_all_of_whose_days_are_alike_has_no_spell_and_is_not_said_to_last_the_record() -> None:
    found, why = spell_of(AUGUST, [20] * 31, [60] * 31, expected=0.05, closed=True)
    assert (found, why) == (None, "no run of days stands out from the others of the month")


def test_of_chance_alone_one_month_in_twenty_has_a_spell_at_most() -> None:
    rng = np.random.default_rng(11)
    found = [spell_of(AUGUST, rng.binomial(40, 0.2, 31).tolist(), [40] * 31, closed=True)[0] for _ in range(100)]
    assert sum(one is not None for one in found) <= 5


def test_too_few_days_are_said_to_be_too_few_and_not_to_be_alike() -> None:
    few = FEWEST_DAYS - 1
    found, why = spell_of(AUGUST[:few], [1] * (few - 2) + [50] * 2, [60] * few, closed=True)
    assert found is None
    assert why == f"it was not looked for, as there are {few} days on record and {FEWEST_DAYS} are needed"


def test_many_weeks_are_looked_at_by_weeks() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(7 * 30)]
    failures = [1] * (7 * 20) + [5] * (7 * 10)
    found, _ = spell_of(days, failures, [14] * len(days))
    assert found == worst_spell(weeks(30), [7] * 20 + [35] * 10, [98] * 30)
    assert found is not None
    assert not found.by_days
    assert spell_of(days, [1] * len(days), [14] * len(days)) == (None, "no run of weeks stands out from the others")


def test_where_all_or_nothing_failed_it_says_so() -> None:
    assert spell_of(AUGUST, [60] * 31, [60] * 31)[1].startswith("in no week did some")

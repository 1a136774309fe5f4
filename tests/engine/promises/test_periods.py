"""Like is compared with like: a period cut short by the record, or next to empty, is neither the best nor the worst (domain.md c6)."""

from __future__ import annotations

from datetime import date

import pytest

from troth.engine.promises import PartPeriod, part_periods

JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in (1, 2, 3, 4))
EVEN = {JANUARY: 1_000, FEBRUARY: 900, MARCH: 1_100}


def test_months_the_record_covers_are_compared() -> None:
    assert part_periods(EVEN, "month", date(2024, 1, 1), date(2024, 3, 31)) == {}


def test_a_weekend_at_either_end_of_the_record_takes_nothing_away() -> None:
    assert part_periods(EVEN, "month", date(2024, 1, 3), date(2024, 3, 29)) == {}


def test_a_month_of_which_the_record_covers_a_day_is_left_out() -> None:
    found = part_periods({**EVEN, APRIL: 59}, "month", date(2024, 1, 1), date(2024, 4, 1))
    assert found == {APRIL: PartPeriod(covered=1, days=30, due=59, median=950)}
    assert found[APRIL].cut
    assert found[APRIL].small


def test_a_month_that_is_still_running_is_left_out_however_much_it_holds() -> None:
    found = part_periods(EVEN, "month", date(2024, 1, 1), date(2024, 3, 20))
    assert list(found) == [MARCH]
    assert not found[MARCH].small


def test_a_whole_month_with_less_than_a_tenth_of_the_median_is_left_out() -> None:
    found = part_periods({**EVEN, APRIL: 94}, "month", date(2024, 1, 1), date(2024, 4, 30))
    assert list(found) == [APRIL]
    assert not found[APRIL].cut
    assert part_periods({**EVEN, APRIL: 95}, "month", date(2024, 1, 1), date(2024, 4, 30)) == {}


def test_empty_months_do_not_lower_the_median() -> None:
    empty = {date(2024, month, 1): 0 for month in range(5, 13)}
    found = part_periods({**EVEN, APRIL: 94} | empty, "month", date(2024, 1, 1), date(2024, 12, 31))
    assert APRIL in found


def test_where_nothing_is_due_nothing_is_left_out() -> None:
    assert part_periods({JANUARY: 0}, "month", JANUARY, JANUARY) == {}


@pytest.mark.parametrize(
    ("unit", "start", "last_whole_day"),
    [
        ("day", date(2024, 2, 28), date(2024, 2, 28)),
        ("week", date(2024, 2, 26), date(2024, 3, 3)),
        ("month", date(2023, 12, 1), date(2023, 12, 31)),
        ("quarter", date(2023, 10, 1), date(2023, 12, 31)),
        ("year", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_every_calendar_period_is_measured_to_its_own_end(unit: str, start: date, last_whole_day: date) -> None:
    assert part_periods({start: 10}, unit, start, last_whole_day) == {}
    cut = part_periods({start: 10}, unit, last_whole_day, last_whole_day)
    assert (start in cut) == (start != last_whole_day)

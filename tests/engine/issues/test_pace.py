"""The pace of an issue: failures in each whole quarter of the record."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from troth.engine.findings import NO_DATA
from troth.engine.issues.pace import ENDED, at_this_pace, whole_quarters
from troth.engine.issues.reckoning import _ended
from troth.engine.money import IssueMoney, Money


@pytest.mark.parametrize(
    ("first", "last", "quarters"),
    [
        (date(2024, 1, 1), date(2024, 12, 31), [date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)]),
        (date(2024, 1, 2), date(2024, 12, 30), [date(2024, 4, 1), date(2024, 7, 1)]),  # the first and the last are cut short
        (date(2023, 11, 5), date(2024, 3, 31), [date(2024, 1, 1)]),  # across the new year
        (date(2023, 10, 1), date(2023, 12, 31), [date(2023, 10, 1)]),
        (date(2024, 2, 1), date(2024, 5, 31), []),
    ],
)
def test_only_whole_quarters_tell_a_pace(first: date, last: date, quarters: list[date]) -> None:
    assert whole_quarters(first, last) == quarters


def test_what_has_no_failure_in_the_latest_quarter_has_no_year_and_no_cost_of_waiting() -> None:
    """A campaign of the second quarter: nothing is lost by waiting, whatever the trend before."""
    amount = Money(Decimal("300.00"), Decimal("200.00"), Decimal("400.00"), "EUR", "made")
    of = IssueMoney({"issue": "a"}, 9, 0, 0, None, amount, NO_DATA, NO_DATA, amount, NO_DATA, amount, amount)
    yearly, delay = at_this_pace(of, [10, 20, 0], 30, "EUR", known=True)
    assert (yearly.value, delay.value, yearly.method, delay.method) == (None, None, ENDED, ENDED)
    yearly, delay = at_this_pace(of, [10, 20], 30, "EUR", known=True)
    assert yearly.value == Decimal("800.00")  # 20 of 30 failures a quarter, four times
    assert delay.value is not None


def test_what_could_not_fail_for_eight_weeks_has_ended() -> None:
    """The week of 1 July ends on the 7th; eight weeks later it is 1 September."""
    assert not _ended(None, date(2024, 7, 1), datetime(2024, 9, 1, 12))
    assert _ended(None, date(2024, 7, 1), datetime(2024, 9, 2, 12))
    assert not _ended(None, None, datetime(2024, 9, 2, 12))

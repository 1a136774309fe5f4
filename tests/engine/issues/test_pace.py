"""The pace of an issue: failures in each whole quarter of the record."""

from __future__ import annotations

from datetime import date

import pytest

from troth.engine.issues.pace import whole_quarters


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

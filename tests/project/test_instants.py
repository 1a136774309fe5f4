"""What a date means: its end, where the project is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from troth.project.instants import instant
from troth.terms.errors import RequestError

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("when", "utc"),
    [
        ("2012-01-31", "2012-02-01T04:59:59.999999"),
        (date(2012, 1, 31), "2012-02-01T04:59:59.999999"),
        ("2012-07-31", "2012-08-01T03:59:59.999999"),  # summer time: four hours behind
        ("2012-03-11", "2012-03-12T03:59:59.999999"),  # a day of 23 hours ends at midnight all the same
        ("2012-01-31T18:00", "2012-01-31T23:00:00"),
        ("2012-01-31T18:00+01:00", "2012-01-31T17:00:00"),
        (datetime(2012, 1, 31, 18, tzinfo=UTC), "2012-01-31T18:00:00"),
    ],
)
def test_a_day_ends_where_the_project_is(when: str | date | datetime, utc: str) -> None:
    assert instant(when, NEW_YORK).astimezone(UTC).replace(tzinfo=None).isoformat() == utc


def test_one_microsecond_after_a_day_is_the_next() -> None:
    assert (instant("2012-01-31", NEW_YORK) + timedelta(microseconds=1)).date() == date(2012, 2, 1)


def test_what_is_no_date_says_how_to_write_one() -> None:
    with pytest.raises(RequestError, match="2012-01-31") as error:
        instant("31/01/2012", NEW_YORK)
    assert error.value.exit_code == 5

"""What a date means: its end, where the project is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from troth.terms.errors import RequestError
from troth.terms.instants import day, instant, zone

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


@pytest.mark.parametrize("when", ["2024-03-01", "2024-03-01T12:00", date(2024, 3, 1), datetime(2024, 3, 1, 12)])
def test_where_nobody_said_where_a_day_is_no_instant(when: str | date | datetime) -> None:
    with pytest.raises(RequestError, match=r"as_of: “2024-03-01.*” has no time zone, so it is no instant") as error:
        instant(when, None)
    assert 'timezone="Europe/Paris"' in str(error.value.mend)


def test_an_offset_needs_no_zone() -> None:
    assert instant("2024-03-01T12:00Z", None) == datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("when", [None, 5, 2024.5, ["2024-03-01"], pd.NaT])
def test_what_is_no_date_at_all_is_refused_in_a_sentence(when: object) -> None:
    with pytest.raises(RequestError, match="as_of"):
        instant(when, NEW_YORK)


@pytest.mark.parametrize("name", ["Europe/Pariss", "", "../etc/passwd", 5, None])
def test_an_unknown_zone_is_refused(name: Any) -> None:
    with pytest.raises(RequestError, match="is no time zone"):
        zone(name)


def test_a_near_miss_of_a_zone_is_told() -> None:
    with pytest.raises(RequestError, match="did you mean “Europe/Paris”"):
        instant("2024-03-01", "Europe/Pariss")


@pytest.mark.parametrize("when", ["2024-03-01", " 2024-03-01 ", date(2024, 3, 1)])
def test_a_day_is_a_date_or_its_text(when: str | date) -> None:
    assert day(when, place="since") == date(2024, 3, 1)


@pytest.mark.parametrize("when", ["March", "2024-13-01", datetime(2024, 3, 1, 12), 20240301, None])
def test_what_is_more_or_less_than_a_day_is_refused(when: object) -> None:
    with pytest.raises(RequestError, match=r"since.*is no day"):
        day(when, place="since")

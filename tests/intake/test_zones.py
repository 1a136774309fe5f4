"""Local time to UTC in the database, against zoneinfo minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pytest

from troth.intake import zones

ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",  # the clock changes at midnight
    "America/Havana",  # goes back from 01:00 to midnight
    "Europe/London",
    "Africa/Casablanca",  # four changes a year
    "Australia/Lord_Howe",  # half an hour
    "Asia/Kathmandu",  # +05:45, no change
    "Pacific/Apia",  # skipped 30 December 2011
    "America/Toronto",
)
YEARS = frozenset({2011, 2012})


def in_database(expression_of: object, moments: list[datetime]) -> list[object]:
    table = ibis.memtable({"at": moments}, schema={"at": "timestamp(6)"})
    assert callable(expression_of)
    result: list[object] = ibis.duckdb.connect().to_pyarrow(table.select(x=expression_of(table["at"]))).column("x").to_pylist()
    return result


def exists(local: datetime, zone: str) -> bool:
    aware = local.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


def around_changes(zone: str) -> list[datetime]:
    """Every quarter of an hour within two days of each change, and every ninth hour of the years."""
    held = zones.clock(zone, YEARS)
    near = [change.wall_before + timedelta(minutes=15 * step) for change in held.changes for step in range(-200, 200)]
    far = [datetime(2011, 1, 1) + timedelta(hours=9 * step) for step in range(2 * 365 * 24 // 9)]
    return sorted({moment for moment in near + far if moment.year in YEARS})


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_become_utc_and_the_first_of_two_counts(zone: str) -> None:
    moments = [moment for moment in around_changes(zone) if exists(moment, zone)]
    expected = [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for moment in moments]

    assert in_database(lambda at: zones.to_utc(at, zone, YEARS), moments) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_times_the_clocks_leave_out_are_flagged(zone: str) -> None:
    moments = around_changes(zone)

    assert in_database(lambda at: zones.skipped(at, zone, YEARS), moments) == [not exists(moment, zone) for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
def test_times_the_clocks_show_twice_are_flagged(zone: str) -> None:
    moments = around_changes(zone)

    def twice(local: datetime) -> bool:
        first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
        return exists(local, zone) and first != second

    assert in_database(lambda at: zones.repeated(at, zone, YEARS), moments) == [twice(moment) for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
def test_utc_becomes_local_time(zone: str) -> None:
    moments = around_changes(zone)
    expected = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in moments]

    assert in_database(lambda at: zones.to_local(at, zone, YEARS), moments) == expected


def last_instant(day: date, zone: str) -> datetime | None:
    """The slow way: the last microsecond whose local date is the day, found by walking over UTC minutes."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    inside = [
        moment for minute in range(0, 60 * 60, 15) if (moment := start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).date() == day
    ]
    return None if not inside else (max(inside) + timedelta(minutes=15, microseconds=-1)).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_ends_at_its_last_microsecond_where_the_customer_is(zone: str) -> None:
    held = zones.clock(zone, YEARS)
    days = {change.wall_before.date() + timedelta(days=shift) for change in held.changes for shift in (-1, 0, 1)}
    days |= {date(2012, 2, 28), date(2012, 2, 29), date(2011, 12, 31)}
    checked = sorted(day for day in days if day.year in YEARS)
    expected = [(day, end) for day in checked if (end := last_instant(day, zone)) is not None]
    midnights = [datetime(day.year, day.month, day.day) + timedelta(days=1) for day, _ in expected]

    assert in_database(lambda at: zones.day_end(at, zone, YEARS), midnights) == [end for _, end in expected]


def test_a_day_that_ends_before_a_change_undone_over_midnight_ends_the_second_time() -> None:
    """On 26 October 1919 in Toronto nothing odd; on 31 March 1919 the clock went from 23:30 to 00:30: the day ended at 23:30."""
    years = frozenset({1919})
    change = next(change for change in zones.clock("America/Toronto", years).changes if change.skips)
    assert change.wall_before == datetime(1919, 3, 30, 23, 30)

    assert in_database(lambda at: zones.day_end(at, "America/Toronto", years), [datetime(1919, 3, 31)]) == [
        change.at - timedelta(microseconds=1)
    ]


def test_a_far_year_costs_one_year_and_not_thousands() -> None:
    held = zones.clock("America/New_York", frozenset({2024, 9999}))

    assert len(held.changes) <= 5
    moments = [datetime(2024, 7, 1, 12), datetime(9997, 7, 1, 12), datetime(2024, 12, 31, 12)]
    expected = [moment.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC).replace(tzinfo=None) for moment in moments]
    assert in_database(lambda at: zones.to_utc(at, "America/New_York", frozenset({2024, 9999})), moments) == expected


def test_each_row_may_have_its_own_zone() -> None:
    at = datetime(2012, 7, 1, 12)
    names = ["America/New_York", "Europe/London", None, "America/Toronto"]
    table = ibis.memtable({"zone": names, "at": [at] * 4}, schema={"zone": "string", "at": "timestamp(6)"})
    converted = zones.by_zone(
        table["zone"],
        [name for name in names if name],
        YEARS,
        lambda zone: zones.to_utc(table["at"], zone, YEARS),
        fallback="Asia/Kathmandu",
    )

    found = ibis.duckdb.connect().to_pyarrow(table.select(x=converted)).column("x").to_pylist()
    assert found == [at.replace(tzinfo=ZoneInfo(name or "Asia/Kathmandu")).astimezone(UTC).replace(tzinfo=None) for name in names]

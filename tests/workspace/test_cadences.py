"""When a schedule falls due: once a day, week or month by the local clock, whatever the clock does, and once for all that was missed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.workspace.studies.cadences import AsOfRule, Cadence, Every, as_of_at, due_since, last_due, next_due

PARIS = ZoneInfo("Europe/Paris")
"""Clocks go from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October 2026."""
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe", "UTC")
DAILY = Cadence(Every.DAY, time(5, 15))


def local(text: str, zone: ZoneInfo = PARIS, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def shown(instant: datetime, zone: ZoneInfo = PARIS) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("cadence", "now", "before", "after"),
    [
        (DAILY, "2026-11-27 05:14", "2026-11-26 05:15", "2026-11-27 05:15"),
        (DAILY, "2026-11-27 05:15", "2026-11-27 05:15", "2026-11-28 05:15"),
        (Cadence(Every.WEEK, time(6), weekday=0), "2026-11-27 12:00", "2026-11-23 06:00", "2026-11-30 06:00"),
        (Cadence(Every.MONTH, time(6), day=1), "2026-11-27 12:00", "2026-11-01 06:00", "2026-12-01 06:00"),
        (Cadence(Every.MONTH, time(6), day=31), "2026-02-28 05:59", "2026-01-31 06:00", "2026-02-28 06:00"),
        (Cadence(Every.MONTH, time(6), day=30), "2028-02-29 06:00", "2028-02-29 06:00", "2028-03-30 06:00"),
    ],
)
def test_a_cadence_is_a_local_time_again_and_again(cadence: Cadence, now: str, before: str, after: str) -> None:
    assert shown(last_due(cadence, local(now), PARIS)) == before
    assert shown(next_due(cadence, local(now), PARIS)) == after


def test_the_local_time_stays_when_the_clock_changes() -> None:
    winter, summer = (next_due(DAILY, local(day), PARIS) for day in ("2026-03-28 00:00", "2026-03-29 12:00"))
    assert (winter.hour, summer.hour) == (4, 3)  # UTC
    assert shown(winter)[-5:] == shown(summer)[-5:] == "05:15"


def test_a_time_the_clock_jumps_over_comes_once_an_hour_later_by_the_clock() -> None:
    night = Cadence(Every.DAY, time(2, 30))
    falls = [next_due(night, local("2026-03-28 12:00"), PARIS)]
    falls.append(next_due(night, falls[0], PARIS))
    assert [shown(one) for one in falls] == ["2026-03-29 03:30", "2026-03-30 02:30"]


def test_a_time_the_clock_shows_twice_comes_once_the_first_time() -> None:
    night = Cadence(Every.DAY, time(2, 30))
    first = next_due(night, local("2026-10-24 12:00"), PARIS)
    assert first == local("2026-10-25 02:30", fold=0).astimezone(UTC)
    assert due_since(night, first, local("2026-10-25 02:30", fold=1), PARIS) is None
    assert shown(next_due(night, first, PARIS)) == "2026-10-26 02:30"


def test_what_was_missed_is_made_up_for_once_by_the_latest() -> None:
    worked, now = local("2026-11-20 05:15"), local("2026-11-27 12:00")
    due = due_since(DAILY, worked, now, PARIS)
    assert due is not None
    assert shown(due) == "2026-11-27 05:15"
    assert due_since(DAILY, due, now, PARIS) is None


def test_a_schedule_made_after_its_time_of_day_waits_for_the_next_day() -> None:
    made = local("2026-11-27 09:00")
    assert due_since(DAILY, made, local("2026-11-28 05:14"), PARIS) is None
    assert due_since(DAILY, made, local("2026-11-28 05:15"), PARIS) == local("2026-11-28 05:15")


@pytest.mark.parametrize(
    ("rule", "as_of"),
    [
        (AsOfRule.YESTERDAY, "2026-11-26 23:59:59.999999"),
        (AsOfRule.LAST_WEEK, "2026-11-22 23:59:59.999999"),
        (AsOfRule.LAST_MONTH, "2026-10-31 23:59:59.999999"),
    ],
)
def test_the_as_of_is_the_end_of_a_local_day_told_from_when_it_fell_due(rule: AsOfRule, as_of: str) -> None:
    assert as_of_at(rule, local("2026-11-27 05:15"), PARIS) == local(as_of)


def test_on_a_monday_the_last_whole_week_ended_the_day_before() -> None:
    assert as_of_at(AsOfRule.LAST_WEEK, local("2026-11-30 00:10"), PARIS) == local("2026-11-29 23:59:59.999999")


def test_a_study_as_of_when_it_starts_has_no_as_of_yet() -> None:
    assert as_of_at(AsOfRule.START, local("2026-11-27 05:15"), PARIS) is None


def naive(cadence: Cadence, start: datetime, minutes: int, zone: ZoneInfo) -> list[datetime]:
    """The second reckoning: walk the minutes, and note the first of each local day on which the clock shows the time."""
    found: dict[object, datetime] = {}
    for minute in range(minutes):
        now = start + timedelta(minutes=minute)
        clock = now.astimezone(zone)
        if clock.time() == cadence.at and cadence.falls_on(clock.date()):
            found.setdefault(clock.date(), now)
    return list(found.values())


@given(
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    weekday=st.integers(0, 6),
    day=st.integers(1, 31),
    name=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
)
def test_following_one_due_to_the_next_finds_what_a_walk_along_the_minutes_finds(
    every: Every, hour: int, minute: int, weekday: int, day: int, name: str, start: datetime
) -> None:
    zone, days = ZoneInfo(name), 5
    cadence = Cadence(every, time(hour, minute), weekday, day)
    first = start.replace(second=0, microsecond=0, tzinfo=UTC)
    end = first + timedelta(days=days)
    found, now = [], first - timedelta(microseconds=1)
    while (now := next_due(cadence, now, zone)) < end:
        found.append(now)
        assert last_due(cadence, now, zone) == now
        assert last_due(cadence, now - timedelta(microseconds=1), zone) < now
    walked = naive(cadence, first, days * 24 * 60, zone)
    jumped = [one for one in found if one.astimezone(zone).time() != cadence.at]
    again = [one for one in walked if one.astimezone(zone).fold]  # the walk began between the two
    assert [one for one in found if one not in jumped] == [one for one in walked if one not in again]
    assert len(jumped) <= 1

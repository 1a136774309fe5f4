"""When a schedule falls due: pure functions of a cadence, an instant and the project's time zone.

A cadence names a local time. A time the clock jumps over in spring is kept as if it had not jumped: 02:30 comes at 03:30. One the clock
shows twice in autumn is the first of the two. So every cadence falls due once a day, week or month.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from troth.terms.instants import LAST_INSTANT


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class AsOfRule(StrEnum):
    """The as-of of a scheduled study, from the instant its schedule fell due."""

    START = "start"
    YESTERDAY = "yesterday"
    LAST_WEEK = "last week"
    LAST_MONTH = "last month"


@dataclass(frozen=True, slots=True)
class Cadence:
    """A local time of the project's zone, again and again.

    :param at: the local time; seconds are not looked at.
    :param weekday: Monday is 0; only a weekly cadence looks at it.
    :param day: day of the month, 1 to 31, the last one where a month is shorter; only a monthly cadence looks at it.
    """

    every: Every
    at: time
    weekday: int = 0
    day: int = 1

    def falls_on(self, day: date) -> bool:
        """Whether it falls due on a local day."""
        match self.every:
            case Every.DAY:
                return True
            case Every.WEEK:
                return day.weekday() == self.weekday
            case Every.MONTH:
                return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])


LOOK = 63
"""Days a monthly cadence is looked for: two of the longest months."""


def last_due(cadence: Cadence, now: datetime, zone: ZoneInfo) -> datetime:
    """The latest instant, not after ``now``, at which the cadence fell due; in UTC."""
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in range(-1, LOOK))
    return next(found for day in days if cadence.falls_on(day) and (found := _instant(day, cadence.at, zone)) <= now)


def next_due(cadence: Cadence, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after ``now`` at which the cadence falls due; in UTC."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, LOOK))
    return next(found for day in days if cadence.falls_on(day) and (found := _instant(day, cadence.at, zone)) > now)


def due_since(cadence: Cadence, worked: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest instant after ``worked`` at which the cadence fell due, ``None`` where it did not: of many missed ones, one is left."""
    found = last_due(cadence, now, zone)
    return found if found > worked else None


def as_of_at(rule: AsOfRule, due: datetime, zone: ZoneInfo) -> datetime | None:
    """The as-of of a study that fell due at ``due``: the end of a local day; ``None`` is the instant it starts."""
    today = due.astimezone(zone).date()
    if rule is AsOfRule.START:
        return None
    back = {AsOfRule.YESTERDAY: 1, AsOfRule.LAST_WEEK: today.weekday() + 1, AsOfRule.LAST_MONTH: today.day}[rule]
    return datetime.combine(today - timedelta(days=back), LAST_INSTANT, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(second=0, microsecond=0), zone).astimezone(UTC)

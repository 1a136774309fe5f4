"""Local time to UTC, inside the database, the same on every engine.

Engines disagree on their zone functions and on what a skipped hour means, so the offsets come from ``zoneinfo`` once, for the years
at hand, and the conversion is a CASE over a handful of changes: plain comparisons of timestamps.

Rules: a local time the clocks leave out (the gap in spring) has no UTC, so it is flagged; of a local time that happens twice (autumn)
the first one counts; a day ends at the last microsecond whose local date it is, whatever the clocks do at midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TypeAlias
from zoneinfo import ZoneInfo, available_timezones

import ibis
import ibis.expr.types as ir

_SECOND = timedelta(seconds=1)
_PROBE = timedelta(days=1)
_MARGIN = timedelta(days=2)
MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """The names of all time zones; looking them up reads a folder of files, so once is enough."""
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a zone's clock.

    :param at: the instant, naive UTC.
    :param before: offset from UTC until then.
    :param after: offset from UTC from then on.
    """

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def wall_before(self) -> datetime:
        """What the clock shows when the change comes."""
        return self.at + self.before

    @property
    def wall_after(self) -> datetime:
        """What it shows right after."""
        return self.at + self.after

    @property
    def skips(self) -> bool:
        """The clock jumps forward: the times between are left out."""
        return self.after > self.before

    @property
    def repeats(self) -> bool:
        """The clock goes back: the times between occur twice."""
        return self.after < self.before


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's offsets over some years: the first one, and every change after it."""

    first: timedelta
    changes: tuple[Change, ...]


Years: TypeAlias = frozenset[int]
"""The years the local times at hand lie in: the fewer, the shorter the CASE. A far year (9999 for “never”) costs one year, not 8,000."""

FIRST_YEAR, LAST_YEAR = 2, 9997
"""Years a clock is built for; beyond them the nearest offset holds."""


@lru_cache(maxsize=1024)
def clock(zone: str, years: Years) -> Clock:
    """The offsets of a zone over whole years, with a margin of two days on either side.

    Found by looking at every day and halving the interval wherever the offset differs; a zone that changes its clock twice within a
    day and ends where it began would be missed, and none does.
    """
    offset = partial(_offset, ZoneInfo(zone))
    held = sorted({min(max(year, FIRST_YEAR), LAST_YEAR) for year in years})
    first: timedelta | None = None
    before = timedelta(0)
    changes: list[Change] = []
    for position, year in enumerate(held):
        if position == 0 or held[position - 1] != year - 1:
            start = datetime(year, 1, 1) - _MARGIN
            if first is None:
                first = offset(start)
            elif offset(start) != before:
                changes.append(Change(start, before, offset(start)))  # nothing lies in the years between: one step stands for them all
            before = offset(start)
        else:
            start = datetime(year, 1, 1) + _MARGIN
        end = datetime(year + 1, 1, 1) + _MARGIN
        for change in _changes(offset, start, end):
            changes.append(change)
            before = change.after
    return Clock(offset(datetime(1970, 1, 1)) if first is None else first, tuple(changes))


def _offset(place: ZoneInfo, at: datetime) -> timedelta:
    """Offset from UTC of a place at an instant given in naive UTC."""
    found = at.replace(tzinfo=UTC).astimezone(place).utcoffset()
    return found if found is not None else timedelta(0)


def _changes(offset: Callable[[datetime], timedelta], at: datetime, end: datetime) -> Iterator[Change]:
    """The changes between two instants."""
    before = offset(at)
    while at < end:
        following = at + _PROBE
        after = offset(following)
        if after != before:
            low, high = at, following
            while high - low > _SECOND:
                middle = low + (high - low) // _SECOND // 2 * _SECOND
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            yield Change(high, before, after)
        at, before = following, after


def to_utc(local: ir.TimestampValue, zone: str, years: Years) -> ir.TimestampValue:
    """Local times of one zone as naive UTC; a skipped time is read with the offset before the change (flag it with :func:`skipped`)."""
    held = clock(zone, years)
    return _by_change(held, lambda change: local < change.wall_before, lambda offset: _minus(local, offset))


def day_end(midnight: ir.TimestampValue, zone: str, years: Years) -> ir.TimestampValue:
    """The last microsecond, naive UTC, of the local day that ends at ``midnight`` (the local 00:00 of the day after)."""
    held = clock(zone, years)
    branches: list[tuple[ir.BooleanValue, ir.TimestampValue]] = []
    offset = held.first
    for change in held.changes:
        # A midnight the clock comes back to belongs to the old day the first time; one it comes back to exactly is the new day at once.
        limit = change.wall_before if change.skips else change.wall_after + MICROSECOND
        branches.append((midnight < ibis.timestamp(limit), _minus(midnight, offset)))
        if change.skips:
            branches.append((midnight < ibis.timestamp(change.wall_after), ibis.timestamp(change.at)))
        offset = change.after
    end = _minus(midnight, offset) if not branches else ibis.cases(*branches, else_=_minus(midnight, offset))
    return end - ibis.interval(microseconds=1)


def skipped(local: ir.TimestampValue, zone: str, years: Years) -> ir.BooleanValue:
    """Whether the clocks of the zone leave this local time out."""
    gaps = [
        (local >= ibis.timestamp(change.wall_before)) & (local < ibis.timestamp(change.wall_after))
        for change in clock(zone, years).changes
        if change.skips
    ]
    return ibis.or_(*gaps) if gaps else ibis.literal(False)


def repeated(local: ir.TimestampValue, zone: str, years: Years) -> ir.BooleanValue:
    """Whether the clocks of the zone show this local time twice; :func:`to_utc` takes the first."""
    twice = [
        (local >= ibis.timestamp(change.wall_after)) & (local < ibis.timestamp(change.wall_before))
        for change in clock(zone, years).changes
        if change.repeats
    ]
    return ibis.or_(*twice) if twice else ibis.literal(False)


def to_local(utc: ir.TimestampValue, zone: str, years: Years) -> ir.TimestampValue:
    """Naive UTC as the local time of one zone."""
    held = clock(zone, years)
    return _by_change(held, lambda change: utc < ibis.timestamp(change.at), lambda offset: _minus(utc, -offset))


def by_zone(
    zone: ir.StringValue,
    zones: Iterable[str],
    years: Years,
    convert: Callable[[str], ir.Value],
    *,
    fallback: str,
) -> ir.Value:
    """Convert each row with its own zone.

    :param zone: the row's zone; where it is NULL the ``fallback`` holds.
    :param zones: every zone that occurs.
    :param convert: one zone's conversion. Zones with the same clock in these years share one branch.
    """
    alike: dict[Clock, list[str]] = {}
    for name in sorted(set(zones)):
        alike.setdefault(clock(name, years), []).append(name)
    alike.pop(clock(fallback, years), None)  # zones that run like the fallback need no branch of their own
    if not alike:
        return convert(fallback)
    return ibis.cases(*((zone.isin(names), convert(names[0])) for names in alike.values()), else_=convert(fallback))


def _by_change(
    held: Clock,
    before: Callable[[Change], ir.BooleanValue],
    shift: Callable[[timedelta], ir.TimestampValue],
) -> ir.TimestampValue:
    """One branch per change, earliest first; rows before a change take the offset that held until it."""
    offsets = [held.first, *(change.after for change in held.changes)]
    if not held.changes:
        return shift(held.first)
    branches = [(before(change), shift(offset)) for change, offset in zip(held.changes, offsets, strict=False)]
    return ibis.cases(*branches, else_=shift(offsets[-1]))


def _minus(moment: ir.TimestampValue, offset: timedelta) -> ir.TimestampValue:
    seconds = int(offset.total_seconds())
    return moment if seconds == 0 else moment - ibis.interval(seconds=seconds)

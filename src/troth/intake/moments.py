"""Moments of a mapping: local times, dates alone and instants, all as naive UTC.

A value may be a local time (of the source's zone), a day without a time (of the customer's zone, c3) or an instant. What a text column
really holds is looked at once (:class:`Looks`), so that the columns read later carry no branch nobody needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir

from troth.intake import zones
from troth.intake.expressions import Expression
from troth.intake.translation import Hoist, Reading, Translator, by_days

Name = TypeVar("Name")

FEW_YEARS = 40
"""Spans up to this many years go into the clock whole; longer ones (9999 for “never”) are counted year by year."""


@dataclass(frozen=True)
class Facts:
    """What the rows of a reading hold.

    :param instants: some value names an instant.
    :param days: some value names a day alone.
    :param times: some value names a local time.
    :param years: years they lie in.
    """

    instants: bool
    days: bool
    times: bool
    years: zones.Years


@dataclass(frozen=True)
class Place:
    """Where a mapping's times belong.

    :param zone: the source's zone.
    :param own: expression of the row's own zone, if the mapping has one.
    :param owned: the zones that occur in it.
    """

    zone: str
    own: ir.StringValue | None = None
    owned: tuple[str, ...] = ()


def read(translator: Translator, expression: Expression) -> Reading:
    """Read an expression as a moment, whatever kind it yields.

    :raises ExpressionError: it yields neither text, date nor timestamp.
    """
    value = translator.value(expression)
    kind = value.type()
    if kind.is_string():
        return translator.moment_of(value, expression.tree)
    if kind.is_timestamp() and kind.timezone is not None:
        return Reading(value.cast("timestamp(6)"), instant=True, day=False)
    if kind.is_date():
        return Reading(value.cast("timestamp(6)"), instant=False, day=True)
    if kind.is_timestamp():
        return Reading(value.cast("timestamp(6)"), instant=False, day=_day_moved(translator, expression))
    if kind.is_null():
        return Reading(value.cast("timestamp(6)"), instant=False, day=False)
    raise expression.error(
        f"this is a {kind} where a date or timestamp is needed",
        "to_timestamp(x) reads seconds since 1970, epoch_ms(x) milliseconds, strptime(x, '%Y%m%d') other forms.",
    )


def _day_moved(translator: Translator, expression: Expression) -> ir.BooleanValue | bool:
    """Where a text that names a day alone is moved by days: it still names a day alone."""
    moved = by_days(expression.tree)
    if moved is None:
        return False
    text = translator.of(moved)
    return translator.moment_of(text, moved).day if text.type().is_string() else False


@dataclass(frozen=True)
class Looks:
    """What has been found out about the moments of one source, so that each is looked at once.

    :param local: a zone other than UTC plays a part, so the years matter.
    """

    local: bool
    found: dict[tuple[Hoist, bool], Facts] = field(default_factory=dict)

    def __call__(self, table: ir.Table, readings: Mapping[Hoist, Reading]) -> dict[Hoist, Facts]:
        """Look at the readings nobody has looked at yet, in one pass over the rows."""
        unknown = {hoist: reading for hoist, reading in readings.items() if (hoist, self.local) not in self.found}
        self.found.update({(hoist, self.local): facts for hoist, facts in profile(table, unknown, local=self.local).items()})
        return {hoist: self.found[hoist, self.local] for hoist in readings}


def profile(table: ir.Table, readings: Mapping[Name, Reading], *, local: bool) -> dict[Name, Facts]:
    """Look at what the readings hold, in one pass over the rows.

    :param local: a zone other than UTC plays a part, so the years matter.
    """
    asked: dict[str, ir.Value] = {}
    for position, reading in enumerate(readings.values()):
        if reading.needs_looking or local:
            instant, day = _column(reading.instant), _column(reading.day)
            there = reading.wall.notnull()
            asked[f"instants_{position}"] = (there & instant).any()
            asked[f"days_{position}"] = (there & day & ~instant).any()
            asked[f"times_{position}"] = (there & ~day & ~instant).any()
            asked[f"first_{position}"] = reading.wall.year().min()
            asked[f"last_{position}"] = reading.wall.year().max()
    found: dict[str, Any] = table.aggregate(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    facts = {}
    for position, (name, reading) in enumerate(readings.items()):
        if f"first_{position}" not in found:
            facts[name] = Facts(
                instants=reading.instant is True, days=reading.day is True, times=not reading.instant and not reading.day, years=frozenset()
            )
            continue
        first, last = found[f"first_{position}"], found[f"last_{position}"]
        years: zones.Years = frozenset() if first is None else frozenset(range(int(first), int(last) + 1))
        if len(years) > FEW_YEARS:
            counted = table.select(year=reading.wall.year()).distinct().to_pyarrow().column("year").to_pylist()
            years = frozenset(int(year) for year in counted if year is not None)
        facts[name] = Facts(
            instants=bool(found[f"instants_{position}"]),
            days=bool(found[f"days_{position}"]),
            times=bool(found[f"times_{position}"]),
            years=years,
        )
    return facts


@dataclass(frozen=True)
class Instant:
    """A moment as naive UTC.

    :param skipped: where the clocks leave the local time out; ``None``: nowhere.
    :param repeated: where they show it twice, and the first is taken; ``None``: nowhere.
    """

    at: ir.TimestampValue
    skipped: ir.BooleanValue | None = None
    repeated: ir.BooleanValue | None = None


def utc(reading: Reading, facts: Facts, place: Place, *, last: bool) -> Instant:
    """The moment as naive UTC.

    :param last: a day alone means its last microsecond rather than its first.
    """
    wall, years = reading.wall, facts.years
    instant, day = _column(reading.instant), _column(reading.day)
    gap: ir.BooleanValue | None = None
    twice: ir.BooleanValue | None = None
    result: ir.TimestampValue | None = None
    if facts.times or not (facts.days or facts.instants):
        result = zones.to_utc(wall, place.zone, years)
        others = [flag for flag, there in ((day, facts.days), (instant, facts.instants)) if there]
        changes = zones.clock(place.zone, years).changes
        if any(change.skips for change in changes):
            gap = ibis.and_(zones.skipped(wall, place.zone, years), *(~other for other in others))
        if any(change.repeats for change in changes):
            twice = ibis.and_(zones.repeated(wall, place.zone, years), *(~other for other in others))
    if facts.days:
        whole = wall.truncate("D")
        following = whole + ibis.interval(days=1)

        def of_day(zone: str) -> ir.TimestampValue:
            return zones.day_end(following, zone, years) if last else zones.to_utc(whole, zone, years)

        own, fallback = place.own, place.zone
        days = of_day(fallback) if own is None else zones.by_zone(own, place.owned, years, of_day, fallback=fallback)
        result = days if result is None else day.ifelse(days, result)
    if facts.instants:
        result = wall if result is None else instant.ifelse(wall, result)
    return Instant(wall if result is None else result, gap, twice)


def days_since(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Days from one instant to another."""
    return end.delta(start, unit="microsecond") / MICROSECONDS_PER_DAY


MICROSECONDS_PER_DAY = 86_400_000_000.0


def _column(value: ir.BooleanValue | bool) -> Any:  # noqa: FBT001  # a flag of every row, or one column of flags
    return ibis.literal(value) if isinstance(value, bool) else value

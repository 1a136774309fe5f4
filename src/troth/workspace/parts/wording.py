"""Numbers, dates and lists in words. Every page writes them through here, so that a thing looks the same wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from troth.terms import levels

NO_DATA = "no data"
UNKNOWN = "unknown"
MINUS = levels.MINUS
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
)  # fmt: skip


def whole(value: float) -> str:
    """A count: thousands apart, a true minus sign."""
    return f"{round(value):,}".replace("-", MINUS)


def level(value: float, unit: str) -> str:
    """A promised or received level with its unit (:func:`troth.terms.levels.level`)."""
    return levels.level(value, unit)


def signed(value: float) -> str:
    """A count with its sign, as for a part of the break account or a change."""
    count = round(value)
    return f"+{count:,}" if count > 0 else whole(value)


def money(value: Decimal | float | None, currency: str) -> str:
    """An amount in whole units of its currency, for people; what is not quite nothing never reads as 0, and unknown never as a number."""
    if value is None:
        return UNKNOWN
    if 0 < abs(float(value)) < 0.5:  # noqa: PLR2004 - half a unit would be rounded to none
        return f"under {currency} 1" if value > 0 else f"{currency} {MINUS}1 to 0"
    return f"{currency} {whole(float(value))}"


def money_span(low: Decimal | float | None, high: Decimal | float | None) -> str:
    """The range of an amount in whole units, which stands beside the amount with its currency; empty where there is none."""
    return "" if low is None or high is None else f"{whole(float(low))} to {whole(float(high))}"


def percent(value: float | None, places: int = 1) -> str:
    """A share. What is not quite nothing or not quite all never reads as 0% or 100%."""
    if value is None:
        return NO_DATA
    smallest = 10.0 ** -(places + 2)
    if 0 < value < smallest / 2:
        return f"under {smallest:.{places}%}"
    if 1 - smallest / 2 < value < 1:
        return f"over {1 - smallest:.{places}%}"
    if value in {0, 1}:
        return f"{value:.0%}"
    return f"{value:.{places}%}"


def ratio(value: float | None) -> str:
    """A ratio of received to expected."""
    return NO_DATA if value is None else f"{value:.3f}"


def points(value: float) -> str:
    """A difference of two shares, in percentage points."""
    text = f"{abs(value) * 100:.1f}"
    return f"{text} points" if text == "0.0" else f"{'+' if value > 0 else MINUS}{text} points"


def span(low: float | None, high: float | None, *, share: bool) -> str:
    """An interval; empty where there is none."""
    if low is None or high is None:
        return ""
    return f"{low * 100:.1f} to {high * 100:.1f}%" if share else f"{low:.3f} to {high:.3f}"


def listed(words: Sequence[str], joint: str = "and") -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}" if words else ""


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def day(value: date) -> str:
    """``31 January 2012``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``31 January 2012, 23:59``, in the reader's zone."""
    local = value.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def month(value: str) -> str:
    """``2012-01`` as ``January 2012``."""
    year, number = value.split("-")[:2]
    return f"{MONTHS[int(number) - 1]} {year}"


def days(since: date, until: date) -> str:
    """``2 to 15 December 2024``, ``24 April to 3 May 2024``."""
    if since == until:
        return day(since)
    if since.year != until.year:
        return f"{day(since)} to {day(until)}"
    return f"{since.day}{'' if since.month == until.month else ' ' + MONTHS[since.month - 1]} to {day(until)}"


def months(since: date, until: date) -> str:
    """A period as people say it: ``July to September 2013``, ``July 2011 to January 2012``, or the days where it is not whole months."""
    following = date.fromordinal(until.toordinal() + 1)
    if since.day != 1 or following.day != 1:
        return day(since) if since == until else f"{day(since)} to {day(until)}"
    first, last = MONTHS[since.month - 1], MONTHS[until.month - 1]
    if since.year != until.year:
        return f"{first} {since.year} to {last} {until.year}"
    return f"{first} {since.year}" if since.month == until.month else f"{first} to {last} {until.year}"

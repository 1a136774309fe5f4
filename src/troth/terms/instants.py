"""From what people write as a date to an instant, or to a day: wherever someone says “as of”, “since” or “until”."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

from troth.terms.errors import RequestError, did_you_mean

When = str | date | datetime
"""What people give as an as-of."""

Day = str | date | None
"""What people give as one end of a period; ``None`` is open."""

LAST_INSTANT = time.max
"""A day ends at its last microsecond, so that what falls due on that day is due by its end (domain.md c3)."""

FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Years people may ask about: earlier and later ones are placeholders, and no calendar holds the year after 9999."""

AS_WRITTEN = "write a day as 2012-01-31, or a time as 2012-01-31T18:00 (an offset may follow)."


def instant(when: object, timezone: str | None, *, place: str = "as_of") -> datetime:
    """The instant ``when`` means.

    :param when: a day (its end), a local time, or a time with its offset; a ``date``, a ``datetime``, or text in ISO 8601.
    :param timezone: where a day or a time without an offset belongs; ``None`` where nobody said: then only a time with its offset is one.
    :param place: what the caller calls ``when``.
    :returns: an aware datetime.
    :raises RequestError: no date, no such zone, or no zone at all.
    """
    said = _parse(when, place) if isinstance(when, str) else when
    if not isinstance(said, date) or said != said:  # noqa: PLR0124 - pandas' NaT is a datetime that does not equal itself
        what = "nothing was given" if when is None else f"{when!r} ({type(when).__name__}) is no date"
        raise RequestError(f"{what}.", place=place, mend=AS_WRITTEN)
    within_reach(said, place=place)
    if isinstance(said, datetime) and said.tzinfo is not None:
        return said
    if timezone is None:
        raise RequestError(
            f"“{when}” has no time zone, so it is no instant.",
            place=place,
            mend='say where it belongs, with timezone="Europe/Paris" beside it, or give a time with its offset: 2012-01-31T18:00+01:00.',
        )
    local = said if isinstance(said, datetime) else datetime.combine(said, LAST_INSTANT)
    return local.replace(tzinfo=zone(timezone))


def within_reach(when: date, *, place: str) -> None:
    """Refuse a day or a time from which a calendar cannot go back and forth.

    :param place: what the caller calls it.
    :raises RequestError: its year is before :data:`FIRST_YEAR` or after :data:`LAST_YEAR`.
    """
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise RequestError(
            f"the year {when.year:04d} is out of reach.",
            place=place,
            mend=f"give one from {FIRST_YEAR} to {LAST_YEAR}; leave the date out where there is none.",
        )


def day(when: object, *, place: str) -> date:
    """A day as people write it: a ``date`` or text such as 2012-01-31.

    :param place: what the caller calls it.
    :raises RequestError: it is none; a time of day is more than a day.
    """
    if isinstance(when, date) and not isinstance(when, datetime):
        return when
    try:
        if isinstance(when, str):
            return date.fromisoformat(when.strip())
    except ValueError:
        pass
    raise RequestError(f"{f'“{when}”' if isinstance(when, str) else repr(when)} is no day.", place=place, mend="write it as 2012-01-31.")


def zone(name: str) -> ZoneInfo:
    """The time zone of this name.

    :raises RequestError: there is none, with the nearest one there is.
    """
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, TypeError, OSError) as error:  # not found, or no name at all
        near = did_you_mean(str(name), available_timezones())
        mend = near if near and near.startswith("did") else "name a zone of the IANA database, such as Europe/Paris."
        raise RequestError(f"“{name}” is no time zone.", place="timezone", mend=mend) from error


def _parse(text: str, place: str) -> date | datetime:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text.strip())
        except ValueError:
            continue
    raise RequestError(f"“{text}” is no date.", place=place, mend=AS_WRITTEN)

"""From what people write as a date to the instant a study speaks of."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from troth.terms.errors import RequestError

LAST_INSTANT = time.max
"""A day ends at its last microsecond, so that what falls due on that day is due by its end (domain.md c3)."""


def instant(when: str | date | datetime, timezone: str) -> datetime:
    """The instant ``when`` means where the project is.

    :param when: a day (its end), a local time, or a time with its offset; text in ISO 8601.
    :param timezone: the project's zone, for what carries none.
    :returns: an aware datetime.
    :raises RequestError: the text is no date.
    """
    if isinstance(when, str):
        when = _parse(when)
    if not isinstance(when, datetime):
        when = datetime.combine(when, LAST_INSTANT)
    return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(timezone))


def _parse(text: str) -> date | datetime:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text.strip())
        except ValueError:
            continue
    raise RequestError(f"“{text}” is no date.", mend="write a day as 2012-01-31, or a time as 2012-01-31T18:00 (an offset may follow).")

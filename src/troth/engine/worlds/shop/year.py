"""The shop's year: 2024, on the clock of São Paulo, and how busy each of its hours is.

Times are days since the start of the year, as floats. People come at an even pace in *busy time*, which runs fast in busy hours and
slow at night; :func:`to_clock` turns it into days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from troth.engine.worlds.shop.draws import Floats, Ints

START = datetime(2024, 1, 1)
"""Local time; São Paulo has had no daylight saving since 2019, so local times do not repeat."""
DAYS = 366
END = float(DAYS)
LAST_DAY = date(2024, 12, 31)
MICROSECONDS = 86_400_000_000

HOURS = (0.5, 0.3, 0.2, 0.15, 0.15, 0.25, 0.5, 0.8, 1.1, 1.3, 1.4, 1.4, 1.5, 1.3, 1.2, 1.2, 1.2, 1.2, 1.3, 1.5, 1.7, 1.7, 1.4, 0.9)
"""How busy each hour of the day is."""
WEEKDAYS = (1.08, 1.06, 1.04, 1.02, 0.98, 0.86, 0.96)
"""How busy each day of the week is, from Monday."""
RUSH = (
    ("2024-05-06", "2024-05-12", 1.25),
    ("2024-08-05", "2024-08-11", 1.15),
    ("2024-11-22", "2024-12-01", 1.9),
    ("2024-12-09", "2024-12-20", 1.3),
)
"""Busy spells: mother's day, father's day, Black Friday, Christmas. First and last day, and how busy."""


def on(day: str) -> float:
    """A day such as 2024-07-01 as days since the start of the year."""
    return float((date.fromisoformat(day) - START.date()).days)


def within(at: Floats, span: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which times lie in a span: from (included), to (not included), in days."""
    found: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (at >= span[0]) & (at < span[1])
    return found


def moment(day: float) -> datetime:
    """The local time of a day since the start of the year."""
    return START + timedelta(days=day)


def _busy_by_hour() -> Floats:
    weekday = (np.arange(DAYS) + START.weekday()) % 7
    by_day = np.asarray(WEEKDAYS)[weekday]
    for first, last, times in RUSH:
        by_day[int(on(first)) : int(on(last)) + 1] *= times
    hours = (by_day[:, None] * np.asarray(HOURS)).ravel()
    even: Floats = hours * (len(hours) / hours.sum())
    return even


_CLOCK = np.arange(DAYS * 24 + 1) / 24
_BUSY = np.concatenate([[0.0], np.cumsum(_busy_by_hour())]) / 24
"""At each hour on the clock, the busy time gone by: both go from 0 to 366 in the year."""


def to_clock(busy: Floats) -> Floats:
    """Busy time as days on the clock; beyond the year they run alike."""
    return np.where(busy < END, np.interp(busy, _BUSY, _CLOCK), busy)


def to_busy(day: Floats) -> Floats:
    """The way back."""
    return np.where(day < END, np.interp(day, _CLOCK, _BUSY), day)


def hour_of(at: Floats) -> Ints:
    """Hour of the day, 0 to 23."""
    return np.floor((at - np.floor(at)) * 24).astype(np.int64)


def month_of(at: Floats) -> Ints:
    """Month of the year, 0 for January to 11; December for what lies beyond the year."""
    firsts = np.array([(date(2024, month, 1) - START.date()).days for month in range(2, 13)], dtype=np.float64)
    return np.searchsorted(firsts, at, side="right")

"""Durations in words (“8 days”, “15 minutes”, “1.5 h”) as numbers of days."""

from __future__ import annotations

import re

UNITS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
"""Seconds in each unit. Months and years are left out: they have no fixed length, and a promise has to have one."""

SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week"}

_WORDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*")


def days(words: str) -> float | None:
    """The duration in days, or ``None`` where the words are no duration. Several parts add up: “1 day 12 hours” is 1.5."""
    total = _seconds(words)
    return None if total is None else total / UNITS["day"]


def minutes(words: str) -> float | None:
    """The duration in minutes, or ``None`` where the words are no duration."""
    total = _seconds(words)
    return None if total is None else total / UNITS["minute"]


def _seconds(words: str) -> float | None:
    total = 0.0
    position = 0
    while position < len(words):
        part = _WORDS.match(words, position)
        if part is None:
            return None
        amount, unit = part.groups()
        name = unit.lower()
        name = SHORT.get(name, name.removesuffix("s"))
        if name not in UNITS:
            return None
        total += float(amount) * UNITS[name]
        position = part.end()
    return total if words.strip() else None

"""Levels of promises in words: the one wording, wherever a length stands for people to read or to sign."""

from __future__ import annotations

import re

MINUS = "−"
ONE = frozenset({"1", "-1", "+1", "−1"})
PLURAL = re.compile(r"^(second|minute|hour|day|week|month|year|point)s\b")
SHORT_OF = 2
"""Days from which a length is told in days."""


def level(value: float, unit: str) -> str:
    """A promised or received level with its unit; days below two are told in hours, minutes and seconds, and no length but none as 0."""
    if unit == "days" and abs(value) < SHORT_OF:
        seconds = abs(value) * 24 * 60 * 60
        if 0 < seconds < 1:
            return "under 1 s"
        return (MINUS if value < 0 else "") + _short(seconds)
    if 0 < abs(value) < 0.005:  # noqa: PLR2004 - two places would make nothing of it
        return f"under 0.01 {unit}"
    return with_unit(f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", MINUS), unit)


def with_unit(shown: str, unit: str) -> str:
    """A number as it is printed, with its unit: ``1 day``, ``1.5 days``, ``1 minute outside``; nothing behind it where there is none."""
    of_it = PLURAL.sub(r"\g<1>", unit) if shown in ONE else unit
    return f"{shown} {of_it}".rstrip()


def agreed(value: float, unit: str) -> str:
    """A level somebody agrees: in the words of :func:`level`, and where they leave something out, the exact figure, too.

    So two levels that differ never read alike.
    """
    words = level(value, unit)
    return words if _told_whole(value, unit) else f"{words} (exactly {with_unit(f'{value:.12g}', unit)})"


def _told_whole(value: float, unit: str) -> bool:
    """The words of a level leave nothing of it out."""
    if unit == "days" and abs(value) < SHORT_OF:
        seconds = abs(value) * 24 * 60 * 60
        step = 60 if round(seconds / 60) else 1
        return abs(seconds - step * round(seconds / step)) < 1e-6  # noqa: PLR2004 - what floats make of a whole number
    return abs(value - round(value, 2)) < 1e-9  # noqa: PLR2004 - likewise


def _short(seconds: float) -> str:
    """A length below two days."""
    minutes = round(seconds / 60)
    if minutes >= 60:  # noqa: PLR2004 - an hour
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min" if minutes or not seconds else f"{round(seconds)} s"

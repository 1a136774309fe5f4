"""Counts with their nouns, as notes and sentences say them."""

from __future__ import annotations

import re

ONE = frozenset({"1", "-1", "+1", "−1"})
PLURAL = re.compile(r"^(second|minute|hour|day|week|month|year|point)s\b")


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 failure``, ``2,000 failures``; with ``many`` in place of a plain plural: ``1 text is``, ``2 texts are``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def with_unit(shown: str, unit: str) -> str:
    """A number as it is printed, with its unit: ``1 day``, ``1.5 days``, ``1 minute outside``; nothing behind it where there is none."""
    of_it = PLURAL.sub(r"\g<1>", unit) if shown in ONE else unit
    return f"{shown} {of_it}".rstrip()

"""Counts with their nouns, as notes and sentences say them."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 failure``, ``2,000 failures``; with ``many`` in place of a plain plural: ``1 text is``, ``2 texts are``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

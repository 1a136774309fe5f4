"""Lengths and levels in words: alike wherever they are read, and never alike where they differ."""

from __future__ import annotations

import pytest

from troth.terms.levels import agreed, level


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (10 / 1440, "days", "10 min"),
        (1.5, "days", "36 h 00 min"),
        (8.0, "days", "8 days"),
        (0.1 + 0.2, "days", "7 h 12 min"),
        (30 / 86400, "days", "30 s"),
        (90.0, "minutes", "90 minutes"),
        (2.25, "percent", "2.25 percent"),
    ],
)
def test_what_is_agreed_is_told_in_the_words_of_every_page(value: float, unit: str, words: str) -> None:
    assert agreed(value, unit) == level(value, unit) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2.004, "days", "2 days (exactly 2.004 days)"),
        (0.5003, "days", "12 h 00 min (exactly 0.5003 days)"),
        (0.001, "percent", "under 0.01 percent (exactly 0.001 percent)"),
    ],
)
def test_where_words_leave_something_out_the_exact_figure_stands_beside_them(value: float, unit: str, words: str) -> None:
    """Whoever signs a change of seconds sees one."""
    assert agreed(value, unit) == words

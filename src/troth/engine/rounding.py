"""Whole numbers that add up as the exact ones do (the method of largest remainders)."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor


def whole_numbers(values: Sequence[float]) -> tuple[int, ...]:
    """Each value rounded down or up, so that together they make the rounded sum.

    All are rounded down; what is lost by it goes, one by one, to those that lost most, the earlier first where they lost the same.

    :param values: of any sign.
    """
    down = [floor(value) for value in values]
    most_lost = sorted(range(len(values)), key=lambda place: (down[place] - values[place], place))
    for place in most_lost[: round(sum(values)) - sum(down)]:
        down[place] += 1
    return tuple(down)

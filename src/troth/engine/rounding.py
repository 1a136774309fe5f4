"""Whole numbers that add up as the exact ones do (the method of largest remainders)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TypeVar

Exact = TypeVar("Exact", float, Decimal, Fraction)


def whole_numbers(values: Sequence[Exact], total: int | None = None) -> tuple[int, ...]:
    """Each value rounded down or up, so that together they make the rounded sum.

    All are rounded down; what is lost by it goes, one by one, to those that lost most, the earlier first where they lost the same.

    :param values: of any sign.
    :param total: what they must add up to; the nearest whole number to their sum where left out.
    """
    down = [floor(value) for value in values]
    lost = [value - whole for value, whole in zip(values, down, strict=True)]
    most_lost = sorted(range(len(down)), key=lambda place: (-lost[place], place))
    left = (round(sum(values)) if total is None else total) - sum(down)
    for turn in range(abs(left)):
        down[most_lost[turn % len(down)]] += 1 if left > 0 else -1
    return tuple(down)

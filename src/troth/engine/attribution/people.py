"""Whole events out of shares: nobody is a fraction of a person (the method of largest remainders)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def whole(shares: Sequence[float], total: int) -> tuple[int, ...]:
    """Whole numbers that add up to ``total`` and lie nearest to the shares of it.

    Every share gets its whole part; what is left goes, one by one, to the largest remainders, the earlier first where they are equal.

    :param shares: not negative, and not all 0; they are taken as parts of their sum.
    :param total: what the numbers add up to.
    """
    exact = [Fraction(max(share, 0.0)) for share in shares]
    sum_of = sum(exact, Fraction(0))
    parts = [share * total / sum_of for share in exact] if sum_of else [Fraction(0)] * len(exact)
    floors = [int(part) for part in parts]
    most_left = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for place in most_left[: total - sum(floors) if sum_of else 0]:
        floors[place] += 1
    return tuple(floors)

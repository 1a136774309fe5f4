"""Whole events out of shares: nobody is a fraction of a person."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from troth.engine.rounding import whole_numbers


def whole(shares: Sequence[float], total: int) -> tuple[int, ...]:
    """Whole numbers that add up to ``total`` and lie nearest to the shares of it.

    :param shares: not negative, and not all 0; they are taken as parts of their sum.
    :param total: what the numbers add up to.
    """
    exact = [Fraction(max(share, 0.0)) for share in shares]
    sum_of = sum(exact, Fraction(0))
    return whole_numbers([share * total / sum_of for share in exact], total) if sum_of else (0,) * len(exact)

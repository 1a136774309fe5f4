"""How far a share of money may stray where each amount has a range of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

RANGE = "with the money of each issue anywhere in its range"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one issue weighs, and in whose area its fix lies.

    :param money: at least 0, with its range. :param shares: area to its share; they sum to 1, ``unknown`` among them.
    """

    name: str
    money: float
    low: float
    high: float
    shares: dict[str, float]


def ratio(issues: Sequence[Weighed], part: Callable[[Weighed], float]) -> float | None:
    """Sum of money times ``part`` over sum of money; ``None`` where nothing weighs."""
    whole = sum(one.money for one in issues)
    return min(1.0, max(0.0, sum(one.money * part(one) for one in issues) / whole)) if whole > 0 else None


def lowest(issues: Sequence[Weighed], part: Callable[[Weighed], float]) -> float | None:
    """The least the ratio can be. It is reached where issues with a part below some level weigh most, and the others least."""
    return _extreme(sorted(((part(one), one.low, one.high) for one in issues), key=lambda each: each[0]), min)


def highest(issues: Sequence[Weighed], part: Callable[[Weighed], float]) -> float | None:
    """The most the ratio can be."""
    return _extreme(sorted(((part(one), one.low, one.high) for one in issues), key=lambda each: -each[0]), max)


def _extreme(ordered: Sequence[tuple[float, float, float]], choose: Callable[..., float]) -> float | None:
    """Of the ratios with the first so many at their most and the rest at their least, the one chosen.

    A ratio of two linear functions over a box is extreme at a corner, and the corner is split by one level of ``part``.
    """
    over = sum(part * low for part, low, _ in ordered)
    under = sum(low for _, low, _ in ordered)
    found = [over / under] if under > 0 else []
    for part, low, high in ordered:
        over, under = over + part * (high - low), under + high - low
        if under > 0:
            found.append(over / under)
    return min(1.0, max(0.0, choose(found))) if found else None

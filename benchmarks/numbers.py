"""Are the peer's numbers ours? Counts must be equal; shares and parts to a tolerance.

Shares differ by what rounding to the ledger's eight decimals can move. Parts differ by how far capability is searched: ours stops at a
small part of a bin, the peer at the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SHARE_TOLERANCE = 1e-7
"""Rates, means and their limits."""
PART_TOLERANCE = 1e-5
"""Parts of the account: one break in 100,000 promises."""


def differences(ours: Mapping[str, Any], peer: Mapping[str, Any]) -> list[str]:
    """A sentence for each number that is not the same; empty where all are."""
    found = []
    promises = peer["integrity"]["due"]
    for place, expected in leaves({topic: peer[topic] for topic in ("integrity", "account")}):
        value: Any = ours
        for key in place:
            value = value[key]
        if value is None or abs(value - expected) > allowed(place, expected, promises):
            found.append(f"{' '.join(place)}: ours {value}, the peer's {expected}")
    return found


def allowed(place: tuple[str, ...], expected: float, promises: int) -> float:
    """How far ours may be from the peer's number."""
    if place[0] == "account":
        return PART_TOLERANCE * promises
    return 0 if isinstance(expected, int) else SHARE_TOLERANCE


def leaves(numbers: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every number with its place."""
    for key, value in numbers.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*place, key))
        else:
            yield (*place, key), value

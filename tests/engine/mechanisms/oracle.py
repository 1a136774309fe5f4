"""The same split, naively: every world's KPI by enumeration over all combinations of values, in exact fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import permutations, product
from typing import Any

Row = Mapping[str, Any]


def parts(rows: Sequence[Row], mix: Sequence[str], stages: Sequence[str]) -> dict[str, Fraction]:
    """Mechanism to its part, averaged over all orders of switching; ``together`` is what they leave of the observed change.

    :param rows: ``side`` 0 or 1, the mix columns, ``promise`` and the stages, all whole numbers. Every context occurs on both sides.
    """
    mechanisms = [*mix, "promise", *stages]
    rate = {taken: _rate(rows, dict(zip(mechanisms, taken, strict=True)), mix, stages) for taken in product((0, 1), repeat=len(mechanisms))}
    found = dict.fromkeys(mechanisms, Fraction(0))
    orders = list(permutations(range(len(mechanisms))))
    for order in orders:
        taken = [0] * len(mechanisms)
        for place in order:
            was = rate[tuple(taken)]
            taken[place] = 1
            found[mechanisms[place]] += (rate[tuple(taken)] - was) / len(orders)
    late = [[sum(row[s] for s in stages) > row["promise"] for row in rows if row["side"] == side] for side in (0, 1)]
    change = Fraction(sum(late[1]), len(late[1])) - Fraction(sum(late[0]), len(late[0]))
    return {**found, "together": change - sum(found.values())}


def _rate(rows: Sequence[Row], side: Mapping[str, int], mix: Sequence[str], stages: Sequence[str]) -> Fraction:
    total = Fraction(0)
    for context in sorted({tuple(row[name] for name in mix) for row in rows}):
        weight = Fraction(1)
        for place, name in enumerate(mix):
            above = [row for row in rows if row["side"] == side[name] and all(row[mix[i]] == context[i] for i in range(place))]
            weight *= Fraction(sum(row[name] == context[place] for row in above), len(above))
        shares = {}
        for name in ("promise", *stages):
            there = [row[name] for row in rows if row["side"] == side[name] and tuple(row[column] for column in mix) == context]
            shares[name] = {value: Fraction(times, len(there)) for value, times in Counter(there).items()}
        for promise, share in shares["promise"].items():
            for taken in product(*(shares[name].items() for name in stages)):
                if sum(value for value, _ in taken) > promise:
                    chance = weight * share
                    for _, each in taken:
                        chance *= each
                    total += chance
    return total

"""What is printed in whole units adds up along each row and down each column, and the total is the nearest whole number to itself."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from troth.engine.money import whole_parts


def test_two_small_parts_make_the_one_they_are_together() -> None:
    """0.40 and 0.40 are 0.80, which reads as 1: one of the parts has to read as 1 as well."""
    rows, total = whole_parts({"a": (Decimal("0.40"), Decimal("0.40"))}, (Decimal("0.40"), Decimal("0.40")))
    assert (rows["a"], total) == ((1, 0), (1, 0))


def test_any_table_adds_up_both_ways() -> None:
    dice = np.random.default_rng(5)
    for _ in range(300):
        cells = [[Decimal(int(cents)) / 100 for cents in dice.integers(0, 100_000, 3)] for _ in range(int(dice.integers(1, 9)))]
        sums = [sum((row[place] for row in cells), Decimal(0)) for place in range(3)]
        rows, total = whole_parts({str(n): row for n, row in enumerate(cells)}, sums)
        assert sum(part or 0 for part in total) == round(sum(sums, Decimal(0)))
        for place in range(3):
            assert sum(row[place] or 0 for row in rows.values()) == total[place]
        for n, row in enumerate(cells):
            assert all(abs((part or 0) - exact) <= 1 for part, exact in zip(rows[str(n)], row, strict=True))


def test_what_is_unknown_stays_unknown() -> None:
    rows, total = whole_parts({"a": (Decimal("1.60"), None), "b": (Decimal("1.60"), Decimal("2.00"))}, (Decimal("3.20"), Decimal("2.00")))
    assert (rows, total) == ({"a": (2, None), "b": (1, 2)}, (3, 2))
    assert whole_parts({"a": (None,)}, (None,)) == ({"a": (None,)}, (None,))

"""Rounded numbers add up as the exact ones do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from troth.engine.rounding import whole_numbers


def test_october_in_boston_adds_up() -> None:
    """717.3 + 781.4 + 0 + 140.3 = 1,639; each rounded by itself they would make 1,638."""
    assert whole_numbers([717.3, 781.4, 0.0, 140.3]) == (717, 782, 0, 140)


def test_what_takes_breaks_away_is_rounded_with_the_rest() -> None:
    assert whole_numbers([375.4, 864.4, 0.0, -90.8]) == (376, 864, 0, -91)


@given(st.lists(st.floats(-1e6, 1e6), max_size=8))
def test_no_number_is_off_by_one_or_more_and_the_sum_is_right(values: list[float]) -> None:
    found = whole_numbers(values)
    assert sum(found) == round(sum(values))
    assert all(abs(whole - value) <= 1 for whole, value in zip(found, values, strict=True))

"""Draws belong to a thing: its number is all it takes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from troth.engine.worlds.shop.draws import Draws

IDS = np.arange(100_000)
DRAWS = Draws(1)


def test_a_draw_does_not_depend_on_who_is_drawn_beside() -> None:
    whole = DRAWS.uniform("late", IDS)
    assert (DRAWS.uniform("late", IDS[40_000:40_010]) == whole[40_000:40_010]).all()
    assert (DRAWS.uniform("late", IDS[::-1]) == whole[::-1]).all()


def test_another_seed_and_another_name_draw_something_else() -> None:
    base = DRAWS.uniform("late", IDS)
    for other in (Draws(2).uniform("late", IDS), DRAWS.uniform("later", IDS)):
        assert not (other == base).any()
        assert abs(np.corrcoef(base, other)[0, 1]) < 4 / np.sqrt(len(IDS))


@pytest.mark.parametrize("step", [1, 2, 64, 256, 4_096])
def test_numbers_in_steps_are_as_good_as_numbers_in_a_row(step: int) -> None:
    drawn = DRAWS.uniform("late", IDS * step)
    assert kstest(drawn, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 4 / np.sqrt(len(IDS))
    assert 0 < drawn.min() < drawn.max() < 1


def test_normal_lognormal_and_waiting_times_have_their_shape() -> None:
    assert kstest(DRAWS.normal("mood", IDS), "norm").pvalue > 1e-4
    assert np.median(DRAWS.lognormal("days", IDS, 3.0, 0.4)) == pytest.approx(3.0, rel=0.01)
    assert kstest(DRAWS.exponential("wait", IDS, 5.0) / 5, "expon").pvalue > 1e-4


def test_a_pick_follows_the_shares_of_its_own_row() -> None:
    shares = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    row = IDS % 2
    drawn = DRAWS.pick("channel", IDS, shares, row)
    for which in (0, 1):
        assert np.bincount(drawn[row == which], minlength=3) / (len(IDS) / 2) == pytest.approx(shares[which], abs=0.01)
    uniform = DRAWS.uniform("channel", IDS[:500])
    naive = [next(p for p, edge in enumerate(np.cumsum(shares[r])) if u < edge) for u, r in zip(uniform, row[:500], strict=True)]
    assert drawn[:500].tolist() == naive

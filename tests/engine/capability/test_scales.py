"""Few distinct levels (whole days, pieces, shares) are ranked as they stand, evenly or not (domain.md d4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.gaps.studies import agreed, day, promises, spec, study
from troth.engine.capability.scales import even_step, filled
from troth.terms.vocabulary import PromiseSpec

N = 300
MADE = np.arange(N, dtype=float)


@pytest.mark.parametrize(
    ("levels", "step"),
    [([1, 2, 3, 4], 1.0), ([-4, -3, -2], 1.0), ([0.5, 0.75, 1.0], 0.25), ([1, 2, 4], None), ([1, 2], None), ([1, 2, 3.001], None)],
)
def test_levels_lie_evenly_or_not(levels: list[float], step: float | None) -> None:
    assert even_step(np.array(levels, dtype=float)) == (None if step is None else pytest.approx(step))


def test_steps_nobody_received_are_filled_in() -> None:
    whole = filled(np.array([1.0, 2.0, 5.0]), 256)
    assert whole is not None
    assert whole.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert filled(np.array([1.0, 2.0, 5.5]), 256) is None
    assert filled(np.array([0.0, 1.0, 900.0]), 256) is None


DAYS = spec()
PIECES = spec("quantity", unit="pieces")
SHARE = spec("availability", unit="share")
STEPS = spec("effort", unit="steps")


@pytest.mark.parametrize(
    ("of", "levels", "promised"),
    [
        (DAYS, [1, 2, 3, 5, 8], 3.0),
        (DAYS, [0, 1, 2, 3], 1.0),
        (DAYS, [0, 1, 2, 3], 2.5),
        (DAYS, [1.5, 2.0, 7.25], 2.0),
        (PIECES, [6, 7, 8, 9, 10], 9.0),
        (PIECES, [0, 9, 10], 9.5),
        (SHARE, [0.0, 0.5, 1.0], 1.0),
        (SHARE, [0.0, 0.25, 0.5, 0.75, 1.0], 0.5),
        (SHARE, [0.1, 0.97, 0.99], 0.97),
        (STEPS, [1, 2, 3, 4], 0.5),
        (STEPS, [1, 2, 3, 4], 9.0),
    ],
)
def test_a_break_is_counted_where_the_level_lies_beyond_the_promise(
    of: PromiseSpec, levels: list[float], promised: float, tmp_path: Path
) -> None:
    """In one cell without a past, p(P) is the plain share of earlier receipts that would have broken the promise."""
    received = np.array(levels, dtype=float)[np.arange(N) % len(levels)]
    found = study(promises(of, MADE, promised, received), of, folder=tmp_path, as_of=day(N + 60), charter=agreed())
    worse = received < promised if of.direction.value == "max" else received > promised
    late: dict[str, Any] = {row["row"]: row for row in found.coded.to_pyarrow().to_pylist()}
    chances = {row["setting"]: row["cross_p_promise"] for row in found.settings.to_pyarrow().to_pylist()}
    for number in range(0, N, 40):
        row = late[f"delivery {number}"]
        assert (row["verdict"] == "BROKEN") == worse[number]
        assert float(chances[row["code_setting"]]) == pytest.approx(worse.mean(), abs=0.02)
    (account,) = found.account(mode="cross-fitted")
    assert account.delivery.value == pytest.approx(0, abs=0.02 * N)

"""The fit and the shares hardly mind a wrong guess of what would have happened anyway: that is what the equations are chosen for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from troth.engine.attribution.shares import shares, standard_error
from troth.engine.attribution.survival import Rows, fit, monotone


def rows(count: int = 8_000) -> Rows:
    """One covariate that drives two exposures and the event; exposures with lambda .4 and .2."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=count)
    exposures = (rng.random((count, 2)) < 1 / (1 + np.exp(1.5 - 0.8 * x))[:, None]).astype(float)
    survived = (rng.random(count) < 0.7 / (1 + np.exp(x)) * np.exp(-exposures @ [0.4, 0.2])).astype(float)
    return Rows(
        weight=np.full(count, 1 / count),
        rows=float(count),
        survived=survived,
        exposures=exposures,
        placebos=np.zeros((count, 0)),
        modifiers=np.zeros((count, 0)),
        basis=np.column_stack([np.ones(count), x, x**2, x**3 / 3]),
        fold=rng.integers(0, 5, count),
    )


def test_lambda_is_found_where_survival_is_multiplied() -> None:
    some = rows()
    found = fit(some)
    assert found is not None
    error, _ = standard_error(found.influence, some.weight, some.rows, None)
    assert np.abs(found.coefficients[:2] - [0.4, 0.2]).max() < 2.5 * error[:2].max()
    assert 0.02 < error[:2].max() < 0.12
    assert found.depth == pytest.approx(found.design @ found.coefficients)


def test_a_wrong_guess_of_survival_moves_the_shares_at_second_order_only() -> None:
    some = rows()
    found = fit(some)
    assert found is not None
    wrong = found.survival * (1.3 + 0.05 * some.basis[:, 1])
    guessed = replace(found, survival=wrong, rho=some.survived - wrong * np.exp(-found.depth))
    events = float(some.weight @ (1 - some.survived))
    taken = found.parts.sum(axis=1) / np.maximum(found.depth, 1e-12) * -np.expm1(-found.depth)
    bare = abs(float(some.weight @ ((wrong - found.survival) * taken))) / events
    corrected = abs(float(shares(some, guessed).value.sum() - shares(some, found).value.sum()))
    assert bare > 0.005
    assert corrected < bare / 10


def test_an_exposure_that_would_prevent_events_is_held_at_nothing_and_the_others_found_anew() -> None:
    some = rows()
    helped = replace(some, exposures=np.column_stack([some.exposures[:, 0], 1 - some.exposures[:, 1]]))
    free = fit(helped)
    assert free is not None
    assert free.coefficients[1] < 0
    held = monotone(helped, free)
    assert held is not None
    assert held.of.tolist() == [0]
    assert held.parts[:, 1].tolist() == [0.0] * len(held.parts)
    assert held.coefficients[0] > 0

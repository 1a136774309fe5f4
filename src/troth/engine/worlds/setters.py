"""Promises set too tight, right or too wide (domain.md c6, attacks 2 and 3).

One lane, log lead time N(ln 5, .35), keep target .9; the promise is the true 90% quantile plus a shift in days. Promise skill is 0 at the
quantile and falls on both sides; what arrives, and so the charter-kept rate, never depends on the shift.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from troth.engine.worlds.leadtime import SPREAD, break_probability
from troth.engine.worlds.network import (
    KEEP_TARGET,
    WEEKS,
    Network,
    after,
    charter,
    draw_lead_time,
    labels,
    promise_table,
    spec,
    true_capability,
)
from troth.engine.worlds.truth import Truth, World

LOCATION = float(np.log(5.0))
STANDARD = 8.0


def shifted_promises(seed: int, shift: float, *, promises: int = 20_000) -> World:
    """Every promise is the true quantile plus ``shift`` days. The same seed draws the same receipts at every shift.

    Its truth: the keep rate 1 - p(P), and the promise skill by expectation.
    """
    generator = np.random.default_rng(seed)
    network = Network(
        location=np.array([LOCATION]),
        lane=np.zeros(promises, np.int64),
        made=np.sort(generator.uniform(0, 7.0 * WEEKS, promises)),
        customer=generator.integers(0, max(promises // 3, 1), promises),
    )
    received = draw_lead_time(generator, network.order_location)
    able = float(true_capability(np.array([LOCATION]))[0])
    promised = np.full(promises, able + shift)
    return World(
        promises=promise_table(network, promised, received, {"lane": labels("lane", network.lane)}),
        specs=(spec(dimensions=()),),
        charter=charter(STANDARD),
        truth=Truth(
            keep_target=KEEP_TARGET,
            keep_rate=1 - float(break_probability(able + shift, LOCATION)),
            skill=1 - expected_loss(able + shift) / expected_loss(able),
        ),
        as_of=after(promised, network.made, received),
    )


def expected_loss(promised: float) -> float:
    """E[tau (R - P)+ + (1 - tau) (P - R)+], the pinball loss of a promise of ``promised`` days, in closed form.

    With R log-normal, E[(R - P)+] = E[R] Phi(s - z) - P Phi(-z), z the promise on the standard normal scale.
    """
    mean = float(np.exp(LOCATION + SPREAD**2 / 2))
    z = (np.log(promised) - LOCATION) / SPREAD
    late = mean * float(ndtr(SPREAD - z)) - promised * float(ndtr(-z))
    early = promised - mean + late
    return KEEP_TARGET * late + (1 - KEEP_TARGET) * early

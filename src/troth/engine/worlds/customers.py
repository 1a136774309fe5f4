"""Customers who differ in how often we keep our word to them (domain.md i.6, c5).

Promises of one customer share a fate, so they are not independent and an interval that takes them for so is too short: at 120 customers
the plain Wilson interval covers 88%, the one on the effective number 95%.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.engine.worlds.network import KEEP_TARGET, Network, after, charter, labels, promise_table, spec
from troth.engine.worlds.truth import Truth, World

KEEP_SHAPE = (9.0, 1.0)
"""Beta shape of a customer's own keep rate: mean .9."""
FURTHER_PROMISES = 6.0
"""Mean number of promises of a customer beyond the first."""
PROMISED_DAYS = 5.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One value per promise: whose it is, and whether it was kept."""

    customer: NDArray[np.int64]
    kept: NDArray[np.bool_]


def draw_outcomes(generator: np.random.Generator, customers: int = 120) -> Outcomes:
    """Promises to ``customers`` customers, 1 + Poisson(6) each, kept at the customer's own rate, Beta(9, 1)."""
    rate = generator.beta(*KEEP_SHAPE, customers)
    customer = np.repeat(np.arange(customers), 1 + generator.poisson(FURTHER_PROMISES, customers))
    return Outcomes(customer, generator.random(len(customer)) < rate[customer])


def customers_who_differ(seed: int, customers: int = 120) -> World:
    """The same as a world: kept promises arrive a day early, broken ones a day late. Its truth is the keep rate of .9."""
    generator = np.random.default_rng(seed)
    outcomes = draw_outcomes(generator, customers)
    n = len(outcomes.kept)
    network = Network(
        location=np.zeros(1), lane=np.zeros(n, np.int64), made=np.sort(generator.uniform(0, 28, n)), customer=outcomes.customer
    )
    promised = np.full(n, PROMISED_DAYS)
    received = np.where(outcomes.kept, PROMISED_DAYS - 1, PROMISED_DAYS + 1)
    return World(
        promises=promise_table(network, promised, received, {"lane": labels("lane", network.lane)}),
        specs=(spec(dimensions=()),),
        charter=charter(None),
        truth=Truth(keep_target=KEEP_TARGET, keep_rate=KEEP_SHAPE[0] / sum(KEEP_SHAPE)),
        as_of=after(promised, network.made, received),
    )

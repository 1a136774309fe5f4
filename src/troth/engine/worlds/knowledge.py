"""Promises made with knowledge the context lacks (domain.md d4 rule 2, d9 test 8).

Whoever set the promise knew each order's own z; the context knows the lane alone. A tight promise then sits on a truly fast order, and a
model that is blind to z books it to expectation-setting, with an equal credit in delivery. A campaign promises a fifth less time than is
honest to half the orders of weeks 20 to 31; the other orders of those weeks are its concurrent contrast. There is no charter standard.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from troth.engine.worlds.leadtime import break_probability, true_parts
from troth.engine.worlds.network import (
    KEEP_TARGET,
    ORDERS,
    after,
    charter,
    draw_lead_time,
    draw_network,
    flags,
    labels,
    planted,
    promise_table,
    spec,
    true_capability,
    true_rows,
)
from troth.engine.worlds.truth import Truth, World
from troth.terms.vocabulary import Part

CAMPAIGN_WEEKS = (20, 31)
CAMPAIGN_SHARE = 0.48
CAMPAIGN_FACTOR = 0.8
"""Promised time over honest time: a factor, so that the campaign breaks as many whatever the setter knew."""


def private_knowledge(seed: int, hidden_sd: float, *, estimate: bool = False, orders: int = ORDERS, history: int = 0) -> World:
    """A campaign over promises that carry private knowledge; it breaks about 215 of 12,000.

    Dimensions: ``campaign`` (yes, no) and ``order_week``; context: ``lane``.

    :param hidden_sd: standard deviation of z on the logarithm of the lead time: how much more the setter knew than the context.
    :param estimate: store what operations believed (the median lead time given lane and z, in days) as ``internal_estimate``.
    :param orders: orders in the 52 weeks.
    :param history: weeks of orders before week 0.
    """
    generator = np.random.default_rng(seed)
    network = draw_network(generator, orders=orders, history=history)
    week = network.week
    believed = network.order_location + generator.normal(0.0, 1.0, network.orders) * hidden_sd
    offered = generator.random(network.orders) < CAMPAIGN_SHARE
    hasty = offered & (week >= CAMPAIGN_WEEKS[0]) & (week <= CAMPAIGN_WEEKS[1])

    usual = true_capability(believed)
    promised = np.where(hasty, CAMPAIGN_FACTOR * usual, usual)
    received = draw_lead_time(generator, believed)
    met = break_probability(promised, believed)
    added = np.where(hasty, met - (1 - KEEP_TARGET), 0.0)
    parts = true_parts(believed, promised, met, standard=None, keep_target=KEEP_TARGET)

    columns = {"lane": labels("lane", network.lane), "campaign": flags(hasty), "order_week": labels("week", week)}
    if estimate:
        columns = {"internal_estimate": pa.array(np.exp(believed)), **columns}
    return World(
        promises=promise_table(network, promised, received, columns),
        specs=(spec(dimensions=("campaign", "order_week"), has=frozenset({"internal_estimate"}) if estimate else frozenset()),),
        charter=charter(None),
        truth=Truth(
            keep_target=KEEP_TARGET,
            causes=(planted("campaign", Part.EXPECTATION, {"campaign": ("yes",)}, hasty, added=added, parts=parts),),
            rows=true_rows(parts=parts, added=added, cause=np.where(hasty, "campaign", "")),
        ),
        as_of=after(promised, network.made, received),
    )

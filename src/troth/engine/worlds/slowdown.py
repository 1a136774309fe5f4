"""A network that becomes slower (domain.md d4, why there are two training modes).

Promises stay what they were. The as-of account has to show the loss in the delivery part of the weeks after the change; the cross-fitted
one, which learns from those weeks too, cannot: its delivery part sums to about 0 over the window by construction.
"""

from __future__ import annotations

import numpy as np

from troth.engine.worlds.leadtime import break_probability, true_parts
from troth.engine.worlds.network import (
    KEEP_TARGET,
    ORDERS,
    WEEKS,
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

SLOWER_FROM = 30
SLOWER_BY = 1.2


def slower_network(seed: int, *, orders: int = ORDERS, history: int = 0) -> World:
    """Every lane takes 20% longer from week 30 on. Dimensions: ``slower`` (yes, no) and ``order_week``; context: ``lane``.

    The truth's delivery part is what the change adds by the distribution *before* it, which a rolling window unlearns in time.

    :param orders: orders in the 52 weeks.
    :param history: weeks of orders before week 0.
    """
    generator = np.random.default_rng(seed)
    network = draw_network(generator, orders=orders, history=history)
    location, week = network.order_location, network.week
    slower = week >= SLOWER_FROM
    now = location + np.where(slower, np.log(SLOWER_BY), 0.0)
    promised = true_capability(location)
    received = draw_lead_time(generator, now)
    met = break_probability(promised, now)
    added = np.where(slower, met - break_probability(promised, location), 0.0)
    parts = true_parts(location, promised, met, standard=None, keep_target=KEEP_TARGET)
    weeks = tuple(f"week {number:02d}" for number in range(SLOWER_FROM, WEEKS))
    return World(
        promises=promise_table(
            network, promised, received, {"lane": labels("lane", network.lane), "slower": flags(slower), "order_week": labels("week", week)}
        ),
        specs=(spec(dimensions=("slower", "order_week")),),
        charter=charter(None),
        truth=Truth(
            keep_target=KEEP_TARGET,
            causes=(planted("slowdown", Part.DELIVERY, {"order_week": weeks}, slower, added=added, parts=parts),),
            rows=true_rows(parts=parts, added=added, cause=np.where(slower, "slowdown", "")),
        ),
        as_of=after(promised, network.made, received),
    )

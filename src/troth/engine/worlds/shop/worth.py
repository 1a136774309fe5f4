"""What a customer is worth to the shop."""

from __future__ import annotations

import numpy as np

from troth.engine.worlds.shop.draws import Floats
from troth.engine.worlds.shop.history import AFTER_ORDER, AFTER_VISIT, SOONER
from troth.engine.worlds.shop.orders import LEAVES, LEAVES_AFTER_VISIT
from troth.engine.worlds.shop.people import People

ORDER_MARGIN = 62.0
"""Margin of an order on average, in reais."""
LOSES, FAILS = 0.36, 0.02
"""Share of visits that end without an order, and of those who stay otherwise that failures drive away, on average."""


def value_ahead(people: People) -> Floats:
    """Margin of a person's next twelve months, from how often people like that come and leave: what the company's records call the value.

    A cycle from order to order takes the wait after an order and those after the visits lost on the way; each cycle some stay away. With n
    cycles in a year and a share s that stays, (1 - s^n) / (1 - s) orders are to be expected.
    """
    on_the_way = LOSES / (1 - LOSES)
    cycle = AFTER_ORDER + people.gap + on_the_way * (AFTER_VISIT + SOONER * people.gap)
    stays = (1 - LEAVES[people.tier]) * (1 - FAILS) * (1 - LEAVES_AFTER_VISIT) ** on_the_way
    margin: Floats = np.round(ORDER_MARGIN * (1 - stays ** (365 / cycle)) / (1 - stays), 2)
    return margin

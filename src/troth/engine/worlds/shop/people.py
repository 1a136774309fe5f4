"""The people who visit the shop: where they live, how often they come, what they are worth to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.year import END, to_clock

PORTUGUESE = 0.72
"""Share of people who write Portuguese; the others write English."""
KNOWN_BEFORE = 0.62
"""Share of people who were customers when the year began."""
TIER_SHARES: Floats = np.array([0.6, 0.3, 0.1])
PERSONA_SHARES: Floats = np.array([0.2, 0.34, 0.3, 0.16])
GAP_DAYS: Floats = np.array([28.0, 19.0, 12.0])
"""Median days between wanting things, beyond the least, by tier."""
GAP_SPREAD = 0.4


@dataclass(frozen=True, slots=True)
class People:
    """One value per person.

    :param number: 0, 1, 2 ... over all blocks.
    :param since: day on which they became known: below 0 for customers of before.
    :param gap: mean days from one wish to the next, beyond the least there are.
    :param first: day of the first visit with something in mind.
    """

    number: Ints
    before: Flags
    since: Floats
    state: Ints
    region: Ints
    tier: Ints
    persona: Ints
    portuguese: Flags
    device: Ints
    gap: Floats
    first: Floats


def people(draws: Draws, first: int, last: int) -> People:
    """The people numbered ``first`` to ``last - 1``."""
    number = np.arange(first, last)
    state = draws.pick("state", number, k.STATE_SHARES)
    tier = draws.pick("tier", number, TIER_SHARES)
    gap = draws.lognormal("gap", number, GAP_DAYS[tier], GAP_SPREAD)
    before = draws.below("before", number, KNOWN_BEFORE)
    comes = draws.uniform("comes", number)
    start = np.where(before, draws.exponential("first", number, gap + 10), comes * END)
    return People(
        number=number,
        before=before,
        since=np.where(before, -np.round(comes**1.5 * 2200) - 1, to_clock(start)),
        state=state,
        region=k.REGION_OF_STATE[state],
        tier=tier,
        persona=draws.pick("persona", number, PERSONA_SHARES),
        portuguese=draws.below("language", number, PORTUGUESE),
        device=draws.pick("device", number, k.DEVICE_SHARES),
        gap=gap,
        first=to_clock(start),
    )

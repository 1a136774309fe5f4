"""A year of a block of people, visit by visit: who comes back depends on what they met.

The same people can live the year again with a cause switched off. Everything is drawn anew from the same numbers, so that the two years
differ by what hangs on the cause, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.worlds.shop.arrays import rows, together
from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.orders import LEAVES_AFTER_VISIT, LEAVING_VISIT, Orders, orders
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.visits import VISITS_A_PERSON, Visits, visits
from troth.engine.worlds.shop.year import END, to_busy, to_clock

AFTER_ORDER, AFTER_VISIT = 21.0, 4.0
"""Least days until the next visit."""
SOONER = 0.5
"""The wait after a lost visit, over the wait after an order."""


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a block of people in the year: their visits, person by person, and the orders among these."""

    visits: Visits
    orders: Orders

    @property
    def lost(self) -> Visits:
        """Visits that did not end in an order."""
        return rows(self.visits, ~self.visits.bought)


def live(draws: Draws, people: People, causes: frozenset[str], only: Ints | None = None) -> History:
    """The year of these people.

    :param causes: what of the planted causes holds.
    :param only: positions of the people whose year is wanted; all where left out.
    """
    person = np.arange(len(people.number)) if only is None else only
    at = people.first[person]
    seen: list[Visits] = []
    bought: list[Orders] = []
    for turn in range(VISITS_A_PERSON):
        going = at < END
        person, at = person[going], at[going]
        if turn and not len(person):
            break
        here = visits(draws, people, person, np.full(len(person), turn), at, causes)
        done = orders(draws, people, rows(here, here.bought), causes)
        seen.append(here)
        bought.append(done)
        stays, wait = _after(draws, people, here, done)
        person, at = person[stays], to_clock(to_busy(at) + wait)[stays]
    visited, ordered = together(seen), together(bought)
    return History(rows(visited, np.argsort(visited.id)), rows(ordered, np.argsort(ordered.visit)))


def visit_stays(visit: Visits) -> Floats:
    """Chance of coming back after a lost visit."""
    stays = np.full(len(visit.id), 1 - LEAVES_AFTER_VISIT)
    for exposure, share in LEAVING_VISIT:
        stays = stays * np.where(visit.met[:, exposure], 1 - share, 1.0)
    return stays


def _after(draws: Draws, people: People, visit: Visits, order: Orders) -> tuple[Flags, Floats]:
    """Who comes back, and after how many days of busy time."""
    stays = draws.uniform("leaves", visit.id) < visit_stays(visit)
    stays[visit.bought] = ~order.left
    gap = people.gap[visit.person]
    wait = draws.exponential("wait", visit.id, np.where(visit.bought, gap, SOONER * gap))
    return stays, wait + np.where(visit.bought, AFTER_ORDER, AFTER_VISIT)

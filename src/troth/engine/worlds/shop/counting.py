"""The truth of the shop, counted from its own draws: the same people, orders and moods, with one cause switched off.

Two counts of each cause:

- *direct*: the orders and visits there were, judged again without the cause. What a study can find in the records.
- *in all*: the year lived again without the cause. Who left because of it would have ordered again, and that counts too.

Only people whom the cause touched are counted anew: the year of all others is the same by construction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop import trials as trial
from troth.engine.worlds.shop.arrays import rows
from troth.engine.worlds.shop.draws import Draws, Flags, Floats
from troth.engine.worlds.shop.history import AFTER_ORDER, History, live, visit_stays
from troth.engine.worlds.shop.orders import COSTS, LEAVING, RETURN_EXPOSURES, Orders, orders
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.visits import ANSWER_DUE, SIDES, VISITS_A_PERSON, Visits, shares_of, visits
from troth.engine.worlds.shop.worth import value_ahead
from troth.engine.worlds.shop.year import END, hour_of, to_busy, to_clock, within

UNEXPLAINED = "unexplained"
EVENTS = ("browsed, not bought", "returned", "trial cancelled")
"""The unwanted events whose fractions by side are known."""
BACK_WITHIN = 90
"""Days within which a customer who comes again counts as having come again."""


@dataclass(slots=True)
class Tally:
    """What one cause did, added up block by block: counts, and money in reais.

    :param touched: orders, visits or contacts in its slice.
    :param direct: by kind of failure, how many there were more than without it, among the same orders and visits.
    :param in_all: the same between the two years.
    :param money: ``remedial`` (costs there were more), ``lost_sales`` (margin of orders that were not placed) and ``margin_at_risk``
        (margin of the twelve months to come times the added chance of leaving), among the orders and visits there were;
        ``remedial_in_all`` and ``margin_in_all`` between the two years.
    :param leavers: customers who stayed away in the year there was and came back in the other, or the other way round (counted off).
    """

    touched: int = 0
    direct: Counter[str] = field(default_factory=Counter)
    in_all: Counter[str] = field(default_factory=Counter)
    money: Counter[str] = field(default_factory=Counter)
    leavers: int = 0


@dataclass(slots=True)
class Count:
    """The truth so far.

    :param causes: by name of the cause.
    :param counted: by event and side, events counted; ``expected`` by the true chances.
    :param effects: by failure: orders that had it, how many of their customers came again within ninety days, and how many would have.
    :param totals: people, orders, visits, failures by kind, costs by kind and margin, in all.
    """

    causes: dict[str, Tally] = field(default_factory=lambda: {cause.name: Tally() for cause in c.CAUSES})
    counted: dict[str, Counter[str]] = field(default_factory=lambda: {event: Counter() for event in EVENTS})
    expected: dict[str, Counter[str]] = field(default_factory=lambda: {event: Counter() for event in EVENTS})
    effects: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name, _ in LEAVING})
    totals: Counter[str] = field(default_factory=Counter)


def count(draws: Draws, people: People, history: History, trials: trial.Trials, into: Count) -> pa.Table:
    """Add a block to the truth; give the failures that would not be without their cause."""
    lines = [_cause(draws, people, history, cause, into.causes[cause.name]) for cause in c.CAUSES]
    _fractions(draws, history, trials, into)
    _effects(draws, people, history, into.effects)
    order, visit = history.orders, history.visits
    into.totals.update(
        {
            "people": len(people.number),
            "orders": len(order.visit),
            "visits with something in mind": len(visit.id),
            "contacts where nobody owns the touchpoint": int(((order.channel == k.UNOWNED) & (order.contact_at < END)).sum()),
            **{name: int(failed.sum()) for name, failed in order.failures.items()},
            **{f"cost of {name}": float(order.costs[:, position].sum()) for position, name in enumerate(COSTS)},
            "margin": float(order.margin.sum()),
        }
    )
    return pa.concat_tables(lines)


def touched_visits(visit: Visits, name: str) -> Flags:
    """Visits in the slice of a cause; for what happens after an order, those whose order is in it."""
    during = within(visit.at, c.span(name))
    region, warehouse, _ = k.split_lane(visit.lane)
    slices: Mapping[str, Flags] = {
        c.RASH: visit.campaign == k.RASH_AT,
        c.INCIDENT: warehouse == k.WAREHOUSES.index(c.INCIDENT_WAREHOUSE),
        c.SLOW_LANE: k.is_slow(visit.lane),
        c.PAGE: visit.product == k.goods().page,
        c.UNANSWERED: visit.asked & (visit.group == k.GROUPS.index(c.UNANSWERED_GROUP)) & (hour_of(visit.at) >= c.EVENING),
        c.FAULT: visit.device == k.DEVICES.index(c.FAULT_DEVICE),
        c.FIX: region == k.REGIONS.index(c.FIX_REGION),
        c.NO_FIX: visit.group == k.GROUPS.index(c.NO_FIX_GROUP),
    }
    found: Flags = during & slices[name]
    return found


def touched_contacts(order: Orders) -> Flags:
    """Contacts in the slice of the call-time target: a column for each of an order's contacts."""
    by_phone = (order.channel == k.PHONE) & (order.team == k.TEAMS.index(c.TARGET_TEAM))
    found: Flags = by_phone & (order.contact_at < END) & within(order.contact_at, c.span(c.TARGET))
    return found


def _cause(draws: Draws, people: People, history: History, cause: c.Planted, tally: Tally) -> pa.Table:
    """Add what one cause did in a block; give the failures it made, or as a fix prevented."""
    without = c.ALL - {cause.name}
    visit, order = history.visits, history.orders
    if cause.name == c.TARGET:
        contacts = touched_contacts(order)
        tally.touched += int(contacts.sum())
        hit = np.isin(visit.id, order.visit[contacts.any(axis=1)])
    else:
        hit = touched_visits(visit, cause.name)
        tally.touched += int((hit & visit.bought).sum() if cause.table == "orders" else hit.sum())
    seen = rows(visit, hit)
    turn = seen.id - people.number[seen.person] * VISITS_A_PERSON
    again = visits(draws, people, seen.person, turn, seen.at, without)
    now = rows(order, np.isin(order.visit, seen.id))
    then = orders(draws, people, rows(again, seen.bought), without)
    before, after = then.failures, now.failures
    lines = []
    for kind in before:
        more, fewer = after[kind] & ~before[kind], before[kind] & ~after[kind]
        tally.direct[kind] += int(more.sum()) - int(fewer.sum())
        lines += [_lines(cause.name, kind, now.visit[more], 1), _lines(cause.name, kind, now.visit[fewer], -1)]
    lost, kept = ~seen.bought & again.bought, seen.bought & ~again.bought
    for kind in ("lost order", cause.failure) if cause.failure in {"abandoned basket", "answer before the order"} else ("lost order",):
        more, fewer = (lost, kept) if kind != "answer before the order" else (_kept_waiting(seen, again), _kept_waiting(again, seen))
        tally.direct[kind] += int(more.sum()) - int(fewer.sum())
        lines += [_lines(cause.name, kind, seen.id[more], 1), _lines(cause.name, kind, seen.id[fewer], -1)]
    worth = value_ahead(people)
    leaving = (then.stays - now.stays) * worth[now.person]
    # A lost visit that would have been lost all the same: what it met drives away by itself.
    stayed = ~seen.bought & ~again.bought
    turned = (visit_stays(again) - visit_stays(seen))[stayed] * worth[seen.person[stayed]]
    would = orders(draws, people, rows(again, lost), without)
    after_loss = (would.stays - visit_stays(seen)[lost]) * worth[seen.person[lost]]
    tally.money.update(
        {
            "remedial": float(now.costs.sum() - then.costs.sum()),
            "lost_sales": float(would.margin.sum() - orders(draws, people, rows(seen, kept), c.ALL).margin.sum()),
            "margin_at_risk": float(leaving.sum() + turned.sum() + after_loss.sum()),
        }
    )
    _in_all(draws, people, history, without, np.unique(seen.person), tally)
    return pa.concat_tables(lines)


def _kept_waiting(one: Visits, other: Visits) -> Flags:
    """Questions one year left without a timely answer and the other did not."""
    return one.asked & (one.minutes > ANSWER_DUE) & ~(other.minutes > ANSWER_DUE)


def _in_all(draws: Draws, people: People, history: History, without: frozenset[str], touched: np.ndarray, tally: Tally) -> None:
    """Live the year of those touched again."""
    other = live(draws, people, without, touched)
    mine = rows(history.orders, np.isin(history.orders.person, touched))
    seen = rows(history.visits, np.isin(history.visits.person, touched))
    for kind, failed in mine.failures.items():
        tally.in_all[kind] += int(failed.sum())
    for kind, failed in other.orders.failures.items():
        tally.in_all[kind] -= int(failed.sum())
    tally.in_all["order"] += len(mine.visit) - len(other.orders.visit)
    tally.in_all["visit"] += len(seen.id) - len(other.visits.id)
    tally.money.update(
        {
            "remedial_in_all": float(mine.costs.sum() - other.orders.costs.sum()),
            "margin_in_all": float(mine.margin.sum() - other.orders.margin.sum()),
        }
    )
    tally.leavers += int(_away(draws, seen, mine).sum()) - int(_away(draws, other.visits, other.orders).sum())


def _away(draws: Draws, visit: Visits, order: Orders) -> Flags:
    """Visits after which the customer stayed away for good."""
    away = draws.uniform("leaves", visit.id) >= visit_stays(visit)
    away[visit.bought] = order.left
    return away


def _fractions(draws: Draws, history: History, trials: trial.Trials, into: Count) -> None:
    """Whose the lost visits, returns and cancelled trials are: counted with and without what was met, and expected by the true chances."""
    visit, order = history.visits, history.orders
    came = order.delivered < END
    _event(into, EVENTS[0], ~visit.bought, draws.uniform("lost", visit.id) < visit.base, visit.sides, visit.base, visit.lost_chance)
    # A return of which the record does not know at its end is not one yet.
    event, anyway = (order.returned < END), (draws.uniform("return", order.visit) < order.return_base) & (order.returned < END)
    sides = shares_of(order.return_met, order.return_base, order.return_chance, RETURN_EXPOSURES)
    _event(into, EVENTS[1], event[came], anyway[came], sides[came], order.return_base[came], order.return_chance[came])
    cancels = trials.cancelled < END
    over = trials.ends < END
    sides = shares_of(trials.met, trials.base, trials.chance, trial.EXPOSURES)
    anyway = draws.uniform("cancels", trials.id) < trials.base
    _event(into, EVENTS[2], cancels[over], anyway[over], sides[over], trials.base[over], trials.chance[over])


def _event(into: Count, name: str, event: Flags, anyway: Flags, sides: Floats, base: Floats, chance: Floats) -> None:
    """Add one kind of event: an event that had not happened without what was met belongs to the sides, by their shares."""
    added = event & ~anyway
    share = sides[added] / (chance - base)[added, None]
    counted, expected = into.counted[name], into.expected[name]
    counted.update({side: float(share[:, position].sum()) for position, side in enumerate(SIDES)})
    counted.update({UNEXPLAINED: int((event & anyway).sum()), "events": int(event.sum()), "of": len(event)})
    expected.update({side: float(sides[:, position].sum()) for position, side in enumerate(SIDES)})
    expected.update({UNEXPLAINED: float(base.sum()), "events": float(chance.sum()), "of": len(event)})


def _effects(draws: Draws, people: People, history: History, into: dict[str, Counter[str]]) -> None:
    """What each failure of an order does to coming again: orders that had it, whose next visit would lie in the record."""
    order, visit = history.orders, history.visits
    bought = rows(visit, visit.bought)
    gap = people.gap[order.person]
    next_visit = to_clock(to_busy(order.at) + AFTER_ORDER + draws.exponential("wait", order.visit, gap))
    soon = next_visit <= order.at + BACK_WITHIN
    followed = order.at + BACK_WITHIN < END
    leaves = draws.uniform("leaves", bought.id)
    for name, share in LEAVING:
        had = followed & failure(order, name)
        without = order.stays / (1 - share)
        into[name].update(
            {
                "orders": int(had.sum()),
                "came again": int((had & soon & ~order.left).sum()),
                "would have": int((had & soon & (leaves < without)).sum()),
            }
        )


def failure(order: Orders, name: str) -> Flags:
    """Orders that had one of the failures that drive customers away."""
    found: Mapping[str, Flags] = {
        "late": order.late,
        "damaged": order.damaged,
        "misled": order.wrong == c.PAGE_WRONG,
        "item_missing": order.short,
        "overcharged": order.charged > order.shown,
        "repeat_contact": np.isfinite(order.contact_at[:, 1]),
    }
    return found[name]


def _lines(cause: str, kind: str, subject: np.ndarray, sign: int) -> pa.Table:
    n = len(subject)
    return pa.table(
        {
            "cause": pa.repeat(pa.scalar(cause), n),
            "failure": pa.repeat(pa.scalar(kind), n),
            "visit": pa.array(subject, pa.int64()),
            "more": pa.array(np.full(n, sign), pa.int8()),
        }
    )

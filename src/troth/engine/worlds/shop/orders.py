"""What became of an order: its delivery, the contacts, return and rating after it, what it cost, and whether the customer stays.

Everything is a function of the visit, its number and the causes that hold: called again without a cause, the rest is as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.visits import Visits
from troth.engine.worlds.shop.year import END, month_of, within

CONTACTS = 3
"""Most contacts about one order."""
CANCELLED, LOST = 0.006, 0.003
RAISED = 0.03
"""Chance that a fee nobody spoke of is added; where the ad named another price it is :data:`RAISED_AFTER_AD`."""
RAISED_AFTER_AD = 0.6
ATTRIBUTES: Ints = np.array([7, 6, 9, 5, 5, 6, 6, 8])
"""Attributes a product page states, by group."""

TOPICS = ("delivery", "lost", "damaged", "not as described", "item missing", "price", "locker code", "other")
"""What a contact is about; where several things went wrong, the first of these the customer speaks of."""
TOPIC_DELIVERY, TOPIC_LOST, TOPIC_DAMAGED, TOPIC_PAGE, TOPIC_SHORT, TOPIC_PRICE, TOPIC_LOCKER, TOPIC_OTHER = range(8)
CONTACTED_LATE, CONTACTED_LOST, CONTACTED_DAMAGED, CONTACTED_SHORT, CONTACTED_PRICE, CONTACTED_ANYWAY = 0.34, 0.85, 0.5, 0.35, 0.2, 0.05
CONTACTED_WRONG: Floats = np.array([0.0, 0.08, 0.3])
LOCKER = 0.007
"""Chance of a locker code that does not open, and of a word about it: 1% of all that is written."""
UNANSWERED = 0.03
AGAIN, AGAIN_CUT, AGAIN_UNANSWERED = 0.1, 0.45, 0.5

RETURN_EXPOSURES: tuple[tuple[str, str, float], ...] = (
    ("attribute_wrong", "marketing", 0.1),
    ("attributes_wrong", "marketing", 0.32),
    ("damaged", "operating", 0.5),
    ("late", "operating", 0.05),
    ("item_missing", "operating", 0.1),
    ("badly_served", "service", 0.15),
)
"""What may bring an order back, whose it is, and the share of orders kept otherwise that it brings back."""
BADLY_SERVED = 5
"""The last of them: a contact stayed unanswered, was cut short, or had to be made again."""
REASONS = ("not as described", "damaged", "arrived too late", "item missing", "changed my mind")
REASON_TRUE = 0.75
"""Chance that the reason ticked is the true one."""
REFUND_DAYS = 7
GIVEN_UP_DAYS = 12
"""Days after the day promised on which a lost parcel is given up and paid back."""

LEAVES: Floats = np.array([0.1, 0.06, 0.03])
"""Chance of never coming back after an order with nothing wrong, by tier."""
FAR = k.REGIONS.index("North")
LEAVES_FAR = 0.02
"""The same on top, in the north."""
LEAVING: tuple[tuple[str, float], ...] = (
    ("late", 0.09),
    ("damaged", 0.12),
    ("misled", 0.12),
    ("item_missing", 0.05),
    ("overcharged", 0.05),
    ("repeat_contact", 0.07),
)
"""The planted effects: the share of those who would stay that each failure of an order drives away."""
LEAVES_AFTER_VISIT = 0.03
LEAVING_VISIT: tuple[tuple[int, float], ...] = ((2, 0.08), (4, 0.02), (6, 0.06))
"""Likewise of a lost visit: position among the exposures of a visit, and the share it drives away."""

COSTS = ("contact", "credit", "return handling", "refund", "replacement")
COST_AREAS = ("Service", "Marketing", "Fulfilment", "Finance", "Fulfilment")
"""Whose cost each kind is."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One value per order.

    :param visit: number of the visit that placed it, and of the order.
    :param person: position of the person in the block.
    :param packed: day of the year; ``shipped`` and ``delivered`` likewise, infinity where it never came to be.
    :param late: not there by the end of the day promised: the promise is broken.
    :param wrong: attributes the page stated wrong, 0 to 2.
    :param charged: what was charged; ``shown`` what was named first.
    :param topic: what the contacts are about, -1 without a contact.
    :param contact_at: day of each contact, infinity for none; and of each the channel, the team, minutes to the answer, seconds, cut short.
    :param returned: day it was sent back, infinity for none; ``back`` when it arrived, ``refunded`` when the money did.
    :param return_met: a column for each of :data:`RETURN_EXPOSURES`; ``return_base`` and ``return_chance`` as of a visit.
    :param costs: a column for each of :data:`COSTS`, in reais, of what was booked by the end of the year; ``booked`` when.
    :param stays: chance that the customer comes back; ``left``: does not.
    """

    visit: Ints
    person: Ints
    at: Floats
    promised: Ints
    packed: Floats
    shipped: Floats
    delivered: Floats
    cancelled: Flags
    lost: Flags
    failed_attempt: Flags
    late: Flags
    damaged: Flags
    wrong: Ints
    short: Flags
    shown: Floats
    charged: Floats
    topic: Ints
    contact_at: Floats
    channel: Ints
    team: Ints
    minutes: Floats
    seconds: Floats
    cut: Flags
    return_met: Flags
    return_base: Floats
    return_chance: Floats
    returned: Floats
    back: Floats
    refunded: Floats
    reason: Ints
    rated: Floats
    score: Ints
    margin: Floats
    costs: Floats
    booked: Floats
    stays: Floats
    left: Flags

    @property
    def contacts(self) -> Ints:
        """How many contacts there were by the end of the year."""
        number: Ints = (self.contact_at < END).sum(axis=1)
        return number

    @property
    def failures(self) -> dict[str, Flags]:
        """What went wrong by the end of the year, by the name of the promise in examples/shop, or of the event."""
        ends = np.floor(self.at) + self.promised + 1
        due = (ends < END) | ((ends == END) & self.cancelled)  # what is due on the last day is not overdue before that day is over
        arrived = self.delivered < END
        return {
            "delivery date": self.late & due,
            "as described": (self.wrong > 0) & arrived,
            "all in the box": self.short,
            "price as shown": self.charged > self.shown,
            "damage": self.damaged & arrived,
            "contact": self.contact_at[:, 0] < END,
            "repeat contact": self.contact_at[:, 1] < END,
            "return": self.returned < END,
        }


def orders(draws: Draws, people: People, visit: Visits, causes: frozenset[str]) -> Orders:
    """What became of these visits' orders."""
    number, at = visit.id, visit.at
    way = _delivery(draws, visit, causes)
    delivered, arrives = way.delivered, np.isfinite(way.delivered)
    damaged = draws.below("damage", number, k.DAMAGE[visit.group] * k.RAINS[month_of(at)]) & arrives
    misleads = (visit.product == k.goods().page) & within(at, c.span(c.PAGE)) & (c.PAGE in causes)
    wrong = np.where(misleads, c.PAGE_WRONG, draws.below("page", number, k.UNLIKE_THE_PAGE))
    short = draws.below("short", number, k.SHORT[visit.group]) & arrives
    shown = np.where(visit.met[:, 0], visit.ad_price, visit.price)
    raised = draws.below("raised", number, np.where(visit.met[:, 0], RAISED_AFTER_AD, RAISED))
    fee = np.round(np.maximum(visit.price * 0.04, 4.9), 2)
    charged = np.where(raised, np.where(visit.met[:, 0], visit.price, shown + fee), shown)

    trouble = _Trouble(at, visit.promised, delivered, way.late & arrives, way.lost, damaged, wrong, short, charged > shown)
    topic, contact = _first_contact(draws, number, trouble)
    contact_at, channel, team, minutes, seconds, cut = _contacts(draws, number, contact, causes)
    badly_served = (cut | np.isinf(minutes)).any(axis=1) | np.isfinite(contact_at[:, 1])

    return_met = np.stack([wrong == 1, wrong == c.PAGE_WRONG, damaged, trouble.late, short, badly_served], axis=1)
    return_base = k.RETURNED[visit.group]
    keeping = 1 - np.array([share for *_, share in RETURN_EXPOSURES])
    return_chance = 1 - (1 - return_base) * np.where(return_met, keeping, 1.0).prod(axis=1)
    comes_back = arrives & (draws.uniform("return", number) < return_chance)
    last = np.max(np.where(np.isfinite(contact_at), contact_at, 0.0), axis=1)
    sent = np.maximum(delivered, last) + 0.5 + draws.uniform("sent back", number) * 8
    returned = np.where(comes_back, sent, np.inf)
    back = returned + 3 + draws.uniform("on the way back", number) * 5
    refunded = back + draws.lognormal("refund", number, 3.9, 0.5)
    true_reason = np.select([(wrong > 0), damaged, trouble.late, short], [0, 1, 2, 3], default=len(REASONS) - 1)
    ticked = draws.whole("other reason", number, len(REASONS))
    reason = np.where(draws.below("true reason", number, REASON_TRUE), true_reason, ticked)

    repeats = np.isfinite(contact_at[:, 1])
    overcharged = charged > shown
    rated, score = _rating(draws, number, trouble, wrong, repeats, badly_served, delivered)
    costs, booked = _costs(draws, number, trouble, contact_at, channel, (returned, back, refunded), visit.price)
    felt = {
        "late": way.late,
        "damaged": damaged,
        "misled": wrong == c.PAGE_WRONG,
        "item_missing": short,
        "overcharged": overcharged,
        "repeat_contact": repeats,
    }
    tier = people.tier[visit.person]
    stays = 1 - LEAVES[tier] - np.where(people.region[visit.person] == FAR, LEAVES_FAR, 0.0)
    for name, share in LEAVING:
        stays = stays * np.where(felt[name], 1 - share, 1.0)
    return Orders(
        visit=number,
        person=visit.person,
        at=at,
        promised=visit.promised,
        packed=way.packed,
        shipped=way.shipped,
        delivered=delivered,
        cancelled=way.cancelled,
        lost=way.lost,
        failed_attempt=way.failed_attempt,
        late=way.late,
        damaged=damaged,
        wrong=wrong,
        short=short,
        shown=shown,
        charged=charged,
        topic=topic,
        contact_at=contact_at,
        channel=channel,
        team=team,
        minutes=minutes,
        seconds=seconds,
        cut=cut,
        return_met=return_met,
        return_base=return_base,
        return_chance=return_chance,
        returned=returned,
        back=back,
        refunded=refunded,
        reason=reason,
        rated=rated,
        score=score,
        margin=np.where(arrives, np.round(visit.price * k.MARGIN, 2), 0.0),
        costs=costs,
        booked=booked,
        stays=stays,
        left=draws.uniform("leaves", number) >= stays,
    )


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The way of each order to the customer."""

    packed: Floats
    shipped: Floats
    delivered: Floats
    cancelled: Flags
    lost: Flags
    failed_attempt: Flags
    late: Flags


def _delivery(draws: Draws, visit: Visits, causes: frozenset[str]) -> _Delivery:
    """Packed in a warehouse, on the road, at the door at the first attempt or a later one; or cancelled, or lost."""
    number, at = visit.id, visit.at
    region, warehouse, _ = k.split_lane(visit.lane)
    load = np.where(within(at, k.LOAD), k.LOAD_TIMES, 1.0)
    stands = (warehouse == k.WAREHOUSES.index(c.INCIDENT_WAREHOUSE)) & within(at, c.span(c.INCIDENT)) & (c.INCIDENT in causes)
    handling = draws.lognormal("handling", number, k.HANDLING_DAYS[warehouse], k.HANDLING_SPREAD) * load
    packed = at + handling + np.where(stands, c.INCIDENT_DAYS, 0.0)
    shipped = packed + draws.uniform("pickup", number) * 0.2
    transit = draws.lognormal("transit", number, k.lanes()[0][visit.lane], k.TRANSIT_SPREAD) * load
    transit = np.where(k.is_slow(visit.lane) & (c.SLOW_LANE in causes), transit * c.SLOWER, transit)
    checked = (region == k.REGIONS.index(c.FIX_REGION)) & within(at, c.span(c.FIX)) & (c.FIX in causes)
    failed = draws.below("attempt", number, np.where(checked, c.FIX_CHANCE, k.FAILED_ATTEMPT))
    again = np.where(failed, np.interp(draws.uniform("next attempt", number), [0, 1], k.FAILED_DAYS), 0.0)
    fate = draws.uniform("fate", number)
    cancelled, lost = fate < CANCELLED, (fate >= CANCELLED) & (fate < CANCELLED + LOST)
    packed, shipped = (np.where(cancelled, np.inf, when) for when in (packed, shipped))
    delivered = np.where(lost | cancelled, np.inf, shipped + transit + again)
    late = np.floor(delivered) > np.floor(at) + visit.promised
    return _Delivery(packed, shipped, delivered, cancelled, lost, failed & np.isfinite(delivered), late)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What went wrong with each order."""

    at: Floats
    promised: Ints
    delivered: Floats
    late: Flags
    lost: Flags
    damaged: Flags
    wrong: Ints
    short: Flags
    overcharged: Flags


def _first_contact(draws: Draws, number: Ints, trouble: _Trouble) -> tuple[Ints, Floats]:
    """What the customer writes about first, and when."""
    due = np.floor(trouble.at) + trouble.promised + 1
    after_due = due + 0.3 + draws.uniform("waits", number) * 2.2
    in_hand = np.where(np.isfinite(trouble.delivered), trouble.delivered, trouble.at) + 0.1 + draws.uniform("notices", number) * 3
    arrives = np.isfinite(trouble.delivered)
    locker = arrives & (trouble.delivered >= c.LOCKER_FROM)
    speaks: list[tuple[Flags, Floats | float, Floats]] = [
        (trouble.late, CONTACTED_LATE, after_due),
        (trouble.lost, CONTACTED_LOST, after_due),
        (trouble.damaged, CONTACTED_DAMAGED, in_hand),
        (arrives, CONTACTED_WRONG[trouble.wrong], in_hand),
        (trouble.short, CONTACTED_SHORT, in_hand),
        (trouble.overcharged, CONTACTED_PRICE, trouble.at + 0.2 + draws.uniform("statement", number) * 4),
        (locker, LOCKER, in_hand),
        (np.ones(len(number), dtype=np.bool_), CONTACTED_ANYWAY, trouble.at + draws.uniform("anyway", number) * 15),
    ]
    topic = np.full(len(number), -1, dtype=np.int64)
    contact = np.full(len(number), np.inf)
    for position in reversed(range(len(TOPICS))):
        happened, chance, when = speaks[position]
        says = happened & draws.below(f"contact {TOPICS[position]}", number, chance)
        topic, contact = np.where(says, position, topic), np.where(says, when, contact)
    return topic, contact


def _contacts(draws: Draws, number: Ints, first: Floats, causes: frozenset[str]) -> tuple[Floats, Ints, Ints, Floats, Floats, Flags]:
    """The contacts about each order: the first, and those that follow because it helped nobody."""
    shape = (len(number), CONTACTS)
    at, minutes, seconds = np.full(shape, np.inf), np.full(shape, np.nan), np.full(shape, np.nan)
    channel, team = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    cut = np.zeros(shape, dtype=np.bool_)
    here, when = np.flatnonzero(np.isfinite(first)), first[np.isfinite(first)]
    for turn in range(CONTACTS):
        ids = number[here] * 4 + turn
        at[here, turn] = when
        channel[here, turn] = by = draws.pick("channel", ids, k.CHANNEL_SHARES)
        team[here, turn] = draws.whole("team", ids, len(k.TEAMS))
        phone = by == k.PHONE
        hurried = phone & (team[here, turn] == k.TEAMS.index(c.TARGET_TEAM)) & within(when, c.span(c.TARGET)) & (c.TARGET in causes)
        cut[here, turn] = short = hurried & draws.below("cut", ids, c.CUT_CHANCE)
        talked = draws.lognormal("talk", ids, 290.0, 0.5)
        brief = 80 + draws.uniform("brief", ids) * (c.TARGET_SECONDS - 81)
        seconds[here, turn] = np.where(phone, np.round(np.where(short, brief, talked)), np.nan)
        never = draws.below("unanswered", ids, UNANSWERED)
        minutes[here, turn] = np.where(never, np.inf, draws.lognormal("answered", ids, k.ANSWER_MINUTES[by] * 0.35, 0.9))
        chance = 1 - (1 - AGAIN) * np.where(short, 1 - AGAIN_CUT, 1.0) * np.where(never, 1 - AGAIN_UNANSWERED, 1.0)
        again = draws.below("again", ids, chance)
        here, when = here[again], when[again] + 0.2 + draws.uniform("until again", ids[again]) * 3.5
    return at, channel, team, minutes, seconds, cut


def _rating(
    draws: Draws, number: Ints, trouble: _Trouble, wrong: Ints, repeats: Flags, badly_served: Flags, delivered: Floats
) -> tuple[Floats, Ints]:
    """When an order was rated, infinity for never, and with how many points of five."""
    failed = trouble.late | trouble.damaged | (wrong > 0) | trouble.short | trouble.overcharged
    rates = draws.below("rates", number, np.where(failed, 0.29, 0.21)) & np.isfinite(delivered)
    felt = (
        4.75
        - 1.7 * trouble.late
        - 1.6 * trouble.damaged
        - np.array([0.0, 0.6, 1.9])[wrong]
        - 1.0 * trouble.short
        - 0.6 * trouble.overcharged
        - 0.6 * repeats
        - 0.4 * badly_served
        + 0.6 * draws.normal("mood", number)
    )
    rated = np.where(rates, delivered + 0.5 + draws.uniform("rating", number) * 6, np.inf)
    return rated, np.clip(np.round(felt), 1, 5).astype(np.int64)


def _costs(
    draws: Draws,
    number: Ints,
    trouble: _Trouble,
    contact_at: Floats,
    channel: Ints,
    sent_back: tuple[Floats, Floats, Floats],
    price: Floats,
) -> tuple[Floats, Floats]:
    """What each order cost beyond itself and when it was booked, by kind: contacts, credits, returns, money given back, goods sent again.

    What is booked after the year is not in the record, and counts for nothing. Contacts are booked one by one; here is the first.
    """
    _, back, refunded = sent_back
    comes_back = np.isfinite(back)
    contacted, first = contact_at < END, contact_at[:, 0]
    vexed = (trouble.late | trouble.overcharged | trouble.short) & np.isfinite(first)
    credit = np.where(vexed & draws.below("credit", number, 0.45), 10.0 + 5 * draws.whole("credit size", number, 5), 0.0)
    again = (trouble.damaged | trouble.short) & ~comes_back & np.isfinite(first) & draws.below("sent again", number, 0.6)
    amounts = np.stack(
        [
            np.where(contacted, k.CONTACT_COST[channel], 0.0).sum(axis=1),
            credit,
            np.where(comes_back, 26.9, 0.0),
            np.round(np.where(comes_back, 0.3 * price, np.where(trouble.lost, 0.74 * price, 0.0)), 2),
            np.round(np.where(again, np.where(trouble.damaged, 0.6, 0.35) * price, 0.0), 2),
        ],
        axis=1,
    )
    given_up = np.floor(trouble.at) + trouble.promised + GIVEN_UP_DAYS
    booked = np.stack([first, first + 1, back, np.where(trouble.lost, given_up, refunded), first + 2], axis=1)
    amounts[:, 1:][~(booked[:, 1:] < END)] = 0.0
    return amounts, booked

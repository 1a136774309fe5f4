"""Visits with something in mind: what the visitor met on the way, and whether it ended in an order.

A visit is lost with chance ``1 - (1 - base) (1 - h1) (1 - h2) ...``: each thing met that should not have been takes its share of those who
would have bought. The base is what would be lost anyway, by device, source, tier and price. So the truth of “marketing or service?” is
known visit by visit (:attr:`Visits.sides`), and by counting the visits lost with and without what was met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.year import hour_of, within

VISITS_A_PERSON = 64
"""Most visits of one person; numbers of visits are spaced so."""
SIDES = ("marketing", "service", "operating")
EXPOSURES: tuple[tuple[str, str, float], ...] = (
    ("price_mismatch", "marketing", 0.35),
    ("info_missing", "marketing", 0.3),
    ("unanswered", "service", 0.65),
    ("answered_late", "service", 0.4),
    ("out_of_stock", "operating", 0.55),
    ("slow_page", "operating", 0.25),
    ("checkout_fault", "operating", 0.75),
    ("later_than_needed", "operating", 0.35),
)
"""What a visit may meet, whose it is, and the share of would-be orders it costs."""
SEASONAL_ADS = 0.75
"""Share of ad visits that a seasonal campaign brings while it runs."""
ASKS: Floats = np.array([0.32, 0.2, 0.22, 0.16, 0.13, 0.15, 0.14, 0.22])
"""Chance of a question before the order, by product group."""
ANSWER_DUE = 10.0
"""Minutes within which an answer in the chat is promised."""


@dataclass(frozen=True, slots=True)
class Visits:
    """One value per visit with something in mind.

    :param id: number of the visit: 64 times the person's, and which of the person's it is.
    :param person: position of the person in the block.
    :param at: when, in days of the year.
    :param campaign: position in :data:`~troth.engine.worlds.shop.company.CAMPAIGNS`, -1 for none.
    :param price: what the goods cost, in reais; ``ad_price`` what the ad said, NaN without an ad.
    :param need: days within which the goods are needed; 0 where nothing was said.
    :param promised: days quoted until delivery; ``routine`` the same without a campaign.
    :param minutes: until the question was answered; NaN where none was asked, infinity where it stayed unanswered.
    :param met: what was met, a column for each of :data:`EXPOSURES`.
    :param base: chance of being lost with nothing met; ``lost_chance`` with what was met.
    """

    id: Ints
    person: Ints
    at: Floats
    device: Ints
    source: Ints
    campaign: Ints
    product: Ints
    group: Ints
    price: Floats
    ad_price: Floats
    need: Ints
    lane: Ints
    promised: Ints
    routine: Ints
    asked: Flags
    minutes: Floats
    met: Flags
    base: Floats
    lost_chance: Floats
    bought: Flags

    @property
    def sides(self) -> Floats:
        """For each visit, the chance of being lost that each side adds, in the order of :data:`SIDES` (log-share)."""
        return shares_of(self.met, self.base, self.lost_chance, EXPOSURES)


def shares_of(met: Flags, base: Floats, chance: Floats, exposures: tuple[tuple[str, str, float], ...]) -> Floats:
    """What was added to a chance, split over the sides by -ln(1 - h) of what was met: a column for each of :data:`SIDES`."""
    weight = np.array([[-np.log1p(-share) if side == name else 0.0 for name in SIDES] for _, side, share in exposures])
    by_side = met.astype(np.float64) @ weight
    total = by_side.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(by_side, total, out=np.zeros_like(by_side), where=total > 0) * (chance - base)[:, None]
    return shares


def visits(draws: Draws, people: People, person: Ints, turn: Ints, at: Floats, causes: frozenset[str]) -> Visits:
    """One visit for each of these people.

    :param person: positions in ``people``; ``turn`` which of the person's visits it is, from 0.
    :param causes: what of the planted causes holds.
    """
    number = people.number[person] * VISITS_A_PERSON + turn
    region, tier = people.region[person], people.tier[person]
    device = np.where(draws.below("own device", number, 0.8), people.device[person], draws.pick("other device", number, k.DEVICE_SHARES))
    source, campaign = _source(draws, number, at, region)
    group = draws.pick("group", number, k.GROUP_SHARES)
    goods = k.goods()
    product = group * (k.THINGS_A_GROUP * k.KINDS) + draws.pick("product", number, goods.shares, group)
    price = np.round(goods.price[product] * (1 + 0.05 * draws.normal("price", number).clip(-2, 2)), 2)

    warehouse = draws.pick("warehouse", number, k.WAREHOUSE_SHARES, region)
    carrier = draws.pick("carrier", number, k.CARRIER_SHARES, region)
    lane = k.lane_of(region, warehouse, carrier)
    routine = k.lanes()[1][lane] + np.where(within(at, k.LOAD) & ~k.is_slow(lane), k.LOAD_DAYS, 0)
    haste = np.where((campaign == k.RASH_AT) & (c.RASH in causes), c.RASH_HASTE, 0)
    promised = np.maximum(routine - haste, 1)
    need = np.where(draws.below("need", number, 0.1), 2 + draws.whole("need by", number, 12), 0)

    asked = draws.below("asks", number, ASKS[group])
    minutes = _minutes(draws, number, at, group, causes)
    minutes = np.where(asked, minutes, np.nan)
    poor = draws.below("poor page", product, 0.25)
    faulty = (device == k.DEVICES.index(c.FAULT_DEVICE)) & within(at, c.span(c.FAULT)) & (c.FAULT in causes)
    met = np.stack(
        [
            draws.below("mismatch", number, np.where(campaign >= 0, 0.3, 0.0)),
            draws.below("missing", number, np.where(poor, 0.6, 0.05)),
            asked & np.isinf(minutes),
            asked & (minutes > ANSWER_DUE) & np.isfinite(minutes),
            draws.below("stock", number, 0.05),
            draws.below("page", number, np.array([0.1, 0.04, 0.14, 0.05])[device]),
            draws.below("fault", number, np.where(faulty, c.FAULT_CHANCE, 0.004)),
            (need > 0) & (promised > need),
        ],
        axis=1,
    )
    base = expit(
        -1.15
        + np.array([0.0, -0.1, 0.25, -0.15])[device]
        + np.array([-0.2, 0.0, -0.15, 0.3])[source]
        + np.array([0.15, -0.1, -0.4])[tier]
        + 0.18 * np.log(price / 200)
    )
    staying = 1 - np.array([share for *_, share in EXPOSURES])
    lost_chance = 1 - (1 - base) * np.where(met, staying, 1.0).prod(axis=1)
    ad_price = np.where(campaign < 0, np.nan, np.where(met[:, 0], np.round(price * 0.88, 2), price))
    return Visits(
        id=number,
        person=person,
        at=at,
        device=device,
        source=source,
        campaign=campaign,
        product=product,
        group=group,
        price=price,
        ad_price=ad_price,
        need=need,
        lane=lane,
        promised=promised,
        routine=routine,
        asked=asked,
        minutes=minutes,
        met=met,
        base=base,
        lost_chance=lost_chance,
        bought=draws.uniform("lost", number) >= lost_chance,
    )


def _source(draws: Draws, number: Ints, at: Floats, region: Ints) -> tuple[Ints, Ints]:
    """Where the visitor came from, and by which campaign."""
    source = draws.pick("source", number, k.SOURCE_SHARES)
    campaign = np.zeros(len(number), dtype=np.int64)
    seasonal = draws.below("seasonal", number, SEASONAL_ADS)
    for position, running in enumerate(k.CAMPAIGNS[1:], start=1):
        here = within(at, running.span) & seasonal
        if position == k.RASH_AT:  # not offered where the parcels take longest: its small print said so
            here &= np.isin(region, [k.REGIONS.index(name) for name in c.RASH_REGIONS])
        campaign = np.where(here, position, campaign)
    return source, np.where(source == k.SOURCES.index("ad"), campaign, -1)


def _minutes(draws: Draws, number: Ints, at: Floats, group: Ints, causes: frozenset[str]) -> Floats:
    """Minutes until a question in the chat is answered, infinity for never."""
    left_alone = (
        (group == k.GROUPS.index(c.UNANSWERED_GROUP))
        & (hour_of(at) >= c.EVENING)
        & within(at, c.span(c.UNANSWERED))
        & (c.UNANSWERED in causes)
    )
    never = draws.below("never answered", number, np.where(left_alone, c.UNANSWERED_CHANCE, 0.1))
    return np.where(never, np.inf, draws.lognormal("answer", number, 4.2, 0.8))

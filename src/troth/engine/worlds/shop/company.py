"""The company behind the shop: places, warehouses, carriers, lanes, goods, campaigns, teams. It is the same whatever the seed.

All names are made up but those of Brazil's states and towns.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop.draws import Draws, Floats, Ints
from troth.engine.worlds.shop.year import END, on

REGIONS = ("North", "Northeast", "Centre-West", "Southeast", "South")
STATES: tuple[tuple[str, int, float], ...] = (
    *(("AC", 0, 0.25), ("AM", 0, 1.1), ("AP", 0, 0.25), ("PA", 0, 1.5), ("RO", 0, 0.5), ("RR", 0, 0.2), ("TO", 0, 0.5)),
    *(("AL", 1, 0.9), ("BA", 1, 5.2), ("CE", 1, 3.3), ("MA", 1, 1.4), ("PB", 1, 1.2), ("PE", 1, 3.8), ("PI", 1, 0.8), ("RN", 1, 1.2)),
    *(("SE", 1, 0.7), ("DF", 2, 2.5), ("GO", 2, 3.0), ("MS", 2, 1.1), ("MT", 2, 1.4)),
    *(("ES", 3, 2.0), ("MG", 3, 10.5), ("RJ", 3, 11.0), ("SP", 3, 30.0), ("PR", 4, 6.5), ("RS", 4, 6.5), ("SC", 4, 5.0)),
)
"""Each state, the position of its region, and its share of customers in percent, near enough."""
STATE_NAMES = tuple(name for name, *_ in STATES)
REGION_OF_STATE: Ints = np.array([region for _, region, _ in STATES], dtype=np.int64)
STATE_SHARES: Floats = np.array([share for *_, share in STATES])

WAREHOUSES = ("Cajamar", "Extrema", "Recife")
WAREHOUSE_SHARES: Floats = np.array([[0.3, 0.2, 0.5], [0.25, 0.15, 0.6], [0.45, 0.55, 0.0], [0.5, 0.5, 0.0], [0.6, 0.4, 0.0]])
"""Which warehouse packs for which region."""
CARRIERS = ("Tuiuiú Express", "Vento Sul", "Jangada Cargas", "Ipê Entregas")
CARRIER_SHARES: Floats = np.array(
    [[0.55, 0.0, 0.25, 0.2], [0.4, 0.0, 0.35, 0.25], [0.5, 0.1, 0.05, 0.35], [0.4, 0.15, 0.05, 0.4], [0.3, 0.45, 0.0, 0.25]]
)
TRANSIT_DAYS: Floats = np.array([7.5, 4.3, 3.6, 2.3, 3.1])
"""Median days on the road to each region, before warehouse and carrier."""
FROM_WAREHOUSE: Floats = np.array([[1.0, 1.05, 0.8], [1.1, 1.1, 0.8], [1.0, 0.95, 1.2], [1.0, 0.95, 1.3], [0.95, 1.1, 1.3]])
BY_CARRIER: Floats = np.array([0.95, 0.97, 1.05, 1.02])
TRANSIT_SPREAD, HANDLING_SPREAD = 0.26, 0.45
HANDLING_DAYS: Floats = np.array([0.75, 0.85, 0.95])
FAILED_ATTEMPT = 0.17
FAILED_DAYS = (1.0, 3.5)
LANES = len(REGIONS) * len(WAREHOUSES) * len(CARRIERS)
PROMISE_TARGET = 0.89
"""Share of orders a lane's promise is set to keep."""
LOAD = (on("2024-11-22"), on("2024-12-06"))
LOAD_TIMES, LOAD_DAYS = 1.35, 2
"""Around Black Friday everything takes longer by this factor, and is promised these days more."""

GROUPS = ("furniture", "kitchen", "phones", "fashion", "toys", "sports", "beauty", "tools")
GROUP_SHARES: Floats = np.array([0.11, 0.16, 0.14, 0.19, 0.1, 0.11, 0.12, 0.07])
DAMAGE: Floats = np.array([0.045, 0.055, 0.02, 0.004, 0.015, 0.012, 0.03, 0.012])
"""Chance that a parcel arrives damaged, by group, in an even month."""
RAINS: Floats = np.array([1.5, 1.5, 1.45, 1.25, 1.0, 0.85, 0.7, 0.7, 0.75, 0.85, 0.9, 0.95])
"""The same by month, over the even month: the rains make boxes soft."""
SHORT: Floats = np.array([0.05, 0.05, 0.06, 0.07, 0.07, 0.05, 0.06, 0.045])
"""Chance that what was shown in stock is not, and is left out, by group."""
RETURNED: Floats = np.array([0.035, 0.025, 0.03, 0.075, 0.02, 0.03, 0.012, 0.02])
"""Chance that an order comes back with nothing wrong with it, by group."""
WORDS = Path(__file__).parent / "words"
THINGS: tuple[tuple[tuple[str, str, float], ...], ...] = tuple(
    tuple((english, portuguese, float(price)) for english, portuguese, price in listed)
    for listed in tomllib.loads((WORDS / "things.toml").read_text(encoding="utf-8")).values()
)
"""Six things of each group, in its order: in English, in Portuguese, and the price in reais."""
KINDS = 6
"""Products of each thing, that differ in colour and size."""
THINGS_A_GROUP = 6
PRODUCTS = len(GROUPS) * THINGS_A_GROUP * KINDS
PAGE_PRODUCT_SHARE = 0.02
UNLIKE_THE_PAGE = 0.03
"""Chance that one piece differs from its page in one attribute."""
"""Share of the products whose page states one attribute wrong."""
MARGIN = 0.26
"""Margin over price."""

DEVICES = ("Android app", "iPhone app", "mobile web", "desktop")
DEVICE_SHARES: Floats = np.array([0.34, 0.16, 0.24, 0.26])
SOURCES = ("direct", "search", "e-mail", "ad")
SOURCE_SHARES: Floats = np.array([0.31, 0.27, 0.12, 0.3])
TIERS = ("bronze", "silver", "gold")
PERSONAS = ("gift giver", "family", "bargain hunter", "enthusiast")
PHONE, CHAT, MAIL, MESSAGES = range(4)
UNOWNED = MESSAGES
"""The channel that grew beside the service desk: customers write there, and the charter gives that touchpoint to nobody (S0.13)."""
CHANNELS = ("phone", "chat", "e-mail", "WhatsApp")
CHANNEL_SHARES: Floats = np.array([0.4, 0.22, 0.18, 0.2])
ANSWER_MINUTES: Floats = np.array([5.0, 10.0, 1440.0, 60.0])
"""How soon an answer is promised in each channel."""
CONTACT_COST: Floats = np.array([14.5, 7.2, 6.4, 5.1])
TEAMS = ("blue", "green", "yellow")


@dataclass(frozen=True, slots=True)
class Campaign:
    """One advertising campaign.

    :param span: when it ran, in days of the year.
    :param haste: days by which it promises less than the lane is promised otherwise.
    """

    name: str
    medium: str
    claim: str
    span: tuple[float, float]
    spend: int
    impressions: int
    haste: int = 0


CAMPAIGNS = (
    Campaign("Sempre aqui", "search ads", "Tudo para a casa, num lugar só", (0.0, END), 310_000, 41_000_000),
    Campaign("Volta às aulas", "social", "Material e mochilas com desconto", (on("2024-01-08"), on("2024-02-19")), 90_000, 12_000_000),
    Campaign(
        "Dia das Mães", "TV and social", "O presente dela chega antes do domingo", (on("2024-04-22"), on("2024-05-13")), 140_000, 22_000_000
    ),
    Campaign(c.RASH_CAMPAIGN, "TV, social and e-mail", "Entrega três dias mais rápida", c.span(c.RASH), 210_000, 30_000_000, c.RASH_HASTE),
    Campaign("Black November", "all media", "O mês inteiro de ofertas", (on("2024-11-11"), on("2024-12-02")), 280_000, 52_000_000),
    Campaign("Natal", "TV and social", "Presentes para todo mundo", (on("2024-12-02"), on("2024-12-25")), 150_000, 24_000_000),
)
RASH_AT = next(position for position, campaign in enumerate(CAMPAIGNS) if campaign.name == c.RASH_CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Goods:
    """The catalogue, one value per product.

    :param shares: chance of each product within its group, a row a group.
    """

    code: tuple[str, ...]
    thing: Ints
    group: Ints
    price: Floats
    shares: Floats
    page: int


@cache
def goods() -> Goods:
    """The catalogue."""
    draws, number = Draws(0), np.arange(PRODUCTS)
    each = THINGS_A_GROUP * KINDS
    group, thing = number // each, number // KINDS
    base = np.array([price for row in THINGS for *_, price in row])
    price = np.round(base[thing] * np.exp(draws.normal("price", number) * 0.18) * 2) / 2 - 0.1
    code = tuple(f"P-{100 * (g + 1) + n % each + 1:04d}" for g, n in zip(group.tolist(), number.tolist(), strict=True))
    page = code.index(c.PAGE_PRODUCT)
    rank = np.argsort(np.argsort(draws.uniform("rank", number).reshape(len(GROUPS), each), axis=1), axis=1) + 1
    shares = 1 / rank**0.7
    row, column = page // each, page % each
    shares[row, column] = 0
    share = PAGE_PRODUCT_SHARE / GROUP_SHARES[row]
    shares[row, column] = shares[row].sum() * share / (1 - share)
    return Goods(code, thing, group, np.maximum(price, 9.9), shares, page)


@cache
def lanes() -> tuple[Floats, Ints]:
    """The lanes (region, warehouse, carrier), in this order of counting: median days on the road, and days promised.

    A lane is promised the fewest whole days that keep :data:`PROMISE_TARGET` of its orders in an ordinary week; the slow lane is promised
    what the charter says, and its median here is that of its neighbours.
    """
    draws, number = Draws(0), np.arange(LANES)
    region, warehouse, carrier = split_lane(number)
    transit = TRANSIT_DAYS[region] * FROM_WAREHOUSE[region, warehouse] * BY_CARRIER[carrier] * np.exp(draws.normal("lane", number) * 0.05)
    sample = np.arange(40_000)
    clock, first, second = draws.uniform("clock", sample), draws.normal("handling", sample), draws.normal("transit", sample)
    attempt = np.where(
        draws.uniform("attempt", sample) < FAILED_ATTEMPT, np.interp(draws.uniform("days", sample), [0, 1], FAILED_DAYS), 0.0
    )
    promised = np.array(
        [
            np.ceil(np.quantile(np.floor(clock + days), PROMISE_TARGET))
            for lane in number
            for days in [
                HANDLING_DAYS[warehouse[lane]] * np.exp(HANDLING_SPREAD * first) + transit[lane] * np.exp(TRANSIT_SPREAD * second) + attempt
            ]
        ]
    ).astype(np.int64)
    promised[is_slow(number)] = c.STANDARD
    return transit, promised


def lane_of(region: Ints, warehouse: Ints, carrier: Ints) -> Ints:
    """Number of a lane."""
    return (region * len(WAREHOUSES) + warehouse) * len(CARRIERS) + carrier


def split_lane(lane: Ints) -> tuple[Ints, Ints, Ints]:
    """Region, warehouse and carrier of a lane."""
    return lane // (len(WAREHOUSES) * len(CARRIERS)), lane // len(CARRIERS) % len(WAREHOUSES), lane % len(CARRIERS)


def is_slow(lane: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which lanes are those of the slow carrier in its region."""
    region, _, carrier = split_lane(lane)
    slow: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (region == REGIONS.index(c.SLOW_REGION)) & (
        carrier == CARRIERS.index(c.SLOW_CARRIER)
    )
    return slow

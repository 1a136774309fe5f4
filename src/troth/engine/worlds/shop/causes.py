"""What is planted in the shop: nine causes, each with the slice it lives in, whose it is, and a switch.

Two of them are fixes: what was better while they held. A world is made with a set of causes; what is not in the set never happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troth.engine.worlds.shop.year import END, on
from troth.terms.vocabulary import Part

RASH, INCIDENT, SLOW_LANE = "rash campaign", "warehouse incident", "slow lane"
PAGE, UNANSWERED, FAULT = "misleading page", "unanswered questions", "checkout fault"
TARGET, FIX, NO_FIX = "call-time target", "fix that worked", "fix that did not"

RASH_CAMPAIGN = "Frete relâmpago"
RASH_HASTE = 3
"""Days by which the campaign promised less than the lane was promised otherwise."""
RASH_REGIONS = ("Southeast", "South", "Centre-West")
INCIDENT_WAREHOUSE = "Cajamar"
INCIDENT_DAYS = 3.0
SLOW_REGION, SLOW_CARRIER = "Northeast", "Jangada Cargas"
SLOWER = 1.6
"""Transit time on the slow lane over that of its neighbours."""
STANDARD = 8
"""Days the charter agrees; the slow lane is always promised exactly these."""
PAGE_PRODUCT = "P-0101"
PAGE_WRONG = 2
"""Attributes the misleading page states wrong."""
UNANSWERED_GROUP, EVENING = "furniture", 18
UNANSWERED_CHANCE = 0.8
FAULT_DEVICE = "Android app"
FAULT_CHANCE = 0.5
TARGET_TEAM = "blue"
TARGET_SECONDS = 120
CUT_CHANCE = 0.6
NOTE_TEAM = "green"
NOTE_SECONDS, NOTE_FROM = 60, on("2024-06-03")
"""A target that does customers nothing: one team has to write the note of a case within a minute, and mostly does from this day on."""
NOTE_HURRIED = 0.7
FIX_REGION = "South"
FIX_CHANCE = 0.03
"""Chance that the first attempt to deliver fails where the fix holds."""
NO_FIX_GROUP = "kitchen"
LOCKER_FROM = on("2024-11-04")
"""From this day parcels may go to a locker, and some codes do not open it: what customers begin to write about."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One cause.

    :param rule: dimension to the values that belong; a slice of the tables it is seen in.
    :param table: the table whose rows the rule speaks of.
    :param span: when, in days of the year: from (included), to (not included).
    :param failure: what it makes more of: the name of a promise in examples/shop, or of an event.
    :param area: area that owns it; ``part``: where the break account has to put it, where it breaks a promise of the account.
    :param unit: for a fix, the columns that tell the treated from the others.
    """

    name: str
    what: str
    table: str
    rule: Mapping[str, tuple[str, ...]]
    span: tuple[float, float]
    failure: str
    area: str
    aspect: str
    part: Part | None = None
    fix: bool = False
    unit: tuple[str, ...] = field(default=())


CAUSES: tuple[Planted, ...] = (
    Planted(
        RASH,
        "A campaign promised delivery three days sooner than any record bore out.",
        "orders",
        {"campaign": (RASH_CAMPAIGN,)},
        (on("2024-07-01"), on("2024-08-12")),
        "delivery date",
        "Marketing",
        "brand",
        Part.EXPECTATION,
    ),
    Planted(
        INCIDENT,
        "The sorting line of one warehouse stood still for four weeks: orders left it three days later.",
        "orders",
        {"warehouse": (INCIDENT_WAREHOUSE,)},
        (on("2024-09-16"), on("2024-10-14")),
        "delivery date",
        "Fulfilment",
        "operating",
        Part.DELIVERY,
    ),
    Planted(
        SLOW_LANE,
        "One carrier is slow in one region all year, and is promised the charter's eight days all the same.",
        "orders",
        {"region": (SLOW_REGION,), "carrier": (SLOW_CARRIER,)},
        (0.0, END),
        "delivery date",
        "Fulfilment",
        "operating",
        Part.STANDARD,
    ),
    Planted(
        PAGE,
        "The page of one product states two attributes wrong: buyers send it back.",
        "orders",
        {"product": (PAGE_PRODUCT,)},
        (on("2024-04-15"), END),
        "as described",
        "Marketing",
        "brand",
        Part.EXPECTATION,
    ),
    Planted(
        UNANSWERED,
        "Questions about furniture asked in the evening mostly stay unanswered: who asked does not buy.",
        "chats",
        {"product_group": (UNANSWERED_GROUP,), "daypart": ("evening",)},
        (on("2024-03-04"), END),
        "answer before the order",
        "Service",
        "service",
        Part.STANDARD,
    ),
    Planted(
        FAULT,
        "For two weeks the checkout of one app failed half of those who came to pay.",
        "visits",
        {"device": (FAULT_DEVICE,)},
        (on("2024-08-19"), on("2024-09-02")),
        "abandoned basket",
        "IT",
        "operating",
    ),
    Planted(
        TARGET,
        "One team has to end calls within two minutes: calls are cut short, and customers call again.",
        "tickets",
        {"channel": ("phone",), "team": (TARGET_TEAM,)},
        (on("2024-05-06"), END),
        "repeat contact",
        "Service",
        "service",
    ),
    Planted(
        FIX,
        "Addresses are checked at checkout in one region: fewer first attempts to deliver fail.",
        "orders",
        {"region": (FIX_REGION,)},
        (on("2024-06-03"), END),
        "delivery date",
        "IT",
        "operating",
        fix=True,
        unit=("state",),
    ),
    Planted(
        NO_FIX,
        "One product group is packed in new boxes: damage falls there, as it does everywhere once the rains are over.",
        "orders",
        {"product_group": (NO_FIX_GROUP,)},
        (on("2024-06-17"), END),
        "damage",
        "Fulfilment",
        "operating",
        fix=True,
        unit=("product_group", "warehouse"),
    ),
)

ALL = frozenset(cause.name for cause in CAUSES)


def cause(name: str) -> Planted:
    """The planted cause of this name.

    :raises KeyError: nothing of that name is planted.
    """
    for planted in CAUSES:
        if planted.name == name:
            return planted
    raise KeyError(name)


def span(name: str) -> tuple[float, float]:
    """When a cause holds, in days of the year."""
    return cause(name).span

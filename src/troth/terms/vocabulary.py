"""The nouns as frozen types (domain.md b and c). No behaviour beyond their own invariants; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class PromiseType(StrEnum):
    """The nine kinds of promise (domain.md c1)."""

    DEADLINE = "deadline"
    WINDOW = "window"
    RESPONSE_TIME = "response_time"
    PRICE = "price"
    QUANTITY = "quantity"
    AVAILABILITY = "availability"
    QUALITY = "quality"
    INFORMATION = "information"
    EFFORT = "effort"


class Direction(StrEnum):
    """Which way is better for the customer: less (``min``), more (``max``), or simply met or not (``set``)."""

    MIN = "min"
    MAX = "max"
    SET = "set"


DIRECTION_OF: dict[PromiseType, Direction] = {
    PromiseType.DEADLINE: Direction.MIN,
    PromiseType.WINDOW: Direction.SET,
    PromiseType.RESPONSE_TIME: Direction.MIN,
    PromiseType.PRICE: Direction.MIN,
    PromiseType.QUANTITY: Direction.MAX,
    PromiseType.AVAILABILITY: Direction.MAX,
    PromiseType.QUALITY: Direction.MAX,
    PromiseType.INFORMATION: Direction.SET,
    PromiseType.EFFORT: Direction.MIN,
}
"""Default direction of each type (domain.md c1); a mapping may override it."""

TIMED = frozenset({PromiseType.DEADLINE, PromiseType.RESPONSE_TIME})
"""Types whose level is a duration: due minus made, in days."""

VALUES_SURPLUS = frozenset({PromiseType.PRICE, PromiseType.QUALITY, PromiseType.EFFORT, PromiseType.RESPONSE_TIME})
"""Types where doing better than promised is worth something, so that EXCEEDED exists (domain.md c4 rule 2)."""


class Verdict(StrEnum):
    """What became of a promise as of an instant (domain.md c4)."""

    KEPT = "KEPT"
    EXCEEDED = "EXCEEDED"
    BROKEN = "BROKEN"
    PENDING = "PENDING"
    VOID = "VOID"


class Quantifier(StrEnum):
    """How the promised level was worded (domain.md c2)."""

    EXACT = "exact"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    UP_TO = "up_to"
    FROM = "from"
    RANGE = "range"


class Aspect(StrEnum):
    """Whose work an area or touchpoint is (S4.6)."""

    BRAND = "brand"
    SERVICE = "service"
    OPERATING = "operating"


class Evidence(StrEnum):
    """Who says what was received (domain.md c2)."""

    CUSTOMER = "customer"
    THIRD_PARTY = "third party"
    OWN_SYSTEM = "own system"


class ChangeCause(StrEnum):
    """Whose wish it was to change a promise (domain.md c4 rule 6)."""

    CUSTOMER = "customer"
    COMPANY = "company"
    EXTERNAL = "external"


class Part(StrEnum):
    """The parts of the break account (domain.md d5), in the order they are read."""

    ALLOWANCE = "allowance"
    EXPECTATION = "expectation-setting"
    STANDARD = "standard"
    DELIVERY = "delivery"


FLAGGED_KEPT = "flagged_kept"
"""Ledger column of the source's own claim: ``yes``, ``no``, or NULL where it claims nothing."""


@dataclass(frozen=True, slots=True)
class StageStep:
    """One timestamped step between making and keeping a promise.

    The ledger column is ``reached_<name>``; ``area`` owns the time since the step before (domain.md d6).
    """

    name: str
    area: str | None = None

    @property
    def column(self) -> str:
        """Its column in the ledger."""
        return f"reached_{self.name}"


@dataclass(frozen=True, slots=True)
class Noun:
    """What one promise is made for, in the company's own word: a flight, a request. Counts say it where nobody is named."""

    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Costs on record in a currency without a rate: they are in no money.

    :param costs: how many. :param amount: of those whose amount can be read, in their own currency.
    """

    currency: str
    costs: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Exposure:
    """One thing that may go wrong before an unwanted event (domain.md e6).

    :param name: column that says whether it did.
    :param area: whose work it is; ``None`` where nobody's.
    :param means: in words.
    :param failure: the promise broken by it, or the failure of an interaction it is; ``None`` where it is neither.
    """

    name: str
    area: str | None = None
    means: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class OccasionSpec:
    """What the mapping says of the occasions on which one unwanted event may take place (domain.md e6, S4.27).

    :param question: name of the question they answer; one of :func:`troth.terms.questions.questions`, or the company's own.
    :param stage: stage of the life cycle, ``event`` the unwanted event in words, where the mapping says so itself.
    :param covariates: columns known before the exposures. :param placebo: columns of what happened only after the event.
    :param intent: the occasions say who meant to do the opposite of the event.
    :param settled_after: days after which the event no longer comes; younger occasions do not count.
    :param margin: the occasions say what margin the event cost, or would have.
    """

    question: str
    source: str
    exposures: tuple[Exposure, ...]
    stage: str | None = None
    event: str | None = None
    covariates: tuple[str, ...] = ()
    placebo: tuple[str, ...] = ()
    intent: bool = False
    settled_after: float | None = None
    margin: bool = False


@dataclass(frozen=True, slots=True)
class PromiseSpec:
    """What the mapping says of one promise name, beyond its rows.

    :param name: the promise's name, as in the ledger's ``name`` column.
    :param context: columns knowable when the promise was made, coarse to fine; capability is judged within them (domain.md d4).
    :param dimensions: further columns to slice by, never used to judge capability.
    :param stages: steps between made and received, in order (domain.md d6).
    :param has: optional features the mapping fills, so that the engine only runs the steps a promise needs:
        any of ``internal_estimate``, ``bundle``, ``replaces``, ``reversed_at``, ``void``, ``broken``, ``value``, ``recorded_at``,
        ``received_later`` (receipts come from another source),
        ``never_received`` (nothing says what was received).
    :param each: what is counted where nobody is named; ``None`` where the mapping does not say.
    :param flagged_kept: SQL of the source's own claim that a promise was kept; the ledger's column :data:`FLAGGED_KEPT` holds the answer.
    """

    name: str
    type: PromiseType
    direction: Direction
    unit: str
    source: str
    context: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    stages: tuple[StageStep, ...] = ()
    has: frozenset[str] = field(default_factory=frozenset)
    each: Noun | None = None
    flagged_kept: str | None = None

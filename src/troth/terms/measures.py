"""Local targets and what they are paired with: measures people are judged by, and outcomes at the customer's (domain.md b 14, e8).

A measure is what somebody is held to: calls under two minutes, tickets closed a day, an audit passed. An outcome is what the customer
gets of it. A target is safe to keep only where it is read together with an outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from troth.terms.vocabulary import Direction

ACTIVITY, PERCEPTION, AUDIT, OUTCOME = "activity", "perception", "channel audit", "outcome"
CLASSES = (ACTIVITY, PERCEPTION, AUDIT, OUTCOME)
"""Kinds of measure (domain.md b 14)."""

FOLLOWED_BY = ("subject", "customer")
"""By what a reading and what came of it belong together."""

MATTERS = 0.02
"""Smallest difference that matters, in share of cases, where nobody says: two in a hundred."""

REDIAL_MINUTES = 2.0
"""Minutes a customer spends on getting through once more, where nobody says."""

MOST_MEASURES, MOST_OUTCOMES = 200, 40


@dataclass(frozen=True, slots=True)
class CustomerOutcome:
    """What a target may do to customers, counted over the cases it was read on.

    :param direction: ``min``: it hurts the customer where it happens; ``max``: it helps.
    :param role: title of whoever answers for it; :param area: whose work it is. A target of one role against an outcome of another is a
        conflict.
    :param kinds: it is an interaction of one of these kinds after the reading, :param within: days, with the same
        :param follow: ``subject`` or ``customer``.
    :param promise: it is a broken promise of this name, fallen due within these days.
        Without kinds and promise the readings themselves have to say it, under the name of the outcome.
    """

    name: str
    direction: Direction = Direction.MIN
    role: str | None = None
    area: str | None = None
    kinds: tuple[str, ...] = ()
    promise: str | None = None
    within: float | None = None
    follow: str = FOLLOWED_BY[0]


@dataclass(frozen=True, slots=True)
class Measure:
    """A local metric, target, audit or score somebody is judged by.

    :param role: title of whoever is judged by it. :param area: where it is read.
    :param kind: one of :data:`CLASSES`. :param unit: of its readings.
    :param direction: ``min``: less is what is asked for; ``max``: more.
    :param target: the level asked for, in the unit; ``None``: there is none, so nothing can be gamed.
    :param paired: names of the outcomes it is read together with.
    :param unresolved: the outcome that says the matter was not closed; with it and the minutes of a case comes the whole cost of a matter.
    :param redial: minutes a customer spends on getting through again. :param bin: width of a bin around the target, in the unit.
    :param matters: smallest difference in an outcome that matters, as a share of cases.
    """

    name: str
    kind: str
    direction: Direction
    role: str | None = None
    area: str | None = None
    unit: str = ""
    target: float | None = None
    paired: tuple[str, ...] = ()
    unresolved: str | None = None
    redial: float = REDIAL_MINUTES
    bin: float | None = None
    matters: float = MATTERS

    def inside(self, value: float) -> bool:
        """Whether a level meets the target."""
        return self.target is not None and (value <= self.target if self.direction is Direction.MIN else value >= self.target)


@dataclass(frozen=True, slots=True)
class Measures:
    """What a project says of its measures. An empty one is valid: no target is on record."""

    measures: tuple[Measure, ...] = ()
    outcomes: tuple[CustomerOutcome, ...] = ()

    def outcome(self, name: str) -> CustomerOutcome | None:
        """The outcome of this name."""
        return next((one for one in self.outcomes if one.name == name), None)

    def measure(self, name: str) -> Measure | None:
        """The measure of this name."""
        return next((one for one in self.measures if one.name == name), None)

    @property
    def audits(self) -> Sequence[Measure]:
        """Audits of a channel that can be passed."""
        return [one for one in self.measures if one.kind == AUDIT and one.target is not None]


NO_MEASURES = Measures()


@dataclass(frozen=True, slots=True)
class ReadingSpec:
    """What a mapping says of the readings of one measure.

    :param comparable: columns that make cases alike; :param outcomes: outcomes the rows themselves tell.
    :param has: which of ``unit``, ``pressed``, ``handled_minutes``, ``waited_minutes`` the rows tell.
    """

    measure: str
    source: str
    comparable: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    has: frozenset[str] = frozenset()

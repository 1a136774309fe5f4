"""The journey on the wall: what is followed, the steps people mapped, and what customers set out to do (S0.13, S1.4, S2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troth.terms.errors import RequestError

SUBJECT, CUSTOMER = "subject", "customer"
FOLLOWED = (SUBJECT, CUSTOMER)
"""Whose journey: one order or request each, or a customer's whole record."""

STEPS = ("kind", "touchpoint", "stage")
"""Columns of interactions that may be the step."""

PATIENCE = 30.0
"""Days of silence after which a journey counts as ended, where nobody says: as long as an episode of failures lasts."""

MOST_STEPS = 60
"""Steps of a mapped journey; a wall holds no more."""

MOST_DAYS = 36_525
"""A hundred years."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a customer set out to do.

    :param name: what people call it.
    :param steps: what happens, in order, as the interactions call it; the first starts it, the last is the goal.
    :param within: days the customer gives it; ``None``: no limit, so that a journey without the goal counts as abandoned at once.
    :param stoppers: interactions that stop the show if they occur on the way.
    :raises RequestError: fewer than two steps, one named twice, or a limit that is none.
    """

    name: str
    steps: tuple[str, ...]
    within: float | None = None
    stoppers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", _names(self.steps, "steps"))
        object.__setattr__(self, "stoppers", _names(self.stoppers, "stoppers"))
        if len(self.steps) < 2 or len(set(self.steps)) < len(self.steps):  # noqa: PLR2004 - a start and a goal
            mend = "name at least its start and its goal, each step once."
            raise RequestError(f"Scenario “{self.name}” has no start and goal.", place="steps", mend=mend)
        if self.within is not None and not 0 < self.within <= MOST_DAYS:
            raise RequestError(
                f"Scenario “{self.name}” cannot take {self.within} days.",
                place="within",
                mend=f"give days above 0, to {MOST_DAYS:,} at most.",
            )
        both = sorted({self.steps[0], self.steps[-1]} & set(self.stoppers))
        if both:
            raise RequestError(f"“{both[0]}” cannot be start or goal and stop the show.", place="stoppers", mend="name it as one of them.")


@dataclass(frozen=True, slots=True)
class MappedStep:
    """One step of the mapped journey.

    :param optional: it may be left out. :param next: further steps that may come next, beside those behind it in the order.
    :param start: a journey may begin with it, :param end: or end with it, wherever it stands.
    """

    name: str
    optional: bool = False
    next: tuple[str, ...] = ()
    start: bool = False
    end: bool = False


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """How a project's journeys are followed, and what they are held against. An empty one is valid: nothing is mapped.

    :param follow: ``subject`` or ``customer``. :param step: the column of the step: ``kind``, ``touchpoint`` or ``stage``.
    :param patience: days without an interaction after which a journey counts as ended.
    :param leave_out: steps that belong to no journey that is followed.
    :param steps: the mapped journey, in order. :param scenarios: what customers set out to do.
    """

    follow: str = SUBJECT
    step: str = STEPS[0]
    patience: float = PATIENCE
    leave_out: tuple[str, ...] = ()
    steps: tuple[MappedStep, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    @property
    def starts(self) -> frozenset[str]:
        """Steps a journey may begin with: the first, past optional ones the next, and those marked so."""
        return frozenset(_reached(self.steps)) | {one.name for one in self.steps if one.start}

    @property
    def ends(self) -> frozenset[str]:
        """Steps a journey may end with: the last, before optional ones the one ahead of them, and those marked so."""
        return frozenset(_reached(tuple(reversed(self.steps)))) | {one.name for one in self.steps if one.end}

    @property
    def moves(self) -> frozenset[tuple[str, str]]:
        """Pairs of steps that may follow each other."""
        along = {(one.name, target) for place, one in enumerate(self.steps) for target in _reached(self.steps[place + 1 :])}
        return frozenset(along | {(one.name, target) for one in self.steps for target in one.next})


NOTHING_MAPPED = JourneyMap()


def _reached(steps: Sequence[MappedStep]) -> list[str]:
    """The names of the first steps, up to and with the first that is not optional."""
    found: list[str] = []
    for one in steps:
        found.append(one.name)
        if not one.optional:
            break
    return found


def _names(given: Any, place: str) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(one, str) for one in given):
        raise RequestError(f"{given!r} is no list of steps.", place=place, mend='give their names: ("visit", "order").')
    return tuple(given)

"""The states of an issue, and which may follow which (domain.md b, noun 11). The table is the whole rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models

from troth.workspace.issues.errors import NotAllowedError
from troth.workspace.parts import wording


class State(models.TextChoices):
    """Where an issue stands."""

    OPEN = "open", "open"
    DECIDED = "decided", "decided"
    FIXING = "fixing", "fixing"
    FIXED = "fixed", "fixed"
    HELD = "held", "held"
    RELAPSED = "relapsed", "relapsed"
    ACCEPTED = "accepted", "accepted"


MEANING: Mapping[State, str] = {
    State.OPEN: "nobody has decided on it yet",
    State.DECIDED: "it is to be mended; a role sees to it, by a day",
    State.FIXING: "work on it has begun",
    State.FIXED: "the work is done; whether it lasts is not known yet",
    State.HELD: "it has stayed away since",
    State.RELAPSED: "it was mended, and came back",
    State.ACCEPTED: "it is known, and nothing is done about it",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A way from one state to another.

    :param words: what the button says.
    :param reason: a reason has to be given.
    """

    words: str
    reason: bool = False


TRANSITIONS: Mapping[State, Mapping[State, Step]] = {
    State.OPEN: {
        State.DECIDED: Step("Decide to mend it"),
        State.FIXED: Step("It is fixed already", reason=True),
        State.ACCEPTED: Step("Accept it as it is", reason=True),
    },
    State.DECIDED: {
        State.FIXING: Step("Work has begun"),
        State.FIXED: Step("It is fixed", reason=True),
        State.ACCEPTED: Step("Accept it as it is", reason=True),
        State.OPEN: Step("Take the decision back", reason=True),
    },
    State.FIXING: {
        State.FIXED: Step("It is fixed"),
        State.DECIDED: Step("Work has stopped", reason=True),
    },
    State.FIXED: {
        State.HELD: Step("It has held"),
        State.RELAPSED: Step("It came back", reason=True),
        State.FIXING: Step("It was not fixed", reason=True),
    },
    State.HELD: {State.RELAPSED: Step("It came back", reason=True)},
    State.RELAPSED: {
        State.DECIDED: Step("Decide to mend it again"),
        State.FIXING: Step("Work has begun again"),
        State.FIXED: Step("It is fixed", reason=True),
        State.ACCEPTED: Step("Accept it as it is", reason=True),
    },
    State.ACCEPTED: {State.OPEN: Step("Open it again", reason=True)},
}
"""State to the states that may follow it."""

NEEDS_OWNER = frozenset({State.DECIDED, State.FIXING})
"""An issue in one of these has a role that sees to it, and a day by which."""

UNDECIDED = frozenset({State.OPEN, State.RELAPSED})
"""Somebody has yet to decide."""

MENDED = frozenset({State.FIXED, State.HELD})
"""It should stay away."""


def step(before: State, after: State) -> Step:
    """The way from one state to another.

    :raises NotAllowedError: there is none; names those there are.
    """
    ways = TRANSITIONS[before]
    if after not in ways:
        allowed = wording.listed([f"“{state}”" for state in ways], "or")
        raise NotAllowedError(
            f"an issue that is {before} cannot become {after}.", place="state", mend=f"from here it can become {allowed}."
        )
    return ways[after]

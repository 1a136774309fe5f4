"""What a study proposes for an issue that somebody decided on: it is gone, it came back, or it has held. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from troth.workspace.issues.states import MENDED, State
from troth.workspace.parts import wording

HOLDS_DAYS = 180
"""Days on record without a return after which a mended issue has held."""

CAME_BACK = 0.5
"""A mended issue is back where its failures come at this share of the weekly rate before it was mended, or more."""

FEWEST = 5
"""Failures since it was mended that are needed to say so: fewer are chance."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An issue in a state, since a day."""

    key: str
    state: State
    since: date


@dataclass(frozen=True, slots=True)
class StudyFact:
    """What a study says of an issue that somebody decided on.

    :param found: the study holds it.
    :param failures_since: its failures that began on the day it came into its state or later; ``failures_before`` those before.
    :param days_since: days on record from then to the study's as-of; ``days_before`` from the first day on record to then.
    """

    found: bool
    failures_before: int = 0
    failures_since: int = 0
    days_before: int = 0
    days_since: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a study proposes.

    :param to: the state it proposes.
    :param words: why, in a sentence.
    """

    key: str
    to: State
    words: str


def proposals(kept: Iterable[Kept], facts: Mapping[str, StudyFact], study: int) -> tuple[Proposal, ...]:
    """What a study proposes for each issue in a state, in their order; nothing where it has nothing to say.

    :param facts: key to what the study says; an issue without one is one the study does not hold.
    """
    made = (_proposal(one, facts.get(one.key, StudyFact(found=False)), study) for one in kept)
    return tuple(one for one in made if one is not None)


def _proposal(one: Kept, fact: StudyFact, study: int) -> Proposal | None:
    if one.state in MENDED:
        return _of_mended(one, fact, study)
    if not fact.found and one.state is not State.ACCEPTED:
        return Proposal(one.key, State.FIXED, f"Study {study} does not find it any more: has it been fixed?")
    return None


def _of_mended(one: Kept, fact: StudyFact, study: int) -> Proposal | None:
    then = wording.day(one.since)
    if fact.found and fact.failures_since >= FEWEST and fact.days_since > 0:
        since = fact.failures_since / fact.days_since
        before = fact.failures_before / fact.days_before if fact.days_before > 0 else 0.0
        if since >= CAME_BACK * before:
            told = f"{wording.counted(fact.failures_since, 'failure')} began since it was {one.state} on {then}: {_weekly(since)}"
            against = f", against {_weekly(before)} before" if before else ""
            return Proposal(one.key, State.RELAPSED, f"{told}{against}. Has it come back?")
        return None
    quiet = not fact.found or fact.failures_since == 0
    if one.state is State.FIXED and quiet and fact.days_since >= HOLDS_DAYS:
        return Proposal(
            one.key, State.HELD, f"Study {study} tells of no return in {fact.days_since} days since it was fixed on {then}. Has it held?"
        )
    return None


def _weekly(per_day: float) -> str:
    return f"{per_day * 7:,.1f} a week"

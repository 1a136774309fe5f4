"""Harmful, helpful, neutral or unknown: what the tests of a measure say together, and what to do (domain.md e8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from troth.engine.guards.result import (
    ACTIONS,
    CANNOT_TELL,
    COMPARISONS,
    GAIN,
    HARM,
    HARMFUL,
    HELPFUL,
    NEUTRAL,
    NOTHING,
    NOTHING_PAIRED,
    UNKNOWN,
    Guard,
    OutcomeTest,
)
from troth.terms.measures import Measure

MAP_READINGS = "Map its cases: [[readings]] in the source that holds them."
PLACEBO_FAILED = "had the target begun earlier, it would show an effect as well: something else changes there"


def says(test: OutcomeTest, measure: Measure, way: str) -> OutcomeTest:
    """What one outcome says. The comparison with those who work without the target decides; where there is none, the cases moved inside.

    :param way: of the comparison; empty where everybody works under the target.
    """
    if test.passed is False:
        return replace(test, says=CANNOT_TELL, reason=PLACEBO_FAILED)
    found = test.damage if way else test.near
    if found.low is None or found.high is None:
        return replace(test, says=CANNOT_TELL, reason=test.reason or COMPARISONS[""])
    if found.low > 0:
        return replace(test, says=HARM)
    if found.high < 0:
        return replace(test, says=GAIN)
    if -measure.matters <= found.low and found.high <= measure.matters:
        return replace(test, says=NOTHING)
    most = max(abs(found.low), abs(found.high))
    return replace(test, says=CANNOT_TELL, reason=f"too few cases: up to {most:.1%} of them may be worse or better off")


def judged(one: Guard) -> Guard:
    """The verdict on a measure, why, and what to do."""
    paired = [test for test in one.tests if test.paired]
    named = _listed([f"“{name}”" for name in one.measure.paired])
    if one.measure.target is None:
        return replace(one, why=one.why or "It has no target, so nothing can be gamed.", action="Keep it as information.")
    if not one.paired:
        return replace(one, why=f"It is paired with no outcome at the customer’s. {one.why}".strip(), action=NOTHING_PAIRED)
    if not one.readings:
        return replace(one, action=MAP_READINGS)
    verdict, why = _verdict(one, paired)
    return replace(one, verdict=verdict, why=why, action=ACTIONS[verdict].format(paired=named))


def _verdict(one: Guard, paired: Sequence[OutcomeTest]) -> tuple[str, str]:
    by = {word: [str(test.where["outcome"]) for test in paired if test.says == word] for word in (HARM, GAIN, NOTHING, CANNOT_TELL)}
    harm, gain = _listed([f"“{name}”" for name in by[HARM]]), _listed([f"“{name}”" for name in by[GAIN]])
    if by[HARM] and by[GAIN]:
        return UNKNOWN, f"It makes {harm} worse and {gain} better for customers: the officers have to weigh them."
    if by[HARM]:
        return HARMFUL, f"Under the target {harm} is worse for customers, and nothing it is paired with is better."
    if by[GAIN]:
        return HELPFUL, f"Under the target {gain} is better for customers, and nothing it is paired with is worse."
    if paired and not by[CANNOT_TELL]:
        return NEUTRAL, f"Nothing it is paired with differs by more than {one.measure.matters:.1%} of cases, either way."
    reasons = list(dict.fromkeys(test.reason for test in paired if test.says == CANNOT_TELL and test.reason))
    return UNKNOWN, f"It cannot be told: {'; '.join(reasons) or one.why or 'its outcomes are not on record'}."


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

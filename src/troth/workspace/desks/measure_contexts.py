"""What the page of measures receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Fact, Sentence
from troth.workspace.parts.contexts import Link, Owner, Picture, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class Light:
    """A verdict as a light: its colour, a mark that says it without colour, and the word."""

    colour: str = told("green, amber, red or unknown")
    mark: str = told("a sign of the same meaning")
    word: str = told("the verdict")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What a target does to one outcome at the customer's."""

    outcome: str = told("what happens, in words")
    whose: str = told("the role that answers for it; empty where nobody does")
    paired: bool = told("the target is paired with it, so the verdict looks at it")
    cases: int = told("cases under the target of which it is known")
    share: str = told("of them, how many saw it")
    otherwise: str = told("how many would have without the target")
    worse: str = told("cases made worse for the customer, in points; better where below 0")
    interval: str = told("its limits: all outcomes of the measure at once in 95 of 100")
    near: str = told("the same among cases moved just inside the target; empty where none were")
    placebo: str = told("whether it would show the same had the target begun earlier")
    says: str = told("harm, gain, nothing, or cannot tell")
    reason: str = told("why it cannot be told; empty where it can")


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One measure, and what its target does."""

    number: int = told("its place on the page")
    name: str = told("the measure")
    light: Light = told("harmful, helpful, neutral or unknown")
    pairing: Light = told("whether it is paired with an outcome at the customer's")
    owner: Owner = told("the area it is read in")
    role: str = told("who is judged by it; empty where nobody says")
    target: str = told("what is asked for, with its unit")
    sentence: Sentence = told("what the target does to customers, in whole numbers")
    second: Sentence = told("what it does to the whole cost of a matter; empty where nobody tells the minutes of a case")
    why: str = told("why this verdict")
    action: str = told("what to do")
    facts: tuple[Fact, ...] = told("cases, who meets it, how far it moved the reading, what lies just inside")
    picture: Picture | None = told("cases around the target; null where they are too few")
    outcomes: tuple[OutcomeRow, ...] = told("outcome by outcome, those it is paired with first")
    comparison: str = told("what cases under the target are compared with")
    notes: tuple[str, ...] = told("what to know beside it")


@dataclass(frozen=True, slots=True)
class WatermelonRow:
    """One scenario and the audits of the channels it touched."""

    scenario: str = told("the scenario")
    ended: int = told("of it, how many ended")
    green: int = told("of them, how many met only channels whose audit was passed")
    index: float | None = told("of the green ones, the share that failed; null where there are none")
    index_words: str = told("the same, as the page prints it")
    interval: str = told("its 95% limits")
    passed: str = told("share of audits that were passed")
    together: str = told("rank correlation of audit scores with success; empty where it cannot be told")
    reason: str = told("why it cannot be told; empty where it can")


@dataclass(frozen=True, slots=True)
class MeasuresPage:
    """Which targets hurt?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("all measures in whole numbers")
    measures: tuple[MeasureView, ...] = told("measure by measure, the harmful first")
    waiting: tuple[MeasureView, ...] = told("those of them that are not held against customers: no cases, or audits of a channel")
    conflicts: tuple[Sentence, ...] = told("targets of one role that worsen the outcome of another")
    watermelons: tuple[WatermelonRow, ...] = told("scenarios that failed although every audit was passed")
    notes: tuple[str, ...] = told("what fills the page, where nothing is on record")
    exports: tuple[Link, ...] = told("the table as a file")

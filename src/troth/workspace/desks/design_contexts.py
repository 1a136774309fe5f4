"""What the page of the design receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import AccountView, Banner, Condition, Fact, Pages, Period, Sentence
from troth.workspace.desks.customer_contexts import Entry
from troth.workspace.desks.life_cycle_contexts import StageCell
from troth.workspace.parts.contexts import Link, Number, Owner, Picture, Problem, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class Contrast:
    """One colour on another."""

    colour: str = told("name of the colour")
    on: str = told("name of the colour beneath")
    fill: str = told("the colour")
    beneath: str = told("the colour beneath")
    ratio: float = told("contrast by WCAG 2.2, from 1 to 21")
    words: str = told("the same, as the page prints it")
    needs: float = told("what its use needs: 4.5 for text, 3 for marks and edges")
    enough: bool = told("whether it has that")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of one scheme."""

    name: str = told("light or dark")
    paper: str = told("its ground")
    ink: str = told("its text")
    pairs: tuple[Contrast, ...] = told("what stands on what, with its contrast")


@dataclass(frozen=True, slots=True)
class Token:
    """A size, a face or a distance."""

    name: str = told("its name in tokens.css")
    value: str = told("its value")
    width: str = told("its length in pixels, for drawing; empty of a face")


@dataclass(frozen=True, slots=True)
class SampleStage:
    """The stage the cells stand at."""

    name: str = told("its name")


@dataclass(frozen=True, slots=True)
class DesignPage:
    """What is the workspace made of?"""

    study: Head | None = told("which study is open; null before the first")
    schemes: tuple[Scheme, ...] = told("colours, light and dark")
    steps: tuple[Token, ...] = told("sizes of type, smallest first")
    spaces: tuple[Token, ...] = told("distances, smallest first")
    faces: tuple[Token, ...] = told("typefaces")
    sentence: Sentence = told("a sentence with its point")
    numbers: tuple[Number, ...] = told("figures: with an interval, without one, and without data")
    facts: tuple[Fact, ...] = told("facts of a card")
    owners: tuple[Owner, ...] = told("owners: hue, pattern and word")
    account: AccountView = told("a break account with its waterfall")
    months: Picture = told("a strip of months")
    shares: tuple[Number, ...] = told("shares drawn inside a table")
    weeks: tuple[int, ...] = told("counts drawn as small bars")
    period: Period = told("the form of a period")
    conditions: tuple[Condition, ...] = told("what something is narrowed by")
    chips: tuple[Link, ...] = told("choices")
    banners: tuple[Banner, ...] = told("a warning and a remark")
    entries: tuple[Entry, ...] = told("moments of a timeline")
    cells: tuple[StageCell, ...] = told("cells of the journey strip: kept, broken and nobody's, empty")
    sample_stage: SampleStage = told("the stage they stand at")
    pages: Pages = told("where the reader is in a long table")
    exports: tuple[Link, ...] = told("a table as a file")
    problem: Problem = told("what an error says")

"""What the page of the life cycle receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Banner, Period, Sentence
from troth.workspace.parts.contexts import Link, Number, Owner, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the break account in a small drawing, in hundredths of its width and height."""

    name: str = told("the part's name")
    owner: str = told("key of its owner, which names the pattern")
    top: str = told("upper edge")
    height: str = told("height")


@dataclass(frozen=True, slots=True)
class Slot:
    """One part of the break account in words."""

    name: str = told("the part's name")
    owner: Owner = told("whose it is")
    count: str = told("broken promises in it, as the page prints them; below zero it takes breaks away")
    value: float = told("broken promises in it")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the charter says of one promise in a cell."""

    promise: str = told("the promise's name")
    words: str = told("standard and keep target, in words; “nothing agreed” where no line holds")
    lead: str = told("who answers for it; empty where nobody does")
    agreed: bool = told("whether a line of the charter holds")


@dataclass(frozen=True, slots=True)
class StageCell:
    """One stage in the lane of one area."""

    area: str = told("the area")
    owner: Owner = told("the area with its aspect")
    due: int = told("promises that fell due; 0 is an empty cell")
    broken: int = told("broken ones among them")
    kept: Number | None = told("kept rate; null where the cell is empty")
    below: str = told("how the kept rate stands to the keep target, where its interval lies below; empty where it does not")
    agreements: tuple[Agreement, ...] = told("what was agreed, promise by promise")
    slots: tuple[Slot, ...] = told("parts of the break account that hold anything, largest first")
    issues: tuple[Link, ...] = told("issues most of whose failures lie here")
    leads: str = told("who answers for the cell; empty where nobody does")
    address: str = told("the cell in the Ledger; empty where the cell is empty")
    broken_rows: str = told("address of its broken promises; empty where the cell is empty")


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One stage of the life cycle, with a cell per area."""

    name: str = told("the stage")
    number: int = told("its place, from 1")
    charted: bool = told("the charter lists it")
    due: int = told("promises that fell due")
    broken: int = told("broken ones among them")
    kept: Number | None = told("kept rate of the stage; null where nothing fell due")
    bars: tuple[Bar, ...] = told("its broken promises by part, drawn: above the line they add breaks, below they take breaks away")
    drawn: str = told("the same in words")
    cells: tuple[StageCell, ...] = told("a cell per area, in the order of the lanes")
    vacant: str = told("in whose lanes nothing is promised here; empty where there is none")


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture: an area."""

    name: str = told("the area")
    group: str = told("the lane it is in: brand & marketing, service, operating areas or nobody's")
    first: bool = told("the first of its lane")
    owner: Owner = told("the lane, with hue and pattern")


@dataclass(frozen=True, slots=True)
class LifeCyclePage:
    """Where in the life cycle do we break our word?"""

    study: Head = told("which study this is")
    period: Period = told("the period the page speaks of")
    sentence: Sentence = told("where, in whole numbers")
    beside: Sentence = told("what nobody answers for, and where nothing is agreed; empty where all is")
    banners: tuple[Banner, ...] = told("what must be known before the parts are read")
    lanes: tuple[Lane, ...] = told("areas, by lane")
    stages: tuple[StageColumn, ...] = told("the stages in order")
    rows: int = told("rows of the picture, its head among them")
    parts: tuple[Slot, ...] = told("the parts and whose they are, over all stages")
    baseline: str = told("where the line of the small drawings lies, in hundredths of their height")
    staged: bool = told("whether any promise has a stage")
    notes: tuple[str, ...] = told("what to know beside the picture")
    others: tuple[Link, ...] = told("pages that are easily taken for this one")
    exports: tuple[Link, ...] = told("the cells as a file")

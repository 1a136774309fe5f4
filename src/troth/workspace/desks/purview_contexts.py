"""What the page of purview receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Sentence
from troth.workspace.parts.contexts import Link, Owner, Picture, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class StructureRow:
    """What one structure can get done."""

    name: str = told("the structure")
    roles: str = told("titles of its roles, in words")
    actual: bool = told("it is the one that leads today")
    address: str = told("this page, with what closes the chasm of this structure")
    chasm: float | None = told("share of what is at risk beyond its grants")
    chasm_words: str = told("the same, as the page prints it")
    chasm_range: str = told("its range; empty where no issue has one")
    reach: float | None = told("share that gets done, by grants or by influence; null where no ask is on record")
    reach_words: str = told("the same, as the page prints it")
    reach_range: str = told("its range")
    influence_words: str = told("reach beyond the grants")
    uncovered_words: str = told("what is at risk beyond its grants, with its unit")
    reading: str = told("what chasm and reach mean together")


@dataclass(frozen=True, slots=True)
class ClosingStep:
    """One area that would close the chasm, in its place."""

    area: str = told("the area; unknown where no area is named")
    sentence: Sentence = told("what is uncovered, what is missing, and how far the chasm falls")


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area under the structure that is shown."""

    area: str = told("the area")
    owner: Owner = told("the area, with its aspect")
    at_risk: float | None = told("what is at risk whose fix lies there")
    at_risk_words: str = told("the same, as the page prints it")
    at_risk_range: str = told("its range")
    decide: str = told("whether the structure may decide there")
    money: str = told("of the cost of the best fix, what it may spend")
    hours: str = told("of the hours of the best fix, what it can commit")
    clout: str = told("chance that what is asked of the area is accepted and delivered in time")
    clout_range: str = told("its 95% limits and how many asks it rests on")
    uncovered: float | None = told("what lies beyond its grants there")
    uncovered_words: str = told("the same, as the page prints it")
    uncovered_range: str = told("its range")
    missing: str = told("what is missing, in words; empty where it is covered")


@dataclass(frozen=True, slots=True)
class AskRow:
    """What was asked of one area."""

    area: str = told("the area")
    asked: int = told("asks on record")
    accepted: int = told("of them accepted")
    kept: int = told("accepted, and delivered by the committed day")
    pending: int = told("whose fate cannot be told yet")
    withdrawn: int = told("taken back by who asked")
    clout: str = told("chance that the next one is accepted and delivered in time")
    limits: str = told("its 95% limits")


@dataclass(frozen=True, slots=True)
class DisciplineRow:
    """One kind of decision under the structure that is shown."""

    discipline: str = told("the kind of decision")
    decided: int = told("decisions of the last 180 days by its own grants")
    of: int = told("decisions of that kind by anybody")
    held: str = told("of those looked at, the share that still holds")
    missing: str = told("whether the discipline is missing")


@dataclass(frozen=True, slots=True)
class PurviewPage:
    """Can we execute?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("what lies beyond whoever leads, in whole numbers")
    second: Sentence = told("what it means, and what would close most of it")
    outside: tuple[str, ...] = told("what is in none of these numbers, and how much that is")
    picture: Picture | None = told("the structures side by side; null where nothing can be told")
    unit: str = told("what it is counted in: a currency, or failures")
    structures: tuple[StructureRow, ...] = told("the structures, the actual one marked")
    shown: str = told("the structure whose areas are shown")
    closing: tuple[ClosingStep, ...] = told("what closes its chasm, what helps most first")
    areas: tuple[AreaRow, ...] = told("every area under it")
    asks: tuple[AskRow, ...] = told("what was asked of areas, and what became of it")
    disciplines: tuple[DisciplineRow, ...] = told("which disciplines it decides of; empty where no decision is on record")
    anybody: bool = told("a role is on record")
    reason: str = told("why nothing can be told; empty where something can")
    source: str = told("where it stands who may decide: the workspace or roles.toml")
    notes: tuple[str, ...] = told("what to know beside it")
    exports: tuple[Link, ...] = told("every area under every structure as a file")

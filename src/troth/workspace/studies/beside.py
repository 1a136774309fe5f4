"""What stands beside the figures of the whole: warnings, the cells it goes worst for, and open promises that are expected to break."""

from __future__ import annotations

from dataclasses import dataclass

from troth.engine.findings import AtRisk, Calibration, Integrity
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

ENOUGH = 100
"""Promises a cell needs to be called the worst one (domain.md c6, attack 10)."""

WATCHED = ("kept_by", "made_by", "stage", "touchpoint", "segment", "tier", "name")
"""Dimensions whose worst cell stands beside the mean; after them the first context column of the mappings."""

MOST_WORST = 3
MOST_AT_RISK = 5


@dataclass(frozen=True, slots=True)
class WorstCell:
    """The cell of one dimension with the lowest kept rate, whose limits lie below the mean: an average never hides it."""

    dimension: str
    cell: Integrity


@dataclass(frozen=True, slots=True)
class Ahead:
    """Open promises: all of them, and where most are expected to break.

    :param question: the slice asked about; they lie ahead, so it has no period.
    :param dimension: what the slices are by; empty where there is nothing to slice by.
    :param slices: those with open promises, most expected breaks first.
    """

    question: Question
    total: AtRisk
    dimension: str
    slices: tuple[AtRisk, ...]


def worst_cells(opened: OpenStudy, question: Question, total: Integrity) -> tuple[WorstCell, ...]:
    """The worst cell of each watched dimension, the worst of them first.

    :param total: the whole that the question asks about.
    """
    told = [name for spec in opened.study.reading.specs for name in spec.context[:1]]
    watched = [name for name in dict.fromkeys((*WATCHED, *told)) if name in opened.dimensions and name not in dict(question.where)]
    found: list[WorstCell] = []
    for name in watched:
        cells = [cell for cell in opened.counts(question, name) if cell.due >= ENOUGH]
        if len(cells) < 2 or total.K.value is None:  # noqa: PLR2004 - a single cell is the mean
            continue
        lowest = max(cells, key=lambda cell: cell.broken / cell.due)
        (worst,) = opened.integrity(question.only({name: lowest.value}).asked_by((name,)))
        if worst.K.high is not None and worst.K.high < total.K.value:
            found.append(WorstCell(name, worst))
    found.sort(key=_kept)
    distinct = {(str(one.cell.where[one.dimension]), one.cell.K.value, one.cell.K.n): one for one in reversed(found)}
    return tuple(sorted(distinct.values(), key=_kept)[:MOST_WORST])  # an area may both make and keep, and is one cell


def ahead_of(opened: OpenStudy, question: Question) -> Ahead:
    """The open promises of the slice a question asks about (domain.md c5, “forecast”)."""
    ahead = Question(where=question.where)
    total = opened.at_risk(ahead)[0]
    dimension = next((name for name in WATCHED if name in opened.dimensions and name not in dict(question.where)), "")
    sliced = opened.at_risk(ahead.asked_by((dimension,))) if dimension and total.pending else ()
    found = sorted(sliced, key=lambda row: -(row.expected.value or 0.0))
    return Ahead(ahead, total, dimension, tuple(row for row in found[:MOST_AT_RISK] if row.pending))


def doubted(opened: OpenStudy, question: Question, mode: str) -> tuple[Calibration, ...]:
    """Gates that warn of promises a question asks about: their account is not to be believed as it stands."""
    gates = [gate for gate in opened.study.calibration if gate.mode == mode and gate.banner]
    named = {count.value for count in opened.counts(question, "name") if count.due} if gates else set()
    return tuple(gate for gate in gates if gate.name in named)


def _kept(one: WorstCell) -> float:
    return one.cell.K.value or 0.0

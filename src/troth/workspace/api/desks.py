"""The desks: the findings that Both desks, My desk and Life cycle put together, and what waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from troth.engine.attribution.answers import Answered
from troth.engine.findings import Account, AtRisk, Calibration, Integrity, Skill, StagePart
from troth.engine.gaps.settings import MODES
from troth.engine.money import Money
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.api.asking import Number, Since, Until, Where, question_of, study_of
from troth.workspace.api.documents import OfStudy, of
from troth.workspace.issues.before_both import both_acts, common_to_both
from troth.workspace.issues.contexts import BothActs, ChangeRow, Waiting
from troth.workspace.issues.owed import FIRST_LOOK, MOST_CHANGES, accounts_of, asks_of, changes_since, my_areas
from troth.workspace.issues.speaking import roles_of
from troth.workspace.issues.stage_findings import Cell, StageFindings
from troth.workspace.issues.stands import openable, with_own_links
from troth.workspace.issues.told import HEADS, MOST_FIRST, key_of, place_words
from troth.workspace.people.guard import here
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.studies.beside import ahead_of, doubted, worst_cells
from troth.workspace.studies.links import may_follow, narrowed, with_open_links
from troth.workspace.studies.periods import EVERYTHING, settled
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import OpenStudy

router = Router(tags=["Desks"])

NOTHING: list[str] = []
"""No condition: a default of the document, never changed."""

Whole = Annotated[
    Literal["all"] | None,
    Query(None, description="“all” for everything the study holds; a long study is told of its latest twelve months where left out."),
]
Mode = Annotated[str, Query(AS_OF, max_length=40, description=f"How the break account is read: {' or '.join(MODES)}.")]


class OfPeriod(OfStudy):
    """What is said of one study and one period."""

    since: date | None = Field(description="First local day on which the promises fell due; null from the ledger's beginning.")
    until: date | None = Field(description="The last one; null to the ledger's end.")


class MonthFound(Schema):
    """One month of the due date."""

    month: date = Field(description="Its first day.")
    integrity: Integrity
    account: Account | None = Field(description="Null where nothing of it can be told.")


class WorstFound(Schema):
    """A cell it goes worse for than for the whole, beyond chance."""

    dimension: str
    cell: Integrity


class AheadFound(Schema):
    """Open promises, and how many of them are expected to break."""

    total: AtRisk
    by: str = Field(description="The dimension of the rows; empty where there are none.")
    rows: list[AtRisk] = Field(description="Where most are expected to break.")


class FirstIssue(Schema):
    """An issue, as far as Both desks tells of it."""

    key: str | None = Field(description="Null where its card is not yours to open.")
    words: str = Field(description="What failed and where.")
    rank: int | None
    failures: int
    customers: int = Field(description="People hit, each counted once; 0 too where nobody is named.")
    money: Money = Field(description="Money at risk, cash and modelled together.")


class BothDesksFound(OfPeriod):
    """Did we do what we said, and whose is the gap?"""

    mode: str
    integrity: Integrity = Field(description="F, K, I, B and U of the whole.")
    account: Account | None = Field(description="Null where nothing is due.")
    skill: Skill | None = Field(description="Promise skill, always read with expectation-setting.")
    calibration: list[Calibration] = Field(description="Promises of which the account is not to be believed as it stands.")
    stages: list[StagePart] = Field(description="The delivery part, step by step.")
    months: list[MonthFound]
    worst: list[WorstFound] = Field(description="Worst cells beside the mean, the worst first.")
    at_risk: AheadFound
    issues: list[FirstIssue] = Field(description="The issues that cost most.")
    answers: list[Answered] = Field(description="Marketing or service, question by question.")
    acts: BothActs = Field(description="Decisions that wait, disagreements, and what an officer has not opened.")
    notes: list[str] = Field(description="Sentences that must be read beside the figures.")


class AreaFound(Schema):
    """The parts of the account that lie with one area."""

    area: str
    kept: Account | None = Field(description="Of the promises it keeps, whose delivery part is its own. Null where none.")
    made: Account | None = Field(description="Of those it made, whose expectation-setting is its officer's. Null where none.")


class CommonFound(Schema):
    """What waits for both officers, as one of them is told."""

    decisions: int
    unopened: int = Field(description="Issues your office has not opened since they appeared or changed.")


class MyDeskFound(OfPeriod):
    """What is mine, and what do I owe?"""

    name: str
    roles: list[str]
    asks: list[Waiting] = Field(description="What waits for you, the most pressing first.")
    common: CommonFound | None = Field(description="Null where you are not an officer.")
    areas: list[AreaFound]
    changes: list[ChangeRow] = Field(description="What others did, the latest first.")
    more: int = Field(description="How many changes there are beside those.")


class AgreedFound(Schema):
    """What the charter says of one promise in a cell."""

    promise: str
    due: int = Field(description="Promises that fell due under it.")
    agreed: bool = Field(description="A line of the charter holds.")
    standard: float | None = Field(description="In the promise's unit; null where none is agreed.")
    keep_target: float | None
    lead: str | None


class CellFound(Schema):
    """One stage and the area that keeps its promises."""

    stage: str | None
    area: str | None
    integrity: Integrity
    account: Account | None
    keep_target: float | None = Field(description="Each promise by its own line; null where no line holds for any.")
    agreed: list[AgreedFound]
    issues: list[str] = Field(description="Keys of the issues most of whose failures lie here, those that are yours to open.")


class StageFound(Schema):
    """One stage of the life cycle."""

    stage: str | None = Field(description="Null for promises that name none.")
    charted: bool = Field(description="The charter lists it.")
    integrity: Integrity | None = Field(description="Null where nothing fell due.")
    cells: list[CellFound] = Field(description="Areas with promises that fell due.")


class LifeCycleFound(OfPeriod):
    """Where in the life cycle do we break our word?"""

    calibration: list[Calibration] = Field(description="Promises of which the account is not to be believed as it stands.")
    stages: list[StageFound] = Field(description="The charter's in order, then others on record, then none.")


@router.get("/both", response=BothDesksFound, url_name="both-desks", summary="Did we do what we said, and whose is the gap?")
def both_desks(
    request: HttpRequest,
    study: Number = None,
    where: Where = NOTHING,
    since: Since = None,
    until: Until = None,
    period: Whole = None,
    mode: Mode = AS_OF,
) -> dict[str, Any]:
    """What stands on the first page of both officers. What a program reads counts as opened by nobody."""
    if mode not in MODES:
        raise RequestError(f"there is no mode “{mode}”.", place="mode", mend=did_you_mean(mode, MODES))
    opened, standing = study_of(study), here(request).standing
    question = _asked(request, opened, where, since, until, period)
    total, account = opened.integrity(question), opened.account(question, mode)
    ahead = ahead_of(opened, question)
    return {
        **_of(opened, question),
        "mode": mode,
        "integrity": total[0],
        "account": account[0] if total[0].due and len(account) else None,
        "skill": next(iter(opened.skill(question)), None),
        "calibration": list(doubted(opened, question, mode)),
        "stages": list(opened.stages(question)) if total[0].broken else [],
        "months": _months(opened, question, mode),
        "worst": [{"dimension": one.dimension, "cell": one.cell} for one in worst_cells(opened, question, total[0])],
        "at_risk": {"total": ahead.total, "by": ahead.dimension if ahead.slices else "", "rows": list(ahead.slices)},
        "issues": _first_issues(opened, openable(opened, standing)),
        "answers": list(opened.answers()),
        "acts": with_own_links(both_acts(opened, standing), opened, standing),
        "notes": [*total.notes, *opened.study.unanswered, *opened.study.unpromised],
    }


@router.get("/mine", response=MyDeskFound, url_name="my-desk", summary="What is mine, and what do I owe?")
def my_desk(
    request: HttpRequest,
    study: Number = None,
    area: Annotated[str, Query("", max_length=200, description="One of your areas; all of them where left out.")] = "",
    after: Annotated[
        datetime | None, Query(None, description="Tell of changes after this instant; of the last seven days where left out.")
    ] = None,
) -> dict[str, Any]:
    """The desk of whoever the token acts for. What a program reads is no look of theirs: the page still tells them what is new."""
    opened, standing = study_of(study), here(request).standing
    every, roles = my_areas(opened, standing), roles_of(standing)
    areas = narrowed(frozenset(every), area, every) or ()
    question = settled(opened, Question(), everything=False)
    opens = may_follow(standing, None, openable(opened, standing))
    changes = with_open_links(changes_since(opened, standing, roles, _instant(after, opened, standing.at - FIRST_LOOK), area), opens)
    found = [(name, accounts_of(opened, question, name)) for name in every if name in areas]
    common = common_to_both(opened, standing) if standing.seats & OFFICERS else None
    return {
        **_of(opened, question),
        "name": standing.person.name,
        "roles": list(standing.roles),
        "asks": list(with_open_links(asks_of(opened, standing, roles, area), opens)),
        "common": None if common is None else {"decisions": common[0], "unopened": common[1]},
        "areas": [{"area": name, "kept": one.kept, "made": one.made} for name, one in found if one is not None],
        "changes": list(changes[:MOST_CHANGES]),
        "more": max(0, len(changes) - MOST_CHANGES),
    }


@router.get("/life-cycle", response=LifeCycleFound, url_name="life-cycle", summary="Where in the life cycle do we break our word?")
def life_cycle(
    request: HttpRequest,
    study: Number = None,
    where: Where = NOTHING,
    since: Since = None,
    until: Until = None,
    period: Whole = None,
) -> dict[str, Any]:
    """Each stage of the life cycle, and within it each area that keeps its promises."""
    opened = study_of(study)
    question = _asked(request, opened, where, since, until, period)
    found, opens = StageFindings(opened, question), openable(opened, here(request).standing)
    charted = opened.study.reading.charter.stages
    return {
        **_of(opened, question),
        "calibration": list(doubted(opened, question, AS_OF)),
        "stages": [
            {
                "stage": stage,
                "charted": stage in charted,
                "integrity": found.whole.get(stage),
                "cells": [_cell(found, cell, opens) for cell in found.found if cell[0] == stage],
            }
            for stage in found.stages
        ],
    }


def _asked(
    request: HttpRequest, opened: OpenStudy, where: list[str], since: date | None, until: date | None, period: str | None
) -> Question:
    """What is asked, in the period a page would open on."""
    return settled(opened, question_of(request, opened, [], where, since, until), everything=period == EVERYTHING)


def _of(opened: OpenStudy, question: Question) -> dict[str, Any]:
    return {**of(opened), "since": question.since, "until": question.until}


def _months(opened: OpenStudy, question: Question, mode: str) -> list[dict[str, Any]]:
    asked = question.asked_by(("month",))
    accounts = {row.where["month"]: row for row in opened.account(asked, mode)}
    found = {row.where["month"]: row for row in opened.integrity(asked) if row.due and row.where["month"] is not None}
    return [{"month": month, "integrity": row, "account": accounts.get(month)} for month, row in found.items()]


def _first_issues(opened: OpenStudy, opens: Callable[[str], bool]) -> list[dict[str, Any]]:
    found = [issue for issue in opened.issues() if key_of(issue) not in HEADS]
    return [
        {
            "key": key_of(issue) if opens(key_of(issue)) else None,
            "words": place_words(opened, issue.rule),
            "rank": issue.rank,
            "failures": issue.failures,
            "customers": issue.customers,
            "money": issue.money,
        }
        for issue in found[:MOST_FIRST]
    ]


def _cell(found: StageFindings, cell: Cell, opens: Callable[[str], bool]) -> dict[str, Any]:
    return {
        "stage": cell[0],
        "area": cell[1],
        "integrity": found.found[cell],
        "account": found.accounts.get(cell),
        "keep_target": found.target(*cell),
        "agreed": [
            {
                "promise": one.promise,
                "due": one.due,
                "agreed": one.line is not None,
                "standard": one.line and one.line.standard,
                "keep_target": one.line and one.line.keep_target,
                "lead": one.line and one.line.lead,
            }
            for one in found.agreed(*cell)
        ],
        "issues": [key for key in found.issues.get(cell, ()) if opens(key)],
    }


def _instant(after: datetime | None, opened: OpenStudy, otherwise: datetime) -> datetime:
    """An instant as it was sent; one without an offset is in the project's zone."""
    if after is None:
        return otherwise
    return after if after.tzinfo is not None else after.replace(tzinfo=opened.zone)

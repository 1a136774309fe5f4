"""Issues: what should be fixed, what it costs, and what people decided about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from troth.engine.issues.result import Issue
from troth.workspace.api.asking import Number, study_of
from troth.workspace.api.documents import Body, Key, Listed, OfStudy, Records, Table, Text, of, table
from troth.workspace.api.paging import USUAL, Cursor, Limit, cursor_to, position_of, sliced
from troth.workspace.issues import operations
from troth.workspace.issues.disagreements import disagreements
from troth.workspace.issues.errors import IssueError
from troth.workspace.issues.models import IssueRecord, ProposedSplit, Standpoint
from troth.workspace.issues.operations import Speaker, Subject
from troth.workspace.issues.shares import WHOLE, parsed
from troth.workspace.issues.speaking import speaker_of
from troth.workspace.issues.splits import agreed_at, split_in_force
from troth.workspace.issues.states import State
from troth.workspace.issues.told import failures_of, issue_with, issues_of, subject_of
from troth.workspace.people.areas import known_areas
from troth.workspace.people.guard import actor, here
from troth.workspace.people.models import Role, Seat
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.studies.reading import OpenStudy, open_study
from troth.workspace.timeline.operations import Actor

router = Router(tags=["Issues"])

Split = dict[str, float]
"""Area, “unknown” among them, to per cent."""


class StandpointOut(Schema):
    """What a role holds of an issue's shares."""

    role: str
    person: str
    contests: bool
    reason: str
    evidence: str
    link: str
    at: datetime
    study: int


class ProposedOut(Schema):
    """A split put to both officers."""

    id: int
    role: str
    shares: Split
    reason: str
    agreed_by: list[Seat]
    at: datetime


class Decided(OfStudy):
    """What people decided about an issue."""

    key: str
    words: str = Field(description="What failed and where.")
    areas: list[str] = Field(description="Areas it lies in.")
    revision: int = Field(description="Acts on it so far; send it with what you do.")
    state: State
    owner: str | None = Field(description="Title of the role that sees to it.")
    due: date | None
    reason: str
    computed: Split = Field(description="Its shares by area, as the study has them.")
    in_force: Split = Field(description="The shares that funding uses.")
    agreed_at: datetime | None
    contested: bool
    standpoints: list[StandpointOut]
    proposed: list[ProposedOut]


class IssueOut(Decided):
    """An issue: what the study says, and what people decided."""

    issue: Issue | None = Field(description="Null where the study does not find it any more.")


class Disagreement(Schema):
    """Shares that somebody contests."""

    key: str
    words: str
    since: datetime
    escalates_at: datetime = Field(description="From when on it is the tie-break role's to settle.")


class Decision(Body):
    """Where an issue is to go, whose it is and by when. What is left out ends: no owner, no day."""

    revision: int = Field(ge=0, lt=2**31)
    to: State | None = None
    owner: Text | None = Field(None, description="Title of a role.")
    due: date | None = None
    reason: Text = ""


class Acceptance(Body):
    """The computed shares are right."""

    revision: int = Field(ge=0, lt=2**31)
    reason: Text = ""


class Contest(Body):
    """The computed shares are wrong."""

    revision: int = Field(ge=0, lt=2**31)
    reason: Text
    evidence: Text = Field("", description="What shows it, in words.")
    link: Text = Field("", description="Address of rows in this workspace that show it.")


class Proposal(Body):
    """Another split."""

    revision: int = Field(ge=0, lt=2**31)
    shares: dict[str, float] = Field(description="Area to per cent, whole or with one decimal; 100 in all.", max_length=100)
    reason: Text


class Agreement(Body):
    """Yes to a proposed split."""

    revision: int = Field(ge=0, lt=2**31)
    split: Key


class Ruling(Body):
    """What counts, where both officers left it standing."""

    revision: int = Field(ge=0, lt=2**31)
    split: Key | None = Field(None, description="The proposed split that is to count; left out, the computed one stands.")
    reason: Text


@router.get("", response=Table[Issue], url_name="issues", summary="What should we fix, and what does it cost?")
def issues(request: HttpRequest, study: Number = None, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """Issues, those that cost most first; then failures of none, and the total they add up to."""
    opened = study_of(study)
    found = issues_of(opened, here(request).areas)
    return table(opened, found, *sliced(request, cursor, limit, found.rows))


@router.get("/disagreements", response=Listed[Disagreement], url_name="disagreements", summary="Where do the officers disagree?")
def standing_disagreements(request: HttpRequest) -> dict[str, Any]:
    """Issues whose shares somebody contests, the oldest first."""
    areas = here(request).areas
    seen = [one for one in disagreements() if areas is None or not areas.isdisjoint(one.issue.areas)]
    told = [{"key": one.issue.key, "words": one.issue.words, "since": one.since, "escalates_at": one.escalates_at} for one in seen]
    return {"rows": told}


@router.get("/{key}", response=IssueOut, url_name="issue", summary="What is it, who is hit, why, how much, whose?")
def issue(request: HttpRequest, key: str, study: Number = None) -> dict[str, Any]:
    """One issue, and what people decided about it."""
    opened = study_of(study)
    areas = here(request).areas
    subject = subject_of(opened, key, areas)
    found = issue_with(opened, key, areas) if subject.computed else None
    return {**_decided(opened, subject, here(request).standing.at), "issue": found}


@router.get("/{key}/failures", response=Records, url_name="failures", summary="Its failures, one by one")
def failures(request: HttpRequest, key: str, study: Number = None, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """The failures of an issue, the earliest first; instants are UTC."""
    opened = study_of(study)
    first = int(next(iter(position_of(request, cursor)), 0))
    rows = failures_of(opened, key, here(request).areas).limit(limit + 1, offset=first).to_pyarrow().to_pylist()
    return {**of(opened), "rows": rows[:limit], "next": cursor_to(request, [first + limit]) if len(rows) > limit else None}


@router.post("/{key}/state", response=Decided, url_name="issue-state", summary="Move an issue")
def decide(request: HttpRequest, key: str, body: Decision) -> dict[str, Any]:
    """Move an issue to another state, or say whose it is and by when; all in one act."""
    opened, subject = _acted_on(request, key)
    at = here(request).standing.at
    operations.decide(
        subject=subject,
        revision=body.revision,
        to=body.to,
        owner=_role(body.owner),
        due=body.due,
        reason=body.reason,
        actor=actor(request),
        at=at,
    )
    return _decided(opened, subject, at)


@router.post("/{key}/accept", response=Decided, url_name="issue-accept", summary="Accept its shares")
def accept(request: HttpRequest, key: str, body: Acceptance) -> dict[str, Any]:
    """Say that the computed shares are right. Takes a contest of the same role back."""
    act = _speaks(request, key, SPEAKERS)
    operations.accept_shares(
        subject=act.subject,
        speaker=act.speaker,
        revision=body.revision,
        reason=body.reason,
        actor=act.actor,
        at=act.at,
    )
    return _decided(act.opened, act.subject, act.at)


@router.post("/{key}/contest", response=Decided, url_name="issue-contest", summary="Contest its shares")
def contest(request: HttpRequest, key: str, body: Contest) -> dict[str, Any]:
    """Say that the computed shares are wrong, and why. They stay what they are; the disagreement stands until it is agreed or settled."""
    act = _speaks(request, key, SPEAKERS)
    operations.contest_shares(
        subject=act.subject,
        speaker=act.speaker,
        revision=body.revision,
        reason=body.reason,
        evidence=body.evidence,
        link=body.link,
        actor=act.actor,
        at=act.at,
    )
    return _decided(act.opened, act.subject, act.at)


@router.post("/{key}/propose", response=Decided, url_name="issue-propose", summary="Put another split")
def propose(request: HttpRequest, key: str, body: Proposal) -> dict[str, Any]:
    """Put another split to both officers. An officer who puts one agrees to it."""
    act = _speaks(request, key, SPEAKERS)
    operations.propose_split(
        subject=act.subject,
        speaker=act.speaker,
        revision=body.revision,
        shares=parsed(((area, f"{share:.12g}") for area, share in body.shares.items()), known_areas() or act.subject.areas),
        reason=body.reason,
        actor=act.actor,
        at=act.at,
    )
    return _decided(act.opened, act.subject, act.at)


@router.post("/{key}/agree", response=Decided, url_name="issue-agree", summary="Agree to a split")
def agree(request: HttpRequest, key: str, body: Agreement) -> dict[str, Any]:
    """Agree to a proposed split as an officer. Once both officers have, it counts."""
    act = _speaks(request, key, OFFICERS)
    operations.agree(
        subject=act.subject,
        split=body.split,
        speaker=act.speaker,
        revision=body.revision,
        actor=act.actor,
        at=act.at,
    )
    return _decided(act.opened, act.subject, act.at)


@router.post("/{key}/settle", response=Decided, url_name="issue-settle", summary="Settle a disagreement")
def settle(request: HttpRequest, key: str, body: Ruling) -> dict[str, Any]:
    """Settle what both officers left standing for two cadences, as the tie-break role."""
    act = _speaks(request, key, [Seat.TIE_BREAK])
    operations.settle(
        subject=act.subject,
        speaker=act.speaker,
        revision=body.revision,
        split=body.split,
        reason=body.reason,
        actor=act.actor,
        at=act.at,
    )
    return _decided(act.opened, act.subject, act.at)


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody who speaks about the shares of an issue of the current study, in a role that may."""

    opened: OpenStudy
    subject: Subject
    speaker: Speaker
    actor: Actor
    at: datetime


def _speaks(request: HttpRequest, key: str, seats: Collection[Seat]) -> Act:
    opened, subject = _acted_on(request, key)
    standing = here(request).standing
    return Act(opened, subject, speaker_of(standing, seats, subject.areas), actor(request), standing.at)


SPEAKERS = OFFICERS | {Seat.AREA_HEAD}
"""Seats whose holders say what they hold of an issue's shares."""


def _acted_on(request: HttpRequest, key: str) -> tuple[OpenStudy, Subject]:
    """The issue of the current study that somebody may act on."""
    opened, admitted = open_study(), here(request)
    subject = subject_of(opened, key, admitted.areas)
    return opened, admitted.to_change(subject, areas=subject.areas)


def _role(title: str | None) -> Role | None:
    if title is None:
        return None
    found = Role.objects.filter(title=title).first()
    if found is None:
        raise IssueError(f"there is no role “{title[:60]}”.", place="owner", mend="name a role by its title (/api/people/roles).")
    return found


def _decided(opened: OpenStudy, subject: Subject, at: datetime) -> dict[str, Any]:
    row = IssueRecord.objects.select_related("owner").filter(key=subject.key).first()
    agreed = agreed_at(subject.key, at)
    standpoints = list(Standpoint.objects.filter(issue=row, ended_at=None).select_related("role", "by").order_by("pk")) if row else []
    proposed = list(ProposedSplit.objects.filter(issue=row, ended_at=None).select_related("role").order_by("pk")) if row else []
    return {
        **of(opened),
        "key": subject.key,
        "words": subject.words,
        "areas": list(subject.areas),
        "revision": row.revision if row else 0,
        "state": row.state if row else State.OPEN,
        "owner": row.owner.title if row and row.owner else None,
        "due": row.due if row else None,
        "reason": row.reason if row else "",
        "computed": _per_cent(subject.computed),
        "in_force": _per_cent(split_in_force(subject.key, subject.computed, at)),
        "agreed_at": agreed.at if agreed else None,
        "contested": any(one.contests for one in standpoints),
        "standpoints": [
            {
                "role": one.role.title,
                "person": one.by.name,
                "contests": one.contests,
                "reason": one.reason,
                "evidence": one.evidence,
                "link": one.link,
                "at": one.at,
                "study": one.study,
            }
            for one in standpoints
        ],
        "proposed": [
            {
                "id": one.pk,
                "role": one.role.title,
                "shares": _per_cent({area: tenths / WHOLE for area, tenths in one.shares.items()}),
                "reason": one.reason,
                "agreed_by": list(one.consents.order_by("pk").values_list("seat", flat=True)),
                "at": one.at,
            }
            for one in proposed
        ],
    }


def _per_cent(shares: Any) -> Split:
    return {area: round(100 * share, 6) for area, share in shares.items()}

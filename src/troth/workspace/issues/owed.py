"""What somebody owes and what is theirs: asks on their roles, the parts of the account of their areas, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from troth.engine.findings import Account
from troth.terms.vocabulary import Aspect
from troth.workspace.charter.waiting import asked_of, draft_waits
from troth.workspace.issues.before_both import disagreement_row, draft_row
from troth.workspace.issues.contexts import ChangeRow, Waiting
from troth.workspace.issues.disagreements import Disagreement, disagreements
from troth.workspace.issues.models import IssueRecord, ProposedSplit
from troth.workspace.issues.operations import KIND
from troth.workspace.issues.showing import OVER, act_words, split_words
from troth.workspace.issues.stands import told_at
from troth.workspace.parts import wording
from troth.workspace.people.guard import Standing
from troth.workspace.people.models import Role, Seat
from troth.workspace.people.permissions import OFFICERS, Extent
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import OpenStudy, project
from troth.workspace.timeline.models import Entry

MOST_CHANGES = 20
FIRST_LOOK = timedelta(days=7)
"""Whoever looks for the first time is told of this long."""

ASPECT_OF = {Seat.BRAND_OFFICER: Aspect.BRAND, Seat.SERVICE_OFFICER: Aspect.SERVICE}


def my_areas(opened: OpenStudy, standing: Standing) -> tuple[str, ...]:
    """Areas the reader's roles have a say in or may see; of an officer, the charter's areas of their aspect, too."""
    aspects = {ASPECT_OF[seat] for seat in standing.seats if seat in ASPECT_OF}
    led = [area.name for area in opened.study.reading.charter.areas if area.aspect in aspects]
    return tuple(dict.fromkeys([*led, *sorted(standing.areas)]))


def asks_of(opened: OpenStudy, standing: Standing, roles: Iterable[Role], area: str = "") -> tuple[Waiting, ...]:
    """What others wait for: issues the reader's roles own, by day; a draft charter; splits to agree to; disagreements.

    :param area: of issues that lie in this area alone, and of lines of a draft that it leads; of all where empty.
    """
    today = standing.at.astimezone(opened.zone).date()
    rows = IssueRecord.objects.filter(owner__in=list(roles)).exclude(state__in=OVER).order_by("due", "pk")
    owned = [_owned(opened, row, today) for row in sorted(rows, key=lambda row: (row.due is None, row.due or today)) if _lies(row, area)]
    owned += _of_drafts(opened, standing, area)
    held = [one for one in disagreements() if _lies(one.issue, area)]
    if Seat.TIE_BREAK in standing.seats:
        return (*owned, *(disagreement_row(opened, one, standing) for one in held if standing.at >= one.escalates_at))
    if standing.seats & OFFICERS:
        return (*owned, *_to_agree(opened, standing, area), *(disagreement_row(opened, one, standing) for one in held))
    if Seat.AREA_HEAD in standing.seats:
        return (*owned, *(disagreement_row(opened, one, standing) for one in held if _unanswered(one, standing)))
    return tuple(owned)


def changes_since(opened: OpenStudy, standing: Standing, roles: Iterable[Role], since: datetime, area: str = "") -> tuple[ChangeRow, ...]:
    """What others did since an instant, of what the reader may see: acts on issues, on their roles and on themselves; and new studies.

    :param area: of issues that lie in this area alone; of all where empty.
    """
    titles = [role.title for role in roles]
    mine = Q(thing_kind="person", thing_id=str(standing.person.pk)) | Q(thing_kind="role", thing_words__in=titles)
    acts = Entry.objects.filter(Q(thing_kind=KIND) | mine, at__gt=since).exclude(actor_id=standing.person.pk).exclude(actor_id=None)
    reached = _reached(standing, area)
    found = [
        ChangeRow(
            at=act.at,
            when=wording.moment(act.at, opened.zone),
            who=act.actor_name,
            what=act_words(act.verb),
            words=act.thing_words,
            address=told_at(opened, act.thing_id) if act.thing_kind == KIND else "",
        )
        for act in acts.order_by("-number")[: 10 * MOST_CHANGES]
        if act.thing_kind != KIND or reached is None or act.thing_id in reached
    ]
    found += [
        _published(opened, entry.number, entry.published_at)
        for entry in project().studies()
        if entry.published_at is not None and entry.published_at > since
    ]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


@dataclass(frozen=True, slots=True)
class AreaAccounts:
    """The break account of the promises an area keeps, and of those it made; ``None`` where the study names it on neither's side."""

    kept: Account | None
    made: Account | None


def accounts_of(opened: OpenStudy, question: Question, area: str) -> AreaAccounts | None:
    """What of the account lies with an area; ``None`` where no promise of the study names it.

    :param question: the period it is asked of.
    """
    known = [side for side in SIDES if side in opened.dimensions and area in opened.values(side)]
    found = {side: accounts_by(opened, question, side).get(area) for side in known}
    return AreaAccounts(found.get("kept_by"), found.get("made_by")) if known else None


def accounts_by(opened: OpenStudy, question: Question, side: str) -> dict[object, Account]:
    """The account of every area at once, of what it keeps or of what it made: one question for all desks, put ahead of the first.

    :param side: ``kept_by`` or ``made_by``.
    """
    return {row.where[side]: row for row in opened.account(question.asked_by((side,)), AS_OF)}


def _published(opened: OpenStudy, number: int, at: datetime) -> ChangeRow:
    return ChangeRow(at, wording.moment(at, opened.zone), "", "was published", f"Study {number}", "")


def _reached(standing: Standing, area: str) -> frozenset[str] | None:
    """Keys of the issues whose acts are told: those somebody who sees only their areas may know of; ``None`` is every issue."""
    extent = standing.extent("desks:issue")
    if extent is Extent.ALL and not area:
        return None
    rows = IssueRecord.objects.all() if extent is not Extent.NONE else ()
    return frozenset(row.key for row in rows if _lies(row, area) and (extent is Extent.ALL or not standing.areas.isdisjoint(row.areas)))


def _owned(opened: OpenStudy, row: IssueRecord, today: date) -> Waiting:
    return Waiting(
        words=row.words,
        address=told_at(opened, row.key),
        why=f"You see to it; it is {row.state}.",
        when="" if row.due is None else f"by {wording.day(row.due)}",
        late=row.due is not None and row.due < today,
    )


def _of_drafts(opened: OpenStudy, standing: Standing, area: str) -> Iterable[Waiting]:
    """What the reader owes of drafts of the charter: to sign, to answer an objection, to rule on one."""
    for one in draft_waits(standing.at, opened.zone):
        said = asked_of(one, standing)
        if said and area in ("", one.lead):
            yield draft_row(one, said)


def _to_agree(opened: OpenStudy, standing: Standing, area: str) -> Iterable[Waiting]:
    """Open splits to which an office of the reader has not agreed."""
    mine = {str(seat) for seat in standing.seats & OFFICERS}
    rows = ProposedSplit.objects.filter(ended_at=None).select_related("issue", "role").prefetch_related("consents").order_by("at", "pk")
    for one in rows:
        if _lies(one.issue, area) and mine - {consent.seat for consent in one.consents.all()}:
            why = f"{one.role.title} proposes {split_words(one.shares)}: agree, or propose another."
            yield Waiting(
                one.issue.words, told_at(opened, one.issue.key), why, f"since {wording.day(one.at.astimezone(opened.zone).date())}"
            )


def _lies(issue: IssueRecord, area: str) -> bool:
    """An issue lies in an area; each does where none is named."""
    return not area or area in issue.areas


def _unanswered(one: Disagreement, standing: Standing) -> bool:
    """A disagreement in an area of the reader's, on which they are not the ones who contest."""
    return not standing.areas.isdisjoint(one.issue.areas) and all(held.by_id != standing.person.pk for held in one.contests)

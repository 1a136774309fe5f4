"""My desk: what is mine, and what do I owe?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from troth.engine.findings import Account
from troth.terms.vocabulary import Aspect
from troth.workspace.charter.waiting import asked_of, draft_waits
from troth.workspace.desks.accounts import AS_OF, part_counts
from troth.workspace.desks.both_acts import common_to_both, disagreement_row, draft_row
from troth.workspace.desks.contexts import PartCount, Sentence
from troth.workspace.desks.figures import Numbers
from troth.workspace.desks.issue_acts import openable, told_at
from troth.workspace.desks.limits import AREA, area_links, may_follow, narrowed, with_open_links
from troth.workspace.desks.my_desk_contexts import Change, MyArea, MyDesk
from troth.workspace.desks.periods import period_of, settled
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.issues.contexts import Waiting
from troth.workspace.issues.disagreements import Disagreement, disagreements
from troth.workspace.issues.models import IssueRecord, ProposedSplit
from troth.workspace.issues.operations import KIND, mark_opened
from troth.workspace.issues.seen import MY_DESK
from troth.workspace.issues.showing import OVER, act_words, owner_of, split_words
from troth.workspace.issues.speaking import roles_of
from troth.workspace.parts import wording
from troth.workspace.people.guard import Standing, here
from troth.workspace.people.models import Role, Seat
from troth.workspace.people.permissions import OFFICERS, Extent
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy, project
from troth.workspace.timeline.models import Entry

MOST_CHANGES = 20
FIRST_LOOK = timedelta(days=7)
"""Whoever looks for the first time is told of this long."""

ASPECT_OF = {Seat.BRAND_OFFICER: Aspect.BRAND, Seat.SERVICE_OFFICER: Aspect.SERVICE}


def my_desk(request: HttpRequest, opened: OpenStudy) -> MyDesk:
    """The desk of whoever reads. Opening it notes when they looked."""
    standing = here(request).standing
    looked = None
    if request.GET.get("format", "html") == "html":
        looked = mark_opened(person=standing.person, kind=MY_DESK, at=standing.at)
    roles = roles_of(standing)
    question = settled(opened, Question(), everything=False)
    every, chosen = my_areas(opened, standing), request.GET.get(AREA, "")
    areas = narrowed(frozenset(every), chosen, every) or ()
    opens, study = openable(opened, standing), None if opened.entry.current else opened.number
    asks = asks_of(opened, standing, roles, chosen)
    changes = changes_since(opened, standing, roles, looked or standing.at - FIRST_LOOK, chosen)
    common = _common(opened, standing)
    shown = MyDesk(
        study=head_of(opened, "desks:mine"),
        name=standing.person.name,
        roles=standing.roles,
        sentence=spoken(_sentence(asks, chosen, alone=bool(common))),
        common=common,
        both=address(reverse("desks:both"), None, study=study) if common else "",
        period=period_of(opened, question, counted=False),
        choose=area_links(every, chosen, lambda area: address(reverse("desks:mine"), area=area, study=study)),
        areas=tuple(area for name in every if name in areas and (area := _area(opened, question, name)) is not None),
        no_areas=""
        if every
        else "None of your roles holds a grant in an area, or may see one. The account of the whole company is on Both desks.",
        asks=asks,
        since="" if looked is None else wording.moment(looked, opened.zone),
        changes=changes[:MOST_CHANGES],
        more=max(0, len(changes) - MOST_CHANGES),
    )
    return with_open_links(shown, may_follow(standing, None, opens))


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


def changes_since(opened: OpenStudy, standing: Standing, roles: Iterable[Role], since: datetime, area: str = "") -> tuple[Change, ...]:
    """What others did since an instant, of what the reader may see: acts on issues, on their roles and on themselves; and new studies.

    :param area: of issues that lie in this area alone; of all where empty.
    """
    titles = [role.title for role in roles]
    mine = Q(thing_kind="person", thing_id=str(standing.person.pk)) | Q(thing_kind="role", thing_words__in=titles)
    acts = Entry.objects.filter(Q(thing_kind=KIND) | mine, at__gt=since).exclude(actor_id=standing.person.pk).exclude(actor_id=None)
    reached = _reached(standing, area)
    found = [
        (
            act.at,
            Change(
                when=wording.moment(act.at, opened.zone),
                who=act.actor_name,
                what=act_words(act.verb),
                words=act.thing_words,
                address=told_at(opened, act.thing_id) if act.thing_kind == KIND else "",
            ),
        )
        for act in acts.order_by("-number")[: 10 * MOST_CHANGES]
        if act.thing_kind != KIND or reached is None or act.thing_id in reached
    ]
    found += [
        (entry.published_at, Change(wording.moment(entry.published_at, opened.zone), "", "was published", f"Study {entry.number}", ""))
        for entry in project().studies()
        if entry.published_at is not None and entry.published_at > since
    ]
    return tuple(change for _, change in sorted(found, key=lambda one: one[0], reverse=True))


def _reached(standing: Standing, area: str) -> frozenset[str] | None:
    """Keys of the issues whose acts are told: those somebody who sees only their areas may know of; ``None`` is every issue."""
    extent = standing.extent("desks:issue")
    if extent is Extent.ALL and not area:
        return None
    rows = IssueRecord.objects.all() if extent is not Extent.NONE else ()
    return frozenset(row.key for row in rows if _lies(row, area) and (extent is Extent.ALL or not standing.areas.isdisjoint(row.areas)))


def _sentence(asks: tuple[Waiting, ...], area: str, *, alone: bool) -> str:
    """:param alone: something waits for the reader that waits for the other officer, too."""
    if not asks:
        return f"Nothing waits for you{' alone' if alone else ''}{f' in {bare(area)}' if area else ''}."
    late = sum(1 for one in asks if one.late)
    wait = "waits" if len(asks) == 1 else "wait"
    told = f"*{wording.counted(len(asks), 'ask')}* {wait} for you"
    return f"{told}; *{late}* {'is' if late == 1 else 'are'} past the day." if late else f"{told}, none past its day."


def _common(opened: OpenStudy, standing: Standing) -> Sentence:
    """What both officers have before them, whatever the area, as an officer is told; Both desks lists it."""
    if not standing.seats & OFFICERS:
        return ()
    decisions, unopened = common_to_both(opened, standing)
    waits = f"*{wording.counted(decisions, 'decision')}* {'waits' if decisions == 1 else 'wait'} for both officers."
    new = f"*{wording.counted(unopened, 'issue')}* you have not opened since {'it' if unopened == 1 else 'they'} appeared or changed."
    return spoken(" ".join(said for said, count in ((waits, decisions), (new, unopened)) if count))


def _area(opened: OpenStudy, question: Question, area: str) -> MyArea | None:
    """What of the account an area owns; nothing where no promise of the study names it."""
    known = {side for side in SIDES if side in opened.dimensions and area in opened.values(side)}
    if not known:
        return None
    keeps, makes = (accounts_by(opened, question, side).get(area) if side in known else None for side in SIDES)
    kept_parts, made_parts = part_counts(keeps), part_counts(makes)
    nothing = PartCount("none", "")
    return MyArea(
        area=owner_of(opened.study.reading.charter, area),
        keeps=0 if keeps is None else keeps.due,
        broken=0 if keeps is None else keeps.broken,
        rows=Numbers(opened, question).rows_at(question.only({"kept_by": area}), "broken") if keeps is not None else "",
        delivery=kept_parts[3] if keeps is not None else nothing,
        standard=kept_parts[2] if keeps is not None else nothing,
        made=0 if makes is None else makes.due,
        expectation=made_parts[1] if makes is not None else nothing,
    )


def accounts_by(opened: OpenStudy, question: Question, side: str) -> dict[object, Account]:
    """The account of every area at once, of what it keeps or of what it made: one question for all desks, put ahead of the first.

    :param side: ``kept_by`` or ``made_by``.
    """
    return {row.where[side]: row for row in opened.account(question.asked_by((side,)), AS_OF)}


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

"""Decisions on issues, on the card of an issue and in the list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.desks.contexts import Banner, BothDesks, GonePage, IssuesPage
from troth.workspace.desks.issue_card import issue_page
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.issues.contexts import GoneRow, IssueActs, Stand
from troth.workspace.issues.facts import keys_in, proposed_by
from troth.workspace.issues.models import IssueRecord
from troth.workspace.issues.operations import Subject, mark_opened
from troth.workspace.issues.seen import is_officer
from troth.workspace.issues.showing import acts_of
from troth.workspace.issues.stands import stands_of, told_at, with_own_links
from troth.workspace.issues.states import State
from troth.workspace.issues.told import HEADS, subject_of
from troth.workspace.parts.contexts import Link, Problem
from troth.workspace.parts.pages import page
from troth.workspace.people.guard import Standing, here
from troth.workspace.people.permissions import Extent
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

MAY_BE_GONE = (
    "It may have been mended, or fall beneath what the study can tell from chance, or its promise or column may no longer be in the data. "
    "The study says which rules it kept, under Sources."
)


def issue_answer(
    request: HttpRequest,
    opened: OpenStudy,
    key: str,
    *,
    done: str = "",
    doing: str = "",
    problem: Problem | None = None,
    sent: Mapping[str, str] | None = None,
    form_rows: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The card of an issue, with what was decided, and with the answer to a form that was sent."""
    admitted = here(request)
    subject = subject_of(opened, key, admitted.areas)
    rows = IssueRecord.objects.filter(key=key)
    acts = acts_of(
        subject,
        admitted.standing,
        charter=opened.study.reading.charter,
        zone=opened.zone,
        proposal=proposed_by(opened, rows).get(key),
        acting=opened.entry.current,
    )
    acts = replace(acts, done=done, doing=doing, problem=problem, sent=dict(sent or {}), form_rows=tuple(form_rows) or acts.form_rows)
    status = 200 if problem is None else problem.status
    if not subject.computed:
        return page(request, "desks/gone-issue.html", _gone_page(opened, subject, acts), status=status)
    return page(request, "desks/issue.html", replace(issue_page(opened, key, admitted.areas), acts=acts), status=status)


def saw(request: HttpRequest, kind: str, key: str) -> None:
    """Note that an officer opened a page; of nobody else is that noted, and of no file."""
    person, at = here(request).standing.person, timezone.now()
    if request.GET.get("format", "html") == "html" and is_officer(person, at):
        mark_opened(person=person, kind=kind, key=key, at=at)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the list of issues is narrowed to; empty where it is not."""

    state: str = ""
    area: str = ""


def with_states(
    opened: OpenStudy, shown: IssuesPage, standing: Standing, areas: Collection[str] | None, narrowing: Narrowing
) -> IssuesPage:
    """The list with where each issue stands, narrowed to a state where one is named.

    :param areas: areas the list speaks of; ``None`` is every area.
    :raises RequestError: there is no such state.
    """
    state = narrowing.state
    if state and state not in State.values:
        raise RequestError(f"there is no state “{state[:40]}”.", place="state", mend=did_you_mean(state, State.values))
    rows = {row.key: row for row in IssueRecord.objects.select_related("owner")}
    stands = stands_of(opened, rows, standing)
    issues = tuple(replace(row, stand=stands.get(row.key) or _open()) for row in shown.issues)
    here_now = set(keys_in(opened))
    gone = tuple(
        GoneRow(row.words, told_at(opened, key), stands[key])
        for key, row in rows.items()
        if key not in here_now and row.revision and (areas is None or not set(areas).isdisjoint(row.areas))
    )
    found = [row.stand.state for row in issues if row.stand is not None] + [row.stand.state for row in gone]
    counted = {name: found.count(name) for name in State.values}
    study = None if opened.entry.current else opened.number
    at = reverse("desks:issues")
    links = [Link("Every state", address(at, None, area=narrowing.area, study=study), not state)]
    links += [
        Link(f"{name.capitalize()}, {count}", address(at, None, state=name, area=narrowing.area, study=study), name == state)
        for name, count in counted.items()
        if count or name == state
    ]
    return replace(
        shown,
        issues=tuple(row for row in issues if row.stand is not None and state in {"", row.stand.state}),
        rest=() if state else shown.rest,
        states=tuple(links) if rows or state else (),
        gone=tuple(row for row in gone if state in {"", row.stand.state}),
    )


def with_states_beside(records: list[dict[str, object]], standing: Standing) -> list[dict[str, object]]:
    """Records of issues with state, owner and day; nothing for unassigned and total."""
    rows = {row.key: row for row in IssueRecord.objects.select_related("owner")}

    def beside(record: dict[str, object]) -> dict[str, object]:
        row = rows.get(str(record["issue"]))
        if record["issue"] in HEADS:
            return {**record, "state": None, "owner": None, "due": None}
        if row is None:
            return {**record, "state": str(State.OPEN), "owner": None, "due": None}
        return {**record, "state": row.state, "owner": row.owner.title if row.owner else None, "due": row.due}

    return [beside(record) for record in records]


def as_open_to(shown: BothDesks, opened: OpenStudy, standing: Standing) -> BothDesks:
    """Both desks as its reader may follow it on: the words are the same for all, a link leads to what they may open."""
    if standing.extent("desks:rows") is Extent.ALL:
        return shown
    open_here = with_own_links(shown, opened, standing)
    words = (
        "These figures are the whole company’s. A figure opens those of its promises that are your areas’, one area at a time; what lies "
        "in other areas is told without a link."
    )
    return replace(open_here, banners=(*open_here.banners, Banner("You see your areas.", words, calm=True)))


def _open() -> Stand:
    return Stand(str(State.OPEN), "", "", late=False, contested=False, proposal="")


def _gone_page(opened: OpenStudy, subject: Subject, acts: IssueActs) -> GonePage:
    return GonePage(
        study=head_of(opened, "desks:issues"),
        title=subject.words,
        sentence=spoken(f"Study {opened.number} does not find *{bare(subject.words)}* any more."),
        note=MAY_BE_GONE,
        acts=acts,
        last=Link(f"Its card on study {subject.study}", address(reverse("desks:issue", args=[subject.key]), None, study=subject.study)),
        back=address(reverse("desks:issues"), None, study=None if opened.entry.current else opened.number),
    )

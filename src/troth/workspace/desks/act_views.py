"""What is done about issues, and the desk of whoever reads: guard, one operation, render."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.desks.issue_acts import issue_answer, saw
from troth.workspace.desks.my_desk import my_desk
from troth.workspace.desks.views import of_a_study, on_a_study
from troth.workspace.issues import operations
from troth.workspace.issues.errors import IssueError
from troth.workspace.issues.operations import Speaker, Subject
from troth.workspace.issues.seen import ISSUE, MY_DESK
from troth.workspace.issues.shares import parsed
from troth.workspace.issues.speaking import speaker_of
from troth.workspace.issues.states import State
from troth.workspace.issues.told import subject_of
from troth.workspace.parts import wording
from troth.workspace.parts.errors import problem_of
from troth.workspace.parts.methods import form_on
from troth.workspace.parts.pages import page, wanted_format
from troth.workspace.parts.parameters import asked_by
from troth.workspace.people.areas import known_areas
from troth.workspace.people.guard import actor, here
from troth.workspace.people.models import Role, Seat
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.studies.links import AREA
from troth.workspace.studies.reading import OpenStudy

MOST_DIGITS = 9
MOST_ROWS = 100
STATE, SHARES = "state", "shares"
"""Which part of the card answers a form."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent about an issue.

    :param revision: acts on the issue that the sender had seen.
    """

    request: HttpRequest
    subject: Subject
    revision: int

    @property
    def at(self) -> datetime:
        """The instant of the request, by which the answer is told, too."""
        return here(self.request).standing.at

    def text(self, name: str) -> str:
        """A field as it was typed."""
        return self.request.POST.get(name, "").strip()

    def key(self, name: str) -> int | None:
        """A field that holds a key; ``None`` where it is empty.

        :raises IssueError: it holds something else.
        """
        return _number(self.text(name), name) if self.text(name) else None

    def speaker(self, seats: Collection[Seat]) -> Speaker:
        """The sender, in a role that may speak."""
        return speaker_of(here(self.request).standing, seats, self.subject.areas)


def _act(part: str) -> Callable[[Callable[[Form], str]], Callable[..., HttpResponseBase]]:
    """A view that does what ``act`` does, once, and answers in place: with what was done, or with what was wrong and what was typed."""

    def made(act: Callable[[Form], str]) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, opened: OpenStudy, key: str) -> HttpResponse:
            admitted = here(request)
            subject = subject_of(opened, key, admitted.areas)
            admitted.to_change(subject, areas=subject.areas)
            if not opened.entry.current:
                raise RequestError(
                    "this is an older study.", place="study", mend="act on the current one: its card is the same without “study”."
                )
            try:
                done = act(Form(request, subject, _number(request.POST.get("revision", ""), "revision")))
            except IssueError as error:
                sent = {name: request.POST.get(name, "") for name in ("do", "to", "owner", "due", "reason", "evidence", "link", "split")}
                answer = issue_answer(request, opened, key, doing=part, problem=problem_of(error), sent=sent, form_rows=_rows(request))
            else:
                answer = issue_answer(request, opened, key, done=done, doing=part)
            saw(request, ISSUE, key)  # what somebody has just changed is not unseen by them
            return answer

        view.__name__, view.__doc__ = act.__name__, act.__doc__
        return form_on("desks:issue", "key")(of_a_study(view))

    return made


@_act(STATE)
def state(form: Form) -> str:
    """Move an issue, or say whose it is and by when."""
    to = form.text("to")
    if to not in {"", *State.values}:
        raise IssueError(f"there is no state “{to[:40]}”.", place="state", mend=did_you_mean(to, State.values))
    row = operations.decide(
        subject=form.subject,
        revision=form.revision,
        to=State(to) if to else None,
        owner=_role(form),
        due=_day(form),
        reason=form.text("reason"),
        actor=actor(form.request),
        at=form.at,
    )
    owner = f"{row.owner.title} sees to it" if row.owner else "Nobody sees to it yet"
    return f"It is {row.state} now. {owner}{f', by {wording.day(row.due)}' if row.owner and row.due else ''}."


@_act(SHARES)
def shares(form: Form) -> str:
    """Accept or contest the shares of an issue, or put another split."""
    do, speaker = form.text("do"), form.speaker(OFFICERS | {Seat.AREA_HEAD})
    who, at = actor(form.request), form.at
    if do == "accept":
        operations.accept_shares(
            subject=form.subject, speaker=speaker, revision=form.revision, reason=form.text("reason"), actor=who, at=at
        )
        return f"{speaker.role.title} accepts the computed shares."
    if do == "contest":
        operations.contest_shares(
            subject=form.subject,
            speaker=speaker,
            revision=form.revision,
            reason=form.text("reason"),
            evidence=form.text("evidence"),
            link=form.text("link"),
            actor=who,
            at=at,
        )
        return f"{speaker.role.title} contests the shares. They stay as computed until both officers agree on others."
    if do == "propose":
        split = parsed(_rows(form.request), known_areas() or form.subject.areas)
        operations.propose_split(
            subject=form.subject, speaker=speaker, revision=form.revision, shares=split, reason=form.text("reason"), actor=who, at=at
        )
        return "The split is put to both officers. It counts once both agree."
    raise IssueError(f"there is no act “{do[:40]}”.", place="do", mend="accept, contest or propose.")


@_act(SHARES)
def agree(form: Form) -> str:
    """Agree to a proposed split as an officer."""
    split = _number(form.text("split"), "split")
    agreed = operations.agree(
        subject=form.subject,
        split=split,
        speaker=form.speaker(OFFICERS),
        revision=form.revision,
        actor=actor(form.request),
        at=form.at,
    )
    return (
        "Your office agrees. It counts once the other officer agrees, too."
        if agreed is None
        else "Agreed: funding uses this split from now on."
    )


@_act(SHARES)
def settle(form: Form) -> str:
    """Settle a disagreement as the tie-break role."""
    settled = operations.settle(
        subject=form.subject,
        split=form.key("split"),
        speaker=form.speaker([Seat.TIE_BREAK]),
        revision=form.revision,
        reason=form.text("reason"),
        actor=actor(form.request),
        at=form.at,
    )
    return "Settled: the computed split stands." if settled.shares is None else "Settled: funding uses this split from now on."


@asked_by(AREA)
@on_a_study
def mine(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """What is mine, and what do I owe? Opening it notes when its reader looked."""
    standing, looked = here(request).standing, None
    if wanted_format(request) == "html":
        looked = operations.mark_opened(person=standing.person, kind=MY_DESK, at=standing.at)
    return page(request, "desks/my-desk.html", my_desk(opened, standing, request.GET.get(AREA, ""), looked))


def _rows(request: HttpRequest) -> list[tuple[str, str]]:
    """Areas and per cents, as they were typed."""
    areas, typed = request.POST.getlist("area")[:MOST_ROWS], request.POST.getlist("share")[:MOST_ROWS]
    return list(zip(areas, typed, strict=False))


def _role(form: Form) -> Role | None:
    key = form.key("owner")
    if key is None:
        return None
    found = Role.objects.filter(pk=key).first()
    if found is None:
        raise IssueError("there is no such role.", place="owner", mend="choose one from the list.")
    return found


def _day(form: Form) -> date | None:
    text = form.text("due")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise IssueError(f"“{text[:40]}” is no day.", place="due", mend="write it as in 2026-03-31.") from error


def _number(text: str, place: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise IssueError(f"“{text[:40]}” is no number.", place=place, mend="send the form of the page.")
    return int(text)

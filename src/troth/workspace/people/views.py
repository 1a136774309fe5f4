"""Sign in and out, one's own account, and the people of this workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from troth.workspace.parts.errors import problem_of
from troth.workspace.parts.methods import form_on, only_sent, page_at, read_and_send
from troth.workspace.parts.pages import page
from troth.workspace.parts.parameters import asked_by
from troth.workspace.parts.zones import project_zone
from troth.workspace.people import guard, operations, tokens
from troth.workspace.people.areas import checked_area
from troth.workspace.people.contexts import Arrival
from troth.workspace.people.errors import PeopleError, RefusedError, UnknownPersonError
from troth.workspace.people.guard import Admitted, actor, guarded
from troth.workspace.people.models import Grant, Link, LinkPurpose, Person, Role, SecondFactor, Session, Sight, Tenure, Token
from troth.workspace.people.pages import account_of, people_page
from troth.workspace.people.permissions import Extent
from troth.workspace.people.visits import address_of, enter, session_here
from troth.workspace.timeline.operations import Actor

Row = TypeVar("Row", bound=Model)

TICKET = timedelta(minutes=5)
"""How long somebody who passed the first step may take for the code."""


@login_not_required
@read_and_send
@never_cache
def arrive(request: HttpRequest) -> HttpResponse:
    """Sign in by name and password, or say how to come in."""
    shown = Arrival(reverse("people:arrive"), _onward(request), request.POST.get("name", "")[:254])
    if request.method != "POST":
        return page(request, "people/arrive.html", shown)
    try:
        person = operations.authenticate(
            name=request.POST.get("name", ""), password=request.POST.get("password", ""), address=address_of(request), at=timezone.now()
        )
    except PeopleError as error:
        return page(request, "people/arrive.html", replace(shown, problem=problem_of(error)), status=error.status)
    return _let_in(request, person)


@login_not_required
@read_and_send
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Turn a link into a session, or an invitation into a password and a session.

    Looking at the address changes nothing: mail scanners and previews look. The form on it signs in, and sends itself where scripts run
    and there is nothing to fill in.
    """
    invited = _invites(token)
    shown = Arrival(reverse("people:link", args=[token]), _onward(request), sets_password=invited)
    if request.method != "POST":
        return page(request, "people/link.html", shown)
    try:
        _same_twice(request) if invited else None
        person = operations.redeem(token=token, address=address_of(request), at=timezone.now(), password=request.POST.get("password", ""))
    except PeopleError as error:
        if not invited or isinstance(error, RefusedError):
            raise
        return page(request, "people/link.html", replace(shown, problem=problem_of(error)), status=error.status)
    return _let_in(request, person)


@login_not_required
@read_and_send
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the authenticator, or a recovery code."""
    ticket = request.POST.get("ticket", "")
    person = _ticketed(ticket) if request.method == "POST" else None
    if person is None:
        return HttpResponseRedirect(reverse("people:arrive"))
    try:
        operations.confirm_code(person=person, code=request.POST.get("code", "")[:40], address=address_of(request), at=timezone.now())
    except PeopleError as error:
        shown = Arrival(reverse("people:code"), _onward(request), ticket=ticket, problem=problem_of(error))
        return page(request, "people/code.html", shown, status=error.status)
    enter(request, person)
    return HttpResponseRedirect(_landing(request, person))


@only_sent
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out here and everywhere: a copied cookie ends too."""
    operations.end_sessions(person=guard.standing(request).person, actor=actor(request), at=timezone.now())
    logout(request)
    return HttpResponseRedirect(reverse("people:arrive"))


@asked_by()
@read_and_send
@never_cache
@guarded
def account(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """What do I hold, and where am I signed in?"""
    return _account(request)


@form_on("people:account")
@never_cache
@guarded
def password(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """Set one's own password; every other session ends."""
    person = admitted.standing.person

    def change() -> str:
        _same_twice(request)
        operations.change_password(
            person=person,
            current=request.POST.get("current", ""),
            password=request.POST.get("password", ""),
            actor=actor(request),
            at=timezone.now(),
            keep=session_here(request),
        )
        update_session_auth_hash(request, person)
        return "Your password is set. You are signed out everywhere else."

    return _account(request, change)


@form_on("people:account")
@never_cache
@guarded
def second_factor(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """Begin, confirm or turn off two-factor."""
    person, who, at, sent = admitted.standing.person, actor(request), timezone.now(), request.POST.get("code", "")[:40]
    made: list[str] = []

    def act() -> str:
        match request.POST.get("do"):
            case "begin":
                operations.enrol_second_factor(person=person, actor=who, at=at)
                return "Scan the picture with your authenticator, then type the code it shows."
            case "confirm":
                made.extend(operations.confirm_second_factor(person=person, code=sent, actor=who, at=at))
                return "Two-factor is on. Keep the recovery codes: each signs you in once, and they are not shown again."
            case "turn off":
                if SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists():
                    operations.confirm_code(person=person, code=sent, address=address_of(request), at=at)
                operations.disable_second_factor(person=person, actor=who, at=at)
                return "Two-factor is off."
            case other:
                raise PeopleError(f"“{str(other)[:40]}” is nothing this form does.", place="do", mend="send the form as the page has it.")

    return _account(request, act, made)


@form_on("people:account")
@never_cache
@guarded
def end_session(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """End one of one's own sessions, or all others."""
    person = admitted.standing.person

    def end() -> str:
        here = session_here(request)
        if request.POST.get("session") == "others":
            operations.end_sessions(person=person, actor=actor(request), at=timezone.now(), keep=here)
            return "Every other session has ended."
        session = _row(Session, request, "session")
        if session.person_id != person.pk:
            raise UnknownPersonError("there is no such session of yours.", place="session", mend="choose one from the list.")
        operations.end_session(session=session, actor=actor(request), at=timezone.now())
        return "The session has ended."

    return _account(request, end)


@form_on("people:account")
@never_cache
@guarded
def token(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """Make a token for a program, or end one."""
    person, who, at = admitted.standing.person, actor(request), timezone.now()
    secret: list[str] = []

    def act() -> str:
        match request.POST.get("do"):
            case "make":
                days = request.POST.get("days", "").strip()
                made, text = tokens.issue_token(
                    person=person,
                    name=request.POST.get("name", ""),
                    scopes=request.POST.getlist("scopes"),
                    days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,  # noqa: PLR2004 - digits of some years
                    actor=who,
                    at=at,
                )
                secret.append(text)
                return f"The token “{made.name}” is made. Copy it now: it is not shown again."
            case "end":
                found = _row(Token, request, "token")
                if found.person_id != person.pk:
                    raise UnknownPersonError("there is no such token of yours.", place="token", mend="choose one from the list.")
                tokens.end_token(token=found, actor=who, at=at)
                return f"The token “{found.name}” lets nobody in any more."
            case other:
                raise PeopleError(f"“{str(other)[:40]}” is nothing this form does.", place="do", mend="send the form as the page has it.")

    return _account(request, act, secret=secret)


@asked_by()
@read_and_send
@never_cache
@guarded
def people(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """Who may come in, and what may they do?"""
    if request.method != "POST":
        return page(request, "people/people.html", people_page(admitted.standing, may_change=admitted.may_change))
    doing = request.POST.get("do", "")
    sent = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken" and isinstance(value, str)}
    path, done, problem = "", "", None
    try:
        if doing not in ACTS:
            raise PeopleError(f"“{doing[:40]}” is nothing this page does.", place="do", mend="send the form as the page has it.")  # noqa: TRY301 - answered as any other
        done, path = ACTS[doing](request, actor(request), timezone.now())
    except PeopleError as error:
        problem = error
    shown = replace(
        people_page(replace(admitted.standing, at=timezone.now()), may_change=admitted.may_change),
        doing=doing,
        done=done,
        link=f"{settings.CONFIGURATION.origin.rstrip('/')}{path}" if path else "",
        sent=sent if problem else {},
        problem=problem_of(problem) if problem else None,
    )
    return page(request, "people/people.html", shown, status=problem.status if problem else 200)


def _invite(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    invited = operations.invite(name=request.POST.get("name", ""), email=request.POST.get("email", ""), actor=who, at=at)
    return f"{invited.person.name} is invited. Send them this link; it works once, for seven days.", invited.path


def _link(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    person = _row(Person, request, "person")
    anew = request.POST.get("purpose") == LinkPurpose.INVITATION
    path = operations.issue_link(person=person, purpose=LinkPurpose.INVITATION if anew else LinkPurpose.SIGN_IN, actor=who, at=at)
    return f"A link for {person.name}: it works once, for {'seven days' if anew else 'one hour'}.", path


def _deactivate(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    person = _row(Person, request, "person")
    operations.deactivate(person=person, actor=who, at=at)
    return f"{person.name} can sign in no more.", ""


def _reactivate(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    person = _row(Person, request, "person")
    operations.reactivate(person=person, actor=who, at=at)
    return f"{person.name} can sign in again.", ""


def _no_second_factor(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    person = _row(Person, request, "person")
    operations.disable_second_factor(person=person, actor=who, at=at)
    return f"Two-factor of {person.name} is off.", ""


def _add_role(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    role = operations.add_role(
        title=request.POST.get("title", ""),
        seat=request.POST.get("seat", ""),
        aspect=request.POST.get("aspect", ""),
        reports_to=_row(Role, request, "reports_to") if request.POST.get("reports_to") else None,
        dotted_to=_row(Role, request, "dotted_to") if request.POST.get("dotted_to") else None,
        actor=who,
        at=at,
    )
    return f"The role “{role.title}” is there. It decides nothing until it is granted something.", ""


def _move_role(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    role = _row(Role, request, "role")
    operations.move_role(
        role=role,
        reports_to=_row(Role, request, "reports_to") if request.POST.get("reports_to") else None,
        dotted_to=_row(Role, request, "dotted_to") if request.POST.get("dotted_to") else None,
        actor=who,
        at=at,
    )
    return f"“{role.title}” is moved. Its grants stay what they are.", ""


def _seat(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    role, person = _row(Role, request, "role"), _row(Person, request, "person")
    operations.seat(role=role, person=person, valid_from=_day(request, "valid_from"), valid_to=_day(request, "valid_to"), actor=who, at=at)
    return f"{person.name} holds “{role.title}”.", ""


def _unseat(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    tenure = _row(Tenure, request, "tenure")
    operations.unseat(tenure=tenure, actor=who, at=at)
    return f"{tenure.person.name} no longer holds “{tenure.role.title}”.", ""


def _grant(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    role, area = _row(Role, request, "role"), checked_area(request.POST.get("area", "").strip())
    operations.grant(
        role=role,
        area=area,
        decide=request.POST.get("decide") == "yes",
        spend_limit=_amount(request, "spend_limit"),
        currency=request.POST.get("currency", ""),
        capacity_hours=_amount(request, "capacity_hours"),
        capacity_per=request.POST.get("capacity_per", ""),
        valid_from=_day(request, "valid_from"),
        valid_to=_day(request, "valid_to"),
        actor=who,
        at=at,
    )
    return f"“{role.title}” holds a grant in {area}.", ""


def _end_grant(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    held = _row(Grant, request, "grant")
    operations.end_grant(grant=held, actor=who, at=at)
    return f"The grant in {held.area} has ended.", ""


def _let_see(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    role, area = _row(Role, request, "role"), checked_area(request.POST.get("area", "").strip())
    operations.let_see(role=role, area=area, actor=who, at=at)
    return f"“{role.title}” sees {area}.", ""


def _end_sight(request: HttpRequest, who: Actor, at: datetime) -> tuple[str, str]:
    sight = _row(Sight, request, "sight")
    operations.end_sight(sight=sight, actor=who, at=at)
    return f"“{sight.role.title}” sees {sight.area} no more.", ""


ACTS: dict[str, Callable[[HttpRequest, Actor, datetime], tuple[str, str]]] = {
    "invite": _invite,
    "link": _link,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "no second factor": _no_second_factor,
    "add role": _add_role,
    "move role": _move_role,
    "seat": _seat,
    "unseat": _unseat,
    "grant": _grant,
    "end grant": _end_grant,
    "let see": _let_see,
    "end sight": _end_sight,
}
"""What a form of the people page does; each gives what was done, in a sentence, and the path of a link that was made."""


def _account(
    request: HttpRequest, act: Callable[[], str] | None = None, made: list[str] | None = None, secret: list[str] | None = None
) -> HttpResponse:
    """The account page, after what a form on it asked for."""
    done, problem = "", None
    try:
        done = act() if act else ""
    except PeopleError as error:
        problem = error
    shown = replace(
        account_of(guard.standing(request), session_here(request)),
        done=done,
        recovery_codes=tuple(made or ()),
        token=next(iter(secret or ()), ""),
        problem=problem_of(problem) if problem else None,
    )
    return page(request, "people/account.html", shown, status=problem.status if problem else 200)


def _let_in(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign somebody in who passed the first step, or ask for the second."""
    if SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists():
        ticket = signing.dumps(person.pk, salt="troth.workspace.people.ticket")
        return page(request, "people/code.html", Arrival(reverse("people:code"), _onward(request), ticket=ticket))
    enter(request, person)
    return HttpResponseRedirect(_landing(request, person))


def _landing(request: HttpRequest, person: Person) -> str:
    """Where somebody comes in: where they wanted to go, else the first page of theirs."""
    wanted = _onward(request)
    if wanted != "/":
        return wanted
    holds = guard.standing_of(person, timezone.now())
    first = next((name for name in ("desks:both", "desks:mine") if holds.extent(name) is not Extent.NONE), "people:account")
    return reverse(first)


def _ticketed(ticket: str) -> Person | None:
    """Who passed the first step, no longer ago than a ticket holds."""
    try:
        key = signing.loads(ticket, salt="troth.workspace.people.ticket", max_age=TICKET)
    except signing.BadSignature:
        return None
    return Person.objects.filter(pk=key, is_active=True).first()


def _invites(token: str) -> bool:
    """Whether a link that can still be used asks for a password."""
    return Link.objects.filter(
        token_hash=operations.hashed(token), used_at=None, expires_at__gt=timezone.now(), purpose=LinkPurpose.INVITATION
    ).exists()


def _same_twice(request: HttpRequest) -> None:
    if request.POST.get("password", "") != request.POST.get("again", ""):
        raise PeopleError("the two passwords differ.", place="again", mend="type the same one twice.")


def _row(kind: type[Row], request: HttpRequest, name: str) -> Row:
    """The row a form names by its key."""
    text = request.POST.get(name, "")
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - digits of a 64-bit key
    found = None if key is None else kind._default_manager.filter(pk=key).first()
    if found is None:
        raise UnknownPersonError(f"there is no such {kind._meta.verbose_name}.", place=name, mend="choose one from the list.")
    return found


def _day(request: HttpRequest, name: str) -> datetime | None:
    """The first instant of a day where the project's days begin."""
    text = request.POST.get(name, "").strip()
    try:
        return datetime.combine(date.fromisoformat(text), time(), project_zone()[0]) if text else None
    except ValueError as error:
        raise PeopleError(f"“{text[:40]}” is no day.", place=name, mend="write it as in 2026-03-31.") from error


def _amount(request: HttpRequest, name: str) -> Decimal | None:
    text = request.POST.get(name, "").strip().replace(",", "")
    try:
        amount = Decimal(text) if text else None
    except InvalidOperation as error:
        raise PeopleError(f"“{text[:40]}” is no amount.", place=name, mend="write digits, as in 5000.") from error
    if amount is not None and not (amount.is_finite() and abs(amount) < Decimal(10) ** 8):
        raise PeopleError("this amount is too large.", place=name, mend="write less than 100,000,000.")
    return amount


def _onward(request: HttpRequest) -> str:
    """Where the reader wanted to go, if it is a page of ours; the page its form stands on, where it takes forms alone."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return (page_at(wanted) or "/") if ours else "/"

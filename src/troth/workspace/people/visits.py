"""Who is behind a request: the network address, and the live session its cookie names."""

from __future__ import annotations

import ipaddress
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user, login
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from troth.workspace.parts.errors import in_api
from troth.workspace.people import operations
from troth.workspace.people.errors import PeopleError, RefusedError, TooManyError
from troth.workspace.people.models import Person, Session, Token
from troth.workspace.people.tokens import token_of
from troth.workspace.timeline.operations import Actor

KEY = "session"
"""Where the signed cookie holds the session's token."""

BEARER = "bearer "
"""How the header begins that shows a token (RFC 6750)."""

NOWHERE = "0.0.0.0"  # noqa: S104 - what is told where there is no socket address


def address_of(request: HttpRequest) -> str:
    """The network address a request came from; over https, behind a proxy on this machine, the one that proxy names last."""
    address = str(request.META.get("REMOTE_ADDR") or NOWHERE)
    if settings.SESSION_COOKIE_SECURE and _valid(address) and ipaddress.ip_address(address).is_loopback:
        address = str(request.META.get("HTTP_X_FORWARDED_FOR") or address).rsplit(",", 1)[-1].strip()
    return address if _valid(address) else NOWHERE


def enter(request: HttpRequest, person: Person) -> None:
    """Sign a person in on this browser."""
    who = Actor(person.pk, person.name, address=address_of(request))
    token = operations.open_session(
        person=person, address=who.address, browser=request.headers.get("User-Agent", ""), actor=who, at=timezone.now()
    )
    login(request, person)
    request.session[KEY] = token


def visitor(request: HttpRequest) -> Person | AnonymousUser:
    """Who makes a request: whose token a program shows, else who is signed in on this browser.

    The cookie names a person and a session of theirs that has not ended. A program that shows a token is nobody else than its holder.
    """
    if shows_token(request):
        token = token_here(request)
        return AnonymousUser() if token is None else token.person
    person = get_user(request)
    if isinstance(person, Person):
        session = session_here(request)
        if session is not None and session.person_id == person.pk:
            return person
    return AnonymousUser()


def shows_token(request: HttpRequest) -> bool:
    """Whether this is a program that shows a token, right or wrong, to the API. Pages take none."""
    return in_api(request) and request.headers.get("Authorization", "")[: len(BEARER)].lower() == BEARER


def token_here(request: HttpRequest) -> Token | None:
    """The token of this request, looked up once; ``None`` where none is shown, or one that lets nobody in."""
    if not hasattr(request, "_token_here"):
        found, why = None, None
        if shows_token(request):
            try:
                text = request.headers["Authorization"][len(BEARER) :].strip()
                found = token_of(text=text, address=address_of(request), at=timezone.now())
            except (RefusedError, TooManyError) as error:
                why = error
        request._token_here, request._token_refused = found, why  # type: ignore[attr-defined]  # noqa: SLF001 - as the session
    return cast("Token | None", request._token_here)  # type: ignore[attr-defined]  # noqa: SLF001


def why_refused(request: HttpRequest) -> PeopleError | None:
    """Why the token of this request lets nobody in."""
    return None if token_here(request) else cast("PeopleError | None", request._token_refused)  # type: ignore[attr-defined]  # noqa: SLF001


def session_here(request: HttpRequest) -> Session | None:
    """The live session of this browser, looked up once a request."""
    if not hasattr(request, "_session_here"):
        token = request.session.get(KEY)
        found = operations.session_of(token=token, at=timezone.now()) if isinstance(token, str) else None
        request._session_here = found  # type: ignore[attr-defined]  # noqa: SLF001 - a request carries what was looked up for it
    return cast("Session | None", request._session_here)  # type: ignore[attr-defined]  # noqa: SLF001


def _valid(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True

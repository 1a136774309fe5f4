"""Who is behind a request: the network address, and the live session its cookie names."""

from __future__ import annotations

import ipaddress
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user, login
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from troth.workspace.people import operations
from troth.workspace.people.models import Person, Session
from troth.workspace.timeline.operations import Actor

KEY = "session"
"""Where the signed cookie holds the session's token."""

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
    """Who is signed in on this browser: the cookie names a person and a session of theirs that has not ended."""
    person = get_user(request)
    if isinstance(person, Person):
        session = session_here(request)
        if session is not None and session.person_id == person.pk:
            return person
    return AnonymousUser()


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

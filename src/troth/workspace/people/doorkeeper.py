"""Nobody sees a page without a live session and a seat that may see it.

People without a session are led to the sign-in page, programs are told 403, and 401 by the API. What a seat may see and change stands in
:mod:`permissions`; a route without a row there is closed to everybody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import error_page, in_api, problem_of, problem_page
from troth.workspace.people import guard
from troth.workspace.people.errors import NotYoursError, TooManyError
from troth.workspace.people.models import Person
from troth.workspace.people.permissions import Extent
from troth.workspace.people.signed_out import signed_out
from troth.workspace.people.visits import token_here, visitor, why_refused

HOW = "Make one under “Your account”, and send it as “Authorization: Bearer troth_…”."
MEND = "Sign in by password, or by a one-time link that somebody gave you."


class Visitors(AuthenticationMiddleware):
    """Says who makes a request: nobody, where the session their cookie names has ended."""

    def process_request(self, request: HttpRequest) -> None:
        """Look the visitor up when somebody asks."""
        request.user = SimpleLazyObject(lambda: visitor(request))  # type: ignore[assignment]


class Doorkeeper(LoginRequiredMiddleware):
    """Every view needs a session and a right, but those marked ``login_not_required``."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> HttpResponseBase | None:
        """Lead people to the sign-in page and back afterwards, answer programs 403; then ask the guard."""
        if in_api(request) and getattr(view_func, "login_required", True) and not request.user.is_authenticated:
            return _unknown(request)
        refused: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None and request.method not in {"GET", "HEAD"}:
            return signed_out(request)
        if refused is not None and request.GET.get("format", "html") != "html":
            return problem_page(request, Problem(403, "Sign in to see this.", mend=MEND))
        if refused is None and getattr(view_func, "login_required", True):
            try:
                guard.here(request)
            except NotYoursError as error:
                if (elsewhere := _own_desk(request)) is not None:
                    return elsewhere
                return error_page(request, error)
        return refused


def _own_desk(request: HttpRequest) -> HttpResponseBase | None:
    """To whoever opens the workspace's own address, and may not see the page there: the desk that is theirs. Else nothing."""
    page = request.GET.get("format", "html") == "html" and request.method in {"GET", "HEAD"}
    if not page or request.path != "/" or request.GET or token_here(request) is not None:
        return None
    if guard.standing(request).extent("desks:mine") is Extent.NONE:
        return None
    led = HttpResponseRedirect(reverse("desks:mine"))
    add_never_cache_headers(led)  # tomorrow they may hold another role
    return led


def _unknown(request: HttpRequest) -> HttpResponseBase:
    """401 to a program that shows no token, or one that lets nobody in; how to come in stands in the header (RFC 6750)."""
    why = why_refused(request)
    if why is None:
        return problem_page(request, Problem(401, "This takes a token.", mend=HOW))
    if isinstance(why, TooManyError):
        return error_page(request, why)
    answer = problem_page(request, replace(problem_of(why), status=401))
    answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer


class ByPerson(BaseBackend):
    """Finds the person of a session. Passwords are checked by the operation that counts refusals, not here."""

    def get_user(self, user_id: int) -> Person | None:
        """The person, if still active."""
        return Person.objects.filter(pk=user_id, is_active=True).first()

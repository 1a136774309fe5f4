"""What somebody gets whose session has ended while they filled in a form: why nothing was done, the way in, and what they had typed."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import in_api, problem_page
from troth.workspace.parts.methods import page_at
from troth.workspace.people.contexts import SignedOut, Typed
from troth.workspace.people.models import Person

STATUS = 403
MOST_FIELDS, LONGEST = 60, 20_000
"""So much of a form is shown again."""

OF_THE_PAGE = frozenset({"csrfmiddlewaretoken", "next", "revision", "digest", "do", "to", "confirm"})
"""Fields nobody typed."""
SECRET = ("pass", "secret", "token", "code", "ticket", "current", "again", "key")
"""What the name of a field may hold that is never shown. Forms of signing in and of one's own account are not shown at all."""


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token does not fit: nobody is signed in any more, the page is too old, or it is not ours."""
    if _stranger(request):
        return signed_out(request)
    title = "This form did not come from this workspace, or its page is too old."
    return _answer(request, title, "Open the page again, with cookies allowed, and send the form once more.", sign_in="")


def signed_out(request: HttpRequest) -> HttpResponse:
    """403 for a form sent by somebody who is not signed in any more."""
    back = page_at(request.get_full_path()) or "/"
    sign_in = f"{reverse(settings.LOGIN_URL)}?next={quote(back)}"
    return _answer(request, "You are signed out. Nothing of what you sent was done.", "Sign in, and send it once more.", sign_in)


def _answer(request: HttpRequest, title: str, mend: str, sign_in: str) -> HttpResponse:
    if in_api(request) or request.GET.get("format", "html") != "html":
        return problem_page(request, Problem(STATUS, title, mend=mend))
    shown = SignedOut(STATUS, title, mend, sign_in, _typed(request) if _from_here(request) else ())
    answer = HttpResponse(render_to_string("people/signed-out.html", {"page": shown}, request), status=STATUS)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _stranger(request: HttpRequest) -> bool:
    """Whether nobody is signed in, on an address that asks for that."""
    match = request.resolver_match
    return match is not None and getattr(match.func, "login_required", True) and not isinstance(request.user, Person)


def _from_here(request: HttpRequest) -> bool:
    """Whether a page of ours sent the form: what another site sends is not shown as if somebody had typed it."""
    ours = {None, f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" and request.headers.get("Origin") in ours


def _typed(request: HttpRequest) -> tuple[Typed, ...]:
    match = request.resolver_match
    page = match.view_name if match else ""
    if page.startswith("people:") and page != "people:people":
        return ()
    return tuple(
        Typed(name.replace("_", " ").capitalize()[:60], value[:LONGEST])
        for name, values in list(request.POST.lists())[:MOST_FIELDS]
        if name not in OF_THE_PAGE and not any(word in name.lower() for word in SECRET)
        for value in values[:MOST_FIELDS]
        if value.strip()
    )

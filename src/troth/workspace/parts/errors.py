"""Errors as pages: what is wrong, where, and the mend; never a stack trace, never a 500 for what a reader asked."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from troth.terms.errors import TrothError
from troth.workspace.parts.contexts import Problem, document
from troth.workspace.parts.pages import as_json

log = logging.getLogger("troth.workspace")


class ErrorPages:
    """Turns the errors Troth raises on purpose into answers with their status and their mend."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; Django calls :meth:`process_exception` where a view raises."""
        answer = self._answer(request)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return answer
        allowed = answer.headers["Allow"]
        told = problem_page(request, _not_taken(request, allowed))
        told.headers["Allow"] = allowed
        return told

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django when a view raises; ``None`` leaves the error to the page for what we did not foresee."""
        if not isinstance(error, TrothError):
            return None
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s", error)
        return error_page(request, error)


def error_page(request: HttpRequest, error: TrothError) -> HttpResponse:
    """An error raised on purpose, as a page or as JSON."""
    return problem_page(request, problem_of(error))


def problem_of(error: TrothError) -> Problem:
    """An error raised on purpose, as a page tells it: where a form is answered in place, too."""
    return Problem(error.status, _sentence(error.what), error.place or "", _sentence(error.mend or ""))


def in_api(request: HttpRequest) -> bool:
    """Whether a program asks, of the API; the page that tells of it is one for people."""
    return request.path.startswith("/api/") and request.path != "/api/"


def problem_details(request: HttpRequest, problem: Problem, wrong: Sequence[Wrong] = ()) -> HttpResponse:
    """The error as problem details (RFC 9457): what is wrong, where, and the mend.

    :param wrong: every field that is wrong, where there may be several.
    """
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": f"{problem.title} {problem.mend}".strip(),
        "what": problem.title,
        "mend": problem.mend,
        "place": problem.place,
        "instance": request.path,
        "errors": [asdict(one) for one in wrong or ([Wrong(problem.place, problem.title)] if problem.place else [])],
    }
    content = json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1)
    answer = HttpResponse(content, content_type="application/problem+json", status=problem.status)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field of a request that is wrong.

    :param place: its name. :param what: why.
    """

    place: str
    what: str


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The error as a page, or as JSON where another format than the page was asked for; to the API as problem details."""
    if in_api(request):
        return problem_details(request, problem)
    if request.GET.get("format", "html") != "html":
        return as_json(document(problem), status=problem.status)
    return HttpResponse(render_to_string("parts/problem.html", {"page": problem}, request), status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what Django itself refuses, such as a host name that is not ours."""
    return problem_page(request, Problem(400, "This request cannot be read.", mend="Go back to the first page and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return problem_page(request, Problem(403, "This is not yours to see.", mend="Ask whoever runs this workspace."))


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return problem_page(request, Problem(404, "There is no such page.", place=request.path, mend="The pages there are stand at the top."))


def broken(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; 503 where the database is down or locked, and was asked in vain: that passes.

    Written without the database and without a session, which may be what broke.
    """
    problem = DOWN if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) else BROKEN
    if in_api(request):
        answer = problem_details(request, problem)
    elif request.GET.get("format", "html") != "html":
        answer = as_json(document(problem), status=problem.status)
    else:
        answer = HttpResponse(render_to_string("parts/problem.html", {"page": problem}), status=problem.status)
    if problem is DOWN:
        answer.headers["Retry-After"] = str(SOON)
    return answer


BROKEN = Problem(500, "Something broke on our side.", mend="Try again; if it stays, tell whoever runs this workspace. The log says more.")
DOWN = Problem(
    503,
    "The workspace’s database does not answer just now.",
    mend="Nothing of what you sent was done. Try again in a moment; if it stays, tell whoever runs this workspace.",
)
SOON = 5
"""Seconds after which to try again."""


def _not_taken(request: HttpRequest, allowed: str) -> Problem:
    """A method the address does not take, in the words of whoever asks."""
    if in_api(request):
        return Problem(405, f"{request.method} is not done here.", mend=f"Use {allowed}.")
    if request.method in {"GET", "HEAD"}:
        return Problem(405, "There is nothing to look at here: this address takes a form.", mend="Open the page the form stands on.")
    return Problem(405, "This page takes no form.", mend="Open it, and use what stands on it.")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

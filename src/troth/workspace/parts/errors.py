"""Errors as pages: what is wrong, where, and the mend; never a stack trace, never a 500 for what a reader asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

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
        return self._answer(request)

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


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The error as a page, or as JSON where another format than the page was asked for."""
    if request.GET.get("format", "html") != "html":
        return as_json(document(problem), status=problem.status)
    return HttpResponse(render_to_string("parts/problem.html", {"page": problem}, request), status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what Django itself refuses, such as a host name that is not ours."""
    return problem_page(request, Problem(400, "This request cannot be read.", mend="Go back to the first page and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return problem_page(request, Problem(403, "This is not yours to see.", mend="Ask whoever runs this workspace."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from our own page."""
    return problem_page(
        request,
        Problem(
            403,
            "This form did not come from this workspace, or its page is too old.",
            mend="Open the page again, with cookies allowed, and send the form once more.",
        ),
    )


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return problem_page(request, Problem(404, "There is no such page.", place=request.path, mend="The pages there are stand at the top."))


def broken(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours. Written without the database and without a session, which may be what broke."""
    problem = Problem(
        500, "Something broke on our side.", mend="Try again; if it stays, tell whoever runs this workspace. The log says more."
    )
    if request.GET.get("format", "html") != "html":
        return as_json(document(problem), status=500)
    return HttpResponse(render_to_string("parts/problem.html", {"page": problem}), status=500)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

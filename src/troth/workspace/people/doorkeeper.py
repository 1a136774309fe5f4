"""Nobody sees a page without a session: people are led to the sign-in page, programs are told 403."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import problem_page
from troth.workspace.people.models import Person

MEND = "Open the one-time link that `troth serve` prints."


class Doorkeeper(LoginRequiredMiddleware):
    """Django's own guard: every view needs a session but those marked ``login_not_required``."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> HttpResponseBase | None:
        """Lead people to the sign-in page and back afterwards; answer programs 403."""
        refused: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None and (request.GET.get("format", "html") != "html" or request.method not in {"GET", "HEAD"}):
            return problem_page(request, Problem(403, "Sign in to see this.", mend=MEND))
        return refused


class ByPerson(BaseBackend):
    """Finds the person of a session. Nobody signs in with a name and a password."""

    def get_user(self, user_id: int) -> Person | None:
        """The person, if still active."""
        return Person.objects.filter(pk=user_id, is_active=True).first()

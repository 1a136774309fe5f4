"""Nobody sees a page without a session: people are led to the sign-in page, programs are told 403."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import problem_page
from troth.workspace.people.models import Person

MEND = "Open the one-time link that `troth serve` prints."


class Doorkeeper(LoginRequiredMiddleware):
    """Django's own guard: every view needs a session but those marked ``login_not_required``."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        """Lead people to the sign-in page and back afterwards; answer programs 403."""
        if request.GET.get("format", "html") != "html" or request.method not in {"GET", "HEAD"}:
            return problem_page(request, Problem(403, "Sign in to see this.", mend=MEND))
        response: HttpResponse = super().handle_no_permission(request, view_func)
        return response


class ByPerson(BaseBackend):
    """Finds the person of a session. Nobody signs in with a name and a password."""

    def get_user(self, user_id: int) -> Person | None:
        """The person, if still active."""
        return Person.objects.filter(pk=user_id, is_active=True).first()

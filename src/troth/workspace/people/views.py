"""Sign in with a one-time link, sign out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from troth.workspace.parts.pages import page
from troth.workspace.people import operations
from troth.workspace.people.contexts import Arrival
from troth.workspace.people.models import Person


@login_not_required
@require_GET
@never_cache
def arrive(request: HttpRequest) -> HttpResponse:
    """Say how to come in."""
    return page(request, "people/arrive.html", Arrival("", _onward(request)))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Turn a link into a session.

    Looking at the address changes nothing: mail scanners and previews look. The form on it signs in, and sends itself where scripts run.
    """
    if request.method != "POST":
        return page(request, "people/link.html", Arrival(reverse("people:link", args=[token]), _onward(request)))
    person = operations.redeem(token=token, address=str(request.META.get("REMOTE_ADDR") or "0.0.0.0"))  # noqa: S104 - no socket address
    login(request, person)
    return HttpResponseRedirect(_onward(request))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out here and everywhere: a copied cookie ends too."""
    if isinstance(request.user, Person):
        operations.end_sessions(person=request.user)
    logout(request)
    return HttpResponseRedirect(reverse("people:arrive"))


def _onward(request: HttpRequest) -> str:
    """Where the reader wanted to go, if it is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if ours else "/"

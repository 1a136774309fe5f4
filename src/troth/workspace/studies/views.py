"""The Studies page: what was known then, what is being made, and the forms that have it made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from troth.terms.errors import TrothError
from troth.workspace.parts.errors import problem_of
from troth.workspace.parts.methods import only_read, read_and_send
from troth.workspace.parts.pages import page, wanted_format
from troth.workspace.parts.parameters import asked_by
from troth.workspace.people.guard import Admitted, actor, guarded
from troth.workspace.studies import operations
from troth.workspace.studies.errors import RunError
from troth.workspace.studies.pages import live_part, studies_page
from troth.workspace.studies.questions import whole_number
from troth.workspace.timeline.operations import Actor


@asked_by("page")
@read_and_send
@never_cache
@guarded
def studies(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """What did we know then?"""
    wanted = wanted_format(request)
    if request.method != "POST":
        number = whole_number(request.GET.get("page"), "page", otherwise=1)
        return page(request, "studies/studies.html", studies_page(at=timezone.now(), may_change=admitted.may_change, number=number))
    doing, now = request.POST.get("do", ""), timezone.now()
    try:
        if doing not in ACTS:
            raise RunError(f"“{doing[:40]}” is nothing this page does.", place="do", mend="send the form as the page has it.")
        operations.settle_lost(at=now)
        ACTS[doing](request, actor(request), now)
    except TrothError as error:
        sent = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken" and isinstance(value, str)}
        shown = replace(studies_page(at=now, may_change=admitted.may_change), doing=doing, sent=sent, problem=problem_of(error))
        return page(request, "studies/studies.html", shown, status=error.status)
    if wanted != "html":
        return page(request, "studies/studies.html", studies_page(at=now, may_change=admitted.may_change))
    return HttpResponseRedirect(reverse("studies:studies"), status=HTTPStatus.SEE_OTHER)


@asked_by()
@only_read
@never_cache
@guarded
def live(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """What is being made? The part of the page that is asked for again and again while there is something."""
    return page(request, "studies/live.html", live_part(at=timezone.now()))


def _run(request: HttpRequest, who: Actor, at: datetime) -> None:
    operations.request(as_of=request.POST.get("as_of", "")[:100], actor=who, at=at)


def _cancel(request: HttpRequest, who: Actor, at: datetime) -> None:
    operations.cancel(run=operations.run_with(request.POST.get("run", "")), actor=who, at=at)


def _schedule(request: HttpRequest, who: Actor, at: datetime) -> None:
    operations.schedule(
        every=request.POST.get("every", ""),
        weekday=_number(request, "weekday", 0),
        day=_number(request, "day", 1),
        local_time=request.POST.get("local_time", "")[:20],
        as_of_rule=request.POST.get("as_of_rule", ""),
        actor=who,
        at=at,
    )


def _unschedule(request: HttpRequest, who: Actor, at: datetime) -> None:
    operations.unschedule(schedule=operations.schedule_with(request.POST.get("schedule", "")), actor=who, at=at)


def _resume(request: HttpRequest, who: Actor, at: datetime) -> None:
    operations.resume(schedule=operations.schedule_with(request.POST.get("schedule", "")), actor=who, at=at)


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.POST.get(name, "")
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 2:  # noqa: PLR2004 - days and weekdays have two digits
        raise RunError(f"“{text[:40]}” is no number of the list.", place=name, mend="choose one of the list.")
    return int(text)


ACTS: dict[str, Callable[[HttpRequest, Actor, datetime], None]] = {
    "run": _run,
    "cancel": _cancel,
    "schedule": _schedule,
    "unschedule": _unschedule,
    "resume": _resume,
}

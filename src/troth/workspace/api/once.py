"""A request that is sent twice is done once: ``Idempotency-Key``, as the IETF's draft of that name has it.

A program that got no answer cannot know whether its request was done. With a key of its own choosing it sends it again without fear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from troth.terms.errors import RequestError
from troth.workspace.api.models import KeptAnswer
from troth.workspace.parts.errors import error_page
from troth.workspace.people.guard import standing

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
"""How long an answer is kept."""
LONGEST = 255
TELLS_A_SECRET = frozenset({"api:tokens", "api:invitations", "api:person-link"})
"""Routes whose answer lets somebody in. It is told once and kept nowhere, so that a copy of the database lets nobody in."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ToldOnceError(RequestError):
    """What was sent is done, and what it told is not told again."""

    status = 409


class OtherRequestError(RequestError):
    """The key was used for another request."""

    status = 422


def once(answer: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Do a write once for each key. Only what was done is kept: a request that was refused may be mended and sent with the same key."""

    @wraps(answer)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None or request.method in SAFE:
            return answer(request, *args, **named)
        if not key.isprintable() or not 0 < len(key) <= LONGEST:
            return error_page(request, RequestError("this is no key.", place=HEADER, mend=f"send 1 to {LONGEST} letters and digits."))
        return _keyed(request, key, lambda: answer(request, *args, **named))

    return asked


def _keyed(request: HttpRequest, key: str, do: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    person, now, digest = standing(request).person, timezone.now(), _digest(request)
    with transaction.atomic():
        KeptAnswer.objects.filter(at__lt=now - KEPT).delete()
    with transaction.atomic():
        try:
            with transaction.atomic():  # who comes second waits here until the first is done, and then finds its answer
                row = KeptAnswer.objects.create(person=person, key=key, asked=digest, at=now)
        except IntegrityError:
            return _again(request, KeptAnswer.objects.get(person=person, key=key), digest)
        given = do()
        if given.status_code >= HTTPStatus.BAD_REQUEST or not isinstance(given, HttpResponse):
            transaction.set_rollback(True)
            return given
        told_once = request.resolver_match is not None and request.resolver_match.view_name in TELLS_A_SECRET
        row.status, row.content = given.status_code, "" if told_once else given.content.decode()
        row.save(update_fields=["status", "content"])
        return given


def _again(request: HttpRequest, kept: KeptAnswer, digest: str) -> HttpResponseBase:
    if kept.asked != digest:
        what = "this key was sent with another request."
        return error_page(request, OtherRequestError(what, place=HEADER, mend="choose a new key for every request."))
    if not kept.content:
        what = "this was done, and what it told lets somebody in: it is told once."
        return error_page(request, ToldOnceError(what, place=HEADER, mend="end it, and make a new one with a new key."))
    headers = {REPLAYED: "true"}
    return HttpResponse(kept.content, status=kept.status, content_type="application/json; charset=utf-8", headers=headers)


def _digest(request: HttpRequest) -> str:
    told = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(told).hexdigest()

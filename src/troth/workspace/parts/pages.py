"""One context, two readers: the page for people, the same context as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.parts.contexts import document

FORMATS = ("html", "json")


def wanted_format(request: HttpRequest, known: tuple[str, ...] = FORMATS) -> str:
    """The format asked for by ``?format=``; the page where none is.

    :raises RequestError: this address has no such format.
    """
    wanted = request.GET.get("format", "html")
    if wanted not in known:
        raise RequestError(f"there is no format “{wanted}” here.", place="format", mend=did_you_mean(wanted, known))
    return wanted


def page(request: HttpRequest, template: str, context: Any, *, status: int = 200) -> HttpResponse:
    """The page ``template`` with its context, as HTML or, with ``?format=json``, as the same context in JSON.

    :raises RequestError: any other format was asked for.
    """
    if wanted_format(request) == "json":
        return as_json(document(context), status=status)
    return HttpResponse(render_to_string(template, {"page": context}, request), status=status)


def as_json(content: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A JSON answer; ``NaN`` and infinities are errors of ours, never data."""
    return HttpResponse(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1), content_type="application/json", status=status)

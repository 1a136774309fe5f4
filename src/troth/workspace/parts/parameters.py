"""Which parameters a page takes: one it does not take would be left out in silence, and the page answer another question than was asked.

A view says what it takes by one decorator, outermost::

    @asked_by("compare", "page", slices=True)
    @on_a_study
    def ledger(request, opened):
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from troth.terms.errors import RequestError, did_you_mean

View = Callable[..., HttpResponseBase]

EVERYWHERE = ("format", "study")
"""Every page takes these: it is for people or for programs, and keeps to the study its reader is on."""

SLICE = ("by", "unknown", "since", "until", "period")
SLICED = "only."
"""``only.lane=north``: which dimensions there are, the study says."""

ADDED = ("utm_", "mtm_", "pk_")
ADDED_WHOLE = frozenset({"fbclid", "gclid", "msclkid", "mc_cid", "mc_eid", "_ga", "_gl"})
"""What mail programs and other sites add to a link. It asks nothing of a page, so it is left out."""

PARAMETERS = "parameters"
"""Name under which a view carries what it takes."""


def asked_by(*names: str, slices: bool = False) -> Callable[[View], View]:
    """A view that takes these parameters, and refuses to be looked at by others.

    :param slices: it is asked of a slice and a period, too.
    """
    known = (*names, *EVERYWHERE, *(SLICE if slices else ()))

    def placed(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if request.method in {"GET", "HEAD"}:
                refuse_unknown(request.GET, known, slices=slices)
            return view(request, *args, **named)

        setattr(asked, PARAMETERS, known)
        return asked

    return placed


def refuse_unknown(given: Iterable[str], known: Iterable[str], *, slices: bool) -> None:
    """Refuse the first parameter a page does not take, with the nearest it does.

    :param slices: ``only.`` and a dimension is taken, too.
    :raises RequestError: there is one.
    """
    taken = frozenset(known)
    for name in given:
        if name in taken or (slices and name.startswith(SLICED)) or name in ADDED_WHOLE or name.startswith(ADDED):
            continue
        near = [*taken, SLICED + name.rpartition(".")[2]] if slices else [*taken]
        raise RequestError(f"this page takes no parameter “{name[:60]}”.", place=name[:60], mend=did_you_mean(name[:60], near))

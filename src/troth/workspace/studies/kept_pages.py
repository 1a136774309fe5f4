"""Whole pages, remembered: those that speak of a study alone until the process ends, those that tell of acts until the next act.

A study never changes, so a page made of it once stays right, and is the same for everybody with the same rights. Every act writes its entry
of the timeline in its own transaction, so what a page tells of acts stays right for as long as the newest entry stays the newest. Only the
form's token is another for every reader, and is put in when a page is sent.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token

from troth.workspace.people.guard import here
from troth.workspace.studies.project_files import stamps_of
from troth.workspace.studies.reading import OpenStudy, project
from troth.workspace.timeline.newest import Newest, newest_act

MOST = 64 * 1024 * 1024
"""Bytes of pages that are remembered."""

A_MOMENT = timedelta(minutes=1)
"""How old a page may be that tells how long something has waited. Files beyond the project folder's own are looked at anew as often."""

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*(")')
"""Where a page holds its reader's token."""


class KeptPages:
    """Pages by key, the longest unused let go first.

    :param most: bytes kept at most.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The page of this key, if it is kept."""
        with self._guard:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def keep(self, key: Hashable, page: bytes) -> None:
        """Keep a page; let others go where they are too many."""
        with self._guard:
            self._bytes += len(page) - len(self._pages.pop(key, b""))
            self._pages[key] = page
            while self._bytes > self.most:
                self._bytes -= len(self._pages.popitem(last=False)[1])


pages = KeptPages(MOST)

Given = TypeVar("Given")
Named = ParamSpec("Named")
View = Callable[Concatenate[HttpRequest, Given, Named], HttpResponseBase]
"""A view that was given what its page is about: the study, or whom the guard let in."""


def kept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Remember the pages of a view whose answer follows from the study, its address and the reader's rights alone."""

    @wraps(view)
    def answers(request: HttpRequest, opened: OpenStudy, **named: str) -> HttpResponseBase:
        if not _is_page(request):
            return view(request, opened, **named)
        standing = here(request).standing
        # The areas count on pages that show every area, too: which of their links open follows from them.
        key = (str(opened.entry.folder), opened.entry.current, request.get_full_path(), standing.seats, standing.areas)
        return _kept_as(key, request, lambda: view(request, opened, **named))

    return answers


def _nothing(_: Newest) -> Hashable:
    return None


def kept_between_acts(beside: Callable[[Newest], Hashable] = _nothing) -> Callable[[View[Given, Named]], View[Given, Named]]:
    """Remember the pages of a view that also tells of acts, for all who hold the same roles, until there is something else to tell.

    That is: until an act is recorded, a study is published or another one is current, a file of the project folder changes, or the moment
    is over (:data:`A_MOMENT`).

    :param beside: tells apart, given the newest act, what the page tells of and no act writes.
    """

    def keeps(view: View[Given, Named]) -> View[Given, Named]:
        @wraps(view)
        def answers(request: HttpRequest, given: Given, /, *args: Named.args, **named: Named.kwargs) -> HttpResponseBase:
            if request.method != "GET" or not _is_page(request):
                return view(request, given, *args, **named)
            standing = here(request).standing
            reader, newest = (standing.roles, standing.seats, standing.areas), newest_act()
            key = (request.get_full_path(), reader, newest, beside(newest), _moment(standing.at), _on_disk())
            return _kept_as(key, request, lambda: view(request, given, *args, **named))

        return answers

    return keeps


def _is_page(request: HttpRequest) -> bool:
    return request.GET.get("format", "html") == "html"


def _moment(at: datetime) -> int:
    return int(at.timestamp() // A_MOMENT.total_seconds())


def _on_disk() -> Hashable:
    """The studies there are, and the files the project folder is read from."""
    here = project()
    return tuple((str(entry.folder), entry.current) for entry in here.studies()), stamps_of(here.path)


def _kept_as(key: Hashable, request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The page that is kept as ``key``, with its reader's token; made and kept where there is none, and made alone where it is no page."""
    page = pages.get(key)
    if page is None:
        made = make()
        if made.status_code != HTTPStatus.OK or not isinstance(made, HttpResponse):
            return made
        pages.keep(key, TOKEN.sub(r"\1\2", made.content.decode()).encode())
        return made
    token = get_token(request)
    return HttpResponse(TOKEN.sub(lambda found: found[1] + token + found[2], page.decode()))

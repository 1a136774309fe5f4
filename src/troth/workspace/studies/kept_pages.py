"""Whole pages, remembered: what speaks of a study alone is the same for everybody with the same rights, until the process ends.

A study never changes, so a page made once stays right. Only the form's token is another for every reader, and is put in when it is sent.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token

from troth.workspace.people.guard import here
from troth.workspace.studies.reading import OpenStudy

MOST = 64 * 1024 * 1024
"""Bytes of pages that are remembered."""

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


def kept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Remember the pages of a view whose answer follows from the study, its address and the reader's rights alone."""

    @wraps(view)
    def answers(request: HttpRequest, opened: OpenStudy, **named: str) -> HttpResponseBase:
        if request.GET.get("format", "html") != "html":
            return view(request, opened, **named)
        standing = here(request).standing
        # The areas count on pages that show every area, too: which of their links open follows from them.
        key = (str(opened.entry.folder), opened.entry.current, request.get_full_path(), standing.seats, standing.areas)
        page = pages.get(key)
        if page is None:
            made = view(request, opened, **named)
            if made.status_code != HTTPStatus.OK or not isinstance(made, HttpResponse):
                return made
            page = TOKEN.sub(r"\1\2", made.content.decode()).encode()
            pages.keep(key, page)
            return made
        return HttpResponse(TOKEN.sub(lambda found: found[1] + get_token(request) + found[2], page.decode()))

    return answers

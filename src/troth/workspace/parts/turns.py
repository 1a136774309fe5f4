"""Requests take turns: threads that compute at once only take the interpreter from each other.

A page that is kept takes some milliseconds of Python. Four threads that each do that at the same time hand the interpreter to and fro at
every question to the database, and together take twice the processor time of one after the other. A page that waits for the engine is
not waited for: after :data:`PATIENCE` a request goes ahead without its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PATIENCE = 0.05
"""Seconds a request waits for its turn: several kept pages' worth, and nothing beside a page that is made."""

_turn = threading.Lock()


def in_turn(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: one request after the other, as long as none takes long."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        mine = _turn.acquire(timeout=PATIENCE)
        try:
            return get_response(request)
        finally:
            if mine:
                _turn.release()

    return answer

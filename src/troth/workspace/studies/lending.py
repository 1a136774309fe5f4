"""Handles lent to one request at a time: a study is read through a DuckDB connection, which two requests may not use at once.

Not one per thread: a server ends the threads it no longer needs, and a connection that ends with a thread Python did not start takes the
whole process with it. Here a handle outlives the thread it was opened in and is closed by whoever opens one too many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

Handle = TypeVar("Handle")


class Lending(Generic[Handle]):
    """Handles by key: each in the hands of one request, or waiting for the next.

    :param most: handles kept waiting, over all keys; the one longest unused is let go first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._waiting: list[tuple[str, Handle]] = []
        self._guard = threading.Lock()
        self._in_hand: ContextVar[dict[str, Handle] | None] = ContextVar("in_hand", default=None)

    @contextmanager
    def desk(self) -> Iterator[None]:
        """Within it what :meth:`lend` gives is this request's alone; at the end it all goes back. One desk within another is the same."""
        if self._in_hand.get() is not None:
            yield
            return
        held: dict[str, Handle] = {}
        token = self._in_hand.set(held)
        try:
            yield
        finally:
            self._in_hand.reset(token)
            with self._guard:
                self._waiting += held.items()
                del self._waiting[: -self.most or None]

    def lend(self, key: str, make: Callable[[], Handle]) -> Handle:
        """The handle of ``key``: the one in hand, one that waits, or a new one. Away from a desk it is always a new one."""
        held = self._in_hand.get()
        if held is None:
            return make()
        if key not in held:
            held[key] = self._take(key) or make()
        return held[key]

    def in_hand(self) -> tuple[Handle, ...]:
        """What the request has been lent so far."""
        return tuple((self._in_hand.get() or {}).values())

    def _take(self, key: str) -> Handle | None:
        with self._guard:
            for place in range(len(self._waiting) - 1, -1, -1):
                if self._waiting[place][0] == key:
                    return self._waiting.pop(place)[1]
        return None


def at_a_desk(lending: Lending[Handle]) -> Callable[[Callable[[HttpRequest], HttpResponseBase]], Callable[[HttpRequest], HttpResponseBase]]:
    """Middleware that gives every request a desk. Pages are whole before they are sent, so what was lent is done with by then."""

    def middleware(respond: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
        def answer(request: HttpRequest) -> HttpResponseBase:
            with lending.desk():
                return respond(request)

        return answer

    return middleware

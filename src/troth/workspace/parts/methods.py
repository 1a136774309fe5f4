"""Which methods an address takes, told before anybody's right is asked; and where the form stands of an address that takes only forms.

A view says what it takes by one decorator::

    @form_on("desks:issue", "key")
    def shares(request, opened, key):
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_http_methods

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

READ = ("GET", "HEAD")
TAKES, FORM = "takes", "form_page"
"""Names under which a view carries its methods, and the page its form stands on."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """The page a form stands on.

    :param name: its route. :param parts: those variable parts of the form's address that the page's has, too.
    """

    name: str
    parts: tuple[str, ...]

    def address(self, named: dict[str, Any]) -> str:
        """The page's address, by the variable parts of the form's."""
        return reverse(self.name, kwargs={part: named[part] for part in self.parts})


def only_read(view: View) -> View:
    """A view that is only looked at."""
    return taking(view, READ)


def read_and_send(view: View) -> View:
    """A view that shows a page, and takes the forms on it."""
    return taking(view, (*READ, "POST"))


def only_sent(view: View) -> View:
    """A view that takes a form which stands on many pages."""
    return taking(view, ("POST",))


def form_on(name: str, *parts: str) -> Callable[[View], View]:
    """A view that takes a form, and the route of the page it stands on: who only looks at the form's address is led there.

    :param parts: those variable parts of the form's address that the page's has, too.
    """

    def placed(view: View) -> View:
        made = only_sent(view)
        setattr(made, FORM, FormPage(name, parts))
        return made

    return placed


def taking(view: View, methods: tuple[str, ...]) -> View:
    """The view, which refuses all other methods and says so to whoever asks."""
    made: View = require_http_methods(list(methods))(view)
    setattr(made, TAKES, lambda: frozenset(methods))
    return made


def methods_of(view: Callable[..., Any]) -> frozenset[str] | None:
    """The methods a view takes; ``None`` where it does not say."""
    told: Callable[[], frozenset[str]] | None = getattr(view, TAKES, None)
    return None if told is None else told()


def page_at(address: str) -> str | None:
    """Where somebody is led who wants to look at an address of ours: there, or to the page its form stands on.

    ``None`` where there is nothing to look at. An address we do not know is given back: it says itself that there is no such page.
    """
    path, query = urlsplit(address).path, urlsplit(address).query
    try:
        found = resolve(unquote(path))
    except Resolver404:
        return address
    methods = methods_of(found.func)
    if methods is None or "GET" in methods:
        return address
    page = _form_page(found.func, found.kwargs)
    return page and (f"{page}?{query}" if query else page)


class Methods:
    """Answers a method an address does not take: 405, or the page the form stands on for who only looks."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; Django calls :meth:`process_view` before any view."""
        return self._answer(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, named: dict[str, Any]) -> HttpResponseBase | None:
        """Called by Django once the view is known; ``None`` leaves the answer to it."""
        methods = methods_of(view)
        if methods is None or request.method in methods:
            return None
        page = _form_page(view, named) if request.method in READ and request.GET.get("format", "html") == "html" else None
        if page is None:
            return HttpResponseNotAllowed(sorted(methods))
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{page}?{query}" if query else page, status=HTTPStatus.FOUND)


def _form_page(view: Callable[..., Any], named: dict[str, Any]) -> str | None:
    found: FormPage | None = getattr(view, FORM, None)
    return None if found is None else found.address(named)

"""What every template knows of the reader: what they hold, and the doors open to them."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from troth.workspace.parts.contexts import Link
from troth.workspace.people import guard
from troth.workspace.people.guard import Standing
from troth.workspace.people.models import Person
from troth.workspace.people.permissions import Extent

DOORS = (
    ("Both desks", "desks:both"),
    ("My desk", "desks:mine"),
    ("Ledger", "desks:ledger"),
    ("Issues", "desks:issues"),
    ("Charter", "charter:charter"),
    ("People", "people:people"),
    ("Timeline", "timeline:timeline"),
    ("Your account", "people:account"),
)
"""The ways on from a page that speaks of no study."""


def reader(request: HttpRequest) -> dict[str, object]:
    """For templates: ``reader``, what whoever reads holds, and ``doors``, links to what is open to them. Both empty before signing in."""
    if not isinstance(getattr(request, "user", None), Person):
        return {"reader": None, "doors": ()}
    holds = guard.standing(request)
    doors = [Link(words, reverse(name), reverse(name) == request.path) for words, name in DOORS]
    return {"reader": holds, "doors": open_to(doors, holds)}


def open_to(links: Iterable[Link], holds: Standing | None) -> tuple[Link, ...]:
    """The links a person may follow; all of them where nobody reads."""
    return tuple(link for link in links if holds is None or _opens(link.address, holds))


def _opens(address: str, holds: Standing) -> bool:
    try:
        page = resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return False
    return holds.extent(page) is not Extent.NONE

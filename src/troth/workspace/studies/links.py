"""What somebody who sees only their areas may follow on: the area a list is narrowed to, and no link that does not open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from django.urls import Resolver404, resolve

from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.people.errors import NotThereError
from troth.workspace.people.guard import Standing
from troth.workspace.people.permissions import Extent
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.questions import ONLY

AREA = "area"
"""Parameter that narrows a list to one area."""

Shown = TypeVar("Shown")


def narrowed(areas: Collection[str] | None, wanted: str, known: Sequence[str]) -> Collection[str] | None:
    """The areas a list speaks of: the one that is asked for, else all the reader may see.

    :param known: areas there are, for who sees every area.
    :raises NotThereError: who sees only their areas asks for another; told as if there were none.
    :raises RequestError: who sees every area asks for one there is not; with the nearest.
    """
    if not wanted:
        return areas
    if areas is None and wanted not in known:
        raise RequestError(f"there is no area “{wanted[:60]}”.", place=AREA, mend=did_you_mean(wanted, known))
    if areas is not None and wanted not in areas:
        raise NotThereError("there is no such area, or it is another's.", place=AREA, mend="choose one of yours, or leave it out.")
    return frozenset({wanted})


def with_open_links(shown: Shown, opens: Callable[[str], bool]) -> Shown:
    """What a page receives, without the addresses its reader may not open: they are empty, and the page tells the words alone."""
    return _opened(shown, opens)  # type: ignore[no-any-return]


def may_follow(standing: Standing, areas: Collection[str] | None, issue: Callable[[str], bool]) -> Callable[[str], bool]:
    """Tells whether somebody may open an address of a page.

    :param areas: areas whose promises they may see; ``None`` is every area.
    :param issue: whether they may open the issue of a key.
    """

    def opens(address: str) -> bool:
        parts = urlsplit(address)
        try:
            found = resolve(parts.path)
        except Resolver404:
            return True  # no page of ours has a row to ask
        if standing.extent(found.view_name) is Extent.NONE:
            return False
        if found.view_name in {"desks:issue", "desks:failures"}:
            return issue(found.kwargs["key"])
        sides = [value for name, value in parse_qsl(parts.query) if name.removeprefix(ONLY) in SIDES]
        return areas is None or not sides or any(value in areas for value in sides)

    return opens


def _opened(value: Any, opens: Callable[[str], bool]) -> Any:
    """A page's context, or a part of it; what holds no closed address is given back as it is."""
    if isinstance(value, str):
        return "" if value.startswith("/") and not opens(value) else value
    if isinstance(value, tuple):
        made = tuple(_opened(one, opens) for one in value)
        return made if any(new is not old for new, old in zip(made, value, strict=True)) else value
    if isinstance(value, dict):
        held = {name: _opened(one, opens) for name, one in value.items()}
        return held if any(held[name] is not one for name, one in value.items()) else value
    if is_dataclass(value) and not isinstance(value, type):
        now = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        changed = {name: new for name, old in now.items() if (new := _opened(old, opens)) is not old}
        return replace(value, **changed) if changed else value
    return value

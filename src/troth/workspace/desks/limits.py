"""Pages of somebody who sees only their areas: the areas to choose among."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from troth.workspace.parts.contexts import Link
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.questions import Question

DID = {"kept_by": "kept by", "made_by": "made by"}


def area_links(areas: Collection[str] | None, chosen: str, at: Callable[[str], str]) -> tuple[Link, ...]:
    """A link per area of a reader who sees several and not all, after one to all of them.

    :param chosen: the area the page is narrowed to; empty where it is not.
    :param at: gives the address of the page narrowed to an area; to none where that is empty.
    """
    if areas is None or len(areas) < 2:  # noqa: PLR2004 - of one there is nothing to choose
        return ()
    return (Link("All my areas", at(""), not chosen), *(Link(area, at(area), area == chosen) for area in sorted(areas)))


def side_links(question: Question, known: Mapping[str, Collection[str]], at: Callable[[Question], str]) -> tuple[Link, ...]:
    """For the Ledger of such a reader, which shows one area at a time: a link per area and side of a promise.

    :param known: side to those of the reader's areas that are on it in the study.
    :param at: gives the address of a question.
    """
    rest = question
    for side in SIDES:
        rest = rest.without(side)
    asked = dict(question.where)
    found = [
        Link(f"{DID[side]} {area}", at(rest.only({side: area}).asked_by(question.by)), asked.get(side) == area)
        for side, areas in known.items()
        for area in sorted(areas)
    ]
    return tuple(found) if len(found) > 1 else ()

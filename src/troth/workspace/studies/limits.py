"""What somebody sees who sees only their areas: the promises these areas made or keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from troth.workspace.people.errors import NotThereError, NotYoursError
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

SIDES = ("kept_by", "made_by")
"""A promise belongs to the area that keeps it, and to the one that made it."""


def within(question: Question, areas: Collection[str] | None, dimensions: Mapping[str, str], keepers: Collection[str] = ()) -> Question:
    """The question, asked of one of these areas: the one it names, or the promises the first of them keeps.

    :param areas: areas the reader may see; ``None`` is every area.
    :param keepers: areas that keep promises of the study: one of those comes first.
    :raises NotThereError: it names another area.
    :raises NotYoursError: the reader has no area yet, or the study does not know whose a promise is.
    """
    if areas is None:
        return question
    asked = {name: value for name, value in question.where if name in SIDES}
    if any(value in areas for value in asked.values()):
        return question
    if asked:
        raise NotThereError(
            "there is no such area, or it is another's.", place="area", mend="the areas of your roles stand in your account."
        )
    if "kept_by" not in dimensions or not areas:
        why = "this study does not know which area keeps a promise" if areas else "no role of yours has a say in an area yet"
        raise NotYoursError(f"{why}.", mend="ask whoever gives roles for a grant, or for an area to see.")
    return question.only({"kept_by": min(set(areas) & set(keepers) or areas)}).asked_by(question.by)


def limited(opened: OpenStudy, question: Question, areas: Collection[str] | None) -> Question:
    """The question, asked of a study within these areas, as :func:`within`; an area that keeps promises of it comes first."""
    keepers = opened.values("kept_by") if areas is not None and "kept_by" in opened.dimensions else ()
    return within(question, areas, opened.dimensions, keepers)

"""Which period is meant where none is named."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

MOST_MONTHS = 18
"""A study that spans more months opens on twelve of them (:func:`latest`); everything stays one choice away."""

DEFAULT_MONTHS = 12
LEAST_HELD = 0.1
"""Share of what the busiest twelve months hold below which twelve months are a few stray dates, and no page opens on them."""

EVERYTHING = "all"


def settled(opened: OpenStudy, question: Question, *, everything: bool) -> Question:
    """The question with its period: as asked, or everything of a short study, or the latest months of a long one (:func:`latest`)."""
    span = opened.span()
    if question.since or question.until or span is None:
        return question
    if len(months_between(*span)) <= MOST_MONTHS:
        return question
    # Named in the address, so that every link of the page keeps it.
    since, until = span if everything else latest(opened.months(Question()))
    return replace(question, since=since, until=until)


def latest(due: Mapping[date, int]) -> tuple[date, date]:
    """The latest twelve months that hold a tenth or more of what the busiest twelve hold: one stray date opens no page.

    :param due: promises due in each month that has any, by its first day; not empty.
    :returns: first and last day.
    """
    held = {last: sum(due.get(months_back(last, back), 0) for back in range(DEFAULT_MONTHS)) for last in due}
    last = max(month for month, count in held.items() if count >= LEAST_HELD * max(held.values()))
    return months_back(last, DEFAULT_MONTHS - 1), last.replace(day=monthrange(last.year, last.month)[1])


def months_between(since: date, until: date) -> list[date]:
    """First days of the months from ``since`` to ``until``."""
    return [date(i // 12, i % 12 + 1, 1) for i in range(since.year * 12 + since.month - 1, until.year * 12 + until.month)]


def months_back(day: date, count: int) -> date:
    """The first day of the month so many months before this day's."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)

"""Which period a page speaks of, and which one it is compared with."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from troth.workspace.desks.contexts import Choice, Period
from troth.workspace.parts import wording
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

MOST_MONTHS = 18
"""A study that spans more months opens on twelve of them (:func:`latest`); everything stays one choice away."""

DEFAULT_MONTHS = 12
LEAST_HELD = 0.1
"""Share of what the busiest twelve months hold below which twelve months are a few stray dates, and no page opens on them."""

EVERYTHING = "all"
YEAR = timedelta(days=366)


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
    held = {last: sum(due.get(_months_back(last, back), 0) for back in range(DEFAULT_MONTHS)) for last in due}
    last = max(month for month, count in held.items() if count >= LEAST_HELD * max(held.values()))
    return _months_back(last, DEFAULT_MONTHS - 1), last.replace(day=monthrange(last.year, last.month)[1])


def period_of(opened: OpenStudy, question: Question, *, counted: bool = True) -> Period:
    """The period in words, the choices of the form, and how many promises lie outside of it.

    :param counted: say how many; where a page is not about all that the question asks of, their number is not for its reader.
    """
    span = opened.span()
    if span is None:
        return Period("no promise is due yet", None, None, whole=True, starts=(), ends=())
    since, until = question.since or span[0], question.until or span[1]
    # Months in which nothing falls due are no choice, unless they are chosen: after a stray date there may be years of them.
    months = sorted({*opened.months(Question()), since.replace(day=1), until.replace(day=1)})
    return Period(
        words=wording.months(since, until),
        since=question.since,
        until=question.until,
        whole=question.since is None and question.until is None,
        starts=tuple(Choice(f"{m:%Y-%m}", wording.month(f"{m:%Y-%m}"), (m.year, m.month) == (since.year, since.month)) for m in months),
        ends=tuple(Choice(f"{m:%Y-%m}", wording.month(f"{m:%Y-%m}"), (m.year, m.month) == (until.year, until.month)) for m in months),
        outside=_outside(opened, question) if counted and (since > span[0] or until < span[1]) else "",
    )


def _outside(opened: OpenStudy, question: Question) -> str:
    """How many promises fell due by the as-of and outside of the period; empty where none did."""
    inside = opened.integrity(replace(question, by=()))
    count = sum(opened.months(question).values()) - sum(row.due for row in inside)
    lie = "lies" if count == 1 else "lie"
    return f"{wording.counted(count, 'promise')} due before or after {lie} outside of this period." if count > 0 else ""


def compared(opened: OpenStudy, question: Question, how: str) -> Question | None:
    """The question asked of an equal window earlier: ``before`` (just before) or ``year`` (a year before). ``None`` for no comparison."""
    span = opened.span()
    if not how or span is None:
        return None
    since, until = question.since or span[0], question.until or span[1]
    if since.toordinal() - (until - since).days <= YEAR.days:  # as long a time before it is before all calendars
        return None
    if how == "year":
        return replace(question, since=_years_back(since), until=_years_back(until))
    whole_months = since.day == 1 and (until + timedelta(days=1)).day == 1
    if whole_months:
        count = len(months_between(since, until))
        return replace(question, since=_months_back(since, count), until=since - timedelta(days=1))
    return replace(question, since=since - (until - since) - timedelta(days=1), until=since - timedelta(days=1))


def months_between(since: date, until: date) -> list[date]:
    """First days of the months from ``since`` to ``until``."""
    return [date(i // 12, i % 12 + 1, 1) for i in range(since.year * 12 + since.month - 1, until.year * 12 + until.month)]


def _months_back(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _years_back(day: date) -> date:
    """The same day a year before; a month's last day stays its last."""
    following = day + timedelta(days=1)
    if following.day == 1:
        return date(following.year - 1, following.month, 1) - timedelta(days=1)
    return day.replace(year=day.year - 1)

"""Which period a page speaks of, and which one it is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from troth.workspace.desks.contexts import Choice, Period
from troth.workspace.parts import wording
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

MOST_MONTHS = 18
"""A study that spans more months opens on its last twelve; everything stays one choice away."""

DEFAULT_MONTHS = 12
EVERYTHING = "all"
YEAR = timedelta(days=366)


def settled(opened: OpenStudy, question: Question, *, everything: bool) -> Question:
    """The question with its period: as asked, or everything of a short study, or the last twelve months of a long one."""
    span = opened.span()
    if question.since or question.until or span is None:
        return question
    months = months_between(*span)
    if len(months) <= MOST_MONTHS:
        return question
    # Named in the address, so that every link of the page keeps it.
    return replace(question, since=span[0] if everything else months[-DEFAULT_MONTHS], until=span[1])


def period_of(opened: OpenStudy, question: Question) -> Period:
    """The period in words, and the choices of the form."""
    span = opened.span()
    if span is None:
        return Period("no promise is due yet", None, None, whole=True, starts=(), ends=())
    since, until = question.since or span[0], question.until or span[1]
    months = months_between(*span)
    return Period(
        words=wording.months(since, until),
        since=question.since,
        until=question.until,
        whole=question.since is None and question.until is None,
        starts=tuple(Choice(f"{m:%Y-%m}", wording.month(f"{m:%Y-%m}"), (m.year, m.month) == (since.year, since.month)) for m in months),
        ends=tuple(Choice(f"{m:%Y-%m}", wording.month(f"{m:%Y-%m}"), (m.year, m.month) == (until.year, until.month)) for m in months),
    )


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

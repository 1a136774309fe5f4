"""Which period a page speaks of, and which one it is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from troth.workspace.desks.contexts import Choice, Period
from troth.workspace.parts import wording
from troth.workspace.studies.periods import months_back, months_between
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

YEAR = timedelta(days=366)


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
        return replace(question, since=months_back(since, count), until=since - timedelta(days=1))
    return replace(question, since=since - (until - since) - timedelta(days=1), until=since - timedelta(days=1))


def _years_back(day: date) -> date:
    """The same day a year before; a month's last day stays its last."""
    following = day + timedelta(days=1)
    if following.day == 1:
        return date(following.year - 1, following.month, 1) - timedelta(days=1)
    return day.replace(year=day.year - 1)

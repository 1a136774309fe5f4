"""Reads what the Studies page shows: published studies, those in the making, runs that are over, schedules."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from troth.project import Entry, Manifest
from troth.terms.errors import RequestError, TrothError
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import problem_of
from troth.workspace.parts.zones import project_zone
from troth.workspace.studies.cadences import AsOfRule, Every, next_due
from troth.workspace.studies.contexts import Head, LivePart, RunRow, ScheduleRow, StudiesPage, StudyRow, head_of
from troth.workspace.studies.models import LIVE, Run, Schedule, State
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import open_study, project, refuse_damaged
from troth.workspace.studies.working import worker_lives
from troth.workspace.timeline.contexts import Turning

ROWS = 20
"""Runs that are over, on one page of their table."""

LOST = "lost"

SHORTEST = 28
"""Days every month has."""

AS_OF_WORDS = {
    AsOfRule.START: "when it starts",
    AsOfRule.YESTERDAY: "the end of the day before",
    AsOfRule.LAST_WEEK: "the end of the last whole week",
    AsOfRule.LAST_MONTH: "the end of the last whole month",
}


def studies_page(*, at: datetime, may_change: bool, number: int = 1) -> StudiesPage:
    """Every published study, what is being made, and what was.

    :param number: page of the table of runs that are over.
    :raises RequestError: it has no such page.
    """
    head, trouble = _head()
    zone, unreadable = project_zone()
    entries = () if head is None and trouble is not None else project().studies()
    current = next((entry.number for entry in entries if entry.current), None)
    earlier = [entry.number for entry in entries if entry.number != current]
    over = Run.objects.exclude(state__in=LIVE).order_by("-ended_at", "-pk")
    count = over.count()
    last = max(1, -(-count // ROWS))
    if number > last:
        raise RequestError(f"there is no page {number}.", place="page", mend=f"the last one is {last}.")
    here = reverse("studies:studies")
    numbers = frozenset(entry.number for entry in entries)
    return StudiesPage(
        study=head,
        sentence=_sentence(len(entries), head),
        studies=tuple(study_row(entry, zone) for entry in reversed(entries)),
        before=max(earlier) if current and earlier else None,
        after=current if current and earlier else None,
        live=live_part(at=at),
        runs=tuple(_run(run, at, zone, numbers, current) for run in over[(number - 1) * ROWS : number * ROWS]),
        pages=Turning(
            number, last, f"{here}?page={number - 1}" if number > 1 else "", f"{here}?page={number + 1}" if number < last else ""
        ),
        schedules=tuple(_schedule(one, at, zone) for one in Schedule.objects.order_by("-on", "pk")),
        timezone=zone.key,
        may_change=may_change,
        step=f"troth run {project().path.name}",
        trouble=problem_of(unreadable) if unreadable else trouble,
    )


def live_part(*, at: datetime) -> LivePart:
    """Studies in the making: the running one first, then those that wait, in their order."""
    zone = project_zone()[0]
    runs = sorted(Run.objects.filter(state__in=LIVE), key=lambda run: (run.state != State.RUNNING, run.requested_at, run.pk))
    rows = tuple(_run(run, at, zone, frozenset(), None) for run in runs)
    mark = " ".join(f"{row.id}:{row.state}" for row in rows)
    return LivePart(rows, mark, worker_lives(settings.CONFIGURATION.home, at))


def study_row(entry: Entry, zone: ZoneInfo) -> StudyRow:
    """A published study; of one whose manifest cannot be read, that it is damaged."""
    published = "" if entry.published_at is None else wording.moment(entry.published_at, zone)
    where = address(reverse("desks:both"), study=None if entry.current else entry.number)
    try:
        manifest = Manifest.read(entry.folder)
    except TrothError:
        return StudyRow(entry.number, entry.current, "damaged", published, None, wording.UNKNOWN, wording.UNKNOWN, "", where)
    facts: Mapping[str, Any] = manifest.facts
    return StudyRow(
        number=entry.number,
        current=entry.current,
        as_of=wording.moment(manifest.as_of, zone),
        published=published,
        promises=facts.get("promises"),
        charter="no charter" if facts.get("charter_lines") == 0 else f"version {manifest.charter_version}",
        made_with=", ".join(f"{name} {version}" for name, version in manifest.made_with.items()),
        digest=manifest.digest,
        address=where,
    )


def duration(seconds: float) -> str:
    """How long something took, in words."""
    whole = max(0, round(seconds))
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"  # noqa: PLR2004 - an hour


def schedule_words(schedule: Schedule) -> str:
    """When a schedule falls due, and as of when its studies are."""
    every = Every(schedule.every)
    if every is Every.DAY:
        when = "Every day"
    elif every is Every.WEEK:
        when = f"Every {calendar.day_name[schedule.weekday]}"
    else:
        when = f"On day {schedule.day} of every month{', or its last day' if schedule.day > SHORTEST else ''}"
    return f"{when} at {schedule.local_time:%H:%M}, as of {AS_OF_WORDS[AsOfRule(schedule.as_of_rule)]}"


def _head() -> tuple[Head | None, Problem | None]:
    """The current study, as every page names it; and what is wrong with it, where it cannot be read."""
    shelf = project().shelf
    try:
        if not shelf.entries() and not shelf.began:
            return None, None
        return head_of(open_study(), "studies:studies"), None
    except TrothError as error:
        return None, problem_of(error)
    except Exception:
        try:
            refuse_damaged()
        except TrothError as error:
            return None, problem_of(error)
        raise


def _sentence(count: int, head: Head | None) -> str:
    if not count:
        return "There is no study yet." if head is None else "No study can be read."
    kept = f"{wording.counted(count, 'study is', 'studies are')} kept"
    return f"{kept}." if head is None else f"{kept}; the current one speaks as of {head.as_of_words}."


def _run(run: Run, at: datetime, zone: ZoneInfo, numbers: frozenset[int], current: int | None) -> RunRow:
    lost = run.lost(at)
    as_of = run.as_of or (datetime.fromisoformat(run.asked) if run.asked else None)
    end = run.ended_at or at
    live = run.state in LIVE
    return RunRow(
        id=run.pk,
        state=LOST if lost else run.state,
        words=_state_words(run, lost=lost),
        who=run.requested_by_name,
        asked=wording.moment(run.requested_at, zone),
        as_of="when it starts" if as_of is None else wording.moment(as_of, zone),
        step=run.step if live else "",
        share=run.share if live else None,
        percent=wording.percent(run.share, 0) if live and run.share is not None else "",
        took="" if run.started_at is None else duration((end - run.started_at).total_seconds()),
        ended="" if run.ended_at is None else wording.moment(run.ended_at, zone),
        why=_as_sentence(run.message) if run.state in {State.FAILED, State.CANCELLED} else "",
        place=run.place,
        mend=_as_sentence(run.mend),
        study=run.study,
        address=address(reverse("desks:both"), study=None if run.study == current else run.study) if run.study in numbers else "",
        cancelling=live and run.cancel_asked_at is not None,
    )


def _state_words(run: Run, *, lost: bool) -> str:
    if lost:
        return "no sign of life"
    if run.state in LIVE and run.cancel_asked_at is not None:
        return "being cancelled"
    if run.state == State.PUBLISHED and run.new is False:
        return "nothing new"
    return State(run.state).label


def _schedule(schedule: Schedule, at: datetime, zone: ZoneInfo) -> ScheduleRow:
    following = next_due(schedule.cadence, max(at, schedule.worked_until).astimezone(UTC), zone)
    return ScheduleRow(
        schedule.pk, schedule_words(schedule), schedule.on, wording.moment(following, zone) if schedule.on else "", schedule.made_by_name
    )


def _as_sentence(text: str) -> str:
    stop = "" if not text or text[-1] in ".?!" else "."
    return text[:1].upper() + text[1:] + stop

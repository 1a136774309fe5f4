"""What every page on a study receives about the study itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Problem, told
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy
from troth.workspace.timeline.contexts import Turning


@dataclass(frozen=True, slots=True)
class Head:
    """Which study the page speaks of."""

    name: str = told("the project's name")
    number: int = told("the study's number")
    current: bool = told("whether it is the current study")
    as_of: datetime = told("the instant it speaks of")
    as_of_words: str = told("the same, as the page prints it")
    timezone: str = told("zone of every date on the page")
    charter: str = told("the charter it was judged by, in words")
    published: str = told("when it was published, in words; empty where that is unknown")
    rooms: tuple[Link, ...] = told("the pages there are")


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One published study."""

    number: int = told("its number")
    current: bool = told("whether it is the current one")
    as_of: str = told("the instant it speaks of, in words")
    published: str = told("when it was published, in words")
    promises: int | None = told("promises in it")
    charter: str = told("charter it was judged by")
    made_with: str = told("versions of Troth and of the engine")
    digest: str = told("its digest: studies of equal digests are equal, to the byte")
    address: str = told("Both desks as this study shows it")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A study that was asked for, and what became of it."""

    id: int = told("its key")
    state: str = told("queued, running, published, failed, cancelled, or lost: it claims to run and nothing is heard of it")
    words: str = told("the same in words")
    who: str = told("who asked for it")
    asked: str = told("when, in words")
    as_of: str = told("the instant it speaks of, in words")
    step: str = told("what is being done; empty where nothing is")
    share: float | None = told("share that is done, by the time the last study took; null where that is unknown")
    percent: str = told("the same in words; empty where unknown")
    took: str = told("how long it took, or has taken so far; empty before it starts")
    ended: str = told("when it ended, in words; empty before")
    why: str = told("why it came to nothing; empty where it did not")
    place: str = told("where that is wrong: file, key; empty where nowhere")
    mend: str = told("what to do about it")
    study: int | None = told("the study it published")
    address: str = told("Both desks as that study shows it; empty where there is none")
    cancelling: bool = told("somebody has cancelled it, and its process is about to end")


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A cadence at which a study is asked for."""

    id: int = told("its key")
    words: str = told("when, and as of when")
    on: bool = told("whether it is on")
    following: str = told("when it next falls due, in words; empty where it is off")
    who: str = told("who made it")


@dataclass(frozen=True, slots=True)
class LivePart:
    """Studies in the making."""

    runs: tuple[RunRow, ...] = told("those that are not over: the one that is being made, then those that wait")
    mark: str = told("changes when one of them starts, ends, or comes to wait")
    worker: bool = told("whether a process is there that makes them")


@dataclass(frozen=True, slots=True)
class StudiesPage:
    """What did we know then, and what is being made?"""

    study: Head | None = told("which study is current; null before the first one")
    sentence: str = told("the answer in a sentence")
    studies: tuple[StudyRow, ...] = told("every published study, latest first")
    before: int | None = told("the study to compare from; null where there are not two")
    after: int | None = told("the study to compare with")
    live: LivePart = told("studies in the making")
    runs: tuple[RunRow, ...] = told("runs that are over, latest first")
    pages: Turning = told("the pages of that table")
    schedules: tuple[ScheduleRow, ...] = told("schedules, those that are on first")
    timezone: str = told("the project's time zone, in which schedules fall due")
    may_change: bool = told("whether the reader may run, cancel and schedule")
    step: str = told("the command that makes a study")
    trouble: Problem | None = told("what is wrong with the project or its current study; null where nothing is", default=None)
    doing: str = told("the form that was sent; empty where none was", default="")
    sent: dict[str, str] = told("what was typed into it", default_factory=dict)
    problem: Problem | None = told("what was wrong with it; null where nothing was", default=None)


ROOMS = (
    ("Both desks", "desks:both"),
    ("My desk", "desks:mine"),
    ("Life cycle", "desks:life-cycle"),
    ("Ledger", "desks:ledger"),
    ("Issues", "desks:issues"),
    ("In whose words", "desks:themes"),
    ("Journeys", "desks:journeys"),
    ("Marketing or service", "desks:answers"),
    ("Charter", "charter:charter"),
    ("Purview", "desks:purview"),
    ("Measures", "desks:measures"),
    ("Customers", "desks:customers"),
    ("Sources", "desks:sources"),
    ("Studies", "studies:studies"),
)


def head_of(opened: OpenStudy, here: str) -> Head:
    """The head of a page; links keep to this study where it is not the current one."""
    entry, manifest = opened.entry, opened.study.manifest
    charter = opened.study.reading.charter
    return Head(
        name=manifest.name,
        number=entry.number,
        current=entry.current,
        as_of=opened.as_of,
        as_of_words=wording.moment(opened.as_of, opened.zone),
        timezone=manifest.timezone,
        charter=f"charter version {charter.version}, {wording.counted(len(charter.in_force_lines), 'line')}"
        if charter.lines
        else "no charter",
        published="" if entry.published_at is None else wording.moment(entry.published_at, opened.zone),
        rooms=tuple(
            Link(words, address(reverse(name), study=None if entry.current else entry.number), current=name == here)
            for words, name in ROOMS
        ),
    )

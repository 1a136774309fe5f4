"""What every page on a study receives about the study itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, told
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy


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


ROOMS = (
    ("Both desks", "desks:both"),
    ("My desk", "desks:mine"),
    ("Life cycle", "desks:life-cycle"),
    ("Ledger", "desks:ledger"),
    ("Issues", "desks:issues"),
    ("In whose words", "desks:themes"),
    ("Journeys", "desks:journeys"),
    ("Marketing or service", "desks:answers"),
    ("Purview", "desks:purview"),
    ("Customers", "desks:customers"),
    ("Sources", "desks:sources"),
    ("Studies", "desks:studies"),
    ("Numbers", "desks:numbers"),
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
        charter=f"charter version {charter.version}, {wording.counted(len(charter.lines), 'line')}" if charter.lines else "no charter",
        published="" if entry.published_at is None else wording.moment(entry.published_at, opened.zone),
        rooms=tuple(
            Link(words, address(reverse(name), study=None if entry.current else entry.number), current=name == here)
            for words, name in ROOMS
        ),
    )

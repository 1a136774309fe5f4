"""What My desk receives."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import PartCount, Period, Sentence
from troth.workspace.issues.contexts import ChangeRow, Waiting
from troth.workspace.parts.contexts import Link, Owner, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class MyArea:
    """The parts of the account one area owns."""

    area: Owner = told("the area, with its aspect in the charter")
    keeps: int = told("promises due that it keeps")
    broken: int = told("those of them that were broken")
    rows: str = told("address of the broken ones")
    delivery: PartCount = told("the delivery part of them, in broken promises: the area’s own")
    standard: PartCount = told("the standard part of them: the area’s, with both officers as sponsors")
    made: int = told("promises due that it made")
    expectation: PartCount = told("the expectation-setting part of those: the officer’s whose area made them")


@dataclass(frozen=True, slots=True)
class MyDesk:
    """What is mine, and what do I owe?"""

    study: Head = told("which study this is")
    name: str = told("the reader’s name")
    roles: tuple[str, ...] = told("titles of the roles they hold")
    sentence: Sentence = told("how many asks there are, and how many are late")
    common: Sentence = told("what both officers have before them, told to an officer; empty where that is nothing, and for others")
    both: str = told("address of Both desks on this study, where that stands")
    period: Period = told("the period the parts speak of")
    choose: tuple[Link, ...] = told("areas the desk can be narrowed to, where the reader has several")
    areas: tuple[MyArea, ...] = told("parts of the account that the reader’s areas own")
    no_areas: str = told("why there are none; empty where there are")
    asks: tuple[Waiting, ...] = told("issues the reader’s roles own, and what waits for them, the most pressing first")
    since: str = told("when the reader looked before; empty where never")
    changes: tuple[ChangeRow, ...] = told("what others did since, the latest first")
    more: int = told("how many changes there are beside those")

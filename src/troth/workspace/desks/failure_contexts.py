"""What the page of an issue's failures receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Pages
from troth.workspace.parts.contexts import Link, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One failure: one episode in which somebody was let down."""

    who: str = told("the customer, or the subject where nobody is named")
    address: str = told("what happened to them; empty where neither is known")
    subject: str = told("what it is about")
    what: str = told("what it leads with")
    began: str = told("when it began, in words")
    ended: str = told("when its last event was, in words")
    where: str = told("stage, touchpoint and area, as far as known")
    followed: str = told("what followed, in words")


@dataclass(frozen=True, slots=True)
class FailuresPage:
    """Who was let down, and how?"""

    study: Head = told("which study this is")
    title: str = told("which failures these are")
    issue: str = told("the issue in words")
    back: str = told("address of the issue")
    rows: tuple[FailureRow, ...] = told("the failures of this page")
    pages: Pages = told("where the reader is")
    exports: tuple[Link, ...] = told("all of them as a file")

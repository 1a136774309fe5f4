"""What the page of occasions receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Pages
from troth.workspace.parts.contexts import told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class OccasionRow:
    """One occasion on which the event could take place."""

    when: str = told("when it was, in words")
    who: str = told("the customer, or the subject where nobody is named; empty where neither is known")
    address: str = told("what happened to them; empty where nobody is known")
    subject: str = told("what it is about")
    event: bool = told("whether the event took place")
    met: str = told("what had gone wrong before, in words; empty where nothing had")
    row: str = told("source and row it was read from")


@dataclass(frozen=True, slots=True)
class OccasionsPage:
    """On which occasions? Those behind a count of an answer."""

    study: Head = told("which study this is")
    title: str = told("how many occasions these are")
    of: str = told("what they have in common, in words")
    question: str = told("the question")
    back: str = told("address of the answer")
    rows: tuple[OccasionRow, ...] = told("the occasions of this page, the latest first")
    pages: Pages = told("where the reader is")

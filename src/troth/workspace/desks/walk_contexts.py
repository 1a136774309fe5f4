"""What the page of journeys behind a number receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Pages
from troth.workspace.parts.contexts import told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class WalkRow:
    """One journey, or one moment of it: a move that was made, an interaction."""

    journey: str = told("what the journey is about")
    who: str = told("whose it is; empty where nobody is named")
    address: str = told("what happened to them; empty where nobody is known")
    began: str = told("when it began, or when it was, in words")
    ended: str = told("when its last step was, in words; empty of a moment")
    steps: int | None = told("how many steps it has; null of a moment")


@dataclass(frozen=True, slots=True)
class WalksPage:
    """Whose journeys are these?"""

    study: Head = told("which study this is")
    title: str = told("how many, and of what")
    of: str = told("what they have in common, in words")
    moments: bool = told("whether the rows are moves or interactions, rather than journeys")
    back: str = told("address of the page of journeys")
    rows: tuple[WalkRow, ...] = told("those of this page, the latest first")
    pages: Pages = told("where the reader is")

"""What the page of texts receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Pages
from troth.workspace.parts.contexts import told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text that was read."""

    when: str = told("when it was written, in words; empty where the study does not keep it")
    who: str = told("who wrote it, or the subject where nobody is named; empty where neither is known")
    address: str = told("what happened to them; empty where nobody is known")
    subject: str = told("what it is about")
    text: str = told("the words, masked; empty where the study does not keep them")
    language: str = told("their language, as a page declares it; empty where it is not known")
    theme: str = told("name of its theme; empty where it has none")
    theme_address: str = told("the theme; empty where it has none")
    row: str = told("source and row it was read from")


@dataclass(frozen=True, slots=True)
class TextsPage:
    """Who wrote it, and what in full? The texts behind a figure."""

    study: Head = told("which study this is")
    title: str = told("which texts these are, and how many")
    of: str = told("what they have in common, in words")
    back: str = told("address of the page the figure stands on")
    rows: tuple[TextRow, ...] = told("the texts of this page, the latest first")
    pages: Pages = told("where the reader is")

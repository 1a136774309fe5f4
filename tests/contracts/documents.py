"""Reading our own documents: headings, links, code blocks, cited fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.contracts.source_tree import ROOT

DOCS = ROOT / "docs"
NUMBERS = DOCS / "numbers"


@cache
def documents() -> tuple[Path, ...]:
    """Every document for readers: those at the top, all of ``docs/`` and the examples' own."""
    return (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md")))


def text_of(document: Path) -> str:
    """The whole text."""
    return document.read_text(encoding="utf-8")


def prose_of(document: Path) -> str:
    """The text without fenced code."""
    return re.sub(r"(?ms)^```.*?^```$", "", text_of(document))


def fenced(document: Path, language: str) -> Iterator[tuple[int, str]]:
    """Fenced blocks of one language, with the line each begins on."""
    text = text_of(document)
    for found in re.finditer(rf"(?ms)^```{language}\n(.*?)^```$", text):
        yield text.count("\n", 0, found.start(1)), found[1]


def sections(document: Path) -> dict[str, str]:
    """Text under each heading of level two or three."""
    pieces = re.split(r"(?m)^###? +(.+)$", text_of(document))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def anchors(document: Path) -> set[str]:
    """The fragments its headings answer to, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ +(.+)$", prose_of(document))
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}


def links(document: Path) -> Iterator[str]:
    """Relative targets of links and pictures."""
    prose = prose_of(document)
    targets = (*re.findall(r"\]\(([^)\s]+)\)", prose), *re.findall(r"(?:src|srcset|href)=\"([^\"]+)\"", prose))
    yield from (target for target in targets if not re.match(r"[a-z]+:", target))

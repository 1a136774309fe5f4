"""Words are documented, once, and mean what the code means."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path

import pytest

from tests.contracts.documents import DOCS, anchors, documents, links, prose_of, sections, text_of
from tests.contracts.source_tree import ROOT, modules
from troth.terms import charter, errors, tables, vocabulary

NOUNS = [
    "customer",
    "charter",
    "line",
    "cell",
    "area",
    "role",
    "touchpoint",
    "interaction",
    "signal",
    "promise",
    "receipt",
    "failure",
    "issue",
    "initiative",
    "case",
    "measure",
    "digest",
    "cost",
    "study",
    "verdict",
    "finding",
    "segment",
    "persona",
    "driver",
    "effect",
]
ENUMS: list[type[StrEnum]] = [
    kind
    for kind in vars(vocabulary).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == vocabulary.__name__
]
GLOSSARY = re.findall(r"(?m)^- \*\*(.+?)\*\*: \S", text_of(DOCS / "glossary.md"))


def error_tree(base: type[errors.TrothError] = errors.TrothError) -> list[type[errors.TrothError]]:
    """The base error and every class below it."""
    return [base, *(below for child in base.__subclasses__() if child.__module__ == errors.__name__ for below in error_tree(child))]


def test_every_noun_is_in_the_glossary() -> None:
    assert [noun for noun in NOUNS if noun not in GLOSSARY] == []


def test_every_word_the_data_may_hold_is_in_the_glossary() -> None:
    words = {str(word) for kind in ENUMS for word in kind}
    assert {"KEPT", "deadline", "expectation-setting"} <= words
    assert sorted(words - set(GLOSSARY)) == []


def test_every_key_of_a_charter_line_is_in_the_glossary() -> None:
    assert [key for key in charter.KEYS if key not in GLOSSARY] == []


def test_a_word_is_defined_once() -> None:
    assert [word for word, times in Counter(GLOSSARY).items() if times > 1] == []


@pytest.mark.parametrize("error", error_tree(), ids=lambda error: error.__name__)
def test_every_error_stands_with_its_exit_code(error: type[errors.TrothError]) -> None:
    table = sections(DOCS / "commands.md")["Exit codes"]
    [code] = re.findall(rf"(?m)^\| (\d) \|.*`{error.__name__}`", table)
    assert int(code) == error.exit_code


def test_sections_cited_in_docstrings_exist() -> None:
    headings = set(re.findall(r"(?m)^#{2,3} ([a-i](?:\.?\d+)?) ", text_of(DOCS / "domain.md")))
    capabilities = set(re.findall(r"(?m)^\| (S\d\.\d+) \|", text_of(DOCS / "domain.md")))
    cited: dict[str, str] = {}
    for name, module in modules().items():
        text = module.path.read_text(encoding="utf-8")
        for reference in re.findall(r"domain\.md ((?:[a-i](?:\.?\d+)?\b(?:, | and | to |; )?)+)", text):
            cited |= dict.fromkeys(re.findall(r"\b[a-i](?:\.?\d+)?\b", reference), name)
        cited |= dict.fromkeys(re.findall(r"\bS[0-4]\.\d+\b", text), name)
    assert {"c5", "S4.18"} <= cited.keys()
    assert {section: name for section, name in cited.items() if section not in headings | capabilities} == {}


def test_documents_named_in_the_source_exist() -> None:
    named = {path for module in modules().values() for path in re.findall(r"\bdocs/[\w/.-]+\.md", module.path.read_text(encoding="utf-8"))}
    assert named
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(document: Path) -> None:
    broken = []
    for link in links(document):
        path, _, fragment = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (fragment and target.suffix == ".md" and fragment not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_tells_the_reader_that_a_thing_is_easy(document: Path) -> None:
    assert (
        re.findall(r"(?i)\b(?:easy|easily|easier|simply|obviously|straightforward|effortless(?:ly)?|seamless(?:ly)?)\b", prose_of(document))
        == []
    )


def test_the_readme_fits_a_screen_and_names_targets_that_exist() -> None:
    readme = text_of(ROOT / "README.md")
    assert len(readme.splitlines()) <= 60
    targets = set(re.findall(r"(?m)^([a-z-]+):", text_of(ROOT / "Makefile")))
    named = set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", readme + text_of(ROOT / "CONTRIBUTING.md")))
    assert {"demo", "demo-flights", "test"} <= named <= targets


def test_every_column_of_the_history_a_study_keeps_is_documented() -> None:
    told = dict(re.findall(r"(?m)^\| `(\w+)` \| (.+) \|$", sections(DOCS / "documents.md")["History"]))
    assert told == {column.name: column.help for column in tables.HISTORY}

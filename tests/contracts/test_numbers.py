"""A page per number: every figure a result holds has a page, and every page computes what it says."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.documents import NUMBERS, fenced, sections, text_of
from troth.engine import findings
from troth.engine.attribution import answers
from troth.engine.charters import agreed_lines, feasibility, live, missing
from troth.engine.effects import result as effects
from troth.engine.guards import result as guards
from troth.engine.issues import result as issues
from troth.engine.issues import spell
from troth.engine.journeys import findings as journey_findings
from troth.engine.journeys import overview
from troth.engine.localisation import causes
from troth.engine.mechanisms import result as mechanisms
from troth.engine.money import result as money
from troth.engine.purview import result as purview
from troth.engine.voice import results as words
from troth.project import charter_changes, comparison
from troth.terms import tables, vocabulary

PAGES = sorted(page for page in NUMBERS.glob("*.md") if page.name != "README.md")
SECTIONS = ["Formula", "Source", "Pitfalls", "Worked example", "What it is not"]
FOUND_IN = (
    findings,
    causes,
    effects,
    issues,
    spell,
    mechanisms,
    answers,
    money,
    import_module("troth.engine.money.returns"),
    import_module("troth.engine.attribution.lost_sales"),
    journey_findings,
    overview,
    purview,
    guards,
    words,
    comparison,
    agreed_lines,
    feasibility,
    missing,
    live,
    charter_changes,
)
"""Modules whose results have their fields on pages."""

RESULTS: list[type[Any]] = [
    kind
    for module in FOUND_IN
    for kind in vars(module).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__ and not kind.__name__.startswith("_")
]
INTERNAL = {"Findings", "Side", "Occasions", "LostRows", "Asked", "Evidence", "Behind", "Guards"}
"""``Findings`` is the table the others stand in; ``Side`` is how a comparison looks at one study; ``Occasions`` are asked of, and so is
a charter (``Asked``), of its ``Evidence``; ``LostRows`` are what lost sales are summed from; ``Behind`` is how journeys are found again;
``Guards`` hold all measures of a study."""


def cited(page: Path) -> set[str]:
    """The fields a page names in its **Fields** line."""
    [line] = re.findall(r"(?m)^\*\*Fields\*\* (.+)$", text_of(page))
    return set(re.findall(r"`([A-Za-z]+\.\w+)`", line))


def exists(field: str) -> bool:
    """Is there such an attribute in a result, a type of the vocabulary, or a table contract?"""
    owner, name = field.split(".")
    contract = getattr(tables, owner, None)
    if isinstance(contract, tuple):
        return name in tables.names(contract)
    kind: Any = next((getattr(module, owner) for module in (*FOUND_IN, vocabulary) if hasattr(module, owner)), None)
    return kind is not None and (name in getattr(kind, "__dataclass_fields__", ()) or hasattr(kind, name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_five_sections(page: Path) -> None:
    assert list(sections(page)) == SECTIONS
    assert all(body.strip() for body in sections(page).values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_computes_what_it_says(page: Path) -> None:
    blocks = list(fenced(page, "pycon"))
    assert blocks, "a worked example is Python that runs"
    parser, runner, names = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False), dict[str, Any]()
    for line, block in blocks:
        example = parser.get_doctest(block, names, page.name, str(page), line)
        said: list[str] = []
        outcome = runner.run(example, out=said.append, clear_globs=False)
        names = example.globs
        assert outcome.attempted > 0
        assert outcome.failed == 0, "".join(said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_fields_that_exist(page: Path) -> None:
    assert [field for field in sorted(cited(page)) if not exists(field)] == []


def test_every_field_of_a_result_has_a_page() -> None:
    named = set().union(*map(cited, PAGES))
    every = {
        f"{kind.__name__}.{field.name}"
        for kind in RESULTS
        if kind.__name__ not in INTERNAL
        for field in fields(kind)
        if not field.name.startswith("_")
    }
    assert len(every) > 40
    assert sorted(every - named) == []


def test_the_index_lists_every_page_once() -> None:
    listed = re.findall(r"\]\(([\w-]+)\.md\)", text_of(NUMBERS / "README.md"))
    assert sorted(listed) == [page.stem for page in PAGES]


@pytest.mark.parametrize(
    ("page", "reasons"), [("row-accounting", tables.REASONS), ("what-changed", comparison.REASONS)], ids=["set aside", "changed"]
)
def test_every_reason_is_listed_as_it_is_worded(page: str, reasons: dict[str, str]) -> None:
    rows = re.findall(r"(?m)^\| (.+?) \| (.+?) \|$", text_of(NUMBERS / f"{page}.md"))
    assert reasons
    assert dict(rows[1:]) == reasons  # below the heading

"""Where in the life cycle we break our word: each stage and area with what was agreed, kept and led; empty cells look empty."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import troth
from tests.workspace.conftest import Shop, served
from tests.workspace.happenings import AS_OF, EARLIER, write_happenings
from tests.workspace.test_browser import ARGUMENTS, SCHEMES, WIDTHS, violations
from tests.workspace.test_customers import NOW
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words

if TYPE_CHECKING:
    from django.test import Client

WHOLE = {"period": "all"}


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The corner shop, whose charter lists four stages."""
    folder = write_happenings(tmp_path_factory.mktemp("stages") / "shop")
    project = troth.open(folder)
    project.run(EARLIER, at=NOW)
    return Shop(folder, project.run(AS_OF, at=NOW).study)


@pytest.fixture
def desk(corner: Shop, reader: Client) -> Iterator[Client]:
    """Someone who reads the pages of the corner shop."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=corner.folder):
        yield reader


def cells(page: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(stage["name"], cell["area"]): cell for stage in page["stages"] for cell in stage["cells"]}


def test_stages_stand_in_the_charters_order_and_areas_in_their_lanes(desk: Client) -> None:
    page = data(desk, "/journey/", **WHOLE)
    assert [stage["name"] for stage in page["stages"]] == ["order", "fulfilment", "support", "membership"]
    assert [(lane["group"], lane["name"]) for lane in page["lanes"]] == [
        ("Brand & marketing", "Marketing"),
        ("Service", "Service"),
        ("Operating areas", "Fulfilment"),
        ("Operating areas", "Finance"),
    ]


def test_every_promise_due_is_in_one_cell(desk: Client, corner: Shop) -> None:
    """Against the ledger, counted one cell at a time."""
    ledger = corner.study.ledger
    due = ledger.filter(ledger.in_cohort & ledger.eligible)
    counted = due.group_by("stage", "kept_by").aggregate(n=due.count(), broken=(due.verdict == "BROKEN").sum()).to_pyarrow().to_pylist()
    expected = {(row["stage"], row["kept_by"]): (row["n"], row["broken"]) for row in counted}
    page = data(desk, "/journey/", **WHOLE)
    assert {key: (cell["due"], cell["broken"]) for key, cell in cells(page).items() if cell["due"]} == expected
    assert {stage["name"]: stage["broken"] for stage in page["stages"]} == {"order": 0, "fulfilment": 4, "support": 1, "membership": 0}


def test_one_sentence_says_where(desk: Client) -> None:
    said = words(data(desk, "/journey/", **WHOLE)["sentence"])
    assert said.startswith("We break our word most at fulfilment: 4 of 5 broken promises (80%), most of them by Fulfilment; ")


def test_a_cell_holds_what_was_agreed_and_who_leads(desk: Client) -> None:
    found = cells(data(desk, "/journey/", **WHOLE))
    agreed = {one["promise"]: (one["words"], one["lead"]) for one in found["fulfilment", "Fulfilment"]["agreements"]}
    assert agreed == {"delivery date": ("6 days, keep 90%", "Fulfilment"), "all in the box": ("keep 50%", "")}
    answer = found["support", "Service"]
    assert (answer["agreements"][0]["words"], answer["leads"]) == ("nothing agreed", "")


def test_an_empty_cell_looks_empty_and_one_nobody_leads_says_so(desk: Client) -> None:
    page = data(desk, "/journey/", **WHOLE)
    empty = cells(page)["order", "Finance"]
    assert (empty["due"], empty["kept"], empty["address"]) == (0, None, "")
    assert words(page["beside"]) == "Nobody leads 1 cell: Service at support. In 1 cell nothing is agreed."
    shown = desk.get("/journey/", WHOLE).text
    assert shown.count("stage-cell vacant") == 14
    assert shown.count("stage-cell unowned") == 1


def test_the_parts_of_the_drawing_add_up_to_the_broken_promises(desk: Client) -> None:
    page = data(desk, "/journey/", **WHOLE)
    assert sum(part["value"] for part in page["parts"]) == pytest.approx(5, abs=0.5)


def test_cells_open_their_rows_in_the_ledger(desk: Client) -> None:
    cell = cells(data(desk, "/journey/", **WHOLE))["fulfilment", "Fulfilment"]
    counts = [
        desk.get(f"{cell_rows}&format=json").json()["data"]["pages"]["count"] for cell_rows in (cell["broken_rows"], cell["kept"]["rows"])
    ]
    assert counts == [cell["broken"], cell["due"]]
    assert desk.get(cell["address"]).status_code == 200


def test_the_issues_of_a_cell_are_those_most_of_whose_failures_lie_there(reader: Client, shop: Shop) -> None:
    """A shop that names no stage has one column, and all of its issues in it."""
    page = data(reader, "/journey/", **WHOLE)
    assert [stage["name"] for stage in page["stages"]] == ["no stage on record"]
    listed = [link["address"] for cell in cells(page).values() for link in cell["issues"]]
    assert sorted(listed) == sorted(f"/issues/{one.where['issue']}/" for one in shop.study.issues if one.rank)
    assert "No promise names its stage yet" in visible(reader.get("/journey/").text)


def test_neither_page_is_taken_for_the_other(desk: Client) -> None:
    assert "Journeys: what customers went through" in visible(desk.get("/journey/").text)
    assert "Life cycle" in visible(desk.get("/journeys/").text)


def test_the_cells_can_be_taken_along(desk: Client) -> None:
    rows = list(csv.DictReader(body(desk.get("/journey/", {**WHOLE, "format": "csv"})).decode().splitlines()))
    found = cells(data(desk, "/journey/", **WHOLE))
    assert {(row["stage"], row["area"]): int(row["due"]) for row in rows} == {
        key: cell["due"] for key, cell in found.items() if cell["due"]
    }
    assert body(desk.get("/journey/", {**WHOLE, "format": "parquet"}))[:4] == b"PAR1"


def test_every_field_of_the_document_is_explained(desk: Client) -> None:
    helps = desk.get("/journey/", {"format": "json"}).json()["help"]
    assert [field for field, sentence in helps.items() if not sentence] == []


@pytest.mark.chromium
def test_the_page_shuts_nobody_out(corner: Shop) -> None:
    """In both schemes and widths: axe finds nothing and nothing scrolls sideways; on a phone one stage stands below the other."""
    from playwright.sync_api import sync_playwright

    with served(corner) as (origin, link, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        page = browser.new_context(reduced_motion="reduce").new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(link)
        page.wait_for_url(f"{origin}/")
        page.goto(f"{origin}/journey/?period=all")
        places: dict[int, list[dict[str, float]]] = {}
        for scheme in SCHEMES:
            for width in WIDTHS:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                assert violations(page) == [], (scheme, width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
                places[width] = page.evaluate("[...document.querySelectorAll('.strip-stage')].map(e => e.getBoundingClientRect().toJSON())")
        assert len({place["top"] for place in places[1280]}) == 1
        assert len({place["left"] for place in places[390]}) == 1
        assert page.pdf()[:5] == b"%PDF-"
        browser.close()
    assert said == []

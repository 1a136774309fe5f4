"""Journeys: what came after what, where people went no further, and how many walked the map; on the page and as a file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

import pytest

import troth
from tests.projects import NOW, PATHS, WALL, write_walks
from tests.workspace.conftest import Shop, served
from tests.workspace.test_browser import ARGUMENTS, SCHEMES, WIDTHS, violations
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.engine.journeys import Journeys

if TYPE_CHECKING:
    from django.test import Client

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose steps are on record: study 1 without a map, study 2, the current one, with it."""
    folder = write_walks(tmp_path_factory.mktemp("walks") / "shop", wall=None)
    rows = (folder / "steps.csv").read_text()
    (folder / "steps.csv").write_text(rows + f'900,s900,c1,"{SCRIPT}",2024-02-01 10:00:00,shop,no,,\n')
    troth.open(folder).run("2024-06-30", at=NOW)
    (folder / "journeys.toml").write_text(WALL)
    return Shop(folder, troth.open(folder).run("2024-06-30", at=NOW).study)


@pytest.fixture
def walked(walks: Shop, reader: Client) -> Iterator[Client]:
    """Someone who reads the pages of the walks."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=walks.folder):
        yield reader


@pytest.fixture
def found(walks: Shop) -> Journeys:
    """What the study says."""
    return walks.study.journeys


def test_the_page_says_in_whole_numbers_what_became_of_the_journeys(walked: Client, found: Journeys) -> None:
    page = data(walked, "/journeys/")
    assert words(page["sentence"]) == (
        "Of 81 journeys of 40 people on record, 24 went straight to an end of the map, 38 stopped on the way, 19 left the map, "
        "and 0 are under way."
    )
    assert page["journeys"] == found.journeys == sum(PATHS.values()) + 1
    assert page["read"] == page["used"] + sum(found.set_aside.values())


def test_the_moves_are_those_of_the_study_with_their_times_in_words(walked: Client, found: Journeys) -> None:
    page = data(walked, "/journeys/")
    assert [(row["source"], row["target"], row["moves"], row["people"]) for row in page["moves"]] == [
        (one.source, one.target, one.moves, one.people) for one in found.moves
    ]
    assert {(row["source"], row["target"]): row["place"] for row in page["moves"]} == {
        ("visit", "order"): "on the map",
        ("order", "delivery"): "on the map",
        ("order", "contact"): "off the map",
        ("contact", "delivery"): "off the map",
    }
    assert {row["median"] for row in page["moves"]} == {"24 h 00 min"}


def test_drop_off_adds_up_and_says_how_many_people_it_was(walked: Client) -> None:
    page = data(walked, "/journeys/")
    drops = {row["step"]: row for row in page["drops"]}
    for row in (drops["visit"], drops["order"]):
        assert row["reached"] == row["went_on"] + row["dropped"] + row["under_way"]
    assert (drops["visit"]["dropped"], drops["order"]["dropped"], drops["order"]["people"]) == (30, 8, 8)
    assert (drops["delivery"]["ends"], drops["delivery"]["share"]["text"]) == (True, "journeys may end here")
    assert words(page["drop_sentence"]).startswith("Most went no further after “visit”: 30 of 74 that came so far.")


def test_the_table_says_what_the_picture_draws(walked: Client) -> None:
    page = data(walked, "/journeys/")
    drawn = {row["key"] for row in page["picture"]["wide"]["datasets"]["rows"] if row["what"] == "line"}
    assert drawn == {f"{row['source']} to {row['target']}" for row in page["moves"]}
    shown = walked.get("/journeys/").text
    assert shown.count("<svg") >= 4
    for row in page["moves"]:
        assert f"{row['source']} → {row['target']}" in visible(shown)


def test_ways_off_the_map_are_told_in_words_and_scenarios_with_their_interval(walked: Client) -> None:
    page = data(walked, "/journeys/")
    assert {row["words"]: row["journeys"] for row in page["deviations"]} == {
        "Took a step that is not on the map": 13,
        "Began elsewhere than the map": 7,
        "Left out “visit” and came to a later step": 6,
    }
    told = {(row["at"], row["expected_words"], row["instead"]): (row["journeys"], row["people"]) for row in page["departures"]}
    assert told
    shown = visible(walked.get("/journeys/").text)
    for (at, expected, instead), (count, _) in told.items():
        assert re.search(rf"{at or 'the start'} {re.escape(expected)} {re.escape(instead)} [a-z ]+ {count}", shown)
    (scenario,) = page["scenarios"]
    assert (scenario["started"], scenario["succeeded"], scenario["within"]) == (50, 30, "9 days")
    assert scenario["end_to_end"]["text"] == "60.0%"
    assert scenario["end_to_end"]["low"] < 0.6 < scenario["end_to_end"]["high"]
    assert "show-stopper: 12" in scenario["reasons"]


def test_the_cordon_counts_what_lies_outside_the_charter(walked: Client) -> None:
    page = data(walked, "/journeys/")
    assert words(page["cordon"]).startswith("Of 59 interactions at touchpoints that are not marketing's, 17 lie outside the map")
    assert {row["name"]: (row["whose"], row["mapped"]) for row in page["touchpoints"]} == {
        "shop": ("marketing's", "on the map"),
        "door": ("not marketing's", "on the map"),
        "phone": ("not in the charter", "outside it"),
        "mail": ("not in the charter", "outside it"),
    }


def test_without_a_map_the_page_says_what_would_map_it(walked: Client) -> None:
    page = data(walked, "/journeys/", study="1")
    assert words(page["sentence"]).startswith("Of 86 journeys of 40 people on record, 30 walked the most frequent path, “visit”")
    assert (page["mapped"], page["deviations"], page["scenarios"]) == (False, [], [])
    shown = visible(walked.get("/journeys/?study=1").text)
    assert "No journey is mapped yet. [[steps]] in journeys.toml" in shown
    assert "[[scenarios]] in journeys.toml" in shown


def test_without_interactions_the_page_says_what_fills_it(reader: Client) -> None:
    page = visible(reader.get("/journeys/").text)
    assert "No journey is on record, so there is nothing to follow yet." in page
    assert "[[interactions]] in sources/*.toml" in page
    assert "then troth run" in page
    assert data(reader, "/journeys/")["picture"] is None


def test_text_from_the_data_is_text_on_the_page(walked: Client) -> None:
    page = walked.get("/journeys/").text
    assert SCRIPT not in page
    assert SCRIPT in visible(page)


@pytest.mark.parametrize(
    "of", ["moves", "variants", "drop-off", "departures", "deviations", "scenarios", "steps", "conformance", "touchpoints", "cordon"]
)
def test_every_table_can_be_taken_along(walked: Client, found: Journeys, of: str) -> None:
    rows = list(csv.DictReader(body(walked.get("/journeys/", {"of": of, "format": "csv"})).decode().splitlines()))
    assert len(rows) == len(found.table_of(of)) > 0
    assert body(walked.get("/journeys/", {"of": of, "format": "parquet"}))[:4] == b"PAR1"


def test_the_links_of_the_page_open_and_keep_to_an_older_study(walked: Client) -> None:
    for further in ({}, {"study": "1"}):
        for link in data(walked, "/journeys/", **further)["exports"]:
            assert ("study=1" in link["address"]) == bool(further)
            answer = walked.get(link["address"])
            assert answer.status_code == 200
            answer.close()


@pytest.mark.parametrize(
    ("address", "mend"),
    [
        ("/journeys/?of=mooves", "did you mean “moves”?"),
        ("/journeys/?of=mooves&format=csv", "did you mean “moves”?"),
        ("/journeys/?format=xlsx", "use one of"),
        ("/journeys/?of=scenarios&format=csv&study=1", "[[scenarios]] in journeys.toml"),
    ],
)
def test_a_wrong_address_is_told_the_mend(walked: Client, address: str, mend: str) -> None:
    answer = walked.get(address)
    assert answer.status_code == 400
    assert mend.lower() in unescape(answer.text).lower()


def test_every_field_of_the_document_is_explained(walked: Client) -> None:
    helps = walked.get("/journeys/", {"format": "json"}).json()["help"]
    assert [field for field, sentence in helps.items() if not sentence] == []


@pytest.mark.chromium
def test_the_page_shuts_nobody_out(walks: Shop) -> None:
    """In both schemes and widths, with a map and without: axe finds nothing, nothing scrolls sideways, and it prints."""
    from playwright.sync_api import sync_playwright

    with served(walks) as (origin, link, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        page = browser.new_context(reduced_motion="reduce").new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(link)
        page.wait_for_url(f"{origin}/")
        page.goto(f"{origin}/journeys/")
        behind = page.locator("a[href^='/journeys/walked/']").first.get_attribute("href")
        for path in ("/journeys/", "/journeys/?study=1", str(behind)):
            page.goto(origin + path)
            for scheme in SCHEMES:
                for width in WIDTHS:
                    page.emulate_media(color_scheme=scheme)
                    page.set_viewport_size({"width": width, "height": 900})
                    assert violations(page) == [], (path, scheme, width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
                    assert page.locator("main tbody tr" if path == behind else "figure.picture svg:visible").count() >= 1
        assert page.pdf()[:5] == b"%PDF-"
        browser.close()
    assert said == []

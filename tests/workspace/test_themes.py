"""In whose words: themes in their groups, what goes along with them, what is newly said, and what waits for a decision."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import troth
from tests.projects import AS_OF, EARLIER, NOW, write_shop
from tests.worded import write_notes
from tests.workspace.conftest import Shop, served
from tests.workspace.test_browser import SCHEMES, WIDTHS, violations
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.engine.findings import Findings
from troth.engine.voice.results import Spoken, StudyTheme
from troth.intake.decisions import read_curation, read_review

if TYPE_CHECKING:
    from django.test import Client

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose customers wrote, with its studies as of May and June."""
    folder = write_notes(write_shop(tmp_path_factory.mktemp("words") / "shop"))
    troth.open(folder).run(EARLIER, at=NOW)
    return Shop(folder, troth.open(folder).run(AS_OF, at=NOW).study)


@pytest.fixture
def here(workspace: Shop, worded: Shop) -> Iterator[Shop]:
    """The workspace serves the shop whose customers wrote."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=worded.folder):
        yield worded


def test_the_page_says_in_whole_numbers_what_people_write_about(reader: Client, here: Shop) -> None:
    page = data(reader, "/themes/")
    read = here.study.texts_read
    assert read is not None
    said = words(page["sentence"])
    assert said.startswith(f"Of {read.counted:,} texts read, {read.counted - read.none:,} are about {len(here.study.themes)} themes in ")
    assert here.study.themes[0].name in said
    assert "by their spelling" in words(page["reading"])


def test_every_theme_stands_in_one_group_with_its_share_its_weeks_and_words(reader: Client, here: Shop) -> None:
    page = data(reader, "/themes/")
    rows = [row for group in page["groups"] for row in group["themes"]]
    assert sorted(row["key"] for row in rows) == sorted(theme.where["theme"] for theme in here.study.themes)
    for group in page["groups"]:
        assert group["texts"] == sum(row["texts"] for row in group["themes"])
        assert [row["texts"] for row in group["themes"]] == sorted((row["texts"] for row in group["themes"]), reverse=True)
    for row in rows:
        assert row["low"] <= row["share"] <= row["high"]
        assert len(row["weeks"]) == 26
        assert 1 <= len(row["quotes"]) <= 3
    html = reader.get("/themes/").text
    assert html.count('<svg class="bars"') == len(rows)
    assert "In their words" in visible(html)


def test_a_failure_goes_along_with_a_theme_and_is_never_its_cause(reader: Client, here: Shop) -> None:
    page = data(reader, "/themes/", sort="failures")
    first = page["groups"][0]["themes"][0]
    assert first["along"][0]["failure"] == "delivery date"
    assert first["along"][0]["points"].startswith("+")
    told = visible(reader.get("/themes/").text) + visible(reader.get("/themes/", {"theme": first["key"]}).text)
    assert "Goes along with" in told
    assert re.findall(r"\b(?:caused by|caused|leads to|due to|drives|the effect of)\b", told) == []
    assert "says nothing of cause" in told


def test_one_theme_opens_in_full(reader: Client, here: Shop) -> None:
    theme = here.study.themes[0]
    page = data(reader, "/themes/", theme=str(theme.where["theme"]))
    card = page["theme"]
    assert page["groups"] == []
    assert [week["texts"] for week in card["weeks"]] == list(theme.weeks)
    assert card["weeks"][-1]["words"] == "24 to 30 June 2024"
    assert [one["failure"] for one in card["along"]] == [one.failure for one in theme.lifts]
    assert card["picture"]["wide"]["datasets"]["rows"][-1]["sentence"].startswith("24 to 30 June 2024")
    names = read_curation(tomllib.loads(card["lines"]), "curation.toml")["names"]
    assert names[0]["theme"] == theme.where["theme"]
    html = reader.get("/themes/", {"theme": str(theme.where["theme"])}).text
    assert f"<h1>{theme.name}</h1>" in html


def test_what_is_newly_said_stands_first_with_its_rate_of_false_alarms(reader: Client, here: Shop) -> None:
    page = data(reader, "/themes/")
    assert any("locker" in one["name"].lower() for one in page["alert"])
    assert "1.0% of cases if nothing changed" in page["alert_notes"][0]
    assert "in the half year before" in words(page["alert"][0]["sentence"])
    quiet = data(reader, "/themes/", study="1")
    assert not any("locker" in one["name"].lower() for one in quiet["alert"])


def test_a_statement_says_what_was_said_and_the_lines_that_decide_on_it(reader: Client, here: Shop, tmp_path: Path) -> None:
    (row,) = data(reader, "/themes/")["statements"]
    assert row["words"] == "I was told it would arrive within 3 days."
    assert (row["level"], row["kind"], row["told_by"]) == ("duration: 3 days", "they were told so", "the company")
    assert read_review(tomllib.loads(row["lines"]), "review.toml")["decisions"][0]["key"] == row["key"]
    decided = Path(shutil.copytree(here.folder, tmp_path / "decided", ignore=shutil.ignore_patterns(".troth")))
    (decided / "review.toml").write_text(row["lines"])
    troth.open(decided).run(AS_OF, at=NOW)
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=decided):
        page = data(reader, "/themes/")
        assert page["statements"] == []
        assert words(page["statements_sentence"]) == "0 statements wait for a decision; of 1 decided on, 1 is accepted."


def test_texts_on_record_are_read_or_set_aside(reader: Client, here: Shop) -> None:
    facts = {fact["name"]: int(fact["text"].replace(",", "")) for fact in data(reader, "/themes/")["accounted"]}
    assert facts["Texts on record"] == facts["Read"] + facts["No words"]


def test_many_groups_come_a_page_at_a_time(reader: Client, here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.desks import themes

    whole = data(reader, "/themes/")["groups"]
    assert len(whole) > 1
    monkeypatch.setattr(themes, "GROUPS", 1)
    parts = [data(reader, "/themes/", page=str(number))["groups"] for number in range(1, len(whole) + 1)]
    assert [group for part in parts for group in part] == whole
    assert reader.get("/themes/", {"page": len(whole) + 1}).status_code == 400


def test_the_themes_can_be_taken_along(reader: Client, here: Shop) -> None:
    rows = list(csv.DictReader(body(reader.get("/themes/?format=csv")).decode().splitlines()))
    assert [row["theme"] for row in rows] == [theme.where["theme"] for theme in here.study.themes]
    assert body(reader.get("/themes/?format=parquet"))[:4] == b"PAR1"


WRONG = {
    "/themes/?sort=larges": (400, "did you mean “largest”?"),
    "/themes/?theme=t0": (404, "there is no theme “t0”"),
    "/themes/?theme=%00": (404, "there is no theme"),
    "/themes/?format=xlsx": (400, "use one of"),
    "/themes/?study=99": (404, "the studies are 1, 2"),
}


@pytest.mark.parametrize(("address", "expected"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_address_is_told_the_mend(reader: Client, here: Shop, address: str, expected: tuple[int, str]) -> None:
    from html import unescape

    status, mend = expected
    answer = reader.get(address)
    assert answer.status_code == status
    assert mend.lower() in unescape(answer.text).lower()


def test_before_anybody_wrote_the_page_says_what_fills_it(reader: Client, shop: Shop, workspace: Shop) -> None:
    page = visible(reader.get("/themes/").text)
    assert "Nobody’s words are on record yet" in page
    assert "One step fills it: a source with [[signals]] that have a text , and troth run" in page
    assert reader.get("/themes/?format=csv").status_code == 400
    assert reader.get("/themes/?theme=t0").status_code == 404


def test_too_few_words_are_told_as_too_few(reader: Client, workspace: Shop, tmp_path: Path) -> None:
    folder = write_notes(write_shop(tmp_path / "shop"))
    (folder / "notes.csv").write_text("note_id,customer,order_id,written_at,text\nn1,c1,,2024-05-02 10:00:00,It was late.\n")
    troth.open(folder).run(AS_OF, at=NOW)
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=folder):
        page = visible(reader.get("/themes/").text)
    assert "1 text is on record, and no theme can be told." in page
    assert "too few to find themes in" in page


def test_text_from_the_data_is_text_on_the_page(reader: Client, here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.studies.reading import OpenStudy

    first, *others = here.study.themes
    odd = replace(first, name=SCRIPT, group_name=SCRIPT, quotes=(Spoken(SCRIPT, "other"),))
    found = Findings[StudyTheme]((odd, *others), ("theme",), (SCRIPT,))
    monkeypatch.setattr(OpenStudy, "themes", lambda _: found)
    for address in ("/themes/", f"/themes/?theme={first.where['theme']}"):
        page = reader.get(address)
        assert page.status_code == 200
        assert SCRIPT not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.fixture(scope="module")
def worded_server(worded: Shop) -> Iterator[tuple[str, str]]:
    """The workspace of the shop whose customers wrote, as its own process: its origin, and the one-time link it printed."""
    with served(worded) as (origin, link, _):
        yield origin, link


@pytest.mark.chromium
def test_no_page_of_words_shuts_anybody_out(worded: Shop, worded_server: tuple[str, str]) -> None:
    """In both schemes and widths: axe finds nothing, nothing scrolls sideways, and printed it is light with its words open."""
    from playwright.sync_api import sync_playwright

    from tests.workspace.test_browser import ARGUMENTS

    origin, link = worded_server
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.goto(link)
        page.wait_for_url(f"{origin}/")
        for path in ("/themes/", f"/themes/?theme={worded.study.themes[0].where['theme']}", "/themes/texts/?of=read"):
            page.goto(origin + path)
            for scheme, width in product(SCHEMES, WIDTHS):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                assert violations(page) == [], (path, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        browser.close()

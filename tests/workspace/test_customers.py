"""What happened to a customer: everything on record in order, as it was known at any moment, and nobody found by guessing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

import troth
from tests.workspace.conftest import Shop, served
from tests.workspace.happenings import AS_OF, EARLIER, write_happenings
from tests.workspace.test_browser import ARGUMENTS, SCHEMES, WIDTHS, violations
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words

if TYPE_CHECKING:
    from django.test import Client

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The corner shop as of March, and, current, as of June."""
    folder = write_happenings(tmp_path_factory.mktemp("corner") / "shop")
    project = troth.open(folder)
    project.run(EARLIER, at=NOW)
    return Shop(folder, project.run(AS_OF, at=NOW).study)


@pytest.fixture
def desk(corner: Shop, reader: Client) -> Iterator[Client]:
    """Someone who reads the pages of the corner shop."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=corner.folder):
        yield reader


def moments(page: dict[str, Any], kind: str) -> dict[str, tuple[str, ...]]:
    """Subject to the titles and verdicts of one kind of entry."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in page["entries"]:
        if entry["kind"] == kind:
            told = tuple(" ".join(part for part in (line["title"], line["verdict"]) if part) for line in entry["lines"])
            found[entry["subject"]] = found.get(entry["subject"], ()) + told
    return found


def test_the_page_says_in_whole_numbers_what_became_of_the_promises(desk: Client, corner: Shop) -> None:
    ledger = corner.study.ledger
    mine = ledger.filter(ledger.customer == "ann").verdict.value_counts().to_pyarrow().to_pylist()
    assert {row["verdict"]: row["verdict_count"] for row in mine} == {"KEPT": 2, "EXCEEDED": 3, "BROKEN": 5, "PENDING": 2}
    page = data(desk, "/customers/ann/")
    assert words(page["sentence"]) == "Customer ann: of 12 promises, 5 were kept, 5 were broken and 2 still open."


def test_everything_on_record_stands_in_the_order_it_happened(desk: Client) -> None:
    page = data(desk, "/customers/ann/")
    times = [entry["at"] for entry in page["entries"] if entry["at"]]
    assert times == sorted(times)
    assert page["entries"][0]["kind"] == "interaction"  # the visit of February, before anything was promised
    assert moments(page, "promised")["a1"] == ("“all in the box”", "“delivery date”", "“first answer”")
    assert moments(page, "received") == {
        "a1": ("“first answer” Exceeded", "“all in the box” Kept", "“delivery date” Kept"),
        "a2": ("“first answer” Broken", "“all in the box” Broken", "“delivery date” Broken"),
        "a3": ("“first answer” Exceeded",),
        "a4": ("“first answer” Exceeded",),
    }
    assert moments(page, "overdue") == {"a3": ("“all in the box” Broken", "“delivery date” Broken")}
    assert moments(page, "cost") == {"a2": ("refund: USD 12",)}
    assert [line["title"] for entry in page["coming"] for line in entry["lines"]] == ["“all in the box”", "“delivery date”"]


def test_a_promise_is_told_with_how_late_it_came_and_what_was_missing(desk: Client) -> None:
    rows = {(row["name"], row["subject"]): row for row in data(desk, "/customers/ann/")["promises"]}
    assert rows["delivery date", "a2"]["difference"] == "32 h 00 min late"
    assert rows["all in the box", "a2"]["difference"] == "2 parts received, 3 parts promised"
    assert rows["delivery date", "a3"]["received"] == ""
    assert rows["delivery date", "a1"]["state"] == "good"


def test_the_page_as_of_a_moment_holds_nothing_known_later(desk: Client) -> None:
    """On 13 March at noon the delivery of a2 was overdue, its late receipt, the box and the words were all still to come."""
    page = data(desk, "/customers/ann/", at="2024-03-13T12:00")
    assert words(page["sentence"]) == "Customer ann: of 6 promises, 3 were kept and 3 were broken."
    assert {row["name"]: (row["verdict"], row["received"]) for row in page["promises"] if row["subject"] == "a2"} == {
        "delivery date": ("Broken", ""),
        "all in the box": ("Broken", ""),
        "first answer": ("Broken", "13 March 2024, 10:00"),
    }
    assert [entry["kind"] for entry in page["entries"] if entry["kind"] in {"signal", "cost"}] == []
    earlier = data(desk, "/customers/ann/", at="2024-03-11T09:00")
    assert {row["name"]: row["verdict"] for row in earlier["promises"] if row["subject"] == "a2"} == {
        "delivery date": "Pending",
        "all in the box": "Pending",
        "first answer": "Pending",
    }


def test_what_was_known_at_a_moment_is_what_a_study_of_that_moment_says(desk: Client) -> None:
    """An oracle of its own: the study made as of the end of 13 March."""
    then = data(desk, "/customers/ann/", at="2024-03-13T23:59:59.999999")
    made_then = data(desk, "/customers/ann/", study="1")
    key = ("name", "subject", "verdict", "received")
    assert [[row[name] for name in key] for row in then["promises"]] == [[row[name] for name in key] for row in made_then["promises"]]


def test_when_they_came_to_us_it_says_how_our_word_stood(desk: Client) -> None:
    page = data(desk, "/customers/ann/")
    called = next(entry for entry in page["entries"] if entry["kind"] == "interaction" and entry["subject"] == "a2")
    assert called["lines"][0]["known"] == ["3 promises broken at that moment"]


def test_words_are_masked_in_every_format(desk: Client) -> None:
    shown = desk.get("/customers/ann/").text
    assert "[e-mail]" in shown
    for text in (shown, desk.get("/customers/ann/?format=json").text, body(desk.get("/customers/ann/?format=csv")).decode()):
        assert "ann@example.org" not in text
        assert "555 0187" not in text


def test_times_are_the_readers_and_beside_them_the_customers(desk: Client) -> None:
    first = data(desk, "/customers/ann/")["entries"][0]
    assert (first["day"], first["time"]) == ("20 February 2024", "09:00")
    assert first["theirs"] == "20 February 2024, 23:00 where they are (Asia/Tokyo)"
    assert data(desk, "/customers/bob/")["entries"][0]["theirs"] == ""


def test_a_receipt_that_answers_nothing_is_marked_and_the_share_told_with_n(desk: Client) -> None:
    """Nine came on their promises' rows, three of four scans answer a promise, one none; one scan was set aside."""
    page = data(desk, "/customers/", subject="zz")
    assert page["entries"][0]["lines"][0]["details"] == ["no promise: it answers none on record"]
    said = words(data(desk, "/sources/")["receipts"])
    assert said == (
        "Of 13 receipts read, 92.3% are joined to a promise or marked “no promise”: 11 answer one, 1 answer none, "
        "1 row of receipts was set aside."
    )


def test_a_search_opens_exactly_the_id_written_or_none(desk: Client) -> None:
    assert desk.get("/customers/", {"q": "ann"})["location"] == "/customers/ann/"
    assert desk.get("/customers/", {"q": "a2"})["location"] == "/customers/ann/?subject=a2"
    assert desk.get("/customers/", {"q": "walk-in"})["location"] == "/customers/?subject=walk-in"
    for guess in ("an", "ANN", "ann%", "a", "nobody"):
        answer = desk.get("/customers/", {"q": guess})
        assert answer.status_code == 404
        assert "exactly as its source does" in unescape(answer.text)


@pytest.mark.parametrize(
    ("address", "status", "mend"),
    [
        ("/customers/nobody/", 404, "ids are never guessed"),
        ("/customers/ann/?subject=b1", 404, "has nothing on record about “b1”"),
        ("/customers/ann/?at=yesterday", 400, "write a day as 2012-01-31"),
        ("/customers/ann/?at=2025-01-01", 400, "make a later study"),
        ("/customers/ann/?format=xlsx", 400, "use one of"),
        ("/customers/?subject=nothing", 404, "ids are never guessed"),
        ("/customers/%00/", 400, "leave it out"),
    ],
)
def test_a_wrong_address_is_told_the_mend(desk: Client, address: str, status: int, mend: str) -> None:
    answer = desk.get(address)
    assert answer.status_code == status
    assert mend.lower() in unescape(answer.text).lower()


def test_rows_of_the_ledger_and_failures_of_an_issue_open_their_customer(reader: Client, shop: Shop) -> None:
    for row in data(reader, "/ledger/promises/", state="broken")["rows"][:3]:
        assert reader.get(row["address"]).status_code == 200
    key = shop.study.issues[0].where["issue"]
    page = data(reader, f"/issues/{key}/failures/")
    assert page["pages"]["count"] == shop.study.issues[0].failures
    assert all(reader.get(row["address"]).status_code == 200 for row in page["rows"][:3])


def test_text_from_the_data_is_text_on_the_page(desk: Client) -> None:
    page = desk.get("/customers/?subject=walk-in").text
    assert "<script>alert(1)</script>" not in page
    assert "<script>alert(1)</script> is the shop open?" in visible(page)


def test_the_timeline_can_be_taken_along(desk: Client) -> None:
    page = data(desk, "/customers/ann/")
    rows = list(csv.DictReader(body(desk.get("/customers/ann/?format=csv")).decode().splitlines()))
    assert len(rows) == sum(len(entry["lines"]) for entry in (*page["entries"], *page["coming"]))
    assert body(desk.get("/customers/ann/?format=parquet"))[:4] == b"PAR1"


def test_the_links_of_the_page_open_and_keep_to_an_older_study(desk: Client) -> None:
    page = data(desk, "/customers/ann/", study="1")
    links = [*(entry["then"] for entry in page["entries"]), *(link["address"] for link in page["subjects"])]
    assert links
    for link in links:
        assert "study=1" in link
        assert desk.get(link).status_code == 200


def test_every_field_of_the_document_is_explained(desk: Client) -> None:
    for path in ("/customers/ann/", "/customers/"):
        helps = desk.get(path, {"format": "json"}).json()["help"]
        assert [field for field, sentence in helps.items() if not sentence] == []


def test_a_study_without_history_says_what_brings_it(reader: Client, shop: Shop) -> None:
    somebody = shop.study.ledger.customer.min().to_pyarrow().as_py()
    assert "run it again, to have them here" in visible(reader.get(f"/customers/{somebody}/").text)


@pytest.mark.chromium
def test_the_pages_shut_nobody_out(corner: Shop) -> None:
    """In both schemes and widths: axe finds nothing, nothing scrolls sideways, and a time tells the customer's on focus."""
    from playwright.sync_api import sync_playwright

    with served(corner) as (origin, link, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        page = browser.new_context(reduced_motion="reduce").new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(link)
        page.wait_for_url(f"{origin}/")
        for path in ("/customers/", "/customers/ann/", "/customers/ann/?at=2024-03-13T12:00", "/customers/?subject=zz"):
            page.goto(origin + path)
            for scheme in SCHEMES:
                for width in WIDTHS:
                    page.emulate_media(color_scheme=scheme)
                    page.set_viewport_size({"width": width, "height": 900})
                    assert violations(page) == [], (path, scheme, width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
        page.goto(f"{origin}/customers/ann/")
        time = page.locator(".entry-when .number a").first
        time.focus()
        assert "where they are (Asia/Tokyo)" in page.locator(".entry-when [role=tooltip]").first.inner_text()
        assert page.locator(".entry-when [role=tooltip]").first.is_visible()
        browser.close()
    assert said == []

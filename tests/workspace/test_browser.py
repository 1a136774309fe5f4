"""In Chromium: no page fails axe at either width and in either scheme, everything is reached by keyboard, reading needs no scripts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.workspace.conftest import Shop, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.chromium

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"
)  # fmt: skip
PAGES = {
    "both desks": "/",
    "both desks, cross-fitted": "/?mode=cross-fitted",
    "ledger": "/ledger/?by=lane&compare=before&since=2024-04",
    "promises": "/ledger/promises/?state=broken",
    "what changed, by mechanism": "/ledger/change/?before=2024-02&after=2024-05",
    "a change that cannot be told": "/ledger/change/?before=2023-01&after=2024-05",
    "issues": "/issues/",
    "issues by pain": "/issues/?sort=pain",
    "in whose words, before anybody wrote": "/themes/",
    "texts, before anybody wrote": "/themes/texts/",
    "an issue": "/issues/{issue}/",
    "my desk": "/my-desk/",
    "journeys, of which there are none": "/journeys/",
    "interactions, of which there are none": "/journeys/walked/?of=interactions",
    "marketing or service": "/answers/",
    "occasions": "/answers/occasions/",
    "purview": "/purview/",
    "measures": "/measures/",
    "life cycle": "/journey/",
    "customers": "/customers/",
    "a customer": "/customers/{customer}/",
    "failures of an issue": "/issues/{issue}/failures/",
    "design": "/design/",
    "sources": "/sources/",
    "set aside": "/sources/set-aside/",
    "studies": "/studies/",
    "what changed": "/studies/compare/?before=1&after=2",
    "numbers": "/numbers/",
    "a number": "/numbers/break-account/",
    "an error": "/ledger/?by=nothing",
}
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def server(shop: Shop, database: str) -> Iterator[tuple[str, str]]:
    """The shop's workspace as its own process, on SQLite and on PostgreSQL: its origin, and the one-time link it printed."""
    with served(shop, database=database) as (origin, link, _):
        yield origin, link


@pytest.fixture(scope="module")
def session(browser: Browser, server: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of someone who followed the printed link, kept in a file."""
    origin, link = server
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.wait_for_url(f"{origin}/")
    file = tmp_path_factory.mktemp("browser") / "session.json"
    context.storage_state(path=file)
    context.close()
    return file


@pytest.fixture
def visit(browser: Browser, server: tuple[str, str], session: Path) -> Iterator[Callable[..., Page]]:
    """Opens a page as someone who is signed in."""
    contexts: list[BrowserContext] = []

    def to(path: str, *, width: int = 1280, **settings: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, storage_state=session, **settings)
        contexts.append(context)
        page = context.new_page()
        page.goto(server[0] + path)
        return page

    yield to
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = (
        Axe()
        .run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
        .response["violations"]
    )
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_no_page_shuts_anybody_out(browser: Browser, server: tuple[str, str], session: Path, shop: Shop, database: str, path: str) -> None:
    """In both schemes and widths: axe finds nothing, nothing scrolls sideways, the browser complains of nothing and asks nobody else.

    Where people are kept changes no colour and no width: on PostgreSQL each page is looked at once.
    """
    context = browser.new_context(reduced_motion="reduce", storage_state=session)  # so that a scheme is on at once
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(server[0]) else said.append(f"asked elsewhere: {request.url}"))
    somebody = shop.study.ledger.customer.min().to_pyarrow().as_py()
    page.goto(server[0] + path.format(issue=shop.study.issues[0].where["issue"], customer=somebody))
    for scheme, width in islice(product(SCHEMES, WIDTHS), 1 if database else None):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
        assert violations(page) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    context.close()
    assert [sentence for sentence in said if "400 (Bad Request)" not in sentence] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_shuts_nobody_out(browser: Browser, server: tuple[str, str], scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(server[0])
    assert "one-time link" in page.inner_text("h1")
    assert violations(page) == []
    context.close()


def test_reading_needs_no_scripts(browser: Browser, server: tuple[str, str], session: Path) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=session)
    page = context.new_page()
    page.goto(server[0])
    assert page.inner_text("h1").startswith("Of ")
    assert page.locator("figure.picture svg").first.is_visible()
    page.goto(f"{server[0]}/ledger/")
    page.select_option("#by", "lane")
    page.click("form.controls button")
    assert page.locator("thead th").first.inner_text() == "Lane"
    context.close()


def test_a_link_signs_in_without_scripts_too(browser: Browser, shop: Shop, server: tuple[str, str], database: str) -> None:
    program = (
        "from pathlib import Path; from troth.workspace import sign_in_link; from troth.workspace.configuration import Configuration;"
        f"print(sign_in_link(Configuration(Path({str(shop.folder)!r}), origin={server[0]!r}, database={database!r})))"
    )
    link = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.click("main button")
    assert page.inner_text("h1").startswith("Of ")
    context.close()


def test_a_figure_tells_its_basis_on_hover_and_on_focus_and_lets_go_with_escape(visit: Callable[..., Page]) -> None:
    page = visit("/")
    figure = page.locator(".figure .number").first
    tip = figure.locator("[role=tooltip]")
    assert not tip.is_visible()
    figure.hover()
    assert tip.is_visible()
    for word in ("95% interval", "n ", "coverage", "as of"):
        assert word in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.mouse.move(0, 0)
    figure.locator("a").focus()
    assert tip.is_visible()


def test_the_keyboard_reaches_everything_in_order(visit: Callable[..., Page]) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reachable = page.locator("main a:visible, main select:visible, main button:visible, main summary:visible").count()
    seen: set[str] = set()
    for _ in range(reachable + 30):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(e => e.closest('main') && ['A','SELECT','BUTTON','SUMMARY'].includes(e.tagName)"
            " ? [...document.querySelectorAll('*')].indexOf(e) + '' : '')(document.activeElement)"
        )
        if where:
            seen.add(where)
    assert len(seen) == reachable


def test_choosing_a_slice_answers_in_place(visit: Callable[..., Page]) -> None:
    page = visit("/ledger/?by=month")
    page.select_option("#by", "lane")
    page.wait_for_url("**by=lane**")
    assert page.locator("thead th").first.inner_text() == "Lane"


PRINTED = {"both desks": 703, "ledger": 1032, "an issue": 703, "purview": 703, "measures": 703, "life cycle": 703, "issues": 1032}
"""Page to the width of its paper between the margins, in CSS pixels: A4, upright, or lying where a table has ten columns."""

CUT = """() => [...document.querySelectorAll('main table, main .picture svg, main .strip-stage')]
  .filter(one => one.getBoundingClientRect().width && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", PRINTED)
def test_nothing_is_cut_at_the_edge_of_a_printed_page(visit: Callable[..., Page], shop: Shop, name: str) -> None:
    page = visit(PAGES[name].format(issue=shop.study.issues[0].where["issue"]), width=PRINTED[name])
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    totals = page.evaluate("[...document.querySelectorAll('tfoot')].map(one => getComputedStyle(one).display)")
    assert set(totals) <= {"table-row-group"}, "a total stands at the foot of every sheet"
    closed = page.locator("main details:not(.as-table):not(.no-print) > *:not(summary)")
    assert [one for one in closed.all() if not one.is_visible() and one.evaluate("e => !e.closest('.no-print, form, .controls')")] == []


def test_print_is_light_and_leaves_the_controls_out(visit: Callable[..., Page]) -> None:
    page = visit("/", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator(".rooms").is_visible()
    assert not page.locator("form.controls").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf()[:5] == b"%PDF-"

"""The charter in Chromium: nobody is shut out, the keyboard alone signs, and a line is changed without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Literal

import pytest

from tests.workspace.agreements import BRAND, SERVICE, run, write_company
from tests.workspace.conftest import Shop, copied, served
from tests.workspace.test_browser import SCHEMES, WIDTHS, violations
from tests.workspace.test_serving import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium

DRAFTED = """
from django.utils import timezone
from tests.workspace import agreements as a
from tests.workspace.seats import sit
from troth.workspace.people import operations as people
from troth.workspace.timeline.operations import TERMINAL

brand, service = sit("brand-officer"), sit("service-officer")
draft = a.opened_draft(brand.client)
new = {"promise": "delivery date", "stage": "fulfilment", "standard": "6 days", "keep_target": "90%", "may_promise": "yes"}
brand.client.post(f"/charter/versions/{draft.pk}/lines", new)
line = a.line_on(draft, "delivery date")
service.client.post(f"/charter/lines/{line.pk}/objections", {"party": a.SERVICE, "reason": "not before the second shift"})
found["draft"], found["line"] = draft.pk, line.pk
for one in (brand, service):
    found[one.person.name] = people.issue_link(person=one.person, actor=TERMINAL, at=timezone.now())
"""


@dataclass(frozen=True)
class Drafted:
    """A workspace that runs, with a draft a party objects to.

    :param links: a one-time link per officer.
    """

    origin: str
    draft: int
    line: int
    links: dict[str, str]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A company nobody has opened the workspace of."""
    folder = write_company(tmp_path_factory.mktemp("company") / "company", orders=200)
    return Shop(folder, run(folder))


@pytest.fixture(scope="module")
def drafted(company: Shop, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafted]:
    shop = copied(company, tmp_path_factory.mktemp("drafted") / "company")
    found = report(shop, DRAFTED, database=database)
    with served(shop, database=database) as (origin, _, _):
        links = {name: str(found[name]) for name in ("Bea Brand", "Sol Service")}
        yield Drafted(origin, int(str(found["draft"])), int(str(found["line"])), links)


@pytest.fixture(scope="module")
def officers(browser: Browser, drafted: Drafted) -> dict[str, object]:
    """The cookies of both officers."""
    kept: dict[str, object] = {}
    for name, link in drafted.links.items():
        context = browser.new_context()
        page = context.new_page()
        page.goto(drafted.origin + link)
        page.wait_for_url(f"{drafted.origin}/")
        kept[name] = context.storage_state()
        context.close()
    return kept


def visit(browser: Browser, drafted: Drafted, cookies: object, path: str, *, scripts: bool = True) -> Page:
    context = browser.new_context(storage_state=cookies, java_script_enabled=scripts, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(drafted.origin + path.format(draft=drafted.draft, line=drafted.line))
    return page


@pytest.mark.parametrize(
    "path",
    [
        "/charter/",
        "/charter/?version=2",
        "/charter/lines/{line}/",
        "/charter/versions/",
        "/charter/versions/{draft}/lines?promise=answer",
        "/charter/versions/{draft}/terms",
        "/charter/versions/{draft}/sign",
    ],
)
def test_no_page_of_the_charter_shuts_anybody_out(
    browser: Browser, drafted: Drafted, officers: dict[str, object], database: str, path: str
) -> None:
    page = visit(browser, drafted, officers["Sol Service"], path)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    scheme: Literal["light", "dark"]
    for scheme, width in islice(product(SCHEMES, WIDTHS), 1 if database else None):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], (scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    assert said == []
    page.context.close()


def test_a_light_tells_its_reason_on_hover_and_on_focus(browser: Browser, drafted: Drafted, officers: dict[str, object]) -> None:
    page = visit(browser, drafted, officers["Bea Brand"], "/charter/?version=2")
    light = page.locator(".lights .number").nth(1)
    tip = light.locator("[role=tooltip]")
    assert not tip.is_visible()
    light.hover()
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.mouse.move(0, 0)
    light.locator("[tabindex]").focus()
    assert tip.is_visible()
    assert "When:" in tip.inner_text()
    page.context.close()


def test_two_officers_change_a_line_one_without_scripts_and_the_second_sees_both(
    browser: Browser, drafted: Drafted, officers: dict[str, object]
) -> None:
    first = visit(browser, drafted, officers["Bea Brand"], "/charter/lines/{line}/", scripts=False)
    second = visit(browser, drafted, officers["Sol Service"], "/charter/lines/{line}/")
    first.fill("#standard", "7 days")
    first.click("button.primary")
    assert "Kept." in first.inner_text("[role=status]")
    second.fill("#standard", "9 days")
    second.fill("#lead", "Fulfilment")
    second.click("button.primary")
    assert "Bea Brand has changed this line" in second.inner_text("[role=alert]")
    assert [cell.inner_text() for cell in second.locator("table.beside tr.worst td").all()] == ["6 days", "7 days", "9 days"]
    assert violations(second) == []
    assert second.input_value("#standard") == "9 days"
    second.click("button.primary")
    assert "Kept." in second.inner_text("[role=status]")
    for page in (first, second):
        page.context.close()


def test_keyboard_alone_settles_and_signs_for_both_officers(browser: Browser, drafted: Drafted, officers: dict[str, object]) -> None:
    page = visit(browser, drafted, officers["Sol Service"], "/charter/lines/{line}/")
    reach(page, "input[name=reason]")
    page.keyboard.type("we agreed on the day")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    page.context.close()
    told = []
    for name, party in (("Bea Brand", BRAND), ("Sol Service", SERVICE)):
        page = visit(browser, drafted, officers[name], "/charter/versions/{draft}/sign")
        assert f"sign it for {party}" in page.inner_text("main")
        reach(page, "input[type=checkbox]")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        told.append(page.inner_text("[role=status]"))
        page.context.close()
    assert "stays a draft" in told[0]
    assert "written into the project" in told[1]


def reach(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until this is in focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}", pytrace=False)

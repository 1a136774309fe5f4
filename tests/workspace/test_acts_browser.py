"""What people do about issues, and about who may come in, in Chromium; on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from tests.workspace.conftest import Shop, copied, served
from tests.workspace.test_browser import SCHEMES, WIDTHS, violations
from tests.workspace.test_people import GOOD
from tests.workspace.test_serving import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium

SITTING = """
from django.utils import timezone
from tests.workspace.seats import sit
from troth.workspace.people import operations as people
from troth.workspace.timeline.operations import TERMINAL
for seat in ("brand-officer", "service-officer", "area-head", "administrator"):
    found[seat] = people.issue_link(person=sit(seat).person, actor=TERMINAL, at=timezone.now())
long = "Head of fulfilment, returns and whatever else is brought to customers at home and abroad"
people.add_role(title=long, seat="area-head", actor=TERMINAL, at=timezone.now())
"""

Visit = Callable[..., "Page"]


@pytest.fixture(scope="module")
def own(shop: Shop, database: str, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop, with a workspace in which nobody has done anything yet."""
    return copied(shop, tmp_path_factory.mktemp("acting") / "shop")


@pytest.fixture(scope="module")
def workspace_file(own: Shop, database: str) -> Path | None:
    """The file of its database; none where it is PostgreSQL."""
    return None if database else own.folder / ".troth" / "workspace.sqlite3"


@pytest.fixture(scope="module")
def acting(own: Shop, database: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Its workspace as its own process: its origin, and a one-time link per seat."""
    links = report(own, SITTING, database=database)
    with served(own, database=database) as (origin, _, _):
        yield origin, links


@pytest.fixture(scope="module")
def cookies(browser: Browser, acting: tuple[str, dict[str, object]]) -> dict[str, Any]:
    """Cookies per seat."""
    kept = {}
    for seat, link in acting[1].items():
        context = browser.new_context()
        page = context.new_page()
        page.goto(acting[0] + str(link))
        page.wait_for_url(f"{acting[0]}/")
        kept[seat] = context.storage_state()
        context.close()
    return kept


@pytest.fixture
def visit(browser: Browser, acting: tuple[str, dict[str, object]], cookies: dict[str, Any], shop: Shop) -> Iterator[Visit]:
    """Opens a page in a browser of its own, in a seat or, without one, as a stranger."""
    opened = []

    def to(path: str, seat: str = "", **settings: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", storage_state=cookies.get(seat), **settings)
        opened.append(context)
        page = context.new_page()
        page.goto(acting[0] + path.format(issue=shop.study.issues[0].where["issue"]))
        return page

    yield to
    for context in opened:
        context.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what holds these words, or has this id, is in focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        # A page without scripts of its own can be asked no script: the focused element is found by its role.
        focused = page.locator(":focus")
        if focused.count() and words in (focused.get_attribute("id") or focused.inner_text()):
            return
    pytest.fail(f"the keyboard does not reach “{words}”", pytrace=False)


@pytest.mark.parametrize(
    ("seat", "title", "scripts", "width"),
    [("brand-officer", "Chief marketing officer", False, 390), ("service-officer", "Chief service officer", True, 1280)],
    ids=["on a phone, without scripts", "at a desk, with scripts"],
)
def test_the_keyboard_alone_contests_a_share(visit: Visit, seat: str, title: str, *, scripts: bool, width: int) -> None:
    page = visit("/issues/{issue}/", seat, java_script_enabled=scripts, viewport={"width": width, "height": 900})
    tab_to(page, "Contest them")
    page.keyboard.press("Enter")
    tab_to(page, "reason")
    page.keyboard.type("The claim was the carrier’s.")
    tab_to(page, "evidence")
    page.keyboard.type("Its own estimate, in the rows.")
    tab_to(page, "Contest")
    page.keyboard.press("Enter")
    page.wait_for_url("**/shares**")
    assert f"{title} contests the shares" in page.inner_text("main")
    assert re.search(f"{title} contests? these shares, since", page.inner_text("main"))


def send_to(page: Page, path: str) -> None:
    """Send an empty form to an address, as a page that was changed by hand might."""
    page.evaluate(
        "path => { const form = document.createElement('form'); form.method = 'post'; form.action = path;"
        " document.body.append(form); form.submit() }",
        path,
    )


def signed_out(visit: Visit) -> Page:
    """What a form is answered that was sent after its session ended."""
    page = visit("/issues/{issue}/", "brand-officer")
    page.get_by_text("Propose another split").click()
    page.fill("#why-split", "seven of ten were late in the depot")
    page.context.clear_cookies()
    page.get_by_role("button", name="Put it to both officers").click()
    page.wait_for_url("**/shares**")
    return page


def locked(visit: Visit, database: Path) -> Page:
    """What a form is answered while the workspace's database is locked."""
    page = visit("/people/", "administrator")
    page.fill("#name", "Late Comer")
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with page.expect_response(lambda answer: answer.request.method == "POST", timeout=60_000) as answered:
            page.get_by_role("button", name="Invite").click(timeout=60_000)
        assert answered.value.status == 503
        page.wait_for_load_state()
    return page


def not_taken(visit: Visit) -> Page:
    """What a form is answered at an address that takes none."""
    page = visit("/ledger/", "brand-officer")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        send_to(page, "/ledger/")
    assert answered.value.status == 405
    page.wait_for_load_state()
    return page


REFUSED = {
    "403": "This page is not yours to see.",
    "404": "There is no such page.",
    "405": "",
    "503": "does not answer just now",
    "signed out": "You are signed out.",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_no_refusal_shuts_anybody_out(visit: Visit, workspace_file: Path | None, kind: str) -> None:
    """In both schemes and widths: axe finds nothing, and nothing scrolls sideways."""
    if kind == "503" and workspace_file is None:
        pytest.skip("the lock is SQLite's own; the page is the same")
    page = {
        "403": lambda: visit("/timeline/", "brand-officer"),
        "404": lambda: visit("/nowhere/at-all-of-a-very-long-address-that-somebody-mistyped-in-a-hurry/", "brand-officer"),
        "405": lambda: not_taken(visit),
        "503": lambda: locked(visit, workspace_file or Path()),
        "signed out": lambda: signed_out(visit),
    }[kind]()
    assert REFUSED[kind] in page.inner_text("main")
    for scheme, width in islice(product(SCHEMES, WIDTHS), None if workspace_file else 1):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"


def test_both_officers_agree_on_a_split_an_area_head_proposed(visit: Visit) -> None:
    head = visit("/issues/{issue}/", "area-head")
    head.get_by_text("Propose another split").click()
    for row, typed in enumerate((("Fulfilment", "70"), ("Marketing", "30")), 1):
        head.get_by_label(f"Area {row}", exact=True).fill(typed[0])
        head.get_by_label(f"Share of area {row}, per cent").fill(typed[1])
    for row in range(3, head.locator("table.splits tbody tr").count() + 1):
        head.get_by_label(f"Area {row}", exact=True).fill("")
        head.get_by_label(f"Share of area {row}, per cent").fill("")
    head.fill("#why-split", "seven of ten were late in the depot")
    head.get_by_role("button", name="Put it to both officers").click()
    assert "The split is put to both officers" in head.inner_text("[role=status]")
    told = []
    for seat in ("brand-officer", "service-officer"):
        page = visit("/issues/{issue}/", seat)
        page.get_by_role("button", name="Agree to this split").press("Enter")
        told.append(page.inner_text("[role=status]"))
    assert told == ["Your office agrees. It counts once the other officer agrees, too.", "Agreed: funding uses this split from now on."]
    card = visit("/issues/{issue}/", "service-officer")
    assert re.search(r"70(\.0)?%", card.get_by_role("row", name="Fulfilment").last.inner_text())


def test_a_refused_contest_puts_the_focus_on_what_is_wrong_and_looking_again_leads_to_the_card(visit: Visit) -> None:
    page = visit("/issues/{issue}/", "service-officer", java_script_enabled=False)
    page.get_by_text("Contest them").click()
    page.fill("#reason", "the claim was the carrier’s")
    page.get_by_role("button", name="Contest", exact=True).click()
    page.wait_for_url("**/shares")
    assert page.locator("[role=alert]:focus").count() == 1
    assert page.input_value("#reason") == "the claim was the carrier’s"
    card = page.url.removesuffix("shares")
    page.goto(page.url)
    assert page.url == card


def test_an_issue_gets_an_owner_and_a_day_and_the_second_of_two_is_told(visit: Visit) -> None:
    first, second = (visit("/issues/{issue}/", "brand-officer") for _ in range(2))
    for page in (first, second):
        page.select_option("#owner", label="Head of fulfilment")
        page.fill("#due", "2030-01-31")
        page.get_by_role("button", name="Decide").first.click()
    assert "It is decided now. Head of fulfilment sees to it, by 31 January 2030." in first.inner_text("[role=status]")
    assert second.locator(".banner.problem, [role=alert]").count() == 1
    assert "31 January 2030" in visit("/my-desk/", "area-head").inner_text("main")


@pytest.mark.parametrize("path", ["/issues/{issue}/", "/issues/", "/", "/my-desk/"])
def test_acts_shut_nobody_out(visit: Visit, database: str, path: str) -> None:
    """With every form open, in both schemes and widths; on PostgreSQL each page is looked at once."""
    page = visit(path, "brand-officer")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for scheme, width in islice(product(SCHEMES, WIDTHS), 1 if database else None):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"


def test_somebody_is_invited_gets_a_role_and_comes_in_by_password_and_code(visit: Visit) -> None:
    office = visit("/people/", "administrator")
    office.fill("#name", "Nia New")
    office.fill("#email", "nia@example.org")
    office.get_by_role("button", name="Invite").click()
    link = office.inner_text("[role=status] code")
    path = re.sub(r"^http://[^/]+", "", link)
    new = visit(path)
    new.fill("#password", GOOD)
    new.fill("#again", GOOD)
    new.keyboard.press("Enter")
    new.wait_for_url(lambda address: "/sign-in/" not in address)
    assert "You hold no role" in visit_on(new, "/account/")
    office.select_option("#seat-person", label="Nia New")
    office.select_option("#seat-role", label="Head of fulfilment")
    office.get_by_role("button", name="Give", exact=True).click()
    assert office.inner_text("[role=status]") == "Nia New holds “Head of fulfilment”."
    assert "Fulfilment" in visit_on(new, "/account/")
    new.get_by_role("button", name="Begin").click()
    new.fill("#code", pyotp.TOTP(new.inner_text("#factor ~ form .note code")).now())
    new.get_by_role("button", name="Turn on").click()
    spare = new.locator("#codes ~ ul code").first.inner_text()
    again = visit("/")
    again.fill("#name", "nia@example.org")
    again.fill("#password", GOOD)
    again.keyboard.press("Enter")
    again.fill("#code", spare)
    again.keyboard.press("Enter")
    again.wait_for_url(lambda address: "/sign-in/" not in address)
    assert "Head of fulfilment" in visit_on(again, "/account/")
    office.get_by_role("button", name="Deactivate Nia New").click()
    assert "can sign in no more" in office.inner_text("[role=status]")
    assert "Come in with your password" in visit_on(again, "/account/")


def visit_on(page: Page, path: str) -> str:
    """What the page says at another path of the same workspace."""
    page.goto(re.sub(r"(//[^/]+).*", rf"\1{path}", page.url))
    return page.inner_text("main")

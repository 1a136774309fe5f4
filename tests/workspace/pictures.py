"""Pictures of every page: at 1280 and at 390 px, light and dark, over a made shop.

``python -m tests.workspace.pictures FOLDER`` (or ``make pictures``) makes the shop, serves it, and writes one PNG per page, width and
scheme into the folder; ``--project`` takes a project that has a study already, ``--only`` the pages whose name holds a word.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

import troth
from tests.workspace.conftest import Shop, served
from tests.workspace.test_browser import ARGUMENTS, SCHEMES, WIDTHS
from troth.project.examples import find

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ORDERS = 6_000
"""Orders of the made shop: enough for issues, themes and answers."""
PATIENCE = 300_000
"""Milliseconds a page may take where the machine is busy."""
EARLIER, LATER = "2024-11-30", "2024-12-31"
NOW = datetime(2025, 1, 1, 8, tzinfo=UTC)


def addresses(study: troth.Study) -> dict[str, str]:
    """Name of a picture to the page it is of; one for every page there is."""
    issues = [issue.where["issue"] for issue in study.issues if issue.rank]
    ledger = study.ledger
    named = ledger.filter(ledger.customer.notnull() & (ledger.verdict == "BROKEN")).order_by("made_at", "source", "row").limit(1)
    broken = named.select(customer=named.customer.cast("string"), made_at=named.made_at).to_pyarrow().to_pylist()
    themes = [theme.where["theme"] for theme in study.themes]
    pages = {
        "both": "/",
        "both-cross-fitted": "/?mode=cross-fitted",
        "my-desk": "/my-desk/",
        "journey": "/journey/",
        "ledger": "/ledger/",
        "ledger-by-two": "/ledger/?by=kept_by&by=month",
        "rows": "/ledger/promises/?state=broken",
        "issues": "/issues/",
        "themes": "/themes/",
        "texts": "/themes/texts/",
        "occasions": "/answers/occasions/?answer=1",
        "journeys": "/journeys/",
        "answers": "/answers/",
        "purview": "/purview/",
        "measures": "/measures/",
        "change": "/ledger/change/",
        "customers": "/customers/",
        "sources": "/sources/",
        "set-aside": "/sources/set-aside/",
        "studies": "/studies/",
        "compare": "/studies/compare/?before=1&after=2",
        "numbers": "/numbers/",
        "number": "/numbers/break-account/",
        "design": "/design/",
        "charter": "/charter/",
        "charter-versions": "/charter/versions/",
        "people": "/people/",
        "account": "/account/",
        "api": "/api/",
        "record": "/timeline/",
        "problem": "/ledger/?by=nothing",
    }
    if issues:
        pages |= {"issue": f"/issues/{issues[0]}/", "failures": f"/issues/{issues[0]}/failures/"}
    if broken:
        whom = quote(broken[0]["customer"], safe="")
        pages |= {"customer": f"/customers/{whom}/", "customer-then": f"/customers/{whom}/?at={broken[0]['made_at']:%Y-%m-%dT%H:%M:%S}"}
    steps = [row.step for row in study.journeys.steps]
    pages["walks"] = f"/journeys/walked/?of=reached&step={quote(str(steps[0]), safe='')}" if steps else "/journeys/walked/"
    if themes:
        pages["theme"] = f"/themes/?theme={themes[0]}"
    return pages


def take(browser: Browser, origin: str, link: str, pages: dict[str, str], folder: Path) -> Iterator[Path]:
    """One picture per page, width and scheme, of the whole page; the sign-in page before anybody signed in."""
    folder.mkdir(parents=True, exist_ok=True)
    arrival = browser.new_context()
    arrival.set_default_timeout(PATIENCE)
    page = arrival.new_page()
    page.goto(link)
    page.wait_for_url(f"{origin}/")
    session = arrival.storage_state()
    arrival.close()
    for scheme, width in product(SCHEMES, WIDTHS):
        for names, state in ((["sign-in"], None), (list(pages), session)):
            viewport = {"width": width, "height": 900}
            context = browser.new_context(color_scheme=scheme, viewport=viewport, reduced_motion="reduce", storage_state=state)  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            for name in names:
                page.goto(origin + pages.get(name, "/"))
                file = folder / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=file, full_page=True)
                yield file
            context.close()


def made_shop(folder: Path) -> Shop:
    """A made shop with two studies."""
    example = find("shop")
    example.make(example.lay_out(folder), ORDERS)
    project = troth.open(folder)
    project.run(EARLIER, at=NOW)
    return Shop(folder, project.run(LATER, at=NOW).study)


def main(arguments: list[str]) -> int:
    """Take the pictures; say which."""
    asked = argparse.ArgumentParser(prog="python -m tests.workspace.pictures", description="Pictures of every page of the workspace.")
    asked.add_argument("folder", type=Path, help="where the pictures go")
    asked.add_argument("--project", type=Path, help="a project with a study; a made shop where left out")
    asked.add_argument("--only", default="", help="only pages whose name holds this word")
    given = asked.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory(prefix="troth-pictures-") as work:
        shop = made_shop(Path(work) / "shop") if given.project is None else Shop(given.project, troth.open(given.project).current())
        pages = {name: path for name, path in addresses(shop.study).items() if given.only in name}
        with served(shop) as (origin, link, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
            for file in take(browser, origin, link, pages, given.folder):
                sys.stdout.write(f"{file}\n")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The four checks on the kept rate: the Ledger shows what each finds, with its interval, and says why where there is nothing."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string

import troth
from tests.projects import AS_OF, NOW, write_shop
from tests.workspace.conftest import Shop
from tests.workspace.test_pages import visible
from troth.workspace.desks.sentences import plain

if TYPE_CHECKING:
    from troth.workspace.desks.contexts import LedgerPage
    from troth.workspace.studies.reading import OpenStudy

TROTH = """\
name = "Broadband"
timezone = "America/New_York"
currency = "USD"
"""

SOURCE = """\
read = "{file}.csv"
id = "id"

[[promises]]
name = "{name}"
type = "{type}"
customer = "customer"
made_at = "made"
received_at = "received_at"
value = "worth"
{more}
"""

MAPPINGS = {
    "speed": ("speed", "quality", 'due = "due"\npromised = "100"\nreceived = "level"\nquantifier = "up_to"'),
    "repairs": ("repair", "deadline", 'due = "due"'),
    "visits": ("visit", "window", 'due = "due"\nwindow_start = "window_start"'),
    "greetings": ("greeting", "deadline", 'due = "due"'),
}
"""File to the promise's name, its type and what else its mapping says."""

COLUMNS = ("id", "customer", "made", "due", "window_start", "received_at", "level", "worth")


def write_broadband(folder: Path) -> Path:
    """Speeds worded “up to” that 40% get, repairs stamped just before they are late, visits in windows, and greetings from March on."""
    dice = random.Random(7)
    (folder / "sources").mkdir(parents=True)
    (folder / "troth.toml").write_text(TROTH)
    rows: dict[str, list[tuple[object, ...]]] = {file: [] for file in MAPPINGS}
    for number in range(1200):
        made = datetime(2024, 1, 2, 9) + timedelta(hours=3.5 * number)
        who, worth = f"c{number % 300}", dice.choice((10, 40, 250))
        late = dice.gauss(-2.0, 6.0)
        late = -dice.uniform(0, 1.5) if 0 < late < 4 else late
        window = made + timedelta(days=5)
        arrived = window + timedelta(minutes=dice.gauss(60, 45)) if number % 20 else None
        rows["speed"].append((number, who, made, made + timedelta(days=1), "", made, 100 if number % 5 < 2 else 60, worth))
        rows["repairs"].append((number, who, made, made + timedelta(hours=72), "", made + timedelta(hours=72 + late), "", worth))
        rows["visits"].append((number, who, made, window + timedelta(hours=2), window, arrived or "", "", worth))
        if made.month >= 3:
            rows["greetings"] += [
                (f"{number}/{n}", who, made, made + timedelta(days=1), "", made + timedelta(hours=1), "", 1) for n in range(3)
            ]
    for file, (name, kind, more) in MAPPINGS.items():
        (folder / "sources" / f"{file}.toml").write_text(SOURCE.format(file=file, name=name, type=kind, more=more))
        with (folder / f"{file}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([COLUMNS, *rows[file]])
    return folder


def opened_in(folder: Path) -> OpenStudy:
    from troth.workspace.studies.reading import OpenStudy

    project = troth.open(folder)
    study = project.run(AS_OF, at=NOW).study
    return OpenStudy(study, project.shelf.current())


@pytest.fixture(scope="module")
def opened(workspace: Shop, tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """The broadband company, read by the workspace."""
    return opened_in(write_broadband(tmp_path_factory.mktemp("checks") / "broadband"))


def ledger_of(opened: OpenStudy, by: str = "name", weighting: str = "promise", **only: str) -> LedgerPage:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    return ledger_page(opened, Question(by=(by,), where=tuple(only.items())), Ask(weighting=weighting))


def test_a_claim_few_relied_on_is_said_neither_way(opened: OpenStudy) -> None:
    from dataclasses import replace

    from troth.engine.findings import Campaign, Figure, Findings
    from troth.workspace.desks.checks import _campaign, _campaigns
    from troth.workspace.desks.figures import Numbers
    from troth.workspace.studies.questions import Question

    (known,) = opened.study.campaigns()
    few = replace(known, got=2, share=Figure(None, n=2, clusters=2, method="too few"), kept=None)

    def said(*rows: Campaign) -> str:
        return plain(_campaigns(Findings(rows, ("name",)))).removesuffix(" Promises so worded stay out of the kept rate.")

    assert _campaign(few, Numbers(opened, Question())).holds == "too few to say"
    assert said(few) == "The one campaign here has too few buyers to say whether enough got what was said."
    assert said(few, few) == "All 2 campaigns have too few buyers to say whether enough got what was said."
    assert said(known, few) == (
        "The one campaign with enough buyers does not give enough buyers what was said. Of 1 more there are too few buyers to say."
    )


def test_a_claim_worded_up_to_shows_how_many_buyers_got_it(opened: OpenStudy) -> None:
    checks = ledger_of(opened).checks
    (campaign,) = opened.study.campaigns()
    (row,) = checks.campaigns
    assert (row.promise, row.wording, row.due, row.got, row.holds) == ("speed", "up to", campaign.share.n, campaign.got, "does not hold")
    assert (row.share.value, row.share.low, row.share.high) == (campaign.share.value, campaign.share.low, campaign.share.high)
    assert row.share.value == pytest.approx(0.4, abs=0.01)
    assert plain(checks.campaigns_sentence).startswith("The one campaign here does not give enough buyers what was said.")


def test_receipts_just_inside_the_limit_are_named(opened: OpenStudy) -> None:
    checks = ledger_of(opened).checks
    rows = {row.promise: row for row in checks.bunching}
    found = {row.name: row for row in opened.study.bunching()}
    assert set(rows) == {"greeting", "repair", "visit"}  # what is on a clock
    assert rows["repair"].bunched
    assert (rows["repair"].excess.value, rows["repair"].excess.low) == (found["repair"].excess.value, found["repair"].excess.low)
    assert "repair" in plain(checks.bunching_sentence)


def test_windows_show_their_score_and_those_nobody_came_in(opened: OpenStudy) -> None:
    (row,) = ledger_of(opened).checks.ranges
    (found,) = opened.study.ranges()
    assert (row.promise, row.width, row.unanswered) == ("visit", "120 minutes", found.unanswered)
    assert found.unanswered > 20
    assert (row.score.value, row.hits.value) == (found.score.value, found.hits.value)


def test_greetings_that_are_always_kept_lift_the_kept_rate_and_not_the_basket(opened: OpenStudy) -> None:
    checks = ledger_of(opened).checks
    february, march = (next(row for row in checks.basket if row.month == month) for month in ("February 2024", "March 2024"))
    assert february.outside == 0 < march.outside
    assert february.basket.value == pytest.approx(february.plain.value, abs=0.02)
    assert march.basket.value is not None
    assert march.plain.value is not None
    assert march.plain.value > march.basket.value + 0.1
    assert "mix of February 2024, by promise" in plain(checks.basket_sentence)


def test_the_page_prints_every_check_with_its_interval_and_its_as_of(opened: OpenStudy) -> None:
    page = ledger_of(opened)
    shown = visible(render_to_string("desks/ledger.html", {"page": page}))
    assert "Four checks on the promises in view, as of 30 June 2024, 23:59" in shown
    for number in (
        page.checks.campaigns[0].share,
        next(row.excess for row in page.checks.bunching if row.promise == "repair"),
        page.checks.ranges[0].score,
        page.checks.ranges[0].hits,
        page.checks.basket[0].basket,
    ):
        assert number.text in shown
        assert number.interval
        assert number.interval in shown
        assert number.as_of == "30 June 2024, 23:59"


def test_the_checks_look_at_what_is_in_view(opened: OpenStudy) -> None:
    checks = ledger_of(opened, by="month", name="repair").checks
    assert [row.promise for row in checks.bunching] == ["repair"]
    assert plain(checks.campaigns_sentence) == "No promise here is worded “up to” or “from”, so there is no campaign to test."
    assert plain(checks.ranges_sentence) == "No due promise here is a window or a range, so there is no range to score."
    assert plain(checks.basket_sentence).startswith("Only one kind of promise is in view")


def test_each_promise_counts_by_its_value_where_it_has_one(opened: OpenStudy) -> None:
    rows = {row.weighting: row for row in ledger_of(opened).weighed}
    total = opened.study.integrity()[0]
    assert rows["value"].kept.value == total.by_value.K.value
    assert rows["value"].why == ""
    assert rows["value"].kept.n_of == "promises with a value"
    assert rows["value"].ratio.value == pytest.approx((rows["value"].integrity.value or 0) + (rows["value"].surplus.value or 0), abs=1e-12)
    by_value = {row.names: row.kept.value for row in ledger_of(opened, weighting="value").slices}
    assert by_value == {(row.where["name"],): row.by_value.K.value for row in opened.study.integrity(["name"])}


def test_an_unread_shop_says_why_each_check_has_nothing(workspace: Shop, tmp_path: Path) -> None:
    page = ledger_of(opened_in(write_shop(tmp_path / "shop", orders=40)), by="lane", name="delivery date")
    shown = visible(render_to_string("desks/ledger.html", {"page": page}))
    for sentence in (
        "there is no campaign to test",
        "No data: fewer than a hundred receipts lie near the limit.",
        "there is no range to score",
    ):
        assert sentence in shown

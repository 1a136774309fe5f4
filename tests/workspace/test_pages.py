"""The pages say what the study says: in whole numbers, with everything a reader needs to judge them, for people and programs alike."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string

import troth
from tests.workspace.conftest import Shop
from troth.workspace.parts import wording

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.studies.reading import OpenStudy


@pytest.fixture
def opened(workspace: Shop) -> OpenStudy:
    """The current study, as the pages read it."""
    from troth.workspace.studies.reading import open_study

    return open_study()


def data(reader: Client, path: str, **parameters: str | list[str]) -> dict[str, Any]:
    """The page's context, as a program reads it."""
    answer = reader.get(path, {**parameters, "format": "json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def words(sentence: list[dict[str, Any]]) -> str:
    return "".join(run["words"] for run in sentence)


def visible(page: str) -> str:
    """The text of a page, without tags."""
    from html import unescape

    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_home_says_for_how_many_people_the_word_was_kept(reader: Client, shop: Shop) -> None:
    total = shop.study.integrity()[0]
    said = words(data(reader, "/")["sentence"])
    share = f"{total.customers_kept / total.customers:.0%}"
    assert said == (
        f"Of {total.customers} people who had a promise fall due in January to June 2024, "
        f"{total.customers_kept} ({share}) had every promise kept."
    )


def test_home_shows_every_figure_with_its_interval_n_coverage_and_as_of(reader: Client, shop: Shop) -> None:
    total = shop.study.integrity()[0]
    shown = {number["slug"]: number for number in [*data(reader, "/")["headline"], *data(reader, "/")["beside"]]}
    for slug, figure in {"issue-free": total.F, "kept": total.K, "integrity": total.I, "received-to-expected": total.B}.items():
        assert (shown[slug]["value"], shown[slug]["low"], shown[slug]["high"]) == (figure.value, figure.low, figure.high)
        assert shown[slug]["n"] == figure.n
        assert shown[slug]["coverage"] == f"{total.coverage.value:.1%}"
        assert shown[slug]["as_of"] == "30 June 2024, 23:59"


def test_every_figure_tells_its_basis_on_focus_as_on_hover(reader: Client) -> None:
    page = reader.get("/").text
    described = re.findall(r'class="(?:number-link|no-data)"[^>]*aria-describedby="(n\d+)"', page)
    tips = re.findall(r'role="tooltip" id="(n\d+)"', page)
    assert described
    assert described == tips
    assert len(set(tips)) == len(tips)


def test_the_account_adds_up_to_the_broken_promises(reader: Client, shop: Shop) -> None:
    total = shop.study.integrity()[0]
    account = data(reader, "/")["account"]
    assert account["broken"] == total.broken
    assert sum(part["value"] for part in account["parts"]) == pytest.approx(total.broken)


def test_parts_belong_to_those_the_charter_names(reader: Client) -> None:
    owners = {part["key"]: part["owner"]["words"] for part in data(reader, "/")["account"]["parts"]}
    assert owners["allowance"] == "both officers"
    assert owners["expectation-setting"] == "brand & marketing officer"
    assert owners["standard"] == "operating areas, with both officers as sponsors"
    assert owners["delivery"] == "operating areas"


def test_an_owner_never_stands_by_hue_alone(reader: Client) -> None:
    page = reader.get("/").text
    swatches = re.findall(r'<span class="owner">(.*?)</span></span>', page, re.DOTALL)
    assert swatches
    assert all(re.search(r"url\(#owner-\w+\).*<span>\S+", swatch, re.DOTALL) for swatch in swatches)


@pytest.mark.parametrize("mode", ["as-of", "cross-fitted"])
def test_the_account_can_be_read_both_ways(reader: Client, shop: Shop, mode: str) -> None:
    account = data(reader, "/", mode=mode)["account"]
    delivery = next(part for part in account["parts"] if part["key"] == "delivery")
    assert delivery["value"] == shop.study.account(mode=mode)[0].delivery.value


def test_months_add_up_to_the_whole(reader: Client, shop: Shop) -> None:
    rows = data(reader, "/")["months"]["rows"]
    total = shop.study.integrity()[0]
    assert [row["month"] for row in rows] == [f"2024-{month:02}" for month in range(1, 7)]
    assert (sum(row["due"] for row in rows), sum(row["broken"] for row in rows)) == (total.due, total.broken)


def test_a_period_is_judged_by_what_fell_due_in_it(reader: Client, shop: Shop) -> None:
    from datetime import date

    spring = shop.study.integrity(since=date(2024, 4, 1), until=date(2024, 5, 31))[0]
    page = data(reader, "/", since="2024-04", until="2024-05")
    assert page["headline"][1]["n"] == spring.due
    assert "April to May 2024" in words(page["sentence"])


def test_promises_at_risk_are_those_still_open(reader: Client, shop: Shop) -> None:
    at_risk = data(reader, "/")["at_risk"]
    assert at_risk["pending"] == shop.study.integrity()[0].pending > 0
    assert data(reader, "/ledger/promises/", state="pending")["pages"]["count"] == at_risk["pending"]


def test_html_and_json_come_from_one_context(reader: Client) -> None:
    page, context = visible(reader.get("/").text), data(reader, "/")
    assert words(context["sentence"]) in page
    for number in [*context["headline"], *context["beside"]]:
        assert number["text"] in page
        assert number["interval"] in page
    for part in context["account"]["parts"]:
        assert part["count"] in page


@pytest.mark.parametrize(
    "path", ["/", "/ledger/", "/ledger/promises/", "/issues/", "/journeys/", "/sources/", "/sources/set-aside/", "/studies/", "/numbers/"]
)
def test_every_field_of_the_document_is_explained(reader: Client, path: str) -> None:
    helps = reader.get(path, {"format": "json"}).json()["help"]
    unexplained = [field for field, sentence in helps.items() if not sentence and not field.startswith(("numbers[].", "number."))]
    assert helps
    assert unexplained == []


def test_slices_add_up_to_everything(reader: Client) -> None:
    page = data(reader, "/ledger/", by=["lane", "month"])
    assert page["titles"] == ["lane", "month due"]
    for count in ("due", "broken"):
        assert sum(row[count] for row in page["slices"]) == page["total"][count]


def test_the_count_of_a_figure_is_the_count_of_the_rows_behind_it(reader: Client) -> None:
    for row in data(reader, "/ledger/", by="lane")["slices"]:
        assert reader.get(row["rows"] + "&format=json").json()["data"]["pages"]["count"] == row["due"]
        assert reader.get(row["broken_rows"] + "&format=json").json()["data"]["pages"]["count"] == row["broken"]
        assert reader.get(row["kept"]["rows"] + "&format=json").json()["data"]["pages"]["count"] == row["kept"]["n"]


@pytest.mark.parametrize("weighting", ["promise", "customer"])
def test_the_ledger_counts_by_the_vote_asked_for(reader: Client, shop: Shop, weighting: str) -> None:
    page = data(reader, "/ledger/", by="lane", weighting=weighting)
    slices = {row.where["lane"]: row.weighted(weighting) for row in shop.study.integrity(["lane"])}
    for row in page["slices"]:
        expected = slices[row["names"][0]]
        shown = {"kept": expected.K, "integrity": expected.I, "ratio": expected.B}
        assert {name: row[name]["value"] for name in shown} == {name: figure.value for name, figure in shown.items()}
        assert row["kept"]["n_of"] == {"promise": "promises", "customer": "people"}[weighting]
    assert [choice["value"] for choice in page["weightings"] if choice["chosen"]] == [weighting]
    assert all((f"weighting={weighting}" in link["address"]) == (weighting != "promise") for link in page["exports"])


def test_everything_in_view_is_counted_three_ways_and_a_missing_one_says_why(reader: Client, shop: Shop) -> None:
    total = shop.study.integrity()[0]
    rows = {row["weighting"]: row for row in data(reader, "/ledger/", by="lane")["weighed"]}
    for name in ("promise", "customer"):
        expected = total.weighted(name)
        shown = {"kept": expected.K, "integrity": expected.I, "ratio": expected.B, "surplus": expected.U}
        for number, figure in shown.items():
            assert (rows[name][number]["value"], rows[name][number]["low"]) == (figure.value, figure.low)
        assert rows[name]["ratio"]["value"] == pytest.approx(rows[name]["integrity"]["value"] + rows[name]["surplus"]["value"], abs=1e-12)
    assert (rows["value"]["kept"]["text"], rows["value"]["why"]) == ("no data", "no promise has a value on record")
    page = visible(reader.get("/ledger/", {"by": "lane"}).text)
    assert "Per customer each customer alike, however many promises" in page
    assert "no promise has a value on record" in page


def test_the_unknown_is_a_slice_of_its_own(reader: Client) -> None:
    unknown = next(row for row in data(reader, "/ledger/", by="campaign")["slices"] if row["names"] == ["unknown"])
    assert unknown["due"] > 0
    assert reader.get(unknown["rows"] + "&format=json").json()["data"]["pages"]["count"] == unknown["due"]


def test_a_period_stands_beside_the_equal_one_before(reader: Client, shop: Shop) -> None:
    from datetime import date

    page = data(reader, "/ledger/", by="lane", since="2024-04", until="2024-05", compare="before")
    assert page["compared"] == "February to March 2024"
    before = {row.where["lane"]: row.K.value for row in shop.study.integrity(["lane"], since=date(2024, 2, 1), until=date(2024, 3, 31))}
    for row in page["slices"]:
        assert row["then"]["value"] == before[row["names"][0]]
        assert row["change"].endswith("points")


def test_a_compared_window_that_reaches_before_the_record_says_so(reader: Client) -> None:
    page = data(reader, "/ledger/", by="lane", compare="year")
    assert page["banners"][-1]["title"] == "Not an equal window."
    assert {row["then"]["text"] for row in page["slices"]} == {"no data"}


def test_nothing_reads_no_data_never_nought_or_all(reader: Client) -> None:
    page = data(reader, "/ledger/", by="lane", since="2023-01", until="2023-02")
    assert page["total"]["kept"]["text"] == "no data"
    assert words(page["sentence"]) == "No promise has fallen due here, so there is nothing to judge yet."


def test_promises_come_a_page_at_a_time_each_once(reader: Client, shop: Shop) -> None:
    first = data(reader, "/ledger/promises/")
    keys = [
        row["key"] for number in range(1, first["pages"]["last"] + 1) for row in data(reader, "/ledger/promises/", page=str(number))["rows"]
    ]
    assert len(keys) == len(set(keys)) == shop.study.integrity()[0].due


def test_what_is_the_same_in_every_row_is_told_once_and_what_repeats_another_column_not_at_all(reader: Client) -> None:
    page = data(reader, "/ledger/promises/")
    assert {"Promise", "Subject", "Made by", "Kept by"}.isdisjoint(page["titles"])
    assert {"Key", "Customer", "Made", "Due", "Received", "Verdict", "Lane"} <= set(page["titles"])
    assert page["alike"][:2] == ["Promise “delivery date”", "Subject the same as Key"]
    assert "Promise “delivery date”" in visible(reader.get("/ledger/promises/").text)
    assert {"Received", "Got"}.isdisjoint(data(reader, "/ledger/promises/", state="pending")["titles"])


@pytest.mark.parametrize(("state", "many"), [("", "fell due"), ("broken", "were broken"), ("void", "are void and count nowhere")])
def test_a_list_of_promises_says_which_they_are(reader: Client, state: str, many: str) -> None:
    page = data(reader, "/ledger/promises/", state=state)
    assert page["title"] == f"{page['pages']['count']} promises that {many}"


def test_a_source_says_how_fresh_it_is(reader: Client, shop: Shop) -> None:
    """The last order that was delivered before the as-of, or made: whichever came later."""
    latest = (
        shop.study.ledger.aggregate(made=shop.study.ledger.made_at.max(), received=shop.study.ledger.received_at.max())
        .to_pyarrow()
        .to_pylist()[0]
    )
    orders, *_ = data(reader, "/sources/")["sources"]  # promises, then occasions and readings
    assert orders["freshest"] == wording.moment(max(latest.values()).replace(tzinfo=UTC), ZoneInfo("America/New_York"))


def test_a_rate_of_a_handful_says_why_it_is_not_told(reader: Client) -> None:
    page = reader.get("/ledger/", {"by": ["month", "lane"], "only.campaign": "spring", "since": "2024-04"}).text
    assert "too few" in visible(page)
    assert "fewer than 10 customers" in visible(page)


def test_a_single_study_says_that_a_second_one_tells_what_changed(reader: Client) -> None:
    from troth.workspace.studies.pages import studies_page

    page = studies_page(at=datetime(2024, 7, 2, tzinfo=UTC), may_change=False)
    alone = replace(page, studies=page.studies[:1], before=None, after=None)
    assert "Make a second one" in visible(render_to_string("studies/studies.html", {"page": alone}))
    assert "Digest" in visible(render_to_string("studies/studies.html", {"page": page}))
    assert (page.before, page.after) == (1, 2)


def test_every_row_read_is_used_or_set_aside_with_its_reason(reader: Client) -> None:
    page = data(reader, "/sources/")
    orders, occasions, readings = page["sources"]
    assert readings["read"] == 603 == readings["used"] + readings["set_aside"] + readings["elsewhere"]
    assert occasions["read"] == 603 == occasions["used"] + occasions["set_aside"] + occasions["elsewhere"]
    assert orders["read"] == 603 == orders["used"] + orders["set_aside"]
    reasons = {reason["reason"]: reason for reason in orders["reasons"]}
    assert reasons["no promise"]["rows"] == 60
    assert reasons["bad date"]["rows"] == 1
    assert reasons["received before made"]["rows"] == 1
    (row,) = reader.get(reasons["bad date"]["address"] + "&format=json").json()["data"]["rows"]
    assert (row["column"], row["value"], row["key"]) == ("promised_for", "not a date", "b1")


def test_the_gate_is_shown_for_every_promise_and_mode(reader: Client, shop: Shop) -> None:
    shown = [(gate["name"], gate["mode"], gate["passed"]) for gate in data(reader, "/sources/")["gates"]]
    assert shown == [(gate.name, gate.mode, gate.passed) for gate in shop.study.calibration]
    assert shown


def test_every_study_stays_readable(reader: Client, shop: Shop) -> None:
    runs = data(reader, "/studies/")["studies"]
    assert [(run["number"], run["current"]) for run in runs] == [(2, True), (1, False)]
    earlier = troth.open(shop.folder).published(1)
    old = reader.get(runs[1]["address"] + "&format=json").json()["data"]
    assert old["headline"][1]["value"] == earlier.integrity()[0].K.value
    assert all("study=1" in room["address"] for room in old["study"]["rooms"])
    assert "This is an older study" in reader.get(runs[1]["address"]).text


def test_what_changed_is_told_with_its_reasons(reader: Client) -> None:
    page = data(reader, "/studies/compare/", before="1", after="2")
    assert not page["identical"]
    assert sum(row["promises"] for row in page["verdicts"]) > 0
    assert {row["reason"] for row in page["verdicts"]} <= {"made since", "fell due", "received since"}
    assert [row["what"] for row in page["made_from"]] == ["as of"]
    assert [row[side] for row in page["made_from"] for side in ("before", "after")] == [page["before"]["as_of"], page["after"]["as_of"]]
    assert page["alike"] > 5


def test_of_much_that_differs_the_page_shows_some_and_puts_the_rest_away(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from troth.workspace.desks.compare import compare_page
    from troth.workspace.desks.contexts import OriginRow

    many = tuple(OriginRow(f"charter line {number}", "1", "2") for number in range(60))
    monkeypatch.setattr("troth.workspace.desks.views.compare_page", lambda *sides: replace(compare_page(*sides), made_from=many, alike=7))
    text = reader.get("/studies/compare/", {"before": "1", "after": "2"}).text
    shown, put_away = text.split("<details", 1)
    assert "60 differ, 7 are the same in both" in shown
    assert (shown.count("<dt>Charter line"), put_away.count("<dt>Charter line")) == (8, 52)
    assert "52 more</summary>" in put_away


def test_a_part_that_could_not_be_decomposed_is_unknown_and_one_of_a_slice_that_is_not_there_is_none() -> None:
    from troth.workspace.desks.compare import _count

    assert _count(None, lacked=False).count == "unknown"
    assert _count(None, lacked=True).count == "not there"


def test_promises_without_a_receipt_are_told_from_those_the_source_says_were_failed(reader: Client, shop: Shop) -> None:
    from troth.workspace.desks.both import remarks

    total = replace(shop.study.integrity()[0], evidence={"no receipt": 9_430}, slip=None, void=0)
    assert remarks(total)[-1] == "9,430 of the due ones were never received on record: their date has passed. They are broken."
    assert remarks(total, outright=True)[-1] == (
        "9,430 of the due ones were never received on record: the source says that they were cancelled or failed outright, or else "
        "their date has passed. They are broken."
    )
    assert any("cancelled or failed outright" in remark for remark in data(reader, "/")["remarks"])  # its mapping says broken_when


def test_a_study_beside_itself_has_not_changed(reader: Client) -> None:
    assert words(data(reader, "/studies/compare/", before="2", after="2")["sentence"]) == "The two studies are equal, to the byte."


def test_every_number_on_a_page_has_a_page_of_its_own(reader: Client) -> None:
    slugs = set(re.findall(r'"slug": "([a-z-]+)"', reader.get("/", {"format": "json"}).text))
    slugs |= set(re.findall(r"/numbers/([a-z-]+)/", reader.get("/").text + reader.get("/sources/").text))
    assert {"kept", "issue-free", "integrity", "break-account"} <= slugs
    for slug in slugs:
        assert reader.get(f"/numbers/{slug}/").status_code == 200


def test_health_tells_strangers_nothing_but_that_it_is_up(outsider: Client) -> None:
    answer = outsider.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "study": "ok"}}

"""Issues: what fails, where, whose, since when, at what price and in whose words; and always what lies in no issue."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING

import pytest

import troth
from tests.workspace.conftest import Shop
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.cli.terminal import issue_cells, issues_cells
from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.issues.forming import Mostly
from troth.engine.issues.result import Issue, Words, whole_money
from troth.engine.issues.spell import Spell
from troth.engine.money import Money
from troth.engine.reading import NO_ISSUES
from troth.workspace.parts import wording

if TYPE_CHECKING:
    from django.test import Client

SCRIPT = "<script>alert(1)</script>"


def money(value: str | None, low: str | None = None, high: str | None = None, method: str = "made") -> Money:
    amount, lower, upper = (None if text is None else Decimal(text) for text in (value, low, high))
    return Money(amount, lower, upper, "USD", method)


def made(shop: Shop) -> Findings[Issue]:
    """The study's issue in three: a lane in a month, a column of nobody's with words a browser could run, and one that broke no word."""
    first, *_, rest, total = shop.study.issues
    whole = replace(first, failures=total.failures)
    lane = replace(
        whole,
        where={"issue": "aaaa1111"},
        rank=1,
        rule={"what": "delivery date", "lane": "south", "month": "2024-05-01"},
        failures=40,
        failed=42,
        exposed=60,
        customers=38,
        excess=Figure(24.6, 18.2, 30.9, n=60, method="made"),
        held_against="its like",
        p=0.0004,
        parts={"allowance": 6.4, "expectation-setting": -2.2, "standard": 3.3, "delivery": 30.5, "not decomposed": 4.0},
        parts_low={"allowance": 4.0, "expectation-setting": -3.8, "delivery": 24.0},
        parts_high={"allowance": 9.0, "expectation-setting": -1.1, "delivery": 37.0},
        part="delivery",
        step="packed",
        areas={"Fulfilment": 0.6666, "Marketing": 0.3333, "unknown": 0.0001},
        spell=Spell(date(2024, 5, 6), date(2024, 5, 26), 0.9, 0.4),
        remedial=money("100.40", "80.00", "120.00"),
        modelled=money("200.40", "50.00", "350.00"),
        lost_sales=money("70.40", "60.00", "80.00"),
        money=money("371.20", "220.00", "520.00"),
        silent=Figure(21.0, 12.0, 33.0, n=38, method="made"),
        let_down=Figure(59.0, 50.0, 71.0, n=38, method="made"),
        customer_hours=7,
        yearly=money("1200.00", "600.00", "1800.00"),
        delay=money("100.00", "0.00", "200.00"),
        lost=Figure(7.0, 2.0, 12.0, n=38, method="made"),
        why_no_leaving="",
        points=Figure(12.5, 8.0, 17.0, n=9, method="made"),
        words=(Words("my parcel is late", "en"), Words(SCRIPT, "pt"), Words("onde está?", "other")),
        confidence="measured",
    )
    odd = replace(
        whole,
        where={"issue": "bbbb2222"},
        rank=2,
        rule={"what": "delivery date", "campaign": None, "hour": SCRIPT},
        failures=30,
        points=Figure(80.0, 60.0, 100.0, n=20, method="made"),
        remedial=money("50.40", "40.00", "60.00"),
        modelled=money(None, method="no customer hit by it has a value on record"),
        money=money("50.40", "40.00", "60.00", "remedial only: no customer hit by it has a value on record"),
        why_no_leaving="the outcome “left” is the same in every row.",
        spell=Spell(date(2024, 6, 3), None, 0.5, 0.2),
        areas={"unknown": 1.0},
        part=None,
        yearly=money(None),
        delay=money(None),
    )
    outage = replace(odd, where={"issue": "cccc3333"}, rank=3, rule={"what": "checkout error"}, parts={}, points=NO_DATA, spell=None)
    left = whole.failures - 40 - 30 - 30
    rest = replace(rest, failures=left, remedial=money("0.40"), money=money("0.40"), points=Figure(1.0, 0.0, 2.0, n=1, method="made"))
    total = replace(
        total,
        failures=whole.failures,
        remedial=money("201.60", "150.00", "250.00"),
        modelled=money("200.40", "50.00", "350.00"),
        lost_sales=money("70.40", "60.00", "80.00"),
        money=money("472.40", "320.00", "620.00"),
        points=Figure(93.5, 70.0, 117.0, n=30, method="made"),
    )
    return Findings((lane, odd, outage, rest, total), ("issue",), ("No behaviour data for bbbb2222, unassigned.",))


@pytest.fixture
def three(shop: Shop, workspace: Shop, monkeypatch: pytest.MonkeyPatch) -> Findings[Issue]:
    """The pages speak of three issues of all kinds."""
    from troth.workspace.studies.reading import OpenStudy

    found = made(shop)
    monkeypatch.setattr(OpenStudy, "issues", lambda _: found)
    return found


def rows_without(findings: Findings[Issue], monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.studies.reading import OpenStudy

    monkeypatch.setattr(OpenStudy, "issues", lambda _: findings)


def test_the_list_says_in_whole_numbers_how_many_failures_lie_in_issues(reader: Client, shop: Shop) -> None:
    *issues, rest, total = shop.study.issues
    page = data(reader, "/issues/")
    assert issues
    assert words(page["sentence"]).startswith(f"Of {total.failures:,} failures, {total.failures - rest.failures:,} lie in ")
    assert words(page["sentence"]).endswith(f"{rest.failures:,} are unassigned.")
    assert [row["key"] for row in page["issues"]] == [issue.where["issue"] for issue in issues]
    assert [row["key"] for row in page["rest"]] == ["unassigned", "total"]


def test_issues_and_unassigned_add_up_to_the_total_to_the_cent_and_as_printed(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/")
    rest, total = page["rest"]
    each = [*page["issues"], rest]
    assert sum(row["failures"] for row in each) == total["failures"]
    for name in ("remedial", "modelled", "lost_sales", "money"):
        assert sum(Decimal(row[name]["value"] or 0) for row in each) == Decimal(total[name]["value"])
        assert sum(printed(row[name]["text"]) for row in each) == printed(total[name]["text"])
    for row in (*each, total):
        parts = [printed(row[name]["text"]) for name in ("remedial", "modelled", "lost_sales")]
        assert sum(parts) == printed(row["money"]["text"])
    assert printed(total["money"]["text"]) == round(Decimal(total["money"]["value"]))
    assert total["points"] == pytest.approx(sum(row["points"] or 0 for row in each))


def test_lost_sales_stand_beside_cash_and_margin_and_unknown_is_no_nothing(reader: Client, three: Findings[Issue]) -> None:
    lane = data(reader, "/issues/aaaa1111/")
    amounts = {row["name"]: row["amount"]["text"] for row in lane["money"]}
    assert amounts["Lost sales"] == "USD 70"
    assert "USD 70 of lost sales" in words(lane["sentence"])
    odd = data(reader, "/issues/bbbb2222/")
    assert {row["name"]: row["amount"]["text"] for row in odd["money"]}["Lost sales"] == "unknown"
    assert "lost sales" not in words(odd["sentence"])
    assert "lost sales 70" in visible(reader.get("/issues/").text)


def test_the_silent_and_the_hours_stand_on_the_card(reader: Client, three: Findings[Issue]) -> None:
    facts = {fact["name"]: (fact["text"], fact["beneath"]) for fact in data(reader, "/issues/aaaa1111/")["quiet"]}
    assert facts["Said nothing"][0] == "21 (12 to 33)"
    assert facts["People let down"][1].startswith("estimated")
    assert (facts["Customer hours"][0], facts["Staff hours"][0]) == ("7", "unknown")


def test_an_amount_is_the_same_for_whoever_sees_it_and_for_the_command(shop: Shop, three: Findings[Issue]) -> None:
    """Who sees one area sees one issue, whose cents were rounded together with those of all."""
    from troth.workspace.desks.issues import Told
    from troth.workspace.studies.reading import OpenStudy

    project = troth.open(shop.folder)
    opened = OpenStudy(shop.study, project.shelf.current())
    (mine,) = (row for row in Told(opened, {"Fulfilment"}).issues if row.where["issue"] == "aaaa1111")
    seen = {row.where["issue"]: Told(opened).row(row) for row in three}
    assert Told(opened, {"Fulfilment"}).row(mine).remedial.text == seen["aaaa1111"].remedial.text
    for row in three:
        cash = issues_cells(three.rows)(row)["cash"]
        shown = seen[row.where["issue"]].remedial.text
        assert shown == f"USD {cash}" or (cash == "0" and shown.startswith("under"))


def test_failure_demand_stands_above_the_issues(reader: Client, shop: Shop) -> None:
    from troth.engine.issues.result import demand_words

    assert shop.study.failure_demand is not None
    page = data(reader, "/issues/")
    assert page["demand"].split(" They cost ")[0] == demand_words(shop.study.failure_demand).split(" They cost ")[0]
    assert page["demand"] in visible(reader.get("/issues/").text).replace("&amp;", "&")


def printed(text: str) -> int:
    told = text.removeprefix("at least ")
    return 0 if told in {"unknown", "under USD 1"} else round(Decimal(told.removeprefix("USD ").replace(",", "")))


def test_where_an_issue_lies_is_told_in_words(reader: Client, three: Findings[Issue]) -> None:
    titles = [row["title"] for row in data(reader, "/issues/")["issues"]]
    assert titles == [
        "“delivery date” in May 2024 where lane is south",
        f"“delivery date” where campaign is unknown and hour is {SCRIPT}",
        "“checkout error”",
    ]


def test_issues_can_be_ordered_by_pain_which_is_never_part_of_the_money(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/", sort="pain")
    assert [row["rank"] for row in page["issues"]] == [2, 1, 3]
    assert [row["points_words"] for row in page["issues"]] == ["80", "12", "no score"]
    assert [link["words"] for link in page["sorts"] if link["current"]] == ["Pain first"]


def test_notes_name_issues_as_the_list_does(reader: Client, three: Findings[Issue]) -> None:
    assert data(reader, "/issues/")["notes"] == ["No behaviour data for number 2, unassigned."]


def test_the_list_can_be_taken_along(reader: Client, three: Findings[Issue]) -> None:
    rows = list(csv.DictReader(body(reader.get("/issues/?format=csv")).decode().splitlines()))
    assert [row["issue"] for row in rows] == ["aaaa1111", "bbbb2222", "cccc3333", "unassigned", "total"]
    assert sum(Decimal(row["money"]) for row in rows[:-1]) == Decimal(rows[-1]["money"])
    assert (rows[1]["modelled"], rows[0]["since"]) == ("", "2024-05-06")
    assert body(reader.get("/issues/?format=parquet"))[:4] == b"PAR1"


def test_a_card_has_four_numbers_and_no_more_than_120_words(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/aaaa1111/")
    assert [fact["text"] for fact in page["numbers"]] == ["40", "38", page["issue"]["money"]["text"], "66.7%"]
    said = [words(page["sentence"]), *(part for fact in page["numbers"] for part in fact.values())]
    assert len(" ".join(said).split()) <= 120
    assert words(page["sentence"]).startswith("40 failures (42 of 60 promises broken) hit 38 people. ")
    assert "25 more broke than were to be expected from its like (18 to 31)" in words(page["sentence"])


def test_the_largest_card_is_short_enough(reader: Client, shop: Shop) -> None:
    for issue in shop.study.issues.rows[:-2]:
        page = data(reader, f"/issues/{issue.where['issue']}/")
        assert len((words(page["sentence"]) + page["issue"]["title"]).split()) <= 100


def test_the_shares_of_areas_add_up_to_all_and_nobody_is_left_out(reader: Client, three: Findings[Issue]) -> None:
    areas = data(reader, "/issues/aaaa1111/")["areas"]
    assert [(area["owner"]["words"], area["owner"]["key"]) for area in areas] == [
        ("Fulfilment", "operating"),
        ("Marketing", "brand"),
        ("unknown", "none"),
    ]
    assert [area["words"] for area in areas] == ["66.7%", "33.3%", "under 0.1%"]
    assert sum(area["share"] for area in areas) == pytest.approx(1)


def test_the_parts_of_a_card_add_up_to_its_broken_promises(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/aaaa1111/")
    assert page["broken"] == 42
    assert sum(int(part["count"].replace(wording.MINUS, "-")) for part in page["parts"]) == 42
    delivery = next(part["count"] for part in page["parts"] if part["name"] == "Delivery")
    assert delivery == "31"  # of 30.5, as the others are rounded so that they add up
    said = "".join(piece["words"] for piece in page["part_sentence"])
    assert f"the part that leads is delivery, {delivery}" in said
    assert data(reader, "/issues/cccc3333/")["parts"] == []


def test_a_card_opens_the_promises_its_rule_holds(reader: Client, shop: Shop, three: Findings[Issue]) -> None:
    failures, broken, every, _ = data(reader, "/issues/aaaa1111/")["links"]
    assert failures["address"] == "/issues/aaaa1111/failures/"
    where = {"name": "delivery date", "lane": "south", "month": date(2024, 5, 1)}
    (slice_,) = shop.study.integrity(where=where)
    for link, count in ((broken, slice_.broken), (every, slice_.due)):
        page = reader.get(link["address"] + "&format=json")
        assert page.status_code == 200
        assert page.json()["data"]["pages"]["count"] == count
    for key in ("bbbb2222", "cccc3333"):  # the ledger has no such column, or no such promise
        assert [link["words"] for link in data(reader, f"/issues/{key}/")["links"]] == ["Its failures, one by one"]


def test_the_links_of_the_studys_own_issues_open(reader: Client, shop: Shop) -> None:
    for issue in shop.study.issues.rows[:-2]:
        page = reader.get(f"/issues/{issue.where['issue']}/")
        assert page.status_code == 200
        for address in re.findall(r"<main.*</main>", page.text, re.DOTALL)[0].split('href="')[1:]:
            answer = reader.get(unescape(address.split('"')[0]))
            assert answer.status_code == 200
            answer.close()


def test_months_of_a_card_add_up_to_its_failures(reader: Client, shop: Shop) -> None:
    for issue in shop.study.issues.rows[:-2]:
        months = data(reader, f"/issues/{issue.where['issue']}/")["months"]
        assert sum(month["failures"] for month in months) == issue.failures
        assert sum(month["broken"] for month in months) == round(sum(issue.parts.values()))
        assert sum(month["due"] for month in months) == issue.exposed


def test_the_failures_of_a_card_can_be_taken_along(reader: Client, shop: Shop) -> None:
    issue = shop.study.issues[0]
    file = body(reader.get(f"/issues/{issue.where['issue']}/?format=csv")).decode()
    assert len(list(csv.DictReader(file.splitlines()))) == issue.failures


def test_text_from_the_data_is_text_on_the_pages(reader: Client, three: Findings[Issue]) -> None:
    for path in ("/", "/issues/", "/issues/?sort=pain", "/issues/aaaa1111/", "/issues/bbbb2222/"):
        page = reader.get(path).text
        assert SCRIPT not in page
        assert SCRIPT in visible(page) or path == "/", path


def test_words_say_what_language_they_are_in(reader: Client, three: Findings[Issue]) -> None:
    page = reader.get("/issues/aaaa1111/").text
    assert re.findall(r'<blockquote lang="(\w+)"', page) == ["en", "pt", "und"]
    silent = visible(reader.get("/issues/bbbb2222/").text)
    assert re.search(r"No words yet: [\d,]+ of [\d,]+ failures?.* ha(s|ve) words on record", silent)


def test_what_is_not_known_is_told_and_never_nothing(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/bbbb2222/")
    amounts = {row["name"]: row["amount"]["text"] for row in page["money"]}
    assert amounts["Margin"] == amounts["A year of it"] == amounts["A month of waiting"] == "unknown"
    assert page["why_no_leaving"] == "the outcome “left” is the same in every row."
    assert "leaving is not in it" in words(page["sentence"])
    assert words(page["spell"]).startswith("It was worst since 3 June 2024, and it was not over")
    assert "No spell" in words(data(reader, "/issues/cccc3333/")["spell"])


@pytest.mark.parametrize("path", ["/issues/", "/issues/aaaa1111/"])
def test_every_field_of_the_documents_is_explained(reader: Client, three: Findings[Issue], path: str) -> None:
    helps = reader.get(path, {"format": "json"}).json()["help"]
    assert helps
    assert [field for field, sentence in helps.items() if not sentence] == []


def test_the_limits_of_the_parts_stand_behind_their_numbers_and_in_the_document(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/aaaa1111/")
    parts = {part["name"]: part for part in page["parts"]}
    assert (parts["Delivery"]["low"], parts["Delivery"]["high"], parts["Delivery"]["interval"]) == (24.0, 37.0, "24 to 37")
    assert (parts["Standard"]["low"], parts["Standard"]["interval"]) == (None, "")
    drawn = {row["part"]: row for row in page["picture"]["wide"]["datasets"]["rows"]}
    assert drawn["delivery"]["high"] - drawn["delivery"]["start"] == pytest.approx(37.0)
    shown = reader.get("/issues/aaaa1111/").text
    assert re.search(r'tabindex="0"[^>]*aria-describedby="part-\d">[^<]+</span><span class="number-tip" role="tooltip"', shown)
    assert "95% interval 24 to 37" in visible(shown)


def test_a_study_keeps_the_limits_of_an_issues_parts(shop: Shop) -> None:
    kept = [issue for issue in shop.study.issues if issue.parts_low]
    assert kept
    for issue in kept:
        assert issue.parts_low.keys() == issue.parts_high.keys() <= issue.parts.keys()
        for name, low in issue.parts_low.items():
            assert low <= issue.parts_high[name]


def test_what_went_on_throughout_has_no_onset_and_no_worst_month(
    reader: Client, shop: Shop, three: Findings[Issue], monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, *others = three
    spell = Spell(date(2023, 7, 3), date(2024, 6, 30), 0.4, 0.1, whole=True)
    rows_without(replace(three, rows=(replace(lane, spell=spell), *others)), monkeypatch)
    page = data(reader, "/issues/aaaa1111/")
    assert words(page["spell"]).startswith("It went on all year: in every part of the record more failed than was to be expected, 40.0%")
    assert words(page["sentence"]).endswith("It went on all year.")
    assert "worst" not in words(page["sentence"]) + words(page["spell"])
    assert page["issue"]["since"] == "all year"


def test_months_stand_within_their_limits_and_only_those_outside_are_marked(
    reader: Client, three: Findings[Issue], monkeypatch: pytest.MonkeyPatch
) -> None:
    from troth.workspace.studies.reading import OpenStudy

    broken = [10, 11, 9, 10, 60, 10]
    due = {date(2024, month, 1): (100, count) for month, count in enumerate(broken, start=1)}
    lane, *others = three
    rows_without(replace(three, rows=(replace(lane, spell=Spell(date(2024, 5, 6), date(2024, 5, 26), 0.6, 0.1)), *others)), monkeypatch)
    monkeypatch.setattr(OpenStudy, "due_by_month", lambda _, key: due)
    page = data(reader, "/issues/aaaa1111/")
    assert words(page["months_sentence"]) == "Outside the limits lies May 2024 above them; all other months are within."
    assert [month["outside"] for month in page["months"]] == ["", "", "", "", "above", ""]
    rows = page["months_picture"]["wide"]["datasets"]["rows"]
    assert [row["shape"] for row in rows] == ["circle"] * 4 + ["diamond", "circle"]
    assert len({row["fill"] for row in rows}) == 2
    assert all(row["low"] < row["expected"] < row["high"] for row in rows)
    shown = reader.get("/issues/aaaa1111/").text
    assert shown.count('<tr class="worst"><th scope="row" class="nowrap">May 2024') == 1
    assert 'class="worst"><th scope="row" class="nowrap">April' not in shown

    monkeypatch.setattr(OpenStudy, "due_by_month", lambda _, key: {day: (100, 10 + day.month % 2) for day in due})
    page = data(reader, "/issues/aaaa1111/")
    assert words(page["months_sentence"]).startswith("No month lies outside the limits")

    monkeypatch.setattr(OpenStudy, "due_by_month", lambda _, key: {day: (1, day.month % 2) for day in due})
    page = data(reader, "/issues/aaaa1111/")
    assert words(page["months_sentence"]).startswith("Its months differ too much, or hold too few promises, for limits to tell")


def test_of_what_is_no_promise_the_months_have_no_limits_and_it_says_why(reader: Client, three: Findings[Issue]) -> None:
    page = data(reader, "/issues/cccc3333/")
    assert all(month["limits"] == "" for month in page["months"])
    assert not page["months_note"] or "how many could have failed in each month is not told" in page["months_note"]


def test_an_issue_of_a_month_is_told_by_its_days_or_why_it_has_none(
    reader: Client, three: Findings[Issue], monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, odd, outage, *others = three
    of_may = {**lane.rule, "month": "2024-05-01"}
    days = replace(lane, rule=of_may, spell=Spell(date(2024, 5, 19), date(2024, 5, 31), 0.4, 0.02, by_days=True))
    alike = replace(odd, rule=of_may, spell=None, why_no_spell="no run of days stands out from the others of the month")
    before = replace(outage, rule=of_may, spell=None)
    rows_without(replace(three, rows=(days, alike, before, *others)), monkeypatch)
    told = [words(data(reader, f"/issues/{key}/")["spell"]) for key in ("aaaa1111", "bbbb2222", "cccc3333")]
    assert told[0] == "It was worst from 19 to 31 May 2024: 40.0% of what could fail did, against 2.0% on all other days of the month."
    assert told[1] == "No spell in which it was worst is told: no run of days stands out from the others of the month."
    assert told[2].startswith("No spell was looked for within the month")
    assert [issue_cells(one, whole_money([one]))["worst"] for one in (days, alike)] == ["2024-05-19 to 2024-05-31", "in May 2024"]


def test_a_month_most_failures_share_is_told_by_its_name_and_money_in_part_as_at_least(
    reader: Client, three: Findings[Issue], monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, odd, *others = three
    odd = replace(odd, mostly=(Mostly("month", "2024-05-01", 0.6),))
    rows_without(replace(three, rows=(lane, odd, *others)), monkeypatch)
    first, second, *_ = data(reader, "/issues/")["issues"]
    assert second["mostly"].endswith("is May 2024 (60% of them)")
    assert second["money"]["text"].startswith("at least USD")
    assert first["money"]["text"].startswith("USD")


@pytest.mark.parametrize("key", ["aaaa1112", "unassigned", "total", "nothing", "a b", "<script>", "💥"])
def test_an_issue_there_is_not_is_told_with_those_there_are(reader: Client, three: Findings[Issue], key: str) -> None:
    for further in ({}, {"format": "json"}, {"format": "csv"}):
        answer = reader.get(f"/issues/{key}/", further)
        assert answer.status_code == 404
        assert "aaaa1111" in answer.text
    assert "<script>" not in reader.get(f"/issues/{key}/").text.replace("<script src=", "")


def test_issues_cannot_be_ordered_by_just_anything(reader: Client) -> None:
    answer = reader.get("/issues/?sort=mony")
    assert answer.status_code == 400
    assert "did you mean “money”?" in unescape(answer.text).lower()


def test_a_study_without_an_issue_still_shows_what_is_unassigned(reader: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, rest, total = shop.study.issues
    rows_without(Findings((replace(rest, failures=total.failures), total), ("issue",), ()), monkeypatch)
    page = data(reader, "/issues/")
    assert words(page["sentence"]).startswith(f"No issue was found: {total.failures} failures lie nowhere more")
    assert [row["failures"] for row in page["rest"]] == [total.failures, total.failures]
    assert reader.get("/issues/").status_code == 200
    assert data(reader, "/")["issues"] is None
    assert "First issues" not in reader.get("/").text


def test_a_study_made_before_issues_says_how_to_have_them(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rows_without(Findings((), ("issue",), (NO_ISSUES,)), monkeypatch)
    page = visible(reader.get("/issues/").text)
    assert "This study keeps no issues." in page
    assert "troth run" in page
    assert reader.get("/issues/57e09003/").status_code == 404
    assert data(reader, "/")["issues"] is None


def test_home_shows_the_first_issues(reader: Client, three: Findings[Issue]) -> None:
    first = data(reader, "/")["issues"]
    assert [row["key"] for row in first["issues"]] == ["aaaa1111", "bbbb2222", "cccc3333"]
    assert first["address"] == "/issues/"
    assert "/issues/aaaa1111/" in reader.get("/").text


def test_links_keep_to_an_older_study(reader: Client) -> None:
    page = data(reader, "/issues/", study="1")
    for row in page["issues"]:
        assert row["address"].endswith("?study=1")
        assert reader.get(row["address"]).status_code == 200

"""Marketing or service: the page, its files, and what stands on the home page."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.cli.terminal import answers_cells
from troth.engine.attribution.answers import Answered, shares_of
from troth.engine.attribution.lost_sales import LostSales
from troth.engine.findings import NO_DATA
from troth.engine.money import Money

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def answer(shop: Shop) -> Answered:
    (one,) = shop.study.answers
    return one


def test_the_answer_is_in_whole_numbers_that_add_up(reader: Client, answer: Answered) -> None:
    page = data(reader, "/answers/")
    (told,) = page["answers"]
    assert told["title"] == "Waited long"
    assert sum(row["events"] for row in told["sides"]) == answer.found.events
    assert f"Of {answer.found.events:,} (the customer waited more than five days)" in words(told["sentence"])
    assert "associated" in words(told["sentence"])
    assert [row["owner"]["words"] for row in told["sides"]] == ["Brand & marketing", "Operations", "None of these"]
    assert words(page["sentence"]).startswith(f"Of {answer.found.events:,} unwanted events, ")


def test_each_exposure_is_told_in_words_with_the_area_whose_work_it_is(reader: Client, answer: Answered) -> None:
    (told,) = data(reader, "/answers/")["answers"]
    assert {(row["words"], row["owner"]["words"], row["present"]) for row in told["exposures"]} == {
        (answer.words(str(row.where["exposure"])), answer.area(str(row.where["exposure"])), row.present) for row in answer.found.exposures
    }
    page = reader.get("/answers/").text
    assert "it was ordered in the &lt;sale&gt;" in page.lower()
    assert "<sale>" not in page.lower()


def test_what_ought_to_be_nothing_stands_beside_it(reader: Client) -> None:
    (told,) = data(reader, "/answers/")["answers"]
    (placebo,) = told["placebo"]
    assert placebo["words"] == "status done"
    assert placebo["passed"] == "as it ought to be: nothing"


def test_association_is_never_worded_as_cause(reader: Client) -> None:
    page = visible(reader.get("/answers/").text).lower()
    assert "associated with, and no more" in page
    for word in ("because", "caused", "due to", "led to"):
        assert word not in page


def test_the_table_comes_as_a_file(reader: Client, answer: Answered) -> None:
    lines = body(reader.get("/answers/", {"format": "csv"})).decode().splitlines()
    assert lines[0].startswith("question,side,events,share")
    assert len(lines) == 1 + len(answer.found)


def test_the_home_page_has_the_answer_in_a_sentence(reader: Client) -> None:
    page = data(reader, "/")
    (line,) = page["answers"]["lines"]
    assert line["title"] == "Waited long"
    assert words(line["sentence"]) == words(data(reader, "/answers/")["answers"][0]["sentence"])
    assert "Marketing or service?" in visible(reader.get("/").text)


def test_a_study_that_asks_nothing_says_what_fills_the_page(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.studies.reading import OpenStudy

    monkeypatch.setattr(OpenStudy, "answers", lambda _: ())
    assert "[[occasions]]" in visible(reader.get("/answers/").text)
    assert data(reader, "/")["answers"] is None


def test_a_side_that_cannot_be_told_is_not_left_out_of_the_sentence(
    reader: Client, answer: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from troth.workspace.studies.reading import OpenStudy

    first, *others = answer.found.rows
    untold = replace(answer, found=replace(answer.found, rows=(replace(first, events=None, share=NO_DATA), *others)))
    monkeypatch.setattr(OpenStudy, "answers", lambda _: (untold,))
    (told,) = data(reader, "/answers/")["answers"]
    assert words(told["sentence"]).endswith("what was looked for, among them those with brand & marketing, which cannot be told.")
    assert told["sides"][0]["events_words"] == "unknown"


def test_where_a_placebo_failed_no_side_is_said_to_hold_more(reader: Client, answer: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.studies.reading import OpenStudy

    (placebo,) = answer.found.placebo.rows
    failed = replace(answer.found.placebo, rows=(replace(placebo, passed=False),))
    pairs = replace(answer.found.pairs, rows=tuple(replace(pair, difference=NO_DATA, of_both=NO_DATA) for pair in answer.found.pairs))
    doubted = replace(answer, found=replace(answer.found, placebo=failed, pairs=pairs))
    monkeypatch.setattr(OpenStudy, "answers", lambda _: (doubted,))
    page = data(reader, "/answers/")
    (told,) = page["answers"]
    assert words(told["sentence"]).startswith("Whose they are cannot be told: what came only afterwards (status done) goes along")
    assert told["against"] == []
    assert "holds more" not in visible(reader.get("/answers/").text)
    assert words(page["sentence"]) == "Of 1 question none can be answered from what is on record."
    monkeypatch.setattr(OpenStudy, "answers", lambda _: (answer, doubted))
    both = words(data(reader, "/answers/")["sentence"])
    assert both.endswith(f"with nothing we know of. Of {answer.found.events:,} more it cannot be told.")


def test_where_a_placebo_is_in_doubt_the_answer_comes_with_a_caution(
    reader: Client, answer: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from troth.workspace.studies.reading import OpenStudy

    (placebo,) = answer.found.placebo.rows
    doubtful = replace(placebo, passed=False, doubtful=True, share=replace(placebo.share, value=0.021, low=0.003, high=0.039))
    told = replace(answer, found=replace(answer.found, placebo=replace(answer.found.placebo, rows=(doubtful,))))
    plainly = data(reader, "/answers/")
    monkeypatch.setattr(OpenStudy, "answers", lambda _: (told,))
    caution = "A caution: what came only afterwards goes along with the event as well: status done with 2.1% of the events (0.3% to 3.9%)."
    page = data(reader, "/answers/")
    (one,), (before,) = page["answers"], plainly["answers"]
    assert words(one["sentence"]).startswith(f"{words(before['sentence'])} {caution}")
    assert words(one["against"]) == words(before["against"])
    assert words(page["sentence"]) == f"{words(plainly['sentence'])} A caution stands beside 1 answer."
    assert [row["passed"] for row in one["placebo"]] == ["it goes along, which may be chance: a caution"]
    (line,) = data(reader, "/")["answers"]["lines"]
    assert caution in words(line["sentence"])
    assert "A caution" not in words(before["sentence"])


def test_what_chance_brings_about_among_many_placebos_is_no_caution(
    reader: Client, answer: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from troth.workspace.studies.reading import OpenStudy

    (placebo,) = answer.found.placebo.rows
    off = replace(placebo, passed=True, share=replace(placebo.share, value=0.021, low=0.003, high=0.039))
    told = replace(answer, found=replace(answer.found, placebo=replace(answer.found.placebo, rows=(off,))))
    monkeypatch.setattr(OpenStudy, "answers", lambda _: (told,))
    (one,) = data(reader, "/answers/")["answers"]
    assert [row["passed"] for row in one["placebo"]] == ["no more than chance brings about among so many"]
    assert "A caution" not in words(one["sentence"])


def test_an_outsider_sees_no_answer(outsider: Client) -> None:
    answer = outsider.get("/answers/")
    assert answer.status_code in {302, 401, 403}
    assert "waited" not in answer.text.lower()


def priced(answer: Answered) -> Answered:
    """The answer, with lost sales of each exposure, of its side, and of all."""

    def money(value: str) -> Money:
        return Money(Decimal(value), Decimal(value) / 2, Decimal(value) * 2, "USD", "made")

    rows = [(str(row.where["side"]), str(row.where["exposure"])) for row in answer.found.exposures]
    each = [LostSales({"side": side, "exposure": name}, 10, 0, money("10.40")) for side, name in rows]
    sides = [LostSales({"side": side, "exposure": None}, None, None, money("10.40")) for side, _ in rows]
    in_all = LostSales({"side": None, "exposure": None}, None, None, money(str(Decimal("10.40") * len(rows))))
    return replace(answer, lost_sales=(*each, *sides, in_all), no_lost_sales="")


def test_lost_sales_are_told_by_exposure_and_side_and_add_up_as_printed(
    reader: Client, answer: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sides of 10.40 are 20.80, which reads as 21: the sides read as 11 and 10."""
    from troth.workspace.studies.reading import OpenStudy

    monkeypatch.setattr(OpenStudy, "answers", lambda _: (priced(answer),))
    (told,) = data(reader, "/answers/")["answers"]
    assert "Margin of USD 21" in words(told["lost_sales"])
    assert "modelled" in words(told["lost_sales"])
    shown = [row["lost_sales"]["text"] for row in told["sides"] if row["lost_sales"] is not None]
    assert shown == ["USD 11", "USD 10"]
    assert [row["lost_sales"]["text"] for row in told["exposures"]] == shown
    assert "Lost sales" in visible(reader.get("/answers/").text)
    printed = shares_of((priced(answer),))
    cells = [answers_cells(printed.rows)(row)["lost sales"] for row in printed]
    assert cells == ["11 [5, 21] USD", "10 [5, 21] USD", "unknown"]  # the command says the same
    assert "Margin of 21 [" in " ".join(printed.notes)


def test_without_a_margin_no_page_speaks_of_lost_sales(reader: Client) -> None:
    (told,) = data(reader, "/answers/")["answers"]
    assert told["lost_sales"] == []
    assert {row["lost_sales"] for row in (*told["sides"], *told["exposures"])} == {None}
    assert "Lost sales" not in visible(reader.get("/answers/").text)

"""What changed, by mechanism: the page, its files, how one gets there, and what it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words

if TYPE_CHECKING:
    from django.test import Client

PATH = "/ledger/change/"
MADE = {"before": "2024-02", "after": "2024-05"}


def test_the_page_says_what_the_study_says(reader: Client, shop: Shop) -> None:
    split = shop.study.change("delivery date", "2024-02", "2024-05")
    page = data(reader, PATH, **MADE)
    assert page["promise"] == "delivery date"
    assert [(row["mechanism"], row["value"], row["measured"], row["low"], row["high"]) for row in page["parts"]] == [
        (part.mechanism, part.change.value, part.measured, part.change.low, part.change.high) for part in split.parts
    ]
    assert [row["owner"]["words"] for row in page["areas"]] == [one.area or "Nobody’s area" for one in split.areas]
    said = words(page["sentence"])
    assert said.startswith(f"Of those made in May 2024, {split.after.value:.1%} came late; of those made in February 2024, ")
    assert f"{abs(split.change.value or 0) * 100:.1f} points" in said
    printed = [float(one.replace("−", "-")) for one in re.findall(r"([+−]?\d+\.\d) points", said)]
    assert sum(printed[1:]) == pytest.approx(printed[0], abs=0.25)  # what is not told from chance is said, too
    assert "are not told from chance" in said


def test_what_the_page_prints_adds_up_to_the_change(reader: Client) -> None:
    page = data(reader, PATH, **MADE)
    change = sum(row["measured"] for row in page["parts"])
    assert change == pytest.approx(sum(row["value"] for row in page["parts"]), abs=1e-9)
    assert change == pytest.approx(sum(row["value"] for row in page["areas"]), abs=1e-9)
    rows = page["picture"]["wide"]["datasets"]["rows"]
    assert rows[-1]["end"] == pytest.approx(change, abs=1e-9)
    assert [row["start"] for row in rows[1:-1]] == [row["end"] for row in rows[:-2]]
    assert page["picture"]["narrow"]["datasets"]["rows"] == rows


def test_what_is_printed_adds_up_as_well(reader: Client) -> None:
    """In tenths of a point, rounded together."""

    def tenths(words: str) -> int:
        return round(float(words.replace("−", "-").removesuffix(" points")) * 10)

    page = data(reader, PATH, **MADE)
    change = tenths(page["facts"][2]["text"])
    assert sum(tenths(row["measured_words"]) for row in page["parts"] if row["kind"] != "chance") == change
    assert sum(tenths(row["words"]) for row in page["parts"] if row["words"] != "not told") == change
    assert sum(tenths(row["words"]) for row in page["areas"]) == change
    told = {row["mechanism"] for row in page["parts"] if row["words"] == "not told"}
    assert told == {row["mechanism"] for row in page["parts"] if not row["value"] and row["kind"] != "chance"}


def test_association_is_never_worded_as_cause(reader: Client) -> None:
    page = visible(reader.get(PATH, MADE).text).lower()
    assert "it says what moved along with the number, not why that moved" in page
    for word in ("because", "caused", "due to ", "led to"):
        assert word not in page


def test_the_last_two_months_whose_promises_have_fallen_due_are_beside_each_other_unless_others_are_chosen(reader: Client) -> None:
    """Of those made in June many are still open at its end."""
    page = data(reader, PATH)
    chosen = {side: next(choice["value"] for choice in page[side] if choice["chosen"]) for side in ("before", "after")}
    assert chosen == {"before": "2024-04", "after": "2024-05"}


def test_a_dimension_may_tell_the_sides_apart(reader: Client, shop: Shop) -> None:
    page = data(reader, PATH, by="lane", before="north", after="south")
    split = shop.study.change("delivery date", "north", "south", by="lane")
    assert [row["measured"] for row in page["parts"]] == [part.measured for part in split.parts]
    assert "of south" in words(page["sentence"])
    assert "lane" not in {row["mechanism"] for row in page["parts"]}  # it tells the sides apart, and is no mix as well


def test_sides_chosen_for_months_are_left_behind_where_the_form_moves_on_to_another_dimension(reader: Client) -> None:
    page = data(reader, PATH, by="lane", of="made_month", **MADE)
    assert {choice["value"] for choice in page["before"] if choice["chosen"]} <= {"north", "south"}


def test_a_slice_narrows_both_sides_and_may_be_dropped(reader: Client, shop: Shop) -> None:
    page = data(reader, PATH, **{"only.lane": "south"}, **MADE)
    split = shop.study.change("delivery date", "2024-02", "2024-05", where={"lane": "south"})
    assert [row["measured"] for row in page["parts"]] == [part.measured for part in split.parts]
    (condition,) = page["conditions"]
    assert condition["words"] == "lane: south"
    assert "only.lane" not in condition["without"]
    assert "before=2024-02" in condition["without"]


def test_the_ledger_leads_to_the_change_between_the_periods_it_compares(reader: Client) -> None:
    page = data(reader, "/ledger/", by="lane", compare="before", since="2024-04", until="2024-05")
    link = page["mechanism"]["address"]
    asked = reader.get(f"{link}&format=json").json()["data"]
    chosen = {side: next(choice["words"] for choice in asked[side] if choice["chosen"]) for side in ("before", "after")}
    assert chosen == {"before": "February to March 2024", "after": "April to May 2024"}
    assert asked["by_now"] == "month"
    assert reader.get(link).status_code == 200
    assert PATH in reader.get("/ledger/", {"by": "lane"}).text


def test_the_parts_come_as_files(reader: Client) -> None:
    page = data(reader, PATH, **MADE)
    lines = body(reader.get(PATH, {**MADE, "format": "csv"})).decode().splitlines()
    assert lines[0].startswith("mechanism,kind,area,change")
    assert len(lines) == 1 + len(page["parts"])
    assert body(reader.get(PATH, {**MADE, "format": "parquet"})).startswith(b"PAR1")


def test_where_too_few_are_on_a_side_the_page_says_that_it_cannot_be_told(reader: Client) -> None:
    page = data(reader, PATH, before="2023-01", after="2024-05")
    assert not page["known"]
    assert words(page["sentence"]).startswith("Why more, or fewer, came late cannot be told: there is no “")
    shown = reader.get(PATH, {"before": "2023-01", "after": "2024-05"})
    assert shown.status_code == 200
    assert "<figure" not in shown.text
    files = reader.get(PATH, {"before": "2023-01", "after": "2024-05", "format": "csv"})
    assert files.status_code == 400
    assert "Nothing can be told" in files.text


def test_a_study_without_a_promise_on_a_clock_says_what_is_missing(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.desks import change

    monkeypatch.setattr(change, "TIMED", frozenset())
    shown = reader.get(PATH)
    assert shown.status_code == 200
    assert "No promise of this study is on a clock" in visible(shown.text)
    assert data(reader, "/ledger/", by="lane")["mechanism"] is None


@pytest.mark.parametrize(
    ("asked", "mend"),
    [
        ({"only.name": "delivry date"}, "did you mean “delivery date”?"),
        ({"by": "lan"}, "did you mean “lane”?"),
        ({"by": "verdict"}, ""),
        ({"before": "Februry"}, "2024-01/2024-03"),
        ({"after": "2024-13"}, "2024-01/2024-03"),
        ({"before": "2024-05/2024-02"}, "2024-01/2024-03"),
        ({"before": "2024-05", "after": "2024-05"}, "two"),
        ({"by": "lane", "before": "nort"}, "did you mean “north”?"),
        ({"by": "lane", "only.lane": "north"}, "drop the condition"),
        ({"format": "xlsx"}, "use one of"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_mend(reader: Client, asked: dict[str, str], mend: str) -> None:
    answer = reader.get(PATH, asked)
    assert answer.status_code == 400
    assert mend.lower() in visible(answer.text).lower()


def test_an_outsider_sees_nothing(outsider: Client) -> None:
    answer = outsider.get(PATH)
    assert answer.status_code in {302, 401, 403}
    assert not re.search("delivery date", answer.text)

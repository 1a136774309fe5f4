"""Best and worst are drawn from whole periods only, and the page says which ones it leaves out.

The shop's first promise falls due on 7 January: the record covers 25 of January's 31 days. January kept most, March least.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string

from tests.workspace.conftest import Shop
from tests.workspace.test_pages import visible
from troth.workspace.desks.sentences import plain

if TYPE_CHECKING:
    from troth.workspace.studies.reading import OpenStudy

RULE = "A month is compared where the record covers nine tenths of its days and it holds a tenth or more of what the median month holds."


@pytest.fixture(scope="module")
def opened(workspace: Shop) -> OpenStudy:
    from troth.workspace.studies.reading import open_study

    return open_study()


def test_the_best_month_is_a_whole_one(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    months = both_desks(opened, Question(), mode="as-of").months
    assert months is not None
    kept = {row.month: row.kept.value or 0.0 for row in months.rows}
    assert max(kept, key=kept.__getitem__) == "2024-01"
    assert plain(months.sentence).startswith("June 2024 was the best month")
    assert "March 2024 the worst" in plain(months.sentence)
    assert months.note == f"Best and worst leave out January 2024 (25 of its 31 days on record). {RULE}"
    assert [row.left_out for row in months.rows] == ["25 of its 31 days on record", "", "", "", "", ""]


def test_the_swing_is_told_between_whole_months_with_a_record(opened: OpenStudy) -> None:
    """Nothing of January could be decomposed, and January is not whole; February could, nearly all of it."""
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    months = both_desks(opened, Question(), mode="as-of").months
    assert months is not None
    accounts = {f"{row.where['month']:%Y-%m}": row for row in opened.study.account(["month"])}
    per_hundred = {}
    for month in ("2024-06", "2024-03"):
        account = accounts[month]
        judged = account.due - sum(rows for rows, _ in account.undecomposed.values())
        per_hundred[month] = 100 * account.expectation.value / judged
    said = plain(months.account_sentence).replace("−", "-")
    assert f"expectation-setting moved most: from {per_hundred['2024-06']:.1f} to {per_hundred['2024-03']:.1f} breaks" in said


def test_a_month_without_a_record_is_no_end_of_the_swing_and_its_parts_are_unknown(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import _swing_sentence, both_desks
    from troth.workspace.studies.questions import Question

    found = [row for row in opened.study.integrity(["month"]) if row.due]
    accounts = {row.where["month"]: row for row in opened.study.account(["month"])}
    said = plain(_swing_sentence(found, accounts))
    assert said.startswith("Of the months with a record, from the best (June 2024) to the worst (March 2024), ")
    doubted = plain(_swing_sentence(found, accounts, doubted=True))
    assert doubted == f"{said[:-1]}, as computed. But the account is not calibrated."
    months = both_desks(opened, Question(), mode="as-of").months
    assert months is not None
    january = months.rows[0]
    assert [part.count for part in january.parts] == [*["unknown"] * 4, str(january.broken)]
    assert "nothing could be decomposed (1)" in months.no_interval


def test_the_page_says_so_where_the_picture_and_the_figures_stand(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    shown = visible(render_to_string("desks/both.html", {"page": both_desks(opened, Question(), mode="as-of")}))
    assert RULE in shown
    assert shown.count("25 of its 31 days on record") == 2


def test_a_month_the_reader_cuts_short_is_left_out_too(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    months = both_desks(opened, Question(since=date(2024, 2, 1), until=date(2024, 6, 6)), mode="as-of").months
    assert months is not None
    assert plain(months.sentence).startswith("February 2024 was the best month")
    assert "June 2024 (6 of its 30 days on record)" in months.note


def test_where_one_month_alone_is_whole_there_is_no_best_and_no_worst(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    months = both_desks(opened, Question(since=date(2024, 2, 20), until=date(2024, 4, 6)), mode="as-of").months
    assert months is not None
    assert plain(months.sentence) == "March 2024 alone is whole: 47.0% kept."


def test_the_ledger_calls_no_part_period_the_worst_and_says_why(opened: OpenStudy) -> None:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    whole = ledger_page(opened, Question(by=("quarter",)), Ask())
    assert [(row.worst, row.left_out) for row in whole.slices if row.due] == [(True, ""), (False, "")]
    cut = ledger_page(opened, Question(by=("quarter",), since=date(2024, 2, 1)), Ask())
    assert [(row.worst, row.left_out) for row in cut.slices if row.due] == [(False, "60 of its 91 days on record"), (False, "")]
    assert cut.slices[0].due > 100
    assert cut.note.startswith("Best and worst leave out quarter 1 of 2024 (60 of its 91 days on record). A quarter is compared where")
    assert cut.note in visible(render_to_string("desks/ledger.html", {"page": cut}))


def test_slices_of_other_dimensions_leave_nothing_out(opened: OpenStudy) -> None:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    page = ledger_page(opened, Question(by=("lane",)), Ask())
    assert page.note == ""
    assert {row.left_out for row in page.slices} == {""}


def test_windows_of_which_the_record_covers_unequal_parts_are_not_equal(opened: OpenStudy) -> None:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    page = ledger_page(opened, Question(by=("lane",), since=date(2024, 5, 1), until=date(2024, 7, 31)), Ask("before"))
    (banner,) = (one for one in page.banners if one.title == "Not an equal window.")
    assert banner.words == (
        "The record runs from 7 January 2024 to 30 June 2024: it covers 61 days of May to July 2024, and 90 days of February to April 2024."
    )
    even = ledger_page(opened, Question(by=("lane",), since=date(2024, 4, 1), until=date(2024, 5, 31)), Ask("before"))
    assert not any(one.title == "Not an equal window." for one in even.banners)

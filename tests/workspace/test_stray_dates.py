"""One due date that was mistyped opens no page: the period in view is the latest twelve months that hold promises worth the name."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string

import troth
from tests.projects import NOW
from tests.workspace.conftest import Shop
from tests.workspace.test_pages import visible
from troth.workspace.desks.sentences import plain

if TYPE_CHECKING:
    from troth.workspace.studies.reading import OpenStudy

SOURCE = """\
read = "orders.csv"
id = "id"

[[promises]]
name = "delivery date"
type = "deadline"
customer = "id"
made_at = "made"
due = "due"
received_at = "received"
kept_by = "lane"
"""

USUAL = [(f"{n}", "2022-01-02", f"2022-{month:02}-{day:02}", "2022-01-20", "north") for n, (month, day) in enumerate(
    (month, day) for month in (2, 3, 4) for day in range(1, 21)
)]  # fmt: skip
STRAYS = [("early", "2011-05-01", "2011-05-20", "2011-05-10", "south"), ("late", "2022-01-03", "2024-05-01", "2022-01-10", "north")]
"""60 promises due from February to April 2022; one from 2011, and one due in May 2024 that was long received."""


@pytest.fixture(scope="module")
def opened(workspace: Shop, tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    from troth.workspace.studies.reading import OpenStudy

    folder = tmp_path_factory.mktemp("strays")
    (folder / "sources").mkdir()
    (folder / "troth.toml").write_text('name = "Strays"\n')
    (folder / "sources" / "orders.toml").write_text(SOURCE)
    with (folder / "orders.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("id", "made", "due", "received", "lane"), *USUAL, *STRAYS])
    project = troth.open(Path(folder))
    study = project.run("2024-06-30", at=NOW).study
    return OpenStudy(study, project.shelf.current())


def test_the_first_page_speaks_of_the_twelve_months_with_promises_in_them(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.periods import settled
    from troth.workspace.studies.questions import Question

    question = settled(opened, Question(), everything=False)
    assert (question.since, question.until) == (date(2021, 5, 1), date(2022, 4, 30))
    page = both_desks(opened, question, mode="as-of")
    assert "60" in plain(page.sentence)
    assert page.period.outside == "2 promises due before or after lie outside of this period."
    assert page.period.outside in visible(render_to_string("desks/both.html", {"page": page}))


def test_the_menu_names_months_in_which_something_fell_due_and_those_chosen(opened: OpenStudy) -> None:
    from troth.workspace.desks.periods import period_of
    from troth.workspace.studies.periods import settled
    from troth.workspace.studies.questions import Question

    period = period_of(opened, settled(opened, Question(), everything=False))
    months = ["2011-05", "2021-05", "2022-02", "2022-03", "2022-04", "2024-05"]
    assert [choice.value for choice in period.starts] == [choice.value for choice in period.ends] == months
    assert [choice.value for choice in (*period.starts, *period.ends) if choice.chosen] == ["2021-05", "2022-04"]


def test_stray_dates_are_one_choice_away(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.periods import settled
    from troth.workspace.studies.questions import Question

    everything = settled(opened, Question(), everything=True)
    assert (everything.since, everything.until) == (date(2011, 5, 1), date(2024, 5, 31))
    page = both_desks(opened, everything, mode="as-of")
    assert page.period.outside == ""
    assert "62" in plain(page.sentence)
    late = both_desks(opened, Question(since=date(2024, 5, 1), until=date(2024, 5, 31)), mode="as-of")
    assert late.period.outside == "61 promises due before or after lie outside of this period."


def test_the_number_outside_is_of_what_is_asked_about(opened: OpenStudy) -> None:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.periods import settled
    from troth.workspace.studies.questions import Question

    question = settled(opened, Question(by=("name",), where=(("kept_by", "north"),)), everything=False)
    page = ledger_page(opened, question, Ask())
    assert page.period.outside == "1 promise due before or after lies outside of this period."
    assert page.period.outside in visible(render_to_string("desks/ledger.html", {"page": page}))


@pytest.mark.parametrize(
    ("due", "last"),
    [
        (
            {date(2023, month, 1): 50 for month in range(1, 13)} | {date(2024, 1, 1): 3},
            date(2024, 1, 31),
        ),  # they hold 553
        ({date(2022, 2, 1): 60, date(2024, 5, 1): 6}, date(2024, 5, 31)),  # a tenth
        ({date(2022, 2, 1): 60, date(2024, 5, 1): 5}, date(2022, 2, 28)),  # less
        ({date(2022, 2, 1): 1}, date(2022, 2, 28)),
    ],
)
def test_twelve_months_hold_enough_from_a_tenth_of_the_busiest_on(workspace: Shop, due: dict[date, int], last: date) -> None:
    from troth.workspace.studies.periods import latest

    assert latest(due)[1] == last

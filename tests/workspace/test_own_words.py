"""A company that names nobody, has steps between promise and receipt, and claims more than it promised: the pages say so in its words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string

import troth
from tests.projects import AS_OF, NOW, ORDERS, write_shop
from tests.workspace.conftest import Shop
from tests.workspace.test_pages import visible
from troth.workspace.desks.sentences import plain

if TYPE_CHECKING:
    from troth.workspace.studies.reading import OpenStudy

OWN_WORDS = ORDERS.replace('customer = "customer"\n', 'each = "parcel"\nflagged_kept = "status = \'done\'"\n').replace(
    'context = ["lane"]',
    'stages = { packed = { at = "cast(ordered_at as timestamp) + interval 1 day", area = "Marketing" } }\ncontext = ["lane"]',
)


@pytest.fixture(scope="module")
def opened(workspace: Shop, tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """The shop, anonymous, read by the workspace."""
    from troth.workspace.studies.reading import OpenStudy

    folder = write_shop(tmp_path_factory.mktemp("words") / "shop")
    (folder / "sources" / "orders.toml").write_text(OWN_WORDS)
    project = troth.open(Path(folder))
    study = project.run(AS_OF, at=NOW).study
    return OpenStudy(study, project.shelf.current())


def test_parcels_are_counted_and_it_says_why(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    page, total = both_desks(opened, Question(), mode="as-of"), opened.study.integrity()[0]
    kept, share = total.kept + total.exceeded, f"{(total.kept + total.exceeded) / total.due:.0%}"
    assert plain(page.sentence) == (
        f"Of {total.due} parcels with a promise due in January to June 2024, we kept our word on {kept} ({share}) "
        f"and broke it on {total.broken}."
    )
    assert page.remarks[0] == (
        f"The sources name nobody, so people cannot be counted: each parcel stands for one, and {total.due} parcels are counted instead."
    )
    assert page.headline[0].name == "Issue-free parcels"
    assert any("parcels are instead" in note for note in opened.study.integrity().notes)


def test_both_desks_and_sources_tell_what_is_claimed_without_a_promise(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.desks.sources import sources_page
    from troth.workspace.studies.questions import Question

    flagged = opened.study.sources[0].flagged_kept
    assert flagged
    sentence = f"60 parcels bear no promise, yet the source “orders” flags {flagged} of them as kept (status = 'done')."
    desks, sources = both_desks(opened, Question(), mode="as-of"), sources_page(opened)
    assert sentence in [banner.words for banner in desks.banners]
    assert sentence in sources.notes
    assert sentence in visible(render_to_string("desks/both.html", {"page": desks}))
    assert sentence in visible(render_to_string("desks/sources.html", {"page": sources}))


def test_the_claim_stands_beside_the_verdict(opened: OpenStudy) -> None:
    from troth.workspace.desks.sources import sources_page

    rows, total = sources_page(opened).flags, opened.study.integrity()[0]
    assert [row.claim for row in rows] == ["kept", "not kept"]
    assert (sum(row.due for row in rows), sum(row.broken for row in rows)) == (total.due, total.broken)
    for row, agreed in zip(rows, (rows[0].kept, rows[1].broken), strict=True):
        assert row.agreed == agreed / row.due


def test_the_delivery_part_is_split_among_areas_step_by_step(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    page = both_desks(opened, Question(), mode="as-of")
    (table,) = page.stages
    parts = opened.study.stages().rows
    assert [(row.step, row.area) for row in table.rows] == [
        ("made to packed", "Marketing"),
        ("packed to received", "area that keeps it"),
        ("slack beyond the steps", "nobody"),
    ]
    assert [(row.days, row.share, row.n) for row in table.rows] == [(part.days, part.share, part.n) for part in parts]
    assert abs(table.rows[0].days / table.n) < 0.01  # packing always takes a day, give or take the hour the clocks change by
    shown = visible(render_to_string("desks/both.html", {"page": page}))
    assert plain(table.sentence) in shown
    assert table.rows[1].each in shown


def test_the_gap_stands_in_days_where_one_promise_is_in_view(opened: OpenStudy) -> None:
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    page = ledger_page(opened, Question(by=("lane",)), Ask())
    assert page.native is not None
    (total,) = opened.study.native()
    assert (page.native.unit, page.native.total.n, page.native.total.listening) == ("days", total.decomposed, "unknown")
    shown = page.native.total.delivery.replace("−", "-")
    assert shown == f"{total.delivery / total.decomposed:.2f} days" or (
        shown.endswith("min") and abs(total.delivery) < 2 * total.decomposed
    )
    cells = [cell for row in (*page.native.rows, page.native.total) for cell in (row.expectation, row.standard, row.delivery, row.gap)]
    assert len({cell.endswith("days") for cell in cells}) == 1  # one unit throughout
    assert {reason.words: reason.promises for reason in page.native.reasons} == dict(total.undecomposed)
    assert sum(row.n for row in page.native.rows) == total.decomposed
    assert page.native.total.n + page.native.total.left_out == opened.study.integrity()[0].due
    assert "The gap in days" in visible(render_to_string("desks/ledger.html", {"page": page}))
    assert plain(page.sentence).startswith(f"{page.total.due} parcels by lane.")


def test_steps_own_unit_and_skill_speak_of_the_period_chosen(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.desks.ledger import Ask, ledger_page
    from troth.workspace.studies.questions import Question

    halves = [Question(until=date(2024, 3, 31)), Question(since=date(2024, 4, 1))]
    whole = Question()
    desks = {question: both_desks(opened, question, mode="as-of") for question in (whole, *halves)}
    steps = {question: page.stages[0].n for question, page in desks.items()}
    assert steps[whole] == sum(steps[half] for half in halves) > max(steps[half] for half in halves)
    units = {question: ledger_page(opened, question.asked_by(("lane",)), Ask()).native for question in (whole, *halves)}
    counted = {question: table.total.n for question, table in units.items() if table is not None}
    assert counted[whole] == sum(counted[half] for half in halves) > max(counted[half] for half in halves)
    for question, page in desks.items():
        assert page.account is not None
        (expectation,) = (part for part in page.account.parts if part.key == "expectation-setting")
        skill = opened.study.skill(since=question.since, until=question.until)[0].skill
        assert expectation.skill is not None
        assert (expectation.skill.value, expectation.skill.low, expectation.skill.n) == (skill.value, skill.low, skill.n)


def test_what_is_at_risk_and_every_list_of_promises_is_counted_in_the_companys_word(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.desks.ledger import rows_page
    from troth.workspace.studies.questions import Question

    page, (at_risk,) = both_desks(opened, Question(), mode="as-of"), opened.study.at_risk()
    assert plain(page.at_risk.sentence).startswith(f"{at_risk.pending} parcels have a promise open as of 30 June 2024, 23:59.")
    assert "All parcels with an open promise" in visible(render_to_string("desks/both.html", {"page": page}))
    titles = {state: rows_page(opened, Question(), state=state, number=1).title for state in ("", "broken", "pending")}
    total = opened.study.integrity()[0]
    assert titles == {
        "": f"{total.due} parcels whose promise fell due",
        "broken": f"{total.broken} parcels whose promise was broken",
        "pending": f"{total.pending} parcels whose promise is open and not yet due",
    }


def test_how_many_will_break_carries_its_limits(opened: OpenStudy) -> None:
    from troth.workspace.desks.both import both_desks
    from troth.workspace.studies.questions import Question

    view, (at_risk,) = both_desks(opened, Question(), mode="as-of").at_risk, opened.study.at_risk()
    low, high = at_risk.expected.low, at_risk.expected.high
    assert low is not None
    assert high is not None
    assert f"of them ({low:.0f} to {high:.0f}) will break unless something changes" in plain(view.sentence)
    assert (view.expected.value, view.expected.n, view.expected.interval) == (
        at_risk.expected.value,
        at_risk.pending,
        f"{low:.0f} to {high:.0f}",
    )
    assert sum(row.expected.value or 0.0 for row in view.slices) == pytest.approx(at_risk.expected.value)
    assert all(row.expected.interval for row in view.slices)

"""Which version of the charter judges a promise: the one in force when it was made (domain.md d1), in a table that fits the page.

version   in force since   standard
1         1 January        8 days
2         1 March          5 days
3         1 May            3 days, judges promises since 1 April
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.engine.facts import charter_from, charter_record
from troth.engine.promises import judge
from troth.engine.promises.lines import NO_LINE
from troth.terms.charter import Charter, Line, Party
from troth.terms.versions import NOTHING_AGREED, clashes, in_force_on, in_order, judging
from troth.terms.vocabulary import Aspect

OFFICERS = (Party("Brand officer", Aspect.BRAND, signed=True), Party("Service officer", Aspect.SERVICE, signed=True))


def version(name: str, since: date | None, standard: float, promises_since: date | None = None, *more: Line) -> Charter:
    return Charter(
        version=name,
        parties=OFFICERS,
        lines=(Line(promise="delivery date", standard=standard), *more),
        effective_from=since,
        promises_since=promises_since,
    )


ONE = version("1", date(2024, 1, 1), 8.0)
TWO = version("2", date(2024, 3, 1), 5.0)
THREE = version("3", date(2024, 5, 1), 3.0, date(2024, 4, 1))
ALL = (THREE, ONE, TWO)


def standards(charter: Charter, *made: datetime) -> list[float | None]:
    """The standard each promise is judged by, in the ledger."""
    table = pa.table(
        {
            "type": ["deadline"] * len(made),
            "name": ["delivery date"] * len(made),
            "made_at": pa.array(made, pa.timestamp("us")),
            "due_at": pa.array([at + timedelta(days=4) for at in made], pa.timestamp("us")),
        }
    )
    ledger = judge(table, as_of=datetime(2025, 12, 31, tzinfo=UTC), charter=charter).order_by("made_at").to_pyarrow()
    return [None if line == NO_LINE else charter.lines[line].standard for line in ledger["line"].to_pylist()]


MADE = (datetime(2023, 12, 31, 12), datetime(2024, 2, 1), datetime(2024, 3, 20), datetime(2024, 4, 20), datetime(2024, 5, 20))


@pytest.mark.parametrize(
    ("as_of", "in_force", "judged_by"),
    [
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), NOTHING_AGREED, [None, None, None, None, None]),
        (datetime(2024, 2, 29, 23, 59, tzinfo=UTC), "1", [None, 8.0, 8.0, 8.0, 8.0]),
        (datetime(2024, 3, 1, tzinfo=UTC), "2", [None, 8.0, 5.0, 5.0, 5.0]),
        (datetime(2024, 4, 30, 23, 59, tzinfo=UTC), "2", [None, 8.0, 5.0, 5.0, 5.0]),
        (datetime(2024, 5, 1, tzinfo=UTC), "3", [None, 8.0, 5.0, 3.0, 3.0]),
    ],
    ids=["before any", "first", "second", "third not in force yet", "third looks back to April"],
)
def test_a_promise_is_judged_by_the_version_in_force_when_it_was_made(
    as_of: datetime, in_force: str, judged_by: list[float | None]
) -> None:
    charter = judging(in_order(ALL), as_of, "UTC")
    assert charter.version == in_force
    assert standards(charter, *MADE) == judged_by
    found = [charter.match({"promise": "delivery date"}, made) for made in MADE]
    assert [line and line.standard for line in found] == judged_by


def test_a_study_of_an_earlier_day_knows_nothing_of_later_versions() -> None:
    earlier = judging(in_order(ALL), datetime(2024, 2, 29, tzinfo=UTC), "UTC")
    assert earlier == judging(in_order([ONE]), datetime(2024, 2, 29, tzinfo=UTC), "UTC")


def test_a_version_that_looks_back_over_a_whole_earlier_one_replaces_it() -> None:
    back = version("4", date(2024, 6, 1), 2.0, date(2024, 2, 15))
    charter = judging(in_order([*ALL, back]), datetime(2024, 7, 1, tzinfo=UTC), "UTC")
    assert standards(charter, *MADE) == [None, 8.0, 2.0, 2.0, 2.0]
    assert {line.version for line in charter.lines} == {"4", "1"}


def test_the_first_line_signed_for_all_promises_judges_all_of_them() -> None:
    charter = judging(in_order([replace(ONE, promises_since=date(2000, 1, 1))]), datetime(2024, 1, 1, tzinfo=UTC), "UTC")
    assert standards(charter, *MADE) == [8.0] * 5


def test_a_day_begins_where_the_company_is() -> None:
    zone = "America/New_York"
    charter = judging(in_order([ONE, TWO]), datetime(2024, 3, 1, tzinfo=ZoneInfo(zone)), zone)
    assert charter.version == "2"
    assert judging(in_order([ONE, TWO]), datetime(2024, 3, 1, 4, 59, tzinfo=UTC), zone).version == "1"
    assert standards(charter, datetime(2024, 3, 1, 4, 59), datetime(2024, 3, 1, 5)) == [8.0, 5.0]


def test_a_more_specific_line_of_an_earlier_version_does_not_outlive_it() -> None:
    special = Line(promise="delivery date", segment="loyal", standard=1.0)
    charter = judging(in_order([version("1", None, 8.0, None, special), TWO]), datetime(2024, 4, 1, tzinfo=UTC), "UTC")
    cell = {"promise": "delivery date", "segment": "loyal"}
    assert [line and line.standard for line in (charter.match(cell, made) for made in MADE[1:3])] == [1.0, 5.0]
    assert charter.match(cell) == charter.in_force_lines[0]


def test_a_draft_never_judges() -> None:
    draft = replace(THREE, parties=(OFFICERS[0], replace(OFFICERS[1], signed=False)))
    assert judging(in_order([ONE, TWO, draft]), datetime(2024, 6, 1, tzinfo=UTC), "UTC").version == "2"


def test_the_version_in_force_on_a_day() -> None:
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date(2024, 5, 1)]
    found = [in_force_on(in_order(ALL), day) for day in days]
    assert [one and one.version for one in found] == [None, "1", "1", "2", "3"]


def test_one_version_that_always_was_in_force_comes_back_as_it_is() -> None:
    always = version("1", None, 8.0)
    assert judging([always], datetime(2024, 1, 1, tzinfo=UTC), "UTC") == always


def test_a_study_remembers_every_line_and_its_span() -> None:
    charter = judging(in_order(ALL), datetime(2024, 6, 1, tzinfo=UTC), "UTC")
    assert charter_from(charter_record(charter)) == charter
    assert len(charter.lines) == 3
    assert len(charter.in_force_lines) == 1


@pytest.mark.parametrize(
    ("versions", "key"),
    [
        ((ONE, replace(TWO, version="1")), "version"),
        ((ONE, replace(TWO, effective_from=date(2024, 1, 1))), "effective_from"),
        ((replace(ONE, promises_since=date(2024, 1, 2)),), "promises_since"),
    ],
)
def test_versions_that_cannot_stand_side_by_side_are_named(versions: tuple[Charter, ...], key: str) -> None:
    assert [found[1] for found in clashes(versions)] == [key]
    assert not list(clashes(ALL))


histories = st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40)), min_size=1, max_size=6, unique_by=lambda pair: pair[0])


@given(histories, st.integers(0, 45), st.integers(-5, 45))
def test_any_history_agrees_with_asking_version_by_version(history: list[tuple[int, int | None]], now: int, made: int) -> None:
    """The plain reading: of the versions in force by now, the last one that judges promises of that day."""
    start = date(2024, 1, 1)
    versions = [
        version(str(number), start + timedelta(days=day), float(number), None if back is None else start + timedelta(days=min(back, day)))
        for number, (day, back) in enumerate(history)
    ]
    expected = None
    for one in sorted(versions, key=lambda one: one.effective_from or start):
        assert one.effective_from is not None
        if one.effective_from <= start + timedelta(days=now) and (one.promises_since or one.effective_from) <= start + timedelta(days=made):
            expected = one.lines[0].standard
    noon = datetime(2024, 1, 1, 12)
    charter = judging(in_order(versions), (noon + timedelta(days=now)).replace(tzinfo=UTC), "UTC")
    found = charter.match({"promise": "delivery date"}, noon + timedelta(days=made))
    assert (found and found.standard) == expected

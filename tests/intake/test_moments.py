"""What a date in a column means: a day alone, a local time, an instant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.projects import ORDERS, at, orders, taken, write

HEADER = "id,customer,ordered,promised,delivered\n"
NEW_YORK = 'timezone = "America/New_York"\n'


def test_a_day_alone_is_due_at_its_last_microsecond(tmp_path: Path) -> None:
    """domain.md c3 and i.1: delivered at 18:00 on the day is in time."""
    one = orders(tmp_path, HEADER + "1,ana,2024-03-01 08:00:00,2024-03-05,2024-03-05 18:00:00\n")

    assert one.rows("due_at", "received_at") == [(at("2024-03-05 23:59:59.999999"), at("2024-03-05 18:00"))]


@pytest.mark.parametrize(
    ("due", "utc"),
    [
        ("2011-11-05", "2011-11-06 03:59:59.999999"),  # summer time
        ("2011-11-06", "2011-11-07 04:59:59.999999"),  # the day the clocks go back, 25 hours
        ("2011-03-13", "2011-03-14 03:59:59.999999"),  # the day they go forward, 23 hours
        ("2011-12-31", "2012-01-01 04:59:59.999999"),
    ],
)
def test_a_day_ends_when_it_ends_for_the_customer(tmp_path: Path, due: str, utc: str) -> None:
    one = orders(tmp_path, HEADER + f"1,ana,2011-01-01 08:00:00,{due},\n", settings=NEW_YORK)

    assert one.column("due_at") == [at(utc)]


def test_the_customers_own_zone_decides_the_day_and_the_sources_zone_the_time(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,zone\n"
    csv += "1,ana,2024-07-01 08:00:00,2024-07-05,2024-07-05 12:00:00,Asia/Tokyo\n"
    csv += "2,ben,2024-07-01 08:00:00,2024-07-05,2024-07-05 12:00:00,\n"
    csv += "3,chi,2024-07-01 08:00:00,2024-07-05,2024-07-05 12:00:00,Atlantis\n"
    one = orders(tmp_path, csv, ORDERS + 'timezone = "zone"\n', settings=NEW_YORK)

    assert one.rows("made_at", "due_at", "received_at") == [
        (at("2024-07-01 12:00"), at("2024-07-05 14:59:59.999999"), at("2024-07-05 16:00")),
        (at("2024-07-01 12:00"), at("2024-07-06 03:59:59.999999"), at("2024-07-05 16:00")),
    ]
    assert one.aside("row", "value", "reason") == [("3", "Atlantis", "unknown word")]


def test_a_time_the_clocks_leave_out_is_set_aside_and_the_doubled_hour_counts_once(tmp_path: Path) -> None:
    csv = HEADER + "1,ana,2011-03-13 02:30:00,2011-03-20,\n2,ben,2011-11-06 01:30:00,2011-11-20,\n"
    one = orders(tmp_path, csv, settings=NEW_YORK)

    assert one.aside("row", "column", "value", "reason") == [("1", "ordered", "2011-03-13 02:30:00", "clock skipped")]
    assert one.column("made_at") == [at("2011-11-06 05:30")]


def test_an_offset_in_the_text_wins_over_every_zone(tmp_path: Path) -> None:
    csv = HEADER + "1,ana,2024-03-01T10:00:00Z,2024-03-05T12:00:00+02:00,2024-03-04 09:00:00\n"
    one = orders(tmp_path, csv, settings=NEW_YORK)

    assert one.rows("made_at", "due_at", "received_at") == [(at("2024-03-01 10:00"), at("2024-03-05 10:00"), at("2024-03-04 14:00"))]


@pytest.mark.parametrize(
    ("setting", "text", "moment"),
    [
        ("dayfirst = true", "05/03/2024 14:30", "2024-03-05 14:30"),
        ("dayfirst = true", "5.3.2024", "2024-03-05 23:59:59.999999"),
        ("dayfirst = true", "2024-03-05 14:30:00", "2024-03-05 14:30"),
        ('date_format = "%m/%d/%Y %H:%M"', "03/05/2024 14:30", "2024-03-05 14:30"),
        ('date_format = "%m/%d/%y %I:%M %p"', "3/5/24 2:30 PM", "2024-03-05 14:30"),
        ('date_format = "%m/%d/%y %I:%M %p"', "3/5/24 12:05 am", "2024-03-05 00:05"),
        ('date_format = "%d-%b-%Y"', "05-Mar-2024", "2024-03-05 23:59:59.999999"),
        ('date_format = "%Y%m%d"', "20240305", "2024-03-05 23:59:59.999999"),
        ('date_format = "%Y%m%d%H%M%S.%f"', "20240305143000.25", "2024-03-05 14:30:00.25"),
    ],
)
def test_dates_are_read_as_the_source_writes_them(tmp_path: Path, setting: str, text: str, moment: str) -> None:
    csv = f"id,customer,made,promised\n1,ana,{text},{text}\n2,ben,{text},sometime\n"
    source = setting + "\n" + ORDERS.replace('"ordered"', "\"timestamp '2024-01-01 00:00:00'\"").replace('received_at = "delivered"\n', "")
    one = orders(tmp_path, csv, source)

    assert one.column("due_at") == [at(moment)]
    assert one.reasons == {"bad date": 1}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01T10:00Z", "2024-03-01 10:00"),
        ("2024-03-01T10:00+01:00", "2024-03-01 09:00"),
        ("2024-03-01 10:00:00 +0100", "2024-03-01 09:00"),
        ("2024-03-01T10-05", "2024-03-01 15:00"),
        ("2024-03-01T10", "2024-03-01 15:00"),
        ("2024-03-01T10:00:00,5", "2024-03-01 15:00:00.5"),
        ("2024-03-01t10:00:00.5z", "2024-03-01 10:00:00.5"),
        ("20240301T100000Z", "2024-03-01 10:00"),
        ("20240301T1000", "2024-03-01 15:00"),
        ("20240301", "2024-03-02 04:59:59.999999"),
    ],
)
def test_a_time_in_any_writing_of_iso_8601_is_read(tmp_path: Path, text: str, moment: str) -> None:
    one = orders(tmp_path, HEADER + f'1,ana,2024-01-01,"{text}",\n', settings=NEW_YORK)

    assert one.column("due_at") == [at(moment)]


@pytest.mark.parametrize(
    "text", ["2024-03", "2024-061", "2024-W09-5", "2024-03-01T10:30,5", "20240301T100", "20240230", "20240301Z", "20240301100000"]
)
def test_what_names_no_day_or_no_whole_time_is_a_bad_date(tmp_path: Path, text: str) -> None:
    assert orders(tmp_path, HEADER + f'1,ana,2024-01-01,"{text}",\n').reasons == {"bad date": 1}


@pytest.mark.parametrize("text", ["infinity", "epoch", "0044-03-15 (BC)", "99999-01-01", "2024-13-01", "2024", "1709632800"])
def test_texts_that_only_a_database_takes_for_dates_are_bad_dates(tmp_path: Path, text: str) -> None:
    one = orders(tmp_path, HEADER + f"1,ana,2024-03-01,{text},\n")

    assert one.aside("column", "value", "reason") == [("promised", text, "bad date")]


def test_a_date_far_away_is_still_a_date(tmp_path: Path) -> None:
    one = orders(tmp_path, HEADER + "1,ana,2024-07-01 12:00:00,9999-12-31 00:00:00,\n", settings=NEW_YORK)

    assert one.rows("made_at", "due_at") == [(at("2024-07-01 16:00"), at("9999-12-31 05:00"))]


@pytest.mark.parametrize(
    ("estimate", "days"),
    [("4", 4.0), ("2024-03-05 08:00:00", 4.0), ("2024-03-05", 4.666666666655093), ("", None)],
)
def test_an_internal_estimate_is_days_or_a_moment(tmp_path: Path, estimate: str, days: float | None) -> None:
    csv = f"id,customer,ordered,promised,delivered,eta\n1,ana,2024-03-01 08:00:00,2024-03-06,,{estimate}\n"
    one = orders(tmp_path, csv, ORDERS + 'internal_estimate = "eta"\n')

    assert one.column("internal_estimate") == [days if days is None else pytest.approx(days, abs=1e-9)]


def test_an_estimate_that_is_neither_is_set_aside(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,eta\n1,ana,2024-03-01 08:00:00,2024-03-06,,next week\n"

    assert orders(tmp_path, csv, ORDERS + 'internal_estimate = "eta"\n').aside("column", "value", "reason") == [
        ("eta", "next week", "bad date")
    ]


def test_a_promised_duration_makes_the_due_date(tmp_path: Path) -> None:
    csv = "id,asked,answered\n1,2024-03-01 08:00:00,2024-03-01 20:00:00\n2,2024-03-01 08:00:00,\n"
    source = """\
        read = "orders.csv"
        id = "id"
        [[promises]]
        name = "answer"
        type = "response_time"
        made_at = "asked"
        promised = "24 hours"
        received_at = "answered"
        tolerance = "15 minutes"
        grace = "2 days"
    """
    one = orders(tmp_path, csv, source)

    assert one.rows("due_at", "promised", "tolerance", "grace", "unit") == [(at("2024-03-02 08:00"), 1.0, 15 / 1440, 2.0, "days")] * 2


def test_a_window_counts_in_minutes(tmp_path: Path) -> None:
    csv = "id,booked,opens,closes,came\n1,2024-03-01 08:00:00,2024-03-05 08:00:00,2024-03-05 12:00:00,2024-03-05 12:10:00\n"
    source = """\
        read = "orders.csv"
        id = "id"
        [[promises]]
        name = "visit"
        type = "window"
        made_at = "booked"
        window_start = "opens"
        due = "closes"
        received_at = "came"
        tolerance = "15 minutes"
    """
    charter = '[[lines]]\npromise = "visit"\nstandard = "2 hours"\n[[lines]]\nstandard = "2 hours"\n'
    one = orders(tmp_path, csv, source, charter=charter)

    assert one.rows("window_start", "due_at", "tolerance", "unit", "direction") == [
        (at("2024-03-05 08:00"), at("2024-03-05 12:00"), 15.0, "minutes outside", "set")
    ]


@pytest.mark.parametrize(
    ("due", "until"),
    [
        ("cast(promised as date) + interval 1 day", "2024-03-06 23:59:59.999999"),
        ("interval 1 week + cast(promised as date)", "2024-03-12 23:59:59.999999"),
        ("cast(promised as date) - 2 * interval 1 day", "2024-03-03 23:59:59.999999"),
        ("(cast(promised as date) + to_days(extra)) + interval 1 month", "2024-04-08 23:59:59.999999"),
        ("date_add(cast(promised as date), interval 1 year)", "2025-03-05 23:59:59.999999"),
        ("cast(promised as date) + interval 17 hour", "2024-03-05 17:00"),
        ("cast(promised as timestamp) + interval 1 day", "2024-03-06 00:00"),
        ("promised + interval 1 day", "2024-03-06 23:59:59.999999"),
        ("promised + interval 1 day + interval 1 week", "2024-03-13 23:59:59.999999"),
        ("promised + interval 17 hour", "2024-03-05 17:00"),
    ],
)
def test_a_day_some_days_later_lasts_until_its_end(due: str, until: str, tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,extra,delivered\n1,ana,2024-03-01 10:00,2024-03-05,3,\n"
    source = ORDERS.replace('due = "promised"', f'due = "{due}"')
    assert taken(write(tmp_path, source, files={"orders.csv": csv})).column("due_at") == [at(until)]


def test_in_one_column_a_day_moved_by_days_is_a_day_and_a_moment_a_moment(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,\n2,ben,2024-03-01,2024-03-05 08:00,\n"
    source = ORDERS.replace('due = "promised"', 'due = "promised + interval 1 day"')
    found = taken(write(tmp_path, source, files={"orders.csv": csv}, settings='timezone = "America/New_York"\n'))
    assert found.column("due_at") == [at("2024-03-07 04:59:59.999999"), at("2024-03-06 13:00")]

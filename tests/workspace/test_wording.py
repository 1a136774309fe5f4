"""Numbers, dates and lists read alike wherever they stand; what is not quite all never reads as all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from troth.terms.charter import Area, Charter
from troth.terms.vocabulary import Aspect, Part
from troth.workspace.desks.ownership import owners
from troth.workspace.desks.sentences import bare, plain, spoken
from troth.workspace.parts import wording


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "no data"), (0.0, "0%"), (1.0, "100%"), (0.7518, "75.2%"), (0.9999, "over 99.9%"), (0.0001, "under 0.1%"), (0.9994, "99.9%")],
)
def test_a_share_in_words(share: float | None, text: str) -> None:
    assert wording.percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(-995.4, "−995"), (12_345.0, "12,345"), (-0.4, "0")])
def test_a_count_in_words(value: float, text: str) -> None:
    assert wording.whole(value) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        (Decimal("12345.50"), "USD 12,346"),
        (Decimal("0.00"), "USD 0"),
        (Decimal("0.30"), "under USD 1"),
        (Decimal("-0.30"), "USD −1 to 0"),
        (Decimal(-12), "USD −12"),
    ],
)
def test_an_amount_in_words(amount: Decimal | None, text: str) -> None:
    assert wording.money(amount, "USD") == text


def test_a_range_of_an_amount_stands_beside_its_currency() -> None:
    assert wording.money_span(Decimal("900.40"), Decimal("12000.60")) == "900 to 12,001"
    assert wording.money_span(None, Decimal(1)) == ""


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        (date(2024, 12, 2), date(2024, 12, 15), "2 to 15 December 2024"),
        (date(2024, 4, 24), date(2024, 5, 3), "24 April to 3 May 2024"),
        (date(2023, 12, 30), date(2024, 1, 2), "30 December 2023 to 2 January 2024"),
        (date(2024, 1, 2), date(2024, 1, 2), "2 January 2024"),
    ],
)
def test_days_in_words(since: date, until: date, text: str) -> None:
    assert wording.days(since, until) == text


@pytest.mark.parametrize(("change", "text"), [(0.0151, "+1.5 points"), (-0.14, "−14.0 points"), (-0.0001, "0.0 points")])
def test_a_change_in_points(change: float, text: str) -> None:
    assert wording.points(change) == text


@pytest.mark.parametrize(
    ("level", "unit", "text"),
    [
        (1.5, "days", "36 h 00 min"),
        (0.02, "days", "29 min"),
        (-0.02, "days", "−29 min"),
        (30 / 86400, "days", "30 s"),
        (-0.25 / 86400, "days", "under 1 s"),
        (0.0, "days", "0 min"),
        (8.25, "days", "8.25 days"),
        (0.001, "BRL", "under 0.01 BRL"),
        (1234.5, "BRL", "1,234.5 BRL"),
    ],
)
def test_a_level_with_its_unit(level: float, unit: str, text: str) -> None:
    assert wording.level(level, unit) == text


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        (date(2024, 7, 1), date(2024, 9, 30), "July to September 2024"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2011, 7, 1), date(2012, 1, 31), "July 2011 to January 2012"),
        (date(2024, 2, 1), date(2024, 2, 28), "1 February 2024 to 28 February 2024"),
        (date(2024, 2, 1), date(2024, 2, 1), "1 February 2024"),
    ],
)
def test_a_period_as_people_say_it(since: date, until: date, text: str) -> None:
    assert wording.months(since, until) == text


def test_a_moment_is_told_in_the_readers_zone() -> None:
    assert wording.moment(datetime(2012, 2, 1, 4, 59, tzinfo=UTC), ZoneInfo("America/New_York")) == "31 January 2012, 23:59"


def test_emphasis_comes_from_us_and_never_from_the_data() -> None:
    sentence = spoken(f"Worst is *{bare('5*stars')}*.")
    assert plain(sentence) == "Worst is 5×stars."
    assert [run.strong for run in sentence] == [False, True, False]


CHARTER = Charter(areas=(Area("Ads", Aspect.BRAND), Area("Desk", Aspect.SERVICE), Area("Works", Aspect.OPERATING)))


@pytest.mark.parametrize(
    ("made_by", "kept_by", "expectation", "delivery"),
    [
        (("Ads",), ("Works",), "brand & marketing officer", "operating areas"),
        (("Desk",), ("Desk",), "service officer", "service areas"),
        (("Works",), ("Works", "Desk"), "operating area itself", "operating areas and service areas"),
        ((), (), "area that made the promise", "area that keeps it"),
        (("Strangers",), ("Strangers",), "area that made the promise", "area that keeps it"),
    ],
)
def test_each_part_has_the_owner_the_charter_gives_it(
    made_by: tuple[str, ...], kept_by: tuple[str, ...], expectation: str, delivery: str
) -> None:
    found = owners(CHARTER, made_by, kept_by)
    assert found[Part.ALLOWANCE].words == "both officers"
    assert found[Part.STANDARD].words == "operating areas, with both officers as sponsors"
    assert (found[Part.EXPECTATION].words, found[Part.DELIVERY].words) == (expectation, delivery)

"""Whose an issue is: its parts routed to the areas that own them (domain.md d6, d7)."""

from __future__ import annotations

import pytest

from troth.engine.findings import NO_DATA, Account, PartFigure, StagePart
from troth.engine.issues.forming import Formed
from troth.engine.issues.owning import UNKNOWN, area_shares, dominant, leading, named_shares
from troth.engine.issues.reckoning import _confidence
from troth.terms.vocabulary import Part

Areas = dict[str | None, int]

MARKETING: Areas = {"Marketing": 100}
FULFILMENT: Areas = {"Fulfilment": 100}


def account(allowance: float, expectation: float, standard: float, delivery: float, aside: int = 0) -> Account:
    parts = PartFigure(allowance), PartFigure(expectation), PartFigure(standard), PartFigure(delivery)
    broken = round(allowance + expectation + standard + delivery) + aside
    return Account({}, 500, broken, *parts, {"beyond the record": (aside, aside)} if aside else {})


def step(name: str, area: str | None, share: float) -> StagePart:
    return StagePart({}, name, area, 50, share * 100, share)


def test_a_rash_promise_is_of_the_area_that_made_it_and_slow_work_of_the_area_that_keeps_it() -> None:
    shares = area_shares(account(20, 60, 0, 20), MARKETING, FULFILMENT, ())
    assert shares == {"Marketing": 0.75, "Fulfilment": 0.25}


def test_a_part_below_nothing_takes_nobodys_blame_away() -> None:
    assert area_shares(account(20, -30, 0, 50), MARKETING, FULFILMENT, ()) == {"Fulfilment": 1.0}


def test_delivery_is_split_by_the_steps_that_took_longer_than_the_record() -> None:
    steps = [step("packed", "Fulfilment", 0.25), step("handed over", "Carrier desk", 0.5), step("received", None, 0.25)]
    shares = area_shares(account(0, 0, 0, 40), MARKETING, FULFILMENT, steps)
    assert shares == pytest.approx({"Fulfilment": 0.5, "Carrier desk": 0.5})  # the last step is of whoever keeps the promise


def test_what_could_not_be_decomposed_is_unknown_and_stands_last() -> None:
    shares = area_shares(account(0, 0, 30, 0, aside=10), MARKETING, FULFILMENT, ())
    assert shares == {"Fulfilment": 0.75, UNKNOWN: 0.25}
    assert list(shares)[-1] == UNKNOWN


def test_an_area_nobody_names_is_unknown() -> None:
    assert area_shares(account(0, 30, 0, 0), {None: 30}, FULFILMENT, ()) == {UNKNOWN: 1.0}
    assert area_shares(account(30, 0, 0, 0), MARKETING, FULFILMENT, ()) == {UNKNOWN: 1.0}  # the charter accepts all of it


def test_where_no_word_was_broken_it_is_of_the_area_that_answers() -> None:
    assert named_shares({"IT": 30, None: 10}) == {"IT": 0.75, UNKNOWN: 0.25}
    assert named_shares({}) == {UNKNOWN: 1.0}


def test_the_dominant_part_is_the_largest_one_somebody_owns() -> None:
    assert dominant(account(90, 5, 20, 10)) is Part.STANDARD
    assert dominant(account(90, 0, 0, 0)) is None
    assert dominant(account(0, 5, 20, 10, aside=60)) is None  # of most nobody knows


def test_a_part_leads_for_certain_only_where_no_other_lies_within_its_limits() -> None:
    """136.9 against 135.3 broken promises: nobody can tell which is larger."""
    parts = {"delivery": 136.9, "expectation-setting": 135.3, "standard": 20.0, "allowance": 140.0}
    low = {"delivery": 120.0, "expectation-setting": 118.0, "standard": 10.0}
    high = {"delivery": 153.0, "expectation-setting": 150.0, "standard": 30.0}
    assert leading("delivery", parts, low, high) == ("delivery", "expectation-setting")
    assert leading("delivery", {**parts, "expectation-setting": 60.0}, low, {**high, "expectation-setting": 80.0}) == ("delivery",)
    assert leading("delivery", parts, {}, {}) == ("delivery",)  # without limits the larger one is the larger one
    assert leading(None, parts, low, high) == ()


@pytest.mark.parametrize(
    ("p", "calibrated", "near", "told"),
    [
        (0.01, True, False, "measured"),
        (0.01, False, False, "likely"),
        (0.01, True, True, "likely"),
        (None, True, False, "likely"),
        (None, False, False, "guessed"),
        (None, True, True, "guessed"),
    ],
)
def test_parts_that_cannot_say_whose_it_is_measure_nothing(*, p: float | None, calibrated: bool, near: bool, told: str) -> None:
    other = PartFigure(29.0, 20.0, 40.0) if near else PartFigure(3.0, 1.0, 5.0)
    of = Account({}, 500, 100, PartFigure(8.0), other, PartFigure(0.0), PartFigure(30.0, 20.0, 40.0), {})
    one = Formed({"what": "date"}, 100, 500, NO_DATA, "its like", p)
    assert _confidence(of, dominant(of), one, calibrated=calibrated) == told

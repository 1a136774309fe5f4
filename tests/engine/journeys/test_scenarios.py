"""Quality of customer experience by scenario: what counts is the rate end to end (S1.4)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.engine.journeys import naive
from tests.engine.journeys.logs import on, table, walked
from troth.engine.journeys import Scenario, journeys
from troth.engine.journeys.findings import Quality
from troth.terms.errors import RequestError

FIVE = ("ask", "quote", "order", "delivery", "answer")
BUY = Scenario("buy", ("visit", "order", "delivery"), within=10, stoppers=("fault",))


def quality(rows: Any, scenario: Scenario = BUY, **more: Any) -> Quality:
    """The one quality there is."""
    [found] = journeys(rows, scenarios=[scenario], **more).scenarios
    return found


def audited(*, together: bool, customers: int = 4000) -> list[dict[str, Any]]:
    """Customers who take five steps of which each goes well 95 times in 100: apart from each other, or by the same customers' luck."""
    rng = np.random.default_rng(11)
    rows = []
    for customer in range(customers):
        luck = rng.random()
        for place, step in enumerate(FIVE):
            draw = luck if together else rng.random()
            rows.append({"customer": customer, "kind": step, "at": on(place), "good": bool(draw < 0.95)})
    return rows


def test_five_steps_of_95_in_100_end_at_77_and_never_at_95() -> None:
    found = quality(table(audited(together=False)), Scenario("five", FIVE, within=30), well="good")
    assert found.end_to_end.low is not None
    assert found.end_to_end.low < 0.95**5 < (found.end_to_end.high or 0)
    assert found.product == pytest.approx(0.95**5, abs=0.015)
    assert found.mean_step == pytest.approx(0.95, abs=0.005)
    assert found.failed == {"step not done well": found.started - found.succeeded}


def test_steps_that_fail_for_the_same_customers_end_above_their_product() -> None:
    found = quality(table(audited(together=True)), Scenario("five", FIVE, within=30), well="good")
    assert found.end_to_end.value == pytest.approx(0.95, abs=0.01)
    assert found.product == pytest.approx(0.95**5, abs=0.03)


def test_all_steps_of_exactly_95_in_100_have_the_product_of_the_reference() -> None:
    rows = [
        {"customer": c, "kind": step, "at": on(place), "good": not (5 * place <= c < 5 * place + 5)}
        for c in range(100)
        for place, step in enumerate(FIVE)
    ]
    found = quality(table(rows), Scenario("five", FIVE, within=30), well="good")
    assert found.product == pytest.approx(0.7738, abs=1e-4)
    assert found.end_to_end.value == 0.75  # each customer's failure is another's: fewer get through than if failures were drawn apart
    assert found.mean_step == pytest.approx(0.95)


def test_where_steps_only_break_off_the_product_is_the_rate_end_to_end() -> None:
    found = quality(
        walked(*["visit order delivery"] * 6, *["visit order"] * 3, "visit", "search", times=5), BUY, as_of=on(99), timezone="UTC"
    )
    assert (found.started, found.open, found.succeeded) == (50, 0, 30)
    assert found.end_to_end.value == pytest.approx(0.6)
    assert found.product == pytest.approx(0.6)
    assert {step: rate.value for step, rate in found.steps.items()} == pytest.approx({"visit": 1.0, "order": 0.9, "delivery": 30 / 45})
    assert found.weakest == "delivery"


def test_late_stopped_and_skipped_are_each_a_failure_of_their_own_kind() -> None:
    rows: list[dict[str, Any]] = []
    days = {"fine": (0, 1, 2), "late": (0, 1, 20), "stopped": (0, 1, 3), "skipped": (0, None, 2), "gone": (0, 1, None)}
    for name, when in days.items():
        for copy in range(10):
            who = f"{name}{copy}"
            pairs = zip(BUY.steps, when, strict=True)
            rows += [{"customer": who, "kind": step, "at": on(day)} for step, day in pairs if day is not None]
            if name == "stopped":
                rows.append({"customer": who, "kind": "fault", "at": on(2)})
            if name == "fine":  # a fault before the start or after the goal stops nothing
                rows += [{"customer": who, "kind": "fault", "at": on(day)} for day in (-1, 5)]
    found = quality(table(rows))
    assert (found.started, found.succeeded) == (50, 10)
    assert found.failed == {"goal not reached": 10, "too late": 10, "show-stopper": 10, "step missing": 10}
    assert found.end_to_end.value == 0.2


def test_who_still_has_time_is_open_and_in_no_rate() -> None:
    rows = [{"customer": f"old{i}", "kind": kind, "at": on(day)} for i in range(20) for day, kind in enumerate(BUY.steps)]
    rows += [{"customer": f"new{i}", "kind": "visit", "at": on(95)} for i in range(7)]
    rows += [{"customer": f"left{i}", "kind": "visit", "at": on(50)} for i in range(5)]
    found = quality(table(rows), as_of=on(100), timezone="UTC")
    assert (found.started, found.open, found.succeeded, found.end_to_end.n) == (32, 7, 20, 25)
    assert found.failed == {"goal not reached": 5}


def test_times_to_the_goal_count_those_who_have_not_reached_it() -> None:
    rng = np.random.default_rng(4)
    rows, times, reached = [], [], []
    for customer in range(80):
        start, lag = float(rng.integers(0, 40)), float(rng.integers(1, 40))
        rows.append({"customer": customer, "kind": "visit", "at": on(start)})
        if start + lag <= 50:
            rows.append({"customer": customer, "kind": "delivery", "at": on(start + lag)})
        times.append(min(lag, 50 - start))
        reached.append(start + lag <= 50)
    found = quality(table(rows), Scenario("get", ("visit", "delivery"), within=30), as_of=on(50), timezone="UTC")
    assert 0 < sum(reached) < 80
    assert found.goal_median == naive.kaplan_meier(times, reached, 0.5)
    assert found.goal_p90 == naive.kaplan_meier(times, reached, 0.1)
    assert found.goal_median is not None
    assert found.goal_median > float(np.median([time for time, there in zip(times, reached, strict=True) if there]))


def test_where_all_are_open_the_median_is_not_reached() -> None:
    found = quality(walked("visit", times=20))
    assert (found.goal_median, found.goal_p90, found.open, found.end_to_end.value, found.effort) == (None, None, 20, None, None)


def test_effort_counts_what_happens_from_start_to_goal() -> None:
    found = quality(walked("visit contact contact order delivery contact", "visit order delivery", times=10))
    assert found.effort == 4.0
    assert journeys(walked("visit order delivery", times=10), scenarios=BUY).scenarios[0].effort == 3.0  # one scenario needs no list


def test_a_slice_holds_the_journeys_that_start_in_it() -> None:
    rows = [
        {"customer": f"{segment}{i}", "kind": step, "at": on(day), "segment": segment if step == "visit" else "later"}
        for segment, steps in (("new", BUY.steps), ("loyal", BUY.steps[:2]))
        for i in range(12)
        for day, step in enumerate(steps)
    ]
    found = journeys(table(rows), scenarios=[BUY], by="segment", as_of=on(60), timezone="UTC").scenarios
    assert {one.where["segment"]: one.end_to_end.value for one in found} == {"new": 1.0, "loyal": 0.0}


def test_a_scenario_nobody_started_has_no_rate() -> None:
    found = quality(walked("search", times=3))
    assert (found.started, found.end_to_end.value, found.product, found.goal_median) == (0, None, None, None)


def test_without_a_limit_whoever_has_not_reached_the_goal_has_given_up_and_the_note_says_so() -> None:
    found = journeys(walked("visit order", times=10), scenarios=[Scenario("buy", ("visit", "order", "delivery"))]).scenarios
    assert (found[0].open, found[0].end_to_end.value) == (0, 0.0)
    assert "no limit was given" in found.notes[0]


@pytest.mark.parametrize(
    ("steps", "more", "sentence"),
    [
        (("visit",), {}, "no start and goal"),
        (("visit", "visit"), {}, "no start and goal"),
        ("visit", {}, "no list of steps"),
        (("visit", "order"), {"within": 0}, "cannot take 0 days"),
        (("visit", "order"), {"within": 1e15}, "cannot take"),
        (("visit", "order"), {"within": math.nan}, "cannot take nan days"),
        (("visit", "order"), {"stoppers": ("visit",)}, "cannot be start or goal"),
    ],
)
def test_a_scenario_that_is_none_is_refused(steps: Any, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Scenario("buy", steps, **more)


def test_a_column_of_words_does_not_say_what_went_well() -> None:
    rows = [{"customer": "a", "kind": "visit", "at": on(0), "good": "yes"}]
    with pytest.raises(RequestError, match="true or false"):
        journeys(table(rows), scenarios=[BUY], well="good")

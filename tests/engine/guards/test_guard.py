"""One target judged: planted harm is found, a neutral target is left alone, and what cannot be told is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from troth.engine.guards import guard
from troth.engine.guards.matters import whole_cost
from troth.engine.worlds.targets import TARGET, calls
from troth.terms.errors import RequestError

ASKED: dict[str, Any] = {
    "target": TARGET,
    "outcomes": ["again"],
    "value": "seconds",
    "pressed": "pressed",
    "at": "at",
    "unit": "team",
    "comparable": ["reason"],
    "bin": 20,
}


def told(cases: pa.Table, **more: Any) -> Any:
    return guard(cases, **{**ASKED, **more})


def test_a_planted_harmful_target_is_harmful() -> None:
    found = told(calls(harm=0.3, seed=1))
    (test,) = found.tests
    assert found.verdict == "harmful"
    assert found.bunched
    assert "Suspend the target" in found.action
    assert test.damage.low < 0.3 * 0.6 < test.damage.high
    assert test.near.low < 0.3 < test.near.high
    assert test.passed


def test_a_target_that_is_met_and_hurts_nobody_is_left_alone() -> None:
    found = told(calls(harm=0.0, n=150_000, seed=2))
    assert found.bunched  # the number is managed all the same
    assert found.verdict == "neutral"
    assert found.moved.high < -80
    assert told(calls(harm=0.0, n=2_000, seed=2)).verdict == "unknown"  # too few to say so


def test_a_target_that_helps_is_helpful() -> None:
    assert told(calls(harm=-0.12, n=12_000, seed=3)).verdict == "helpful"
    turned = told(calls(harm=0.3, seed=3), outcomes={"again": "max"})  # an outcome that helps where it happens
    assert turned.verdict == "helpful"


def test_damage_is_what_two_way_least_squares_says_of_the_cases_without_the_target() -> None:
    """The oracle fits the same numbers case by case, and takes the cases under the target one by one."""
    cases = calls(harm=0.25, n=4000, seed=4)
    frame = cases.to_pandas()
    frame["month"] = frame["at"].dt.strftime("%Y-%m")
    design = pd.get_dummies(frame[["team", "month", "reason"]], dtype=float).to_numpy()
    free = ~frame["pressed"].to_numpy()
    again = frame["again"].to_numpy(float)
    numbers, *_ = np.linalg.lstsq(design[free], again[free], rcond=None)
    expected = (again[~free] - design[~free] @ numbers).mean()
    found = told(cases)
    assert found.tests[0].damage.value == pytest.approx(expected, abs=1e-6)
    assert found.tests[0].share.value == pytest.approx(again[~free].mean(), abs=1e-9)


def test_limits_hold_the_planted_damage_in_nearly_all_runs() -> None:
    """Harmless targets are called harmful in at most 5 of 100 runs, harmful ones found in at least 95."""
    runs = 60
    held = found = wrong = 0
    for seed in range(runs):
        harmless, harmful = told(calls(n=3000, seed=seed)), told(calls(n=3000, harm=0.3, seed=1000 + seed))
        wrong += harmless.verdict == "harmful"
        found += harmful.verdict == "harmful"
        held += harmful.tests[0].damage.low <= 0.18 <= harmful.tests[0].damage.high
    assert wrong <= 0.05 * runs
    assert found >= 0.95 * runs
    assert held >= 0.9 * runs


def test_the_company_may_save_while_the_customer_pays() -> None:
    """Domain i.3: five minutes to wait and get through."""
    assert [round(one, 2) for one in whole_cost(110, 0, 0.34, 0)[:2]] == [1.52, 166.67]
    assert round(whole_cost(110 / 60, 3, 0.34, 2)[2], 1) == 10.4
    assert [round(one, 2) for one in whole_cost(170, 0, 0.11, 0)[:2]] == [1.12, 191.01]
    assert round(whole_cost(170 / 60, 3, 0.11, 2)[2], 1) == 8.8
    assert np.isnan(whole_cost(110, 0, 1.0, 0)).all()


def test_the_whole_cost_of_a_matter_is_that_of_the_cases() -> None:
    cases = calls(harm=0.3, n=8000, seed=5)
    matter = told(cases, handled="minutes", waited="waited", unresolved="again").matter
    frame = cases.to_pandas()
    mine = frame[frame["pressed"]]
    r, handled = mine["again"].mean(), mine["minutes"].mean()
    assert matter.company.value == pytest.approx(handled / (1 - r))
    assert matter.customer.value == pytest.approx((handled + 3 + 2) / (1 - r))
    assert matter.company.low < matter.company.value < matter.company.high
    assert matter.saved.value == pytest.approx(matter.company_otherwise.value - matter.company.value)


def test_where_everybody_works_under_it_the_cases_moved_inside_decide() -> None:
    found = told(calls(harm=0.3, everybody=True, seed=6), pressed=None)
    assert (found.comparison, found.verdict, found.compared) == ("limit", "harmful", 0)
    assert found.tests[0].damage.value is None
    neutral = told(calls(harm=0.0, everybody=True, n=60_000, seed=6), pressed=None)
    assert neutral.verdict == "neutral"
    assert sum(bool(told(calls(cut=0.0, n=4000, everybody=True, seed=seed), pressed=None).bunched) for seed in range(20)) <= 3
    nothing = told(calls(cut=0.0, n=20_000, everybody=True, seed=6), pressed=None)
    assert (nothing.comparison, nothing.verdict) == ("", "unknown")
    assert not nothing.bunched


def test_units_beside_it_alone_are_enough_only_where_there_are_several() -> None:
    cases = calls(harm=0.3, n=20_000, teams=12, seed=7).to_pandas()
    cases["pressed"] = cases["team"] == "team 0"
    cut = cases[~((cases["team"] == "team 0") & (cases["at"] < "2024-05-01"))]
    beside = told(pa.Table.from_pandas(cut, preserve_index=False))
    assert (beside.comparison, beside.verdict) == ("beside", "harmful")
    two = cut[cut["team"].isin(["team 0", "team 2"])]
    alone = told(pa.Table.from_pandas(two, preserve_index=False))
    assert alone.verdict == "unknown"
    assert "too few units" in alone.why


def test_a_change_before_the_target_is_no_effect_of_it() -> None:
    cases = calls(n=20_000, seed=8).to_pandas()
    rng = np.random.default_rng(8)
    early = (cases["team"] == "team 0") & (cases["at"] >= "2024-03-01")  # something else made it worse, before the target began
    cases["again"] |= early & (rng.random(len(cases)) < 0.25)
    found = told(pa.Table.from_pandas(cases, preserve_index=False))
    assert found.tests[0].passed is False
    assert found.verdict == "unknown"
    assert "begun earlier" in found.why


def test_more_may_be_asked_for_than_less() -> None:
    """Turned round, the same cases give the same answer."""
    cases = calls(harm=0.3, seed=9).to_pandas()
    cases["left"] = 1000 - cases["seconds"]
    turned = guard(
        pa.Table.from_pandas(cases, preserve_index=False), **{**ASKED, "value": "left", "target": 1000 - TARGET, "direction": "max"}
    )
    straight = told(pa.Table.from_pandas(cases, preserve_index=False))
    assert turned.verdict == straight.verdict == "harmful"
    assert turned.tests[0].damage == straight.tests[0].damage
    assert turned.observed == straight.observed
    assert turned.met == straight.met


def test_a_measure_that_goes_along_with_nothing_is_told_from_one_that_does() -> None:
    rng = np.random.default_rng(10)
    n = 20_000
    value = rng.normal(50, 10, n)
    cases = pa.table(
        {"customer": np.arange(n), "leads": value, "left": rng.random(n) < 0.2, "came": rng.random(n) < 0.2 + 0.004 * (value - 50)}
    )
    unrelated = guard(cases, target=60, direction="max", value="leads", outcomes=["left"])
    related = guard(cases, target=60, direction="max", value="leads", outcomes={"came": "max"})
    assert unrelated.unrelated is True
    assert related.unrelated is False
    assert related.tests[0].along.value == pytest.approx(0.04, abs=0.01)


def test_the_same_cases_in_another_order_give_the_same_answer() -> None:
    cases = calls(harm=0.2, seed=11)
    order = np.random.default_rng(11).permutation(len(cases))
    assert told(cases) == told(cases.take(order))


def test_cases_that_cannot_be_read_do_not_count() -> None:
    cases = calls(seed=12, n=3000).to_pandas()
    cases.loc[:99, "seconds"] = np.nan
    frame = cases.astype({"pressed": "boolean", "again": "boolean"})
    frame.loc[100:149, "pressed"] = pd.NA
    frame.loc[150:199, "again"] = pd.NA
    found = told(pa.Table.from_pandas(frame, preserve_index=False))
    assert found.readings == 3000 - 150
    assert found.tests[0].n < found.pressed


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"value": "secnds"}, "value"),
        ({"outcomes": ["gain"]}, "outcomes"),
        ({"outcomes": []}, "outcomes"),
        ({"outcomes": ["seconds"]}, "outcomes"),
        ({"outcomes": {"again": "up"}}, "outcomes, again"),
        ({"pressed": "team"}, "pressed"),
        ({"at": "team"}, "at"),
        ({"handled": "team"}, "handled"),
        ({"comparable": ["reasn"]}, "comparable"),
        ({"direction": "less"}, "direction"),
        ({"target": float("nan")}, "target"),
        ({"bin": 0}, "bin"),
        ({"matters": 1.5}, "matters"),
        ({"redial": -1}, "redial"),
        ({"unresolved": "team"}, "unresolved"),
    ],
)
def test_bad_input_is_refused_by_name(more: dict[str, Any], place: str) -> None:
    with pytest.raises(RequestError) as refused:
        told(calls(n=50), **more)
    assert refused.value.place == place
    assert refused.value.mend


@pytest.mark.parametrize("n", [0, 1, 5, 40])
def test_few_cases_are_unknown_and_no_error(n: int) -> None:
    assert told(calls(n=max(n, 2)).slice(0, n)).verdict == "unknown"


def test_one_customer_is_no_spread() -> None:
    cases = calls(n=500, seed=13).drop(["customer"]).append_column("customer", pa.array(["ana"] * 500))
    found = told(cases)
    assert found.verdict == "unknown"
    assert found.tests[0].damage.low is None

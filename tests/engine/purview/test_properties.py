"""What holds of any issues and any grants."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import troth
from tests.engine.purview import oracle

AREAS = ("Marketing", "Service", "IT", "unknown")
ROLES = ("one", "two")


@st.composite
def issues(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        weights = [draw(st.integers(0, 9)) for _ in AREAS]
        weights[0] += not any(weights)
        money = draw(st.integers(1, 1000))
        found.append(
            {
                "issue": f"I{number}",
                "money": money,
                "money.low": money - draw(st.integers(0, money)),
                "money.high": money + draw(st.integers(0, 1000)),
                "areas": {area: weight / sum(weights) for area, weight in zip(AREAS, weights, strict=True)},
            }
        )
    return found


GRANT = st.fixed_dictionaries(
    {
        "role": st.sampled_from(ROLES),
        "area": st.sampled_from(AREAS[:3]),
        "decide": st.booleans(),
        "spend_limit": st.none() | st.integers(0, 100),
        "capacity": st.none() | st.integers(0, 100),
    }
)
FIXES = {"Marketing": {"cost": 60.0, "hours": 40.0}, "Service": {"cost": 30.0}}
BOTH = {"both": list(ROLES)}
NOTHING = [{"role": role, "area": "IT", "decide": False, "spend_limit": None, "capacity": None} for role in ROLES]


def told(which: list[dict[str, Any]], grants: list[dict[str, Any]]) -> troth.Chasm:
    return troth.chasm(which, [*NOTHING, *grants], structures=BOTH, fixes=[{"area": area, **fix} for area, fix in FIXES.items()])


@given(issues(), st.lists(GRANT, max_size=5), GRANT)
def test_another_grant_never_widens_the_chasm(which: list[dict[str, Any]], grants: list[dict[str, Any]], more: dict[str, Any]) -> None:
    before, after = told(which, grants).structure("both").chasm, told(which, [*grants, more]).structure("both").chasm
    assert before.value is not None
    assert after.value is not None
    assert after.value <= before.value + 1e-12


@given(issues(), st.lists(GRANT, max_size=5))
def test_it_is_what_loops_find_and_lies_within_its_range(which: list[dict[str, Any]], grants: list[dict[str, Any]]) -> None:
    found = told(which, grants)
    figure = found.structure("both").chasm
    assert figure.value == pytest.approx(oracle.chasm(which, grants, ROLES, FIXES), abs=1e-9)
    assert figure.value is not None
    if figure.low is not None and figure.high is not None:
        assert figure.low - 1e-12 <= figure.value <= figure.high + 1e-12
    assert figure.value >= (found.unknown or 0.0) - 1e-12, "nobody covers the unknown"


@given(issues(), st.lists(GRANT, max_size=5))
def test_what_is_uncovered_adds_up_over_areas(which: list[dict[str, Any]], grants: list[dict[str, Any]]) -> None:
    found = told(which, grants)
    closing = found.closing("both")
    assert sum(row.uncovered.value or 0 for row in closing) == pytest.approx(found.structure("both").uncovered.value, abs=1e-6)
    sizes = [row.uncovered.value or 0 for row in closing if row.where["area"] != "unknown"]
    assert sizes == sorted(sizes, reverse=True)
    assert closing[len(closing) - 1].chasm_after == pytest.approx(found.unknown, abs=1e-9)

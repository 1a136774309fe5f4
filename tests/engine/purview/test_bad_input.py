"""What is no chasm to be told from is refused, with its place and its mend."""

from __future__ import annotations

from typing import Any

import pytest

import troth
from tests.engine.purview.test_chasm import GRANTS, ISSUES
from troth.terms.errors import RequestError

ISSUE = ISSUES[0]
NAN = float("nan")


@pytest.mark.parametrize(
    ("issues", "place", "what"),
    [
        ([{**ISSUE, "areas": {"IT": 0.6}}], "issues[I1].areas", "sum to 0.6, not to 1"),
        ([{**ISSUE, "areas": {"IT": 0.6, "Service": 0.5}}], "issues[I1].areas", "sum to 1.1, not to 1"),
        ([{**ISSUE, "areas": {"IT": NAN}}], "issues[I1].areas.IT", "nan is no amount"),
        ([{**ISSUE, "areas": {"IT": 1.5, "Service": -0.5}}], "issues[I1].areas.Service", "-0.5 is below 0"),
        ([{**ISSUE, "areas": "IT"}], "issues[I1].areas", "no table of area to share"),
        ([{**ISSUE, "money": NAN}], "issues[I1].money", "nan is no amount"),
        ([{**ISSUE, "money": float("inf")}], "issues[I1].money", "inf is no amount"),
        ([{**ISSUE, "money": -1}], "issues[I1].money", "-1 is below 0"),
        ([{**ISSUE, "money": "640"}], "issues[I1].money", "'640' is no number"),
        ([{**ISSUE, "money.low": 700, "money.high": 800}], "issues[I1]", "does not hold its value"),
        ([ISSUE, ISSUE], "issues[I1]", "there twice"),
        ([{"issue": "I1", "areas": {"IT": 1}}], "issues.money", "no column “money”"),
        ([{"issue": "I1", "money": 1, "area": "IT", "share": 0.5}, {"issue": "I1", "money": 2, "area": "Service", "share": 0.5}],
         "issues[I1].money", "differ in money"),
        ([{"issue": "I1", "money": 1, "area": "IT", "share": None}], "issues[I1].IT", "no share in “IT”"),
        (7, "issues", "cannot be read as a table"),
        ([7], "issues", "something else than rows"),
    ],
)  # fmt: skip
def test_issues_that_cannot_be_weighed(issues: Any, place: str, what: str) -> None:
    with pytest.raises(RequestError, match=what.replace("[", r"\[")) as error:
        troth.chasm(issues, GRANTS)
    assert error.value.place == place
    assert error.value.mend


@pytest.mark.parametrize(
    ("grants", "place", "mend"),
    [
        ([{"role": "lead", "area": "IT"}], "grants.decide", "use one of"),
        ([{"role": "lead", "area": "IT", "decide": 0.5}], "grants[1].decide", "spend_limit and capacity"),
        ([{"role": "lead", "area": "IT", "decide": True, "spend_limit": NAN}], "grants[1].spend_limit", "leave it empty"),
        ([{"role": "lead", "area": "IT", "decide": True, "spend_limt": 5}], "grants.spend_limt", "did you mean “spend_limit”?"),
        ([{"role": "", "area": "IT", "decide": True}], "grants[1].role", "write one"),
        ([{"role": "lead", "area": "IT", "decide": True, "since": "soon"}], "grants[1].since", "write it as 2012-01-31"),
        ([{"role": "lead", "area": "IT", "decide": True, "aspect": "brnd"}], "grants[1].aspect", "did you mean “brand”?"),
    ],
)
def test_grants_that_say_nothing_certain(grants: Any, place: str, mend: str) -> None:
    with pytest.raises(RequestError) as error:
        troth.chasm(ISSUES, grants)
    assert error.value.place == place
    assert mend in (error.value.mend or "")


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ({"structures": {"both": ["service officer", "marketing offcer"]}}, "structures[both]"),
        ({"actual": "nobody"}, "actual"),
        ({"fixes": [{"area": "IT", "cost": 1}, {"area": "IT", "cost": 2}]}, "fixes[2].area"),
        ({"fixes": [{"area": "IT", "cost": NAN}]}, "fixes[1].cost"),
        ({"asks": [{"area": "IT", "accepted": "perhaps"}]}, "asks[1].accepted"),
        ({"decisions": [{"role": "service officer", "discipline": "magic", "on": "2024-01-01"}]}, "decisions[1].discipline"),
        ({"decisions": [{"role": "service officer", "discipline": "IT change", "on": None}]}, "decisions[1].on"),
        ({"as_of": "yesterday"}, "as_of"),
    ],
)
def test_what_is_given_beside(named: dict[str, Any], place: str) -> None:
    with pytest.raises(RequestError) as error:
        troth.chasm(ISSUES, GRANTS, **named)
    assert error.value.place == place
    assert error.value.mend

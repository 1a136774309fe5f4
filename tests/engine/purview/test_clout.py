"""Clout is shown by what areas accept and deliver, drawn to the rate of all; reach is what gets done with or without authority."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

import troth
from tests.engine.purview import oracle
from tests.engine.purview.test_chasm import GRANTS, ISSUES, STRUCTURES
from troth.terms.errors import RequestError

AS_OF = "2024-06-30"


def asks(area: str, kept: int, late: int, declined: int, **told: Any) -> list[dict[str, Any]]:
    return [
        *({"area": area, "accepted": True, "due": "2024-02-01", "delivered": "2024-02-01", **told} for _ in range(kept)),
        *({"area": area, "accepted": True, "due": "2024-02-01", "delivered": "2024-02-02", **told} for _ in range(late)),
        *({"area": area, "accepted": False, "due": None, "delivered": None, **told} for _ in range(declined)),
    ]


def asked(rows: list[dict[str, Any]], **named: Any) -> troth.Chasm:
    return troth.chasm(ISSUES, GRANTS, structures=STRUCTURES, asks=rows, as_of=AS_OF, **named)


def test_nine_of_ten_accepted_and_two_delivered_is_a_clout_near_a_fifth() -> None:
    (row,) = asked(asks("IT", 2, 7, 1)).asks
    assert (row.asked, row.accepted, row.kept, row.settled) == (10, 9, 2, 10)
    assert row.clout.value == pytest.approx((2 + 2 * 3 / 12) / 12)
    assert 0.15 < (row.clout.value or 0) < 0.25


def test_clout_and_its_limits_are_those_of_the_beta_drawn_to_all_areas() -> None:
    found = asked([*asks("IT", 2, 7, 1), *asks("Finance", 6, 1, 1)])
    mean = (8 + 1) / (18 + 2)
    for row, kept, settled in zip(found.asks, (6, 2), (8, 10), strict=True):
        beta = stats.beta(kept + 2 * mean, settled - kept + 2 * (1 - mean))
        assert (row.clout.value, row.clout.low, row.clout.high) == pytest.approx((beta.mean(), beta.ppf(0.025), beta.ppf(0.975)), abs=1e-9)


def test_an_area_nothing_was_asked_of_is_unknown_and_not_nothing() -> None:
    found = asked(asks("IT", 3, 0, 0))
    rows = {row.where["area"]: row.clout for row in found.closing("service-led")}
    assert rows["Finance"].value is None
    assert rows["IT"].n == 3
    assert any("is settled: clout there is unknown" in note for note in found.notes)
    assert asked([]).structure("service-led").reach.value is None


def test_reach_counts_the_better_of_authority_and_clout() -> None:
    found = asked([*asks("IT", 8, 1, 1), *asks("Marketing", 1, 2, 7)])
    known = {row.where["area"]: row.clout.value or 0.0 for row in found.asks}
    for name, titles in STRUCTURES.items():
        row = found.structure(name)
        assert row.reach.value == pytest.approx(oracle.reach(ISSUES, GRANTS, titles, known), abs=1e-12)
        assert row.reach.value is not None
        assert row.reach.low is not None
        assert row.reach.high is not None
        assert row.influence.value == pytest.approx(row.reach.value - (1 - (row.chasm.value or 0)), abs=1e-12)
        assert row.reach.low <= row.reach.value <= row.reach.high


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        ({"accepted": True, "due": "2024-07-31", "delivered": None}, "pending"),
        ({"accepted": True, "due": "2024-06-29", "delivered": None}, "failed"),
        ({"accepted": True, "due": "2024-06-01", "delivered": "2024-06-01"}, "kept"),
        ({"accepted": True, "due": "2024-06-20", "delivered": "2024-07-05"}, "failed"),
        ({"accepted": None, "asked": "2024-06-20"}, "pending"),
        ({"accepted": None, "asked": "2024-05-20"}, "failed"),
        ({"accepted": None}, "pending"),
        ({"accepted": "declined"}, "failed"),
        ({"accepted": "withdrawn"}, "withdrawn"),
        ({"accepted": True, "due": "2024-06-29", "withdrawn": True}, "withdrawn"),
    ],
)
def test_the_fate_of_an_ask_as_of_the_day(ask: dict[str, Any], told: str) -> None:
    (row,) = asked([{"area": "IT", **ask}]).asks
    counts = {"pending": row.pending, "withdrawn": row.withdrawn, "kept": row.kept, "failed": row.settled - row.kept}
    assert counts == {**dict.fromkeys(counts, 0), told: 1}
    assert (row.clout.value is None) == (told in {"pending", "withdrawn"})


def test_what_is_asked_after_the_day_is_not_known_on_it() -> None:
    assert len(asked([{"area": "IT", "accepted": True, "asked": "2024-07-01", "due": "2024-07-02", "delivered": "2024-07-02"}]).asks) == 0


def test_clout_belongs_to_whoever_asked() -> None:
    found = asked([*asks("IT", 9, 0, 0, by="service officer"), *asks("IT", 0, 0, 9, by="marketing officer")])
    clout = {name: next(row.clout.value for row in found.closing(name) if row.where["area"] == "IT") for name in STRUCTURES}
    assert clout["service-led"] is not None
    assert clout["marketing-led"] is not None
    assert clout["service-led"] > 0.9
    assert clout["marketing-led"] < 0.1
    assert clout["operations-led"] is None


def test_asks_without_a_day_to_tell_their_fate_by_are_refused() -> None:
    with pytest.raises(RequestError, match="depends on the day"):
        troth.chasm(ISSUES, GRANTS, asks=[{"area": "IT", "accepted": True, "due": "2024-06-01"}])

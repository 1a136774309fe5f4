"""Mix and rate over groups, by hand (Kitagawa 1955)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import troth
from troth.engine.mechanisms import Split


def cases(side: int, department: str, late: int, of: int) -> list[dict[str, Any]]:
    return [{"side": side, "department": department, "late": number < late} for number in range(of)]


ROWS = [
    *cases(0, "roads", 20, 200),  # a tenth late
    *cases(0, "lights", 80, 200),  # two fifths late
    *cases(1, "roads", 20, 100),  # a fifth late
    *cases(1, "lights", 120, 300),  # two fifths late, and more of them
]


def split(rows: list[dict[str, Any]], **more: Any) -> Split:
    asked: dict[str, Any] = {"by": "side", "before": 0, "after": 1, "mix": "department", "event": "late"}
    return troth.split_change(pa.Table.from_pylist(rows), **{**asked, **more})


def test_the_two_parts_by_hand() -> None:
    found = split(ROWS)
    # 25 % to 35 %. Shares of roads .5 to .25, rates .1 to .2; of lights .5 to .75, rates .4 and .4
    assert (found.before.value, found.after.value) == (0.25, 0.35)
    assert found.part("mix").measured == pytest.approx(-0.25 * 0.15 + 0.25 * 0.4, abs=1e-12)
    assert found.part("rate").measured == pytest.approx(0.375 * 0.1, abs=1e-12)
    assert found.part("mix").measured + found.part("rate").measured == pytest.approx(0.1, abs=1e-12)


def test_the_groups_add_up_to_the_parts() -> None:
    found = split(ROWS)
    by_hand = {
        ("roads", "mix"): -0.25 * (0.15 - 0.3),
        ("roads", "rate"): 0.0375,
        ("lights", "mix"): 0.25 * (0.4 - 0.3),
        ("lights", "rate"): 0,
    }
    assert {(one.where["department"], one.kind): one.measured for one in found.groups} == pytest.approx(by_hand, abs=1e-12)
    for kind in ("mix", "rate"):
        assert sum(one.measured for one in found.groups if one.kind == kind) == pytest.approx(found.part(kind).measured, abs=1e-12)


def test_turned_round_every_part_changes_its_sign() -> None:
    there, back = split(ROWS), split(ROWS, before=1, after=0)
    assert [part.measured for part in back.parts] == pytest.approx([-part.measured for part in there.parts], abs=1e-12)


def test_a_mean_is_split_as_a_rate_is() -> None:
    rows = [{**row, "hours": 3.0 + 2.5 * row["late"]} for row in ROWS]
    found, of_rate = split(rows, event="hours"), split(ROWS)
    assert (found.kpi, of_rate.kpi) == ("mean", "rate")
    assert [part.measured for part in found.parts] == pytest.approx([2.5 * part.measured for part in of_rate.parts], abs=1e-12)
    assert [part.change.high for part in found.parts] == pytest.approx([2.5 * (part.change.high or 0) for part in of_rate.parts], abs=1e-9)


def test_a_group_on_one_side_alone_is_a_matter_of_the_mix() -> None:
    found = split([*ROWS, *cases(1, "trees", 90, 100)])
    trees = {one.kind: one for one in found.groups if one.where["department"] == "trees"}
    assert trees["rate"].measured == 0
    assert trees["mix"].measured > 0
    assert "one side alone" in trees["mix"].reason
    assert sum(one.measured for one in found.groups) == pytest.approx(found.change.value, abs=1e-12)


def test_owners_of_mix_and_rate() -> None:
    found = split(ROWS, areas={"mix": "planning", "rate": "operations"})
    assert found.by_area == pytest.approx({"operations": 0.0375, "planning": 0.0625})


def test_several_columns_make_the_groups_together() -> None:
    rows = [{**row, "district": "west" if number % 3 else None} for number, row in enumerate(ROWS)]
    found = split(rows, mix=["department", "district"])
    assert len(found.groups) == 2 * 4
    assert {one.where["district"] for one in found.groups} == {"west", None}


@pytest.mark.parametrize("clustered", [False, True])
def test_intervals_hold_what_is_true(clustered: bool) -> None:  # noqa: FBT001 - pytest names its cases
    held, worlds = np.zeros(2), 20
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        made: dict[str, list[Any]] = {"side": [], "group": [], "y": [], "who": []}
        for side in (0, 1):
            group = (rng.random(500) < 0.3 + 0.2 * side).astype(int)
            y = rng.random(500) < 0.2 + 0.3 * group + 0.1 * side * group
            times = 3 if clustered else 1
            for name, values in (("side", np.full(500, side)), ("group", group), ("y", y), ("who", np.arange(500) + 500 * side)):
                made[name] += np.repeat(values, times).tolist()
        cluster = "who" if clustered else None
        found = troth.split_change(made, by="side", before=0, after=1, mix="group", event="y", cluster=cluster)
        truth = (0.2 * (0.5 - 0.2 + 0.6 - 0.2) / 2, 0.4 * 0.1)
        held += [(part.change.low or 0) <= true <= (part.change.high or 0) for part, true in zip(found.parts, truth, strict=True)]
    assert (held / worlds >= 0.8).all()
    assert (held / worlds).mean() < 1

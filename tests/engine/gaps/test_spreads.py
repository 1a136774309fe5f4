"""The spread of a slice over the draws is that of its sums draw by draw, however the sums are taken (domain.md d5 “Intervals”)."""

from __future__ import annotations

import random
from decimal import Decimal
from statistics import mean, stdev
from typing import Any

import ibis
import pyarrow as pa
import pytest

from troth.engine.gaps import spreads as spreading
from troth.engine.gaps.draws import SCHEMA
from troth.engine.gaps.spreads import LEAST_DRAWS, PARTS, spreads

SETTINGS, DRAWS = range(40), range(25)
CLUSTER = {setting: setting // 2 for setting in SETTINGS}
"""Two settings are of one context cell in one week."""


def drawn(seed: int = 1) -> list[dict[str, Any]]:
    """Draws of every third setting but the last ones: not all cells are drawn, and not every cluster in every draw."""
    chance = random.Random(seed)
    rows = []
    for mode in ("as-of", "cross-fitted"):
        for number in DRAWS:
            weights = {cluster: chance.randint(0, 3) for cluster in set(CLUSTER.values())}
            for setting in SETTINGS[:30]:
                c, m, p = sorted(Decimal(chance.randint(0, 10**8)).scaleb(-8) for _ in range(3))
                weight = weights[CLUSTER[setting]]
                if weight:
                    places = {"p_capability": c, "p_middle": m, "p_promise": p}
                    rows.append({"setting": setting, "mode": mode, "draw": number, "weight": weight, **places})
    return rows


def counts(seed: int = 2) -> list[dict[str, Any]]:
    """Due and broken promises by area and setting; one area nobody named."""
    chance = random.Random(seed)
    rows = []
    for area in ("Fulfilment", "Marketing", None):
        for setting in SETTINGS:
            due = chance.randint(1, 9)
            rows.append({"slice_0": area, "setting": setting, "cluster": CLUSTER[setting], "due": due, "broken": chance.randint(0, due)})
    return rows


def naive(rows: list[dict[str, Any]], draws: list[dict[str, Any]]) -> dict[str, Any]:
    """The spread of one slice, promise by promise."""
    of: dict[int, dict[str, Any]] = {}
    for row in rows:
        for one in draws:
            if one["setting"] == row["setting"]:
                seen = of.setdefault(one["draw"], {"promises": 0, "clusters": set(), **dict.fromkeys(PARTS, Decimal(0))})
                weight = row["due"] * one["weight"]
                seen["promises"] += weight
                seen["clusters"].add(row["cluster"])
                seen["allowance"] += weight * one["p_capability"]
                seen["expectation"] += weight * (one["p_promise"] - one["p_middle"])
                seen["standard"] += weight * (one["p_middle"] - one["p_capability"])
                seen["delivery"] += row["broken"] * one["weight"] - weight * one["p_promise"]
    promises = mean(seen["promises"] for seen in of.values())
    return {
        "promises": promises,
        "clusters": mean(len(seen["clusters"]) for seen in of.values()),
        "draws": len(of),
        **{part: stdev(float(seen[part]) / seen["promises"] for seen in of.values()) * promises**0.5 for part in PARTS},
    }


def asked(rows: list[dict[str, Any]], draws: list[dict[str, Any]], slices: list[str]) -> dict[tuple[Any, ...], spreading.Spread]:
    connection = ibis.duckdb.connect()
    grouped = connection.create_table("grouped", pa.Table.from_pylist(rows))
    return spreads(grouped, connection.create_table("draws", pa.Table.from_pylist(draws, schema=SCHEMA)), slices, "as-of")


@pytest.mark.parametrize("block", [7, 2_000_000])
def test_every_slice_strays_as_its_promises_do_draw_by_draw(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "BLOCK", block)  # a few pairs at a time, or all at once: the same
    rows, draws = counts(), drawn()
    found = asked(rows, draws, ["slice_0"])
    mine = [one for one in draws if one["mode"] == "as-of"]
    assert set(found) == {("Fulfilment",), ("Marketing",), (None,)}
    for (area,), spread in found.items():
        truth = naive([row for row in rows if row["slice_0"] == area], mine)
        told = {"promises": spread.promises, "clusters": spread.clusters, "draws": spread.draws, **spread.of}
        assert told == pytest.approx(truth, rel=1e-9)


def test_everything_is_one_slice() -> None:
    rows, draws = counts(), drawn()
    ((key, spread),) = asked(rows, draws, []).items()
    assert key == ()
    truth = naive(rows, [one for one in draws if one["mode"] == "as-of"])
    assert {part: spread.of[part] for part in PARTS} == pytest.approx({part: truth[part] for part in PARTS}, rel=1e-9)


def test_a_slice_no_draw_holds_has_no_spread_and_says_so() -> None:
    undrawn = [row for row in counts() if row["setting"] >= 30]
    assert asked(undrawn, drawn(), ["slice_0"]) == {}
    few = [row for row in counts() if row["setting"] < 6]  # three clusters at most
    for spread in asked(few, drawn(), ["slice_0"]).values():
        assert not spread.of
        assert "10 are needed" in spread.words(50)


def test_too_few_draws_show_no_spread() -> None:
    draws = [one for one in drawn() if one["draw"] < LEAST_DRAWS - 1]
    assert all(not spread.of for spread in asked(counts(), draws, ["slice_0"]).values())

"""What was planted is found, and nothing else is."""

from __future__ import annotations

import pytest

import troth
from troth.engine.mechanisms import Split
from troth.engine.worlds.mechanisms import AFTER, BEFORE, CHANGED, MECHANISMS, Planted, planted, truth

ENOUGH = 40_000
"""Rows a true part is counted from: good to .003."""


def split(world: Planted) -> Split:
    stages = {"handling": "handling_days", "transit": "transit_days"}
    asked = {"mix": ["region", "carrier"], "promise": "promised_days", "stages": stages}
    return troth.split_change(world.table, by="month", before=BEFORE, after=AFTER, draws=60, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["promise", "stage", "carrier", "mix", "several"])
def test_a_planted_change_is_found_in_its_mechanism(kind: str) -> None:
    true = truth(kind, ENOUGH)
    found = split(planted(kind, 3_000, 1))
    change = sum(true.values())
    off = sum(abs((found.part(name).change.value or 0.0) - true[name]) for name in MECHANISMS)
    assert off < 0.25 * change
    largest = max(found.parts, key=lambda part: abs(part.change.value or 0.0))
    assert largest.mechanism == max(true, key=lambda name: true[name])
    assert largest.mechanism in CHANGED[kind]
    assert sum(part.measured for part in found.parts) == pytest.approx(found.change.value, abs=1e-9)
    assert sum(part.change.value or 0.0 for part in found.parts) == pytest.approx(found.change.value, abs=1e-9)


def test_intervals_hold_the_truth_and_0_where_nothing_changed() -> None:
    held, unchanged = [], []
    for kind in ("several", "promise"):
        true = {**truth(kind, ENOUGH), "together": 0.0}
        for seed in range(4):
            for part in split(planted(kind, 500, seed)).parts:
                if part.mechanism in true:
                    low, high = part.change.low or 0.0, part.change.high or 0.0
                    held.append(low <= true[part.mechanism] <= high)
                    if part.mechanism not in CHANGED[kind]:
                        unchanged.append(low <= 0 <= high)
    assert sum(held) / len(held) >= 0.87
    assert sum(unchanged) / len(unchanged) >= 0.85


def test_planted_parts_are_those_of_what_was_planted() -> None:
    for kind, changed in CHANGED.items():
        parts = truth(kind, ENOUGH)
        assert {name for name, part in parts.items() if abs(part) > 1e-9} == changed

"""May the account be believed? The gate opens on a record that goes on as it was, and closes on one that does not (domain.md d4)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from tests.engine.gaps.studies import day, promises, spec, study, study_of
from troth.engine.capability.calibration import LEAST_DUE, gate
from troth.engine.findings import Calibration
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.slowdown import slower_network
from troth.engine.worlds.truth import World

MODES = ("as-of", "cross-fitted")
SEEDS = range(1, 11)


def gates(world: World) -> dict[str, Calibration]:
    found = study_of(world, Path(mkdtemp(prefix="troth-test-")))
    return {gate.mode: gate for gate in found.calibration}


@cache
def well_specified(seed: int) -> dict[str, Calibration]:
    """The lanes, whose context tells all there is to know: a campaign is nothing the gate may stumble over."""
    return gates(lanes(seed, orders=9_000, history=26))


@pytest.mark.parametrize("mode", MODES)
def test_the_gate_opens_where_the_context_tells_all_there_is_to_know(mode: str) -> None:
    passed = [well_specified(seed)[mode].passed for seed in SEEDS]
    assert sum(passed) >= 9


@pytest.mark.parametrize("mode", MODES)
def test_capability_is_met_as_often_as_it_says(mode: str) -> None:
    within = [well_specified(seed)[mode].coverage_of_capability or 0.0 for seed in SEEDS]
    assert np.mean(within) == pytest.approx(0.9, abs=0.01)
    distances = [well_specified(seed)[mode].pit_distance or 0.0 for seed in SEEDS]
    assert max(distances) < 0.05


def test_predicted_and_observed_breaks_agree_over_many_records() -> None:
    predicted = sum(well_specified(seed)["as-of"].predicted for seed in SEEDS)
    observed = sum(well_specified(seed)["as-of"].observed for seed in SEEDS)
    assert predicted == pytest.approx(observed, rel=0.03)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_as_of_gate_closes_on_a_network_that_became_slower(seed: int) -> None:
    found = gates(slower_network(seed, orders=9_000, history=26))
    assert not found["as-of"].passed
    assert found["as-of"].observed > found["as-of"].predicted + found["as-of"].limit
    assert "capability not calibrated" in (found["as-of"].banner or "")
    assert found["cross-fitted"].passed


def test_too_few_due_promises_and_the_gate_does_not_speak(tmp_path: Path) -> None:
    of = spec()
    made = np.arange(0.0, 90.0)
    (as_of, _) = study(promises(of, made, 5.0, 4.0), of, folder=tmp_path, as_of=day(200)).calibration
    assert as_of.n < LEAST_DUE
    assert not as_of.passed
    assert "too few" in (as_of.banner or "")


def judged(p: float, seen: float, *, spread: float = 0.0) -> Calibration:
    """Two hundred clusters of fifty promises; half of them strict, half lax, where ``spread`` is not 0."""
    clusters, each = 200, 50
    strict = np.arange(clusters) % 2 == 0
    probability = np.where(strict, p + spread, p - spread)
    return gate(
        "delivery",
        "as-of",
        probability=probability,
        lead=np.where(strict, -1.0, 1.0) + np.linspace(0, 0.1, clusters),
        cluster=np.arange(clusters),
        due=np.full(clusters, each),
        broken=np.full(clusters, round(each * seen)),
        pit=0.01,
        within=0.9,
    )


def test_the_gate_by_hand() -> None:
    """10,000 promises at p = .1: 1,000 predicted, and 2 sqrt(900) = 60 more or fewer would pass."""
    assert judged(0.1, 0.1).limit == pytest.approx(60.0)
    assert judged(0.1, 0.1).passed
    assert not judged(0.1, 0.12).passed
    assert judged(0.1, 0.1).predicted == pytest.approx(1_000)
    assert judged(0.1, 0.12).observed == 1_200


def test_strict_promises_that_hold_as_well_as_lax_ones_knew_more() -> None:
    found = judged(0.2, 0.2, spread=0.1)
    assert found.slope == pytest.approx(0.0, abs=0.05)
    assert "the promise knows more than the model" in (found.banner or "")


def test_where_all_promises_are_alike_there_is_no_slope_to_tell() -> None:
    assert judged(0.1, 0.1).slope is None


def test_what_fails_twice_names_the_promise_once() -> None:
    banner = judged(0.2, 0.4, spread=0.1).banner or ""
    assert "capability not calibrated" in banner
    assert "the promise knows more than the model" in banner
    assert banner.count("delivery: ") == 1

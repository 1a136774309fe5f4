"""The benchmark of journeys: plain SQL finds our numbers, and a difference is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.journeys import floor, made, ours
from benchmarks.journeys.run import Measured, commands, differences, targets_of
from benchmarks.measure import Run

PROCESS = Run(1.0, 1.0, 1, "")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Measured]:
    """Ours and the floor on two hundred journeys."""
    file = tmp_path_factory.mktemp("log") / "log.parquet"
    made.main(file, 2_000)
    return [Measured("floor", PROCESS, floor.main(str(file))), Measured("ours", PROCESS, ours.main(str(file)))]


def test_plain_sql_finds_the_same_moves_medians_and_variants(found: list[Measured]) -> None:
    assert len(found[1].told["edges"]) > 50
    assert differences(found) == []


@pytest.mark.parametrize("name", ["edges", "medians"])
def test_a_move_that_differs_is_told(found: list[Measured], name: str) -> None:
    told = dict(found[0].told[name])
    told[next(iter(told))] += 1
    other = replace(found[0], told={**found[0].told, name: told})
    assert differences([other, found[1]]) == [f"floor: {name} differ from ours"]


def test_a_first_variant_the_peer_does_not_know_is_told(found: list[Measured]) -> None:
    peer = Measured("pm4py", PROCESS, {**found[1].told, "paths": {}})
    assert differences([peer, found[1]]) == ["pm4py: the first variants differ from ours"]


def test_without_an_interpreter_the_peer_is_left_out_and_one_that_is_not_there_ends_the_run() -> None:
    assert list(commands(Path("log.parquet"), None)) == ["floor", "ours"]
    with pytest.raises(SystemExit, match="no interpreter"):
        commands(Path("log.parquet"), "no-such-python")


def test_targets_are_those_of_ten_million(found: list[Measured]) -> None:
    assert targets_of(found, 1_000_000) == []
    peer = Measured("pm4py", PROCESS, {**found[1].told, "seconds": 50.0})
    mine = replace(found[1], told={**found[1].told, "seconds": 6.0})
    assert [one.met for one in targets_of([mine, peer], 10_000_000)] == [False, False]

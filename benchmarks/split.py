"""``python -m benchmarks split``: does :func:`troth.split_change` find planted parts, do its intervals hold them, at what cost.

    promise     every promise one day sooner
    stage       handling takes longer
    carrier     one carrier's transit takes longer
    mix         other regions, and other carriers in each
    several     mix, promise and one carrier at once
    nothing     no change at all

Errors are sums over the mechanisms of what each part is off by, in shares of the true change (of ten points where nothing changed): as
told, and as measured. The floor is what the observed change itself is off by, which no split that adds up to it can be better than unless
it sets chance apart. The peer is DoWhy, in an environment of its own: ``--peer-python`` names its interpreter.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow.parquet as pq

from benchmarks.measure import run
from benchmarks.report import Target
from troth.engine.mechanisms import Split, split_change
from troth.engine.worlds.mechanisms import AFTER, BEFORE, CHANGED, KINDS, MECHANISMS, Planted, planted

FIRST = 10_000
"""Seed of the first replication: none that was looked at while the method was made."""
SIZES = (300, 1_000, 4_000, 20_000)
FEWER = 20_000
"""From so many rows on a fifth of the replications do."""
TEN_POINTS = 0.1
MOST_ERROR, LEAST_COVERAGE, MOST_COVERAGE = 0.10, 0.93, 0.97
PEER_ROWS, PEER_REPLICATIONS = 4_000, 1


@dataclass(frozen=True, slots=True)
class Found:
    """One replication: errors in shares of the change, whether each interval holds the truth, seconds."""

    told: float
    measured: float
    floor: float
    holds: tuple[bool, ...]
    unchanged: tuple[bool, ...]
    seconds: float


def split(world: Planted, draws: int = 200) -> Split:
    """The question all worlds are asked."""
    return split_change(
        world.table,
        by="month",
        before=BEFORE,
        after=AFTER,
        mix=["region", "carrier"],
        promise="promised_days",
        stages={"handling": "handling_days", "transit": "transit_days"},
        draws=draws,
    )


def measure(replications: int, peer_python: Path | None) -> list[Target]:
    """Everything above: lines as they are known, and the targets."""
    columns = ("told", "mean", "measured", "mean", "floor", "covers", "0 held", "seconds")
    print(f"{'kind':<9}{'rows':>7}{'n':>5}" + "".join(f"{name:>10}" for name in columns))
    targets: list[Target] = []
    for kind in KINDS:
        coverage: list[bool] = []
        for size in SIZES:
            found = [_one(kind, size, seed) for seed in range(FIRST, FIRST + (replications if size < FEWER else max(replications // 5, 1)))]
            told = np.array([one.told for one in found])
            covers = [holds for one in found for holds in one.holds]
            coverage += covers
            zero = [holds for one in found for holds in one.unchanged]
            values = (
                np.median(told),
                told.mean(),
                np.median([one.measured for one in found]),
                np.mean([one.measured for one in found]),
                np.mean([one.floor for one in found]),
                np.mean(covers),
                np.mean(zero) if zero else np.nan,
                np.mean([one.seconds for one in found]),
            )
            print(f"{kind:<9}{size:>7,}{len(found):>5}" + "".join(f"{value:>10.3f}" for value in values), flush=True)
            if CHANGED[kind]:
                targets.append(Target(f"{kind}, {size:,} rows: median error of the parts in shares of the change", values[0], MOST_ERROR))
        targets.append(Target(f"{kind}: coverage", float(np.mean(coverage)), LEAST_COVERAGE, at_least=True))
        targets.append(Target(f"{kind}: coverage", float(np.mean(coverage)), MOST_COVERAGE))
    if peer_python is not None:
        targets += _peer(peer_python)
    return targets


def _one(kind: str, rows: int, seed: int) -> Found:
    world = planted(kind, rows, seed)
    began = perf_counter()
    found = split(world)
    seconds = perf_counter() - began
    scale = abs(world.change) or TEN_POINTS
    truth = {**world.parts, "together": 0.0}
    parts = {part.mechanism: part for part in found.parts}
    holds = {
        name: part.change.low <= truth[name] <= part.change.high
        for name, part in parts.items()
        if name in truth and part.change.low is not None and part.change.high is not None
    }
    told = sum(abs((parts[name].change.value or 0.0) - truth[name]) for name in MECHANISMS)
    measured = sum(abs(parts[name].measured - truth[name]) for name in MECHANISMS)
    floor = abs((found.change.value or 0.0) - world.change)
    unchanged = tuple(hold for name, hold in holds.items() if name not in CHANGED[kind])
    return Found(told / scale, measured / scale, floor / scale, tuple(holds.values()), unchanged, seconds)


def _peer(python: Path) -> list[Target]:
    """DoWhy on the same tables."""
    targets = []
    for kind in ("several", "promise"):
        worlds = [planted(kind, PEER_ROWS, seed) for seed in range(FIRST, FIRST + PEER_REPLICATIONS)]
        ours = float(np.mean([_one(kind, PEER_ROWS, seed).measured for seed in range(FIRST, FIRST + PEER_REPLICATIONS)]))
        with tempfile.TemporaryDirectory() as folder:
            for number, world in enumerate(worlds):
                pq.write_table(world.table, Path(folder) / f"{number:03}.parquet")
            told = json.loads(run(python, "-m", "benchmarks.split_peer", folder).output.strip().splitlines()[-1])
        for method, found in told.items():
            off = []
            for world, parts in zip(worlds, found["parts"], strict=True):
                truth = {**world.parts, "late": 0.0}
                off.append(sum(abs(parts[name] - value) for name, value in truth.items()) / abs(world.change))
            seconds = float(np.mean(found["seconds"]))
            print(
                f"{kind}, DoWhy {method}: error {np.mean(off):.3f} of the change, at least {min(off):.3f}, at most {max(off):.3f}, "
                f"{seconds:.1f} s; ours as measured {ours:.3f}",
                flush=True,
            )
            targets.append(Target(f"{kind}: our error as measured, less that of DoWhy {method}", ours - float(np.mean(off)), 0.0))
    return targets

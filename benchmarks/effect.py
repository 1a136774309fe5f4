"""``python -m benchmarks effect``: does :func:`troth.effect` find what is true, how often its interval holds it, and at what cost.

    late orders     20,000 orders of which the late ones would have had bad reviews anyway: bias, coverage, processor seconds
    surface b       747 units and an effect that bends (Hill 2011): mean absolute error and coverage
    hidden          a confounder nobody recorded: how often the placebo and the sensitivity flag it, and how often they do without one
    no overlap      who is treated is told by a covariate alone: how often an effect is refused
    large           ten million rows, from query to answer

The floor is the plain difference of means. The peer is DoubleML, in an environment of its own: ``--peer-python`` names its interpreter.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from time import process_time

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.measure import run
from benchmarks.report import Target
from troth.engine.effects import Effect, effect, scores
from troth.engine.findings import Figure
from troth.engine.worlds.confounded import Confounded, late_orders, response_surface_b
from troth.terms.embedded import open_duckdb

Floats = npt.NDArray[np.float64]

FIRST = 10_000
"""Seed of the first replication: none that was looked at while the method was made."""
PEER_REPLICATIONS = 20
FLAG_REPLICATIONS = 25
TEN_MILLION = 10_000_000


def measure(replications: int, peer_python: Path | None) -> list[Target]:
    """Everything above: lines as they are known, and the targets."""
    print(
        f"{'design':<9}{'of':<14}{'n':>5}{'bias':>10}{'+-':>8}{'sd':>9}{'se':>9}{'covers':>9}{'|error|':>9}{'floor bias':>12}{'cpu s':>8}"
    )
    targets: list[Target] = []
    for design in (_late, _surface):
        found = list(design(replications))
        print(*_rows(design.__name__.removeprefix("_"), found), sep="\n", flush=True)
        for of, (bias, error) in _beyond(found).items():
            print(
                f"  {of}: bias {100 * bias:.3f} +- {100 * error:.3f} points of a percent, the chance shared with known truth taken off",
                flush=True,
            )
        targets += _targets(design.__name__.removeprefix("_"), found)
    for line, target in chain(_hidden(), [_no_overlap()], _large(), _peer(peer_python) if peer_python is not None else ()):
        print(line, flush=True)
        targets += [target] if target is not None else []
    return targets


Replication = tuple[Confounded, Effect, float]


def _timed(world: Confounded, **asked: str) -> Replication:
    began = process_time()
    found = effect(world.table, covariates=world.covariates, **asked)  # type: ignore[arg-type]
    return world, found, process_time() - began


def _late(replications: int) -> Iterator[Replication]:
    """Twenty thousand orders."""
    for seed in range(FIRST, FIRST + replications):
        yield _timed(late_orders(seed), outcome="bad_review", treatment="late", cluster="customer")


def _surface(replications: int) -> Iterator[Replication]:
    """Hill's surface B."""
    for seed in range(FIRST, FIRST + replications):
        yield _timed(response_surface_b(seed), outcome="outcome", treatment="treated")


TRUTHS: dict[str, tuple[Callable[[Effect], Figure], Callable[[Confounded], float]]] = {
    "everybody": (lambda found: found.everybody, lambda world: world.effect),
    "the treated": (lambda found: found.on_treated, lambda world: world.effect_on_treated),
    "these rows": (lambda found: found.everybody, lambda world: world.effect_here),
}


def _errors(found: list[Replication], of: str) -> tuple[Floats, Floats, Floats]:
    """Error, standard error and whether the interval holds the truth, of each replication that told one."""
    figure, truth = TRUTHS[of]
    told = [(figure(result), truth(world)) for world, result, _ in found if figure(result).value is not None]
    error = np.array([one.value - true for one, true in told if one.value is not None])
    half = np.array([(one.high - one.low) / 2 for one, _ in told if one.low is not None and one.high is not None])
    return error, half / 1.96, np.abs(error) <= half


def _rows(design: str, found: list[Replication]) -> list[str]:
    lines = []
    cpu = float(np.mean([seconds for _, _, seconds in found]))
    for of in TRUTHS:
        error, se, holds = _errors(found, of)
        floor = np.mean([(result.difference.value or 0.0) - TRUTHS[of][1](world) for world, result, _ in found])
        lines.append(
            f"{design:<9}{of:<14}{len(error):>5}{error.mean():>10.4f}{error.std() / np.sqrt(len(error)):>8.4f}{error.std():>9.4f}"
            f"{se.mean():>9.4f}{holds.mean():>9.3f}{np.abs(error).mean():>9.4f}{floor:>12.4f}{cpu:>8.2f}"
        )
    return lines


def _beyond(found: list[Replication]) -> dict[str, tuple[float, float]]:
    """Mean error beyond that of the same estimator with everything known, and its Monte Carlo error: chance they share is taken off.

    The one that knows is unbiased, so this is bias, told several times as exactly as by the mean error.
    """
    apart: dict[str, list[float]] = {"everybody": [], "the treated": []}
    for world, result, _ in found:
        if world.known is None or result.everybody.value is None or result.on_treated.value is None:
            continue
        y, late = world.table["bad_review"].to_numpy().astype(np.float64), world.table["late"].to_numpy()
        cluster = np.unique(world.table["customer"].to_numpy(), return_inverse=True)[1]
        known, weight = world.known, np.ones(len(y))
        everybody = scores.everybody(y, late, known.without, known.treated, known.chance, weight, cluster)
        treated = scores.on_treated(y, late, known.without, known.chance, weight, cluster)
        apart["everybody"].append(result.everybody.value - everybody.estimate)
        apart["the treated"].append(result.on_treated.value - treated.estimate)
    return {of: (float(np.mean(each)), float(np.std(each) / np.sqrt(len(each)))) for of, each in apart.items() if each}


def _targets(design: str, found: list[Replication]) -> list[Target]:
    cpu = float(np.mean([seconds for _, _, seconds in found]))
    targets = [Target(f"{design}: processor seconds", cpu, 2.0, " s")]
    for of, (bias, _) in _beyond(found).items():
        targets.append(Target(f"{design}, {of}: bias in points of a percent", 100 * abs(bias), 0.2))
    for of in ("everybody", "the treated"):
        _, _, holds = _errors(found, of)
        least, most = (0.93, 0.97) if design == "late" else (0.93, 0.99)
        targets.append(Target(f"{design}, {of}: coverage", float(holds.mean()), least, at_least=True))
        targets.append(Target(f"{design}, {of}: coverage", float(holds.mean()), most))
    return targets


def _hidden() -> Iterator[tuple[str, Target | None]]:
    """How often a hidden confounder is flagged, by its strength; lateness does nothing where there is one."""
    for hidden, strength in ((0.0, 1.0), (0.0, 0.0), (0.3, 0.0), (0.5, 0.0), (0.8, 0.0)):
        found = [
            effect(
                late_orders(seed, hidden=hidden, strength=strength).table,
                outcome="bad_review",
                treatment="late",
                covariates=("region", "distance", "price", "season", "seller"),
                cluster="customer",
                placebo_outcome="bad_review_before",
            )
            for seed in range(FIRST, FIRST + FLAG_REPLICATIONS)
        ]
        placebo = float(np.mean([any(each.passed is False for each in one.placebo) for one in found]))
        fragile = float(np.mean([bool(one.sensitivity and one.sensitivity.fragile) for one in found]))
        shown = float(np.mean([bool(one.interval and not one.interval[0] <= 0 <= one.interval[1]) for one in found]))
        line = (
            f"hidden {hidden:.1f}, effect x {strength:.0f}: shows an effect {shown:.2f}, placebo fails {placebo:.2f}, fragile {fragile:.2f}"
        )
        flagged = float(
            np.mean([any(p.passed is False for p in one.placebo) or bool(one.sensitivity and one.sensitivity.fragile) for one in found])
        )
        limit = Target(f"hidden {hidden:.1f}: flagged", flagged, 0.9, at_least=True) if hidden >= 0.5 else None
        yield line, limit


def _no_overlap() -> tuple[str, Target]:
    refused = []
    for seed in range(FIRST, FIRST + FLAG_REPLICATIONS):
        world = late_orders(seed, 4_000)
        far = pc.greater(world.table["distance"], 300.0)
        table = world.table.set_column(world.table.column_names.index("late"), "late", far)
        found = effect(table, outcome="bad_review", treatment="late", covariates=world.covariates, cluster="customer")
        refused.append(found.reason is not None)
    share = float(np.mean(refused))
    return f"no overlap: refused {share:.2f}", Target("no overlap: refused", share, 1.0, at_least=True)


def _large() -> Iterator[tuple[str, Target | None]]:
    """Ten million rows in the database, treated ones common and rare; the true effect is .10."""
    con = open_duckdb()
    for rate in (0.2, 0.001):
        rows = con.sql(f"""
            with draws as (
                select i, i // 3 as customer, (hash(i) % 1000) / 1000.0 as x, (hash(i * 2 + 1) % 100000) / 100000.0 as u,
                    (hash(i * 5 + 3) % 100000) / 100000.0 as v from range({TEN_MILLION}) as t(i)
            )
            select customer, x, 'seller ' || (i % 300) as seller, u < {rate} * (0.5 + x) as late,
                (v < 0.1 + 0.2 * x + 0.1 * (u < {rate} * (0.5 + x))::int)::int as bad from draws""")  # noqa: S608 - numbers of our own
        table: ibis.Table = con.create_table(f"large_{rate}".replace(".", "_"), rows)
        began = process_time()
        found = effect(table, outcome="bad", treatment="late", covariates=["x", "seller"], cluster="customer")
        seconds = process_time() - began
        low, high = found.interval or (np.nan, np.nan)
        yield (
            f"10 million rows, {rate:.1%} treated: {found.estimate:.4f} [{low:.4f}, {high:.4f}] of {found.n:,} rows, {seconds:.1f} cpu s",
            None,
        )


def _peer(python: Path) -> Iterator[tuple[str, Target | None]]:
    """DoubleML on the same tables: how far apart in standard errors, and how much longer it takes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, design in (("late", _late), ("surface", _surface)):
            found = list(design(PEER_REPLICATIONS))
            for number, (world, _, _) in enumerate(found):
                pq.write_table(_numeric(world), Path(folder) / f"{name}_{number:03}.parquet")
            theirs = json.loads(run(python, "-m", "benchmarks.effect_peer", folder, name).output.strip().splitlines()[-1])
            ours = np.array([one.everybody.value for _, one, _ in found], dtype=np.float64)
            _, se, _ = _errors(found, "everybody")
            peer = np.array(theirs["estimate"])
            apart = np.abs(ours - peer) / se
            truth = np.array([world.effect for world, _, _ in found])
            here = np.array([world.effect_here for world, _, _ in found])
            cpu = float(np.mean([seconds for _, _, seconds in found]))
            line = (
                f"{name}, DoubleML ({theirs['learner']}): {apart.mean():.2f} of our standard errors from ours on average, "
                f"{apart.max():.2f} at most; mean error {np.mean(peer - truth):.4f} (ours {np.mean(ours - truth):.4f}), "
                f"|error| on these rows {np.mean(np.abs(peer - here)):.4f} (ours {np.mean(np.abs(ours - here)):.4f}), "
                f"cpu {np.mean(theirs['seconds']):.2f} s, {np.mean(theirs['seconds']) / cpu:.1f} x ours"
            )
            yield line, Target(f"{name}: our distance from DoubleML in standard errors, on average", float(apart.mean()), 1.0)


def _numeric(world: Confounded) -> pa.Table:
    """The table as the peer takes it: covariates as x0, x1 ..., words as one column per level, outcome y, treatment d."""
    columns: dict[str, pa.Array] = {}
    for name in world.covariates:
        column = world.table[name]
        if pa.types.is_string(column.type):
            for level in sorted(pc.unique(column).to_pylist())[1:]:
                columns[f"x{len(columns)}"] = pc.equal(column, level).cast(pa.float64())
        else:
            columns[f"x{len(columns)}"] = column.cast(pa.float64())
    late = "late" in world.table.column_names
    columns["y"] = world.table["bad_review" if late else "outcome"].cast(pa.float64())
    columns["d"] = world.table["late" if late else "treated"].cast(pa.float64())
    return pa.table(columns)

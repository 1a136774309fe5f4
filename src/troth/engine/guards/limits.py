"""Cases just inside a target: too many of them, and what became of those moved there (domain.md e8, 2 and 3).

Too many: a curve through the bins more than two away from the target says how many to expect, as for receipts
(:mod:`troth.engine.promises.bunching`).
Moved: of the cases around the target, as many as expected would have had the outcome as the bins further out have it; the surplus of
cases was moved there from beyond, and would have had it as cases beyond the limit have it. What is above that, for each case moved, is
what moving did (after Diamond & Persson 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import NO_DATA, Figure
from troth.engine.guards.asked import Asked
from troth.engine.guards.cells import GROUPS, group_number, group_of
from troth.engine.guards.result import LimitBin
from troth.engine.guards.spread import Sums, left_out
from troth.engine.intervals import Numbers
from troth.engine.promises.bunching import BINS, DEGREE, HOLE, LEAST_NEAR, MOST_EMPTY, PLACES, Excess, Places, smooth_counts
from troth.terms.measures import Measure

DRAWS, SEED = 500, 20_240_131
SPREAD = 10
"""A bin is at least the median distance from the target divided by this."""

STEPS = (1.0, 2.0, 5.0)
TRIES = 4
FEWEST_BINS = DEGREE + 5
BEND = 2
"""Degree of the curve of an outcome's share."""


@dataclass(frozen=True, slots=True)
class Near:
    """What lies around a target.

    :param outcomes: for each outcome, the share by which moved cases see more of it, its error, and the groups it rests on.
    """

    excess: Figure = NO_DATA
    observed: int = 0
    expected: float | None = None
    width: float | None = None
    bunched: bool | None = None
    outcomes: tuple[tuple[float, float, int], ...] = ()
    bins: tuple[LimitBin, ...] = ()
    reason: str = ""


def near(rows: ir.Table, asked: Asked) -> Near:
    """Cases under the target, by how far they are from it."""
    measure = asked.measure
    if measure.target is None:
        return Near(reason="there is no target")
    mine = rows.filter(rows.is_pressed)
    apart = mine.reading - measure.target
    mine = mine.mutate(beyond=apart if measure.direction == "min" else -apart)
    (told,) = (
        mine.aggregate(n=mine.count(), middle=mine.beyond.abs().median(), least=mine.beyond.min(), most=mine.beyond.max())
        .to_pyarrow()
        .to_pylist()
    )
    if (told["n"] or 0) < LEAST_NEAR or not told["middle"]:
        return Near(reason=f"fewer than {LEAST_NEAR} cases under the target, or all at it")
    first, *wider = [measure.bin] if measure.bin is not None else _steps(told["middle"] / SPREAD)
    width, sums = first, _histograms(mine, asked, first)
    for step in wider:
        if not _too_fine(sums["n"].sum(axis=0)):
            break
        width, sums = step, _histograms(mine, asked, step)
    least, most = _possible(measure, told["least"], told["most"])
    places = PLACES[(PLACES * width > least) & ((PLACES - 1) * width < most)]
    held = {name: by_group[:, places + BINS - 1] for name, by_group in sums.items()}
    outer = (places <= -HOLE) | (places > HOLE)
    total = int(held["n"].sum())
    if total < LEAST_NEAR or outer.sum() < FEWEST_BINS or not (places <= -HOLE).any() or not (places > HOLE).any():
        return Near(observed=0, width=width, reason="too few cases on both sides of the target")
    design = curve_of(measure, places, width)
    found = Excess(held["n"].sum(axis=0), DRAWS, SEED, places, design)
    excess = Figure(
        found.observed - found.expected, found.low, found.high, n=total, method="draws of the counts, the curve fitted anew in each"
    )
    bunched = found.low > 0
    outcomes: list[tuple[float, float, int]] = []
    if bunched:
        for j in range(len(asked.outcomes)):
            value, error, groups = left_out(held, partial(_moved, j=j, places=places, design=design))
            outcomes.append((float(value[0]), float(error[0]), groups))
    bins = tuple(
        LimitBin(*_edges(measure, int(place), width), int(n), float(expected), inside=bool(-HOLE < place <= 0))
        for place, n, expected in zip(places, held["n"].sum(axis=0), found.fitted, strict=True)
    )
    return Near(excess, found.observed, found.expected, width, bunched, tuple(outcomes), tuple(sorted(bins, key=lambda one: one.low)))


def _edges(measure: Measure, place: int, width: float) -> tuple[float, float]:
    """The levels a bin lies between."""
    sign = 1.0 if measure.direction == "min" else -1.0
    first, last = (float((measure.target or 0.0) + sign * end * width) for end in (place - 1, place))
    return min(first, last), max(first, last)


def curve_of(measure: Measure, places: Places, width: float) -> Numbers:
    """What the logarithm of the curve through the bins is made of, shape (bins, d).

    Readings above 0: level, its square, its logarithm, and that squared, so that normal, gamma and lognormal readings lie on the curve.
    Others: a cubic.
    """
    sign = 1.0 if measure.direction == "min" else -1.0
    level = (measure.target or 0.0) + sign * (places - 0.5) * width
    if not (level > 0).all():
        return np.vander(places / BINS, DEGREE + 1)
    terms = np.column_stack([level, level**2, np.log(level), np.log(level) ** 2])
    return np.column_stack([np.ones(len(places)), (terms - terms.mean(axis=0)) / terms.std(axis=0)])


def _possible(measure: Measure, least: float, most: float) -> tuple[float, float]:
    """How far from the target readings can lie: as far as they do, and those that are never below 0 down to 0, if none was as low."""
    target = measure.target or 0.0
    if measure.direction == "min":
        return (min(least, -target) if target > 0 and least >= -target else least), most
    return least, (max(most, target) if target > 0 and most <= target else most)


def _moved(sums: Sums, j: int, places: Places, design: Numbers) -> Numbers:
    """Share by which cases moved inside the limit see more of an outcome than cases beyond it."""
    counts, known, seen = sums["n"], sums[f"known_{j}"], sums[f"seen_{j}"]
    outer, inside = (places <= -HOLE) | (places > HOLE), (places <= 0) & (places > -HOLE)
    around, beyond = ~outer, places > HOLE
    if known[outer].sum() <= 0 or known[beyond].sum() <= 0:
        return np.array([np.nan])
    expected = smooth_counts(design[outer], counts[None, outer], design)[0]
    moved = float(counts[inside].sum() - expected[inside].sum())
    bend = np.vander(places / BINS, BEND + 1)
    weight = known[outer]
    gram = bend[outer].T @ (bend[outer] * weight[:, None]) + 1e-9 * weight.sum() * np.eye(BEND + 1)
    share = np.clip(bend @ np.linalg.solve(gram, bend[outer].T @ seen[outer]), 0.0, 1.0)
    told = known[around].sum() / max(float(counts[around].sum()), 1.0)
    came = float(counts[around].sum() - expected[around].sum())  # those that lay just beyond the limit are around it anyway
    usual = float((expected * share)[around].sum()) * told + came * told * float(seen[beyond].sum() / known[beyond].sum())
    return np.array([(float(seen[around].sum()) - usual) / (moved * told) if moved > 0 and told > 0 else np.nan])


def _histograms(rows: ir.Table, asked: Asked, width: float) -> dict[str, Numbers]:
    """Counts by group and bin; bin 0 holds (-width, 0]: just inside."""
    # A level that lies a hair off a boundary for being a fraction belongs to the bin it is written in.
    position = (rows.beyond / width - 1e-9).ceil().cast("int64")
    binned = rows.mutate(position=position, group=group_of(rows.who))
    binned = binned.filter(binned.position > -BINS, binned.position <= BINS)
    sums: dict[str, Any] = {"n": binned.count()}
    for j in range(len(asked.outcomes)):
        outcome = binned[f"outcome_{j}"]
        sums |= {f"known_{j}": outcome.count(), f"seen_{j}": outcome.cast("int64").sum()}
    found = {name: np.zeros((GROUPS, len(PLACES))) for name in sums}
    for row in binned.group_by(["group", "position"]).agg(**sums).to_pyarrow().to_pylist():
        for name in sums:
            found[name][group_number(row["group"]), row["position"] + BINS - 1] += row[name] or 0
    return found


def _steps(least: float) -> list[float]:
    """Widths of 1, 2 or 5 times a power of ten, from the first that is no smaller than ``least``."""
    power = 10.0 ** np.floor(np.log10(least))
    steps = [step * power * 10.0**more for more in range(3) for step in STEPS]
    return [float(step) for step in steps if step >= least * (1 - 1e-9)][:TRIES]


def _too_fine(counts: Numbers) -> bool:
    """Too many empty bins among the filled ones: the readings are recorded on a coarser scale."""
    total = counts.sum()
    if not total:
        return False
    reached = np.cumsum(counts) / total
    body = counts[(reached >= 0.05) & (reached <= 0.95)]  # noqa: PLR2004 - the tails may be thin
    return bool(len(body)) and bool((body == 0).mean() > MOST_EMPTY)

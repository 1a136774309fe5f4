"""Capability per context cell and training window (domain.md d4): shrunken location, re-centred residuals, mixture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from benchmarks.peer.histogram import Histogram, histogram

# Definitions, not code: the peer counts on the same grids, so that its numbers are the same ones.
from troth.engine.capability.cells import BINS, BUDGET, FIRST_HALVES, LEAST_BINS, LEAST_ROWS, SPAN, STEPS_PER_OCTAVE
from troth.engine.capability.curves import (
    DEVIATIONS_ACROSS,
    KAPPAS,
    LATTICE_BINS,
    LEAST_PARENTS,
    MEDIAN_VARIANCE,
    RESIDUAL_BINS,
    RESIDUAL_SPAN,
    TRIAL_CELLS,
)
from troth.engine.capability.training import EMBARGO_WEEKS, FOLDS, LEAST_RECORD, MATURITY, SPANS_A_LAG, WINDOW_WEEKS

HALVINGS = 30
"""Enough to find a quantile to the last digits that count."""


@dataclass(frozen=True, slots=True)
class Window:
    """One training set: the weeks of promising it judges, the weeks it learns from, and the week at whose start it was known (as-of)."""

    judges: range
    learns: np.ndarray
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Capability fitted on one window."""

    own: Histogram
    residuals: list[Histogram]
    medians: list[np.ndarray]
    location: np.ndarray

    def usable(self) -> bool:
        """Whether there is enough of a record to judge by."""
        return bool(np.isfinite(self.location).all() and self.residuals[0].total[0] >= LEAST_PARENTS)


class Cells:
    """The tree of context cells: a column of node numbers per level, on the rows and on the leaves."""

    def __init__(self, rows: pd.DataFrame, levels: list[list[str]], bins: int) -> None:
        """Number the nodes of every level.

        :param levels: the columns that name a node of each level, root (none) first.
        :param bins: bins of each leaf's grid; one more stands for “not received”.
        """
        self.bins = bins
        self.columns = [f"node_{level}" for level in range(len(levels))]
        for column, names in zip(self.columns, levels, strict=True):
            rows[column] = rows.groupby(names, sort=True).ngroup() if names else 0
        self.tree = rows[self.columns].drop_duplicates().sort_values(self.columns[-1]).reset_index(drop=True)

    @property
    def leaf(self) -> str:
        """The column of the leaves."""
        return self.columns[-1]

    @property
    def depth(self) -> int:
        """The level of the leaves; the root is level 0."""
        return len(self.columns) - 1

    def parent(self, level: int) -> np.ndarray:
        """Node of the level above, for each node of ``level``."""
        pairs = self.tree[[self.columns[level], self.columns[level - 1]]].drop_duplicates().sort_values(self.columns[level])
        return pairs[self.columns[level - 1]].to_numpy()


def bins_for(cells: int, weeks: int) -> int:
    """How fine the engine counts that many cells and weeks."""
    bins = BINS
    while bins > LEAST_BINS and cells * weeks * (bins + 1) > BUDGET:
        bins //= 2
    return bins


def add_grid(rows: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Give each cell its grid and each row its bin; returns the grids (origin, step) by leaf."""
    bins = cells.bins
    early = rows[rows.half.groupby(rows[cells.leaf]).rank(method="dense") <= FIRST_HALVES]
    measured = early.groupby(cells.leaf).y.agg(["count", "mean", "std"]).reindex(cells.tree[cells.leaf])
    y = early.y
    spread = (measured["std"] * np.sqrt((measured["count"] - 1) / measured["count"])).where(
        measured["count"] >= LEAST_ROWS / 3, y.std(ddof=0)
    )
    spread = spread.clip(lower=y.std(ddof=0) / 64)
    grid = pd.DataFrame({"step": 2.0 ** (np.ceil(STEPS_PER_OCTAVE * np.log2(2 * SPAN * spread / bins)) / STEPS_PER_OCTAVE)})
    grid["origin"] = np.round(measured["mean"].fillna(y.mean()) / grid.step - bins / 2) * grid.step
    position = (rows.y - rows[cells.leaf].map(grid.origin)) / rows[cells.leaf].map(grid.step)
    rows["bin"] = (np.ceil(position) - 1).clip(0, bins - 1).fillna(bins).astype(int)
    add_centre(rows, cells, grid)
    return grid


def add_centre(rows: pd.DataFrame, cells: Cells, grid: pd.DataFrame) -> None:
    """The badness at the middle of each row's bin."""
    rows["centre"] = rows[cells.leaf].map(grid.origin) + (rows.bin + 0.5) * rows[cells.leaf].map(grid.step)


def as_of_windows(rows: pd.DataFrame) -> list[Window]:
    """A rolling window of 26 weeks per week of promising, ending when 97% of the waits known by then were over."""
    received = rows[rows.received]
    windows = []
    for week in range(1, int(rows.week.max()) + 1):
        seen = received.wait[(received.week >= week - 2 * WINDOW_WEEKS) & (received.week + received.wait < week)]
        if len(seen) < LEAST_RECORD:
            continue
        lag = maturity(seen)
        if week >= SPANS_A_LAG * lag:
            windows.append(Window(range(week, week + 1), np.arange(max(0, week - lag - WINDOW_WEEKS), week - lag), known=week))
    return windows


def cross_fitted_windows(rows: pd.DataFrame) -> list[Window]:
    """Ten folds of weeks; each learns from all mature weeks that are not near it."""
    weeks = int(rows.week.max()) + 1
    mature = np.arange(weeks - maturity(rows.wait[rows.received]))
    edges = np.linspace(0, weeks, FOLDS + 1).round().astype(int)
    embargo = min(EMBARGO_WEEKS, weeks // (2 * FOLDS))
    return [Window(range(low, high), mature[(mature < low - embargo) | (mature >= high + embargo)]) for low, high in pairwise(edges)]


def maturity(waits: pd.Series) -> int:
    """Weeks after which 97% of the waits are over."""
    over = waits.value_counts().sort_index().cumsum()
    return int(over.index[np.searchsorted(over, MATURITY * len(waits))]) + 1


def fit(rows: pd.DataFrame, cells: Cells, grid: pd.DataFrame, windows: list[Window]) -> list[Curves]:
    """The curves of every window."""
    spread = float(2.0 ** np.floor(np.log2(grid.step.median() * cells.bins / DEVIATIONS_ACROSS)))
    lattice = add_lattice(rows, cells, grid, spread)
    placed = [locate(rows, cells, grid, window, lattice) for window in windows]

    # Each residual is taken against the location its own week was judged by; weeks before the first record use the first there was.
    first = next(location for _, location in placed if np.isfinite(location).all())
    by_week = np.tile(first, (int(rows.week.max()) + 1, 1))
    for window, (_, location) in zip(windows, placed, strict=True):
        by_week[window.judges] = location
    step, origin = 2 * RESIDUAL_SPAN * spread / RESIDUAL_BINS, -RESIDUAL_SPAN * spread
    residual = rows.centre - by_week[rows.week, rows[cells.leaf]]
    place = (np.ceil((residual - origin) / step).astype(int) - 1).clip(0, RESIDUAL_BINS - 1)
    rows["residual"] = place.where(rows.bin < cells.bins, RESIDUAL_BINS)

    curves = []
    for window, (own, location) in zip(windows, placed, strict=True):
        train = trained_on(rows, window, {"residual": RESIDUAL_BINS})
        layers = [even_histogram(train, cells, level, "residual", origin, step, RESIDUAL_BINS) for level in range(cells.depth)]
        curves.append(Curves(own, layers, [layer.median() for layer in layers], location))
    return curves


def add_lattice(rows: pd.DataFrame, cells: Cells, grid: pd.DataFrame, spread: float) -> tuple[float, float, int]:
    """Bins all cells share, so that a median can be taken over several: origin, step, number."""
    low, high = grid.origin.min(), (grid.origin + cells.bins * grid.step).max()
    step = spread / 8
    while (high - low) / step > LATTICE_BINS:
        step *= 2
    origin = float(np.floor(low / step) * step)
    bins = int(np.ceil((high - origin) / step))
    place = (np.ceil((rows.centre - origin) / step).astype(int) - 1).clip(0, bins - 1)
    rows["lattice"] = place.where(rows.bin < cells.bins, bins)
    return origin, step, bins


def locate(
    rows: pd.DataFrame, cells: Cells, grid: pd.DataFrame, window: Window, lattice: tuple[float, float, int]
) -> tuple[Histogram, np.ndarray]:
    """The cells' own record in a window, and their locations, shrunken from the root down."""
    origin, step, bins = lattice
    train = trained_on(rows, window, {"bin": cells.bins, "lattice": bins})
    own = histogram(train, cells.leaf, "bin", grid.origin.to_numpy(), grid.step.to_numpy(), cells.bins)
    noise = within_variance(train[train.bin < cells.bins], cells.leaf)
    location = even_histogram(train, cells, 0, "lattice", origin, step, bins).median()
    for level in range(1, cells.depth + 1):
        layer = own if level == cells.depth else even_histogram(train, cells, level, "lattice", origin, step, bins)
        location = shrink(layer, location[cells.parent(level)], noise)
    return own, location


def even_histogram(train: pd.DataFrame, cells: Cells, level: int, bin_: str, origin: float, step: float, bins: int) -> Histogram:
    """Counts of one level's nodes, all on the same grid."""
    column = cells.columns[level]
    nodes = int(cells.tree[column].max()) + 1
    return histogram(train, column, bin_, np.full(nodes, origin), np.full(nodes, step), bins)


def trained_on(rows: pd.DataFrame, window: Window, not_received: dict[str, int]) -> pd.DataFrame:
    """Rows of a window as they were known then: a receipt that came later is “not received”."""
    train = rows[rows.week.isin(window.learns)]
    if window.known is not None:
        unknown = train.week + train.wait >= window.known
        train = train.assign(**{column: train[column].mask(unknown, value) for column, value in not_received.items()})
    return train


def within_variance(received: pd.DataFrame, leaf: str) -> float:
    """Variance within cells, pooled over cells."""
    square = received.groupby(leaf).centre.agg(["count", "var"])
    return float((square["var"].fillna(0) * (square["count"] - 1)).sum() / max(len(received) - len(square), 1))


def shrink(layer: Histogram, parent: np.ndarray, noise: float) -> np.ndarray:
    """Empirical-Bayes location: each node's median drawn towards its parent's."""
    count = layer.total
    noise_ = MEDIAN_VARIANCE * noise / np.maximum(count, 1)
    distance = np.where(count > 0, layer.median() - parent, 0.0)
    between = max(0.0, float((count * (distance**2 - noise_)).sum() / max(count.sum(), 1)))
    return parent + (between / (between + noise_) if between > 0 else 0.0) * distance


def below(curves: Curves, cells: Cells, leaf: np.ndarray, badness: np.ndarray, kappa: float) -> np.ndarray:
    """P(received at most that bad): the cell's own record mixed with its parents' residuals."""
    offset = badness - curves.location[leaf]
    mixed = np.zeros(len(leaf))
    for level, (layer, median) in enumerate(zip(curves.residuals, curves.medians, strict=True)):
        node = cells.tree[cells.columns[level]].to_numpy()[leaf]
        hit, count = layer.below(node, offset + np.nan_to_num(median[node])), layer.total[node]
        mixed = hit / np.maximum(count, 1) if level == 0 else (hit + kappa * mixed) / (count + kappa)
    return (curves.own.below(leaf, badness) + kappa * mixed) / (curves.own.total[leaf] + kappa)


def capability(curves: Curves, cells: Cells, leaf: np.ndarray, share: float, kappa: float) -> np.ndarray:
    """The badness that would have been met with that probability, by bisection."""
    origin, step = curves.own.origin[leaf], curves.own.step[leaf]
    left, right = np.full(len(leaf), -0.5 * cells.bins), np.full(len(leaf), 1.5 * cells.bins)
    for _ in range(HALVINGS):
        middle = (left + right) / 2
        enough = below(curves, cells, leaf, origin + middle * step, kappa) >= share
        left, right = np.where(enough, left, middle), np.where(enough, middle, right)
    return origin + right * step


def choose_kappas(rows: pd.DataFrame, cells: Cells, windows: list[Window], curves: list[Curves], target: float) -> list[float]:
    """For every window, the weight of the parents with the least pinball loss on promises known by then."""
    large = rows.groupby(cells.leaf).size().sort_values(ascending=False, kind="stable").index[:TRIAL_CELLS]
    received = rows[(rows.bin < cells.bins) & rows[cells.leaf].isin(large)]
    pieces = []
    for window, fitted in zip(windows, curves, strict=True):
        mine = received[received.week.isin(window.judges)]
        if mine.empty or not fitted.usable():
            continue
        leaves = np.sort(mine[cells.leaf].unique())
        losses = mine[["week", "wait"]].copy()
        for kappa in KAPPAS:
            level = pd.Series(capability(fitted, cells, leaves, target, kappa), index=leaves)
            gap = mine.centre - mine[cells.leaf].map(level)
            losses[kappa] = gap.where(gap > 0, gap * (1 - 1 / target)) * target
        pieces.append(losses)
    everything = pd.concat(pieces).groupby(["week", "wait"], as_index=False).sum()
    best = []
    for window in windows:
        known = everything
        if window.known is not None:
            known = known[(known.week <= window.learns.max()) & (known.week + known.wait < window.known)]
        best.append(float(known[list(KAPPAS)].sum().round(9).idxmin()))
    return best

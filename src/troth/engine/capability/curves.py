"""Capability curves from counts: shrunken location, re-centred residuals, and their mixture (domain.md d4, “Estimator”).

    mhat_k  = mhat_parent + t2/(t2 + s2/n_k) (med_k - mhat_parent)           empirical-Bayes location, top of the tree first
    F~_k(y) = ( n_k Fhat_k(y) + kappa Fres(y - mhat_k) ) / (n_k + kappa)     Fres = the parent's residuals, centred on 0

All in units of *badness* (see :mod:`~troth.engine.capability.scales`): larger is worse. Residuals are taken as they were seen at the
time, each against the location its own training set gave, so that nothing later leaks into an as-of curve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from troth.engine.capability.training import Training, late_corrections, windowed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = NDArray[np.int32]

KAPPAS = (25.0, 5.0, 100.0)
"""Weight of the parent in the mixture; the first is the default, the others are tried by pinball loss on later blocks."""
LEAST_PARENTS = 10
"""Outcomes a training set needs at the root before anything can be decomposed (domain.md d1: n_eff >= 10)."""
MEDIAN_VARIANCE = 1.57
"""Variance of a median over that of a mean (pi / 2)."""
RESIDUAL_BINS = 128
LATTICE_BINS = 512
EVER = 1e12
"""Badness beyond everything received: what is not below it was never received."""
SEARCHES = 6
"""Halvings of the bracket a quantile lies in, before the last straight line: it is rarely wider than a few bins."""
TRIAL_CELLS = 200
"""The largest cells, on which kappa is chosen: their loss tells as much as everybody's."""
RESIDUAL_SPAN = 6.0
"""Residuals are kept within that many pooled standard deviations of 0."""
DEVIATIONS_ACROSS = 7.0
"""A leaf's bins span at least that many of its standard deviations, and less than twice as many."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of context cells of one promise name. Level 0 is the root, level L the leaves.

    :param parents: for each level 1..L, (N_l,) the parent of each node in level l - 1.
    """

    parents: tuple[Ints, ...]

    @property
    def leaves(self) -> int:
        """Number of context cells, K."""
        return len(self.parents[-1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Nodes per level, the root first."""
        return (1, *(len(p) for p in self.parents))

    def node_of_leaf(self, level: int) -> Ints:
        """(K,) the node of ``level`` above each leaf."""
        nodes = np.arange(self.leaves)
        for parents in reversed(self.parents[level:]):
            nodes = parents[nodes]
        return nodes


@dataclass(frozen=True, slots=True)
class Grid:
    """Each leaf's own equally spaced bins: bin i holds ``origin + i step < y <= origin + (i+1) step``; the end bins are open.

    :param origin: (K,) badness at the left edge of bin 0.
    :param step: (K,) width of a bin.
    :param bins: number of bins; bin ``bins`` stands for “not received” (worse than anything).
    :param exact: positions are ranks among the few values there are: no interpolation error.
    """

    origin: Floats
    step: Floats
    bins: int
    exact: bool = False

    def centre(self, leaf: Ints, bin_: Ints) -> Floats:
        """Badness at the middle of a bin (at its value where exact)."""
        return self.origin[leaf] + (bin_ + (1.0 if self.exact else 0.5)) * self.step[leaf]

    def badness(self, leaf: Ints, position: Floats) -> Floats:
        """Badness at a position, counted in bins from the left edge of bin 0."""
        return self.origin[leaf] + position * self.step[leaf]


@dataclass(frozen=True, slots=True)
class Record:
    """Reduced counts of one promise name: one entry per (leaf, block, bin, wait) that occurs, those of a block side by side.

    :param leaf: (G,) context cell.
    :param block: (G,) week it was made, from 0.
    :param bin: (G,) bin of what was received, ``grid.bins`` for “not received”.
    :param closed: (G,) week it was received for late receipts, -1 for those in time.
    :param count: (G,) promises.
    :param blocks: number of weeks J.
    """

    leaf: Ints
    block: Ints
    bin: Ints
    closed: Ints
    count: Ints
    blocks: int

    @property
    def starts(self) -> Ints:
        """(J + 1,) the first entry of each block."""
        return np.searchsorted(self.block, np.arange(self.blocks + 1))


@dataclass(frozen=True, slots=True)
class Layer:
    """Windowed cumulative counts on one grid of nodes: ``at[set, node, bin]`` = promises in bins 0..bin; the last bin is “not received”."""

    at: Counts
    origin: Floats
    step: Floats
    exact: bool = False

    @property
    def bins(self) -> int:
        """Bins for what was received."""
        return int(self.at.shape[2]) - 1

    @property
    def total(self) -> Counts:
        """(N, T) promises in each training set, open ones included."""
        return self.at[:, :, -1].T

    def below(self, node: Ints, training_set: Ints, badness: Floats) -> Floats:
        """Promises whose receipt was at most that bad; linear inside a bin, exponential in the open last one. Shape of the arguments."""
        position = (badness - self.origin[node]) / self.step[node]
        position = np.where(np.isnan(position), 0.0, position)  # no location yet: the caller masks it
        counts = self.at.reshape(-1)
        first = (training_set * self.at.shape[1] + node) * self.at.shape[2]
        if self.exact:
            rank = np.clip(np.floor(position + 1e-9).astype(np.int64), 0, self.bins)
            return np.where(rank > 0, counts.take(first + np.maximum(rank - 1, 0)), 0).astype(np.float64)
        whole = np.clip(position, 0, self.bins - 1).astype(np.int64)
        upto = counts.take(first + whole)
        before = np.where(whole > 0, counts.take(first + np.maximum(whole - 1, 0)), 0)
        part = np.maximum(position - whole, 0.0)
        share = np.minimum(part, 1.0)
        open_end = np.flatnonzero(whole == self.bins - 1)
        share[open_end] = 1.0 - np.exp(-part[open_end] / (self.bins / 16.0))
        count: Floats = before + (upto - before) * share
        return count

    def quantile(self, share: float) -> Floats:
        """(N, T) badness at a quantile of what is in the set, by interpolation; NaN where the set is empty."""
        total = self.at[:, :, -1]
        target = share * total
        counts = self.at.reshape(-1)
        first = np.arange(total.size).reshape(total.shape) * self.at.shape[2]
        low, high = np.zeros(total.shape, dtype=np.int64), np.full(total.shape, self.bins, dtype=np.int64)
        for _ in range(self.bins.bit_length()):  # halves the bins until one is left: the first that holds the target
            middle = (low + high) // 2
            enough = counts.take(first + middle) >= target
            low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
        index = np.minimum(high, self.bins - 1)
        upper = counts.take(first + index).astype(np.float64)
        lower = np.where(index > 0, counts.take(first + np.maximum(index - 1, 0)), 0)
        part = np.where(upper > lower, (target - lower) / np.maximum(upper - lower, 1), 1.0)
        if self.exact:
            part = np.ones_like(part)
        value = self.origin + (index + np.clip(part, 0.0, 1.0)) * self.step
        return np.where(total > 0, value, np.nan).T


@dataclass(frozen=True, slots=True)
class Curves:
    """Fitted capability of one promise name in one mode.

    :param own: the leaves' own counts.
    :param residuals: residual counts of levels 0..L-1, on one common grid each.
    :param centre: for the same levels, (N_l, T) the median residual to take off.
    :param location: (K, T) mhat of each leaf; NaN where the record is too thin.
    :param kappa: (T,) weight of the parent.
    """

    tree: Tree
    training: Training
    own: Layer
    residuals: tuple[Layer, ...]
    centre: tuple[Floats, ...]
    location: Floats
    kappa: Floats

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(K, T) the set holds enough of a record to judge by."""
        return np.isfinite(self.location) & (self.residuals[0].total >= LEAST_PARENTS)

    def below(self, leaf: Ints, training_set: Ints, badness: Floats, kappa: Floats | None = None) -> Floats:
        """F~: probability that what is received is at most that bad. Shapes: three equal 1-d arrays."""
        weight = self.kappa[training_set] if kappa is None else kappa
        mixed = np.zeros(len(leaf))
        offset = badness - self.location[leaf, training_set]
        for level, (layer, centre) in enumerate(zip(self.residuals, self.centre, strict=True)):
            node = self.tree.node_of_leaf(level)[leaf]
            count = layer.total[node, training_set].astype(np.float64)
            hit = layer.below(node, training_set, offset + centre[node, training_set])
            mixed = hit / np.maximum(count, 1.0) if level == 0 else (hit + weight * mixed) / (count + weight)
        count = self.own.total[leaf, training_set].astype(np.float64)
        return (self.own.below(leaf, training_set, badness) + weight * mixed) / (count + weight)

    def exceeds(self, leaf: Ints, training_set: Ints, badness: Floats) -> Floats:
        """p(x): probability that what is received is worse than ``badness``; in [0, 1]."""
        return np.clip(1.0 - self.below(leaf, training_set, badness), 0.0, 1.0)

    def capability(self, leaf: Ints, training_set: Ints, share: float, kappa: Floats | None = None) -> Floats:
        """C = F~^-1(share): the badness that would have been met with that probability, by bisection on the leaf's grid.

        Infinite where more than ``1 - share`` of the record was never received: no level is met that often.
        """
        ever = self.below(leaf, training_set, np.full(len(leaf), EVER), kappa)
        found = self._exact_capability if self.own.exact else self._capability
        return np.where(ever >= share - 1e-12, found(leaf, training_set, share, kappa), np.inf)

    def _capability(self, leaf: Ints, training_set: Ints, share: float, kappa: Floats | None) -> Floats:
        """Halvings of the bracket, then a straight line."""
        left, right = self._bracket(leaf, training_set, share)
        low, high = (self.below(leaf, training_set, edge, kappa) - share for edge in (left, right))
        for _ in range(SEARCHES):
            middle_ = (left + right) / 2
            value = self.below(leaf, training_set, middle_, kappa) - share
            enough = value >= 0
            right, high = np.where(enough, middle_, right), np.where(enough, value, high)
            left, low = np.where(enough, left, middle_), np.where(enough, low, value)
        inside = (low < 0) & (high > 0)
        return left + (right - left) * np.where(inside, -low / np.where(inside, high - low, 1.0), np.where(low >= 0, 0.0, 1.0))

    def _exact_capability(self, leaf: Ints, training_set: Ints, share: float, kappa: Floats | None) -> Floats:
        """The least rank that meets the share: among few values nothing lies between."""
        origin, step = self.own.origin[leaf], self.own.step[leaf]
        low, high = np.zeros(len(leaf), dtype=np.int64), np.full(len(leaf), self.own.bins, dtype=np.int64)
        while (low < high).any():
            middle = (low + high) // 2
            enough = self.below(leaf, training_set, origin + middle * step, kappa) >= share - 1e-12
            high = np.where(enough, middle, high)
            low = np.where(enough, low, np.minimum(middle + 1, high))
        return origin + high * step

    def _bracket(self, leaf: Ints, training_set: Ints, share: float) -> tuple[Floats, Floats]:
        """A mixture's quantile lies between the least and the greatest quantile of its members."""
        own = self.own.quantile(share)[leaf, training_set]
        least, most = own, own
        for level, (layer, centre) in enumerate(zip(self.residuals, self.centre, strict=True)):
            node = self.tree.node_of_leaf(level)[leaf]
            shifted = self.location[leaf, training_set] + (layer.quantile(share) - centre)[node, training_set]
            least, most = np.fmin(least, shifted), np.fmax(most, shifted)
        return least, most


def fit(record: Record, grid: Grid, tree: Tree, training: Training, *, target: float = 0.9, kappa: float | Floats | None = None) -> Curves:
    """Fit the curves of one promise name.

    :param record: its counts.
    :param grid: the leaves' bins.
    :param tree: the leaves' places in the tree of cells.
    :param training: the training sets.
    :param target: keep target at which the pinball loss chooses among :data:`KAPPAS`.
    :param kappa: fix the weights instead of choosing them: one number, or (T,).
    """
    leaf_layer = _layer(record, record.leaf, record.bin, grid.origin, grid.step, grid.bins, training, exact=grid.exact)
    received = record.bin < grid.bins
    if grid.exact:
        return _fit_exact(record, grid, tree, training, leaf_layer, target, kappa)
    centre = grid.centre(record.leaf, np.minimum(record.bin, grid.bins - 1))
    location, spread = _locations(record, grid, tree, training, leaf_layer, centre, received)
    residuals, medians = _residuals(record, tree, training, location, spread, centre, received)
    chosen = np.full(training.sets, KAPPAS[0]) if kappa is None else np.broadcast_to(np.asarray(kappa, dtype=np.float64), training.sets)
    curves = Curves(tree, training, leaf_layer, residuals, medians, location, chosen)
    if kappa is not None:
        return curves
    best = _best_kappa(curves, record, centre, received, target)
    return replace(curves, kappa=best)


def _fit_exact(
    record: Record, grid: Grid, tree: Tree, training: Training, own: Layer, target: float, kappa: float | Floats | None
) -> Curves:
    """Few distinct values (or kept / broken): every node keeps the same ranks, so the parent's own shares are the prior.

    For yes/no promises this is the beta-binomial shrinkage of domain.md d4, down the tree.
    """
    layers = tuple(
        _layer(
            record,
            tree.node_of_leaf(level)[record.leaf],
            record.bin,
            np.zeros(size),
            np.ones(size),
            grid.bins,
            training,
            exact=True,
        )
        for level, size in enumerate(tree.sizes[:-1])
    )
    location = np.where(layers[0].total > 0, 0.0, np.nan)[tree.node_of_leaf(0)]
    centre = tuple(np.zeros(layer.total.shape) for layer in layers)
    chosen = np.full(training.sets, KAPPAS[0]) if kappa is None else np.broadcast_to(np.asarray(kappa, dtype=np.float64), training.sets)
    curves = Curves(tree, training, own, layers, centre, location, chosen)
    if kappa is not None or grid.bins == 1:
        return curves
    centres = grid.centre(record.leaf, np.minimum(record.bin, grid.bins - 1))
    return replace(curves, kappa=_best_kappa(curves, record, centres, record.bin < grid.bins, target))


def distinct_pairs(leaf: Ints, training_set: Ints, sets: int) -> tuple[tuple[Ints, Ints], Ints]:
    """The distinct (leaf, set) pairs, and where each input stands among them."""
    unique, place = np.unique(leaf * sets + training_set, return_inverse=True)
    return np.divmod(unique, sets), place


def _layer(
    record: Record,
    node: Ints,
    bin_: Ints,
    origin: Floats,
    step: Floats,
    bins: int,
    training: Training,
    *,
    exact: bool = False,
    keep: NDArray[np.bool_] | None = None,
) -> Layer:
    """Count promises per node, training set and bin, moving receipts that were not known yet into “not received”."""
    nodes, width = len(origin), bins + 1
    weight = (record.count if keep is None else record.count * keep).astype(np.int32)
    place = node * width + bin_
    late = np.flatnonzero((record.closed >= 0) & (bin_ < bins) & (weight > 0))
    position, sets = late_corrections(record.block[late], record.closed[late], training)
    by_set = np.argsort(sets, kind="stable")
    moved = late[position[by_set]]
    of_set = np.searchsorted(sets[by_set], np.arange(training.sets + 1))
    at = np.empty((training.sets, nodes, width), dtype=np.int32)
    for number, window in enumerate(windowed(place, weight, record.starts, nodes * width, training)):
        unknown = moved[of_set[number] : of_set[number + 1]]
        if len(unknown):
            np.subtract.at(window, place[unknown], weight[unknown])
            np.add.at(window, node[unknown] * width + bins, weight[unknown])
        np.cumsum(window.reshape(nodes, width), axis=1, dtype=np.int32, out=at[number])
    return Layer(at, origin, step, exact)


def _locations(
    record: Record, grid: Grid, tree: Tree, training: Training, leaves: Layer, centre: Floats, received: NDArray[np.bool_]
) -> tuple[Floats, float]:
    """(K, T) empirical-Bayes location of each leaf, and one pooled spread to scale the residual grid by."""
    if not received.any():
        return np.full((tree.leaves, training.sets), np.nan), 1.0
    spread = _pooled_spread(grid)
    low, high = float(grid.origin.min()), float((grid.origin + grid.bins * grid.step).max())
    step = spread / 8
    while (high - low) / step > LATTICE_BINS:
        step *= 2
    # A common lattice, wide enough for every leaf: medians of inner nodes need bins their leaves share.
    origin = np.floor(low / step) * step
    bins = int(np.ceil((high - origin) / step))
    common = np.clip(np.ceil((centre - origin) / step).astype(np.int64) - 1, 0, bins - 1)
    common = np.where(received, common, bins)

    variance = _windowed_variance(record, tree.leaves, training, centre, received)
    location = np.zeros((1, training.sets))
    for level in range(len(tree.sizes)):
        if level == len(tree.sizes) - 1:
            layer = leaves
        else:
            nodes = tree.sizes[level]
            layer = _layer(
                record, tree.node_of_leaf(level)[record.leaf], common, np.full(nodes, origin), np.full(nodes, step), bins, training
            )
        median = layer.quantile(0.5)
        if level == 0:
            location = median
            continue
        parent = location[tree.parents[level - 1]]
        location = _shrink(median, layer.total.astype(np.float64), parent, variance)
    return location, spread


def _shrink(median: Floats, count: Floats, parent: Floats, variance: Floats) -> Floats:
    """Pull each node's median towards its parent's location: mhat = g + t2/(t2 + s2/n)(med - g)."""
    noise = MEDIAN_VARIANCE * variance[None, :] / np.maximum(count, 1.0)
    known = (count > 0) & np.isfinite(median) & np.isfinite(parent)
    weight = np.where(known, count, 0.0)
    distance = np.where(known, median - parent, 0.0)
    excess = (weight * (distance**2 - noise)).sum(axis=0) / np.maximum(weight.sum(axis=0), 1.0)
    between = np.maximum(excess, 0.0)[None, :]
    pull = between / np.maximum(between + noise, 1e-300)
    return np.where(known, parent + pull * distance, parent)


def _pooled_spread(grid: Grid) -> float:
    """A standard deviation within leaves, as a power of two: it only scales a lattice, so the leaves' bins tell it well enough."""
    return float(2.0 ** np.floor(np.log2(np.median(grid.step) * grid.bins / DEVIATIONS_ACROSS)))


def _windowed_variance(record: Record, leaves: int, training: Training, centre: Floats, received: NDArray[np.bool_]) -> Floats:
    """(T,) variance within leaves, pooled over leaves, of what each training set knew to be received."""
    count = np.where(received, record.count, 0).astype(np.float64)
    shifted = centre - np.average(centre, weights=np.maximum(count, 1e-12))
    late = np.flatnonzero((record.closed >= 0) & received)
    position, sets = late_corrections(record.block[late], record.closed[late], training)
    unknown = record.leaf[late][position], sets
    flat = record.leaf * record.blocks + record.block
    size = leaves * record.blocks

    def sums(values: Floats) -> Floats:
        running = np.zeros((leaves, record.blocks + 1))
        np.cumsum(np.bincount(flat, values, size).reshape(leaves, record.blocks), axis=1, out=running[:, 1:])
        window: Floats = running[:, training.plus[:, 1]] - running[:, training.plus[:, 0]]
        window -= running[:, training.minus[:, 1]] - running[:, training.minus[:, 0]]
        np.subtract.at(window, unknown, values[late][position])
        return window

    n, total, square = sums(count), sums(count * shifted), sums(count * shifted**2)
    within = np.maximum(square - total**2 / np.maximum(n, 1.0), 0.0).sum(axis=0)
    degrees = n.sum(axis=0) - (n > 0).sum(axis=0)
    variance: Floats = within / np.maximum(degrees, 1.0)
    return variance


def _residuals(
    record: Record,
    tree: Tree,
    training: Training,
    location: Floats,
    spread: float,
    centre: Floats,
    received: NDArray[np.bool_],
) -> tuple[tuple[Layer, ...], tuple[Floats, ...]]:
    """Residual counts of every inner level, and their medians.

    A residual is taken against the location its own block's set gave; blocks before the first record use the first there was.
    """
    own_set = training.of_block[record.block]
    known = np.isfinite(location)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    own_set = np.where(own_set >= 0, own_set, first[record.leaf])
    reference = location[record.leaf, own_set]
    reference = np.where(np.isfinite(reference), reference, location[record.leaf, first[record.leaf]])
    usable = np.isfinite(reference)
    residual = np.where(usable, centre - np.nan_to_num(reference), 0.0)
    step = 2 * RESIDUAL_SPAN * spread / RESIDUAL_BINS
    origin = -RESIDUAL_SPAN * spread
    bins = np.clip(np.ceil((residual - origin) / step).astype(np.int64) - 1, 0, RESIDUAL_BINS - 1)
    bins = np.where(received, bins, RESIDUAL_BINS)
    layers, medians = [], []
    for level in range(len(tree.sizes) - 1):
        nodes = tree.sizes[level]
        layer = _layer(
            record,
            tree.node_of_leaf(level)[record.leaf],
            bins,
            np.full(nodes, origin),
            np.full(nodes, step),
            RESIDUAL_BINS,
            training,
            keep=usable,
        )
        layers.append(layer)
        medians.append(layer.quantile(0.5))
    return tuple(layers), tuple(medians)


def _best_kappa(curves: Curves, record: Record, centre: Floats, received: NDArray[np.bool_], target: float) -> Floats:
    """(T,) the kappa whose capability had the least pinball loss on promises known by then; the default while there are none."""
    training = curves.training
    sets = training.of_block[record.block]
    size = np.bincount(record.leaf, record.count, curves.tree.leaves)
    large = np.zeros(curves.tree.leaves, dtype=bool)
    large[np.argsort(-size, kind="stable")[:TRIAL_CELLS]] = True
    usable = (sets >= 0) & received & large[record.leaf]
    cells, place = distinct_pairs(record.leaf[usable], sets[usable], training.sets)
    if len(cells[0]) == 0:
        return np.full(training.sets, KAPPAS[0])
    weights = [np.full(len(cells[0]), candidate) for candidate in KAPPAS]
    levels = np.stack([curves.capability(cells[0], cells[1], target, weight) for weight in weights])
    compared = (curves.usable[cells[0], cells[1]] & np.isfinite(levels).all(axis=0))[place]  # where every candidate has a C
    levels = np.where(np.isfinite(levels), levels, 0.0)[:, place]
    losses = np.zeros((len(KAPPAS), record.blocks))
    past = replace(training, plus=np.stack([np.zeros_like(training.plus[:, 1]), training.plus[:, 1]], axis=1))
    late = np.flatnonzero(record.closed[usable] >= 0)
    position, unknown_to = late_corrections(record.block[usable][late], record.closed[usable][late], past)
    unknown = np.zeros((len(KAPPAS), training.sets))
    for number, level in enumerate(levels):
        gap = centre[usable] - level
        loss = np.where(gap > 0, target * gap, (target - 1) * gap) * record.count[usable] * compared
        losses[number] = np.bincount(record.block[usable], loss, record.blocks)
        unknown[number] = np.bincount(unknown_to, loss[late][position], training.sets)
    if training.mode == "as-of":
        running = np.concatenate([np.zeros((len(KAPPAS), 1)), np.cumsum(losses, axis=1)], axis=1)
        known = running[:, training.plus[:, 1]] - unknown
    else:
        known = np.repeat(losses.sum(axis=1)[:, None], training.sets, axis=1)
    best: Floats = np.asarray(KAPPAS)[np.argmin(np.round(known, 9), axis=0)]
    return best

"""Way-points and probabilities for every setting that occurs (domain.md d2 to d5).

Promises that share a *setting* (context cell, week, charter line, position of S, position of P) share everything the break account
needs but their outcome: capability C, the median way-point M, and p(C), p(M), p(P). So the account of a hundred million promises is
computed on the settings, and joined back to rows only where a row is asked for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.engine.capability import record as recording
from troth.engine.capability.calibration import gate, pit_and_coverage
from troth.engine.capability.cells import Cells
from troth.engine.capability.curves import EVER, Curves, Floats, Ints, Record, Tree, distinct_pairs, fit
from troth.engine.capability.scales import Scale, even_step
from troth.engine.capability.training import Training, as_of_sets, cross_fitted_sets
from troth.engine.findings import Calibration
from troth.terms.charter import CONTRACT_KEEP_TARGET, DEFAULT_KEEP_TARGET, Charter
from troth.terms.vocabulary import PromiseSpec

MODES = ("as-of", "cross-fitted")
PREFIX = {"as-of": "as_of", "cross-fitted": "cross"}
NO_LEVEL = "no level: the promise states nothing that can be measured"
NO_RECORD = "no record yet: too few promises were made and received before this one"
UNFOLLOWED = "beyond the record: promised for longer than promises have been followed, and many of those are still open"
MOST_OPEN = 0.05
"""Beyond what was followed, a promise still open may yet be received: where no more than that share is, it cannot matter."""
BILLIONTHS = 100_000_000
"""Probabilities are kept as decimals with eight places, so that sums are exact and the parts add up to the last digit."""
PROBABILITY = pa.decimal128(9, 8)
THIRDS = 3
"""Thirds of the promises of a cell, by how strict they were: the promise-aware model's covariate."""


@dataclass(frozen=True, slots=True)
class Model:
    """One promise name, ready to be decomposed.

    :param first_cell: number of its first leaf among all names.
    """

    spec: PromiseSpec
    scale: Scale
    cells: Cells
    first_cell: int
    aware: bool
    """Fit the promise-aware model too (needless with an internal estimate or for a yes/no promise)."""


class Points(NamedTuple):
    """Probabilities at the way-points; NaN where not decomposed. All arrays run over settings."""

    capability: Floats
    at_capability: Floats
    at_middle: Floats
    at_promise: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """Settings that occur. Arrays of one length, ordered by key."""

    key: Ints
    promises: Ints
    due: Ints
    broken: Ints


@dataclass(frozen=True, slots=True)
class Thirds:
    """For each leaf, the promised positions (as in a setting's key) that bound the first and the second third of its promises."""

    low: Ints
    high: Ints

    def of(self, leaf: Ints, position: Ints) -> Ints:
        """Which third (0 to 2) a promise belongs to."""
        return (position > self.low[leaf]).astype(np.int64) + (position > self.high[leaf]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Settled:
    """All that is known of one name's settings.

    :param table: one row per setting, the columns of settings.parquet.
    :param record: the counts the curves were fitted on (blind cells).
    :param strict: the same counts with each cell's promises in thirds by strictness (leaf x 3 + third).
    :param thirds: limits of the thirds; ``None`` where there is no promise-aware model.
    """

    table: pa.Table
    calibration: tuple[Calibration, ...]
    record: Record
    keys: recording.Settings
    training: dict[str, Training]
    curves: dict[str, Curves]
    first_week: int
    strict: Record
    thirds: Thirds | None

    def sets(self, mode: str) -> Ints:
        """Training set each setting is judged by, -1 for none."""
        return self.training[mode].of_block[self.keys.week - self.first_week]


def settle(observed: recording.Observed, model: Model, charter: Charter, *, first_week: int, weeks: int) -> Settled:
    """Compute the settings of one promise name by the blind model; :func:`bracketed` adds the promise-aware one.

    :param observed: what became of this name's promises (:func:`~troth.engine.capability.record.observe`).
    :param first_week: first week of the study's ledger; ``weeks`` its length.
    """
    bins = model.cells.grid.bins
    waits = recording.waits(observed, bins, first_week, weeks)
    as_of, lag = as_of_sets(waits)
    training = {"as-of": as_of, "cross-fitted": cross_fitted_sets(waits)}
    leaf = observed.cell - model.first_cell
    record = recording.record_of(observed, leaf, first_week, weeks, lag, bins)
    found = _found(observed)
    keys = recording.unpack(found.key)
    thirds = _thirds(keys, found.promises, model) if model.aware else None
    strict = record
    if thirds is not None:
        raw = np.where(observed.setting >= 0, observed.setting % recording.POSITIONS, 0)
        strict = recording.record_of(observed, leaf * THIRDS + thirds.of(leaf, raw), first_week, weeks, lag, bins)
    target = _default_target(model.spec)
    with ThreadPoolExecutor(len(MODES)) as side_by_side:  # numpy lets go of the interpreter
        fitted = side_by_side.map(lambda mode: fit(record, model.cells.grid, model.cells.tree, training[mode], target=target), MODES)
        curves = dict(zip(MODES, fitted, strict=True))
    started = Settled(pa.table({"setting": pa.array(keys.key)}), (), record, keys, training, curves, first_week, strict, thirds)
    with ThreadPoolExecutor(len(MODES)) as side_by_side:
        judged = list(side_by_side.map(lambda mode: _judged(started, model, mode, found, target, charter), MODES))
    columns = {name: values for columns, _ in judged for name, values in columns.items()}
    return replace(started, table=_extended(started.table, columns), calibration=tuple(gate for _, gate in judged))


def _judged(
    started: Settled, model: Model, mode: str, found: Found, target: float, charter: Charter
) -> tuple[dict[str, pa.Array], Calibration]:
    """The blind model's columns of one mode, and whether they may be believed."""
    leaf = started.keys.cell - model.first_cell
    tau = targets(started.keys, charter, target)
    curves, sets = started.curves[mode], started.sets(mode)
    points = way_points(curves, model, leaf, leaf, sets, started.keys, tau, charter)
    beyond = beyond_record(curves, model, leaf, np.maximum(sets, 0), started.keys.promised, points.capability)
    beyond &= ~np.isnan(points.at_promise)
    points = Points(*(np.where(beyond, np.nan, values) for values in points))
    level = _native(points.capability, model.scale, model.cells)
    columns = {
        f"{PREFIX[mode]}_capability": pa.array(level, mask=np.isnan(level)),
        **_columns(PREFIX[mode], points),
        f"{PREFIX[mode]}_beyond_record": pa.array(beyond),
    }
    return columns, _gate(started, model, mode, points, found, target)


def bracketed(settled: Settled, model: Model, charter: Charter) -> pa.Table:
    """The settings with the promise-aware model's probabilities beside the blind one's (domain.md d4 rule 2).

    :return: the columns of ``settled.table`` and, where the name has a promise-aware model, ``<mode>_aware_p_<place>``.
    """
    if settled.thirds is None:
        return settled.table
    keys = settled.keys
    leaf = keys.cell - model.first_cell
    target = _default_target(model.spec)
    tau = targets(keys, charter, target)
    node = leaf * THIRDS + settled.thirds.of(leaf, keys.key % recording.POSITIONS)
    columns: dict[str, pa.Array] = {}
    for mode in MODES:
        curves = _aware_curves(settled.strict, model, settled.curves[mode], target)
        points = way_points(curves, model, node, leaf, settled.sets(mode), keys, tau, charter)
        columns |= _columns(f"{PREFIX[mode]}_aware", points)
    return _extended(settled.table, columns)


def _columns(prefix: str, points: Points) -> dict[str, pa.Array]:
    places = (("capability", points.at_capability), ("middle", points.at_middle), ("promise", points.at_promise))
    return {f"{prefix}_p_{place}": probabilities(values) for place, values in places}


def _extended(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


def _gate(settled: Settled, model: Model, mode: str, points: Points, found: Found, target: float) -> Calibration:
    """The calibration gate on the settings that could be decomposed."""
    keys, grid = settled.keys, model.cells.grid
    known = ~np.isnan(points.at_promise)
    due = found.due
    pit, within = None, None
    if model.scale.kind != "binary":
        centre = grid.centre(settled.record.leaf, np.minimum(settled.record.bin, grid.bins - 1))
        pit, within = pit_and_coverage(settled.curves[mode], settled.record, centre, target)
    return gate(
        model.spec.name,
        mode,
        probability=points.at_promise[known],
        lead=_lead(keys, model, keys.cell - model.first_cell, due * known)[known],
        cluster=np.unique(keys.cell[known] * recording.WEEKS + keys.week[known], return_inverse=True)[1],
        due=due[known],
        broken=found.broken[known],
        pit=pit,
        within=within,
    )


def way_points(
    curves: Curves, model: Model, node: Ints, leaf: Ints, sets: Ints, keys: recording.Settings, tau: Floats, charter: Charter
) -> Points:
    """C, and p at C, M and P, for each setting; NaN where the record is too thin.

    :param node: leaf of ``curves`` to judge by (differs from ``leaf`` for the promise-aware model).
    :param leaf: context cell whose grid positions are counted on.
    """
    usable = (sets >= 0) & np.where(sets >= 0, curves.usable[node, np.maximum(sets, 0)], False)
    safe = np.maximum(sets, 0)
    if model.scale.kind == "binary":
        at_promise = np.where(usable, curves.exceeds(node, safe, np.ones(len(node))), np.nan)
        at_capability = np.minimum(at_promise, 1 - tau)
        agreed = _may_promise(keys, charter)
        return Points(np.full(len(node), np.nan), at_capability, np.where(agreed, at_promise, at_capability), at_promise)
    grid = model.cells.grid
    capability = np.full(len(node), np.nan)
    for share in np.unique(tau):
        chosen = usable & (tau == share)
        # Many settings differ in P alone: one search per cell and set.
        (cell, training_set), place = distinct_pairs(node[chosen], safe[chosen], curves.training.sets)
        if len(cell):
            capability[chosen] = curves.capability(cell, training_set, float(share))[place]
    promised = grid.badness(leaf, keys.promised)
    standard = grid.badness(leaf, keys.standard)
    middle = np.where(np.isnan(standard), capability, np.clip(standard, np.minimum(promised, capability), np.maximum(promised, capability)))

    def at(badness: Floats) -> Floats:
        return np.where(usable, curves.exceeds(node, safe, np.where(np.isfinite(badness), badness, 0.0)), np.nan)

    # Where no level is met often enough there is no C, yet the charter accepts no more breaks than it says.
    unreached = np.isinf(capability)
    at_capability = np.where(unreached, 1 - tau, at(capability))
    at_middle = np.where(np.isinf(middle), at_capability, at(middle))
    return Points(capability, at_capability, at_middle, at(promised))


def beyond_record(
    curves: Curves, model: Model, leaf: Ints, sets: Ints, promised: Floats, capability: Floats | None = None
) -> NDArray[np.bool_]:
    """The promise, or the capability it is held against, lies beyond what the record can tell.

    A promise of a year cannot be judged by promises followed for half a year: those still open then would count as never received. It
    matters only where many are.

    :param promised: positions of P on the leaf's grid.
    :param capability: C in badness, where there is one.
    """
    if model.scale.kind != "log" or model.scale.relative:
        return np.zeros(len(leaf), dtype=bool)
    followed = curves.training.followed[sets] * 7.0
    longest = _days(model, model.cells.grid.badness(leaf, promised))
    if capability is not None:
        reached = np.isfinite(capability)
        longest = np.fmax(longest, np.where(reached, _days(model, np.where(reached, capability, 0.0)), 0.0))
    beyond = np.flatnonzero(longest > followed)
    open_ = curves.exceeds(leaf[beyond], sets[beyond], np.full(len(beyond), EVER))
    found = np.zeros(len(leaf), dtype=bool)
    found[beyond] = open_ > MOST_OPEN
    return found


def _days(model: Model, badness: Floats) -> Floats:
    """The duration at a badness of a timed promise; on a grid of ranks beyond the last one by its even steps."""
    exact = model.cells.exact
    if exact is None:
        return model.scale.level(badness)
    received = model.scale.stated(exact)
    step = even_step(received) or 0.0
    place = np.clip(badness.astype(np.int64) - 1, 0, len(exact) - 1)
    return np.asarray(received[place] + np.maximum(badness - len(exact), 0.0) * step)


def targets(keys: recording.Settings, charter: Charter, default: float) -> Floats:
    """Keep target tau of each setting's charter line."""
    by_line = np.array([default, *(default if line.keep_target is None else line.keep_target for line in charter.lines)])
    return by_line[keys.line + 1]


def probabilities(values: Floats) -> pa.Array:
    """Probabilities as decimal(9, 8), NaN as NULL."""
    missing = np.isnan(values)
    whole = np.where(missing, 0, np.round(np.nan_to_num(values) * BILLIONTHS)).astype(np.int64)
    words = np.zeros((len(whole), 2), dtype=np.int64)
    words[:, 0] = whole
    validity = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(PROBABILITY, len(whole), [validity, pa.py_buffer(words)], null_count=int(missing.sum()))


def _found(observed: recording.Observed) -> Found:
    """Every setting that occurs, with its promises, due and broken ones."""
    known = int(np.searchsorted(observed.setting, 0))  # promises without a level come first
    setting = observed.setting[known:]
    first = np.flatnonzero(np.diff(setting, prepend=-1))

    def total(values: Ints) -> Ints:
        return np.add.reduceat(values[known:], first) if len(first) else values[:0]

    return Found(setting[first], total(observed.promises), total(observed.due), total(observed.broken))


def _default_target(spec: PromiseSpec) -> float:
    return CONTRACT_KEEP_TARGET if "contract" in spec.has else DEFAULT_KEEP_TARGET


def _may_promise(keys: recording.Settings, charter: Charter) -> NDArray[np.bool_]:
    """The charter allows the promise here: without a line nothing is agreed."""
    return np.array([False, *(line.may_promise for line in charter.lines)])[keys.line + 1]


def _native(badness: Floats, scale: Scale, cells: Cells) -> Floats:
    """Capability in the promise's own unit (a factor or difference to the internal estimate where relative)."""
    reached = np.isfinite(badness)
    value = np.where(reached, badness, 0.0)
    if cells.exact is not None:
        value = cells.exact[np.clip(value.astype(np.int64) - 1, 0, len(cells.exact) - 1)]
    return np.where(reached, scale.level(value), np.nan)


def _lead(keys: recording.Settings, model: Model, leaf: Ints, due: Ints) -> Floats:
    """How strict (< 0) or lax (> 0) each promise was beside the others of its cell, in badness.

    Within a cell this is P - C up to a constant; C itself is estimated, and its error would pass for knowledge the promise lacked.
    """
    if model.scale.kind == "binary":
        return np.zeros(len(leaf))
    promised = model.cells.grid.badness(leaf, keys.promised)
    leaves = model.cells.tree.leaves
    usual = np.bincount(leaf, due * promised, leaves) / np.maximum(np.bincount(leaf, due, leaves), 1)
    return np.asarray(promised - usual[leaf])


def _thirds(keys: recording.Settings, promises: Ints, model: Model) -> Thirds:
    """Limits of the thirds of each cell's promised positions (outcomes play no part)."""
    leaf = keys.cell - model.first_cell
    raw = keys.key % recording.POSITIONS
    order = np.lexsort((raw, leaf))
    leaf_, raw_, count = leaf[order], raw[order], promises[order]
    total = np.bincount(leaf_, count, model.cells.tree.leaves)
    running = np.cumsum(count)
    start = np.concatenate([[0.0], np.cumsum(total)])[leaf_]
    share = (running - start) / np.maximum(total[leaf_], 1)
    limits = []
    for part in (1 / THIRDS, 2 / THIRDS):
        limit = np.full(model.cells.tree.leaves, recording.POSITIONS, dtype=np.int64)
        reached = share >= part - 1e-9
        np.minimum.at(limit, leaf_[reached], raw_[reached])
        limits.append(limit)
    return Thirds(*limits)


def _aware_curves(strict: Record, model: Model, blind: Curves, target: float) -> Curves:
    """The promise-aware model: each cell's promises split into thirds by strictness, one level below the cell."""
    parent = np.repeat(np.arange(model.cells.tree.leaves), THIRDS)
    tree = Tree((*model.cells.tree.parents, parent))
    coarse = 1 if model.cells.grid.exact else 2  # thirds hold a third of the promises: wider bins serve them as well
    bins = -(-model.cells.grid.bins // coarse)
    grid = replace(model.cells.grid, origin=model.cells.grid.origin[parent], step=model.cells.grid.step[parent] * coarse, bins=bins)
    open_ = strict.bin >= model.cells.grid.bins
    wider = replace(strict, bin=np.where(open_, bins, strict.bin // coarse))
    return fit(wider, grid, tree, blind.training, target=target, kappa=blind.kappa)

"""Too many receipts just inside the limit: a sign that the clock is managed, not the work (domain.md c6, attack 9; e8).

Only promises on a clock are looked at: a price charged as quoted, or a quantity as ordered, lies at its limit by right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from troth.engine.findings import Bunching, Figure, Findings
from troth.engine.intervals import Numbers
from troth.engine.promises.clock import MICROSECONDS_PER_MINUTE, days_to_microseconds, microseconds, whole
from troth.engine.promises.slices import names_of, slice_columns
from troth.terms.errors import RequestError
from troth.terms.vocabulary import TIMED, PromiseType

Places = npt.NDArray[np.int64]

BINS = 20
HOLE = 2
DEGREE = 3
STEPS_OF_FIT = 12
LEAST_NEAR = 100
"""Receipts within the bins, below which forty bins say nothing."""

DAY = 1440.0
STEPS = (1.0, 5.0, 15.0, 60.0, 360.0, DAY, 7 * DAY, 28 * DAY)
"""Widths of a bin, in minutes, from which one is chosen."""

SPREAD = 10
"""A bin is at least the median distance from the limit divided by this, so that forty bins hold most receipts."""

MOST_EMPTY = 0.2
"""Share of bins among the filled ones that may be empty; more means that the receipts are recorded on a coarser clock."""

NO_CLOCK = "No due promise on a clock (deadline, response time, window) was received here, so nothing can lie just inside a limit."


def bunching(
    ledger: ir.Table,
    by: Sequence[str] | str = (),
    *,
    width: float | None = None,
    draws: int = 500,
    seed: int = 20_240_131,
    zone: str = "UTC",
) -> Findings[Bunching]:
    """Excess within the two bins inside the limit, per promise name and slice; “no data” where fewer than 100 receipts lie near it.

    Distances from the limit are counted in bins from 20 bins inside to 20 outside, the limit being where visible tolerance ends; a curve
    through the bins more than two away from it (Poisson regression, its logarithm a cubic) says what to expect. Limits:
    draws of the counts, the curve fitted anew in each, wider where it fits the other bins badly.

    :param width: of a bin, in the promise's unit; where left out the narrowest that fits how far receipts lie from the limit and how
        finely they are recorded.
    :raises RequestError: an unknown slice; a width that is none.
    """
    if width is not None and not width > 0:
        raise RequestError(f"a bin cannot be {width:g} wide.", place="width", mend="give a width above 0, in the promise's unit.")
    by = names_of(by)
    near = _received(ledger)
    columns = {f"slice_{name}": column for name, column in slice_columns(near, by, zone).items()}
    rows = near.select("beyond", "length", unit_name=near.name, clock=near.clock, **columns)
    widths = {
        (row["unit_name"], row["clock"]): width * (1.0 if row["clock"] == "minutes" else DAY)
        if width
        else _width(rows, row["unit_name"], row["middle"])
        for row in _middles(rows)
    }
    if not widths:
        return Findings((), by, (NO_CLOCK,))
    keys = [*columns, "unit_name", "clock"]
    chosen = ibis.cases(
        *(((rows.unit_name == name) & (rows.clock == clock), ibis.literal(one)) for (name, clock), one in widths.items()), else_=DAY
    )
    binned = _binned(rows, chosen)
    every = rows.group_by(keys).agg(received=rows.count()).to_pyarrow().to_pylist()
    counts: dict[tuple[Any, ...], Numbers] = {tuple(row[key] for key in keys): np.zeros(2 * BINS) for row in every}
    for row in binned.group_by([*keys, "position"]).agg(n=binned.count()).to_pyarrow().to_pylist():
        counts[tuple(row[key] for key in keys)][row["position"] + BINS - 1] = row["n"]
    found = []
    for key, histogram in sorted(counts.items(), key=lambda one: repr(one[0])):
        name, clock = key[-2:]
        bin_width = widths[name, clock] / (1.0 if clock == "minutes" else DAY)
        found.append(_bunching(dict(zip(by, key, strict=False)), name, clock, bin_width, Excess(histogram, draws, seed)))
    return Findings(tuple(found), by)


def _received(ledger: ir.Table) -> ir.Table:
    """Due promises on a clock with a standing receipt, and how far beyond the limit it came, in whole microseconds."""
    timed = ledger.type.isin(sorted(str(kind) for kind in (*TIMED, PromiseType.WINDOW)))
    due = ledger.filter(ledger.in_cohort, ledger.eligible, ledger.shortfall.notnull(), ~ledger.censored, timed)
    window = due.type == str(PromiseType.WINDOW)
    slack = ibis.ifelse(window, whole(due.tolerance * float(MICROSECONDS_PER_MINUTE)), days_to_microseconds(due.tolerance)).fill_null(0)
    beyond = microseconds(due.received_at, due.due_at) - slack
    return due.mutate(
        beyond=beyond, length=microseconds(due.due_at, due.made_at) + slack, clock=ibis.ifelse(window, "minutes", "days")
    ).filter(beyond.notnull())


def _middles(rows: ir.Table) -> list[dict[str, Any]]:
    """How far from the limit half of the receipts of each promise lie, to a power of two."""
    size = rows.mutate(power=(rows.beyond.abs() / float(MICROSECONDS_PER_MINUTE) + 1.0).log2().floor().cast("int64"))
    found: dict[tuple[str, str], dict[int, int]] = {}
    for row in size.group_by(["unit_name", "clock", "power"]).agg(n=size.count()).to_pyarrow().to_pylist():
        found.setdefault((row["unit_name"], row["clock"]), {})[row["power"]] = row["n"]
    middles = []
    for (name, clock), sizes in sorted(found.items()):
        powers = sorted(sizes)
        half = np.cumsum([sizes[power] for power in powers]) * 2 >= sum(sizes.values())
        middles.append({"unit_name": name, "clock": clock, "middle": 2.0 ** powers[int(np.argmax(half))]})
    return middles


def _width(rows: ir.Table, name: str, middle: float) -> float:
    """Width of a bin for one promise: wide enough for the receipts to be spread over the bins, and for their clock."""
    mine = rows.filter(rows.unit_name == name)
    fitting = [step for step in STEPS if step * SPREAD >= middle] or [STEPS[-1]]
    for step in fitting:
        binned = _binned(mine, ibis.literal(step))
        counts = np.zeros(2 * BINS)
        for row in binned.group_by("position").agg(n=binned.count()).to_pyarrow().to_pylist():
            counts[row["position"] + BINS - 1] = row["n"]
        if counts.sum() < LEAST_NEAR:
            continue
        reached = np.cumsum(counts) / counts.sum()
        body = counts[(reached >= 0.05) & (reached <= 0.95)]  # noqa: PLR2004 - the tails may be thin
        if not len(body) or (body == 0).mean() <= MOST_EMPTY:
            return step
    return fitting[0]


def _binned(rows: ir.Table, width: ir.FloatingValue) -> ir.Table:
    """Rows near the limit with their bin; bin 0 holds (-width, 0]: just inside.

    Promises shorter than the bins reach are left out: they can lie nowhere but near their limit, and nobody need have managed the clock.
    """
    unit = width * float(MICROSECONDS_PER_MINUTE)
    binned = rows.mutate(position=(rows.beyond / unit).ceil().cast("int64"), long=rows.length >= unit * float(BINS))
    return binned.filter(binned.position > -BINS, binned.position <= BINS, binned.long)


PLACES = np.arange(-BINS + 1, BINS + 1)
"""Bins around a limit; bin 0 lies just inside."""


class Excess:
    """What a histogram holds just inside the limit beyond a smooth fit of its neighbours.

    :param counts: of each bin. :param places: which bins they are, where some cannot hold anything; all of them where left out.
    :param design: what the logarithm of the curve is made of, shape (bins, d); a cubic in the places where left out.
    """

    def __init__(self, counts: Numbers, draws: int, seed: int, places: Places = PLACES, design: Numbers | None = None) -> None:
        inside = (places <= 0) & (places > -HOLE)
        outer = (places <= -HOLE) | (places > HOLE)
        design = np.vander(places / BINS, DEGREE + 1) if design is None else design
        self.near = int(counts.sum())
        self.observed = int(counts[inside].sum())
        fitted = smooth_counts(design[outer], counts[None, outer], design)[0]
        self.fitted = fitted
        self.expected = float(fitted[inside].sum())
        apart = (counts[outer] - fitted[outer]) ** 2 / np.maximum(fitted[outer], 1.0)
        spread = max(1.0, float(apart.sum()) / (int(outer.sum()) - design.shape[1]))  # a curve that fits badly is less sure
        sampled = np.asarray(spread * np.random.default_rng(seed).poisson(counts / spread, size=(draws, len(places))), dtype=np.float64)
        expected = smooth_counts(design[outer], sampled[:, outer], design[inside]).sum(axis=1)
        self.low, self.high = (float(one) for one in np.quantile(sampled[:, inside].sum(axis=1) - expected, [0.025, 0.975]))


def smooth_counts(design: Numbers, counts: Numbers, at: Numbers) -> Numbers:
    """Counts that a smooth curve expects: Poisson regression, its logarithm a polynomial, many samples at once.

    :param design: powers of the places fitted, shape (m, d). :param counts: shape (s, m). :param at: places asked for, shape (k, d).
    :returns: shape (s, k).
    """
    ridge = 1e-6 * np.eye(design.shape[1])
    mean = counts + 0.5
    eta = np.log(mean)
    beta = np.zeros((len(counts), design.shape[1]))
    for _ in range(STEPS_OF_FIT):
        score = mean * eta + counts - mean  # weighted working response
        curvature = np.einsum("mi,sm,mj->sij", design, mean, design) + ridge
        beta = np.linalg.solve(curvature, (score @ design)[..., None])[..., 0]
        eta = np.clip(beta @ design.T, -20.0, 20.0)
        mean = np.exp(eta)
    fitted: Numbers = np.exp(np.clip(beta @ at.T, -20.0, 20.0))
    return fitted


def _bunching(where: Mapping[str, Any], name: str, unit: str, width: float, found: Excess) -> Bunching:
    if found.near < LEAST_NEAR:
        few = f"fewer than {LEAST_NEAR} receipts near the limit"
        return Bunching(where, name, unit, width, found.observed, None, Figure(None, n=found.near, method=few), None)
    method = "draws of the counts, the curve fitted anew in each"
    excess = Figure(found.observed - found.expected, found.low, found.high, n=found.near, method=method)
    return Bunching(where, name, unit, width, found.observed, found.expected, excess, found.low > 0)

"""Too many receipts just inside the limit: a sign that the clock is managed, not the work (domain.md c6, attack 9; e8)."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np

BINS = 20
HOLE = 2
DEGREE = 3


@dataclass(frozen=True, slots=True)
class Bunching:
    """Receipts just inside the limit against a smooth fit of their neighbours.

    :param observed: receipts in the two bins just inside. :param expected: what the fit says of them.
    :param excess: observed - expected, with a 95% interval. :param bunched: the interval lies above 0.
    """

    observed: int
    expected: float
    excess: float
    low: float
    high: float
    bunched: bool


def bunching(ledger: ir.Table, *, width: float, draws: int = 500, seed: int = 20_240_131) -> Bunching | None:
    """Excess mass within two bins inside the limit; ``None`` where fewer than 100 receipts lie near it.

    Shortfalls are counted in bins of ``width`` (in the unit) from 20 bins inside to 20 outside, zero being just inside; a cubic through
    the bins more than two away from the limit says what to expect. Limits: Poisson draws of the counts, the fit redone in each.
    """
    near = ledger.filter(ledger.in_cohort, ledger.shortfall.notnull(), ~ledger.censored)
    position = (near.shortfall / width).ceil().cast("int64")  # bin 0 holds (-width, 0]: just inside
    binned = near.mutate(position=position)
    binned = binned.filter(binned.position > -BINS, binned.position <= BINS)
    rows = binned.group_by("position").agg(n=binned.count()).to_pyarrow().to_pylist()
    counts = np.zeros(2 * BINS, dtype=np.float64)
    for row in rows:
        counts[row["position"] + BINS - 1] = row["n"]
    if counts.sum() < 100:  # noqa: PLR2004 - too few for forty bins
        return None
    places = np.arange(-BINS + 1, BINS + 1)
    inside = (places <= 0) & (places > -HOLE)
    outer = (places <= -HOLE) | (places > HOLE)
    design = np.vander(places / BINS, DEGREE + 1)

    def excess(sample: np.ndarray) -> tuple[float, float]:
        fit, *_ = np.linalg.lstsq(design[outer], sample[outer], rcond=None)
        expected = float(np.maximum(design[inside] @ fit, 0.0).sum())
        return float(sample[inside].sum()) - expected, expected

    value, expected = excess(counts)
    rng = np.random.default_rng(seed)
    resampled = [excess(rng.poisson(counts).astype(np.float64))[0] for _ in range(draws)]
    low, high = (float(one) for one in np.quantile(resampled, [0.025, 0.975]))
    return Bunching(int(counts[inside].sum()), expected, value, low, high, low > 0)

"""What leaves with customers, issue by issue, and how far the errors of the chances of leaving move it (domain.md e3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import Figure
from troth.engine.intervals import Numbers, normal_quantile
from troth.engine.money import logshare
from troth.engine.money.cents import UNIT
from troth.engine.money.shrinkage import Shrunk, shrink


@dataclass(frozen=True, slots=True)
class Leaving:
    """Extra chance of leaving caused by one issue: an effect on those hit.

    :param difference: the effect, a share. :param error: its standard error, above 0. :param n: rows it rests on.
    """

    difference: float
    error: float
    n: int = 0

    @classmethod
    def of(cls, figure: Figure) -> Leaving | None:
        """Of an effect's figure (that on the treated); ``None`` where it could not be told."""
        if figure.value is None or figure.low is None or figure.high is None or figure.high <= figure.low:
            return None
        return cls(figure.value, (figure.high - figure.low) / (2 * normal_quantile()), figure.n)


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of the issues with behaviour data, in their order; money in whole ten-thousandths.

    :param spread: (J,) standard error of each loss, in money; ``lost_spread`` of the customers lost.
    :param bias: (J,) what lies below the floor at 0, not above 0 itself; ``lost_bias`` of the customers lost.
    """

    names: list[str]
    shrunk: Shrunk
    loss: list[int]
    lost: list[int]
    spread: Numbers
    lost_spread: Numbers
    bias: Numbers
    lost_bias: Numbers
    total_spread: float
    lost_total_spread: float


def losses_of(hit: ir.Table, leaving: Mapping[str, Leaving]) -> Losses | None:
    """Losses by log-share, and how far the errors of the chances of leaving move them."""
    if not leaving:
        return None
    names = sorted(leaving)
    shrunk = shrink([leaving[name].difference for name in names], [leaving[name].error for name in names])
    rate = np.array([logshare.rate(d) for d in shrunk.value])
    rated = logshare.with_rates(hit.filter(hit["customer"].notnull()), dict(zip(names, rate.tolist(), strict=True)))
    place = {name: i for i, name in enumerate(names)}
    parts = {row["issue"]: row for row in logshare.parts(rated).to_pyarrow().to_pylist()}
    pairs = logshare.pairs(rated).to_pyarrow()
    one = np.array([place[name] for name in pairs["one"].to_pylist()], dtype=np.int64)
    other = np.array([place[name] for name in pairs["other"].to_pylist()], dtype=np.int64)
    # the chance itself, and not its floor, is what errs: below 0 the loss is told by its slope at 0
    steep = 1 / (1 - np.minimum(shrunk.value, logshare.MOST))
    below = np.minimum(-np.log1p(-np.minimum(shrunk.value, logshare.MOST)), 0.0)

    def moved(reach: str, bend: str) -> tuple[Numbers, Numbers, float]:
        own = np.array([float(parts[name][reach] or 0) if name in parts else 0.0 for name in names]) * float(UNIT)
        by_pair = rate[one] * np.array(pairs[bend].fill_null(0).to_pylist(), dtype=np.float64) * float(UNIT)
        rows = np.concatenate([np.arange(len(names)), one])
        columns = np.concatenate([np.arange(len(names)), other])
        gradient = np.concatenate([own, by_pair])
        dense_rows, where = np.unique(rows * len(names) + columns, return_inverse=True)
        value = np.bincount(where, gradient)
        row, column = dense_rows // len(names), dense_rows % len(names)
        per_d = value * steep[column]
        own_variance = np.bincount(row, per_d**2 * shrunk.own_variance[column], len(names))
        shared = np.bincount(row, per_d * shrunk.shared[column], len(names))
        in_all = np.bincount(column, per_d, len(names))
        total = float(in_all**2 @ shrunk.own_variance) + float(in_all @ shrunk.shared) ** 2
        return (
            np.asarray(np.sqrt(own_variance + shared**2), dtype=np.float64),
            np.asarray(np.bincount(row, value * below[column], len(names)), dtype=np.float64),
            math.sqrt(total),
        )

    spread, bias, total_spread = moved("reach", "bend")
    lost_spread, lost_bias, lost_total = moved("lost_reach", "lost_bend")
    loss = [int(parts[name]["loss"] or 0) if name in parts else 0 for name in names]
    lost = [int(parts[name]["lost"] or 0) if name in parts else 0 for name in names]
    return Losses(names, shrunk, loss, lost, spread, lost_spread, bias, lost_bias, total_spread, lost_total)

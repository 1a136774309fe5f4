"""Interval score of promised ranges: a wider range with the same hits scores worse (domain.md c6, attack 12).

Gneiting & Raftery 2007: ``(high - low) + 2/alpha (low - R)+ + 2/alpha (R - high)+``, less is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings, RangeScore
from troth.engine.intervals import mean_interval, rate_interval
from troth.engine.promises.measures import TOO_FEW, Measure, per_cluster, per_slice, slice_clusters, sums_of
from troth.engine.promises.slices import names_of, slice_columns
from troth.terms.errors import RequestError
from troth.terms.vocabulary import PromiseType

SCORE = "decimal(18, 6)"
MILLIONTHS = 1_000_000.0
MAY_MISS = 0.1
"""Share of receipts that may fall outside a promised range."""

NO_RANGES = "No due promise here is a window or a range, so there is no range to score."

NOT_KEPT = "This study was made before both ends of a range were kept; run it anew to score its ranges."


def interval_score(low: ir.NumericValue, high: ir.NumericValue, received: ir.NumericValue, alpha: float) -> ir.FloatingValue:
    """Width plus misses times 2/alpha, per row, in the unit."""
    zero = ibis.literal(0.0)
    misses = ibis.greatest(low - received, zero) + ibis.greatest(received - high, zero)
    return (high - low) + misses * (2.0 / alpha)


def range_scores(ledger: ir.Table, by: Sequence[str] | str = (), *, alpha: float = MAY_MISS, zone: str = "UTC") -> Findings[RangeScore]:
    """Scores of the windows and ranges of a judged ledger, per promise name and slice.

    :param alpha: share of receipts that may fall outside.
    :raises RequestError: alpha outside (0, 1), or an unknown slice.
    """
    if not 0 < alpha < 1:
        raise RequestError(
            f"alpha is {alpha}, not between 0 and 1.", place="alpha", mend="give the share that may fall outside, such as 0.1."
        )
    by = names_of(by)
    if "range_low" not in ledger.columns:
        return Findings((), by, (NOT_KEPT,))
    t = ledger.filter(ledger.in_cohort, ledger.eligible, ledger.range_low.notnull(), ledger.range_high.notnull())
    window = t.type == str(PromiseType.WINDOW)
    answered = t.level_received.notnull()
    score = ibis.ifelse(  # of a window the ledger holds how many minutes outside of it the receipt was
        window,
        t.range_high - t.range_low + t.level_received * (2.0 / alpha),
        interval_score(t.range_low, t.range_high, t.level_received, alpha),
    )
    inside = ibis.ifelse(window, t.level_received <= 0, (t.level_received >= t.range_low) & (t.level_received <= t.range_high))
    measures = [
        Measure("answered", answered, t.in_cohort),
        Measure("hits", (answered & inside).fill_null(False), answered),
        Measure("width", _exact(ibis.ifelse(answered, t.range_high - t.range_low, 0.0)), answered),
        Measure("score", _exact(ibis.ifelse(answered, score, 0.0)), answered),
    ]
    slices = {**slice_columns(t, by, zone), "of": t.name, "in": ibis.ifelse(window, "minutes", t.unit)}
    rows = per_slice(per_cluster(t, slices, slice_clusters(t), measures)).to_pyarrow().to_pylist()
    found = [_score({name: row[f"slice_{name}"] for name in by}, row) for row in rows]
    ordered = sorted(found, key=lambda one: (one.name, repr(one.where)))
    return Findings(tuple(ordered), by, () if found else (NO_RANGES,))


def _score(where: Mapping[str, Any], row: Mapping[str, Any]) -> RangeScore:
    due, n = int(row["answered_w"]), int(row["answered_a"])
    hits, width, score = (sums_of(row, name) for name in ("hits", "width", "score"))
    told = {}
    for name, sums, limits in (("hits", hits, rate_interval(hits, n)), ("score", score, mean_interval(score))):
        told[name] = Figure(None, n=n, clusters=sums.clusters, method=TOO_FEW if n else "no receipt")
        if limits is not None:
            told[name] = Figure(sums.mean, limits.low, limits.high, n=n, clusters=sums.clusters, method=limits.method)
    return RangeScore(where, row["slice_of"], row["slice_in"], due - n, width.mean, told["hits"], told["score"])


def _exact(value: ir.FloatingValue) -> ir.DecimalValue:
    return ((value * MILLIONTHS + 0.5).floor() / MILLIONTHS).cast(SCORE)

"""Interval score of promised ranges: a wider range with the same hits scores worse (domain.md c6, attack 12).

Gneiting & Raftery 2007: ``(high - low) + 2/alpha (low - R)+ + 2/alpha (R - high)+``, less is better. The ledger keeps only the end of a
range that binds, so the score is taken from the promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import in_days, microseconds
from troth.engine.promises.contract import promises_table
from troth.terms.errors import RequestError

SCORE = "decimal(18, 6)"
MILLIONTHS = 1_000_000.0


@dataclass(frozen=True, slots=True)
class RangeScore:
    """How good promised ranges are.

    :param where: the slice. :param n: ranges with a receipt. :param width: mean width, in the unit.
    :param hits: share received inside. :param score: mean interval score, in the unit; less is better.
    """

    where: dict[str, Any]
    n: int
    width: float
    hits: float
    score: float


def interval_score(low: ir.NumericValue, high: ir.NumericValue, received: ir.NumericValue, alpha: float) -> ir.FloatingValue:
    """Width plus misses times 2/alpha, per row, in the unit."""
    zero = ibis.literal(0.0)
    misses = ibis.greatest(low - received, zero) + ibis.greatest(received - high, zero)
    return (high - low) + misses * (2.0 / alpha)


def range_scores(promises: Any, by: Sequence[str] = ("name",), *, alpha: float = 0.1) -> tuple[RangeScore, ...]:
    """Scores of windows and ranges, per slice.

    :param promises: as for :func:`judge`; a window runs from ``window_start`` to ``due_at`` (days), a range from ``promised`` to
        ``promised_to``. :param by: columns. :param alpha: share of receipts that may fall outside.
    :raises RequestError: alpha outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise RequestError(
            f"alpha is {alpha}, not between 0 and 1.", place="alpha", mend="give the share that may fall outside, such as 0.1."
        )
    t = promises_table(promises)
    clock = t.window_start.notnull() & t.due_at.notnull()
    t = t.mutate(
        low=ibis.ifelse(clock, in_days(microseconds(t.window_start, t.made_at)), t.promised),
        high=ibis.ifelse(clock, in_days(microseconds(t.due_at, t.made_at)), t.promised_to),
        got=ibis.ifelse(clock, in_days(microseconds(t.received_at, t.made_at)), t.received),
    )
    t = t.filter(t.low.notnull(), t.high.notnull(), t.got.notnull())
    sums = t.group_by(list(by)).agg(
        n=t.count(),
        width=_exact(t.high - t.low).sum().cast("float64"),
        hits=((t.got >= t.low) & (t.got <= t.high)).sum(),
        score=_exact(interval_score(t.low, t.high, t.got, alpha)).sum().cast("float64"),
    )
    rows = sums.order_by(list(by)).to_pyarrow().to_pylist()
    return tuple(
        RangeScore({name: row[name] for name in by}, row["n"], row["width"] / row["n"], row["hits"] / row["n"], row["score"] / row["n"])
        for row in rows
    )


def _exact(value: ir.FloatingValue) -> ir.DecimalValue:
    return ((value * MILLIONTHS + 0.5).floor() / MILLIONTHS).cast(SCORE)

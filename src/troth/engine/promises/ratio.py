"""The ratio rho = received over expected, without unit, higher is better (domain.md c5), split as met + surplus."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import MICROSECONDS_PER_MINUTE, microseconds
from troth.engine.promises.rules import Rules

EIGHT_DECIMALS = 100_000_000.0
SHARE = "decimal(9, 8)"


def ratio(t: ir.Table, rules: Rules) -> ir.FloatingValue:
    """Rho of each row; NULL for PENDING and VOID. Needs the columns of :mod:`levels`, ``own``, ``stands`` and ``fee_scale``.

    Open broken rows use the bound that holds today: P / elapsed for durations. What failed outright was never received: 0.
    """
    one, zero = ibis.literal(1.0), ibis.literal(0.0)
    kept = t.own.isin(["KEPT", "EXCEEDED"])
    promised = ibis.ifelse(t.is_timed, t.promised_span.cast("float64"), t.binding)
    received = ibis.ifelse(t.is_timed, t.received_span.cast("float64"), t.level)
    elapsed = t.open_span.cast("float64")
    length = ibis.greatest(
        microseconds(t.due_at, t.window_start.fill_null(t.due_at)).cast("float64"),
        ibis.literal(rules.shortest_window * MICROSECONDS_PER_MINUTE),
    )
    overdue = ibis.greatest(t.open_span - t.promised_span, ibis.literal(0, type="int64"))
    received_ratio = ibis.cases(
        (t.is_window, length / (length + t.outside).nullif(0.0)),
        (t.is_binary, kept.cast("float64")),
        (t.direction == "max", received / promised.nullif(0.0)),
        (promised <= 0, ibis.ifelse(received <= 0, one, t.fee_scale / (t.fee_scale + received).nullif(0.0)).fill_null(0.0)),
        (received <= 0, ibis.literal(float(rules.ratio_cap))),
        else_=promised / received.nullif(0.0),
    )
    open_ratio = ibis.cases(
        (t.failed, zero),
        (t.is_window, length / (length + overdue).nullif(0.0)),
        (t.is_timed, ibis.least(one, promised / elapsed.nullif(0.0)).fill_null(0.0)),
        else_=zero,
    )
    plain = ibis.ifelse(t.stands, received_ratio, open_ratio).fill_null(0.0)
    visible = ibis.greatest(plain, ibis.ifelse(kept, one, zero))  # kept within the tolerance the customer could see
    capped = ibis.least(visible, ibis.literal(float(rules.ratio_cap)))
    return ibis.ifelse(kept | (t.own == "BROKEN"), capped, ibis.null("float64"))


def met(rho: ir.FloatingValue) -> ir.DecimalValue:
    """min(1, rho) to eight decimals."""
    return _share(ibis.ifelse(rho > 1.0, ibis.literal(1.0), rho))


def surplus(rho: ir.FloatingValue) -> ir.DecimalValue:
    """max(0, rho - 1) to eight decimals, so that met + surplus is rho."""
    return _share(ibis.ifelse(rho > 1.0, rho - 1.0, rho * 0.0))


def _share(value: ir.FloatingValue) -> ir.DecimalValue:
    """As a decimal that every engine rounds alike: the division leaves the double next to the decimal, so the cast has no tie to break."""
    return ((value * EIGHT_DECIMALS + 0.5).floor() / EIGHT_DECIMALS).cast(SHARE)

"""The ratio rho = received over expected, without unit, higher is better (domain.md c5), split as met + surplus.

Worked out in steps, each a column the next one reads, and with branches rather than least and greatest: on a hundred million rows the
ratio is the dearest part of a verdict, and engines branch several times faster than they compare a list of values.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import MICROSECONDS_PER_MINUTE, microseconds, whole
from troth.engine.promises.rules import Rules

UNIT = 100_000_000
"""Ratios are kept to eight decimals."""
SHARE = "decimal(9, 8)"


def plain_ratio(t: ir.Table, rules: Rules) -> ir.FloatingValue:
    """Received over expected, before tolerance and cap. Needs the columns of :mod:`levels`, ``kept``, ``stands`` and ``fee_scale``.

    The scale of fees is in money: of a promise of no time at all it says nothing. Open broken rows use the bound that holds today:
    P / elapsed for durations. What failed outright was never received: 0.
    """
    one, zero = ibis.literal(1.0), ibis.literal(0.0)
    promised = ibis.ifelse(t.is_timed, t.promised_span.cast("float64"), t.binding)
    received = ibis.ifelse(t.is_timed, t.received_span.cast("float64"), t.level)
    elapsed = t.open_span.cast("float64")
    length = ibis.greatest(
        microseconds(t.due_at, t.window_start.fill_null(t.due_at)).cast("float64"),
        ibis.literal(rules.shortest_window * MICROSECONDS_PER_MINUTE),
    )
    late = t.open_span - t.promised_span
    overdue = ibis.ifelse(late > 0, late, ibis.literal(0, type="int64"))
    received_ratio = ibis.cases(
        (t.is_window, length / (length + t.outside).nullif(0.0)),
        (t.is_binary, t.kept.cast("float64")),
        (t.direction == "max", received / promised.nullif(0.0)),
        (promised <= 0, ibis.cases((received <= 0, one), (t.is_timed, zero), else_=t.fee_scale / (t.fee_scale + received).nullif(0.0))),
        (received <= 0, ibis.literal(float(rules.ratio_cap))),
        else_=promised / received.nullif(0.0),
    )
    open_ratio = ibis.cases(
        (t.failed, zero),
        (t.is_window, length / (length + overdue).nullif(0.0)),
        (t.is_timed, ibis.ifelse(promised < elapsed, promised / elapsed.nullif(0.0), one)),
        else_=zero,
    )
    return ibis.ifelse(t.stands, received_ratio, open_ratio)


def ratio(t: ir.Table, rules: Rules) -> ir.FloatingValue:
    """Rho of each row; NULL for PENDING and VOID. Needs ``decided``, ``kept`` and ``plain``, what :func:`plain_ratio` gave."""
    one, zero, cap = ibis.literal(1.0), ibis.literal(0.0), ibis.literal(float(rules.ratio_cap))
    return ibis.cases(
        (~t.decided, ibis.null("float64")),
        (t.plain >= cap, cap),
        (t.plain >= 1.0, t.plain),
        (t.kept, one),  # kept within the tolerance the customer could see
        (t.plain > 0.0, t.plain),
        else_=zero,
    )


def units(rho: ir.FloatingValue) -> ir.IntegerValue:
    """Rho in its last decimal; a whole number, so that what is split and added up stays exact."""
    return whole(rho * float(UNIT))


def met(rho_units: ir.IntegerValue) -> ir.DecimalValue:
    """min(1, rho) to eight decimals."""
    return _share(ibis.ifelse(rho_units > UNIT, ibis.literal(UNIT, type="int64"), rho_units))


def surplus(rho_units: ir.IntegerValue) -> ir.DecimalValue:
    """max(0, rho - 1) to eight decimals, so that met + surplus is rho."""
    return _share(ibis.ifelse(rho_units > UNIT, rho_units - UNIT, rho_units * 0))


def _share(value: ir.IntegerValue) -> ir.DecimalValue:
    """Units as a decimal: a product of whole numbers, which no engine has to round."""
    return (value.cast("decimal(9, 0)") * ibis.literal("0.00000001").cast(SHARE)).cast(SHARE)

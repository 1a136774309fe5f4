"""Promise skill: padding and over-promising both lose (domain.md c6, attacks 2 and 3).

Pinball loss at the charter's keep target tau, in the customer's orientation: ``L(P, R) = tau (R worse than P)+ + (1 - tau) (R better)+``.
Its expectation is least only at the true tau-quantile of R given the context, so the promise-setter's best policy is to promise honestly.
``skill = 1 - sum L(P, R) / sum L(C, R)``: 0 is as good as demonstrated capability C, below 0 worse, above 0 the promise knew something.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

LOSS = "decimal(18, 6)"
MILLIONTHS = 1_000_000.0


def pinball(level: ir.FloatingValue, received: ir.FloatingValue, direction: ir.StringValue, tau: ir.FloatingValue) -> ir.DecimalValue:
    """The loss of one level against what was received, in its unit, to six decimals so that its sum does not depend on order."""
    worse = ibis.ifelse(direction == "max", level - received, received - level)
    loss = ibis.ifelse(worse > 0, tau * worse, (tau - 1.0) * worse)
    return ((loss * MILLIONTHS + 0.5).floor() / MILLIONTHS).cast(LOSS)


def skill_sums(t: ir.Table, capability: str = "capability", keep_target: str = "keep_target") -> dict[str, ir.NumericScalar]:
    """Aggregates for ``t.agg`` or ``t.group_by(...).agg``: ``loss_promised``, ``loss_capable`` (doubles of exact sums) and ``skill_n``.

    :param t: a ledger with two further columns: level C of each promise in its unit, and its keep target tau.
    :param capability: name of the first. Rows without a level, a standing receipt or a capability stay out.
    :param keep_target: name of the second.
    """
    counts = (
        t.in_cohort
        & t.eligible
        & t.level_promised.notnull()
        & t.level_received.notnull()
        & t[capability].notnull()
        & t[keep_target].notnull()
    ).fill_null(False)
    nothing = ibis.null(LOSS)
    promised = pinball(t.level_promised, t.level_received, t.direction, t[keep_target])
    capable = pinball(t[capability], t.level_received, t.direction, t[keep_target])
    return {
        "loss_promised": ibis.ifelse(counts, promised, nothing).sum().cast("float64"),
        "loss_capable": ibis.ifelse(counts, capable, nothing).sum().cast("float64"),
        "skill_n": counts.sum(),
    }


def promise_skill(loss_promised: float | None, loss_capable: float | None) -> float | None:
    """``1 - sum L(P, R) / sum L(C, R)``; ``None`` where nothing could be compared, or capability never missed by anything."""
    if loss_promised is None or not loss_capable:
        return None
    return 1.0 - loss_promised / loss_capable

"""Several failures of one customer: what each adds to the loss; the parts add up and never exceed the customer's value (domain.md e3).

    loss_c = V_c (1 - prod_j (1 - d_j)),   lambda_j = -ln(1 - d_j),   part_cj = loss_c lambda_j / sum_k lambda_k = V_c lambda_j phi(L_c)

with L_c = sum_k lambda_k over the issues that hit c, and phi(L) = (1 - e^-L) / L, which is 1 at L = 0. One row per customer and issue stays
in the database; what comes back is one row per issue and, for the interval, one per pair of issues that hit the same customer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.money.cents import UNIT

MOST = 0.999
"""A chance of leaving counts as this at most: a failure that loses everybody would make every other one free."""

SMALL = 1e-4
"""Below this L, phi and its derivative are told by their series."""


def log_shares(value: float, leaving: Sequence[float]) -> tuple[float, list[float]]:
    """Loss of one customer, and the part of each failure; the parts add up to it.

    :param value: what the customer is worth. :param leaving: extra chance of leaving of each failure, 0 to 1.
    """
    lam = [rate(d) for d in leaving]
    total = sum(lam)
    loss = value * -math.expm1(-total)
    return loss, [loss * one / total if total > 0 else 0.0 for one in lam]


def rate(leaving: float) -> float:
    """The lambda of an extra chance of leaving; 0 where it is below 0."""
    return -math.log1p(-min(max(leaving, 0.0), MOST))


def with_rates(hits: ir.Table, rates: Mapping[str, float]) -> ir.Table:
    """The hits of issues with a rate: ``customer``, ``issue``, ``worth`` in money (NULL if unknown), ``rate``, ``total`` of the customer.

    :param hits: one row per ``customer`` and ``issue``, with ``value`` in ten-thousandths.
    """
    told = ibis.memtable(pa.table({"issue": list(rates), "rate": pa.array(list(rates.values()), pa.float64())}))
    rated = hits.inner_join(told, "issue").select("customer", "issue", "value", "rate")
    return rated.mutate(
        total=rated["rate"].sum().over(ibis.window(group_by="customer")), worth=rated["value"].cast("float64") * float(UNIT)
    )


def phi(total: ir.FloatingValue) -> ir.FloatingValue:
    """(1 - e^-L) / L."""
    return ibis.ifelse(total < SMALL, 1 - total / 2, (1 - (-total).exp()) / ibis.ifelse(total < SMALL, 1.0, total))


def slope(total: ir.FloatingValue) -> ir.FloatingValue:
    """The derivative of phi: (e^-L (1 + L) - 1) / L^2, -1/2 at 0."""
    safe = ibis.ifelse(total < SMALL, 1.0, total)
    return ibis.ifelse(total < SMALL, -0.5 + total / 3, ((-total).exp() * (1 + total) - 1) / (safe * safe))


def parts(rated: ir.Table) -> ir.Table:
    """One row per issue: ``loss`` and ``lost`` (money and customers, in ten-thousandths), and what its rate acts on by itself."""
    share = rated["rate"] * phi(rated["total"])
    # every part is rounded before it is summed, so that no sum depends on the order of rows
    return rated.group_by("issue").agg(
        loss=_whole(rated["worth"] * share).sum(),
        reach=_whole(rated["worth"] * phi(rated["total"])).sum(),
        lost=_whole(share).sum(),
        lost_reach=_whole(phi(rated["total"])).sum(),
    )


def pairs(rated: ir.Table) -> ir.Table:
    """One row per pair of issues that hit the same customers (and each with itself): how far the one's rate bends the other's part."""
    left = rated.select("customer", "worth", "total", one="issue")
    joined = left.inner_join(rated.select("customer", other="issue"), "customer")
    bend = slope(joined["total"])
    return joined.group_by("one", "other").agg(bend=_whole(joined["worth"] * bend).sum(), lost_bend=_whole(bend).sum())


def _whole(amount: ir.FloatingValue) -> ir.IntegerValue:
    return (amount / float(UNIT) + 0.5).floor().cast("int64")

"""Kept rate of a fixed basket: the mix of promises of a base period, so that trivial new promises cannot dilute it (c6, attack 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure, Integrity
from troth.engine.intervals import wilson
from troth.engine.promises.integrity import integrity
from troth.engine.promises.periods import Period, due_within
from troth.terms.errors import RequestError


@dataclass(frozen=True, slots=True)
class Basket:
    """K of a period at the base period's mix of promises.

    :param K: the kept rate of the basket. :param plain: the kept rate at the period's own mix.
    :param covered: share of the basket that the period still promises; the rest has no rate and its weight is shared out.
    :param outside: due promises of the period that the base period did not know.
    """

    K: Figure
    plain: float | None
    covered: float
    outside: int


def fixed_basket(
    ledger: ir.Table, base: Period, period: Period, *, as_of: datetime, mix: Sequence[str] = ("name",), **options: Any
) -> Basket:
    """K of ``period`` with each promise weighing what it weighed among the due promises of ``base``.

    :param mix: what makes two promises the same kind. :param options: as for :func:`integrity`.
    :raises RequestError: nothing fell due in the base period.
    """
    before = integrity(due_within(ledger, base), mix, as_of=as_of, **options)
    now = integrity(due_within(ledger, period), mix, as_of=as_of, **options)
    total = sum(one.due for one in before)
    if not total:
        raise RequestError("Nothing fell due in the base period.", place="base", mend="choose a base period with due promises.")
    shares = {_key(one, mix): one.due / total for one in before if one.due}
    known = [(shares[_key(one, mix)], one) for one in now if one.due and _key(one, mix) in shares]
    covered = sum(share for share, _ in known)
    due, kept = sum(one.due for one in now), sum(one.kept + one.exceeded for one in now)
    outside = sum(one.due for one in now if _key(one, mix) not in shares)
    return Basket(_weighted(known, covered), kept / due if due else None, covered, outside)


def _key(one: Integrity, mix: Sequence[str]) -> tuple[Any, ...]:
    return tuple(one.where[name] for name in mix)


def _weighted(known: Sequence[tuple[float, Integrity]], covered: float) -> Figure:
    """The weighted mean of independent rates, its limits from theirs (squares of the distances add)."""
    if not known:
        return Figure(None, method="no promise of the basket fell due")
    value = below = above = 0.0
    for share, one in known:
        weight, rate = share / covered, (one.kept + one.exceeded) / one.due
        plain = wilson(rate, one.due)
        low = plain.low if one.K.low is None else one.K.low
        high = plain.high if one.K.high is None else one.K.high
        value += weight * rate
        below += (weight * (rate - low)) ** 2
        above += (weight * (high - rate)) ** 2
    n = sum(one.due for _, one in known)
    return Figure(value, value - math.sqrt(below), value + math.sqrt(above), n=n, method="basket of the base period, limits combined")

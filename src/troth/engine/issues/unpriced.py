"""Costs in a currency without a rate: cash of which they may be part is a lower limit, and no cash beside them is unknown, not 0.

Which issue such a cost falls to is not told, as nothing tells what it is worth beside the others: so it may be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from troth.engine.issues.result import AT_LEAST
from troth.engine.money import IssueMoney, Money
from troth.engine.nouns import listed
from troth.terms.vocabulary import Unpriced


def unpriced_words(unpriced: Sequence[Unpriced]) -> str:
    """Them in words: ``12 costs of 340.00 USD and 1 cost of 5.00 JPY``."""
    told = [f"{one.costs:,} {'cost' if one.costs == 1 else 'costs'} of {one.amount:,.2f} {one.currency}" for one in unpriced]
    return listed(told)


def verb(unpriced: Sequence[Unpriced], one: str, many: str) -> str:
    """The verb that agrees with them: ``is`` of one cost, ``are`` of several."""
    return one if sum(each.costs for each in unpriced) == 1 else many


def paid(money: Money, cash: Money) -> Money:
    """Money that is at least so much, with a lower limit no lower than the cash on record: what was paid is no less by chance."""
    if money.value is None or money.low is None or cash.value is None:
        return money
    return replace(money, low=min(money.value, max(money.low, cash.value)))


def limited(row: IssueMoney, unpriced: Sequence[Unpriced]) -> IssueMoney:
    """The money of an issue where costs were set aside for want of a rate."""
    if not unpriced:
        return row
    remedial = cash_limited(row.remedial, unpriced)
    whole = replace(row.total, method=f"{AT_LEAST}{row.total.method}; {_without(unpriced)}")
    if remedial.value is None and row.modelled.value is None and row.lost_sales.value is None:
        whole = remedial
    return replace(row, remedial=remedial, total=whole)


def cash_limited(cash: Money, unpriced: Sequence[Unpriced]) -> Money:
    """Cash beside costs without a rate: at least so much; unknown where there is no other."""
    if not unpriced or cash.value is None:
        return cash
    if cash.value == Decimal(0):
        return Money(None, None, None, cash.currency, f"unknown: {_without(unpriced)}")
    return replace(cash, method=f"{AT_LEAST}{cash.method}; {_without(unpriced)}")


def _without(unpriced: Sequence[Unpriced]) -> str:
    return f"{unpriced_words(unpriced)} {verb(unpriced, 'has', 'have')} no rate, and may be part of it"

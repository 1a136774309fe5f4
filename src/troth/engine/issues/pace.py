"""The pace of an issue: what it costs a year, and what one month of waiting costs (domain.md e3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from troth.engine.money import IssueMoney, Money, run_rate

MONTHS_A_QUARTER = 3
OVER = "it has ended, or no quarter is whole"
ENDED = "it has ended, or began since: no failure of it lies in the latest whole quarter"


def at_this_pace(money: IssueMoney | None, quarters: Sequence[int], failures: int, currency: str, *, known: bool) -> tuple[Money, Money]:
    """Money at risk a year and what one month of waiting costs: the money of a failure, at the pace of the quarters.

    :param quarters: failures in each whole quarter, oldest first. Where the latest has none it has no pace: it ended, or began since.
    """
    if (
        money is None
        or not known
        or money.total.value is None
        or money.total.low is None
        or money.total.high is None
        or not quarters
        or not failures
    ):
        nothing = Money(None, None, None, currency, OVER)
        return nothing, nothing
    if not quarters[-1]:
        nothing = Money(None, None, None, currency, ENDED)
        return nothing, nothing

    def of(amount: Decimal, number: int) -> Decimal:
        return (amount * number / failures).quantize(Decimal("0.01"))

    each = [
        Money(of(money.total.value, n), of(money.total.low, n), of(money.total.high, n), money.total.currency, money.total.method)
        for n in quarters
    ]
    rate = run_rate(each)
    return rate.yearly, rate.delay[0]


def whole_quarters(first: date, last: date) -> list[date]:
    """First days of the quarters that lie wholly within a record.

    :param first: the record's first day. :param last: its last.
    """
    quarter, found = _quarter_of(first), []
    if quarter < first:
        quarter = _next_quarter(quarter)
    while (after := _next_quarter(quarter)) <= last + timedelta(days=1):
        found.append(quarter)
        quarter = after
    return found


def _quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER + 1, 1)


def _next_quarter(quarter: date) -> date:
    month = quarter.month + MONTHS_A_QUARTER
    return date(quarter.year + month // 13, month % 12, 1)

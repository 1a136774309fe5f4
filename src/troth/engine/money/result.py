"""What the money module returns: money with its range, per issue and in all; pain beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from troth.engine.findings import Figure, Findings, Tabled

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its range.

    :param value: in cents; ``None`` is unknown, never 0. :param low: lower 95% limit. :param high: upper.
    :param currency: what it is counted in. :param method: how the range was had, or why there is no amount.
    """

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str
    method: str = ""


def in_words(money: Money, printed: int | None = None) -> str:
    """An amount in whole units, its range behind it where it has one; what is not quite nothing never reads as 0.

    :param printed: the amount in whole units, where it was rounded together with others.
    """
    if money.value is None or money.low is None or money.high is None:
        return "unknown"
    shown = round(money.value) if printed is None else printed
    span = "" if money.low == money.high else f" [{round(money.low):,}, {round(money.high):,}]"
    return f"{'under 1' if not shown and money.value else f'{shown:,}'}{span} {money.currency}"


@dataclass(frozen=True, slots=True)
class IssueMoney:
    """Money at risk from one issue, over the window its failures were seen in (domain.md e3).

    :param where: the issue; ``unassigned`` are the failures of none. :param customers: people hit, each counted once.
    :param unvalued: of these, people whose value is not on record: their leaving is not in the money.
    :param unnamed: failures of nobody known.
    :param hours: staff hours, in whole hours; ``None`` where no row tells any.
    :param remedial: cash that would not have been spent otherwise; the value is what was recorded.
    :param leaving: extra chance of leaving of those hit, as it was found.
    :param leaving_used: drawn to that of the other issues, and no less than 0.
    :param modelled: margin of the next 12 months that leaves with them. :param lost: customers expected to leave for it, in whole people.
    :param lost_sales: margin of sales that did not come about and go along with it, modelled.
    :param total: all three together, as far as they are known.
    """

    where: Mapping[str, Any]
    customers: int
    unvalued: int
    unnamed: int
    hours: int | None
    remedial: Money
    leaving: Figure
    leaving_used: Figure
    modelled: Money
    lost: Figure
    lost_sales: Money
    total: Money


@dataclass(frozen=True, repr=False)
class MoneyAtRisk(Tabled):
    """Money at risk: issues first, ``unassigned`` last, and the total, to which they add up to the cent.

    :param issues: a row each. :param total: of everything; its ``customers`` are people, each counted once whatever hit them.
    :param between: spread of the chances of leaving between issues (standard deviation), by which they were drawn together.
    """

    issues: Findings[IssueMoney]
    total: IssueMoney
    between: float | None

    @property
    def table(self) -> Findings[IssueMoney]:
        """Issues and total in one table."""
        return Findings((*self.issues, self.total), self.issues.by, self.issues.notes)


@dataclass(frozen=True, slots=True)
class Pain:
    """What one issue did to people (domain.md e2). It is never merged with money.

    :param where: the issue. :param rank: 1 is worst: what touches safety or law first, then customers x points per failure.
    :param failures: episodes. :param customers: people, each counted once. :param points: score points lost (expected less given), or
        severity points 1, 3 and 9 where there is no score. :param scored: failures with points from a score. :param by_severity: from a
        severity. :param unknown: from neither, which are in no points. :param hours: hours customers lost, in whole hours; ``None``
        where no row tells any. :param flagged: failures that touch safety or law.
    """

    where: Mapping[str, Any]
    rank: int
    failures: int
    customers: int
    points: Figure
    scored: int
    by_severity: int
    unknown: int
    hours: int | None
    flagged: int


@dataclass(frozen=True, slots=True)
class RunRate:
    """What doing nothing costs (domain.md e3).

    :param yearly: the latest quarter x 4. :param trend: change from quarter to quarter; ``None`` where there are too few quarters.
    :param next_year: the next four quarters if the trend goes on. :param delay: what waiting costs, for 1 to 12 months, added up.
    """

    yearly: Money
    trend: Figure
    next_year: Money
    delay: tuple[Money, ...]

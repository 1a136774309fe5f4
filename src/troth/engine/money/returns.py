"""What an initiative gives back: return, share saved and payback, three numbers that are never one (domain.md e10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from troth.terms.errors import RequestError


@dataclass(frozen=True, slots=True)
class Returns:
    """Of a yearly benefit and a cost.

    :param roi: (benefit - cost) / cost. :param saving_share: 1 - cost / benefit; ``None`` where there is no benefit.
    :param payback_months: months of full benefit that pay the cost; ``None`` where there is none.
    """

    roi: float
    saving_share: float | None
    payback_months: float | None


def returns(benefit: Decimal, cost: Decimal) -> Returns:
    """The three numbers.

    :param benefit: margin and cash of a year, not revenue. :param cost: above 0, in the same currency.
    :raises RequestError: no cost.
    """
    if cost <= 0:
        raise RequestError(f"A cost of {cost} has no return.", place="cost", mend="give what the initiative costs, above 0.")
    if benefit <= 0:
        return Returns(float((benefit - cost) / cost), None, None)
    return Returns(float((benefit - cost) / cost), float(1 - cost / benefit), float(12 * cost / benefit))

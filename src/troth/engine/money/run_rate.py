"""What doing nothing costs: the run-rate, its trend, and the price of every month's delay (domain.md e3, S2.19).

quarters  y_1 .. y_T = level + slope t + noise, by least squares
12 months ahead   sum of what is fitted, months of a quarter alike; its range has the errors of level and slope and the noise to come
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from troth.engine.findings import Figure
from troth.engine.intervals import normal_quantile
from troth.engine.money.cents import to_cents
from troth.engine.money.result import Money, RunRate
from troth.terms.errors import RequestError

FEWEST_QUARTERS = 4
"""Below this there is no trend, and the mean of the quarters stands for the next."""

MONTHS = 12
A_QUARTER = 3


def run_rate(quarters: Sequence[Money]) -> RunRate:
    """Run-rate, trend and what delay costs.

    :param quarters: money at risk of each whole quarter, oldest first, none missing.
    :raises RequestError: no quarter; one of them unknown; more than one currency.
    """
    if not quarters:
        raise RequestError("There is no quarter to go on from.", place="quarters", mend="give one whole quarter or more.")
    known = [
        (each.value, each.low, each.high) for each in quarters if each.value is not None and each.low is not None and each.high is not None
    ]
    if len(known) < len(quarters):
        raise RequestError("A quarter has no amount or no range.", place="quarters", mend="begin after the last quarter that is unknown.")
    currencies = sorted({each.currency for each in quarters})
    if len(currencies) > 1:
        raise RequestError(f"The quarters are in {' and '.join(currencies)}.", place="quarters", mend="count them in one currency.")
    y = np.array([float(value) for value, _, _ in known])
    chance = float(np.mean([((float(high) - float(low)) / (2 * normal_quantile())) ** 2 for _, low, high in known]))
    trending = len(y) >= FEWEST_QUARTERS
    design = np.column_stack([np.ones(len(y)), np.arange(1, len(y) + 1)]) if trending else np.ones((len(y), 1))
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ y
    free = len(y) - design.shape[1]
    # quarters vary by chance at least, however straight a few of them lie
    noise = max(float(((y - design @ fitted) ** 2).sum()) / free if free else 0.0, chance)
    reach = _t(free) if noise > chance else normal_quantile()
    method = (
        f"least squares through {len(y)} quarters" if trending else f"mean of {len(y)} {'quarter' if len(y) == 1 else 'quarters'}, no trend"
    )
    delay = []
    for months in range(1, MONTHS + 1):
        shares = [min(max(months - A_QUARTER * q, 0), A_QUARTER) / A_QUARTER for q in range(MONTHS // A_QUARTER)]
        ahead = np.array([sum(shares), sum(share * (len(y) + 1 + q) for q, share in enumerate(shares))])[: design.shape[1]]
        spread = math.sqrt(noise * (float(ahead @ inverse @ ahead) + sum(share**2 for share in shares)))
        delay.append(_money(float(ahead @ fitted), reach * spread, currencies[0], method))
    slope = Figure(None, n=len(y), method=f"{FEWEST_QUARTERS} quarters are needed")
    if trending:
        half = reach * math.sqrt(noise * float(inverse[1, 1]))
        slope = Figure(float(fitted[1]), float(fitted[1]) - half, float(fitted[1]) + half, len(y), None, method)
    last = quarters[-1]
    value, low, high = (None if each is None else each * 4 for each in (last.value, last.low, last.high))
    yearly = Money(value, low, high, last.currency, "latest quarter x 4")
    return RunRate(yearly, slope, delay[-1], tuple(delay))


def _t(free: int) -> float:
    from scipy import special

    return float(special.stdtrit(max(free, 1), 0.975))


def _money(value: float, half: float, currency: str, method: str) -> Money:
    low, middle, high = (to_cents(Decimal(str(max(0.0, each)))) for each in (value - half, value, value + half))
    return Money(middle, low, high, currency, method)

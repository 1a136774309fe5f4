"""Money at risk and pain: what issues cost, as a range, and what they did to people (domain.md e2, e3, e10)."""

from troth.engine.money.at_risk import TOTAL, money_at_risk
from troth.engine.money.cents import by_area, shown, split
from troth.engine.money.forgone import Forgone, Quota
from troth.engine.money.logshare import log_shares
from troth.engine.money.losses import Leaving
from troth.engine.money.pain import pain
from troth.engine.money.result import IssueMoney, Money, MoneyAtRisk, Pain, RunRate
from troth.engine.money.returns import Returns, returns
from troth.engine.money.run_rate import run_rate
from troth.engine.money.shrinkage import Shrunk, shrink
from troth.engine.money.silent import silent_customers
from troth.engine.money.tallies import UNASSIGNED
from troth.engine.money.whole import whole_parts

__all__ = [
    "TOTAL",
    "UNASSIGNED",
    "Forgone",
    "IssueMoney",
    "Leaving",
    "Money",
    "MoneyAtRisk",
    "Pain",
    "Quota",
    "Returns",
    "RunRate",
    "Shrunk",
    "by_area",
    "log_shares",
    "money_at_risk",
    "pain",
    "returns",
    "run_rate",
    "shown",
    "shrink",
    "silent_customers",
    "split",
    "whole_parts",
]

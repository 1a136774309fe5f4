"""What one closed matter takes the company and the customer, under a target and without it (domain.md e8, 4).

A case of 110 seconds after which 34 in 100 come again takes the company 167 seconds a matter, and the customer 10.4 minutes; one of 170
seconds after which 11 in 100 do takes 191 seconds and 8.8 minutes: the company may save while the customer pays.
"""

from __future__ import annotations

import numpy as np

from troth.engine.findings import Figure
from troth.engine.guards.asked import Asked
from troth.engine.guards.cells import Cells
from troth.engine.guards.pressure import Comparison, mean_and_otherwise
from troth.engine.guards.result import MatterCost
from troth.engine.guards.spread import Sums, figure, left_out
from troth.engine.intervals import Numbers

NAMES = ("handled", "waited", "unresolved", "contacts", "company", "customer")
OTHERWISE = ("handled_otherwise", "unresolved_otherwise", "company_otherwise", "customer_otherwise", "saved", "paid")


def whole_cost(handled: float, waited: float, unresolved: float, redial: float) -> tuple[float, float, float]:
    """Contacts, company minutes and customer minutes for one closed matter.

    :param handled: minutes of a case. :param waited: minutes before it. :param unresolved: share that come again.
    :param redial: minutes to get through again.
    :returns: NaN where all come again: no matter is ever closed.
    """
    if not unresolved < 1:
        return (float("nan"),) * 3
    contacts = 1 / (1 - max(unresolved, 0.0))
    return contacts, handled * contacts, (handled + waited + redial) * contacts


def matter_cost(asked: Asked, counted: Cells, held: Comparison) -> MatterCost | None:
    """The whole cost of a matter; ``None`` where nobody tells the minutes of a case, or what says that a matter was not closed."""
    j = next((j for j, (outcome, _) in enumerate(asked.outcomes) if outcome.name == asked.measure.unresolved), None)
    if j is None or asked.handled is None or not counted.sums["n_handled"].sum():
        return None
    compared = bool(held.way)
    under = held.treated if compared else counted.pressed
    waits = "waited" in counted.sums and bool(counted.sums["n_waited"][:, under].sum())

    def statistic(sums: Sums) -> Numbers:
        def pair(top: str, bottom: str) -> tuple[float, float]:
            if compared:
                return mean_and_otherwise(sums[top], sums[bottom], held)
            base = float(sums[bottom][under].sum())
            return (float(sums[top][under].sum()) / base if base > 0 else float("nan")), float("nan")

        handled, handled_otherwise = pair("handled", "n_handled")
        unresolved, otherwise = pair(f"seen_{j}", f"known_{j}")
        base = float(sums["n_waited"][under].sum()) if waits else 0.0
        waited = float(sums["waited"][under].sum()) / base if base > 0 else 0.0  # queues are the same with and without the target
        contacts, company, customer = whole_cost(handled, waited, unresolved, asked.measure.redial)
        _, company_otherwise, customer_otherwise = whole_cost(handled_otherwise, waited, otherwise, asked.measure.redial)
        return np.array(
            [
                *(handled, waited, unresolved, contacts, company, customer),
                *(handled_otherwise, otherwise, company_otherwise, customer_otherwise),
                *(company_otherwise - company, customer - customer_otherwise),
            ]
        )

    value, error, groups = left_out(counted.sums, statistic)
    n = int(counted.sums[f"known_{j}"][:, under].sum())
    found: dict[str, Figure] = {
        name: figure(value[i], error[i], groups, n=n, clusters=counted.clusters) for i, name in enumerate((*NAMES, *OTHERWISE))
    }
    return MatterCost(**found)

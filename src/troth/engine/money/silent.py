"""Customers who were let down and said nothing, where the ledger cannot see the failure itself (domain.md e3).

    N = reported / p,   p = complaints / failures, where both are seen (late orders that did and did not complain)

The interval is log-normal: var ln N = (1 - p) / reported + (1 - p) / complaints.
"""

from __future__ import annotations

import math

from troth.engine.findings import Figure
from troth.engine.intervals import FEWEST_CLUSTERS, normal_quantile
from troth.terms.errors import RequestError

METHOD = "reported / complaint propensity; log-normal, chance in both counted"


def silent_customers(reported: int, *, complaints: int, failures: int) -> Figure:
    """How many customers were let down by a kind of failure that shows in reports alone, in whole numbers.

    :param reported: customers who reported it. :param complaints: customers who complained, of the ``failures`` that are seen whether
        or not anybody complains.
    :returns: value and limits in whole customers, never below ``reported``; a value of ``None`` where the propensity is not known.
    :raises RequestError: more complaints than failures, or a count below 0.
    """
    if min(reported, complaints, failures) < 0 or complaints > failures:
        what = f"{complaints:,} complaints of {failures:,} failures, {reported:,} reported: these cannot be counts of customers."
        raise RequestError(what, place="complaints", mend="count customers: complaints are some of the failures.")
    if complaints < FEWEST_CLUSTERS:
        return Figure(None, n=failures, method=f"no propensity: {complaints} complaints were seen, and {FEWEST_CLUSTERS} are needed")
    p = complaints / failures
    if not reported:
        return Figure(0.0, 0.0, float(math.ceil(-math.log(0.025) / p)), failures, None, METHOD)
    middle = reported / p
    spread = normal_quantile() * math.sqrt((1 - p) / reported + (1 - p) / complaints)
    low, high = middle * math.exp(-spread), middle * math.exp(spread)
    return Figure(float(round(middle)), float(max(reported, math.floor(low))), float(math.ceil(high)), failures, None, METHOD)

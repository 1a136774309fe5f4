"""F, K, I, B and U with customers as clusters (domain.md c5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

Z = stats.norm.ppf(0.975)


@dataclass(frozen=True, slots=True)
class Rate:
    """A number and its 95% limits."""

    value: float
    low: float
    high: float


def integrity(ledger: pd.DataFrame) -> dict[str, Rate | int]:
    """The headline numbers of the promises that have fallen due."""
    due = ledger[ledger.due]
    rows = pd.DataFrame(
        {
            "customer": due.customer_id,
            "promises": 1,
            "K": (~due.broken).astype(int),
            "broken": due.broken.astype(int),
            "I": due.met,
            "U": due.surplus,
            "B": due.met + due.surplus,
            "known": due.standard_kept.notna().astype(int),
            "K_standard": due.standard_kept.fillna(False).astype(int),
        }
    )
    customers = rows.groupby("customer").sum()
    kept_all = (customers.broken == 0).astype(int)
    ones = pd.Series(1, index=customers.index)
    return {
        "due": len(due),
        "kept": int((~due.broken).sum()),
        "broken": int(due.broken.sum()),
        "pending": int((ledger.verdict == "PENDING").sum()),
        "customers": len(customers),
        "customers_kept": int(kept_all.sum()),
        "K": wilson(customers.K, customers.promises, len(due)),
        "F": wilson(kept_all, ones, len(customers)),
        "I": student(customers.I, customers.promises),
        "U": student(customers.U, customers.promises),
        "B": student(customers.B, customers.promises),
        "K_standard": wilson(customers.K_standard, customers.known, int(rows.known.sum())),
    }


def variance(total: pd.Series, weight: pd.Series) -> tuple[float, float, int]:
    """A weighted mean, its clustered variance, and the number of clusters."""
    used = weight > 0
    total, weight = total[used], weight[used]
    clusters = len(total)
    mean = total.sum() / weight.sum()
    return mean, clusters / (clusters - 1) * ((total - mean * weight) ** 2).sum() / weight.sum() ** 2, clusters


def wilson(total: pd.Series, weight: pd.Series, n: int) -> Rate:
    """Wilson's interval on the effective number of promises."""
    rate, v, _ = variance(total, weight)
    effective = max(min(n, rate * (1 - rate) / v), 1.0)
    centre = (rate + Z**2 / (2 * effective)) / (1 + Z**2 / effective)
    half = np.sqrt(Z**2 * (rate * (1 - rate) / effective + Z**2 / (4 * effective**2))) / (1 + Z**2 / effective)
    return Rate(rate, centre - half, centre + half)


def student(total: pd.Series, weight: pd.Series) -> Rate:
    """The mean plus and minus t times its clustered standard error."""
    mean, v, clusters = variance(total, weight)
    half = stats.t.ppf(0.975, clusters - 1) * np.sqrt(v)
    return Rate(mean, mean - half, mean + half)

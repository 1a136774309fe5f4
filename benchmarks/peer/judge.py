"""Verdicts of delivery dates (domain.md c4) and what was received of what was expected (c5)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)
MOST_RATIO = 2.0


def read_orders(folder: Path) -> pd.DataFrame:
    """The orders of a project folder, one row each."""
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / "data").glob("orders-*.parquet"))], ignore_index=True)


def judge(orders: pd.DataFrame, as_of: pd.Timestamp, standard: float) -> pd.DataFrame:
    """The ledger: a row per promise with its verdict as of an instant.

    :param standard: the charter's S in days.
    """
    ledger = orders[orders.order_at <= as_of].copy()
    cancelled = ledger.cancelled_by_company
    ledger["received_at"] = ledger.delivered_at.where((ledger.delivered_at <= as_of) & ~cancelled)
    received = ledger.received_at.notna()
    late = received & (ledger.received_at > ledger.promised_at)
    overdue = ~received & (as_of > ledger.promised_at)

    ledger["verdict"] = np.select([cancelled | late | overdue, received], ["BROKEN", "KEPT"], default="PENDING")
    ledger["due"] = (ledger.promised_at <= as_of) & (ledger.verdict != "PENDING")
    ledger["broken"] = ledger.verdict == "BROKEN"

    ledger["promised_days"] = (ledger.promised_at - ledger.order_at) / DAY
    ledger["received_days"] = (ledger.received_at - ledger.order_at) / DAY
    elapsed_days = (as_of - ledger.order_at) / DAY
    ledger["shortfall"] = np.where(received, (ledger.received_at - ledger.promised_at) / DAY, (as_of - ledger.promised_at) / DAY)

    ratio = (ledger.promised_days / ledger.received_days).where(received, np.minimum(1.0, ledger.promised_days / elapsed_days))
    ratio = ratio.mask(cancelled, 0.0).clip(0.0, MOST_RATIO).where(ledger.verdict != "PENDING")
    ledger["met"] = eight_decimals(ratio.clip(upper=1.0))
    ledger["surplus"] = eight_decimals((ratio - 1.0).clip(lower=0.0))

    known = received | cancelled | (elapsed_days > standard)
    ledger["standard_kept"] = (ledger.received_days <= standard).astype("boolean").where(known)
    return ledger


def eight_decimals(share: pd.Series) -> pd.Series:
    """Rounded as the ledger stores shares."""
    return np.floor(share * 1e8 + 0.5) / 1e8

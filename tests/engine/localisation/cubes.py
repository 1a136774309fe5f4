"""Small cubes with a planted cause, as tables in sight."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

REGIONS = ("north", "south", "east", "west")
CHANNELS = ("web", "phone", "shop")
PRODUCTS = ("a", "b", "c", "d", "e")
DIMENSIONS = ("region", "channel", "product")


def shop(
    lifts: Mapping[Any, float] | None = None,
    *,
    seed: int = 1,
    orders: int = 200,
    rate: float = 0.1,
    overall: float = 1.0,
    stray: float = 0.0,
) -> pa.Table:
    """60 leaves with orders, failures now and before, and the expected failures.

    :param lifts: slice to how many times as many failures it has (of two, the stronger); ``None`` in a slice is any value.
    :param overall: how many times as many failures all leaves have.
    :param stray: by how much leaves stray, relative.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for leaf in product(REGIONS, CHANNELS, PRODUCTS):
        held = [by for where, by in (lifts or {}).items() if all(a in (None, b) for a, b in zip(where, leaf, strict=True))]
        lift = max(held, key=lambda by: abs(np.log(by)), default=1.0)
        chance = min(rate * lift * overall * float(np.exp(rng.normal(0, stray))), 1.0)
        rows.append(
            dict(zip(DIMENSIONS, leaf, strict=True))
            | {
                "failed": int(rng.binomial(orders, chance)),
                "orders": orders,
                "expected": orders * rate,
                "hours": float(np.round(10 * rate * orders * lift * rng.lognormal(0, 0.1), 2)),
                "hours_expected": 10 * rate * orders,
            }
        )
    return pa.Table.from_pylist(rows)


def before(seed: int = 7, orders: int = 800, rate: float = 0.1) -> pa.Table:
    """The same shop in the time before, where nothing had happened."""
    return shop(seed=seed, orders=orders, rate=rate).select([*DIMENSIONS, "failed", "orders"])

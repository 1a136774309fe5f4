"""Orders of two months in which what changed between them is known, mechanism by mechanism.

An order comes from a region, goes with a carrier (which depends on the region), is promised in whole days (which depend on the region), is
handled and carried. It is late where handling and transit take longer than promised. Each kind changes other mechanisms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import factorial
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REGIONS, CARRIERS = ("centre", "coast", "north", "south"), ("Arrow", "Bolt", "Comet")
MECHANISMS = ("region", "carrier", "promise", "handling", "transit")
BEFORE, AFTER = "2024-08", "2024-09"
LARGE = 1_000_000


@dataclass(frozen=True, slots=True)
class System:
    """What the orders of a month are drawn from.

    :param regions: shares of the regions, shape (4,). :param carriers: of the carriers in each region, shape (4, 3).
    :param sooner: days taken off every promise. :param handling: times the usual handling.
    :param transit: times the usual transit of each carrier, shape (3,).
    """

    regions: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    carriers: tuple[tuple[float, ...], ...] = ((0.5, 0.3, 0.2), (0.4, 0.4, 0.2), (0.3, 0.3, 0.4), (0.3, 0.2, 0.5))
    sooner: int = 0
    handling: float = 1.0
    transit: tuple[float, ...] = (1.0, 1.15, 1.4)


USUAL = System()
FARTHER = (0.2, 0.2, 0.3, 0.3)
TO_COMET = ((0.3, 0.3, 0.4), (0.2, 0.3, 0.5), (0.2, 0.2, 0.6), (0.2, 0.1, 0.7))

KINDS: Mapping[str, System] = MappingProxyType(
    {
        "promise": System(sooner=1),
        "stage": System(handling=1.8),
        "carrier": System(transit=(1.0, 1.65, 1.4)),
        "mix": System(regions=FARTHER, carriers=TO_COMET),
        "several": System(regions=FARTHER, carriers=TO_COMET, sooner=1, transit=(1.0, 1.3, 1.4)),
        "nothing": USUAL,
    }
)
"""Kind to what the second month is drawn from; the first one is drawn from :data:`USUAL`."""

CHANGED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "promise": frozenset({"promise"}),
        "stage": frozenset({"handling"}),
        "carrier": frozenset({"transit"}),
        "mix": frozenset({"region", "carrier"}),
        "several": frozenset({"region", "carrier", "promise", "transit"}),
        "nothing": frozenset(),
    }
)
"""Kind to the mechanisms that changed; the true part of every other one is 0."""

_DISTANCE = np.array([1.0, 1.2, 1.7, 2.2])
_PROMISED = np.array([6, 7, 9, 11])


@dataclass(frozen=True, slots=True)
class Planted:
    """A table, and what is true of it.

    :param table: ``month``, ``region``, ``carrier``, ``promised_days``, ``handling_days``, ``transit_days``. :param kind: of :data:`KINDS`.
    """

    table: pa.Table
    kind: str

    @property
    def parts(self) -> Mapping[str, float]:
        """Mechanism to its true part of the change in the share that is late."""
        return truth(self.kind)

    @property
    def change(self) -> float:
        """Their sum."""
        return sum(self.parts.values())


def planted(kind: str, rows: int, seed: int) -> Planted:
    """Orders of two months, ``rows`` in each.

    :param kind: of :data:`KINDS`.
    """
    salt = list(KINDS).index(kind)
    months = [
        _draw(np.random.default_rng([seed, 21, salt, month]), rows, [system] * 5) for month, system in enumerate((USUAL, KINDS[kind]))
    ]
    columns = {name: np.concatenate([month[name] for month in months]) for name in months[0]}
    table = pa.table(
        {
            "month": pa.array([BEFORE] * rows + [AFTER] * rows),
            "region": np.array(REGIONS)[columns["region"].astype(int)],
            "carrier": np.array(CARRIERS)[columns["carrier"].astype(int)],
            "promised_days": columns["promise"].astype(np.int64),
            "handling_days": columns["handling"],
            "transit_days": columns["transit"],
        }
    )
    return Planted(table, kind)


@cache
def truth(kind: str, rows: int = LARGE) -> Mapping[str, float]:
    """Mechanism to its Shapley value of the change: all 32 worlds are drawn, with the same luck.

    :param rows: drawn in each world; a million are good to .0005.
    """
    count = len(MECHANISMS)
    late = {}
    for taken in product((0, 1), repeat=count):
        order = _draw(np.random.default_rng([0, 22]), rows, [(USUAL, KINDS[kind])[one] for one in taken])
        late[taken] = float(np.mean(order["handling"] + order["transit"] > order["promise"]))
    parts = {}
    for place, name in enumerate(MECHANISMS):
        value = 0.0
        for taken in product((0, 1), repeat=count):
            if not taken[place]:
                weight = factorial(sum(taken)) * factorial(count - sum(taken) - 1) / factorial(count)
                value += weight * (late[(*taken[:place], 1, *taken[place + 1 :])] - late[taken])
        parts[name] = value
    return MappingProxyType(parts)


def _draw(rng: np.random.Generator, rows: int, of: list[System]) -> dict[str, Floats]:
    """Orders whose mechanisms, in the order of :data:`MECHANISMS`, each follow a system of their own; equal luck for equal generators."""
    luck = rng.random((3, rows))
    handling, transit = rng.gamma(2.0, 0.5, rows), rng.gamma(9.0, 1 / 3.0, rows)
    region = np.searchsorted(np.cumsum(of[0].regions)[:-1], luck[0], side="right")
    within = np.cumsum(np.array(of[1].carriers), axis=1)[region]
    carrier = (luck[1][:, None] >= within[:, :-1]).sum(axis=1)
    spread = np.searchsorted([0.25, 0.8], luck[2], side="right") - 1
    promise = _PROMISED[region] + spread - of[2].sooner
    transit = transit * _DISTANCE[region] * np.array(of[4].transit)[carrier]
    return {
        "region": region.astype(np.float64),
        "carrier": carrier.astype(np.float64),
        "promise": promise.astype(np.float64),
        "handling": np.round(handling * of[3].handling, 3),
        "transit": np.round(transit, 3),
    }

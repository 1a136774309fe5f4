"""What the lane worlds share: a network of lanes, orders drawn over it, their promises as a table, and the true account of each row.

Days are counted from :data:`START`. A world is assembled from arrays, one value per order; only the last step makes a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.engine.worlds.leadtime import SPREAD, capability
from troth.engine.worlds.truth import Cause
from troth.terms.charter import Area, Charter, Line, Party
from troth.terms.vocabulary import Aspect, Direction, Part, PromiseSpec, PromiseType

START = datetime(2024, 1, 1)
PROMISE = "delivery date"
KEEP_TARGET = 0.9
LANES = 60
ORDERS = 12_000
WEEKS = 52
SLOW_LANE = 7

Days = NDArray[np.float64]
Flags = NDArray[np.bool_]
MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Network:
    """Orders placed over a network of lanes.

    :param location: per lane, the mean of the logarithm of its lead time in days.
    :param lane: per order, its lane.
    :param made: per order, when it was placed, in days from :data:`START`; below 0 in the history before week 0.
    :param customer: per order, who placed it.
    """

    location: Days
    lane: NDArray[np.int64]
    made: Days
    customer: NDArray[np.int64]

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return len(self.lane)

    @property
    def week(self) -> NDArray[np.int64]:
        """Per order, its week; below 0 in the history."""
        return np.floor(self.made / 7).astype(np.int64)

    @property
    def order_location(self) -> Days:
        """Per order, the location of its lane."""
        return self.location[self.lane]


def draw_network(
    generator: np.random.Generator, *, slow: float | None = None, slow_share: float | None = None, orders: int = ORDERS, history: int = 0
) -> Network:
    """Lanes of uneven size and speed, and orders placed evenly over 52 weeks (domain.md i.2).

    Sizes are Gamma(.6); the location of a lane is ln 5 + N(0, .25).

    :param slow: lead time in days at the centre of lane 7, where it is to be chronically slow.
    :param slow_share: share of the orders in lane 7, instead of the one it draws (which may be a handful of orders).
    :param history: weeks of orders at the same pace before week 0, so that an as-of capability has a past to learn from.
    """
    location = np.log(5.0) + generator.normal(0.0, 0.25, LANES)
    if slow is not None:
        location[SLOW_LANE] = np.log(slow)
    size = generator.gamma(0.6, size=LANES)
    if slow_share is not None:
        size[SLOW_LANE] = np.delete(size, SLOW_LANE).sum() * slow_share / (1 - slow_share)
    total = round(orders * (WEEKS + history) / WEEKS)
    return Network(
        location=location,
        lane=generator.choice(LANES, size=total, p=size / size.sum()),
        made=np.sort(generator.uniform(-7.0 * history, 7.0 * WEEKS, total)),
        customer=generator.integers(0, max(total // 3, 1), total),
    )


def draw_lead_time(generator: np.random.Generator, location: Days) -> Days:
    """One lead time in days per order."""
    return np.exp(location + generator.normal(0.0, SPREAD, len(location)))


def true_capability(location: Days) -> Days:
    """C by the true distribution: the days that are met with probability :data:`KEEP_TARGET`."""
    return capability(location, KEEP_TARGET)


def promise_table(network: Network, promised: Days, received: Days, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Orders as deadline promises in the PROMISES contract: only the columns these worlds fill, times at microseconds.

    :param promised: P in days.
    :param received: R in days.
    :param columns: further columns: optional ones of the contract, then context and dimensions.
    """
    origin = int(np.datetime64(START, "us").astype(np.int64))

    def instant(days: Days) -> NDArray[np.int64]:
        return np.round(days * MICROSECONDS_A_DAY).astype(np.int64)

    made = origin + instant(network.made)
    n = network.orders
    words = {
        "source": "made",
        "name": PROMISE,
        "type": PromiseType.DEADLINE.value,
        "direction": Direction.MIN.value,
        "stage": "fulfilment",
        "touchpoint": "checkout",
        "made_by": "Marketing",
        "kept_by": "Fulfilment",
        "unit": "days",
    }
    return pa.table(
        {
            "row": pa.array(np.arange(n), pa.int64()),
            "customer": pa.array(network.customer, pa.int64()),
            "subject": pa.array(np.arange(n), pa.int64()),
            **{name: pa.repeat(pa.scalar(word, pa.string()), n) for name, word in words.items()},
            "made_at": pa.array(made, pa.timestamp("us")),
            "due_at": pa.array(made + instant(promised), pa.timestamp("us")),
            "received_at": pa.array(made + instant(received), pa.timestamp("us")),
            **columns,
        }
    )


def labels(prefix: str, numbers: NDArray[np.int64]) -> pa.Array:
    """``prefix`` and a two-digit number per order, such as “lane 07”."""
    return pa.array([f"{prefix} {number:02d}" for number in numbers.tolist()], pa.string())


def flags(values: Flags) -> pa.Array:
    """“yes” or “no” per order."""
    return pa.array(np.where(values, "yes", "no").tolist(), pa.string())


def spec(*, dimensions: tuple[str, ...], has: frozenset[str] = frozenset()) -> PromiseSpec:
    """What a mapping would say of the delivery date; the lane is its context."""
    return PromiseSpec(
        name=PROMISE,
        type=PromiseType.DEADLINE,
        direction=Direction.MIN,
        unit="days",
        source="made",
        context=("lane",),
        dimensions=dimensions,
        has=has,
    )


def charter(standard: float | None) -> Charter:
    """Two officers, two areas, one line. ``standard`` is S in days; ``None`` agrees a keep target and no level."""
    return Charter(
        stages=("order", "fulfilment"),
        parties=(Party("Brand officer", Aspect.BRAND), Party("Service officer", Aspect.SERVICE)),
        areas=(Area("Marketing", Aspect.BRAND), Area("Fulfilment", Aspect.OPERATING)),
        lines=(Line(promise=PROMISE, standard=standard, keep_target=KEEP_TARGET),),
        version="1",
    )


def true_rows(*, parts: Mapping[Part, Days], added: Days, cause: NDArray[np.str_]) -> pa.Table:
    """The true account of every order, as :class:`~troth.engine.worlds.truth.Truth` keeps it.

    :param parts: expected breaks in each part, from :func:`~troth.engine.worlds.leadtime.true_parts`.
    :param added: breaks the planted cause adds.
    :param cause: name of the cause, empty for none.
    """
    return pa.table(
        {
            "row": pa.array(np.arange(len(added)), pa.int64()),
            "cause": pa.array([name or None for name in cause.tolist()], pa.string()),
            "added": added,
            **{part.value: breaks for part, breaks in parts.items()},
            "broken": np.sum(list(parts.values()), axis=0),
        }
    )


def planted(
    name: str, part: Part, where: Mapping[str, tuple[str, ...]], touched: Flags, *, added: Days, parts: Mapping[Part, Days]
) -> Cause:
    """The cause whose rows are ``touched``."""
    return Cause(name, part, where, rows=int(touched.sum()), breaks=float(added[touched].sum()), in_part=float(parts[part][touched].sum()))


def after(promised: Days, made: Days, received: Days) -> datetime:
    """The first midnight at which every promise has fallen due and been received."""
    return START + timedelta(days=int(np.ceil((made + np.maximum(promised, received)).max())) + 1)

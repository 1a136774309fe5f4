"""The as-of account written naively (domain.md d2, d4, d5): one promise at a time, no bins, no queries, none of the engine's code.

Levels are *badness*: larger is worse for the customer. ``inf`` stands for “not received by then”.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SPANS = 2
"""A lag is told once the record is that many times as long."""
WINDOW, LOOK_BACK, MATURE, LEAST_RESOLVED, LEAST_OUTCOMES, KAPPA, MEDIAN_VARIANCE = 26, 52, 0.97, 30, 10, 25.0, 1.57


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise.

    :param path: context, coarse to fine.
    :param made: week it was made.
    :param waited: weeks until it was received, ``None`` for never.
    :param received: badness of what was received, ``inf`` for nothing.
    :param promised: badness at which it breaks.
    :param standard: badness of the charter's standard, ``None`` without one.
    """

    path: tuple[str, ...]
    made: int
    waited: int | None
    received: float
    promised: float
    standard: float | None
    broken: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """C and the probabilities of a break at the way-points, for one promise."""

    capability: float
    at_capability: float
    at_middle: float
    at_promise: float

    def split(self, *, broken: bool) -> tuple[float, float, float, float]:
        """Allowance, expectation, standard, delivery."""
        return (
            self.at_capability,
            self.at_promise - self.at_middle,
            self.at_middle - self.at_capability,
            broken - self.at_promise,
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """What was known at the start of one week: each learnt promise's path, made week and badness (``inf`` while open)."""

    paths: tuple[tuple[str, ...], ...]
    made: tuple[int, ...]
    received: Floats

    under_: dict[tuple[str, ...], NDArray[np.bool_]] = field(default_factory=dict)

    def under(self, prefix: tuple[str, ...]) -> NDArray[np.bool_]:
        if prefix not in self.under_:
            self.under_[prefix] = np.array([path[: len(prefix)] == prefix for path in self.paths], dtype=bool)
        return self.under_[prefix]


class Oracle:
    """Judges promises by the record before them."""

    def __init__(self, promises: Sequence[Promise], *, tau: float, recentred: bool) -> None:
        """:param recentred: continuous levels; for few distinct levels and yes/no promises the parent's own shares are the prior."""
        self.promises, self.tau, self.recentred = promises, tau, recentred
        self.depth = len(promises[0].path)
        self.weeks = range(max(promise.made for promise in promises) + 1)
        self.trained = {week: learnt for week in self.weeks if (learnt := self._learn(week)) is not None}
        self.locations = {week: self._locations(learnt) for week, learnt in self.trained.items()}
        self.first = min(self.locations, default=None)
        self.levels = sorted({promise.received for promise in promises if isfinite(promise.received)})
        self._residuals_of: dict[int, Floats] = {}
        self._judged: dict[tuple[object, ...], Parts] = {}

    def _learn(self, week: int) -> Trained | None:
        known = [p for p in self.promises if week - LOOK_BACK <= p.made < week and p.waited is not None and p.made + p.waited < week]
        if len(known) < LEAST_RESOLVED:
            return None
        waits = sorted(p.waited for p in known if p.waited is not None)
        lag = waits[ceil(MATURE * len(waits) - 1e-9) - 1] + 1
        learnt = [p for p in self.promises if max(0, week - lag - WINDOW) <= p.made < week - lag]
        if week < SPANS * lag or not learnt:
            return None
        levels = [p.received if p.waited is not None and p.made + p.waited < week else inf for p in learnt]
        return Trained(tuple(p.path for p in learnt), tuple(p.made for p in learnt), np.array(levels))

    def _locations(self, learnt: Trained) -> dict[tuple[str, ...], float]:
        """Empirical-Bayes location of every node, root first."""
        known = np.isfinite(learnt.received)
        leaves = sorted({p.path for p in self.promises})
        square, degrees = 0.0, 0
        for leaf in leaves:
            levels = learnt.received[known & learnt.under(leaf)]
            if len(levels):
                square += float(((levels - levels.mean()) ** 2).sum())
                degrees += len(levels) - 1
        variance = square / max(degrees, 1)
        found: dict[tuple[str, ...], float] = {(): _quantile(learnt.received, 0.5)}
        for level in range(1, self.depth + 1):
            nodes = sorted({leaf[:level] for leaf in leaves})
            median = {node: _quantile(learnt.received[learnt.under(node)], 0.5) for node in nodes}
            n = {node: int(learnt.under(node).sum()) for node in nodes}
            here = [node for node in nodes if n[node]]
            noise = {node: MEDIAN_VARIANCE * variance / n[node] for node in here}
            excess = sum(n[node] * ((median[node] - found[node[:-1]]) ** 2 - noise[node]) for node in here)
            between = max(0.0, excess / sum(n[node] for node in here))
            for node in nodes:
                parent = found[node[:-1]]
                pull = between / (between + noise[node]) if n[node] and between > 0 else 0.0
                found[node] = parent + pull * (median[node] - parent if n[node] else 0.0)
        return found

    def below(self, promise: Promise, badness: float) -> float:
        """F~: the probability that a promise like this one is received at most that bad."""
        learnt = self.trained[promise.made]
        own = learnt.received[learnt.under(promise.path)]
        return (_hits(own, badness) + KAPPA * self._above(promise, badness)) / (len(own) + KAPPA)

    def _above(self, promise: Promise, badness: float) -> float:
        """The same by the levels above the cell, each mixed into the one below it; residuals are re-centred on the cell."""
        learnt, location = self.trained[promise.made], self.locations[promise.made]
        outcomes = self._residuals(promise.made) if self.recentred else learnt.received
        share = 0.0
        for level in range(max(self.depth, 1)):
            mine = outcomes[learnt.under(promise.path[:level])]
            limit = badness
            if self.recentred:
                limit += (_quantile(mine, 0.5) if len(mine) else 0.0) - location[promise.path]
            hits = _hits(mine, limit)
            share = hits / len(mine) if level == 0 else (hits + KAPPA * share) / (len(mine) + KAPPA)
        return share

    def _residuals(self, week: int) -> Floats:
        """Each learnt outcome against the location its own week had (the first there was, for the first weeks)."""
        if week not in self._residuals_of:
            assert self.first is not None
            learnt, first = self.trained[week], self.locations[self.first]
            reference = [self.locations.get(made, first)[path] for path, made in zip(learnt.paths, learnt.made, strict=True)]
            self._residuals_of[week] = learnt.received - np.array(reference)
        return self._residuals_of[week]

    def judge(self, promise: Promise) -> Parts | None:
        """The way-points of one promise; ``None`` where the record is too thin."""
        learnt = self.trained.get(promise.made)
        if learnt is None or len(learnt.received) < LEAST_OUTCOMES:
            return None
        like = (promise.path, promise.made, promise.promised, promise.standard)
        if like not in self._judged:
            self._judged[like] = self._way_points(promise)
        return self._judged[like]

    def _way_points(self, promise: Promise) -> Parts:
        capability = self._capability(promise)
        middle = capability
        if promise.standard is not None:
            middle = sorted((promise.promised, promise.standard, capability))[1]
        return Parts(capability, *(self._exceeds(promise, level, capability) for level in (capability, middle, promise.promised)))

    def _exceeds(self, promise: Promise, level: float, capability: float) -> float:
        """P(worse than level). Continuous levels meet C with probability tau by its definition; their sample has jumps there."""
        return 1.0 - (self.tau if self.recentred and level == capability else self.below(promise, level))

    def _capability(self, promise: Promise) -> float:
        """The least badness met with probability tau."""
        if not self.recentred:
            return next((level for level in self.levels if self.below(promise, level) >= self.tau - 1e-12), self.levels[-1])
        low, high = -20.0, 20.0
        for _ in range(26):  # to a millionth
            middle = (low + high) / 2
            low, high = (low, middle) if self.below(promise, middle) >= self.tau else (middle, high)
        return high


def _hits(levels: Floats, limit: float) -> int:
    return int((levels <= limit + 1e-9).sum())


def _quantile(levels: Floats, share: float) -> float:
    """The level that so many are at or below; between the two middle ones it is the lower."""
    return float(np.sort(levels)[max(ceil(share * len(levels)) - 1, 0)]) if len(levels) else float("nan")

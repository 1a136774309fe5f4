"""How much a cause holds beyond what is normal for it, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from troth.engine.intervals import normal_quantile
from troth.engine.localisation.evidence import Counted
from troth.engine.localisation.leaves import HIGHEST_RATE, Leaves
from troth.engine.localisation.noise import size_of
from troth.engine.localisation.peeling import Peel
from troth.engine.localisation.slices import Mask, Slices

SLIGHT = 1e-6
"""A gain in log likelihood up to this is rounding."""

METHOD_COUNTED = "score interval of a count that varies as the cube's leaves and slices do, with the uncertainty of what is normal"
METHOD_MEASURED = "normal interval of a sum that varies as the cube's leaves and slices do, with the uncertainty of what is normal"


@dataclass(frozen=True, slots=True)
class Excess:
    """Of one slice: what it had, what is normal for it, and limits of the difference."""

    observed: float
    expected: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Observed less expected."""
        return self.observed - self.expected


class Normal:
    """What is normal, now that the causes are known: the ratio of the rest, and how it varies.

    :param rest: leaves no cause holds, shape (L,).
    """

    def __init__(self, leaves: Leaves, slices: Slices, peel: Peel, rest: Mask) -> None:
        self.leaves, self.slices, self.noise, self.evidence, self.rest = leaves, slices, peel.noise, peel.evidence, rest
        totals = self.evidence.parts[:, rest].sum(axis=1)
        self.overall = self.evidence.overall(totals)
        self.told = max(float(totals[1]), 1e-12)

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Observed over expected where no cause lies, with its 95% limits."""
        whole = float(self.leaves.expected[self.rest].sum())
        moved = float(self.noise.normal[self.rest].sum()) / whole if whole else 1.0
        if isinstance(self.evidence, Counted):
            value, spread = moved * self.overall, moved * sqrt(self.overall / self.told)
        else:
            value, spread = moved * (1.0 + self.overall), abs(moved) / sqrt(self.told)
        half = normal_quantile() * spread
        return value, value - half, value + half

    def excess(self, slot: int, held: Mask) -> Excess:
        """Of a slice's leaves.

        :param slot: the slice. :param held: those of its leaves that count for it, shape (L,).
        """
        wander = float(self.evidence.wander[self.slices.choice_of(slot)])
        if isinstance(self.evidence, Counted):
            return self._counted(self.evidence, held, wander)
        return self._measured(held, wander)

    def _counted(self, evidence: Counted, held: Mask, wander: float) -> Excess:
        leaves, noise = self.leaves, self.noise
        sums = evidence.parts[:, held].sum(axis=1)
        own, uncertain = evidence.expected(sums[:, None])
        record = float(own[0] / sums[1]) if sums[1] > 0 else 1.0
        normal = self.overall * record * noise.normal[held]
        observed, expected = float(leaves.observed[held].sum()), float(normal.sum())
        # Variance at what was observed, not at what was expected: the slice is not as expected.
        ratio = observed / expected if expected > 0 else 1.0
        each = ratio * normal
        certain = 1.0 if leaves.trials is None else 1.0 - np.clip(each / np.maximum(leaves.trials[held], 1e-12), 0.0, HIGHEST_RATE)
        sampling = noise.dispersion * float((each * certain).sum())
        variance = sampling + noise.stray**2 * float((each**2).sum()) + wander * observed**2
        of_normal = expected**2 * (float(np.asarray(uncertain).ravel()[0]) + 1.0 / (max(self.overall, 1e-12) * self.told))
        z = normal_quantile()
        # The score interval of a Poisson mean, on the count that varies as much relative to itself.
        scale = variance / observed if observed > 0 and variance > 0 else noise.dispersion
        count = observed / scale
        half = z * sqrt(count + z * z / 4)
        low, high = (count + z * z / 2 - half) * scale, (count + z * z / 2 + half) * scale
        value = observed - expected
        # Limits of a difference from limits of its terms (Zou & Donner 2008).
        return Excess(
            observed,
            expected,
            value - sqrt((observed - low) ** 2 + z * z * of_normal),
            value + sqrt((high - observed) ** 2 + z * z * of_normal),
        )

    def _measured(self, held: Mask, wander: float) -> Excess:
        leaves, noise = self.leaves, self.noise
        expected = noise.normal[held]
        size = size_of(leaves.observed, noise.normal)[held]
        observed, normal = float(leaves.observed[held].sum()), float((expected + self.overall * size).sum())
        whole = float(size.sum())
        variance = float((noise.dispersion * size + noise.stray**2 * size**2).sum()) + whole**2 * (wander + 1.0 / self.told)
        half = normal_quantile() * sqrt(variance)
        return Excess(observed, normal, observed - normal - half, observed - normal + half)


def in_order(normal: Normal, slots: list[int], slices: Slices) -> list[tuple[int, Mask, Excess]]:
    """Slices by how much they hold, each without what those before it hold; one that nothing is left of is left out.

    What two share is the sharper one's where that makes the leaves likelier (:class:`Shared`), and it then stands first, however much the
    broad one holds. A slice within a larger one that is no worse than that one's rest is part of it, and left out.
    """
    if not slots:
        return []
    shared = Shared(normal, slots, slices)
    free = np.ones(slices.member.shape[0], dtype=bool)
    found: dict[int, tuple[int, Mask, Excess]] = {}
    before: list[int] = []
    for place in shared.likeliest(_largest_first(normal, slots, slices)):
        held = slices.leaves_of(slots[place]) & free
        free &= ~held
        if held.any():
            found[place] = slots[place], held, normal.excess(slots[place], held)
            before.append(place)
    ordered: list[tuple[int, Mask, Excess]] = []
    while before:
        ready = [place for at, place in enumerate(before) if not shared.overlap[place, before[:at]].any()]
        largest = max(ready, key=lambda place: abs(found[place][2].value))
        ordered.append(found[largest])
        before.remove(largest)
    return ordered


def _largest_first(normal: Normal, slots: list[int], slices: Slices) -> list[int]:
    """Places of slots, the one that holds most of what those before it leave first."""
    free = np.ones(slices.member.shape[0], dtype=bool)
    order: list[int] = []
    waiting = list(range(len(slots)))
    while waiting:
        sizes = {place: abs(normal.excess(slots[place], slices.leaves_of(slots[place]) & free).value) for place in waiting}
        order.append(max(waiting, key=sizes.__getitem__))
        free &= ~slices.leaves_of(slots[order[-1]])
        waiting.remove(order[-1])
    return order


class Shared:
    """Whose is what several slices hold? Shapes: k slices, P rows of parts, m ways in which leaves are shared.

    :param slots: the slices, shape (k,).
    """

    def __init__(self, normal: Normal, slots: list[int], slices: Slices) -> None:
        held = np.stack([slices.leaves_of(slot) for slot in slots])
        some = np.flatnonzero(held.any(axis=0))
        held = held[:, some]
        _, first, way = np.unique(np.packbits(held, axis=0), axis=1, return_index=True, return_inverse=True)
        self.held: Mask = held[:, first]  # shape (k, m)
        self.parts = np.stack([np.bincount(way.ravel(), part[some], minlength=len(first)) for part in normal.evidence.parts])
        self.overlap: Mask = np.any(self.held[:, None] & self.held[None], axis=2)
        self.evidence, self.overall = normal.evidence, normal.overall
        self.penalty = np.array([slices.penalty[slices.choice_of(slot)] for slot in slots])

    def likelier(self, order: list[int]) -> float:
        """How much likelier leaves are if each slice has a ratio of its own over what those before it leave, less what naming it costs."""
        ranked = self.held[order]
        own = ranked & (np.cumsum(ranked, axis=0) == 1)
        named = own.any(axis=1)
        gained = self.evidence.fit(self.parts @ own.T, self.overall) - self.penalty[order]
        return float(gained[named].sum())

    def likeliest(self, order: list[int]) -> list[int]:
        """The order, with a slice moved before another it shares leaves with as long as that makes the leaves likelier."""
        best = self.likelier(order)
        while True:
            tried = [
                [*order[:to], order[place], *order[to:place], *order[place + 1 :]]
                for place in range(1, len(order))
                for to in range(place)
                if self.overlap[order[place], order[to]]
            ]
            gained = [self.likelier(one) for one in tried]
            if not tried or max(gained) <= best + SLIGHT:
                return order
            best, order = max(gained), tried[int(np.argmax(gained))]

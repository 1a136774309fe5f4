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
    """Slices by how much they hold, each without what those before it hold; one that nothing is left of is left out."""
    free = np.ones(slices.member.shape[0], dtype=bool)
    ordered: list[tuple[int, Mask, Excess]] = []
    waiting = list(slots)
    while waiting:
        held = {slot: slices.leaves_of(slot) & free for slot in waiting}
        held = {slot: mask for slot, mask in held.items() if mask.any()}
        if not held:
            break
        found = {slot: normal.excess(slot, mask) for slot, mask in held.items()}
        largest = max(found, key=lambda slot: abs(found[slot].value))
        ordered.append((largest, held[largest], found[largest]))
        free &= ~held[largest]
        waiting.remove(largest)
    return ordered

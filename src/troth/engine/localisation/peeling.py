"""Peeling: the slice that explains most, then the one that explains most of the rest, until nothing stands out any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.localisation.evidence import Counted, Evidence, evidence_of
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.localisation.noise import ONE_SPREAD, Noise, noise_of
from troth.engine.localisation.slices import Mask, Slices

TURNS = 3
"""How often, at most, causes found earlier are looked at again when a further one is found."""
NEAR = 3.0
"""A bound on p within this factor above the threshold is worth calibrating by draws."""
LARGE = 0.01
"""A slice with more of what the rest tells than this may pass for noise, so noise is read without it."""
AHEAD = 3
"""So many slices, at most, are left out of the reading of noise at once."""
STRICT = 100.0
"""What is found with slices left out needs a p so many times smaller."""
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Peeled:
    """A slice taken off.

    :param slot: its slot. :param leaves: what it holds that no other slice taken off holds, shape (L,). :param p: chance that a cube
        without a cause has a slice that stands out as much.
    """

    slot: int
    leaves: Mask
    p: float


@dataclass(frozen=True, slots=True)
class Peel:
    """What peeling found.

    :param causes: slices taken off, in the order they were found. :param p: of the first slice looked at, taken off or not.
    :param noise: how the rest strays. :param evidence: what the leaves were judged by.
    """

    causes: tuple[Peeled, ...]
    p: float
    noise: Noise
    evidence: Evidence


class Scan:
    """A cube under scan: sums over its slices of what is not taken off.

    :param sides: +1 where more than expected is looked for, -1 where less.
    """

    def __init__(self, leaves: Leaves, slices: Slices, sides: Sequence[int], *, draws: int, seed: int) -> None:
        self.leaves, self.slices, self.sides = leaves, slices, tuple(sides)
        self.draws, self.seed = draws, seed
        self.penalty: Numbers = slices.spread(slices.penalty)
        self.rest: Mask = np.ones(len(leaves), dtype=bool)
        self.theta: float | None = None
        self.noise = noise_of(leaves, slices, self.rest)
        self._rebuild()

    def _rebuild(self) -> None:
        """Evidence and sums anew, from the noise."""
        evidence = evidence_of(self.leaves, self.noise, len(self.slices.choices))
        kept = np.where(self.rest, evidence.parts, 0.0)
        self.sums = self.slices.sums(kept)
        self.totals = kept.sum(axis=1)
        self.evidence = evidence
        self._settle()

    def _settle(self) -> None:
        """How slices of the rest wander."""
        self.evidence = self.evidence.with_wander(self.slices, self.sums, self.totals)
        self.wander: Numbers = self.slices.spread(self.evidence.wander)

    def listen(self) -> bool:
        """Read off the rest how leaves and slices stray; whether that is less than it was thought to be."""
        before, wandered = self.noise, self.evidence.wander
        if self.leaves.kind is not Kind.AMOUNT and not (before.dispersion > 1.0 or before.stray or wandered.any()):
            return False  # counts cannot be quieter
        after = noise_of(self.leaves, self.slices, self.rest)
        if (before.dispersion, before.stray) != (after.dispersion, after.stray):
            self.noise = after
            self._rebuild()
        elif wandered.any():
            self._settle()
        return bool(after.dispersion < before.dispersion or after.stray < before.stray or (self.evidence.wander < wandered).any())

    @property
    def sampled(self) -> bool:
        """Chance makes some of the noise, whatever the leaves tell; all the noise of amounts is read off them, causes included."""
        return isinstance(self.evidence, Counted)

    def move(self, leaves: Mask, *, back: bool) -> None:
        """Take leaves off, or put them back."""
        places = np.flatnonzero(leaves)
        parts = self.evidence.parts[:, places] * (1.0 if back else -1.0)
        for row, part in enumerate(parts):
            self.sums[row] += self.slices.sums_over(places, part)
        self.totals += parts.sum(axis=1)
        self.rest[places] = back

    def weight(self, leaves: Mask) -> float:
        """Which share of what the rest tells lies in some of it."""
        return float(self.evidence.parts[1, leaves].sum() / self.totals[1]) if self.totals[1] > 0 else 0.0

    def expected_false(self, score: float) -> float:
        """At most how many slices stand out as much in a cube without a cause (a weighted Bonferroni bound)."""
        from scipy import special

        tail = special.erfc(np.sqrt(np.maximum(score + self.slices.penalty, 0.0)))
        return float((self.slices.counts * tail).sum()) * len(self.sides) / 2

    def p(self, score: float, alpha: float) -> float:
        """Chance that a cube without a cause has a slice with this score or more: ``1 - exp(-theta x expected number)``.

        Slices overlap, so fewer stand apart than there are: theta <= 1. Where it matters it is read off drawn cubes.
        """
        number = self.expected_false(score)
        bound = -float(np.expm1(-number))
        if not alpha < bound <= NEAR * alpha or not self.draws:
            return bound
        if self.theta is None:
            self.theta = self._calibrated()
        return -float(np.expm1(-self.theta * number))

    def _calibrated(self) -> float:
        """Theta by maximum likelihood: in cubes without a cause, theta times the expected number at the best score is exponential."""
        rng = np.random.default_rng(self.seed)
        overall, total = self.evidence.overall(self.totals), 0.0
        for _ in range(self.draws):
            sums, totals = self.sums.copy(), self.totals.copy()
            drawn = self.evidence.null(overall, rng)
            kept = np.where(self.rest, np.stack(list(drawn.values())), 0.0)
            sums[list(drawn)], totals[list(drawn)] = self.slices.sums(kept), kept.sum(axis=1)
            total += self.expected_false(float(self._scores(sums, self.evidence.overall(totals)).max()))
        return min(1.0, self.draws / total) if total > 0 else 1.0

    def _scores(self, sums: Numbers, overall: float) -> Numbers:
        likelier, gap = self.evidence.deviations(sums, overall, self.wander)
        looked = self.slices.looked if len(self.sides) > 1 else self.slices.looked & (gap * self.sides[0] > 0)
        return np.where(looked, likelier - self.penalty, -np.inf)

    def best(self, alpha: float) -> tuple[int, float]:
        """The slice that explains most of the rest among those that stand out, else the one that comes nearest to it; and its p."""
        overall = self.evidence.overall(self.totals)
        scores = self._scores(self.sums, overall)
        top = int(np.argmax(scores))
        p = self.p(float(scores[top]), alpha)
        if p > alpha or (self.sampled and not self.wander.any()):
            return top, p
        # All that stand out are told from chance; which of them it is, the leaves tell: what wanders together wanders in all of them.
        fit = self.evidence.fit(self.sums, overall)
        fit = np.where(scores >= min(self._threshold(alpha), scores[top]), fit - self.penalty, -np.inf)
        chosen = int(np.argmax(fit))
        return chosen, self.p(float(scores[chosen]), alpha)

    def fittest(self) -> tuple[int, float]:
        """The slice that explains most of the rest if there were no more noise than sampling, and its score if so."""
        fit = self.evidence.fit(self.sums, self.evidence.overall(self.totals))
        dispersion = self.noise.dispersion if isinstance(self.evidence, Counted) else 1.0
        fit = np.where(self.slices.looked, dispersion * fit - self.penalty, -np.inf)
        slot = int(np.argmax(fit))
        return slot, float(fit[slot])

    def _threshold(self, alpha: float) -> float:
        """The score at which the bound on p is ``alpha``."""
        low, high = -float(self.slices.penalty.max()), 100.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if -np.expm1(-self.expected_false(middle)) > alpha else (low, middle)
        return high


def peel(leaves: Leaves, slices: Slices, sides: Sequence[int], *, alpha: float, most: int, draws: int, seed: int) -> Peel:
    """Take off slice after slice while one stands out.

    How the rest strays is read off the rest, without the slice in question: a cause that holds much of a cube would else pass for noise.

    :param alpha: the share of cubes without a cause in which one may be found. :param most: no more causes than this.
    """
    scan = Scan(leaves, slices, sides, draws=draws, seed=seed)
    found: list[Peeled] = []
    first = 1.0
    while len(found) < most and scan.slices.looked.any():
        slot, p = scan.best(alpha)
        if p > alpha and (ahead := _look_ahead(scan, alpha)) is not None:
            slot, p = ahead
        first = p if not found else first
        if p > alpha:
            break
        found.append(_take(scan, slot, p))
        scan.listen()
        if len(found) > 1 or not scan.sampled:  # of amounts the noise was read with the cause in it, and is quieter now
            _reconsider(scan, found, alpha)
    return Peel(tuple(found), first, scan.noise, scan.evidence)


def _look_ahead(scan: Scan, alpha: float) -> tuple[int, float] | None:
    """What stands out once the largest slices are left out of the reading of noise: causes that hold much of a cube pass for it.

    Leaving out what strays most makes any cube look quieter, so what is found this way has to stand out far more.
    """
    aside: list[Mask] = []
    for _ in range(1 if scan.noise.freedom < ONE_SPREAD else AHEAD):  # each left out of a few amounts makes the others look quiet
        slot, score = scan.fittest()
        candidate = scan.slices.leaves_of(slot) & scan.rest
        if scan.weight(candidate) <= LARGE or (scan.sampled and scan.expected_false(score) > alpha / STRICT):
            break
        scan.move(candidate, back=False)
        aside.append(candidate)
        if not scan.listen():
            break
        for mask in aside:
            scan.move(mask, back=True)
        slot, p = scan.best(alpha)
        if p <= alpha / STRICT:
            return slot, p
        for mask in aside:
            scan.move(mask, back=False)
    for mask in aside:
        scan.move(mask, back=True)
    if aside:
        scan.listen()
    return None


def _take(scan: Scan, slot: int, p: float) -> Peeled:
    leaves = scan.slices.leaves_of(slot) & scan.rest
    scan.move(leaves, back=False)
    return Peeled(slot, leaves, p)


def _reconsider(scan: Scan, found: list[Peeled], alpha: float) -> None:
    """Put each slice back and look again, now that the others are known: the first may have been a blend of two."""
    for _ in range(TURNS):
        changed = False
        for place, one in enumerate(found):
            scan.move(one.leaves, back=True)
            slot, p = scan.best(alpha)
            kept = slot if p <= alpha else one.slot
            changed = changed or kept != one.slot
            found[place] = _take(scan, kept, p if kept == slot else one.p)
        if not changed:
            return

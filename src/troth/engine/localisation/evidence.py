"""What the leaves say of a slice: how much likelier they are if it has a ratio of its own.

Two kinds. :class:`Counted` is for counts and rates: leaves are brought to a scale on which the variance is the mean, and a slice is judged
by the deviance of a Poisson count, or of a negative binomial one where its expectation is itself uncertain. :class:`Measured` is for
amounts: leaves are judged by what they are off by in relative terms, by the deviance of a normal mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.localisation.noise import ENOUGH, Noise, size_of, wander
from troth.engine.localisation.slices import Slices

FLOOR = 1e-12
WITH_BEFORE = 5
"""Rows of the parts of counts whose expectation was learned from a sample; without one there are three."""
TAILS = 8.0
"""Degrees of freedom of what slices wander by: few, since a slice that strays for reasons of its own is no rarity."""
MOST_STRAY = 0.999
HALF = 0.5
"""What is added to a count before, so that a slice never seen before is uncertain and not impossible (Jeffreys)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts on the scale on which the variance is the mean.

    :param parts: rows of observed, expected, how much of the variance is stray, and, where the expectation was learned from a sample,
        observed and expected before; shape (3 or 5, L). :param wander: variance of what slices wander by together, of each choice of
        dimensions, shape (C,).
    :param prior: how many counts before it takes for a slice's own record to count as much as what its values have in common; infinite
        where its own record adds nothing.
    """

    parts: Numbers
    wander: Numbers
    prior: float = np.inf

    def overall(self, totals: Numbers) -> float:
        """The ratio of observed to expected of leaves with these totals of ``parts``."""
        return float(totals[0] / totals[1]) if totals[1] > 0 else 1.0

    def expected(self, sums: Numbers) -> tuple[Numbers, Numbers | float]:
        """What slices were expected to have at a ratio of 1, and the relative variance of that."""
        if len(sums) < WITH_BEFORE or np.isinf(self.prior):
            return sums[1], 0.0
        before = sums[3] + self.prior + HALF
        return sums[1] * before / (sums[4] + self.prior + HALF), 1.0 / before

    def deviations(self, sums: Numbers, overall: float, wander: Numbers | float) -> tuple[Numbers, Numbers]:
        """Log-likelihood ratio of each slice with a ratio of its own, and its excess, both on the scale of ``parts``.

        ``x log(x/m) - (x + s) log((x + s)/(m + s))``: the deviance of a negative binomial count x with mean m and size s, that of two
        Poisson counts where s is a count, and ``x log(x/m) - (x - m)`` where nothing is uncertain (Kulldorff 1997).

        What strays leaf by leaf is part of the size, too: of a mean m whose variance is m in all, of which a share g is stray, the
        sampled count is ``x / (1 - g)`` and the size ``m / g``.

        :param sums: of the parts over each slice, shape (3 or 5, S). :param wander: relative variance of each slice's.
        """
        expected, uncertain = self.expected(sums)
        expected = np.maximum(overall * expected, FLOOR)
        share = np.clip(sums[2] / np.maximum(sums[1], FLOOR), 0.0, MOST_STRAY)
        variance = share / expected + uncertain + np.asarray(wander)
        counted = np.maximum(sums[0], 0.0)  # what is left of a slice taken off may be a rounding error below
        gap = counted - expected
        observed, mean = counted / (1.0 - share), expected / (1.0 - share)
        one = observed * np.log(np.maximum(observed, FLOOR) / mean)
        if not variance.any():
            return one - gap, gap
        size = 1.0 / np.maximum(variance, 1e-9)
        likelier = one - (observed + size) * np.log1p((observed - mean) / (mean + size))
        return heavy(likelier, wander * expected / (1.0 + expected * (uncertain + wander))), gap

    def fit(self, sums: Numbers, overall: float) -> Numbers:
        """Log-likelihood ratio of each slice as if nothing wandered, and the spread of leaves were known."""
        return self.deviations(sums, overall, 0.0)[0]

    def with_wander(self, slices: Slices, sums: Numbers, totals: Numbers) -> Counted:
        """The same, once it is seen how slices wander about the ratio of all.

        :param sums: of the parts over each slice. :param totals: over all leaves.
        """
        nothing = np.zeros(slices.number)
        prior = self.prior
        if len(sums) == WITH_BEFORE and prior > 0:
            enough = slices.looked & (sums[4] >= ENOUGH)
            strays = wander(slices, enough, sums[3] - sums[4], sums[4], nothing)
            prior = 1.0 / strays.max() if strays.any() else np.inf
        mended = replace(self, prior=prior)
        expected, uncertain = mended.expected(sums)
        expected = self.overall(totals) * expected
        enough = slices.looked & (expected >= ENOUGH)
        return replace(mended, wander=wander(slices, enough, sums[0] - expected, expected, nothing + uncertain))

    def null(self, overall: float, rng: np.random.Generator) -> dict[int, Numbers]:
        """The rows of ``parts`` that chance decides, as they might have been if nothing had happened."""
        drawn = {0: rng.poisson(overall * self.parts[1]).astype(np.float64)}
        if len(self.parts) == WITH_BEFORE and not np.isinf(self.prior):
            drawn[3] = rng.poisson(self.parts[4]).astype(np.float64)
        return drawn


@dataclass(frozen=True, slots=True)
class Measured:
    """Amounts, by how far each leaf is off in relative terms.

    :param parts: rows of weight x deviation, and weight (one over the variance of the deviation), shape (2, L).
    :param wander: as of :class:`Counted`. :param freedom: of the spread the variances are from.
    """

    parts: Numbers
    wander: Numbers
    freedom: float = np.inf

    def overall(self, totals: Numbers) -> float:
        """Mean deviation of leaves with these totals of ``parts``."""
        return float(totals[0] / totals[1]) if totals[1] > 0 else 0.0

    def deviations(self, sums: Numbers, overall: float, wander: Numbers | float) -> tuple[Numbers, Numbers]:
        """As :meth:`Counted.deviations`: ``u^2 / 2 (w + w^2 wander)``."""
        excess = sums[0] - overall * sums[1]
        weight = np.maximum(sums[1], FLOOR)
        likelier = heavy(0.5 * excess**2 / (weight * (1.0 + weight * wander)), weight * wander / (1.0 + weight * wander))
        return unsure(likelier, self.freedom), excess

    def fit(self, sums: Numbers, overall: float) -> Numbers:
        """As :meth:`Counted.fit`."""
        return np.asarray(0.5 * (sums[0] - overall * sums[1]) ** 2 / np.maximum(sums[1], FLOOR))

    def with_wander(self, slices: Slices, sums: Numbers, totals: Numbers) -> Measured:
        """As :meth:`Counted.with_wander`."""
        enough = slices.looked & (sums[1] > 0)
        found = wander(slices, enough, sums[0] - self.overall(totals) * sums[1], sums[1], np.zeros(slices.number))
        return replace(self, wander=found)

    def null(self, overall: float, rng: np.random.Generator) -> dict[int, Numbers]:
        """As :meth:`Counted.null`."""
        weight = self.parts[1]
        scale = 1.0 if np.isinf(self.freedom) else np.sqrt(self.freedom / rng.chisquare(self.freedom))
        return {0: overall * weight + scale * np.sqrt(weight) * rng.standard_normal(len(weight))}


def heavy(likelier: Numbers, share: Numbers) -> Numbers:
    """The log-likelihood ratio when what slices wander by has the tails of Student's t and not of the normal.

    :param likelier: under normal tails. :param share: of the variance, what is wander: the less, the more degrees of freedom.
    """
    freedom = TAILS / np.maximum(share, 1e-6)
    return 0.5 * (freedom + 1.0) * np.log1p(2.0 * likelier / freedom)


def unsure(likelier: Numbers, freedom: float) -> Numbers:
    """The log-likelihood ratio of a normal deviation as likely by chance as this one is where the spread was read off a few leaves.

    Student's t as a normal deviate (Wallace 1959): ``z = (8f + 1)/(8f + 3) sqrt(f log(1 + t^2/f))``.

    :param likelier: as if the spread were known, ``t^2 / 2``. :param freedom: degrees of freedom of the spread, infinite where it is.
    """
    if np.isinf(freedom):
        return likelier
    least = max(freedom, 1.0)
    return np.asarray(0.5 * ((8.0 * least + 1.0) / (8.0 * least + 3.0)) ** 2 * least * np.log1p(2.0 * likelier / least))


Evidence = Counted | Measured


def evidence_of(leaves: Leaves, noise: Noise, choices: int) -> Evidence:
    """The leaves on the scale on which they are judged.

    :param noise: how leaves stray (:func:`~troth.engine.localisation.noise.noise_of`).
    """
    nothing = np.zeros(choices)
    expected = noise.normal
    if leaves.kind is Kind.AMOUNT:
        size = size_of(leaves.observed, expected)
        told = size > 0
        size = np.where(told, size, 1.0)
        weight = np.where(told, 1.0 / (noise.dispersion / size + noise.stray**2 + FLOOR), 0.0)
        return Measured(np.stack([weight * (leaves.observed - expected) / size, weight]), nothing, noise.freedom)
    scale = 1.0 / (noise.dispersion * leaves.certain(expected) + noise.stray**2 * expected)
    parts = [scale * leaves.observed, scale * expected, (scale * noise.stray * expected) ** 2]
    if leaves.before is None or leaves.expected_before is None:
        return Counted(np.stack(parts), nothing)
    scale_before = 1.0 / (noise.dispersion * leaves.certain(leaves.expected) + noise.stray**2 * leaves.expected_before)
    parts += [scale_before * leaves.before, scale_before * leaves.expected_before]
    return Counted(np.stack(parts), nothing, np.inf if leaves.common else 0.0)

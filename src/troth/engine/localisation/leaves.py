"""A cube in memory: its leaves, each with what was observed and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.localisation.slices import Codes


class Kind(StrEnum):
    """What the numbers of a cube are, which decides how far they stray by chance."""

    RATE = "rate"
    COUNT = "count"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaves of a cube: combinations of values that occur. Shapes: D dimensions, L leaves.

    :param names: of the dimensions. :param values: what the codes of each dimension stand for.
    :param codes: value of each leaf in each dimension, shape (D, L).
    :param observed: count or amount now, shape (L,). :param expected: what was to be expected, up to one factor for all.
    :param trials: of a rate; ``None`` else.
    :param before: what was observed in the sample the expectation was learned from. :param expected_before: what the same expectation
        says of that sample. Both ``None`` where the expectation is not from a sample.
    :param common: the expectation of a rate is what the sample's values have in common, so a slice's own record mends it.
    """

    names: tuple[str, ...]
    values: tuple[Sequence[Any], ...]
    codes: Codes
    kind: Kind
    observed: Numbers
    expected: Numbers
    trials: Numbers | None = None
    before: Numbers | None = None
    expected_before: Numbers | None = None
    common: bool = False

    def __len__(self) -> int:
        return len(self.observed)

    @property
    def sizes(self) -> Codes:
        """Values of each dimension, shape (D,)."""
        return np.array([len(values) for values in self.values], dtype=np.int64)

    def certain(self, expected: Numbers) -> Numbers:
        """One less the expected rate, by which the variance of a rate is smaller than that of a count; 1 for the others, shape (L,)."""
        if self.trials is None:
            return np.ones(len(self))
        return 1.0 - np.clip(expected / np.maximum(self.trials, 1e-12), 0.0, HIGHEST_RATE)

    def at_overall(self, ratio: float) -> Numbers:
        """What was expected, moved everywhere alike until all of it together is ``ratio`` times as much, shape (L,).

        Rates move on the scale of log-odds, so that none leaves 0 to 1; counts and amounts by the factor.
        """
        if self.trials is None or ratio <= 0:
            return ratio * self.expected
        rate = np.clip(self.expected / np.maximum(self.trials, 1e-12), 0.0, HIGHEST_RATE)
        odds = rate / (1.0 - rate)
        wanted = min(ratio * float(self.expected.sum()), HIGHEST_RATE * float(self.trials.sum()))
        factor = ratio
        for _ in range(NEWTON_STEPS):
            moved = factor * odds / (1.0 + factor * odds)
            whole, slope = float((self.trials * moved).sum()), float((self.trials * moved * (1.0 - moved)).sum())
            if slope <= 0:
                break
            factor *= float(np.exp(np.clip((wanted - whole) / slope, -2.0, 2.0)))
        return np.asarray(self.trials * factor * odds / (1.0 + factor * odds))


NEWTON_STEPS = 6
HIGHEST_RATE = 0.99
"""Expected rates above are taken for this: at 1 nothing could vary."""

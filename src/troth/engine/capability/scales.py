"""How a level becomes *badness*, a number that grows as things get worse for the customer (domain.md c4 “orient”, d4 “y”).

    kind        badness of a level x (direction min; max turns the sign)         promise types
    log         ln(max(x, floor))                                               durations
    logit       ln(x / (1 - x))                                                 availability stated as a share
    identity    x                                                               quantity, quality, effort with many values
    exact       rank among the values there are                                 any of the above with few distinct values
    binary      0 kept, 1 broken                                                window, information, price, and yes/no promises

A *binary* promise has no level worth a distribution: its capability is its shrunken rate of breaks (domain.md d4 “Binary promises”).
Price is binary here: what was charged either is what was quoted or it is not, and most charges equal their quote to the cent.
With an internal estimate, badness is taken relative to it, so that what operations knew is context (domain.md d4 rule 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from troth.terms.vocabulary import TIMED, Direction, PromiseSpec, PromiseType

Floats = NDArray[np.float64]

FLOOR_DAYS = 1e-4
"""Durations below 8.6 seconds count as 8.6 seconds: the logarithm needs a floor."""
NEAR = 1e-3
LEAST_EVEN = 3
EVEN = 1e-6
"""Levels lie on even steps where each is that near to one, in steps."""
SHARE_EDGE = 1e-6
"""Shares are kept that far from 0 and 1 before the logit."""

BINARY_TYPES = frozenset({PromiseType.WINDOW, PromiseType.INFORMATION, PromiseType.PRICE})


@dataclass(frozen=True, slots=True)
class Scale:
    """The transform of one promise name.

    :param kind: log, logit, identity or binary (``exact`` is decided later, from the record).
    :param sign: +1 where more is worse (direction min), -1 where less is worse.
    :param relative: badness is relative to the internal estimate.
    """

    kind: str
    sign: int
    relative: bool = False

    def badness(self, level: ir.Value, estimate: ir.Value | None = None) -> ir.FloatingValue:
        """Badness of a level column, as an expression; NULL where the level (or the estimate it is relative to) is unknown."""
        known = level.notnull()
        value = self._transform(level)
        if self.relative and estimate is not None:
            known = known & estimate.notnull()
            value = value - self._transform(estimate)
        return known.ifelse(value if self.sign > 0 else -value, ibis.null("float64"))

    def _transform(self, level: ir.Value) -> ir.Value:
        """The transform where the level is known: least and greatest pass over NULL, and clip repeats its argument in the query."""
        number = level.cast("float64")
        if self.kind == "log":
            return ibis.greatest(number, FLOOR_DAYS).ln()
        if self.kind == "logit":
            share = ibis.least(ibis.greatest(number, SHARE_EDGE), 1 - SHARE_EDGE)
            return (share / (1 - share)).ln()
        return number

    def transform(self, level: Floats) -> Floats:
        """Badness of levels in memory (no estimate)."""
        if self.kind == "log":
            return self.sign * np.log(np.maximum(level, FLOOR_DAYS))
        if self.kind == "logit":
            share = np.clip(level, SHARE_EDGE, 1 - SHARE_EDGE)
            return self.sign * np.log(share / (1 - share))
        return self.sign * level

    def stated(self, badness: Floats) -> Floats:
        """The level as it was stated at a badness: what stands at a floor or an edge is 0, or all."""
        return _unedged(self.level(badness), self.kind)

    def level(self, badness: Floats) -> Floats:
        """The level at a badness; where relative, the factor (log) or difference (identity) to the estimate."""
        value = self.sign * badness
        if self.kind == "log":
            return np.exp(np.clip(value, -700, 700))
        if self.kind == "logit":
            return 1 / (1 + np.exp(-value))
        return value


def _unedged(levels: Floats, kind: str) -> Floats:
    if kind == "log":
        return np.where(levels <= FLOOR_DAYS * (1 + NEAR), 0.0, levels)
    if kind == "logit":
        ends = np.where(levels <= SHARE_EDGE * (1 + NEAR), 0.0, levels)
        return np.where(levels >= 1 - SHARE_EDGE * (1 + NEAR), 1.0, ends)
    return levels


def even_step(levels: Floats) -> float | None:
    """The step between ascending levels that lie evenly, such as whole days; ``None`` where they do not."""
    if len(levels) < LEAST_EVEN:
        return None
    step = float(levels[-1] - levels[0]) / (len(levels) - 1)
    straight = levels[-1] + step * np.arange(1 - len(levels), 1)
    return step if np.allclose(levels, straight, rtol=0, atol=EVEN * step) else None


def filled(levels: Floats, most: int) -> Floats | None:
    """Ascending levels with the steps between them that nobody happened to receive; ``None`` where they lie on no even steps."""
    if len(levels) < LEAST_EVEN:
        return None
    step = float(np.diff(levels).min())
    places = (levels - levels[0]) / step
    if places[-1] >= most or not np.allclose(places, np.round(places), rtol=0, atol=EVEN):
        return None
    return np.asarray(np.linspace(levels[0], levels[-1], round(float(places[-1])) + 1))


def scale_of(spec: PromiseSpec) -> Scale:
    """The scale of a promise name, from its type and direction alone."""
    sign = -1 if spec.direction == Direction.MAX else 1
    if spec.type in BINARY_TYPES or spec.direction == Direction.SET:
        return Scale("binary", 1)
    relative = "internal_estimate" in spec.has
    if spec.type in TIMED:
        return Scale("log", sign, relative)
    if spec.type == PromiseType.AVAILABILITY and spec.unit in {"share", "%"}:
        return Scale("logit", sign, relative)
    return Scale("identity", sign, relative)

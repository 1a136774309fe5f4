"""The grid on which times are counted: exact where they are whole numbers of some unit, else fine enough that it does not show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

UNITS = (1, 2, 4, 10, 20, 24, 48, 100)
"""Parts of the unit that times are often whole numbers of."""
STEPS = 512
"""Fewest steps of a grid for times that are no whole numbers of anything; they are rounded to its nearest point."""
MOST_STEPS = 2 * STEPS
NEARLY_WHOLE = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """Least and most of a column, and of which units, numbered as in :data:`UNITS`, all of it is whole numbers."""

    low: float
    high: float
    whole: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps of equal width.

    :param width: of a step. :param starts: of each stage, the step its first bin stands for. :param first: likewise of the promise.
    :param sizes: bins of the promise, then of each stage. :param exact: no value is rounded.
    """

    width: float
    first: int
    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    exact: bool

    @property
    def ties(self) -> float:
        """The share late of the rows whose stages add up to just the promise: none where that is exact, half of those rounded to it."""
        return 0.0 if self.exact else 0.5

    def promise(self, value: ir.Value) -> ir.Value:
        """Bin of a promise."""
        return self._bin(value, self.first, self.sizes[0])

    def stage(self, value: ir.Value, number: int) -> ir.Value:
        """Bin of a stage."""
        return self._bin(value, self.starts[number], self.sizes[1 + number])

    def _bin(self, value: ir.Value, start: int, size: int) -> ir.Value:
        return ((value / self.width).clip(start - 1, start + size).round().cast("int64") - start).clip(0, size - 1)


def grid_of(promise: Span, stages: Sequence[Span]) -> Grid:
    """The grid of these columns.

    A promise below the least, or above the most, that the stages can add up to, and a stage beyond which every promise is missed whatever
    the others take, say no more than where they do: there the bins end.
    """
    least, most = sum(one.low for one in stages), sum(one.high for one in stages)
    length = max(min(promise.high, most) - least, 0.0)
    whole = [all(kind) for kind in zip(promise.whole, *(one.whole for one in stages), strict=True)]
    units = [unit for unit, fits in zip(UNITS, whole, strict=True) if fits and length * unit <= MOST_STEPS]
    exact = bool(units)
    width = 1 / units[0] if exact else 2.0 ** -math.ceil(math.log2(STEPS / length)) if length > 0 else 1.0
    starts = tuple(round(one.low / width) for one in stages)
    reach = math.ceil(length / width) + len(stages) + 2
    # the promise's bins begin one step below what the stages add up to at least, so that the first bin is always missed
    sizes = tuple(min(reach, round(one.high / width) - start) + 2 for one, start in zip(stages, starts, strict=True))
    return Grid(width, sum(starts) - 1, (starts[0] - 1, *starts[1:]), (reach + 2, *sizes), exact)

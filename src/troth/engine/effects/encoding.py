"""Covariates as numbers: what is missing stays told, and words become levels.

A column of words with at most :data:`FEW_LEVELS` levels becomes one column per level; one with more (sellers, postcodes) stays numbers of
levels (:mod:`~troth.engine.effects.levels`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from troth.engine.intervals import Numbers

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEW_LEVELS = 12
"""Up to so many levels, each has a column of its own."""

KNOTS = (0.2, 0.5, 0.8, 0.95)
BENDS_FROM = 8
"""A number with more values than this may bend."""


@dataclass(frozen=True, slots=True)
class Covariates:
    """Covariates of n rows.

    :param numbers: (n, p) numbers, levels of short columns, and flags of what is missing; nothing in it is missing.
    :param owners: (p,) covariate behind each column of ``numbers``. :param names: of all covariates in use.
    :param levels: covariate to (n,) level numbers, for those with many levels.
    :param left_out: sentences on covariates that could not be used.
    """

    numbers: Numbers
    owners: tuple[str, ...]
    names: tuple[str, ...]
    levels: dict[str, Ints] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.int64] | Flags) -> Covariates:
        """The same of some rows."""
        levels = {name: codes[rows] for name, codes in self.levels.items()}
        return Covariates(self.numbers[rows], self.owners, self.names, levels, self.left_out)


def encode(columns: dict[str, Numbers | Sequence[object]], rows: int) -> Covariates:
    """Covariates of plain columns: a float array holds numbers (``nan`` where missing), another sequence words (``None``)."""
    made: list[Numbers] = []
    owners: list[str] = []
    levels: dict[str, Ints] = {}
    left_out: list[str] = []
    used: list[str] = []
    for name, column in columns.items():
        if isinstance(column, np.ndarray) and column.dtype.kind == "f":
            parts = _numbers(column)
        else:
            codes, count = _codes(list(column))
            if count > max(FEW_LEVELS, len(codes) / 2):
                left_out.append(
                    f"“{name}” is left out: nearly every row has a value of its own ({count:,} values), so it compares nothing."
                )
                continue
            if count > FEW_LEVELS:
                levels[name] = codes
                used.append(name)
                continue
            parts = [np.asarray(codes == level, dtype=np.float64) for level in range(count)] if count > 1 else []
            parts = parts[1:] if count == 2 else parts  # noqa: PLR2004 - of two levels one column tells both
        if not parts:
            left_out.append(f"“{name}” is left out: it has one value throughout, so it compares nothing.")
            continue
        made += parts
        owners += [name] * len(parts)
        used.append(name)
    numbers = np.column_stack(made) if made else np.zeros((rows, 0))
    return Covariates(numbers, tuple(owners), tuple(used), levels, tuple(left_out))


def _numbers(column: Numbers) -> list[Numbers]:
    """A number, its gaps filled with the median, and a flag for the gaps where there are any; nothing where it never varies."""
    missing = ~np.isfinite(column)
    known = column[~missing]
    if not len(known):
        return []
    found = []
    if known.min() < known.max():
        found.append(np.where(missing, np.median(known), column))
    if missing.any():
        found.append(missing.astype(np.float64))
    return found


def _codes(column: Sequence[object]) -> tuple[Ints, int]:
    """Level numbers in the order of the words, missing first."""
    words = ["" if value is None else f"={value}" for value in column]
    _, codes = np.unique(np.asarray(words, dtype=object).astype(str), return_inverse=True)
    return codes.astype(np.int64), int(codes.max(initial=-1)) + 1


def additive(x: Numbers) -> Callable[[Numbers], Numbers]:
    """A basis of bent lines: every column in its standard deviations, and hinges at its quantiles where it has many values."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (x - centre) / scale
    knots = [np.unique(np.quantile(z[:, j], KNOTS)) if len(np.unique(z[:, j])) > BENDS_FROM else np.zeros(0) for j in range(x.shape[1])]

    def basis(rows: Numbers) -> Numbers:
        told = (rows - centre) / scale
        bent = [np.maximum(told[:, [j]] - at, 0.0) for j, at in enumerate(knots) if len(at)]
        return np.hstack([told, *bent])

    return basis

"""What a target does, told from those who work without it: before it, and beside it (domain.md e8, 3 and 5).

Cases without the target fit, by least squares, one number for each unit, month and kind of case; these say what cases under the target
would have been like without it, and the difference, over all of them, is what the target does (imputation; Borusyak, Jaravel & Spiess
2024). So units may differ, months may differ, and units may have begun at different times. Whatever else changed in those units on the day
the target began is counted with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from troth.engine.guards.cells import Cells, Flags, Ints
from troth.engine.guards.result import BEFORE, BESIDE, BOTH
from troth.engine.guards.spread import Sums, left_out
from troth.engine.intervals import Numbers

RIDGE = 1e-10
MOSTLY = 0.5
"""Share of the cases under a target that has to be comparable in the better way."""

FEWEST_APART = 3
"""Units, or months, without the target from which it is known how far they differ anyway."""

FEWEST_FREE = 5
"""Degrees of freedom from which it is looked whether units and months differ by more than chance."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What cases under the target are compared with.

    :param way: as in :data:`troth.engine.guards.result.COMPARISONS`; empty where there is nothing.
    :param treated: cells under the target that have something to be compared with; :param others: cells without it.
    :param codes: unit, month and kind of each cell, those that count in this way, shape (C,) each.
    """

    way: str
    treated: Flags
    others: Flags
    codes: tuple[Ints, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """What the target does to one quantity: ``value`` and its standard error, beside the mean under the target and without it."""

    value: float
    error: float
    mean: float
    otherwise: float
    groups: int


def comparison(cells: Cells, pressed: Flags | None = None, only: Flags | None = None) -> Comparison:
    """The best comparison the cells allow: before and beside, else beside, else before.

    :param pressed: cells under the target, where not those the readings say. :param only: cells that count; all where left out.
    """
    under = cells.pressed if pressed is None else pressed
    counts = np.ones(len(under), dtype=np.bool_) if only is None else only
    n = cells.sums["n"].sum(axis=0)
    treated, others = under & counts & (n > 0), ~under & counts & (n > 0)
    if not treated.any() or not others.any():
        why = "no case is under the target" if not treated.any() else "every case is under the target"
        return Comparison("", treated, others, (), why)
    seen = {name: np.isin(getattr(cells, name), np.unique(getattr(cells, name)[others])) for name in ("unit", "month", "kind")}
    for way, parts in ((BOTH, ("unit", "month")), (BESIDE, ("month",)), (BEFORE, ("unit",))):
        usable = treated & seen["kind"]
        for part in parts:
            usable = usable & seen[part]
        if n[usable].sum() >= MOSTLY * n[treated].sum():
            return Comparison(way, usable, others, _codes(cells, others, (*parts, "kind")))
    return Comparison("", treated, others, (), "the cases without the target are of other units, months and kinds")


def shifts(cells: Cells, held: Comparison, pairs: Sequence[tuple[str, str]]) -> list[Shift]:
    """What the target does to some quantities.

    :param pairs: names of sums, what is counted and out of how many.
    """

    def statistic(sums: Sums) -> Numbers:
        return np.array([mean_and_otherwise(sums[top], sums[bottom], held) for top, bottom in pairs])

    def differences(sums: Sums) -> Numbers:
        both = statistic(sums)
        return np.concatenate([both[:, 0] - both[:, 1], both[:, 0], both[:, 1]])

    estimate, error, groups = left_out(cells.sums, differences)
    found = []
    for i, (top, bottom) in enumerate(pairs):
        value, mean, otherwise = (float(one) for one in estimate[i :: len(pairs)])
        factor, further = _wider(cells, held, top, bottom)
        found.append(Shift(value, float(np.hypot(error[i] * factor, further)), mean, otherwise, groups))
    return found


def pretended(cells: Cells) -> tuple[Flags, Flags] | None:
    """Cells that would be under the target had it begun halfway through the months before it, and the cells that count then.

    :returns: ``None`` where no unit has two months before it.
    """
    under = np.zeros(len(cells.pressed), dtype=np.bool_)
    n = cells.sums["n"].sum(axis=0)
    for unit in np.unique(cells.unit[cells.pressed & (n > 0)]):
        mine = (cells.unit == unit) & (n > 0)
        earlier = np.unique(cells.month[mine & ~cells.pressed & (cells.month < cells.month[mine & cells.pressed].min())])
        if len(earlier) < 2:  # noqa: PLR2004 - a half before and a half after
            continue
        under |= mine & ~cells.pressed & np.isin(cells.month, earlier[len(earlier) // 2 :])
    return (under, ~cells.pressed) if under.any() else None


def _codes(cells: Cells, others: Flags, parts: Sequence[str]) -> tuple[Ints, ...]:
    """Unit, month and kind of each cell as places among those that occur without the target; 0 where one does not."""
    found = []
    for part in parts:
        numbers: Any = getattr(cells, part)
        known = np.unique(numbers[others])
        place = np.searchsorted(known, numbers).clip(0, len(known) - 1)
        found.append(np.where(known[place] == numbers, place, 0).astype(np.int64))
    return tuple(found)


def _fitted(top: Numbers, bottom: Numbers, held: Comparison) -> Numbers:
    """What each cell would be like without the target, shape (C,): weighted least squares on the codes."""
    weight, wanted = np.where(held.others, bottom, 0.0), np.where(held.others, top, 0.0)
    sizes = [int(code.max()) + 1 for code in held.codes]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    gram, right = np.zeros((starts[-1], starts[-1])), np.zeros(starts[-1])
    for i, code in enumerate(held.codes):
        right[starts[i] : starts[i + 1]] = np.bincount(code, wanted, sizes[i])
        for j, other in enumerate(held.codes):
            block = np.bincount(code * sizes[j] + other, weight, sizes[i] * sizes[j]).reshape(sizes[i], sizes[j])
            gram[starts[i] : starts[i + 1], starts[j] : starts[j + 1]] = block
    # A constant may be moved from units to months and back: the smallest numbers are taken, which changes no sum of them.
    solution = np.linalg.solve(gram + RIDGE * weight.sum() * np.eye(len(gram)), right)
    fitted: Numbers = np.sum([solution[start + code] for start, code in zip(starts, held.codes, strict=False)], axis=0)
    return fitted


def mean_and_otherwise(top: Numbers, bottom: Numbers, held: Comparison) -> tuple[float, float]:
    """Mean of the cases under the target, and what it would have been without it; NaN where nothing is known.

    :param top: sums by cell, :param bottom: and out of how many, shape (C,) each.
    """
    base = float(bottom[held.treated].sum())
    if base <= 0 or float(bottom[held.others].sum()) <= 0:
        return float("nan"), float("nan")
    mean = float(top[held.treated].sum()) / base
    return mean, float((_fitted(top, bottom, held) * bottom)[held.treated].sum()) / base


def _wider(cells: Cells, held: Comparison, top: str, bottom: str) -> tuple[float, float]:
    """How much wider limits have to be, as units and months differ by more than chance: a factor, and an error on top.

    :returns: NaN on top where too few units, or months, tell how far they differ anyway.
    """
    tops, bottoms = cells.sums[top].sum(axis=0), cells.sums[bottom].sum(axis=0)
    if top in {"handled", "waited"} or not bottoms[held.others].any():
        return 1.0, 0.0
    fitted = _fitted(tops, bottoms, held)
    squares = cells.sums["value2"].sum(axis=0) if top == "value" else tops
    spread = np.where(bottoms > 0, squares - tops**2 / np.maximum(bottoms, 1.0), 0.0)  # of n cases with a share p it is n p (1 - p)
    within = float(spread[held.others].sum()) / float(bottoms[held.others].sum())
    part = {BESIDE: cells.unit, BEFORE: cells.month}.get(held.way)
    key = cells.unit * (int(cells.month.max()) + 1) + cells.month if part is None else part
    residual, variance, weight = [], [], []
    for one in np.unique(key[held.others & (bottoms > 0)]):
        mine = held.others & (key == one)
        residual.append(float((tops - fitted * bottoms)[mine].sum()))
        variance.append(float(within * bottoms[mine].sum()))
        weight.append(float(bottoms[mine].sum()))
    r, v, w = np.array(residual), np.array(variance), np.array(weight)
    if part is None:
        free = len(r) - len(np.unique(cells.unit[held.others])) - len(np.unique(cells.month[held.others])) + 1
        if free < FEWEST_FREE or not (v > 0).all():
            return 1.0, 0.0
        return max(1.0, float(np.sqrt((r**2 / v).sum() / free))), 0.0
    if len(r) < FEWEST_APART:
        return 1.0, float("nan")
    apart = max(0.0, float(np.var(r / w, ddof=1)) - float(np.mean(v / w**2)))
    treated = len(np.unique(part[held.treated]))
    return 1.0, float(np.sqrt(apart * (1 / treated + 1 / len(r))))

"""Covariates with many levels (sellers, postcodes): what each level adds to what the other covariates let expect.

A level's shift comes from the rows of the other folds, from what they left over of their own expectation, and is drawn to 0 as far as
chance explains the spread of the levels. Of the outcome it is drawn by :data:`PULL` rows at most: what is left of a confounder because its
shift was drawn too far adds up over the levels, while the noise of a shift does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from troth.engine.effects.encoding import Flags, Ints
from troth.engine.intervals import Numbers

PULL = 4.0
"""Rows that the mean of all levels is worth at most, where a level's shift of the outcome is drawn to it."""

PASSES = 2
"""Where there are several such covariates, each is looked at again with the others' shifts in."""


def shifted(
    expected: Sequence[Numbers],
    seen: Numbers,
    sides: Sequence[Flags],
    weight: Numbers,
    fold: Ints,
    levels: Mapping[str, Ints],
    *,
    binary: bool,
    most_pull: float = np.inf,
) -> list[Numbers]:
    """What is expected of every row on every side, with the shifts of its levels.

    :param expected: per side (n,) what the covariates with few levels let expect, from the other folds.
    :param seen: (n,) what was seen, of each row on its own side. :param sides: per side, the rows seen on it.
    :param binary: chances, whose shifts are in log-odds. :param most_pull: rows the mean is worth at most.
    """
    if not levels:
        return list(expected)
    found = [_scale(each, binary=binary) for each in expected]
    result = [each.copy() for each in expected]
    for number in range(int(fold.max()) + 1):
        left, training = fold == number, fold != number
        own = np.select(sides, found)
        shifts = {name: np.zeros(int(codes.max()) + 1) for name, codes in levels.items()}
        for _ in range(PASSES if len(levels) > 1 else 1):
            for name, codes in levels.items():
                bare = own - shifts[name][codes]
                shifts[name] = _shift(
                    codes[training], seen[training], bare[training], weight[training], len(shifts[name]), most_pull, binary=binary
                )
                own = bare + shifts[name][codes]
        total = sum((shifts[name][codes] for name, codes in levels.items()), np.zeros(len(seen)))
        for side, on_side in enumerate(sides):  # a level's shift on one side, beyond the one both sides share
            extra = np.zeros(len(seen))
            if len(sides) > 1:
                mine = training & on_side
                for codes in levels.values():
                    count = int(codes.max()) + 1
                    bare = found[side] + total + extra
                    extra = extra + _shift(codes[mine], seen[mine], bare[mine], weight[mine], count, np.inf, binary=binary)[codes]
            result[side][left] = _unscaled((found[side] + total + extra)[left], binary=binary)
    return result


def _shift(codes: Ints, seen: Numbers, at: Numbers, weight: Numbers, count: int, most_pull: float, *, binary: bool) -> Numbers:
    """One step towards what was seen, of each level; a level never seen stays where it is (variance components by moments)."""
    chance = _unscaled(at, binary=binary)
    apart = seen - chance
    each = chance * (1 - chance) if binary else np.ones_like(apart)  # what one row tells
    size = np.bincount(codes, weight * each, count)
    total = float(size.sum())
    if total <= 0:
        return np.zeros(count)
    raw = np.divide(np.bincount(codes, weight * apart, count), size, out=np.zeros(count), where=size > 0)
    squares = np.bincount(codes, weight**2 * each, count)
    noise = 1.0 if binary else float(np.average(apart**2, weights=weight))
    # E[ size raw^2 ] = noise squares / size + size between
    chancy = float(np.divide(squares, size, out=np.zeros(count), where=size > 0).sum()) * noise
    between = (float((size * raw**2).sum()) - chancy) / total
    if between <= 0:
        return np.zeros(count)
    unit = float(squares.sum()) / total
    pull = min(noise * unit / between, most_pull * unit * float(np.average(each, weights=weight)))
    return np.asarray(raw * np.divide(size, size + pull, out=np.zeros(count), where=size > 0))


def _scale(expected: Numbers, *, binary: bool) -> Numbers:
    return np.asarray(np.log(expected / (1 - expected))) if binary else expected


def _unscaled(at: Numbers, *, binary: bool) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(at, -30, 30)))) if binary else at


def means_elsewhere(codes: Ints, target: Numbers, weight: Numbers, fold: Ints) -> Numbers:
    """Of each row, how far the mean of its level lies from that of all, in the other folds, drawn to 0 as far as chance explains it."""
    told = np.empty(len(target))
    for number in range(int(fold.max()) + 1):
        left, training = fold == number, fold != number
        level = np.full(len(target), np.average(target[training], weights=weight[training]))
        count = int(codes.max()) + 1
        told[left] = _shift(codes[training], target[training], level[training], weight[training], count, np.inf, binary=False)[codes[left]]
    return told

"""How far leaves and slices stray where nothing happened: the normal ratio of observed to expected, and the spread around it, both robust.

Three kinds of spread, each read off the middle of the data so that a cause does not hide itself in it:

    variance of a leaf    = dispersion x its sampling variance + stray^2 x expected^2
    variance of a slice   = that of its leaves + wander x expected^2

``dispersion`` is that of quasi-likelihood (McCullagh & Nelder 1989, section 9.2). ``stray`` is what a forecast of a leaf is off by, in
relative terms. ``wander`` is what the leaves of a slice go up and down by together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, exp, inf, pi, sqrt

import numpy as np

from troth.engine.intervals import Numbers
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.localisation.slices import Codes, Mask, Slices

BOUND = 2.5
"""Residuals, in standard deviations, count up to here when a spread is read off."""
MIDDLE, SQUARE_AT_MIDDLE = 0.65, 0.8735
"""Share of residuals that no cause should hold, and the square that so many standard normal ones stay below."""
BEYOND = 4.0
"""How many times what the middle says a spread may be; a larger one holds a cause, which would hide itself in it."""
ENOUGH = 5.0
"""Counts expected of a group whose residual is near enough to normal."""
TINY = 1e-300
FEW = 5
"""Below this many groups no spread is read off."""
ONE_SPREAD = 40
"""Amounts of fewer leaves have one spread, whether it is dispersion or stray."""
MOST_LIKELIER = 50.0
LARGEST = 4.0
"""An observed amount is what it is held against up to so many times what is normal."""
STEPS = 12
"""Halvings of the search for a spread."""
ROUNDS = 3
MOST_GROUPS = 20_000
"""Of more slices, every so manieth is looked at for the spread."""
POOLED = 10.0
"""How many slices' worth the spread of all choices of a depth counts beside a choice's own."""

_DENSITY = exp(-(BOUND**2) / 2) / sqrt(2 * pi)
_WITHIN = erf(BOUND / sqrt(2))
EXPECTED_SQUARE = _WITHIN - 2 * BOUND * _DENSITY + BOUND**2 * (1 - _WITHIN)
"""Mean of a squared standard normal residual, counted up to the bound."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What is normal of a leaf.

    :param normal: what was expected, times what all leaves without a cause have in common, shape (L,).
    :param dispersion: how many times its sampling variance a leaf varies.
    :param stray: standard deviation of a leaf's expectation, relative to it.
    :param freedom: how many leaves beyond one the spread of amounts was read off: of a few it is itself uncertain.
    """

    normal: Numbers
    dispersion: float
    stray: float
    freedom: float = inf


def overall_of(observed: Numbers, expected: Numbers) -> float:
    """The ratio of observed to expected that most groups share: Huber's mean about the weighted median, weighted by size.

    A cause moves only its own groups; the mean of everything would follow it.

    :param observed: of each group, shape (m,). :param expected: the same, > 0, in units in which the variance is near the mean.
    """
    ratio = observed / expected
    order = np.argsort(ratio, kind="stable")
    weight = np.cumsum(np.sqrt(expected[order]))
    middle = float(ratio[order][np.searchsorted(weight, weight[-1] / 2)])
    for _ in range(8):
        centre = max(middle, 1e-9)
        residual = np.abs(observed - centre * expected) / np.sqrt(centre * expected)
        scale = max(1.0, float(np.median(residual)) / 0.6745)
        kept = np.minimum(1.0, 1.5 * scale / np.maximum(residual, 1e-12))
        middle = float((kept * observed).sum() / (kept * expected).sum())
    return middle


def spread(
    squares: Callable[[float], Numbers], least: float, most: float, weight: Numbers | None = None, *, may_move: bool = False
) -> float:
    """The smallest spread at which squared standardised residuals are as large as they should be, each counted up to the bound.

    :param squares: squared residuals over their variance at a spread, shape (m,); less the larger the spread.
    :param least: the answer where the residuals do not clearly (by a standard error) ask for more.
    :param weight: how much each residual tells of the spread, shape (m,); alike by default.
    :param may_move: a cause may have moved more of them than a bounded mean bears, a sixth; where the middle says so they are left out.
    """
    at_least = np.minimum(squares(least), BOUND**2)
    if len(at_least) < FEW:
        return least
    told = np.ones(len(at_least)) if weight is None else weight
    share = told / told.sum()
    error = sqrt(float((share**2 * (at_least - EXPECTED_SQUARE) ** 2).sum()))
    if float((share * at_least).sum()) - EXPECTED_SQUARE <= error:
        return least

    def mean_square(size: float, of: Numbers = share) -> float:
        return float((of * np.minimum(squares(size), BOUND**2)).sum() / of.sum()) - EXPECTED_SQUARE

    def middle_square(size: float) -> float:
        at = squares(size)
        order = np.argsort(at, kind="stable")
        return float(at[order][np.searchsorted(np.cumsum(share[order]), MIDDLE)]) - SQUARE_AT_MIDDLE

    found = _least_size(mean_square, least, most)
    if not may_move:
        return found
    middle = _least_size(middle_square, least, most)
    if found <= BEYOND * middle:
        return found
    usual = share * (squares(BEYOND * middle) <= BOUND**2)
    return _least_size(lambda size: mean_square(size, usual), least, BEYOND * middle)


def _least_size(over: Callable[[float], float], least: float, most: float) -> float:
    """The smallest spread at which nothing is ``over``; ``least`` where that holds there."""
    if over(least) <= 0:
        return least
    low, high = max(least, most * 1e-12), max(most, least)
    for _ in range(STEPS):
        middle = sqrt(low * high)
        low, high = (middle, high) if over(middle) > 0 else (low, middle)
    return sqrt(low * high)


def _standardised(squared: Numbers, known: Numbers, unknown: Numbers) -> Callable[[float], Numbers]:
    """Squared residuals over ``known + spread x unknown``, as a function of the spread."""

    def at(size: float) -> Numbers:
        return squared / (known + size * unknown + TINY)

    return at


def wander(slices: Slices, enough: Mask, gap: Numbers, expected: Numbers, uncertain: Numbers) -> Numbers:
    """Variance of what slices wander by together, relative to what was expected of them, for each choice of dimensions, shape (C,).

    Each choice's own, drawn towards that of all choices as deep by as much as it has few slices.

    :param enough: slices to read it off, shape (S,). :param gap: observed less expected, shape (S,).
    :param expected: on the scale on which it is its own variance, shape (S,). :param uncertain: relative variance of it, shape (S,).
    """
    depths = slices.depths
    choice = np.repeat(np.arange(len(depths)), np.diff(slices.starts))
    here = np.flatnonzero(enough)
    here = here[:: max(1, len(here) // MOST_GROUPS)]
    squared, mean, fixed = gap[here] ** 2, expected[here], 1.0 + expected[here] * uncertain[here]
    of_choice = choice[here]
    own = _spreads(of_choice, len(depths), squared, mean, fixed)
    shared = _spreads(depths[of_choice], int(depths.max(initial=0)) + 1, squared, mean, fixed)[depths]
    slices_of = np.bincount(of_choice, minlength=len(depths))
    return np.asarray((slices_of * own + POOLED * shared) / (slices_of + POOLED))


def _spreads(group: Codes, groups: int, squared: Numbers, mean: Numbers, fixed: Numbers) -> Numbers:
    """:func:`spread` of many groups at once: of ``squared / (mean (fixed + mean x spread))``."""
    number = np.maximum(np.bincount(group, minlength=groups), 1)

    def bounded(at: Numbers) -> Numbers:
        return np.minimum(squared / (mean * (fixed + mean * at[group])), BOUND**2)

    least = bounded(np.zeros(groups))
    average = np.bincount(group, least, minlength=groups) / number
    error = np.sqrt(np.maximum(np.bincount(group, least**2, minlength=groups) / number - average**2, 0.0) / number)
    strays = (average - EXPECTED_SQUARE > error) & (number >= FEW)
    low, high = np.full(groups, 1e-9), np.full(groups, 100.0)
    for _ in range(STEPS if strays.any() else 0):
        middle = np.sqrt(low * high)
        short = np.bincount(group, bounded(middle), minlength=groups) / number > EXPECTED_SQUARE
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(strays, np.sqrt(low * high), 0.0)


def noise_of(leaves: Leaves, slices: Slices, rest: Mask) -> Noise:
    """How the leaves of ``rest`` stray, read off leaves where most are large enough, else off the finest slices that are.

    :param rest: leaves without a cause known so far, shape (L,).
    """
    return _of_amounts(leaves, rest) if leaves.kind is Kind.AMOUNT else _of_counts(leaves, slices, rest)


def _of_counts(leaves: Leaves, slices: Slices, rest: Mask) -> Noise:
    rows = [leaves.expected, leaves.observed]
    if leaves.before is not None and leaves.expected_before is not None:
        rows += [leaves.before, leaves.expected_before]
    groups = _groups(np.where(rest, np.stack(rows), 0.0), slices)
    if groups.shape[1] < FEW:
        whole = float(leaves.expected[rest].sum())
        overall = float(leaves.observed[rest].sum()) / whole if whole > 0 else 1.0
        return Noise(leaves.at_overall(overall), 1.0, 0.0)
    expected, observed = groups[:2]
    unsure = np.zeros(len(expected))
    if len(groups) > 2:  # noqa: PLR2004 - there is a time before
        before, expected_before = groups[2:]
        if leaves.common:
            strays = spread(_standardised((before - expected_before) ** 2, expected_before, expected_before**2), 0.0, 100.0)
            if strays > 0:
                expected = expected * (before + 1.0 / strays) / (expected_before + 1.0 / strays)
                unsure = 1.0 / (before + 1.0 / strays)
        else:
            unsure = 1.0 / np.maximum(before, 0.5)
    overall = overall_of(observed, expected)
    normal = leaves.at_overall(overall)
    # The same ratio on the odds of each leaf: what is near certain moves less.
    moved = _groups(np.where(rest, np.stack([leaves.expected, normal, normal * leaves.certain(normal), normal**2]), 0.0), slices)
    expected = expected * moved[1] / groups[0]
    residual = (observed - expected) ** 2
    vary = moved[2] > 0  # where all or nothing is certain, nothing can vary
    if vary.sum() < FEW:
        return Noise(normal, 1.0, 0.0)
    told = residual[vary], moved[2, vary], moved[3, vary], (expected**2 * unsure)[vary]
    # Held against a time before, groups differ for what they were then as well: no middle of them tells a cause.
    return Noise(normal, *_two_spreads(*told, least=1.0, may_move=leaves.before is None))


def _groups(rows: Numbers, slices: Slices) -> Numbers:
    """Sums over the groups the noise is read off: leaves, if most of what is large enough is one, else slices of the most telling depth.

    :param rows: of the leaves, the first of which is what was expected, shape (k, L). :returns: shape (k, groups).
    """
    large = rows[0] >= ENOUGH
    sums = slices.sums(rows)
    enough = slices.looked & (sums[0] >= ENOUGH)
    of_choice = np.add.reduceat(enough, slices.starts[:-1], dtype=np.int64) if slices.number else np.zeros(1, dtype=np.int64)
    if large.sum() >= of_choice.max():
        return rows[:, large]
    depth = slices.depths[int(np.argmax(of_choice))]
    return sums[:, enough & (slices.spread(slices.depths) == depth)]


def _two_spreads(
    residual: Numbers, sampling: Numbers, square: Numbers, known: Numbers | float, least: float, *, may_move: bool = False
) -> tuple[float, float]:
    """Dispersion, from the groups where sampling is most of what varies, and stray, from the others; in turns."""
    share = square / sampling
    small = share <= np.median(share)
    large = ~small
    unsure = np.broadcast_to(known, residual.shape)
    most = float((residual / sampling).max()), float((residual / square).max())
    dispersion, stray = least, 0.0
    for _ in range(ROUNDS):
        if large.any():
            known_of_large = unsure[large] + dispersion * sampling[large]
            stray = spread(
                _standardised(residual[large], known_of_large, square[large]), 0.0, most[1], np.sqrt(share[large]), may_move=may_move
            )
        known_of_small = unsure[small] + stray * square[small]
        before = dispersion
        dispersion = spread(_standardised(residual[small], known_of_small, sampling[small]), least, most[0], may_move=may_move)
        if dispersion == before:
            break
    return dispersion, sqrt(stray)


def size_of(observed: Numbers, normal: Numbers) -> Numbers:
    """What an amount's deviation is relative to: what is normal, or what was observed if more, up to :data:`LARGEST` times the normal.

    Relative to whatever was observed no deviation is above 1, so that an enormous one would look like a moderate one.
    """
    usual = np.abs(normal)
    told = usual > 0
    if not told.any():
        return np.abs(observed)
    return np.maximum(usual, np.minimum(np.abs(observed), LARGEST * np.maximum(usual, float(np.median(usual[told])))))


def _of_amounts(leaves: Leaves, rest: Mask) -> Noise:
    observed, expected = leaves.observed[rest], leaves.expected[rest]
    both = (observed * expected) > 0
    overall = float(np.median(observed[both] / expected[both])) if both.any() else 1.0
    normal = overall * leaves.expected
    size = size_of(leaves.observed, normal)[rest]
    told = size > 0
    number = int(told.sum())
    if number < FEW:
        return Noise(normal, 1.0, 0.0, number - 1)
    unit = float(np.median(size[told]))  # so that nothing hangs on what the amounts are counted in
    size = size[told] / unit
    residual = ((observed[told] - overall * expected[told]) / unit) ** 2
    if number < ONE_SPREAD:
        dispersion, stray = _one_spread(residual, size)
    else:
        dispersion, stray = _two_spreads(residual / size**2, 1.0 / size, np.ones(len(size)), 0.0, least=0.0)
    return Noise(normal, dispersion * unit, stray, number - 1)


def _one_spread(residual: Numbers, size: Numbers) -> tuple[float, float]:
    """Dispersion and stray of a few leaves, each as far as it is likelier than the other alone: so few do not tell both apart.

    :param residual: squared, shape (m,). :param size: of each leaf, shape (m,).
    """
    alone, fit = [], []
    for shape in (size, size**2):
        at = spread(_standardised(residual, np.zeros(len(size)), shape), 0.0, float((residual / shape).max()))
        alone.append(at)
        fit.append(-0.5 * len(size) * (float(np.log(max(at, TINY))) + float(np.log(shape).mean())))
    of_stray = 1.0 / (1.0 + exp(min(fit[0] - fit[1], MOST_LIKELIER)))
    return (1.0 - of_stray) * alone[0], sqrt(of_stray * alone[1])

"""How much each exposure takes from the chance that nothing happens, other things held equal (domain.md e6).

The model is that exposures act on survival: with what is known of a row beforehand in x and its exposures in E,

    P(no event | x, E) = g(x) exp(-L(x, E)),    L = sum_e E_e (lambda_e + gamma_e . m(x)) + delta (number of exposures - 1)+

so that 1 - g(x) is the risk with all exposures removed (r_i0), and lambda_e the domain's log-share -ln((1 - r[e only]) / (1 - r0)).
Exposures each on their own multiply survival; delta lets several at once be worse, or less bad, than that; gamma lets an exposure act
more strongly on some rows than on others (m: places of the covariates, mean 0 among the exposed, drawn towards 0 where rows are few).

g is not assumed to have any form, so lambda is found by g-estimation (Robins, Mark & Newey 1992, Biometrics 48; Vansteelandt & Joffe
2014, Statistical Science 29): what is left of survival, rho = S - g(x) exp(-L), must have nothing to do with what is left of each
exposure once x is known. The equations

    sum_i w_i (D_i - d(x_i)) rho_i = 0,    d(x) = E[D exp(-L) | x] / E[exp(-L) | x]

hold if either g or d is right, and errors of both matter only by their product (Neyman orthogonality; Chernozhukov et al. 2018, The
Econometrics Journal 21), so smooth fits out of fold will do. Each exposure's equation is divided by 1 - d(x): where an exposure acts
unevenly, its lambda is then the one of those who had it, which is whose events are to be accounted for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from troth.engine.attribution.reduced import FOLDS, Codes
from troth.engine.intervals import FEWEST_CLUSTERS, Numbers

Flags = npt.NDArray[np.bool_]
Fold = tuple[Flags, Numbers]

RIDGE = 5.0
"""Penalty of the smooth fits, in rows: columns have spread 1, so that it matters where rows are few."""

SHRINKAGE = 20.0
"""Penalty on how unevenly an exposure acts, in rows."""

MOST_CERTAIN = 0.95
"""Highest chance of an exposure that is divided by; beyond it there is nobody to compare with."""

ROUNDS = 40
STEP = 0.5
"""Longest step of one round, in L."""

CLOSE = 1e-5
LEAST_STEADY = 1e12
"""Condition number from which equations have no solution of their own."""

STEEPEST = 8.0
"""Largest L: beyond it nobody survives."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the fit looks at; all arrays run over the m patterns.

    :param weight: rows of each pattern, adding up to 1, shape (m,).
    :param rows: how many rows there are in all.
    :param survived: 1 where nothing happened, shape (m,).
    :param exposures: shape (m, K).
    :param placebos: what happened only afterwards; fitted like an exposure that acts evenly, shape (m, J).
    :param modifiers: what an exposure may act unevenly with, shape (m, M).
    :param basis: what is held equal, shape (m, p).
    :param fold: shape (m,).
    """

    weight: Numbers
    rows: float
    survived: Numbers
    exposures: Numbers
    placebos: Numbers
    modifiers: Numbers
    basis: Numbers
    fold: Codes


@dataclass(frozen=True, slots=True)
class Fit:
    """The fitted model.

    :param coefficients: lambda of each exposure and placebo, then delta if there is one, then gamma, shape (Q,).
    :param parts: each exposure's and placebo's part of L, adding up to it; shape (m, K + J).
    :param survival: g(x), out of fold, shape (m,).
    :param rho: what is left of survival, shape (m,).
    :param influence: how far each row moved the coefficients, shape (m, Q).
    :param design: what the coefficients multiply, shape (m, Q).
    :param of: exposure or placebo each coefficient belongs to, -1 for delta, shape (Q,).
    """

    coefficients: Numbers
    parts: Numbers
    survival: Numbers
    rho: Numbers
    influence: Numbers
    design: Numbers
    of: Codes

    @property
    def depth(self) -> Numbers:
        """L, shape (m,)."""
        depth: Numbers = self.parts.sum(axis=1)
        return depth


def fit(rows: Rows, start: Numbers | None = None) -> Fit | None:
    """Solve the equations; ``None`` where they have no solution of their own, because exposures cannot be told apart.

    :param start: coefficients of a like fit, to begin with.
    """
    return _solved(rows, np.ones(rows.exposures.shape[1], dtype=bool), start)


def monotone(rows: Rows, free: Fit) -> Fit | None:
    """The fit in which no exposure prevents events: r_i is monotone in exposures (domain.md e6).

    Exposures that would are held at 0, the others found anew.

    :param free: the fit in which one may.
    """
    kept = np.ones(rows.exposures.shape[1], dtype=bool)
    found: Fit | None = free
    while found is not None and (negative := found.coefficients[: kept.sum()] < 0).any():
        kept[np.flatnonzero(kept)[negative]] = False
        found = _solved(rows, kept, None)
    return found


@dataclass(frozen=True, slots=True)
class _At:
    """The equations at some coefficients: what is left of the design, shape (m, Q), and how fast the equations change, shape (Q, Q)."""

    survival: Numbers
    rho: Numbers
    left: Numbers
    value: Numbers
    slope: Numbers


def _solved(rows: Rows, kept: Flags, start: Numbers | None) -> Fit | None:
    """The fit with these exposures; the parts of the others are 0."""
    design, of, towards_zero = _design(rows, kept)
    first = {int(whose): q for q, whose in reversed(list(enumerate(of))) if whose >= 0}
    own = np.asarray([first.get(int(whose), -1) for whose in of], dtype=np.int64)
    folds = list(_folds(rows))

    def at(coefficients: Numbers) -> _At:
        gone = np.exp(-np.clip(design @ coefficients, -STEEPEST, STEEPEST))
        fitted = smooth(rows, np.column_stack([design, rows.survived / gone]), gone, folds)
        expected, survival = fitted[:, :-1], fitted[:, -1]
        rho: Numbers = rows.survived - survival * gone
        # a modifier's equation has the weight of its exposure's
        left: Numbers = (design - expected) / (1 - np.where(own >= 0, np.clip(expected[:, own], 0, MOST_CERTAIN), 0.0))
        weighted = left * rows.weight[:, None]
        slope = (weighted * (survival * gone)[:, None]).T @ design + np.diag(towards_zero)
        return _At(survival, rho, left, weighted.T @ rho + towards_zero * coefficients, slope)

    coefficients: Numbers = np.zeros(len(of)) if start is None or len(start) != len(of) else start
    before: Numbers = np.zeros(len(of))
    here, damping = at(coefficients), 1.0
    for _ in range(ROUNDS if len(of) else 0):
        if not np.isfinite(here.slope).all() or np.linalg.cond(here.slope) > LEAST_STEADY:
            return None
        step = np.linalg.solve(here.slope, here.value)
        step = step * min(1.0, STEP / max(float(np.abs(step).max()), CLOSE))
        # the smooth fits move along with the coefficients, so a step may be too long: it turned back, and is halved
        damping = damping / 2 if step @ before < 0 else min(1.0, damping * 1.5)
        step, before = step * damping, np.asarray(step, dtype=np.float64)
        # where all with an exposure saw the event its lambda has no end: it stops where nobody is left to lose
        moved = np.clip(coefficients - step, -STEEPEST, STEEPEST)
        change = float(np.abs(moved - coefficients).max())
        coefficients = moved
        here = at(coefficients)
        if change < CLOSE:
            break
    else:
        if len(of):
            return None
    influence = np.asarray(-np.linalg.solve(here.slope, (here.left * here.rho[:, None]).T).T, dtype=np.float64)
    return Fit(coefficients, _parts(rows, design, of, coefficients), here.survival, here.rho, influence, design, of)


def _design(rows: Rows, kept: Flags) -> tuple[Numbers, Codes, Numbers]:
    """The columns, whose they are, and how strongly their coefficients are drawn to 0 (per row)."""
    exposures = np.flatnonzero(kept)
    placebos = rows.placebos.shape[1]
    columns = [rows.exposures[:, exposures], rows.placebos]
    of = [*exposures, *range(len(kept), len(kept) + placebos)]
    penalty = [0.0] * len(of)
    together = rows.exposures[:, exposures].sum(axis=1)
    counts = [rows.rows * float(rows.weight[at].sum()) for at in (together == 0, together == 1, together > 1)]
    if min(counts) >= FEWEST_CLUSTERS:  # else it cannot be told from the exposures themselves
        columns.append(np.maximum(together - 1, 0)[:, None])
        of.append(-1)
        penalty.append(SHRINKAGE / rows.rows)
    for m in range(rows.modifiers.shape[1]):
        modifier = rows.modifiers[:, [m]]
        mine = rows.exposures[:, exposures] * rows.weight[:, None]
        mean = (mine * modifier).sum(axis=0) / np.maximum(mine.sum(axis=0), 1e-300)
        columns.append(rows.exposures[:, exposures] * (modifier - mean))
        of += list(exposures)
        penalty += [SHRINKAGE / rows.rows] * len(exposures)
    return np.column_stack(columns), np.asarray(of, dtype=np.int64), np.asarray(penalty)


def part_of(rows: Rows, design: Numbers, of: Codes, q: int) -> tuple[Codes, Numbers]:
    """What one unit of a coefficient adds to L: the exposures whose parts it adds to, and how much to each, shape (m, those).

    What several exposures do together is shared evenly between those present.
    """
    if of[q] >= 0:
        return of[[q]], design[:, [q]]
    whose = np.unique(of[(of >= 0) & (of < rows.exposures.shape[1])])
    present = rows.exposures[:, whose]
    return whose, present * (design[:, q] / np.maximum(present.sum(axis=1), 1))[:, None]


def _parts(rows: Rows, design: Numbers, of: Codes, coefficients: Numbers) -> Numbers:
    """L of each row as parts that add up to it, shape (m, K + J)."""
    parts = np.zeros((len(design), rows.exposures.shape[1] + rows.placebos.shape[1]))
    for q, coefficient in enumerate(coefficients):
        whose, added = part_of(rows, design, of, q)
        parts[:, whose] += added * coefficient
    return parts


def _folds(rows: Rows) -> Iterator[Fold]:
    for fold in range(FOLDS):
        inside = rows.fold == fold
        if inside.any():
            yield inside, rows.basis[inside]


def smooth(rows: Rows, targets: Numbers, by: Numbers, folds: list[Fold] | None = None) -> Numbers:
    """Smooth fits of each target on what is held equal, by least squares weighted with ``by``, each fold predicted from the others.

    :param targets: shape (m, T). :returns: shape (m, T).
    """
    folds = list(_folds(rows)) if folds is None else folds
    each = []
    for inside, columns in folds:
        root = np.sqrt(rows.weight[inside] * by[inside])[:, None]
        heavy = columns * root  # times itself: the product is symmetric, and half the work
        each.append((heavy.T @ heavy, heavy.T @ (targets[inside] * root)))
    gram, moment = sum(one for one, _ in each), sum(one for _, one in each)
    penalty = np.full(rows.basis.shape[1], RIDGE / rows.rows)
    penalty[0] = 0.0
    fitted = np.zeros(targets.shape)
    for (inside, columns), (own_gram, own_moment) in zip(folds, each, strict=True):
        fitted[inside] = columns @ np.linalg.solve(gram - own_gram + np.diag(penalty), moment - own_moment)
    return fitted

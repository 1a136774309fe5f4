"""What is expected of a row, given its covariates: a boosted forest and a penalised additive model, mixed by how well each predicts.

Both kinds are fitted on the other folds and asked about the fold left out. The mix is the convex one with the least squared error out of
fold, a small super learner (van der Laan, Polley & Hubbard 2007); with few rows a kernel smoother joins, which bends where trees cannot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from troth.engine.effects.encoding import additive
from troth.engine.intervals import Numbers

FEW_ROWS = 2_000
"""Up to so many rows to learn from, a kernel smoother joins the mix and the trees are kept small."""

BINS = 64
"""Bins of a number among which trees are split."""

LEAST_LEAF = 40
"""Rows in a leaf at least; a twentieth of the rows where these are few."""

PENALTIES = 15
LANDMARKS = 250
WIDTHS = (1.5, 6.0)
LINE = 0.5
"""The kernel smoother: rows that carry a bump, widths tried, and how freely it may run along a line."""

SURE = 1e-4
"""No chance is predicted nearer to 0 or 1."""

Fitted = Callable[[Numbers], Numbers]
Learner = Callable[[Numbers, Numbers, Numbers, bool, int], Fitted]


def boosted(x: Numbers, y: Numbers, weight: Numbers, binary: bool, seed: int) -> Fitted:  # noqa: FBT001 - one signature for all learners
    """Gradient boosting over histograms (scikit-learn)."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    few = len(x) <= FEW_ROWS
    settings: dict[str, Any] = {
        "max_iter": 60,
        "learning_rate": 0.1,
        "max_leaf_nodes": 6 if few else 12,
        "min_samples_leaf": max(5, min(LEAST_LEAF, len(x) // 20)),
        "l2_regularization": 1.0,
        "max_bins": BINS,
        "early_stopping": False,
        "random_state": seed,
    }
    uneven = weight if weight.min() < weight.max() else None
    bins = _bins(x)
    if not binary:
        number = HistGradientBoostingRegressor(**settings).fit(bins(x), y, sample_weight=uneven)
        return lambda rows: np.asarray(number.predict(bins(rows)))
    chance = HistGradientBoostingClassifier(**settings).fit(bins(x), y > 0, sample_weight=uneven)
    return lambda rows: np.clip(chance.predict_proba(bins(rows))[:, 1], SURE, 1 - SURE)


def _bins(x: Numbers) -> Callable[[Numbers], Numbers]:
    """Number of the bin of every value, bins of equally many rows: scikit-learn's own weighted quantiles take longer than the trees."""

    def edges(column: Numbers) -> Numbers:
        values = np.unique(column)
        return values if len(values) <= BINS else np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))

    each = [edges(column) for column in x.T]
    return lambda rows: np.column_stack([np.searchsorted(edge, column) for edge, column in zip(each, rows.T, strict=True)]).astype(float)


def linear(x: Numbers, y: Numbers, weight: Numbers, binary: bool, seed: int) -> Fitted:  # noqa: FBT001, ARG001 - one signature for all
    """Ridge or logistic regression on bent lines: every number with hinges at its quantiles."""
    from sklearn.linear_model import LogisticRegression

    basis = additive(x)
    made = basis(x)
    if binary:
        model = LogisticRegression(solver="newton-cholesky", C=1.0, max_iter=50).fit(made, y > 0, sample_weight=weight)
        return lambda rows: np.clip(model.predict_proba(basis(rows))[:, 1], SURE, 1 - SURE)
    ridge = _ridge(made, y, weight)
    return lambda rows: ridge.predict(basis(rows))


@dataclass(frozen=True, slots=True)
class Ridge:
    """A ridge regression: what it predicts, and its generalised cross-validation error."""

    mean: float
    centre: Numbers
    coefficients: Numbers
    error: float

    def predict(self, rows: Numbers) -> Numbers:
        """Expected value of each row."""
        return np.asarray(self.mean + (rows - self.centre) @ self.coefficients)


def _ridge(made: Numbers, y: Numbers, weight: Numbers) -> Ridge:
    """Ridge regression; its penalty is the one with the least generalised cross-validation error (Golub, Heath & Wahba 1979)."""
    root = np.sqrt(weight / weight.mean())
    mean, centre = float(np.average(y, weights=weight)), np.average(made, axis=0, weights=weight)
    u, s, vt = np.linalg.svd((made - centre) * root[:, None], full_matrices=False)
    target = (y - mean) * root
    along = u.T @ target
    rest = float(target @ target - along @ along)
    best, strength = np.inf, np.zeros(len(s))
    for penalty in np.geomspace(1e-6, 1, PENALTIES) * max(float(s.max(initial=0.0)) ** 2, 1e-300):
        kept = s * s / (s * s + penalty)
        error = (rest + float((((1 - kept) * along) ** 2).sum())) / (len(y) - 1 - float(kept.sum())) ** 2
        if error < best:
            best, strength = error, s / (s * s + penalty)
    return Ridge(mean, centre, vt.T @ (strength * along), best)


def smooth(x: Numbers, y: Numbers, weight: Numbers, binary: bool, seed: int) -> Fitted:  # noqa: FBT001 - one signature for all learners
    """Lines and Gaussian bumps about some of the rows: kernel ridge regression by Nystroem's features (Williams & Seeger 2001).

    The width of the bumps is the one with the least generalised cross-validation error.
    """
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (x - centre) / scale
    marks = z[np.sort(np.random.default_rng(seed).permutation(len(z))[:LANDMARKS])]

    def features(rows: Numbers, width: float) -> Numbers:
        values, vectors = np.linalg.eigh(_bumps(marks, marks, width))
        kept = values > 1e-8 * values.max()
        bumps = _bumps(rows, marks, width) @ (vectors[:, kept] / np.sqrt(values[kept]))
        return np.hstack([bumps, rows * (LINE / math.sqrt(rows.shape[1]))])

    fits = [(_ridge(features(z, width), y, weight), width) for width in WIDTHS]
    ridge, width = min(fits, key=lambda fit: fit[0].error)

    def predict(rows: Numbers) -> Numbers:
        found = ridge.predict(features((rows - centre) / scale, width))
        return np.clip(found, SURE, 1 - SURE) if binary else found

    return predict


def _bumps(a: Numbers, b: Numbers, width: float) -> Numbers:
    """Gaussian kernel; its width is in root mean square distances of standardised columns."""
    apart = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.exp(-np.maximum(apart, 0.0) / (2 * width * a.shape[1])))


def learners_for(rows: int) -> tuple[Learner, ...]:
    """What is mixed where so many rows are at hand to learn from."""
    return (linear, boosted, smooth) if rows <= FEW_ROWS else (linear, boosted)


def mix(predicted: Numbers, y: Numbers, weight: Numbers) -> Numbers:
    """Convex weights of the learners: least squared error of the mixed predictions out of fold.

    :param predicted: (n, learners). :param y: (n,) what was seen.
    :returns: (learners,), not negative, summing to 1.
    """
    from scipy.optimize import nnls

    if predicted.shape[1] == 1:
        return np.ones(1)
    root = np.sqrt(weight / weight.mean())[:, None]
    heavy = 1e4 * float(np.sqrt((predicted * predicted).mean()) * np.sqrt(len(y)) + 1e-12)  # holds their sum at 1
    stacked = np.vstack([predicted * root, np.full((1, predicted.shape[1]), heavy)])
    found, _ = nnls(stacked, np.append(y * root[:, 0], heavy))
    return found / found.sum() if found.sum() > 0 else np.full(predicted.shape[1], 1 / predicted.shape[1])


def names_of(learners: Sequence[Learner]) -> tuple[str, ...]:
    """The learners in words."""
    words = {"boosted": "boosted trees", "linear": "an additive model", "smooth": "a kernel smoother"}
    return tuple(words[learner.__name__] for learner in learners)

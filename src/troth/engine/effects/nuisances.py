"""Cross-fitting: for every row, what the other folds expect of its outcome with and without treatment, and its chance of treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from troth.engine.effects.encoding import Covariates, Flags, Ints
from troth.engine.effects.learners import SURE, learners_for, mix, names_of
from troth.engine.effects.levels import PULL, shifted
from troth.engine.intervals import Numbers


@dataclass(frozen=True, slots=True)
class Chances:
    """Chance of treatment of each row, from the other folds.

    :param raw: (n,) calibrated, not yet clipped. :param learned_by: the learners and their shares in the mix.
    """

    raw: Numbers
    learned_by: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Expected:
    """Outcome expected of each row, from the other folds.

    :param without: (n,) untreated. :param treated: (n,) treated.
    """

    without: Numbers
    treated: Numbers
    learned_by: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all fits of one question share; arrays run over rows.

    :param fold: the fold each row is left out of. :param seed: of everything drawn.
    """

    covariates: Covariates
    treated: Flags
    weight: Numbers
    fold: Ints
    seed: int

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1


def chances(setting: Setting) -> Chances:
    """Chance of treatment: mixed learners, then calibrated by logistic regression of what happened on its own log-odds (Platt 1999)."""
    seen, everybody = setting.treated.astype(np.float64), np.ones_like(setting.treated)
    mixed, shares = _mixed(setting, seen, everybody, binary=True)
    (moved,) = shifted([mixed], seen, [everybody], setting.weight, setting.fold, setting.covariates.levels, binary=True)
    return Chances(calibrated(moved, setting.treated, setting.weight), shares)


def expected(setting: Setting, outcome: Numbers) -> Expected:
    """Outcome without and with treatment, each learned from the rows that had it."""
    binary = bool(np.isin(outcome, (0.0, 1.0)).all())
    sides = [~setting.treated, setting.treated]
    mixed, shares = zip(*(_mixed(setting, outcome, side, binary=binary) for side in sides), strict=True)
    without, treated = shifted(
        list(mixed), outcome, sides, setting.weight, setting.fold, setting.covariates.levels, binary=binary, most_pull=PULL
    )
    return Expected(without, treated, shares[0])


def expected_without(setting: Setting, outcome: Numbers) -> Numbers:
    """Outcome expected of every row without treatment, learned from the rows that had none: all that an effect on the treated needs."""
    binary = bool(np.isin(outcome, (0.0, 1.0)).all())
    side = ~setting.treated
    mixed, _ = _mixed(setting, outcome, side, binary=binary)
    (without,) = shifted([mixed], outcome, [side], setting.weight, setting.fold, setting.covariates.levels, binary=binary, most_pull=PULL)
    return without


def _mixed(setting: Setting, target: Numbers, side: Flags, *, binary: bool) -> tuple[Numbers, dict[str, float]]:
    """What the rows of one side in the other folds let expect of every row, and the learners' shares in it."""
    x, weight = setting.covariates.numbers, setting.weight
    learners = learners_for(int(side.sum())) if x.shape[1] else ()
    predicted = np.empty((len(target), max(len(learners), 1)))
    for fold in range(setting.folds):
        left = setting.fold == fold
        training = ~left & side
        seen = target[training]
        if not learners or seen.min() == seen.max():  # nothing to learn from, or nothing to learn
            mean = float(np.average(seen, weights=weight[training]))
            predicted[left] = min(max(mean, SURE), 1 - SURE) if binary else mean
            continue
        for number, learner in enumerate(learners):
            predicted[left, number] = learner(x[training], seen, weight[training], binary, setting.seed)(x[left])
    shares = mix(predicted[side], target[side], weight[side])
    return predicted @ shares, dict(zip(names_of(learners), shares.tolist(), strict=False))


def calibrated(chance: Numbers, treated: Flags, weight: Numbers) -> Numbers:
    """The chances with their log-odds moved and stretched so that they are right on average and in slope; two numbers are fitted."""
    from scipy.optimize import minimize

    odds = np.log(chance / (1 - chance))
    if odds.std() == 0:
        return np.full(len(chance), float(np.average(treated, weights=weight)))
    share = weight / weight.sum()

    def loss(place: Numbers) -> tuple[float, Numbers]:
        at = place[0] + place[1] * odds
        p = 1 / (1 + np.exp(-np.clip(at, -30, 30)))
        gradient = p - treated
        penalty = 1e-6 * place[1] ** 2  # where the covariates tell all, the slope would have no end
        value = float(share @ (np.logaddexp(0, at) - treated * at)) + penalty
        return value, np.array([share @ gradient, share @ (gradient * odds) + 2e-6 * place[1]])

    found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS").x
    slope = float(np.clip(found[1], 0.0, 20.0))
    return np.asarray(1 / (1 + np.exp(-np.clip(found[0] + slope * odds, -30, 30))))

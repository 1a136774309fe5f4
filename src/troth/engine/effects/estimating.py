"""``troth.effect``: what a treatment does to an outcome, everything on record held equal, or why that cannot be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from troth.engine.effects import scores
from troth.engine.effects.encoding import Covariates, Flags, Ints
from troth.engine.effects.folds import folds
from troth.engine.effects.levels import means_elsewhere
from troth.engine.effects.nuisances import Expected, Setting, chances, expected, expected_without
from troth.engine.effects.overlap import Common, common
from troth.engine.effects.result import Effect, Estimate, Overlap, Placebo, Sensitivity, untold
from troth.engine.effects.rows import MOST_ROWS, Asked, Counted, Rows, count, fetch, table_of
from troth.engine.effects.sensitivity import sensitivity
from troth.engine.findings import Figure
from troth.engine.intervals import FEWEST_CLUSTERS, Numbers
from troth.engine.threads import one_thread
from troth.terms.errors import RequestError

SEED = 20_240_131
"""Of folds, samples and trees; the same question has the same answer."""

FEWEST_ROWS = 20
"""Rows on either side from which an effect can be told."""

MANY, FOLDS_OF_MANY, FOLDS_OF_FEW = 4_000, 3, 5
"""From so many rows on three folds do, and cost less; below, every row is needed to learn from."""

MOST_GROUPS = 20
"""Groups that are told, the largest ones."""

METHOD = "cross-fitted doubly robust (AIPW), {of} as clusters"


def effect(
    table: Any,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str] | str = (),
    cluster: str | None = None,
    weight: str | None = None,
    by: str | None = None,
    placebo_outcome: Sequence[str] | str = (),
    placebo_treatment: Sequence[str] | str = (),
    most_rows: int = MOST_ROWS,
    seed: int = SEED,
) -> Effect:
    """Average effect of a treatment on an outcome, all covariates held equal (domain.md e3).

    Cross-fitted augmented inverse probability weighting (Robins, Rotnitzky & Zhao 1994; Chernozhukov et al. 2018): boosted trees and an
    additive model, with few rows a kernel smoother too, mixed by how well they predict; calibrated chances of treatment; standard errors by
    cluster. It holds equal what is on record and nothing else: read it with its placebos and its sensitivity.

    :param table: one row per customer, order or episode: an Ibis table, or anything PyArrow reads (Arrow, pandas, Polars, a dict).
    :param outcome: column of numbers or of yes and no. :param treatment: column of yes and no (or 0 and 1).
    :param covariates: columns from **before** the treatment: numbers, dates, yes and no, words. A value may be missing.
    :param cluster: column of who a row belongs to (customer, seller). Rows of one cluster never help to predict each other.
    :param weight: column of what each row counts; 1 where left out. :param by: column of the groups whose own effects are told.
    :param placebo_outcome: columns the treatment cannot have touched, such as the outcome of the time before.
    :param placebo_treatment: columns of yes and no that cannot have touched the outcome, such as what happened after it.
    :param most_rows: a larger table is sampled, whole clusters each, by a hash of their key. :param seed: of all that is drawn.
    :returns: the effect; where it cannot be told, ``reason`` says why and there is no estimate.
    :raises RequestError: a column is missing, named twice, or of a type its part cannot have.
    """
    if most_rows < 1:
        raise RequestError(f"most_rows is {most_rows}.", place="most_rows", mend="give the rows to look at, 1,000 or more.")
    asked = Asked(outcome, treatment, _names(covariates), cluster, weight, by, _names(placebo_outcome), _names(placebo_treatment))
    usable, counted = count(table_of(table, asked), asked)
    sides = (counted.treated, counted.usable - counted.treated)
    if reason := _untellable(counted, asked):
        return _untold(asked, counted, reason, Overlap(*sides), counted.usable)
    with _one_thread():
        rows = fetch(usable, asked, counted, most_rows, seed)
        if reason := _too_few(rows.treated, rows.cluster):
            return _untold(asked, counted, reason, Overlap(int(rows.treated.sum()), int((~rows.treated).sum())), len(rows.treated))
        return _told(asked, counted, rows, seed)


def effect_on_treated(
    table: Any,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    most_rows: int = MOST_ROWS,
    seed: int = SEED,
) -> Figure:
    """The effect over the treated rows alone, as :func:`effect` tells it, for two thirds of the work: nothing of the treated is learned.

    :param table: as for :func:`effect`, and so are the rest.
    :returns: the effect with its limits; where it cannot be told there is no value, and ``method`` says why.
    :raises RequestError: as :func:`effect`.
    """
    asked = Asked(outcome, treatment, _names(covariates), cluster, None, None, (), ())
    usable, counted = count(table_of(table, asked), asked)
    if reason := _untellable(counted, asked):
        return Figure(None, n=counted.usable, method=reason)
    with _one_thread():
        rows = fetch(usable, asked, counted, most_rows, seed)
        if reason := _too_few(rows.treated, rows.cluster):
            return Figure(None, n=int(rows.treated.sum()), method=reason)
        setting = _setting(rows.treated, rows.weight, rows.cluster, rows.covariates, seed)
        shared = common(chances(setting).raw, rows.treated, rows.weight, rows.covariates.numbers, rows.covariates.owners)
        middle, unit = _scale_of(rows.outcome)
        without = expected_without(setting, (rows.outcome - middle) / unit) * unit + middle
        scored = scores.on_treated(rows.outcome, rows.treated, without, shared.chance, rows.weight, rows.cluster)
    return _figure(scored, int(rows.treated.sum()), int(rows.cluster.max()) + 1, _method(asked), shared.treated)


def load_learners() -> None:
    """Import what effects are estimated with, which takes the better part of a second: somebody with time to spare can do it."""
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401


def _one_thread() -> Any:
    """Sums do not depend on how many processors share them, and little is gained by more."""
    import sklearn.ensemble  # noqa: F401 - brings the pool of threads with it, and only a pool that is there can be limited

    return one_thread()


def _method(asked: Asked) -> str:
    return METHOD.format(of="rows" if asked.cluster is None else f"“{asked.cluster}”")


def _setting(treated: Flags, weight: Numbers, cluster: Ints, covariates: Covariates, seed: int) -> Setting:
    split = folds(cluster, treated, FOLDS_OF_MANY if len(treated) >= MANY else FOLDS_OF_FEW, seed)
    return Setting(covariates, treated, weight, split, seed)


def _scale_of(y: Numbers) -> tuple[float, float]:
    """Middle and unit of an outcome: learners see one scale, whatever it is counted in; yes and no stay what they are."""
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    return (0.0, 1.0) if binary else (float(y.mean()), float(y.std()) or 1.0)


def _names(given: Sequence[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _untellable(counted: Counted, asked: Asked) -> str | None:
    """Why the counts alone say that nothing can be told."""
    if not counted.usable:
        return "there are no rows with both an outcome and a treatment."
    if counted.treated in {0, counted.usable}:
        word = "no row was" if not counted.treated else "every row was"
        return f"there is nothing to compare: {word} treated (“{asked.treatment}”)."
    if counted.one_outcome:
        return f"the outcome “{asked.outcome}” is the same in every row."
    return None


def _too_few(treated: Flags, cluster: Ints) -> str | None:
    for side, word in ((treated, "treated"), (~treated, "untreated")):
        rows, clusters = int(side.sum()), len(np.unique(cluster[side]))
        if clusters < FEWEST_CLUSTERS or rows < FEWEST_ROWS:
            return (
                f"too few {word} rows: {rows:,} in {clusters:,} {'cluster' if clusters == 1 else 'clusters'}, and at least {FEWEST_ROWS} "
                f"rows in at least {FEWEST_CLUSTERS} clusters are needed."
            )
    return None


def _untold(asked: Asked, counted: Counted, reason: str, overlap: Overlap, used: int) -> Effect:
    return untold(asked.outcome, asked.treatment, reason, overlap, (used, counted.rows, counted.set_aside))


@dataclass(frozen=True, slots=True)
class _Found:
    """Nuisances and scores of one question."""

    setting: Setting
    common: Common
    expected: Expected
    everybody: scores.Scored
    treated: scores.Scored
    cluster: Ints


def _told(asked: Asked, counted: Counted, rows: Rows, seed: int) -> Effect:
    found = _find(rows.outcome, rows.treated, rows.weight, rows.cluster, rows.covariates, seed)
    method = _method(asked)
    clusters = int(rows.cluster.max()) + 1
    everybody = _figure(found.everybody, len(rows.outcome), clusters, method, found.common.everybody)
    on_treated = _figure(found.treated, int(rows.treated.sum()), clusters, method, found.common.treated)
    groups = _groups(found, rows, method) if asked.by is not None and everybody.value is not None else ()
    placebo = (*_placebo_outcomes(found, rows, method, seed), *_placebo_treatments(found, rows, method, seed))
    sensed = _sensed(found, rows, everybody)
    reason = found.common.everybody if everybody.value is None and on_treated.value is None else None
    result = Effect(
        asked.outcome,
        asked.treatment,
        everybody,
        on_treated,
        _difference(rows, clusters),
        len(rows.outcome),
        counted.rows,
        counted.set_aside,
        found.common.overlap,
        placebo,
        sensed,
        groups,
        found.expected.learned_by,
        rows.covariates.names,
        reason=_named(reason, rows),
    )
    return replace(result, warnings=_warnings(result, found, rows, asked, counted))


def _find(y: Numbers, treated: Flags, weight: Numbers, cluster: Ints, covariates: Covariates, seed: int) -> _Found:
    """All that one outcome and one treatment need."""
    setting = _setting(treated, weight, cluster, covariates, seed)
    chance = chances(setting)
    shared = common(chance.raw, treated, weight, covariates.numbers, covariates.owners)
    return _with_outcome(setting, shared, y, cluster)


def _with_outcome(setting: Setting, shared: Common, y: Numbers, cluster: Ints) -> _Found:
    middle, unit = _scale_of(y)
    scaled = expected(setting, (y - middle) / unit)
    outcome = Expected(scaled.without * unit + middle, scaled.treated * unit + middle, scaled.learned_by)
    data = (y, setting.treated, outcome.without)
    everybody = scores.everybody(*data, outcome.treated, shared.chance, setting.weight, cluster)
    return _Found(setting, shared, outcome, everybody, scores.on_treated(*data, shared.chance, setting.weight, cluster), cluster)


def _figure(scored: scores.Scored, n: int, clusters: int, method: str, refused: str | None) -> Figure:
    if refused is not None:
        return Figure(None, n=n, clusters=clusters, method=refused)
    low, high = scores.limits(scored.estimate, scored.error, clusters)
    return Figure(scored.estimate, low, high, n, clusters, method)


def _difference(rows: Rows, clusters: int) -> Figure:
    """Plain difference of the weighted means of the two sides."""
    flat = np.zeros(len(rows.outcome))
    share = np.full(len(flat), float(np.average(rows.treated, weights=rows.weight)))
    scored = scores.everybody(rows.outcome, rows.treated, flat, flat, share, rows.weight, rows.cluster)
    low, high = scores.limits(scored.estimate, scored.error, clusters)
    return Figure(scored.estimate, low, high, len(flat), clusters, "plain difference of means")


def _groups(found: _Found, rows: Rows, method: str) -> tuple[Estimate, ...]:
    """Average effect of each of the largest groups: the mean of its rows' scores (a group average treatment effect)."""
    values = rows.group or ()
    gain = found.everybody.influence + found.everybody.estimate
    lines = []
    for value, _ in sorted(Counter(values).most_common(MOST_GROUPS), key=lambda item: (item[0] is None, str(item[0]))):
        inside = np.fromiter((each == value for each in values), dtype=bool, count=len(values))
        cluster = np.unique(rows.cluster[inside], return_inverse=True)[1]
        clusters, weight = int(cluster.max()) + 1, rows.weight[inside]
        few = _too_few(rows.treated[inside], cluster)
        mean = float(np.average(gain[inside], weights=weight))
        scored = scores.Scored(mean, scores.standard_error(gain[inside] - mean, weight, cluster), gain[inside])
        lines.append(Estimate({}, "unknown" if value is None else str(value), _figure(scored, int(inside.sum()), clusters, method, few)))
    return tuple(lines)


def _placebo_outcomes(found: _Found, rows: Rows, method: str, seed: int) -> list[Placebo]:
    """The same comparison on what the treatment cannot have touched."""
    told = []
    for name, y in rows.placebo_outcomes.items():
        known = np.isfinite(y)
        few = _too_few(rows.treated[known], rows.cluster[known]) or (_same(name, y[known]) if known.any() else None)
        if few is not None:
            told.append(Placebo("outcome", name, Figure(None, n=int(known.sum()), method=few), None))
            continue
        if known.all():
            again = _with_outcome(found.setting, found.common, y, rows.cluster)
        else:
            again = _find(
                y[known], rows.treated[known], rows.weight[known], _renumbered(rows.cluster[known]), rows.covariates.take(known), seed
            )
        told.append(_placebo("outcome", name, again, method))
    return told


def _placebo_treatments(found: _Found, rows: Rows, method: str, seed: int) -> list[Placebo]:
    """What cannot have touched the outcome, in the place of the treatment; the treatment itself is held equal."""
    told = []
    own = found.setting.treated.astype(np.float64)[:, None]
    held = Covariates(
        np.hstack([rows.covariates.numbers, own]), (*rows.covariates.owners, "treatment"), rows.covariates.names, rows.covariates.levels
    )
    for name, column in rows.placebo_treatments.items():
        known = np.isfinite(column)
        treated, cluster = column[known] > 0, rows.cluster[known]
        few = _too_few(treated, cluster) or _same("the outcome", rows.outcome[known])
        if few is not None:
            told.append(Placebo("treatment", name, Figure(None, n=int(known.sum()), method=few), None))
            continue
        again = _find(rows.outcome[known], treated, rows.weight[known], _renumbered(cluster), held.take(known), seed)
        told.append(_placebo("treatment", name, again, method))
    return told


def _same(name: str, y: Numbers) -> str | None:
    return f"{name} is the same in every row." if y.min() == y.max() else None


def _renumbered(cluster: Ints) -> Ints:
    return np.asarray(np.unique(cluster, return_inverse=True)[1], dtype=np.int64)


def _placebo(of: str, name: str, found: _Found, method: str) -> Placebo:
    figure = _figure(found.everybody, len(found.cluster), int(found.cluster.max()) + 1, method, found.common.everybody)
    if figure.value is None:  # as for the effect itself, the treated may be comparable where not everybody is
        figure = _figure(found.treated, int(found.setting.treated.sum()), int(found.cluster.max()) + 1, method, found.common.treated)
    passed = None if figure.low is None or figure.high is None else figure.low <= 0 <= figure.high
    return Placebo(of, name, figure, passed)


def _sensed(found: _Found, rows: Rows, everybody: Figure) -> Sensitivity | None:
    if everybody.value is None or everybody.low is None or everybody.high is None:
        return None
    both = (rows.treated.astype(np.float64), rows.outcome)
    long = [means_elsewhere(codes, target, rows.weight, found.setting.fold) for codes in rows.covariates.levels.values() for target in both]
    encoded = np.column_stack([rows.covariates.numbers, *long])
    return sensitivity(
        everybody.value,
        (everybody.low, everybody.high),
        (rows.outcome, rows.treated, rows.weight, encoded),
        (found.expected.without, found.expected.treated, found.common.chance),
        rows.covariates,
    )


def _named(reason: str | None, rows: Rows) -> str | None:
    """The refusal, with the covariate that alone tells the two sides apart, if one does."""
    if reason is None:
        return None
    numbers, treated = rows.covariates.numbers, rows.treated
    for name in dict.fromkeys(rows.covariates.owners):
        block = numbers[:, [owner == name for owner in rows.covariates.owners]]
        for column in block.T:
            sides = column[treated], column[~treated]
            if sides[0].min() > sides[1].max() or sides[0].max() < sides[1].min():
                return f"{reason} “{name}” alone tells treated rows from the others."
    return reason


def _warnings(result: Effect, found: _Found, rows: Rows, asked: Asked, counted: Counted) -> tuple[str, ...]:
    """What a reader must see beside the number, most grave first."""
    told: list[str] = []
    failed = [each for each in result.placebo if each.passed is False]
    told += [
        f"The placebo {each.of} “{each.column}” moves by {each.effect.value:.3g}, where nothing can have moved it: the two sides differ in "
        "something that is not on record."
        for each in failed
    ]
    if result.sensitivity is not None and result.sensitivity.fragile:
        told.append(_fragile(result.sensitivity))
    for name, figure in (("everybody", result.everybody), ("the treated", result.on_treated)):
        if figure.value is None and result.reason is None:
            told.append(f"No effect over {name}: {figure.method}")
    told += found.common.warnings if result.reason is None else ()
    if not rows.covariates.names:
        told.append("Nothing was held equal: this is the plain difference.")
    if not result.placebo and result.reason is None:
        told.append("No placebo was given, so nothing shows that the two sides are comparable.")
    if asked.cluster is not None and asked.cluster in asked.covariates:
        told.append(f"“{asked.cluster}” is both cluster and covariate: no fold knows the clusters of another, so it holds nothing equal.")
    if rows.sampled:
        told.append(f"A sample of {result.n:,} of {counted.usable:,} rows, whole clusters drawn by a hash of their key.")
    told += [f"{number:,} rows set aside: {reason}." for reason, number in counted.set_aside.items()]
    return (*told, *rows.covariates.left_out)


def _fragile(sensed: Sensitivity) -> str:
    if sensed.shift is not None and sensed.strongest is not None:
        return (
            f"A hidden confounder could explain this effect away: one as strong as “{sensed.strongest}” may shift it by "
            f"{sensed.shift:.3g}, and one that explains {sensed.robustness_of_limit:.1%} of what is left of both brings the interval to 0."
        )
    return f"A weak hidden confounder could explain this effect away: {sensed.robustness_of_limit:.1%} of what is left of both is enough."

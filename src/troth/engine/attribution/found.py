"""From the reduced rows to the shares of each side, each exposure and each placebo, with their intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from troth.engine.attribution.basis import basis, modifiers
from troth.engine.attribution.estimates import Estimates, Limits
from troth.engine.attribution.ground import Ground, many
from troth.engine.attribution.placebo import placebo_notes, placebos
from troth.engine.attribution.reduced import Reduced
from troth.engine.attribution.shares import shares
from troth.engine.attribution.standing import Standing, standing_of
from troth.engine.attribution.survival import Fit, Rows, fit, monotone
from troth.engine.attribution.telling import Telling
from troth.engine.findings import Attribution
from troth.engine.intervals import Numbers

MOST_MODIFIERS = 8
"""Covariates an exposure may act unevenly with."""

FEW_FREE = 0.05
"""Share of rows without any exposure below which the chance without one is read off the model more than off the rows."""

NO_FIT = "no one set of strengths fits these rows: there are too few of them for so many exposures"


def told_of(ground: Ground, data: Reduced) -> Attribution:
    """The result of rows that were found fit to be compared."""
    weight = data.weight / data.weight.sum()
    standing = standing_of(ground, data)
    if standing.hindrance:
        return ground.untold(standing.hindrance, standing.reasons, standing.notes)
    places = [list(ground.asked.exposures).index(name) for name in standing.kept]
    rows = _rows(data, weight, data.flags[:, places])
    free = fit(rows)
    told = None if free is None else monotone(rows, free)
    if free is None or told is None:
        return ground.untold(NO_FIT, standing.reasons, standing.notes)
    limits = Limits(ground, data, weight)
    found = _estimates(rows, free, told, limits)
    placebo = placebos(ground, data, rows, free, limits)
    notes = [*ground.notes(), *standing.notes, *_cautions(data, rows, standing, found, limits), *placebo_notes(placebo)]
    return Telling(ground, standing, found, limits, placebo).told(notes)


def _rows(data: Reduced, weight: Numbers, exposures: Numbers) -> Rows:
    independent = float(data.weight.sum()) if data.cluster is None else float(len(np.unique(data.cluster)))
    return Rows(
        weight=weight,
        rows=float(data.weight.sum()),
        survived=1 - data.happened,
        exposures=exposures,
        placebos=np.zeros((len(weight), 0)),
        modifiers=modifiers(data.covariates, weight, MOST_MODIFIERS),
        basis=basis(data.covariates, data.weight, independent),
        fold=data.fold,
    )


def _estimates(rows: Rows, free: Fit, held: Fit, limits: Limits) -> Estimates:
    count = rows.exposures.shape[1]
    centre = shares(rows, free)
    told = centre if held is free else shares(rows, held)
    own = {int(whose): q for q, whose in reversed(list(enumerate(held.of))) if whose >= 0}
    turned = np.asarray([held.coefficients[own[k]] if k in own else 0.0 for k in range(count)])
    fewer = np.asarray([k not in own for k in range(count)], dtype=np.bool_)
    estimates = Estimates(
        value=np.maximum(told.value[:count], 0.0) / max(1.0, float(np.maximum(told.value[:count], 0.0).sum())),
        free=centre.value[:count],
        influence=centre.influence[:, :count],
        turned=turned,
        turned_free=free.coefficients[:count],
        turned_error=limits.errors(free.influence[:, :count]),
        held=fewer,
    )
    return replace(estimates, drawn=limits.draws(estimates.centre, estimates.influence)) if fewer.any() else estimates


def _cautions(data: Reduced, rows: Rows, standing: Standing, found: Estimates, limits: Limits) -> list[str]:
    notes = []
    without = float(rows.weight[rows.exposures.sum(axis=1) == 0].sum())
    if without < FEW_FREE:
        notes.append(f"Only {without:.1%} of the rows had no exposure: what would have happened without any is read off the model.")
    for k, name in enumerate(standing.kept):
        if found.turned_free[k] + limits.reach * found.turned_error[k] < 0:
            signed = limits.signed(float(found.free[k]), found.influence[:, k])
            notes.append(
                f"“{name}” goes along with fewer events, not more ({signed.value:+.0%} [{signed.low:+.0%}, {signed.high:+.0%}]), and is "
                "counted as 0: look for what it stands for and name it as a covariate."
            )
    constant = [name for name, values in data.covariates.items() if len(values.unique()) == 1]
    notes += [f"Covariate “{name}” is one and the same throughout, so it holds nothing equal." for name in constant]
    if data.sampled is not None:
        notes.append(
            f"Shares are told from {many(round(rows.rows), 'row')} drawn from {data.sampled:,}, the same ones every time. "
            "Counts are of all."
        )
    return notes

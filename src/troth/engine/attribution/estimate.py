"""From the reduced rows to the shares of each side, each exposure and each placebo, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from troth.engine.attribution.basis import basis, modifiers
from troth.engine.attribution.comparable import without_comparison
from troth.engine.attribution.ground import CANNOT_TELL, NEVER, Ground, many
from troth.engine.attribution.people import whole
from troth.engine.attribution.reduced import Reduced
from troth.engine.attribution.shares import Shares, shares, standard_error
from troth.engine.attribution.sides import UNEXPLAINED
from troth.engine.attribution.survival import Fit, Rows, fit, monotone
from troth.engine.findings import NO_DATA, Attribution, ExposureShare, Figure, Findings, PlaceboShare, SideShare
from troth.engine.intervals import CONFIDENCE, FEWEST_CLUSTERS, Numbers

MOST_MODIFIERS = 8
"""Covariates an exposure may act unevenly with."""

FEW_FREE = 0.05
"""Share of rows without any exposure below which the chance without one is read off the model more than off the rows."""

LEAST_SIGNAL = 2.0
"""Standard errors the explained share has to lie above 0 before it is parted between the sides."""

NOBODY_LIKE = 0.5
"""Share of an exposure's rows without a like that did not have it, from which it cannot be told."""

SOME_WITHOUT = 0.1
"""The same, from which it is told with a caution."""

LEAST_APART = 0.005
"""Smallest eigenvalue of the exposures' correlations: below it, one of them follows from the others."""

TAKES_PART = 0.2
"""Weight in that eigenvector from which an exposure is named."""

SAME = "cannot be told apart from the other exposures"
FOR_BOTH = "which stands for both"
NOT_APART = "the exposures cannot be told apart: which of them are there follows from the others"
NO_FIT = "no one set of strengths fits these rows: there are too few of them for so many exposures"


@dataclass(frozen=True, slots=True)
class Standing:
    """Which exposures can be compared.

    :param kept: those that can, in the order given. :param reasons: the others, each with its reason.
    :param notes: cautions. :param hindrance: why nothing can be told; empty where something can.
    """

    kept: tuple[str, ...]
    reasons: Mapping[str, str]
    notes: tuple[str, ...]
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Shares of all events, exposure by exposure; all arrays run over the exposures that can be compared, shape (K,).

    :param value: by the fit in which no exposure prevents events; never negative.
    :param free: by the fit in which one may: the centre of the interval. :param influence: of each row on it, shape (m, K).
    :param turned: lambda by the first fit, :param turned_free: and by the second. :param turned_error: its standard error.
    """

    value: Numbers
    free: Numbers
    influence: Numbers
    turned: Numbers
    turned_free: Numbers
    turned_error: Numbers


class Limits:
    """Intervals from rows' influence.

    :param ground: what the figures rest on.
    """

    def __init__(self, ground: Ground, data: Reduced, weight: Numbers) -> None:
        from scipy import special

        self._ground, self._data, self._weight = ground, data, weight
        self._rows = float(data.weight.sum())
        clusters = standard_error(np.zeros((len(weight), 1)), weight, self._rows, data.cluster)[1]
        self.reach = float(special.stdtrit(max(clusters - 1, 1), 0.5 + CONFIDENCE / 2))
        who = "each row on its own" if data.cluster is None else "customers as clusters"
        drawn = "" if data.sampled is None else f", {many(round(self._rows), 'row')} drawn from {data.sampled:,}"
        self.method = f"influence of each row, {who}{drawn}"

    def error(self, influence: Numbers) -> float:
        """Standard error of a mean of influence, shape (m,)."""
        return float(standard_error(influence[:, None], self._weight, self._rows, self._data.cluster)[0][0])

    def errors(self, influence: Numbers) -> Numbers:
        """The same of several, shape (m, T)."""
        return standard_error(influence, self._weight, self._rows, self._data.cluster)[0]

    def figure(self, value: float, centre: float, error: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Figure:
        """A figure whose interval lies about ``centre``, within bounds, and holds the value."""
        low, high = (min(max(centre + side * self.reach * error, bounds[0]), bounds[1]) for side in (-1, 1))
        return self._ground.figure(value, min(low, value), max(high, value), method=self.method)


def told_of(ground: Ground, data: Reduced) -> Attribution:
    """The result of rows that were found fit to be compared."""
    weight = data.weight / data.weight.sum()
    standing = _standing(ground, data)
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
    placebo = _placebo(ground, data, rows, free, limits)
    notes = [*ground.notes(), *standing.notes, *_cautions(data, rows, standing, found, limits), *_of_placebo(placebo)]
    return _told(ground, standing, found, limits, placebo, notes)


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


def _standing(ground: Ground, data: Reduced) -> Standing:
    """Which exposures can be compared, by their counts, their overlap and each other."""
    asked = ground.asked
    names = list(asked.exposures)
    reasons = {name: reason for name in names if (reason := ground.standing(name))}
    notes: list[str] = []
    for k, name in enumerate(names):
        drawn = float(data.weight @ data.flags[:, k])
        if name not in reasons and min(drawn, data.weight.sum() - drawn) < FEWEST_CLUSTERS:
            reasons[name] = f"it is there {drawn:,.0f} times among the rows drawn, and {FEWEST_CLUSTERS} are needed"
    kept = [name for name in names if name not in reasons]
    alone = without_comparison(dict(data.covariates), data.flags[:, [names.index(name) for name in kept]], data.weight)
    for name, share in zip(kept, alone, strict=True):
        if share >= NOBODY_LIKE:
            reasons[name] = (
                f"no overlap: of {share:.0%} of the rows with it, all their like have it, so that nobody is left to compare with"
            )
        elif share >= SOME_WITHOUT:
            notes.append(f"“{name}”: of {share:.0%} of the rows with it, all their like have it; what it holds is told from the others.")
    kept = [name for name in kept if name not in reasons]
    for i, name in enumerate(list(kept)):
        for other in [one for one in kept[:i] if one not in reasons]:
            apart = float(data.weight @ (data.flags[:, names.index(name)] != data.flags[:, names.index(other)]))
            if apart >= FEWEST_CLUSTERS:
                continue
            if asked.exposures[name] != asked.exposures[other]:
                pair = f"“{other}” ({asked.exposures[other]}) and “{name}” ({asked.exposures[name]})"
                return Standing((), reasons, tuple(notes), f"{pair} come together in all but {many(round(apart), 'row')}")
            reasons[name] = f"it comes together with “{other}”, {FOR_BOTH}"
            break
    kept = [name for name in kept if name not in reasons]
    tangled = _tangled(data.flags[:, [names.index(name) for name in kept]], data.weight)
    if tangled:
        those = ", ".join(f"“{kept[k]}”" for k in tangled)
        return Standing((), reasons, tuple(notes), f"{NOT_APART} ({those})")
    notes += [f"“{name}” cannot be told: {reason}." for name, reason in reasons.items() if _lost(reason)]
    hindrance = "" if kept else "no exposure can be compared: " + "; ".join(f"“{name}”: {reason}" for name, reason in reasons.items())
    return Standing(tuple(kept), reasons, tuple(notes), hindrance)


def _lost(reason: str) -> bool:
    """Whether an exposure with this reason is missing from its side: not where it never occurred, or another stands for it."""
    return bool(reason) and reason != NEVER and FOR_BOTH not in reason


def _tangled(flags: Numbers, weight: Numbers) -> list[int]:
    """Columns of which each follows from the others; empty where none does.

    :param flags: shape (m, K), none of them constant.
    """
    if flags.shape[1] < 2:  # noqa: PLR2004 - two to follow from each other
        return []
    centred = flags - np.average(flags, axis=0, weights=weight)
    spread = np.sqrt(weight @ centred**2)
    sizes, directions = np.linalg.eigh((centred * weight[:, None]).T @ centred / np.outer(spread, spread))
    if sizes[0] >= LEAST_APART:
        return []
    return [int(k) for k in np.flatnonzero(np.abs(directions[:, 0]) > TAKES_PART)]


def _estimates(rows: Rows, free: Fit, held: Fit, limits: Limits) -> Estimates:
    count = rows.exposures.shape[1]
    centre = shares(rows, free)
    told = centre if held is free else shares(rows, held)
    own = {int(whose): q for q, whose in reversed(list(enumerate(held.of))) if whose >= 0}
    turned = np.asarray([held.coefficients[own[k]] if k in own else 0.0 for k in range(count)])
    return Estimates(
        value=np.maximum(told.value[:count], 0.0) / max(1.0, float(np.maximum(told.value[:count], 0.0).sum())),
        free=centre.value[:count],
        influence=centre.influence[:, :count],
        turned=turned,
        turned_free=free.coefficients[:count],
        turned_error=limits.errors(free.influence[:, :count]),
    )


def _placebo(ground: Ground, data: Reduced, rows: Rows, free: Fit, limits: Limits) -> list[PlaceboShare]:
    """What is booked to each placebo, by a fit of its own beside all exposures."""
    found = []
    first = len(ground.asked.exposures)
    for k, name in enumerate(ground.asked.placebo):
        reason = ground.standing(name)
        share = NO_DATA
        if not reason:
            beside = replace(rows, placebos=data.flags[:, [first + k]])
            tangled = _tangled(np.column_stack([rows.exposures, beside.placebos]), data.weight)
            fitted = None if tangled else fit(beside, np.insert(free.coefficients, rows.exposures.shape[1], 0.0))
            if fitted is None:
                reason = SAME
            else:
                of_it: Shares = shares(beside, fitted)
                share = limits.figure(float(of_it.value[-1]), float(of_it.value[-1]), limits.error(of_it.influence[:, -1]), (-1.0, 1.0))
        if reason:
            share = ground.figure(None, method=f"{CANNOT_TELL}: {reason}")
        passed = None if share.low is None or share.high is None else share.low <= 0 <= share.high
        found.append(PlaceboShare({"placebo": name}, ground.seen.present[name], share, passed, reason))
    return found


def _of_placebo(placebo: Sequence[PlaceboShare]) -> list[str]:
    failed = [str(one.where["placebo"]) for one in placebo if one.passed is False]
    if not failed:
        return []
    names = ", ".join(f"“{name}”" for name in failed)
    what = f"Placebo failed: {names} happened only after the event and goes along with it all the same."
    return [f"{what} Something the covariates do not hold equal stands behind both, and may stand behind the exposures too."]


def _cautions(data: Reduced, rows: Rows, standing: Standing, found: Estimates, limits: Limits) -> list[str]:
    notes = []
    without = float(rows.weight[rows.exposures.sum(axis=1) == 0].sum())
    if without < FEW_FREE:
        notes.append(f"Only {without:.1%} of the rows had no exposure: what would have happened without any is read off the model.")
    for k, name in enumerate(standing.kept):
        if found.turned_free[k] + limits.reach * found.turned_error[k] < 0:
            notes.append(
                f"“{name}” goes along with fewer events, not more, and is counted as 0: "
                "look for what it stands for and name it as a covariate."
            )
    constant = [name for name, values in data.covariates.items() if len(values.unique()) == 1]
    notes += [f"Covariate “{name}” is one and the same throughout, so it holds nothing equal." for name in constant]
    if data.sampled is not None:
        notes.append(
            f"Shares are told from {many(round(rows.rows), 'row')} drawn from {data.sampled:,}, the same ones every time. "
            "Counts are of all."
        )
    return notes


def _told(
    ground: Ground, standing: Standing, found: Estimates, limits: Limits, placebo: Sequence[PlaceboShare], notes: Sequence[str]
) -> Attribution:
    asked = ground.asked
    at = {name: k for k, name in enumerate(standing.kept)}
    columns = {side: [at[name] for name in standing.kept if asked.exposures[name] == side] for side in asked.sides}
    values = [float(found.value[columns[side]].sum()) for side in asked.sides]
    unexplained = max(0.0, 1.0 - sum(values))
    counts = whole([*values, unexplained], ground.seen.events)
    explained = float(found.free.sum())
    signal = explained >= LEAST_SIGNAL * limits.error(found.influence.sum(axis=1))
    rows, exposures = [], []
    for side, value, count in zip(asked.sides, values, counts, strict=False):
        share, of_explained, reason = _side(ground, standing, found, limits, side, columns[side], value, signal)
        rows.append(SideShare({"side": side}, None if share.value is None else count, share, of_explained, reason))
        parts = dict(zip(columns[side], whole([float(found.value[k]) for k in columns[side]], count), strict=True))
        exposures += [_exposure(ground, standing, found, limits, name, at, parts) for name, of in asked.exposures.items() if of == side]
    error = limits.error(found.influence.sum(axis=1))
    rest = limits.figure(unexplained, 1.0 - explained, error)
    rows.append(SideShare({"side": UNEXPLAINED}, counts[-1], rest))
    return ground.told(
        rows,
        notes,
        exposures=Findings(tuple(exposures), ("side", "exposure")),
        placebo=Findings(tuple(placebo), ("placebo",)),
        answer=_answer(ground, rows, found, limits, columns),
    )


def _side(
    ground: Ground,
    standing: Standing,
    found: Estimates,
    limits: Limits,
    side: str,
    columns: Sequence[int],
    value: float,
    signal: bool,  # noqa: FBT001 - private
) -> tuple[Figure, Figure, str]:
    """The share of all events, the share of what is explained, and what is missing from them."""
    own = [name for name, of in ground.asked.exposures.items() if of == side]
    lost = [name for name in own if _lost(standing.reasons.get(name, ""))]
    never = all(standing.reasons.get(name) == NEVER for name in own)
    if never:
        nothing = ground.figure(0.0, 0.0, 0.0, method=NEVER)
        return nothing, nothing if signal else NO_DATA, NEVER
    if not columns:
        reason = "none of its exposures can be compared"
        return ground.figure(None, method=f"{CANNOT_TELL}: {reason}"), NO_DATA, reason
    share = limits.figure(value, float(found.free[columns].sum()), limits.error(found.influence[:, columns].sum(axis=1)))
    of_explained = ground.figure(None, method=f"{CANNOT_TELL}: next to nothing goes along with any exposure")
    if signal:
        explained = float(found.free.sum())
        centre = float(found.free[columns].sum()) / explained
        influence = (found.influence[:, columns].sum(axis=1) - centre * found.influence.sum(axis=1)) / explained
        of_explained = limits.figure(value / max(float(found.value.sum()), 1e-300), centre, limits.error(influence))
    return share, of_explained, f"without {', '.join(f'“{name}”' for name in lost)}" if lost else ""


def _exposure(
    ground: Ground,
    standing: Standing,
    found: Estimates,
    limits: Limits,
    name: str,
    at: Mapping[str, int],
    parts: Mapping[int, int],
) -> ExposureShare:
    reason = standing.reasons.get(name, "")
    if reason == NEVER:
        return ground.exposure(name, 0, ground.figure(0.0, 0.0, 0.0, method=NEVER), ground.figure(None, method=NEVER), reason)
    if reason:
        unknown = ground.figure(None, method=f"{CANNOT_TELL}: {reason}")
        return ground.exposure(name, None, unknown, unknown, reason)
    k = at[name]
    share = limits.figure(float(found.value[k]), float(found.free[k]), limits.error(found.influence[:, k]))
    low, high = (1 - np.exp(-max(found.turned_free[k] + side * limits.reach * found.turned_error[k], 0.0)) for side in (-1, 1))
    value = float(1 - np.exp(-found.turned[k]))
    turned = ground.figure(value, min(float(low), value), max(float(high), value), method=limits.method)
    return ground.exposure(name, parts[k], share, turned, "")


def _answer(ground: Ground, rows: Sequence[SideShare], found: Estimates, limits: Limits, columns: Mapping[str, Sequence[int]]) -> str:
    """The finding in a sentence or two: what is associated with whom, and whether one side clearly holds more."""

    def told(figure: Figure) -> str:
        if figure.value is None:
            return CANNOT_TELL
        return f"{figure.value:.0%}" if figure.low is None else f"{figure.value:.0%} [{figure.low:.0%}, {figure.high:.0%}]"

    sides = [row for row in rows if row.where["side"] != UNEXPLAINED]
    each = ", ".join(f"{told(row.share)} with {row.where['side']}" for row in sides)
    events = f"{many(ground.seen.events, 'event')} (“{ground.asked.event}”)"
    sentence = f"Of {events}, associated: {each}; {told(rows[-1].share)} with none of the exposures named."
    known = sorted((row for row in sides if columns[str(row.where["side"])]), key=lambda row: -(row.share.value or 0.0))
    if len(known) < 2:  # noqa: PLR2004 - two to compare
        return sentence
    more, less = (str(row.where["side"]) for row in known[:2])
    difference = found.influence[:, columns[more]].sum(axis=1) - found.influence[:, columns[less]].sum(axis=1)
    centre = float(found.free[columns[more]].sum() - found.free[columns[less]].sum())
    low, high = (centre + side * limits.reach * limits.error(difference) for side in (-1, 1))
    if low <= 0:
        between = f"the difference lies between {low:.0%} and {high:.0%} of the events"
        return f"{sentence} Whether {more} or {less} holds more: {CANNOT_TELL} ({between})."
    return f"{sentence} {more.capitalize()} holds more than {less}, by {low:.0%} to {high:.0%} of the events."

"""Which exposures can be compared: they come and go often enough, their like go without, and none follows from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from troth.engine.attribution.comparable import without_comparison
from troth.engine.attribution.ground import NEVER, Ground, many, times
from troth.engine.attribution.reduced import Reduced
from troth.engine.intervals import FEWEST_CLUSTERS, Numbers

NOBODY_LIKE = 0.5
"""Share of an exposure's rows without a like that did not have it, from which it cannot be told."""

SOME_WITHOUT = 0.1
"""The same, from which it is told with a caution."""

LEAST_APART = 0.005
"""Smallest eigenvalue of the exposures' correlations: below it, one of them follows from the others."""

TAKES_PART = 0.2
"""Weight in that eigenvector from which an exposure is named."""

FOR_BOTH = "which stands for both"
NOT_APART = "the exposures cannot be told apart: which of them are there follows from the others"


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


def standing_of(ground: Ground, data: Reduced) -> Standing:
    """Which exposures can be compared in these rows."""
    sides = ground.asked.exposures
    column = {name: data.flags[:, k] for k, name in enumerate(sides)}
    reasons = {name: reason for name in sides if (reason := ground.standing(name) or _drawn(data, column[name]))}
    notes: list[str] = []
    kept = [name for name in sides if name not in reasons]
    alone = without_comparison(dict(data.covariates), _columns(column, kept, data), data.weight)
    for name, share in zip(kept, alone, strict=True):
        like = f"of {share:.0%} of the rows with it, all their like have it"
        if share >= NOBODY_LIKE:
            reasons[name] = f"no overlap: {like}, so that nobody is left to compare with"
        elif share >= SOME_WITHOUT:
            notes.append(f"“{name}”: {like}; what it holds is told from the others.")
    kept = [name for name in kept if name not in reasons]
    for i, name in enumerate(kept):
        for other in (one for one in kept[:i] if one not in reasons):
            apart = float(data.weight @ (column[name] != column[other]))
            if apart >= FEWEST_CLUSTERS:
                continue
            if sides[name] != sides[other]:
                pair = f"“{other}” ({sides[other]}) and “{name}” ({sides[name]})"
                return Standing((), reasons, tuple(notes), f"{pair} come together in all but {many(round(apart), 'row')}")
            reasons[name] = f"it comes together with “{other}”, {FOR_BOTH}"
            break
    kept = [name for name in kept if name not in reasons]
    if entangled := tangled(_columns(column, kept, data), data.weight):
        those = ", ".join(f"“{kept[k]}”" for k in entangled)
        return Standing((), reasons, tuple(notes), f"{NOT_APART} ({those})")
    notes += [f"“{name}” cannot be told: {reason}." for name, reason in reasons.items() if lost(reason)]
    hindrance = "" if kept else "no exposure can be compared: " + "; ".join(f"“{name}”: {reason}" for name, reason in reasons.items())
    return Standing(tuple(kept), reasons, tuple(notes), hindrance)


def lost(reason: str) -> bool:
    """Whether an exposure with this reason is missing from its side: not where it never occurred, or another stands for it."""
    return bool(reason) and reason != NEVER and FOR_BOTH not in reason


def tangled(flags: Numbers, weight: Numbers) -> list[int]:
    """Columns of which each follows from the others; empty where none does.

    :param flags: shape (m, K), none of them constant. :param weight: rows of each pattern, shape (m,).
    """
    if flags.shape[1] < 2:  # noqa: PLR2004 - two to follow from each other
        return []
    centred = flags - np.average(flags, axis=0, weights=weight)
    spread = np.sqrt(weight @ centred**2)
    sizes, directions = np.linalg.eigh((centred * weight[:, None]).T @ centred / np.outer(spread, spread))
    if sizes[0] >= LEAST_APART:
        return []
    return [int(k) for k in np.flatnonzero(np.abs(directions[:, 0]) > TAKES_PART)]


def _drawn(data: Reduced, flag: Numbers) -> str:
    """Why an exposure cannot be compared in the rows drawn, though it can in all of them."""
    there = float(data.weight @ flag)
    few = min(there, float(data.weight.sum()) - there)
    if few >= FEWEST_CLUSTERS:
        return ""
    return f"it is there {times(round(there))} among the rows drawn; {FEWEST_CLUSTERS} with it and without it are needed"


def _columns(column: Mapping[str, Numbers], names: list[str], data: Reduced) -> Numbers:
    return np.column_stack([column[name] for name in names]) if names else np.zeros((len(data.weight), 0))

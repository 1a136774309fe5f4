"""Where does the excess lie? From a table, or from a cube that is already counted, to disjoint causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from troth.engine.findings import Figure
from troth.engine.localisation.causes import Answer, Cause, Causes, Side
from troth.engine.localisation.cube import OBSERVED, Columns, check_dimensions, cube_of, leaves_of
from troth.engine.localisation.excess import METHOD_COUNTED, METHOD_MEASURED, Excess, Normal, in_order
from troth.engine.localisation.leaves import Kind, Leaves
from troth.engine.localisation.peeling import Peel, peel
from troth.engine.localisation.slices import Mask, Slices, slices_of
from troth.terms.errors import RequestError, did_you_mean

ALPHA = 0.05
FEWEST = 20
"""Fewest trials, or counts observed and expected, of a slice to be looked at (domain.md e1)."""
LEAST = 0.01
"""Smallest share of all excess that makes a cause (domain.md e1)."""
DRAWS = 20
SEED = 20_240_131
MEASURES = {str(kind): kind for kind in Kind}
SIDES: Mapping[str, tuple[int, ...]] = {"both": (-1, 1), "more": (1,), "less": (-1,)}


def locate(
    table: Any,
    observed: str,
    expected: str | None = None,
    dimensions: Sequence[str] = (),
    *,
    trials: str | None = None,
    baseline: Any = None,
    measure: str | None = None,
    side: str = "both",
    deepest: int = 3,
    most: int = 10,
    fewest: float = FEWEST,
    least: float = LEAST,
    alpha: float = ALPHA,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Causes:
    """Which combinations of values hold more, or less, than was to be expected: a few disjoint causes, most first, or none (domain.md e1).

    :param table: rows, or a cube already counted: an Ibis table, or anything PyArrow reads. It is counted by one group-by in the database.
    :param observed: column of true or false (its rows are the trials), of counts, or of amounts such as money or hours.
    :param expected: column of what was to be expected of the row, in the unit of ``observed``, up to one factor for all rows.
    :param dimensions: columns to look in, at most 12; together they may make 100,000 combinations.
    :param trials: column of how many there could have been, for a rate.
    :param baseline: what to expect is learned from the time before: a table of it with the same columns, or the column that is true where a
        row of ``table`` belongs to it. With neither this nor ``expected``, each slice is held against the rate of all.
    :param measure: ``rate``, ``count`` or ``amount``; by default a rate where there are trials, a count where all is whole, else an amount.
    :param side: look for ``more`` than normal, ``less``, or ``both``.
    :param deepest: name at most so many dimensions in a cause. :param most: find at most so many causes.
    :param fewest: look at no slice with fewer trials (or, of a count, less observed and expected together).
    :param least: a cause that holds a smaller share of all excess is not told.
    :param alpha: the share of cubes without a cause in which one may be found all the same.
    :param draws: made cubes to calibrate p on where its bound does not decide; 0 keeps the bound. :param seed: of these.
    :raises RequestError: a column is missing or of the wrong type, what counts is below 0 in a row, nothing says what to expect, or the
        cube is too large.
    """
    names = (dimensions,) if isinstance(dimensions, str) else tuple(dimensions)
    if expected is not None and baseline is not None:
        raise RequestError("Both expected= and baseline= say what to expect.", place="baseline", mend="give one of them.")
    flag = baseline if isinstance(baseline, str) else None
    columns = Columns(observed, names, trials, expected, flag)
    cube, left_out = cube_of(table, columns, None if flag else baseline)
    for said, column in (("observed", observed), ("expected", expected), ("trials", trials), ("baseline", flag)):
        if column is not None and column in names:
            mend = "causes are looked for in other columns: leave it out."
            raise RequestError(f"“{column}” is the column of {said}, and no dimension.", place="dimensions", mend=mend)
    found = locate_cube(
        cube,
        names,
        measure=measure,
        side=side,
        deepest=deepest,
        most=most,
        fewest=fewest,
        least=least,
        alpha=alpha,
        draws=draws,
        seed=seed,
        called={name: given for name, given in (("observed", observed), ("trials", trials), ("expected", expected)) if given is not None},
    )
    if not left_out:
        return found
    return replace(found, notes=(*found.notes, f"{left_out:,} rows were left out: a number in them is unknown."))


def locate_cube(
    cube: pa.Table | Mapping[str, Any],
    dimensions: Sequence[str],
    *,
    measure: str | None = None,
    side: str = "both",
    deepest: int = 3,
    most: int = 10,
    fewest: float = FEWEST,
    least: float = LEAST,
    alpha: float = ALPHA,
    draws: int = DRAWS,
    seed: int = SEED,
    called: Mapping[str, str] | None = None,
    unnamed: str | None = None,
) -> Causes:
    """:func:`locate` on a cube at hand, without a database.

    :param cube: an Arrow table or arrays by name: the dimensions; ``observed``; and ``trials``, ``expected``, or ``before`` (with
        ``trials_before`` where there are ``trials``). One row per combination of values; those that repeat are added up.
    :param called: what a refusal calls these columns, where not by these names.
    :param unnamed: a value that stands for many counted together, which no rule can name: a cause among them is told without that
        dimension, where it names another.
    """
    if side not in SIDES:
        raise RequestError(f"There is no side “{side}”.", place="side", mend=did_you_mean(side, SIDES))
    if measure is not None and measure not in MEASURES:
        raise RequestError(f"There is no measure “{measure}”.", place="measure", mend=did_you_mean(measure, MEASURES))
    if deepest < 1 or most < 1:
        place = "deepest" if deepest < 1 else "most"
        raise RequestError(f"{place} is below 1.", place=place, mend="look at least one dimension deep, for at least one cause.")
    if not 0 < alpha < 1:
        raise RequestError("alpha is a share between 0 and 1.", place="alpha", mend="0.05 lets one null cube in twenty raise an alarm.")
    known = cube.column_names if isinstance(cube, pa.Table) else list(cube)
    names = check_dimensions(dimensions, known)
    if OBSERVED not in known:
        raise RequestError("The cube has no column “observed”.", place=OBSERVED, mend=did_you_mean(OBSERVED, known))
    leaves = leaves_of(cube, names, None if measure is None else MEASURES[measure], called)
    if reason := _untellable(leaves, fewest):
        return Causes((), names, (f"Cannot tell: {reason}",), reason=reason, leaves=len(leaves))
    weight = {Kind.RATE: leaves.trials, Kind.COUNT: leaves.observed + leaves.expected}.get(leaves.kind)
    slices = slices_of(
        leaves.codes, leaves.sizes, deepest, np.ones(len(leaves)) if weight is None else weight, fewest if weight is not None else 1
    )
    looked = int(slices.looked.sum())
    if not looked:
        reason = f"no slice has {fewest:g} {'trials' if leaves.kind is Kind.RATE else 'counts'}."
        return Causes((), names, (f"Cannot tell: {reason}",), reason=reason, leaves=len(leaves))
    peeled = peel(leaves, slices, SIDES[side], alpha=alpha, most=most, draws=draws, seed=seed)
    return _told(leaves, slices, peeled, most, least, unnamed)


def _named(leaves: Leaves, slices: Slices, slot: int, unnamed: str | None) -> int:
    """The slice that a rule can name: without the dimensions in which a slice has the value that stands for many; else the slice itself."""
    choice = slices.choices[slices.choice_of(slot)]
    leaf = int(np.flatnonzero(slices.leaves_of(slot))[0])
    named = tuple(place for place in choice if unnamed is None or leaves.values[place][leaves.codes[place, leaf]] != unnamed)
    if named == choice or named not in slices.choices:
        return slot
    wider = int(slices.member[leaf, slices.choices.index(named)])
    return wider if slices.looked[wider] else slot


def _untellable(leaves: Leaves, fewest: float) -> str:
    """Why nothing can be told of a cube; empty where something can."""
    if not len(leaves):
        return "there are no rows."
    if (leaves.sizes < 2).all():  # noqa: PLR2004 - one value is no choice
        return "every dimension has one value alone."
    if leaves.trials is not None and leaves.trials.sum() < fewest:
        return f"{leaves.trials.sum():,.0f} trials are too few, {fewest:g} are needed."
    if leaves.before is not None and not leaves.before.any() and not leaves.common:
        return "nothing was observed in the time before."
    if leaves.common and leaves.expected_before is not None and not leaves.expected_before.any():
        return "the time before has no trials."
    if not leaves.observed.any():
        return "nothing was observed: every combination is 0."
    if not leaves.expected.any():
        return "nothing was expected: every combination is 0."
    return ""


def _told(leaves: Leaves, slices: Slices, peeled: Peel, most: int, least: float, unnamed: str | None) -> Causes:
    """What peeling found, as findings."""
    p_of: dict[int, float] = {}
    for one in peeled.causes:
        slot = _named(leaves, slices, one.slot, unnamed)
        p_of[slot] = min(one.p, p_of.get(slot, 1.0))
    taken = list(p_of)
    rest = ~np.logical_or.reduce([slices.leaves_of(slot) for slot in taken]) if taken else np.ones(len(leaves), dtype=bool)
    normal = Normal(leaves, slices, peeled, rest)
    total = float(leaves.observed.sum() - leaves.expected.sum())
    ordered = in_order(normal, taken, slices)
    gross = _gross(ordered, total)
    if any(abs(excess.value) < least * gross for _, _, excess in ordered):
        # What is too small to be told is nobody's, and the next largest may have its leaves.
        ordered = in_order(normal, [slot for slot, _, excess in ordered if abs(excess.value) >= least * gross], slices)
        gross = _gross(ordered, total)
    unexplained = total - sum(excess.value for _, _, excess in ordered)
    method = METHOD_MEASURED if leaves.kind is Kind.AMOUNT else METHOD_COUNTED
    causes = []
    for slot, held, excess in ordered:
        first = int(np.flatnonzero(held)[0])
        where = {leaves.names[place]: leaves.values[place][leaves.codes[place, first]] for place in slices.choices[slices.choice_of(slot)]}
        n = int(held.sum() if leaves.trials is None else leaves.trials[held].sum())
        causes.append(
            Cause(
                where,
                Side.MORE if excess.value > 0 else Side.LESS,
                excess.observed,
                excess.expected,
                Figure(excess.value, excess.low, excess.high, n, method=method),
                excess.observed / excess.expected if excess.expected else None,
                abs(excess.value) / gross if gross else 0.0,
                p_of[slot],
                int(held.sum()),
            )
        )
    answer = Answer.LOCALISED if causes else Answer.NO_LOCALISED_CAUSE
    ratio, low, high = normal.ratio
    n = int(rest.sum() if leaves.trials is None else leaves.trials[rest].sum())
    looked = int(slices.looked.sum())
    return Causes(
        tuple(causes),
        leaves.names,
        _notes(answer, peeled.p, looked, stopped=len(peeled.causes) == most),
        answer=answer,
        p=peeled.p,
        overall=Figure(ratio, low, high, n, method="normal interval of a ratio, leaves as they vary"),
        total=total,
        unexplained=unexplained,
        dispersion=peeled.noise.dispersion,
        stray=peeled.noise.stray,
        leaves=len(leaves),
        looked=looked,
    )


def _gross(ordered: Sequence[tuple[int, Mask, Excess]], total: float) -> float:
    """All excess and shortfall, of the causes and of what none of them holds."""
    values = [excess.value for _, _, excess in ordered]
    return sum(map(abs, values)) + abs(total - sum(values))


def _notes(answer: Answer, p: float, looked: int, *, stopped: bool) -> tuple[str, ...]:
    if answer is Answer.NO_LOCALISED_CAUSE:
        return (f"No localised cause: of {looked:,} slices looked at, none stands out (p = {p:.2g}).",)
    more = ("There may be more: as many causes were found as were asked for.",) if stopped else ()
    return ("Where the excess lies, not why. A row that two causes hold counts for the first.", *more)

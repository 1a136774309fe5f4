"""Failures peeled into disjoint issues, each with a rule that serves again next period (domain.md e1).

Rules stand in an order, and a failure belongs to the first that holds it; so issues add up, with what is left, the unassigned, to all
failures. First come the rules kept from before, in their old order: an issue stays itself from study to study. What they leave is
searched: slice by slice by the scan of :mod:`troth.engine.localisation`, then whole promises that are broken beyond what the charter
allows everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import wilson
from troth.engine.issues.cubes import OBSERVED, OTHERS, TRIALS, WHAT, Cube
from troth.engine.localisation import locate_cube

FEWEST = 20
"""Failures and exposures a slice needs to be looked at (domain.md e1, step 2)."""
LEAST = 0.01
"""Smallest share of all excess that makes an issue (domain.md e1, step 3)."""
KEY_LENGTH = 8

Rule = Mapping[str, str | None]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Formed:
    """One issue as it was found: its rule, and how many failures it holds beyond what was to be expected.

    :param rule: dimension to value, ``None`` where it is unknown; ``what`` always among them.
    :param failures: how many it holds, of ``exposed`` that could have failed.
    :param excess: failures beyond what was to be expected, with its 95% interval.
    :param held_against: what it was held against: ``its like`` (the same promise elsewhere) or ``the charter``.
    :param p: chance of a slice like it where nothing is localised; ``None`` where the charter is what it was held against.
    :param known: its rule was kept from before.
    """

    rule: Rule
    failures: int
    exposed: int
    excess: Figure
    held_against: str
    p: float | None
    known: bool = False

    @property
    def key(self) -> str:
        """What it is called by from study to study: the same rule has the same key."""
        return key_of(self.rule)


def key_of(rule: Rule) -> str:
    """A short name of a rule."""
    return sha256(dumps(sorted(rule.items()), ensure_ascii=False).encode()).hexdigest()[:KEY_LENGTH]


def form(cubes: Sequence[Cube], allowed: Mapping[str, float], known: Sequence[Rule] = ()) -> tuple[Formed, ...]:
    """Rules that hold the excess, in the order in which they are to be asked.

    :param cubes: one for each thing that failed.
    :param allowed: share of each promise that may break by its charter line, 1 less the keep target.
    :param known: rules of issues found before, which come first and keep their order.
    """
    kept: list[Formed] = []
    left = {cube.what: cube for cube in cubes}
    for rule in known:
        cube = left.get(str(rule.get(WHAT)))
        if cube is None or not rule.keys() <= {WHAT, *cube.dimensions}:
            continue  # its promise, or a column of it, is there no more
        inside = _holds(cube, rule)
        kept.append(_known(cube, rule, inside, allowed))
        left[cube.what] = _without(cube, inside)
    found: list[Formed] = []
    for cube in left.values():
        found += _peeled(cube, allowed.get(cube.what))
    total = sum(max(0.0, one.excess.value or 0.0) for one in (*kept, *found))
    worth = [one for one in found if (one.excess.value or 0.0) >= LEAST * total]
    return (*kept, *sorted(worth, key=_order))


def _order(one: Formed) -> tuple[bool, float, str]:
    """Slices before whole promises, which would swallow them; then the most beyond what was to be expected first."""
    return len(one.rule) == 1, -(one.excess.value or 0.0), one.key


def _peeled(cube: Cube, allowed: float | None) -> list[Formed]:
    """The localised causes of one cube, and the promise as a whole where what is left breaks more often than allowed."""
    found: list[Formed] = []
    rest = cube
    if cube.dimensions and sum(cube.leaves[OBSERVED].to_pylist()) >= FEWEST:
        causes = locate_cube(cube.leaves, cube.dimensions, side="more", fewest=FEWEST, least=LEAST)
        for cause in causes:
            rule = {WHAT: cube.what, **cause.where}
            inside = _holds(rest, rule)
            failures, exposed = _counts(rest, inside)
            low, high = cause.interval
            if low is None or low <= 0 or failures < FEWEST or OTHERS in rule.values():
                continue
            excess = Figure(cause.excess.value, low, high, failures, method=cause.excess.method)
            found.append(Formed(rule, failures, exposed, excess, "its like", cause.p))
            rest = _without(rest, inside)
    if allowed is not None:
        failures, exposed = _counts(rest, np.ones(rest.leaves.num_rows, dtype=bool))
        excess = _beyond(failures, exposed, allowed)
        if failures >= FEWEST and excess.low is not None and excess.low > 0:
            found.append(Formed({WHAT: cube.what}, failures, exposed, excess, "the charter", None))
    return found


def _known(cube: Cube, rule: Rule, inside: Mask, allowed: Mapping[str, float]) -> Formed:
    """An issue found before, by its old rule: held against its like, or against the charter where it is a promise as a whole."""
    failures, exposed = _counts(cube, inside)
    if len(rule) == 1:
        share, against = allowed.get(cube.what, 0.0), "the charter"
    else:
        elsewhere, among = _counts(cube, ~inside)
        share, against = elsewhere / among if among else 0.0, "its like"
    return Formed(rule, failures, exposed, _beyond(failures, exposed, share), against, None, known=True)


def _beyond(failures: int, exposed: int, share: float) -> Figure:
    """Failures beyond a share of those exposed, with the limits of a binomial count."""
    if not exposed:
        return NO_DATA
    limits = wilson(failures / exposed, exposed)
    expected = share * exposed
    return Figure(failures - expected, limits.low * exposed - expected, limits.high * exposed - expected, exposed, method=limits.method)


def _holds(cube: Cube, rule: Rule) -> Mask:
    """Which combinations a rule holds, shape (rows,)."""
    inside = np.ones(cube.leaves.num_rows, dtype=bool)
    for name, value in rule.items():
        if name == WHAT:
            continue
        column = cube.leaves[name]
        match = pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, pa.scalar(value, column.type)), False)
        inside &= np.asarray(match.to_numpy(zero_copy_only=False), dtype=bool)
    return inside


def _counts(cube: Cube, inside: Mask) -> tuple[int, int]:
    observed, trials = (np.asarray(cube.leaves[name].to_numpy(zero_copy_only=False)) for name in (OBSERVED, TRIALS))
    return int(observed[inside].sum()), int(trials[inside].sum())


def _without(cube: Cube, inside: Mask) -> Cube:
    return Cube(cube.what, cube.dimensions, cube.left_out, cube.leaves.filter(pa.array(~inside)))

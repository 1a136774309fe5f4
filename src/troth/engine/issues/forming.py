"""Failures peeled into disjoint issues, each with a rule that serves again next period (domain.md e1).

Rules stand in an order, and a failure belongs to the first that holds it; so issues add up, with what is left, the unassigned, to all
failures. First come the rules kept from before, in their old order: an issue stays itself from study to study. What they leave is
searched: slice by slice by the scan of :mod:`troth.engine.localisation`; then, where a promise still breaks more than its charter line
allows, for the slices that do so most, and last for the promise as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from json import dumps

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import wilson
from troth.engine.issues.cubes import OBSERVED, OTHERS, TRIALS, WHAT, Cube
from troth.engine.issues.likelihood import at_one_rate
from troth.engine.localisation import locate_cube

FEWEST = 20
"""Failures and exposures a slice needs to be looked at (domain.md e1, step 2)."""
LEAST = 0.01
"""Smallest share of all excess that makes an issue (domain.md e1, step 3)."""
KEY_LENGTH = 8
MOST_CHRONIC = 10
"""Slices of one promise that are taken off because they break more than is allowed."""
SURE = 10.0
"""Gain in log likelihood such a slice needs: chance alone gives it once in some ten thousand."""
WORSE = 1.25
"""Least ratio of its rate to that of the rest."""
MOST, TELLING, MOST_NAMED = 0.5, 2.0, 2
"""A value is named beside the rule if it has so large a share of the failures, so many times its share of all; and so many are."""
ITS_LIKE, CHARTER, USUAL = "its like", "the charter", "the usual target"
"""What an issue is held against: the same elsewhere; the keep target of its charter line; that of a promise without a line (c7)."""

Rule = Mapping[str, str | None]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The share of a promise that may break, and by what: :data:`CHARTER` or :data:`USUAL`."""

    share: float
    by: str = CHARTER


@dataclass(frozen=True, slots=True)
class Mostly:
    """A value most failures of an issue have in common, and far more often than all that could have failed: one queue of an area.

    :param share: of the issue's failures.
    """

    column: str
    value: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Known:
    """A rule found before, and what its issue was held against then: it is held against the same again."""

    rule: Rule
    held_against: str = ITS_LIKE


@dataclass(frozen=True, slots=True)
class Formed:
    """One issue as it was found: its rule, and how many failures it holds beyond what was to be expected.

    :param rule: dimension to value, ``None`` where it is unknown; ``what`` always among them.
    :param failures: how many it holds, of ``exposed`` that could have failed.
    :param excess: failures beyond what was to be expected, with its 95% interval.
    :param held_against: what it was held against: ``its like`` (the same promise elsewhere) or ``the charter``.
    :param p: chance of a slice like it where nothing is localised; ``None`` where the charter is what it was held against.
    :param known: its rule was kept from before. :param mostly: what most of its failures have in common beside the rule.
    """

    rule: Rule
    failures: int
    exposed: int
    excess: Figure
    held_against: str
    p: float | None
    known: bool = False
    mostly: tuple[Mostly, ...] = ()

    @property
    def what(self) -> str:
        """What failed."""
        return str(self.rule[WHAT])

    @property
    def key(self) -> str:
        """What it is called by from study to study: the same rule has the same key."""
        return key_of(self.rule)


def key_of(rule: Rule) -> str:
    """A short name of a rule."""
    return sha256(dumps(sorted(rule.items()), ensure_ascii=False).encode()).hexdigest()[:KEY_LENGTH]


def form(cubes: Sequence[Cube], allowed: Mapping[str, Allowed], known: Sequence[Known] = ()) -> tuple[Formed, ...]:
    """Rules that hold the excess, in the order in which they are to be asked.

    :param cubes: one for each thing that failed.
    :param allowed: share of each promise that may break.
    :param known: rules of issues found before; slices come first and keep their order, whole promises come last.
    """
    kept: list[Formed] = []
    left = {cube.what: cube for cube in cubes}
    whole_before = {str(one.rule.get(WHAT)) for one in known if len(one.rule) == 1}
    for one in known:
        cube = left.get(str(one.rule.get(WHAT)))
        if cube is None or len(one.rule) == 1 or not one.rule.keys() <= {WHAT, *cube.dimensions}:
            continue  # its promise, or a column of it, is there no more
        inside = _holds(cube, one.rule)
        kept.append(_known(cube, one, inside, allowed.get(cube.what)))
        left[cube.what] = _without(cube, inside)
    found: list[tuple[float, Formed]] = []
    whole: list[Formed] = []
    for cube in left.values():
        slices, rest = _localised(cube)
        may = allowed.get(cube.what)
        if may is not None:
            more, rest = _chronic(rest, may)
            slices += more
            whole += _everywhere(rest, may, known=cube.what in whole_before)
        found += _in_turn(slices)
    # Slices before whole promises, which would swallow them.
    ordered = [*(one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].what))), *sorted(whole, key=_most)]
    total = sum(max(0.0, one.excess.value or 0.0) for one in (*kept, *ordered))
    return (*kept, *(one for one in ordered if one.known or (one.excess.value or 0.0) >= LEAST * total))


def _most(one: Formed) -> tuple[float, str]:
    return -(one.excess.value or 0.0), one.key


def _in_turn(slices: Sequence[Formed]) -> list[tuple[float, Formed]]:
    """Slices of one promise, each with what it is sorted by: its excess, but no more than that of any before it.

    Each was counted without those before it, so none may pass them: a broad slice would take the failures of the sharp ones within it.
    """
    bound = math.inf
    found: list[tuple[float, Formed]] = []
    for one in slices:
        bound = min(bound, one.excess.value or 0.0)
        found.append((bound, one))
    return found


def _localised(cube: Cube) -> tuple[list[Formed], Cube]:
    """Slices that hold more than their like, and what is left without them."""
    found: list[Formed] = []
    if not cube.dimensions or sum(cube.leaves[OBSERVED].to_pylist()) < FEWEST:
        return found, cube
    rest = cube
    for cause in locate_cube(cube.leaves, cube.dimensions, side="more", fewest=FEWEST, least=LEAST, unnamed=OTHERS):
        rule = {WHAT: cube.what, **cause.where}
        inside = _holds(rest, rule)
        failures, exposed = _counts(rest, inside)
        low, high = cause.interval
        if low is None or low <= 0 or failures < FEWEST or OTHERS in rule.values():
            continue
        excess = Figure(cause.excess.value, low, high, exposed, method=cause.excess.method)
        found.append(Formed(rule, failures, exposed, excess, ITS_LIKE, cause.p, mostly=_mostly(rest, inside, rule)))
        rest = _without(rest, inside)
    return found, rest


def _chronic(cube: Cube, allowed: Allowed) -> tuple[list[Formed], Cube]:
    """Slices that break more often than allowed, and more often than the rest, where slices differ so much that none stands out.

    One after the other the slice of one or two columns whose rate of its own gains most is taken off.
    """
    found: list[Formed] = []
    rest = cube
    while len(found) < MOST_CHRONIC:
        failures, exposed = _counts(rest, _all(rest))
        beyond = failures - allowed.share * exposed
        best = max((_telling(rest, names, allowed, LEAST * beyond) for names in _choices(rest)), default=None, key=lambda one: one[0])
        if beyond <= 0 or best is None or best[0] <= SURE:
            break
        rule = {WHAT: cube.what, **best[1]}
        inside = _holds(rest, rule)
        failures, exposed = _counts(rest, inside)
        excess = _beyond(failures, exposed, allowed.share)
        found.append(Formed(rule, failures, exposed, excess, allowed.by, None, mostly=_mostly(rest, inside, rule)))
        rest = _without(rest, inside)
    return found, rest


def _choices(cube: Cube) -> list[tuple[str, ...]]:
    return [names for depth in (1, 2) for names in combinations(cube.dimensions, depth)]


def _telling(cube: Cube, names: tuple[str, ...], allowed: Allowed, least: float) -> tuple[float, dict[str, str | None]]:
    """The slice of these columns that gains most log likelihood by a rate of its own, less what choosing it costs.

    :param least: failures beyond what is allowed that a slice has to hold.
    """
    sums = (
        cube.leaves.group_by(list(names)).aggregate([(OBSERVED, "sum"), (TRIALS, "sum")]).sort_by([(name, "ascending") for name in names])
    )
    k, n = (np.asarray(sums[f"{name}_sum"].to_numpy(), dtype=np.float64) for name in (OBSERVED, TRIALS))
    rest_k, rest_n = k.sum() - k, n.sum() - n
    gain = at_one_rate(k, n) + at_one_rate(rest_k, rest_n) - at_one_rate(k.sum(), n.sum())
    others = np.any([pc.fill_null(pc.equal(sums[name], OTHERS), False).to_numpy(zero_copy_only=False) for name in names], axis=0)
    spread = 2 * np.sqrt(np.maximum(k * (1 - k / n), 1.0))
    fits = (k >= FEWEST) & (k - spread - allowed.share * n > max(least, 0.0)) & (k * rest_n > WORSE * rest_k * n) & ~others
    if not fits.any():
        return 0.0, {}
    place = int(np.argmax(np.where(fits, gain, -np.inf)))
    return float(gain[place]) - len(names) * math.log(len(k)), {name: sums[name][place].as_py() for name in names}


def _everywhere(cube: Cube, allowed: Allowed, *, known: bool) -> list[Formed]:
    """The promise as a whole, where what is left breaks more often than allowed."""
    failures, exposed = _counts(cube, _all(cube))
    excess = _beyond(failures, exposed, allowed.share)
    if known or (failures >= FEWEST and excess.low is not None and excess.low > 0):
        return [Formed({WHAT: cube.what}, failures, exposed, excess, allowed.by, None, known=known)]
    return []


def _known(cube: Cube, one: Known, inside: Mask, allowed: Allowed | None) -> Formed:
    """A slice found before, by its old rule, held against what it was held against: its like, or what is allowed now."""
    failures, exposed = _counts(cube, inside)
    elsewhere, among = _counts(cube, ~inside)
    share, by = elsewhere / among if among else 0.0, ITS_LIKE
    if one.held_against != ITS_LIKE and allowed is not None:
        share, by = allowed.share, allowed.by
    mostly = _mostly(cube, inside, one.rule)
    return Formed(one.rule, failures, exposed, _beyond(failures, exposed, share), by, None, known=True, mostly=mostly)


def _mostly(cube: Cube, inside: Mask, rule: Rule) -> tuple[Mostly, ...]:
    """What most failures of a slice have in common beside its rule, the rarest among all that could have failed first."""
    if not inside.any():
        return ()
    mine = cube.leaves.filter(pa.array(inside))
    failures, everything = pc.sum(mine[OBSERVED]).as_py() or 0, pc.sum(cube.leaves[TRIALS]).as_py() or 0
    found: list[tuple[float, Mostly]] = []
    for name in (name for name in cube.dimensions if name not in rule and failures):
        counts = mine.group_by(name).aggregate([(OBSERVED, "sum")]).sort_by([(f"{OBSERVED}_sum", "descending"), (name, "ascending")])
        if counts.num_rows == 1:
            continue  # the rule under another name
        value, held = counts[name][0].as_py(), counts[f"{OBSERVED}_sum"][0].as_py()
        usual = pc.sum(cube.leaves.filter(pa.array(_holds(cube, {name: value})))[TRIALS]).as_py() / everything
        if value != OTHERS and held >= MOST * failures and held >= TELLING * usual * failures:
            found.append((usual, Mostly(name, value, held / failures)))
    return tuple(one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].column))[:MOST_NAMED])


def _beyond(failures: int, exposed: int, share: float) -> Figure:
    """Failures beyond a share of those exposed, with the limits of a binomial count."""
    if not exposed:
        return NO_DATA
    limits = wilson(failures / exposed, exposed)
    expected = share * exposed
    return Figure(failures - expected, limits.low * exposed - expected, limits.high * exposed - expected, exposed, method=limits.method)


def _all(cube: Cube) -> Mask:
    return np.ones(cube.leaves.num_rows, dtype=bool)


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

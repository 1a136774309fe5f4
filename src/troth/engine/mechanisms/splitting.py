"""``troth.split_change``: an exact split of a change in a rate or a mean over what the number is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import FEWEST_CLUSTERS, Numbers, cluster_sums, normal_quantile, wilson, wilson_effective
from troth.engine.mechanisms import telling
from troth.engine.mechanisms.asking import CHANCE, MIX, PROMISE, RATE, TOGETHER, Asked, checked, names_of, side_of
from troth.engine.mechanisms.draws import draw_parts, errors, parts_of
from troth.engine.mechanisms.grouping import Groups, groups_of
from troth.engine.mechanisms.identity import worlds
from troth.engine.mechanisms.kitagawa import kitagawa
from troth.engine.mechanisms.result import Split, SplitArea, SplitPart
from troth.engine.mechanisms.rows import MOST_KINDS, Counted, Ground, count, ground
from troth.terms.errors import RequestError, did_you_mean

DRAWS = 200
SEED = 20_240_131
FEWEST_ROWS = 30
FEWEST_DRAWS = 20
MOST_NAMED = 200
"""Values of the column that tells the sides apart, among which the nearest is looked for."""
NOTHING_SHARED = "nothing can be compared: no combination of the context columns occurs both before and after."
NOTHING = 1e-12
"""A part closer to 0 than this is what sums of rounded numbers leave of 0."""
DRAWN = "normal, standard error from {draws} draws of {of}"
LINEAR = "normal, linearised, {of}"


def split_change(
    table: Any,
    *,
    by: str,
    before: Any,
    after: Any,
    mix: Sequence[str] | str = (),
    promise: str | None = None,
    stages: Mapping[str, str] | None = None,
    event: str | None = None,
    grace: float = 0.0,
    areas: Mapping[str, str] | None = None,
    cluster: str | None = None,
    most_kinds: int = MOST_KINDS,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Split:
    """Split the change of a KPI between two periods, or two slices, exactly over its mechanisms.

    With ``promise`` and ``stages`` the KPI is the share that is late: the stages take longer than promised, ``grace`` included. Its
    mechanisms are how often each value of each ``mix`` column occurs given those before it, the promise given all of these, and each stage
    given all of these. Each gets its Shapley value over the 2^m worlds in which some mechanisms are as after and the others as before
    (Shapley 1953). What promise and stages do by going together, beyond what each does, is ``together``. With ``event`` the KPI is the
    rate or mean of a column, split into mix and rate over the groups that the ``mix`` columns make (Kitagawa 1955).

    :param table: one row per order, promise or case: an Ibis table, or anything PyArrow reads (Arrow, pandas, Polars, a dict).
    :param by: column that tells the sides apart. :param before: its value before; a year, month or day where the column holds dates
        (``"2024-08"``). :param after: its value after.
    :param mix: context columns in the order in which they come about: region, then the carrier chosen for it. An empty value is one too.
    :param promise: column of how long was promised, in any unit of time. :param stages: stage to the column of how long it took, likewise.
    :param event: column of yes or no, or of numbers. :param grace: how far a promise may be missed, in the unit of the promise.
    :param areas: mechanism (a ``mix`` column, ``promise``, a stage, ``together``; ``mix`` and ``rate`` with ``event``) to its owner.
    :param cluster: column of what a row belongs to (customer, seller), where rows of one are alike.
    :param most_kinds: kinds of row that come into memory at most; beyond that a sample of them tells how far chance reaches.
    :param draws: samples drawn for the standard errors. :param seed: of these.
    :returns: parts in the unit of the KPI: a share for a rate. Where nothing can be told, ``reason`` says why.
    :raises RequestError: a column is missing, of the wrong type or named twice; the question names no KPI, or two; there are more than
        8 mechanisms or 500 cells.
    """
    if draws < FEWEST_DRAWS or most_kinds < 1:
        place = "draws" if draws < FEWEST_DRAWS else "most_kinds"
        raise RequestError(f"{place} is too small.", place=place, mend=f"draw {DRAWS}, and keep {MOST_KINDS:,} kinds of row.")
    asked = Asked(by, before, after, names_of(mix), promise, dict(stages or {}), event, float(grace), dict(areas or {}), cluster)
    usable, counted = count(checked(table, asked), asked)
    if reason := _missing(checked(table, asked), asked, counted) or _too_few(counted):
        return _untold("rate" if event is None else "mean", counted, reason)
    if event is not None:
        return _over_groups(groups_of(usable, asked), asked, counted)
    return _over_mechanisms(ground(usable, asked, counted, seed, most_kinds), asked, counted, draws, seed)


def _untold(kpi: str, counted: Counted, reason: str, before: Figure = NO_DATA, after: Figure = NO_DATA) -> Split:
    note = telling.of_rows(counted.sides, counted.rows, counted.elsewhere, counted.set_aside)
    said = telling.untold(reason)
    return Split(kpi, before, after, rows=counted.rows, set_aside=counted.set_aside, answer=said, reason=reason, notes=(note,))


def _too_few(counted: Counted) -> str:
    for word, rows in zip(("before", "after"), counted.sides, strict=True):
        if rows < FEWEST_ROWS:
            return f"{rows:,} {'row' if rows == 1 else 'rows'} {word} are too few, {FEWEST_ROWS} are needed."
    return ""


def _missing(table: ir.Table, asked: Asked, counted: Counted) -> str:
    """Which side no row at all is of, with the nearest value there is."""
    if all(counted.sides):
        return ""
    side = side_of(table, asked)
    [found] = table.aggregate(**{f"n{i}": (side == i).cast("int64").sum() for i in (0, 1)}).to_pyarrow().to_pylist()
    for i, value in enumerate((asked.before, asked.after)):
        if not found[f"n{i}"]:
            column = table[asked.by]
            if column.type().is_temporal():
                [span] = table.aggregate(first=column.min(), last=column.max()).to_pyarrow().to_pylist()
                known = f"; it goes from {span['first']:%Y-%m-%d} to {span['last']:%Y-%m-%d}" if span["first"] is not None else ""
                return f"there is no “{value}” in “{asked.by}”{known}."
            told = table.select(one=column).filter(column.notnull()).distinct().order_by("one").limit(MOST_NAMED).to_pyarrow()
            nearest = did_you_mean(str(value), [str(one) for one in told["one"].to_pylist()])
            return f"there is no “{value}” in “{asked.by}”{'.' if nearest is None else f': {nearest}'}"
    return ""


def _one_rate(rates: Numbers, what: str) -> str:
    """Why nothing can be told where it never happened, or always did, on both sides."""
    if not rates.any():
        return f"nothing was {what} on either side."
    return f"everything was {what} on both sides." if (rates == 1).all() else ""


def _over_mechanisms(base: Ground, asked: Asked, counted: Counted, draws: int, seed: int) -> Split:
    if not (base.histograms.cells > 0).all(axis=0).any():
        return _untold("rate", counted, NOTHING_SHARED)
    sides = np.array(counted.sides, dtype=np.float64)
    observed = base.late / sides
    if reason := _one_rate(observed, "late"):
        return _untold("rate", counted, reason, _rate(base, 0, sides), _rate(base, 1, sides))
    measured = parts_of(worlds(base.tree, base.histograms, base.grid.ties), observed)
    measured[:-1][np.abs(measured[:-1]) < NOTHING] = 0.0
    change = float(observed[1] - observed[0])
    measured[-1] = change - measured[:-1].sum()
    if abs(measured[-1]) < NOTHING:
        measured[-1] = 0.0
    clusters = None if base.kinds.cluster is None else int(base.kinds.cluster.max()) + 1
    told = clusters is None or clusters >= FEWEST_CLUSTERS
    drawn = draw_parts(base, draws, seed) if told else np.zeros((0, len(measured)))
    method = DRAWN.format(draws=len(drawn), of="rows" if asked.cluster is None else f"“{asked.cluster}”")
    makes = _Making(sum(counted.sides), clusters, method if told else f"fewer than {FEWEST_CLUSTERS} clusters")
    error = errors(drawn, base.kinds, base.histograms.cells.shape[1]) if told else np.full(len(measured), np.nan)
    kinds = (*["mix"] * len(asked.mix), "promise", *["stage"] * len(asked.stages), "together")
    names = (*asked.mechanisms, TOGETHER)
    reasons = (*_constant(base, asked), "")
    parts = [
        makes.part(name, kind, asked.areas.get(name), value, se, reason)
        for name, kind, value, se, reason in zip(names, kinds, measured.tolist(), error.tolist(), reasons, strict=True)
    ]
    left = change - sum(one.change.value or 0.0 for one in parts)
    left = left if abs(left) >= NOTHING else 0.0
    parts.append(SplitPart({}, CHANCE, CHANCE, None, Figure(left, n=makes.n, method="what is not told"), 0.0))
    first, last = _rate(base, 0, sides), _rate(base, 1, sides)
    spread = float(drawn.sum(axis=1).std(ddof=1)) * base.kinds.share**0.5 if told else np.nan
    return Split(
        "rate",
        first,
        last,
        makes.figure(change, change, spread),
        tuple(parts),
        _areas(parts, names, asked, drawn, error, makes),
        (),
        counted.rows,
        counted.set_aside,
        telling.answer("rate", first, last, parts),
        "",
        _notes(base, counted, parts),
    )


@dataclass(frozen=True, slots=True)
class _Making:
    """What all figures of a split share."""

    n: int
    clusters: int | None
    method: str

    def figure(self, value: float, measured: float, error: float) -> Figure:
        if np.isnan(error):
            return Figure(value, n=self.n, clusters=self.clusters, method=self.method)
        half = normal_quantile() * error
        return Figure(value, measured - half, measured + half, self.n, self.clusters, self.method)

    def part(self, name: str, kind: str, area: str | None, measured: float, error: float, reason: str = "") -> SplitPart:
        chance = abs(measured) <= normal_quantile() * error  # never, without an error
        if chance and measured:
            reason = reason or "its interval holds 0: not told from chance"
        return SplitPart({}, name, kind, area, self.figure(0.0 if chance else measured, measured, error), measured, reason)


def _constant(base: Ground, asked: Asked) -> list[str]:
    """For each mechanism, why its part has to be 0; empty where it need not be."""
    reasons = [
        f"“{name}” has one value throughout" if len(values) == 1 else "" for name, values in zip(asked.mix, base.values, strict=True)
    ]
    for name, histogram in zip(asked.mechanisms[len(asked.mix) :], base.histograms.values, strict=True):
        constant = (histogram.sum(axis=(0, 1)) > 0).sum() == 1
        reasons.append(f"“{asked.promise if name == PROMISE else asked.stages[name]}” has one value throughout" if constant else "")
    return reasons


def _rate(base: Ground, side: int, sides: Numbers) -> Figure:
    rate, n = float(base.late[side] / sides[side]), int(sides[side])
    kinds = base.kinds
    if kinds.cluster is None:
        limits = wilson(rate, n)
        return Figure(rate, limits.low, limits.high, n, None, limits.method)
    of = kinds.side == side
    which = np.unique(kinds.cluster[of], return_inverse=True)[1].reshape(-1)
    sums = cluster_sums(np.bincount(which, (kinds.late * kinds.rows)[of]), np.bincount(which, kinds.rows[of]))
    if sums.variance is None or sums.clusters < FEWEST_CLUSTERS:
        return Figure(rate, n=n, clusters=sums.clusters, method="too few clusters")
    limits = wilson_effective(rate, n, sums.variance * kinds.share)
    return Figure(rate, limits.low, limits.high, n, sums.clusters, limits.method)


def _areas(
    parts: Sequence[SplitPart], names: Sequence[str], asked: Asked, drawn: Numbers, error: Numbers, makes: _Making
) -> tuple[SplitArea, ...]:
    """Sums by area, in the order in which they are named; the parts of nobody last."""
    if not asked.areas:
        return ()
    owners = [asked.areas.get(name) for name in names]
    found = []
    for area in sorted(set(owners), key=lambda one: (one is None, owners.index(one))):
        places = [place for place, owner in enumerate(owners) if owner == area]
        spread = float(np.nan)
        if len(drawn):
            plain = drawn.std(axis=0, ddof=1)[places]
            wider = float(np.divide(error[places], plain, out=np.ones(len(places)), where=plain > 0).max())
            spread = wider * float(drawn[:, places].sum(axis=1).std(ddof=1))
        measured = sum(parts[place].measured for place in places)
        value = sum(parts[place].change.value or 0.0 for place in places)
        found.append(SplitArea(area, makes.figure(value, measured, spread), measured, tuple(names[place] for place in places)))
    left = parts[-1].change.value or 0.0
    if owners.count(None):
        last = found.pop()
        value = (last.change.value or 0.0) + left
        figure = Figure(value, last.change.low, last.change.high, last.change.n, last.change.clusters, last.change.method)
        found.append(SplitArea(None, figure, last.measured, (*last.mechanisms, CHANCE)))
    else:
        found.append(SplitArea(None, Figure(left, n=makes.n, method="what is not told"), 0.0, (CHANCE,)))
    return tuple(found)


def _notes(base: Ground, counted: Counted, parts: Sequence[SplitPart]) -> tuple[str, ...]:
    notes = [telling.of_rows(counted.sides, counted.rows, counted.elsewhere, counted.set_aside)]
    notes += [f"{part.mechanism}: {part.reason}, so its part is exactly 0." for part in parts if part.reason.endswith("throughout")]
    for side, word, other in ((0, "before", "after"), (1, "after", "before")):
        alone = (base.histograms.cells[side] > 0) & (base.histograms.cells[1 - side] == 0)
        if alone.any():
            share = base.histograms.cells[side, alone].sum() / base.histograms.cells[side].sum()
            cells = f"{int(alone.sum()):,} of {len(alone):,} cells ({share:.1%} of the rows {word}) occur only {word}"
            notes.append(f"{cells}: {other}, they are taken to be as {word}, moved by as much as the others moved on average.")
    if not base.grid.exact:
        notes.append(f"Times are rounded to {base.grid.width:.3g} where they are counted; what that does stands in “{TOGETHER}”.")
    if base.kinds.share < 1:
        notes.append(f"How far chance reaches is told from a sample: {base.kinds.share:.1%} of the rows.")
    if any(part.measured and not part.change.value for part in parts):
        notes.append(f"Parts whose interval holds 0 are told as 0; what they measured stands in “{CHANCE}”.")
    return tuple(notes)


def _over_groups(groups: Groups, asked: Asked, counted: Counted) -> Split:
    found = kitagawa(groups.sums, len(groups.values))
    kpi = "rate" if groups.yes_or_no else "mean"
    if found.alone.all():
        return _untold(kpi, counted, NOTHING_SHARED)
    if groups.yes_or_no and (reason := _one_rate(found.means, f"“{asked.event}”")):
        return _untold(kpi, counted, reason)
    clusters = None if groups.sums.cluster is None else int(groups.sums.cluster.max()) + 1
    told = clusters is None or clusters >= FEWEST_CLUSTERS
    method = LINEAR.format(of="rows" if asked.cluster is None else f"“{asked.cluster}” as clusters")
    makes = _Making(sum(counted.sides), clusters, method if told else f"fewer than {FEWEST_CLUSTERS} clusters")
    first, last = (
        _Making(n, clusters, makes.method).figure(value, value, se if told else np.nan)
        for value, se, n in zip(found.means.tolist(), found.mean_errors.tolist(), counted.sides, strict=True)
    )
    change = float(found.means[1] - found.means[0])
    sums = found.parts.sum(axis=0)
    one_group = len(groups.values) == 1
    reasons = ("there is one group alone" if one_group else "", "")

    def exact(where: Mapping[str, Any], place: int, value: float, error: float, reason: str) -> SplitPart:
        kind = (MIX, RATE)[place]
        return SplitPart(where, kind, kind, asked.areas.get(kind), makes.figure(value, value, error if told else np.nan), value, reason)

    totals = (float(sums[0]), change - float(sums[0]))
    parts = [exact({}, place, totals[place], float(found.total_errors[place]), reasons[place]) for place in (0, 1)]
    lines = []
    order = np.argsort(-np.abs(found.parts).sum(axis=1), kind="stable")
    for group in order.tolist():
        where = dict(zip(asked.mix, groups.values[group], strict=True))
        why = "it has rows on one side alone, so all of its part is mix" if found.alone[group] else ""
        lines += [exact(where, place, float(found.parts[group, place]), float(found.errors[group, place]), why) for place in (0, 1)]
    areas = tuple(
        SplitArea(area, own[0].change, own[0].measured, (own[0].mechanism,))
        if len(own := [part for part in parts if part.area == area]) == 1
        else SplitArea(area, makes.figure(change, change, found.change_error if told else np.nan), change, (MIX, RATE))
        for area in sorted({part.area for part in parts}, key=lambda one: (one is None, one or ""))
        if asked.areas
    )
    notes = [telling.of_rows(counted.sides, counted.rows, counted.elsewhere, counted.set_aside)]
    if found.alone.any():
        notes.append(f"{int(found.alone.sum()):,} of {len(found.alone):,} groups occur on one side alone: all of their part is mix.")
    return Split(
        kpi,
        first,
        last,
        makes.figure(change, change, found.change_error if told else np.nan),
        tuple(parts),
        areas,
        tuple(lines),
        counted.rows,
        counted.set_aside,
        telling.answer(kpi, first, last, parts),
        "",
        tuple(notes),
    )

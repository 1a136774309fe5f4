"""One measure judged: what its target does to customers (domain.md e8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from troth.engine.findings import NO_DATA, Figure
from troth.engine.guards.asked import Asked
from troth.engine.guards.cells import Cells, cells, readings_of
from troth.engine.guards.limits import Near, near
from troth.engine.guards.matters import matter_cost
from troth.engine.guards.pressure import Comparison, Shift, comparison, pretended, shifts
from troth.engine.guards.result import LIMIT, UNKNOWN, Guard, OutcomeTest
from troth.engine.guards.spread import Sums, figure, left_out, ratio
from troth.engine.guards.verdicts import judged, says
from troth.engine.intervals import CONFIDENCE, Numbers
from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError
from troth.terms.measures import ACTIVITY, MATTERS, REDIAL_MINUTES, CustomerOutcome, Measure
from troth.terms.vocabulary import Direction

PLACEBO_CONFIDENCE = 0.99
"""A placebo that fails by chance would hide a harm: one in a hundred may."""

NO_READINGS = "No reading is on record: [[readings]] in sources/*.toml say which rows are one."


def guard(
    cases: Any,
    *,
    target: float,
    outcomes: Mapping[str, str] | Sequence[str] | str,
    direction: str = "min",
    value: str = "value",
    cluster: str = "customer",
    pressed: str | None = None,
    at: str | None = None,
    unit: str | None = None,
    comparable: Sequence[str] | str = (),
    handled: str | None = None,
    waited: str | None = None,
    unresolved: str | None = None,
    redial: float = REDIAL_MINUTES,
    bin: float | None = None,  # noqa: A002 - the word of measures.toml
    matters: float = MATTERS,
    name: str = "target",
) -> Guard:
    """What a local target does to customers: harmful, helpful, neutral or unknown (domain.md e8).

    :param cases: one row per case the measure was read on; an Ibis table, or anything PyArrow reads.
    :param target: the level asked for, in the unit of ``value``. :param direction: ``min``: at most the target is asked for; ``max``: at
        least.
    :param outcomes: columns of true and false, what became of the case at the customer's: to ``min`` where it hurts if it happens, to
        ``max`` where it helps; ``min`` for all where only names are given.
    :param cluster: whose case it is. :param pressed: column of true and false, the target weighed on the case; all where left out.
    :param at: when, UTC; months are told apart by it. :param unit: who was measured, such as the team.
    :param comparable: columns that make cases alike.
    :param handled: minutes the company spent, :param waited: minutes the customer waited; with
    :param unresolved: the outcome that says the matter was not closed, they give the whole cost of a matter.
    :param redial: minutes to get through again. :param bin: width of a bin around the target. :param matters: smallest difference in an
        outcome that matters, as a share of cases. :param name: what the measure is called.
    :raises RequestError: a column that is not there or holds something else, no outcome, a number out of range.
    """
    if direction not in {Direction.MIN, Direction.MAX}:
        raise RequestError(f"there is no direction “{direction}”.", place="direction", mend="use min or max.")
    for place, number, sound in (
        ("bin", bin, bin is None or bin > 0),
        ("matters", matters, 0 < matters < 1),
        ("redial", redial, redial >= 0),
    ):
        if not sound:
            raise RequestError(f"{number!r} cannot be {place}.", place=place, mend="give a number above 0; of matters below 1.")
    if not np.isfinite(target):
        raise RequestError(f"{target} is no target.", place="target", mend="give the level asked for.")
    named = [outcomes] if isinstance(outcomes, str) else outcomes
    directions = dict(named) if isinstance(named, Mapping) else dict.fromkeys(named, "min")
    if not directions:
        raise RequestError("No outcome is named.", place="outcomes", mend="name a column of what became of the case.")
    for column, way in directions.items():
        if way not in {Direction.MIN, Direction.MAX}:
            raise RequestError(f"there is no direction “{way}”.", place=f"outcomes, {column}", mend="use min or max.")
    if unresolved is not None and unresolved not in directions:
        raise RequestError(f"“{unresolved}” is none of the outcomes.", place="unresolved", mend="name one of them.")
    measure = Measure(
        name,
        ACTIVITY,
        Direction(direction),
        target=float(target),
        paired=tuple(directions),
        unresolved=unresolved,
        redial=redial,
        bin=bin,
        matters=matters,
    )
    asked = Asked(
        as_table(cases, "cases"),
        measure,
        value,
        cluster,
        tuple((CustomerOutcome(column, Direction(way)), column) for column, way in directions.items()),
        pressed=pressed,
        at=at,
        unit=unit,
        comparable=(comparable,) if isinstance(comparable, str) else tuple(comparable),
        handled=handled,
        waited=waited,
    )
    return guarded(asked)


def guarded(asked: Asked, source: str = "") -> Guard:
    """The guard of one measure.

    :param source: where its readings come from.
    :raises RequestError: as :func:`guard`.
    """
    asked.check()
    rows = readings_of(asked)
    counted = cells(rows, asked)
    if not counted.readings:
        return judged(Guard(asked.measure, source, why=NO_READINGS))
    held = comparison(counted)
    around = near(rows, asked)
    n = counted.sums["n"].sum(axis=0)
    under = int(n[counted.pressed].sum())
    way = held.way or (LIMIT if around.outcomes else "")
    tests = _tests(asked, counted, held, around)
    moved = NO_DATA
    if held.way:
        (shift,) = shifts(counted, held, [("value", "n")])
        moved = figure(shift.value, shift.error, shift.groups, n=int(n[held.treated].sum()), clusters=counted.clusters)
    return judged(
        Guard(
            measure=asked.measure,
            source=source,
            readings=counted.readings,
            pressed=under,
            compared=int(n[held.others].sum()) if held.way else 0,
            comparison=way,
            met=_met(asked, counted, under),
            moved=moved,
            excess=around.excess,
            observed=around.observed,
            expected=around.expected,
            width=around.width,
            bunched=around.bunched,
            bins=around.bins,
            tests=tests,
            matter=matter_cost(asked, counted, held),
            verdict=UNKNOWN,
            why=held.reason if not way else "",
            notes=_notes(held, around, n, counted),
        )
    )


def _tests(asked: Asked, counted: Cells, held: Comparison, around: Near) -> tuple[OutcomeTest, ...]:
    """Every outcome, against the comparison there is."""
    if not asked.outcomes:
        return ()
    count = len(asked.outcomes)
    confidence = 1 - (1 - CONFIDENCE) / count
    quantities = [(f"seen_{j}", f"known_{j}") for j in range(count)]
    found: list[Shift | None] = list(shifts(counted, held, quantities)) if held.way else [None] * count
    earlier: list[Shift | None] = [None] * count
    before = pretended(counted) if held.way else None
    if before is not None:
        placebo = comparison(counted, *before)
        if placebo.way == held.way:
            earlier = list(shifts(counted, placebo, quantities))
    links = _along(asked, counted)
    return tuple(_test(asked, counted, held, around, j, (found[j], earlier[j]), links[j], confidence) for j in range(count))


def _test(
    asked: Asked,
    counted: Cells,
    held: Comparison,
    around: Near,
    j: int,
    shifted: tuple[Shift | None, Shift | None],
    link: tuple[float, float, int],
    confidence: float,
) -> OutcomeTest:
    outcome, _ = asked.outcomes[j]
    known, seen = (counted.sums[f"{name}_{j}"].sum(axis=0) for name in ("known", "seen"))
    worse = 1.0 if outcome.direction is Direction.MIN else -1.0
    better = -worse if asked.measure.direction is Direction.MAX else worse  # a better reading: the outcome moves for the better
    treated = held.treated if held.way else counted.pressed
    n, clusters = int(known[treated].sum()), counted.clusters
    made: dict[str, Any] = {}
    reason = ""
    main, placebo = shifted
    if main is not None:
        made["damage"] = figure(worse * main.value, main.error, main.groups, n=n, clusters=clusters, confidence=confidence)
        made["share"], made["otherwise"] = (
            Figure(_number(one), n=n, clusters=clusters, method="mean") for one in (main.mean, main.otherwise)
        )
        if made["damage"].low is None:
            reason = "too few units or customers to know how far they differ anyway"
    elif n:
        made["share"] = Figure(float(seen[treated].sum()) / n, n=n, clusters=clusters, method="mean")
    if placebo is not None:
        made["placebo"] = figure(
            worse * placebo.value, placebo.error, placebo.groups, n=n, clusters=clusters, confidence=PLACEBO_CONFIDENCE
        )
        low, high = made["placebo"].low, made["placebo"].high
        made["passed"] = None if low is None or high is None else low <= 0 <= high
    if around.outcomes:
        value, error, groups = around.outcomes[j]
        made["near"] = figure(worse * value, error, groups, n=around.observed, clusters=clusters, confidence=confidence)
    value, error, groups = link
    made["along"] = figure(better * value, error, groups, n=int(known.sum()), clusters=clusters, confidence=confidence)
    test = OutcomeTest(
        where={"measure": asked.measure.name, "outcome": outcome.name},
        paired=outcome.name in asked.measure.paired,
        role=outcome.role,
        area=outcome.area,
        direction=outcome.direction,
        n=n,
        reason=reason if n else "of no case is it known",
        **made,
    )
    return says(test, asked.measure, held.way)


def _along(asked: Asked, counted: Cells) -> list[tuple[float, float, int]]:
    """Change in the share of each outcome where the reading is higher by its spread, among like cases of one unit and month."""

    def statistic(sums: Sums) -> Numbers:
        found = []
        for j in range(len(asked.outcomes)):
            known, seen = sums[f"known_{j}"], sums[f"seen_{j}"]
            value, value2, both = (sums[f"{name}_{j}"] for name in ("known_value", "known_value2", "seen_value"))
            base = np.maximum(known, 1.0)
            spread = np.where(known > 1, np.maximum(value2 - value**2 / base, 0.0), 0.0).sum()
            joint = np.where(known > 1, both - value * seen / base, 0.0).sum()
            free = np.maximum(known - 1, 0.0).sum()
            sizeable = spread > 1e-12 * max(float(value2.sum()), 1e-300)
            found.append(joint / spread * np.sqrt(spread / free) if sizeable and free > 0 else np.nan)
        return np.array(found)

    if not asked.outcomes:
        return []
    value, error, groups = left_out(counted.sums, statistic)
    return [(float(one), float(spread), groups) for one, spread in zip(value, error, strict=True)]


def _met(asked: Asked, counted: Cells, under: int) -> Figure:
    """Share of the cases under the target that meet it."""
    if asked.measure.target is None or not under:
        return NO_DATA

    def statistic(sums: Sums) -> Numbers:
        return ratio(np.array([sums["met"][counted.pressed].sum()]), np.array([sums["n"][counted.pressed].sum()]))

    value, error, groups = left_out(counted.sums, statistic)
    found = figure(float(value[0]), float(error[0]), groups, n=under, clusters=counted.clusters)
    if found.low is None or found.high is None:
        return found
    return Figure(found.value, max(found.low, 0.0), min(found.high, 1.0), found.n, found.clusters, found.method)


def _notes(held: Comparison, around: Near, n: Numbers, counted: Cells) -> tuple[str, ...]:
    notes = []
    left = int(n[counted.pressed].sum() - n[held.treated].sum()) if held.way else 0
    if left:
        notes.append(f"{left:,} cases under the target have nothing to be compared with, and are left out.")
    if around.reason:
        notes.append(f"Whether cases lie just inside the target cannot be told: {around.reason}.")
    return tuple(notes)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

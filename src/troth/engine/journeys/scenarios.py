"""Quality of customer experience by scenario, end to end (S1.4; metrics M15 and M16).

A scenario is what a customer set out to do: it starts with its first step and is reached with its last. A journey has one of each name:
from its first start to the first goal after it. What counts is the rate end to end; the product of the rates of its steps, and their mean,
stand beside it, because audits of one step at a time report the latter (Seybold).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Findings
from troth.engine.journeys.findings import Quality
from troth.engine.journeys.log import Log
from troth.engine.journeys.shares import shares
from troth.engine.promises.clock import MICROSECONDS_PER_DAY, instant, microseconds
from troth.terms.errors import RequestError
from troth.terms.journeys import Scenario

NO_GOAL, TOO_LATE, STOPPED, MISSING, NOT_WELL = "goal not reached", "too late", "show-stopper", "step missing", "step not done well"
MOST_SLICES = 50
NEVER = 2**62
CERTAIN = -745.0
"""Logarithm of the smallest number there is: stands for the logarithm of 0."""


def qualities(log: Log, scenarios: Sequence[Scenario], by: Sequence[str] = ()) -> Findings[Quality]:
    """Every scenario, slice by slice.

    :param log: its rows carry ``well`` (false: not done well; NULL: nothing said) and the columns of ``by``, as ``by_<i>``.
    :param by: names of the slices; a journey belongs where its start does.
    """
    found: list[Quality] = []
    notes: list[str] = []
    for scenario in scenarios:
        if not isinstance(scenario, Scenario):
            raise RequestError(f"{scenario!r} is no scenario.", place="scenarios", mend="give troth.Scenario(name, steps).")
        each = each_journey(log, scenario, len(by)).cache()
        slots = [f"by_{i}" for i in range(len(by))]
        slices: list[dict[str, Any]] = [{}]
        if slots:
            listed = each.group_by(slots).agg(n=each.count())
            slices = listed.order_by([listed.n.desc(), *slots]).limit(MOST_SLICES + 1).to_pyarrow().to_pylist()
            if len(slices) > MOST_SLICES:
                notes.append(f"{scenario.name}: the {MOST_SLICES} largest slices are listed.")
        for one in slices[:MOST_SLICES]:
            mine = each
            for slot in slots:
                mine = mine.filter(mine[slot].isnull() if one[slot] is None else mine[slot] == one[slot])
            found.append(_quality(mine, scenario, {name: one[slot] for name, slot in zip(by, slots, strict=True)}))
        if scenario.within is None:
            notes.append(f"{scenario.name}: no limit was given, so whoever has not reached the goal counts as having given up.")
    return Findings(tuple(found), tuple(by), tuple(notes))


def each_journey(log: Log, scenario: Scenario, slices: int = 0) -> ir.Table:
    """One row per journey that started: how long to the goal, which steps were done and well, what stopped it.

    Of two things at the same instant as the goal both count as before it.
    """
    rows = log.rows.filter(log.rows.reason.isnull())
    start, goal = scenario.steps[0], scenario.steps[-1]
    opening = rows.filter(rows.step == start)
    began = opening.group_by("journey").agg(began=opening["at"].min())
    since = rows.inner_join(began, "journey")
    since = since.filter(since["at"] >= since.began).mutate(lag=microseconds(since["at"], since.began))
    reached = since.filter(since.step == goal)
    goals = reached.group_by("journey").agg(goal=reached.lag.min())
    goals = goals.select(whose=goals.journey, goal=goals.goal)
    way = since.left_join(goals, since.journey == goals.whose)
    way = way.filter(way.lag <= ibis.coalesce(way.goal, ibis.literal(NEVER, "int64")))
    way = way.mutate(
        fine=way.well.fill_null(True) if "well" in way.columns else ibis.literal(True),
        stops=way.step.isin(list(scenario.stoppers)) if scenario.stoppers else ibis.literal(False),
    )
    asked: dict[str, ir.Value] = {}
    for i, step in enumerate(scenario.steps):
        mine = way.step == step
        asked |= {f"done_{i}": mine.max(), f"bad_{i}": (mine & ~way.fine).max()}
    first = (way.step == start) & (way.lag == 0)
    person = {"person": way.person.max()} if log.named else {}
    each = way.group_by("journey").agg(
        **person,
        began=way.began.min(),
        goal=way.goal.min(),
        events=way.count(),
        stopped=way.stops.max(),
        **asked,
        **{f"by_{i}": way[f"by_{i}"].max(where=first) for i in range(slices)},
    )
    limit = NEVER if scenario.within is None else round(scenario.within * MICROSECONDS_PER_DAY)
    followed = ibis.literal(0, "int64") if log.last is None else microseconds(instant(log.last), each.began)
    missing = each.goal.isnull()
    return each.mutate(
        followed=followed,
        open=(missing & (followed < limit)) if scenario.within is not None else ibis.literal(False),
        missing=missing,
        late=(each.goal > limit).fill_null(False),
    )


def succeeds(each: ir.Table, scenario: Scenario) -> ir.BooleanValue:
    """Whether a journey reached its goal in time, every step done and done well, and nothing stopped it."""
    undone, bad = _undone_or_bad(each, len(scenario.steps) - 1)
    return ~each.missing & ~each.late & ~each.stopped & ~undone & ~bad


def _undone_or_bad(each: ir.Table, last: int) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Whether a step was left out, and whether one was not done well."""
    undone, bad = ~each.done_0, each.bad_0
    for i in range(1, last + 1):
        undone, bad = undone | ~each[f"done_{i}"], bad | each[f"bad_{i}"]
    return undone, bad


def _quality(each: ir.Table, scenario: Scenario, where: Mapping[str, Any]) -> Quality:
    last = len(scenario.steps) - 1
    counted = ~each.open
    done = [each[f"done_{i}"] for i in range(last + 1)]
    good = [each[f"done_{i}"] & ~each[f"bad_{i}"] for i in range(last + 1)]
    undone, bad = _undone_or_bad(each, last)
    reasons = {
        NO_GOAL: each.missing,
        TOO_LATE: each.late,
        STOPPED: each.stopped,
        MISSING: undone & ~each.missing,
        NOT_WELL: bad,
    }
    succeeded = succeeds(each, scenario)
    further = done[last]
    came = {last: further}
    for i in range(last - 1, -1, -1):
        further = further | done[i]
        came[i] = further
    wanted: dict[Any, tuple[ir.BooleanValue, ir.BooleanValue]] = {"": (succeeded, counted)}
    for i, step in enumerate(scenario.steps):
        wanted[step] = (good[i], counted & came[max(i - 1, 0)])
    figures = shares(each, wanted)
    [counts] = (
        each.aggregate(
            started=each.count(),
            open=_count(each.open),
            succeeded=_count(succeeded & counted),
            events=each.events.sum(where=~each.missing),
            goals=_count(~each.missing),
            **{f"r{i}": _count(reason & counted) for i, reason in enumerate(reasons.values())},
        )
        .to_pyarrow()
        .to_pylist()
    )
    median, p90 = _goal_times(each, (0.5, 0.1))
    steps = {step: figures[step] for step in scenario.steps}
    rates = [figure.value for figure in steps.values() if figure.value is not None]
    whole = len(rates) == len(steps)
    return Quality(
        where=where,
        scenario=scenario.name,
        started=counts["started"],
        open=counts["open"],
        succeeded=counts["succeeded"],
        end_to_end=figures[""],
        product=math.prod(rates) if whole else None,
        mean_step=sum(rates) / len(rates) if whole else None,
        weakest=min(steps, key=lambda step: steps[step].value or 0.0) if whole else None,
        failed={reason: counts[f"r{i}"] for i, reason in enumerate(reasons) if counts[f"r{i}"]},
        goal_median=median,
        goal_p90=p90,
        effort=counts["events"] / counts["goals"] if counts["goals"] else None,
        steps=steps,
    )


def _goal_times(each: ir.Table, remaining: Sequence[float]) -> list[float | None]:
    """Days until at most these shares have not reached the goal (Kaplan & Meier 1958); ``None``: not as far as anyone was followed."""
    timed = each.select(time=ibis.coalesce(each.goal, each.followed), event=(~each.missing).cast("int64"))
    at = timed.group_by("time").agg(reached=timed.event.sum(), n=timed.count())
    so_far = ibis.window(order_by=at.time, preceding=None, following=0)
    risk = at.mutate(risk=at.n.sum().over(ibis.window()) - at.n.sum().over(so_far) + at.n)
    kept = 1.0 - risk.reached.cast("float64") / risk.risk.cast("float64").nullif(0.0)
    logged = risk.mutate(part=ibis.ifelse(risk.reached == risk.risk, ibis.literal(CERTAIN), kept.nullif(0.0).log()))
    curve = logged.mutate(left=logged.part.sum().over(ibis.window(order_by=logged.time, preceding=None, following=0)))
    # A share that is reached exactly is reached: the sum of logarithms is off by a few units in the last place.
    asked = {f"time_{i}": curve.time.min(where=curve.left <= math.log(share) + 1e-9) for i, share in enumerate(remaining)}
    [row] = curve.aggregate(**asked).to_pyarrow().to_pylist()
    return [None if time is None else time / MICROSECONDS_PER_DAY for time in row.values()]


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.cast("int64").sum().fill_null(0)

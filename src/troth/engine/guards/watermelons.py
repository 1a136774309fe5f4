"""Green outside, red inside: scenarios that failed although every channel they touched had passed its audit (S1.15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import NO_DATA, Figure
from troth.engine.guards.result import Watermelon
from troth.engine.intervals import normal_quantile, wilson
from troth.engine.journeys.studying import Attempts, attempts
from troth.engine.promises.clock import instant
from troth.terms.journeys import JourneyMap
from troth.terms.measures import Measure

FEWEST_PAIRS = 5
"""Audits from which a rank correlation is told."""

FOREVER = datetime(9999, 1, 1)
NO_GREEN = "No scenario that ended touched a channel whose audit was passed."


def watermelons(
    audits: Sequence[tuple[Measure, ir.Table]],
    interactions: ir.Table | None,
    wall: JourneyMap,
    *,
    as_of: datetime,
    keep: Callable[[ir.Table], ir.Table],
) -> tuple[Watermelon, ...]:
    """The index of every scenario; none where no channel is audited or no scenario is given.

    An audit holds from its day to the next one of the same channel; a scenario is held against those that held when it began.

    :param audits: with the READINGS contract of each, ``unit`` being the touchpoint.
    """
    if not audits or interactions is None or not wall.scenarios:
        return ()
    held = keep(_held(audits))
    return tuple(_watermelon(one, held) for one in attempts(interactions, wall, as_of=as_of, keep=keep))


def _held(audits: Sequence[tuple[Measure, ir.Table]]) -> ir.Table:
    """Audits with the time each held: ``channel``, ``audit``, ``since``, ``until``, ``score``, ``green``."""
    parts = []
    for number, (measure, table) in enumerate(audits):
        rows = table.filter(table.unit.notnull(), table.value.notnull())
        after = ibis.window(group_by=rows.unit, order_by=[rows["at"], rows["row"].cast("string")])
        good = rows.value <= measure.target if measure.direction == "min" else rows.value >= measure.target
        score = -rows.value if measure.direction == "min" else rows.value
        until = ibis.coalesce(rows["at"].lead().over(after), instant(FOREVER))
        parts.append(
            rows.select(
                channel=rows.unit, audit=ibis.literal(number), since=rows["at"], until=until, score=score.cast("float64"), green=good
            )
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _watermelon(one: Attempts, held: ir.Table) -> Watermelon:
    ended, touched = one.ended, one.touched
    audited = touched.inner_join(held, [touched.touchpoint == held.channel, held.since <= touched.began, touched.began < held.until])
    by_journey = audited.group_by("journey").agg(green=audited.green.min())
    by_journey = by_journey.select(of_journey=by_journey.journey, green=by_journey.green)
    joined = ended.left_join(by_journey, ended.journey == by_journey.of_journey)
    (counts,) = (
        joined.aggregate(
            ended=joined.count(),
            audited=joined.green.count(),
            green=joined.green.cast("int64").sum(),
            red=(joined.green & joined.failed).cast("int64").sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    (passed,) = held.aggregate(n=held.count(), green=held.green.cast("int64").sum()).to_pyarrow().to_pylist()
    green = counts["green"] or 0
    return Watermelon(
        where={"scenario": one.scenario.name},
        ended=counts["ended"] or 0,
        audited=counts["audited"] or 0,
        green=green,
        index=_share(counts["red"] or 0, green),
        passed=_share(passed["green"] or 0, passed["n"] or 0),
        together=_together(audited, ended),
        reason="" if green else NO_GREEN,
    )


def _share(part: int, whole: int) -> Figure:
    if not whole:
        return NO_DATA
    limits = wilson(part / whole, whole)
    return Figure(part / whole, limits.low, limits.high, n=whole, method=limits.method)


def _together(audited: ir.Table, ended: ir.Table) -> Figure:
    """Rank correlation of scores with the success of the scenarios they held for (Spearman; limits by Fisher's z, Bonett & Wright 2000)."""
    whole = ended.select(whose=ended.journey, failed=ended.failed)
    rows = audited.inner_join(whole, audited.journey == whole.whose)
    each = rows.group_by(["audit", "channel", "since"]).agg(score=rows.score.max(), well=(~rows.failed).cast("float64").mean())
    told = each.order_by(["audit", "channel", "since"]).to_pyarrow()
    score, well = (told[name].to_numpy() for name in ("score", "well"))
    n = len(score)
    if n < FEWEST_PAIRS or np.ptp(score) == 0 or np.ptp(well) == 0:
        return Figure(None, n=n, method=f"fewer than {FEWEST_PAIRS} audits, or all alike")
    from scipy.stats import rankdata

    rank = float(np.corrcoef(rankdata(score), rankdata(well))[0, 1])
    reach = normal_quantile() * float(np.sqrt((1 + rank**2 / 2) / (n - 3)))
    centre = float(np.arctanh(np.clip(rank, -0.999999, 0.999999)))
    return Figure(rank, float(np.tanh(centre - reach)), float(np.tanh(centre + reach)), n=n, method="Spearman, Fisher’s z")

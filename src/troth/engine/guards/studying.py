"""The measures of a study: readings joined with what became of the case, each measure judged, measures held against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.guards.asked import Asked
from troth.engine.guards.guard import NO_READINGS, guarded
from troth.engine.guards.result import NOT_JUDGED, VERDICTS, Conflict, Guard, Guards
from troth.engine.guards.verdicts import judged
from troth.engine.guards.watermelons import watermelons
from troth.engine.promises.clock import MICROSECONDS_PER_DAY, instant, naive_utc
from troth.engine.promises.slices import local_clock
from troth.terms.journeys import JourneyMap
from troth.terms.measures import AUDIT, CustomerOutcome, Measures, ReadingSpec
from troth.terms.vocabulary import Verdict

Keep = Callable[[ir.Table], ir.Table]
"""Computes a table once and gives it back from where it is kept."""

CLUSTER, MONTH_OF = "whose", "local_at"
SEE_WATERMELONS = "An audit is held against what customers went through: see the watermelon index."
READ_BESIDE = "Read its score beside that index, and never alone."


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one measure.

    :param table: the READINGS contract, then ``comparable_<name>`` and ``outcome_<name>``, as ``spec`` names them.
    """

    spec: ReadingSpec
    table: ir.Table


@dataclass(frozen=True, slots=True)
class Beside:
    """What else a study knows, from which it is told what became of a case.

    :param interactions: the INTERACTIONS contract; ``None`` where no source has any. :param ledger: the judged promises.
    """

    interactions: ir.Table | None
    ledger: ir.Table | None
    wall: JourneyMap


def guards(said: Measures, readings: Sequence[Readings], beside: Beside, *, as_of: datetime, zone: str, keep: Keep) -> Guards:
    """Every measure of a project judged, as of an instant.

    :param said: what measures.toml says. :param as_of: instant with a zone; nothing known later is used.
    :param zone: whose months are months.
    """
    if not said.measures:
        return Guards(notes=(NOT_JUDGED,))
    now = naive_utc(as_of)
    read = {}
    for one in readings:
        known = keep(one.table.filter(one.table["at"] <= instant(now)))
        read[one.spec.measure] = Readings(one.spec, known)
    found = []
    for measure in said.measures:
        of_it = read.get(measure.name)
        if of_it is None:
            found.append(judged(Guard(measure, why=NO_READINGS)))
            continue
        if measure.kind == AUDIT:  # an audit is of a touchpoint, not of a case: scenarios say what it is worth
            found.append(_audit(Guard(measure, of_it.spec.source, readings=_count(of_it.table))))
            continue
        found.append(guarded(_asked(said, of_it, beside, now, zone, keep), of_it.spec.source))
    order = {verdict: i for i, verdict in enumerate(VERDICTS)}
    told = tuple(sorted(found, key=lambda one: (order[one.verdict], one.measure.target is None, one.paired, one.measure.name)))
    audits = [(one, read[one.name].table) for one in said.audits if one.name in read]
    melons = watermelons(audits, beside.interactions, beside.wall, as_of=as_of, keep=keep)
    return Guards(told, conflicts(told), melons)


def conflicts(told: Sequence[Guard]) -> tuple[Conflict, ...]:
    """Where the measure of one role worsens an outcome another role answers for (S2.7)."""
    found = []
    for one in told:
        for test in one.tests:
            if one.measure.role is None or test.role is None or one.measure.role == test.role or test.passed is False:
                continue
            effect = test.damage.low is not None
            damage = test.damage if effect else test.along
            worse = (damage.low or 0) > 0 if effect else (damage.high or 0) < 0
            if damage.low is not None and worse:
                found.append(Conflict(dict(test.where), one.measure.role, test.role, damage, effect))
    return tuple(sorted(found, key=lambda one: (not one.effect, -abs(one.damage.value or 0))))


def _audit(one: Guard) -> Guard:
    return judged(one) if one.measure.target is None else replace(judged(one), why=SEE_WATERMELONS, action=READ_BESIDE)


def _asked(said: Measures, readings: Readings, beside: Beside, now: datetime, zone: str, keep: Keep) -> Asked:
    spec, measure = readings.spec, said.measure(readings.spec.measure)
    assert measure is not None  # noqa: S101 - the folder was checked: readings name a measure there is
    rows = readings.table
    keys = [rows[name].cast("string") for name in ("customer", "subject", "row")]
    rows = rows.mutate(**{CLUSTER: ibis.coalesce(*keys), MONTH_OF: local_clock(rows, "at", zone)})
    listed: list[tuple[CustomerOutcome, str]] = []
    for number, outcome in enumerate(said.outcomes):
        column = f"became_{number}"
        told = _became(rows, outcome, spec, beside, now, column, keep)
        if told is not None:
            rows = told
            listed.append((outcome, column))
    return Asked(
        table=keep(rows),
        measure=measure,
        value="value",
        cluster=CLUSTER,
        outcomes=tuple(listed),
        pressed="pressed" if "pressed" in spec.has else None,
        at=MONTH_OF,
        unit="unit" if "unit" in spec.has else None,
        comparable=tuple(f"comparable_{name}" for name in spec.comparable),
        handled="handled_minutes" if "handled_minutes" in spec.has else None,
        waited="waited_minutes" if "waited_minutes" in spec.has else None,
    )


def _became(
    rows: ir.Table, outcome: CustomerOutcome, spec: ReadingSpec, beside: Beside, now: datetime, column: str, keep: Keep
) -> ir.Table | None:
    """The readings, each with whether an outcome came of it; NULL where it cannot be known yet. ``None`` where nothing tells of it."""
    if outcome.name in spec.outcomes:
        return rows.mutate(**{column: rows[f"outcome_{outcome.name}"]})
    if outcome.within is None:
        return None
    span = ibis.interval(microseconds=round(outcome.within * MICROSECONDS_PER_DAY))
    old = rows["at"] + span <= instant(now)
    mine = rows.select(reading_row=rows["row"].cast("string"), reading_key=rows[outcome.follow].cast("string"), since=rows["at"])
    if outcome.promise is not None and beside.ledger is not None:
        due = beside.ledger.filter(
            beside.ledger.name == outcome.promise,
            beside.ledger.in_cohort,
            beside.ledger.verdict.isin([Verdict.KEPT, Verdict.EXCEEDED, Verdict.BROKEN]),
        )
        came = due.select(key=due[outcome.follow].cast("string"), when=due.due_at, bad=due.verdict == Verdict.BROKEN)
        never: Any = ibis.null("boolean")
    elif outcome.kinds and beside.interactions is not None:
        kinds = beside.interactions.filter(beside.interactions.kind.isin(list(outcome.kinds)), beside.interactions["at"] <= instant(now))
        came = kinds.select(key=kinds[outcome.follow].cast("string"), when=kinds["at"], bad=ibis.literal(True))
        never = ibis.literal(False)
    else:
        return None
    after = mine.inner_join(came, [mine.reading_key == came.key, came.when > mine.since, came.when <= mine.since + span])
    each = after.group_by("reading_row").agg(bad=after.bad.max())
    each = keep(each.select(of_row=each.reading_row, bad=each.bad))  # a table of its own: joined with what it was made of, sides blur
    joined = rows.left_join(each, rows["row"].cast("string") == each.of_row)
    happened = ibis.coalesce(joined.bad, never)
    seen = ibis.ifelse(old & joined[outcome.follow].notnull(), happened, ibis.null("boolean"))
    return joined.mutate(**{column: seen}).drop("of_row", "bad")


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())

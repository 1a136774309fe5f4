"""Steps and the moves between them: the directly-follows graph with counts, people and times (van der Aalst 2016, Process Mining, 6)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Findings
from troth.engine.journeys.findings import Days, Move, Step
from troth.engine.journeys.log import Log, names_of_codes
from troth.engine.journeys.paths import Walked, days, holding, making, spread_of
from troth.engine.promises.clock import microseconds


def steps_told(steps: ir.Table, journeys: ir.Table, log: Log, top: int, mapped: Collection[str] | None) -> Findings[Step]:
    """The steps with most events first; beyond ``top`` they are counted in a note."""
    asked: dict[str, ir.Value] = {
        "events": steps.count(),
        "starts": (steps.place == 1).cast("int64").sum(),
        "ends": steps.next.isnull().cast("int64").sum(),
        **_prefixed("wait_", spread_of(steps.wait)),
    }
    if log.named:
        asked["people"] = steps.person.nunique()
    if log.merged:
        asked |= _prefixed("in_", spread_of(microseconds(steps.left, steps["at"])))
    told = steps.group_by("code").agg(**asked)
    rows = told.order_by([told.events.desc(), "code"]).limit(top).to_pyarrow().to_pylist()
    held = holding(journeys, log, {row["code"] for row in rows})
    names = names_of_codes(log, {row["code"] for row in rows})
    found = []
    for row in rows:
        name, events = names[row["code"]], row["events"]
        walked = held[row["code"]]
        found.append(
            Step(
                step=name,
                events=events,
                journeys=walked,
                people=row.get("people", walked),
                starts=row["starts"],
                ends=row["ends"],
                repeats=events - walked,
                waiting=days(row, "wait_"),
                inside=days(row, "in_") if log.merged else Days(),
                mapped=None if mapped is None else name in mapped,
            )
        )
    beyond = log.size - len(found)
    notes = (f"{len(found):,} of {log.size:,} steps are listed.",) if beyond > 0 else ()
    return Findings(tuple(found), (), notes)


def moves_told(steps: ir.Table, walked: Walked, log: Log, top: int, allowed: Collection[tuple[str, str]] | None) -> Findings[Move]:
    """The moves most made first; beyond ``top`` they are counted in a note."""
    made = steps.filter(steps.next.notnull())
    people = {"people": made.person.nunique()} if log.named else {}
    edges = made.group_by("code", "next").agg(moves=made.count(), **people, **spread_of(made.wait)).cache()
    rows: list[dict[str, Any]] = edges.order_by([edges.moves.desc(), "code", "next"]).limit(top).to_pyarrow().to_pylist()
    numbers = [row["code"] * (log.size + 1) + row["next"] for row in rows]
    journeys_of = making(steps, walked, log, numbers)
    [total] = edges.aggregate(kinds=edges.count(), moves=edges.moves.sum()).to_pyarrow().to_pylist()
    names = names_of_codes(log, {row[end] for row in rows for end in ("code", "next")})
    found = []
    for row, number in zip(rows, numbers, strict=True):
        pair = (names[row["code"]], names[row["next"]])
        held = journeys_of[number]
        told = None if allowed is None else pair in allowed
        found.append(Move(*pair, row["moves"], held, row.get("people", held), days(row), told))
    beyond = total["kinds"] - len(found)
    rest = (total["moves"] or 0) - sum(row.moves for row in found)
    notes = (f"{len(found):,} of {total['kinds']:,} kinds of move are listed; the other {beyond:,} hold {rest:,} moves.",) if beyond else ()
    return Findings(tuple(found), (), notes)


def _prefixed(before: str, columns: dict[str, ir.Value]) -> dict[str, ir.Value]:
    return {f"{before}{name}": column for name, column in columns.items()}

"""Where journeys leave the map: at which step, what was to come next there, and what came instead (S2.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings
from troth.engine.journeys.findings import Departure
from troth.engine.journeys.log import Log, names_of_codes
from troth.engine.journeys.mapped import END, OFF, OFF_MOVE, ORDER, REPEATED, SKIPPED, START, Mapped, OnMap
from troth.engine.journeys.shares import Wanted

MOST_MOVES, MOST_EDGES = 20, 6
"""Moves off the map that are told one by one, and steps that journeys begin or end with and should not."""

TIES = "{ties:,} moves between two steps at the same instant are not on the map: ties, and no departure, for nothing says which came first."
NOWHERE = ""
"""Stands for the beginning of a journey, and for its end."""


@dataclass(frozen=True, slots=True)
class Off:
    """One way off the map, in the numbers of a log.

    :param at: code of the step it happened at; ``None`` before the first. :param instead: code of what came; ``None`` for the end.
    """

    at: int | None
    instead: int | None


def moves_off(steps: ir.Table, log: Log, there: OnMap) -> tuple[tuple[Off, ...], int, int]:
    """The moves most made that leave the map from a step on it, how many kinds of them there are, and how many moves were ties.

    Two steps at the same instant have no order, so that a move between them leaves nothing; unless the caller named what orders them.

    :param steps: of :func:`~troth.engine.journeys.log.in_order`.
    """
    codes = there.codes
    if not codes:
        return (), 0, 0
    allowed = [codes[a] * (log.size + 1) + codes[b] for a, b in there.mapped.moves if a in codes and b in codes]
    made = steps.filter(steps.next.notnull() & steps.code.isin(sorted(codes.values())))
    move = made.code.cast("int64") * (log.size + 1) + made.next.cast("int64")
    beside = made.filter(~move.isin(allowed)) if allowed else made
    tie = tied(beside, log)
    off = beside.filter(~tie)
    edges = off.group_by("code", "next").agg(moves=off.count()).cache()
    rows = edges.order_by([edges.moves.desc(), "code", "next"]).limit(MOST_MOVES).to_pyarrow().to_pylist()
    ties = int(beside.filter(tie).count().to_pyarrow().as_py())
    return tuple(Off(row["code"], row["next"]) for row in rows), int(edges.count().to_pyarrow().as_py()), ties


def tied(steps: ir.Table, log: Log) -> ir.BooleanValue:
    """Whether the next step, another one, came at the same instant, and nothing the caller named says in which order."""
    if log.columns.row_named:
        return ibis.literal(False)
    return ((steps.wait == 0) & (steps.code != steps.next)).fill_null(False)


def flags(steps: ir.Table, log: Log, moves: Sequence[Off]) -> dict[str, ir.Value]:
    """What :func:`conditions` needs of a journey's steps: how often each move was made, ``d<i>``."""
    return {f"d{i}": times(steps, log, one) for i, one in enumerate(moves)}


def times(steps: ir.Table, log: Log, one: Off) -> ir.Value:
    """How often a journey made a move off the map; a tie is none."""
    made = (steps.code == one.at) & (steps.next == one.instead) & ~tied(steps, log)
    return made.fill_null(False).cast("int64").sum()


def conditions(journeys: ir.Table, there: OnMap, moves: Sequence[Off]) -> dict[Off, ir.BooleanValue]:
    """Each way off the map to the condition that a journey of :func:`~troth.engine.journeys.mapped.compared` took it.

    Beside the moves, journeys that begin elsewhere than the map; and, of a graph, that end elsewhere. (Of a list that is drop-off.)
    """
    found: dict[Off, ir.BooleanValue] = {one: journeys[f"d{i}"] > 0 for i, one in enumerate(moves)}
    edges = [Off(None, code) for code in _most(journeys.filter(_begun_elsewhere(journeys)), "first")]
    if not there.mapped.ordered:
        edges += [Off(code, None) for code in _most(journeys.filter(_ended_elsewhere(journeys, there)), "last")]
    return found | {one: at_an_edge(journeys, there, one) for one in edges}


def at_an_edge(journeys: ir.Table, there: OnMap, one: Off) -> ir.BooleanValue:
    """Whether a journey left the map where it began, or where it ended."""
    if one.at is None:
        return _begun_elsewhere(journeys) & (journeys["first"] == one.instead)
    return _ended_elsewhere(journeys, there) & (journeys["last"] == one.at)


def _begun_elsewhere(journeys: ir.Table) -> ir.BooleanValue:
    """Whether a journey began elsewhere than the map."""
    return ~journeys.started


def _ended_elsewhere(journeys: ir.Table, there: OnMap) -> ir.BooleanValue:
    """Whether a journey ended at a step of a graph that is no end of it."""
    return ~journeys.ended & ~journeys.under_way & journeys["last"].isin(sorted(there.codes.values()) or [-1])


def shares_of_departures(ways: Mapping[Off, ir.BooleanValue]) -> Wanted[Off]:
    """Of all journeys, those that took each way: for ``shares``."""
    return {one: (taken, ibis.literal(True)) for one, taken in ways.items()}


def departures(
    journeys: ir.Table,
    log: Log,
    there: OnMap,
    ways: Mapping[Off, ir.BooleanValue],
    figures: Mapping[Off, Figure],
    kinds: int,
    ties: int,
) -> Findings[Departure]:
    """Each way off the map with its journeys and people, most journeys first.

    :param ways: of :func:`conditions`. :param figures: of :func:`shares_of_departures`. :param kinds: of moves off the map, in all.
    :param ties: moves off the map between steps at the same instant, which are none of them.
    """
    no_order = (TIES.format(ties=ties),) if ties else ()
    if not ways:
        return Findings((), (), no_order)
    counts = {f"n{i}": taken.cast("int64").sum() for i, taken in enumerate(ways.values())}
    people = {f"p{i}": journeys.person.nunique(where=taken) for i, taken in enumerate(ways.values())} if log.named else {}
    [row] = journeys.aggregate(**counts, **people).to_pyarrow().to_pylist()
    names = names_of_codes(log, {code for one in ways for code in (one.at, one.instead) if code is not None})
    found = []
    for i, one in enumerate(ways):
        at, instead = (NOWHERE if code is None else names[code] for code in (one.at, one.instead))
        expected = _expected(there.mapped, at)
        number = row[f"n{i}"] or 0
        may_end = at in there.mapped.ends
        found.append(
            Departure(at, expected, may_end, instead, _kind(there.mapped, at, instead), number, row.get(f"p{i}", number), figures[one])
        )
    found.sort(key=lambda one: (-one.journeys, one.at, one.instead))
    told = sum(one.at is not None and one.instead is not None for one in ways)
    notes = (f"{told:,} of {kinds:,} kinds of move off the map are listed.",) if kinds > told else ()
    return Findings(tuple(found), (), (*notes, *no_order))


def in_words(one: Departure) -> str:
    """A way off the map as a sentence."""
    to_come = [f"“{step}”" for step in one.expected] + (["the end"] if one.may_end else [])
    listed = " or ".join(part for part in (", ".join(to_come[:-1]), *to_come[-1:]) if part) or "nothing further"
    where = f"After “{one.at}”" if one.at else "At the start"
    what = f"“{one.instead}” came" if one.instead else "it ended"
    many = "journey" if one.journeys == 1 else "journeys"
    of = f" of {one.people:,} {'person' if one.people == 1 else 'people'}" if one.people else ""
    return f"{where} {listed} was to come; in {one.journeys:,} {many}{of} {what} instead ({one.kind})."


def _expected(mapped: Mapped, at: str) -> tuple[str, ...]:
    """What the map lets come next, in its order."""
    allowed = mapped.starts if at == NOWHERE else {after for before, after in mapped.moves if before == at}
    return tuple(step for step in mapped.steps if step in allowed)


def _kind(mapped: Mapped, at: str, instead: str) -> str:
    if at == NOWHERE:
        return START
    if instead == NOWHERE:
        return END
    if instead not in mapped.steps:
        return OFF
    if not mapped.ordered:
        return OFF_MOVE
    if instead == at:
        return REPEATED
    return SKIPPED if mapped.steps.index(instead) > mapped.steps.index(at) else ORDER


def _most(journeys: ir.Table, column: str) -> list[int]:
    """The codes that most of these journeys have in a column."""
    counted = journeys.group_by(code=journeys[column]).agg(n=journeys.count())
    rows = counted.order_by([counted.n.desc(), "code"]).limit(MOST_EDGES).to_pyarrow().to_pylist()
    return [row["code"] for row in rows]

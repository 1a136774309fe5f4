"""Journeys against the mapped journey, and where they break off (S2.11).

Against a list each journey is looked at by when it first came to each step: a step is *skipped* if the journey came to a later one and
never to it, in *wrong order* if it came to a later one first, *repeated* if it came to it more than once. Fitness is the share of its
moves that are on the map, entering and leaving counted as moves (footprints of the directly-follows graph; van der Aalst 2016, Process
Mining, 8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings
from troth.engine.journeys.findings import Conformance, Deviation, DropOff
from troth.engine.journeys.log import Log, codes_of_names
from troth.engine.journeys.paths import MASK
from troth.engine.journeys.shares import Wanted, mean_share, of_counts
from troth.engine.promises.clock import instant
from troth.terms.charter import Charter
from troth.terms.errors import RequestError
from troth.terms.journeys import MOST_STEPS, JourneyMap

SKIPPED, ORDER, REPEATED = "skipped", "wrong order", "repeated"
OFF, OFF_MOVE, START, END = "not on the map", "move not on the map", "other start", "other end"
WALKED = ("", "")
"""Stands for the whole map where ways to leave it stand by kind and step."""

NO_CODE = -1
"""No step has it."""

KINDS = (SKIPPED, ORDER, REPEATED, OFF, OFF_MOVE, START, END)
MAY_END = "journeys may end here"
NO_BITS = f"no rate: more than {MASK} kinds of step, and people have several journeys"
HOW = 'give a list of steps in order, {"step": ["allowed next", ...]}, or a troth.Charter.'


@dataclass(frozen=True, slots=True)
class Mapped:
    """The journey on the wall.

    :param steps: its steps; in order where ``ordered``. :param moves: pairs of steps that may follow each other.
    :param starts: steps it may begin with. :param ends: steps it may end with. :param optional: steps it may do without.
    """

    steps: tuple[str, ...]
    ordered: bool
    moves: frozenset[tuple[str, str]]
    starts: frozenset[str]
    ends: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OnMap:
    """A mapped journey in the numbers of one log.

    :param codes: step to code; steps that never occur are missing.
    """

    mapped: Mapped
    codes: Mapping[str, int] = field(default_factory=dict)

    @property
    def order(self) -> list[int]:
        """Places of the steps that occur, in order."""
        return [i for i, step in enumerate(self.mapped.steps) if step in self.codes]

    @property
    def never(self) -> tuple[str, ...]:
        """Steps of the map nobody ever took."""
        return tuple(step for step in self.mapped.steps if step not in self.codes)


def mapped_journey(given: Any) -> Mapped | None:
    """What a caller gives as the mapped journey; ``None`` for none.

    :param given: a charter (its stages in order), a list of steps in order, step to the steps allowed next, or the journey map of a
        project. A graph begins at the steps that follow none and ends at those none follows; where there is no such step, anywhere.
    :raises RequestError: it is none of these, empty, too long, or names a step of a list twice.
    """
    if given is None:
        return None
    if isinstance(given, JourneyMap):
        return _of_project(given)
    if isinstance(given, Charter):
        given = given.stages
    if isinstance(given, Mapping):
        return _graph(given)
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise RequestError(f"{given!r} is no mapped journey.", place="mapped", mend=HOW)
    steps = tuple(given)
    _checked(steps)
    twice = sorted({step for step in steps if steps.count(step) > 1})
    if twice:
        mend = f'a journey with loops is a graph: {{"{twice[0]}": ["{twice[0]}", ...]}}.'
        raise RequestError(f"The mapped journey names “{twice[0]}” twice.", place="mapped", mend=mend)
    return Mapped(steps, True, frozenset(pairwise(steps)), frozenset(steps[:1]), frozenset(steps[-1:]))


def _of_project(given: JourneyMap) -> Mapped | None:
    """The journey map of a project: a list with steps that may be left out, further moves, and starts and ends besides the outer ones."""
    if not given.steps:
        return None
    steps = tuple(one.name for one in given.steps)
    _checked(steps)
    return Mapped(steps, True, given.moves, given.starts, given.ends, frozenset(one.name for one in given.steps if one.optional))


def on_map(mapped: Mapped | None, log: Log) -> OnMap | None:
    """The mapped journey in the numbers of a log."""
    return None if mapped is None else OnMap(mapped, codes_of_names(log, mapped.steps))


def at_once(mapped: Mapped) -> tuple[str, ...]:
    """The steps in the order they are taken in where two are at the same instant.

    A list's own; of a graph each before those that follow it, as far as it has no loops.
    """
    if mapped.ordered:
        return mapped.steps
    after: dict[str, list[str]] = {step: [] for step in mapped.steps}
    for before, follows in sorted(mapped.moves, key=lambda pair: mapped.steps.index(pair[1]), reverse=True):
        after[before].append(follows)
    left: list[str] = []
    seen: set[str] = set()
    for first in sorted(mapped.steps, key=lambda step: step not in mapped.starts):
        waiting = [(first, False)]
        while waiting:
            step, done = waiting.pop()
            if done:
                left.append(step)
            elif step not in seen:
                seen.add(step)
                waiting += [(step, True), *((one, False) for one in reversed(after[step]))]
    return tuple(reversed(left))


def of_steps(steps: ir.Table, log: Log, there: OnMap | None) -> dict[str, ir.Value]:
    """What the comparison needs of a journey's steps.

    :returns: ``on`` (steps on the map), ``good`` (moves on it); of a list also ``f<i>`` (when step i came first) and ``c<i>`` (how often).
    """
    if there is None:
        return {}
    codes, mapped = there.codes, there.mapped
    on = steps.code.isin(sorted(codes.values()) or [NO_CODE])
    pairs = sorted(codes[a] * (log.size + 1) + codes[b] for a, b in mapped.moves if a in codes and b in codes)
    move = steps.code.cast("int64") * (log.size + 1) + steps.next.cast("int64")
    good = move.isin(pairs or [NO_CODE]).fill_null(False)
    if not mapped.ordered and not log.columns.row_named:  # of two at the same instant the order the map allows is taken
        back = steps.next.cast("int64") * (log.size + 1) + steps.code.cast("int64")
        good = good | ((steps.wait == 0) & back.isin(pairs or [NO_CODE])).fill_null(False)
    asked: dict[str, ir.Value] = {"on": on.cast("int64").sum(), "good": good.cast("int64").sum()}
    if mapped.ordered:
        for i in there.order:
            at = steps.code == codes[mapped.steps[i]]
            asked |= {f"f{i}": steps.place.min(where=at), f"c{i}": at.cast("int64").sum()}
    return asked


def compared(journeys: ir.Table, there: OnMap | None, silent_since: datetime | None) -> ir.Table:
    """Journeys with what became of them on the map.

    :param silent_since: a journey whose last interaction lies after it may still go on; ``None``: each counts as ended.
    :returns: further columns ``under_way``; with a map ``made`` and ``fitting`` (moves, entering and leaving included), ``straight`` (no
        move off the map so far), ``ended`` (where it may); with a list ``furthest`` and ``entry`` (places of the last and of the first step
        of the list it holds, NULL for none).
    """
    open_yet = ibis.literal(False) if silent_since is None else journeys.end > instant(silent_since)
    if there is None:
        return journeys.mutate(under_way=open_yet)
    codes, mapped = there.codes, there.mapped
    started = journeys["first"].isin(_some(codes, mapped.starts))
    ended = journeys["last"].isin(_some(codes, mapped.ends))
    straight = started & (journeys.good == journeys.events - 1)
    more: dict[str, ir.Value] = {}
    if mapped.ordered:
        come = [ibis.ifelse(journeys[f"f{i}"].notnull(), ibis.literal(i, "int16"), ibis.null("int16")) for i in there.order]
        more["furthest"] = ibis.coalesce(*reversed(come)) if come else ibis.null("int16")
        more["entry"] = ibis.coalesce(*come) if come else ibis.null("int16")
    return journeys.mutate(
        under_way=open_yet & ~ended,
        started=started,
        ended=ended,
        straight=straight,
        made=journeys.events + 1,
        fitting=journeys.good + started.cast("int64") + ended.cast("int64"),
        **more,
    )


def deviations_of(journeys: ir.Table, there: OnMap) -> dict[tuple[str, str], ir.BooleanValue]:
    """Kind and step to the condition that a journey of :func:`compared` deviates so."""
    found: dict[tuple[str, str], ir.BooleanValue] = {}
    if there.mapped.ordered:
        order, steps, moves = there.order, there.mapped.steps, there.mapped.moves
        for place, i in enumerate(order):
            step, mine = steps[i], journeys[f"f{i}"]
            later = [journeys[f"f{j}"] for j in order[place + 1 :]]
            before = [(journeys[f"f{j}"] < mine).fill_null(False) for j in order[place + 1 :] if (steps[j], step) not in moves]
            if later and step not in there.mapped.optional:
                found[SKIPPED, step] = mine.isnull() & ibis.coalesce(*later).notnull()
            if before:
                found[ORDER, step] = _any(before)
            if (step, step) not in moves:
                found[REPEATED, step] = journeys[f"c{i}"] > 1
        for i, step in enumerate(steps):
            if i not in order and step not in there.mapped.optional:  # it never occurs: whoever came to a later one skipped it
                found[SKIPPED, step] = (journeys.furthest > i).fill_null(False)
    else:
        found[OFF_MOVE, ""] = journeys.good < journeys.events - 1
    found[OFF, ""] = journeys["on"] < journeys.events
    found[START, ""] = ~journeys.started
    if not there.mapped.ordered:
        found[END, ""] = ~journeys.ended & ~journeys.under_way
    return found


def shares_of_map(journeys: ir.Table, there: OnMap) -> Wanted[tuple[str, str]]:
    """Which journeys walked the map, of those not under way, and which left it in each way: for ``shares``."""
    always = ibis.literal(True)
    walked = (journeys.straight & journeys.ended, ~(journeys.straight & journeys.under_way))
    return {WALKED: walked, **{key: (one, always) for key, one in deviations_of(journeys, there).items()}}


def conformance(journeys: ir.Table, there: OnMap, figures: Mapping[tuple[str, str], Figure]) -> tuple[Conformance, Findings[Deviation]]:
    """How the journeys fit the map, and in which ways they leave it: by kind and step, most journeys first.

    :param journeys: of :func:`compared`. :param figures: of :func:`shares_of_map`.
    """
    whole = journeys.straight & journeys.ended
    stopped = journeys.straight & ~journeys.ended & ~journeys.under_way
    under_way = journeys.straight & journeys.under_way
    conditions = deviations_of(journeys, there)
    people = (
        {f"p{i}": journeys.person.nunique(where=one) for i, one in enumerate(conditions.values())} if "person" in journeys.columns else {}
    )
    [counts] = (
        journeys.aggregate(
            conforming=_count(whole),
            stopped=_count(stopped),
            deviating=_count(~journeys.straight),
            under_way=_count(under_way),
            **{f"n{i}": _count(one) for i, one in enumerate(conditions.values())},
            **people,
        )
        .to_pyarrow()
        .to_pylist()
    )
    rows = [
        Deviation(kind, step, counts[f"n{i}"], counts.get(f"p{i}", counts[f"n{i}"]), figures[kind, step])
        for i, (kind, step) in enumerate(conditions)
        if counts[f"n{i}"]
    ]
    rows.sort(key=lambda row: (-row.journeys, KINDS.index(row.kind)))
    found = Conformance(
        mapped=there.mapped.steps,
        conforming=counts["conforming"],
        stopped_early=counts["stopped"],
        deviating=counts["deviating"],
        under_way=counts["under_way"],
        share=figures[WALKED],
        fitness=mean_share(journeys, journeys.fitting, journeys.made),
    )
    return found, Findings(tuple(rows))


def came_to(journeys: ir.Table, there: OnMap, place: int) -> ir.BooleanValue:
    """Whether a journey of :func:`compared` reached a step of the list: it holds it, or passed by what may not be left out.

    Who entered behind it was never there, and so cannot have dropped off there.
    """
    step = there.mapped.steps[place]
    if step in there.mapped.optional:
        return journeys[f"f{place}"].notnull() if step in there.codes else journeys.events < 0  # nobody
    return ((journeys.entry <= place) & (journeys.furthest >= place)).fill_null(False)


def shares_of_drop_off(journeys: ir.Table, log: Log, there: OnMap | None, seen: Sequence[tuple[str, int, int]]) -> Wanted[int]:
    """Which journeys went no further than each step, of those that came to it and are not under way: for ``shares``.

    By the place of the step in a mapped list, else by its code; none where counts tell it, or nothing can.
    """
    if there is not None and there.mapped.ordered:
        steps, ends = there.mapped.steps, there.mapped.ends
        here = {i: (journeys.furthest == i).fill_null(False) for i, step in enumerate(steps) if i < len(steps) - 1 and step not in ends}
        return {i: (one, came_to(journeys, there, i) & ~(one & journeys.under_way)) for i, one in here.items()}
    if not log.named or log.size > MASK:
        return {}
    bit = {code: (journeys.mask >> ibis.literal(code - 1, "int32")) & ibis.literal(1, "int64") for _, code, _ in seen}
    last = {code: journeys["last"] == code for _, code, _ in seen}
    return {code: (last[code], (bit[code] == 1) & ~(last[code] & journeys.under_way)) for code in bit}


def drop_off(
    journeys: ir.Table, log: Log, there: OnMap | None, seen: Sequence[tuple[str, int, int]], figures: Mapping[int, Figure]
) -> Findings[DropOff]:
    """Where journeys went no further: step by step of a mapped list, else by the last step of each.

    :param seen: steps to list where there is no list: name, code, and journeys that hold it. :param figures: of
        :func:`shares_of_drop_off`.
    """
    if there is not None and there.mapped.ordered:
        return _along(journeys, there, figures)
    ends = there.mapped.ends if there is not None else frozenset()
    ended = journeys.filter(journeys["last"].isin([code for _, code, _ in seen])) if seen else journeys.filter(ibis.literal(False))
    people = {"people": ended.person.nunique(where=~ended.under_way)} if log.named else {}
    counted = ended.group_by("last").agg(dropped=_count(~ended.under_way), open=_count(ended.under_way), **people).to_pyarrow().to_pylist()
    by_code = {row["last"]: row for row in counted}
    figures = _shares_of_last(log, seen, by_code, figures)
    rows = []
    for name, code, reached in seen:
        row = by_code.get(code, {"dropped": 0, "open": 0, "people": 0})
        dropped = row["dropped"]
        went_on = reached - dropped - row["open"]
        share = Figure(None, method=MAY_END) if name in ends else figures[code]
        rows.append(DropOff(name, reached, went_on, dropped, row.get("people", dropped), row["open"], share))
    return Findings(tuple(rows))


def dropped_at(journeys: ir.Table, there: OnMap | None, step: str, code: int | None) -> ir.BooleanValue:
    """Whether a journey of :func:`compared` dropped off at a step."""
    if there is not None and there.mapped.ordered:
        return (journeys.furthest == there.mapped.steps.index(step)).fill_null(False) & ~journeys.under_way
    return (journeys["last"] == (NO_CODE if code is None else code)) & ~journeys.under_way


def silent_since(last: datetime | None, patience: float) -> datetime | None:
    """The instant after which an interaction keeps its journey under way."""
    if last is None or not patience:
        return None
    return last - timedelta(days=patience)


def _shares_of_last(
    log: Log, seen: Sequence[tuple[str, int, int]], by_code: Mapping[int, Mapping[str, Any]], figures: Mapping[int, Figure]
) -> Mapping[int, Figure]:
    """Share of journeys that ended at a step among those that hold it."""
    if log.named and log.size > MASK:
        return {code: Figure(None, n=reached, method=NO_BITS) for _, code, reached in seen}
    if not log.named:
        none: Mapping[str, Any] = {"dropped": 0, "open": 0}
        told = {code: (by_code.get(code, none)["dropped"], reached - by_code.get(code, none)["open"]) for _, code, reached in seen}
        return {code: of_counts(hits, n) for code, (hits, n) in told.items()}
    return figures


def _along(journeys: ir.Table, there: OnMap, figures: Mapping[int, Figure]) -> Findings[DropOff]:
    """Drop-off along a list."""
    steps = there.mapped.steps
    last = len(steps) - 1
    came = [came_to(journeys, there, i) for i in range(len(steps))]
    here = [(journeys.furthest == i).fill_null(False) for i in range(len(steps))]
    asked: dict[str, ir.Value] = {"none": _count(journeys.furthest.isnull())}
    for i in range(len(steps)):
        gone = here[i] & ~journeys.under_way
        entered = (journeys.entry == i).fill_null(False)
        asked |= {f"r{i}": _count(came[i]), f"e{i}": _count(entered), f"d{i}": _count(gone), f"u{i}": _count(here[i] & journeys.under_way)}
        if "person" in journeys.columns:
            asked[f"p{i}"] = journeys.person.nunique(where=gone)
    [row] = journeys.aggregate(**asked).to_pyarrow().to_pylist()
    rows = []
    for i, step in enumerate(steps):
        reached, entered_here, dropped, open_yet = (row[f"{name}{i}"] for name in "redu")
        if i == last:
            rows.append(DropOff(step, reached, 0, 0, 0, 0, Figure(None, method=MAY_END), entered_here))
        else:
            share = figures.get(i, Figure(None, method=MAY_END))
            rows.append(
                DropOff(step, reached, reached - dropped - open_yet, dropped, row.get(f"p{i}", dropped), open_yet, share, entered_here)
            )
    notes = (f"{row['none']:,} journeys hold no mapped step at all.",) if row["none"] else ()
    return Findings(tuple(rows), (), notes)


def _graph(given: Mapping[Any, Any]) -> Mapped:
    moves: set[tuple[str, str]] = set()
    steps: dict[str, None] = {}
    for source, targets in given.items():
        if isinstance(targets, str) or not isinstance(targets, Sequence | set | frozenset):
            raise RequestError(f"“{source}” names no list of steps that may follow it.", place="mapped", mend=HOW)
        told = sorted(targets, key=str) if isinstance(targets, set | frozenset) else targets
        steps |= dict.fromkeys((source, *told))
        moves |= {(source, target) for target in told}
    _checked(tuple(steps))
    onward = [(a, b) for a, b in moves if a != b]
    starts = frozenset(steps) - {b for _, b in onward}
    ends = frozenset(steps) - {a for a, _ in onward}
    return Mapped(tuple(steps), False, frozenset(moves), starts or frozenset(steps), ends or frozenset(steps))


def _checked(steps: tuple[Any, ...]) -> None:
    if not steps:
        raise RequestError("The mapped journey has no step.", place="mapped", mend=HOW)
    wrong = [step for step in steps if not isinstance(step, str)]
    if wrong:
        raise RequestError(f"{wrong[0]!r} is no name of a step.", place="mapped", mend=HOW)
    if len(steps) > MOST_STEPS:
        mend = f'map at most {MOST_STEPS} steps, or take the stage as the step: step="stage".'
        raise RequestError(f"The mapped journey has {len(steps):,} steps.", place="mapped", mend=mend)


def _some(codes: Mapping[str, int], names: frozenset[str]) -> list[int]:
    return sorted(codes[name] for name in names if name in codes) or [NO_CODE]


def _any(conditions: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    found = conditions[0]
    for one in conditions[1:]:
        found = found | one
    return found


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.cast("int64").sum().fill_null(0)

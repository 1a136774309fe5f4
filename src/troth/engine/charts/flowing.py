"""Rows of the flow: steps as boxes, one beneath the other, and the moves between them as lines.

Every step has a row of its own, so that fifteen of them can be read. Mapped steps stand on the left, detours to the right of them. A move
to the next box beneath goes straight down; one that passes boxes by bends round them: forward on the left, back on the right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from troth.engine.journeys.findings import Move, Step

ROW, BOX = 62.0, 38.0
"""Height of a row, and of the box in it, in pixels."""

THICKEST, THINNEST = 9.0, 1.0
POINTS = 17
"""Points of a bent line."""

MOST_MOVES, MOST_STEPS = 24, 15
SMALLEST = 0.004
"""Moves below this share of the most made one are not drawn."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What is drawn, and how large it is.

    :param rows: as ``flow.vl.json`` reads them. :param height: in pixels. :param steps: those drawn. :param moves: those drawn.
    """

    rows: tuple[Mapping[str, Any], ...]
    height: float
    steps: tuple[str, ...]
    moves: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a box stands."""

    rank: int
    left: float
    right: float
    middle: float
    detour: bool


def flow(steps: Sequence[Step], moves: Sequence[Move], *, width: float) -> Flow:
    """The flow of the steps with most events, and the moves most made between them.

    :param steps: most events first. :param moves: most made first. :param width: in pixels.
    """
    shown = list(steps)[:MOST_STEPS]
    names = {one.step for one in shown}
    between = [one for one in moves if one.source in names and one.target in names and one.source != one.target]
    least = SMALLEST * max((one.moves for one in between), default=0)
    drawn = [one for one in between if one.moves >= least][:MOST_MOVES]
    order = reading_order([one.step for one in shown], between)
    mapped = {one.step: one.mapped for one in shown}
    detours = any(value is False for value in mapped.values())
    places = _placed(order, mapped, width, detours=detours)
    most = max((one.moves for one in drawn), default=1)
    rows = [row for one in drawn for row in _line(one, places, most)]
    by_name = {one.step: one for one in shown}
    rows += [_box(by_name[name], places[name]) for name in order]
    height = ROW * len(order)
    return Flow(tuple(rows), height, tuple(order), tuple((one.source, one.target) for one in drawn))


def reading_order(steps: Sequence[str], moves: Sequence[Move]) -> list[str]:
    """The steps in an order in which few moves go back: the greedy of Eades, Lin and Smyth (1993), weighed by how often each is made.

    Steps that nothing follows go to the end, steps that follow nothing to the beginning, and of the others the one first from which most
    goes out beyond what comes in; then single steps change their place as long as that helps. Equal ones keep the order they are given in.
    """
    left = list(dict.fromkeys(steps))
    out: dict[str, dict[str, int]] = {step: {} for step in left}
    into: dict[str, dict[str, int]] = {step: {} for step in left}
    for one in moves:
        if one.source != one.target and one.source in out and one.target in out:
            out[one.source][one.target] = into[one.target][one.source] = one.moves
    first: list[str] = []
    last: list[str] = []
    while left:
        alone = [step for step in left if not out[step] and not into[step]]
        sources = [step for step in left if not into[step]]
        sinks = [step for step in left if not out[step]]
        if alone:
            chosen, line = alone[0], first
        elif sources:
            chosen, line = sources[0], first
        elif sinks:
            chosen, line = sinks[-1], last
        else:
            balance = {step: sum(out[step].values()) - sum(into[step].values()) for step in left}
            chosen, line = max(left, key=lambda step: balance[step]), first
        line.append(chosen) if line is first else line.insert(0, chosen)
        left.remove(chosen)
        for target in out.pop(chosen):
            into[target].pop(chosen)
        for source in into.pop(chosen):
            out[source].pop(chosen)
    return _settled(first + last, steps, moves)


def _settled(order: list[str], steps: Sequence[str], moves: Sequence[Move]) -> list[str]:
    """The order after every change of one step's place that leaves fewer moves going back, then as near to the given one as they allow."""
    made = {(one.source, one.target): one.moves for one in moves}
    given = {step: place for place, step in enumerate(dict.fromkeys(steps))}

    def back(tried: Sequence[str]) -> int:
        place = {step: i for i, step in enumerate(tried)}
        return sum(n for (a, b), n in made.items() if a in place and b in place and place[a] > place[b])

    changed = True
    while changed:  # ends: each change leaves fewer moves going back
        changed = False
        for step, to in product(tuple(order), range(len(order))):
            tried = [one for one in order if one != step]
            tried.insert(to, step)
            if back(tried) < back(order):
                order, changed = tried, True
    changed = True
    while changed:  # ends: each change leaves fewer pairs out of the given order
        changed = False
        for i, (upper, lower) in enumerate(pairwise(order)):
            if made.get((lower, upper), 0) == made.get((upper, lower), 0) and given[lower] < given[upper]:
                order[i], order[i + 1], changed = lower, upper, True
                break
    return order


def _placed(order: Sequence[str], mapped: Mapping[str, bool | None], width: float, *, detours: bool) -> dict[str, _Place]:
    """Boxes of mapped steps left of those that are not, with room for what bends round on either side."""
    room = width * 0.1
    inner = width - 2 * room
    box = inner * (0.43 if detours else 0.62)
    start = room if detours else room + (inner - box) / 2
    found = {}
    for rank, name in enumerate(order):
        aside = mapped[name] is False
        left = width - room - box if aside else start
        found[name] = _Place(rank, left, left + box, rank * ROW + ROW / 2, aside)
    return found


def _box(step: Step, place: _Place) -> dict[str, Any]:
    return {
        "what": "box",
        "x": place.left,
        "x2": place.right,
        "y": place.middle - BOX / 2,
        "y2": place.middle + BOX / 2,
        "middle": place.middle,
        "centre": (place.left + place.right) / 2,
        "name": step.step,
        "count": f"{step.journeys:,} journeys",
        "detour": place.detour,
        "sentence": f"{step.step}: {step.events:,} times in {step.journeys:,} journeys",
    }


def _line(move: Move, places: Mapping[str, _Place], most: int) -> list[dict[str, Any]]:
    """The points of one move, its head, and its count."""
    source, target = places[move.source], places[move.target]
    thickness = max(THINNEST, THICKEST * math.sqrt(move.moves / most))
    path = _path(source, target, places)
    key = f"{move.source} to {move.target}"
    sentence = f"{key}: {move.moves:,}"
    off = move.allowed is False
    rows: list[dict[str, Any]] = [
        {"what": "line", "key": key, "place": place, "x": x, "y": y, "thickness": thickness, "off": off, "sentence": sentence}
        for place, (x, y) in enumerate(path)
    ]
    (before_x, before_y), (x, y) = path[-2], path[-1]
    angle = math.degrees(math.atan2(y - before_y, x - before_x)) + 90
    rows.append({"what": "head", "x": x, "y": y, "angle": angle, "size": 30 + 9 * thickness, "off": off, "sentence": sentence})
    at_x, at_y = path[len(path) // 2 if len(path) <= POINTS else 3 * len(path) // 4]  # of one that goes round others, where it is by itself
    rows.append({"what": "label", "x": at_x, "y": at_y, "text": f"{move.moves:,}", "off": off, "sentence": sentence})
    return rows


def _path(source: _Place, target: _Place, places: Mapping[str, _Place]) -> list[tuple[float, float]]:
    down = target.rank > source.rank
    if source.detour == target.detour:
        between = [one for one in places.values() if one.detour == source.detour and source.rank < one.rank < target.rank]
        if down and not between:
            x = (source.left + source.right) / 2
            return _straight((x, source.middle + BOX / 2), (x, target.middle - BOX / 2))
        # Round the boxes between: forward on the left of mapped steps, else on the right; back on the other side.
        on_left = down != source.detour
        edge = source.left if on_left else source.right
        reach = (16 + 9 * min(abs(target.rank - source.rank), 6)) * (-1 if on_left else 1)
        shift = BOX / 5 if down else -BOX / 5
        start, end = (edge, source.middle + shift), (edge, target.middle - shift)
        return _bent(start, (edge + reach, start[1]), (edge + reach, end[1]), end)
    if target.detour and down and any(one.detour and source.rank < one.rank < target.rank for one in places.values()):
        channel = target.left - (target.left - source.right) * min(0.2 + 0.12 * (target.rank - source.rank), 0.75)
        start, end = (source.right, source.middle + BOX / 3), (target.left, target.middle - BOX / 6)
        return _bent(start, (channel, start[1]), (channel, start[1]), (channel, start[1] + BOX)) + _bent(
            (channel, start[1] + BOX), (channel, end[1]), (channel, end[1]), end
        )
    if target.detour:
        start = (source.right, source.middle + BOX / 5)
        end = (
            (target.left + (target.right - target.left) * 0.25, target.middle - BOX / 2) if down else (target.left, target.middle + BOX / 5)
        )
        bend = (end[0], start[1]) if down else ((start[0] + end[0]) / 2, end[1])
        return _bent(start, bend, bend, end)
    if down:
        start = (source.left + (source.right - source.left) * 0.12, source.middle + BOX / 2)
        end = (target.right, target.middle - BOX / 5)
        bend = (start[0], end[1])
        return _bent(start, bend, bend, end)
    start, end = (source.left, source.middle - BOX / 5), (target.right, target.middle - BOX / 5)
    middle = (start[0] + end[0]) / 2
    return _bent(start, (middle, start[1]), (middle, end[1]), end)


def _straight(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    return [(start[0] + (end[0] - start[0]) * i / 4, start[1] + (end[1] - start[1]) * i / 4) for i in range(5)]


def _bent(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """A cubic curve through its ends, drawn towards the two points between."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    found = []
    for i in range(POINTS):
        t = i / (POINTS - 1)
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        found.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return found

"""The same numbers by loops over lists: plain, slow, and written apart from the engine."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

Row = Mapping[str, Any]
DAY = 86_400.0


def paths(rows: Iterable[Row], journey: str = "subject", wall: Sequence[str] = ()) -> dict[Any, list[Row]]:
    """Rows of each journey in order; at the same instant in that of the map, where there is one."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row[journey] is not None and row["at"] is not None and row["kind"] is not None:
            found[row[journey]].append(row)

    def place(row: Row) -> tuple[Any, ...]:
        return (row["at"], wall.index(row["kind"]) if row["kind"] in wall else len(wall), row.get("row", 0), row["kind"])

    return {key: sorted(held, key=place) for key, held in found.items()}


def person_of(held: Sequence[Row]) -> Any:
    """Whose journey it is."""
    return max((row["customer"] for row in held if row["customer"] is not None), default=None)


def moves(journeys: Mapping[Any, Sequence[Row]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every move with its count, journeys, people and days."""
    made: dict[tuple[str, str], list[tuple[Any, Any, float]]] = defaultdict(list)
    for key, held in journeys.items():
        for a, b in itertools.pairwise(held):
            made[a["kind"], b["kind"]].append((key, person_of(held), (b["at"] - a["at"]).total_seconds() / DAY))
    return {
        pair: {
            "moves": len(one),
            "journeys": len({key for key, _, _ in one}),
            "people": len({person for _, person, _ in one} - {None}),
            "median": float(np.quantile([gap for _, _, gap in one], 0.5)),
            "p90": float(np.quantile([gap for _, _, gap in one], 0.9)),
            "mean": fmean(gap for _, _, gap in one),
        }
        for pair, one in made.items()
    }


def variants(journeys: Mapping[Any, Sequence[Row]]) -> Counter[tuple[str, ...]]:
    """Every whole path and how often it was walked."""
    return Counter(tuple(row["kind"] for row in held) for held in journeys.values())


def steps(journeys: Mapping[Any, Sequence[Row]]) -> dict[str, dict[str, int]]:
    """Every step with its counts."""
    found: dict[str, dict[str, int]] = {}
    for kind in {row["kind"] for held in journeys.values() for row in held}:
        mine = {key: held for key, held in journeys.items() if any(row["kind"] == kind for row in held)}
        events = sum(row["kind"] == kind for held in journeys.values() for row in held)
        found[kind] = {
            "events": events,
            "journeys": len(mine),
            "people": len({row_person for held in mine.values() if (row_person := person_of(held)) is not None}),
            "starts": sum(held[0]["kind"] == kind for held in journeys.values()),
            "ends": sum(held[-1]["kind"] == kind for held in journeys.values()),
            "repeats": events - len(mine),
        }
    return found


def against(path: Sequence[str], wall: Sequence[str]) -> dict[str, Any]:
    """One path against a list of steps: fitness, what it is, and each way it leaves the list."""
    allowed = set(itertools.pairwise(wall))
    fitting = (path[0] == wall[0]) + (path[-1] == wall[-1]) + sum(pair in allowed for pair in itertools.pairwise(path))
    straight = path[0] == wall[0] and all(pair in allowed for pair in itertools.pairwise(path))
    first = {step: path.index(step) for step in wall if step in path}
    ways = set()
    for i, step in enumerate(wall):
        later = [first[other] for other in wall[i + 1 :] if other in first]
        if step not in first and later:
            ways.add(("skipped", step))
        if step in first and any(place < first[step] for place in later):
            ways.add(("wrong order", step))
        if path.count(step) > 1:
            ways.add(("repeated", step))
    if any(step not in wall for step in path):
        ways.add(("not on the map", ""))
    if path[0] != wall[0]:
        ways.add(("other start", ""))
    furthest = max((i for i, step in enumerate(wall) if step in first), default=None)
    kind = "deviating" if not straight else "conforming" if path[-1] == wall[-1] else "stopped early"
    return {"fitness": fitting / (len(path) + 1), "kind": kind, "ways": ways, "furthest": furthest}


def dropping(walks: Iterable[Sequence[str]], wall: Sequence[str], optional: Collection[str] = ()) -> list[dict[str, int]]:
    """Along a list: how many journeys reached each step, entered there, went on from there, and went no further."""
    found = [dict.fromkeys(("reached", "entered", "went on", "dropped"), 0) for _ in wall]
    for path in walks:
        held = [step in path for step in wall]
        for i, step in enumerate(wall):
            earlier, later = any(held[:i]), any(held[i + 1 :])
            if held[i] or (earlier and later and step not in optional):
                found[i]["reached"] += 1
                found[i]["went on" if later else "dropped"] += 1
                found[i]["entered"] += not earlier
    return found


def kaplan_meier(times: Sequence[float], reached: Sequence[bool], remaining: float) -> float | None:
    """The first time at which at most this share has not got there."""
    left = 1.0
    for time in sorted(set(times)):
        risk = sum(one >= time for one in times)
        got = sum(one == time and there for one, there in zip(times, reached, strict=True))
        left *= 1 - got / risk
        if left <= remaining + 1e-12:
            return time
    return None


def left(held: Sequence[Row], moves: set[tuple[str, str]], starts: set[str], steps: Sequence[str]) -> set[tuple[str, str]]:
    """Where one journey leaves the map: the step it was at (nothing: the start), and what came instead."""
    path = [row["kind"] for row in held]
    begun = set() if path[0] in starts else {("", path[0])}
    apart = {(a["kind"], b["kind"]) for a, b in itertools.pairwise(held) if a["at"] < b["at"] or a["kind"] == b["kind"]}
    return begun | {pair for pair in apart if pair[0] in steps and pair not in moves}

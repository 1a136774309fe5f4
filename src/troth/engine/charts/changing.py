"""Rows of the waterfall of a change: where each part starts and ends, from no change to all of it (domain.md d6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from troth.engine.findings import Figure


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a change.

    :param name: as the picture says it. :param words: its size, likewise.
    :param change: what is told of it, with the limits of what was measured.
    :param fill: theme word of its owner; ``None`` for what is not told from chance.
    """

    name: str
    words: str
    change: Figure
    fill: str | None


def change_rows(steps: Iterable[Step], whole: Step) -> list[dict[str, Any]]:
    """One row per bar of the picture, and one for the whole change.

    :returns: rows as ``change.vl.json`` reads them; ``start``, ``end``, ``low`` and ``high`` in the unit of the change.
    """
    rows: list[dict[str, Any]] = []
    reached = 0.0
    for step in steps:
        value = step.change.value or 0.0
        start, reached = reached, reached + value
        low, high = (None if limit is None else start + limit for limit in (step.change.low, step.change.high))
        rows.append(
            _row(len(rows), step.name, start, reached, step.words, step.fill or "transparent", low=low, high=high)
            | ({"stroke": "$edge", "dashed": True} if step.fill is None else {})
        )
    change = whole.change
    last = _row(len(rows), whole.name, 0.0, change.value or 0.0, whole.words, "transparent", low=change.low, high=change.high)
    return [*rows, last | {"stroke": "$ink"}]


def _row(
    place: int, name: str, start: float, end: float, count: str, fill: str, *, low: float | None, high: float | None
) -> dict[str, Any]:
    return {
        "place": place,
        "part": str(place),
        "name": name,
        "start": start,
        "end": end,
        "low": low,
        "high": high,
        "fill": fill,
        "stroke": "transparent",
        "dashed": False,
        "count": count,
        "sentence": f"{name}: {count}",
    }

"""Rows of the cases around a target: a bar for each level, the curve of its neighbours, and the target."""

from __future__ import annotations

from typing import Any

from troth.engine.guards import Guard

PALE = 0.42


def bin_rows(one: Guard) -> list[dict[str, Any]]:
    """A row for each bin, those just inside the target standing out, then one for the target; none where it cannot be told."""
    unit = one.measure.unit
    rows: list[dict[str, Any]] = [
        {
            "low": each.low,
            "high": each.high,
            "middle": (each.low + each.high) / 2,
            "n": each.n,
            "expected": each.expected,
            "fill": "$accent",
            "opacity": 1.0 if each.inside else PALE,
            "sentence": f"{each.low:g} to {each.high:g} {unit}: {each.n:,} cases, {each.expected:,.0f} expected".replace("  ", " "),
        }
        for each in one.bins
    ]
    return [*rows, {"target": one.measure.target}] if rows else []

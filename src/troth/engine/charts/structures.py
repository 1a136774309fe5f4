"""Rows of the structures' bars: what each covers by its grants, by influence, and what lies beyond both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from troth.engine.purview import Structure

LONGEST = 34
"""Characters of a name a bar has room for."""
PALE = 0.42


def structure_rows(structures: Iterable[Structure]) -> list[dict[str, Any]]:
    """Up to three parts per structure, from left to right, then its name with the range of what its grants cover.

    Where the reach is unknown there is no middle part: what lies beyond the grants is one.
    """
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(structures):
        if one.chasm.value is None:
            continue
        name = str(one.where["structure"])
        within = 1 - one.chasm.value
        reached = within if one.reach.value is None else max(within, one.reach.value)
        base = {"place": place, "structure": name, "actual": one.actual}
        parts = (
            ("within the grants", 0.0, within, "$accent", 1.0),
            ("by influence", within, reached, "$accent", PALE),
            ("beyond the grants" if one.reach.value is None else "beyond reach", reached, 1.0, "$line", 1.0),
        )
        for what, start, end, fill, opacity in parts:
            if end > start:
                sentence = f"{name}: {end - start:.1%} {what}"
                rows.append({**base, "start": start, "end": end, "fill": fill, "opacity": opacity, "sentence": sentence})
        limits = (one.chasm.high, one.chasm.low)
        rows.append(
            {
                **base,
                "name": _short(name, one.actual),
                "label": f"chasm {one.chasm.value:.0%}",
                "low": None if limits[0] is None else 1 - limits[0],
                "high": None if limits[1] is None else 1 - limits[1],
            }
        )
    return rows


def _short(name: str, actual: bool) -> str:  # noqa: FBT001 - one of two marks
    shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
    return f"{shown} (today)" if actual else shown

"""Rows of the drop-off strip: a bar per step, as long as the journeys that came to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from troth.engine.journeys.findings import DropOff
from troth.engine.journeys.mapped import MAY_END


def drop_off_rows(steps: Iterable[DropOff]) -> list[dict[str, Any]]:
    """Up to three parts per step, from left to right: went on, under way, dropped off. Parts of nobody are left out.

    The last part of a step bears the share that dropped off; none where it cannot be told.
    """
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(steps):
        ends = one.share.method == MAY_END  # by right: nobody dropped off
        dropped = 0 if ends else one.dropped
        staying = one.reached - one.went_on - one.under_way - dropped
        sizes = [
            ("went on", "$accent", one.went_on + staying),
            ("under way", "$line", one.under_way),
            ("dropped off", "$edge", dropped),
        ]
        drawn = [(what, fill, size) for what, fill, size in sizes if size]
        label = None if one.share.value is None else f"{one.share.value:.0%} dropped off"
        start = 0
        for what, fill, size in drawn:
            last = what == drawn[-1][0]
            rows.append(
                {
                    "place": place,
                    "step": one.step,
                    "start": start,
                    "end": start + size,
                    "fill": fill,
                    "label": label if last else None,
                    "sentence": f"{one.step}: {size:,} of {one.reached:,} {what if one.went_on or what != 'went on' else 'ended here'}",
                }
            )
            start += size
    return rows

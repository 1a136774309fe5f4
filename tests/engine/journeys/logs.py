"""Interactions for tests: written as paths, or drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

BEGIN = datetime(2024, 1, 1)
KINDS = ("visit", "search", "order", "delivery", "contact", "return")


def on(day: float) -> datetime:
    """A moment so many days after the first of January."""
    return BEGIN + timedelta(microseconds=round(day * 86_400_000_000))


def walked(*paths: Sequence[str] | str, gap: float = 1.0, times: int = 1) -> pa.Table:
    """One customer per path, ``times`` over; a step each ``gap`` days."""
    rows = [
        {"customer": f"c{number}-{copy}", "kind": step, "at": on(place * gap)}
        for number, path in enumerate(paths)
        for copy in range(times)
        for place, step in enumerate(path.split() if isinstance(path, str) else path)
    ]
    return table(rows)


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table, moments in microseconds."""
    found = pa.Table.from_pylist([dict(row) for row in rows])
    fields = [pa.field(one.name, pa.timestamp("us") if pa.types.is_timestamp(one.type) else one.type) for one in found.schema]
    return found.cast(pa.schema(fields))


def drawn(seed: int, journeys: int = 120, longest: int = 14, people: int = 70) -> list[dict[str, Any]]:
    """Orders of people, in any order of rows: ties in time, rows without time, order or kind, and people nobody knows."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for subject in range(journeys):
        customer = int(rng.integers(people)) if rng.random() < 0.9 else None
        clock = float(rng.integers(0, 40))
        for _ in range(int(rng.integers(1, longest))):
            clock += float(rng.choice([0.0, 0.25, 1.0, 2.5]))
            rows.append(
                {
                    "row": len(rows),
                    "subject": f"s{subject}" if rng.random() > 0.02 else None,
                    "customer": customer,
                    "kind": str(rng.choice(KINDS, p=[0.3, 0.2, 0.2, 0.15, 0.1, 0.05])) if rng.random() > 0.02 else None,
                    "at": on(clock) if rng.random() > 0.02 else None,
                }
            )
    return [rows[i] for i in rng.permutation(len(rows))]

"""Coverage: promises recorded over records that should bear one (domain.md c6, attack 8). K is never printed without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure

Coverage = tuple[int, int]
"""(recorded, bearing) of one promise name."""

UNKNOWN = Figure(None, method="coverage unknown")


def coverage_figures(
    ledger: ir.Table, slices: Mapping[str, ir.Value], coverage: Mapping[str, Coverage] | None
) -> Callable[[Sequence[Any]], Figure]:
    """A function from a slice's values to the coverage of the promise names in it.

    Coverage is known by promise name only; a slice shows that of its names together, and ``coverage unknown`` if one of them lacks it.
    """
    if coverage is None:
        return lambda _: UNKNOWN
    by = list(slices)
    if "name" in by:
        position = by.index("name")
        return lambda key: _figure([key[position]], coverage)
    named = ledger.select(**{f"slice_{name}": column for name, column in slices.items()}, promise=ledger.name).distinct()
    names: dict[tuple[Any, ...], list[str]] = {}
    for row in named.to_pyarrow().to_pylist():
        names.setdefault(tuple(row[f"slice_{name}"] for name in by), []).append(row["promise"])
    return lambda key: _figure(names.get(tuple(key), []), coverage)


def _figure(names: Sequence[str], coverage: Mapping[str, Coverage]) -> Figure:
    if not names or any(name not in coverage for name in names):
        return UNKNOWN
    recorded = sum(coverage[name][0] for name in names)
    bearing = sum(coverage[name][1] for name in names)
    value = recorded / bearing if bearing else None
    return Figure(value, n=bearing, method="promises recorded over records that should bear one; a count, not a sample")

"""Coverage: promises recorded over records that should bear one (domain.md c6, attack 8). K is never printed without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure
from troth.engine.promises.slices import PERIODS, slice_columns

Coverage = tuple[int, int]
"""(recorded, bearing) of one promise name."""

Key = tuple[Any, ...]

UNKNOWN = Figure(None, method="coverage unknown")
COUNTED = "promises recorded over records that should bear one; a count, not a sample"
OF_ALL = f"{COUNTED}; of the whole record, since a row without a promise falls due at no time"


def placeable(missing: ir.Table, names: Sequence[str]) -> bool:
    """Rows without a promise have a place in these slices: their own columns, and periods in which a promise would have been made."""
    return all(name in missing.columns or PERIODS.get(name, ("",))[0] == "made_at" for name in names)


def missing_by(missing: ir.Table, by: Sequence[str], zone: str) -> dict[Key, tuple[int, int]]:
    """Rows that should bear a promise and are not in the ledger, by slice: (those whose promise can be read, all of them).

    :param missing: the MISSING contract, any filter already applied.
    """
    named = missing.mutate(**{f"slice_{name}": column for name, column in slice_columns(missing, by, zone).items()})
    totals = {"on_record": named.rows.sum(where=named.on_record), "all": named.rows.sum()}
    grouped = named.group_by([f"slice_{name}" for name in by]).agg(**totals) if by else named.agg(**totals)
    return {
        tuple(row[f"slice_{name}"] for name in by): (int(row["on_record"] or 0), int(row["all"] or 0))
        for row in grouped.to_pyarrow().to_pylist()
        if row["all"]
    }


def coverage_known(
    coverage: Mapping[str, Coverage], promises: ir.Table, missing: ir.Table | None, *, as_of: ir.TimestampScalar, connection: Any
) -> dict[str, Coverage]:
    """Coverage as of an instant: without the rows that were made, or recorded, later.

    :param coverage: of every row of the sources, by promise name.
    :param promises: the PROMISES contract; ``missing`` the MISSING contract, where there is any.
    """
    known = {name: [*counts] for name, counts in coverage.items()}
    after = promises.made_at > as_of
    later = promises.filter(after | (promises.recorded_at > as_of) if "recorded_at" in promises.columns else after)
    taken = [later.group_by("name").agg(on_record=later.count(), rows=later.count())]
    if missing is not None:
        unused = missing.filter(missing.made_at > as_of)
        taken.append(unused.group_by("name").agg(on_record=unused.rows.sum(where=unused.on_record), rows=unused.rows.sum()))
    for row in (row for table in taken for row in connection.to_pyarrow(table).to_pylist()):
        if row["name"] in known:
            known[row["name"]][0] -= int(row["on_record"] or 0)
            known[row["name"]][1] -= int(row["rows"] or 0)
    return {name: (recorded, bearing) for name, (recorded, bearing) in known.items()}


def of_slice(recorded: int, missing: tuple[int, int]) -> Figure:
    """Coverage of one slice.

    :param recorded: promises of the slice in the ledger.
    :param missing: what :func:`missing_by` found in it.
    """
    on_record, bearing = recorded + missing[0], recorded + missing[1]
    return Figure(on_record / bearing, n=bearing, method=COUNTED) if bearing else UNKNOWN


def coverage_figures(
    ledger: ir.Table, slices: Mapping[str, ir.Value], coverage: Mapping[str, Coverage] | None
) -> Callable[[Sequence[Any]], Figure]:
    """A function from a slice's values to the coverage of the promise names in it, where no more than that is known.

    A slice shows that of its names together, and ``coverage unknown`` if one of them lacks it.
    """
    if coverage is None:
        return lambda _: UNKNOWN
    by = list(slices)
    if "name" in by:
        position = by.index("name")
        return lambda key: _figure([key[position]], coverage)
    named = ledger.select(**{f"slice_{name}": column for name, column in slices.items()}, promise=ledger.name).distinct()
    names: dict[Key, list[str]] = {}
    for row in named.to_pyarrow().to_pylist():
        names.setdefault(tuple(row[f"slice_{name}"] for name in by), []).append(row["promise"])
    return lambda key: _figure(names.get(tuple(key), []), coverage)


def _figure(names: Sequence[str], coverage: Mapping[str, Coverage]) -> Figure:
    if not names or any(name not in coverage for name in names):
        return UNKNOWN
    recorded = sum(coverage[name][0] for name in names)
    bearing = sum(coverage[name][1] for name in names)
    return Figure(recorded / bearing if bearing else None, n=bearing, method=OF_ALL)

"""How far the parts of a slice stray over the bootstrap draws (domain.md d5 “Intervals”).

Counts by setting and draws of settings are small beside the promises; brought together they are some fifty times the counts. So both come
into memory and are brought together a block at a time. Everything added up is a whole number: the order of rows tells in no digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from troth.engine.intervals import FEWEST_CLUSTERS, Numbers

PARTS = ("allowance", "expectation", "standard", "delivery")
LEAST_DRAWS = 20
NOTHING = "no interval: nothing could be decomposed"
ALL_DRAWN = 0.9
"""Share of the promises from which the draws hold all of them, as near as makes no difference."""
UNIT = 100_000_000
"""Probabilities have eight decimals: counted in this unit they are whole."""
BLOCK = 2_000_000
"""Pairs of a count and a draw held at once."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spread:
    """What the bootstrap says of one slice.

    :param of: part to its standard deviation, in broken promises per square root of a promise; empty where there is none.
    :param promises: promises in the drawn clusters, on average over the draws; ``clusters`` likewise. :param draws: how many there were.
    :param reason: why there is no spread, where the numbers do not say.
    """

    of: Mapping[str, float] = field(default_factory=dict)
    promises: float = 0.0
    clusters: float = 0.0
    draws: int = 0
    reason: str = ""

    def words(self, decomposed: int) -> str:
        """How the interval of a slice of so many decomposed promises was had, or why there is none."""
        if not decomposed or self.reason:
            return self.reason or NOTHING
        if not self.of:
            return (
                f"no interval: {self.clusters:,.0f} clusters (a context cell in a week) of it were drawn, and {FEWEST_CLUSTERS} are needed"
            )
        share = self.promises / decomposed
        scaled = "" if share > ALL_DRAWN else f"; they hold {share:.1%} of its promises, and their spread is scaled up"
        return f"bootstrap: {self.draws} draws of {self.clusters:,.0f} clusters (a context cell in a week), capability fitted anew{scaled}"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Draws of one mode, sorted by setting: which setting and draw, the weight of the cluster, and p at the way-points in :data:`UNIT`."""

    setting: Whole
    draw: Whole
    weight: Whole
    capability: Whole
    middle: Whole
    promise: Whole


def spreads(grouped: ir.Table, draws: ir.Table, slices: Sequence[str], mode: str) -> dict[tuple[Any, ...], Spread]:
    """The spread of each slice that holds a drawn setting.

    :param grouped: ``setting``, ``cluster``, ``due`` and ``broken`` for each of ``slices`` (its columns).
    :param draws: the schema of :mod:`engine.gaps.draws`.
    """
    mine = draws.filter(draws.mode == mode)
    counts = grouped.semi_join(mine, "setting").to_pyarrow()
    drawn = _drawn(mine)
    if not counts.num_rows:
        return {}
    keys, slice_ = _numbered(counts, slices)
    setting, cluster, due, broken = (_whole(counts[name]) for name in ("setting", "cluster", "due", "broken"))
    pair, of_pair = np.unique(np.stack([slice_, cluster]), axis=1, return_inverse=True)
    of_pair = of_pair.ravel()
    number = int(drawn.draw.max()) + 1
    sums = {name: np.zeros(len(keys) * number) for name in ("seen", "promises", *PARTS)}
    present = np.zeros(len(pair[0]) * number, dtype=bool)
    for row, at in _together(setting, drawn):
        place = slice_[row] * number + drawn.draw[at]
        present[of_pair[row] * number + drawn.draw[at]] = True
        weighted = due[row] * drawn.weight[at]
        promised = drawn.promise[at] * weighted
        for name, value in (
            ("seen", np.ones(len(row))),
            ("promises", weighted),
            ("allowance", drawn.capability[at] * weighted),
            ("expectation", promised - drawn.middle[at] * weighted),
            ("standard", (drawn.middle[at] - drawn.capability[at]) * weighted),
            ("delivery", broken[row] * drawn.weight[at] * UNIT - promised),
        ):
            sums[name] += np.bincount(place, value, len(sums[name]))
    clusters = np.zeros((len(keys), number))
    np.add.at(clusters, pair[0], present.reshape(-1, number))
    table = {name: value.reshape(-1, number) for name, value in sums.items()}
    return {key: _spread(position, table, clusters) for position, key in enumerate(keys)}


def _drawn(mine: ir.Table) -> _Drawn:
    places = {name: (mine[f"p_{name}"] * UNIT).cast("int64") for name in ("capability", "middle", "promise")}
    table = mine.select("setting", "draw", "weight", **places).to_pyarrow()
    columns = {name: _whole(table[name]) for name in table.column_names}
    order = np.argsort(columns["setting"], kind="stable")
    return _Drawn(**{name: column[order] for name, column in columns.items()})


def _whole(column: pa.ChunkedArray) -> Whole:
    return np.asarray(column.cast("int64"))


def _numbered(counts: pa.Table, slices: Sequence[str]) -> tuple[list[tuple[Any, ...]], Whole]:
    """The slices there are, and which of them each row is of."""
    codes = np.zeros((len(slices), counts.num_rows), dtype=np.int64)
    values = []
    for place, name in enumerate(slices):
        encoded = counts[name].combine_chunks().dictionary_encode(null_encoding="encode")
        codes[place] = np.asarray(encoded.indices)
        values.append(encoded.dictionary.to_pylist())
    if not slices:
        return [()], np.zeros(counts.num_rows, dtype=np.int64)
    distinct, of_row = np.unique(codes, axis=1, return_inverse=True)
    keys = [tuple(values[place][code] for place, code in enumerate(column)) for column in distinct.T]
    return keys, of_row.ravel()


def _together(setting: Whole, drawn: _Drawn) -> Iterator[tuple[Whole, Whole]]:
    """Rows of the counts and of the draws that are of one setting, pair by pair, in blocks."""
    first = np.searchsorted(drawn.setting, setting, "left")
    many = np.searchsorted(drawn.setting, setting, "right") - first
    ends = np.cumsum(many)
    cuts = np.searchsorted(ends, np.arange(BLOCK, int(ends[-1]) + BLOCK, BLOCK), "left") + 1
    start = 0
    for end in np.unique(np.minimum(cuts, len(setting))):
        rows = np.arange(start, end)
        row = np.repeat(rows, many[rows])
        within = np.arange(len(row)) - np.repeat(ends[rows] - many[rows] - (ends[start] - many[start]), many[rows])
        yield row, first[row] + within
        start = end


def _spread(position: int, table: Mapping[str, Numbers], clusters: Numbers) -> Spread:
    """The spread of one slice over its draws.

    Fewer than ten clusters (a context cell in a week) do not show it (c5). It is their number that counts and not their share of the
    slice: thirty cells show the spread of two thousand as well as that of two hundred.
    """
    seen = table["seen"][position] > 0
    promises, found = table["promises"][position][seen], clusters[position][seen]
    of: dict[str, float] = {}
    if len(promises) >= LEAST_DRAWS and found.mean() >= FEWEST_CLUSTERS and promises.min() > 0:
        strays = {part: table[part][position][seen] / UNIT / promises for part in PARTS}
        of = {part: float(np.std(stray, ddof=1) * np.sqrt(promises.mean())) for part, stray in strays.items()}
    return Spread(of, float(promises.mean()), float(found.mean()), len(promises))

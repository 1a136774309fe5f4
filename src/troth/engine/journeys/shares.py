"""Shares of journeys with their intervals, where one person may have several journeys (domain.md c5)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import ibis
import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import FEWEST_CLUSTERS, ClusterSums, Interval, mean_interval, rate_interval

Key = TypeVar("Key", bound=Hashable)
TOO_FEW = f"fewer than {FEWEST_CLUSTERS} people: no rate"
PARTS = 100_000
"""Fitness is summed in whole hundred-thousandths, so that the order of the rows changes nothing."""


def shares(journeys: ir.Table, wanted: Mapping[Key, tuple[ir.BooleanValue, ir.BooleanValue]]) -> dict[Key, Figure]:
    """Share of hits among those that count, for many questions in one query.

    :param journeys: one row per journey, with ``person`` where persons are told apart from journeys.
    :param wanted: question to (hit, counts); NULL is no.
    """
    numbers = {key: (_whole(hit & counts), _whole(counts)) for key, (hit, counts) in wanted.items()}
    return {key: figure(sums, int(sums.w), rate_interval(sums, int(sums.w))) for key, sums in _sums(journeys, numbers).items()}


def mean_share(journeys: ir.Table, part: ir.IntegerValue, whole: ir.IntegerValue) -> Figure:
    """Mean over journeys of part / whole."""
    rounded = ((part * (2 * PARTS) + whole) / (whole * 2).nullif(0)).floor().cast("int64")
    [sums] = _sums(journeys, {"": (rounded, ibis.ifelse(rounded.isnull(), 0, PARTS).cast("int64"))}, ones=False).values()
    return figure(sums, int(sums.w) // PARTS, mean_interval(sums))


def figure(sums: ClusterSums, n: int, interval: Interval | None) -> Figure:
    """The figure of one share; none where nothing counts, or too few persons stand behind it."""
    if sums.mean is None or n == 0:
        return NO_DATA
    if interval is None:
        return Figure(None, n=n, clusters=sums.clusters, method=TOO_FEW)
    return Figure(
        sums.mean, interval.low, interval.high, n=n, clusters=sums.clusters, method=interval.method.replace("promises", "journeys")
    )


def of_counts(hits: int, n: int) -> Figure:
    """The share where every journey is a person's only one, from counts."""
    sums = ClusterSums(n, float(hits), float(n), float(hits), float(hits), float(n))
    return figure(sums, n, rate_interval(sums, n))


def by_person(journeys: ir.Table) -> list[ir.Value]:
    """What tells persons apart: the person, or the journey where nobody is named."""
    return [
        journeys.person.name("who"),
        ibis.ifelse(journeys.person.isnull(), journeys.journey, ibis.null(journeys.journey.type())).name("alone"),
    ]


def _whole(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.fill_null(False).cast("int64")


def _sums(
    journeys: ir.Table, numbers: Mapping[Key, tuple[ir.IntegerValue, ir.IntegerValue]], *, ones: bool = True
) -> dict[Key, ClusterSums]:
    """The cluster sums of each question.

    :param ones: numbers are 0 or 1, so that where every journey is a person's only one their squares need no summing.
    """
    if not numbers:
        return {}
    columns = {f"{letter}{i}": value for i, pair in enumerate(numbers.values()) for letter, value in zip("aw", pair, strict=True)}
    alone = "person" not in journeys.columns
    if alone:
        clusters = journeys.select(**columns)
    else:
        each = journeys.mutate(**columns)
        clusters = each.group_by(by_person(each)).agg(**{name: each[name].sum() for name in columns})
    asked: dict[str, ir.Value] = {}
    for i in range(len(numbers)):
        a, w = clusters[f"a{i}"], clusters[f"w{i}"]
        asked |= {f"a{i}": a.sum(), f"w{i}": w.sum()}
        if not (alone and ones):
            asked |= {f"aa{i}": (a * a).sum(), f"aw{i}": (a * w).sum(), f"ww{i}": (w * w).sum(), f"g{i}": (w > 0).cast("int64").sum()}
    [row] = clusters.aggregate(**asked).to_pyarrow().to_pylist()
    found = {}
    for i, key in enumerate(numbers):
        a, w = float(row[f"a{i}"] or 0), float(row[f"w{i}"] or 0)
        if alone and ones:
            found[key] = ClusterSums(int(w), a, w, a, a, w)
        else:
            aa, aw, ww, g = (float(row[f"{name}{i}"] or 0) for name in ("aa", "aw", "ww", "g"))
            found[key] = ClusterSums(int(g), a, w, aa, aw, ww)
    return found

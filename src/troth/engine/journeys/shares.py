"""Shares of journeys with their intervals, where one person may have several journeys (domain.md c5)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import FEWEST_CLUSTERS, ClusterSums, Interval, mean_interval, rate_interval
from troth.engine.journeys.bits import joined_bits

Key = TypeVar("Key", bound=Hashable)
TOO_FEW = f"fewer than {FEWEST_CLUSTERS} people: no rate"
PARTS = 100_000
"""Fitness is summed in whole hundred-thousandths, so that the order of the rows changes nothing."""

WORD = 31
"""Answers held as the bits of one whole number."""

MOST_ALIKE = 1_000
MOST_PAIRS = 20_000_000
"""Up to so many kinds of journey, and pairs of kinds of one person, sums of products are made of pairs; beyond, person by person."""


Wanted: TypeAlias = Mapping[Key, tuple[ir.BooleanValue, ir.BooleanValue]]
"""Questions to (hit, counts), conditions on a table of journeys."""


def shares(journeys: ir.Table, wanted: Wanted[Key]) -> dict[Key, Figure]:
    """Share of hits among those that count, for many questions in one query.

    :param journeys: one row per journey, with ``person`` where persons are told apart from journeys.
    :param wanted: question to (hit, counts); NULL is no.
    """
    if "person" in journeys.columns and wanted:
        sums = _sums_of_flags(journeys, wanted)
    else:
        sums = _sums(journeys, {key: (_whole(hit & counts), _whole(counts)) for key, (hit, counts) in wanted.items()})
    return {key: figure(one, int(one.w), rate_interval(one, int(one.w))) for key, one in sums.items()}


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


def _sums_of_flags(journeys: ir.Table, wanted: Wanted[Key]) -> dict[Key, ClusterSums]:
    """The cluster sums of questions with yes or no for an answer, where persons have several journeys.

    Journeys with the same answers are alike. Journeys are counted by person and kind once; the sum over persons of a product of two counts
    is then a sum over pairs of kinds, whatever the question: people are gone through once, and not once for each question.
    """
    flags: dict[Any, int] = {}
    bits: list[ir.BooleanValue] = []
    places: list[tuple[int, int]] = []
    for hit, counts in wanted.values():
        pair = []
        for flag in (hit & counts, counts):
            asked = flag.op()  # shares of all journeys count the same ones: asked once
            if asked not in flags:
                flags[asked] = len(bits)
                bits.append(flag)
            pair.append(flags[asked])
        places.append((pair[0], pair[1]))
    names = [f"flags_{i}" for i in range(-(-len(bits) // WORD))]
    packed = journeys.select("person", **{name: _packed(bits[i * WORD : (i + 1) * WORD]) for i, name in enumerate(names)})
    held = packed.group_by("person", *names).agg(n=packed.count()).cache()
    each = held.group_by(names).agg(n=held.n.sum(), alone=held.n.sum(where=held.person.isnull()).fill_null(0))
    kinds = each.mutate(kind=ibis.row_number().over(ibis.window(order_by=[each[name] for name in names]))).cache()
    told = kinds.order_by("kind").to_pyarrow()
    known = held.filter(held.person.notnull())
    named = known.inner_join(kinds.select("kind", *names), names).select("person", "kind", "n", *names)
    people = named.group_by("person").agg(kinds=named.count())
    [pairs] = people.aggregate(pairs=(people.kinds * people.kinds).sum().fill_null(0)).to_pyarrow().to_pylist()
    if told.num_rows > MOST_ALIKE or pairs["pairs"] > MOST_PAIRS:
        return _sums(journeys, {key: (_whole(hit & counts), _whole(counts)) for key, (hit, counts) in wanted.items()})
    other = named.select(who="person", with_kind="kind", m="n")
    both = named.inner_join(other, named.person == other.who)
    products = both.group_by("kind", "with_kind").agg(sum=(both.n * both.m).sum()).to_pyarrow()
    size = told.num_rows
    gram = np.zeros((size, size), dtype=np.int64)
    gram[products["kind"].to_numpy(), products["with_kind"].to_numpy()] = products["sum"].to_pylist()
    alone = told["alone"].to_numpy().astype(np.int64)
    gram[np.diag_indices(size)] += alone  # of nobody known: each a cluster of its own
    answers = _unpacked(told, names, len(bits))
    n = told["n"].to_numpy().astype(np.int64)
    seen = _people_with(named, names, len(bits)) + alone @ answers
    total, products_with = n @ answers, gram @ answers
    found = {}
    for key, (a, w) in zip(wanted, places, strict=True):
        hits, counts = answers[:, a], answers[:, w]
        found[key] = ClusterSums(
            int(seen[w]),
            float(total[a]),
            float(total[w]),
            float(hits @ products_with[:, a]),
            float(hits @ products_with[:, w]),
            float(counts @ products_with[:, w]),
        )
    return found


def _packed(flags: Sequence[ir.BooleanValue]) -> ir.IntegerValue:
    """Answers as the bits of one number."""
    return sum((_whole(flag) * 2**place for place, flag in enumerate(flags)), ibis.literal(0, "int64"))


def _unpacked(told: Any, names: Sequence[str], count: int) -> NDArray[np.int64]:
    """The answers again: one row per row, one column of 0 and 1 per answer."""
    words = [told[name].to_numpy().astype(np.int64) for name in names]
    columns = [(words[i // WORD] >> (i % WORD)) & 1 for i in range(count)]
    return np.stack(columns, axis=1).reshape(-1, count)


def _people_with(named: ir.Table, names: Sequence[str], count: int) -> NDArray[np.int64]:
    """How many persons have a journey with each answer."""
    each = named.group_by("person").agg(**{name: joined_bits(named[name]) for name in names})
    told = each.group_by(names).agg(n=each.count()).to_pyarrow()
    people = told["n"].to_numpy().astype(np.int64)
    found: NDArray[np.int64] = people @ _unpacked(told, names, count)
    return found


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

"""One row per journey, its whole path packed into whole numbers: journeys of one path are counted by comparing numbers, not texts.

A step's code takes as many bits as the number of steps needs; a word of 62 bits holds the first dozen steps of twenty kinds, the next word
the next dozen. Words join by or, which is exact in any order of rows. Paths longer than eight words keep the rest as a sorted list of
words, so that no two paths are ever taken for one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings
from troth.engine.journeys.bits import joined_bits
from troth.engine.journeys.findings import Days, Variant
from troth.engine.journeys.log import Log, names_of_codes
from troth.engine.journeys.shares import Wanted, of_counts
from troth.engine.promises.clock import MICROSECONDS_PER_DAY, microseconds
from troth.terms.errors import RequestError

WORD = 62
"""Bits of a word: a whole number of 64 bits keeps its sign, and room to spare."""

MOST_WORDS = 8
MASK = 62
"""Up to so many kinds of step, those a journey holds are the bits of one number."""

HIGHEST = 2 ** (MASK - 1)
"""The bit of the last code: shifted right from here, for 1 alone would be shifted left as a small number."""

MOST_READ = 20_000
"""Up to so many paths, what is told of each is read off them one by one."""

LONGEST_SHOWN = 50
ARROW = " → "
NINE_OF_TEN = 0.9


@dataclass(frozen=True, slots=True)
class Packing:
    """How paths become words.

    :param bits: a code takes. :param words: columns ``w0``, ``w1`` ... there are. :param tail: some path is longer than they hold.
    """

    bits: int
    words: int
    tail: bool

    @property
    def per_word(self) -> int:
        """Codes in one word."""
        return WORD // self.bits

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that are equal where paths are."""
        return (*(f"w{i}" for i in range(self.words)), *(("tail",) if self.tail else ()))

    def codes(self, record: Mapping[str, Any]) -> list[int]:
        """The path of one record again."""
        words = [record[f"w{i}"] for i in range(self.words)] + list(record.get("tail") or ())
        shifts = [self.bits * (self.per_word - 1 - i) for i in range(self.per_word)]
        codes = [(word >> shift) & ((1 << self.bits) - 1) for word in words for shift in shifts]
        return [code for code in codes if code]


def packing(log: Log, longest: int) -> Packing:
    """The packing of paths of up to so many steps."""
    bits = max(log.size.bit_length(), 1)
    needed = max(-(-longest // (WORD // bits)), 1)
    return Packing(bits, min(needed, MOST_WORDS), needed > MOST_WORDS)


def journeys_of(steps: ir.Table, log: Log, how: Packing, further: Callable[[ir.Table], Mapping[str, ir.Value]]) -> ir.Table:
    """One row per journey.

    :param steps: of :func:`~troth.engine.journeys.log.in_order`. :param further: more aggregates of a journey, over its steps.
    :returns: ``journey``, ``person`` (where told apart), ``events``, ``start``, ``end``, ``first``, ``last``, ``kinds`` (different steps),
        ``ties`` (steps at the instant of the next), ``mask`` (the bits of its steps) or ``held`` (their codes, where there are many kinds),
        the words of ``how``, and what ``further`` adds.
    """
    position = steps.place - 1
    shift = (how.per_word - 1 - position % how.per_word) * how.bits
    lettered = steps.mutate(letter=steps.code.cast("int64") << shift.cast("int32"))
    word = {f"w{i}": joined_bits(lettered.letter, where=_within(lettered.place, i, how)).fill_null(0) for i in range(how.words)}
    few = log.size <= MASK
    held: dict[str, ir.Value] = {}
    if few:
        held["mask"] = joined_bits(ibis.literal(HIGHEST, "int64") >> (MASK - lettered.code.cast("int32")))
    else:
        held["held"] = lettered.code.collect().unique()
    person = {"person": lettered.person.max()} if log.named else {}
    journeys = lettered.group_by("journey").agg(
        **person,
        events=lettered.count(),
        ties=(lettered.wait == 0).cast("int64").sum(),
        start=lettered["at"].min(),
        end=lettered["left" if log.merged else "at"].max(),
        first=lettered.code.max(where=lettered.place == 1),
        last=lettered.code.max(where=lettered.next.isnull()),
        **held,
        **word,
        **further(lettered),
    )
    kinds = sum((_bit(journeys.mask, i) for i in range(log.size)), ibis.literal(0, "int64")) if few else journeys.held.length()
    journeys = journeys.mutate(kinds=kinds)
    return _with_tail(journeys, lettered, how) if how.tail else journeys


def edge(steps: ir.Table, log: Log) -> ir.IntegerValue:
    """The number of a move: of its two steps in one."""
    return steps.code.cast("int64") * (log.size + 1) + steps.next.cast("int64")


def holding(journeys: ir.Table, log: Log, codes: Collection[int]) -> dict[int, int]:
    """Code to the number of journeys that hold it."""
    if log.size > MASK:
        return _listed(journeys, "held", codes)
    if not codes:
        return {}
    [row] = journeys.aggregate(**{f"h{code}": _bit(journeys.mask, code - 1).sum() for code in codes}).to_pyarrow().to_pylist()
    return {code: row[f"h{code}"] or 0 for code in codes}


def making(steps: ir.Table, walked: Walked, log: Log, edges: Collection[int]) -> dict[int, int]:
    """Number of a move (:func:`edge`) to the number of journeys that made it: read off the paths, where they are few.

    :param steps: of :func:`~troth.engine.journeys.log.in_order`.
    """
    if walked.kinds > MOST_READ:
        made = steps.filter(steps.next.notnull()).select("journey", number=edge(steps, log)).distinct()
        counted = made.group_by("number").agg(n=made.count())
        return {row["number"]: row["n"] for row in counted.filter(counted.number.isin(sorted(edges) or [-1])).to_pyarrow().to_pylist()}
    found = dict.fromkeys(edges, 0)
    for row in walked.paths.to_pyarrow().to_pylist():
        codes = walked.how.codes(row)
        for number in {code * (log.size + 1) + following for code, following in pairwise(codes)} & found.keys():
            found[number] += row["n"]
    return found


@dataclass(frozen=True, slots=True)
class Walked:
    """The paths walked.

    :param paths: one row per path, packed, with how often (``n``). :param kinds: how many paths there are.
    :param best: the most walked, as many as asked for. Equally frequent ones stand in the order of their packed words, so that the list
        is the same on every engine.
    """

    how: Packing
    paths: ir.Table
    kinds: int
    best: Sequence[Mapping[str, Any]]


def most_walked(journeys: ir.Table, how: Packing, top: int) -> Walked:
    """The paths of journeys."""
    keys = list(how.keys)
    grouped = journeys.group_by(keys).agg(n=journeys.count()).cache()
    best = grouped.order_by([grouped.n.desc(), *keys]).limit(top).to_pyarrow().to_pylist()
    return Walked(how, grouped, int(grouped.count().to_pyarrow().as_py()), best)


def shares_of_variants(journeys: ir.Table, walked: Walked) -> Wanted[int]:
    """Which journeys walked each of the paths most walked, of all: for :func:`~troth.engine.journeys.shares.shares`."""
    return {i: (_same(journeys, walked.how, row), ibis.literal(True)) for i, row in enumerate(walked.best)}


def variants(journeys: ir.Table, log: Log, walked: Walked, total: int, figures: Mapping[int, Figure]) -> Findings[Variant]:
    """The most walked paths, with people and times.

    :param figures: of :func:`shares_of_variants`, where persons are told apart from journeys.
    """
    how, best, kinds = walked.how, walked.best, walked.kinds
    if not best:
        return Findings(())
    told = _told_of(journeys, how, best)
    paths = [how.codes(row) for row in best]
    names = names_of_codes(log, {code for path in paths for code in path})
    rows = []
    for i, (row, path) in enumerate(zip(best, paths, strict=True)):
        seen = told[i]
        share = figures[i] if log.named else of_counts(row["n"], total)
        people = seen["people"] if log.named else row["n"]
        rows.append(Variant(words(path, names), len(path), row["n"], people, share, days(seen)))
    found = Findings(tuple(rows))
    rest = total - sum(row.journeys for row in rows)
    note = f"{len(rows):,} of {kinds:,} variants; the other {kinds - len(rows):,} hold {rest:,} of {total:,} journeys."
    return Findings(found.rows, (), (note,)) if kinds > len(rows) else found


def of_variant(journeys: ir.Table, how: Packing, rank: int) -> ir.BooleanValue:
    """Whether a journey walked the variant of a rank, from 0.

    :raises RequestError: there is none of that rank.
    """
    keys = list(how.keys)
    grouped = journeys.group_by(keys).agg(n=journeys.count())
    [total] = grouped.aggregate(kinds=grouped.count()).to_pyarrow().to_pylist()
    if not 0 <= rank < total["kinds"]:
        what = f"There are {total['kinds']:,} variants, and none of rank {rank:,}."
        raise RequestError(what, place="variant", mend="count from 0, as the list of variants does.")
    [row] = grouped.order_by([grouped.n.desc(), *keys]).limit(1, offset=rank).to_pyarrow().to_pylist()
    return _same(journeys, how, row)


def words(path: Sequence[int], names: Mapping[int, str]) -> str:
    """A path for people."""
    shown = ARROW.join(names[code] for code in path[:LONGEST_SHOWN])
    return shown if len(path) <= LONGEST_SHOWN else f"{shown}{ARROW}… ({len(path) - LONGEST_SHOWN:,} more)"


def spread_of(duration: ir.IntegerValue) -> dict[str, ir.Value]:
    """What :func:`days` reads: aggregates of microseconds."""
    return {"limits": duration.quantile([0.5, NINE_OF_TEN]), "mean": duration.mean()}


def days(record: Mapping[str, Any], before: str = "") -> Days:
    """The days in a fetched row of :func:`spread_of`."""
    if record[f"{before}mean"] is None:
        return Days()
    median, p90 = record[f"{before}limits"]
    return Days(*(float(one) / MICROSECONDS_PER_DAY for one in (median, p90, record[f"{before}mean"])))


def _listed(journeys: ir.Table, column: str, wanted: Collection[int]) -> dict[int, int]:
    """How many journeys' lists hold each number."""
    if not wanted:
        return {}
    one = journeys.select(number=journeys[column].unnest())
    counted = one.group_by("number").agg(n=one.count())
    return {row["number"]: row["n"] for row in counted.filter(counted.number.isin(sorted(wanted))).to_pyarrow().to_pylist()}


def _told_of(journeys: ir.Table, how: Packing, best: Sequence[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """People and times of some variants, by their place in ``best``."""
    rank = ibis.cases(*((_same(journeys, how, row), i) for i, row in enumerate(best)), else_=-1)
    ranked = journeys.mutate(rank=rank, lasted=microseconds(journeys.end, journeys.start))
    mine = ranked.filter(ranked["rank"] >= 0)
    people = {"people": mine.person.nunique()} if "person" in mine.columns else {}
    found = mine.group_by("rank").agg(**people, **spread_of(mine.lasted)).to_pyarrow().to_pylist()
    return {row["rank"]: row for row in found}


def _same(journeys: ir.Table, how: Packing, row: Mapping[str, Any]) -> ir.BooleanValue:
    """Whether a journey walked the path of a fetched row."""
    same: ir.BooleanValue = ibis.literal(True)
    for name in how.keys:
        wanted = ibis.literal(row[name], type="array<int64>") if name == "tail" else ibis.literal(row[name], type="int64")
        same = same & (journeys[name] == wanted)
    return same


def _with_tail(journeys: ir.Table, lettered: ir.Table, how: Packing) -> ir.Table:
    """The words beyond those that have columns, as a list in order."""
    beyond = lettered.filter(lettered.place > how.words * how.per_word)
    word = ((beyond.place - 1) / how.per_word).floor().cast("int64")
    pieces = beyond.group_by("journey", word=word).agg(piece=joined_bits(beyond.letter))
    pair = ibis.struct({"word": pieces.word, "piece": pieces.piece})
    tails = pieces.group_by("journey").agg(pairs=pair.collect().sort())
    tails = tails.select(whose=tails.journey, tail=tails.pairs.map(lambda one: one.piece))
    joined = journeys.left_join(tails, journeys.journey == tails.whose)
    return joined.mutate(tail=joined.tail.fill_null(ibis.literal([], type="array<int64>"))).drop("whose")


def _within(place: ir.IntegerValue, word: int, how: Packing) -> ir.BooleanValue:
    return (place > word * how.per_word) & (place <= (word + 1) * how.per_word)


def _bit(mask: ir.IntegerValue, i: int) -> ir.IntegerValue:
    return (mask >> ibis.literal(i, "int32")) & ibis.literal(1, "int64")

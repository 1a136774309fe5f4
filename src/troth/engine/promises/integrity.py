"""Was our word kept: F, K, I, B and U of each slice, per promise, per customer and per value (domain.md c5, c6).

Two queries: counts per slice, then totals per customer within the slice reduced to one row per slice. A third one fetches per-customer
totals of slices of 10 to 49 customers, whose means get a bootstrap. The three weightings are read from the same totals: per promise they
are added up, per customer each customer's are divided by that customer's weight, and per value they have columns beside them.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.findings import NO_DATA, Figure, Findings, Integrity, Weighting
from troth.engine.intervals import BOOTSTRAP_BELOW, FEWEST_CLUSTERS, ClusterSums, mean_interval, rate_interval
from troth.engine.printing import slice_text
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.coverage import Coverage, coverage_figures, missing_by, of_slice, placeable
from troth.engine.promises.measures import (
    Measure,
    Totals,
    cluster_keys,
    figure_of,
    kept_of,
    line_weight,
    money,
    per_cluster,
    per_slice,
    sums_of,
    weighted,
)
from troth.engine.promises.slices import MONTHS_IN, reading_order, slice_columns, slice_filter
from troth.engine.promises.unmet import unmet
from troth.terms.charter import Charter
from troth.terms.vocabulary import Evidence

NO_RECEIPT = "no receipt"
OWN_SYSTEM_ONLY = 0.5
"""Above this share of verdicts resting on our own systems alone, a note says so (c6, attack 7)."""

LOW_COVERAGE = 0.9
"""Below this coverage is amber (c6, attack 8)."""

AHEAD: Mapping[str, tuple[str, ...]] = {"kept": ("KEPT", "EXCEEDED"), "broken": ("BROKEN",)}
"""Verdicts of promises that are decided before they fall due, by what a note calls them."""

Key = tuple[Any, ...]
Drawn = tuple[list[float], list[float]]

NO_VALUE = "no promise has a value on record"
"""Why the figures by value are missing where nothing says what a promise is worth."""

BY_PROMISE: Mapping[str, str] = {letter: letter for letter in "KIUB"}
BY_CUSTOMER: Mapping[str, str] = {letter: f"{letter}_by_customer" for letter in "KIUB"}
BY_VALUE: Mapping[str, str] = {letter: f"{letter}_by_value" for letter in "KIUB"}
"""What the four figures are called while they are reduced, in each weighting (c5)."""

UNVALUED = Weighting(*[Figure(None, method=NO_VALUE)] * 4)

NOBODY_NAMED = "No customer is named: people are counted as subjects (requests, orders), or as promises where there is no subject."
"""The note on findings that count people by what their promises are about."""


def integrity(
    ledger: ir.Table,
    by: Sequence[str] = (),
    *,
    as_of: datetime,
    charter: Charter | None = None,
    coverage: Mapping[str, Coverage] | None = None,
    missing: ir.Table | None = None,
    where: Mapping[str, Any] | None = None,
    zone: str = "UTC",
) -> Findings[Integrity]:
    """One finding per slice of the ledger, in the order of the slices' values; unknown last.

    :param ledger: what :func:`judge` gives, as a query or stored.
    :param by: ledger columns or derived periods (:mod:`slices`).
    :param as_of: the instant the ledger was judged at, with a zone.
    :param charter: the charter it was judged with; its lines weigh the promises.
    :param coverage: promise name -> (recorded, bearing): promises recorded, and records that should bear one (c6, attack 8).
    :param missing: rows that should bear a promise and are not in the ledger (terms.tables.MISSING): with them
        coverage is that of each slice. A slice in which nothing else lies is told, too.
    :param where: only this slice: name -> value, ``None`` for unknown.
    :param zone: whose calendar the periods are.
    :raises RequestError: an unknown slice; an as-of without a zone.
    """
    now = naive_utc(as_of)
    agreed = Charter() if charter is None else charter
    rows = slice_filter(ledger, where or {}, zone)
    slices = slice_columns(rows, by, zone)
    counts = _by_slice(_counts(rows, slices, now).to_pyarrow(), by)
    if not counts:
        counts = {} if by else {(): {}}
    totals = _totals(rows, slices, agreed, counts)
    table = per_slice(totals).to_pyarrow()
    reduced = _by_slice(table, by)
    samples = _samples(rows, slices, table, lambda part: _totals(part, slices, agreed, counts))
    if missing is not None and placeable(missing, (*by, *(where or {}))):
        gaps = missing_by(slice_filter(missing, where or {}, zone), by, zone)
        counts |= {key: {} for key in gaps.keys() - counts.keys()}
        covered = _covered(counts, gaps)
    else:
        covered = coverage_figures(rows, slices, coverage)
    periods = [name if name not in rows.columns else "" for name in by]  # a ledger column of a period's name wins
    window = _window_months(counts, periods, now)
    found = [
        _finding(dict(zip(by, key, strict=True)), row, reduced.get(key, {}), samples.get(key, ()), covered(key), window(key))
        for key, row in sorted(counts.items(), key=lambda item: reading_order(item[0]))
    ]
    empty = not any(row.get("recorded") for row in counts.values())  # asked of a query, the ledger is judged again
    said = unmet(ledger, where, zone) if empty else ()
    return Findings(rows=tuple(found), by=tuple(by), notes=(*said, *_notes(found, as_of, coverage, counts)))


def _covered(counts: Mapping[Key, Mapping[str, Any]], gaps: Mapping[Key, tuple[int, int]]) -> Callable[[Key], Figure]:
    return lambda key: of_slice(int(counts[key].get("recorded") or 0), gaps.get(key, (0, 0)))


def _counts(t: ir.Table, slices: Mapping[str, ir.Value], now: datetime) -> ir.Table:
    """Plain counts per slice; one scan, few groups."""
    t = t.mutate(**{f"slice_{name}": column for name, column in slices.items()}) if slices else t
    due = t.in_cohort & t.eligible
    kept = t.verdict.isin(["KEPT", "EXCEEDED"])
    received = due & (t.received_at.notnull() | t.level_received.notnull())
    conditions: dict[str, ir.BooleanValue] = {
        "due": due,
        "kept": due & (t.verdict == "KEPT"),
        "exceeded": due & (t.verdict == "EXCEEDED"),
        "broken": due & (t.verdict == "BROKEN"),
        "pending": t.eligible & (t.verdict == "PENDING"),
        "void": t.eligible & (t.verdict == "VOID"),
        "ineligible": ~t.eligible,
        **{f"ahead_{word}": t.eligible & ~t.in_cohort & t.verdict.isin(verdicts) for word, verdicts in AHEAD.items()},
        "campaign": t.quantifier.isin(["up_to", "from"]),
        "suspect": t.void_suspect & t.eligible & (t.counts_at <= instant(now)),
        "warned": due & (t.verdict == "BROKEN") & t.warned,
        "latest_kept": due & t.latest_kept.fill_null(kept),
        "amended": due & t.latest_kept.notnull(),
        "standard_known": due & t.standard_kept.notnull(),
        "named": due & t.customer.notnull(),
        "unnamed": due & t.customer.isnull(),
        "subjects": due & t.customer.isnull() & t.subject.notnull(),
        "valued": due & t.value.notnull(),
        **{f"evidence_{kind.name}": received & (t.evidence == str(kind)) for kind in Evidence},
        "no_receipt": due & ~received,
    }
    aggregates: dict[str, ir.Value] = {
        "recorded": t.count(),
        **{name: t.count(where=condition) for name, condition in conditions.items()},
        "first_due": t.due_at.min(where=due),
        "last_due": t.due_at.max(where=due),
    }
    keys = [f"slice_{name}" for name in slices]
    return t.group_by(keys).agg(**aggregates) if keys else t.agg(**aggregates)


def _totals(t: ir.Table, slices: Mapping[str, ir.Value], charter: Charter, counts: Mapping[Key, Mapping[str, Any]]) -> Totals:
    """Per-customer totals of exactly the measures these rows can fill."""

    def some(name: str) -> bool:
        return any(row.get(name) for row in counts.values())

    suspected = some("suspect")
    named = t.mutate(**{f"slice_{name}": column for name, column in slices.items()})
    due = named.in_cohort & named.eligible
    rows = named.filter(due | (named.void_suspect & named.eligible) if suspected else due)
    due = rows.in_cohort & rows.eligible
    kept = kept_of(rows, due)
    weight = line_weight(rows, charter)
    w = weighted(due, weight)
    share = ibis.ifelse(due, rows.met, ibis.literal(0, type="decimal(9, 8)"))
    extra = ibis.ifelse(due, rows.surplus, ibis.literal(0, type="decimal(9, 8)"))
    measures = [
        Measure("K", weighted(kept, weight), w),
        Measure("I", share if weight is None else share * weight, w),
        Measure("U", extra if weight is None else extra * weight, w),
    ]
    if suspected:
        measures.append(Measure("K_low", weighted(kept, weight), weighted(due | (rows.void_suspect & rows.eligible), weight)))
    if some("standard_known"):
        known = due & rows.standard_kept.notnull()
        measures.append(Measure("K_standard", weighted(known & rows.standard_kept.fill_null(False), weight), weighted(known, weight)))
    if some("valued"):
        worth = rows.value if weight is None else rows.value * weight.cast("float64")
        stake = money(worth)
        nothing = ibis.literal(0, type="int64")
        at_stake = ibis.ifelse(due, stake, nothing)
        measures += [
            Measure(BY_VALUE["K"], ibis.ifelse(kept, stake, nothing), at_stake),
            Measure(BY_VALUE["I"], ibis.ifelse(due, money(worth * rows.met.cast("float64")), nothing), at_stake),
            Measure(BY_VALUE["U"], ibis.ifelse(due, money(worth * rows.surplus.cast("float64")), nothing), at_stake),
        ]
    clusters = cluster_keys(rows, named=some("named"), subjects=some("subjects"), unnamed=some("unnamed"))
    keyed = {name: rows[f"slice_{name}"] for name in slices}
    totals = per_cluster(rows, keyed, clusters, measures).with_shares({name: BY_CUSTOMER[name] for name in ("K", "I", "U")})
    for names in (BY_PROMISE, BY_CUSTOMER, BY_VALUE) if some("valued") else (BY_PROMISE, BY_CUSTOMER):
        totals = totals.with_sum(names["B"], names["I"], names["U"])
    return totals


def _samples(
    rows: ir.Table, slices: Mapping[str, ir.Value], reduced: pa.Table, totals_of: Callable[[ir.Table], Totals]
) -> dict[Key, list[dict[str, Any]]]:
    """Per-customer totals of slices of 10 to 49 customers, for the bootstrap; of those with 10 to 49 that have a value, likewise.

    :param reduced: a row per slice. :param totals_of: totals of some of the rows.
    :return: slice to rows of ``a_<measure>`` and ``w_<measure>``.
    """
    few = {
        name: pc.fill_null(pc.and_(pc.greater_equal(customers, FEWEST_CLUSTERS), pc.less(customers, BOOTSTRAP_BELOW)), False)
        for name in (BY_PROMISE["I"], BY_VALUE["I"])
        if f"{name}_g" in reduced.column_names
        for customers in (reduced[f"{name}_g"],)
    }
    any_few = functools.reduce(pc.or_, few.values())
    if not pc.any(any_few).as_py():
        return {}
    keys = [f"slice_{name}" for name in slices]
    small, same = _matching(reduced.select(keys).filter(any_few))
    wanted = ibis.memtable(pa.table({**small, **{f"few_{name}": flags.filter(any_few) for name, flags in few.items()}}))
    totals = totals_of(rows.semi_join(wanted, same(slices.values(), wanted)) if keys else rows)
    table = totals.table
    table = table.join(wanted, same([table[key] for key in keys], wanted)) if keys else table.cross_join(wanted)
    weighs = {name: table[totals.columns[name][1]] for name in few}
    amounts = {
        f"a_{name}": table[totals.columns[name][0]]
        for names in (BY_PROMISE, BY_VALUE)
        for name in (names["I"], names["U"])
        if name in totals.columns
    }
    some = functools.reduce(operator.or_, (table[f"few_{name}"] & (weighs[name] > 0) for name in few))
    found = table.filter(some).select(*keys, **amounts, **{f"w_{name}": w for name, w in weighs.items()})
    samples: dict[Key, list[dict[str, Any]]] = {}
    for row in found.to_pyarrow().to_pylist():
        samples.setdefault(tuple(row[key] for key in keys), []).append(row)
    return samples


def _matching(keys: pa.Table) -> tuple[dict[str, pa.ChunkedArray], Callable[[Iterable[ir.Value], ir.Table], list[ir.BooleanValue]]]:
    """Slices as columns to join with, and the conditions of the join.

    Unknown is told by a column of its own: not every engine takes a NULL from memory as one, and only equalities are joined by hashing.
    """
    told: dict[str, pa.ChunkedArray] = {}
    fills: list[pa.Scalar | None] = []
    for place, column in enumerate(keys.columns):
        known = column.drop_null()
        fills.append(known[0] if len(known) else None)
        told[f"unknown_{place}"] = pc.is_null(column)
        if len(known):
            told[f"of_{place}"] = pc.fill_null(column, known[0])

    def same(columns: Iterable[ir.Value], wanted: ir.Table) -> list[ir.BooleanValue]:
        conditions = []
        for place, column in enumerate(columns):
            conditions.append(column.isnull() == wanted[f"unknown_{place}"])
            fill = fills[place]
            if fill is not None:
                conditions.append(column.fill_null(ibis.literal(fill.as_py(), type=column.type())) == wanted[f"of_{place}"])
        return conditions

    return told, same


def _finding(
    where: Mapping[str, Any],
    row: Mapping[str, Any],
    reduced: Mapping[str, Any],
    sample: Sequence[Mapping[str, Any]],
    coverage: Figure,
    months: float,
) -> Integrity:
    def count(name: str) -> int:
        return int(row.get(name) or 0)

    due, customers = count("due"), int(reduced.get("clusters") or 0)
    kept_customers = int(reduced.get("clusters_kept") or 0)
    people = ClusterSums(customers, *(float(part) for part in (kept_customers, customers, kept_customers, kept_customers, customers)))
    plain = _weighting(reduced, BY_PROMISE, due, due, _drawn(sample, BY_PROMISE))
    valued = count("valued")
    exposure = customers * months
    return Integrity(
        where=where,
        due=due,
        kept=count("kept"),
        exceeded=count("exceeded"),
        broken=count("broken"),
        pending=count("pending"),
        void=count("void"),
        ineligible=count("ineligible"),
        customers=customers,
        customers_kept=kept_customers,
        K=plain.K,
        F=figure_of(people, rate_interval(people, customers), customers),
        I=plain.I,
        B=plain.B,
        U=plain.U,
        K_low=_rate(reduced, "K_low", due + count("suspect")) if "K_low_a" in reduced else plain.K,
        K_standard=_rate(reduced, "K_standard", count("standard_known")) if count("standard_known") else NO_DATA,
        by_customer=_weighting(reduced, BY_CUSTOMER, due, customers, _drawn(sample, BY_PROMISE, each=True)),
        by_value=_weighting(reduced, BY_VALUE, valued, valued, _drawn(sample, BY_VALUE)) if valued or not due else UNVALUED,
        slip=(count("latest_kept") - count("kept") - count("exceeded")) / due if due else None,
        coverage=coverage,
        evidence={**{str(kind): count(f"evidence_{kind.name}") for kind in Evidence}, NO_RECEIPT: count("no_receipt")},
        broken_warned=count("warned"),
        broken_in_silence=count("broken") - count("warned"),
        promises_per_customer=due / customers if customers else None,
        breaks_per_100_customer_months=100 * count("broken") / exposure if exposure > 0 else None,
        anonymous=bool(due) and not count("named"),
    )


def _weighting(row: Mapping[str, Any], names: Mapping[str, str], promises: int, n: int, drawn: Mapping[str, Drawn]) -> Weighting:
    """K, I, B and U in one weighting.

    :param names: what they are called in ``row``. :param promises: promises behind them. :param n: what they count as their n.
    :param drawn: totals of few customers, for the bootstrap.
    """
    means = {letter: _mean(row, names[letter], n, drawn.get(letter), share=letter == "I") for letter in ("I", "B", "U")}
    return Weighting(K=_rate(row, names["K"], promises, n), **means)


def _drawn(sample: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, each: bool = False) -> dict[str, Drawn]:
    """Per-customer totals of I, B and U, with their weights; ``each`` customer weighing the same."""
    weight = f"w_{names['I']}"
    rows = [row for row in sample if row[weight] > 0]
    if not rows:
        return {}
    w = [float(row[weight]) for row in rows]
    totals = {letter: [float(row[f"a_{names[letter]}"]) for row in rows] for letter in ("I", "U")}
    totals["B"] = [i + u for i, u in zip(totals["I"], totals["U"], strict=True)]
    if each:
        return {letter: ([a / b for a, b in zip(total, w, strict=True)], [1.0] * len(w)) for letter, total in totals.items()}
    return {letter: (total, w) for letter, total in totals.items()}


def _rate(row: Mapping[str, Any], name: str, promises: int, n: int | None = None) -> Figure:
    if f"{name}_a" not in row:
        return NO_DATA
    sums = sums_of(row, name)
    return figure_of(sums, rate_interval(sums, promises), promises if n is None else n)


def _mean(row: Mapping[str, Any], name: str, n: int, drawn: Drawn | None, *, share: bool) -> Figure:
    if f"{name}_a" not in row:
        return NO_DATA
    sums = sums_of(row, name)
    return figure_of(sums, mean_interval(sums, drawn, share=share), n)


def _by_slice(reduced: pa.Table, by: Sequence[str]) -> dict[Key, dict[str, Any]]:
    """Rows of a reduced query by slice."""
    return {tuple(row[f"slice_{name}"] for name in by): row for row in reduced.to_pylist()}


def _window_months(counts: Mapping[Key, Mapping[str, Any]], by: Sequence[str], now: datetime) -> Any:
    """Months each customer of a slice was exposed for: the slice's own period, else the span of due dates asked about.

    :param by: the periods among the slices, by position; empty where a slice is none.

    A period still running counts up to the as-of instant, so that only equal windows are compared.
    """
    firsts = [row["first_due"] for row in counts.values() if row.get("first_due") is not None]
    lasts = [row["last_due"] for row in counts.values() if row.get("last_due") is not None]
    span = _months(min(firsts), min(max(lasts), now)) if firsts else 0.0
    periods = sorted((MONTHS_IN[name], position) for position, name in enumerate(by) if name in MONTHS_IN)

    def months(key: Key) -> float:
        if not periods:
            return span
        length, position = periods[0]
        start: date | None = key[position]
        if start is None:
            return span
        so_far = _months(datetime(start.year, start.month, start.day), now)
        return max(0.0, min(length, so_far))

    return months


def _months(start: datetime, end: datetime) -> float:
    return (end - start) / timedelta(days=365.2425 / 12)


def _amber(found: Sequence[Integrity]) -> list[str]:
    """The note on slices whose coverage is low."""
    found = [one for one in found if one.due] or list(found)  # where nothing is due there is nothing to read with care
    low = [one for one in found if one.coverage.value is not None and one.coverage.value < LOW_COVERAGE]
    if not low:
        return []
    worst = min(low, key=lambda one: one.coverage.value or 0.0)
    share = f"{worst.coverage.value:.1%} of the records that should bear one"
    if len(found) == 1:
        return [f"Amber: promises are recorded for only {share}."]
    place = ", ".join(slice_text(name, value) for name, value in worst.where.items())
    slices = f"{len(low):,} of {len(found):,} slices"
    return [
        f"Amber: in {slices} promises are recorded for less than {LOW_COVERAGE:.0%} of the records that should bear one ({place}: {share})."
    ]


def _notes(
    found: Sequence[Integrity], as_of: datetime, coverage: Mapping[str, Coverage] | None, counts: Mapping[Key, Mapping[str, Any]]
) -> tuple[str, ...]:
    """What must be read beside the numbers (c6)."""
    notes = [f"As of {as_of.isoformat()}; promises count by due date."]
    if coverage is None and all(one.coverage.value is None for one in found):
        notes.append("Coverage is unknown: nobody said how many records should bear a promise.")
    notes += _amber(found)
    due = sum(one.due for one in found)
    received = due - sum(one.evidence[NO_RECEIPT] for one in found)
    own = sum(one.evidence[str(Evidence.OWN_SYSTEM)] for one in found)
    if received and own / received > OWN_SYSTEM_ONLY:
        notes.append(f"{own / received:.0%} of the receipts rest on our own systems alone; nobody outside confirmed them.")
    if any(one.anonymous for one in found):
        notes.append(NOBODY_NAMED)
    ahead = {word: sum(int(row.get(f"ahead_{word}") or 0) for row in counts.values()) for word in AHEAD}
    if any(ahead.values()):
        one = sum(ahead.values()) == 1
        are, count_once = ("promise is", "it counts once") if one else ("promises are", "they count once")
        told = " and ".join(f"{count:,} {word}" for word, count in ahead.items() if count)
        notes.append(
            f"{sum(ahead.values()):,} {are} decided before falling due, which lies after the as-of ({told}):"
            f" {count_once} due, and until then in no figure here."
        )
    campaign = sum(int(row.get("campaign") or 0) for row in counts.values())
    if campaign:
        told = "`troth show campaigns`, Study.campaigns() and the Ledger page tell the result"
        notes.append(f"{campaign:,} promises worded “up to” or “from” are tested as campaigns and stay out of K: {told}.")
    return tuple(notes)

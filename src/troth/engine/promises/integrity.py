"""Was our word kept: F, K, I, B and U of each slice, per promise, per customer and per value (domain.md c5, c6).

Two queries: counts per slice, then totals per customer within the slice reduced to one row per slice. A third one fetches per-customer
totals of slices of 10 to 49 customers, whose means get a bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure, Findings, Integrity
from troth.engine.intervals import BOOTSTRAP_BELOW, FEWEST_CLUSTERS, ClusterSums, Interval, mean_interval, rate_interval
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.coverage import Coverage, coverage_figures, missing_by, of_slice, placeable
from troth.engine.promises.measures import (
    MONEY,
    Measure,
    Totals,
    cluster_keys,
    kept_of,
    line_weight,
    per_cluster,
    per_slice,
    sums_of,
    weighted,
)
from troth.engine.promises.slices import MONTHS_IN, slice_columns, slice_filter
from troth.terms.charter import Charter
from troth.terms.vocabulary import Evidence

TOO_FEW = f"fewer than {FEWEST_CLUSTERS} customers (where nobody is named: subjects), so counts only"
NO_RECEIPT = "no receipt"
OWN_SYSTEM_ONLY = 0.5
"""Above this share of verdicts resting on our own systems alone, a note says so (c6, attack 7)."""

LOW_COVERAGE = 0.9
"""Below this coverage is amber (c6, attack 8)."""

Key = tuple[Any, ...]

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
    :param missing: rows that should bear a promise and are not in the ledger (terms.tables.MISSING, with the number of ``rows``): with them
        coverage is that of each slice. A slice in which nothing else lies is told, too.
    :param where: only this slice: name -> value, ``None`` for unknown.
    :param zone: whose calendar the periods are.
    :raises RequestError: an unknown slice; an as-of without a zone.
    """
    now = naive_utc(as_of)
    agreed = Charter() if charter is None else charter
    rows = slice_filter(ledger, where or {}, zone)
    slices = slice_columns(rows, by, zone)
    counts = _fetch(_counts(rows, slices, now), by)
    if not counts:
        counts = {} if by else {(): {}}
    totals = _totals(rows, slices, agreed, counts)
    query = per_slice(totals, "K")
    reduced = _fetch(query, by)
    some_small = any(FEWEST_CLUSTERS <= (row["K_g"] or 0) < BOOTSTRAP_BELOW for row in reduced.values())
    samples = _samples(totals, query) if some_small else {}
    if missing is not None and placeable(missing, (*by, *(where or {}))):
        gaps = missing_by(slice_filter(missing, where or {}, zone), by, zone)
        counts |= {key: {} for key in gaps.keys() - counts.keys()}
        covered = _covered(counts, gaps)
    else:
        covered = coverage_figures(rows, slices, coverage)
    periods = [name if name not in rows.columns else "" for name in by]  # a ledger column of a period's name wins
    window = _window_months(counts, periods, now)
    found = [
        _finding(dict(zip(by, key, strict=True)), row, reduced.get(key, {}), samples.get(key), covered(key), window(key))
        for key, row in sorted(counts.items(), key=lambda item: _reading_order(item[0]))
    ]
    return Findings(rows=tuple(found), by=tuple(by), notes=_notes(found, as_of, coverage, counts))


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
        stake = ((worth * 10_000.0 + 0.5).floor() / 10_000.0).cast(MONEY).fill_null(ibis.literal(0, type=MONEY))
        nothing = ibis.literal(0, type=MONEY)
        measures.append(Measure("K_by_value", ibis.ifelse(kept, stake, nothing), ibis.ifelse(due, stake, nothing)))
    clusters = cluster_keys(rows, named=some("named"), subjects=some("subjects"), unnamed=some("unnamed"))
    keyed = {name: rows[f"slice_{name}"] for name in slices}
    return per_cluster(rows, keyed, clusters, measures).with_sum("B", "I", "U")


def _samples(totals: Totals, reduced: ir.Table) -> dict[Key, list[dict[str, Any]]]:
    """Per-customer totals of slices of 10 to 49 customers, for the bootstrap."""
    table = totals.table
    if totals.slices:
        small = reduced.filter(reduced.K_g >= FEWEST_CLUSTERS, reduced.K_g < BOOTSTRAP_BELOW).select(*totals.keys)
        table = table.semi_join(small, [table[name].identical_to(small[name]) for name in totals.keys])
    amounts = {f"a_{name}": table[totals.columns[name][0]] for name in ("I", "U", "B")}
    weighed = table.select(*totals.keys, **amounts, w_I=table[totals.columns["I"][1]])
    rows = weighed.filter(weighed.w_I > 0).to_pyarrow().to_pylist()
    samples: dict[Key, list[dict[str, Any]]] = {}
    for row in rows:
        samples.setdefault(tuple(row[name] for name in totals.keys), []).append(row)
    return samples


def _finding(
    where: Mapping[str, Any],
    row: Mapping[str, Any],
    reduced: Mapping[str, Any],
    sample: Sequence[Mapping[str, Any]] | None,
    coverage: Figure,
    months: float,
) -> Integrity:
    def count(name: str) -> int:
        return int(row.get(name) or 0)

    due, customers = count("due"), int(reduced.get("clusters") or 0)
    kept_customers = int(reduced.get("clusters_kept") or 0)
    people = ClusterSums(customers, *(float(part) for part in (kept_customers, customers, kept_customers, kept_customers, customers)))
    K = _rate(reduced, "K", due)
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
        K=K,
        F=_figure(people, rate_interval(people, customers), customers),
        I=_mean(reduced, "I", due, sample),
        B=_mean(reduced, "B", due, sample),
        U=_mean(reduced, "U", due, sample),
        K_low=_rate(reduced, "K_low", due + count("suspect")) if "K_low_a" in reduced else K,
        K_standard=_rate(reduced, "K_standard", count("standard_known")) if count("standard_known") else NO_DATA,
        K_by_customer=_mean(reduced, "share", customers, None),
        K_by_value=_rate(reduced, "K_by_value", count("valued")) if count("valued") else NO_DATA,
        slip=(count("latest_kept") - count("kept") - count("exceeded")) / due if due else None,
        coverage=coverage,
        evidence={**{str(kind): count(f"evidence_{kind.name}") for kind in Evidence}, NO_RECEIPT: count("no_receipt")},
        broken_warned=count("warned"),
        broken_in_silence=count("broken") - count("warned"),
        promises_per_customer=due / customers if customers else None,
        breaks_per_100_customer_months=100 * count("broken") / exposure if exposure > 0 else None,
        anonymous=bool(due) and not count("named"),
    )


def _rate(row: Mapping[str, Any], name: str, n: int) -> Figure:
    if f"{name}_a" not in row:
        return NO_DATA
    sums = sums_of(row, name)
    return _figure(sums, rate_interval(sums, n), n)


def _mean(row: Mapping[str, Any], name: str, n: int, sample: Sequence[Mapping[str, Any]] | None) -> Figure:
    if f"{name}_a" not in row:
        return NO_DATA
    sums = sums_of(row, name)
    totals = None
    if sample is not None:
        totals = ([float(one[f"a_{name}"]) for one in sample], [float(one["w_I"]) for one in sample])
    return _figure(sums, mean_interval(sums, totals), n)


def _figure(sums: ClusterSums, interval: Interval | None, n: int) -> Figure:
    if sums.mean is None or n == 0:
        return NO_DATA
    if interval is None:
        return Figure(None, n=n, clusters=sums.clusters, method=TOO_FEW)
    return Figure(sums.mean, interval.low, interval.high, n=n, clusters=sums.clusters, method=interval.method)


def _fetch(query: ir.Table, by: Sequence[str]) -> dict[Key, dict[str, Any]]:
    """Rows of a reduced query by slice."""
    rows = query.to_pyarrow().to_pylist()
    return {tuple(row[f"slice_{name}"] for name in by): row for row in rows}


def _reading_order(key: Key) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is None, "" if value is None else value) for value in key)


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
    low = [one for one in found if one.coverage.value is not None and one.coverage.value < LOW_COVERAGE]
    if not low:
        return []
    worst = min(low, key=lambda one: one.coverage.value or 0.0)
    share = f"{worst.coverage.value:.1%} of the records that should bear one"
    if len(found) == 1:
        return [f"Amber: promises are recorded for only {share}."]
    place = ", ".join("unknown" if value is None else str(value) for value in worst.where.values())
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
    campaign = sum(int(row.get("campaign") or 0) for row in counts.values())
    if campaign:
        notes.append(f"{campaign:,} promises worded “up to” or “from” are tested as campaigns and stay out of K.")
    return tuple(notes)

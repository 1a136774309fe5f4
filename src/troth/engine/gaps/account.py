"""The break account: every broken promise in exactly one part (domain.md d5).

    broken = sum p(C)              allowance: what the charter's keep target accepts
           + sum [p(P) - p(M)]     expectation-setting: promised beyond both the agreement and the record
           + sum [p(M) - p(C)]     standard: agreed beyond demonstrated capability
           + sum [b - p(P)]        delivery: worse (or better) than the record predicted

over the due cohort. It telescopes, so it is exact for every slice; promises that cannot be decomposed are counted apart with a reason.
It is accounting, not causation (domain.md d8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.capability.record import WEEKS
from troth.engine.findings import NO_DATA, Account, Findings, PartFigure, Skill
from troth.engine.gaps.settings import MODES, NO_LEVEL, NO_RECORD, PREFIX, UNFOLLOWED
from troth.engine.gaps.spreads import NOTHING, Spread, spreads
from troth.engine.intervals import FEWEST_CLUSTERS
from troth.terms.errors import RequestError, did_you_mean

NORMAL_95 = 1.959964
PLACES = ("capability", "middle", "promise")
NO_DRAWS = "no interval: the study was made without bootstrap draws"


def account(
    ledger: ir.Table,
    settings: ir.Table,
    draws: ir.Table | None,
    by: Mapping[str, ir.Value],
    *,
    mode: str = "as-of",
    notes: Sequence[str] = (),
    keep: Callable[[ir.Table], ir.Table] | None = None,
) -> Findings[Account]:
    """The break account of every slice.

    :param ledger: judged and coded promises (any filter already applied).
    :param settings: what :func:`~troth.engine.gaps.settings.settle` made of them.
    :param draws: bootstrap draws, or ``None`` for no intervals.
    :param by: slice name to column of ``ledger``; empty for one account of everything.
    :param mode: ``as-of`` (headline) or ``cross-fitted`` (who and where within a window, not level changes).
    :param keep: computes the counts by setting once and gives them back; without it they are computed twice where there are draws.
    :raises RequestError: for an unknown mode.
    """
    check_mode(mode)
    names = tuple(by)
    slices = [f"slice_{i}" for i in range(len(names))]
    counted = ledger.filter(ledger.in_cohort & ledger.eligible)
    coded = counted.select(
        **dict(zip(slices, by.values(), strict=True)),
        setting=counted.code_setting,
        cluster=counted.code_cell.cast("int64") * WEEKS + counted.code_week,  # the setting's own cell and week, in one number
        broken=(counted.verdict == "BROKEN").cast("int64"),
    )
    grouped = coded.aggregate(by=[*slices, "setting", "cluster"], due=coded.count(), broken=coded.broken.sum())
    grouped = grouped if keep is None else keep(grouped)
    sums = _sums(grouped, settings, slices, mode).to_pyarrow().to_pylist()
    strays = spreads(grouped, draws, slices, mode) if draws is not None else None
    rows = []
    for record in sums:
        key = tuple(record[slot] for slot in slices)
        spread = Spread(reason=NO_DRAWS) if strays is None else strays.get(key, Spread())
        rows.append(_row(dict(zip(names, key, strict=True)), record, spread))
    left_without = without_interval(rows)
    return Findings(tuple(rows), names, (*notes, left_without) if left_without else tuple(notes))


def with_skill(found: Findings[Account], skill: Findings[Skill]) -> Findings[Account]:
    """The account with the promise skill of each slice beside it (domain.md c6).

    :param skill: of the same promises in the same slices.
    """
    known = {tuple(row.where.values()): row.skill for row in skill}
    rows = tuple(replace(row, skill=known.get(tuple(row.where.values()), NO_DATA)) for row in found)
    return Findings(rows, found.by, found.notes)


def without_interval(rows: Sequence[Account], what: str = "slices") -> str:
    """The sentence on accounts whose parts have no interval, and why; empty where all have one.

    :param what: what the rows are, in the plural.
    """
    without = [row for row in rows if row.allowance.low is None]
    if not without:
        return ""
    if len(rows) == 1:
        return f"The parts have {without[0].interval}."
    reasons = {NO_DRAWS: "the study was made without bootstrap draws", NOTHING: "nothing could be decomposed"}
    few = f"fewer than {FEWEST_CLUSTERS} clusters (a context cell in a week) were drawn"
    counted = Counter(reasons.get(row.interval, few) for row in without)
    why = "; ".join(f"{reason} ({count:,})" if len(counted) > 1 else reason for reason, count in counted.most_common())
    return f"No interval for the parts of {len(without):,} of {len(rows):,} {what}: {why}."


def check_mode(mode: str) -> None:
    """Refuse a mode there is not."""
    if mode not in MODES:
        raise RequestError(f"there is no mode “{mode}”", mend=did_you_mean(mode, MODES))


def _sums(grouped: ir.Table, settings: ir.Table, slices: Sequence[str], mode: str) -> ir.Table:
    """One row per slice: promises, breaks, and exact sums of p at the way-points, blind and aware."""
    prefix = PREFIX[mode]
    columns = {place: settings[f"{prefix}_p_{place}"] for place in PLACES}
    for place in PLACES:
        aware = f"{prefix}_aware_p_{place}"
        columns[f"aware_{place}"] = settings[aware] if aware in settings.columns else ibis.null("decimal(9, 8)")
    told = f"{prefix}_beyond_record"  # the first studies did not tell
    known = settings.select(key=settings.setting, beyond=settings[told] if told in settings.columns else ibis.literal(False), **columns)
    joined = grouped.left_join(known, grouped.setting == known.key)
    placed = joined.promise.notnull()
    unplaced = joined.setting.isnull()
    beyond = ~placed & joined.beyond.fill_null(False)
    unrecorded = ~placed & ~unplaced & ~beyond

    def total(place: str, where: ir.BooleanValue) -> ir.Value:
        return (joined[place] * joined.due).sum(where=where)

    # A name without an aware model counts with its only one, so that the bracket covers the whole slice.
    aware_sums = {
        f"aware_{place}": (ibis.coalesce(joined[f"aware_{place}"], joined[place]) * joined.due).sum(where=placed) for place in PLACES
    }
    sums = joined.aggregate(
        by=list(slices),
        due=joined.due.sum(),
        broken=joined.broken.sum(),
        decomposed=joined.due.sum(where=placed),
        decomposed_broken=joined.broken.sum(where=placed),
        no_level=joined.due.sum(where=unplaced),
        no_level_broken=joined.broken.sum(where=unplaced),
        no_record=joined.due.sum(where=unrecorded),
        no_record_broken=joined.broken.sum(where=unrecorded),
        beyond_record=joined.due.sum(where=beyond),
        beyond_record_broken=joined.broken.sum(where=beyond),
        bracketed=joined.due.sum(where=placed & joined.aware_promise.notnull()),
        **{place: total(place, placed) for place in PLACES},
        **aware_sums,
    )
    return sums.order_by(list(slices)) if slices else sums


def _row(where: dict[str, Any], record: dict[str, Any], spread: Spread) -> Account:
    at = {place: record[place] or Decimal(0) for place in PLACES}
    aware = {place: record[f"aware_{place}"] or Decimal(0) for place in PLACES}
    decomposed, seen = record["decomposed"] or 0, Decimal(record["decomposed_broken"] or 0)
    bracketed = bool(record["bracketed"])

    def part(name: str, value: Decimal, other: Decimal) -> PartFigure:
        half = NORMAL_95 * spread.of[name] * float(np.sqrt(decomposed)) if decomposed and spread.of else None
        low, high = (None, None) if half is None else (float(value) - half, float(value) + half)
        return PartFigure(float(value), low, high, float(other) if bracketed else None)

    undecomposed = {
        reason: (record[column], record[f"{column}_broken"])
        for reason, column in ((NO_LEVEL, "no_level"), (NO_RECORD, "no_record"), (UNFOLLOWED, "beyond_record"))
        if record[column]
    }
    return Account(
        where=where,
        due=record["due"] or 0,
        broken=record["broken"] or 0,
        allowance=part("allowance", at["capability"], aware["capability"]),
        expectation=part("expectation", at["promise"] - at["middle"], aware["promise"] - aware["middle"]),
        standard=part("standard", at["middle"] - at["capability"], aware["middle"] - aware["capability"]),
        delivery=part("delivery", seen - at["promise"], seen - aware["promise"]),
        undecomposed=undecomposed,
        interval=spread.words(decomposed),
    )

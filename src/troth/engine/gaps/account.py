"""The break account: every broken promise in exactly one part (domain.md d5).

    broken = sum p(C)              allowance: what the charter's keep target accepts
           + sum [p(P) - p(M)]     expectation-setting: promised beyond both the agreement and the record
           + sum [p(M) - p(C)]     standard: agreed beyond demonstrated capability
           + sum [b - p(P)]        delivery: worse (or better) than the record predicted

over the due cohort. It telescopes, so it is exact for every slice; promises that cannot be decomposed are counted apart with a reason.
It is accounting, not causation (domain.md d8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import Account, Findings, PartFigure
from troth.engine.gaps.settings import MODES, NO_LEVEL, NO_RECORD, PREFIX
from troth.terms.errors import RequestError, did_you_mean

NORMAL_95 = 1.959964
PLACES = ("capability", "middle", "promise")
PARTS = ("allowance", "expectation", "standard", "delivery")
LEAST_DRAWS = 20
LEAST_SHARE = 0.05
"""A slice whose drawn cells hold less than that share of its promises gets no interval."""


def account(
    ledger: ir.Table,
    settings: ir.Table,
    draws: ir.Table | None,
    by: Mapping[str, ir.Value],
    *,
    mode: str = "as-of",
    notes: Sequence[str] = (),
) -> Findings[Account]:
    """The break account of every slice.

    :param ledger: judged and coded promises (any filter already applied).
    :param settings: what :func:`~troth.engine.gaps.settings.settle` made of them.
    :param draws: bootstrap draws, or ``None`` for no intervals.
    :param by: slice name to column of ``ledger``; empty for one account of everything.
    :param mode: ``as-of`` (headline) or ``cross-fitted`` (who and where within a window, not level changes).
    :raises RequestError: for an unknown mode.
    """
    check_mode(mode)
    names = tuple(by)
    slices = [f"slice_{i}" for i in range(len(names))]
    counted = ledger.filter(ledger.in_cohort & ledger.eligible)
    coded = counted.select(
        **dict(zip(slices, by.values(), strict=True)),
        setting=counted.code_setting,
        broken=(counted.verdict == "BROKEN").cast("int64"),
    )
    grouped = coded.aggregate(by=[*slices, "setting"], due=coded.count(), broken=coded.broken.sum())
    sums = _sums(grouped, settings, slices, mode).to_pyarrow().to_pylist()
    spreads = _spreads(grouped, draws, slices, mode) if draws is not None else {}
    rows = []
    for record in sums:
        key = tuple(record[slot] for slot in slices)
        rows.append(_row(dict(zip(names, key, strict=True)), record, spreads.get(key)))
    return Findings(tuple(rows), names, tuple(notes))


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
    known = settings.select(key=settings.setting, **columns)
    joined = grouped.left_join(known, grouped.setting == known.key)
    placed = joined.promise.notnull()
    unplaced = joined.setting.isnull()
    unrecorded = ~placed & ~unplaced

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
        bracketed=joined.due.sum(where=placed & joined.aware_promise.notnull()),
        **{place: total(place, placed) for place in PLACES},
        **aware_sums,
    )
    return sums.order_by(list(slices)) if slices else sums


def _spreads(grouped: ir.Table, draws: ir.Table, slices: Sequence[str], mode: str) -> dict[tuple[Any, ...], dict[str, float]]:
    """Standard deviation of each part per slice, in broken promises per square root of a promise, from the bootstrap draws."""
    mine = draws.filter(draws.mode == mode)
    joined = grouped.inner_join(mine, "setting")
    weighted = joined.due * joined.weight
    drawn = joined.aggregate(
        by=[*slices, "draw"],
        promises=weighted.sum(),
        allowance=(joined.p_capability * weighted).sum(),
        expectation=((joined.p_promise - joined.p_middle) * weighted).sum(),
        standard=((joined.p_middle - joined.p_capability) * weighted).sum(),
        delivery=(joined.broken * joined.weight - joined.p_promise * weighted).sum(),
    ).order_by([*slices, "draw"])
    table = drawn.to_pyarrow()
    keys = list(zip(*(table[s].to_pylist() for s in slices), strict=True)) if slices else [()] * table.num_rows
    groups: dict[tuple[Any, ...], list[int]] = {}
    for position, key in enumerate(keys):
        groups.setdefault(key, []).append(position)
    promises = np.asarray(table["promises"].cast("float64"))
    parts = {part: np.asarray(table[part].cast("float64")) for part in PARTS}
    spreads = {}
    for key, places in groups.items():
        n = promises[places]
        if len(places) < LEAST_DRAWS or n.min() <= 0:
            continue
        spreads[key] = {part: float(np.std(values[places] / n, ddof=1) * np.sqrt(n.mean())) for part, values in parts.items()}
        spreads[key]["promises"] = float(n.mean())
    return spreads


def _row(where: dict[str, Any], record: dict[str, Any], spread: dict[str, float] | None) -> Account:
    at = {place: record[place] or Decimal(0) for place in PLACES}
    aware = {place: record[f"aware_{place}"] or Decimal(0) for place in PLACES}
    decomposed, seen = record["decomposed"] or 0, Decimal(record["decomposed_broken"] or 0)
    bracketed = bool(record["bracketed"])
    drawn = spread if spread and spread["promises"] >= LEAST_SHARE * decomposed else None

    def part(name: str, value: Decimal, other: Decimal) -> PartFigure:
        half = None if drawn is None else NORMAL_95 * drawn[name] * float(np.sqrt(decomposed))
        low, high = (None, None) if half is None else (float(value) - half, float(value) + half)
        return PartFigure(float(value), low, high, float(other) if bracketed else None)

    undecomposed = {
        reason: (record[column], record[f"{column}_broken"])
        for reason, column in ((NO_LEVEL, "no_level"), (NO_RECORD, "no_record"))
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
    )

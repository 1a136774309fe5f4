"""The account in each promise's own unit, and promise skill: row by row, in the database (domain.md d2, d3, c6).

    listening    L = o(E) - o(P)      asked for, never promised
    expectation  X = o(P) - o(M)      promised beyond agreement and record
    standard     D = o(M) - o(C)      agreed beyond the record
    delivery     Y = o(C) - o(R)      received below the record
    perception   Z = o(R) - o(V)      scored below what was received: no level V is recorded in native units, so it is unknown

with M = median(P, S, C), and P and S taken with the slack the customer could see. Only promises that were received have an R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.capability.scales import Scale
from troth.engine.findings import NO_DATA, Figure, Findings, NativeAccount, Skill
from troth.engine.gaps.account import check_mode
from troth.engine.gaps.expected import HOW, REQUESTED, SOURCES
from troth.engine.gaps.settings import NO_RECORD, PREFIX
from troth.engine.intervals import FEWEST_CLUSTERS, t_interval
from troth.terms.charter import DEFAULT_KEEP_TARGET, Charter
from troth.terms.vocabulary import Direction

EXACT = "decimal(38, 9)"
"""Sums of levels are taken in decimals: a sum of floats depends on the order in which threads add."""
NOT_RECEIVED = "not received (yet): the shortfall is only known to be at least so much"
UNMEASURED = "a yes/no promise: it has no level"
NEVER = "no capability: more than the keep target allows were never received, so no level is met that often"


def levels(ledger: ir.Table, settings: ir.Table, charter: Charter, scales: Mapping[str, Scale], mode: str) -> ir.Table:
    """Promises with their way-points in native units: ``P``, ``S``, ``C``, ``M``, ``R``, ``E``, oriented so that more is better."""
    prefix = PREFIX[mode]
    column = f"{prefix}_capability"
    capability = settings[column] if column in settings.columns else ibis.null("float64")
    placed = settings[f"{prefix}_p_promise"].notnull()
    known = settings.select(key=settings.setting, factor=capability, placed=placed)
    joined = ledger.left_join(known, ledger.setting == known.key)
    sign = (joined.direction == Direction.MAX).ifelse(1.0, -1.0)
    slack = joined.tolerance.fill_null(0.0)
    standards = [(number, float(line.standard)) for number, line in enumerate(charter.lines) if line.standard is not None]
    standard = joined.line.cases(*standards, else_=ibis.null("float64")) if standards else ibis.null("float64")
    targets = [(number, float(line.keep_target)) for number, line in enumerate(charter.lines) if line.keep_target is not None]
    oriented = joined.mutate(
        P=sign * joined.level_promised - slack,
        S=sign * standard - slack,
        C=sign * _capability(joined, scales),
        R=(~joined.reversed).ifelse(sign * joined.level_received, ibis.null("float64")),
        E=sign * joined.level_requested - slack,
        tau=joined.line.cases(*targets, else_=DEFAULT_KEEP_TARGET) if targets else ibis.literal(DEFAULT_KEEP_TARGET),
    )
    between = oriented.S.clip(lower=ibis.least(oriented.P, oriented.C), upper=ibis.greatest(oriented.P, oriented.C))
    return oriented.mutate(M=oriented.S.isnull().ifelse(oriented.C, between))


def _capability(joined: ir.Table, scales: Mapping[str, Scale]) -> ir.Value:
    """C in the unit; where capability was learnt relative to the internal estimate, the estimate comes back in."""
    cases = [
        (name, joined.factor * joined.internal_estimate if scale.kind == "log" else joined.factor + joined.internal_estimate)
        for name, scale in scales.items()
        if scale.relative
    ]
    return joined.name.cases(*cases, else_=joined.factor) if cases else joined.factor


def account(
    ledger: ir.Table,
    settings: ir.Table,
    charter: Charter,
    by: Mapping[str, ir.Value],
    scales: Mapping[str, Scale],
    *,
    mode: str = "as-of",
) -> Findings[NativeAccount]:
    """Sums of the parts per promise name and slice, in the promise's unit.

    :param by: slice name to column of ``ledger``.
    :raises RequestError: for an unknown mode.
    """
    check_mode(mode)
    names, slots, sliced = _sliced(ledger, by)
    rows = levels(sliced, settings, charter, scales, mode)
    whole = rows.P.notnull() & rows.C.notnull() & rows.R.notnull()

    def total(value: ir.Value, where: ir.BooleanValue) -> ir.Value:
        return value.cast(EXACT).sum(where=where)

    received = rows.P.notnull() & rows.R.notnull()
    wanted = whole & rows.E.notnull()
    exact = {letter: rows[letter].cast(EXACT) for letter in "PMCRE"}
    sums = rows.aggregate(
        by=[*slots, "name", "unit"],
        decomposed=whole.cast("int64").sum(),
        listening=total(exact["E"] - exact["P"], wanted),
        listening_known=wanted.cast("int64").sum(),
        **{f"told_{number}": (wanted & (rows.how == how)).cast("int64").sum() for number, how in enumerate(SOURCES)},
        expectation=total(exact["P"] - exact["M"], whole),
        standard=total(exact["M"] - exact["C"], whole),
        delivery=total(exact["C"] - exact["R"], whole),
        unmeasured=rows.P.isnull().cast("int64").sum(),
        open=(rows.P.notnull() & rows.R.isnull()).cast("int64").sum(),
        unreached=(received & rows.C.isnull() & rows.placed.fill_null(False)).cast("int64").sum(),
        unrecorded=(received & rows.C.isnull() & ~rows.placed.fill_null(False)).cast("int64").sum(),
    ).order_by([*slots, "name", "unit"])
    return Findings(tuple(_native(row, names, slots) for row in sums.to_pyarrow().to_pylist()), names)


def skill(
    ledger: ir.Table, settings: ir.Table, charter: Charter, by: Mapping[str, ir.Value], scales: Mapping[str, Scale]
) -> Findings[Skill]:
    """Promise skill per slice: pinball loss of the promise against that of capability, at the line's keep target (domain.md c6).

    Per promise name first, then weighted by promises: a day and a euro do not add. Its limits take context cells in a week as clusters
    (domain.md d5): with A and W a cluster's losses of promise and capability, ``v = G/(G-1) sum ((A - r W) / sum W)^2``, r = sum A / sum W.
    """
    names, slots, sliced = _sliced(ledger, by)
    rows = levels(sliced, settings, charter, scales, "as-of")
    whole = rows.P.notnull() & rows.C.notnull() & rows.R.notnull()

    def loss(level: ir.Value) -> ir.Value:
        gap = level - rows.R  # oriented: positive is worse than stated
        return (gap > 0).ifelse(rows.tau * gap, (rows.tau - 1) * gap).cast(EXACT).sum(where=whole).fill_null(0)

    slice_ = [*slots, "name"]
    clusters = rows.aggregate(by=[*slice_, "cell", "week"], n=whole.cast("int64").sum(), promised=loss(rows.P), capable=loss(rows.C))
    one = ibis.window(group_by=slice_)
    beside = clusters.mutate(all_promised=clusters.promised.sum().over(one), all_capable=clusters.capable.sum().over(one))
    a, w, total = (beside[name].cast("float64") for name in ("promised", "capable", "all_capable"))
    stray = (a - beside.all_promised.cast("float64") / total.nullif(0.0) * w) / total.nullif(0.0)
    sums = beside.aggregate(
        by=[*slice_, "all_promised", "all_capable"],
        n=beside.n.sum(),
        clusters=(beside.n > 0).cast("int64").sum(),
        squares=(stray * stray).sum(),
    )
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in sums.order_by(slice_).to_pyarrow().to_pylist():
        groups.setdefault(tuple(row[slot] for slot in slots), []).append(row)
    return Findings(tuple(Skill(dict(zip(names, key, strict=True)), _skill(members)) for key, members in groups.items()), names)


def _skill(names: Sequence[Mapping[str, Any]]) -> Figure:
    """The skill of one slice from its promise names, no cluster of which is another's."""
    names = [row for row in names if row["all_capable"]]  # a capability that nothing ever missed cannot be divided by
    n, clusters = sum(row["n"] for row in names), sum(row["clusters"] for row in names)
    if not n:
        return NO_DATA
    if clusters < FEWEST_CLUSTERS:
        return Figure(None, n=n, clusters=clusters, method=f"fewer than {FEWEST_CLUSTERS} clusters (a context cell in a week): no skill")
    value = sum(row["n"] * (1 - float(row["all_promised"] / row["all_capable"])) for row in names) / n
    variance = sum((row["n"] / n) ** 2 * row["squares"] * row["clusters"] / max(row["clusters"] - 1, 1) for row in names)
    limits = t_interval(value, variance, clusters)
    # Nine decimals: the sum of squares is one of floats, and depends in its last digits on the order in which threads add.
    return Figure(value, round(limits.low, 9), round(limits.high, 9), n, clusters, "t on context cells in a week as clusters")


def _sliced(ledger: ir.Table, by: Mapping[str, ir.Value]) -> tuple[tuple[str, ...], list[str], ir.Table]:
    """The due promises' own columns under our names alone: a mapping's dimensions may be called anything."""
    slots = [f"slice_{i}" for i in range(len(by))]
    own = ("name", "unit", "direction", "tolerance", "line", "reversed", "level_promised", "level_received", "level_requested")
    sliced = ledger.select(
        **dict(zip(slots, by.values(), strict=True)),
        **{column: ledger[column] for column in own},
        internal_estimate=ledger.internal_estimate,
        how=ledger[HOW] if HOW in ledger.columns else ibis.literal(REQUESTED),
        setting=ledger.code_setting,
        cell=ledger.code_cell,
        week=ledger.code_week,
        counted=ledger.in_cohort & ledger.eligible,
    )
    return tuple(by), slots, sliced.filter(sliced.counted)


def _native(row: dict[str, Any], names: tuple[str, ...], slots: list[str]) -> NativeAccount:
    parts = {part: float(row[part] or 0) for part in ("expectation", "standard", "delivery")}
    listening = float(row["listening"]) if row["listening_known"] else None
    reasons = ((UNMEASURED, "unmeasured"), (NOT_RECEIVED, "open"), (NO_RECORD, "unrecorded"), (NEVER, "unreached"))
    return NativeAccount(
        where={name: row[slot] for name, slot in zip(names, slots, strict=True)},
        name=row["name"],
        unit=row["unit"],
        decomposed=row["decomposed"],
        listening=listening,
        listening_known=row["listening_known"],
        perception=None,
        gap=(listening or 0.0) + sum(parts.values()),
        undecomposed={reason: row[column] for reason, column in reasons if row[column]},
        listening_by={how: row[f"told_{number}"] for number, how in enumerate(SOURCES) if row[f"told_{number}"]},
        **parts,
    )

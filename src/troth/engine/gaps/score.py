"""The account in score points: the gap between what was expected and the score that was given (domain.md d2, d3).

    listening    u(E) - u(P)        u(x) = m_i(x), the score to expect if x were received, other things as they were
    expectation  u(P) - u(M)        u(V) = the score given
    standard     u(M) - u(C)
    delivery     u(C) - u(R)
    perception   u(R) - u(V)        scored below what was received

A promise is scored by the last rating given at or after its receipt. Ratings on different scales are never mixed: each scale has its own
curve and its own account. Promises are reduced to situations and bins; m is fitted on those; the parts are looked up again row by row.
All sums are of decimals, so that the parts add up to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import Figure, Findings, ScoreAccount
from troth.engine.gaps.account import NORMAL_95, check_mode
from troth.engine.gaps.expected import SOURCES
from troth.engine.gaps.native import UNMEASURED
from troth.engine.gaps.ratings import countable
from troth.engine.gaps.scoring import LEAST_SCORES
from troth.engine.gaps.settings import NO_RECORD, PREFIX
from troth.engine.promises.receipts import KEY

TOO_FEW = f"too few scores: fewer than {LEAST_SCORES} on this scale"
WEIGHTED = "decimal(38, 15)"
"""A weight (six places) times a difference of scores (nine): nothing is rounded, so the parts add up."""
COARSE, SQUARED = "decimal(18, 6)", "decimal(38, 12)"
"""For sums of squares, which need the room."""
PARTS = (("expectation", "promised", "middle"), ("standard", "middle", "capability"), ("delivery", "capability", "received"))
NO_SCORES = "No rating of a promise received by then is on record: what was perceived is unknown, and there is no account in score points."
CONTRAST = "Perception nets to about 0 over everyone who answered: read it as a contrast between slices."
CLUSTERED = "cluster-robust by customer, the curve taken as known"


def account(
    ledger: ir.Table, scores: ir.Table, facts: Mapping[str, Any], by: Mapping[str, ir.Value], *, mode: str
) -> Findings[ScoreAccount]:
    """Sums of the parts in score points, per slice, promise name and scale.

    Each scored promise counts with its weight, and so speaks for those nobody scored.

    :param ledger: judged and coded promises (any filter already applied).
    :param scores: the rows of :func:`score`; ``facts`` its facts.
    :param by: slice name to column of ``ledger``.
    :raises RequestError: for an unknown mode.
    """
    check_mode(mode)
    names, slots = tuple(by), [f"slice_{i}" for i in range(len(by))]
    sliced = ledger.select(
        **dict(zip(slots, by.values(), strict=True)),
        **{f"own_{column}": ledger[column] for column in KEY},
        cluster=ibis.coalesce(*(ledger[column].cast("string") for column in ("customer", "subject", "row"))),
        countable=countable(ledger),
    )
    sliced = sliced.filter(sliced.countable)
    received = sliced.aggregate(by=[*slots, "own_name"], received=sliced.count()).order_by([*slots, "own_name"])
    sums = _sums(sliced, scores, slots, mode)
    measures: dict[str, list[tuple[Any, Any]]] = {}
    for measure in facts["measures"]:
        measures.setdefault(measure["name"], []).append((measure["scale_low"], measure["scale_high"]))
    rows = []
    for row in received.to_pyarrow().to_pylist():
        for scale in measures.get(row["own_name"], []):
            slice_ = tuple(row[slot] for slot in slots)
            found = sums.get((*slice_, row["own_name"], *scale))
            rows.append(_row(dict(zip(names, slice_, strict=True)), row["own_name"], scale, row["received"], found))
    return Findings(tuple(rows), names, _notes(facts))


def _sums(sliced: ir.Table, scores: ir.Table, slots: Sequence[str], mode: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Weighted sums of the parts per slice, name and scale; through clusters, which the interval of perception needs."""
    joined = sliced.inner_join(scores, [sliced[f"own_{column}"] == scores[column] for column in KEY])
    u = {place: joined[f"u_{place}"] for place in ("requested", "promised", "received")}
    u |= {place: joined[f"u_{PREFIX[mode]}_{place}"] for place in ("middle", "capability")}
    fitted = u["promised"].notnull()
    whole = fitted & u["capability"].notnull()
    told = whole & u["requested"].notnull()

    def lost(more: ir.Value, less: ir.Value) -> ir.Value:
        return (joined.weight * (more - less)).cast(WEIGHTED)

    keys = [*slots, "name", "scale_low", "scale_high"]
    clusters = joined.aggregate(
        by=[*keys, "cluster"],
        scored=joined.count(),
        decomposed=whole.cast("int64").sum(),
        speaks_for=joined.weight.sum(where=whole),
        listening=lost(u["requested"], u["promised"]).sum(where=told),
        **{part: lost(u[one], u[other]).sum(where=whole) for part, one, other in PARTS},
        perception=lost(u["received"], joined.score).sum(where=whole),
        gap=lost(ibis.coalesce(u["requested"], u["promised"]), joined.score).sum(where=whole),
        **{f"told_{number}": (told & (joined.how == how)).cast("int64").sum() for number, how in enumerate(SOURCES)},
        unmeasured=(~joined.measured).cast("int64").sum(),
        too_few=(joined.measured & ~fitted).cast("int64").sum(),
        unrecorded=(fitted & ~whole).cast("int64").sum(),
    )
    felt, weight = clusters.perception.cast(COARSE), clusters.speaks_for.cast(COARSE)
    squares = {"felt_felt": felt * felt, "felt_weight": felt * weight, "weight_weight": weight * weight}
    totals = [column for column in clusters.columns if column not in {*keys, "cluster"}]
    sums = clusters.aggregate(
        by=keys,
        clusters=(clusters.decomposed > 0).cast("int64").sum(),
        **{column: clusters[column].sum() for column in totals},
        **{name: value.cast(SQUARED).sum() for name, value in squares.items()},
    )
    return {tuple(row[key] for key in keys): row for row in sums.order_by(keys).to_pyarrow().to_pylist()}


def _row(where: dict[str, Any], name: str, scale: tuple[Any, Any], received: int, found: dict[str, Any] | None) -> ScoreAccount:
    sums = found or {}
    decomposed = sums.get("decomposed", 0)

    def total(part: str) -> float | None:
        value = sums.get(part)
        return None if value is None else float(value)

    reasons = ((UNMEASURED, "unmeasured"), (TOO_FEW, "too_few"), (NO_RECORD, "unrecorded"))
    told = {how: count for number, how in enumerate(SOURCES) if (count := sums.get(f"told_{number}", 0))}
    return ScoreAccount(
        where=where,
        name=name,
        scale_low=scale[0],
        scale_high=scale[1],
        received=received,
        scored=sums.get("scored", 0),
        decomposed=decomposed,
        speaks_for=total("speaks_for") or 0.0,
        listening=total("listening"),
        listening_known=sum(told.values()),
        listening_by=told,
        **{part: total(part) for part, _, _ in PARTS},
        perception=_perception(sums) if decomposed else Figure(None),
        gap=total("gap"),
        undecomposed={reason: count for reason, column in reasons if (count := sums.get(column, 0))},
    )


def _perception(sums: Mapping[str, Any]) -> Figure:
    """The sum with the limits of a weighted mean over clusters (linearised), times the weight."""
    weight, felt, clusters = Decimal(sums["speaks_for"]), Decimal(sums["perception"]), int(sums["clusters"])
    value, n = float(felt), int(sums["decomposed"])
    if clusters < 2 or not weight:  # noqa: PLR2004 - one customer tells nothing of the others
        return Figure(value, n=n, clusters=clusters, method="one customer: no interval")
    mean = felt / weight
    spread = sums["felt_felt"] - 2 * mean * sums["felt_weight"] + mean * mean * sums["weight_weight"]
    half = NORMAL_95 * float(np.sqrt(max(0.0, float(spread)) * clusters / (clusters - 1)))
    return Figure(value, value - half, value + half, n, clusters, CLUSTERED)


def _notes(facts: Mapping[str, Any]) -> tuple[str, ...]:
    matched = (
        f"A promise is scored by the last rating given at or after its receipt: {facts['used']} of {facts['ratings']} ratings count, "
        "the others answer no promise received and due by then, or a later one replaces them."
    )
    notes = [matched]
    for measure in facts["measures"]:
        if measure["fitted"]:
            share = measure["scored"] / measure["received"]
            capped = f" {measure['capped']} weights are capped." if measure["capped"] else ""
            notes.append(
                f"“{measure['name']}”: {share:.0%} of {measure['received']} promises received were scored; "
                f"those who answered speak for the others received as late, in the same situation.{capped}"
            )
    return (*notes, CONTRAST)

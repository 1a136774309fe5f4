"""“Up to” and “from”: promises to a share of the buyers, tested per campaign (domain.md c3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Campaign, Findings
from troth.engine.intervals import rate_interval
from troth.engine.promises.measures import Measure, figure_of, per_cluster, per_slice, slice_clusters, sums_of
from troth.engine.promises.rules import CAMPAIGN_QUANTIFIERS
from troth.engine.promises.slices import names_of, slice_columns
from troth.terms.charter import Charter

DEFAULT_SHARE = 0.5
"""Share of the buyers who must get the level where the charter says nothing else."""

NO_CAMPAIGNS = "No promise here is worded “up to” or “from”, so there is no campaign to test."
NONE_DUE = "No promise worded “up to” or “from” has fallen due here yet."


def campaigns(
    ledger: ir.Table, by: Sequence[str] | str = ("name",), *, charter: Charter | None = None, zone: str = "UTC"
) -> Findings[Campaign]:
    """Every campaign of a judged ledger, by the columns that name one; wordings and declared shares part it.

    The declared share is the charter line's ``up_to_share``. The claim is kept if the share who got the level reaches it; of too few
    buyers for a share it is told neither way.

    :raises RequestError: an unknown slice.
    """
    by = names_of(by)
    worded = ledger.filter(ledger.quantifier.isin(CAMPAIGN_QUANTIFIERS))
    due = worded.filter(worded.in_cohort)
    slices = {**slice_columns(due, by, zone), "declared": _declared(due, charter), "worded": due.quantifier}
    got = due.verdict.isin(["KEPT", "EXCEEDED"])
    rows = per_slice(per_cluster(due, slices, slice_clusters(due), [Measure("share", got, due.in_cohort)])).to_pyarrow().to_pylist()
    found = [_campaign({name: row[f"slice_{name}"] for name in by}, row) for row in rows]
    notes = () if found else (NONE_DUE if worded.limit(1).count().to_pyarrow().as_py() else NO_CAMPAIGNS,)
    return Findings(tuple(sorted(found, key=lambda one: repr((one.where, one.quantifier, one.declared)))), by, notes)


def _declared(due: ir.Table, charter: Charter | None) -> ir.FloatingValue:
    """The share of the buyers the charter's line asks for."""
    lines = () if charter is None else charter.lines
    other = [
        (due.line == position, ibis.literal(float(line.up_to_share), type="float64"))
        for position, line in enumerate(lines)
        if line.up_to_share != DEFAULT_SHARE
    ]
    return ibis.cases(*other, else_=ibis.literal(DEFAULT_SHARE, type="float64")) if other else ibis.literal(DEFAULT_SHARE, type="float64")


def _campaign(where: dict[str, Any], row: Mapping[str, Any]) -> Campaign:
    sums = sums_of(row, "share")
    n, got = int(sums.w), int(sums.a)
    limits = rate_interval(sums, n)
    declared = float(row["slice_declared"])
    kept = None if limits is None else got >= declared * n
    return Campaign(where, row["slice_worded"], declared, got, figure_of(sums, limits, n), kept)

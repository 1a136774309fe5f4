"""Bundles: promises kept or broken together, such as on time AND in full (domain.md c4 rule 5).

Every member takes the verdict and the ratio of the worst; VOID members, and amendments that are only recorded, are ignored.
Bundle keys belong to their source.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

BADNESS = {"EXCEEDED": 0, "KEPT": 1, "PENDING": 2, "BROKEN": 3}


def with_bundles(t: ir.Table) -> ir.Table:
    """``own`` and ``rho`` of each member become the bundle's."""
    member = t.bundle.notnull() & (t.own != "VOID") & ~t.recorded_only
    members = t.filter(member)
    worst = members.group_by(["source", "bundle"]).agg(
        badness=ibis.cases(*((members.own == verdict, rank) for verdict, rank in BADNESS.items())).max(), worst_rho=members.rho.min()
    )
    joined = t.left_join(worst, [t.source == worst.source, t.bundle == worst.bundle])
    bundled = (joined.bundle.notnull() & (joined.own != "VOID") & ~joined.recorded_only).fill_null(False)
    verdict = ibis.cases(*((joined.badness == rank, verdict) for verdict, rank in BADNESS.items()))
    own = ibis.ifelse(bundled, verdict, joined.own)
    rho = ibis.ifelse(bundled, ibis.ifelse(joined.badness == BADNESS["PENDING"], ibis.null("float64"), joined.worst_rho), joined.rho)
    others = [joined[column] for column in t.columns if column not in {"own", "rho"}]
    return joined.select(*others, own=own, rho=rho)

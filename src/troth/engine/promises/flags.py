"""What a source claims of its own promises beside our verdicts: shown, never used (domain.md c6, attack 7)."""

from __future__ import annotations

import ibis.expr.types as ir

from troth.engine.findings import Findings, FlagAgreement
from troth.terms.vocabulary import FLAGGED_KEPT, Verdict


def agreement(ledger: ir.Table) -> Findings[FlagAgreement]:
    """The due promises by what their source claims and what we judge.

    :param ledger: the LEDGER contract; without the column ``flagged_kept`` there is nothing to compare.
    :return: one row per promise name and claim, names in order, for names that have a claim at all.
    """
    if FLAGGED_KEPT not in ledger.columns:
        return Findings(())
    rows = ledger.select("name", "verdict", flagged=ledger[FLAGGED_KEPT], counted=ledger.in_cohort & ledger.eligible)
    rows = rows.filter(rows.counted)
    counted = rows.group_by(["name", "flagged"]).aggregate(
        due=rows.count(),
        kept=rows.verdict.isin([Verdict.KEPT, Verdict.EXCEEDED]).sum(),
        broken=(rows.verdict == Verdict.BROKEN).sum(),
    )
    found = counted.order_by(["name", counted.flagged.desc(nulls_first=False)]).to_pyarrow().to_pylist()
    claimed = {row["name"] for row in found if row["flagged"] is not None}
    return Findings(tuple(FlagAgreement(**row) for row in found if row["name"] in claimed))

"""“Up to” and “from”: promises to a share of the buyers, tested per campaign (domain.md c3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure
from troth.engine.intervals import wilson
from troth.engine.promises.rules import CAMPAIGN_QUANTIFIERS
from troth.engine.promises.slices import slice_columns
from troth.terms.charter import Charter

DEFAULT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Campaign:
    """One claim worded “up to” or “from”, over all who relied on it.

    :param where: what names the campaign. :param declared: share of buyers who must get the level (charter, else half).
    :param share: share who did. :param kept: whether the claim holds; ``None`` while nobody is due.
    """

    where: dict[str, Any]
    declared: float
    share: Figure
    kept: bool | None


def campaigns(
    ledger: ir.Table, by: Sequence[str] = ("name",), *, charter: Charter | None = None, zone: str = "UTC"
) -> tuple[Campaign, ...]:
    """Every campaign of a judged ledger, by the columns that name one; charter lines that ask for different shares part it.

    The declared share is the charter line's ``up_to_share``. The claim is kept if the share who got the level reaches it.
    """
    agreed = Charter() if charter is None else charter
    due = ledger.filter(ledger.in_cohort, ledger.quantifier.isin(CAMPAIGN_QUANTIFIERS))
    keys = {f"slice_{name}": column for name, column in slice_columns(due, by, zone).items()}
    keyed = due.mutate(**keys)
    counts = keyed.group_by([*keys, "line"]).agg(n=keyed.count(), got=keyed.verdict.isin(["KEPT", "EXCEEDED"]).sum())
    sums: dict[tuple[Any, ...], list[int]] = {}
    for row in counts.to_pyarrow().to_pylist():
        declared = DEFAULT_SHARE if row["line"] < 0 else agreed.lines[row["line"]].up_to_share
        total = sums.setdefault((*(row[key] for key in keys), declared), [0, 0])
        total[0] += row["n"]
        total[1] += row["got"]
    return tuple(
        _campaign(dict(zip(by, key[:-1], strict=True)), key[-1], n, got)
        for key, (n, got) in sorted(sums.items(), key=lambda one: repr(one[0]))
    )


def _campaign(where: dict[str, Any], declared: float, n: int, got: int) -> Campaign:
    limits = wilson(got / n, n)
    share = Figure(got / n, limits.low, limits.high, n=n, method=limits.method)
    return Campaign(where, declared, share, got >= declared * n)

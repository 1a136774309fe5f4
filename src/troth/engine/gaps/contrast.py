"""How much of a named slice is expectation-setting, held against its neighbours (domain.md d4 rule 2, “concurrent contrast”).

A promise carries private knowledge: where its setter knew more than the context, a blind model books the difference to
expectation-setting. Routine promises in the same cells and weeks carry the same knowledge without the campaign, so what the blind model
books to *them* is the error it makes here:

    [ X(slice) - n(slice) x rate of X among routine promises in the same cells and weeks,   X(slice) ]

with both ends from the blind model. Where a cell had no routine promise in a week, the rate of all cells and weeks that had one stands in.
"""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import Contrast
from troth.engine.gaps.account import check_mode
from troth.engine.gaps.settings import PREFIX


def slice_contrast(ledger: ir.Table, settings: ir.Table, inside: ir.BooleanValue, *, mode: str = "as-of") -> Contrast:
    """The bracket of expectation-setting, in broken promises, of a slice such as a campaign, a page or an offer.

    :param ledger: judged and coded promises: the slice and the routine ones it is held against.
    :param settings: what :func:`~troth.engine.gaps.settings.settle` made of them.
    :param inside: column of ``ledger``: the row belongs to the slice (NULL counts as no).
    :param mode: ``as-of`` or ``cross-fitted``.
    :raises RequestError: for an unknown mode.
    """
    check_mode(mode)
    counted = ledger.filter(ledger.in_cohort & ledger.eligible & ledger.code_setting.notnull())
    member = counted.select(setting="code_setting", cell="code_cell", week="code_week", mine=inside.fill_null(False).cast("int64"))
    grouped = member.aggregate(by=["setting", "cell", "week"], promises=member.count(), mine=member.mine.sum())
    prefix = PREFIX[mode]
    excess = settings[f"{prefix}_p_promise"] - settings[f"{prefix}_p_middle"]
    known = settings.select(key=settings.setting, excess=excess)
    booked = grouped.inner_join(known, grouped.setting == known.key)
    booked = booked.filter(booked.excess.notnull())
    others = booked.promises - booked.mine
    sums = booked.aggregate(
        by=["cell", "week"],
        mine=booked.mine.sum(),
        routine=others.sum(),
        booked=(booked.excess * booked.mine).sum(),
        rate=(booked.excess * others).sum(),
    )
    found = sums.filter(sums.mine > 0).order_by(["cell", "week"]).to_pyarrow()
    mine, routine, here, there = (np.asarray(found[name].cast("float64")) for name in ("mine", "routine", "booked", "rate"))
    total, n = float(here.sum()), int(mine.sum())
    neighbours = int(routine.sum())
    if neighbours == 0:
        return Contrast(n, total, None, 0)
    overall = there.sum() / routine.sum()
    rate = np.where(routine > 0, there / np.maximum(routine, 1), overall)
    return Contrast(n, total, float(total - (mine * rate).sum()), neighbours)

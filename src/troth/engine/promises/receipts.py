"""Receipts that come from another source, matched to promises by name and subject (domain.md c2)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

KEY = ("source", "name", "row")
"""What identifies a promise (terms/tables.py)."""

FROM_RECEIPT = ("received_at", "received", "final", "reversed_at", "evidence")


def with_receipts(promises: ir.Table, receipts: ir.Table, as_of: ir.TimestampScalar, names: tuple[str, ...] | None = None) -> ir.Table:
    """Promises with what answers them, as known by then: the earliest final receipt that is not older than the promise.

    A receipt the promise row brings itself stands. One receipt may answer several promises (an amended one and its amendment).

    :param names: promise names whose receipts come later; ``None`` means any. Other rows are not touched by the join.
    """
    if names is not None:
        answered = with_receipts(promises.filter(promises.name.isin(names)), receipts, as_of)
        return answered.union(promises.filter(~promises.name.isin(names)))
    columns = promises.columns
    known = receipts.filter(
        receipts.recorded_at.isnull() | (receipts.recorded_at <= as_of),
        receipts.received_at.isnull() | (receipts.received_at <= as_of),
    )
    renamed = known.select(
        answer_name=known.name,
        answer_subject=known.subject.cast(promises.subject.type()),
        answer_source=known.source,
        answer_row=known.row,
        **{f"answer_{column}": known[column] for column in FROM_RECEIPT},
    )
    joined = promises.left_join(
        renamed,
        [
            promises.name == renamed.answer_name,
            promises.subject == renamed.answer_subject,
            renamed.answer_received_at.isnull() | (renamed.answer_received_at >= promises.made_at),
        ],
    )
    order = ibis.row_number().over(
        group_by=[joined[key] for key in KEY],
        order_by=[
            joined.answer_final.fill_null(False).desc(),
            joined.answer_received_at.isnull(),
            joined.answer_received_at,
            joined.answer_source,
            joined.answer_row,
        ],
    )
    first = joined.mutate(answer_order=order)
    first = first.filter(first.answer_order == 0)
    own = (first.received_at.notnull() | first.received.notnull()) & first.final
    taken = {
        column: ibis.ifelse(own | first.answer_row.isnull(), first[column], first[f"answer_{column}"].cast(first[column].type()))
        for column in FROM_RECEIPT
    }
    return first.mutate(**taken).select(*columns)

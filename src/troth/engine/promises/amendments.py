"""Amendments: the original keeps its own verdict, and what replaced it is recorded beside it (domain.md c4 rule 6; c6, attack 5).

Chains are followed for :data:`LONGEST_CHAIN` steps. A change the customer asked for before the promise fell due makes the earlier promise
VOID, and the new one counts; a change of unstated cause is taken for the company's.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import TIMESTAMP
from troth.engine.promises.receipts import KEY

LONGEST_CHAIN = 8

FLAGS = ("recorded_only", "company_changed", "customer_changed_at", "change_noticed_at", "latest_own")


def with_amendments(t: ir.Table, known: ir.Table, now: ir.TimestampScalar) -> ir.Table:
    """Rows with what amendments did to them.

    Adds ``recorded_only`` (this row amends another at the company's wish: it does not count), ``company_changed``,
    ``customer_changed_at`` (the customer's first change before the promise fell due), ``change_noticed_at`` (first notice of the
    company's changes) and ``latest_own`` (verdict of the last amendment).

    :param t: rows with their own verdicts. :param known: the promises they come from: chains are followed there, so that
        engines which repeat a subquery wherever it is named do not judge every row once per step.
    """
    amending = known.filter(known.replaces.notnull())
    children = amending.select(
        source=amending.source,
        name=amending.name,
        parent=amending.replaces.cast(known.row.type()),
        child=amending.row,
        by_customer=(amending.change_cause == "customer").fill_null(False),
        made=amending.made_at,
        noticed=ibis.ifelse(amending.notice_at <= now, amending.notice_at, ibis.null(TIMESTAMP)),
    )
    originals = known.select(source=known.source, name=known.name, parent=known.row, due=known.due_at)
    first = originals.inner_join(children, ["source", "name", "parent"])
    steps = first.select("source", "name", "due", "child", "by_customer", "made", "noticed", ancestor=first.parent)
    levels = [steps]
    for _ in range(LONGEST_CHAIN - 1):
        levels.append(_next_step(levels[-1], children))
    flags = _flags(ibis.union(*levels), steps)
    marked = t.left_join(flags, [t.source == flags.source, t.name == flags.name, t.row == flags.row])
    marked = marked.select(
        *[marked[column] for column in t.columns],
        latest_row=marked.latest_row,
        **{name: marked[name].fill_null(False) for name in FLAGS[:2]},
        **{name: marked[name] for name in FLAGS[2:4]},
    )
    last = t.filter(t.replaces.notnull())
    last = last.select(last_source=last.source, last_name=last.name, last_row=last.row, latest_own=last.own)
    joined = marked.left_join(last, [marked.source == last.last_source, marked.name == last.last_name, marked.latest_row == last.last_row])
    return joined.select(*[joined[column] for column in t.columns], **{name: joined[name] for name in FLAGS})


def without_amendments(t: ir.Table) -> ir.Table:
    """The same columns where nothing was amended; a pure projection."""
    no = ibis.literal(False)
    return t.mutate(
        recorded_only=no,
        company_changed=no,
        customer_changed_at=ibis.null(TIMESTAMP),
        change_noticed_at=ibis.null(TIMESTAMP),
        latest_own=ibis.null("string"),
    )


def _next_step(level: ir.Table, children: ir.Table) -> ir.Table:
    left = level.select("source", "name", "ancestor", "due", parent="child")
    joined = left.inner_join(children, ["source", "name", "parent"])
    return joined.select("source", "name", "due", "child", "by_customer", "made", "noticed", "ancestor")


def _flags(descendants: ir.Table, steps: ir.Table) -> ir.Table:
    """One row per promise that amends or was amended."""
    d = descendants
    order = ibis.row_number().over(group_by=[d.source, d.name, d.ancestor], order_by=[d.made.desc(), d.child.desc()])
    ranked = d.mutate(order=order)
    in_time = ranked.by_customer & (ranked.due.isnull() | (ranked.made <= ranked.due))
    amended = ranked.group_by(["source", "name", "ancestor"]).agg(
        company_changed=(~ranked.by_customer).any(),
        customer_changed_at=ibis.ifelse(in_time, ranked.made, ibis.null(TIMESTAMP)).min(),
        change_noticed_at=ibis.ifelse(ranked.by_customer, ibis.null(TIMESTAMP), ranked.noticed).min(),
        latest_row=ibis.ifelse(ranked.order == 0, ranked.child, ibis.null(d.child.type())).max(),
    )
    originals = amended.select(
        source=amended.source,
        name=amended.name,
        row=amended.ancestor,
        recorded_only=ibis.literal(False),
        latest_row=amended.latest_row,
        **{name: amended[name] for name in FLAGS[1:4]},
    )
    amending = steps.select(
        source=steps.source,
        name=steps.name,
        row=steps.child,
        recorded_only=~steps.by_customer,
        company_changed=ibis.literal(False),
        customer_changed_at=ibis.null(TIMESTAMP),
        change_noticed_at=ibis.null(TIMESTAMP),
        latest_row=ibis.null(steps.child.type()),
    )
    both = originals.union(amending.select(*originals.columns))
    return both.group_by(list(KEY)).agg(
        recorded_only=both.recorded_only.any(),
        company_changed=both.company_changed.any(),
        customer_changed_at=both.customer_changed_at.min(),
        change_noticed_at=both.change_noticed_at.min(),
        latest_row=both.latest_row.max(),
    )

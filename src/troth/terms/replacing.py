"""Which promises replace which, and which of those claims are honoured (domain.md c4 rule 6; c6, attack 5).

A row says which one it replaces, so promises make chains that may branch. A claim that cannot be true is not honoured: promises that
replace each other in a loop would all vanish, nothing can replace what was promised after it, and nobody's promise is replaced by one
made to someone else. Chains are followed to their end, whatever their length, by steps that double: 7 of them cover 128 amendments.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.terms.tables import LATER, LOOP, STRANGERS

DOUBTS = (LOOP, LATER, STRANGERS)
"""Why a claim is not honoured, the first that applies."""

PLACE = ("source", "name")
"""Chains stay within one source and one promise name."""


def claims(promises: ir.Table) -> ir.Table:
    """Each row that says it replaces one which is on record, and what speaks against it.

    :param promises: rows with source, name, row, replaces, customer, made_at and due_at.
    :returns: source, name, row, ``parent`` (the row replaced), ``due`` (when that one fell due) and ``doubt``, one of
        :data:`DOUBTS` or NULL where the claim is honoured. Computed once: a table of the engine's, as long as there are amendments.
    """
    p = promises
    saying = p.filter(p.replaces.notnull())
    later = saying.select(
        *PLACE, "row", parent=saying.replaces.cast(p.row.type()), later_customer=saying.customer, later_made=saying.made_at
    )
    there = p.select(*PLACE, parent=p.row, customer=p.customer, made=p.made_at, due=p.due_at)
    found = later.inner_join(there, [*PLACE, "parent"])
    doubt = ibis.cases(
        ((found.later_made < found.made).fill_null(False), LATER),
        ((found.later_customer != found.customer).fill_null(False), STRANGERS),
        else_=ibis.null("string"),
    )
    held = found.select(*PLACE, "row", "parent", "due", doubt=doubt).cache()
    looped = _looped(held)
    if looped is None:
        return held
    joined = held.left_join(looped, [held.source == looped.source, held.name == looped.name, held.row == looped.at])
    return joined.select(
        *[joined[name] for name in held.columns if name != "doubt"], doubt=ibis.ifelse(joined["at"].notnull(), LOOP, joined.doubt)
    ).cache()


def heads(links: ir.Table) -> ir.Table:
    """Where each chain of links begins.

    :param links: source, name, row and ``parent``, without a loop.
    :returns: source, name, row and ``head``: the row at the other end of its chain, which replaces nothing itself.
    """
    at = links.select(*PLACE, "row", head="parent").cache()
    while True:
        beyond = at.select(**{f"next_{name}": at[name] for name in PLACE}, next_row=at.row, next_head=at["head"]).view()
        joined = at.left_join(beyond, [*(at[name] == beyond[f"next_{name}"] for name in PLACE), at["head"] == beyond.next_row])
        moved = joined.select(*PLACE, "row", head=joined.next_head.fill_null(joined["head"]), moved=joined.next_head.notnull()).cache()
        if not moved.moved.any().to_pyarrow().as_py():
            return at
        at = moved.drop("moved")


def _looped(links: ir.Table) -> ir.Table | None:
    """The rows from which links lead back to themselves, as source, name and ``at``; ``None`` where there are none.

    What doubled steps arrive at becomes less with each, until only loops are left: on them every row is arrived at.
    """
    amending = links.select(**{f"next_{name}": links[name] for name in PLACE}, next_row=links.row).view()
    steps = links.semi_join(
        amending, [*(links[name] == amending[f"next_{name}"] for name in PLACE), links.parent == amending.next_row]
    ).select(*PLACE, "row", at="parent")
    before = None
    while True:
        steps = steps.cache()
        reached = steps.select(*PLACE, "at").distinct()
        count = int(reached.count().to_pyarrow().as_py())
        if count == 0:
            return None
        if count == before:
            return reached
        before = count
        beyond = steps.select(**{f"next_{name}": steps[name] for name in PLACE}, next_row=steps.row, next_at=steps["at"]).view()
        joined = steps.inner_join(beyond, [*(steps[name] == beyond[f"next_{name}"] for name in PLACE), steps["at"] == beyond.next_row])
        steps = joined.select(*PLACE, "row", at=joined.next_at)

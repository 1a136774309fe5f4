"""Amendments: the original keeps its own verdict, and what replaced it is recorded beside it (domain.md c4 rule 6; c6, attack 5).

A change the customer asked for before the promise fell due makes the promise it replaces VOID, and the new one counts; a change of
unstated cause is taken for the company's. What counts is therefore the first of each run of the company's changes: its chain ends where the
customer asks for another one. Chains are followed to their end.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import TIMESTAMP
from troth.engine.promises.receipts import FROM_RECEIPT, KEY
from troth.terms.replacing import PLACE, claims, heads

FLAGS = ("recorded_only", "company_changed", "customer_changed_at", "change_noticed_at", "latest_own")


@dataclass(frozen=True)
class Amendments:
    """What replaces what, as of an instant.

    :param steps: the claims that are honoured: source, name, row, parent, ``due`` of the parent, ``by_customer``, ``made``, ``noticed``.
    :param company: source, name, row and ``head`` of the rows that amend at the company's wish: the promise that counts for them.
    """

    steps: ir.Table
    company: ir.Table

    @property
    def by_company(self) -> bool:
        """The company changed at least one promise."""
        return bool(self.company.count().to_pyarrow().as_py())


def amendments(known: ir.Table, now: ir.TimestampScalar) -> Amendments:
    """The chains among promises; each is found once, so that no engine repeats it wherever it is named.

    :param known: promises as known by ``now``.
    """
    found = claims(known)
    rows = known.filter(known.replaces.notnull())
    said = rows.select(
        *KEY,
        by_customer=(rows.change_cause == "customer").fill_null(False),
        made=rows.made_at,
        noticed=ibis.ifelse(rows.notice_at <= now, rows.notice_at, ibis.null(TIMESTAMP)),
    )
    steps = found.filter(found.doubt.isnull()).drop("doubt").inner_join(said, list(KEY)).cache()
    steps = steps.cast(dict.fromkeys(("due", "made", "noticed"), TIMESTAMP))  # a cached table of Spark's has lost the precision
    return Amendments(steps, heads(steps.filter(~steps.by_customer)))


def with_receipts_of_later(known: ir.Table, amended: Amendments) -> ir.Table:
    """A receipt keyed to a subject answers every version of its promise (domain.md c2): of those the company replaced, too.

    A row without a receipt of its own takes the earliest final one among the versions of the same subject, not older than itself.
    Where the source says no subject, a receipt stands for its own row alone.
    """
    members = amended.company
    originals = members.select(*PLACE, row="head", head="head").distinct()
    chains = members.select(*PLACE, "row", "head").union(originals)
    chains = chains.select(**{f"chain_{name}": chains[name] for name in PLACE}, chain_row=chains.row, chain=chains["head"])
    joined = known.left_join(chains, [known.source == chains.chain_source, known.name == chains.chain_name, known.row == chains.chain_row])
    placed = joined.select(*[joined[name] for name in known.columns], chain=joined.chain)
    single = placed.filter(placed.chain.isnull()).drop("chain")
    versions = placed.filter(placed.chain.notnull())
    received = (versions.received_at.notnull() | versions.received.notnull()) & versions.final
    answers = versions.filter(received, versions.subject.notnull())
    answers = answers.select(
        **{f"answer_{name}": answers[name] for name in (*PLACE, "chain", "subject", "row")},
        **{f"answer_{name}": answers[name] for name in FROM_RECEIPT},
    ).view()
    offered = versions.left_join(
        answers,
        [
            *(versions[name] == answers[f"answer_{name}"] for name in (*PLACE, "chain", "subject")),
            answers.answer_received_at.isnull() | (answers.answer_received_at >= versions.made_at),
        ],
    )
    order = ibis.row_number().over(
        group_by=[offered[name] for name in KEY],
        order_by=[offered.answer_received_at.isnull(), offered.answer_received_at, offered.answer_row],
    )
    first = offered.mutate(answer_order=order)
    first = first.filter(first.answer_order == 0)
    own = ((first.received_at.notnull() | first.received.notnull()) & first.final) | first.answer_row.isnull()
    taken = {name: ibis.ifelse(own, first[name], first[f"answer_{name}"]) for name in FROM_RECEIPT}
    answered = first.mutate(**taken).select(*known.columns)
    return answered.union(single)


def with_amendments(t: ir.Table, amended: Amendments) -> ir.Table:
    """Rows with what amendments did to them.

    Adds ``recorded_only`` (this row amends another at the company's wish: it does not count), ``company_changed``,
    ``customer_changed_at`` (when the customer replaced this very promise, before it fell due), ``change_noticed_at`` (first notice of
    the company's changes) and ``latest_own`` (verdict of the company's last amendment). The company's changes are told of the promise
    that counts.

    :param t: rows with their own verdicts.
    """
    flags = _flags(amended)
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


def _flags(amended: Amendments) -> ir.Table:
    """One row per promise that amends or was amended."""
    steps = amended.steps
    no, never, nobody = ibis.literal(False), ibis.null(TIMESTAMP), ibis.null(steps.row.type())
    amending = steps.select(
        *KEY, recorded_only=~steps.by_customer, company_changed=no, customer_changed_at=never, change_noticed_at=never, latest_row=nobody
    )
    in_time = steps.filter(steps.by_customer, steps.due.isnull() | (steps.made <= steps.due))
    replaced = in_time.select(
        *PLACE,
        row="parent",
        recorded_only=no,
        company_changed=no,
        customer_changed_at=in_time.made,
        change_noticed_at=never,
        latest_row=nobody,
    )
    moved = steps.inner_join(amended.company, list(KEY))
    order = ibis.row_number().over(group_by=[moved.source, moved.name, moved["head"]], order_by=[moved.made.desc(), moved.row.desc()])
    ranked = moved.mutate(order=order)
    moved = ranked.select(
        *PLACE,
        row="head",
        recorded_only=no,
        company_changed=ibis.literal(True),
        customer_changed_at=never,
        change_noticed_at=ranked.noticed,
        latest_row=ibis.ifelse(ranked.order == 0, ranked.row, nobody),
    )
    every = amending.union(replaced.select(*amending.columns), moved.select(*amending.columns))
    return every.group_by(list(KEY)).agg(
        recorded_only=every.recorded_only.any(),
        company_changed=every.company_changed.any(),
        customer_changed_at=every.customer_changed_at.min(),
        change_noticed_at=every.change_noticed_at.min(),
        latest_row=every.latest_row.max(),
    )

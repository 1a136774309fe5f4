"""One row per failure: what let the person down first, and all that followed (domain.md b 10, e1).

A failure *leads* with its first broken promise; where no word was broken, with the first event of which it is known what could have
failed likewise; else with its first event. That says where it happened and whose it is. The rest of the episode follows: contacts and
their repeats, returns, complaints, low scores, cost lines.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.engine.issues.episodes import EVENTS, MATTER, START
from troth.engine.issues.events import BROKEN_PROMISE, CONTACTS, LOW_SCORE, RULE

COUNTS = {
    "broken": (BROKEN_PROMISE,),
    "contacts": CONTACTS,
    "complaints": ("complaint",),
    "returns": ("return",),
    "cancellations": ("cancellation",),
    "low_scores": (LOW_SCORE,),
}
"""How many events of which kinds an episode holds. All contacts but the first are repeats (article sentence S0.4)."""

LEAD = ("kind", "what", "customer", "subject", "touchpoint", "stage", "area", "source", "row")
"""What a failure takes from the event it leads with."""


def failures(events: ir.Table) -> ir.Table:
    """One row per episode.

    :param events: what :func:`~troth.engine.issues.episodes.episodes` gave.
    :return: the lead event's columns, ``first_at``, ``last_at``, ``hours`` it took the customer, the counts of :data:`COUNTS`,
        ``repeats``, and :data:`RULE` where events have it: that of the lead event, else the first of any.
    """
    # Most episodes are one event, which needs no ranking.
    return _alone(events.filter(events[EVENTS] == 1)).union(_led(events.filter(events[EVENTS] > 1)))


def _alone(events: ir.Table) -> ir.Table:
    """Episodes of one event each."""
    return events.select(
        MATTER,
        *LEAD,
        last_at=events.at,
        hours=events.hours,
        **{name: events.kind.isin(kinds).cast("int64") for name, kinds in COUNTS.items()},
        first_at=events[START],
        repeats=ibis.literal(0, "int64"),
        **({RULE: events[RULE]} if RULE in events.columns else {}),
    )


def _led(events: ir.Table) -> ir.Table:
    """Episodes of several events."""
    # A broken word comes first, then what can be held against its like, then time; the rest makes one order of them.
    first = (events.kind == BROKEN_PROMISE).ifelse(0, events.what.notnull().ifelse(1, 2)).cast("int8")
    rank = ibis.row_number().over(
        group_by=[events[MATTER], events[START]],
        order_by=[first, events.at, events.kind, events.what, events.source, events.row],
    )
    ranked = events.mutate(__rank=rank)
    ruled = RULE in events.columns
    leads = ranked.filter(ranked["__rank"] == 0).select(MATTER, START, *LEAD, **({"__lead": ranked[RULE]} if ruled else {}))
    counts = {name: events.kind.isin(kinds).cast("int64").sum() for name, kinds in COUNTS.items()}
    first = {"__first": events[RULE].min()} if ruled else {}
    whole = events.group_by([MATTER, START]).agg(last_at=events.at.max(), hours=events.hours.sum(), **counts, **first)
    joined = leads.inner_join(whole, [MATTER, START])
    contacts = joined.contacts
    return joined.select(
        MATTER,
        *LEAD,
        "last_at",
        "hours",
        *COUNTS,
        first_at=joined[START],
        repeats=(contacts > 0).ifelse(contacts - 1, 0),
        **({RULE: ibis.coalesce(joined["__lead"], joined["__first"])} if ruled else {}),
    )

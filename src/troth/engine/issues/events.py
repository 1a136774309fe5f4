"""The events by which somebody was let down: a word broken, and what people then did or said (domain.md b 10, e1).

One table of all kinds, so that those of one matter can be counted as one failure (:mod:`~troth.engine.issues.episodes`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from troth.terms.vocabulary import Verdict

BROKEN_PROMISE, LOW_SCORE = "broken promise", "low score"

DEMANDS = ("contact", "repeat contact", "complaint", "return", "cancellation")
"""Kinds of interaction that are failures in themselves: somebody had to come back. A mapping names others by ``failed_when``."""

LOW = 0.25
"""A score in the lowest quarter of its scale is a failure: 1 or 2 of five stars, 0 to 2 of ten."""

CONTACTS = ("contact", "repeat contact", "complaint")
"""Kinds that are somebody asking again."""
REPEAT = "repeat contact"
SETTLES_WITHIN = timedelta(days=30)
"""A contact about something is not settled if the same customer asks again about it within these days (article sentence S0.4)."""

RULE = "rule"
"""The place, in their order, of the first rule of the issues that holds an event; NULL where none does."""

COLUMNS = ("kind", "what", "at", "customer", "subject", "touchpoint", "stage", "area", "source", "row", "hours")
"""What is known of each event: its kind; what it is counted as among all that could have failed likewise, NULL where that is not known;
when, of whom, about what, where, who has to keep the word or answers for it, the row it comes from, and the hours it took the customer."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """Gives :data:`RULE` of promises that fell due, and of interactions whose outcome is known."""

    promises: Callable[[ir.Table], ir.IntegerValue]
    interactions: Callable[[ir.Table], ir.IntegerValue]


def failure_events(ledger: ir.Table, interactions: ir.Table | None, signals: ir.Table | None, ruled: Ruled) -> ir.Table:
    """Every event of a failure, one row each, in the columns of :data:`COLUMNS` and :data:`RULE`.

    :param ledger: the LEDGER contract; promises broken in the due cohort count, those below the confidence for headlines do not.
    :param interactions: what :func:`with_outcome` gave; those that failed, and kinds of :data:`DEMANDS` that came in.
    :param signals: the SIGNALS contract, known at the as-of instant; ratings in the lowest part of their scale (:data:`LOW`).
    """
    tables = [_broken(ledger, ruled)]
    if interactions is not None:
        tables.append(_demands(interactions, ruled))
    if signals is not None:
        tables.append(_low_scores(signals))
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def with_outcome(interactions: ir.Table) -> ir.Table:
    """Interactions with ``what`` they are counted as where they go wrong and whether they ``failed``; NULL where nobody can tell.

    A mapping tells it by ``failed_when``; of a contact about something it shows in whether the same customer asks again.

    :param interactions: the INTERACTIONS contract and further columns, known at the as-of instant.
    """
    asks = (interactions.direction == "in") & interactions.kind.isin(list(CONTACTS)) & interactions.subject.notnull()
    told = interactions.mutate(__asks=asks & interactions.failed.isnull())
    again = told.at.lead().over(
        group_by=[told["__asks"], told.customer.cast("string"), told.subject.cast("string")], order_by=[told.at, told.source, told.row]
    )
    told = told.mutate(__again=again)
    unsettled = (told["__again"] <= told.at + ibis.interval(days=SETTLES_WITHIN.days)).fill_null(False)
    return told.mutate(
        what=told["__asks"].ifelse(
            ibis.literal(REPEAT),
            told.failed.notnull().ifelse(ibis.coalesce(told.failure, ibis.literal("failed ") + told.kind), ibis.null("string")),
        ),
        failed=told["__asks"].ifelse(unsettled, told.failed),
    ).drop("__asks", "__again")


def _broken(ledger: ir.Table, ruled: Ruled) -> ir.Table:
    broken = ledger.filter(ledger.in_cohort & ledger.eligible & (ledger.verdict == Verdict.BROKEN))
    return broken.select(
        kind=ibis.literal(BROKEN_PROMISE),
        what=broken.name,
        at=broken.counts_at,
        customer=broken.customer.cast("string"),
        subject=broken.subject.cast("string"),
        touchpoint=broken.touchpoint,
        stage=broken.stage,
        area=broken.kept_by,
        source=broken.source,
        row=broken.row.cast("string"),
        hours=ibis.null("float64"),
        **{RULE: ruled.promises(broken)},
    )


def _demands(interactions: ir.Table, ruled: Ruled) -> ir.Table:
    failed = interactions.failed.fill_null(False)
    demand = (interactions.direction == "in") & interactions.kind.isin(list(DEMANDS))
    came = interactions.filter(demand | failed)
    failed = came.failed.fill_null(False)
    return came.select(
        kind=came.kind.isin(list(DEMANDS)).ifelse(came.kind, ibis.coalesce(came.failure, came.kind)),
        what=failed.ifelse(came.what, ibis.null("string")),
        at=came.at,
        customer=came.customer.cast("string"),
        subject=came.subject.cast("string"),
        touchpoint=came.touchpoint,
        stage=came.stage,
        area=came.area,
        source=came.source,
        row=came.row.cast("string"),
        hours=came.hours.cast("float64") if "hours" in came.columns else ibis.null("float64"),
        **{RULE: failed.ifelse(ruled.interactions(came), ibis.null("int64"))},
    )


def _low_scores(signals: ir.Table) -> ir.Table:
    reach = (signals.scale_high - signals.scale_low).nullif(0)
    low = signals.filter((signals.kind == "rating") & ((signals.value - signals.scale_low) / reach <= LOW))
    return low.select(
        kind=ibis.literal(LOW_SCORE),
        what=ibis.null("string"),
        at=low.at,
        customer=low.customer.cast("string"),
        subject=low.subject.cast("string"),
        touchpoint=ibis.null("string"),
        stage=ibis.null("string"),
        area=ibis.null("string"),
        source=low.source,
        row=low.row.cast("string"),
        hours=ibis.null("float64"),
        **{RULE: ibis.null("int64")},
    )

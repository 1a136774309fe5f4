"""The events by which somebody was let down: a word broken, and what people then did or said (domain.md b 10, e1).

One table of all kinds, so that those of one matter can be counted as one failure (:mod:`~troth.engine.issues.episodes`).
"""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import instant, naive_utc
from troth.terms.vocabulary import Verdict

BROKEN_PROMISE, LOW_SCORE = "broken promise", "low score"

DEMANDS = ("contact", "repeat contact", "complaint", "return", "cancellation")
"""Kinds of interaction that are failures in themselves: somebody had to come back."""

LOW = 0.25
"""A score in the lowest quarter of its scale is a failure: 1 or 2 of five stars, 0 to 2 of ten."""

COLUMNS = (
    "kind",
    "name",
    "at",
    "customer",
    "subject",
    "touchpoint",
    "stage",
    "area",
    "source",
    "row",
)
"""What is known of each event: its kind, the name of the promise or of the interaction, when, of whom, about what, where, who had to keep
the word, and the row it comes from."""


def failure_events(ledger: ir.Table, interactions: ir.Table | None, signals: ir.Table | None, as_of: datetime) -> ir.Table:
    """Every event of a failure known at ``as_of``, one row each, in the columns of :data:`COLUMNS`.

    :param ledger: the LEDGER contract; promises broken in the due cohort count, those below the confidence for headlines do not.
    :param interactions: the INTERACTIONS contract; kinds of :data:`DEMANDS` that came in.
    :param signals: the SIGNALS contract; ratings in the lowest part of their scale (:data:`LOW`).
    """
    until = instant(naive_utc(as_of))
    tables = [_broken(ledger)]
    if interactions is not None:
        tables.append(_demands(interactions.filter(interactions.at <= until)))
    if signals is not None:
        tables.append(_low_scores(signals.filter(signals.at <= until)))
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _broken(ledger: ir.Table) -> ir.Table:
    broken = ledger.filter(ledger.in_cohort & ledger.eligible & (ledger.verdict == Verdict.BROKEN))
    return broken.select(
        kind=ibis.literal(BROKEN_PROMISE),
        name=broken.name,
        at=broken.counts_at,
        customer=broken.customer.cast("string"),
        subject=broken.subject.cast("string"),
        touchpoint=broken.touchpoint,
        stage=broken.stage,
        area=broken.kept_by,
        source=broken.source,
        row=broken.row.cast("string"),
    )


def _demands(interactions: ir.Table) -> ir.Table:
    came = interactions.filter((interactions.direction == "in") & interactions.kind.isin(list(DEMANDS)))
    return came.select(
        kind=came.kind,
        name=came.kind,
        at=came.at,
        customer=came.customer.cast("string"),
        subject=came.subject.cast("string"),
        touchpoint=came.touchpoint,
        stage=came.stage,
        area=ibis.null("string"),
        source=came.source,
        row=came.row.cast("string"),
    )


def _low_scores(signals: ir.Table) -> ir.Table:
    reach = (signals.scale_high - signals.scale_low).nullif(0)
    low = signals.filter((signals.kind == "rating") & ((signals.value - signals.scale_low) / reach <= LOW))
    return low.select(
        kind=ibis.literal(LOW_SCORE),
        name=ibis.literal("rating"),
        at=low.at,
        customer=low.customer.cast("string"),
        subject=low.subject.cast("string"),
        touchpoint=ibis.null("string"),
        stage=ibis.null("string"),
        area=ibis.null("string"),
        source=low.source,
        row=low.row.cast("string"),
    )

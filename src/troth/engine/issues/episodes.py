"""Events of one matter within a month are one episode, and one failure (domain.md e1; article sentence S0.4).

An episode is customer + subject + the 30 days after its first event; where an event is about nothing in particular, customer + touchpoint
+ 7 days. Three calls and one e-mail about one order are one episode with four contacts, of which three are repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import ibis
import ibis.expr.types as ir

WINDOW, WINDOW_WITHOUT_SUBJECT = timedelta(days=30), timedelta(days=7)

START, MATTER, EVENTS = "episode_start", "matter", "matter_events"
"""Columns added to events: when their episode began, whose and what it is about, and how many events of the matter there are that belong to
no earlier episode, this one among them: 1 is an episode of one event."""

Keep = Callable[[ir.Table], ir.Table]
"""Computes a table once and gives it back from where it is kept."""

_DAY_US = 86_400_000_000


def episodes(events: ir.Table, keep: Keep) -> ir.Table:
    """Events with the start of the episode they belong to.

    Each round gives the first open event of a matter an episode, and all that lies within its window. Most matters are done in one round;
    the next looks at the events that are left.

    :param events: troth.engine.issues.events.COLUMNS.
    :return: the events with :data:`MATTER`, :data:`START` and :data:`EVENTS`.
    """
    about = events.subject.notnull()
    matter = ibis.coalesce(
        about.ifelse(ibis.literal("s:") + events.customer.fill_null("") + ibis.literal(" ") + events.subject, ibis.null("string")),
        ibis.literal("t:") + events.customer + ibis.literal(" ") + events.touchpoint.fill_null(""),
        ibis.literal("r:") + events.source + ibis.literal(" ") + events.row,  # nobody and nothing: a matter of its own
    )
    days = about.ifelse(WINDOW.days, WINDOW_WITHOUT_SUBJECT.days)
    open_ = events.mutate(**{MATTER: matter, "__days": days})
    done: list[ir.Table] = []
    while True:
        start, number = (of.over(group_by=open_[MATTER]) for of in (open_.at.min(), open_.count()))
        begun = keep(open_.mutate(**{START: start, EVENTS: number}))
        inside = begun.at.delta(begun[START], unit="microsecond") <= begun["__days"].cast("int64") * _DAY_US
        done.append(begun.filter(inside).drop("__days"))
        open_ = begun.filter(~inside).drop(START, EVENTS)
        if not int(open_.count().to_pyarrow().as_py()):
            return ibis.union(*done) if len(done) > 1 else done[0]

"""How much more often those hit by an issue stay away: the chance of leaving that money at risk is made of (domain.md e3).

A customer *came again* if another promise was made to them, about something else, within :data:`AGAIN` days after the failure. Those hit
are compared with customers whose same promise did not fail, all that is on record from before held equal: promises and failures before,
days since the first promise, value, and the context the promise was made in. Prior failures are among them (Knox & van Oest 2014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from troth.engine.effects import effect_on_treated
from troth.engine.issues.cubes import FAILED, WHAT
from troth.engine.issues.episodes import Keep
from troth.engine.money import Leaving
from troth.engine.sampling import drawn

AGAIN = timedelta(days=90)
FEWEST = 100
"""Customers hit, below which the chance of leaving is not looked for."""
FOLLOWED = 40_000
"""Customers that are followed, drawn by a hash of their key where there are more."""
MOST_ROWS = 8_000
MOST_CONTEXT = 3
"""Columns of its context, at most, that a promise is compared within."""
ISSUE, LEFT, HIT = "issue", "left", "hit"
NOTHING = "\x1f"
"""Stands for the subject of what is about nothing in particular."""
BEFORE = ("promises_before", "failures_before", "days_known", "worth")


@dataclass(frozen=True, slots=True)
class Told:
    """Issue to its extra chance of leaving, and issue to the reason where there is none."""

    leaving: Mapping[str, Leaving]
    untold: Mapping[str, str]


def followed(
    rows: ir.Table, ledger: ir.Table, worth: ir.Table | None, as_of: datetime, keep: Keep, context: Sequence[str] = ()
) -> ir.Table:
    """Exposures with a customer and a whole follow-up: what was known before, and whether the customer came again.

    :param rows: exposures (:func:`~troth.engine.issues.cubes.exposed`) with their :data:`ISSUE`.
    :param context: columns that promises will be compared within.
    :param ledger: the LEDGER contract. :param worth: ``customer`` and ``value``. :param as_of: naive UTC.
    """
    columns = [WHAT, ISSUE, *dict.fromkeys(context)]
    asked = rows.filter(rows.customer.notnull() & rows.at.notnull()).select("customer", "subject", "at", FAILED, *columns)
    begun = ledger.filter(ledger.customer.notnull()).select("customer", "subject", "made_at")
    people = keep(asked.select(__who="customer").distinct())
    share = FOLLOWED / max(1, int(people.count().to_pyarrow().as_py()))
    if share < 1:  # whole customers, the same on every engine
        chosen = keep(people.filter(drawn(people["__who"].cast("string"), share, "leaving")))
        asked = keep(asked.semi_join(chosen, asked.customer == chosen["__who"]))
        alike = begun.customer if begun.customer.type() == asked.customer.type() else begun.customer.cast("string")
        begun = begun.semi_join(chosen, alike == chosen["__who"])
    asked = asked.mutate(customer=asked.customer.cast("string"), subject=asked.subject.cast("string"))
    begun = begun.group_by(customer=begun.customer.cast("string"), subject=begun.subject.cast("string")).agg(at=begun.made_at.min())
    about = ibis.coalesce(asked.subject, NOTHING)
    let_down = asked.filter(asked[FAILED]).select(__whose="customer", __about=about).distinct().mutate(unlucky=True)
    exposures = asked.select("customer", "at", FAILED, *columns, __subject=about)
    timed = exposures.left_join(let_down, (exposures.customer == let_down["__whose"]) & (exposures["__subject"] == let_down["__about"]))
    timed = timed.mutate(unlucky=timed.unlucky.fill_null(False)).drop("__whose", "__about", "__subject")
    known = _known_at(exposures, begun)
    whole = timed.inner_join(known, (timed.customer == known["__who"]) & (timed.at == known["__at"])).drop("__who", "__at")
    whole = whole.filter(whole.at <= ibis.literal(as_of - AGAIN, "timestamp(6)"))
    whole = whole.mutate(
        **{LEFT: (whole.next_begins.isnull() | (whole.next_begins > whole.at + ibis.interval(days=AGAIN.days))).cast("int8")},
        days_known=(whole.at.delta(whole["first"], unit="day")).cast("float64"),
    )
    if worth is not None:
        told = worth.select(__who="customer", worth=worth.value.cast("float64"))
        whole = whole.left_join(told, whole.customer == told["__who"]).drop("__who")
    else:
        whole = whole.mutate(worth=ibis.null("float64"))
    return keep(whole.select(*columns, "customer", "unlucky", LEFT, *BEFORE, **{FAILED: whole[FAILED].cast("int8")}))


def _known_at(exposures: ir.Table, begun: ir.Table) -> ir.Table:
    """Of every instant of a customer: what lies before it, when the customer is promised something else after it, and since when known.

    What happens at one instant knows nothing of each other, in whatever order it is read; what begins at it does not come after it.
    """
    moments = exposures.select("customer", "at", begins=ibis.literal(0, "int64"), failed=exposures[FAILED].cast("int64")).union(
        begun.select("customer", "at", begins=ibis.literal(1, "int64"), failed=ibis.literal(0, "int64"))
    )
    each = moments.group_by("customer", "at").agg(begins=moments.begins.sum(), failed=moments.failed.sum())
    later, earlier = (ibis.window(group_by=each.customer, order_by=each.at, rows=rows) for rows in ((1, None), (None, -1)))
    begins = (each.begins > 0).ifelse(each.at, ibis.null("timestamp(6)"))
    return each.select(
        __who="customer",
        __at="at",
        next_begins=begins.min().over(later),
        promises_before=each.begins.sum().over(earlier).fill_null(0),
        failures_before=each.failed.sum().over(earlier).fill_null(0),
        first=begins.min().over(group_by=each.customer),
    )


def leaving_of(rows: ir.Table, issues: Sequence[tuple[str, str, Sequence[str]]]) -> Told:
    """The extra chance of leaving of everybody hit, issue by issue.

    :param rows: what :func:`followed` gave. :param issues: key, what fails, and the columns its promises can be compared within.
    """
    found: dict[str, Leaving] = {}
    untold: dict[str, str] = {}
    for key, what, context in issues:
        hit = (rows[ISSUE] == key).fill_null(False) & (rows.failed == 1)
        like = rows.filter((rows[WHAT] == what) & (hit | ~rows.unlucky)).mutate(**{HIT: hit.cast("int8")})
        number = int(like.filter(like[HIT] == 1).customer.nunique().to_pyarrow().as_py())
        if number < FEWEST:
            untold[key] = f"{number:,} customers hit were followed for {AGAIN.days} days; {FEWEST} are needed"
            continue
        told = effect_on_treated(
            like.select(HIT, LEFT, "customer", *BEFORE, *context),
            outcome=LEFT,
            treatment=HIT,
            covariates=(*BEFORE, *context),
            cluster="customer",
            most_rows=MOST_ROWS,
        )
        one = Leaving.of(told)
        if one is None:
            untold[key] = told.method or "no range could be had"
        else:
            found[key] = one
    return Told(found, untold)

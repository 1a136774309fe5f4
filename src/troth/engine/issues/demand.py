"""Failure demand: contacts that would not be, had nothing failed before them (Seddon; domain.md M18, S0.4).

A contact is *failure demand* if something about its subject had failed by then, within its episode: a promise broken, an interaction
that went wrong, or an earlier contact that settled nothing; complaints and what the source calls a repeat contact are, too. One about a
subject of which nothing had failed is *other* demand. One about nothing in particular cannot be held against anything: *unclassified*.
The record classifies, and not the code an agent chose.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure
from troth.engine.intervals import ClusterSums, normal_quantile, rate_interval
from troth.engine.issues.episodes import MATTER, START
from troth.engine.issues.events import BROKEN_PROMISE, CONTACTS, REPEAT
from troth.engine.issues.result import EARLIER_CONTACT, FailureDemand
from troth.engine.money import Money
from troth.engine.money.cents import from_units, to_cents, units

NO_CONTACT = "no contact is on record"
NO_COST = "no cost of a contact is on record"
FAILURE, OTHER, UNCLASSIFIED = "failure", "other", "unclassified"
COST = "recorded; chance in who asks (compound Poisson on customers)"


def failure_demand(events: ir.Table, costs: ir.Table | None, currency: str) -> FailureDemand:
    """How many contacts are failure demand, of how many people, after what, and at what cost.

    :param events: what :func:`~troth.engine.issues.episodes.episodes` gave. :param costs: the COSTS contract, if there is any.
    """
    if not int(events.filter(events.kind.isin(list(CONTACTS))).count().to_pyarrow().as_py()):  # what came before none is not looked for
        return FailureDemand(0, 0, 0, 0, Figure(None, method=NO_CONTACT), 0, 0, Money(None, None, None, currency, NO_CONTACT), {})
    contacts = _classified(events)
    whole = _counts(contacts)
    n, failure = whole["contacts"] or 0, whole["failure"] or 0
    sums = ClusterSums(whole["clusters"], failure, n, *(whole[name] for name in ("aa", "aw", "ww")))
    limits = rate_interval(sums, n)
    share = Figure(
        failure / n,
        None if limits is None else limits.low,
        None if limits is None else limits.high,
        n,
        whole["clusters"],
        "" if limits is None else limits.method,
    )
    return FailureDemand(
        contacts=n,
        failure=failure,
        other=whole["other"] or 0,
        unclassified=n - failure - (whole["other"] or 0),
        share=share,
        people=whole["people"] or 0,
        people_in_all=whole["people_in_all"] or 0,
        cost=_cost(contacts, costs, currency),
        after=_after(contacts),
    )


def _classified(events: ir.Table) -> ir.Table:
    """Contacts with their ``demand``, and ``before``: what failed first in their episode."""
    asks = events.kind.isin(list(CONTACTS))
    wrong = events.filter((events.kind == BROKEN_PROMISE) | (events.what.notnull() & ~asks))
    order = [wrong["at"], wrong.kind, wrong.what, wrong.source, wrong.row]
    place = ibis.row_number().over(group_by=[wrong[MATTER], wrong[START]], order_by=order)
    ranked = wrong.mutate(__place=place)
    firsts = ranked.filter(ranked["__place"] == 0)
    firsts = firsts.select(__matter=firsts[MATTER], __start=firsts[START], __failed=firsts["at"], __what="what")
    contacts = events.filter(asks)
    contacts = contacts.mutate(__asked=contacts["at"].min().over(group_by=[contacts[MATTER], contacts[START]]))
    told = contacts.left_join(firsts, (contacts[MATTER] == firsts["__matter"]) & (contacts[START] == firsts["__start"]))
    about = told.subject.notnull()
    failed = (told["__failed"] <= told["at"]).fill_null(False) & about
    again = (told["__asked"] < told["at"]) & about
    demand = ibis.cases((failed | again | told.kind.isin(["complaint", REPEAT]), FAILURE), (about, OTHER), else_=UNCLASSIFIED)
    return told.select(
        "customer",
        "subject",
        "at",
        "source",
        "row",
        who=ibis.coalesce(told.customer, ibis.literal("\x1f") + told.source + ibis.literal(" ") + told.row),
        demand=demand,
        before=failed.ifelse(told["__what"], ibis.null("string")),
    )


def _counts(contacts: ir.Table) -> dict[str, Any]:
    is_failure = (contacts.demand == FAILURE).cast("int64")
    each = contacts.group_by("who").agg(
        a=is_failure.sum(),
        w=contacts.count(),
        o=(contacts.demand == OTHER).cast("int64").sum(),
        named=contacts.customer.count(),
    )
    failed = (each.a > 0) & (each.named > 0)
    (found,) = (
        each.aggregate(
            contacts=each.w.sum(),
            failure=each.a.sum(),
            other=each.o.sum(),
            clusters=each.count(),
            people=failed.cast("int64").sum(),
            people_in_all=(each.named > 0).cast("int64").sum(),
            aa=(each.a * each.a).sum(),
            aw=(each.a * each.w).sum(),
            ww=(each.w * each.w).sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    return dict(found)


def _after(contacts: ir.Table) -> dict[str, int]:
    """What had failed before, to contacts of failure demand, the most first."""
    mine = contacts.filter(contacts.demand == FAILURE)
    rows = mine.group_by(before=mine.before.fill_null(EARLIER_CONTACT)).agg(n=mine.count()).to_pyarrow().to_pylist()
    return {row["before"]: int(row["n"]) for row in sorted(rows, key=lambda row: (-row["n"], row["before"]))}


def _cost(contacts: ir.Table, costs: ir.Table | None, currency: str) -> Money:
    """Cost lines of contacts, each of the latest contact about its subject by then, where that is failure demand."""
    if costs is None:
        return Money(None, None, None, currency, NO_COST)
    lines = costs.filter(costs.kind.isin(list(CONTACTS)) & costs.subject.notnull())
    lines = lines.select(
        __source=lines.source,
        __row=lines.row.cast("string"),
        about=lines.subject.cast("string"),
        booked=lines["at"],
        part=units(lines.amount),
    )
    asked = contacts.filter(contacts.subject.notnull())
    joined = lines.inner_join(asked, lines.about == asked.subject)
    joined = joined.filter(joined["at"] <= joined.booked)
    latest = ibis.row_number().over(
        group_by=[joined["__source"], joined["__row"]], order_by=[joined["at"].desc(), joined.source, joined.row]
    )
    placed = joined.mutate(__place=latest)
    placed = placed.filter(placed["__place"] == 0)
    mine = (placed.demand == FAILURE).ifelse(placed.part, 0)
    each = placed.group_by("who").agg(part=mine.sum())
    (found,) = (
        each.aggregate(lines=each.count(), part=each.part.sum(), squares=(each.part.cast("float64") ** 2).sum()).to_pyarrow().to_pylist()
    )
    if not found["lines"]:
        return Money(None, None, None, currency, NO_COST)
    value = to_cents(from_units(found["part"]))
    half = Decimal(str(normal_quantile() * math.sqrt(found["squares"]) / 10_000))
    return Money(value, to_cents(max(Decimal(0), value - half)), to_cents(value + half), currency, COST)

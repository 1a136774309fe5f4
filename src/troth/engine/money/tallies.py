"""Who was hit by what, and what it cost: one row per issue, counted in the database."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.money.cents import UNIT, from_units, in_currency
from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError, did_you_mean

UNASSIGNED = "unassigned"
"""Failures of no issue; always shown."""

NOBODY: Mapping[str, int] = {"customers": 0, "unvalued": 0, "unnamed": 0}
NOTHING: Mapping[str, Any] = {"amount": Decimal(0), "squares": 0.0, "hours": None}


def hits_of(data: Any, currency: str, rates: Mapping[str, Decimal]) -> ir.Table:
    """One row per customer and issue: ``customer`` (NULL stays), ``issue``, ``value`` in ten-thousandths, ``times``."""
    table = as_table(data, "hits")
    need(table, ("customer", "issue"), "hits")
    if "value" not in table.columns:
        named = table.select("customer", issue=_issue(table))
        return named.group_by("customer", "issue").agg(times=named.count()).mutate(value=ibis.null("int64"))
    value = ibis.ifelse(table["value"].isnull(), ibis.null("int64"), in_currency(table, "value", currency, rates))
    plain = table.select(customer=table["customer"], issue=_issue(table), value=value)
    worth = plain["value"].max().over(ibis.window(group_by="customer"))  # one customer has one value, whichever row tells it
    plain = plain.mutate(value=ibis.ifelse(plain["customer"].isnull(), ibis.null("int64"), worth))
    return plain.group_by("customer", "issue").agg(value=plain["value"].max(), times=plain.count())


def _issue(table: ir.Table) -> ir.StringValue:
    return table["issue"].cast("string").fill_null(UNASSIGNED)


def people_of(hit: ir.Table) -> tuple[dict[str, Mapping[str, int]], Mapping[str, int]]:
    """People hit by each issue, and in all."""

    def counts(table: ir.Table) -> dict[str, ir.Value]:
        named = table["customer"].notnull()
        return {
            "named": table["customer"].nunique(),
            "valued": table["customer"].nunique(where=named & table["value"].notnull()),
            "unnamed": table["times"].sum(where=~named),
        }

    def told(row: Mapping[str, Any]) -> Mapping[str, int]:
        people = row["named"] or 0
        return {"customers": people, "unvalued": people - (row["valued"] or 0), "unnamed": row["unnamed"] or 0}

    by_issue = hit.group_by("issue").agg(**counts(hit)).to_pyarrow().to_pylist()
    (everybody,) = hit.aggregate(**counts(hit)).to_pyarrow().to_pylist()
    return {row["issue"]: told(row) for row in by_issue}, told(everybody)


def costs_of(
    data: Any, currency: str, rates: Mapping[str, Decimal], hour_rate: Decimal | None
) -> tuple[dict[str, Mapping[str, Any]], Mapping[str, Any], bool]:
    """Cash and hours of each issue, and in all; squares are sums over customers of what each cost, squared."""
    if data is None:
        return {}, NOTHING, False
    table = as_table(data, "costs")
    need(table, ("issue", "amount"), "costs")
    has_hours = "hours" in table.columns
    hours = table["hours"].cast("float64") if has_hours else ibis.null("float64")
    amount = in_currency(table, "amount", currency, rates)
    if has_hours and hour_rate is not None:
        amount = amount + (hours * float(hour_rate) / float(UNIT) + 0.5).floor().cast("int64").fill_null(0)
    lines = table.select(
        issue=table["issue"].cast("string").fill_null(UNASSIGNED),
        customer=table["customer"].cast("string") if "customer" in table.columns else ibis.null("string"),
        amount=amount,
        hours=(hours / float(UNIT) + 0.5).floor().cast("int64"),
    )
    unnamed = lines["customer"].isnull()
    lines = lines.mutate(
        own=ibis.ifelse(unnamed, lines["amount"].cast("float64") ** 2, 0.0), shared=ibis.ifelse(unnamed, 0, lines["amount"])
    )

    def sums(by: list[str]) -> list[dict[str, Any]]:
        each = lines.group_by(*by, "customer").agg(
            amount=lines["amount"].sum(), shared=lines["shared"].sum(), own=lines["own"].sum(), hours=lines["hours"].sum()
        )
        totals = {
            "amount": each["amount"].sum(),
            "squares": (each["shared"].cast("float64") ** 2 + each["own"]).sum(),
            "hours": each["hours"].sum(),
        }
        found: list[dict[str, Any]] = (each.group_by(by).agg(**totals) if by else each.aggregate(**totals)).to_pyarrow().to_pylist()
        return found

    def told(row: Mapping[str, Any]) -> Mapping[str, Any]:
        hours = None if row["hours"] is None else from_units(row["hours"])
        return {"amount": from_units(row["amount"]), "squares": float(row["squares"] or 0.0) * float(UNIT) ** 2, "hours": hours}

    return {row["issue"]: told(row) for row in sums(["issue"])}, told(sums([])[0]), has_hours


def need(table: ir.Table, names: tuple[str, ...], what: str) -> None:
    """Refuse a table that lacks a column.

    :raises RequestError: it names the column and the nearest there is.
    """
    for name in names:
        if name not in table.columns:
            raise RequestError(f"The table of {what} lacks “{name}”.", place=what, mend=did_you_mean(name, table.columns))

"""Which issue a row belongs to: the first of the rules, in their order, that holds it (domain.md e1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from troth.engine.issues.cubes import MONTH, WHAT, month_of
from troth.engine.issues.forming import Rule, key_of


def issue_of(columns: Mapping[str, ir.Value], rules: Sequence[Rule]) -> ir.StringValue:
    """Key of the issue; NULL where no rule holds, which is “unassigned”.

    :param columns: every dimension a rule may name: text, and the month as a date. A rule that names another one holds nothing.
    """
    told = [(_holds(columns, rule), key_of(rule)) for rule in rules if rule.keys() <= columns.keys()]
    return ibis.cases(*told, else_=ibis.null("string")) if told else ibis.null("string")


def rule_of(columns: Mapping[str, ir.Value], rules: Sequence[Rule]) -> ir.IntegerValue:
    """The same as the place of the rule in their order."""
    told = [(_holds(columns, rule), ibis.literal(place, "int64")) for place, rule in enumerate(rules) if rule.keys() <= columns.keys()]
    return ibis.cases(*told, else_=ibis.null("int64")) if told else ibis.null("int64")


def issue_at(place: ir.IntegerValue, rules: Sequence[Rule]) -> ir.StringValue:
    """Key of the issue of the rule at a place; NULL stays."""
    told = [(place == number, key_of(rule)) for number, rule in enumerate(rules)]
    return ibis.cases(*told, else_=ibis.null("string")) if told else ibis.null("string")


def led(issue: ir.StringValue, columns: Mapping[str, ir.Value], leading: Mapping[str, Rule]) -> ir.BooleanValue:
    """Whether a row is of the leading sub-slice of its issue; of an issue without one every row is.

    :param leading: issue to what most of its failures have in common.
    """
    told = [(issue == key, _holds(columns, rule)) for key, rule in leading.items() if rule.keys() <= columns.keys()]
    return ibis.cases(*told, else_=issue.notnull()) if told else issue.notnull()


def columns_of(ledger: ir.Table, rules: Sequence[Rule], zone: str) -> dict[str, ir.Value]:
    """The dimensions of rules as columns of a ledger, as the cubes held them."""
    wanted = dict.fromkeys(name for rule in rules for name in rule)
    found: dict[str, ir.Value] = {WHAT: ledger.name}
    for name in wanted:
        if name == MONTH:
            found[MONTH] = month_of(ledger, "due_at", zone)
        elif name in ledger.columns and name != WHAT:  # a source may call a column of its own so
            found[name] = ledger[name].cast("string")
    return found


def _holds(columns: Mapping[str, ir.Value], rule: Rule) -> ir.BooleanValue:
    """NULL is no TRUE, and a case asks for no more. A month has to be worked out, so it is asked for last, of the rows that are left."""
    last = sorted(rule, key=lambda name: columns[name].type().is_date())
    return ibis.and_(*(_is(columns[name], rule[name]) for name in last))


def _is(column: ir.Value, value: str | None) -> ir.BooleanValue:
    """Rules name all in text; a month is a date."""
    if value is None:
        return column.isnull()
    return column == (ibis.date(value) if column.type().is_date() else ibis.literal(value))  # a literal NULL compares to no plain text

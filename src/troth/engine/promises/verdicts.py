"""Verdicts of promises as of an instant (domain.md c4), and with them the ledger.

The plain case is one projection over the promises: no window, no join, no group-by. Steps that need those (receipts from another source,
amendments, bundles) run only where a mapping, or a plain table's own values, make them necessary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.amendments import amendments, with_amendments, with_receipts_of_later, without_amendments
from troth.engine.promises.bundles import with_bundles
from troth.engine.promises.clock import days_to_microseconds, instant, microseconds, naive_utc
from troth.engine.promises.contract import further_columns, promises_table, receipts_table
from troth.engine.promises.known import events, kinds, promises_known, without_unused
from troth.engine.promises.levels import beat, broke, judgeable, measured, nine_decimals, published, spans
from troth.engine.promises.lines import line_value, matching_line
from troth.engine.promises.problems import refuse_problems
from troth.engine.promises.ratio import met, plain_ratio, ratio, surplus, units
from troth.engine.promises.receipts import with_receipts
from troth.engine.promises.rules import CAMPAIGN_QUANTIFIERS, STANDARD_RULES, Rules
from troth.terms.charter import Charter, in_force
from troth.terms.instants import When
from troth.terms.tables import LEDGER, names
from troth.terms.vocabulary import PromiseSpec

BREAK_FORECAST = "break_forecast_at_void"
"""Optional column of promises: the chance of a break as forecast when the promise was voided (c6, attack 4)."""


def judge(
    promises: Any,
    receipts: Any = None,
    *,
    as_of: When,
    charter: Charter | None = None,
    specs: Sequence[PromiseSpec] = (),
    rules: Rules = STANDARD_RULES,
    timezone: str | None = None,
) -> ir.Table:
    """The ledger: one row per promise made by ``as_of``, with its verdict, ratio and what led to them.

    :param promises: promises in their contract's columns (terms/tables.py), or any plain table with ``type`` and ``made_at`` at least.
    :param receipts: receipts from another source, matched by name and subject.
    :param as_of: instant with a zone; whatever became known later does not count, promises made later are left out. A day (its end) or a
        local time needs ``timezone`` beside it; text is read as ISO 8601.
    :param charter: its most specific line gives tolerance, grace, standard and fee scale where it names them.
    :param specs: what the mappings say of each promise name. Without them the values are checked and counted first: rows that
        cannot be promises (a receipt before the promise, a negative level ...) raise :class:`RequestError`; see :func:`problems`.
    :param rules: windows and margins the verdict rules leave open.
    :param timezone: where a day or a time without an offset in ``as_of`` belongs, such as ``"Europe/Paris"``.
    :returns: an Ibis table with the LEDGER contract's columns, then stage, context and dimension columns.
    :raises RequestError: an as-of that is no date or has no zone; missing or mistyped columns; rows that cannot be promises.
    """
    at = naive_utc(as_of, timezone)
    agreed = in_force(charter)
    table = promises_table(promises)
    answers = None if receipts is None else receipts_table(receipts)
    extras = further_columns(table)
    if specs:
        features = frozenset().union(*(spec.has for spec in specs))
        later: tuple[str, ...] | None = tuple(sorted({spec.name for spec in specs if "received_later" in spec.has}))
    else:
        features = refuse_problems(table)
        later = None
    now = instant(at)
    known = promises_known(without_unused(table, specs) if specs else table, now)
    if answers is not None and later != ():
        known = with_receipts(known, answers, now, later)
    amended = amendments(known, now) if "replaces" in features else None
    if amended is not None and amended.by_company:
        known = with_receipts_of_later(known, amended)
    judged = own_verdicts(known, now, agreed, rules, specs)
    judged = without_amendments(judged) if amended is None else with_amendments(judged, amended)
    judged = settled(judged, rules)
    if "bundle" in features:
        judged = with_bundles(judged)
    return ledger_columns(judged, now, rules, extras)


def own_verdicts(known: ir.Table, now: ir.TimestampScalar, charter: Charter, rules: Rules, specs: Sequence[PromiseSpec] = ()) -> ir.Table:
    """Each row's own verdict ``own`` by rules 1 to 4, before amendments and bundles."""
    t = known.mutate(line=matching_line(known, charter), **kinds(known, specs), **spans(known, now))
    t = t.mutate(
        tolerance_used=line_value(t.line, charter, "tolerance", t.tolerance),
        grace_used=line_value(t.line, charter, "grace", t.grace),
        standard=line_value(t.line, charter, "standard"),
        fee_scale=line_value(t.line, charter, "fee_scale"),
        **events(t, now, rules),
    )
    t = t.mutate(**measured(t))
    t = t.mutate(
        broke=broke(t),
        beat=beat(t, rules),
        judgeable=judgeable(t),
        stands=t.has_receipt & ~t.contradicted & ~t.failed,
        counts_at=ibis.ifelse(
            t.due_at.notnull(),
            ibis.ifelse(t.grace_used == 0.0, t.due_at, t.due_at + days_to_microseconds(t.grace_used).as_interval("us")),
            ibis.ifelse(t.has_receipt | t.failed | t.voided, t.received_at.fill_null(t.made_at), ibis.null("timestamp(6)")),
        ),
    )
    t = t.mutate(**_void(t, rules))
    own = ibis.cases(
        (t.is_void, "VOID"),
        (t.failed | t.contradicted, "BROKEN"),
        (t.stands & t.broke, "BROKEN"),
        (t.stands & t.beat, "EXCEEDED"),
        (t.stands, "KEPT"),
        ((now > t.counts_at).fill_null(False), "BROKEN"),
        else_="PENDING",
    )
    return t.mutate(own=own)


def _void(t: ir.Table, rules: Rules) -> dict[str, ir.BooleanValue]:
    """Rule 1, and whether a void is suspect (c6, attack 4).

    A customer's cancellation must come before due and before the break; an error must be taken back at once. Only a listed reason voids:
    with any other the promise stands. A void without a date cannot show that it came in time, so the lower bound does not trust it.
    """
    after_due = (t.void_at > t.due_at).fill_null(False)
    broke_first = _broke_before(t, t.void_at)
    soon = t.void_at.isnull() | (microseconds(t.void_at, t.made_at) <= int(rules.error_window.total_seconds() * 1_000_000))
    holds = ibis.cases(
        (t.void_reason.isin(["duplicate", "legal"]).fill_null(False), ibis.literal(True)),
        ((t.void_reason == "error").fill_null(False), soon),
        else_=~after_due & ~broke_first,
    )
    is_void = t.voided & holds
    forecast = (t[BREAK_FORECAST] > rules.foreseeable).fill_null(False) if BREAK_FORECAST in t.columns else ibis.literal(False)
    suspect = is_void & (t.void_at.isnull() | forecast | after_due | broke_first)
    return {"is_void": is_void, "void_suspect": suspect}


def _broke_before(t: ir.Table, moment: ir.TimestampValue) -> ir.BooleanValue:
    """The promise was broken already at a moment; where either moment is unknown, it was."""
    return (
        (t.failed & (t.failed_at.isnull() | moment.isnull() | (t.failed_at <= moment)))
        | (t.has_receipt & t.broke & (t.received_at.isnull() | moment.isnull() | (t.received_at <= moment)))
        | (t.contradicted & (moment.isnull() | (t.reversed_at <= moment)))
    ).fill_null(False)


def settled(t: ir.Table, rules: Rules) -> ir.Table:
    """Rule 6 where the customer asked for the change, then the ratio and the levels that verdict gives."""
    forecast = (t[BREAK_FORECAST] > rules.foreseeable).fill_null(False) if BREAK_FORECAST in t.columns else ibis.literal(False)
    changed = t.customer_changed_at.notnull() & (t.own != "VOID") & ~_broke_before(t, t.customer_changed_at)
    t = t.mutate(own=ibis.ifelse(changed, "VOID", t.own), void_suspect=t.void_suspect | (changed & forecast))
    t = t.mutate(decided=(t.own != "PENDING") & (t.own != "VOID"), kept=t.own.isin(["KEPT", "EXCEEDED"]))
    t = t.mutate(plain=plain_ratio(t, rules), **published(t))
    return t.mutate(rho=ratio(t, rules), standard_kept=_standard_kept(t))


def ledger_columns(t: ir.Table, now: ir.TimestampScalar, rules: Rules, extras: Sequence[str]) -> ir.Table:
    """The LEDGER contract from judged rows."""
    t = t.mutate(rho_units=units(t.rho), decided=(t.own != "PENDING") & (t.own != "VOID"))  # bundles may have changed a verdict
    made: dict[str, ir.Value] = {
        "received_at": ibis.ifelse(t.has_receipt, t.received_at, ibis.null("timestamp(6)")),
        "verdict": t.own,
        "tolerance": t.tolerance_used,
        "in_cohort": ((t.counts_at <= now) & t.decided).fill_null(False),
        "eligible": (
            (t.confidence >= rules.confidence) & ~t.quantifier.isin(CAMPAIGN_QUANTIFIERS) & ~t.recorded_only & t.judgeable
        ).fill_null(False),
        "met": met(t.rho_units),
        "surplus": surplus(t.rho_units),
        "reversed": t.contradicted,
        "warned": ibis.cases(
            (t.company_changed, (t.change_noticed_at < t.due_at).fill_null(False)),
            (t.noticed_at.notnull() & t.replaces.isnull(), t.noticed_at < t.due_at),
        ),
        "latest_kept": ibis.ifelse(
            t.latest_own.isin(["KEPT", "EXCEEDED", "BROKEN"]), t.latest_own.isin(["KEPT", "EXCEEDED"]), ibis.null("boolean")
        ),
    }
    carried = [name for name in extras if name not in names(LEDGER)]
    return t.select(**{name: made[name] if name in made else t[name] for name in names(LEDGER)}, **{n: t[n] for n in carried})


def _standard_kept(t: ir.Table) -> ir.BooleanValue:
    """Received at least the charter standard S. The promise is not used, so a longer promise cannot better it (c6, attack 2).

    An open row that has already taken longer than S has missed it; one that failed outright received nothing.
    """
    standard = days_to_microseconds(t.standard)
    unknown = ibis.null("boolean")
    open_row = ibis.cases(
        (t.failed, ibis.literal(False)),
        (t.is_timed & (t.open_span > standard), ibis.literal(False)),
        (~t.is_timed & (t.own == "BROKEN"), ibis.literal(False)),
        else_=unknown,
    )
    return ibis.cases(
        (t.standard.isnull() | (t.own == "VOID") | t.is_binary, unknown),
        (~t.stands, open_row),
        (t.is_timed, t.received_span <= standard),
        (t.is_window, t.level_received <= t.standard),
        (t.direction == "min", nine_decimals(t.level - t.standard) <= 0),
        else_=nine_decimals(t.standard - t.level) <= 0,
    )

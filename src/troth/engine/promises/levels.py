"""Levels P and R in the promise's unit, and the shortfall between them (domain.md c1, c4).

Orientation: shortfall > 0 is worse than promised. Durations are compared in whole microseconds and levels to nine decimals, so that a
receipt exactly at the limit is inside it on every engine.

Wording: ``exact``, ``at_most`` and ``at_least`` all test the side that is worse for the customer. A ``range`` is tested at its end that
binds (its upper end where less is better, its lower end where more is), beaten only beyond the other end, and on both sides where neither
way is better. ``up_to`` and ``from`` are tested like ``exact`` row by row, but count per campaign (see campaigns.py).
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import MICROSECONDS_PER_MINUTE, days_to_microseconds, in_days, in_minutes, microseconds, whole
from troth.engine.promises.rules import Rules
from troth.terms.vocabulary import VALUES_SURPLUS, PromiseType

DECIMALS = 1_000_000_000.0
ROUNDED_BELOW = 9_000_000_000.0
SURPLUS_NAMES = tuple(sorted(str(kind) for kind in VALUES_SURPLUS))


def nine_decimals(value: ir.FloatingValue) -> ir.FloatingValue:
    """Rounded so that 1.1 - 1.0 is .1; plain arithmetic, hence the same on every engine.

    Beyond :data:`ROUNDED_BELOW` a double has no nine decimals to round, and its billionfold no place in a whole number: it stays as it is.
    """
    fits = (value.abs() < ROUNDED_BELOW).fill_null(True)
    return ibis.ifelse(fits, (ibis.ifelse(fits, value, ibis.literal(0.0)) * DECIMALS + 0.5).floor() / DECIMALS, value)


def spans(t: ir.Table, as_of: ir.TimestampScalar) -> dict[str, ir.Value]:
    """How long each promise was to take, how long it took, and how long it has been open, in microseconds since it was made."""
    return {
        "promised_span": microseconds(t.due_at, t.made_at),
        "received_span": microseconds(t.received_at, t.made_at),
        "open_span": microseconds(as_of, t.made_at),
    }


def measured(t: ir.Table) -> dict[str, ir.Value]:
    """Raw distances of each row, before it is known which receipts stand. Needs :func:`spans`.

    ``late``: microseconds from due to receipt; ``outside``: microseconds outside the window; ``binding`` and ``beaten_end``: the end of a
    promised range that binds, and the end to be beaten; ``worse`` and ``better``: how far the level fell short of the first and
    went beyond the second.
    """
    late = t.received_span - t.promised_span
    early = microseconds(t.window_start, t.received_at).fill_null(0)
    outside = ibis.greatest(early, late, ibis.literal(0, type="int64"))
    less_is_better = t.direction == "min"
    upper = t.promised_to.fill_null(t.promised)
    binding = ibis.ifelse(less_is_better, upper, t.promised)
    beaten_end = ibis.ifelse(less_is_better, t.promised, upper)
    by_due = t.due_at.isnull() | t.received_at.isnull() | (t.received_at <= t.due_at)
    level = ibis.ifelse((t.type == str(PromiseType.QUANTITY)) & ~by_due, ibis.literal(0.0), t.received)  # c1: units by due
    worse = ibis.ifelse(less_is_better, level - binding, binding - level)
    better = ibis.ifelse(less_is_better, beaten_end - level, level - beaten_end)
    return {
        "late": late,
        "outside": outside,
        "binding": binding,
        "level": level,
        "worse": nine_decimals(worse),
        "better": nine_decimals(better),
        "missed": _missed(t, late),
    }


def _missed(t: ir.Table, late: ir.IntegerValue) -> ir.BooleanValue:
    """Binary: not as stated, or not by when. Without a stated level, 1 is true and 0 is not; a receipt without a level says it came."""
    stated = t.promised.fill_null(1.0)
    low = nine_decimals(stated - t.received) > t.tolerance_used
    high = nine_decimals(t.received - t.promised_to.fill_null(stated)) > t.tolerance_used
    return ((low | high).fill_null(False)) | ((late > 0).fill_null(False))


def broke(t: ir.Table) -> ir.BooleanValue:
    """The receipt is worse than promised by more than the tolerance."""
    return ibis.cases(
        (t.is_timed, t.late > days_to_microseconds(t.tolerance_used)),
        (t.is_window, t.outside > whole(t.tolerance_used * float(MICROSECONDS_PER_MINUTE))),
        (t.is_binary, t.missed),
        else_=t.worse > t.tolerance_used,
    ).fill_null(False)


def beat(t: ir.Table, rules: Rules) -> ir.BooleanValue:
    """The receipt is better than promised, and the type values surplus."""
    margin = ibis.literal(float(rules.exceed_margin))
    beyond = ibis.cases(
        (t.is_timed, -t.late > days_to_microseconds(margin)),
        (t.is_window | t.is_binary, ibis.literal(False)),
        else_=t.better > margin,
    )
    return (t.type.isin(SURPLUS_NAMES) & beyond).fill_null(False)


def judgeable(t: ir.Table) -> ir.BooleanValue:
    """The promise says enough to be judged: an end for clocks, a level otherwise; more than nothing where more is better (c5)."""
    on_clock = t.due_at.notnull() & (t.due_at >= t.made_at)
    level = (t.binding >= 0) & ((t.direction == "min") | (t.binding > 0))
    return ibis.cases((t.is_timed | t.is_window, on_clock), (t.is_binary, ibis.literal(True)), else_=level).fill_null(False)


def published(t: ir.Table) -> dict[str, ir.Value]:
    """The ledger's levels and shortfall, once the verdict is known. Without a standing receipt the shortfall is a lower bound."""
    number = ibis.null("float64")
    overdue = t.open_span - t.promised_span
    received = ibis.cases(
        (~t.stands, number),
        (t.is_timed, in_days(t.received_span)),
        (t.is_window, in_minutes(t.outside)),
        else_=t.level,
    )
    shortfall = ibis.cases(
        (t.stands & t.is_timed, in_days(t.late)),
        (t.stands & t.is_window, in_minutes(t.outside)),
        (t.stands & t.is_binary, t.missed.cast("float64")),
        (t.stands, t.worse),
        ((t.own == "PENDING") | (t.own == "VOID"), number),
        (t.is_binary, ibis.literal(1.0)),
        (t.is_timed & (overdue > 0), in_days(overdue)),
        (t.is_window & (overdue > 0), in_minutes(overdue)),
        (~t.is_timed & ~t.is_window & (t.direction == "max"), t.binding),
        else_=number,
    )
    return {
        **_ends(t),
        "level_promised": ibis.cases(
            (t.is_timed, in_days(t.promised_span)),
            (t.is_window | t.is_binary, number),
            else_=t.binding,
        ),
        "level_received": received,
        "level_requested": t.requested,
        "shortfall": shortfall,
        "censored": ~t.stands & (t.own != "VOID"),
    }


def _ends(t: ir.Table) -> dict[str, ir.Value]:
    """Both ends of what was promised as a window or a range: of a window in minutes from its start, else in the unit."""
    number = ibis.null("float64")
    from_start = t.window_start.notnull() & t.due_at.notnull()
    to_level = ~t.is_timed & ~t.is_window & t.promised_to.notnull()
    return {
        "range_low": ibis.cases(
            (t.is_window & from_start, ibis.literal(0.0)),
            (t.is_timed & from_start, in_days(microseconds(t.window_start, t.made_at))),
            (to_level, t.promised),
            else_=number,
        ),
        "range_high": ibis.cases(
            (t.is_window & from_start, in_minutes(microseconds(t.due_at, t.window_start))),
            (t.is_timed & from_start, in_days(t.promised_span)),
            (to_level, t.promised_to),
            else_=number,
        ),
    }

"""What was known as of an instant: later news does not count (domain.md c4, c9 (4))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import TIMESTAMP, microseconds
from troth.engine.promises.rules import LISTED_VOID_REASONS, Rules
from troth.terms.tables import PROMISES
from troth.terms.vocabulary import TIMED, Direction, PromiseSpec, PromiseType

TIMED_NAMES = tuple(sorted(str(kind) for kind in TIMED))


def promises_known(promises: ir.Table, as_of: ir.TimestampScalar) -> ir.Table:
    """The promises made, and recorded, by then."""
    return promises.filter(promises.made_at <= as_of, promises.recorded_at.isnull() | (promises.recorded_at <= as_of))


OF_FEATURE: Mapping[str, tuple[str, ...]] = {
    "recorded_at": ("recorded_at",),
    "reversed_at": ("reversed_at",),
    "void": ("void", "void_at", "void_reason"),
    "broken": ("broken", "broken_at"),
}
"""Columns that only a mapping with the feature fills (:class:`PromiseSpec`)."""


def without_unused(promises: ir.Table, specs: Sequence[PromiseSpec]) -> ir.Table:
    """Columns no mapping fills as constants, so that an engine computes what depends on them once a chunk and not once a row."""
    used = frozenset().union(*(spec.has for spec in specs))
    unused = [column for feature, columns in OF_FEATURE.items() if feature not in used for column in columns]
    defaults = {column.name: column.default for column in PROMISES}
    return promises.mutate(
        **{
            name: ibis.null(promises[name].type()) if defaults[name] is None else ibis.literal(defaults[name], type=promises[name].type())
            for name in unused
        }
    )


def kinds(t: ir.Table, specs: Sequence[PromiseSpec] = ()) -> dict[str, ir.BooleanValue]:
    """How a row is measured: ``is_timed`` by the clock, ``is_window`` by minutes outside, ``is_binary`` met or not, else by its level.

    Information is binary, or timed where the mapping says less is better: “we tell you by five” (domain.md c1).

    :param specs: the mappings, if all are known: what holds for all of them, or for none, is a constant.
    """
    timed = t.type.isin(TIMED_NAMES) | ((t.type == str(PromiseType.INFORMATION)) & (t.direction == "min"))
    window = t.type == str(PromiseType.WINDOW)
    by_row = {"is_timed": timed, "is_window": window, "is_binary": ~window & (t.direction == "set")}
    if not specs:
        return by_row
    known = {
        "is_timed": {one.type in TIMED or (one.type == PromiseType.INFORMATION and one.direction == Direction.MIN) for one in specs},
        "is_window": {one.type == PromiseType.WINDOW for one in specs},
        "is_binary": {one.type != PromiseType.WINDOW and one.direction == Direction.SET for one in specs},
    }
    return {name: ibis.literal(known[name] == {True}) if len(known[name]) == 1 else expression for name, expression in by_row.items()}


def events(t: ir.Table, as_of: ir.TimestampScalar, rules: Rules) -> dict[str, ir.Value]:
    """Receipt, contradiction, void and outright failure, each as known by then.

    A receipt dated before its promise, or of a negative level, answers nothing: such rows are data errors, never KEPT (c9 (8)).
    """
    on_clock = t.is_timed | t.is_window
    dated = (t.received_at >= t.made_at) & (t.received_at <= as_of)
    undated = t.received_at.isnull() & ~on_clock
    has_level = on_clock | t.is_binary & t.received_at.notnull() | t.received.notnull()
    possible = t.received.isnull() | (t.received >= 0)
    receipt = (t.final & has_level & possible & (undated | dated)).fill_null(False)
    contradicted_after = microseconds(t.reversed_at, t.received_at)
    window = int(rules.contradiction_window.total_seconds() * 1_000_000)
    contradicted = (
        receipt & (t.reversed_at <= as_of) & (t.received_at.isnull() | ((contradicted_after >= 0) & (contradicted_after <= window)))
    ).fill_null(False)
    recorded = t.void & (t.void_at.isnull() | (t.void_at <= as_of))
    voided = (recorded & t.void_reason.isin(LISTED_VOID_REASONS)).fill_null(False)
    company_void = (recorded & (t.void_reason == "company")).fill_null(False)
    failed = (t.broken & (t.broken_at.isnull() | (t.broken_at <= as_of))).fill_null(False)
    return {
        "has_receipt": receipt,
        "contradicted": contradicted,
        "voided": voided,
        "failed": failed | company_void,
        "failed_at": ibis.ifelse(failed, t.broken_at, t.void_at),
        "noticed_at": ibis.ifelse(t.notice_at <= as_of, t.notice_at, ibis.null(TIMESTAMP)),
    }

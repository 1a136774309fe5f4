"""What the customer expected, E, from three sources in this order (domain.md d1).

    requested      the level on the promise's own record (a need-by date)
    stated         what the customer said, in a signal of kind “expectation”, before it was received
    cell median    the median of what was requested or stated in the cell (promise, stage, segment, persona, tier), from 15 such levels on

A level stated after the receipt is hindsight and not used. How E was had stands beside it in ``code_requested``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.engine.capability.cells import UNKNOWN
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.receipts import KEY
from troth.terms.vocabulary import PromiseSpec

REQUESTED, STATED, CELL_MEDIAN = "requested", "stated", "cell median"
SOURCES = (REQUESTED, STATED, CELL_MEDIAN)
"""How E was had, best first."""
HOW = "code_requested"
"""Ledger column that names the source of E; NULL where E is unknown."""
EXPECTATION = "expectation"
LEAST_STATED = 15
"""Levels a cell's median needs (domain.md d1)."""
CELL = ("stage", "segment", "persona", "tier")
"""With the promise's name: the keys of a charter cell."""


def known_signals(signals: ir.Table, kind: str, as_of: datetime) -> ir.Table:
    """Signals of one kind that carry a value and a subject, and were given by then."""
    by_then = signals.at <= instant(naive_utc(as_of))
    return signals.filter((signals.kind == kind) & by_then & signals.value.notnull() & signals.subject.notnull())


def about(promises: ir.Table, signals: ir.Table, signal: dict[str, ir.Value], *further: ir.BooleanValue) -> ir.Table:
    """Promises with each signal about their subject, and by their customer where both sides name one.

    :param signal: the columns wanted of ``signals``, by the name they get.
    :param further: conditions over columns of ``promises`` alone.
    :return: one row per pair.
    """
    named = signals.select(
        signal_subject=signals.subject.cast("string"),
        signal_customer=signals.customer.cast("string"),
        signal_source=signals.source,
        signal_row=signals.row.cast("string"),
        **signal,
    )
    rows = promises.filter(promises.subject.notnull(), *further)
    rows = rows.mutate(code_subject=rows.subject.cast("string"))
    paired = rows.inner_join(named, rows.code_subject == named.signal_subject)
    who = paired.customer.cast("string")
    return paired.filter((who == paired.signal_customer) | who.isnull() | paired.signal_customer.isnull()).drop("code_subject")


def fill(judged: ir.Table, signals: ir.Table, *, as_of: datetime, specs: Sequence[PromiseSpec]) -> ir.Table:
    """The ledger with E filled where the promise's own record has none, and :data:`HOW` it was had.

    :param judged: the LEDGER contract; ``level_requested`` holds E of the first source.
    :param signals: the SIGNALS contract; a stated level is in the unit of the promise it is about.
    """
    said = _stated(judged, known_signals(signals, EXPECTATION, as_of), mixed=len({spec.unit for spec in specs}) > 1)
    key = [judged[column] == said[f"said_{column}"] for column in KEY]
    joined = judged.left_join(said, key)
    own = joined.level_requested
    told = joined.mutate(
        level_requested=ibis.coalesce(own, joined.said),
        **{HOW: ibis.cases((own.notnull(), REQUESTED), (joined.said.notnull(), STATED), else_=ibis.null("string"))},
    ).drop("said", *(f"said_{column}" for column in KEY))
    medians = ibis.memtable(_medians(told).to_pyarrow())
    cell = [told.name == medians.cell_name, *(told[column].fill_null(UNKNOWN) == medians[f"cell_{column}"] for column in CELL)]
    placed = told.left_join(medians, cell)
    return placed.mutate(
        level_requested=ibis.coalesce(placed.level_requested, placed.cell_level),
        **{HOW: ibis.coalesce(placed[HOW], placed.cell_level.notnull().ifelse(CELL_MEDIAN, ibis.null("string")))},
    ).select(*judged.columns, HOW)


def _stated(judged: ir.Table, statements: ir.Table, *, mixed: bool) -> ir.Table:
    """The last level stated before each promise's receipt, keyed by the promise.

    :param mixed: promises come in more than one unit; a statement about a subject whose promises do is left out, as its unit is unknown.
    """
    signal = {"signal_at": statements.at, "said": statements.value}
    rows = judged.select(*KEY, "subject", "customer", "unit", "received_at", "level_promised")
    paired = about(rows, statements, signal, rows.level_promised.notnull())
    if mixed:
        one = ibis.window(group_by=[paired.signal_source, paired.signal_row])
        paired = paired.mutate(code_alike=paired.unit.min().over(one) == paired.unit.max().over(one))
        paired = paired.filter(paired.code_alike)
    early = paired.filter(paired.received_at.isnull() | (paired.signal_at <= paired.received_at))
    order = ibis.row_number().over(
        group_by=[early[column] for column in KEY],
        order_by=[early.signal_at.desc(), early.signal_source, early.signal_row],
    )
    numbered = early.mutate(code_order=order)
    last = numbered.filter(numbered.code_order == 0)
    return last.select(**{f"said_{column}": last[column] for column in KEY}, said=last.said)


def _medians(told: ir.Table) -> ir.Table:
    """Median level per cell, where enough customers told one."""
    levels = told.filter(told.level_requested.notnull())
    cells = levels.group_by(cell_name=levels.name, **{f"cell_{column}": levels[column].fill_null(UNKNOWN) for column in CELL})
    found = cells.aggregate(cell_level=lambda t: t.level_requested.median(), told=lambda t: t.count())
    return found.filter(found.told >= LEAST_STATED).drop("told")

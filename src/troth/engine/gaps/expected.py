"""What the customer expected, E, from three sources in this order (domain.md d1).

    requested      the level on the promise's own record (a need-by date)
    stated         what the customer said, in a signal of kind “expectation”, before it was received
                   (mapped, or words somebody accepted as a statement of expectation that carry a level)
    cell median    the median of what was requested or stated in the cell (promise, stage, segment, persona, tier), from 15 such levels on

A level stated after the receipt is hindsight and not used. How E was had stands beside it in ``code_requested``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.capability.cells import UNKNOWN
from troth.engine.promises.clock import in_days, instant, microseconds, naive_utc
from troth.engine.promises.receipts import KEY
from troth.engine.voice.telling import MONEY, TIME, ToldLevels
from troth.terms.vocabulary import PromiseSpec, PromiseType

REQUESTED, STATED, CELL_MEDIAN = "requested", "stated", "cell median"
SOURCES = (REQUESTED, STATED, CELL_MEDIAN)
"""How E was had, best first."""
HOW = "code_requested"
"""Ledger column that names the source of E; NULL where E is unknown."""
EXPECTATION = "expectation"
TIMED = (str(PromiseType.DEADLINE), str(PromiseType.RESPONSE_TIME))
"""Promises whose level is in days since they were made."""
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


def fill(judged: ir.Table, signals: ir.Table, *, as_of: datetime, specs: Sequence[PromiseSpec], told: pa.Table | None = None) -> ir.Table:
    """The ledger with E filled where the promise's own record has none, and :data:`HOW` it was had.

    :param judged: the LEDGER contract; ``level_requested`` holds E of the first source.
    :param signals: the SIGNALS contract; a stated level is in the unit of the promise it is about.
    :param told: levels of accepted statements, as :func:`told_of` gave them.
    """
    mapped = _stated(judged, known_signals(signals, EXPECTATION, as_of), mixed=len({spec.unit for spec in specs}) > 1)
    said = mapped if told is None else _last_of(mapped, ibis.memtable(told))
    key = [judged[column] == said[f"said_{column}"] for column in KEY]
    said = said.select(*(f"said_{column}" for column in KEY), "said")
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
    return _said(last)


def told_of(judged: ir.Table, levels: pa.Table) -> pa.Table:
    """Which promise each level of an accepted statement is of: the last one told for each, keyed by the promise.

    A level is of the one promise about its subject that was made before it was said, not yet received then, and has a unit it can be in:
    a time of a deadline or a response time, money of a price, a percentage of what is promised in per cent. Where promises of several
    names could be meant, none is told by it.

    :param judged: the LEDGER contract. :param levels: as ``voice.telling.told_levels`` gives them.
    :returns: ``said_*`` (the key), ``said``, ``signal_at``, ``signal_source``, ``signal_row``.
    """
    signals = ibis.memtable(levels)
    told = {"signal_at": signals.at, "of": signals["of"], "level": signals.level, "until": signals.until, "units": signals.units}
    rows = judged.select(*KEY, "type", "subject", "customer", "unit", "made_at", "received_at", "level_promised")
    paired = about(rows, signals, told, rows.level_promised.notnull())
    open_then = paired.received_at.isnull() | (paired.signal_at <= paired.received_at)
    fits = ibis.cases(
        (paired["of"] == TIME, paired.type.isin(TIMED)),
        (paired["of"] == MONEY, paired.type == str(PromiseType.PRICE)),
        else_=~paired.type.isin(TIMED),
    )
    in_unit = paired.units.isnull() | paired.units.contains(ibis.literal("|") + paired.unit + "|")
    meant = paired.filter(open_then & fits & in_unit & (paired.made_at < paired.signal_at))
    one = ibis.window(group_by=[meant.signal_source, meant.signal_row, meant["of"]])
    meant = meant.mutate(
        code_alike=meant.name.min().over(one) == meant.name.max().over(one),
        said=meant.until.notnull().ifelse(in_days(microseconds(meant.until, meant.made_at)), meant.level),
    )
    clear = meant.filter(meant.code_alike)
    order = ibis.row_number().over(
        group_by=[clear[column] for column in KEY],
        order_by=[clear.signal_at.desc(), clear.signal_source, clear.signal_row, clear.said],
    )
    numbered = clear.mutate(code_order=order)
    return _said(numbered.filter(numbered.code_order == 0)).to_pyarrow()


def told_note(levels: ToldLevels, told: pa.Table) -> str:
    """What became of accepted statements, in words."""
    return (
        f"Accepted statements are said in {levels.accepted:,} texts about a subject: {levels.unread:,} of them carry no level that can be "
        f"read and stay signals; the others tell what was expected of {told.num_rows:,} promises, those of one name that were open then."
    )


def _said(last: ir.Table) -> ir.Table:
    """The level said of each promise, keyed by it, with when and where."""
    key = {f"said_{column}": last[column] for column in KEY}
    return last.select(**key, said=last.said, signal_at=last.signal_at, signal_source=last.signal_source, signal_row=last.signal_row)


def _last_of(mapped: ir.Table, told: ir.Table) -> ir.Table:
    """Of what two sources say of a promise, what was said last."""
    both = mapped.union(told.cast(mapped.schema()))
    order = ibis.row_number().over(
        group_by=[both[f"said_{column}"] for column in KEY],
        order_by=[both.signal_at.desc(), both.signal_source, both.signal_row, both.said],
    )
    numbered = both.mutate(code_order=order)
    return numbered.filter(numbered.code_order == 0).drop("code_order")


def _medians(told: ir.Table) -> ir.Table:
    """Median level per cell, where enough customers told one."""
    levels = told.filter(told.level_requested.notnull())
    cells = levels.group_by(cell_name=levels.name, **{f"cell_{column}": levels[column].fill_null(UNKNOWN) for column in CELL})
    found = cells.aggregate(cell_level=lambda t: t.level_requested.median(), told=lambda t: t.count())
    return found.filter(found.told >= LEAST_STATED).drop("told")

"""Keys that occur more than once: a row that repeats another is harmless, one that says something else is not (domain.md c6, attack 5).

A key stands for one promise, so its rows are what was known of that promise at different times. The first of them that bears a promise
stands: a later due date is an amendment, and does not take the place of the first (c3). What is empty in it is filled from the first row
that knows it; what may change while a promise runs (void, reversed, final, who says so, dimensions) is as the last row says. Of receipts,
too, the first stands. Of customers, interactions, signals and costs the last row does, and the last known value.

Everything here runs on the rows of repeated keys alone; where none is repeated, nothing does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

KEY, POSITION, REPEATED = "__key", "__position", "__repeated"
"""Hidden columns of rows whose source repeats a key: the key, where the row stands in its files, and whether its key occurs again."""

SOUND = "__sound"
"""Hidden column: what the row promises can be read."""

AGAIN, OTHER = "__again", "__other"
"""What :func:`settled` adds: true on the rows that give way to another one, and the place of the first column that differs from it."""

_ORDER, _STANDS = "__order", "__stands"

BECOMES = frozenset(
    ("final", "reversed_at", "evidence", "void", "void_at", "void_reason", "broken", "broken_at", "change_cause", "notice_at")
)
"""Columns of a promise or receipt that may change while it runs; none of them says what was promised, or when it was received."""

RECEIPT = ("received_at", "received")
"""Columns that are known once the receipt is final."""

Keep: TypeAlias = Callable[[ir.Table], ir.Table]
"""Computes a table once and gives it back from where it is kept."""


@dataclass(frozen=True)
class Rows:
    """What the rows of one mapping are.

    :param said: columns of which the first known value stands: a row that knows another one is in conflict.
    :param became: columns of which the last known value stands.
    :param bears: column without which a row bears no promise.
    :param known: column that says when a row became known; files are taken in order where there is none.
    :param final: column that says whether a receipt is final.
    :param last_stands: the last row stands, and the last known value of each column.
    """

    said: tuple[str, ...]
    became: tuple[str, ...] = ()
    bears: str | None = None
    known: str | None = None
    final: str | None = None
    last_stands: bool = False


def settled(table: ir.Table, plays: ir.BooleanValue, rows: Rows, keep: Keep) -> ir.Table:
    """The rows, those that stand knowing what their repeats know, the others marked (:data:`AGAIN`, :data:`OTHER`).

    :param table: rows with :data:`KEY`, :data:`POSITION`, :data:`REPEATED` and :data:`SOUND`.
    :param plays: true on the rows this mapping uses: the others repeat nothing.
    """
    mine = table.filter(table[REPEATED] & plays)
    known = () if rows.known is None else (mine[rows.known].notnull(), mine[rows.known])  # where nothing is said, it was known at once
    mine = mine.mutate(**{_ORDER: ibis.row_number().over(group_by=mine[KEY], order_by=[*known, mine[POSITION]])}).view()
    per_key = _per_key(mine, rows)
    joined = mine.inner_join(per_key, KEY)
    differs: list[ir.BooleanValue] = [
        joined[SOUND] & (joined[name] != joined[f"__said_{name}"]) & _counts(joined, name, rows) for name in rows.said
    ]
    verdict = joined.select(
        mine[POSITION],
        *(joined[f"__said_{name}"] for name in rows.said),
        *(joined[f"__became_{name}"] for name in rows.became),
        **{
            AGAIN: joined[_ORDER] != joined[_STANDS],
            OTHER: _first(differs),
        },
    )
    kept = keep(verdict)
    found = table.left_join(kept, POSITION)
    stands = ~kept[AGAIN].fill_null(True)
    merged = {name: stands.ifelse(kept[f"__said_{name}"], table[name]) for name in rows.said}
    merged |= {name: stands.ifelse(kept[f"__became_{name}"], table[name]) for name in rows.became}
    own = {name: merged.get(name, table[name]) for name in table.columns}
    again = kept[AGAIN].fill_null(False)
    return found.select(**own, **{AGAIN: again, OTHER: kept[OTHER]}).view()


def _per_key(mine: ir.Table, rows: Rows) -> ir.Table:
    """What the rows of each key say together."""
    order = mine[_ORDER]
    if rows.last_stands:
        stands = order.max()
    else:
        bears = mine[SOUND] if rows.bears is None else mine[SOUND] & mine[rows.bears].notnull()
        stands = ibis.coalesce(order.min(where=bears), order.min())
    said, became = {}, {}
    for name in rows.said:
        there = mine[name].notnull()
        if rows.last_stands:
            said[f"__said_{name}"] = mine[name].argmax(order, where=there)
        else:
            first = mine[name].argmin(order, where=there & mine[SOUND] & _counts(mine, name, rows))
            said[f"__said_{name}"] = ibis.coalesce(first, mine[name].argmin(order, where=there))
    for name in rows.became:
        became[f"__became_{name}"] = mine[name].argmax(order, where=mine[name].notnull())
    return mine.group_by(KEY).agg(**{_STANDS: stands}, **said, **became)


def _first(holds: list[ir.BooleanValue]) -> ir.IntegerValue:
    """The place of the first that holds; NULL where none does."""
    none = ibis.null("int16")
    return ibis.cases(*((one, place) for place, one in enumerate(holds)), else_=none).cast("int16") if holds else none


def _counts(table: ir.Table, name: str, rows: Rows) -> ir.BooleanValue:
    """Whether a row's value of a column is more than a state on the way."""
    return table[rows.final] if rows.final is not None and name in RECEIPT else ibis.literal(True)

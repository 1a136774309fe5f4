"""Who said nothing: people let down, those among them who never asked, and how many more there are where only reports show (domain.md e3).

The ledger sees broken promises, and interactions whose outcome is known, whether or not anybody speaks: of these, people are counted.
A failure that shows in contacts and complaints alone is seen of those who speak: of these, people are estimated
(:func:`~troth.engine.money.silent_customers`), by how many of those whose word was broken asked or complained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Figure
from troth.engine.issues.events import BROKEN_PROMISE, REPEAT
from troth.engine.issues.leaving import ISSUE
from troth.engine.issues.result import TOTAL, UNASSIGNED
from troth.engine.money import silent_customers

SEEN = "the record sees it whether or not anybody speaks"
NOBODY = "no customer is named"
NOT_ON_RECORD = "no contact is on record, so it is not known who asked"


@dataclass(frozen=True, slots=True)
class Silence:
    """People of one issue: let down in all, and of these the silent ones."""

    let_down: Figure
    silent: Figure


def silence(failed: ir.Table, *, asked: bool = True) -> dict[str, Silence]:
    """Issue, ``unassigned`` and ``total`` to the people let down and the silent among them.

    :param failed: failures with their :data:`ISSUE`. :param asked: contacts are on record; else nobody can be said to be silent.
    """
    named = failed.filter(failed.customer.notnull())
    seen = (named.kind == BROKEN_PROMISE) | (named.what.notnull() & (named.what != REPEAT).fill_null(False))
    rows = named.select(
        "customer",
        issue=named[ISSUE].fill_null(UNASSIGNED),
        seen=seen.cast("int64"),
        broken=(named.kind == BROKEN_PROMISE).cast("int64"),
        spoke=(named.contacts > 0).cast("int64"),
    )
    # Of a failure, not of a person: who had five of them spoke of one before long.
    whole_of_broken = rows.aggregate(failures=rows.broken.sum(), complaints=(rows.broken * rows.spoke).sum())
    (both,) = whole_of_broken.to_pyarrow().to_pylist()
    columns = ("seen", "spoke")

    def counted(by: tuple[str, ...]) -> list[dict[str, Any]]:
        each = rows.group_by(*by, "customer").agg(**{name: rows[name].max() for name in columns})
        sums = {
            "seen": each.seen.sum(),
            "seen_spoke": (each.seen * each.spoke).sum(),
            "reported": ((1 - each.seen) * each.spoke).sum(),
        }
        found: list[dict[str, Any]] = (each.group_by(list(by)).agg(**sums) if by else each.aggregate(**sums)).to_pyarrow().to_pylist()
        return found

    (whole,) = counted(())
    told = {row["issue"]: row for row in counted(("issue",))}
    found = {issue: _silence(row, both) for issue, row in {**told, TOTAL: whole}.items()}
    nothing = Figure(None, method=NOT_ON_RECORD)
    return found if asked else {issue: Silence(one.let_down, nothing) for issue, one in found.items()}


def _silence(row: Mapping[str, Any], both: Mapping[str, Any]) -> Silence:
    seen, spoke, reported = (int(row[name] or 0) for name in ("seen", "seen_spoke", "reported"))
    if not seen and not reported:
        nobody = Figure(None, method=NOBODY)
        return Silence(nobody, nobody)
    if not reported:
        quiet = seen - spoke
        return Silence(Figure(seen, seen, seen, seen, None, SEEN), Figure(quiet, quiet, quiet, seen, None, SEEN))
    more = silent_customers(reported, complaints=int(both["complaints"] or 0), failures=int(both["failures"] or 0))
    if more.value is None or more.low is None or more.high is None:
        return Silence(more, more)

    def beyond(less: int) -> Figure:
        value, low, high = (seen + float(limit or 0) - less for limit in (more.value, more.low, more.high))
        return Figure(value, low, high, more.n, None, more.method)

    return Silence(beyond(0), beyond(spoke + reported))

"""Lost sales joined to the issues whose failures they go along with, each event counted once per exposure (domain.md e3, prospects)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.attribution.lost_sales import MARGIN, SUBJECT, LostRows
from troth.engine.issues.cubes import FAILED, WHAT
from troth.engine.issues.leaving import ISSUE
from troth.engine.issues.result import UNASSIGNED
from troth.engine.money import Forgone, Money, Quota
from troth.engine.nouns import listed

IN_ALL = "all answers together"


def lost_of(
    answers: Sequence[LostRows], exposed: ir.Table, issues: Sequence[tuple[str, str]], currency: str
) -> tuple[dict[str, Forgone], Money | None]:
    """Issue to its lost sales, ``unassigned`` among them; and all together, ``None`` where no margin is told.

    An event belongs to the issue of what failed about its subject, if that is the promise or failure its exposure is; else to none.

    :param exposed: all that could have failed, with its :data:`ISSUE`. :param issues: key, and what fails in it.
    """
    if not answers:
        return {}, None
    parts: dict[str, list[tuple[int, Quota]]] = {UNASSIGNED: []}
    for answer in answers:
        named = {quota.failure for quota in answer.quotas.values() if quota.failure is not None}
        for key, what in issues:
            if what in named:
                parts.setdefault(key, [])
                parts[key] += [(0, quota) for quota in answer.quotas.values() if quota.failure == what and quota.why]
        for issue, exposure, margin in _sums(answer, exposed):
            parts.setdefault(issue or UNASSIGNED, []).append((margin, answer.quotas[exposure]))
    found = {key: Forgone.of(of) if of else Forgone(Decimal(0)) for key, of in parts.items()}
    return found, _in_all(answers, currency)


def _sums(answer: LostRows, exposed: ir.Table) -> list[tuple[str | None, str, int]]:
    """Issue, exposure, and the margins of the events that are both."""
    failure = {name: quota.failure for name, quota in answer.quotas.items()}
    named = {"exposure": pa.array(list(failure), pa.string()), "failure": pa.array(list(failure.values()), pa.string())}
    rows = answer.table.inner_join(ibis.memtable(pa.table(named)), "exposure")
    inside = exposed.filter(exposed[FAILED] & exposed[ISSUE].notnull() & exposed.subject.notnull())
    inside = inside.group_by(__what=inside[WHAT], __about=inside.subject).agg(issue=inside[ISSUE].min())
    joined = rows.left_join(inside, (rows.failure == inside["__what"]) & (rows[SUBJECT] == inside["__about"]))
    each = joined.group_by("issue", "exposure").agg(margin=joined[MARGIN].sum()).order_by("issue", "exposure")
    return [(row["issue"], row["exposure"], int(row["margin"] or 0)) for row in each.to_pyarrow().to_pylist()]


def _in_all(answers: Sequence[LostRows], currency: str) -> Money | None:
    """All answers together, as far as they can be told; the method names those that cannot, and any caution."""
    known = [one for answer in answers if (one := answer.total).value is not None and one.low is not None and one.high is not None]
    untold = [f"“{answer.question}”" for answer in answers if answer.total.value is None]
    without = f"; without {listed(untold)}, of which it cannot be told" if untold else ""
    if len(known) == 1:
        return replace(known[0], method=known[0].method + without)
    if not known:
        return None
    value = sum((one.value or Decimal(0) for one in known), Decimal(0))
    below = sum(((one.value or Decimal(0)) - (one.low or Decimal(0)) for one in known), Decimal(0))
    above = sum(((one.high or Decimal(0)) - (one.value or Decimal(0)) for one in known), Decimal(0))
    return Money(value, max(Decimal(0), value - below), value + above, currency, f"{IN_ALL}, as if their shares erred alike{without}")

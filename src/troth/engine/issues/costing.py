"""Which part of a cost belongs to which failure: by what such failures add, on average, to costs of that kind (domain.md e3).

A cost may be due to anything that failed about its subject before it was booked, or to nothing that did. Each has a weight:

    w_ek   what failure e adds to costs of kind k: mean booked after it in its issue, less where it could have happened and did not
    b_ek   what is booked all the same: mean after it did not take place, about subjects of which nothing failed

    part of e = amount x w_ek / (sum of w over all that failed before + mean of their b),       the rest goes along with nothing

So a cost is counted once, and only what would not have been spent otherwise falls to a failure. Sums are exact: parts are whole
ten-thousandths, and the rest is what they leave.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.issues.cubes import FAILED, WHAT
from troth.engine.issues.episodes import Keep
from troth.engine.issues.leaving import ISSUE
from troth.engine.money.cents import UNIT, units
from troth.engine.promises.slices import local_clock

RARE_KIND = 20
"""Kinds of cost with fewer lines are weighed together: of so few no mean can be had."""
OTHER_KINDS = ""
IN_NONE, KEPT, CLEAN = "", "\x1f kept", "\x1f clean"
"""In place of an issue: a failure of none; what did not fail; what did not, about a subject of which nothing failed."""
LAST_OF_DAY = timedelta(days=1, microseconds=-1)
"""A cost that names a day and no time counts as booked at that day's end."""


def parted(exposed: ir.Table, costs: ir.Table, zone: str, keep: Keep) -> ir.Table:
    """Every cost in parts, each with the ``issue`` it falls to (NULL for none), its ``customer`` and its ``amount``.

    :param exposed: all that could have failed (:func:`~troth.engine.issues.cubes.exposed`), with its :data:`ISSUE`.
    :param costs: the COSTS contract. :param zone: where days begin.
    :return: the parts of a cost add up to it; ``due`` says whether a part falls to something that failed.
    """
    lines = keep(_lines(costs, zone))
    tried = exposed.filter(exposed.subject.notnull() & exposed["at"].notnull())
    bad = tried.filter(tried[FAILED]).select(__bad=tried.subject).distinct()
    tried = tried.left_join(bad, tried.subject == bad["__bad"])
    of = tried[FAILED].ifelse(tried[ISSUE].fill_null(IN_NONE), tried["__bad"].isnull().ifelse(CLEAN, KEPT))
    tried = tried.select(WHAT, "customer", about=tried.subject, failed_at=tried["at"], of=of)
    later = lines.inner_join(tried, "about")
    later = keep(later.filter(later["at"] > later.failed_at).drop("failed_at", "at"))
    given = _given(later, _weights(tried, later))
    left = lines.select("about", part="whole", hours="hours")
    if given is not None:
        given = keep(given)
        taken = given.group_by("line").agg(taken=given.part.sum(), spent=given.hours.sum())
        left = lines.left_join(taken, "line")
        left = left.select("about", part=left.whole - left.taken.fill_null(0), hours=left.hours - left.spent.fill_null(0.0))
    whose = tried.group_by(__about=tried.about).agg(customer=tried.customer.max())  # of subjects of which nothing failed, too
    rest = left.left_join(whose, left.about == whose["__about"])
    rest = rest.select("customer", "part", "hours", issue=ibis.null("string"), due=ibis.literal(False))
    parts = rest if given is None else ibis.union(given.select("customer", "part", "hours", "issue", due=ibis.literal(True)), rest)
    told = ["hours"] if "hours" in costs.columns and bool(costs.hours.notnull().any().to_pyarrow().as_py()) else []
    parts = parts.filter((parts.part != 0) | parts.hours.notnull())
    return parts.select("issue", "customer", "due", *told, amount=parts.part * float(UNIT))


def _lines(costs: ir.Table, zone: str) -> ir.Table:
    """The costs in whole ten-thousandths, rare kinds together."""
    told = costs.mutate(__lines=costs.count().over(group_by=costs.kind))
    local = local_clock(told, "at", zone)
    of_day = local == local.truncate("D").cast(local.type())
    # One row of a source may hold several costs, so its key does not tell them apart.
    line = ibis.row_number().over(order_by=[told.source, told.row.cast("string"), told.kind, told["at"], told.subject, told.amount])
    return told.select(
        line=line,
        kind=(told["__lines"] < RARE_KIND).ifelse(OTHER_KINDS, told.kind),
        about=told.subject.cast("string"),
        at=of_day.ifelse(told["at"] + ibis.interval(microseconds=round(LAST_OF_DAY.total_seconds() * 1_000_000)), told["at"]),
        whole=units(told.amount),
        hours=told.hours if "hours" in told.columns else ibis.null("float64"),
    )


def _weights(tried: ir.Table, later: ir.Table) -> pa.Table:
    """``what``, ``of`` (an issue, else :data:`IN_NONE`) and ``kind`` to ``weight`` and ``anyway``, in whole ten-thousandths: w and b."""
    number: dict[tuple[str, str], int] = {}
    for row in tried.group_by(WHAT, "of").agg(n=tried.count()).to_pyarrow().to_pylist():
        number[row[WHAT], row["of"]] = row["n"]
    booked: dict[tuple[str, str], dict[str, int]] = {}
    for row in later.group_by(WHAT, "of", "kind").agg(whole=later.whole.sum()).to_pyarrow().to_pylist():
        booked.setdefault((row[WHAT], row["kind"]), {})[row["of"]] = int(row["whole"])

    def mean(what: str, of: dict[str, int], *groups: str) -> float:
        n = sum(number.get((what, group), 0) for group in groups)
        return sum(of.get(group, 0) for group in groups) / n if n else 0.0

    found: list[tuple[str, str, str, int, int]] = []
    for (what, kind), of in sorted(booked.items()):
        without, anyway = mean(what, of, KEPT, CLEAN), mean(what, of, CLEAN)
        found += [
            (what, group, kind, max(0, round(mean(what, of, group) - without)), max(0, round(anyway)))
            for group in sorted(of.keys() - {KEPT, CLEAN})
        ]
    names = {WHAT: pa.string(), "of": pa.string(), "kind": pa.string(), "weight": pa.int64(), "anyway": pa.int64()}
    return pa.table({name: pa.array([row[place] for row in found], kind) for place, (name, kind) in enumerate(names.items())})


def _given(later: ir.Table, weights: pa.Table) -> ir.Table | None:
    """The parts that fall to what failed; ``None`` where no cost was booked after anything."""
    if not weights.num_rows:
        return None
    weighed = later.inner_join(ibis.memtable(weights), [WHAT, "of", "kind"])
    line = ibis.window(group_by="line")
    # Weights are whole, so that their sums do not depend on the order of rows.
    among = weighed.mutate(
        __all=weighed.weight.sum().over(line), __anyway=weighed.anyway.sum().over(line), __number=weighed.count().over(line)
    )
    over = (among["__all"] * among["__number"] + among["__anyway"]).cast("float64")
    share = (among.weight * among["__number"]).cast("float64") / over.nullif(0)
    part = (among.whole.cast("float64") * share).floor().cast("int64").fill_null(0)
    return among.select("line", "customer", issue=among.of.nullif(IN_NONE), part=part, hours=among.hours * share.fill_null(0.0))

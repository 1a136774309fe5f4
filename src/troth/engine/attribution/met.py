"""The occasions an answer counts, one by one: on which of them the event took place, and what had gone wrong before (domain.md e6).

A study keeps them, so that each count of an answer can be opened. An occasion stands once, and once more for each exposure met on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.engine.attribution.answers import Occasions, counted_of, in_order
from troth.terms.charter import Charter

OCCASIONS = "occasions.parquet"
"""File of a study; it has none where nothing is asked."""

COLUMNS = ("number", "source", "row", "at", "customer", "subject", "event", "exposure")


def occasions_met(asked: Sequence[Occasions], charter: Charter, as_of: datetime) -> ir.Table | None:
    """The occasions that count, in the order of the answers; ``None`` where nothing is asked.

    :param as_of: naive UTC.
    :returns: ``number`` (of the answer, from 1), ``source``, ``row``, ``at`` (naive UTC), ``customer``, ``subject``, ``event`` (it took
        place) and ``exposure``: NULL in the row of the occasion itself, the exposure's name in one row for each that was met on it.
    """
    parts: list[ir.Table] = []
    for number, one in enumerate(in_order(asked), start=1):
        counted, event = counted_of(one, charter, as_of)
        ids = {name: counted[name].cast("string") for name in ("source", "row", "customer", "subject")}
        known = {"number": ibis.literal(number, "int32"), **ids, "at": counted["at"], "event": counted[event] == 1}
        parts.append(counted.select(**known, exposure=ibis.null("string")).select(*COLUMNS))
        parts += [
            counted.filter(counted[each.name] == 1).select(**known, exposure=ibis.literal(each.name)).select(*COLUMNS)
            for each in one.spec.exposures
        ]
    if not parts:
        return None
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.order_by([rows["number"], rows["exposure"].asc(nulls_first=True), rows["at"], rows["source"], rows["row"]])

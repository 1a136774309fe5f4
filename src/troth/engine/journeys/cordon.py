"""The cordon: is life-cycle work fenced off to marketing's touchpoints (S0.13)?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.journeys.findings import Contact, Cordon
from troth.engine.journeys.shares import shares
from troth.engine.promises.contract import as_table
from troth.terms.charter import Charter
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import Aspect

NOTHING_ELSE = "no interaction at a touchpoint that is not marketing's"


def cordon(
    interactions: Any,
    charter: Charter,
    *,
    mapped: Collection[str] | None = None,
    touchpoint: str = "touchpoint",
    person: str | None = None,
    top: int = 200,
) -> tuple[Cordon, Findings[Contact]]:
    """The cordon of a map of touchpoints, weighted by interactions, and the touchpoints, most interactions first.

    A touchpoint is marketing's where the charter gives it to an area of aspect brand. One the charter does not know is not marketing's:
    what nobody mapped is what a cordon leaves out.

    :param interactions: any table of interactions. :param charter: knows whose each touchpoint is.
    :param mapped: touchpoints on the journey map; the charter's where left out.
    :param person: column of the person, whose interactions are not independent.
    :param top: touchpoints to list.
    :raises RequestError: a column there is not.
    """
    table = as_table(interactions, "interactions")
    for name in (touchpoint, *([person] if person else ())):
        if name not in table.columns:
            what = f"The table of interactions has no column “{name}”."
            raise RequestError(what, place="touchpoint", mend=did_you_mean(name, table.columns))
    whose = {one.name: charter.aspect_of(one.area) for one in charter.touchpoints}
    on_map = frozenset(whose if mapped is None else mapped)
    marketing = sorted(name for name, aspect in whose.items() if aspect is Aspect.BRAND)
    rows = table.select(touchpoint=table[touchpoint].cast("string"), person=table[person] if person else ibis.null("string"))
    grouped = rows.group_by("touchpoint").agg(n=rows.count()).cache()
    found = grouped.aggregate(
        observed=grouped.n.sum(where=_others(grouped, marketing)),
        mapped=grouped.n.sum(where=_others(grouped, marketing) & _in(grouped, sorted(on_map))),
        unknown=grouped.n.sum(where=grouped.touchpoint.isnull()),
        kinds=grouped.touchpoint.count(),
    )
    [counts] = found.to_pyarrow().to_pylist()
    observed, on, unknown = (int(counts[name] or 0) for name in ("observed", "mapped", "unknown"))
    listed = grouped.filter(grouped.touchpoint.notnull()).order_by([ibis.desc("n"), "touchpoint"]).limit(top).to_pyarrow().to_pylist()
    contacts = tuple(
        Contact(row["touchpoint"], row["n"], _marketing(whose.get(row["touchpoint"])), row["touchpoint"] in on_map) for row in listed
    )
    notes = (f"{len(contacts):,} of {counts['kinds']:,} touchpoints are listed.",) if counts["kinds"] > len(contacts) else ()
    share = _share(rows, marketing, on_map, observed, on, clustered=bool(person))
    return Cordon(share, observed, on, unknown), Findings(contacts, (), notes)


def _share(rows: ir.Table, marketing: list[str], on_map: frozenset[str], observed: int, on: int, *, clustered: bool) -> Figure:
    if not observed:
        return Figure(None, method=NOTHING_ELSE)
    if not clustered:
        return Figure(1 - on / observed, n=observed, method="of all interactions on record: no interval without a column of the person")
    keyed = rows.mutate(journey=ibis.null("string"))
    others = _others(keyed, marketing)
    return shares(keyed, {"": (others & ~_in(keyed, sorted(on_map)), others)}).get("", NO_DATA)


def _others(table: ir.Table, marketing: list[str]) -> ir.BooleanValue:
    """Touchpoints that are not marketing's."""
    return table.touchpoint.notnull() & ~_in(table, marketing)


def _in(table: ir.Table, names: list[str]) -> ir.BooleanValue:
    return table.touchpoint.isin(names).fill_null(False) if names else ibis.literal(False)


def _marketing(aspect: Aspect | None) -> bool | None:
    return None if aspect is None else aspect is Aspect.BRAND

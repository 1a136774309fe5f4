"""Combinations that occur and that no charter line speaks of (S4.18), and how much of what was promised is agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import Findings
from troth.engine.promises.lines import COLUMN_OF_KEY, NO_LINE, matching_line
from troth.terms.charter import KEYS, Charter


@dataclass(frozen=True, slots=True)
class MissingCell:
    """One combination on record without a line.

    :param where: the keys of the cell: promise, stage, segment, persona, tier; ``None`` is unknown.
    :param promises: made in it. :param people: customers they were made to. :param unnamed: of the promises, those made to nobody named.
    :param first_made: when the first of them was made. :param last_made: when the last.
    """

    where: Mapping[str, str | None]
    promises: int
    people: int
    unnamed: int
    first_made: datetime
    last_made: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """How much of what occurs the charter speaks of (S4.18).

    :param combinations: on record; ``agreed`` those with a line. :param promises: likewise, ``promises_agreed`` those with a line.
    :param people: customers on record; ``people_agreed`` those to whom nothing was promised outside the charter.
    """

    combinations: int
    agreed: int
    promises: int
    promises_agreed: int
    people: int
    people_agreed: int


def current(charter: Charter) -> Charter:
    """The lines of the version in force, whenever a promise was made: what is missing is missing now."""
    lines = (replace(line, version=None, made_from=None, made_before=None) for line in charter.in_force_lines)
    return replace(charter, lines=tuple(lines))


def missing_cells(ledger: ir.Table, charter: Charter) -> Findings[MissingCell]:
    """Combinations of promise, stage, segment, persona and tier on record that match no line, most people first.

    :param ledger: what :func:`troth.judge` gives. :param charter: lines of earlier versions do not count.
    """
    rows = _without(_cells(ledger), charter).to_pyarrow().to_pylist()
    found = [
        MissingCell(
            where={key: row[column] for key, column in COLUMN_OF_KEY.items()},
            promises=row["promises"],
            people=row["people"],
            unnamed=row["unnamed"],
            first_made=row["first_made"].replace(tzinfo=UTC),
            last_made=row["last_made"].replace(tzinfo=UTC),
        )
        for row in rows
    ]
    found.sort(key=lambda one: (-one.people, -one.promises, *((one.where[key] is None, one.where[key] or "") for key in KEYS)))
    told = agreed(ledger, charter)
    return Findings(tuple(found), KEYS, notes=(sentence(told),))


def agreed(ledger: ir.Table, charter: Charter) -> Agreed:
    """How much of what occurs the lines in force speak of."""
    cells = _cells(ledger)
    whole, without = (
        rows.agg(combinations=rows.count(), promises=rows.promises.sum().fill_null(0)).to_pyarrow().to_pylist()[0]
        for rows in (cells, _without(cells, charter))
    )
    people, strangers = (rows.customer.nunique().to_pyarrow().as_py() for rows in (ledger, _without(ledger, charter)))
    return Agreed(
        combinations=whole["combinations"],
        agreed=whole["combinations"] - without["combinations"],
        promises=whole["promises"],
        promises_agreed=whole["promises"] - without["promises"],
        people=people,
        people_agreed=people - strangers,
    )


def sentence(told: Agreed) -> str:
    """The coverage of the charter for a reader."""
    if not told.promises:
        return "No promise is on record."
    said = (
        f"The charter speaks of {told.agreed:,} of {told.combinations:,} combinations on record, and of {told.promises_agreed:,} of "
        f"{told.promises:,} promises ({told.promises_agreed / told.promises:.1%})."
    )
    if not told.people:
        return f"{said} No customer is named."
    return f"{said} To {told.people_agreed:,} of {told.people:,} people nothing was promised outside it."


def _without(rows: ir.Table, charter: Charter) -> ir.Table:
    """Those no line in force speaks of."""
    return rows.filter(matching_line(rows, current(charter)) == NO_LINE)


def _cells(ledger: ir.Table) -> ir.Table:
    """One row per combination on record, with what was promised in it."""
    keys: list[Any] = list(COLUMN_OF_KEY.values())
    return ledger.group_by(keys).agg(
        promises=ledger.count(),
        people=ledger.customer.nunique(),
        unnamed=ledger.count(where=ledger.customer.isnull()),
        first_made=ledger.made_at.min(),
        last_made=ledger.made_at.max(),
    )

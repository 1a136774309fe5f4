"""What texts write, read once: every step of a reading is a column in a layer of its own.

Reading a date in a text takes some ten steps, each of which names the one before it several times; a local time compares an instant
with every change of a clock. As one expression, a handful of them are megabytes of SQL. Here each step stands in a column below a
boundary that Ibis does not merge across (``.view()``), so that whatever is computed above names a column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import ibis
import ibis.expr.types as ir
from sqlglot import exp

from troth.intake import coercion, zones
from troth.intake.moments import Facts
from troth.intake.translation import As, Held, Hoist, Reading, Translator, find_column
from troth.intake.translation.translator import Node
from troth.intake.writing import Writing

Look: TypeAlias = Callable[[ir.Table, Mapping[Hoist, Reading]], Mapping[Hoist, Facts]]
"""Finds out what readings of a table hold."""


def with_readings(translator: Translator, look: Look, first: int) -> tuple[ir.Table, dict[Hoist, Held]]:
    """The translator's table with columns for the readings it wants, and which columns those are.

    A reading of what another one yields waits for that one's column: ask again until nothing is wanted.

    :param first: how many readings the table holds already.
    """
    held: dict[Hoist, Held] = {}
    texts: dict[str, ir.Value] = {}
    for position, (hoist, (node, value)) in enumerate(_innermost(translator).items(), start=first):
        name = f"__read_{position}"
        own = find_column(node.name, translator.columns) if isinstance(node, exp.Column) and hoist.kind is not As.LOCAL else None
        if own is None:
            texts[f"{name}_of"] = value
        moment = hoist.kind is As.MOMENT and hoist.date_format is None
        held[hoist] = Held(own or f"{name}_of", name, f"{name}_offset" if moment else None, f"{name}_day" if moment else None)
    table = _above(translator.table, texts)
    lasting = table.columns
    instants = {hoist: Reading(table[one.text], instant=True, day=False) for hoist, one in held.items() if hoist.kind is As.LOCAL}
    years = {hoist: facts.years for hoist, facts in look(table, instants).items()} if instants else {}
    moments = [(one, _written(hoist, translator.writing)) for hoist, one in held.items() if hoist.kind is As.MOMENT]
    table = _above(table, {f"{one.read}_apart": coercion.taken_apart(table[one.text]) for one, how in moments if how.date_format is None})
    table = _above(table, {f"{one.read}_iso": coercion.in_iso(table[one.text], _apart(table, one), how) for one, how in moments})
    table = _above(table, {f"{one.read}_begun": coercion.begun(table[f"{one.read}_iso"]) for one, _ in moments})
    table = _above(table, {f"{one.read}_raw": coercion.instant_or_local(table[f"{one.read}_begun"], how) for one, how in moments})
    columns: dict[str, ir.Value] = {}
    for hoist, one in held.items():
        text = table[one.text]
        match hoist.kind:
            case As.NUMBER:
                columns[one.read] = coercion.number(text, translator.writing)
            case As.LOCAL:
                columns[one.read] = zones.to_local(text, translator.writing.zone, years[hoist])
            case As.MOMENT:
                iso = table[f"{one.read}_iso"]
                columns[one.read] = coercion.sound(iso, coercion.ended(iso, table[f"{one.read}_raw"]))
                how = _written(hoist, translator.writing)
                asked = ((one.offset, coercion.names_offset(iso, how)), (one.day, coercion.names_day_only(iso, how)))
                columns |= {name: value for name, value in asked if name is not None}
    table = table.select(*lasting, **columns).view()
    return table, held | _without_instants(table, held, look)


def _innermost(translator: Translator) -> dict[Hoist, tuple[Node, ir.Value]]:
    """The wanted readings of what is there already: a local time waits for the instant its text writes."""
    wanted = translator.wanted
    read = {hoist.sql for hoist in wanted}
    written = {hoist.sql for hoist in wanted if hoist.kind is As.MOMENT}
    return {
        hoist: (node, value)
        for hoist, (node, value) in wanted.items()
        if not (hoist.kind is As.LOCAL and hoist.sql in written)
        and not any(part is not node and not isinstance(part, exp.Identifier) and translator.sql(part) in read for part in node.walk())
    }


def _without_instants(table: ir.Table, held: Mapping[Hoist, Held], look: Look) -> dict[Hoist, Held]:
    """The moments none of whose texts names an instant: nothing above has to ask it of each row."""
    readings = {
        hoist: Reading(table[one.read], table[one.offset], table[one.day])
        for hoist, one in held.items()
        if one.offset is not None and one.day is not None
    }
    found = look(table, readings) if readings else {}
    return {hoist: replace(held[hoist], offset=None) for hoist, facts in found.items() if not facts.instants}


def _written(hoist: Hoist, writing: Writing) -> Writing:
    """How the text of a reading is written."""
    return replace(writing, date_format=hoist.date_format)


def _apart(table: ir.Table, one: Held) -> ir.StringValue:
    """The parts of a text in a rare writing, where any may be."""
    name = f"{one.read}_apart"
    return table[name] if name in table.columns else ibis.null("string")


def _above(table: ir.Table, columns: Mapping[str, ir.Value]) -> ir.Table:
    """One more layer."""
    return table.mutate(**columns).view() if columns else table

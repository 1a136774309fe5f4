"""The rows of a source, ready to be mapped: what their texts write is read, their filter and their key are at hand.

Nothing here runs a query; what has to be looked at first is asked of a :data:`troth.intake.layers.Look`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from troth.intake import moments
from troth.intake.expressions import Expression
from troth.intake.layers import Look, with_readings
from troth.intake.readers.spool import FILE, LINE
from troth.intake.settings import MAPPINGS, Gives, keys_of
from troth.intake.sources import RowMapping, Source
from troth.intake.translation import GRAMMAR, As, Doubt, Held, Hoist, Reading, Translator, find_column
from troth.terms.charter import Charter
from troth.terms.vocabulary import TIMED

MOMENTS = (Gives.MOMENT, Gives.LAST_MOMENT)
NUMBERS = (Gives.NUMBER, Gives.LEVEL, Gives.MONEY)
LEVELS = ("internal_estimate", "requested")

ELSEWHERE = "elsewhere"
"""Not a reason to set a row aside: it is another mapping's."""


@dataclass(frozen=True)
class Check:
    """A reason to set a row aside.

    :param fails: true on the rows that are set aside.
    :param column: name or expression of what is wrong.
    :param value: the value that is wrong; in a :class:`Mapped`, a column of its table.
    """

    reason: str
    fails: ir.BooleanValue
    column: str | None = None
    value: ir.Value | None = None


@dataclass(frozen=True)
class Parsed:
    """The rows of a source with the moments of one mapping read, each once.

    :param readings: the moments by the name of their key; stages as ``stages.NAME``.
    :param doubts: texts that are no dates.
    """

    table: ir.Table
    readings: Mapping[str, Reading]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True)
class Mapper:
    """Maps the rows of one source.

    :param table: the rows.
    :param own_columns: columns the source itself has.
    :param hoisted: what ``table`` holds as read already, and in which columns.
    :param repeats: the rows know whether their key occurs again (``troth.intake.repeats``).
    """

    source: Source
    table: ir.Table
    charter: Charter
    own_columns: tuple[str, ...]
    repeats: bool = False
    hoisted: Mapping[Hoist, Held] = field(default_factory=dict)

    def translator(self, table: ir.Table | None = None) -> Translator:
        """A fresh translator over the rows, or over a table that holds the source's columns and more."""
        held = self.table if table is None else table
        there = set(held.columns)
        return Translator(
            held, self.source.writing, self.own_columns, GRAMMAR, {hoist: one for hoist, one in self.hoisted.items() if one.read in there}
        )

    def trial(self) -> Translator:
        """A translator whose values have the right kind, for whoever wants to know that, what is wanted, or what fails."""
        return replace(self.translator(), trial=True)

    def on(self, table: ir.Table, look: Look, *mappings: RowMapping) -> Mapper:
        """The same over another table of the source's rows, with what its filter, its key and these mappings read in columns."""
        mapper = replace(self, table=self._narrowed(table, mappings) if mappings else table)
        while (translator := mapper._asking(mappings)).wanted:  # noqa: SLF001  # another instance of this class
            found, held = with_readings(translator, look, len(mapper.hoisted))
            mapper = replace(mapper, table=found, hoisted={**mapper.hoisted, **held})
        return mapper

    def _narrowed(self, table: ir.Table, mappings: Iterable[RowMapping]) -> ir.Table:
        """The columns that play a part, and the hidden ones: no layer carries what nobody asks for."""
        asked = [expression for expression in (self.source.id, self.source.filter) if expression is not None]
        asked += [expression for mapping in mappings for expression in mapping.expressions]
        wanted = {find_column(name, self.own_columns) for expression in asked for name in expression.columns}
        kept = [name for name in table.columns if name in wanted or name not in self.own_columns]
        return table.select(*(kept or table.columns[:1]))

    def _asking(self, mappings: Iterable[RowMapping]) -> Translator:
        """A translator that has seen every expression, each as what it is used as."""
        translator = self.trial()
        for expression in (self.source.id, self.source.filter):
            if expression is not None:
                translator.value(expression)
        for mapping in mappings:
            moment = {name for name, _ in self._moments(mapping)}
            level = {name for name, setting in keys_of(MAPPINGS[mapping.kind]).items() if setting.gives in NUMBERS}
            for name, expression in mapping.named:
                value = translator.value(expression)
                if value.type().is_string() and name in moment:
                    translator.moment_of(value, expression.tree)
                if value.type().is_string() and name in level:
                    translator.number_of(value, expression.tree)
        return translator

    def filtered_out(self, table: ir.Table) -> tuple[Check, ...]:
        """Where the source's filter cannot be told, and where it does not hold."""
        return () if self.source.filter is None else self._only(table, self.source.filter, "filtered out")

    def elsewhere(self, table: ir.Table, mapping: RowMapping) -> tuple[Check, ...]:
        """Where a mapping's ``where`` cannot be told, and where it does not hold: those rows are another one's."""
        return () if mapping.where is None else self._only(table, mapping.where, ELSEWHERE)

    def _only(self, table: ir.Table, condition: Expression, reason: str) -> tuple[Check, ...]:
        """Where a condition cannot be told, and where it does not hold."""
        translator = self.translator(table)
        holds = as_flag(translator, condition).fill_null(False)
        doubts = (Check(doubt.reason, doubt.holds, doubt.column, doubt.value) for doubt in translator.doubts)
        return (*doubts, Check(reason, ~holds, condition.sql))

    def key(self, table: ir.Table) -> ir.Value:
        """The row key: the id, or file and line."""
        if self.source.id is not None:
            return as_key(self.translator(table).value(self.source.id))
        if FILE not in table.columns:
            return ibis.null("string")
        return table[FILE] + ":" + table[LINE].cast("string")

    def parsed(self, mapping: RowMapping) -> Parsed:
        """Read every moment of a mapping; in a layer of its own where that computes, so that what follows names columns."""
        readings: dict[str, Reading] = {}
        doubts: list[Doubt] = []
        for name, expression in self._moments(mapping):
            translator = self.translator()
            readings[name] = moments.read(translator, expression)
            found = translator.doubts
            if name in LEVELS:
                again = self.translator()
                value = again.value(expression)
                if value.type().is_string():
                    _, number = again.number_of(value, expression.tree)
                    found = [replace(doubt, holds=doubt.holds & number.isnull()) for doubt in found]
            doubts += found
        values = [value for one in readings.values() for value in (one.wall, one.instant, one.day) if not isinstance(value, bool)]
        if all(isinstance(value.op(), ops.Field) for value in values):
            return Parsed(self.table, readings, tuple(doubts))
        columns = {f"__moment_{position}": value for position, value in enumerate(values)}
        columns |= {f"__doubt_{position}": doubt.holds for position, doubt in enumerate(doubts)}
        columns |= {f"__text_{position}": doubt.value for position, doubt in enumerate(doubts)}
        table = self.table.mutate(**columns).view()
        name_of = {value.op(): name for name, value in columns.items()}

        def above(value: Any) -> Any:
            return value if isinstance(value, bool) else table[name_of[value.op()]]

        return Parsed(
            table,
            {name: Reading(above(one.wall), above(one.instant), above(one.day)) for name, one in readings.items()},
            tuple(Doubt(doubt.column, above(doubt.value), above(doubt.holds), doubt.reason) for doubt in doubts),
        )

    def hoists(self, mapping: RowMapping) -> dict[str, Hoist]:
        """What names each moment of a mapping among those of the source."""
        translator = self.translator()
        return {name: Hoist(As.MOMENT, translator.sql(e.tree), self.source.writing.date_format) for name, e in self._moments(mapping)}

    def _moments(self, mapping: RowMapping) -> Iterator[tuple[str, Expression]]:
        """The keys of a mapping that yield moments."""
        for name, setting in keys_of(MAPPINGS[mapping.kind]).items():
            filler = mapping.fillers.get(name)
            if isinstance(filler, Expression) and (setting.gives in MOMENTS or (name in LEVELS and self._may_be_moment(mapping, filler))):
                yield name, filler
        for stage in mapping.stages:
            yield f"stages.{stage.name}", stage.at

    def _may_be_moment(self, mapping: RowMapping, filler: Expression) -> bool:
        """A level of a duration may be given as a moment; a text may hold either."""
        kind = self.trial().value(filler).type()
        return mapping.type in TIMED and (kind.is_date() or kind.is_timestamp() or kind.is_string())

    def zone_of(self, mapping: RowMapping, table: ir.Table) -> ir.StringValue | None:
        """The row's own zone, where the mapping names one."""
        filler = mapping.fillers.get("timezone")
        if mapping.kind != "promises" or not isinstance(filler, Expression):
            return None
        return as_text(self.translator(table).value(filler))


def as_text(value: ir.Value) -> ir.StringValue:
    """The value as text; empty text is no value."""
    return value if value.type().is_string() else value.cast("string")


def as_key(value: ir.Value) -> ir.Value:
    """A key: whole numbers stay numbers, everything else is text."""
    return value.cast("int64") if value.type().is_integer() else as_text(value)


def as_flag(translator: Translator, expression: Expression) -> ir.BooleanValue:
    """An expression that has to be true or false.

    :raises ExpressionError: it yields something else.
    """
    value = translator.value(expression)
    kind = value.type()
    if not (kind.is_boolean() or kind.is_string() or kind.is_null() or kind.is_integer()):
        raise expression.error(f"this is a {kind} where true or false is needed", "compare it with something.")
    return translator.as_flag(value, expression.tree)

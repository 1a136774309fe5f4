"""What one mapping makes of its source's rows: the contract's columns as expressions, and the checks a row has to pass.

Checks stand in the order in which they are told: the first that fails is the row's reason. Nothing here runs a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import available_timezones

import ibis
import ibis.expr.types as ir

from troth.intake import coercion, moments
from troth.intake.expressions import Expression
from troth.intake.moments import Facts, Place, Reading
from troth.intake.settings import MAPPINGS, Gives, Setting, keys_of
from troth.intake.sources import RowMapping, Source
from troth.intake.translation import Doubt, Translator, find_column
from troth.terms.charter import Charter
from troth.terms.errors import SettingError
from troth.terms.tables import COSTS, CUSTOMERS, INTERACTIONS, PROMISES, RECEIPTS, SIGNALS, Column
from troth.terms.vocabulary import TIMED, PromiseType

CONTRACTS: Mapping[str, tuple[Column, ...]] = {
    "customers": CUSTOMERS,
    "interactions": INTERACTIONS,
    "promises": PROMISES,
    "receipts": RECEIPTS,
    "signals": SIGNALS,
    "costs": COSTS,
}

MOMENTS = (Gives.MOMENT, Gives.LAST_MOMENT)
WHERE_THE_CUSTOMER_IS = ("due", "window_start", "received_at", "requested", "internal_estimate")
"""Settings whose days alone belong to the customer's zone; all other times belong to the source's."""


@dataclass(frozen=True)
class Check:
    """A reason to set a row aside.

    :param fails: true on the rows that are set aside.
    :param value: the value that is wrong, as text.
    """

    reason: str
    fails: ir.BooleanValue
    column: str | None = None
    value: ir.StringValue | None = None


@dataclass(frozen=True)
class Mapped:
    """One mapping over one scan.

    :param columns: what fills each column of the contract, then reached_<stage>, context and dimensions.
    :param checks: in the order in which they are told.
    """

    mapping: RowMapping
    columns: Mapping[str, ir.Value]
    checks: tuple[Check, ...]


@dataclass
class Mapper:
    """Maps the rows of one source.

    :param table: the rows; with the hidden columns where the source has no id.
    """

    source: Source
    table: ir.Table
    charter: Charter
    own_columns: tuple[str, ...]

    def translator(self) -> Translator:
        """A fresh translator over this source's rows."""
        return Translator(self.table, self.source.writing, self.own_columns)

    def kept(self) -> Check | None:
        """The source's filter."""
        if self.source.filter is None:
            return None
        translator = self.translator()
        holds = _flag(translator, self.source.filter)
        return Check("filtered out", ~holds.fill_null(False))

    def key(self, file: ir.Value | None, line: ir.Value | None) -> ir.Value:
        """The row key: the id, or file and row number."""
        if self.source.id is not None:
            return as_key(self.translator().value(self.source.id))
        if file is None or line is None:
            return ibis.null("string")
        return file + ":" + line.cast("string")

    def zone_of(self, mapping: RowMapping) -> ir.StringValue | None:
        """The row's own zone, where the mapping names one."""
        filler = mapping.fillers.get("timezone")
        if mapping.kind != "promises" or not isinstance(filler, Expression):
            return None
        return as_text(self.translator().value(filler))

    def readings(self, mapping: RowMapping) -> dict[str, Reading]:
        """Every moment of a mapping, by the place of its key."""
        translator = self.translator()
        found = {}
        for name, setting in keys_of(MAPPINGS[mapping.kind]).items():
            filler = mapping.fillers.get(name)
            if not isinstance(filler, Expression):
                continue
            if setting.gives in MOMENTS or (setting.gives is Gives.LEVEL and self._is_moment(mapping, filler)):
                found[name] = moments.read(translator, filler)
        for stage in mapping.stages:
            found[f"stages.{stage.name}"] = moments.read(translator, stage.at)
        return found

    def _is_moment(self, mapping: RowMapping, filler: Expression) -> bool:
        """A level of a duration may be given as a moment; text may hold either."""
        kind = self.translator().value(filler).type()
        return mapping.type in TIMED and (kind.is_date() or kind.is_timestamp() or kind.is_string())

    def map(self, mapping: RowMapping, *, row: ir.Value, facts: Mapping[str, Facts], place: Place, duplicate: Check | None) -> Mapped:
        """The mapping's columns and checks.

        :param row: the row key.
        :param facts: what the moments hold, by the names :meth:`readings` gives.
        :param duplicate: the check for repeated keys, where there are any.
        """
        build = _Build(self, mapping, facts, place)
        columns = build.columns(row)
        checks = [check for check in (self.kept(), duplicate, *build.checks(columns)) if check is not None]
        return Mapped(mapping, columns, tuple(checks))


@dataclass
class _Build:
    """The work of one mapping: columns first, and what has to be checked along the way."""

    mapper: Mapper
    mapping: RowMapping
    facts: Mapping[str, Facts]
    place: Place
    skipped: list[Check] = field(default_factory=list)
    words: list[Check] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.translator = self.mapper.translator()
        self.doubts = self.translator.doubts

    def columns(self, row: ir.Value) -> dict[str, ir.Value]:
        """What fills each column of the contract, in its order."""
        filled = {setting.fills: self._fill(setting) for setting in keys_of(MAPPINGS[self.mapping.kind]).values() if setting.gives}
        filled |= {"source": ibis.literal(self.mapper.source.name), "row": row}
        if self.mapping.name is not None:
            filled["name"] = ibis.literal(self.mapping.name)
        if self.mapping.kind == "promises":
            self._promise(filled)
        if self.mapping.scale is not None:
            filled["scale_low"], filled["scale_high"] = (ibis.literal(bound, "float64") for bound in self.mapping.scale)
        columns: dict[str, ir.Value] = {}
        for column in CONTRACTS[self.mapping.kind]:
            value = filled.get(column.name)
            kind = "string" if column.type == "id" else column.type
            if value is None:
                value = ibis.null(kind) if column.default is None else ibis.literal(column.default, kind)
            elif column.default is not None and not isinstance(self.mapping.fillers.get(column.name), str | float | bool):
                value = value.fill_null(column.default)
            columns[column.name] = value
        for stage in self.mapping.stages:
            columns[f"reached_{stage.name}"] = self._moment(f"stages.{stage.name}", stage.at, last=True)
        for name, expression in {**self.mapping.context, **self.mapping.dimensions}.items():
            if expression is not None and not self._is_own(name, expression):
                columns[name] = as_text(self.translator.value(expression))
        return columns

    def _is_own(self, name: str, expression: Expression) -> bool:
        """A name of our own table: fine where the source has no other column of that name.

        :raises SettingError: the source's column would stand for two things in the ledger.
        """
        own = {column.name for column in PROMISES} | {f"reached_{stage.name}" for stage in self.mapping.stages}
        if name not in own:
            return False
        filler = self.mapping.fillers.get(name)
        plain = expression.sql == name
        if plain and (find_column(name, self.mapper.own_columns) is None or (isinstance(filler, Expression) and filler.sql == name)):
            return True
        raise SettingError(
            f"“{name}” is a column of the ledger already",
            file=self.mapping.file,
            place=expression.place,
            mend=f'give the source\'s column another name: {{ {self.mapper.source.name}_{name} = "{name}" }}.',
        )

    def _fill(self, setting: Setting) -> ir.Value | None:
        """One setting's value as its contract wants it."""
        filler = self.mapping.fillers.get(setting.name)
        if filler is None:
            return None
        match setting.gives:
            case Gives.MOMENT | Gives.LAST_MOMENT if isinstance(filler, Expression):
                return self._moment(setting.name, filler, last=setting.gives is Gives.LAST_MOMENT)
            case Gives.NUMBER | Gives.LEVEL:
                return self._number(setting, filler)
            case Gives.MONEY:
                return self._number(setting, filler).round(4).try_cast("decimal(18, 4)")
            case Gives.FLAG if isinstance(filler, Expression):
                return _flag(self.translator, filler)
            case Gives.WORD:
                return self._word(setting, filler)
            case Gives.KEY if isinstance(filler, Expression):
                return as_key(self.translator.value(filler))
            case _ if isinstance(filler, Expression):
                return as_text(self.translator.value(filler))
            case _:
                return ibis.literal(filler)

    def _number(self, setting: Setting, filler: Expression | str | float) -> ir.Value:
        if not isinstance(filler, Expression):
            return ibis.literal(float(filler), "float64")
        if setting.gives is Gives.LEVEL and setting.name in self.facts:
            return self._level(setting.name, filler)
        value = self.translator.value(filler)
        kind = value.type()
        if not (kind.is_numeric() or kind.is_string() or kind.is_null()):
            raise filler.error(f"this is a {kind} where a number is needed", setting.help)
        return self.translator.as_number(value, filler.tree).cast("float64")

    def _level(self, name: str, filler: Expression) -> ir.Value:
        """Days since the promise was made, from a moment; a text may also hold the number of days itself."""
        value = self.translator.value(filler)
        made = self.mapping.fillers["made_at"]
        start = self._moment("made_at", made, last=False) if isinstance(made, Expression) else ibis.null("timestamp(6)")
        if not value.type().is_string():
            return moments.days_since(start, self._moment(name, filler, last=True))
        number = coercion.number(value, self.mapper.source.writing)
        quiet = self.mapper.translator()
        reading = moments.read(quiet, filler)
        moment, gap = moments.utc(reading, self.facts[name], self.place, last=True)
        self.doubts.extend(
            Doubt(doubt.column, doubt.value, doubt.holds & number.isnull(), doubt.reason) for doubt in quiet.doubts
        )
        if gap is not None:
            self._skip(gap, filler)
        return ibis.coalesce(number, moments.days_since(start, moment))

    def _moment(self, name: str, expression: Expression, *, last: bool) -> ir.TimestampValue:
        reading = moments.read(self.translator, expression)
        place = self.place if name in WHERE_THE_CUSTOMER_IS else Place(self.place.zone)
        moment, gap = moments.utc(reading, self.facts[name], place, last=last)
        if gap is not None:
            self._skip(gap, expression)
        return moment

    def _skip(self, gap: ir.BooleanValue, expression: Expression) -> None:
        value = self.mapper.translator().value(expression)
        self.skipped.append(Check("clock skipped", gap, expression.sql, value.cast("string")))

    def _word(self, setting: Setting, filler: Expression | str | float) -> ir.Value:
        if not isinstance(filler, Expression):
            return ibis.literal(str(filler))
        value = as_text(self.translator.value(filler))
        self.words.append(Check("unknown word", value.notnull() & ~value.isin(setting.words), filler.sql, value))
        return value

    def _promise(self, filled: dict[str, ir.Value | None]) -> None:
        """What a promise's type adds: type, direction, unit, and the dates that follow from a promised duration."""
        mapping = self.mapping
        filled["type"] = ibis.literal(str(mapping.type))
        filled["direction"] = ibis.literal(str(mapping.direction))
        filled["unit"] = ibis.literal(str(mapping.unit))
        made = filled["made_at"]
        if mapping.type in TIMED and made is not None:
            for moment, level in (("due_at", "promised"), ("received_at", "received")):
                length = filled.get(level)
                if filled.get(moment) is None and length is not None:
                    microseconds = (length * moments.MICROSECONDS_PER_DAY).round().try_cast("int64")
                    filled[moment] = made + microseconds.as_interval("us")
        if self.place.own is not None:
            zone = self.place.own
            self.words.append(Check("unknown word", zone.notnull() & ~zone.isin(self._valid_zones()), "timezone", zone))

    def _valid_zones(self) -> list[str]:
        return sorted(available_timezones() & set(self.place.owned)) or ["UTC"]

    def checks(self, columns: Mapping[str, ir.Value]) -> list[Check]:
        """Everything a row of this mapping is checked for."""
        checks: list[Check] = []
        if self.mapping.kind == "promises":
            checks.append(self._no_promise(columns))
        checks += self._unreadable()
        checks += self.words
        checks += self._missing(columns)
        checks += self._areas(columns)
        checks += self.skipped
        if self.mapping.kind == "promises":
            checks += _order(columns, self.mapping)
        return checks

    def _no_promise(self, columns: Mapping[str, ir.Value]) -> Check:
        """No due date, or no level: the row bears no promise. A text that cannot be read is another matter."""
        timed = self.mapping.type in TIMED or self.mapping.type is PromiseType.WINDOW
        absent = columns["due_at"].isnull() if timed else columns["promised"].isnull()
        if not timed and "promised" not in self.mapping.fillers:
            absent = ibis.literal(False)
        name = "due" if "due" in self.mapping.fillers else "promised"
        filler = self.mapping.fillers.get(name)
        if isinstance(filler, Expression):
            doubts = [doubt.holds for doubt in self.doubts if doubt.column in (*filler.columns, filler.tree.sql(dialect="duckdb"))]
            if doubts:
                absent = absent & ~ibis.or_(*doubts).fill_null(False)
        return Check("no promise", absent, filler.sql if isinstance(filler, Expression) else name)

    def _unreadable(self) -> Iterable[Check]:
        seen: set[tuple[str, str]] = set()
        for doubt in self.doubts:
            key = (doubt.reason, str(hash(doubt.holds)))
            if key not in seen:
                seen.add(key)
                yield Check(doubt.reason, doubt.holds, doubt.column, doubt.value)

    def _missing(self, columns: Mapping[str, ir.Value]) -> Iterable[Check]:
        for column in CONTRACTS[self.mapping.kind]:
            if not column.required or column.name in {"source", "name", "type", "direction", "unit"}:
                continue
            if column.name == "row" and self.mapper.source.id is None:
                continue
            setting = next((s for s in keys_of(MAPPINGS[self.mapping.kind]).values() if s.fills == column.name), None)
            filler = self.mapper.source.id if column.name == "row" else None if setting is None else self.mapping.fillers.get(setting.name)
            yield Check("missing value", columns[column.name].isnull(), filler.sql if isinstance(filler, Expression) else column.name)

    def _areas(self, columns: Mapping[str, ir.Value]) -> Iterable[Check]:
        listed = [area.name for area in self.mapper.charter.areas]
        if not listed:
            return
        for name in ("made_by", "kept_by", "area"):
            if name in columns and name in self.mapping.fillers:
                value = columns[name]
                yield Check("unknown area", value.notnull() & ~value.isin(listed), name, value)


def _order(columns: Mapping[str, ir.Value], mapping: RowMapping) -> Iterable[Check]:
    """A promise is made, then due, then received."""
    made, due, received = columns["made_at"], columns["due_at"], columns["received_at"]
    if "due" in mapping.fillers or "promised" in mapping.fillers:
        yield Check("due before made", (due < made).fill_null(False), "due", due.cast("string"))
    if "received_at" in mapping.fillers or "received" in mapping.fillers:
        yield Check("received before made", (received < made).fill_null(False), "received_at", received.cast("string"))


def as_text(value: ir.Value) -> ir.StringValue:
    """The value as text; empty text is no value."""
    return value if value.type().is_string() else value.cast("string")


def as_key(value: ir.Value) -> ir.Value:
    """A key: whole numbers stay numbers, everything else is text."""
    return value.cast("int64") if value.type().is_integer() else as_text(value)


def _flag(translator: Translator, expression: Expression) -> ir.BooleanValue:
    value = translator.value(expression)
    kind = value.type()
    if not (kind.is_boolean() or kind.is_string() or kind.is_null() or kind.is_integer()):
        raise expression.error(f"this is a {kind} where true or false is needed", "compare it with something.")
    return translator.as_flag(value, expression.tree)

"""What one mapping makes of its source's rows: the contract's columns as expressions, and the checks a row has to pass.

Checks stand in the order in which they are told: the first that fails is the row's reason. Nothing here runs a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from troth.intake import moments
from troth.intake.expressions import Expression
from troth.intake.mapper import Check, Mapper, Parsed, as_flag, as_key, as_text
from troth.intake.moments import Facts, Place
from troth.intake.readers.spool import FILE, LINE
from troth.intake.repeats import AGAIN, BECOMES, KEY, OTHER, POSITION, REPEATED, SOUND, Keep, Rows, settled
from troth.intake.settings import MAPPINGS, Gives, Setting, keys_of
from troth.intake.sources import WHERE, RowMapping
from troth.intake.translation import find_column
from troth.terms.errors import SettingError
from troth.terms.tables import (
    COSTS,
    CUSTOMERS,
    INTERACTIONS,
    LEDGER,
    OCCASIONS,
    PROMISED_OTHERWISE,
    PROMISES,
    READINGS,
    RECEIPTS,
    SIGNALS,
    Column,
    names,
)
from troth.terms.vocabulary import FLAGGED_KEPT, TIMED, Direction, PromiseType

CONTRACTS: Mapping[str, tuple[Column, ...]] = {
    "customers": CUSTOMERS,
    "interactions": INTERACTIONS,
    "promises": PROMISES,
    "receipts": RECEIPTS,
    "signals": SIGNALS,
    "costs": COSTS,
    "occasions": OCCASIONS,
    "readings": READINGS,
}

NAMED_AS = {"occasions": "question", "readings": "measure"}
"""Column that holds what a mapping names, where that is not ``name``."""

WHERE_THE_CUSTOMER_IS = ("due", "window_start", "received_at", "requested", "internal_estimate")
"""Settings whose days alone belong to the customer's zone; all other times belong to the source's."""

NOTED = "__noted_"
"""How the hidden columns begin that are true on rows worth a note."""

REPLACES_NOTHING = "replaces nothing"

FELL_BACK = "__fell_back"
"""Hidden column: the row has no due, and the promised duration says when it is due."""

MINUTE = 1 / 1440
"""Days. What is told to the minute in one column and to the second in the other is the same."""

LEVELS = ("promised", "promised_to", "received", "tolerance", "grace")
"""What cannot be below 0."""

MOST, MOST_DAYS, MINUTES_A_DAY = 1e12, 1e6, 1440
"""Above these a level or an amount, and a length in days, is a code or a slip of the pen; nor could it be added up to the last place."""

PROMISED = ("due_at", "promised", "promised_to", "window_start", "received_at", "received")
"""What is named first where rows of one key differ."""


@dataclass(frozen=True)
class Mapped:
    """One mapping over the rows of its source.

    :param table: the rows, with the columns below that depend on them, and hidden ones the checks look at.
    :param columns: the contract's columns, then reached_<stage>, context and dimensions.
    :param fixed: those of them that hold one value throughout, and which: literals, so that whoever computes with them sees it.
    :param checks: over ``table``, in the order in which they are told.
    :param noted: what is worth a note of rows that are used, and the column that is true on them.
    """

    mapping: RowMapping
    table: ir.Table
    columns: tuple[str, ...]
    fixed: Mapping[str, ir.Value]
    checks: tuple[Check, ...]
    noted: Mapping[str, str] = field(default_factory=dict)

    def value(self, table: ir.Table, name: str) -> ir.Value:
        """One of the columns, over ``table`` or what was made of it."""
        return self.fixed[name] if name in self.fixed else table[name]

    def whole(self, table: ir.Table) -> ir.Table:
        """All the columns, over ``table`` or what was made of it."""
        return table.select(**{name: self.value(table, name) for name in self.columns})


def mapped(
    mapper: Mapper, mapping: RowMapping, parsed: Parsed, facts: Mapping[str, Facts], zones_found: tuple[str, ...], keep: Keep
) -> Mapped:
    """A mapping's columns and checks.

    :param facts: what the moments hold, by the names of ``parsed.readings``.
    :param zones_found: the time zones that occur in the mapping's own zone column.
    :param keep: where the rows of repeated keys are settled.
    """
    place = Place(mapper.source.writing.zone, mapper.zone_of(mapping, parsed.table), zones_found)
    return _Build(mapper, mapping, parsed, facts, place, keep).mapped()


@dataclass
class _Build:
    """The work of one mapping: columns first, and what has to be checked along the way."""

    mapper: Mapper
    mapping: RowMapping
    parsed: Parsed
    facts: Mapping[str, Facts]
    place: Place
    keep: Keep
    fixed: dict[str, ir.Value] = field(default_factory=dict)
    skipped: dict[str, Check] = field(default_factory=dict)
    repeated: dict[str, ir.BooleanValue] = field(default_factory=dict)
    words: list[Check] = field(default_factory=list)
    fell_back: ir.BooleanValue | None = None
    otherwise: ir.BooleanValue | None = None

    def __post_init__(self) -> None:
        self.translator = self.mapper.translator(self.parsed.table)

    def mapped(self) -> Mapped:
        """Columns in one layer, then the checks that compare them."""
        below = self.parsed.table
        columns = self._columns()
        early = [*self.mapper.filtered_out(below), *self.mapper.elsewhere(below, self.mapping)]
        first = len(early)
        early += self._unreadable()
        early += self.words
        early += self._unpriced()
        words = len(early)
        early += self.skipped.values()
        hidden: dict[str, ir.Value] = {}
        for position, check in enumerate(early):
            hidden[f"__fails_{position}"] = check.fails
            if check.value is not None:
                hidden[f"__value_{position}"] = check.value
        for name in ("due", "received_at", "window_start", *LEVELS):
            filler = self.mapping.fillers.get(name)
            if isinstance(filler, Expression):
                hidden[f"__written_{name}"] = self.mapper.translator(below).value(filler).cast("string")
        if self.fell_back is not None:
            hidden[FELL_BACK] = self.fell_back
        hidden |= {name: below[name] for name in (FILE, LINE, KEY, POSITION, REPEATED) if name in below.columns}
        hidden |= {f"{NOTED}{name}": value for name, value in self._noteworthy(columns).items()}
        self.fixed = {name: value for name, value in columns.items() if isinstance(value.op(), ops.Literal)}
        computed = {name: value for name, value in columns.items() if name not in self.fixed} | hidden
        if not computed:  # a table needs a column
            computed["row"] = self.fixed.pop("row") if "row" in columns else self.fixed.pop("customer")
        table = below.select(**computed).view()
        if self.mapper.repeats:
            table = table.mutate(**{SOUND: self._sound(table, early)}).view()
            out = [table[f"__fails_{i}"].fill_null(False) for i in range(first)]
            table = settled(table, ~ibis.or_(*out) if out else ibis.literal(True), self._repeated(table, columns), self.keep)
        held = [
            Check(check.reason, table[f"__fails_{i}"], check.column, None if check.value is None else table[f"__value_{i}"])
            for i, check in enumerate(early)
        ]
        checks = [
            *held[:first],
            *(self._repeats(table, columns) if self.mapper.repeats else ()),
            *self._no_promise(table, held[first:words]),
            *held[first:words],
            *self._missing(table),
            *self._areas(table),
            *held[words:],
            *self._order(table),
            *self._impossible(table),
        ]
        noted = {name.removeprefix(NOTED): name for name in hidden if name.startswith(NOTED)}
        return Mapped(self.mapping, table, tuple(columns), self.fixed, tuple(checks), noted)

    def _noteworthy(self, columns: dict[str, ir.Value]) -> dict[str, ir.BooleanValue]:
        """What is worth a note of rows that are used all the same (``troth.terms.tables.NOTEWORTHY``)."""
        found: dict[str, ir.BooleanValue] = {}
        if self.repeated:
            found["clock repeated"] = ibis.or_(*(value.fill_null(False) for value in self.repeated.values()))
        if self.otherwise is not None:
            found[PROMISED_OTHERWISE] = self.otherwise.fill_null(False)
        if "replaces" in self.mapping.fillers:
            # A row that replaces itself would count for nothing at all: it stands as a promise of its own.
            itself = (columns["replaces"].cast("string") == columns["row"].cast("string")).fill_null(False)
            columns["replaces"] = itself.ifelse(ibis.null(columns["replaces"].type()), columns["replaces"])
            found[REPLACES_NOTHING] = itself
        return found

    def _repeated(self, table: ir.Table, columns: Iterable[str]) -> Rows:
        """What stands of the rows of one key."""
        mapping = self.mapping
        computed = [name for name in columns if name in table.columns and name != "row"]
        if mapping.kind not in {"promises", "receipts"}:
            return Rows(tuple(computed), last_stands=True)
        changing = (
            BECOMES | {f"reached_{stage.name}" for stage in mapping.stages} | {FLAGGED_KEPT} | (mapping.dimensions.keys() - names(PROMISES))
        )
        bears = self._bears() if mapping.kind == "promises" else None
        said = [name for name in computed if name not in changing]
        return Rows(
            said=tuple(sorted(said, key=lambda name: name not in PROMISED)),
            became=tuple(name for name in computed if name in changing),
            bears=bears if bears in computed else None,
            known="recorded_at" if "recorded_at" in computed else None,
            final="final" if "final" in computed else None,
        )

    def _sound(self, table: ir.Table, early: Sequence[Check]) -> ir.BooleanValue:
        """What the row promises, and when, can be read."""
        fillers = [self.mapping.fillers.get(name) for name in ("made_at", "due", "window_start", "promised")]
        read = {name for filler in fillers if isinstance(filler, Expression) for name in self._names_in(filler)}
        doubts = [table[f"__fails_{i}"].fill_null(False) for i, check in enumerate(early) if check.column in read]
        return ~ibis.or_(*doubts) if doubts else ibis.literal(True)

    def _repeats(self, table: ir.Table, columns: Iterable[str]) -> Iterator[Check]:
        """Rows that give way to another one of their key: for saying something else, or for saying the same."""
        for place, name in enumerate(self._repeated(table, columns).said):
            written = f"__written_{'due' if name == 'due_at' else name}"
            value = table[written if written in table.columns else name].cast("string")
            conflicts = table[AGAIN] & (table[OTHER] == place)
            if name == "due_at" and self.fell_back is not None:
                yield Check("conflicting key", conflicts & table[FELL_BACK], *self._promised_as_written(table))
            yield Check("conflicting key", conflicts, self._written_as(name), value)
        key = self.mapper.source.id
        yield Check("duplicate key", table[AGAIN], None if key is None else key.sql, table[KEY].cast("string"))

    def _written_as(self, name: str) -> str:
        """What the mapping fills a column with, as it is written there."""
        fillers = {setting.fills: self.mapping.fillers.get(setting.name) for setting in keys_of(MAPPINGS[self.mapping.kind]).values()}
        filler = fillers.get(name) or {**self.mapping.context, **self.mapping.dimensions}.get(name)
        return filler.sql if isinstance(filler, Expression) else name

    def _promised_as_written(self, table: ir.Table) -> tuple[str, ir.Value]:
        """What the mapping fills ``promised`` with, and the value as it was written."""
        written = "__written_promised"
        return self._written_as("promised"), table[written] if written in table.columns else self._value(table, "promised").cast("string")

    def _bears(self) -> str | None:
        """The column without which a row bears no promise; ``None`` where every row does."""
        if self.mapping.type in TIMED or self.mapping.type is PromiseType.WINDOW:
            return "due_at"
        return "promised" if "promised" in self.mapping.fillers else None

    def _value(self, table: ir.Table, name: str) -> ir.Value:
        """A column of the contract, wherever it is held."""
        return self.fixed[name] if name in self.fixed else table[name]

    def _columns(self) -> dict[str, ir.Value]:
        """What fills each column of the contract, in its order."""
        settings = [setting for setting in keys_of(MAPPINGS[self.mapping.kind]).values() if setting.gives and setting.name != WHERE]
        filled = {setting.fills: self._fill(setting) for setting in settings}
        filled |= {"source": ibis.literal(self.mapper.source.name), "row": self.mapper.key(self.parsed.table)}
        if self.mapping.name is not None:
            filled[NAMED_AS.get(self.mapping.kind, "name")] = ibis.literal(self.mapping.name)
        if self.mapping.kind == "promises":
            self._promise(filled)
        if self.mapping.scale is not None:
            filled["scale_low"], filled["scale_high"] = (ibis.literal(bound, "float64") for bound in self.mapping.scale)
        columns: dict[str, ir.Value] = {}
        for column in CONTRACTS[self.mapping.kind]:
            value = filled.get(column.name)
            if value is None:
                value = _fixed(column)
            elif column.default is not None and isinstance(self._filler_of(column), Expression):
                value = value.fill_null(column.default)
            columns[column.name] = value
        for stage in self.mapping.stages:
            columns[f"reached_{stage.name}"] = self._moment(f"stages.{stage.name}", stage.at, last=True)
        for name, expression in {**self.mapping.context, **self.mapping.dimensions}.items():
            if not self._is_own(name, expression):
                columns[name] = as_text(self.translator.value(expression))
        columns |= self._occasion()
        claim = filled.get(FLAGGED_KEPT)
        if claim is not None:
            self._only_claim()
            columns[FLAGGED_KEPT] = ibis.cases((claim, "yes"), (~claim, "no"), else_=ibis.null("string"))
        return columns

    def _occasion(self) -> dict[str, ir.Value]:
        """What went wrong on an occasion, what was known before, and what came only after; likewise what was read, and what came of it."""
        flags = {met.exposure.name: met.when for met in self.mapping.exposures} | dict(self.mapping.placebo)
        flags |= {f"outcome_{name}": expression for name, expression in self.mapping.outcomes.items()}
        found: dict[str, ir.Value] = {name: as_flag(self.translator, expression) for name, expression in flags.items()}
        found |= {f"comparable_{name}": as_text(self.translator.value(one)) for name, one in self.mapping.comparable.items()}
        for name, expression in self.mapping.covariates.items():
            value = self.translator.value(expression)
            kind = value.type()
            if kind.is_numeric() and not kind.is_boolean():
                found[name] = value.cast("float64")
            else:
                found[name] = value if kind.is_date() or kind.is_timestamp() else as_text(value)
        return found

    def _only_claim(self) -> None:
        """The source's claim stands in the ledger under its own name.

        :raises SettingError: a context or dimension column has that name.
        """
        taken = {**self.mapping.context, **self.mapping.dimensions}.get(FLAGGED_KEPT)
        if taken is not None:
            raise SettingError(
                f"“{FLAGGED_KEPT}” is the source's own claim already, and can be sliced by",
                file=self.mapping.file,
                place=taken.place,
                mend="leave it out here.",
            )

    def _filler_of(self, column: Column) -> object:
        settings = keys_of(MAPPINGS[self.mapping.kind]).values()
        return next((self.mapping.fillers.get(setting.name) for setting in settings if setting.fills == column.name), None)

    def _is_own(self, name: str, expression: Expression) -> bool:
        """A name of our own table: fine where the source has no other column of that name.

        :raises SettingError: the source's column would stand for two things in the ledger.
        """
        stages = {f"reached_{stage.name}" for stage in self.mapping.stages}
        own = names(CONTRACTS[self.mapping.kind])
        if not any(name in taken for taken in (stages, own, names(PROMISES), names(LEDGER))):
            return False
        filler = self.mapping.fillers.get(name)
        absent = find_column(name, self.mapper.own_columns) is None
        if expression.sql == name and name in names(PROMISES) and (absent or (isinstance(filler, Expression) and filler.sql == name)):
            return True
        raise SettingError(
            f"“{name}” is a column of {'the ledger' if self.mapping.kind == 'promises' else self.mapping.kind} already",
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
                return self._in_our_money(self._number(setting, filler)).round(4).try_cast("decimal(18, 4)")
            case Gives.FLAG if isinstance(filler, Expression):
                return as_flag(self.translator, filler)
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

    def _in_our_money(self, amount: ir.Value) -> ir.Value:
        """An amount in the project's currency; NULL where no rate is known, which sets the row aside."""
        code = self._currency()
        if code is None:
            return amount
        rates = self.mapper.source.rates
        return amount * ibis.cases(*((code == name, rate) for name, rate in rates.items()), else_=ibis.null("float64"))

    def _currency(self) -> ir.StringValue | None:
        """The currency of each row, in capitals; the project's where none is told."""
        filler = self.mapping.fillers.get("currency")
        if self.mapping.kind != "costs" or not isinstance(filler, Expression):
            return None
        told = as_text(self.translator.value(filler)).strip().upper()
        return told.nullif("").fill_null(next(iter(self.mapper.source.rates)))

    def _level(self, name: str, filler: Expression) -> ir.Value:
        """Days since the promise was made, from a moment; a text may also hold the number of days itself."""
        made = self.mapping.fillers["made_at"]
        start = self._moment("made_at", made, last=False) if isinstance(made, Expression) else ibis.null("timestamp(6)")
        days = moments.days_since(start, self._moment(name, filler, last=True))
        translator = self.mapper.translator(self.parsed.table)
        value = translator.value(filler)
        return ibis.coalesce(translator.number_of(value, filler.tree)[1], days) if value.type().is_string() else days

    def _moment(self, name: str, expression: Expression, *, last: bool) -> ir.TimestampValue:
        place = self.place if name in WHERE_THE_CUSTOMER_IS else Place(self.place.zone)
        moment = moments.utc(self.parsed.readings[name], self.facts[name], place, last=last)
        if moment.repeated is not None:
            self.repeated[name] = moment.repeated
        if moment.skipped is not None:
            written = self.mapper.translator(self.parsed.table).value(expression).cast("string")
            self.skipped[name] = Check("clock skipped", moment.skipped, expression.sql, written)
        return moment.at

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
                length, given = filled.get(level), filled.get(moment)
                if length is None:
                    continue
                if given is None:
                    filled[moment] = _after(made, length)
                elif moment == "due_at":
                    counted = _after(made, length)
                    self.fell_back = given.isnull() & counted.notnull()
                    self.otherwise = self._otherwise(given, counted, length, filled.get("promised_to"))
                    filled[moment] = ibis.coalesce(given, counted)
        if self.place.own is not None:
            zone = self.place.own
            self.words.append(Check("unknown word", zone.notnull() & ~zone.isin(self.place.owned or ("UTC",)), "timezone", zone))

    def _otherwise(self, due: ir.Value, counted: ir.Value, length: ir.Value, longest: ir.Value | None) -> ir.BooleanValue:
        """Due and the promised duration name two different times; of a range, none of its durations ends at due.

        A day alone holds whatever ends within it. Whole days are seldom meant to the hour, so less than a day apart is the same; what
        is no whole number of days is held to the minute.
        """
        apart = moments.days_since(counted, due)
        within = ibis.literal(0.0) if longest is None else (longest - length).fill_null(0.0)
        beyond = (apart - within).clip(lower=0.0)  # after the longest
        short = (-apart).clip(lower=0.0)  # before the shortest
        day = self.parsed.readings["due"].day
        whole = length == length.round()
        exact = whole.ifelse((beyond >= 1) | (short >= 1), (beyond > MINUTE) | (short > MINUTE))
        in_the_day = (beyond >= 1) | (short > 0)
        return ibis.literal(day).ifelse(in_the_day, exact) if isinstance(day, bool) else day.ifelse(in_the_day, exact)

    def _no_promise(self, table: ir.Table, unreadable: Sequence[Check]) -> Iterator[Check]:
        """No due date, or no level: the row bears no promise. A text that cannot be read is another matter, told as such."""
        if self.mapping.kind != "promises":
            return
        bears = self._bears()
        if bears is None:
            return
        name = "due" if "due" in self.mapping.fillers else "promised"
        filler = self.mapping.fillers.get(name)
        absent = self._value(table, bears).isnull()
        if self.mapping.type in TIMED and "promised" in self.mapping.fillers:
            absent = absent & self._value(table, "promised").isnull()  # a duration is a promise, whatever it cannot be counted from
        fillers = [filler] if self.fell_back is None else [filler, self.mapping.fillers.get("promised")]
        read = {said for one in fillers if isinstance(one, Expression) for said in self._names_in(one)}
        doubts = [check.fails.fill_null(False) for check in unreadable if check.column in read]
        if doubts:
            absent = absent & ~ibis.or_(*doubts)
        yield Check("no promise", absent, filler.sql if isinstance(filler, Expression) else name)

    @staticmethod
    def _names_in(filler: Expression) -> set[str]:
        """What a doubt about an expression may be told of: its columns, or the whole of it."""
        return {*filler.columns, filler.sql, filler.tree.sql(dialect="duckdb")}

    def _unreadable(self) -> Iterator[Check]:
        """Texts that are no dates or numbers; the same text doubted twice is told once."""
        seen: set[tuple[str, object]] = set()
        for doubt in (*self.parsed.doubts, *self.translator.doubts):
            key = (doubt.reason, doubt.holds.op())
            if key not in seen:
                seen.add(key)
                yield Check(doubt.reason, doubt.holds, doubt.column, doubt.value)

    def _unpriced(self) -> Iterator[Check]:
        """Costs in a currency no rate is known of."""
        code = self._currency()
        if code is not None:
            filler = self.mapping.fillers["currency"]
            yield Check("no rate", ~code.isin(list(self.mapper.source.rates)), getattr(filler, "sql", "currency"), self._as_told(code))

    def _as_told(self, code: ir.StringValue) -> ir.StringValue:
        """An amount with its currency, as the source has it: ``500.00 JPY``; the currency alone where no amount can be read."""
        filler = self.mapping.fillers.get("amount")
        if not isinstance(filler, Expression):
            return code
        amount = self.translator.as_number(self.translator.value(filler), filler.tree).cast("float64")
        return (amount.round(2).try_cast("decimal(18, 2)").cast("string") + ibis.literal(" ")).fill_null("") + code

    def _missing(self, table: ir.Table) -> Iterator[Check]:
        for column in CONTRACTS[self.mapping.kind]:
            filler = self.mapper.source.id if column.name == "row" else self._filler_of(column)
            if column.required and isinstance(filler, Expression):
                yield Check("missing value", self._value(table, column.name).isnull(), filler.sql)

    def _areas(self, table: ir.Table) -> Iterator[Check]:
        listed = [area.name for area in self.mapper.charter.areas]
        for name in ("made_by", "kept_by", "area") if listed else ():
            if name in self.mapping.fillers:
                value = self._value(table, name)
                yield Check("unknown area", value.notnull() & ~value.isin(listed), name, value)

    def _order(self, table: ir.Table) -> Iterator[Check]:
        """A promise is made, then due, then received."""
        if self.mapping.kind != "promises":
            return
        for reason, column, keys in (
            ("due before made", self._value(table, "due_at"), ("due", "promised")),
            ("received before made", self._value(table, "received_at"), ("received_at", "received")),
        ):
            given = next((name for name in keys if name in self.mapping.fillers), None)
            if given is None or (given in {"promised", "received"} and self.mapping.type not in TIMED):
                continue
            filler = self.mapping.fillers[given]
            written = f"__written_{given}"
            value = table[written] if written in table.columns else column
            fails = (column < self._value(table, "made_at")).fill_null(False)
            if given == "due" and self.fell_back is not None:
                yield Check(reason, fails & table[FELL_BACK], *self._promised_as_written(table))
            yield Check(reason, fails, filler.sql if isinstance(filler, Expression) else given, value)

    def _impossible(self, table: ir.Table) -> Iterator[Check]:
        """Levels that nobody can promise or receive. Only what the mapping fills is looked at."""
        given = self.mapping.fillers
        if self.mapping.kind == "receipts" and "received" in given:
            yield self._told("negative level", table, "received", self._value(table, "received") < 0)
            yield self._told("too large", table, "received", self._value(table, "received") > MOST)
        if self.mapping.kind != "promises":
            return
        promised = self._value(table, "promised")
        if "window_start" in given and self.mapping.type is PromiseType.WINDOW:
            yield self._told("window backwards", table, "window_start", self._value(table, "due_at") < self._value(table, "window_start"))
        if "promised_to" in given:
            yield self._told("range backwards", table, "promised_to", self._value(table, "promised_to") < promised)
        for name in LEVELS:
            if name in given:
                yield self._told("negative level", table, name, self._value(table, name) < 0)
        for name in (*LEVELS, "value"):
            if name in given:
                minutes = self.mapping.type is PromiseType.WINDOW and name == "tolerance"
                most = MOST_DAYS if self._in_days(name) else MOST_DAYS * MINUTES_A_DAY if minutes else MOST
                yield self._told("too large", table, name, self._value(table, name) > most)
        if "promised" in given and self.mapping.direction is Direction.MAX and self._bears() == "promised":
            yield self._told("nothing promised", table, "promised", promised == 0)

    def _in_days(self, name: str) -> bool:
        """The key gives a length of time in days."""
        return name == "grace" or (name != "value" and self.mapping.type in TIMED)

    def _told(self, reason: str, table: ir.Table, name: str, fails: ir.BooleanValue) -> Check:
        """A check on what a key gives, told with the key's own words and the value as it was written."""
        filler, written = self.mapping.fillers[name], f"__written_{name}"
        value = table[written] if written in table.columns else self._value(table, name)
        return Check(reason, fails.fill_null(False), filler.sql if isinstance(filler, Expression) else name, value)


def _after(made: ir.Value, length: ir.Value) -> ir.Value:
    """The moment a number of days after another."""
    held = (length > MOST_DAYS).ifelse(MOST_DAYS, length)  # too large, and no engine's calendar holds it
    return made + (held * moments.MICROSECONDS_PER_DAY).round().try_cast("int64").as_interval("us")


def _fixed(column: Column) -> ir.Value:
    """A column no key fills: its default, or NULL, of the contract's type."""
    kind = "string" if column.type == "id" else column.type
    value = column.default if column.absent is None else column.absent
    return ibis.null(kind) if value is None else ibis.literal(value, kind)

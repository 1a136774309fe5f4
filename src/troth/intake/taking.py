"""One source, taken: its rows mapped, checked and accounted for, mapping by mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.intake import engine
from troth.intake.accounting import NO_PROMISE, NOT_EVENTS, UNREAD, SourceTally
from troth.intake.expressions import Expression
from troth.intake.folder import Folder
from troth.intake.mapped import CONTRACTS, REPLACES_NOTHING, Mapped, mapped
from troth.intake.mapper import ELSEWHERE, Mapper
from troth.intake.moments import Looks
from troth.intake.readers.spool import FILE, LINE
from troth.intake.repeats import KEY, POSITION, REPEATED, Keep
from troth.intake.scan import Scan
from troth.intake.sources import RowMapping
from troth.intake.zones import known_zones
from troth.terms.errors import ExpressionError
from troth.terms.replacing import DOUBTS, claims
from troth.terms.tables import MISSING, PROMISES, names
from troth.terms.vocabulary import FLAGGED_KEPT

CHECK, VALUE = "__check", "__value"
"""Hidden columns of the tables this module works on."""
UNREADABLE, NOWHERE = "unreadable row", "belongs nowhere"
ON_RECORD, ALIKE = "on_record", "rows"
LEFTOVER = "rows of no table"
"""What the account calls the rows that none of a source's mappings is about."""


@dataclass(frozen=True)
class Taken:
    """One mapping, done.

    :param table: its rows, as a table of the engine.
    :param aside: file of the rows set aside, where there are any.
    :param missing: file of the rows that should bear a promise and are not used (terms.tables.MISSING), where there are any.
    :param noted: what is worth a note, and one row as an example, in words.
    """

    mapping: RowMapping
    table: ir.Table
    tally: SourceTally
    aside: tuple[Path, ...]
    missing: Path | None = None
    noted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taking:
    """A source about to be taken.

    :param mapper: over its rows, repeated keys marked.
    :param connection: the engine's.
    :param look: what is known of its moments so far.
    """

    scan: Scan
    folder: Folder
    mapper: Mapper
    connection: Any
    work: Path
    look: Looks

    def take(self, mapping: RowMapping) -> Taken:
        """Map the rows once and account for each of them.

        :raises ExpressionError: SQL names a missing column, calls an unknown function, mixes kinds, or cannot be computed.
        """
        scan, work = self.scan, self.work
        stem = f"{scan.source.name}.{scan.source.mappings.index(mapping) + 1}.{mapping.kind}"
        with explained(scan, self.folder, mapping):
            zones_found = _zones(self.mapper, mapping)
            look = replace(self.look, local=self.look.local or bool(zones_found))
            keep = partial(_kept, scan, work / f"{stem}.repeats.parquet")
            held = _mapped(self.mapper, mapping, look, zones_found, keep)
            staged = None if scan.in_place else _staged(scan, held, work / f"{stem}.parquet")
            counts, noted = _counts(held, staged)
            if staged is not None:
                counts |= _counts_elsewhere(held)
            claimed = _claimed_without_promise(held, staged, counts)
            missing = self._missing(held, staged, counts, work / f"{stem}.missing.parquet")
        set_aside: dict[str, int] = {}
        for position, check in enumerate(held.checks):
            if counts.get(position) and check.reason != ELSEWHERE:
                set_aside[check.reason] = set_aside.get(check.reason, 0) + counts[position]
        aside = []
        if set_aside:
            told = staged if staged is not None else _told(self._numbered(mapping, held, look, zones_found, keep))
            aside.append(work / f"{stem}.aside.parquet")
            engine.write_parquet(scan.connection, _rows_set_aside(scan, held, told), aside[-1])
        if scan.rejects_path is not None:
            set_aside[UNREADABLE] = scan.rejects
            aside.append(work / f"{stem}.unreadable.parquet")
            engine.write_parquet(scan.connection, _lines_unreadable(scan, mapping), aside[-1])
        if staged is None:
            failing = [check.fails.fill_null(False) for position, check in enumerate(held.checks) if counts.get(position)]
            good = held.table.filter(~ibis.or_(*failing)) if failing else held.table
        else:
            if scan.connection is not self.connection:
                staged = engine.read_parquet(self.connection, [work / f"{stem}.parquet"])
            good = staged.filter(staged[CHECK].isnull()) if counts.keys() - {None} else staged
        whole = _as_contracted(held.whole(good), mapping.kind)
        seen: dict[str, str] = {}
        if REPLACES_NOTHING in noted:
            for word, (count, example) in _not_honoured(whole).items():
                noted[word] = noted.get(word, 0) + count
                seen[word] = example
        tally = SourceTally(
            source=scan.source.name,
            mapping=mapping.label,
            kind=mapping.kind,
            promise=mapping.name,
            read=scan.rows + scan.rejects,
            used=counts.get(None, 0),
            set_aside=set_aside,
            flagged_kept=claimed,
            elsewhere=sum(counts.get(position, 0) for position in _places_elsewhere(held)),
            noteworthy={note: count for note, count in noted.items() if count},
        )
        return Taken(mapping, whole, tally, tuple(aside), missing, seen)

    def _missing(self, held: Mapped, staged: ir.Table | None, counts: Mapping[int | None, int], path: Path) -> Path | None:
        """Write the rows that should bear a promise and are not used, counted by all that a reader may slice them by."""
        reasons = {position: check.reason for position, check in enumerate(held.checks) if counts.get(position)}
        bearing = [position for position, reason in reasons.items() if reason not in (*NOT_EVENTS, ELSEWHERE)]
        if held.mapping.kind != "promises" or not bearing:
            return None
        table = held.table.mutate(**{CHECK: _first_failing(held)}) if staged is None else staged
        rows = table.filter(table[CHECK].isin(bearing))
        read = [position for position in bearing if reasons[position] not in UNREAD]
        further = [name for name in held.columns if name not in names(PROMISES) and not name.startswith("reached_")]
        columns = {name: held.value(rows, name) for name in (*names(MISSING), *further) if name not in {ON_RECORD, ALIKE}}
        columns[ON_RECORD] = rows[CHECK].isin(read) if read else ibis.literal(False)
        listed = rows.select(**columns)
        counted = listed.group_by(list(columns)).agg(**{ALIKE: listed.count()}).order_by(list(columns))
        engine.write_parquet(self.scan.connection, counted, path)
        return path

    def leftover(self) -> tuple[SourceTally, Path] | None:
        """The rows none of the mappings is about, where each says which rows it is about; ``None`` where there are none."""
        mappings = self.scan.source.mappings
        if not all(mapping.where for mapping in mappings):
            return None
        with explained(self.scan, self.folder, *mappings):
            mapper = self.mapper.on(self.scan.numbered, self.look, *mappings)
            table = mapper.table
            taken = [~mapper.elsewhere(table, mapping)[-1].fails for mapping in mappings]
            out = mapper.filtered_out(table)
            rows = table.filter(~ibis.or_(*taken, *((out[-1].fails,) if out else ())))
            path = self.work / f"{self.scan.source.name}.leftover.parquet"
            columns = [mapping.where.sql for mapping in mappings if mapping.where]
            listed = _listed(
                self.scan, LEFTOVER, rows, row=mapper.key(rows).cast("string"), column=ibis.literal(", ".join(columns)), reason=NOWHERE
            )
            count = int(_kept(self.scan, path, listed).count().to_pyarrow().as_py())
        read = self.scan.rows
        return (
            (SourceTally(self.scan.source.name, LEFTOVER, "none", None, read, 0, {NOWHERE: count}, elsewhere=read - count), path)
            if count
            else None
        )

    def _numbered(self, mapping: RowMapping, held: Mapped, look: Looks, zones_found: tuple[str, ...], keep: Keep) -> Mapped:
        """The same mapping over rows that know their file and number, which the cheapest scan leaves out."""
        if FILE in self.mapper.table.columns:
            return held
        return _mapped(replace(self.mapper, table=self.scan.numbered), mapping, look, zones_found, keep)


def begun(scan: Scan, folder: Folder, connection: Any, work: Path) -> Taking:
    """Get ready to take a source: look for keys that occur more than once.

    :param connection: of the engine.
    :raises ExpressionError: its key or its filter cannot be computed.
    """
    source = scan.source
    base = scan.table if scan.in_place and source.id is not None else scan.numbered
    mapper = Mapper(source, base, folder.charter, scan.columns)
    look = Looks(local=source.writing.zone != "UTC")
    with explained(scan, folder):
        repeated = _repeated_keys(scan, mapper, look, work)
    if repeated is not None:
        mapper = replace(mapper, table=_marked(scan, mapper, look, repeated), repeats=True)
    if not scan.in_place and len(source.mappings) > 1:
        with explained(scan, folder, *source.mappings):
            mapper = _stored(scan, mapper.on(mapper.table, look, *source.mappings), work)
    return Taking(scan, folder, mapper, connection, work, look)


def _stored(scan: Scan, mapper: Mapper, work: Path) -> Mapper:
    """The same over rows whose texts are read, in a file: several mappings share them."""
    return replace(mapper, table=_kept(scan, work / f"{scan.source.name}.read.parquet", mapper.table))


def _kept(scan: Scan, path: Path, table: ir.Table) -> ir.Table:
    """The table, computed once."""
    engine.write_parquet(scan.connection, table, path)
    return engine.read_parquet(scan.connection, [path])


def _mapped(mapper: Mapper, mapping: RowMapping, look: Looks, zones_found: tuple[str, ...], keep: Keep) -> Mapped:
    """The mapping over the mapper's rows, what its moments hold looked at."""
    mapper = mapper.on(mapper.table, look, mapping)
    parsed = mapper.parsed(mapping)
    hoists = mapper.hoists(mapping)
    found = look(parsed.table, {hoists[name]: reading for name, reading in parsed.readings.items()})
    return mapped(mapper, mapping, parsed, {name: found[hoists[name]] for name in parsed.readings}, zones_found, keep)


def _as_contracted(table: ir.Table, kind: str) -> ir.Table:
    """A table in the contract's own types, to the precision: files and intervals lose some of it on the way."""
    wanted = {column.name: column.type for column in CONTRACTS[kind] if column.type != "id"}
    odd = {name: type_ for name, type_ in wanted.items() if str(table[name].type()) != type_}
    return table.cast(odd) if odd else table


def _first_failing(held: Mapped) -> ir.Value:
    """Position of the first check a row fails; NULL where it passes all."""
    if not held.checks:
        return ibis.null("int16")
    return ibis.cases(*((check.fails, position) for position, check in enumerate(held.checks)), else_=ibis.null("int16")).cast("int16")


def _counts(held: Mapped, staged: ir.Table | None) -> tuple[dict[int | None, int], dict[str, int]]:
    """Rows by the first check they fail (``None`` counts those that pass), and what is worth a note of those that pass."""
    notes = {f"noted_{place}": name for place, name in enumerate(held.noted.values())}
    table = held.table.select(*notes.values(), **{CHECK: _first_failing(held)}) if staged is None else staged
    found = (
        table.group_by(CHECK).agg(rows=table.count(), **{note: table[name].sum() for note, name in notes.items()}).to_pyarrow().to_pylist()
    )
    counts = {row[CHECK]: row["rows"] for row in found}
    passed: dict[str, int] = next((row for row in found if row[CHECK] is None), {})
    return counts, {note: int(passed.get(f"noted_{place}") or 0) for place, note in enumerate(held.noted)}


def _not_honoured(whole: ir.Table) -> dict[str, tuple[int, str]]:
    """Promises that say they replace one which they cannot: how many, and one of them, by what speaks against it."""
    keys = whole.mutate(row=whole.row.cast("string"), replaces=whole.replaces.cast("string"))
    later = keys.filter(keys.replaces.notnull())
    there = keys.select(parent="row")
    nowhere = later.anti_join(there, later.replaces == there.parent).select("row", parent="replaces", doubt=ibis.literal(REPLACES_NOTHING))
    told = claims(keys)
    every = nowhere.union(told.filter(told.doubt.notnull()).select("row", "parent", "doubt"))
    order = ibis.row_number().over(group_by=every.doubt, order_by=[every.row.length(), every.row])
    counted = every.mutate(order=order, count=every.count().over(group_by=every.doubt))
    first = counted.filter(counted.order == 0).to_pyarrow().to_pylist()
    found = {row["doubt"]: (int(row["count"]), f"row {row['row']} replaces {row['parent']}") for row in first}
    return {word: found[word] for word in (REPLACES_NOTHING, *DOUBTS) if word in found}


def _counts_elsewhere(held: Mapped) -> dict[int | None, int]:
    """The same for the rows the mapping is not about, which are not staged."""
    found: dict[int | None, int] = {}
    for position in _places_elsewhere(held):
        earlier = [check.fails.fill_null(False) for check in held.checks[:position]]
        mine = held.table.filter(held.checks[position].fails, *((~ibis.or_(*earlier),) if earlier else ()))
        found[position] = int(mine.count().to_pyarrow().as_py())
    return found


def _claimed_without_promise(held: Mapped, staged: ir.Table | None, counts: Mapping[int | None, int]) -> int | None:
    """Rows that bear no promise and that the source flags as kept; ``None`` where the mapping names no such flag."""
    if FLAGGED_KEPT not in held.columns:
        return None
    unpromised = [position for position, check in enumerate(held.checks) if check.reason == NO_PROMISE and counts.get(position)]
    if not unpromised:
        return 0
    table = held.table.mutate(**{CHECK: _first_failing(held)}) if staged is None else staged
    claimed = table[CHECK].isin(unpromised) & (held.value(table, FLAGGED_KEPT) == "yes")
    return int(claimed.sum().to_pyarrow().as_py() or 0)


def _told(held: Mapped) -> ir.Table:
    """The mapped rows with the first check each fails, and the value it fails by."""
    table, nothing = held.table, ibis.null("string")
    values = [(check.fails, nothing if check.value is None else check.value.cast("string")) for check in held.checks]
    return table.select(
        *(name for name in held.columns if name not in held.fixed),
        *held.noted.values(),
        FILE,
        LINE,
        **{
            CHECK: _first_failing(held),
            VALUE: ibis.cases(*values, else_=nothing) if any(check.value is not None for check in held.checks) else nothing,
        },
    )


def _staged(scan: Scan, held: Mapped, path: Path) -> ir.Table:
    """The mapped rows, computed once: text is parsed here and never again. They stand as in their files, on any number of threads."""
    told = _told(held)
    others = _places_elsewhere(held)
    mine = told.filter(told[CHECK].isnull() | told[CHECK].notin(others)) if others else told
    engine.write_parquet(scan.connection, mine.order_by(FILE, LINE), path)
    return engine.read_parquet(scan.connection, [path])


def _places_elsewhere(held: Mapped) -> list[int]:
    """The checks that set nothing aside."""
    return [position for position, check in enumerate(held.checks) if check.reason == ELSEWHERE]


def _rows_set_aside(scan: Scan, held: Mapped, told: ir.Table) -> ir.Table:
    """Every row set aside: where it stands, what is wrong with it, why."""
    others = _places_elsewhere(held)
    failed = told.filter(told[CHECK].notnull(), *((told[CHECK].notin(others),) if others else ()))
    which, nothing = failed[CHECK], ibis.null("string")
    columns = [(which == position, check.column) for position, check in enumerate(held.checks) if check.column]
    return _listed(
        scan,
        held.mapping.label,
        failed,
        row=held.value(failed, "row" if "row" in held.columns else "customer").cast("string"),
        column=ibis.cases(*columns, else_=nothing) if columns else nothing,
        value=failed[VALUE],
        reason=ibis.cases(*((which == position, check.reason) for position, check in enumerate(held.checks)), else_=nothing),
    )


def _lines_unreadable(scan: Scan, mapping: RowMapping) -> ir.Table:
    """The lines that do not have the columns of their file, for one mapping."""
    lines = engine.read_parquet(scan.connection, [path for path in (scan.rejects_path,) if path is not None])
    return _listed(scan, mapping.label, lines, value=lines["text"], reason=UNREADABLE)


def _listed(scan: Scan, label: str, rows: ir.Table, **told: ir.Value | str) -> ir.Table:
    """Rows as they are listed: SET_ASIDE, what is not told left empty."""
    line = rows[LINE] if scan.source.connection is None else ibis.null("int64")
    first = {"source": ibis.literal(scan.source.name), "mapping": ibis.literal(label), "file": rows[FILE], "line": line}
    rest = {name: told.get(name, ibis.null("string")) for name in ("row", "column", "value", "reason")}
    return rows.select(**first, **{name: ibis.literal(value) if isinstance(value, str) else value for name, value in rest.items()})


def _repeated_keys(scan: Scan, mapper: Mapper, look: Looks, work: Path) -> ir.Table | None:
    """The keys that occur more than once among the rows used; ``None`` where none does.

    Counting distinct keys is the cheap test; which they are is only looked at where it finds a repeated one.
    """
    if scan.source.id is None:
        return None
    held = mapper.on(scan.table, look)
    out = held.filtered_out(held.table)
    kept = held.table.filter(~out[-1].fails) if out else held.table
    keys = kept.select(**{KEY: held.key(kept)})
    present, distinct = engine.present_and_distinct(scan.connection, keys, KEY)
    if present == distinct:
        return None
    counted = keys.filter(keys[KEY].notnull()).group_by(KEY).agg(times=lambda rows: rows.count())
    return _kept(scan, work / f"{scan.source.name}.repeated.parquet", counted.filter(counted.times > 1).drop("times"))


def _marked(scan: Scan, mapper: Mapper, look: Looks, repeated: ir.Table) -> ir.Table:
    """The rows, each with its key, its position, and whether its key occurs again."""
    held = mapper.on(scan.numbered, look)
    rows = held.table.mutate(**{KEY: held.key(held.table), POSITION: _position(held.table)})
    repeated = repeated.mutate(**{REPEATED: True})
    joined = rows.left_join(repeated, KEY)
    return joined.select(
        *(rows[name] for name in scan.numbered.columns), rows[KEY], rows[POSITION], repeated[REPEATED].fill_null(False).name(REPEATED)
    ).view()


def _position(table: ir.Table) -> ir.StringValue:
    """Where a row stands: text that sorts by file, then by number."""
    return table[FILE] + "#" + table[LINE].cast("string").lpad(15, "0")


def _zones(mapper: Mapper, mapping: RowMapping) -> tuple[str, ...]:
    """The time zones that occur in the mapping's own zone column; words that are none are left to the checks."""
    zone = mapper.zone_of(mapping, mapper.table)
    if zone is None:
        return ()
    found = mapper.table.select(zone=zone).distinct().to_pyarrow().column("zone").to_pylist()
    return tuple(sorted(known_zones() & {name for name in found if name is not None}))


# Failures


@contextmanager
def explained(scan: Scan, folder: Folder, *mappings: RowMapping) -> Iterator[None]:
    """Turn what the database says of an expression into an error that names file and key."""
    try:
        yield
    except engine.failures() as error:
        culprit = _culprit(scan, folder, mappings)
        reason = str(error).strip().splitlines()
        raise ExpressionError(
            f"the database cannot compute this ({reason[0] if reason else type(error).__name__})",
            file=scan.source.file,
            place=culprit.place if culprit is not None else mappings[0].place if len(mappings) == 1 else None,
            mend="try_cast(... as ...) gives an empty value where a cast fails.",
        ) from error


def _culprit(scan: Scan, folder: Folder, mappings: Sequence[RowMapping]) -> Expression | None:
    """The first expression that fails on its own."""
    candidates = [expression for mapping in mappings for expression in mapping.expressions]
    candidates = candidates or [expression for expression in (scan.source.id, scan.source.filter) if expression is not None]
    mapper = Mapper(scan.source, scan.table, folder.charter, scan.columns)
    for expression in candidates:
        try:
            alone = mapper.table.select(value=mapper.trial().value(expression))
            alone.aggregate(values=alone["value"].nunique()).to_pyarrow()
        except engine.failures():
            return expression
    return None

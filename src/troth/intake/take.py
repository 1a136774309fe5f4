"""From a project folder to our tables, with every row accounted for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import ibis
import ibis.expr.types as ir

from troth.intake import engine, moments
from troth.intake.accounting import SourceTally
from troth.intake.expressions import Expression
from troth.intake.folder import Folder
from troth.intake.mapped import CONTRACTS, Check, Mapped, Mapper
from troth.intake.moments import Facts, Place
from troth.intake.readers.files import Fingerprint
from troth.intake.readers.spool import FILE, LINE
from troth.intake.scan import Scan, open_source
from troth.intake.sources import RowMapping, Source
from troth.terms.errors import ExpressionError, TrothError
from troth.terms.tables import PROMISES, SET_ASIDE, names
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType, StageStep

CHECK, COLUMN, VALUE = "__check", "__column", "__value"
UNREADABLE = "unreadable row"


@dataclass(frozen=True)
class Intake:
    """What a project folder holds, as tables of the engine.

    :param promises: the PROMISES contract, then reached_<stage>, context and dimension columns.
    :param specs: what each mapping says of its promise.
    :param accounting: one tally per source and mapping: ``read == used + sum(set_aside)``.
    :param set_aside: the SET_ASIDE contract, one row per row set aside.
    :param fingerprints: what tells this version of each file from another.
    """

    promises: ir.Table
    specs: tuple[PromiseSpec, ...]
    receipts: ir.Table | None
    customers: ir.Table | None
    interactions: ir.Table | None
    signals: ir.Table | None
    costs: ir.Table | None
    accounting: tuple[SourceTally, ...]
    set_aside: ir.Table
    fingerprints: tuple[Fingerprint, ...]


@dataclass(frozen=True)
class Taken:
    """One mapping, done.

    :param table: its rows, as a table of the engine.
    :param aside: file of the rows set aside, where there are any.
    """

    mapping: RowMapping
    table: ir.Table
    tally: SourceTally
    aside: tuple[Path, ...]


def take(folder: Folder, connection: Any, *, work: Path | str | None = None) -> Intake:
    """Read every source of a project, map its rows and account for each of them.

    :param connection: Ibis connection of the engine; its session is set to UTC.
    :param work: folder for spooled rows, needed as long as the tables are; a temporary one, kept until the process ends, where left
        out.
    :raises SourceError: a file is unreadable or a database is down.
    :raises MissingFileError: a file is not there, or a package not installed.
    :raises ExpressionError: SQL names a missing column, calls an unknown function, or mixes kinds.
    """
    engine.in_utc(connection)
    workbench = connection if engine.is_duckdb(connection) else ibis.duckdb.connect()
    engine.in_utc(workbench)
    where = Path(work) if work is not None else _temporary()
    taken: list[Taken] = []
    fingerprints: list[Fingerprint] = []
    for source in folder.sources:
        scan = open_source(source, data=folder.settings.data, work=where, connection=connection, workbench=workbench)
        fingerprints += scan.fingerprints
        taken += take_source(scan, folder, connection, where)

    def table_of(kind: str) -> ir.Table | None:
        parts = [one.table for one in taken if one.mapping.kind == kind]
        return _together(parts, kind) if parts else None

    promises = table_of("promises")
    aside = [path for one in taken for path in one.aside]
    return Intake(
        promises=_empty(connection, "promises") if promises is None else promises,
        specs=tuple(spec for one in taken if (spec := _spec(one, folder)) is not None),
        receipts=table_of("receipts"),
        customers=table_of("customers"),
        interactions=table_of("interactions"),
        signals=table_of("signals"),
        costs=table_of("costs"),
        accounting=tuple(one.tally for one in taken),
        set_aside=engine.read_parquet(connection, aside).select(*names(SET_ASIDE)) if aside else _no_rows(connection, SET_ASIDE),
        fingerprints=tuple(fingerprints),
    )


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _temporary() -> Path:
    """A work folder that lives as long as the process: lazy tables read from it."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="troth-"))
    return Path(_KEPT[-1].name)


def take_source(scan: Scan, folder: Folder, connection: Any, work: Path) -> list[Taken]:
    """Map and account for one source."""
    source = scan.source
    numbered = not scan.in_place or source.id is None
    base = scan.numbered if numbered else scan.table
    mapper = Mapper(source, base, folder.charter, scan.columns)
    for expression in (source.id, source.filter):
        if expression is not None:
            mapper.translator().value(expression)
    with explained(source, scan, folder):
        repeated = _repeated_keys(scan, mapper, work)
    if repeated is not None:
        base = _with_last_position(scan, mapper, repeated)
        mapper = Mapper(source, base, folder.charter, scan.columns)
    return [_take_mapping(scan, mapper, mapping, folder, connection, work, repeated=repeated is not None) for mapping in source.mappings]


def _take_mapping(
    scan: Scan, mapper: Mapper, mapping: RowMapping, folder: Folder, connection: Any, work: Path, *, repeated: bool
) -> Taken:
    source = scan.source
    with explained(source, scan, folder, mapping):
        zone = mapper.zone_of(mapping)
        place = Place(source.writing.zone, zone, () if zone is None else _zones(mapper.table, zone))
        readings = mapper.readings(mapping)
        facts = moments.profile(mapper.table, readings, local=place.zone != "UTC" or zone is not None)
        held = _map(mapper, mapping, facts, place, repeated=repeated)
        ready = _staged(scan, held, mapper.table, work) if not scan.in_place else None
        counts = _counts(held, mapper.table if ready is None else ready)
    set_aside: dict[str, int] = {}
    for position, check in enumerate(held.checks):
        if counts.get(position):
            set_aside[check.reason] = set_aside.get(check.reason, 0) + counts[position]
    if scan.rejects:
        set_aside[UNREADABLE] = scan.rejects
    aside = _write_aside(scan, mapper, held, ready, facts, place, work, any_row=any(counts.get(i) for i in range(len(held.checks))))
    tally = SourceTally(source.name, mapping.label, mapping.kind, mapping.name, scan.rows + scan.rejects, counts.get(None, 0), set_aside)
    if ready is None:
        failing = [check.fails.fill_null(False) for position, check in enumerate(held.checks) if counts.get(position)]
        rows = mapper.table.filter(~ibis.or_(*failing)) if failing else mapper.table
        table = rows.select(**_rebound(mapper, mapping, facts, place, rows, repeated=repeated).columns) if failing else rows.select(**held.columns)
    else:
        table = ready.filter(ready[CHECK].isnull()) if set_aside.keys() - {UNREADABLE} else ready
        table = table.drop(CHECK, COLUMN, VALUE, FILE, LINE)
        if scan.connection is not connection:
            table = engine.read_parquet(connection, [_stage_path(scan, mapping, work)])
            table = table.filter(table[CHECK].isnull()).drop(CHECK, COLUMN, VALUE, FILE, LINE)
    return Taken(mapping, table, tally, aside)


def _map(mapper: Mapper, mapping: RowMapping, facts: Mapping[str, Facts], place: Place, *, repeated: bool) -> Mapped:
    table = mapper.table
    file, line = (table[FILE], table[LINE]) if FILE in table.columns else (None, None)
    row = mapper.key(file, line)
    duplicate = None
    if repeated:
        later = table[LAST_POSITION].notnull() & (_position(table) < table[LAST_POSITION])
        duplicate = Check("duplicate key", later, None if mapper.source.id is None else mapper.source.id.sql, row.cast("string"))
    return mapper.map(mapping, row=row, facts=facts, place=place, duplicate=duplicate)


def _rebound(mapper: Mapper, mapping: RowMapping, facts: Mapping[str, Facts], place: Place, rows: ir.Table, *, repeated: bool) -> Mapped:
    """The same mapping over the rows that passed."""
    onto = Mapper(mapper.source, rows, mapper.charter, mapper.own_columns)
    again = place if place.own is None else Place(place.zone, onto.zone_of(mapping), place.owned)
    return _map(onto, mapping, facts, again, repeated=repeated)


def _first_failing(checks: tuple[Check, ...]) -> ir.Value:
    """Position of the first check a row fails; NULL where it passes all."""
    if not checks:
        return ibis.null("int8")
    return ibis.cases(*((check.fails, position) for position, check in enumerate(checks)), else_=ibis.null("int8")).cast("int8")


def _counts(held: Mapped, table: ir.Table) -> dict[int | None, int]:
    """Rows by the first check they fail; ``None`` counts those that pass."""
    which = table[CHECK] if CHECK in table.columns else _first_failing(held.checks)
    found = table.group_by(which.name(CHECK)).agg(rows=ibis._.count()).to_pyarrow().to_pylist()  # noqa: SLF001  # Ibis's deferred table
    return {row[CHECK]: row["rows"] for row in found}


def _told(checks: tuple[Check, ...], which: ir.Value) -> dict[str, ir.Value]:
    """The column and value each failing row is set aside for."""
    columns = [(which == position, check.column) for position, check in enumerate(checks) if check.column]
    values = [(which == position, check.value.cast("string")) for position, check in enumerate(checks) if check.value is not None]
    return {
        COLUMN: ibis.cases(*columns, else_=ibis.null("string")) if columns else ibis.null("string"),
        VALUE: ibis.cases(*values, else_=ibis.null("string")) if values else ibis.null("string"),
    }


def _stage_path(scan: Scan, mapping: RowMapping, work: Path) -> Path:
    position = scan.source.mappings.index(mapping)
    return work / f"{scan.source.name}.{position + 1}.{mapping.kind}.parquet"


def _staged(scan: Scan, held: Mapped, table: ir.Table, work: Path) -> ir.Table:
    """The mapped rows, computed once: text is parsed here and never again."""
    which = _first_failing(held.checks)
    computed = table.select(**held.columns, **{CHECK: which, FILE: table[FILE], LINE: table[LINE]}, **_told(held.checks, which))
    path = _stage_path(scan, held.mapping, work)
    engine.write_parquet(scan.connection, computed, path)
    return engine.read_parquet(scan.connection, [path])


def _write_aside(
    scan: Scan,
    mapper: Mapper,
    held: Mapped,
    ready: ir.Table | None,
    facts: Mapping[str, Facts],
    place: Place,
    work: Path,
    *,
    any_row: bool,
) -> tuple[Path, ...]:
    """Keep every row set aside: where it stands, what is wrong with it, why."""
    paths = []
    position = scan.source.mappings.index(held.mapping)
    stem = f"{scan.source.name}.{position + 1}.{held.mapping.kind}"
    if any_row:
        table = ready
        checks = held.checks
        if table is None:
            numbered = mapper.table if FILE in mapper.table.columns else scan.numbered
            again = _rebound(mapper, held.mapping, facts, place, numbered, repeated=LAST_POSITION in numbered.columns)
            which = _first_failing(again.checks)
            table = numbered.select(
                row=again.columns["row"], **{CHECK: which, FILE: numbered[FILE], LINE: numbered[LINE]}, **_told(again.checks, which)
            )
        failed = table.filter(table[CHECK].notnull())
        told = failed.select(
            source=ibis.literal(scan.source.name),
            mapping=ibis.literal(held.mapping.label),
            file=failed[FILE],
            line=failed[LINE],
            row=failed["row"].cast("string"),
            column=failed[COLUMN],
            value=failed[VALUE],
            reason=ibis.cases(*((failed[CHECK] == i, check.reason) for i, check in enumerate(checks)), else_=ibis.null("string")),
        )
        paths.append(work / f"{stem}.aside.parquet")
        engine.write_parquet(scan.connection, told, paths[-1])
    if scan.rejects_path is not None:
        lost = engine.read_parquet(scan.connection, [scan.rejects_path])
        paths.append(work / f"{stem}.unreadable.parquet")
        engine.write_parquet(
            scan.connection,
            lost.select(
                source=ibis.literal(scan.source.name),
                mapping=ibis.literal(held.mapping.label),
                file=lost[FILE],
                line=lost[LINE],
                row=ibis.null("string"),
                column=ibis.null("string"),
                value=lost.text,
                reason=ibis.literal(UNREADABLE),
            ),
            paths[-1],
        )
    return tuple(paths)


# Keys

LAST_POSITION = "__last_position"
KEY = "__key"


def _repeated_keys(scan: Scan, mapper: Mapper, work: Path) -> ir.Table | None:
    """The keys that occur more than once among the rows that are used, with the last position of each; ``None`` where none does."""
    if scan.source.id is None:
        return None
    kept = mapper.kept()
    lean = mapper.table if kept is None else mapper.table.filter(~kept.fails)
    onto = Mapper(scan.source, lean, mapper.charter, mapper.own_columns)
    key = onto.key(None, None)
    found = lean.aggregate(present=key.count(), distinct=key.nunique()).to_pyarrow().to_pylist()[0]
    if found["present"] == found["distinct"]:
        return None
    full = Mapper(scan.source, scan.numbered, mapper.charter, mapper.own_columns)
    kept = full.kept()
    rows = scan.numbered if kept is None else scan.numbered.filter(~kept.fails)
    again = Mapper(scan.source, rows, mapper.charter, mapper.own_columns)
    keyed = rows.select(**{KEY: again.key(None, None), "position": _position(rows)}).filter(ibis._[KEY].notnull())  # noqa: SLF001
    counted = keyed.group_by(KEY).agg(n=ibis._.count(), **{LAST_POSITION: keyed.position.max()})  # noqa: SLF001
    repeated = counted.filter(counted.n > 1).drop("n")
    path = work / f"{scan.source.name}.repeated.parquet"
    engine.write_parquet(scan.connection, repeated, path)
    return engine.read_parquet(scan.connection, [path])


def _with_last_position(scan: Scan, mapper: Mapper, repeated: ir.Table) -> ir.Table:
    """The rows, each with the last position of its key where the key is repeated."""
    rows = scan.numbered
    onto = Mapper(scan.source, rows, mapper.charter, mapper.own_columns)
    keyed = rows.mutate(**{KEY: onto.key(None, None)})
    return keyed.left_join(repeated, KEY).select(*(keyed[name] for name in rows.columns), repeated[LAST_POSITION])


def _position(table: ir.Table) -> ir.StringValue:
    """Where a row stands: text that sorts by file, then by number."""
    return table[FILE] + "#" + table[LINE].cast("string").lpad(15, "0")


def _zones(table: ir.Table, zone: ir.StringValue) -> tuple[str, ...]:
    """The time zones that occur in a column; words that are none are left to the checks."""
    found = table.select(zone=zone).distinct().limit(2_000).to_pyarrow().column("zone").to_pylist()
    return tuple(sorted(available_timezones() & {name for name in found if name is not None}))


# What the engine gets to know


def _spec(one: Taken, folder: Folder) -> PromiseSpec | None:
    mapping = one.mapping
    if mapping.kind != "promises" or mapping.type is None or mapping.direction is None:
        return None
    given = mapping.fillers.keys()
    has: set[str] = {name for name in ("internal_estimate", "bundle", "replaces", "reversed_at", "value", "recorded_at") if name in given}
    has |= {feature for key, feature in (("void_when", "void"), ("broken_when", "broken")) if key in given}
    if any(other.kind == "receipts" and other.name == mapping.name for source in folder.sources for other in source.mappings):
        has.add("received_later")
    return PromiseSpec(
        name=mapping.name or "",
        type=PromiseType(mapping.type),
        direction=Direction(mapping.direction),
        unit=mapping.unit or "",
        source=one.tally.source,
        context=tuple(mapping.context),
        dimensions=tuple(mapping.dimensions),
        stages=tuple(StageStep(stage.name, stage.area) for stage in mapping.stages),
        has=frozenset(has),
    )


def _together(parts: list[ir.Table], kind: str) -> ir.Table:
    """Rows of several mappings as one table: keys as text where one of them needs it, columns one lacks as NULL."""
    if len(parts) == 1:
        return parts[0]
    standard = [column.name for column in CONTRACTS[kind]]
    extra = {name: part[name].type() for part in parts for name in part.columns if name not in standard}
    keys = [column.name for column in CONTRACTS[kind] if column.type == "id"]
    mixed = {name for name in keys if len({str(part[name].type().copy(nullable=True)) for part in parts}) > 1}
    aligned = [
        part.select(
            *(part[name].cast("string").name(name) if name in mixed else part[name] for name in standard),
            *((part[name] if name in part.columns else ibis.null(type_)).name(name) for name, type_ in extra.items()),
        )
        for part in parts
    ]
    return ibis.union(*aligned)


def _no_rows(connection: Any, contract: Any) -> ir.Table:
    schema = ibis.schema({column.name: "string" if column.type == "id" else column.type for column in contract})
    return ibis.memtable([], schema=schema) if connection is not None else ibis.memtable([], schema=schema)


def _empty(connection: Any, kind: str) -> ir.Table:
    return _no_rows(connection, CONTRACTS[kind])


# Failures


@contextmanager
def explained(source: Source, scan: Scan, folder: Folder, mapping: RowMapping | None = None) -> Iterator[None]:
    """Turn what the database says of an expression into an error that names file and key."""
    try:
        yield
    except TrothError:
        raise
    except engine.failures() as error:
        culprit = _culprit(scan, folder, mapping)
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ExpressionError(
            f"the database cannot compute this ({reason})",
            file=source.file,
            place=culprit.place if culprit is not None else None if mapping is None else mapping.place,
            mend="try_cast(... as ...) gives an empty value where a cast fails.",
        ) from error


def _culprit(scan: Scan, folder: Folder, mapping: RowMapping | None) -> Expression | None:
    """The first expression that fails on its own."""
    source = scan.source
    candidates = [e for e in (source.id, source.filter) if e is not None] if mapping is None else list(mapping.expressions)
    mapper = Mapper(source, scan.table, folder.charter, scan.columns)
    for expression in candidates:
        try:
            value = mapper.translator().value(expression)
            scan.table.select(x=value).aggregate(n=ibis._.x.nunique()).to_pyarrow()  # noqa: SLF001
        except engine.failures():
            return expression
    return None


__all__ = ["PROMISES", "Intake", "take"]

"""From a project folder to our tables, with every row accounted for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.intake import engine, moments
from troth.intake.accounting import NO_PROMISE, SourceTally
from troth.intake.expressions import Expression
from troth.intake.folder import Folder
from troth.intake.mapped import CONTRACTS, Mapped, Mapper
from troth.intake.moments import Facts
from troth.intake.readers.files import Fingerprint
from troth.intake.readers.spool import FILE, LINE
from troth.intake.scan import Scan, open_source
from troth.intake.sources import RowMapping
from troth.intake.zones import known_zones
from troth.terms.errors import ExpressionError
from troth.terms.tables import SET_ASIDE, Column, names
from troth.terms.vocabulary import FLAGGED_KEPT, Direction, PromiseSpec, PromiseType, StageStep

CHECK, COLUMN, VALUE = "__check", "__column", "__value"
KEY, POSITION, LAST, REPLACED = "__key", "__position", "__last", "__replaced"
"""Hidden columns of the tables this module works on."""
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
    :raises SourceError: a file is missing or unreadable, a package is not installed, or a database is down.
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
        promises=_no_rows(CONTRACTS["promises"]) if promises is None else promises,
        specs=tuple(spec for one in taken if (spec := _spec(one, folder)) is not None),
        receipts=table_of("receipts"),
        customers=table_of("customers"),
        interactions=table_of("interactions"),
        signals=table_of("signals"),
        costs=table_of("costs"),
        accounting=tuple(one.tally for one in taken),
        set_aside=engine.read_parquet(connection, aside).select(*names(SET_ASIDE)) if aside else _no_rows(SET_ASIDE),
        fingerprints=tuple(fingerprints),
    )


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _temporary() -> Path:
    """A work folder that lives as long as the process: lazy tables read from it."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="troth-"))
    return Path(_KEPT[-1].name)


def take_source(scan: Scan, folder: Folder, connection: Any, work: Path) -> list[Taken]:
    """Map one source and account for its rows."""
    source = scan.source
    base = scan.table if scan.in_place and source.id is not None else scan.numbered
    mapper = Mapper(source, base, folder.charter, scan.columns)
    for expression in (source.id, source.filter):
        if expression is not None:
            mapper.translator().value(expression)
    with explained(scan, folder):
        repeated = _repeated_keys(scan, mapper, work)
    if repeated is not None:
        mapper = replace(mapper, table=_marked(scan, mapper, repeated), duplicate=REPLACED)
    mapper = mapper.with_numbers(source.mappings)
    return [_take_mapping(scan, mapper, mapping, folder, connection, work) for mapping in source.mappings]


def _take_mapping(scan: Scan, mapper: Mapper, mapping: RowMapping, folder: Folder, connection: Any, work: Path) -> Taken:
    stem = f"{scan.source.name}.{scan.source.mappings.index(mapping) + 1}.{mapping.kind}"
    with explained(scan, folder, mapping):
        zones_found = _zones(mapper, mapping)
        parsed = mapper.parsed(mapping)
        facts = moments.profile(parsed.table, parsed.readings, local=mapper.source.writing.zone != "UTC" or bool(zones_found))
        held = mapper.map(mapping, parsed, facts, zones_found)
        staged = None if scan.in_place else _staged(scan, held, work / f"{stem}.parquet")
        counts = _counts(held, staged)
        claimed = _claimed_without_promise(held, staged, counts)
    set_aside: dict[str, int] = {}
    for position, check in enumerate(held.checks):
        if counts.get(position):
            set_aside[check.reason] = set_aside.get(check.reason, 0) + counts[position]
    aside = []
    if set_aside:
        told = staged if staged is not None else _told(_numbered(scan, mapper, mapping, facts, zones_found))
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
        if scan.connection is not connection:
            staged = engine.read_parquet(connection, [work / f"{stem}.parquet"])
        good = staged.filter(staged[CHECK].isnull()) if counts.keys() - {None} else staged
    table = _as_contracted(good.select(*held.columns), mapping.kind)
    tally = SourceTally(
        source=scan.source.name,
        mapping=mapping.label,
        kind=mapping.kind,
        promise=mapping.name,
        read=scan.rows + scan.rejects,
        used=counts.get(None, 0),
        set_aside=set_aside,
        flagged_kept=claimed,
    )
    return Taken(mapping, table, tally, tuple(aside))


def _as_contracted(table: ir.Table, kind: str) -> ir.Table:
    """A table in the contract's own types, to the precision: files and intervals lose some of it on the way."""
    wanted = {column.name: column.type for column in CONTRACTS[kind] if column.type != "id"}
    return table.cast({name: type_ for name, type_ in wanted.items() if str(table[name].type()) != type_})


def _first_failing(held: Mapped) -> ir.Value:
    """Position of the first check a row fails; NULL where it passes all."""
    if not held.checks:
        return ibis.null("int16")
    return ibis.cases(*((check.fails, position) for position, check in enumerate(held.checks)), else_=ibis.null("int16")).cast("int16")


def _counts(held: Mapped, staged: ir.Table | None) -> dict[int | None, int]:
    """Rows by the first check they fail; ``None`` counts those that pass."""
    table = held.table.select(**{CHECK: _first_failing(held)}) if staged is None else staged
    found = table.group_by(CHECK).agg(rows=table.count()).to_pyarrow().to_pylist()
    return {row[CHECK]: row["rows"] for row in found}


def _claimed_without_promise(held: Mapped, staged: ir.Table | None, counts: Mapping[int | None, int]) -> int | None:
    """Rows that bear no promise and that the source flags as kept; ``None`` where the mapping names no such flag."""
    if FLAGGED_KEPT not in held.columns:
        return None
    unpromised = [position for position, check in enumerate(held.checks) if check.reason == NO_PROMISE and counts.get(position)]
    if not unpromised:
        return 0
    table = held.table.mutate(**{CHECK: _first_failing(held)}) if staged is None else staged
    return int((table[CHECK].isin(unpromised) & (table[FLAGGED_KEPT] == "yes")).sum().to_pyarrow().as_py() or 0)


def _told(held: Mapped) -> ir.Table:
    """The mapped rows with the first check each fails, and the column and value it fails by."""
    table = held.table.mutate(**{CHECK: _first_failing(held)}).view()
    which = table[CHECK]
    at_fault = [(which == position, check.column) for position, check in enumerate(held.checks) if check.column]
    values = [
        (which == position, table[check.value.get_name()].cast("string"))
        for position, check in enumerate(held.checks)
        if check.value is not None
    ]
    nothing = ibis.null("string")
    return table.select(
        *held.columns,
        FILE,
        LINE,
        CHECK,
        **{
            COLUMN: ibis.cases(*at_fault, else_=nothing) if at_fault else nothing,
            VALUE: ibis.cases(*values, else_=nothing) if values else nothing,
        },
    )


def _staged(scan: Scan, held: Mapped, path: Path) -> ir.Table:
    """The mapped rows, computed once: text is parsed here and never again. They stand as in their files, on any number of threads."""
    engine.write_parquet(scan.connection, _told(held).order_by(FILE, LINE), path)
    return engine.read_parquet(scan.connection, [path])


def _numbered(scan: Scan, mapper: Mapper, mapping: RowMapping, facts: Mapping[str, Facts], zones_found: tuple[str, ...]) -> Mapped:
    """The same mapping over rows that know their file and number, which the cheapest scan leaves out."""
    if FILE not in mapper.table.columns:
        mapper = replace(mapper, table=scan.numbered, hoisted={}).with_numbers((mapping,))
    return mapper.map(mapping, mapper.parsed(mapping), facts, zones_found)


def _rows_set_aside(scan: Scan, held: Mapped, told: ir.Table) -> ir.Table:
    """Every row set aside: where it stands, what is wrong with it, why."""
    failed = told.filter(told[CHECK].notnull())
    reasons = ibis.cases(*((failed[CHECK] == i, check.reason) for i, check in enumerate(held.checks)), else_=ibis.null("string"))
    key = failed["row"] if "row" in failed.columns else failed["customer"]
    return failed.select(
        source=ibis.literal(scan.source.name),
        mapping=ibis.literal(held.mapping.label),
        file=failed[FILE],
        line=failed[LINE],
        row=key.cast("string"),
        column=failed[COLUMN],
        value=failed[VALUE],
        reason=reasons,
    )


def _lines_unreadable(scan: Scan, mapping: RowMapping) -> ir.Table:
    """The lines that do not have the columns of their file, for one mapping."""
    lines = engine.read_parquet(scan.connection, [path for path in (scan.rejects_path,) if path is not None])
    return lines.select(
        source=ibis.literal(scan.source.name),
        mapping=ibis.literal(mapping.label),
        file=lines[FILE],
        line=lines[LINE],
        row=ibis.null("string"),
        column=ibis.null("string"),
        value=lines["text"],
        reason=ibis.literal(UNREADABLE),
    )


def _repeated_keys(scan: Scan, mapper: Mapper, work: Path) -> ir.Table | None:
    """The keys that occur more than once among the rows used, each with its last position; ``None`` where none does.

    Counting distinct keys is the cheap test; positions are only looked at where it finds a repeated one.
    """
    if scan.source.id is None:
        return None

    def keyed(table: ir.Table) -> ir.Table:
        out = mapper.filtered_out(table)
        kept = table.filter(~out[-1].fails) if out else table
        columns = {KEY: mapper.key(kept)} | ({POSITION: _position(kept)} if FILE in kept.columns else {})
        return kept.select(**columns)

    present, distinct = engine.present_and_distinct(scan.connection, keyed(scan.table), KEY)
    if present == distinct:
        return None
    rows = keyed(scan.numbered)
    rows = rows.filter(rows[KEY].notnull())
    counted = rows.group_by(KEY).agg(times=rows.count(), **{LAST: rows[POSITION].max()})
    path = work / f"{scan.source.name}.repeated.parquet"
    engine.write_parquet(scan.connection, counted.filter(counted.times > 1).drop("times"), path)
    return engine.read_parquet(scan.connection, [path])


def _marked(scan: Scan, mapper: Mapper, repeated: ir.Table) -> ir.Table:
    """The rows, each marked where a later row of the same key replaces it."""
    rows = scan.numbered.mutate(**{KEY: mapper.key(scan.numbered), POSITION: _position(scan.numbered)})
    joined = rows.left_join(repeated, KEY)
    replaced = (rows[POSITION] < repeated[LAST]).fill_null(False)
    return joined.select(*(rows[name] for name in scan.numbered.columns), replaced.name(REPLACED)).view()


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


# What the engine gets to know


def _spec(one: Taken, folder: Folder) -> PromiseSpec | None:
    mapping = one.mapping
    if mapping.kind != "promises" or mapping.type is None or mapping.direction is None:
        return None
    given, claim = mapping.fillers.keys(), mapping.fillers.get(FLAGGED_KEPT)
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
        dimensions=(*mapping.dimensions, *(() if claim is None else (FLAGGED_KEPT,))),
        stages=tuple(StageStep(stage.name, stage.area) for stage in mapping.stages),
        has=frozenset(has),
        each=mapping.each,
        flagged_kept=claim.sql if isinstance(claim, Expression) else None,
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


def _no_rows(contract: tuple[Column, ...]) -> ir.Table:
    return ibis.memtable([], schema=ibis.schema({column.name: "string" if column.type == "id" else column.type for column in contract}))


# Failures


@contextmanager
def explained(scan: Scan, folder: Folder, mapping: RowMapping | None = None) -> Iterator[None]:
    """Turn what the database says of an expression into an error that names file and key."""
    try:
        yield
    except engine.failures() as error:
        culprit = _culprit(scan, folder, mapping)
        reason = str(error).strip().splitlines()
        raise ExpressionError(
            f"the database cannot compute this ({reason[0] if reason else type(error).__name__})",
            file=scan.source.file,
            place=culprit.place if culprit is not None else None if mapping is None else mapping.place,
            mend="try_cast(... as ...) gives an empty value where a cast fails.",
        ) from error


def _culprit(scan: Scan, folder: Folder, mapping: RowMapping | None) -> Expression | None:
    """The first expression that fails on its own."""
    candidates = [e for e in (scan.source.id, scan.source.filter) if e is not None] if mapping is None else list(mapping.expressions)
    mapper = Mapper(scan.source, scan.table, folder.charter, scan.columns)
    for expression in candidates:
        try:
            alone = scan.table.select(value=mapper.translator().value(expression))
            alone.aggregate(values=alone["value"].nunique()).to_pyarrow()
        except engine.failures():
            return expression
    return None

"""From a project folder to our tables, with every row accounted for."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.intake import engine
from troth.intake.accounting import SourceTally
from troth.intake.expressions import Expression
from troth.intake.folder import Folder, nothing_received, received_later
from troth.intake.mapped import CONTRACTS
from troth.intake.readers.files import Fingerprint
from troth.intake.scan import open_source
from troth.intake.taking import Taken, begun
from troth.terms.embedded import open_duckdb
from troth.terms.measures import ReadingSpec
from troth.terms.tables import MISSING, SET_ASIDE, Column, names
from troth.terms.vocabulary import FLAGGED_KEPT, Direction, OccasionSpec, PromiseSpec, PromiseType, StageStep, Unpriced

NO_RATE = "no rate"
AS_TOLD = r"^(?:(-?[0-9.]+) )?(.*)$"
"""The value a cost without a rate is set aside for: an amount, where it could be read, and its currency."""


@dataclass(frozen=True)
class Intake:
    """What a project folder holds, as tables of the engine.

    :param promises: the PROMISES contract, then reached_<stage>, context and dimension columns.
    :param specs: what each mapping says of its promise.
    :param occasions: what each mapping says of its occasions, and the OCCASIONS contract, then exposures, covariates and placebos.
    :param readings: what each mapping says of the readings of its measure, and the READINGS contract, then comparable and outcome columns.
    :param accounting: one tally per source and mapping, and one per source with rows that belong to none.
    :param set_aside: the SET_ASIDE contract, one row per row set aside.
    :param missing: rows that should bear a promise and are not used: the MISSING contract, then context and dimension columns.
    :param fingerprints: what tells this version of each file from another.
    """

    promises: ir.Table
    specs: tuple[PromiseSpec, ...]
    receipts: ir.Table | None
    customers: ir.Table | None
    interactions: ir.Table | None
    signals: ir.Table | None
    costs: ir.Table | None
    occasions: tuple[tuple[OccasionSpec, ir.Table], ...]
    readings: tuple[tuple[ReadingSpec, ir.Table], ...]
    accounting: tuple[SourceTally, ...]
    set_aside: ir.Table
    missing: ir.Table
    fingerprints: tuple[Fingerprint, ...]

    @property
    def unpriced(self) -> tuple[Unpriced, ...]:
        """Costs set aside as their currency has no rate, by currency."""
        aside = self.set_aside.filter(self.set_aside.reason == NO_RATE)
        told = aside.select(
            currency=aside.value.re_extract(AS_TOLD, 2), amount=aside.value.re_extract(AS_TOLD, 1).nullif("").cast("decimal(18, 2)")
        )
        sums = told.group_by("currency").agg(costs=told.count(), amount=told.amount.sum()).order_by("currency")
        return tuple(Unpriced(row["currency"], row["costs"], row["amount"] or Decimal(0)) for row in sums.to_pyarrow().to_pylist())


def take(folder: Folder, connection: Any, *, work: Path | str | None = None) -> Intake:
    """Read every source of a project, map its rows and account for each of them.

    :param connection: Ibis connection of the engine; its session is set to UTC.
    :param work: folder for spooled rows, needed as long as the tables are; a temporary one, kept until the process ends, where left
        out.
    :raises SourceError: a file is missing or unreadable, a package is not installed, or a database is down.
    :raises ExpressionError: SQL names a missing column, calls an unknown function, or mixes kinds.
    """
    engine.in_utc(connection)
    workbench = connection if engine.is_duckdb(connection) else open_duckdb()
    where = Path(work) if work is not None else _temporary()
    taken: list[Taken] = []
    leftovers: list[tuple[SourceTally, Path]] = []
    fingerprints: list[Fingerprint] = []
    for source in folder.sources:
        scan = open_source(source, data=folder.settings.data, work=where, connection=connection, workbench=workbench)
        fingerprints += scan.fingerprints
        taking = begun(scan, folder, connection, where)
        taken += [taking.take(mapping) for mapping in source.mappings]
        leftovers += [left for left in (taking.leftover(),) if left is not None]

    def table_of(kind: str) -> ir.Table | None:
        parts = [one.table for one in taken if one.mapping.kind == kind]
        return _together(parts, CONTRACTS[kind]) if parts else None

    promises = table_of("promises")
    missing = [engine.read_parquet(connection, [one.missing]) for one in taken if one.missing is not None]
    aside = [path for one in taken for path in one.aside] + [path for _, path in leftovers]
    return Intake(
        promises=_no_rows(CONTRACTS["promises"]) if promises is None else promises,
        specs=tuple(spec for one in taken if (spec := _spec(one, folder)) is not None),
        receipts=table_of("receipts"),
        customers=table_of("customers"),
        interactions=table_of("interactions"),
        signals=table_of("signals"),
        costs=table_of("costs"),
        occasions=tuple((_occasions_spec(one), one.table) for one in taken if one.mapping.kind == "occasions"),
        readings=tuple((_readings_spec(one), one.table) for one in taken if one.mapping.kind == "readings"),
        accounting=(*(one.tally for one in taken), *(tally for tally, _ in leftovers)),
        set_aside=engine.read_parquet(connection, aside).select(*names(SET_ASIDE)) if aside else _no_rows(SET_ASIDE),
        missing=_together(missing, MISSING) if missing else _no_rows(MISSING),
        fingerprints=tuple(fingerprints),
    )


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _temporary() -> Path:
    """A work folder that lives as long as the process: lazy tables read from it."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="troth-"))
    return Path(_KEPT[-1].name)


# What the engine gets to know


def _spec(one: Taken, folder: Folder) -> PromiseSpec | None:
    mapping = one.mapping
    if mapping.kind != "promises" or mapping.type is None or mapping.direction is None:
        return None
    given, claim = mapping.fillers.keys(), mapping.fillers.get(FLAGGED_KEPT)
    has: set[str] = {name for name in ("internal_estimate", "bundle", "replaces", "reversed_at", "value", "recorded_at") if name in given}
    has |= {feature for key, feature in (("void_when", "void"), ("broken_when", "broken")) if key in given}
    if received_later(mapping, folder.sources):
        has.add("received_later")
    elif nothing_received(mapping, folder.sources):
        has.add("never_received")
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


def _occasions_spec(one: Taken) -> OccasionSpec:
    mapping, says = one.mapping, one.mapping.says
    stage, means, settled = (says.get(name) for name in ("stage", "means", "settled_after"))
    return OccasionSpec(
        question=mapping.name or "",
        source=one.tally.source,
        exposures=tuple(met.exposure for met in mapping.exposures),
        stage=None if stage is None else str(stage),
        event=None if means is None else str(means),
        covariates=tuple(mapping.covariates),
        placebo=tuple(mapping.placebo),
        intent="intent" in mapping.fillers,
        settled_after=None if settled is None else float(settled),
        margin="margin" in mapping.fillers,
    )


def _readings_spec(one: Taken) -> ReadingSpec:
    mapping = one.mapping
    return ReadingSpec(
        measure=mapping.name or "",
        source=one.tally.source,
        comparable=tuple(mapping.comparable),
        outcomes=tuple(mapping.outcomes),
        has=frozenset({"unit", "pressed", "handled_minutes", "waited_minutes"} & mapping.fillers.keys()),
    )


def _together(parts: list[ir.Table], contract: Sequence[Column]) -> ir.Table:
    """Rows of several mappings as one table: keys as text where one of them needs it, columns one lacks as NULL."""
    if len(parts) == 1:
        return parts[0]
    standard = [column.name for column in contract]
    extra = {name: part[name].type() for part in parts for name in part.columns if name not in standard}
    keys = [column.name for column in contract if column.type == "id"]
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
    schema = ibis.schema({column.name: "string" if column.type == "id" else column.type for column in contract})
    return ibis.memtable(schema.to_pyarrow().empty_table())

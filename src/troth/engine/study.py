"""A study: every promise judged, every setting decomposed, as of one instant; and the questions a study answers.

:func:`compute` is the only place that pulls rows out of the database, and what it pulls has been reduced: context cells, counts per cell,
week and bin, settings. :class:`Reading` answers from the tables it wrote, with a DuckDB of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from troth.engine.capability import cells as growing
from troth.engine.capability import record as recording
from troth.engine.capability.cells import Cells
from troth.engine.capability.curves import Floats
from troth.engine.capability.scales import Scale, scale_of
from troth.engine.constants import constants_of, restore
from troth.engine.findings import Account, AtRisk, Calibration, Contrast, Findings, Integrity, NativeAccount, ScoreAccount, Skill, StagePart
from troth.engine.folding import fold
from troth.engine.gaps import account as accounting
from troth.engine.gaps import contrast, expected, native, ratings, scoring, stages
from troth.engine.gaps import draws as drawing
from troth.engine.gaps import forecast as forecasting
from troth.engine.gaps import score as points
from troth.engine.gaps.settings import Model, Settled, bracketed, settle
from troth.engine.promises import integrity, judge
from troth.engine.promises.slices import slice_columns
from troth.terms.charter import Area, Charter, Line, Party, Touchpoint
from troth.terms.errors import StudyError
from troth.terms.vocabulary import Aspect, Direction, PromiseSpec, PromiseType, StageStep

Progress = Callable[[str], None]

LEDGER, SETTINGS, DRAWS = "ledger.parquet", "settings.parquet", "draws.parquet"
FORECASTS, STAGES, CELLS, FACTS = "forecasts.parquet", "stages.parquet", "cells.parquet", "study.json"
SCORES, SCORE_CURVE = "scores.parquet", "score_curve.parquet"
LOOK = 20_000
"""Rows looked at to see whether received levels are few."""
PARQUET = {"compression": "snappy", "parquet_version": "v2", "dictionary_size_limit": 10_000}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What is known of one promise name before its rows are coded."""

    spec: PromiseSpec
    scale: Scale
    cells: Cells


def compute(
    promises: ir.Table,
    receipts: ir.Table | None = None,
    *,
    specs: Sequence[PromiseSpec],
    charter: Charter,
    as_of: datetime,
    connection: Any,
    folder: Path,
    coverage: Mapping[str, tuple[int, int]],
    timezone: str,
    seed: int = 0,
    draws: int = drawing.DRAWS,
    signals: ir.Table | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Judge every promise, decompose every setting, and write the study's tables into ``folder``.

    :param promises: the PROMISES contract, as an expression of ``connection``.
    :param receipts: the RECEIPTS contract, where receipts come from another source.
    :param as_of: instant with a zone; nothing known later is used.
    :param coverage: promise name to (promises recorded, promise-bearing rows).
    :param seed: of the bootstrap.
    :param draws: of the bootstrap; with 0 the account has no intervals.
    :param signals: the SIGNALS contract: ratings make the account in score points, stated expectations fill E.
    :param progress: told one sentence per step.
    :return: facts for the manifest: promises, settings, cells and weeks.
    :raises StudyError: there is not one promise to judge.
    """
    say = progress or (lambda _: None)
    say("Judging promises")
    judged = judge(promises, receipts, as_of=as_of, charter=charter, specs=specs)
    heard = ratings.kinds(signals, as_of) if signals is not None else frozenset()
    if signals is not None and expected.EXPECTATION in heard:
        judged = expected.fill(judged, signals, as_of=as_of, specs=specs)
    facts = decompose(
        judged, specs=specs, charter=charter, as_of=as_of, connection=connection, folder=folder, seed=seed, draws=draws, say=say
    )
    if signals is not None and ratings.RATING in heard:
        say("Reading the scores")
        facts["scores"] = _score(signals, facts, charter=charter, as_of=as_of, connection=connection, folder=folder)
    facts |= {"timezone": timezone, "coverage": {name: list(pair) for name, pair in coverage.items()}}
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
    return {key: facts[key] for key in ("promises", "settings", "cells", "weeks")}


def decompose(
    judged: ir.Table,
    *,
    specs: Sequence[PromiseSpec],
    charter: Charter,
    as_of: datetime,
    connection: Any,
    folder: Path,
    seed: int = 0,
    draws: int = drawing.DRAWS,
    say: Progress = lambda _: None,
) -> dict[str, Any]:
    """Code and write the judged promises, fit capability, and write every table but the facts.

    :param judged: the LEDGER contract, as an expression of ``connection``.
    :return: the facts, ready to be written as JSON.
    :raises StudyError: there is not one promise.
    """
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    judged = fold(judged)
    named = _by_name(specs)
    alone = len(named) == 1
    say("Surveying contexts")
    surveyed, first_week, weeks = _survey(judged, named)
    if not surveyed:
        mend = "look at the row accounting: every row was set aside, or none was made yet."
        raise StudyError("there is not one promise to judge.", mend=mend)
    models = _models(surveyed)
    say("Writing the ledger")
    coded = [recording.code(_of(judged, m.spec.name, alone=alone), m.cells, m.scale, charter, m.first_cell, now) for m in models]
    whole = fold(ibis.union(*coded) if len(coded) > 1 else coded[0])
    constants = constants_of(whole)
    write(in_order(whole).drop(*constants), connection, folder / LEDGER)
    order = list(whole.columns)
    ledger = restore(connection.read_parquet(folder / LEDGER), constants, order)
    settled: list[Settled] = []
    tables: dict[str, list[pa.Table]] = {name: [] for name in (SETTINGS, DRAWS, FORECASTS, STAGES)}
    for model in models:
        say(f"Decomposing “{model.spec.name}”")
        mine = _of(ledger, model.spec.name, alone=alone)
        done = settle(mine, model, charter, first_week=first_week, weeks=weeks)
        settled.append(done)
        with ThreadPoolExecutor(max_workers=1) as beside:  # numpy lets go of the interpreter: two cores, two models
            drawn = beside.submit(drawing.draw, done, model, charter, seed=seed, draws=draws)
            tables[SETTINGS].append(bracketed(done, model, charter))
            tables[DRAWS].append(drawn.result())
        tables[FORECASTS].append(forecasting.chances(mine, done, model))
        tables[STAGES].append(stages.expectations(mine, done, model))
    say("Writing what was found")
    for name, parts in tables.items():
        _save(pa.concat_tables(parts, promote_options="default"), folder / name)
    _save(_cell_table(models), folder / CELLS)
    return {
        "as_of": as_of.isoformat(),
        "seed": seed,
        "charter": asdict(charter),
        "specs": [_spec_record(spec) for spec in specs],
        "calibration": [asdict(gate) for done in settled for gate in done.calibration],
        "scales": {model.spec.name: asdict(model.scale) for model in models},
        "promises": int(ledger.count().to_pyarrow().as_py()),
        "settings": sum(done.table.num_rows for done in settled),
        "cells": sum(model.cells.tree.leaves for model in models),
        "weeks": weeks,
        "constants": constants,
        "columns": order,
    }


def _score(
    signals: ir.Table, facts: Mapping[str, Any], *, charter: Charter, as_of: datetime, connection: Any, folder: Path
) -> dict[str, Any]:
    """Write the scored promises and the curve they were judged by; give the facts of both."""
    ledger = restore(connection.read_parquet(folder / LEDGER), facts["constants"], facts["columns"])
    settings = connection.read_parquet(folder / SETTINGS)
    scales = {name: Scale(**record) for name, record in facts["scales"].items()}
    with TemporaryDirectory(dir=folder) as work:
        answers = Path(work) / "answers.parquet"
        write(ratings.answers(ledger, settings, signals, charter, scales, as_of), connection, answers)
        scored = scoring.score(connection.read_parquet(answers), ledger, signals, scales, as_of)
        write(scored.rows, connection, folder / SCORES)
    _save(scored.curve, folder / SCORE_CURVE)
    return scored.facts


def break_account(
    ledger: ir.Table,
    charter: Charter | None = None,
    by: Sequence[str] = (),
    *,
    context: Sequence[str] = (),
    mode: str = "as-of",
    as_of: datetime | None = None,
    timezone: str = "UTC",
) -> Findings[Account]:
    """The break account of a ledger that stands alone (domain.md d5).

    :param ledger: what :func:`troth.judge` gave.
    :param charter: the agreement it was judged under; without one the standard part is 0, and the notes say what that means.
    :param by: slices: columns of the ledger or periods such as ``month``.
    :param context: columns knowable when the promise was made, coarse to fine; capability is judged within them.
    :param mode: ``as-of`` or ``cross-fitted``.
    :param as_of: the instant it was judged at; the latest due date by default.
    :raises RequestError: unknown slices or mode.
    :raises StudyError: the ledger is empty.
    """
    agreed = Charter() if charter is None else charter
    slice_columns(ledger, tuple(context))
    kinds = ledger.select("name", "type", "direction", "unit", "source").distinct().order_by("name").to_pyarrow().to_pylist()
    estimated = bool(ledger.internal_estimate.notnull().any().to_pyarrow().as_py())
    specs = [
        PromiseSpec(
            kind["name"],
            PromiseType(kind["type"]),
            Direction(kind["direction"]),
            kind["unit"],
            kind["source"],
            tuple(context),
            has=frozenset({"internal_estimate"} if estimated else ()),
        )
        for kind in kinds
    ]
    latest = as_of or ledger.counts_at.max().to_pyarrow().as_py()
    if latest is None:
        raise StudyError("the ledger holds no promise that falls due.", mend="give it promises with a due date or a receipt.")
    instant = latest if latest.tzinfo else latest.replace(tzinfo=UTC)
    with TemporaryDirectory() as place:
        folder = Path(place)
        facts = decompose(ledger, specs=specs, charter=agreed, as_of=instant, connection=ledger.get_backend(), folder=folder)
        (folder / FACTS).write_text(json.dumps({**facts, "timezone": timezone, "coverage": {}}), encoding="utf-8")
        return Reading(folder).account(by, mode=mode)


class Reading:
    """Answers from one study's tables.

    :param folder: what :func:`compute` wrote.
    :param connection: a DuckDB to read with, shared where two studies are joined; one of its own where left out. One reading per thread.
    """

    def __init__(self, folder: Path, connection: Any = None) -> None:
        self.folder = folder
        self.connection = ibis.duckdb.connect() if connection is None else connection
        self.connection.raw_sql("SET TimeZone = 'UTC'")
        self.facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))

    @property
    def as_of(self) -> datetime:
        """The instant it speaks of."""
        return datetime.fromisoformat(self.facts["as_of"])

    @property
    def timezone(self) -> str:
        """Where its days begin."""
        zone: str = self.facts["timezone"]
        return zone

    @cached_property
    def charter(self) -> Charter:
        """The charter the study was made with."""
        return _charter(self.facts["charter"])

    @cached_property
    def specs(self) -> tuple[PromiseSpec, ...]:
        """What the mappings said of each promise name."""
        return tuple(_spec(record) for record in self.facts["specs"])

    @property
    def coverage(self) -> dict[str, tuple[int, int]]:
        """Promise name to (promises recorded, promise-bearing rows)."""
        return {name: (pair[0], pair[1]) for name, pair in self.facts["coverage"].items()}

    @cached_property
    def ledger(self) -> ir.Table:
        """One row per promise: the LEDGER contract, further columns, and the codes of engine.capability.record."""
        return restore(self.connection.read_parquet(self.folder / LEDGER), self.facts["constants"], self.facts["columns"])

    @cached_property
    def settings(self) -> ir.Table:
        """One row per setting: capability and probabilities at the way-points."""
        return self.connection.read_parquet(self.folder / SETTINGS)

    @cached_property
    def draws(self) -> ir.Table:
        """Bootstrap draws of the settings."""
        return self.connection.read_parquet(self.folder / DRAWS)

    @cached_property
    def scores(self) -> ir.Table:
        """One row per scored promise and scale: its score, its weight, and the score to expect at every way-point."""
        return self.connection.read_parquet(self.folder / SCORES)

    @cached_property
    def forecasts(self) -> ir.Table:
        """Chance of a break for every setting and age of a promise still open."""
        return self.connection.read_parquet(self.folder / FORECASTS)

    @cached_property
    def expectations(self) -> ir.Table:
        """Expected days of each stage, per cell and week."""
        return self.connection.read_parquet(self.folder / STAGES)

    @property
    def scales(self) -> dict[str, Scale]:
        """The transform of each promise name."""
        return {name: Scale(**record) for name, record in self.facts["scales"].items()}

    @cached_property
    def cells(self) -> ir.Table:
        """What each context cell stands for."""
        return self.connection.read_parquet(self.folder / CELLS)

    @property
    def calibration(self) -> Findings[Calibration]:
        """May the account be believed (domain.md d4)."""
        return Findings(tuple(Calibration(**gate) for gate in self.facts["calibration"]))

    def rows(self, where: Mapping[str, Any] | None = None, since: date | None = None, until: date | None = None) -> ir.Table:
        """Ledger rows of one slice.

        :param where: dimension to value (``None`` = unknown).
        :param since: first local day on which a promise may be due; ``until`` the last.
        """
        table = self.ledger
        if where:
            columns = slice_columns(table, tuple(where), self.timezone)
            table = table.filter([columns[name].isnull() if value is None else columns[name] == value for name, value in where.items()])
        zone = ZoneInfo(self.timezone)
        if since is not None:
            table = table.filter(table.counts_at >= _midnight(since, zone))
        if until is not None:
            table = table.filter(table.counts_at < _midnight(until + timedelta(days=1), zone))
        return table

    def integrity(
        self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None, since: date | None = None, until: date | None = None
    ) -> Findings[Integrity]:
        """F, K, I, B, U per slice (domain.md c5)."""
        return integrity(
            self.rows(where, since, until), tuple(by), as_of=self.as_of, charter=self.charter, coverage=self.coverage, zone=self.timezone
        )

    def account(
        self,
        by: Sequence[str] = (),
        *,
        mode: str = "as-of",
        where: Mapping[str, Any] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Findings[Account]:
        """The break account per slice (domain.md d5)."""
        rows = self.rows(where, since, until)
        columns = slice_columns(rows, tuple(by), self.timezone)
        return accounting.account(rows, self.settings, self.draws, columns, mode=mode, notes=self._cautions(mode))

    def _cautions(self, mode: str) -> list[str]:
        """What a reader of an account in this mode must be told."""
        notes = [gate.banner for gate in self.calibration if gate.banner and gate.mode == mode]
        return notes if self.charter.lines else [*notes, NO_CHARTER]

    def native(self, by: Sequence[str] = (), *, mode: str = "as-of", where: Mapping[str, Any] | None = None) -> Findings[NativeAccount]:
        """The five parts in each promise's own unit, per promise name and slice (domain.md d2, d3)."""
        rows = self.rows(where)
        return native.account(rows, self.settings, self.charter, slice_columns(rows, tuple(by), self.timezone), self.scales, mode=mode)

    def score(
        self,
        by: Sequence[str] = (),
        *,
        mode: str = "as-of",
        where: Mapping[str, Any] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Findings[ScoreAccount]:
        """The five parts in score points, per promise name, scale of rating and slice (domain.md d2, d3)."""
        rows = self.rows(where, since, until)
        columns = slice_columns(rows, tuple(by), self.timezone)
        if "scores" not in self.facts:
            return Findings((), tuple(by), (points.NO_SCORES,))
        found = points.account(rows, self.scores, self.facts["scores"], columns, mode=mode)
        return Findings(found.rows, found.by, (*found.notes, *self._cautions(mode)))

    def slice_contrast(self, where: Mapping[str, Any], *, mode: str = "as-of") -> Contrast:
        """Expectation-setting of a named slice (campaign, page, offer) against routine promises beside it (domain.md d4 rule 2).

        :param where: dimension to value (``None`` = unknown).
        """
        columns = slice_columns(self.ledger, tuple(where), self.timezone)
        inside = ibis.literal(True)
        for name, value in where.items():
            inside = inside & (columns[name].isnull() if value is None else columns[name] == value)
        return contrast.slice_contrast(self.ledger, self.settings, inside, mode=mode)

    def skill(self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None) -> Findings[Skill]:
        """Promise skill per slice (domain.md c6)."""
        rows = self.rows(where)
        return native.skill(rows, self.settings, self.charter, slice_columns(rows, tuple(by), self.timezone), self.scales)

    def at_risk(self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None) -> Findings[AtRisk]:
        """Promises still open, and how many of them are expected to break (domain.md c5)."""
        rows = self.rows(where)
        return forecasting.at_risk(rows, self.forecasts, slice_columns(rows, tuple(by), self.timezone))

    def stages(self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None) -> Findings[StagePart]:
        """The delivery part of broken promises among the areas, stage by stage (domain.md d6)."""
        rows = self.rows(where)
        return stages.split(rows, self.settings, self.expectations, self.specs, slice_columns(rows, tuple(by), self.timezone))


NO_CHARTER = (
    "No charter is in force: no standard is agreed, so the standard part is 0 and chronic slowness is charged to the promise. "
    "Agree a line per promise to tell a broken agreement from a rash promise."
)


def in_order(ledger: ir.Table) -> ir.Table:
    """The ledger in the order its promises were made: joins on many threads leave any order, and a study is the same to the byte."""
    return ledger.order_by("made_at", "name", "source", "row")


def write(table: ir.Table, connection: Any, path: Path) -> None:
    """Write an expression as Parquet, in row order, without holding it in memory."""
    if connection.name == "duckdb":
        connection.to_parquet(table, path, **PARQUET)
        return
    batches = table.to_pyarrow_batches(chunk_size=100_000)
    with pq.ParquetWriter(path, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _save(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _by_name(specs: Sequence[PromiseSpec]) -> dict[str, PromiseSpec]:
    """One spec per promise name: two sources may feed one name, and then share the first's context."""
    named: dict[str, PromiseSpec] = {}
    for spec in specs:
        named.setdefault(spec.name, spec)
    return named


def _of(table: ir.Table, name: str, *, alone: bool) -> ir.Table:
    return table if alone else table.filter(table.name == name)


def _survey(judged: ir.Table, named: Mapping[str, PromiseSpec]) -> tuple[list[Surveyed], int, int]:
    tables: list[tuple[PromiseSpec, Scale, ir.Table, pa.Table]] = []
    for name, spec in named.items():
        mine = _of(judged, name, alone=len(named) == 1)
        scale = scale_of(spec)
        surveyed = growing.survey(mine, spec.context, scale).to_pyarrow()
        surveyed = surveyed.filter(pc.greater(surveyed["rows"], 0))
        if surveyed.num_rows:
            tables.append((spec, scale, mine, surveyed))
    if not tables:
        return [], 0, 0
    first = min(_week(pc.min(table["first"]).as_py()) for *_, table in tables)
    last = max(_week(pc.max(table["last"]).as_py()) for *_, table in tables)
    weeks = last - first + 1
    result = [
        Surveyed(spec, scale, growing.plant(table, spec.context, scale, weeks, _few(mine, scale))) for spec, scale, mine, table in tables
    ]
    return result, first, weeks


def _few(judged: ir.Table, scale: Scale) -> Floats | None:
    """Sorted distinct badness of what was received, where there are few values; ``None`` where there are many."""
    if scale.kind == "binary" or scale.relative:
        return None
    received = judged.filter(judged.level_received.notnull()).select("level_received")
    if received.limit(LOOK).level_received.nunique().to_pyarrow().as_py() > growing.MOST_EXACT:
        return None
    values = received.distinct().limit(growing.MOST_EXACT + 1).to_pyarrow()["level_received"]
    if not 0 < len(values) <= growing.MOST_EXACT:
        return None
    return np.unique(np.round(scale.transform(np.asarray(values, dtype=np.float64)), 9))


def _models(surveyed: Sequence[Surveyed]) -> list[Model]:
    models: list[Model] = []
    first = 0
    for one in surveyed:
        aware = not one.scale.relative and one.scale.kind != "binary"
        models.append(Model(one.spec, one.scale, one.cells, first, aware))
        first += one.cells.tree.leaves
    return models


def _cell_table(models: Sequence[Model]) -> pa.Table:
    return pa.table(
        {
            "cell": pa.array(np.concatenate([np.arange(m.cells.tree.leaves) + m.first_cell for m in models]), pa.int32()),
            "name": pa.array([m.spec.name for m in models for _ in m.cells.labels]),
            "context": pa.array([label for m in models for label in m.cells.labels]),
        }
    )


def _week(at: datetime) -> int:
    return (at - datetime(1970, 1, 5)).days // 7


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _spec_record(spec: PromiseSpec) -> dict[str, Any]:
    return {**asdict(spec), "has": sorted(spec.has)}


def _spec(record: Mapping[str, Any]) -> PromiseSpec:
    return PromiseSpec(
        name=record["name"],
        type=PromiseType(record["type"]),
        direction=Direction(record["direction"]),
        unit=record["unit"],
        source=record["source"],
        context=tuple(record["context"]),
        dimensions=tuple(record["dimensions"]),
        stages=tuple(StageStep(**step) for step in record["stages"]),
        has=frozenset(record["has"]),
    )


def _charter(record: Mapping[str, Any]) -> Charter:
    return Charter(
        stages=tuple(record["stages"]),
        parties=tuple(Party(p["title"], Aspect(p["aspect"]), p["signed"]) for p in record["parties"]),
        areas=tuple(Area(a["name"], Aspect(a["aspect"])) for a in record["areas"]),
        touchpoints=tuple(Touchpoint(**t) for t in record["touchpoints"]),
        lines=tuple(Line(**line) for line in record["lines"]),
        version=record["version"],
    )

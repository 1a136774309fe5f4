"""A study: every promise judged, every setting decomposed, as of one instant.

:func:`compute` is the only place that pulls rows out of the database, and what it pulls has been reduced: context cells, counts per cell,
week and bin, settings. :class:`~troth.engine.reading.Reading` answers from the tables it wrote.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from troth.engine.attribution.answers import Answered, Occasions, answers_and_losses, write_answers
from troth.engine.attribution.lost_sales import LostRows
from troth.engine.attribution.met import OCCASIONS, occasions_met
from troth.engine.capability import cells as growing
from troth.engine.capability.cells import Cells
from troth.engine.capability.curves import Floats
from troth.engine.capability.record import LINES, observe
from troth.engine.capability.scales import Scale, filled, scale_of
from troth.engine.effects.estimating import load_learners
from troth.engine.facts import charter_record, spec_record
from troth.engine.findings import Account, Findings
from troth.engine.folding import fold
from troth.engine.gaps import draws as drawing
from troth.engine.gaps import expected, ratings, scoring, stages
from troth.engine.gaps import forecast as forecasting
from troth.engine.gaps.settings import MODES, Model, Settled, bracketed, settle
from troth.engine.guards.keeping import write_guards
from troth.engine.guards.studying import Beside, Readings, guards
from troth.engine.history import HISTORY_FILE, history, receipts_joined
from troth.engine.issues.reckoning import NOTHING_HEARD, Decomposed, Heard, Judged, Out, reckon
from troth.engine.issues.result import FAILURES
from troth.engine.journeys.studying import JOURNEYS, WALKS, document_of, follow
from troth.engine.ledger import LEDGER, Place, coded, coded_name, keep, keep_places, kept, kept_places, write
from troth.engine.promises import judge
from troth.engine.promises.clock import instant as clock_instant
from troth.engine.promises.clock import naive_utc
from troth.engine.promises.contract import ledger_table
from troth.engine.promises.coverage import coverage_known
from troth.engine.promises.slices import names_of, slice_columns
from troth.engine.reading import (
    CELLS,
    COST_TO_SERVE,
    DRAWS,
    FACTS,
    FORECASTS,
    MISSING,
    SCORE_CURVE,
    SCORES,
    SETTINGS,
    STAGES,
    Reading,
)
from troth.engine.voice import keeping
from troth.engine.voice.studying import PLAINLY, TextOptions, in_words
from troth.engine.voice.telling import told_levels
from troth.terms.charter import Charter, in_force
from troth.terms.errors import RequestError, StudyError
from troth.terms.instants import When, instant
from troth.terms.journeys import NOTHING_MAPPED, JourneyMap
from troth.terms.measures import NO_MEASURES, Measures
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType

Progress = Callable[[str], None]

BESIDE = 2
"""What is fitted at once: the promise-aware model and the draws both wait for the blind model, and not for each other."""
EXACT_DECIMALS = 12
MANY = 100_000
"""Promises from which chances of leaving will most likely be looked for: what they take is loaded early."""
LOOK = 20_000
"""Rows looked at to see whether received levels are few."""


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
    heard: Heard = NOTHING_HEARD,
    currency: str = "",
    missing: ir.Table | None = None,
    texts: TextOptions = PLAINLY,
    wall: JourneyMap = NOTHING_MAPPED,
    occasions: Sequence[Occasions] = (),
    measures: Measures = NO_MEASURES,
    readings: Sequence[Readings] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Judge every promise, decompose every setting, form the issues, find the themes, follow the journeys, and write the study's tables.

    :param promises: the PROMISES contract, as an expression of ``connection``.
    :param receipts: the RECEIPTS contract, where receipts come from another source.
    :param as_of: instant with a zone; nothing known later is used.
    :param coverage: promise name to (promises recorded, promise-bearing rows), among them those of after the as-of.
    :param seed: of the bootstrap.
    :param draws: of the bootstrap; with 0 the account has no intervals.
    :param heard: what came in beside promises: ratings make the account in score points, stated expectations fill E, interactions and
        costs go with the failures they belong to. :param currency: what costs and values are in.
    :param missing: rows that should bear a promise and are not among ``promises`` (terms.tables.MISSING).
    :param texts: how what people wrote is read.
    :param wall: how journeys are followed, and what they are held against.
    :param occasions: on which unwanted events could take place: each makes an answer to “marketing or service?”.
    :param measures: what people are judged by, and what it is paired with; :param readings: of them.
    :param progress: told one sentence per step.
    :return: facts for the manifest: promises, settings, cells, weeks and lines of the charter.
    :raises StudyError: there is not one promise to judge.
    """
    say = progress or (lambda _: None)
    say("Judging promises")
    judged = judge(promises, receipts, as_of=as_of, charter=charter, specs=specs)
    signals = heard.signals
    kinds = ratings.kinds(signals, as_of) if signals is not None else frozenset()
    said = told_levels(signals, texts.review, as_of=as_of, zone=timezone)
    told = None if said is None else expected.told_of(judged, said.rows)
    if signals is not None and (expected.EXPECTATION in kinds or (told is not None and told.num_rows)):
        judged = expected.fill(judged, signals, as_of=as_of, specs=specs, told=told)
    with ThreadPoolExecutor(BESIDE) as beside:  # numpy lets go of the interpreter: what it fits is fitted beside the queries
        begun = _begin(
            judged,
            specs=specs,
            charter=charter,
            as_of=as_of,
            connection=connection,
            folder=folder,
            beside=beside,
            early=load_learners,
            say=say,
        )
        drawn = [beside.submit(_drawn, each, charter, seed, draws) for each in begun.names]
        facts: dict[str, Any] = {}

        def decomposed() -> Decomposed:
            say("Writing what was found")
            facts.update(_finish(begun, specs=specs, charter=charter, as_of=as_of, folder=folder, seed=seed))
            _save_all(drawn, folder / DRAWS)
            places = kept_places(folder, facts["places"])
            return Decomposed(
                coded(begun.ledger, places, charter, naive_utc(as_of)),
                settings=connection.read_parquet(folder / SETTINGS),
                draws=connection.read_parquet(folder / DRAWS),
                expected=connection.read_parquet(folder / STAGES),
                doubted=frozenset(gate["name"] for gate in facts["calibration"] if gate["mode"] == MODES[0] and gate["banner"]),
            )

        if missing is not None:
            known = missing.filter(missing.made_at.isnull() | (missing.made_at <= clock_instant(naive_utc(as_of))))
            write(known.order_by(known.columns), connection, folder / MISSING)
        if heard.costs is not None:
            costs = heard.costs.filter(heard.costs.at <= clock_instant(naive_utc(as_of)), heard.costs.subject.notnull())
            spent = costs.group_by("subject").agg(amount=costs.amount.sum())
            write(spent.order_by("subject"), connection, folder / COST_TO_SERVE)
        if occasions:
            say("Answering questions")
        with TemporaryDirectory(dir=folder) as work:
            answered, lost = _answered(occasions, charter, as_of, timezone, currency, connection, folder, Path(work))
            write_answers(folder, answered)
            of_issues = reckon(
                Judged(begun.ledger, specs, decomposed),
                replace(heard, lost=lost),
                charter,
                as_of=as_of,
                zone=timezone,
                currency=currency,
                out=Out(connection, folder, Path(work)),
                say=say,
            )
    if signals is not None and ratings.RATING in kinds:
        say("Reading the scores")
        facts["scores"] = _score(signals, facts, charter=charter, as_of=as_of, connection=connection, folder=folder)
    of_history = _history(heard, receipts, facts, specs=specs, as_of=as_of, connection=connection, folder=folder, say=say)
    heard_of = () if said is None or told is None else (expected.told_note(said, told),)
    of_words = _in_words(signals, heard_of, as_of=as_of, zone=timezone, texts=texts, connection=connection, folder=folder, say=say)
    say("Following journeys")
    of_journeys = _journeys(heard, charter, wall, as_of=as_of, connection=connection, folder=folder)
    if measures.measures:
        say("Judging measures")
    beside_readings = Beside(heard.interactions, begun.ledger, wall)
    of_measures = _measures(measures, readings, beside_readings, as_of=as_of, zone=timezone, connection=connection, folder=folder)
    covered = coverage_known(coverage, promises, missing, as_of=clock_instant(naive_utc(as_of)), connection=connection)
    facts |= {"timezone": timezone, "coverage": {name: list(pair) for name, pair in covered.items()}}
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
    whole = {key: facts[key] for key in ("promises", "settings", "cells", "weeks")}
    return whole | {"charter_lines": len(charter.in_force_lines), **of_issues, **of_history, **of_words, **of_journeys, **of_measures}


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
) -> dict[str, Any]:
    """Code and write the judged promises, fit capability, and write every table but the facts.

    :param judged: the LEDGER contract, as an expression of ``connection``.
    :return: the facts, ready to be written as JSON.
    :raises StudyError: there is not one promise.
    """
    with ThreadPoolExecutor(BESIDE) as beside:
        begun = _begin(judged, specs=specs, charter=charter, as_of=as_of, connection=connection, folder=folder, beside=beside)
        drawn = [beside.submit(_drawn, each, charter, seed, draws) for each in begun.names]
        facts = _finish(begun, specs=specs, charter=charter, as_of=as_of, folder=folder, seed=seed)
        _save_all(drawn, folder / DRAWS)
    return facts


@dataclass(frozen=True, slots=True)
class _Name:
    """One promise name while its capability is fitted.

    :param coded: its rows. :param settled: its settings by the blind model; ``bracketed`` with the promise-aware one beside.
    """

    model: Model
    coded: ir.Table
    settled: Future[Settled]
    bracketed: Future[pa.Table]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A study whose promises are judged and counted, and whose capability is being fitted."""

    facts: dict[str, Any]
    ledger: ir.Table
    names: Sequence[_Name]
    weeks: int


def _begin(
    judged: ir.Table,
    *,
    specs: Sequence[PromiseSpec],
    charter: Charter,
    as_of: datetime,
    connection: Any,
    folder: Path,
    beside: Executor,
    early: Callable[[], object] | None = None,
    say: Progress = lambda _: None,
) -> _Begun:
    """Code, write and count the judged promises.

    :param beside: where capability is fitted; where promises are many, it does ``early`` while they are counted.
    """
    if len(charter.lines) >= LINES:
        mend = "merge lines, or take versions out of charters/ that judge no promise on record."
        raise StudyError(f"a study is judged by fewer than {LINES} charter lines, and here are {len(charter.lines)}.", mend=mend)
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    judged = fold(judged)
    named = _by_name(specs)
    alone = len(named) == 1
    say("Writing the ledger")
    facts = keep(judged, connection, folder)
    named_people = "customer" not in facts["constants"]  # where nobody is named, nobody is seen leaving
    if early is not None and named_people and pq.read_metadata(folder / LEDGER).num_rows >= MANY:
        beside.submit(early)
    ledger = kept(connection, folder, facts)  # from here on the judged rows are read, and not judged again
    say("Surveying contexts")
    surveyed, first_week, weeks = _survey(ledger, named)
    if not surveyed:
        mend = (
            "run `troth check`: its row accounting says why rows were set aside, with examples of each reason; where none were, no promise"
            " was made yet as of that day: name a later one (--as-of)."
        )
        raise StudyError("there is not one promise to judge.", mend=mend)
    models = _models(surveyed)
    places = [Place(model.spec.name, model.cells.lookup, model.scale, model.first_cell) for model in models]
    facts |= {"places": keep_places(places, folder)}
    _save(_cell_table(models), folder / CELLS)
    names: list[_Name] = []
    for model, place in zip(models, places, strict=True):
        say(f"Decomposing “{model.spec.name}”")
        mine = coded_name(ledger, place, charter, now, alone=alone)
        settled = beside.submit(settle, observe(mine), model, charter, first_week=first_week, weeks=weeks)
        names.append(_Name(model, mine, settled, beside.submit(_bracketed, settled, model, charter)))
    return _Begun(facts, ledger, names, weeks)


def _bracketed(settled: Future[Settled], model: Model, charter: Charter) -> pa.Table:
    return bracketed(settled.result(), model, charter)


def _drawn(name: _Name, charter: Charter, seed: int, draws: int) -> pa.Table:
    return drawing.draw(name.settled.result(), name.model, charter, seed=seed, draws=draws)


def _finish(begun: _Begun, *, specs: Sequence[PromiseSpec], charter: Charter, as_of: datetime, folder: Path, seed: int) -> dict[str, Any]:
    """Write what was fitted; give the facts, ready to be written as JSON. The draws may still be made."""
    tables: dict[str, list[pa.Table]] = {name: [] for name in (SETTINGS, FORECASTS, STAGES)}
    for each in begun.names:
        tables[SETTINGS].append(each.bracketed.result())
        tables[FORECASTS].append(forecasting.chances(each.coded, each.settled.result(), each.model))
        tables[STAGES].append(stages.expectations(each.coded, each.settled.result(), each.model))
    for name, parts in tables.items():
        _save(pa.concat_tables(parts, promote_options="default"), folder / name)
    settled = [each.settled.result() for each in begun.names]
    models = [each.model for each in begun.names]
    return begun.facts | {
        "as_of": as_of.isoformat(),
        "seed": seed,
        "charter": charter_record(charter),
        "specs": [spec_record(spec) for spec in specs],
        "calibration": [asdict(gate) for done in settled for gate in done.calibration],
        "scales": {model.spec.name: asdict(model.scale) for model in models},
        "promises": int(begun.ledger.count().to_pyarrow().as_py()),
        "settings": sum(done.table.num_rows for done in settled),
        "cells": sum(model.cells.tree.leaves for model in models),
        "weeks": begun.weeks,
    }


def _score(
    signals: ir.Table, facts: Mapping[str, Any], *, charter: Charter, as_of: datetime, connection: Any, folder: Path
) -> dict[str, Any]:
    """Write the scored promises and the curve they were judged by; give the facts of both."""
    places = kept_places(folder, facts["places"])
    ledger = kept(connection, folder, facts)
    with_codes = coded(ledger, places, charter, naive_utc(as_of))
    settings = connection.read_parquet(folder / SETTINGS)
    scales = {name: Scale(**record) for name, record in facts["scales"].items()}
    with TemporaryDirectory(dir=folder) as work:
        answers = Path(work) / "answers.parquet"
        write(ratings.answers(with_codes, settings, signals, charter, scales, as_of), connection, answers)
        scored = scoring.score(connection.read_parquet(answers), ledger, signals, scales, as_of)
        write(scored.rows, connection, folder / SCORES)
    _save(scored.curve, folder / SCORE_CURVE)
    return scored.facts


def _in_words(
    signals: ir.Table | None,
    heard_of: Sequence[str],
    *,
    as_of: datetime,
    zone: str,
    texts: TextOptions,
    connection: Any,
    folder: Path,
    say: Progress,
) -> dict[str, Any]:
    """Write the themes of what people wrote, and what goes along with them; give the facts.

    :param heard_of: what became of accepted statements.
    """
    say("Reading the words")
    failures = connection.read_parquet(folder / FAILURES)
    with TemporaryDirectory(dir=folder) as work:

        def hold(table: ir.Table) -> ir.Table:
            write(table, connection, Path(work) / "texts.parquet")
            held: ir.Table = connection.read_parquet(Path(work) / "texts.parquet")
            return held

        found = in_words(signals, failures, as_of=as_of, zone=zone, options=texts, keep=hold)
        statements = replace(found.statements, notes=(*found.statements.notes, *heard_of))
        return keeping.keep(replace(found, statements=statements), folder)


def _history(
    heard: Heard,
    receipts: ir.Table | None,
    facts: Mapping[str, Any],
    *,
    specs: Sequence[PromiseSpec],
    as_of: datetime,
    connection: Any,
    folder: Path,
    say: Progress,
) -> dict[str, Any]:
    """Write what came in of each customer, customer by customer; give the facts. Nothing is written where nothing came in."""
    ledger = kept(connection, folder, facts)
    came = (receipts, heard.interactions, heard.signals, heard.costs, heard.customers)
    told = history(ledger, *came, specs=specs, as_of=naive_utc(as_of))
    if told is None:
        return {}
    say("Putting what came in in the order of customers")
    write(told, connection, folder / HISTORY_FILE)
    counted = receipts_joined(connection.read_parquet(folder / HISTORY_FILE)).to_pyarrow().to_pylist()
    found = {bool(row["joined"]): int(row["n"]) for row in counted}
    return {"receipts": {"joined": found.get(True, 0), "no_promise": found.get(False, 0)}}


def _journeys(heard: Heard, charter: Charter, wall: JourneyMap, *, as_of: datetime, connection: Any, folder: Path) -> dict[str, Any]:
    """Write the journeys of the interactions; give the facts of both."""
    with _kept_for_now(connection, folder) as keep:
        found = follow(
            heard.interactions, charter, wall, as_of=as_of, keep=keep, hold=lambda table: write(table, connection, folder / WALKS)
        )
    text = json.dumps(document_of(found, wall), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    (folder / JOURNEYS).write_text(text + "\n", encoding="utf-8")
    return {"interactions": found.read, "journeys": found.journeys}


def _measures(
    said: Measures, readings: Sequence[Readings], beside: Beside, *, as_of: datetime, zone: str, connection: Any, folder: Path
) -> dict[str, Any]:
    """Write what the measures do to customers; give how many were judged how."""
    with _kept_for_now(connection, folder) as keep:
        told = guards(said, readings, beside, as_of=as_of, zone=zone, keep=keep)
    write_guards(folder, told)
    return {"measures": dict(sorted(Counter(one.verdict for one in told.measures).items()))} if said.measures else {}


@contextmanager
def _kept_for_now(connection: Any, folder: Path) -> Iterator[Callable[[ir.Table], ir.Table]]:
    """Computes tables once and gives them back from files that are gone in the end."""
    with TemporaryDirectory(dir=folder) as work:
        number = count()

        def keep(table: ir.Table) -> ir.Table:
            path = Path(work) / f"rows-{next(number)}.parquet"
            write(table, connection, path)
            kept_rows: ir.Table = connection.read_parquet(path)
            return kept_rows

        yield keep


def _answered(
    occasions: Sequence[Occasions], charter: Charter, as_of: datetime, zone: str, currency: str, connection: Any, folder: Path, work: Path
) -> tuple[tuple[Answered, ...], tuple[LostRows, ...]]:
    """The questions answered, and the events behind their lost sales, each from rows that are read from their source once.

    :param folder: of the study, which keeps the occasions that count. :param work: where these rows are kept; whoever calls empties it.
    """
    read = []
    for number, one in enumerate(occasions):
        path = work / f"occasions-{number}.parquet"
        write(one.table, connection, path)
        read.append(Occasions(one.spec, connection.read_parquet(path)))
    found = answers_and_losses(read, charter, naive_utc(as_of), zone=zone, currency=currency)
    met = occasions_met(read, charter, naive_utc(as_of))
    if met is not None:
        write(met, connection, folder / OCCASIONS)
    return tuple(one for one, _ in found), tuple(lost for _, lost in found if lost is not None)


def break_account(
    ledger: ir.Table,
    charter: Charter | None = None,
    by: Sequence[str] = (),
    *,
    context: Sequence[str] = (),
    mode: str = "as-of",
    as_of: When | None = None,
    timezone: str = "UTC",
) -> Findings[Account]:
    """The break account of a ledger that stands alone (domain.md d5).

    :param ledger: what :func:`troth.judge` gave.
    :param charter: the agreement it was judged under; without one the standard part is 0, and the notes say what that means.
    :param by: slices: columns of the ledger or periods such as ``month``.
    :param context: columns knowable when the promise was made, coarse to fine; capability is judged within them.
    :param mode: ``as-of`` or ``cross-fitted``.
    :param as_of: the instant it was judged at, as for :func:`troth.judge`; the latest due date by default.
    :param timezone: where a day in ``as_of`` ends, and where days begin; UTC by default.
    :raises RequestError: unknown slices or mode; the ledger was judged under a charter of more lines than the one given.
    :raises StudyError: the ledger is empty.
    """
    agreed = in_force(charter)
    ledger, context = ledger_table(ledger), names_of(context)
    _same_charter(ledger, agreed)
    slice_columns(ledger, context, place="context")
    kinds = ledger.select("name", "type", "direction", "unit", "source").distinct().order_by("name").to_pyarrow().to_pylist()
    estimated = bool(ledger.internal_estimate.notnull().any().to_pyarrow().as_py())
    specs = [
        PromiseSpec(
            kind["name"],
            PromiseType(kind["type"]),
            Direction(kind["direction"]),
            kind["unit"],
            kind["source"],
            context,
            has=frozenset({"internal_estimate"} if estimated else ()),
        )
        for kind in kinds
    ]
    latest = ledger.counts_at.max().to_pyarrow().as_py() if as_of is None else instant(as_of, timezone)
    if latest is None:
        raise StudyError("the ledger holds no promise that falls due.", mend="give it promises with a due date or a receipt.")
    now = latest if latest.tzinfo else latest.replace(tzinfo=UTC)
    with TemporaryDirectory() as place:
        folder = Path(place)
        facts = decompose(ledger, specs=specs, charter=agreed, as_of=now, connection=ledger.get_backend(), folder=folder)
        (folder / FACTS).write_text(json.dumps({**facts, "timezone": timezone, "coverage": {}}), encoding="utf-8")
        return Reading(folder).account(by, mode=mode)


def _same_charter(ledger: ir.Table, charter: Charter) -> None:
    """Refuse a charter that lacks lines the ledger was judged by."""
    last = ledger.line.max().to_pyarrow().as_py()
    if last is not None and last >= len(charter.lines):
        given = f"has {len(charter.lines)}" if charter.lines else "is missing"
        raise RequestError(
            f"the ledger was judged under a charter of at least {last + 1} {'line' if last == 0 else 'lines'}, and the one given {given}.",
            place="charter",
            mend="hand in the one it was judged under as charter=...; troth.load_charter(file) reads a charter.toml.",
        )


def _save(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _save_all(drawn: Sequence[Future[pa.Table]], path: Path) -> None:
    _save(pa.concat_tables([each.result() for each in drawn], promote_options="default"), path)


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
    levels: Floats = np.unique(np.round(np.asarray(values, dtype=np.float64), 9))
    even = filled(levels, growing.MOST_EXACT)
    if even is None and len(levels) > growing.MOST_UNEVEN:
        return None
    return np.unique(np.round(scale.transform(levels if even is None else even), EXACT_DECIMALS))


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

"""``troth check``: everything a project folder says, tried on its data, without making a study.

Errors do not stop it: each is noted, the key it stands under is left out, and the rest is tried again, so that one run tells all; what
only follows from another mistake is not told (``troth.intake.drafts``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from troth.intake import engine
from troth.intake.accounting import SourceTally
from troth.intake.decisions import read_curation, read_review
from troth.intake.drafts import HOW_A_SOURCE_IS_OPENED, HOW_ROWS_ARE_READ, Draft, Drafts
from troth.intake.examples import Example, examples
from troth.intake.expressions import Expression
from troth.intake.folder import (
    ONE_CHARTER,
    Folder,
    binding,
    charter_files,
    charter_of,
    clashes,
    last_in_force,
    nothing_received,
    one_too_many,
    read_settings,
    source_files,
    strangers,
    unfit_together,
)
from troth.intake.journeys import read_journeys
from troth.intake.mapper import Mapper
from troth.intake.measures import read_measures, strange_readings
from troth.intake.roles import NO_ROLES, read_roles
from troth.intake.scan import Scan, open_source
from troth.intake.settings import CURATION, MEASURES_FILE, REVIEW, ROLES
from troth.intake.sources import RowMapping, Source, read_source
from troth.intake.taking import Taken, begun
from troth.terms.charter import Charter
from troth.terms.embedded import open_duckdb
from troth.terms.errors import MissingColumnError, TrothError
from troth.terms.journeys import NOTHING_MAPPED
from troth.terms.measures import NO_MEASURES
from troth.terms.signing import unsigned
from troth.terms.tables import LATER, LOOP, NOTEWORTHY, PROMISED_OTHERWISE, STRANGERS
from troth.terms.vocabulary import TIMED

COVERAGE_AMBER = 0.9
"""Below this share of events with a promise, the kept rate speaks for a selection (domain.md c6, attack 8)."""

SET_ASIDE_AMBER = 0.05
"""Above this share of unsound rows, look at them first."""

NOTE_MENDS = {
    "clock repeated": "give the time with its offset, such as 2024-10-27T02:30:00+01:00, or in UTC with timezone.",
    "replaces nothing": "replaces holds the row key (id) of the promise that was changed; look whether that one was set aside.",
    PROMISED_OTHERWISE: "find out which of the two the customer was told, and leave the other one out, or say which in due itself.",
    LOOP: "let each version name the one before it, and the first name none.",
    LATER: "replaces holds the row key (id) of the earlier promise; look whether the two are the wrong way round, or made_at is.",
    STRANGERS: "look whether customer, or the row key (id) in replaces, is another one than meant.",
}

UNUSED_MENDS = {
    "due before made": "made_at and due may be the wrong way round: swap the two columns.",
    "received before made": "received_at and made_at may be the wrong way round: look which column says when each was promised.",
    "no promise": "due (or promised) has no value in any row: name the column that says what was promised.",
    "bad date": "look at the examples below: name a column that holds dates, or say how they are written (date_format, dayfirst).",
}
"""What most likely is wrong where that is why no row is used."""

NAME_A_KEY = "name the column, or the expression, that is another one in each row: importing twice then changes nothing."
FEWEST_DUES, MOSTLY = 20, 0.9
"""From so many due moments on, that share at midnight is no accident."""
MOST_MOMENTS = 10_000
"""Dates that were meant make a few moments; more different ones than that are no dates."""

NOT_UNSOUND = frozenset({"filtered out", "no promise", "duplicate key"})


class Kind(StrEnum):
    """How much a remark matters."""

    PROBLEM = "problem"
    HINT = "hint"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing ``troth check`` says.

    :param file: file it is about.
    :param place: key in that file.
    :param mend: what to do about it.
    :param examples: a few of the rows set aside that it counts, some for each reason.
    """

    kind: Kind
    text: str
    file: str | None = None
    place: str | None = None
    mend: str | None = None
    examples: tuple[Example, ...] = ()

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place) if part)
        sentence = f"{where}: {self.text}" if where else self.text
        mend = [f"Mend: {self.mend}"] if self.mend else []
        return "\n  ".join([sentence, *(f"Example of {example}" for example in self.examples), *mend])


def check(folder: Path | str, connection: Any, *, data: Path | str | None = None) -> tuple[Remark, ...]:
    """Try a project folder: every key, every expression, every row.

    :param data: where relative paths in sources start, instead of the ``data`` of troth.toml.
    :returns: problems first, then hints, then facts. A folder without a problem makes a study.
    """
    path = Path(folder)
    drafts = Drafts()
    held = _folder(path, None if data is None else Path(data), drafts)
    remarks = [problem(error) for error in drafts.problems]
    if held is not None:
        remarks += _agreement_remarks(held, drafts)
        remarks += _measure_remarks(held, drafts)
        engine.in_utc(connection)
        with tempfile.TemporaryDirectory(prefix="troth-check-") as work:
            for source in held.sources:
                remarks += _source_remarks(source, held, connection, Path(work), drafts.of(source.file))
    order = list(Kind)
    return tuple(sorted(remarks, key=lambda remark: order.index(remark.kind)))


def problem(error: TrothError) -> Remark:
    """An error as a remark."""
    return Remark(Kind.PROBLEM, error.what, error.file, error.place, error.mend)


# Keys


def _folder(path: Path, data: Path | None, drafts: Drafts) -> Folder | None:
    """The folder as far as it can be read."""
    try:
        settings = read_settings(path, data)
        files = source_files(path)
    except TrothError as error:
        drafts.problems.append(error)
        return None
    reading = partial(read_source, timezone=settings.timezone, currency=settings.currency, rates=settings.rates)
    sources = tuple(source for file in files if (source := drafts.read(file, partial(reading, file=file))))
    for clash in clashes(sources):
        drafts.tell(clash)
    versions = _versions(path, sources, drafts)
    charter = last_in_force([version for _, version in versions])
    for name, read in ((CURATION, read_curation), (REVIEW, read_review)):
        if (path / name).exists():
            drafts.read(path / name, partial(read, file=path / name))
    for stranger in strangers(sources, charter):
        drafts.tell(stranger)
    wall = path / "journeys.toml"
    journeys = drafts.read(wall, partial(read_journeys, file=wall)) if wall.exists() else None
    posts = path / ROLES
    roles = drafts.read(posts, partial(read_roles, file=posts, areas=[area.name for area in charter.areas])) if posts.exists() else None
    titles = [] if roles is None else [role.title for role in roles.purview.roles]
    judged = path / MEASURES_FILE
    reading_measures = partial(read_measures, file=judged, areas=[area.name for area in charter.areas], roles=titles)
    measures = drafts.read(judged, reading_measures) if judged.exists() else NO_MEASURES
    for strange in strange_readings(sources, measures) if measures is not None else ():
        drafts.tell(strange)
    return Folder(
        path,
        settings,
        charter,
        sources,
        measures=NO_MEASURES if measures is None else measures,
        journeys=NOTHING_MAPPED if journeys is None else journeys,
        roles=NO_ROLES if roles is None else roles,
        versions=tuple(version for _, version in versions),
        charter_file=next((file for file, version in versions if version is charter), None),
    )


def _versions(path: Path, sources: tuple[Source, ...], drafts: Drafts) -> list[tuple[Path, Charter]]:
    """Every version of the charter as far as it can be read, with its file."""
    read = [(file, drafts.read(file, partial(charter_of, file=file, sources=sources))) for file in charter_files(path)]
    versions = [(file, version) for file, version in read if version is not None]
    for clash in (*one_too_many(versions), *unfit_together(versions)):
        drafts.tell(clash)
    return versions


# Charter


def _agreement_remarks(folder: Folder, drafts: Drafts) -> list[Remark]:
    charter, file = folder.charter, folder.charter_file or folder.path / ONE_CHARTER
    draft = drafts.of(file)
    remarks = [*_drafts_of_charters(folder)]
    if not charter.lines and draft.raw is not None and not draft.is_cut("", ("lines",)):
        remarks.append(
            Remark(
                Kind.HINT,
                "there is no charter line: what was promised beyond demonstrated capability is all charged to the promise",
                str(file),
                "lines",
                'add [[lines]] with a standard, such as standard = "8 days".',
            )
        )
    promised = {mapping.name for source in folder.sources for mapping in source.mappings if mapping.kind == "promises"}
    for position, line in enumerate(charter.lines, start=1):
        if line.promise is not None and line.promise not in promised and not drafts.is_lost("promises", line.promise):
            remarks.append(
                Remark(
                    Kind.HINT,
                    f"no source makes the promise “{line.promise}”, so this line holds for nothing",
                    str(file),
                    f"lines[{position}].promise",
                    "use the name of a [[promises]] table: " + ", ".join(sorted(name for name in promised if name)) + ".",
                )
            )
    return remarks


def _measure_remarks(folder: Folder, drafts: Drafts) -> list[Remark]:
    """Targets that stand alone, measures nobody reads, and outcomes nobody tells of."""
    file, said = str(folder.path / MEASURES_FILE), folder.measures
    mappings = [mapping for source in folder.sources for mapping in source.mappings]
    read = {mapping.name for mapping in mappings if mapping.kind == "readings"}
    promised = {mapping.name for mapping in mappings if mapping.kind == "promises"}
    told = {name for mapping in mappings for name in mapping.outcomes}
    hints: list[tuple[str, str, str]] = []
    for measure in said.measures:
        if measure.target is not None and not measure.paired:
            what = f"the target of “{measure.name}” is paired with no outcome at the customer's"
            hints.append(("paired_with", what, 'add paired_with = ["..."], the name of an [[outcomes]] table.'))
        if measure.name not in read and not drafts.is_lost("readings", measure.name):
            hints.append(
                ("measures", f"no source reads “{measure.name}”, so it cannot be judged", "add [[readings]] to the source that has it.")
            )
    for outcome in said.outcomes:
        if outcome.promise is not None and outcome.promise not in promised and not drafts.is_lost("promises", outcome.promise):
            hints.append(("outcomes", f"no source makes the promise “{outcome.promise}” of “{outcome.name}”", "use the name of a promise."))
        if not outcome.kinds and outcome.promise is None and outcome.name not in told:
            mend = "add kinds, or promise, with within; or name it in the outcomes of [[readings]]."
            hints.append(("outcomes", f"nothing tells of the outcome “{outcome.name}”", mend))
    return [Remark(Kind.HINT, text, file, key, mend) for key, text, mend in hints]


def _drafts_of_charters(folder: Folder) -> Iterator[Remark]:
    """Versions that judge nothing yet, and who has to sign them."""
    judging = binding(folder.versions)
    for version in folder.versions:
        if version not in judging:
            missing = unsigned(version)
            who = f"{', '.join(missing)} {'has' if len(missing) == 1 else 'have'} not signed this content" if missing else "nobody signs it"
            text = f"version “{version.version}” of the charter is a draft and judges nothing: {who}"
            yield Remark(Kind.HINT, text, mend="let every party sign it, or take the file away.")


# Rows


def _source_remarks(source: Source, folder: Folder, connection: Any, work: Path, draft: Draft) -> list[Remark]:
    """What the rows of one source say; nothing where they would be read otherwise than meant."""
    if draft.is_cut("", HOW_A_SOURCE_IS_OPENED):
        return []
    workbench = connection if engine.is_duckdb(connection) else open_duckdb()
    try:
        scan = open_source(source, data=folder.settings.data, work=work, connection=connection, workbench=workbench)
    except TrothError as error:
        return [problem(error)]
    remarks = _expression_remarks(scan, folder)
    if remarks or draft.is_cut("", HOW_ROWS_ARE_READ):
        return remarks
    try:
        taking = begun(scan, folder, connection, work)
    except TrothError as error:
        return [problem(error)]
    whole = [mapping for mapping in source.mappings if not draft.touched(mapping.place)]
    if source.id is None and whole:
        remarks.append(Remark(Kind.HINT, "the source has no row key: a row that occurs twice counts twice", source.file, "id", NAME_A_KEY))
    for mapping in whole:
        try:
            taken = taking.take(mapping)
            remarks += _mapping_remarks(mapping, taken, examples(connection, taken.aside, _most_first(taken.tally)))
            remarks += _receipt_remarks(mapping, folder)
            remarks += _midnight_remarks(mapping, taken, source.writing.zone)
        except TrothError as error:
            remarks.append(problem(error))
    if draft.cut:
        return remarks
    try:
        left = taking.leftover()
    except TrothError as error:
        return [*remarks, problem(error)]
    if left is None:
        return remarks
    tally, listed = left
    return [*remarks, _leftover_remark(source, tally, examples(connection, [listed], tally.set_aside))]


def _leftover_remark(source: Source, tally: SourceTally, seen: tuple[Example, ...]) -> Remark:
    mend = "add the table they belong to, widen a where, or leave them out with filter."
    lost = sum(tally.set_aside.values())
    text = f"rows that belong to none of the tables of this source: {lost:,} of {tally.read:,}"
    return Remark(Kind.HINT, text, source.file, "where", mend, seen)


def _expression_remarks(scan: Scan, folder: Folder) -> list[Remark]:
    """Every expression that names a missing column, calls what is unknown, or mixes kinds."""
    source = scan.source
    mapper = Mapper(source, scan.table, folder.charter, scan.columns)
    remarks = []
    given = [one for one in (source.id, source.filter) if one is not None]
    given += [expression for mapping in source.mappings for expression in mapping.expressions]
    missing: dict[str, list[MissingColumnError]] = {}
    for expression in given:
        try:
            mapper.trial().value(expression)
        except MissingColumnError as error:
            missing.setdefault(error.column, []).append(error)
        except TrothError as error:
            remarks.append(problem(error))
    return [*(_missing_column(errors) for errors in missing.values()), *remarks]


def _missing_column(errors: list[MissingColumnError]) -> Remark:
    """A column that is not there is one mistake, wherever it is named."""
    first, *rest = (problem(error) for error in errors)
    places = [remark.place for remark in rest if remark.place and remark.place != first.place]
    return replace(first, text=f"{first.text}; also in {', '.join(dict.fromkeys(places))}") if places else first


def _mapping_remarks(mapping: RowMapping, taken: Taken, seen: tuple[Example, ...]) -> list[Remark]:
    tally = taken.tally
    remarks = [Remark(Kind.FACT, sentence(tally), mapping.file, mapping.place, examples=seen)]
    unsound = {reason: count for reason, count in tally.set_aside.items() if reason not in NOT_UNSOUND}
    if tally.read and sum(unsound.values()) > SET_ASIDE_AMBER * tally.read:
        worst = max(unsound, key=lambda reason: unsound[reason])
        remarks.append(
            Remark(
                Kind.HINT,
                f"{sum(unsound.values()) / tally.read:.1%} of the rows are unsound, most often: {worst}",
                mapping.file,
                mapping.place,
                "look at the examples of each reason below; after a run, `troth show set-aside` lists every row.",
            )
        )
    conflicting = tally.set_aside.get("conflicting key", 0)
    if conflicting:
        stands = "the first counts" if mapping.kind in {"promises", "receipts"} else "the last counts"
        remarks.append(
            Remark(
                Kind.HINT,
                f"rows that repeat a key and say otherwise: {conflicting:,}; {stands}",
                mapping.file,
                mapping.place,
                "where a promise was changed, give each version a key of its own and name the first in replaces; where each row is a"
                " promise of its own, make the key finer.",
            )
        )
    for word, count in tally.noteworthy.items():
        example = f" (for example, {taken.noted[word]})" if word in taken.noted else ""
        text = f"{word}, {count:,} of the rows used: {NOTEWORTHY[word]}{example}"
        remarks.append(Remark(Kind.HINT, text, mapping.file, mapping.place, NOTE_MENDS[word]))
    if tally.used == 0:
        remarks.append(_unused(mapping, tally, unsound))
    if mapping.kind == "promises":
        remarks += _promise_hints(mapping, tally)
    return remarks


def _unused(mapping: RowMapping, tally: SourceTally, unsound: Mapping[str, int]) -> Remark:
    """No row is used: a problem where rows were meant to be, for then no study can be made of them."""
    meant = tally.events and (unsound or mapping.kind == "promises")
    if not meant:
        return Remark(Kind.HINT, "no row is used", mapping.file, mapping.place, "see the reasons and the examples below.")
    worst = _most_first(tally)[0]
    mend = UNUSED_MENDS.get(worst, "see the reasons and the examples below, and correct the key they name.")
    text = f"not one of {tally.read:,} rows is used; most often: {worst} ({tally.set_aside[worst]:,})"
    return Remark(Kind.PROBLEM, text, mapping.file, mapping.place, mend)


def _receipt_remarks(mapping: RowMapping, folder: Folder) -> list[Remark]:
    """A promise of which nothing says what was received would read as never kept."""
    if mapping.kind != "promises" or not nothing_received(mapping, folder.sources):
        return []
    text = f"nothing says what was received of “{mapping.name}”: each promise reads as broken once it falls due, whatever came"
    mend = "add received_at (or received, a level) with the column that says it, or [[receipts]] of that name from another source."
    return [Remark(Kind.HINT, text, mapping.file, f"{mapping.place}.received_at", mend)]


def _midnight_remarks(mapping: RowMapping, taken: Taken, zone: str) -> list[Remark]:
    """Due moments that nearly all lie at the start of a day: a date was meant, and its whole day would count as late."""
    due = mapping.fillers.get("due")
    if mapping.kind != "promises" or mapping.type not in TIMED or not isinstance(due, Expression) or taken.tally.used < FEWEST_DUES:
        return []
    known = taken.table.filter(taken.table.due_at.notnull())
    exact = (known.due_at.second() == 0) & (known.due_at.microsecond() == 0) & known.due_at.minute().isin([0, 15, 30, 45])
    grouped = known.group_by(at=exact.ifelse(known.due_at, ibis.null("timestamp(6)"))).agg(rows=lambda found: found.count())
    moments = grouped.order_by(grouped["at"].asc(nulls_first=True)).limit(MOST_MOMENTS).to_pyarrow().to_pylist()
    rows = sum(one["rows"] for one in moments)
    at_start = sum(one["rows"] for one in moments if one["at"] is not None and _starts_a_day(one["at"], zone))
    if rows < FEWEST_DUES or at_start < MOSTLY * rows:
        return []
    text = f"{at_start / rows:.0%} of the {rows:,} due moments are the first instant of a day: a date meant so is late all day"
    mend = f'say due = "cast({due.sql} as date)": a date is due at the end of its day. Add days before the cast.'
    return [Remark(Kind.HINT, text, mapping.file, f"{mapping.place}.due", mend)]


def _starts_a_day(moment: datetime, zone: str) -> bool:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).time() == time()


def _most_first(tally: SourceTally) -> list[str]:
    """Why rows were set aside, what holds for most of them first."""
    return sorted(tally.set_aside, key=lambda reason: -tally.set_aside[reason])


def sentence(tally: SourceTally) -> str:
    """A tally in words: “58,251 rows read, 47,267 used; set aside: 10,981 no promise”."""
    words = f"{tally.source} as {tally.mapping}: {tally.read:,} rows read, {tally.used:,} used"
    if tally.set_aside:
        words += "; set aside: " + ", ".join(f"{tally.set_aside[reason]:,} {reason}" for reason in _most_first(tally))
    if tally.elsewhere:
        words += f"; {tally.elsewhere:,} of another kind"
    for word, count in tally.noteworthy.items():
        words += f"; worth a note: {count:,} {word}"
    if tally.flagged_kept:
        words += f"; the source flags {tally.flagged_kept:,} that bear no promise as kept"
    if tally.coverage is not None:
        words += f"; coverage {tally.coverage:.1%}"
    return words


def _promise_hints(mapping: RowMapping, tally: SourceTally) -> list[Remark]:
    """What would make the numbers of a promise say more (domain.md c6 and d4)."""
    given: Mapping[str, object] = mapping.fillers
    hints: list[tuple[str, str, str]] = []
    if tally.coverage is not None and tally.coverage < COVERAGE_AMBER:
        hints.append(
            (
                "due",
                f"only {tally.coverage:.1%} of the rows bear a promise: the kept rate speaks for those alone",
                "find out why the others have none, or were set aside.",
            )
        )
    if not mapping.context:
        hints.append(
            (
                "context",
                "no context is given, so every promise is judged by one record of capability",
                "name columns known when the promise was made: region, product, supplier, lane, weekday.",
            )
        )
    if mapping.type in TIMED and "internal_estimate" not in given:
        hints.append(
            (
                "internal_estimate",
                "there is no internal estimate, so the promise may know more than the record; the account prints a bracket",
                "ask operations for it first: what they believed when the promise was made (raw ETA, slot, internal deadline).",
            )
        )
    if "customer" not in given:
        instead = "" if mapping.each else ', or each = "request" to say what is counted instead'
        mend = f"add customer = with the column that says who was promised{instead}."
        hints.append(("customer", "nobody is named, so people cannot be counted", mend))
    if not {"kept_by", "made_by"} & given.keys():
        hints.append(("kept_by", "no area is named, so no gap has an owner", "add made_by = and kept_by =."))
    return [Remark(Kind.HINT, text, mapping.file, f"{mapping.place}.{key}", mend) for key, text, mend in hints]

"""A project folder: from its tables to a study, and the studies it has."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from troth.engine.attribution.answers import Occasions
from troth.engine.findings import Findings, SourceAccount
from troth.engine.guards.studying import Readings
from troth.engine.issues.forming import Known
from troth.engine.issues.reckoning import KEPT, Heard
from troth.engine.ledger import kept, write
from troth.engine.purview.tables import asks_from
from troth.engine.reading import Reading
from troth.engine.study import compute
from troth.intake import Folder, Intake, Remark, check, read_folder, take
from troth.intake.checks import problem
from troth.intake.folder import charter_of, read_settings, read_toml, roles_of
from troth.intake.roles import read_asks
from troth.project.charter_changes import CharterChange, charter_changes
from troth.project.connection import engine
from troth.project.freshness import PROMISES, Key, freshest, rows_judged
from troth.project.manifest import Manifest, digest_of, digest_of_journeys, digest_of_mapping, digest_of_measures, tables_of
from troth.project.shelf import MANIFEST, Entry, Shelf
from troth.project.storage import saving
from troth.project.study import SET_ASIDE, Study
from troth.project.words import digests_of, options_of, refusal_of
from troth.terms import embedded
from troth.terms.charter import Charter
from troth.terms.errors import DamagedStudyError, MissingFileError, ProjectError, RequestError, SourceError, TrothError, did_you_mean
from troth.terms.instants import When, instant
from troth.terms.roles import Purview
from troth.terms.tables import NOT_YET_KNOWN

Progress = Callable[[str], None]

SEED = 0
"""The seed of every draw; fixed, so that the same run gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a run published.

    :param new: whether this is a new study; ``False`` where an earlier one is equal to the byte, and is current now.
    :param damaged: numbers of equal studies that were damaged, and were set beside.
    """

    study: Study
    new: bool
    damaged: tuple[int, ...] = ()


@dataclass(frozen=True)
class Project:
    """The handle of a project folder.

    :param path: the folder with troth.toml.
    :param data: folder that relative paths in sources start from, where not the one troth.toml names.
    """

    path: Path
    data: Path | None = None

    @cached_property
    def folder(self) -> Folder:
        """Settings, charter and sources, read and checked.

        :raises ProjectError: a file or a key is not as it must be.
        """
        return read_folder(self.path, self.data)

    @property
    def purview(self) -> Purview:
        """Who may decide what, what a fix takes and what was asked, as roles.toml says it now; nobody, where there is none.

        It is no part of a study: :meth:`Study.chasm` holds a study's issues against it.

        :raises SettingError: a key is not as it must be, or the asks lack a column.
        :raises SourceError: the asks cannot be read.
        """
        said, settings = roles_of(self.path), read_settings(self.path, self.data)
        if said.asks is None:
            return said.purview
        rows = read_asks(said.asks, settings.data, timezone=settings.timezone)
        try:
            return replace(said.purview, asks=asks_from(rows))
        except RequestError as error:
            raise SourceError(error.what, file=said.asks.read, place=error.place, mend=error.mend) from error

    @cached_property
    def _mappings(self) -> dict[str, str]:
        """What tells this version of each file of sources/ from another, by source."""
        return {source.name: digest_of_mapping(read_toml(Path(source.file))) for source in self.folder.sources}

    def charter_version(self, name: str) -> Charter:
        """A version of the charter by its name, drafts among them; or the one a file holds.

        :raises RequestError: there is neither.
        :raises ProjectError: the file is no charter.
        """
        found = {version.version: version for version in self.folder.versions}
        if name in found:
            return found[name]
        if Path(name).is_file():
            return charter_of(read_toml(Path(name)), Path(name), self.folder.sources)
        mend = did_you_mean(name, found) or "name the file that holds it."
        raise RequestError(f"the charter has no version “{name}”, and there is no such file.", place="charter", mend=mend)

    def charter_changes(self, before: str, after: str) -> Findings[CharterChange]:
        """What two versions of the charter say otherwise, in words.

        :param before: the earlier one: name of a version, or a file. :param after: the later one, likewise.
        :raises RequestError: as :meth:`charter_version`.
        """
        return charter_changes(self.charter_version(before), self.charter_version(after))

    @property
    def shelf(self) -> Shelf:
        """Where the project's studies stand.

        :raises MissingFileError: there is no such folder.
        """
        if not self.path.is_dir():
            raise MissingFileError("there is no such project folder.", file=self.path, mend="name the folder that holds troth.toml.")
        return Shelf(self.path / ".troth" / "studies")

    def instant(self, when: When) -> datetime:
        """The instant ``when`` means in the project's time zone; a day means its end.

        :param when: a day, a local time, or a time with its offset, as a ``date``, a ``datetime`` or text (2012-01-31, 2012-01-31T18:00).
        :raises RequestError: it is none of these.
        """
        return instant(when, self.folder.settings.timezone)

    def check(self) -> Findings[Remark]:
        """Try everything the folder says on its data, without making a study: problems first, then hints, then facts.

        A folder without a problem makes a study. What is wrong is told, not raised, so that one check tells all.

        :raises SettingError: the engine is not installed.
        :raises DatabaseDownError: the engine does not answer.
        """
        settings_file = self.path / "troth.toml"
        try:
            url = read_settings(self.path, self.data).engine
        except ProjectError:  # told by the check itself, which goes on with the engine that is always there
            url = embedded.URL
        with TemporaryDirectory(prefix="troth-check-") as work, engine(url, work=Path(work), settings_file=settings_file) as connection:
            return Findings((*self._refused_words(), *self._refused_asks(), *check(self.path, connection, data=self.data)))

    def _refused_words(self) -> tuple[Remark, ...]:
        """What a run would refuse of the decisions on words, where the folder can be read at all: else the check tells why not."""
        with suppress(ProjectError):
            refused = refusal_of(self.folder)
            return () if refused is None else (problem(refused),)
        return ()

    def _refused_asks(self) -> tuple[Remark, ...]:
        """What stands against reading the asks, where the folder can be read at all."""
        with suppress(ProjectError):
            _ = self.folder
            try:
                _ = self.purview
            except TrothError as error:
                return (problem(error),)
        return ()

    def study(self, as_of: When, *, progress: Progress | None = None) -> Study:
        """Compute a study without publishing it. Its files are gone when the handle is; :meth:`Study.save` keeps them.

        :param as_of: as for :meth:`instant`.
        :raises TrothError: as the tree in terms.errors says.
        """
        with ExitStack() as stack:
            draft = stack.enter_context(self.shelf.draft())
            self._make(draft, self.instant(as_of), progress)
            study = Study(draft)
            weakref.finalize(study, stack.pop_all().close)
        return study

    def run(self, as_of: When, *, at: datetime, progress: Progress | None = None) -> Published:
        """Compute a study and make it the project's current one; ended at any moment, the last study stays current.

        :param at: the present, noted as the time of publishing; no part of the study.
        :raises BusyError: another run holds the folder.
        :raises StorageError: the study could not be written; nothing was published.
        """
        when = self.instant(as_of)
        with _uncollected(), self.shelf.held(at), self.shelf.draft() as draft:
            self._make(draft, when, progress)
            before = {one.number for one in self.shelf.entries()}
            entry, new = self.shelf.publish(draft, at=at, whole=lambda folder: not Manifest.read(folder).damage(folder))
            gone = before - {one.number for one in self.shelf.entries()}
        return Published(Study(entry.folder, entry.number), new, tuple(sorted(gone)))

    def studies(self) -> tuple[Entry, ...]:
        """The published studies, oldest first."""
        return self.shelf.entries()

    def current(self) -> Study:
        """The current study.

        :raises NoStudyError: nothing has been published yet.
        """
        entry = self.shelf.current()
        return Study(entry.folder, entry.number)

    def published(self, number: int) -> Study:
        """The study with this number.

        :raises NoStudyError: there is none.
        """
        return Study(self.shelf.entry(number).folder, number)

    def _study_before(self, as_of: datetime) -> Study | None:
        """The latest published study of an earlier instant: by it issues and themes stay themselves from study to study."""
        earlier: list[tuple[datetime, int, Study]] = []
        for entry in self.shelf.entries():
            study = Study(entry.folder, entry.number)
            with suppress(DamagedStudyError):
                if study.as_of < as_of and not study.manifest.lost(study.folder):
                    earlier.append((study.as_of, entry.number, study))
        return max(earlier, key=lambda one: one[:2])[2] if earlier else None

    @contextmanager
    def _taken(self, charter: Charter) -> Iterator[tuple[Any, Intake]]:
        """A connection to the engine, and the sources in it, read with the areas a charter lists."""
        folder = replace(self.folder, charter=charter)
        with (
            saving(self.shelf.folder),
            self.shelf.draft() as work,  # beside the studies: intermediate results may be as large as they are
            engine(folder.settings.engine, work=work, settings_file=folder.path / "troth.toml") as connection,
        ):
            yield connection, take(folder, connection, work=work)

    def _make(self, draft: Path, as_of: datetime, progress: Progress | None) -> None:
        """Fill ``draft`` with the study as of ``as_of``, the manifest last."""
        settings, charter, mappings = self.folder.settings, self.folder.agreed(as_of), self._mappings
        tell = progress or (lambda _: None)
        tell("Reading the sources")
        with self._taken(charter) as (connection, intake):
            covered = coverage(intake)
            before = self._study_before(as_of)
            known: tuple[Known, ...] = () if before is None else before.reading.known
            themes = None if before is None else before.reading.theme_memory
            facts = compute(
                intake.promises,
                intake.receipts,
                specs=intake.specs,
                charter=charter,
                as_of=as_of,
                connection=connection,
                folder=draft,
                coverage=covered,
                timezone=settings.timezone,
                seed=SEED,
                heard=Heard(intake.interactions, intake.signals, intake.costs, intake.customers, known, unpriced=intake.unpriced),
                currency=settings.currency,
                missing=intake.missing,
                texts=options_of(self.folder, themes),
                wall=self.folder.journeys,
                occasions=[Occasions(spec, table) for spec, table in intake.occasions],
                measures=self.folder.measures,
                readings=[Readings(spec, table) for spec, table in intake.readings],
                progress=progress,
            )
            kept_rules = tuple(facts.pop(KEPT))
            tell("Writing the manifest")
            reading = Reading(draft)
            ledger = kept(reading.connection, draft, reading.facts)
            fresh, judged = freshest(intake, ledger, as_of, settings.timezone), rows_judged(ledger)
            write(intake.set_aside.order_by("source", "mapping", "file", "line", "row", "reason"), connection, draft / SET_ASIDE)
            manifest = Manifest(
                name=settings.name,
                as_of=as_of,
                timezone=settings.timezone,
                currency=settings.currency,
                made_with={"troth": version("troth"), "ibis": version("ibis-framework"), connection.name: connection.version},
                charter_version=charter.version,
                charter_digest=digest_of(charter),
                charter_since="" if charter.effective_from is None else charter.effective_from.isoformat(),
                mappings=mappings,
                sources=accounts(intake, fresh, judged),
                fingerprints=fingerprints(intake),
                coverage=reading.coverage,
                facts=facts,
                seeds={"study": SEED},
                kept_rules=kept_rules,
                kept_themes=() if themes is None else tuple(one.key for one in themes.themes),
                decisions=digests_of(self.folder),
                journeys_digest=digest_of_journeys(self.folder.journeys),
                measures_digest=digest_of_measures(self.folder.measures) if self.folder.measures.measures else "",
                tables=tables_of(draft),
            )
            (draft / MANIFEST).write_bytes(manifest.to_bytes())


def accounts(intake: Intake, fresh: Mapping[Key, str], judged: Mapping[Key, int]) -> tuple[SourceAccount, ...]:
    """The row accounting of every mapping, with the files its source was read from, how fresh its rows are, and how many came later.

    :param judged: promises of each source and name that the study judges; the others were not known yet on its day.
    """
    files = Counter(fingerprint.source for fingerprint in intake.fingerprints)
    return tuple(
        SourceAccount(
            tally.source,
            tally.mapping,
            files[tally.source],
            tally.read,
            tally.used,
            tally.set_aside,
            freshest=fresh.get((tally.source, tally.kind, tally.promise if tally.kind == PROMISES else None)),
            promise=tally.promise if tally.kind == PROMISES else None,
            flagged_kept=tally.flagged_kept,
            elsewhere=tally.elsewhere,
            noteworthy=tally.noteworthy if later == 0 else {**tally.noteworthy, NOT_YET_KNOWN: later},
        )
        for tally in intake.accounting
        for later in [tally.used - judged.get((tally.source, PROMISES, tally.promise), 0) if tally.kind == PROMISES else 0]
    )


def coverage(intake: Intake) -> dict[str, tuple[int, int]]:
    """Promises on record and promise-bearing rows, by promise name (domain.md c6, attack 8)."""
    return {tally.promise: (tally.recorded, tally.events) for tally in intake.accounting if tally.promise and tally.kind == "promises"}


def fingerprints(intake: Intake) -> dict[str, list[dict[str, Any]]]:
    """What each source's data was, by source; one entry per file."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in intake.fingerprints:
        found.setdefault(one.source, []).append({"file": one.file, "digest": one.digest, "size": one.size})
    return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave cycles of objects where they are for the length of a study.

    Queries are many small objects, and going through them again and again for the few that are in no use takes a fifteenth of its time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

"""A project folder: from its tables to a study, and the studies it has."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from troth.engine.findings import SourceAccount
from troth.engine.study import compute
from troth.intake import take
from troth.intake.folder import Folder, read_folder
from troth.project.connection import engine
from troth.project.instants import instant
from troth.project.manifest import Manifest, digest_of, tables_of
from troth.project.shelf import MANIFEST, Entry, Shelf
from troth.project.storage import saving
from troth.project.study import SET_ASIDE, Study

Progress = Callable[[str], None]

SEED = 0
"""The seed of every draw; fixed, so that the same run gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a run published.

    :param new: whether this is a new study; ``False`` where an earlier one is equal to the byte, and is current now.
    """

    study: Study
    new: bool


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
    def shelf(self) -> Shelf:
        """Where the project's studies stand."""
        return Shelf(self.path / ".troth" / "studies")

    def instant(self, when: str | date | datetime) -> datetime:
        """The instant ``when`` means in the project's time zone; a day means its end."""
        return instant(when, self.folder.settings.timezone)

    def study(self, as_of: str | date | datetime, *, progress: Progress | None = None) -> Study:
        """Compute a study without publishing it. Its files are gone when the handle is; :meth:`Study.save` keeps them.

        :raises TrothError: as the tree in terms.errors says.
        """
        with ExitStack() as stack:
            draft = stack.enter_context(self.shelf.draft())
            self._make(draft, self.instant(as_of), progress)
            study = Study(draft)
            weakref.finalize(study, stack.pop_all().close)
        return study

    def run(self, as_of: str | date | datetime, *, at: datetime, progress: Progress | None = None) -> Published:
        """Compute a study and make it the project's current one; ended at any moment, the last study stays current.

        :param at: the present, noted as the time of publishing; no part of the study.
        :raises BusyError: another run holds the folder.
        :raises StorageError: the study could not be written; nothing was published.
        """
        when = self.instant(as_of)
        with self.shelf.held(at), self.shelf.draft() as draft:
            self._make(draft, when, progress)
            entry, new = self.shelf.publish(draft, at=at)
        return Published(Study(entry.folder, entry.number), new)

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

    def _make(self, draft: Path, as_of: datetime, progress: Progress | None) -> None:
        """Fill ``draft`` with the study as of ``as_of``, the manifest last."""
        folder = self.folder
        settings = folder.settings
        tell = progress or (lambda _: None)
        with ExitStack() as stack:
            stack.enter_context(saving(self.shelf.folder))
            work = stack.enter_context(self.shelf.draft())  # beside the studies: intermediate results may be as large as they are
            connection = stack.enter_context(engine(settings.engine, work=work, settings_file=folder.path / "troth.toml"))
            tell("Reading the sources")
            intake = take(folder, connection, work)
            coverage = coverage_of(intake.accounting)
            facts = compute(
                intake.promises,
                intake.receipts,
                specs=intake.specs,
                charter=folder.charter,
                as_of=as_of,
                connection=connection,
                folder=draft,
                coverage=coverage,
                timezone=settings.timezone,
                seed=SEED,
                progress=progress,
            )
            tell("Writing the manifest")
            intake.set_aside.to_parquet(draft / SET_ASIDE)
            manifest = Manifest(
                name=settings.name,
                as_of=as_of,
                timezone=settings.timezone,
                currency=settings.currency,
                made_with={"troth": version("troth"), "ibis": version("ibis-framework"), connection.name: connection.version},
                charter_version=folder.charter.version,
                charter_digest=digest_of(folder.charter),
                sources=tuple(intake.accounting),
                fingerprints=intake.fingerprints,
                coverage=coverage,
                facts=facts,
                seeds={"study": SEED},
                tables=tables_of(draft),
            )
            (draft / MANIFEST).write_bytes(manifest.to_bytes())


def coverage_of(accounting: Iterable[SourceAccount]) -> dict[str, tuple[int, int]]:
    """Promises on record and promise-bearing rows, by promise name (domain.md c6, attack 8).

    Every row a mapping of promises read bears a promise, but those filtered out and repeated ones. A promise is on record unless the row
    holds none; one set aside for a wrong date is on record all the same, and counted among the rows set aside.
    """
    raise NotImplementedError

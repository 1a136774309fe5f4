"""One tree of errors. Each class owns one situation; each instance owns its sentence, the place and the mend.

TrothError
├── ProjectError        a project folder, or a key in it, is not as it must be (exit 2)
│   ├── MissingFileError
│   ├── SettingError    troth.toml, charter.toml, journeys.toml, roles.toml or sources/*.toml: unknown key, wrong type, wrong value
│   │   ├── MissingKeyError
│   │   └── UnknownNameError
│   └── ExpressionError SQL of a mapping does not parse, names a missing column, or calls what the engine lacks
│       └── MissingColumnError
├── SourceError         what a source points to cannot be read (exit 3)
│   ├── UnreadableFileError
│   └── DatabaseDownError
├── StudyError          a study cannot be made, saved or found (exit 4)
│   ├── NoStudyError
│   ├── StorageError    disk full, read-only folder: nothing was published
│   │   └── DamagedStudyError   files of a study are missing, or are not what they were
│   └── BusyError       another run holds the folder
└── RequestError        a question asked of a study that it cannot answer (exit 5): unknown slice, bad period
    └── SigningError    a charter that cannot be signed, objected to or settled in this way
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class TrothError(Exception):
    """Base of every error Troth raises on purpose.

    :param what: one sentence: what is wrong.
    :param file: the file it is wrong in, if any.
    :param place: the key, row or column inside the file, if any.
    :param mend: one sentence: what to do about it.
    """

    exit_code = 1
    status = 400

    def __init__(
        self,
        what: str,
        *,
        file: Path | str | None = None,
        place: str | None = None,
        mend: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.file = None if file is None else str(file)
        self.place = place
        self.mend = mend

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place) if part)
        sentence = f"{where}: {self.what}" if where else self.what
        return f"{sentence}\n  Mend: {self.mend}" if self.mend else sentence


class ProjectError(TrothError):
    """A project folder, or a key in it, is not as it must be."""

    exit_code = 2


class MissingFileError(ProjectError):
    """The project folder, or a file of its own, is not there. A missing data file is an :class:`UnreadableFileError`."""

    status = 404


class SettingError(ProjectError):
    """A key of a project's files (troth.toml, roles.toml, sources/*.toml ...) is unknown, of the wrong type or of the wrong value."""


class MissingKeyError(SettingError):
    """A key that has to be there is not.

    :param table: place of the table it is missing from; empty for the top of the file.
    :param keys: the keys of which one would do.
    """

    def __init__(self, what: str, *, table: str, keys: Iterable[str], file: Path | str, place: str | None, mend: str) -> None:
        super().__init__(what, file=file, place=place, mend=mend)
        self.table = table
        self.keys = tuple(keys)


class UnknownNameError(SettingError):
    """A key names an area, a stage or a promise that nothing makes.

    :param kind: the tables that make such names: ``areas``, ``stages``, ``promises``.
    """

    def __init__(self, what: str, *, kind: str, name: str, file: Path | str, place: str, mend: str | None) -> None:
        super().__init__(what, file=file, place=place, mend=mend)
        self.kind = kind
        self.name = name


class ExpressionError(ProjectError):
    """The SQL of a mapping does not parse, names a missing column, or calls what the engine lacks."""


class MissingColumnError(ExpressionError):
    """SQL names a column the source does not have.

    :param column: its name.
    """

    def __init__(self, what: str, *, column: str, file: Path | str, place: str, mend: str | None) -> None:
        super().__init__(what, file=file, place=place, mend=mend)
        self.column = column


class SourceError(TrothError):
    """What a source points to cannot be read."""

    exit_code = 3


class UnreadableFileError(SourceError):
    """A data file is missing, empty, truncated, of another format or in another encoding than declared."""


class DatabaseDownError(SourceError):
    """A database a source names does not answer, or refuses."""

    status = 503


class StudyError(TrothError):
    """A study cannot be made, saved or found."""

    exit_code = 4


class NoStudyError(StudyError):
    """There is no such study yet."""

    status = 404


class StorageError(StudyError):
    """The study could not be written (disk full, read-only folder). Nothing was published; the last study stays current."""

    status = 507


class DamagedStudyError(StorageError):
    """Files of a study are missing, or are not what they were when it was published.

    :param folder: the study's folder.
    :param files: their names in it.
    """

    status = 500

    def __init__(self, folder: Path | str, files: Iterable[str]) -> None:
        self.files = tuple(files)
        mend = "make it again with troth run, or put back a copy of the folder."
        are = "is" if len(self.files) == 1 else "are"
        what = f"the study is damaged: {', '.join(self.files)} {are} missing, or not what {'it was' if are == 'is' else 'they were'}."
        super().__init__(what, file=folder, mend=mend)


class BusyError(StudyError):
    """Another run holds this project's study folder."""

    status = 409


class RequestError(TrothError):
    """A question asked of a study that it cannot answer: an unknown slice, type or period."""

    exit_code = 5


class SigningError(RequestError):
    """A charter cannot be signed, objected to or settled in this way."""

    status = 409


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The near-miss sentence for an unknown word, or the list of what is known. ``None`` where nothing is known."""
    names = sorted(known)
    if not names:
        return None
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean “{near[0]}”?"
    return "use one of: " + ", ".join(names) + "."

"""A charter from its file, for those who judge a table without a project."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from troth.intake import Folder
from troth.intake.agreement import read_charter, write_charter
from troth.intake.folder import CHARTERS, ONE_CHARTER, charter_files, charter_of, read_toml, unfit_together
from troth.project.places import path_of
from troth.project.storage import replace_file, saving, sync_folder
from troth.terms.charter import Charter
from troth.terms.errors import ProjectError


def load_charter(file: Path | str, *, windows: Sequence[str] = ()) -> Charter:
    """The agreement a charter.toml describes, for :func:`troth.judge` and :func:`troth.break_account`.

    :param windows: names of the promises of a time window: their lines count in minutes, all others of time in days. A project tells them
        by its mappings: its charter is ``troth.open(folder).folder.charter``.
    :raises RequestError: no file is named.
    :raises MissingFileError: there is none.
    :raises ProjectError: it is no TOML, or a key is unknown or of a wrong value.
    """
    place = path_of(file, "file", "file")
    return read_charter(read_toml(place), place, counted_in_minutes=frozenset([windows] if isinstance(windows, str) else windows))


def save_charter(charter: Charter, file: Path | str) -> None:
    """Write a charter as a charter.toml that reads as the same charter again; comments are not kept.

    An earlier file of this name is replaced at once: whoever reads it meets the one or the other, whole.

    :raises RequestError: no file is named.
    :raises StorageError: it cannot be written.
    """
    place = path_of(file, "file", "file")
    text = write_charter(charter)
    with saving(place.parent):
        replace_file(place, text.encode())


def charters_on_file(folder: Folder) -> tuple[tuple[Path, Charter], ...]:
    """Every version of the charter of a project, with its file, in the order of the files.

    :raises ProjectError: a file is no charter.
    """
    return tuple((file, charter_of(read_toml(file), file, folder.sources)) for file in charter_files(folder.path))


def charter_text(text: str, folder: Folder, file: Path | str = ONE_CHARTER) -> Charter:
    """The agreement a text describes, as the project would read it from a file.

    :param file: what its errors call the text.
    :raises ProjectError: it is no TOML, or a key is unknown or of a wrong value.
    """
    place = Path(file)
    try:
        return charter_of(tomllib.loads(text), place, folder.sources)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
        raise ProjectError(f"the file is not TOML: {reason}", file=place, mend="texts need quotes, lists need [ ].") from error


def refuse_unfit(charter: Charter, folder: Folder) -> None:
    """Refuse a version that cannot stand among those of a project: whoever signs it would sign what no study can be made with.

    A version of the same name takes the place of the one there is.

    :raises SettingError: a unit or direction that is not the promise's; a day on which another version comes into force; signed too late.
    """
    target = Path(CHARTERS) / file_name(charter.version)
    others = [(file, version) for file, version in charters_on_file(folder) if version.version != charter.version]
    charter_of(tomllib.loads(write_charter(charter)), target, folder.sources)
    for refused in unfit_together([*others, (target, charter)]):
        raise refused


def publish_charter(charter: Charter, folder: Folder) -> Path:
    """Put a version among those of a project, so that the next study knows it; whole or not at all.

    A charter.toml that names a day first moves into charters/, as it is, for it is a version like the others; one that names none stays.

    :returns: its file.
    :raises SettingError: as :func:`refuse_unfit`.
    :raises StorageError: it cannot be written.
    """
    refuse_unfit(charter, folder)
    several = folder.path / CHARTERS
    with saving(several):
        several.mkdir(exist_ok=True)
        for file, version in charters_on_file(folder):
            if file.parent != several and (version.effective_from is not None or version.version == charter.version):
                file.replace(several / file_name(version.version))
                sync_folder(folder.path)
    on_file = {version.version: file for file, version in charters_on_file(folder)}
    place = on_file.get(charter.version, several / file_name(charter.version))
    number = 2
    while place.exists() and charter.version not in on_file:  # “2/b” and “2-b” would have one file
        place, number = place.with_name(f"{Path(file_name(charter.version)).stem}-{number}.toml"), number + 1
    save_charter(charter, place)
    return place


def file_name(version: str) -> str:
    """What the file of a version is called."""
    return f"{re.sub(r'[^0-9A-Za-z._-]+', '-', version).strip('.-') or 'version'}.toml"

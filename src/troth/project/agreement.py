"""A charter from its file, for those who judge a table without a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from troth.intake.agreement import read_charter, write_charter
from troth.intake.folder import read_toml
from troth.project.places import path_of
from troth.project.storage import replace_file, saving
from troth.terms.charter import Charter


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

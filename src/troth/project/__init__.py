"""A project folder and its studies: joins the intake's tables with the engine's study. What ``import troth`` shows."""

from __future__ import annotations

from pathlib import Path

from troth.project.agreement import load_charter, save_charter
from troth.project.comparison import Comparison
from troth.project.folder import Project, Published
from troth.project.manifest import Manifest
from troth.project.places import path_of
from troth.project.shelf import Entry
from troth.project.study import Study, load_study

__all__ = [
    "Comparison",
    "Entry",
    "Manifest",
    "Project",
    "Published",
    "Study",
    "compare",
    "current",
    "load_charter",
    "load_study",
    "open",
    "save_charter",
    "studies",
]


def open(folder: Path | str, data: Path | str | None = None) -> Project:  # noqa: A001 - the settled name: troth.open(folder)
    """The project in ``folder``.

    :param data: folder that relative paths in sources start from, where not the one troth.toml names.
    :raises RequestError: no folder is named.
    """
    return Project(path_of(folder, "folder"), None if data is None else path_of(data, "data"))


def studies(folder: Path | str) -> tuple[Entry, ...]:
    """The published studies of the project in ``folder``, oldest first."""
    return open(folder).studies()


def current(folder: Path | str) -> Study:
    """The current study of the project in ``folder``.

    :raises NoStudyError: nothing has been published yet.
    """
    return open(folder).current()


def compare(before: Study, after: Study, *, by: tuple[str, ...] = ()) -> Comparison:
    """What changed from one study to another: verdicts by reason, rows, kept rates, account parts, and what they were made from."""
    return before.compare(after, by=by)

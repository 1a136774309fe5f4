"""Brings into the workspace what stands in the project folder, and what a study shows nobody agreed: on opening a page, after a study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection

from troth.intake import Folder
from troth.terms.charter import Charter
from troth.terms.signing import content_digest
from troth.workspace.charter import operations
from troth.workspace.charter.evidence import missing_of, study_here
from troth.workspace.charter.models import Version
from troth.workspace.studies.project_files import Stamp, stamps_of
from troth.workspace.studies.reading import OpenStudy, project

TAKEN: dict[str, object] = {}
"""What was taken in already by this process, by database and kind: asked for again only when a file or the study is another one."""

READ: dict[Path, tuple[tuple[Stamp, ...], Folder]] = {}
"""Project folders as they were last read, and the stamps their files had then."""


def read_project(at: datetime) -> Folder:
    """The project folder, its charters taken in.

    :raises ProjectError: a file of it is not as it must be.
    """
    here = project()
    stamps = stamps_of(here.path)
    held = READ.get(here.path)
    if held is None or held[0] != stamps:
        held = READ[here.path] = (stamps, here.folder)
    folder = held[1]
    state = (str(folder.path), *stamps)
    key = f"{connection.settings_dict['NAME']} folder"
    if TAKEN.get(key) != state:
        operations.take_in(folder=folder, at=at)
        TAKEN[key] = state
    return folder


def note_missing(agreed: Charter, opened: OpenStudy | None, at: datetime) -> None:
    """Keep what a study shows that the charter in force does not speak of, once per study and charter."""
    if opened is None:
        return
    state = (str(opened.entry.folder), content_digest(agreed))
    key = f"{connection.settings_dict['NAME']} missing"
    if TAKEN.get(key) != state:
        operations.note_missing(cells=missing_of(agreed, opened).rows, study=opened.number, at=at)
        TAKEN[key] = state


def after_study(at: datetime) -> None:
    """What is done once a study is published: combinations nobody agreed are kept as missing.

    :raises ProjectError: a file of the project is not as it must be.
    """
    from troth.workspace.charter.pages import agreed_on

    folder = read_project(at)
    note_missing(agreed_on(Version.objects.all(), operations.today_in(folder, at)), study_here(), at)

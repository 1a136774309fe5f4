"""In which time zone the workspace tells instants: that of its project."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from troth.intake.folder import read_settings
from troth.terms.errors import ProjectError

SETTINGS = "troth.toml"


def project_zone() -> tuple[ZoneInfo, ProjectError | None]:
    """The project's time zone, as troth.toml has it now.

    :returns: the zone, UTC where troth.toml cannot be read, and then why.
    """
    folder: Path = settings.TROTH_PROJECT
    try:
        return _zone_of(folder, settings.TROTH_DATA, _stamp(folder / SETTINGS)), None
    except ProjectError as error:
        return ZoneInfo("UTC"), error


def _stamp(file: Path) -> tuple[int, int]:
    """When a file was last changed, and its size; nothing where it cannot be read: reading it says why."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _zone_of(folder: Path, data: Path | None, stamp: tuple[int, int]) -> ZoneInfo:
    """Read anew where the stamp is another one."""
    return ZoneInfo(read_settings(folder, data).timezone)

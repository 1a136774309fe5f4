"""Which files a project folder is read from, and whether they are still what they were."""

from __future__ import annotations

from pathlib import Path

from troth.intake.folder import charter_files

Stamp = tuple[str, int, int]
"""A file, when it was last changed, in nanoseconds, and its size."""


def stamps_of(folder: Path) -> tuple[Stamp, ...]:
    """Every file a project folder is read from: stamps taken before reading, so that a change meanwhile shows the next time."""
    files = [*charter_files(folder), *folder.glob("*.toml"), *folder.glob("sources/*.toml")]
    return tuple(sorted((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file()))

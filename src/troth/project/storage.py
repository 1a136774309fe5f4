"""Writing so that it lasts: what reaches the disk, and what a full one says.

Every file and its folder are synced before anything points to them, so a power cut finds either the old state or the new one.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from troth.terms.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def sha256(file: Path) -> str:
    """The file's SHA-256, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_file(file: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's names are on the disk. Windows has no such call and needs none."""
    if os.name == "posix":
        sync_file(folder)


def sync_tree(folder: Path) -> None:
    """Sync every file under ``folder``, then every folder, the innermost first."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync_file(Path(place, name))
        sync_folder(Path(place))


def replace_file(file: Path, content: bytes) -> None:
    """Give ``file`` new content by one atomic rename: a reader sees all of the old or all of the new."""
    draft = file.with_name(f".{file.name}.new")
    draft.write_bytes(content)
    sync_file(draft)
    draft.replace(file)
    sync_folder(file.parent)


@contextmanager
def saving(folder: Path) -> Iterator[None]:
    """Turn “no space left”, “read-only” and their like, raised while ``folder`` is written, into a :class:`StorageError`.

    Databases report a full disk in errors of their own; the system's sentence inside tells them from a wrong query.
    """
    try:
        yield
    except Exception as error:
        problem = _storage_problem(error)
        if problem is None:
            raise
        raise StorageError(
            f"the study could not be written: {problem}. Nothing was published; the last study stays current.",
            file=folder,
            mend="free some space, or let this user write to the folder, then run again.",
        ) from error


def _storage_problem(error: Exception) -> str | None:
    """The system's sentence, when ``error`` says that the disk is full or refuses; ``None`` for anything else."""
    known = (*_FULL, *_REFUSED)
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno in known else None
    said = str(error)
    return next((sentence for code in known if (sentence := os.strerror(code)) in said), _spill_problem(said))


def _spill_problem(said: str) -> str | None:
    """DuckDB's own limits on memory and on the folder it spills to."""
    if "max_temp_directory_size" in said or "failed to offload" in said:
        return "no space left for intermediate results"
    return "not enough memory for this study" if said.startswith("Out of Memory Error") else None

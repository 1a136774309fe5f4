"""Where a source's files are, what format they have, and their bytes as a stream: paths, globs, package data, compression."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

import pyarrow as pa

from troth.terms.errors import SettingError, UnreadableFileError

PACKAGE = "package:"
FETCHED = frozenset({"http", "https", "ftp", "sftp", "s3", "gs", "az", "abfs", "hdfs", "file"})
"""Addresses of files, and of no database."""

GLOB_SIGNS = frozenset("*?[")
CHUNK = 1 << 20


class Format(StrEnum):
    """File formats, by what follows the dot."""

    DELIMITED = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    WORKBOOK = "xlsx"


FORMATS: dict[str, Format] = {
    ".csv": Format.DELIMITED,
    ".tsv": Format.DELIMITED,
    ".tab": Format.DELIMITED,
    ".txt": Format.DELIMITED,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".xlsx": Format.WORKBOOK,
}
COMPRESSIONS = (".gz", ".zst", ".zip")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a source.

    :param path: the file itself.
    :param name: what people call it: its path from the data folder, or inside its package.
    """

    path: Path
    name: str
    format: Format
    compression: str | None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells two versions of a file apart.

    :param digest: SHA-256 of its bytes; of a Parquet file, of its footer, which describes every column chunk of it.
    :param size: bytes; ``None`` for a database.
    """

    source: str
    file: str
    digest: str | None
    size: int | None


def locate(read: str, data: Path, *, file: str) -> tuple[DataFile, ...]:
    """The files a ``read`` stands for, in the order of their names.

    :param data: where relative paths start.
    :param file: the source's own file, for messages.
    :raises UnreadableFileError: no such file, nothing matches the glob, the package is not installed, or a format that is not read.
    :raises SettingError: a glob that is none, or an address of a database.
    """
    if read.startswith(PACKAGE):
        return (_packaged(read.removeprefix(PACKAGE), file=file),)
    if "://" in read:
        kind = read.partition("://")[0]
        mend = f'if it is a database, write connection = "{kind}://...", with table or query.'
        if kind in FETCHED:
            mend = "fetch the file first, and name its path; relative paths start in the data folder (--data)."
        raise SettingError(f"“{kind}://...” is an address, and no path of a file", file=file, place="read", mend=mend)
    base = Path(read)
    anchor = Path(base.anchor) if base.is_absolute() else data
    pattern = str(base.relative_to(base.anchor)) if base.is_absolute() else read
    if not GLOB_SIGNS & set(pattern) or (anchor / pattern).is_file():
        found = [anchor / pattern]
        if not found[0].is_file():
            what, mend = f"there is no file {found[0]}", "check the path; relative paths start in the data folder (--data)."
            if found[0].is_dir():
                what = f"{found[0]} is a folder"
                mend = f"name the files in it by a pattern, such as {(Path(read) / '*.csv').as_posix()}."
            raise UnreadableFileError(what, file=file, place="read", mend=mend)
    else:
        try:
            found = sorted(path for path in anchor.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError, OSError) as error:
            raise SettingError(f"“{read}” is no pattern of files", file=file, place="read", mend="write it like orders/*.csv.") from error
        if not found:
            raise UnreadableFileError(
                f"no file matches {anchor / pattern}", file=file, place="read", mend="check the pattern and the data folder."
            )
    files = tuple(
        _described(path, path.relative_to(data).as_posix() if path.is_relative_to(data) else str(path), file=file) for path in found
    )
    if len({one.format for one in files}) > 1:
        raise UnreadableFileError("the files have different formats", file=file, place="read", mend="make one source of each format.")
    return files


def _packaged(where: str, *, file: str) -> DataFile:
    """A data file inside an installed Python package; the package is found, never run."""
    package, _, inside = where.partition("/")
    try:
        spec = importlib.util.find_spec(package) if package.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise UnreadableFileError(
            f"the package “{package}” is not installed",
            file=file,
            place="read",
            mend=f"run `pip install {package or 'NAME'}`, then try again.",
        )
    for root in spec.submodule_search_locations:
        path = (Path(root) / inside).resolve()
        if inside and path.is_relative_to(Path(root).resolve()) and path.is_file():
            return _described(path, f"{PACKAGE}{package}/{inside}", file=file)
    raise UnreadableFileError(
        f"the package “{package}” has no file “{inside}”", file=file, place="read", mend="check the path inside the package."
    )


def _described(path: Path, name: str, *, file: str) -> DataFile:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else None
    known = FORMATS.get(suffixes[-1] if suffixes else "")
    if known is None or (compression and known in {Format.PARQUET, Format.WORKBOOK}):
        raise UnreadableFileError(
            f"{path.name} has a format that is not read",
            file=file,
            place="read",
            mend="use " + ", ".join(FORMATS) + "; the text formats also with " + ", ".join(COMPRESSIONS) + ".",
        )
    return DataFile(path, name, known, compression)


@contextmanager
def bytes_of(one: DataFile) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked, as a stream.

    :raises UnreadableFileError: it cannot be opened, or breaks off.
    """
    try:
        with one.path.open("rb") as raw:
            match one.compression:
                case ".gz":
                    with gzip.open(raw) as stream:
                        yield io.BufferedReader(stream, CHUNK)
                case ".zst":
                    # Arrow's stream goes on behind a frame, and refuses one that breaks off
                    with pa.CompressedInputStream(raw, "zstd") as stream:
                        yield io.BufferedReader(stream, CHUNK)
                case ".zip":
                    with zipfile.ZipFile(raw) as archive, archive.open(_only_member(archive, one)) as stream:
                        yield stream
                case _:
                    yield raw
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise unreadable(one, error) from error


def unreadable(one: DataFile, error: Exception) -> UnreadableFileError:
    """The file broke off, or is not what its name says."""
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return UnreadableFileError(
        f"the file cannot be read ({reason[0]})", file=one.path, mend="check that it is complete, and of the format its name says."
    )


def _only_member(archive: zipfile.ZipFile, one: DataFile) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise UnreadableFileError(f"the archive holds {len(members)} files", file=one.path, mend="pack one file per archive.")
    return members[0]


def fingerprint(source: str, one: DataFile) -> Fingerprint:
    """Tell this version of the file from others."""
    digest = hashlib.sha256()
    try:
        size = one.path.stat().st_size
        with one.path.open("rb") as raw:
            if one.format is Format.PARQUET:
                raw.seek(max(0, size - 8))
                length = int.from_bytes(raw.read(4), "little")
                raw.seek(max(0, size - 8 - length))
            while chunk := raw.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise unreadable(one, error) from error
    return Fingerprint(source, one.name, digest.hexdigest(), size)

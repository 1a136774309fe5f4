"""Where a project's studies stand, and how a new one comes to be current.

::

    <project>/.troth/studies/
        1/ 2/ 3/ ...      published studies; never written to again
        1.damaged/        one that was damaged, and has been made again since; not listed
        register.json     which is current, and when each was published
        .new-<token>/     a study in the making, held by .new-<token>.lock
        .run.lock         held while a study is made; .run.json says by whom

A study is made beside the others, synced, renamed to its number, and then one atomic rename of the register makes it current. Ended at
any moment, the last study stays current. The locks are the operating system's: they end with the process that held them, so a lock
that a dead process left behind is simply free.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from troth.project.storage import replace_file, saving, sync_folder, sync_tree
from troth.terms.errors import BusyError, DamagedStudyError, NoStudyError, StorageError

MANIFEST = "manifest.json"
DAMAGED = ".damaged"


@dataclass(frozen=True, slots=True)
class Entry:
    """One published study.

    :param published_at: when it first became current; ``None`` where the run was ended just before.
    """

    number: int
    folder: Path
    current: bool
    published_at: datetime | None


class Shelf:
    """The studies of one project.

    :param folder: ``<project>/.troth/studies``; made when the first study is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._register = folder / "register.json"
        self._holder = folder / ".run.json"

    def entries(self) -> tuple[Entry, ...]:
        """Every published study, oldest first."""
        register = self._read_register()
        published = register["published_at"]
        return tuple(
            Entry(
                number=number,
                folder=self.folder / str(number),
                current=number == register["current"],
                published_at=datetime.fromisoformat(published[str(number)]) if str(number) in published else None,
            )
            for number in self._numbers()
        )

    @property
    def began(self) -> bool:
        """Whether a study was published here at some time, whatever became of it."""
        return self._read_register()["current"] is not None

    def current(self) -> Entry:
        """The study readers get by default.

        :raises NoStudyError: nothing has been published yet.
        :raises DamagedStudyError: its manifest is gone, or cannot be read.
        """
        for entry in self.entries():
            if entry.current:
                return entry
        register = self._read_register()
        if register["current"] is not None:
            raise DamagedStudyError(self.folder / str(register["current"]), [MANIFEST])
        raise NoStudyError("this project has no study yet.", file=self.folder.parent.parent, mend="make one with `troth run`.")

    def entry(self, number: int) -> Entry:
        """The study with this number.

        :raises NoStudyError: there is none.
        :raises DamagedStudyError: its manifest is gone, or cannot be read.
        """
        entries = self.entries()
        for entry in entries:
            if entry.number == number:
                return entry
        if (self.folder / str(number)).is_dir():
            raise DamagedStudyError(self.folder / str(number), [MANIFEST])
        known = ", ".join(str(entry.number) for entry in entries)
        raise NoStudyError(
            f"there is no study {number}.",
            file=self.folder.parent.parent,
            mend=f"the studies are {known}." if known else "make one with `troth run`.",
        )

    @contextmanager
    def held(self, since: datetime) -> Iterator[None]:
        """Hold the shelf while a study is made, after sweeping up what an interrupted run left behind.

        :param since: when the run began, told to whoever finds the shelf held.
        :raises BusyError: another process holds it.
        :raises StorageError: the folder cannot be written.
        """
        with saving(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / ".run.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise self._busy() from None
        try:
            with saving(self.folder):
                self._sweep()
                replace_file(self._holder, _as_json({"process": os.getpid(), "since": since.isoformat()}))
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            lock.release()

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty folder on the same disk as the studies; gone at the end unless :meth:`publish` has taken it."""
        with saving(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            place = self.folder / f".new-{secrets.token_hex(6)}"
            lock = FileLock(place.with_suffix(".lock"))
            lock.acquire()
        try:
            with saving(self.folder):
                place.mkdir()
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            place.with_suffix(".lock").unlink(missing_ok=True)
            lock.release()

    def publish(self, draft: Path, *, at: datetime, whole: Callable[[Path], bool] = lambda _: True) -> tuple[Entry, bool]:
        """Make the study in ``draft`` the current one; call it while the shelf is :meth:`held`.

        A study equal to the byte to one already published is not published twice: that one becomes current. One that was damaged since is
        no equal: the draft is published under a number of its own, and the damaged folder set beside (:data:`DAMAGED`), where it is not
        listed any more.

        :param at: the instant to note as its time of publishing.
        :param whole: tells whether the study in a folder is still what its manifest says; asked of equals only.
        :returns: the entry, and whether it is new.
        :raises StorageError: it could not be written; nothing was published.
        """
        with saving(self.folder):
            manifest = (draft / MANIFEST).read_bytes()
            equal = [n for n in self._numbers() if (self.folder / str(n) / MANIFEST).read_bytes() == manifest]
            damaged = [n for n in equal if not whole(self.folder / str(n))]
            twin = next((n for n in equal if n not in damaged), None)
            if twin is None:
                number = self._last() + 1
                sync_tree(draft)
                draft.rename(self.folder / str(number))
                sync_folder(self.folder)
            else:
                number = twin
            register = self._read_register()
            published = {str(number): at.isoformat(), **register["published_at"]}
            replace_file(self._register, _as_json({"current": number, "published_at": published}))
            for one in damaged:
                (self.folder / str(one)).rename(self.folder / f"{one}{DAMAGED}")
            sync_folder(self.folder)
        return self.entry(number), twin is None

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit() and _readable(path / MANIFEST))

    def _last(self) -> int:
        """The last number given, to a study that was damaged since as well: no number is given twice."""
        named = (path.name.removesuffix(DAMAGED) for path in self.folder.iterdir() if path.is_dir())
        return max((int(name) for name in named if name.isdigit()), default=0)

    def _read_register(self) -> dict[str, Any]:
        if not self._register.is_file():
            return {"current": None, "published_at": {}}
        try:
            register = json.loads(self._register.read_bytes())
            return {"current": int(register["current"]), "published_at": dict(register["published_at"])}
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(
                "the register of studies cannot be read.",
                file=self._register,
                mend="delete this one file and run again; the studies beside it stay.",
            ) from error

    def _busy(self) -> BusyError:
        try:
            holder = json.loads(self._holder.read_bytes())
            who = f"process {holder['process']}, since {holder['since']}"
        except (OSError, ValueError, KeyError):  # the other run is just beginning or just ending
            who = "another process"
        return BusyError(
            f"another run is making a study here ({who}).",
            file=self.folder.parent.parent,
            mend="wait until it ends, or end it; the current study is untouched either way.",
        )

    def _sweep(self) -> None:
        """Remove drafts whose process is gone; a draft in use by another process keeps its lock and stays."""
        tokens = {path.with_suffix("") for path in self.folder.glob(".new-*")}
        for draft in sorted(tokens):
            lock = FileLock(draft.with_suffix(".lock"), timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            shutil.rmtree(draft, ignore_errors=True)
            draft.with_suffix(".lock").unlink(missing_ok=True)
            lock.release()
        for stray in self.folder.glob(".*.json.new"):
            stray.unlink(missing_ok=True)


def _readable(manifest: Path) -> bool:
    """Whether there is a manifest that can be read; what it says is not looked at."""
    try:
        json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def _as_json(document: dict[str, object]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()

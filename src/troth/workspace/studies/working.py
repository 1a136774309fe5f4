"""The worker: makes the studies people ask for, one at a time, each in a process of its own, and works schedules.

There is one worker a project, whoever starts how many: the others wait for the lock in its folder. `troth serve` starts one beside the
server, `troth work` is one. The worker that a server has started ends with it (:mod:`supervising`).
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from troth.terms.errors import TrothError
from troth.workspace.configuration import Configuration, configure, from_environment

log = logging.getLogger("troth.workspace.worker")

POLL = 0.5
"""Seconds between two looks: at what waits, and at whether a running study is to end."""

BEAT = 2.0
"""Seconds between two notes that a study goes on, where no step begins."""

NICENESS = 5
"""How far a worker beside a server stands back: the first page comes before it."""

GRACE = 2.0
"""Seconds a process has to end by itself."""

ALIVE = 30.0
"""A worker that did not touch its file for so many seconds is none."""

Answer = TypeVar("Answer")


def lock_file(home: Path) -> Path:
    """Held by the worker of a project. ``home`` is the project's .troth folder."""
    return home / "worker.lock"


def sign_of_life(home: Path) -> Path:
    """Touched by the worker of a project again and again."""
    return home / "worker.alive"


def worker_lives(home: Path, at: datetime) -> bool:
    """Whether a worker of the project has shown itself lately."""
    try:
        return at.timestamp() - sign_of_life(home).stat().st_mtime < ALIVE
    except OSError:
        return False


def work(configuration: Configuration, stop: threading.Event, *, once: bool = False) -> None:
    """Work until told to stop.

    :param configuration: of the workspace, which is set up in this process.
    :param stop: set from outside to end; a running study goes back to those that wait.
    :param once: end as soon as nothing waits and no schedule is due.
    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    configure(configuration)
    configuration = from_environment()  # with what the environment says besides
    home = configuration.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file(home))
    while not stop.is_set():
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if once:
                log.warning("another worker makes the studies of this project")
                return
            stop.wait(POLL)
        else:
            try:
                _Worker(configuration, home, stop).work(once=once)
            finally:
                lock.release()
            return


@dataclass
class _Making:
    """The process of one study, and what it has told."""

    process: subprocess.Popen[str]
    began: float
    told: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    steps: list[tuple[str, float]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    def listen(self) -> None:
        """Read what the process tells, until it ends."""
        for line in self.process.stdout or ():
            with suppress(ValueError):
                self.told.put(json.loads(line))

    def heard(self) -> bool:
        """Take in what it has told since; whether that was anything."""
        any_ = False
        while not self.told.empty():
            document, any_ = self.told.get(), True
            if "step" in document:
                if not self.steps or self.steps[-1][0] != document["step"]:
                    self.steps.append((document["step"], round(monotonic() - self.began, 3)))
            else:
                self.result = document
        return any_

    def end(self) -> None:
        """End it: asked first, made to where it does not."""
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Worker:
    """What holds the lock."""

    def __init__(self, configuration: Configuration, home: Path, stop: threading.Event) -> None:
        self.configuration = configuration
        self.home = home
        self.stop = stop

    def work(self, *, once: bool) -> None:
        from troth.workspace.studies import operations

        self._insist(lambda: operations.settle_lost(at=_now(), every=True))
        while not self.stop.is_set():
            sign_of_life(self.home).touch()
            self._insist(self._work_schedules)
            run = self._insist(lambda: operations.start(at=_now()))
            if run is not None:
                self._make(run)
            elif once:
                return
            else:
                self.stop.wait(POLL)

    def _work_schedules(self) -> None:
        """Ask for the studies of schedules that fell due, also while no worker was there."""
        from troth.workspace.parts.zones import project_zone
        from troth.workspace.studies.cadences import due_since
        from troth.workspace.studies.models import Schedule
        from troth.workspace.studies.operations import request_due

        now, schedules = _now(), list(Schedule.objects.filter(on=True))
        zone: ZoneInfo | None = None
        for schedule in schedules:
            zone = zone or project_zone()[0]
            due = due_since(schedule.cadence, schedule.worked_until, now, zone)
            if due is not None:
                request_due(schedule=schedule, due=due, zone=zone, at=now)

    def _make(self, run: Any) -> None:
        """Make the study of a run that has started, and note what became of it."""
        from troth.workspace.studies import operations

        making = self._started(run)
        listener = threading.Thread(target=making.listen, name="listener", daemon=True)
        listener.start()
        wanted, beaten = True, 0.0
        while wanted and not self.stop.is_set() and listener.is_alive():
            listener.join(POLL)
            sign_of_life(self.home).touch()
            began = making.heard()
            if began or monotonic() - beaten >= BEAT or self._cancelled(run):
                beaten = monotonic()
                wanted = self._beat(run, making)
        if listener.is_alive():
            making.end()
        listener.join(GRACE)
        code = making.process.wait()
        for stream in (making.process.stdin, making.process.stdout):
            if stream is not None:
                stream.close()
        making.heard()
        self._beat(run, making)  # the steps since the last one
        number = making.result.get("published") or (operations.published_at(run.started_at) if code else None)
        if number is None:
            self._sweep()
        self._insist(lambda: self._note(run, making, number, code, wanted=wanted))

    def _started(self, run: Any) -> _Making:
        words = (
            str(self.configuration.project.resolve()),
            "" if self.configuration.data is None else str(self.configuration.data.resolve()),
            run.as_of.isoformat(),
            run.started_at.isoformat(),
        )
        process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-m", "troth.workspace.studies.making", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return _Making(process, monotonic())

    def _cancelled(self, run: Any) -> bool:
        """Whether somebody has cancelled the run: read, not written, since it is asked often."""
        from django.db import DatabaseError

        from troth.workspace.studies.models import Run

        with suppress(DatabaseError):
            return Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()
        return False

    def _beat(self, run: Any, making: _Making) -> bool:
        """Note that it goes on; where the database does not answer just now, it goes on unnoted."""
        from django.db import DatabaseError

        from troth.workspace.studies.operations import beat

        try:
            return beat(run=run, process=making.process.pid, steps=making.steps, at=_now())
        except DatabaseError as error:
            log.warning("the study goes on, but the database does not take note: %s", error)
            _close()
            return True

    def _note(self, run: Any, making: _Making, number: int | None, code: int, *, wanted: bool) -> None:
        from troth.workspace.studies import operations
        from troth.workspace.studies.errors import RunError

        failed, now = making.result.get("failed"), _now()
        if number is not None:
            operations.publish(run=run, study=number, new=bool(making.result.get("new", True)), at=now)
            _tell(now)
        elif not wanted:
            operations.end_cancelled(run=run, at=now)
        elif failed is not None:
            told = RunError(failed["what"], file=failed["file"], place=failed["place"], mend=failed["mend"])
            operations.fail(run=run, error=told, at=now)
        elif self.stop.is_set():
            operations.put_back(run=run, at=now)
        else:
            operations.fail(run=run, error=RunError(_why(code), mend=_mend(code)), at=now)

    def _sweep(self) -> None:
        """Take away the draft of a study that was ended half-way; it may be as large as the study."""
        from troth.workspace.studies.reading import project

        with suppress(TrothError), project().shelf.held(_now()):
            pass

    def _insist(self, act: Callable[[], Answer]) -> Answer | None:
        """Do it, and where the database does not answer, again until it does or the worker is stopped."""
        from django.db import DatabaseError

        while True:
            try:
                return act()
            except DatabaseError as error:
                log.warning("the database does not answer, and is asked again: %s", error)
                _close()
                sign_of_life(self.home).touch()
                if self.stop.wait(POLL * 4):
                    return None


def _why(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"the process that made this study was ended from outside ({name})."
    return "the process that made this study broke."


def _mend(code: int) -> str:
    if code < 0:
        return "run it again; where memory ran out, give the machine more, or set memory_limit in `engine` of troth.toml."
    return "the worker's log says why; it is a fault of Troth's own: please report it."


def _now() -> datetime:
    return datetime.now(UTC)


def _close() -> None:
    from django.db import connections

    connections.close_all()


def stop_on_signals(stop: threading.Event) -> None:
    """End the work in good order when this process is told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def main() -> None:
    """A worker as a process of its own, set up by the environment; it ends with whoever started it, however that ended."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    stop, parent = threading.Event(), os.getppid()
    stop_on_signals(stop)

    def end_with_parent() -> None:
        while not stop.wait(POLL):
            if os.getppid() != parent:  # not told by standard input: the server's own processes may hold its other end
                stop.set()

    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    work(from_environment(), stop)


def _tell(at: datetime) -> None:
    """Call what other apps do once a study is published. Settings name it: apps after this one are not imported here."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in settings.AFTER_STUDY:
        try:
            import_string(name)(at)
        except TrothError as error:
            log.warning("the study is published; afterwards %s", error)


if __name__ == "__main__":
    main()

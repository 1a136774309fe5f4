"""Keeps a worker running beside a server: started again where it ends by itself, ended with the server."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

log = logging.getLogger("troth.workspace.worker")

PAUSES = (1, 2, 5, 15, 60)
"""Seconds before a worker that has ended is started again: longer each time."""

LOOK = 0.2
"""Seconds between two looks whether the worker is there."""

STEADY = 120.0
"""A worker that ran so many seconds counts as sound."""

GRACE = 10.0
"""Seconds the worker has to end in good order: it puts back the study it makes."""


@contextmanager
def supervised() -> Iterator[None]:
    """Within it a worker is running, of the workspace this process is configured for. It ends with this process, however that ends.

    The first one is started here and now, not by the thread that watches it: were the server to fork while a process is being started,
    its copy would hold on to the pipe by which that start is waited for, and the thread would wait for good.
    """
    stop = threading.Event()
    supervisor = threading.Thread(target=_supervise, args=(_start(), stop), name="worker", daemon=True)
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join(2 * GRACE)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "troth.workspace.studies.working"])


def _supervise(process: subprocess.Popen[bytes], stop: threading.Event) -> None:
    """Watch a worker, and those that take its place."""
    ends, began = 0, monotonic()
    while True:
        while process.poll() is None and not stop.wait(LOOK):
            pass
        if stop.is_set():
            _end(process)
            return
        ends = 1 if monotonic() - began > STEADY else ends + 1
        log.warning("the worker ended (%s), and is started again", process.returncode)
        if stop.wait(PAUSES[min(ends, len(PAUSES)) - 1]):
            return
        process, began = _start(), monotonic()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

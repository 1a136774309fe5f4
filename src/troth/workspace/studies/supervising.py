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

STEADY = 120.0
"""A worker that ran so many seconds counts as sound."""

GRACE = 10.0
"""Seconds the worker has to end in good order: it puts back the study it makes."""


@contextmanager
def supervised() -> Iterator[None]:
    """Within it a worker is running, of the workspace this process is configured for. It ends with this process, however that ends."""
    stop = threading.Event()
    supervisor = threading.Thread(target=_supervise, args=(stop,), name="worker", daemon=True)
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join(2 * GRACE)


def _supervise(stop: threading.Event) -> None:
    ends = 0
    while not stop.is_set():
        began = monotonic()
        process = subprocess.Popen([sys.executable, "-m", "troth.workspace.studies.working"])
        ended = threading.Thread(target=process.wait, daemon=True)
        ended.start()
        while ended.is_alive() and not stop.wait(0.2):
            pass
        if stop.is_set():
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if stop.is_set():
            return
        ends = 0 if monotonic() - began > STEADY else ends + 1
        pause = PAUSES[min(ends, len(PAUSES)) - 1] if ends else 0
        log.warning("the worker ended (%s), and is started again", process.returncode)
        stop.wait(pause)

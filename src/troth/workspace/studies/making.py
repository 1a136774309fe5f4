"""The process that makes one study, and ends: ``python -m troth.workspace.studies.making PROJECT DATA AS_OF AT``.

It knows nothing of the workspace's database. It tells its parent what it does, a JSON document a line on standard output, and ends as
soon as standard input does: with whoever started it, however that ended. What it prints otherwise goes to standard error, the log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

from troth.project import Project
from troth.terms.errors import BusyError, TrothError

PAUSE = 1.0
"""Seconds after which a shelf that another run holds is tried again."""

NICE = 10
"""The pages come first where both want the processor."""

BUSY = "Waiting for another run, which is making a study of this project"

Tell = Callable[..., None]


def main(arguments: list[str]) -> int:
    """Make the study.

    :param arguments: project folder; folder that relative paths in sources start from, or nothing; as-of; the present.
    """
    tell = _teller()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker hears it, and says what is to end
    if hasattr(os, "nice"):
        os.nice(NICE)
    folder, data, as_of, at = arguments
    project = Project(Path(folder), Path(data) if data else None)
    try:
        published = _run(project, datetime.fromisoformat(as_of), datetime.fromisoformat(at), tell)
    except TrothError as error:
        tell(failed={"what": error.what, "file": error.file, "place": error.place, "mend": error.mend})
        return error.exit_code
    tell(published=published[0], new=published[1])
    return 0


def _run(project: Project, as_of: datetime, at: datetime, tell: Tell) -> tuple[int, bool]:
    while True:
        try:
            found = project.run(as_of, at=at, progress=lambda step: tell(step=step))
        except BusyError:
            tell(step=BUSY)
            time.sleep(PAUSE)
        else:
            return found.study.number or 0, found.new


def _teller() -> Tell:
    """Writes documents to what was standard output, which from then on is standard error for everybody else."""
    told = os.dup(1)
    os.dup2(2, 1)
    stream: TextIO = os.fdopen(told, "w", encoding="utf-8")

    def tell(**document: object) -> None:
        stream.write(json.dumps(document, ensure_ascii=True) + "\n")
        stream.flush()

    return tell


def _end(number: int, frame: FrameType | None) -> None:
    """Leave by the way an error leaves, so that the draft is swept up."""
    raise SystemExit(128 + number)


def _end_with_parent() -> None:
    """Nothing is written to standard input: that it can be read to its end means that the parent has gone."""
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

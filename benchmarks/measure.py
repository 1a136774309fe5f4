"""Run a command as a process of its own: how long it took, and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Run:
    """One process, measured from outside.

    :param seconds: from start to end, starting Python included.
    :param cpu: processor seconds, of all cores together; on a busy machine they tell more than ``seconds``.
    :param peak: the most memory the process, or one it waited for, held at once, in bytes; never less than we hold, who started it.
    :param output: what it printed.
    """

    seconds: float
    cpu: float
    peak: int
    output: str


def run(*words: str | Path) -> Run:
    """Run a command to its end.

    :raises RuntimeError: it failed; the message holds what it said.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        began = perf_counter()
        process = subprocess.Popen([str(word) for word in words], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        message = f"{' '.join(map(str, words))} ended with {process.returncode}:\n{text}"
        raise RuntimeError(message)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)

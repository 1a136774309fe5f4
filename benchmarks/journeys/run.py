"""Ours, the floor and PM4Py on one made log, each a process of its own; their numbers must be equal."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import GIB, Run, run
from benchmarks.report import Target, verdicts

MILLION = 1_000_000
SECONDS = 5.0
TIMES_FASTER = 10.0
AT = 10 * MILLION
PEER = Path(__file__).with_name("pm4py_peer.py")
ABSENT = "PM4Py was not measured: name the Python of an environment that has it with --pm4py PYTHON."


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: ``told`` holds its own seconds, without starting and loading libraries, and the numbers to compare."""

    what: str
    process: Run
    told: dict[str, Any]


def main(folder: Path, sizes: Sequence[int], python: str | None, *, keep: bool = False) -> int:
    """Measure, print, and say whether targets are met and numbers are equal: 0 where both.

    :param sizes: in millions of interactions. :param python: an interpreter that has PM4Py; ``None``: the peer is left out, and it is said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    targets: list[Target] = []
    unequal: list[str] = []
    for millions in sizes:
        file = folder / f"log_{millions}m.parquet"
        if not file.is_file():
            print(f"making {millions} million interactions", file=sys.stderr)
            run(sys.executable, "-m", "benchmarks.journeys.made", file, str(millions * MILLION))
        found = measured(file, python)
        if not keep:
            file.unlink()
        print(f"{millions} million interactions, about {millions * MILLION // 10:,} journeys", table(found), "", sep="\n")
        targets += targets_of(found, millions * MILLION)
        unequal += differences(found)
    print(verdicts(targets), *unequal, *([] if python else [ABSENT]), sep="\n")
    return 0 if all(one.met for one in targets) and not unequal else 1


def measured(file: Path, python: str | None) -> list[Measured]:
    """Each one's run on a log. The floor runs first and fills the machine's cache of files for those after it."""
    found = []
    for what, words in commands(file, python).items():
        print(f"{what} on {file.name}", file=sys.stderr)
        process = run(*words)
        line = next(line for line in reversed(process.output.splitlines()) if line.startswith("{"))
        found.append(Measured(what, process, json.loads(line)))
    return found


def commands(file: Path, python: str | None) -> dict[str, list[str | Path]]:
    """What to run."""
    ours: dict[str, list[str | Path]] = {what: [sys.executable, "-m", f"benchmarks.journeys.{what}", file] for what in ("floor", "ours")}
    if python is None:
        return ours
    if shutil.which(python) is None:
        message = f"there is no interpreter {python}"
        raise SystemExit(message)
    return {**ours, "pm4py": [python, PEER, file]}


def table(found: Sequence[Measured]) -> str:
    """Seconds and processor seconds of the work and of the process, ratios to ours, peak memory."""
    ours = next(one for one in found if one.what == "ours").told
    lines = [f"{'what':<8}{'seconds':>9}{'cpu s':>9}{'x ours':>9}{'x ours cpu':>12}{'process s':>11}{'peak GiB':>10}"]
    for one in found:
        seconds, cpu = one.told["seconds"], one.told["cpu"]
        lines.append(
            f"{one.what:<8}{seconds:>9.2f}{cpu:>9.2f}{seconds / ours['seconds']:>9.1f}{cpu / ours['cpu']:>12.1f}"
            f"{one.process.seconds:>11.1f}{one.process.peak / GIB:>10.2f}"
        )
    return "\n".join(lines)


def targets_of(found: Sequence[Measured], size: int) -> list[Target]:
    """What is asked at ten million."""
    if size != AT:
        return []
    by_what = {one.what: one.told["seconds"] for one in found}
    asked = [Target("journeys of 10 million interactions", by_what["ours"], SECONDS, " s")]
    if "pm4py" in by_what:
        ratio = by_what["pm4py"] / by_what["ours"]
        asked.append(Target("PM4Py on 10 million interactions, against ours", ratio, TIMES_FASTER, " x", at_least=True))
    return asked


def differences(found: Sequence[Measured]) -> list[str]:
    """Where another's numbers differ from ours; empty where none does."""
    ours = next(one for one in found if one.what == "ours").told
    unequal = []
    for other in (one for one in found if one.what != "ours"):
        unequal += [
            f"{other.what}: {name} differ from ours"
            for name in ("edges", "medians", "starts", "ends", "variants", "top")
            if name in other.told and not _same(ours[name], other.told[name])
        ]
        paths = other.told.get("paths")
        if paths is not None and any(paths.get(path) != n for path, n in ours["first"].items()):
            unequal.append(f"{other.what}: the first variants differ from ours")
    return unequal


def _same(ours: Any, theirs: Any) -> bool:
    """Equal; medians to a thousandth of a second, in which all are rounded."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(abs(ours[key] - theirs[key]) <= 0.0011 for key in ours)
    return bool(ours == theirs)

"""The ledger and the account alone, done by Troth: ``python -m benchmarks.ours FOLDER AS_OF OUT [ask]``.

It is a study without what comes after the account: no issues, money, words or journeys, whose time has a limit of its own. Everything
else is what ``troth run`` does, by the same functions and into the same files. With ``ask`` the finished tables are asked, as their first
reader asks, and the numbers to compare are printed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import troth
from benchmarks.peer import RATES
from troth.engine.promises import judge
from troth.engine.reading import FACTS, Reading
from troth.engine.study import decompose
from troth.intake import take
from troth.project.connection import engine
from troth.project.folder import coverage

MODES = ("as-of", "cross-fitted")
PARTS = ("allowance", "expectation", "standard", "delivery")


def numbers(out: Path) -> dict[str, object]:
    """The integrity and the account of everything, of the tables in ``out``."""
    reading = Reading(out)
    (whole,) = reading.integrity()
    counts = ("due", "kept", "broken", "pending", "customers", "customers_kept")
    accounts: dict[str, dict[str, float | None]] = {}
    for mode in MODES:
        (account,) = reading.account(mode=mode, skilled=False)
        figures = {part: getattr(account, part) for part in PARTS}
        set_apart = [sum(pair[place] for pair in account.undecomposed.values()) for place in (0, 1)]
        counted = {"due": account.due - set_apart[0], "broken": account.broken - set_apart[1]}
        accounts[mode] = {**counted, **{part: figure.value for part, figure in figures.items()}}
        accounts[f"{mode} (aware)"] = {**counted, **{part: figure.aware for part, figure in figures.items()}}
    rates = {name: {key: asdict(getattr(whole, name))[key] for key in ("value", "low", "high")} for name in RATES}
    return {"integrity": {**{name: getattr(whole, name) for name in counts}, **rates}, "account": accounts}


def decomposed(folder: Path, as_of: str, out: Path) -> None:
    """Read the sources, judge every promise, write the ledger, and fit, decompose and draw every setting."""
    project = troth.open(folder)
    when = project.instant(as_of)
    settings, charter = project.folder.settings, project.folder.agreed(when)
    with TemporaryDirectory(dir=out) as work, engine(settings.engine, work=Path(work), settings_file=folder / "troth.toml") as connection:
        intake = take(project.folder, connection, work=work)
        judged = judge(intake.promises, intake.receipts, as_of=when, charter=charter, specs=intake.specs)
        facts = decompose(judged, specs=intake.specs, charter=charter, as_of=when, connection=connection, folder=out)
        known = {"timezone": settings.timezone, "coverage": {name: list(pair) for name, pair in coverage(intake).items()}}
    (out / FACTS).write_text(json.dumps(facts | known), encoding="utf-8")


if __name__ == "__main__":
    place, day, tables, *ask = sys.argv[1:]
    decomposed(Path(place), day, Path(tables))
    if ask:
        print(json.dumps(numbers(Path(tables))))

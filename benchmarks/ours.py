"""All the peer does, done by Troth: ``python -m benchmarks.ours FOLDER AS_OF``. Prints the numbers to compare."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import troth
from benchmarks.peer import RATES

MODES = ("as-of", "cross-fitted")
PARTS = ("allowance", "expectation", "standard", "delivery")


def main(folder: Path, as_of: str) -> dict[str, object]:
    """Make a study, then ask it for the integrity and the account of everything."""
    study = troth.open(folder).run(as_of, at=datetime.now(UTC)).study
    (whole,) = study.integrity()
    counts = ("due", "kept", "broken", "pending", "customers", "customers_kept")
    accounts: dict[str, dict[str, float | None]] = {}
    for mode in MODES:
        (account,) = study.account(mode=mode)
        figures = {part: getattr(account, part) for part in PARTS}
        set_apart = [sum(pair[place] for pair in account.undecomposed.values()) for place in (0, 1)]
        decomposed = {"due": account.due - set_apart[0], "broken": account.broken - set_apart[1]}
        accounts[mode] = {**decomposed, **{part: figure.value for part, figure in figures.items()}}
        accounts[f"{mode} (aware)"] = {**decomposed, **{part: figure.aware for part, figure in figures.items()}}
    rates = {name: {key: asdict(getattr(whole, name))[key] for key in ("value", "low", "high")} for name in RATES}
    return {"integrity": {**{name: getattr(whole, name) for name in counts}, **rates}, "account": accounts}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))

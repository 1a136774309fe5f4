"""Study a folder of made orders in pandas and print the numbers: ``python -m benchmarks.peer FOLDER AS_OF LEDGER [DRAWS]``."""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peer.account import account
from benchmarks.peer.integrity import integrity
from benchmarks.peer.judge import judge, read_orders


def main(folder: Path, as_of: str, ledger_file: Path, draws: int) -> dict[str, Any]:
    """The ledger (written to a file), integrity and account of one project."""
    (line,) = tomllib.loads((folder / "charter.toml").read_text(encoding="utf-8"))["lines"]
    standard, target = float(line["standard"].split()[0]), line["keep_target"]
    end_of_day = pd.Timestamp(as_of) + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    ledger = judge(read_orders(folder), end_of_day, standard)
    ledger.to_parquet(ledger_file)
    parts, errors = account(ledger, target=target, standard=standard, draws=draws)
    return {"integrity": integrity(ledger), "account": parts, "standard errors": errors}


def plain(value: Any) -> Any:
    """What JSON does not know: a rate as its fields, a number of NumPy's as a number."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else float(value)


if __name__ == "__main__":
    place, day, file, *rest = sys.argv[1:]
    print(json.dumps(main(Path(place), day, Path(file), int(rest[0]) if rest else 0), default=plain))

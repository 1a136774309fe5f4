"""The whole way against its plain peer: a project folder studied by Troth, and the same orders studied in pandas by other code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.numbers import differences, leaves

from troth.engine.worlds.orders import Weeks, orders

WEEKS = 60
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    orders(folder, 40_000, cells=40, weeks=WEEKS, seed=5)
    return folder


def numbers(module: str, *words: str | Path) -> dict[str, Any]:
    """What a module of the benchmarks prints last."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, words)], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_integrity_and_account_equal_those_of_plain_pandas(project: Path, tmp_path: Path) -> None:
    as_of = str(Weeks(WEEKS).last_day)
    ours = numbers("benchmarks.ours", project, as_of, tmp_path, "ask")
    peer = numbers("benchmarks.peer", project, as_of, tmp_path / "ledger.parquet")
    assert len(list(leaves({topic: peer[topic] for topic in ("integrity", "account")}))) == 6 + 6 * 3 + 4 * 6
    assert differences(ours, peer) == []


def test_a_number_that_differs_is_named() -> None:
    peer: dict[str, Any] = {"integrity": {"due": 10, "K": {"value": 0.9}}, "account": {"as-of": {"allowance": 1.0}}}
    ours: dict[str, Any] = {"integrity": {"due": 11, "K": {"value": 0.90001}}, "account": {"as-of": {"allowance": None}}}
    assert differences(peer, peer) == []
    assert [sentence.split(":")[0] for sentence in differences(ours, peer)] == [
        "integrity due",
        "integrity K value",
        "account as-of allowance",
    ]

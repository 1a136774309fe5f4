"""A million rows of text pass through in a bounded memory: nothing is held as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.projects import ORDERS, write

ROWS = 1_000_000
LIMIT_MB = 700

TAKE = """
import re, sys, ibis
from pathlib import Path
from troth.intake import read_folder, take

connection = ibis.duckdb.connect(memory_limit="200MB", threads=1)
intake = take(read_folder(sys.argv[1]), connection, work=sys.argv[1] + "/.work")
(tally,) = intake.accounting
assert tally.balances
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024  # ru_maxrss would carry the parent's over
print(tally.read, tally.used, sorted(tally.set_aside.items()), peak, sep="|")
"""


@pytest.mark.slow
def test_a_million_rows_stream(tmp_path: Path) -> None:
    write(
        tmp_path,
        ORDERS.replace('read = "orders.csv"', 'read = "orders.csv"\nencoding = "latin-1"'),
        settings='timezone = "Europe/Madrid"\n',
    )
    with (tmp_path / "orders.csv").open("w", encoding="latin-1") as file:
        file.write("id;customer;ordered;promised;delivered;words\n")
        for number in range(ROWS):
            due = "soon" if number % 1000 == 0 else f"2024-03-{number % 28 + 1:02d}"
            file.write(f"{number};c{number % 5000};2024-02-{number % 28 + 1:02d} 10:00:00;{due};2024-03-09 12:00:00;{'señor ' * 30}\n")
        file.write("cut off\n")
    size = (tmp_path / "orders.csv").stat().st_size >> 20
    done = subprocess.run([sys.executable, "-c", TAKE, str(tmp_path)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    read, used, aside, peak = done.stdout.strip().splitlines()[-1].split("|")
    assert (int(read), int(used)) == (ROWS + 1, ROWS - 1000)
    assert aside == "[('bad date', 1000), ('unreadable row', 1)]"
    assert size > 200
    assert int(peak) < LIMIT_MB

"""The table of a benchmark run, and its targets."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from benchmarks.measure import ROOT, Run, run
from benchmarks.report import Row, Target, growth, table, targets, verdicts

MILLION = 1_000_000
ROWS = [
    Row("floor", 10 * MILLION, 0.5, 0.9, 2**28),
    Row("ours", 10 * MILLION, 10.0, 15.0, 2**30),
    Row("floor", 100 * MILLION, 5.0, 9.0, 2**28),
    Row("ours", 100 * MILLION, 80.0, 120.0, 7 * 2**30),
]
STUDY = Row("study", 10 * MILLION, 28.0, 40.0, 2**30)


def test_growth_is_the_exponent_since_the_next_smaller_size() -> None:
    assert growth(ROWS, ROWS[3]) == pytest.approx(0.90309)
    assert growth(ROWS, ROWS[1]) is None


def test_targets_are_judged_on_what_was_measured_alone() -> None:
    found = targets(ROWS)
    assert [(each.what, each.met) for each in found] == [
        ("ours at 10 million, against the floor", True),
        ("ours at 100 million, against the floor", False),
        ("growth exponent to 100 million", True),
        ("peak memory at 100 million", False),
    ]
    assert targets([]) == []
    assert "MISSED  ours at 100 million, against the floor: 16.00 x, at most 10 x" in verdicts(found)


def test_what_comes_after_the_account_may_take_twice_its_time() -> None:
    (added,) = (each for each in targets([*ROWS, STUDY]) if "adds" in each.what)
    assert added.value == pytest.approx(1.8)
    assert added.met
    whole = [Row("study", MILLION, 10.5, 12.0, 2**30)]
    assert [(each.what, each.met) for each in targets(whole)] == [("the whole study at 1 million", False)]


def test_memory_is_that_of_the_larger_run() -> None:
    rows = [Row("ours", 100 * MILLION, 80.0, 120.0, 2**30), Row("study", 100 * MILLION, 100.0, 120.0, 7 * 2**30)]
    (memory,) = (each for each in targets(rows) if "memory" in each.what)
    assert not memory.met


def test_the_peer_is_held_against_the_same_work() -> None:
    """Ours makes 50 draws. The peer took 8 s without any and 10 s with two, so 58 s with 50."""
    rows = [Row("as peer", MILLION, 5.0, 5.0, 0), Row("peer", MILLION, 8.0, 8.0, 0), Row("peer drew", MILLION, 10.0, 10.0, 0)]
    bare, drawn = targets(rows, draws=2)
    assert (bare.value, drawn.value) == pytest.approx((1.6, 11.6))
    assert bare.met
    assert drawn.met
    assert [each.met for each in targets([rows[0], replace(rows[1], seconds=4.0)])] == [False]
    assert Target("least", 1.0, 2.0, at_least=True).met is False


def test_the_table_has_a_line_per_measurement() -> None:
    lines = table(ROWS).splitlines()
    assert len(lines) == 1 + len(ROWS)
    assert lines[2].split() == ["10,000,000", "ours", "10.00", "15.00", "20.0", "1.00", "1,000,000", "1.00"]


def test_a_process_is_measured_with_the_memory_it_held() -> None:
    """Measured from a process of its own, as a benchmark is: ours may hold more than that already."""
    size = 700_000_000
    program = f"""
import json, sys
from dataclasses import asdict
from benchmarks.measure import run
print(json.dumps(asdict(run(sys.executable, "-c", "block = b'x' * {size}; print(len(block))"))))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    measured = Run(**json.loads(done.stdout))
    assert measured.output.strip() == str(size)
    assert measured.peak == pytest.approx(size, rel=0.1)
    assert 0 < measured.cpu < 60
    assert 0 < measured.seconds < 60


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="ended with 3:\nno"):
        run(sys.executable, "-c", "import sys; print('no'); sys.exit(3)")

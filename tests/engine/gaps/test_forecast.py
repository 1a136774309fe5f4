"""Promises at risk: how many of the open ones will break (domain.md c5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.gaps.studies import day, promises, spec, study
from troth.engine.reading import Reading

N, AS_OF = 24_000, 400.0
Floats = NDArray[np.float64]


def open_promises(folder: Path, seed: int, *, as_of: float = AS_OF) -> tuple[Reading, Floats, Floats, Floats]:
    """A stream of deliveries, ln days N(ln 5, .35), promised 4 to 8 days: the reading, and made, promised and true days."""
    generator = np.random.default_rng(seed)
    of = spec(dimensions=["promised_days"])
    made = np.sort(generator.uniform(0, as_of, N))
    promised = generator.choice([4.0, 6.0, 8.0], N)
    days = np.exp(generator.normal(np.log(5.0), 0.35, N))
    seen = np.where(made + days <= as_of, days, np.nan)
    table = promises(of, made, promised, seen, promised_days=[f"{int(p)}" for p in promised])
    return study(table, of, folder=folder, as_of=day(as_of)), made, promised, days


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_expected_breaks_are_those_that_come(seed: int, tmp_path: Path) -> None:
    found, made, promised, days = open_promises(tmp_path, seed)
    pending = (made + promised > AS_OF) & (made + days > AS_OF)
    breaks = int((days > promised)[pending].sum())
    (row,) = found.at_risk()
    assert row.pending == pending.sum() > 200
    assert row.unknown == 0
    assert row.expected == pytest.approx(breaks, abs=3 * np.sqrt(breaks))


def test_the_strict_promises_are_the_ones_at_risk(tmp_path: Path) -> None:
    found, made, promised, days = open_promises(tmp_path, 4)
    rows = {row.where["promised_days"]: row for row in found.at_risk(["promised_days"])}
    pending = (made + promised > AS_OF) & (made + days > AS_OF)
    for level in (4.0, 6.0, 8.0):
        row = rows[f"{int(level)}"]
        chosen = pending & (promised == level)
        assert row.pending == chosen.sum()
        assert row.expected == pytest.approx((days > promised)[chosen].sum(), abs=3 * np.sqrt(chosen.sum()) / 2)
    (whole,) = found.at_risk()
    assert sum(row.expected for row in rows.values()) == pytest.approx(whole.expected, abs=1e-9)
    assert rows["4"].expected / rows["4"].pending > rows["8"].expected / rows["8"].pending


def test_a_promise_that_has_waited_longer_is_more_at_risk(tmp_path: Path) -> None:
    found, *_ = open_promises(tmp_path, 5)
    settings = found.coded.filter(found.coded.verdict == "PENDING").select("code_setting", "code_age", "made_at", "level_promised")
    chances = {(row["setting"], row["age"]): row["chance"] for row in found.forecasts.to_pyarrow().to_pylist()}
    rows = [row for row in settings.to_pyarrow().to_pylist() if row["level_promised"] == pytest.approx(8.0)]
    now = datetime(2024, 1, 1) + timedelta(days=AS_OF)
    waited = sorted(((now - row["made_at"]).total_seconds(), float(chances[row["code_setting"], row["code_age"]])) for row in rows)
    risks = [risk for _, risk in waited]
    assert risks[0] < 0.2 < risks[-1]
    assert np.all(np.diff(risks) >= -1e-9)


def test_without_a_record_the_chance_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    of = spec()
    found = study(promises(of, [0.0, 1.0, 2.0], 30.0, np.nan), of, folder=tmp_path, as_of=day(5))
    (row,) = found.at_risk()
    assert (row.pending, row.expected, row.unknown) == (3, 0.0, 3)


def test_yes_no_promises_have_the_rate_of_their_cell(tmp_path: Path) -> None:
    of = spec("information", unit="answers")
    generator = np.random.default_rng(6)
    made = np.sort(generator.uniform(0, 300, 3_000))
    right = (generator.random(3_000) > 0.2).astype(float)
    right[made + 1 > 299.5] = np.nan
    found = study(promises(of, made, np.nan, right), of, folder=tmp_path, as_of=day(299.5))
    (row,) = found.at_risk()
    assert row.pending > 5
    assert row.expected == pytest.approx(0.2 * row.pending, rel=0.25)

"""The account equals a naive one that looks at one promise at a time (domain.md d4, d5).

Continuous levels are counted in bins, so they agree to a tolerance: a probability to .07 (one promise in a training set of thirty moves
it by .03), on average to .005, and each part to .3% of the promises. Few distinct levels and yes/no promises have no bins, so they agree
to the eighth decimal, to which probabilities are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.gaps.oracle import Oracle, Promise
from tests.engine.gaps.studies import PARTS, agreed, day, promises, settings_by_key, spec, study, whole
from troth.engine.capability import curves
from troth.engine.reading import Reading
from troth.terms.vocabulary import PromiseSpec

Floats = NDArray[np.float64]
N, DAYS, TAU = 900, 7 * 45, 0.9
REGIONS = np.array(["north", "south"])
LANES = np.array(["a", "b", "c"])


@pytest.fixture(autouse=True)
def default_weight_of_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice among weights has tests of its own."""
    monkeypatch.setattr(curves, "KAPPAS", (25.0,))


class Made:
    """Promises in two regions of three lanes each, uneven in size and in speed."""

    def __init__(self, of: PromiseSpec, seed: int) -> None:
        self.of, self.generator = of, np.random.default_rng(seed)
        self.made = np.sort(self.generator.uniform(0, DAYS, N))
        lane = self.generator.choice(6, N, p=[0.3, 0.25, 0.2, 0.13, 0.08, 0.04])
        self.lane, self.region = LANES[lane % 3], REGIONS[lane // 3]
        self.slowness = np.array([0.0, 0.3, -0.2, 0.5, 0.1, -0.4])[lane]

    def read(self, folder: Path, promised: Floats, received: Floats, standard: float | None, **columns: Any) -> Reading:
        table = promises(self.of, self.made, promised, received, region=self.region.tolist(), lane=self.lane.tolist(), **columns)
        return study(table, self.of, folder=folder, as_of=day(DAYS + 400), charter=agreed(standard, TAU))

    def rows(self, promised: Floats, badness: Floats, wait: Floats, standard: float | None, broken: NDArray[np.bool_]) -> list[Promise]:
        """:param wait: days from made to received, NaN for never."""
        weeks = (self.made // 7).astype(int)
        received = np.floor((self.made + np.nan_to_num(wait)) / 7).astype(int)
        never = np.isnan(wait) | np.isnan(badness)
        return [
            Promise(
                path=(str(self.region[i]), str(self.lane[i])),
                made=int(weeks[i] - weeks[0]),
                waited=None if never[i] else int(received[i] - weeks[i]),
                received=float("inf") if never[i] else float(badness[i]),
                promised=float(promised[i]),
                standard=standard,
                broken=bool(broken[i]),
            )
            for i in range(N)
        ]


def compare(reading: Reading, rows: list[Promise], *, recentred: bool, worst: float, mean: float, part: float) -> None:
    """Every probability of every promise, and every part of the account, against the oracle's."""
    oracle = Oracle(rows, tau=TAU, recentred=recentred)
    settings = settings_by_key(reading)
    ledger = {row["row"]: row for row in reading.coded.to_pyarrow().to_pylist()}
    gaps, total, undecomposed = [], np.zeros(4), 0
    for number, promise in enumerate(rows):
        row = ledger[f"{reading.specs[0].name} {number}"]
        assert (row["verdict"] == "BROKEN") == promise.broken
        ours = settings[row["code_setting"]]
        theirs = oracle.judge(promise)
        if theirs is None:
            assert ours["as_of_p_promise"] is None
            undecomposed += 1
            continue
        assert ours["as_of_p_promise"] is not None
        expected = (theirs.at_capability, theirs.at_middle, theirs.at_promise)
        gaps.append(
            [abs(float(ours[f"as_of_p_{place}"]) - p) for place, p in zip(("capability", "middle", "promise"), expected, strict=True)]
        )
        total += np.array(theirs.split(broken=promise.broken))
    assert len(gaps) > 0.7 * N
    assert np.max(gaps) <= worst
    assert np.mean(gaps) <= mean
    account = whole(reading)
    assert sum(n for n, _ in account.undecomposed.values()) == undecomposed
    for name, expected_part in zip(PARTS, total, strict=True):
        assert getattr(account, name).value == pytest.approx(expected_part, abs=part), name


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("standard", [None, 6.0])
def test_durations(seed: int, standard: float | None, tmp_path: Path) -> None:
    made = Made(spec(context=["region", "lane"]), seed)
    days = np.exp(1.6 + made.slowness + made.generator.normal(0, 0.4, N))
    days[made.generator.random(N) < 0.03] = np.nan
    promised = made.generator.choice([5.0, 7.0, 9.0], N)
    reading = made.read(tmp_path, promised, days, standard)
    broken = np.isnan(days) | (days > promised)
    rows = made.rows(np.log(promised), np.log(days), days, None if standard is None else float(np.log(standard)), broken)
    compare(reading, rows, recentred=True, worst=0.07, mean=0.005, part=0.003 * N)


def test_levels_on_a_line_of_their_own_where_more_is_better(tmp_path: Path) -> None:
    made = Made(spec("quality", unit="points", context=["region", "lane"]), 3)
    points = 8.0 - made.slowness + made.generator.normal(0, 0.5, N)
    promised = np.full(N, 7.5)
    rows = made.rows(-promised, -points, np.ones(N), -7.2, points < promised)
    compare(made.read(tmp_path, promised, points, 7.2), rows, recentred=True, worst=0.07, mean=0.005, part=0.003 * N)


@pytest.mark.parametrize("standard", [None, 9.0])
def test_few_distinct_levels_agree_exactly(standard: float | None, tmp_path: Path) -> None:
    made = Made(spec("quantity", unit="pieces", context=["region", "lane"]), 4)
    pieces = 10.0 - made.generator.poisson(np.exp(made.slowness))
    promised = made.generator.choice([9.0, 10.0], N)
    limit = None if standard is None else -standard
    rows = made.rows(-promised, -pieces, np.ones(N), limit, pieces < promised)
    compare(made.read(tmp_path, promised, pieces, standard), rows, recentred=False, worst=1e-8, mean=1e-8, part=1e-5)


def test_whole_days_are_few_levels_too(tmp_path: Path) -> None:
    made = Made(spec(context=["region", "lane"]), 5)
    days = np.maximum(np.round(np.exp(1.6 + made.slowness + made.generator.normal(0, 0.4, N))), 1.0)
    promised = made.generator.choice([5.0, 7.0], N)
    rows = made.rows(np.log(promised), np.log(days), days, None, days > promised)
    compare(made.read(tmp_path, promised, days, None), rows, recentred=False, worst=0.07, mean=0.005, part=0.003 * N)


@pytest.mark.parametrize("allowed", [True, False])
def test_yes_no_promises_agree_exactly(allowed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    made = Made(spec("information", unit="answers", context=["region", "lane"]), 6)
    wrong = made.generator.random(N) < 0.12 + 0.2 * np.maximum(made.slowness, 0)
    table = promises(made.of, made.made, np.nan, np.where(wrong, 0.0, 1.0), region=made.region.tolist(), lane=made.lane.tolist())
    reading = study(table, made.of, folder=tmp_path, as_of=day(DAYS + 400), charter=agreed(None, TAU, may_promise=allowed))
    rows = made.rows(np.zeros(N), np.where(wrong, np.nan, 0.0), np.where(wrong, np.nan, 1.0), None, wrong)
    oracle = Oracle(rows, tau=TAU, recentred=False)
    settings = settings_by_key(reading)
    ledger = {row["row"]: row["code_setting"] for row in reading.coded.to_pyarrow().to_pylist()}
    seen = 0
    for number, promise in enumerate(rows):
        ours = settings[ledger[f"delivery {number}"]]
        if promise.made not in oracle.trained or len(oracle.trained[promise.made].received) < 10:
            assert ours["as_of_p_promise"] is None
            continue
        seen += 1
        p = 1.0 - oracle.below(promise, 0.0)
        able = min(p, 1.0 - TAU)
        expected = (able, p if allowed else able, p)
        for place, value in zip(("capability", "middle", "promise"), expected, strict=True):
            assert float(ours[f"as_of_p_{place}"]) == pytest.approx(value, abs=1e-8)
    assert seen > 0.7 * N

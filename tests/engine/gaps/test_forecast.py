"""Promises at risk: how many of the open ones will break (domain.md c5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.gaps.studies import day, promises, spec, study
from troth.engine.findings import NO_DATA
from troth.engine.gaps.forecast import together
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
    assert row.expected.n == row.pending
    assert row.expected.value == pytest.approx(breaks, abs=3 * np.sqrt(breaks))
    assert row.expected.low is not None
    assert row.expected.high is not None
    assert row.expected.low <= breaks <= row.expected.high


def test_the_strict_promises_are_the_ones_at_risk(tmp_path: Path) -> None:
    found, made, promised, days = open_promises(tmp_path, 4)
    rows = {row.where["promised_days"]: row for row in found.at_risk(["promised_days"])}
    pending = (made + promised > AS_OF) & (made + days > AS_OF)
    for level in (4.0, 6.0, 8.0):
        row = rows[f"{int(level)}"]
        chosen = pending & (promised == level)
        assert row.pending == chosen.sum()
        assert row.expected.value == pytest.approx((days > promised)[chosen].sum(), abs=3 * np.sqrt(chosen.sum()) / 2)
    (whole,) = found.at_risk()
    assert sum(row.expected.value or 0.0 for row in rows.values()) == pytest.approx(whole.expected.value, abs=1e-9)
    assert (rows["4"].expected.value or 0.0) / rows["4"].pending > (rows["8"].expected.value or 0.0) / rows["8"].pending


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
    assert (row.pending, row.expected, row.unknown) == (3, NO_DATA, 3)


def slow_works(folder: Path, *, whole_days: bool) -> tuple[Reading, NDArray[np.bool_], NDArray[np.bool_]]:
    """Half a year of two kinds of work: lamps, promised in 10 days and done in about 7; trees, promised in 300 days and done in about 250.

    :return: the study, which promises are open trees, and which of those break in the end.
    """
    of = spec(context=["work"])
    generator = np.random.default_rng(8)
    made = np.sort(generator.uniform(0, 210, 4_000))
    trees = generator.random(4_000) < 0.4
    days = np.where(trees, generator.lognormal(np.log(250), 0.3, 4_000), generator.lognormal(np.log(7), 0.3, 4_000))
    if whole_days:
        made, days = np.floor(made), np.maximum(np.round(days), 1.0)
    promised = np.where(trees, 300.0, 10.0)
    table = promises(of, made, promised, np.where(made + days <= 210, days, np.nan), work=np.where(trees, "tree", "lamp").tolist())
    open_trees = trees & (made + days > 210)
    return study(table, of, folder=folder, as_of=day(210)), open_trees, open_trees & (days > promised)


@pytest.mark.parametrize("whole_days", [False, True])
def test_a_promise_longer_than_any_was_followed_has_no_chance_of_a_break_yet(*, whole_days: bool, tmp_path: Path) -> None:
    found, trees, breaks = slow_works(tmp_path, whole_days=whole_days)
    lamp, tree = found.at_risk(["work"])
    assert (tree.pending, tree.expected, tree.unknown) == (trees.sum(), NO_DATA, trees.sum())
    assert breaks.sum() < 0.4 * trees.sum()  # what is still open is no sign of a break
    assert (lamp.expected.n, lamp.unknown) == (lamp.pending, 0)


def test_a_long_promise_is_judged_where_next_to_nothing_stays_open_that_long(tmp_path: Path) -> None:
    of = spec()
    generator = np.random.default_rng(9)
    made = np.sort(generator.uniform(0, 210, 4_000))
    days = generator.lognormal(np.log(7), 0.3, 4_000)
    table = promises(of, made, np.where(generator.random(4_000) < 0.5, 10.0, 200.0), np.where(made + days <= 210, days, np.nan))
    (row,) = study(table, of, folder=tmp_path, as_of=day(210)).at_risk()
    assert row.unknown == 0
    assert row.expected.value is not None


def test_yes_no_promises_have_the_rate_of_their_cell(tmp_path: Path) -> None:
    of = spec("information", unit="answers")
    generator = np.random.default_rng(6)
    made = np.sort(generator.uniform(0, 300, 3_000))
    right = (generator.random(3_000) > 0.2).astype(float)
    right[made + 1 > 299.5] = np.nan
    found = study(promises(of, made, np.nan, right), of, folder=tmp_path, as_of=day(299.5))
    (row,) = found.at_risk()
    assert row.pending > 5
    assert row.expected.value == pytest.approx(0.2 * row.pending, rel=0.25)


def stormy(folder: Path, seed: int, size: float) -> Reading:
    """Deliveries of 100 weeks on two lanes; in each week and lane a storm of its own makes all of them slower or faster."""
    of = spec(context=["lane"])
    generator = np.random.default_rng(seed)
    made = np.sort(generator.uniform(0, 700, 6_000))
    lane = generator.integers(0, 2, 6_000)
    storm = generator.normal(0, size, (2, 101))[lane, (made // 7).astype(int)]
    days = np.exp(generator.normal(np.log(5.0), 0.35, 6_000) + storm)
    seen = np.where(made + days <= 700, days, np.nan)
    table = promises(of, made, 6.0, seen, lane=[("north", "south")[number] for number in lane])
    return study(table, of, folder=folder, as_of=day(700))


def by_hand(found: Reading) -> tuple[float, float]:
    """The two correlations, promise by promise: every pair within a cluster, then all of them."""
    settings = {row["setting"]: row["as_of_p_promise"] for row in found.settings.to_pyarrow().to_pylist()}
    rows = found.coded.filter(found.coded.in_cohort).select("verdict", "code_setting", "code_cell", "code_week").to_pyarrow().to_pylist()
    known = [(row, float(settings[row["code_setting"]])) for row in rows if settings[row["code_setting"]] is not None]
    result = []
    for key in (lambda row: (row["code_cell"], row["code_week"]), lambda row: row["code_week"]):
        clusters: dict[object, list[tuple[float, float]]] = {}
        for row, p in known:
            clusters.setdefault(key(row), []).append(((row["verdict"] == "BROKEN") - p, p * (1 - p)))
        stray = sum(sum(r for r, _ in one) ** 2 for one in clusters.values())
        own = sum(v for one in clusters.values() for _, v in one)
        shared = sum(sum(v for _, v in one) * (len(one) - 1) for one in clusters.values())
        result.append(max(0.0, (stray - own) / shared))
    return result[0], result[1]


@pytest.mark.parametrize("size", [0.0, 0.4])
def test_how_far_promises_break_together_is_what_it_is_by_hand(size: float, tmp_path: Path) -> None:
    found = stormy(tmp_path, 1, size)
    linked = together(found.coded, found.settings)
    assert (linked.cell_week, linked.week) == pytest.approx(by_hand(found), abs=1e-5)
    assert linked.clusters > 100


def test_storms_that_hit_a_whole_week_of_a_lane_widen_the_limits(tmp_path: Path) -> None:
    widths = []
    for name, size in (("calm", 0.0), ("stormy", 0.4)):
        (row,) = stormy(tmp_path / name, 2, size).at_risk()
        assert row.expected.low is not None
        assert row.expected.high is not None
        widths.append((row.expected.high - row.expected.low) / np.sqrt(row.expected.n))
    assert widths[1] > 1.5 * widths[0]


def test_a_record_of_few_weeks_gives_the_number_and_no_limits(tmp_path: Path) -> None:
    of = spec()
    generator = np.random.default_rng(7)
    made = np.sort(generator.uniform(0, 70, 400))
    days = generator.lognormal(1.0, 0.3, 400)
    found = study(promises(of, made, 4.0, np.where(made + days <= 70, days, np.nan)), of, folder=tmp_path, as_of=day(70))
    (row,) = found.at_risk()
    assert row.expected.value is not None
    assert (row.expected.low, row.expected.high) == (None, None)
    assert row.expected.method.startswith("no interval")

"""The break account finds what was planted (domain.md d5, d9 tests 1 to 5), on the lanes of i.2 and on a network that becomes slower."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.engine.gaps.studies import PARTS, identity_error, part_of, settings_by_key, shuffled, study_of, whole
from troth.engine.reading import Reading
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.slowdown import slower_network
from troth.engine.worlds.truth import World
from troth.terms.vocabulary import Part

SEEDS = range(1, 11)
MODES = ("as-of", "cross-fitted")
both_modes = pytest.mark.parametrize("mode", MODES)


@cache
def world(seed: int) -> World:
    """Large enough for the smallest cause (one lane in four weeks) to rest on more than a hundred promises."""
    return lanes(seed, orders=24_000, slow_share=0.03, history=26)


@cache
def reading(seed: int) -> Reading:
    return study_of(world(seed), Path(mkdtemp(prefix="troth-test-")))


@both_modes
@pytest.mark.parametrize("seed", SEEDS)
def test_each_planted_cause_lands_in_its_part(seed: int, mode: str) -> None:
    for cause in world(seed).truth.causes:
        assert cause.rows > 100
        assert part_of(reading(seed), cause, mode) == pytest.approx(cause.in_part, rel=0.15), cause.name


@both_modes
@pytest.mark.parametrize("seed", SEEDS)
def test_what_no_cause_touched_stays_out_of_expectation_but_for_rounded_promises(seed: int, mode: str) -> None:
    truth = world(seed).truth.rows
    assert truth is not None
    untouched = truth.filter(pc.is_null(truth["cause"]))[Part.EXPECTATION.value]
    account = {row.where["campaign"]: row for row in reading(seed).account(["campaign"], mode=mode, skilled=False)}
    assert account["no"].expectation.value == pytest.approx(pc.sum(untouched).as_py(), abs=0.01 * account["no"].due)


@both_modes
@pytest.mark.parametrize("by", [(), ("campaign",), ("lane", "order_week"), ("month",), ("made_week", "campaign")])
def test_every_slice_adds_up_and_slices_add_up_to_the_whole(by: tuple[str, ...], mode: str) -> None:
    slices = reading(1).account(by, mode=mode, skilled=False)
    everything = whole(reading(1), mode)
    for row in slices:
        assert abs(identity_error(row)) < 1e-9
    assert sum(row.due for row in slices) == everything.due == world(1).promises.num_rows
    assert sum(row.broken for row in slices) == everything.broken
    for part in PARTS:
        assert sum(getattr(row, part).value for row in slices) == pytest.approx(getattr(everything, part).value, abs=1e-6)


@both_modes
def test_every_row_adds_up(mode: str) -> None:
    """A slice of one promise each is the account of a row."""
    rows = reading(2).account(["subject"], mode=mode, where={"lane": "lane 07"}, skilled=False)
    assert len(rows) > 500
    assert all(row.due == 1 and abs(identity_error(row)) < 1e-9 for row in rows)


def test_without_the_charter_the_standard_part_moves_to_expectation_exactly(tmp_path: Path) -> None:
    agreed = lanes(3, slow_share=0.03)
    silent = lanes(3, slow_share=0.03, standard=None)
    assert agreed.promises.equals(silent.promises)
    with_line, without = study_of(agreed, tmp_path / "agreed"), study_of(silent, tmp_path / "silent")
    for mode in MODES:
        for by in ((), ("lane",)):
            before, after = (found.account(by, mode=mode, skilled=False) for found in (with_line, without))
            for one, other in zip(before, after, strict=True):
                assert other.standard.value == 0
                assert other.expectation.value == pytest.approx(one.expectation.value + one.standard.value, abs=1e-9)
                assert (other.allowance.value, other.delivery.value) == (one.allowance.value, one.delivery.value)


def test_a_charter_with_a_standard_says_nothing_and_one_without_says_what_that_means(tmp_path: Path) -> None:
    plain = lanes(3, orders=2_000)
    without = World(plain.promises, plain.specs, type(plain.charter)(), plain.truth, plain.as_of)
    notes = study_of(without, tmp_path / "without").account().notes
    assert any("No charter is in force" in note for note in notes)
    assert not any("No charter" in note for note in study_of(plain, tmp_path / "with").account().notes)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    plain = lanes(4, orders=6_000)
    mixed = World(shuffled(plain.promises, 9), plain.specs, plain.charter, plain.truth, plain.as_of)
    study_of(plain, tmp_path / "plain", draws=20)
    study_of(mixed, tmp_path / "mixed", draws=20)
    names = {path.name for path in (tmp_path / "plain").iterdir()}
    assert {"settings.parquet", "draws.parquet", "forecasts.parquet", "stages.parquet", "cells.parquet", "study.json"} <= names
    for name in names - {"ledger.parquet"}:
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "mixed" / name).read_bytes(), name


def test_a_slower_network_shows_in_the_as_of_account_and_not_in_the_cross_fitted_one(tmp_path: Path) -> None:
    """Domain.md d4: under cross-fitting the delivery part sums to about 0 over the window by construction."""
    slower = slower_network(1, orders=12_000, history=26)
    found = study_of(slower, tmp_path)
    added = slower.truth.causes[0].breaks
    as_of, cross = (whole(found, mode).delivery.value for mode in MODES)
    assert added / 4 < as_of < added
    assert abs(cross) < 0.1 * added
    since = {row.where["slower"]: row for row in found.account(["slower"], skilled=False)}
    assert since["yes"].delivery.value > 5 * abs(since["no"].delivery.value)


def test_settings_hold_both_modes_for_every_promise() -> None:
    found = settings_by_key(reading(1))
    keys = set(reading(1).coded.select("code_setting").distinct().to_pyarrow()["code_setting"].to_pylist())
    assert keys == set(found)
    assert all(isinstance(row["cross_p_promise"], type(pa.scalar(1, pa.decimal128(9, 8)).as_py())) for row in found.values())

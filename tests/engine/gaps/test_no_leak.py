"""As-of capability uses no outcome recorded after the promise was made (domain.md d9 test 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.engine.gaps.studies import DAY_US, promises, settings_by_key, spec, study, study_of
from troth.engine.capability.record import unpack
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.network import START
from troth.engine.worlds.truth import World

WEEK = 20
INSTANT = START + timedelta(weeks=WEEK)
AFTER = int(np.datetime64(INSTANT, "us").astype(np.int64))
Receipts = tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.bool_]]]


def shuffled(made: Any, received: Any, later: Any) -> Receipts:
    """Whatever was received later is dealt out anew."""
    generator = np.random.default_rng(1)
    wait = (received - made)[later]
    changed = received.copy()
    changed[later] = np.maximum(made[later] + generator.permutation(wait), AFTER)
    return changed, np.zeros(len(made), bool)


def delayed(made: Any, received: Any, later: Any) -> Receipts:
    """Whatever was received later comes months later, or never."""
    generator = np.random.default_rng(2)
    changed = received.copy()
    wait = generator.lognormal(4.0, 2.0, later.sum()) * DAY_US
    changed[later] = np.maximum(made[later], AFTER) + wait.astype(np.int64)
    return changed, later & (generator.random(len(made)) < 0.3)


def at_once(made: Any, received: Any, later: Any) -> Receipts:
    """Whatever was received later is received as soon as it can be."""
    changed = received.copy()
    changed[later] = np.maximum(made[later], AFTER)
    return changed, np.zeros(len(made), bool)


ALTERATIONS = (shuffled, delayed, at_once)


def altered(table: pa.Table, how: Callable[[Any, Any, Any], Receipts]) -> pa.Table:
    made, received = (table[name].cast(pa.int64()).to_numpy() for name in ("made_at", "received_at"))
    later = received >= AFTER
    assert 0.1 < later.mean() < 0.9
    changed, gone = how(made, received, later)
    assert (changed[~later] == received[~later]).all()
    assert not gone[~later].any()
    return table.set_column(table.column_names.index("received_at"), "received_at", pa.array(changed, pa.timestamp("us"), mask=gone))


def earlier(settings: Mapping[int, Mapping[str, Any]], week: int) -> dict[int, Mapping[str, Any]]:
    """Settings of promises made before the end of a week, counted from 1 January 2024, without the cross-fitted columns."""
    last = (START - datetime(1970, 1, 5)).days // 7 + week
    keys = unpack(np.array(list(settings), dtype=np.int64))
    return {
        int(key): {name: value for name, value in settings[int(key)].items() if name.startswith("as_of")}
        for key, made in zip(keys.key, keys.week, strict=True)
        if made <= last
    }


def same(before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]) -> None:
    assert before.keys() == after.keys()
    for key, row in before.items():
        for name, value in row.items():
            if value is None:
                assert after[key][name] is None
            else:
                assert float(after[key][name]) == pytest.approx(float(value), abs=1e-12), (key, name)


@cache
def world() -> World:
    return lanes(1, orders=6_000, history=40)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Mapping[str, Any]]:
    """The settings of the world as it was."""
    return settings_by_key(study_of(world(), tmp_path_factory.mktemp("before"), draws=2))


@pytest.mark.parametrize("how", ALTERATIONS)
def test_whatever_is_received_later_leaves_earlier_probabilities_as_they_were(
    how: Callable[[Any, Any, Any], Receipts], before: Mapping[int, Mapping[str, Any]], tmp_path: Path
) -> None:
    other = World(altered(world().promises, how), world().specs, world().charter, world().truth, world().as_of)
    after = settings_by_key(study_of(other, tmp_path, draws=2))
    same(earlier(before, WEEK), earlier(after, WEEK))
    assert len(earlier(before, WEEK)) > 1_000
    moved = [key for key, row in before.items() if key in after and row["cross_p_promise"] != after[key]["cross_p_promise"]]
    assert moved, "the alteration changed nothing at all"


def test_levels_that_are_few_do_not_leak_either(tmp_path: Path) -> None:
    """Pieces per order: each value has a bin of its own, and the values stay the same ones."""
    generator = np.random.default_rng(3)
    of = spec("quantity", unit="pieces")
    made = np.sort(generator.uniform(0, 360, 4_000))
    received = generator.integers(3, 11, 4_000).astype(float)
    changed = np.where(made + 1 >= 7 * WEEK, generator.permutation(received), received)
    found = [
        settings_by_key(study(promises(of, made, 8.0, levels), of, folder=tmp_path / str(number), as_of=START + timedelta(days=400)))
        for number, levels in enumerate((received, changed))
    ]
    same(earlier(found[0], WEEK), earlier(found[1], WEEK))
    assert found[0] != found[1]

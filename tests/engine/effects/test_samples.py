"""A table too large to look at whole is sampled: whole clusters, the same ones every time, the rare treated ones more often."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import troth
from troth.engine.effects.rows import Asked, count, fetch, table_of

ROWS = 60_000


def orders(share: float) -> pa.Table:
    """60,000 orders of 20,000 customers, so many of them late; lateness adds .3."""
    rng = np.random.default_rng(1)
    late = rng.random(ROWS) < share
    x = rng.normal(size=ROWS)
    return pa.table({"customer": np.arange(ROWS) // 3, "late": late, "x": x, "y": 0.3 * late + x + rng.normal(size=ROWS)})


def asked(cluster: str | None) -> Asked:
    return Asked("y", "late", ("x",), cluster, None, None, (), ())


@pytest.mark.parametrize("share", [0.3, 0.01])
@pytest.mark.parametrize("cluster", ["customer", None])
def test_a_sample_is_bounded_whole_by_cluster_and_the_same_again(share: float, cluster: str | None) -> None:
    usable, counted = count(table_of(orders(share), asked(cluster)), asked(cluster))
    rows = fetch(usable, asked(cluster), counted, 5_000, seed=1)
    assert len(rows.outcome) == pytest.approx(5_000, rel=0.1)
    if cluster is not None:
        assert set(np.bincount(rows.cluster)) == {3}
    again = fetch(usable, asked(cluster), counted, 5_000, seed=1)
    assert np.array_equal(rows.outcome, again.outcome)
    other = fetch(usable, asked(cluster), counted, 5_000, seed=2)
    assert len(np.intersect1d(rows.outcome, other.outcome)) < 2_500


def test_clusters_with_a_rare_treated_row_are_drawn_more_often_and_count_for_less() -> None:
    table = orders(0.01)
    usable, counted = count(table_of(table, asked("customer")), asked("customer"))
    rows = fetch(usable, asked("customer"), counted, 5_000, seed=1)
    assert rows.treated.sum() > 4 * 0.01 * 5_000
    assert np.average(rows.treated, weights=rows.weight) == pytest.approx(0.01, abs=0.002)
    assert np.average(rows.outcome, weights=rows.weight) == pytest.approx(table["y"].to_numpy().mean(), abs=0.1)


def test_the_effect_of_a_sample_says_how_many_rows_it_rests_on() -> None:
    found = troth.effect(orders(0.01), outcome="y", treatment="late", covariates="x", cluster="customer", most_rows=8_000)
    assert found.rows == ROWS
    assert found.n == pytest.approx(8_000, rel=0.1)
    assert f"A sample of {found.n:,} of 60,000 rows, whole clusters drawn by a hash of their key." in found.warnings
    assert found.interval is not None
    assert found.interval[0] < 0.3 < found.interval[1]

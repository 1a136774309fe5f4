"""More rows than memory is given: patterns with their counts where they are few, a sample that is the same every time where not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pytest

import troth
from tests.engine.views import duckdb_table, spark_view
from troth.engine.attribution.asked import asked_of, counting
from troth.engine.attribution.reduced import reduced
from troth.engine.findings import Attribution
from troth.engine.worlds import unwanted as made

if TYPE_CHECKING:
    from ibis.backends import BaseBackend


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return made.unwanted(6_000, 3, visits=2.0).table


def small(table: pa.Table, most: int, covariates: tuple[str, ...], cluster: str | None = None) -> tuple[float, int, int | None]:
    """Rows stood for, patterns held, and what they were drawn from."""
    told = ibis.memtable(table)
    asked = asked_of(told, made.EVENT, {"marketing": ["wrong_picture"]}, covariates, (), intent=None, cluster=cluster)
    data = reduced(counting(told, asked)[0], asked, table.num_rows, most=most)
    if data.cluster is not None and data.sampled is not None:
        assert len(np.unique(data.cluster)) < len(set(table[cluster].to_pylist()))
    return float(data.weight.sum()), len(data.weight), data.sampled


def test_few_patterns_stand_for_every_row(table: pa.Table) -> None:
    rows, patterns, drawn = small(table, 1_000, ("season", "device"))
    assert (rows, drawn) == (6_000, None)
    assert patterns <= 4 * 3 * 2 * 2 * 5


def test_a_number_is_coarsened_so_that_every_row_counts(table: pa.Table) -> None:
    rows, patterns, drawn = small(table, 1_000, ("quality", "season"))
    assert (rows, drawn) == (6_000, None)
    assert patterns <= 1_000 * 5


def test_too_many_patterns_are_drawn_by_their_hash_and_whole_customers_stay_together(table: pa.Table) -> None:
    first, again = (small(table, 1_500, made.COVARIATES) for _ in range(2))
    assert first == again
    assert 1_300 < first[0] < 1_700
    assert first[2] == 6_000
    rows, _, drawn = small(table, 1_500, made.COVARIATES, made.CUSTOMER)
    assert 1_200 < rows < 1_800
    assert drawn == 6_000


def ask(told: object) -> Attribution:
    return troth.attribute(told, event=made.EVENT, exposures=made.exposures_of(["marketing"]), covariates=["quality", "season"])


def test_a_sample_says_so_and_counts_all(table: pa.Table) -> None:
    found = troth.attribute(
        table, event=made.EVENT, exposures=made.exposures_of(), covariates=made.COVARIATES, cluster=made.CUSTOMER, most_rows=1_500
    )
    assert any("drawn from 6,000, the same ones every time" in note for note in found.notes)
    assert sum(row.events or 0 for row in found) == found.events == sum(table[made.EVENT].to_pylist())
    assert found.n == 6_000


def test_any_table_gives_the_same(table: pa.Table) -> None:
    expected = ask(table)
    assert ask(table.to_pandas()) == expected
    assert ask(ibis.memtable(table)) == expected
    ones = table.set_column(table.column_names.index("left"), "left", table["left"].cast("int64"))
    assert ask(ones) == expected


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_same(spark: BaseBackend, tmp_path: Path, table: pa.Table) -> None:
    connection = ibis.duckdb.connect()
    for rows, most in ((table, 60_000), (table, 1_000)):
        on = [duckdb_table(connection, "visits", rows), spark_view(spark, "visits", rows, tmp_path)]
        asked = [
            asked_of(one, made.EVENT, made.exposures_of(["service"]), ("season", "device"), (), intent=None, cluster=None) for one in on
        ]
        here, there = (reduced(counting(one, how)[0], how, rows.num_rows, most=most) for one, how in zip(on, asked, strict=True))
        assert here.weight.tolist() == there.weight.tolist()
        assert here.flags.tolist() == there.flags.tolist()
    assert ask(spark_view(spark, "again", table, tmp_path)) == ask(table)

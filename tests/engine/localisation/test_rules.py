"""Kept rules on new rows, on each engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

import troth
from tests.engine.localisation.cubes import DIMENSIONS, before, shop
from tests.engine.views import spark_view
from troth.engine.localisation import assigned, matches
from troth.terms.errors import RequestError

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

ROWS = pa.table(
    {"region": ["north", "north", None, "south", "west"], "channel": ["web", "shop", "web", None, "web"], "row": [0, 1, 2, 3, 4]}
)


@pytest.mark.parametrize(
    ("where", "held"),
    [
        ({"region": "north"}, [0, 1]),
        ({"region": "north", "channel": "web"}, [0]),
        ({"region": None}, [2]),
        ({"region": ("north", "west"), "channel": "web"}, [0, 4]),
        ({"region": ("south", None)}, [2, 3]),
        ({"row": 3}, [3]),
        ({}, [0, 1, 2, 3, 4]),
    ],
)
def test_a_rule_holds_the_rows_of_its_values(where: dict[str, Any], held: list[int]) -> None:
    table = ibis.memtable(ROWS)
    assert table.filter(matches(table, where)).order_by("row").to_pyarrow()["row"].to_pylist() == held
    others = table.filter(~matches(table, where)).order_by("row").to_pyarrow()["row"].to_pylist()
    assert sorted([*held, *others]) == [0, 1, 2, 3, 4]  # the unknown is held or not, never neither


def test_a_row_falls_to_the_first_rule_that_holds_it_and_what_none_holds_is_unassigned() -> None:
    table = ibis.memtable(ROWS)
    rules = ({"channel": "web"}, {"region": "north"})
    found = table.mutate(cause=assigned(table, rules)).order_by("row").to_pyarrow()["cause"].to_pylist()
    assert found == [0, 1, 0, None, 0]
    assert table.mutate(cause=assigned(table, ())).to_pyarrow()["cause"].null_count == 5


def test_a_rule_that_names_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match="did you mean “region”"):
        matches(ibis.memtable(ROWS), {"regon": "north"})


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_counts_the_same_cube_and_keeps_the_same_rules(spark: BaseBackend, tmp_path: Path) -> None:
    now, then = shop({("north", "web", None): 2.0}), before()
    here, there = ibis.memtable(now), spark_view(spark, "now", now, tmp_path)
    asked: dict[str, Any] = {"observed": "failed", "trials": "orders", "dimensions": DIMENSIONS}
    found = troth.locate(here, baseline=ibis.memtable(then), **asked)
    assert found.rules == ({"region": "north", "channel": "web"},)
    assert troth.locate(there, baseline=spark_view(spark, "earlier", then, tmp_path), **asked).records() == found.records()
    flagged = pa.concat_tables([now.append_column("old", pa.repeat(False, 60)), shop(seed=7).append_column("old", pa.repeat(True, 60))])
    marked = spark_view(spark, "flagged", flagged, tmp_path)
    assert troth.locate(marked, baseline="old", **asked).records() == troth.locate(flagged, baseline="old", **asked).records()
    rows = spark_view(spark, "kept", ROWS, tmp_path)
    placed = rows.mutate(cause=assigned(rows, ({"channel": "web"}, {"region": None}, {"region": ("north", "west")})))
    assert placed.order_by("row").to_pyarrow()["cause"].to_pylist() == [0, 2, 0, None, 0]

"""Kept rules on new rows, on each engine."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest

from troth.engine.localisation import assigned, matches
from troth.terms.errors import RequestError

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


def test_a_row_falls_to_the_first_rule_that_holds_it_and_what_none_holds_is_unassigned() -> None:
    table = ibis.memtable(ROWS)
    rules = ({"channel": "web"}, {"region": "north"})
    found = table.mutate(cause=assigned(table, rules)).order_by("row").to_pyarrow()["cause"].to_pylist()
    assert found == [0, 1, 0, None, 0]
    assert table.mutate(cause=assigned(table, ())).to_pyarrow()["cause"].null_count == 5


def test_a_rule_that_names_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match="did you mean “region”"):
        matches(ibis.memtable(ROWS), {"regon": "north"})

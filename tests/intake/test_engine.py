"""The few things that differ between databases."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from troth.intake.engine import present_and_distinct

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("int64", []),
        ("int64", [None]),
        ("int64", [5]),
        ("int64", [1, 2, 3, 2, None]),
        ("int64", [-3, -1, 0, 4, 4]),
        ("int64", [-LARGEST, LARGEST, 7]),
        ("int64", [LARGEST, LARGEST, LARGEST - 1]),
        ("string", ["a", "b", "a", None]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_distinct_keys_are_counted_exactly(kind: str, keys: list[Any]) -> None:
    connection = ibis.duckdb.connect()
    table = connection.create_table("keys", ibis.memtable({"key": keys}, schema={"key": kind}))
    held = [key for key in keys if key is not None]

    assert present_and_distinct(connection, table, "key") == (len(held), len(set(held)))

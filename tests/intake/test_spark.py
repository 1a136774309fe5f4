"""The same project on DuckDB and on Spark: the same rows, the same reasons."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.projects import ORDERS, taken, write
from troth.terms.tables import PROMISES, names

pytestmark = [pytest.mark.java, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

CSV = """\
id,customer,ordered,promised,delivered,price,zone
1,ana,2011-11-05 10:00:00,2011-11-06,2011-11-06 23:30:00,"1.5",Asia/Tokyo
2,ben,2011-11-06 01:30:00,2011-11-20 12:00:00,2011-11-19 12:00:00,x,
3,chi,2011-03-13 02:30:00,2011-03-20,,2,
4,dag,2011-03-13T02:30:00Z,2011-03-20,,2,
4,dag,2011-03-13T02:30:00Z,2011-03-21,,2,
5,eva,soon,2011-03-21,,2,
"""
EXTRA = """\
value = "price"
timezone = "zone"
promised = "date_diff('day', cast(ordered as date), cast(promised as date))"
[promises.dimensions]
weekday = "dayofweek(cast(ordered as timestamp))"
part = "split_part(customer, 'a', 1)"
size = "case when id > 2 then 'late' else 'early' end"
"""


def parquet(folder: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2, 3, 3, 4], pa.int64()),
            "customer": ["ana", "ben", "chi", "chi", "dag"],
            "ordered": pa.array(
                [datetime(2011, 11, 5, 10), datetime(2011, 11, 6, 1, 30), datetime(2011, 3, 13, 2, 30), datetime(2011, 3, 14), None],
                pa.timestamp("us"),
            ),
            "promised": pa.array([date(2011, 11, 6), date(2011, 11, 5), date(2011, 3, 20), date(2011, 3, 20), date(2011, 3, 20)]),
            "delivered": pa.array(["2011-11-06 23:30:00", "", None, "2011-03-20T10:00:00Z", None]),
            "price": [1.5, float("nan"), 2.0, None, 1.0],
            "zone": ["Asia/Tokyo", None, None, None, None],
        }
    )
    for part in (0, 1):
        pq.write_table(table.slice(part * 2, 2 if part == 0 else 3), folder / f"orders{part}.parquet")


@pytest.mark.parametrize("read", ["orders.csv", "orders*.parquet"])
def test_spark_takes_what_duckdb_takes(tmp_path: Path, spark_elsewhere: Any, read: str) -> None:
    write(tmp_path, ORDERS.replace("orders.csv", read) + EXTRA, files={"orders.csv": CSV}, settings='timezone = "America/New_York"\n')
    parquet(tmp_path)
    here, there = taken(tmp_path), taken(tmp_path, spark_elsewhere)

    columns = (*names(PROMISES), "weekday", "part", "size")
    assert there.rows(*columns) == here.rows(*columns)
    assert there.tally == here.tally
    told = ("source", "mapping", "file", "line", "row", "column", "value", "reason")
    assert there.aside(*told) == here.aside(*told)
    assert here.tally.used >= 2
    assert len(here.reasons) >= 3

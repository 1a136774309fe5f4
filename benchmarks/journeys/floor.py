"""Moves, times and variants in plain SQL: ``python -m benchmarks.journeys.floor FILE``. Prints seconds, and the numbers to compare.

Variants are texts, as one writes them. People, times of steps and drop-off, which ours tells too, are left out.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter, process_time
from typing import Any

import duckdb

STEPS = """
    create temp table steps as
    select case_id, activity, lead(activity) over w as following, date_diff('microsecond', "at", lead("at") over w) as wait, "at"
    from read_parquet(?) window w as (partition by case_id order by "at", activity)
"""
MOVES = "select activity || ' → ' || following, count(*), median(wait) from steps where following is not null group by all"
VARIANTS = """
    with paths as (select string_agg(activity, ' → ' order by "at", activity) as path from steps group by case_id),
    counted as (select path, count(*) as n from paths group by path)
    select path, n, count(*) over () from counted order by n desc, path limit 50
"""


def main(file: str) -> dict[str, Any]:
    """Moves with their medians, and variants."""
    with duckdb.connect() as connection:
        began, cpu = perf_counter(), process_time()
        connection.execute(STEPS, [file])
        moves = connection.execute(MOVES).fetchall()
        variants = connection.execute(VARIANTS).fetchall()
        return {
            "seconds": perf_counter() - began,
            "cpu": process_time() - cpu,
            "edges": {name: n for name, n, _ in moves},
            "medians": {name: round(median / 1e6, 3) for name, _, median in moves},
            "variants": variants[0][2] if variants else 0,
            "top": [n for _, n, _ in variants],
        }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))

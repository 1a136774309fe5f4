"""The least a study could cost: read what it reads, and group it once. ``python -m benchmarks.floor FOLDER``.

DuckDB reads every column of the orders from Parquet, takes the largest value of each, so that each value is looked at, and groups them by
promise name and month. Prints the seconds of the query alone: starting Python and DuckDB are not counted, as they are for ours.
"""

from __future__ import annotations

import sys
from time import perf_counter

import duckdb

from troth.engine.worlds.orders import COLUMNS


def main(folder: str) -> float:
    """Seconds of one pass over the orders of a project folder."""
    largest = ", ".join(f"max({column})" for column in COLUMNS)
    query = f"""
        select 'delivery date' as name, date_trunc('month', promised_at) as month, count(*), {largest}
        from read_parquet('{folder}/data/orders-*.parquet') group by all order by all
    """  # noqa: S608 - constants, and a folder the caller owns
    with duckdb.connect() as connection:
        began = perf_counter()
        connection.execute(query).fetchall()
        return perf_counter() - began


if __name__ == "__main__":
    print(main(sys.argv[1]))

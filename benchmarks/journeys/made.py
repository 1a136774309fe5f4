"""A made log: ``python -m benchmarks.journeys.made FILE EVENTS``. Twenty kinds of step, about ten a journey, rows in any order."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KINDS = 20
A_JOURNEY = 10
BEGIN = 1_700_000_000_000_000


def main(file: Path, events: int) -> None:
    """Write the log: ``case_id``, ``activity``, ``at``. Steps follow a chain in which each has a few usual successors."""
    rng = np.random.default_rng(7)
    journeys = events // A_JOURNEY
    chain = rng.dirichlet(np.full(KINDS, 0.3), size=KINDS).cumsum(axis=1)
    length = np.maximum(1, rng.poisson(A_JOURNEY, journeys))
    begins = np.cumsum(length) - length
    total = int(length.sum())
    journey = np.repeat(np.arange(journeys), length)
    step = np.zeros(total, np.int8)
    step[begins] = rng.choice(KINDS, journeys, p=rng.dirichlet(np.ones(KINDS)))
    for place in range(1, int(length.max())):
        here = begins[length > place] + place
        draw = rng.random(len(here))
        step[here] = np.minimum((chain[step[here - 1]] < draw[:, None]).sum(axis=1), KINDS - 1)
    waited = np.cumsum((rng.gamma(0.7, 3600 * 8, total) * 1e6).astype(np.int64) + 1)
    start = (rng.random(journeys) * 180 * 86_400e6).astype(np.int64)
    at = waited - waited[begins][journey] + start[journey] + BEGIN
    order = rng.permutation(total)
    names = pa.array([f"activity {kind:02d}" for kind in range(KINDS)])
    table = pa.table(
        {
            "case_id": journey[order],
            "activity": pa.DictionaryArray.from_arrays(pa.array(step[order]), names).cast(pa.string()),
            "at": pa.array(at[order], pa.timestamp("us")),
        }
    )
    pq.write_table(table, file, row_group_size=1_000_000)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

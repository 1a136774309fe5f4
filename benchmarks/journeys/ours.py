"""Ours, from the file to the numbers: ``python -m benchmarks.journeys.ours FILE``. Prints seconds, and the numbers to compare."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from time import perf_counter, process_time
from typing import Any

import troth
from troth.terms.embedded import open_duckdb

TOP_VARIANTS = 50
ARROW = " → "


def main(file: str) -> dict[str, Any]:
    """Everything ``troth.journeys`` tells, times and people included."""
    rows = open_duckdb().read_parquet(file)
    troth.journeys(
        {"case_id": [1], "activity": ["a"], "at": [datetime(2024, 1, 1)]}, journey="case_id", step="activity", at="at"
    )  # loads libraries
    began, cpu = perf_counter(), process_time()
    found = troth.journeys(rows, journey="case_id", step="activity", at="at", top=1000, top_variants=TOP_VARIANTS)
    return {
        "seconds": perf_counter() - began,
        "cpu": process_time() - cpu,
        "edges": {f"{one.source}{ARROW}{one.target}": one.moves for one in found.moves},
        "medians": {f"{one.source}{ARROW}{one.target}": round((one.days.median or 0) * 86_400, 3) for one in found.moves},
        "starts": {one.step: one.starts for one in found.steps if one.starts},
        "ends": {one.step: one.ends for one in found.steps if one.ends},
        "variants": found.variant_count,
        "top": sorted((one.journeys for one in found.variants), reverse=True),
        "first": {one.path: one.journeys for one in list(found.variants)[:10]},
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))

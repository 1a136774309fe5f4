"""PM4Py doing the same: run by the Python of an environment that has it, ``PYTHON pm4py_peer.py FILE``. It needs nothing of ours.

PM4Py is AGPL: it is neither imported by our code nor a dependency of it.
"""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter, process_time
from typing import Any

import pandas as pd
import pm4py  # type: ignore[import-not-found]

ARROW = " → "


def main(file: str) -> dict[str, Any]:
    """Directly-follows graph, its times, and variants."""
    began, cpu = perf_counter(), process_time()
    log = pm4py.format_dataframe(pd.read_parquet(file), case_id="case_id", activity_key="activity", timestamp_key="at")
    edges, starts, ends = pm4py.discover_dfg(log)
    times, _, _ = pm4py.discover_performance_dfg(log, perf_aggregation_key="median")
    variants = pm4py.get_variants(log)
    seconds, cpu = perf_counter() - began, process_time() - cpu
    counts = {ARROW.join(path): n if isinstance(n, int) else len(n) for path, n in variants.items()}
    best = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return {
        "seconds": seconds,
        "cpu": cpu,
        "edges": {ARROW.join(pair): int(n) for pair, n in edges.items()},
        "medians": {ARROW.join(pair): round(_seconds(time), 3) for pair, time in times.items()},
        "starts": {name: int(n) for name, n in starts.items()},
        "ends": {name: int(n) for name, n in ends.items()},
        "variants": len(counts),
        "top": [n for _, n in best[:50]],
        "paths": dict(best[:500]),
    }


def _seconds(time: Any) -> float:
    """The median, whether the version at hand gives it alone or among others."""
    return float(time["median"]) if isinstance(time, dict) else float(median([time]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))

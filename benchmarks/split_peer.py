"""DoWhy's attribution of a change on the tables of ``benchmarks/split.py``; runs in an environment that has DoWhy.

Prints one line of JSON: method to the parts of each table and seconds.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

EDGES = (
    ("region", "carrier"),
    ("region", "promise"),
    ("region", "transit"),
    ("carrier", "transit"),
    ("promise", "late"),
    ("handling", "late"),
    ("transit", "late"),
)


def main(folder: str) -> None:
    """All tables, by each method."""
    import networkx as nx
    import numpy as np
    import pandas as pd
    from dowhy import gcm

    warnings.filterwarnings("ignore")
    gcm.config.disable_progress_bars()
    boosted = {
        "regressor": gcm.ml.create_hist_gradient_boost_regressor,
        "classifier": gcm.ml.create_hist_gradient_boost_classifier,
    }
    methods: dict[str, dict[str, Any]] = {"multiply robust, linear": {}, "multiply robust, boosted trees": boosted}
    found: dict[str, Any] = {name: {"parts": [], "seconds": []} for name in methods}
    for path in sorted(Path(folder).glob("*.parquet")):
        frame = pd.read_parquet(path).rename(columns={"promised_days": "promise", "handling_days": "handling", "transit_days": "transit"})
        frame["late"] = (frame["handling"] + frame["transit"] > frame["promise"]).astype(float)
        frame["promise"] = frame["promise"].astype(float)
        sides = [frame[frame["month"] == month].drop(columns="month") for month in sorted(frame["month"].unique())]
        for name, more in methods.items():
            gcm.util.general.set_random_seed(1)
            model = gcm.ProbabilisticCausalModel(nx.DiGraph(list(EDGES)))
            began = perf_counter()
            parts = gcm.distribution_change_robust(model, sides[0], sides[1], "late", **more)
            found[name]["seconds"].append(perf_counter() - began)
            found[name]["parts"].append({node: float(np.asarray(value)) for node, value in parts.items()})
    assert found
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

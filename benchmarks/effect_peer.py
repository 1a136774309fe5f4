"""DoubleML's interactive regression model on the tables of ``benchmarks/effect.py``; runs in an environment that has DoubleML.

Prints one line of JSON: estimates, standard errors and processor seconds, table by table.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from time import process_time
from typing import Any


def main(folder: str, design: str) -> None:
    """All tables of one design."""
    import doubleml
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor

    warnings.filterwarnings("ignore")
    many = design == "late"
    found: dict[str, Any] = {"learner": "boosted trees" if many else "random forest", "estimate": [], "error": [], "seconds": []}
    for path in sorted(Path(folder).glob(f"{design}_*.parquet")):
        frame = pd.read_parquet(path)
        np.random.seed(1)  # noqa: NPY002 - DoubleML draws its folds from it
        data = doubleml.DoubleMLData(frame, "y", "d", [name for name in frame.columns.astype(str) if name.startswith("x")])
        outcome: Any
        chance: Any
        if many:
            outcome = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=12, min_samples_leaf=40, random_state=0)
            chance = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=12, min_samples_leaf=40, random_state=0)
        else:
            outcome = RandomForestRegressor(200, min_samples_leaf=3, random_state=0)
            chance = RandomForestClassifier(200, min_samples_leaf=10, random_state=0)
        began = process_time()
        model = doubleml.DoubleMLIRM(data, outcome, chance, n_folds=5)
        model.fit()
        found["seconds"].append(process_time() - began)
        found["estimate"].append(float(model.coef[0]))
        found["error"].append(float(model.se[0]))
    assert found["estimate"]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Who can be compared? Where all who are alike had an exposure, what goes along with it cannot be told from what they are (overlap)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from troth.engine.intervals import Numbers

CERTAIN = 0.975
"""Share of alike rows with the exposure from which nobody is left to compare with."""

LEAVES = 24
MOST_ROWS = 10_000
"""Patterns a tree is grown on: of more, every so many."""

LEAST_ROWS = 40
"""Rows a group of alike rows needs, so that it is not all exposed by luck."""


def without_comparison(covariates: dict[str, pa.Array], exposures: Numbers, weight: Numbers) -> Numbers:
    """Share of the rows with each exposure whose like all have it, shape (K,).

    Groups of alike rows are the leaves of a small tree that parts rows with the exposure from rows without.

    :param exposures: shape (m, K). :param weight: rows of each pattern, shape (m,).
    """
    from sklearn.tree import DecisionTreeRegressor

    if not covariates:
        return np.zeros(exposures.shape[1])
    every = -(-len(weight) // MOST_ROWS)
    known = np.column_stack([_coded(values) for values in covariates.values()])[::every]
    exposures, weight = exposures[::every], weight[::every]
    least = max(LEAST_ROWS, weight.sum() / 200) / weight.sum()
    found = np.zeros(exposures.shape[1])
    for k, exposure in enumerate(exposures.T):
        tree = DecisionTreeRegressor(max_leaf_nodes=LEAVES, min_weight_fraction_leaf=min(least, 0.5), random_state=0)
        leaf = tree.fit(known, exposure, sample_weight=weight).apply(known)
        size, had = (np.bincount(leaf, weights=rows) for rows in (weight, weight * exposure))
        certain = had >= CERTAIN * size
        found[k] = had[certain].sum() / max(had.sum(), 1e-300)
    return found


def _coded(values: pa.Array) -> Numbers:
    """Numbers as they are, words by the number of their level; what is not known lies apart."""
    if pa.types.is_floating(values.type):
        numbers = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        return np.clip(np.where(np.isnan(numbers), -1e30, numbers), -1e30, 1e30)
    return np.asarray(values.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.float64)

"""Folds that keep a cluster together: what one customer did twice never helps to predict itself."""

from __future__ import annotations

import numpy as np

from troth.engine.effects.encoding import Flags, Ints


def folds(cluster: Ints, treated: Flags, count: int, seed: int) -> Ints:
    """Fold of each row, (n,). Clusters are shuffled, those with a treated row apart from the others, and dealt out in turn.

    :param cluster: (n,) cluster number, 0 to G - 1, in an order that does not depend on the order of rows.
    """
    groups = int(cluster.max()) + 1
    with_treated = np.bincount(cluster, treated, groups) > 0
    rng = np.random.default_rng(seed)
    fold = np.empty(groups, dtype=np.int64)
    first = 0
    for side in (with_treated, ~with_treated):
        members = rng.permutation(np.flatnonzero(side))
        fold[members] = (np.arange(len(members)) + first) % count
        first += len(members)
    return fold[cluster]

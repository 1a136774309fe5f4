"""Sums by side and group (and cluster), from one group-by in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np

from troth.engine.mechanisms.asking import Asked
from troth.engine.mechanisms.kitagawa import Sums
from troth.engine.mechanisms.rows import CLUSTER, ROWS, SIDE, SQUARES, SUM
from troth.terms.errors import RequestError

MOST_GROUPS = 500
MOST_SUMS = 2_000_000


@dataclass(frozen=True, slots=True)
class Groups:
    """Sums, and what the groups are.

    :param values: of the context columns, a tuple for each group, in the order of their numbers.
    :param yes_or_no: the outcome is 0 or 1 in every row.
    """

    sums: Sums
    values: tuple[tuple[Any, ...], ...]
    yes_or_no: bool


def groups_of(usable: ir.Table, asked: Asked) -> Groups:
    """Count, sum and sum of squares of the outcome.

    :raises RequestError: there are too many groups, or clusters times groups.
    """
    contexts = [f"c{i}" for i in range(len(asked.mix))]
    if usable.select(contexts).distinct().limit(MOST_GROUPS + 1).count().to_pyarrow().as_py() > MOST_GROUPS:
        raise RequestError(f"There are more than {MOST_GROUPS} groups.", place="mix", mend="name fewer columns, or group their values.")
    keys = [SIDE, *contexts, *([CLUSTER] if asked.cluster is not None else [])]
    y = usable["y"]
    sums = {ROWS: usable.count(), SUM: y.sum(), SQUARES: (y * y).sum(), "strange": ((y != 0) & (y != 1)).cast("int64").sum()}
    found = usable.group_by(keys).agg(**sums).limit(MOST_SUMS + 1).to_pyarrow()
    if found.num_rows > MOST_SUMS:
        mend = "name larger clusters, or fewer context columns."
        raise RequestError(f"Clusters and groups make more than {MOST_SUMS:,} combinations.", place="cluster", mend=mend)
    rows = list(zip(*(found[name].to_pylist() for name in contexts), strict=True))
    values = sorted(set(rows), key=lambda row: [(value is None, value if value is not None else 0) for value in row])
    number = {value: i for i, value in enumerate(values)}
    group = np.array([number[row] for row in rows], dtype=np.int64)
    side = np.asarray(found[SIDE], dtype=np.int64)
    cluster = None
    if asked.cluster is not None:
        words = np.asarray(found[CLUSTER].to_pylist(), dtype=object).astype(str)
        cluster = np.unique(words, return_inverse=True)[1].reshape(-1).astype(np.int64)
    order = np.lexsort([side, group, *([cluster] if cluster is not None else [])])
    n, total, squares = (np.asarray(found[name], dtype=np.float64)[order] for name in (ROWS, SUM, SQUARES))
    strange = int(np.asarray(found["strange"]).sum())
    kept = cluster[order] if cluster is not None else None
    return Groups(Sums(side[order], group[order], kept, n, total, squares), tuple(values), strange == 0)

"""How well one rate explains failures: what slices, spells and their rest are compared by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from troth.engine.intervals import Numbers


def at_one_rate(failures: npt.ArrayLike, exposed: npt.ArrayLike) -> Numbers:
    """Largest log likelihood of ``failures`` of ``exposed`` at one rate, element by element; 0 where nothing was exposed."""
    k, n = np.asarray(failures, dtype=np.float64), np.asarray(exposed, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(k > 0, k * np.log(k / n), 0.0) + np.where(n > k, (n - k) * np.log((n - k) / n), 0.0)
    return np.asarray(told, dtype=np.float64)

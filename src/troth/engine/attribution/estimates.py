"""Shares of events with what is needed for their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.attribution.ground import Ground, many
from troth.engine.attribution.reduced import Reduced
from troth.engine.attribution.shares import standard_error
from troth.engine.findings import Figure
from troth.engine.intervals import CONFIDENCE, Numbers


@dataclass(frozen=True, slots=True)
class Estimates:
    """Shares of all events, exposure by exposure; all arrays run over the exposures that can be compared, shape (K,).

    :param value: by the fit in which no exposure prevents events; never negative.
    :param free: by the fit in which one may: the centre of the interval. :param influence: of each row on it, shape (m, K).
    :param turned: lambda by the first fit, :param turned_free: and by the second. :param turned_error: its standard error.
    """

    value: Numbers
    free: Numbers
    influence: Numbers
    turned: Numbers
    turned_free: Numbers
    turned_error: Numbers


class Limits:
    """Intervals from rows' influence.

    :param ground: what the figures rest on.
    """

    def __init__(self, ground: Ground, data: Reduced, weight: Numbers) -> None:
        from scipy import special

        self._ground, self._data, self._weight = ground, data, weight
        self._rows = float(data.weight.sum())
        clusters = standard_error(np.zeros((len(weight), 1)), weight, self._rows, data.cluster)[1]
        self.reach = float(special.stdtrit(max(clusters - 1, 1), 0.5 + CONFIDENCE / 2))
        who = "each row on its own" if data.cluster is None else "customers as clusters"
        drawn = "" if data.sampled is None else f", {many(round(self._rows), 'row')} drawn from {data.sampled:,}"
        self.method = f"influence of each row, {who}{drawn}"

    def error(self, influence: Numbers) -> float:
        """Standard error of a mean of influence, shape (m,)."""
        return float(standard_error(influence[:, None], self._weight, self._rows, self._data.cluster)[0][0])

    def errors(self, influence: Numbers) -> Numbers:
        """The same of several, shape (m, T)."""
        return standard_error(influence, self._weight, self._rows, self._data.cluster)[0]

    def figure(self, value: float, centre: float, error: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Figure:
        """A figure whose interval lies about ``centre``, within bounds, and holds the value."""
        low, high = (min(max(centre + side * self.reach * error, bounds[0]), bounds[1]) for side in (-1, 1))
        return self._ground.figure(value, min(low, value), max(high, value), method=self.method)

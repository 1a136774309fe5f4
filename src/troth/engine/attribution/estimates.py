"""Shares of events with what is needed for their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from troth.engine.attribution.ground import Ground, many
from troth.engine.attribution.reduced import Reduced
from troth.engine.attribution.shares import covariance, standard_error
from troth.engine.findings import Figure
from troth.engine.intervals import CONFIDENCE, Numbers

Flags = npt.NDArray[np.bool_]

DRAWS, SEED = 20_000, 0
"""How many times shares are drawn where an exposure goes along with fewer events."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Shares of all events, exposure by exposure; all arrays run over the exposures that can be compared, shape (K,).

    :param value: by the fit in which no exposure prevents events; never negative.
    :param free: by the fit in which one may: the centre of the interval. :param influence: of each row on it, shape (m, K).
    :param turned: lambda by the first fit, :param turned_free: and by the second. :param turned_error: its standard error.
    :param held: the exposure is held at 0, as it goes along with fewer events by the second fit.
    :param drawn: where any is held, shares of all events as they may be, none below 0: drawn by the influence about :attr:`centre`, shape
        (draws, K). All intervals are then read off the same draws.
    """

    value: Numbers
    free: Numbers
    influence: Numbers
    turned: Numbers
    turned_free: Numbers
    turned_error: Numbers
    held: Flags
    drawn: Numbers | None = None

    @property
    def centre(self) -> Numbers:
        """The share each interval lies about: that of the second fit, 0 of what is held there."""
        return np.where(self.held, 0.0, self.free)

    def counts(self, places: Sequence[int]) -> list[int]:
        """Those of these places whose exposures are not held: what a share rests on."""
        return [k for k in places if not self.held[k]]


class Limits:
    """Intervals from rows' influence.

    :param ground: what the figures rest on.
    """

    def __init__(self, ground: Ground, data: Reduced, weight: Numbers) -> None:
        from scipy import special

        self._ground, self._data, self._weight = ground, data, weight
        self._rows = float(data.weight.sum())
        clusters = standard_error(np.zeros((len(weight), 1)), weight, self._rows, data.cluster)[1]
        self._freedom = max(clusters - 1, 1)
        self.reach = float(special.stdtrit(self._freedom, 0.5 + CONFIDENCE / 2))
        who = "each row on its own" if data.cluster is None else "customers as clusters"
        drawn = "" if data.sampled is None else f", {many(round(self._rows), 'row')} drawn from {data.sampled:,}"
        self.method = f"influence of each row, {who}{drawn}"

    def error(self, influence: Numbers) -> float:
        """Standard error of a mean of influence, shape (m,)."""
        return float(standard_error(influence[:, None], self._weight, self._rows, self._data.cluster)[0][0])

    def errors(self, influence: Numbers) -> Numbers:
        """The same of several, shape (m, T)."""
        return standard_error(influence, self._weight, self._rows, self._data.cluster)[0]

    def p_value(self, value: float, error: float) -> float:
        """How often a share as far from 0, or farther, is found where the true one is 0: two-sided, by the t the intervals are of."""
        from scipy import special

        if not error:
            return float(value == 0)
        return float(2 * special.stdtr(self._freedom, -abs(value / error)))

    def signed(self, value: float, influence: Numbers) -> Figure:
        """A share that may be below 0: its exposure then goes along with fewer events. :param influence: shape (m,)."""
        return self.figure(value, value, self.error(influence), (-math.inf, 1.0))

    def draws(self, centre: Numbers, influence: Numbers) -> Numbers:
        """Shares as they may be about ``centre``, none below 0 nor all above 1, shape (:data:`DRAWS`, K); the same ones every time."""
        from scipy import special

        sizes, directions = np.linalg.eigh(covariance(influence, self._weight, self._rows, self._data.cluster))
        spread = directions * np.sqrt(np.maximum(sizes, 0.0)) * self.reach / float(special.ndtri(0.5 + CONFIDENCE / 2))
        drawn = np.maximum(centre + np.random.default_rng(SEED).standard_normal((DRAWS, len(centre))) @ spread.T, 0.0)
        return np.asarray(drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1.0), dtype=np.float64)

    def among(self, value: float, drawn: Numbers) -> Figure:
        """A figure whose interval holds 95% of what was drawn, and the value. :param drawn: shape (draws,)."""
        low, high = (float(limit) for limit in np.quantile(drawn, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2]))
        return self._ground.figure(value, min(low, value), max(high, value), method=f"{self.method}; none below 0, by {DRAWS:,} draws")

    def figure(self, value: float, centre: float, error: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Figure:
        """A figure whose interval lies about ``centre``, within bounds, and holds the value."""
        low, high = (min(max(centre + side * self.reach * error, bounds[0]), bounds[1]) for side in (-1, 1))
        return self._ground.figure(value, min(low, value), max(high, value), method=self.method)

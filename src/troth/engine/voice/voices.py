"""Voices and chance: who speaks in which week, how far a rate rose, and how high the highest such ratio goes by chance.

A *voice* is one person in one week; a row nobody is named for is a voice of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from troth.engine.voice.texts import Labels
from troth.terms.errors import RequestError

FALSE_ALARM = 0.01
WINDOW_DAYS = 14
HISTORY_DAYS = 182
SHUFFLES = 99
FEWEST_VOICES = 3
"""Fewer voices than that are no theme, however new."""
FEWEST_BEFORE = 4
"""Weeks of voices there must be before the window."""
SEED = 20_240_131
EULER = 0.5772156649015329

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tail:
    """A Gumbel distribution of the highest ratio by chance, fitted to shuffles by their mean and deviation.

    :param spread: how much more than chance the weeks before vary, at least 1; ratios are divided by it.
    """

    middle: float
    width: float
    spread: float

    def limit(self, rate: float) -> float:
        """The ratio that is passed by chance in so many looks."""
        return (self.middle - self.width * float(np.log(-np.log1p(-rate)))) * self.spread

    def p_value(self, ratio: float) -> float:
        """The chance of a ratio as high."""
        return float(-np.expm1(-np.exp(-(ratio / self.spread - self.middle) / max(self.width, 1e-9))))


def tail(highest: Numbers, spread: float) -> Tail:
    """The tail of the highest ratios of so many shuffles."""
    width = float(np.std(highest, ddof=1)) * np.sqrt(6) / np.pi
    return Tail(float(np.mean(highest)) - EULER * width, width, spread)


def ratio(inside: Any, everything: Any, share: float) -> Numbers:
    """Log likelihood ratio of a rate that rose (Kulldorff 1997, Bernoulli form), 0 where it did not.

    :param inside: units of the window in each set. :param everything: units in each set. :param share: the window's share of all units.
    """
    k, n = np.asarray(inside, dtype=np.float64), np.maximum(np.asarray(everything, dtype=np.float64), 1.0)
    rose = (k > n * share) & (k >= FEWEST_VOICES)
    found = np.zeros(k.shape)
    k, n = k[rose], n[rose]
    rest = n - k
    found[rose] = k * np.log(k / (n * share)) + rest * np.log(np.maximum(rest, 1e-12) / (n * (1 - share)))
    return found


def voices_of(people: Sequence[Any] | None, days: Labels, last: int) -> Labels:
    """A number for each person in a week, counted back from ``last``; a row of nobody known has one of its own."""
    numbers: dict[Any, int] = {}
    weeks = ((last - days) // 7).tolist()
    keys = (row if people is None or people[row] is None else (people[row], week) for row, week in enumerate(weeks))
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def days_of(at: Any, rows: int) -> Labels:
    """The day of each row as a number, 0 where there is none.

    :raises RequestError: dates of another number than rows, or no dates.
    """
    listed = at.to_pylist() if hasattr(at, "to_pylist") else at.astype("datetime64[D]").tolist() if isinstance(at, np.ndarray) else list(at)
    if len(listed) != rows:
        raise RequestError(f"There are {rows:,} texts and {len(listed):,} dates.", place="at", mend="give one a row.")
    return np.asarray(
        [0 if value is None or type(value).__name__ == "NaTType" else day_of(value).toordinal() for value in listed], dtype=np.int64
    )


def day_of(value: Any) -> date:
    """A date, out of one, an instant, or a text such as 2024-01-31.

    :raises RequestError: it is none.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise RequestError(f"“{value[:40]}” is no date.", place="at", mend="write it as 2024-01-31.") from error
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise RequestError(f"“{str(value)[:40]}” is no date.", place="at", mend="give dates, or texts such as 2024-01-31.")
    return value

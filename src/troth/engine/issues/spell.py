"""When an issue was worst: the one spell of weeks whose failure rate stands out from all other weeks (domain.md e1, change point).

Every spell is tried; the binomial likelihood ratio of “another rate inside” says how far it stands out, and the same search on weeks drawn
with one rate throughout says how far the best spell of nothing would (a scan statistic, Kulldorff 1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from troth.engine.intervals import Numbers, wilson
from troth.engine.issues.likelihood import at_one_rate

FEWEST_WEEKS = 8
DRAWS = 199
WORSE = 1.25
"""Least ratio of the rates inside and outside: a spell hardly worse than the rest is no answer to “since when”."""
STRETCHES, SHORTER = 4, 12
"""Stretches of the record, of as many weeks each: what went on throughout was worse than was to be expected in each of the shorter ones,
and beyond chance in each of the longer."""
YEAR, ABOUT = 365, 14


@dataclass(frozen=True, slots=True)
class Spell:
    """Weeks in which an issue was worse than in all others; or all of them, where it went on throughout.

    :param since: first day. :param until: last day; ``None`` where it was not over on the last day of the record.
    :param inside: failures per exposure within it; ``outside`` in all other weeks, or, of what went on throughout, what was to be expected.
    :param whole: it went on throughout the record, so that there is no time since when; ``until`` is then the record's last day.
    """

    since: date
    until: date | None
    inside: float
    outside: float
    whole: bool = False

    @property
    def all_year(self) -> bool:
        """It went on throughout a record of a year, give or take two weeks."""
        return self.whole and self.until is not None and abs((self.until - self.since).days - YEAR) <= ABOUT

    @property
    def words(self) -> str:
        """Its days."""
        if self.whole:
            return "all year" if self.all_year else "throughout"
        return f"since {self.since}" if self.until is None else f"{self.since} to {self.until}"


def worst_spell(
    weeks: Sequence[date], failures: Sequence[int], exposed: Sequence[int], *, expected: float | None = None, seed: int = 0
) -> Spell | None:
    """The spell, or ``None`` where no spell stands out.

    :param weeks: first day of every week with an exposure, ascending. :param failures: in each. :param exposed: that could have failed.
    :param expected: failures per exposure that were to be expected. What is :data:`WORSE` times that in every twelfth of the record went on
        throughout: then a busy month is no onset, and the whole record is the spell.
    """
    k, n = np.asarray(failures, dtype=np.float64), np.asarray(exposed, dtype=np.float64)
    if len(k) < FEWEST_WEEKS or not 0 < k.sum() < n.sum():
        return None
    if expected is not None and _throughout(k, n, expected):
        return Spell(weeks[0], weeks[-1] + timedelta(days=6), float(k.sum() / n.sum()), expected, whole=True)
    ratio, start, end = _best(k[None, :], n)
    drawn = np.random.default_rng(seed).binomial(n.astype(np.int64), k.sum() / n.sum(), (DRAWS, len(n))).astype(np.float64)
    if float(ratio[0]) <= float(_best(drawn, n)[0].max()):
        return None
    first, last = int(start[0]), int(end[0])
    inside = k[first:last].sum() / n[first:last].sum()
    outside = (k.sum() - k[first:last].sum()) / (n.sum() - n[first:last].sum())
    if inside < WORSE * outside:
        return None
    over = last < len(k)
    return Spell(weeks[first], weeks[last - 1] + timedelta(days=6) if over else None, float(inside), float(outside))


def _throughout(k: Numbers, n: Numbers, expected: float) -> bool:
    """Each stretch of the record is worse than was to be expected, the longer ones by more than chance makes of it."""
    for failed, of in zip(np.array_split(k, SHORTER), np.array_split(n, SHORTER), strict=True):
        if failed.sum() < WORSE * expected * of.sum():
            return False
    for failed, of in zip(np.array_split(k, STRETCHES), np.array_split(n, STRETCHES), strict=True):
        limits = wilson(float(failed.sum() / of.sum()), int(of.sum())) if of.sum() else None
        if limits is None or limits.low <= expected:
            return False
    return True


def _best(k: Numbers, n: Numbers) -> tuple[Numbers, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The best spell of each row: its likelihood ratio, first week and the week after its last.

    :param k: failures, shape (rows, weeks). :param n: exposed, shape (weeks,).
    """
    weeks = k.shape[1]
    start, end = np.triu_indices(weeks + 1, 1)
    whole = end - start < weeks  # the whole record is no spell
    start, end = start[whole], end[whole]
    sums = np.concatenate([np.zeros((len(k), 1)), np.cumsum(k, axis=1)], axis=1)
    total_n = np.concatenate([[0.0], np.cumsum(n)])
    k_in, n_in = sums[:, end] - sums[:, start], total_n[end] - total_n[start]
    k_all, n_all = sums[:, -1:], total_n[-1]
    ratio = at_one_rate(k_in, n_in) + at_one_rate(k_all - k_in, n_all - n_in) - at_one_rate(k_all, n_all)
    worse = k_in * (n_all - n_in) > (k_all - k_in) * n_in
    ratio = np.where(worse, ratio, 0.0)
    best = ratio.argmax(axis=1)
    rows = np.arange(len(k))
    return ratio[rows, best], start[best], end[best]

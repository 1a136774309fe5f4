"""When an issue was worst: the one spell of weeks whose failure rate stands out from all other weeks (domain.md e1, change point).

Every spell is tried; the binomial likelihood ratio of “another rate inside” says how far it stands out, and the same search on weeks drawn
with one rate throughout says how far the best spell of nothing would (a scan statistic, Kulldorff 1997). Of what has few weeks on record,
as an issue of one month, it is a spell of days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from troth.engine.intervals import Numbers, wilson
from troth.engine.issues.likelihood import at_one_rate

FEWEST_WEEKS = 8
"""With fewer weeks days are looked at."""
FEWEST_DAYS = 10
DRAWS = 199
WORSE = 1.25
"""Least ratio of the rates inside and outside: a spell hardly worse than the rest is no answer to “since when”."""
STRETCHES, SHORTER = 4, 12
"""Stretches of the record, of as many weeks each: what went on throughout was worse than was to be expected in each of the shorter ones,
and beyond chance in each of the longer."""
YEAR, ABOUT = 365, 14


@dataclass(frozen=True, slots=True)
class Spell:
    """Weeks, or days, in which an issue was worse than in all others; or all of them, where it went on throughout.

    :param since: first day. :param until: last day; ``None`` where it was not over on the last day of the record.
    :param inside: failures per exposure within it; ``outside`` in all other weeks, or, of what went on throughout, what was to be expected.
    :param by_days: it was looked for by days, as there were few weeks: ``outside`` is then of all other days.
    :param whole: it went on throughout the record, so that there is no time since when; ``until`` is then the record's last day.
    """

    since: date
    until: date | None
    inside: float
    outside: float
    whole: bool = False
    by_days: bool = False

    @property
    def all_year(self) -> bool:
        """It went on throughout a record of a year, give or take two weeks."""
        return self.whole and self.until is not None and abs((self.until - self.since).days - YEAR) <= ABOUT

    @property
    def words(self) -> str:
        """Its days."""
        if self.whole:
            return "all year" if self.all_year else f"throughout, {self.since} to {self.until}"
        return f"since {self.since}" if self.until is None else f"{self.since} to {self.until}"

    def within(self, first: date, last: date) -> Spell:
        """The same within the days of a record: a week at its edge may begin before its first day, or end after its last."""
        return replace(self, since=max(self.since, first), until=None if self.until is None else min(self.until, last))


def spell_of(
    days: Sequence[date], failures: Sequence[int], exposed: Sequence[int], *, expected: float | None = None, closed: bool = False
) -> tuple[Spell | None, str]:
    """The spell of an issue by weeks, by days where there are few weeks, or ``None`` and why there is none.

    :param days: every day with an exposure, ascending. :param failures: in each. :param exposed: that could have failed.
    :param expected: as of :func:`worst_spell`. :param closed: these are all days the issue can have, as of a month that is over: then its
        last one is the last of the spell, and the whole of it is no spell.
    """
    weeks = [day - timedelta(days=day.weekday()) for day in days]
    number = len(set(weeks))
    all_failed = sum(failures)
    if not days or all_failed in {0, sum(exposed)}:
        return None, "in no week did some of what could fail go well and some go wrong"
    if number >= FEWEST_WEEKS:
        starts, place = np.unique(np.asarray(weeks, dtype="datetime64[D]"), return_inverse=True)
        sums = [np.bincount(place, np.asarray(of, dtype=np.float64)).astype(np.int64).tolist() for of in (failures, exposed)]
        return worst_spell(
            [start.item() for start in starts], sums[0], sums[1], expected=expected
        ), "no run of weeks stands out from the others"
    if len(days) < FEWEST_DAYS:
        return None, f"it was not looked for, as there are {len(days)} days on record and {FEWEST_DAYS} are needed"
    found = worst_spell(days, failures, exposed, expected=None if closed else expected, by_days=True)
    if found is not None and found.until is None and closed:
        found = replace(found, until=days[-1])
    return found, f"no run of days stands out from the others{' of the month' if closed else ''}"


def worst_spell(
    weeks: Sequence[date],
    failures: Sequence[int],
    exposed: Sequence[int],
    *,
    expected: float | None = None,
    by_days: bool = False,
    seed: int = 0,
) -> Spell | None:
    """The spell, or ``None`` where no spell stands out.

    :param weeks: first day of every week with an exposure, ascending. :param failures: in each. :param exposed: that could have failed.
    :param expected: failures per exposure that were to be expected. What is :data:`WORSE` times that in every twelfth of the record went on
        throughout: then a busy month is no onset, and the whole record is the spell.
    :param by_days: what is given are days, and not weeks.
    """
    last_day = timedelta(days=0 if by_days else 6)
    k, n = np.asarray(failures, dtype=np.float64), np.asarray(exposed, dtype=np.float64)
    if len(k) < (FEWEST_DAYS if by_days else FEWEST_WEEKS) or not 0 < k.sum() < n.sum():
        return None
    if expected is not None and _throughout(k, n, expected):
        return Spell(weeks[0], weeks[-1] + last_day, float(k.sum() / n.sum()), expected, whole=True, by_days=by_days)
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
    return Spell(weeks[first], weeks[last - 1] + last_day if over else None, float(inside), float(outside), by_days=by_days)


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

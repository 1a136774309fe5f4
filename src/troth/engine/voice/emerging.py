"""Is something new being said, or more of something known? With the rate of false alarms it is set to.

A *voice* is one person in one week; rows nobody is named for are voices of their own. Voices of a window (14 days by default) are
held against all voices before it.

- **Known themes**, found in all texts without a look at their dates: if nothing changed, each voice of a theme falls into the window
  with the window's share of all voices, whatever the theme. The binomial tail is exact (a conditional test of two Poisson rates,
  Przyborowski & Wilenski 1940).
- **Too new to be a theme**: neighbourhoods around recent texts. Half of the voices propose those that are densest now against before;
  the other half, never looked at in choosing, tests the twenty best by the same tail. So choosing cannot make an alarm.

Counts are divided by how much more than binomial the weeks before vary (>= 1). Each half of the rate is shared among the tests it has
(Bonferroni), so one look raises a false alarm with a probability of ``false_alarm`` at most; ``benchmarks`` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from troth.engine.findings import Findings
from troth.engine.voice.naming import NO_WORDS, shown, terms_of, theme_words
from troth.engine.voice.quotes import QUOTES, quotes
from troth.engine.voice.results import Emerging
from troth.engine.voice.texts import Corpus, Labels
from troth.engine.voice.vectors import Vectors
from troth.terms.errors import RequestError

FALSE_ALARM = 0.01
WINDOW_DAYS = 14
PROPOSED = 20
REACHES = (2, 3, 5, 8)
"""A neighbourhood reaches to so many-th nearest recent text."""
FEWEST_VOICES = 3
"""Fewer voices than that are no theme, however new."""
FEWEST_BEFORE = 4
"""Weeks of voices there must be before the window."""
CHUNK = 512
SEED = 20_240_131


def emerging(
    corpus: Corpus,
    vectors: Vectors,
    labels: Labels,
    names: Mapping[int, str],
    at: Sequence[Any],
    *,
    as_of: date,
    window_days: int = WINDOW_DAYS,
    false_alarm: float = FALSE_ALARM,
) -> Findings[Emerging]:
    """What is spoken of more than before in the last days up to ``as_of``, surest first.

    :param vectors: of the different texts, length 1. :param labels: theme of each row. :param at: date of each row; ``None`` is left out,
        and so is what is later than ``as_of``.
    :param false_alarm: how often one look may raise an alarm if nothing changed.
    :raises RequestError: dates of another number than texts, no dates, or a rate or window that cannot be.
    """
    if not 0 < false_alarm < 1 or window_days < 1:
        raise RequestError("an alarm needs a window of days and a rate between 0 and 1.", place="emerging", mend="false_alarm=0.01, say.")
    days = _days(at, len(labels))
    last = _day(as_of).toordinal()
    usable = (days > 0) & (days <= last) & (corpus.which >= 0)
    recent = usable & (days > last - window_days)
    before = usable & ~recent
    weeks = len(np.unique((last - days[before]) // 7))
    stated = f"One look raises a false alarm in {false_alarm:.1%} of cases at most, if nothing changed."
    if weeks < FEWEST_BEFORE or not recent.any():
        why = f"No alarm can be raised: {weeks} weeks of texts lie before the window, and {FEWEST_BEFORE} are needed."
        return Findings((), (), (why if recent.any() else "No alarm can be raised: nobody wrote in the window.",))
    voices = _voices(corpus, days, last)
    spread = _spread(labels, voices, before, (last - days) // 7)
    known = _known(labels, names, voices, recent, before, spread, false_alarm / 2)
    new = _new(corpus, vectors, voices, recent, before, spread, false_alarm / 2)
    rows = [_row(corpus, vectors, days, recent, names, one) for one in _distinct([*known, *new])]
    rows.sort(key=lambda row: (row.p_value, row.name))
    more = [f"Weeks vary {spread:.1f} times as much as chance has it; counts are divided by that."] if spread > 1.05 else []  # noqa: PLR2004
    return Findings(tuple(rows), (), (stated, *more))


class _Alarm:
    """What was counted, and the recent rows behind it."""

    __slots__ = ("before", "before_of", "limit", "p", "recent", "recent_of", "rows", "theme")

    def __init__(self, theme: int | None, counts: tuple[int, int, int, int], p: float, limit: float, rows: Labels) -> None:
        self.theme, self.p, self.limit, self.rows = theme, p, limit, rows
        self.recent, self.recent_of, self.before, self.before_of = counts


def _known(
    labels: Labels, names: Mapping[int, str], voices: Labels, recent: npt.NDArray[np.bool_], before: npt.NDArray[np.bool_], spread: float, rate: float
) -> list[_Alarm]:
    recent_of, before_of = len(np.unique(voices[recent])), len(np.unique(voices[before]))
    limit = rate / max(1, len(names))
    found = []
    for theme in names:
        mine = labels == theme
        k, b = len(np.unique(voices[recent & mine])), len(np.unique(voices[before & mine]))
        p = tail(k, b, recent_of, before_of, spread)
        if p <= limit and k >= FEWEST_VOICES:
            found.append(_Alarm(theme, (k, recent_of, b, before_of), p, limit, np.flatnonzero(recent & mine)))
    return found


def _new(
    corpus: Corpus, vectors: Vectors, voices: Labels, recent: npt.NDArray[np.bool_], before: npt.NDArray[np.bool_], spread: float, rate: float
) -> list[_Alarm]:
    """Neighbourhoods proposed by one half of the voices and tested by the other."""
    half = np.random.default_rng(SEED).permutation(int(voices.max()) + 1)[voices] % 2 == 0
    centres, radii = _proposed(corpus, vectors, voices, recent & half, before & half)
    now, then = np.flatnonzero(recent & ~half), np.flatnonzero(before & ~half)
    now_of, then_of = len(np.unique(voices[now])), len(np.unique(voices[then]))
    limit = rate / max(1, len(centres))
    found = []
    everywhere, everything = np.flatnonzero(recent), np.flatnonzero(before)
    for centre, radius in zip(centres, radii, strict=True):
        near = vectors @ vectors[centre] >= radius
        k, b = (len(np.unique(voices[rows[near[corpus.which[rows]]]])) for rows in (now, then))
        p = tail(k, b, now_of, then_of, spread)
        if p <= limit and k >= FEWEST_VOICES:
            mine = everywhere[near[corpus.which[everywhere]]]
            earlier = everything[near[corpus.which[everything]]]
            counts = tuple(len(np.unique(voices[rows])) for rows in (mine, everywhere, earlier, everything))
            found.append(_Alarm(None, counts, p, limit, mine))  # type: ignore[arg-type]  # four of them
    return found


def _proposed(
    corpus: Corpus, vectors: Vectors, voices: Labels, recent: npt.NDArray[np.bool_], before: npt.NDArray[np.bool_]
) -> tuple[list[int], list[float]]:
    """Centres (places of texts) and radii (cosines) of what is denser now than before, densest first, none inside another."""
    now, then = np.flatnonzero(recent), np.flatnonzero(before)
    texts_now, voices_now = _once(corpus.which[now], voices[now])
    texts_then, voices_then = _once(corpus.which[then], voices[then])
    if len(texts_now) <= FEWEST_VOICES or not len(texts_then):
        return [], []
    now_of, then_of = len(np.unique(voices_now)), len(np.unique(voices_then))
    candidates = np.unique(texts_now)
    proposals: list[tuple[float, int, float]] = []
    for begin in range(0, len(candidates), CHUNK):
        middle = vectors[candidates[begin : begin + CHUNK]]
        ranked = -np.sort(-(middle @ vectors[texts_now].T), axis=1)
        earlier = np.sort(middle @ vectors[texts_then].T, axis=1)
        for row, place in enumerate(candidates[begin : begin + CHUNK].tolist()):
            for reach in REACHES:
                if reach >= ranked.shape[1]:
                    break
                radius = float(ranked[row, reach]) - 1e-6
                b = earlier.shape[1] - int(np.searchsorted(earlier[row], radius))
                proposals.append((_surprise(reach + 1, b, now_of, then_of), place, radius))
    proposals.sort(key=lambda one: (-one[0], one[1], one[2]))
    centres: list[int] = []
    radii: list[float] = []
    for _, place, radius in proposals:
        if len(centres) == PROPOSED:
            break
        if all(float(vectors[place] @ vectors[centre]) < reach for centre, reach in zip(centres, radii, strict=True)):
            centres.append(place)
            radii.append(radius)
    return centres, radii


def _once(texts: Labels, voices: Labels) -> tuple[Labels, Labels]:
    """Each text of a voice once."""
    pairs = np.unique(np.stack([texts, voices]), axis=1)
    return pairs[0], pairs[1]


def _surprise(k: int, b: int, now_of: int, then_of: int) -> float:
    """Log likelihood ratio of a rate that rose (Kulldorff 1997), 0 where it did not. It orders proposals and tests nothing."""
    expected = (k + b) * now_of / (now_of + then_of)
    if k <= expected:
        return 0.0
    rest = k + b - expected
    return k * float(np.log(k / expected)) + (b * float(np.log(b / rest)) if b else 0.0)


def tail(k: int, b: int, now_of: int, then_of: int, spread: float = 1.0) -> float:
    """Chance of ``k`` voices or more now, of ``k + b`` in all, if a voice falls into the window as every other does.

    :param spread: counts are divided by it.
    """
    from scipy import stats

    if not now_of or not then_of:
        return 1.0
    few, all_ = int(k / spread), int((k + b) / spread)
    return float(stats.binom.sf(few - 1, max(all_, few), now_of / (now_of + then_of)))


def _spread(labels: Labels, voices: Labels, before: npt.NDArray[np.bool_], week: Labels) -> float:
    """How much more than binomial the shares of themes vary among the weeks before: Pearson's X2 over its degrees of freedom, at least 1."""
    use = before & (labels >= 0)
    if not use.any():
        return 1.0
    rows = np.unique(np.stack([labels[use], week[use], voices[use]]), axis=1)
    table = np.zeros((int(labels.max()) + 1, int(week[use].max()) + 1))
    np.add.at(table, (rows[0], rows[1]), 1)
    table = table[:, table.sum(axis=0) > 0]
    table = table[table.sum(axis=1) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    return max(1.0, float(((table - expected) ** 2 / expected).sum()) / freedom) if freedom else 1.0


def _distinct(found: list[_Alarm]) -> list[_Alarm]:
    """Alarms that are not mostly the rows of a surer one."""
    kept: list[_Alarm] = []
    for one in sorted(found, key=lambda alarm: (alarm.p, alarm.theme is None)):
        if all(len(np.intersect1d(one.rows, other.rows)) < len(one.rows) / 2 for other in kept):
            kept.append(one)
    return kept


def _row(corpus: Corpus, vectors: Vectors, days: Labels, recent: npt.NDArray[np.bool_], names: Mapping[int, str], alarm: _Alarm) -> Emerging:
    name = names[alarm.theme] if alarm.theme is not None else _words(corpus, recent, alarm.rows)
    times = None if not alarm.before else (alarm.recent / alarm.recent_of) / (alarm.before / alarm.before_of)
    return Emerging(
        theme=alarm.theme,
        name=name,
        recent=alarm.recent,
        recent_of=alarm.recent_of,
        before=alarm.before,
        before_of=alarm.before_of,
        times=times,
        p_value=alarm.p,
        limit=alarm.limit,
        first=date.fromordinal(int(days[alarm.rows].min())),
        quotes=tuple(quote.text for quote in quotes(corpus, vectors, alarm.rows, QUOTES)),
    )


def _words(corpus: Corpus, recent: npt.NDArray[np.bool_], rows: Labels) -> str:
    """What sets these rows apart from the others of the window."""
    places = np.unique(corpus.which[recent])
    inside = np.isin(places, corpus.which[rows])
    counts = np.bincount(corpus.which[recent], minlength=len(corpus.texts))[places]
    weighed = theme_words([terms_of(corpus.keys[place]) for place in places], np.where(inside, 0, 1), counts)
    return ", ".join(shown(weighed.get(0, ()))[:2]) or NO_WORDS


def _voices(corpus: Corpus, days: Labels, last: int) -> Labels:
    """A number for each person in a week, counted back from ``last``; a row of nobody known has one of its own."""
    numbers: dict[Any, int] = {}
    weeks = ((last - days) // 7).tolist()
    people = corpus.people
    keys = (row if people is None or people[row] is None else (people[row], week) for row, week in enumerate(weeks))
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _days(at: Any, rows: int) -> Labels:
    listed = at.to_pylist() if hasattr(at, "to_pylist") else at.astype("datetime64[D]").tolist() if isinstance(at, np.ndarray) else list(at)
    if len(listed) != rows:
        raise RequestError(f"There are {rows:,} texts and {len(listed):,} dates.", place="at", mend="give one a row.")
    return np.asarray([0 if value is None or type(value).__name__ == "NaTType" else _day(value).toordinal() for value in listed], dtype=np.int64)


def _day(value: Any) -> date:
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


def weekly(labels: Labels, at: Any, *, as_of: date, weeks: int = 26) -> dict[int, list[int]]:
    """Texts of each theme week by week, oldest first, the last week ending at ``as_of``.

    :raises RequestError: dates of another number than texts.
    """
    days = _days(at, len(labels))
    last = _day(as_of).toordinal()
    week = (last - days) // 7
    inside = (days > 0) & (week >= 0) & (week < weeks) & (labels >= 0)
    return {
        theme: np.bincount(week[inside & (labels == theme)], minlength=weeks)[::-1].tolist() for theme in sorted(set(labels[labels >= 0].tolist()))
    }

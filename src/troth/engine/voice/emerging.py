"""Is something new being said, or more of something known? With the rate of false alarms it is set to.

A scan (Kulldorff 1997): around every text its nearest texts, one after the other up to sixty, and every theme as it stands. For each
such set the voices of a window (14 days by default) are held against those of the half year before it by the likelihood ratio of a
rate that rose. A *voice* is one person in one week; rows nobody is named for are voices of their own.

How high the highest ratio goes by chance is had by shuffling which voices fall into the window, 99 times: the sets stay, only dates
move, so it holds however texts lie and however many sets overlap. The tail is read off a Gumbel distribution fitted to the 99 (Abrams,
Kleinman & Kulldorff 2010). Ratios are divided by how much more than chance the weeks before vary (>= 1). So one look raises a false
alarm with a probability of ``false_alarm``, all sets together; ``python -m benchmarks themes`` measures it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
HISTORY_DAYS = 182
NEIGHBOURS = 60
"""Different texts a set around one text grows to."""
MOST_CENTRES = 10_000
SHUFFLES = 99
ONE_THING = 0.6
"""Cosine from which two sets are about one thing."""
FEWEST_VOICES = 3
"""Fewer voices than that are no theme, however new."""
FEWEST_BEFORE = 4
"""Weeks of voices there must be before the window."""
CHUNK = 512
SEED = 20_240_131
EULER = 0.5772156649015329

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


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
    usable = (days > last - window_days - HISTORY_DAYS) & (days > 0) & (days <= last) & (corpus.which >= 0)
    recent = usable & (days > last - window_days)
    weeks = len(np.unique((last - days[usable & ~recent]) // 7))
    if not recent.any():
        return Findings((), (), ("No alarm can be raised: nobody wrote in the window.",))
    if weeks < FEWEST_BEFORE:
        why = f"No alarm can be raised: {weeks} weeks of texts lie before the window, and {FEWEST_BEFORE} are needed."
        return Findings((), (), (why,))
    voices = _voices(corpus, days, last)
    spread = _spread(labels, voices, usable & ~recent, (last - days) // 7)
    scan = _Scan(corpus, vectors, labels, sorted(names), voices, usable)
    highest = scan.by_chance(recent)
    width = float(np.std(highest, ddof=1)) * np.sqrt(6) / np.pi
    middle = float(np.mean(highest)) - EULER * width
    limit = (middle - width * float(np.log(-np.log1p(-false_alarm)))) * spread
    rows = [
        _row(
            corpus,
            vectors,
            days,
            recent,
            names,
            alarm,
            float(-np.expm1(-np.exp(-(alarm.ratio / spread - middle) / max(width, 1e-9)))),
            false_alarm,
        )
        for alarm in scan.alarms(recent, limit)
    ]
    rows.sort(key=lambda row: (row.p_value, row.name))
    stated = f"One look raises a false alarm in {false_alarm:.1%} of cases if nothing changed; all places looked at are allowed for."
    more = [f"Weeks vary {spread:.1f} times as much as chance has it; that is allowed for."] if spread > 1.05 else []  # noqa: PLR2004
    return Findings(tuple(rows), (), (stated, *more))


@dataclass(frozen=True)
class _Alarm:
    """What was counted, and the recent rows behind it."""

    theme: int | None
    ratio: float
    counts: tuple[int, int, int, int]
    rows: Labels


class _Scan:
    """Sets of texts, and how many voices of the window and of all lie in each.

    A unit is one text of one voice. Sets around a text are the stretches of ``near``; sets of themes are sums over ``of_theme``.
    """

    def __init__(self, corpus: Corpus, vectors: Vectors, labels: Labels, themes: Sequence[int], voices: Labels, usable: Flags) -> None:
        rows = np.flatnonzero(usable)
        there, self.text = np.unique(corpus.which[rows], return_inverse=True)
        _, self.voice = np.unique(voices[rows], return_inverse=True)
        pairs = self.text.astype(np.int64) * (int(self.voice.max()) + 1) + self.voice
        self.unit_rows = rows[np.unique(pairs, return_index=True)[1]]
        units = np.searchsorted(rows, self.unit_rows)
        self.text, self.voice, self.rows = self.text[units], self.voice[units], rows
        self.there, self.texts = there, len(there)
        self.theme = np.searchsorted(themes, labels[self.unit_rows]) if len(themes) else np.zeros(0, dtype=np.int64)
        self.theme = np.where(labels[self.unit_rows] >= 0, self.theme, len(themes)) if len(themes) else self.theme
        self.themes = tuple(themes)
        self.vectors = vectors[there]
        self.near = self._near(corpus)
        self.all_near = np.bincount(self.text, minlength=self.texts)[self.near].cumsum(axis=1)
        self.all_themes = np.bincount(self.theme, minlength=len(themes) + 1)[: len(themes)]

    def _near(self, corpus: Corpus) -> Labels:
        """Around each centre its nearest texts, itself first; shape (centres, k)."""
        mine = self.vectors
        centres = np.arange(self.texts)
        if self.texts > MOST_CENTRES:
            digests = [hashlib.blake2b(corpus.keys[place].encode("utf-8"), digest_size=7).digest() for place in self.there.tolist()]
            centres = np.sort(np.asarray(sorted(range(self.texts), key=lambda place: digests[place])[:MOST_CENTRES]))
        k = min(NEIGHBOURS, self.texts)
        near = np.empty((len(centres), k), dtype=np.int64)
        for begin in range(0, len(centres), CHUNK):
            similar = mine[centres[begin : begin + CHUNK]] @ mine.T
            best = np.argpartition(-similar, k - 1, axis=1)[:, :k]
            order = np.argsort(-np.take_along_axis(similar, best, axis=1), axis=1, kind="stable")
            near[begin : begin + CHUNK] = np.take_along_axis(best, order, axis=1)
        return near

    def ratios(self, now: Flags) -> tuple[Numbers, Numbers]:
        """The likelihood ratio of every stretch and of every theme.

        :param now: is the unit in the window?
        """
        share = now.mean()
        inside = np.bincount(self.text[now], minlength=self.texts)[self.near].cumsum(axis=1)
        themed = np.bincount(self.theme[now], minlength=len(self.themes) + 1)[: len(self.themes)] if len(self.themes) else np.zeros(0)
        return ratio(inside, self.all_near, share), ratio(themed, self.all_themes, share)

    def by_chance(self, recent: Flags) -> Numbers:
        """The highest ratio in each shuffle of the voices."""
        dice = np.random.default_rng(SEED)
        of_voice = np.zeros(int(self.voice.max()) + 1, dtype=bool)
        of_voice[self.voice[recent[self.unit_rows]]] = True
        highest = np.empty(SHUFFLES)
        for shuffle in range(SHUFFLES):
            near, themed = self.ratios(dice.permutation(of_voice)[self.voice])
            highest[shuffle] = max(near.max(initial=0.0), themed.max(initial=0.0))
        return highest

    def alarms(self, recent: Flags, limit: float) -> list[_Alarm]:
        """Sets above the limit. Sets around texts that are about one thing make one alarm; a theme speaks for all that is in it."""
        now = recent[self.unit_rows]
        near, themed = self.ratios(now)
        best = near.argmax(axis=1)
        heights = near[np.arange(len(near)), best]
        order = [(0, -float(themed[place]), place) for place in np.flatnonzero(themed > limit).tolist()]
        order += [(1, -float(heights[place]), place) for place in np.flatnonzero(heights > limit).tolist()]
        held: list[tuple[int | None, float, Flags]] = []
        for around, height, place in sorted(order):
            units = np.isin(self.text, self.near[place, : best[place] + 1]) if around else self.theme == place
            theme = None if around else self.themes[place]
            one = next((spot for spot, other in enumerate(held) if self._alike(units & now, other[2] & now)), None)
            if one is None:
                held.append((theme, -height, units))
            elif around and held[one][0] is None:
                held[one] = (None, held[one][1], held[one][2] | units)
        counted = ((theme, height, self._counts(units, now), self.unit_rows[units & now]) for theme, height, units in held)
        return [_Alarm(theme, height, counts, rows) for theme, height, counts, rows in counted if counts[0] >= FEWEST_VOICES]

    def _counts(self, units: Flags, now: Flags) -> tuple[int, int, int, int]:
        """Voices of a set in the window, all there, those of the set before it, all there."""
        inside, everything, of_now, of_all = (len(np.unique(self.voice[those])) for those in (units & now, units, now, np.ones_like(now)))
        return inside, of_now, everything - inside, of_all - of_now

    def _alike(self, one: Flags, other: Flags) -> bool:
        """Do two sets share half of the smaller one, or point the same way?"""
        if 2 * (one & other).sum() >= min(one.sum(), other.sum()):
            return True
        mine, theirs = (self.vectors[self.text[those]].mean(axis=0) for those in (one, other))
        return float(mine @ theirs) >= ONE_THING * float(np.linalg.norm(mine) * np.linalg.norm(theirs))


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


def _spread(labels: Labels, voices: Labels, before: Flags, week: Labels) -> float:
    """How much more than binomial the shares of themes vary among the weeks before: Pearson's X2 over its degrees of freedom, >= 1."""
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


def _row(
    corpus: Corpus, vectors: Vectors, days: Labels, recent: Flags, names: Mapping[int, str], alarm: _Alarm, p_value: float, limit: float
) -> Emerging:
    now, of_now, before, of_before = alarm.counts
    return Emerging(
        theme=alarm.theme,
        name=names[alarm.theme] if alarm.theme is not None else _words(corpus, recent, alarm.rows),
        recent=now,
        recent_of=of_now,
        before=before,
        before_of=of_before,
        times=(now / of_now) / (before / of_before) if before else None,
        p_value=p_value,
        limit=limit,
        first=date.fromordinal(int(days[alarm.rows].min())),
        quotes=tuple(quote.text for quote in quotes(corpus, vectors, np.sort(alarm.rows), QUOTES)),
    )


def _words(corpus: Corpus, recent: Flags, rows: Labels) -> str:
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
    return np.asarray(
        [0 if value is None or type(value).__name__ == "NaTType" else _day(value).toordinal() for value in listed], dtype=np.int64
    )


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
        theme: np.bincount(week[inside & (labels == theme)], minlength=weeks)[::-1].tolist()
        for theme in sorted(set(labels[labels >= 0].tolist()))
    }

"""Is something new being said, or more of something known? With the rate of false alarms it is set to.

Two scans (Kulldorff 1997), each with half the rate. One holds spellings (``bursts.py``). The other holds places: around every text its
nearest texts, one after the other up to sixty, and every theme as it stands. For each such set the voices of a window (14 days by
default) are held against those of the half year before it by the likelihood ratio of a rate that rose.

How high the highest ratio goes by chance is had by shuffling which voices fall into the window, 99 times: the sets stay, only dates
move, so it holds however texts lie and however many sets overlap. The tail is read off a Gumbel distribution fitted to the 99 (Abrams,
Kleinman & Kulldorff 2010). Ratios are divided by how much more than chance the weeks before vary (>= 1). So one look raises a false
alarm with a probability of ``false_alarm``, all sets together; ``python -m benchmarks themes`` measures it.

What both find is told once: a theme speaks for all that is in it, and words for the places they are said in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np

from troth.engine.findings import Findings
from troth.engine.voice.bursts import Burst, Bursts, bursts
from troth.engine.voice.naming import NO_WORDS, shown, terms_of, theme_words
from troth.engine.voice.quotes import QUOTES, quotes
from troth.engine.voice.results import Emerging
from troth.engine.voice.spelled import spelled
from troth.engine.voice.texts import Corpus, Labels
from troth.engine.voice.vectors import Vectors
from troth.engine.voice.voices import (
    FALSE_ALARM,
    FEWEST_BEFORE,
    FEWEST_VOICES,
    HISTORY_DAYS,
    SEED,
    SHUFFLES,
    WINDOW_DAYS,
    Flags,
    Numbers,
    day_of,
    days_of,
    ratio,
    tail,
    voices_of,
)
from troth.terms.errors import RequestError

NEIGHBOURS = 60
"""Different texts a set around one text grows to."""
MOST_CENTRES = 10_000
ONE_THING = 0.6
"""Cosine from which two sets are about one thing."""
NONE_FORMED: Mapping[int, Sequence[str]] = MappingProxyType({})
TOLD_FROM = 1.05
SCANS = 2
"""Scans that share the rate of false alarms."""
HALF = 0.5
CHUNK = 512


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
    said: Bursts | None = None,
    formed: Mapping[int, Sequence[str]] = NONE_FORMED,
) -> Findings[Emerging]:
    """What is spoken of more than before in the last days up to ``as_of``, surest first.

    :param vectors: of the different texts, length 1. :param labels: theme of each row. :param at: date of each row; ``None`` is left out,
        and so is what is later than ``as_of``.
    :param false_alarm: how often one look may raise an alarm if nothing changed.
    :param said: what is spelled more than before, where more texts than these were looked at; ``None`` looks at these.
    :param formed: theme to the spellings it was formed of.
    :raises RequestError: dates of another number than texts, no dates, or a rate or window that cannot be.
    """
    if not 0 < false_alarm < 1 or window_days < 1:
        raise RequestError("an alarm needs a window of days and a rate between 0 and 1.", place="emerging", mend="false_alarm=0.01, say.")
    days = days_of(at, len(labels))
    last = day_of(as_of).toordinal()
    usable = (days > last - window_days - HISTORY_DAYS) & (days > 0) & (days <= last) & (corpus.which >= 0)
    recent = usable & (days > last - window_days)
    weeks = len(np.unique((last - days[usable & ~recent]) // 7))
    if not recent.any():
        return Findings((), (), ("No alarm can be raised: nobody wrote in the window.",))
    if weeks < FEWEST_BEFORE:
        why = f"No alarm can be raised: {weeks} weeks of texts lie before the window, and {FEWEST_BEFORE} are needed."
        return Findings((), (), (why,))
    if said is None:
        texts = [corpus.texts[place] if place >= 0 else None for place in corpus.which.tolist()]
        said = bursts(texts, corpus.people, days, as_of=as_of, window_days=window_days, false_alarm=false_alarm / SCANS)
    voices = voices_of(corpus.people, days, last)
    spread = _spread(labels, voices, usable & ~recent, (last - days) // 7)
    alerted = {one.spellings[0] for one in said.rows}
    whole = [theme for theme in sorted(names) if alerted.isdisjoint(formed.get(theme, ()))]
    scan = _Scan(corpus, vectors, labels, whole, voices, usable)
    chance = tail(scan.by_chance(recent), spread)
    alarms = scan.alarms(recent, chance.limit(false_alarm / SCANS))
    found = _once(alarms, said, corpus, labels, recent, formed)
    rows = [
        _row(corpus, vectors, days, recent, names, alarm, min(1.0, SCANS * chance.p_value(alarm.ratio)), false_alarm)
        for alarm in found.alarms
    ]
    rows += [_spelled_row(burst, theme, names, min(1.0, SCANS * burst.p_value), false_alarm) for burst, theme in found.bursts]
    rows.sort(key=lambda row: (row.p_value, -row.recent, row.name))
    stated = f"One look raises a false alarm in {false_alarm:.1%} of cases if nothing changed; all places looked at are allowed for."
    more = [f"Weeks vary {spread:.1f} times as much as chance has it; that is allowed for."] if spread > TOLD_FROM else []
    if said.spread > TOLD_FROM:
        more.append(f"The words of a fortnight rise up to {said.spread:.1f} times as clearly as by chance; that is allowed for.")
    return Findings(tuple(rows), (), (stated, *more))


@dataclass(frozen=True)
class _Found:
    """What both scans found, told once. :param bursts: each with the theme it is about, where there is one."""

    alarms: Sequence[_Alarm]
    bursts: Sequence[tuple[Burst, int | None]]


def _once(
    alarms: Sequence[_Alarm], said: Bursts, corpus: Corpus, labels: Labels, recent: Flags, formed: Mapping[int, Sequence[str]]
) -> _Found:
    """What is found twice is told once: as its theme, else as the one of the two that more of the voices speak of.

    The theme of a burst is the one that was formed of it, or else the one that holds most of its recent texts and of whose recent texts
    most are of it.
    """
    if not said.rows:
        return _Found(alarms, ())
    read = spelled(list(corpus.keys))
    there = labels[recent]
    told = list(alarms)
    bursts_told: list[tuple[Burst, int | None]] = []
    for burst in said.rows:
        holding = read.holding(burst.spellings)[corpus.which] & recent
        mine = labels[holding]
        counted = np.bincount(mine[mine >= 0], minlength=1)
        most = int(counted.argmax())
        alike = counted[most] > HALF * max(1, len(mine), int((there == most).sum()))
        own = next((theme for theme, spellings in formed.items() if burst.spellings[0] in spellings), None)
        theme = own if own is not None else most if alike else None
        both = [one for one in told if 2 * int(holding[one.rows].sum()) >= min(len(one.rows), max(1, int(holding.sum())))]
        if any(one.theme is not None or _part(one.counts) > _part(burst.counts) for one in both):
            told = [replace(one, theme=theme) if one in both and one.theme is None else one for one in told]
            continue
        told = [one for one in told if one not in both]
        bursts_told.append((burst, theme))
    return _Found(told, bursts_told)


def _part(counts: tuple[int, int, int, int]) -> float:
    """The share of the window's voices."""
    return counts[0] / counts[1]


def _spelled_row(one: Burst, theme: int | None, names: Mapping[int, str], p_value: float, limit: float) -> Emerging:
    now, of_now, before, of_before = one.counts
    return Emerging(
        theme=theme,
        name=one.name if theme is None else names[theme],
        recent=now,
        recent_of=of_now,
        before=before,
        before_of=of_before,
        times=(now / of_now) / (before / of_before) if before else None,
        p_value=p_value,
        limit=limit,
        first=one.first,
        quotes=one.quotes,
    )


@dataclass(frozen=True, eq=False)
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
        numbers = np.full(int(labels.max(initial=-1)) + 2, len(themes), dtype=np.int64)  # the last one is that of no theme
        numbers[list(themes)] = np.arange(len(themes))
        self.theme = numbers[labels[self.unit_rows]]
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


def weekly(labels: Labels, at: Any, *, as_of: date, weeks: int = 26) -> dict[int, list[int]]:
    """Texts of each theme week by week, oldest first, the last week ending at ``as_of``.

    :raises RequestError: dates of another number than texts.
    """
    days = days_of(at, len(labels))
    last = day_of(as_of).toordinal()
    week = (last - days) // 7
    inside = (days > 0) & (week >= 0) & (week < weeks) & (labels >= 0)
    return {
        theme: np.bincount(week[inside & (labels == theme)], minlength=weeks)[::-1].tolist()
        for theme in sorted(set(labels[labels >= 0].tolist()))
    }

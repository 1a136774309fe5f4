"""Names for themes from their own words: class-based TF-IDF over words and short phrases (Grootendorst 2022, arXiv 2203.05794).

A phrase begins and ends with a word that carries meaning and may hold one stop word between two (“proof of address”, “prazo de
entrega”). Words stand as people write them: nothing is stemmed, and forms of one word do not stand twice in a name.
What few of a theme's texts hold may set it apart and is still no name for it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from troth.engine.voice.texts import Labels
from troth.engine.voice.wording import STOP_WORDS, content_words, plain, words_of

WORDS_SHOWN = 8
LONGEST_NAME = 4
FEWEST_IN_A_NAME = 2
MOST = 0.5
"""A theme is called by what more than this share of its texts hold."""
APART = 2.0
"""A word sets a theme apart that is so many times as common in it as in all other texts."""
MOST_CHOICES = 3
OR = " / "
COMMON_PART = 0.12
"""A phrase stands for a theme if it is in this share of its texts at least."""
NO_WORDS = "without words of its own"
PARTICLES = frozenset({"up", "off", "out", "back", "down"})
"""Stop words that a verb before them needs: “top up”, “log out”."""
PHRASE_BONUS = 1.4
"""How much more a phrase says than a word of the same weight."""


def terms_of(text: str) -> set[str]:
    """The words and phrases of a text that may stand in a name, each once."""
    words = words_of(text)
    carries = [len(word) > 1 and plain(word) not in STOP_WORDS for word in words]
    found = {word for word, does in zip(words, carries, strict=True) if does}
    for place in range(len(words) - 1):
        ends = carries[place + 1] or words[place + 1] in PARTICLES
        if carries[place] and ends and root(words[place]) != root(words[place + 1]):
            found.add(f"{words[place]} {words[place + 1]}")
    for place in range(len(words) - 2):
        if carries[place] and carries[place + 2] and not carries[place + 1] and root(words[place]) != root(words[place + 2]):
            found.add(" ".join(words[place : place + 3]))
    return found


def theme_words(terms: Sequence[set[str]], labels: Labels, counts: Labels) -> dict[int, list[tuple[str, float]]]:
    """What sets each theme apart: its terms with their weight, most first.

    ``weight = share of its texts that hold the term * log(1 + texts of a theme on average / texts with the term anywhere)``, phrases a
    little more. Ties are settled by the alphabet.

    :param terms: of each different text. :param labels: its theme, -1 for none. :param counts: how often it was written.
    """
    themes = sorted({int(label) for label in labels if label >= 0})
    held = {theme: Counter[str]() for theme in themes}
    sizes = dict.fromkeys(themes, 0)
    everywhere: Counter[str] = Counter()
    for mine, label, count in zip(terms, labels.tolist(), counts.tolist(), strict=True):
        for term in mine:
            everywhere[term] += count
        if label >= 0:
            sizes[label] += count
            for term in mine:
                held[label][term] += count
    usual = sum(sizes.values()) / max(1, len(themes))
    weighed: dict[int, list[tuple[str, float]]] = {}
    for theme in themes:
        scores = {
            term: count / sizes[theme] * math.log1p(usual / everywhere[term]) * (PHRASE_BONUS if " " in term else 1.0)
            for term, count in held[theme].items()
            if count >= COMMON_PART * sizes[theme]
        }
        weighed[theme] = sorted(scores.items(), key=lambda one: (-one[1], one[0]))
    return weighed


def shown(weighed: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """The first few terms, without those another one already says."""
    chosen: list[str] = []
    for term, _ in weighed:
        if len(chosen) < WORDS_SHOWN and not any(_says(other, term) for other in chosen):
            chosen.append(term)
    return tuple(chosen)


@dataclass(frozen=True)
class Held:
    """Which texts of one theme hold a word, in whatever form.

    :param roots: of each different text of the theme, those of its words. :param counts: how often it was written.
    :param elsewhere: the share of all other texts that hold each root.
    """

    roots: Sequence[AbstractSet[str]]
    counts: Sequence[int]
    elsewhere: Mapping[str, float]

    def share(self, *choices: str) -> float:
        """The share of the theme's texts that hold all of what one of the choices says."""
        wanted = [roots_of(choice) for choice in choices]
        held = sum(count for mine, count in zip(self.roots, self.counts, strict=True) if any(one <= mine for one in wanted))
        return held / max(1, sum(self.counts))

    def apart(self, term: str) -> bool:
        """Is a word of it at least twice as common here as in all other texts?"""
        return any(self.share(word) >= APART * self.elsewhere.get(root(word), 0.0) for word in content_words(term.split()))


def held_of(terms: Sequence[set[str]], labels: Labels, counts: Labels) -> dict[int, Held]:
    """What the texts of each theme hold; as for :func:`theme_words`."""
    form: dict[str, str] = {}
    roots = [frozenset(form.setdefault(term, root(term)) for term in mine if " " not in term) for mine in terms]
    everywhere, total = Counter[str](), int(counts.sum())
    inside: dict[int, list[int]] = {}
    for place, (mine, label, count) in enumerate(zip(roots, labels.tolist(), counts.tolist(), strict=True)):
        everywhere.update(dict.fromkeys(mine, count))
        if label >= 0:
            inside.setdefault(label, []).append(place)
    found = {}
    for theme, places in inside.items():
        own, size = Counter[str](), 0
        for place in places:
            own.update(dict.fromkeys(roots[place], int(counts[place])))
            size += int(counts[place])
        other = {one: (everywhere[one] - count) / max(1, total - size) for one, count in own.items()}
        found[theme] = Held([roots[place] for place in places], [int(counts[place]) for place in places], other)
    return found


def labels_of(weighed: Mapping[int, Sequence[tuple[str, float]]], held: Mapping[int, Held]) -> dict[int, tuple[str, ...]]:
    """What each theme is called by: terms that more than half of its texts hold and that set it apart.

    Where no term does, up to three of which more than half of the texts hold one; none where even those do not.
    """
    return {theme: _together(terms, held[theme]) or _either(terms, held[theme]) for theme, terms in weighed.items()}


def _together(terms: Sequence[tuple[str, float]], held: Held) -> tuple[str, ...]:
    """Terms that stand in one text together, in more than half of the texts."""
    shares = {term: held.share(term) for term, _ in terms}
    usual = [term for term, _ in terms if shares[term] > MOST and held.apart(term)]
    chosen: list[str] = []
    for term in usual:
        wider = [other for other in chosen if not _says(term, other)]
        if any(_says(other, term) for other in chosen) or sum(len(other.split()) for other in (*wider, term)) > LONGEST_NAME:
            continue
        if held.share(" ".join((*wider, term))) > MOST:
            chosen = [*wider, term]
        if sum(len(content_words(other.split())) for other in chosen) >= FEWEST_IN_A_NAME:
            break
    return (" ".join(chosen),) if chosen else ()


def _either(terms: Sequence[tuple[str, float]], held: Held) -> tuple[str, ...]:
    """Terms of which one stands in more than half of the texts."""
    rest = [term for term, _ in terms if held.apart(term)]
    chosen: list[str] = []
    while rest and len(chosen) < MOST_CHOICES:
        shares = [held.share(*chosen, term) for term in rest]
        best = shares.index(max(shares))
        chosen.append(rest.pop(best))
        if shares[best] > MOST:
            return tuple(chosen)
    return ()


def names(labels: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """A name for each theme from what it is called by, none twice (the later one is numbered); :data:`NO_WORDS` where that is nothing."""
    taken: set[str] = set()
    given: dict[int, str] = {}
    for theme, label in labels.items():
        name = OR.join(label) or NO_WORDS
        given[theme] = name if name not in taken else f"{name} ({theme})"
        taken.add(name)
    return given


def group_name(labels: Sequence[Sequence[str]], sizes: Sequence[int]) -> str:
    """The words of a group: what its largest themes are called by, the first term each, up to three."""
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    chosen: list[str] = []
    for place in order:
        term = next((term for term in labels[place] if not any(_says(other, term) or _says(term, other) for other in chosen)), None)
        if term is not None and len(chosen) < 3:  # noqa: PLR2004 - as many as a heading holds
            chosen.append(term)
    return " · ".join(chosen) or NO_WORDS


def roots_of(name: str) -> frozenset[str]:
    """The roots of the words of a name that carry meaning."""
    return frozenset(root(word) for word in content_words(words_of(name)))


def root(word: str) -> str:
    """What forms of one word have in common: “cards” and “card”, “pedidos” and “pedido”, “charged” and “charge”."""
    root = plain(word)
    for ending in ("'s", "ing", "ões", "oes", "ed", "es", "s", "e", "d"):
        if root.endswith(ending) and len(root) - len(ending) >= 3:  # noqa: PLR2004 - a root of two letters is none
            return root[: -len(ending)]
    return root


def _says(one: str, other: str) -> bool:
    """Are all words of ``other`` in ``one`` already, in whatever form?"""
    held = {root(word) for word in one.replace(",", " ").split()}
    return all(root(word) in held or plain(word) in STOP_WORDS for word in other.split())

"""Names for themes from their own words: class-based TF-IDF over words and short phrases (Grootendorst 2022, arXiv 2203.05794).

A phrase begins and ends with a word that carries meaning and may hold one stop word between two (“proof of address”, “prazo de
entrega”). Words stand as people write them: nothing is stemmed, and forms of one word do not stand twice in a name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from troth.engine.voice.texts import Labels
from troth.engine.voice.wording import STOP_WORDS, content_words, plain, words_of

WORDS_SHOWN = 8
LONGEST_NAME = 4
FEWEST_IN_A_NAME = 2
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


def names(weighed: Mapping[int, Sequence[tuple[str, float]]]) -> dict[int, str]:
    """A name of two to four words for each theme, no name twice; a theme of one word in all its texts is called by it."""
    taken: dict[str, int] = {}
    given: dict[int, str] = {}
    for theme, terms in weighed.items():
        name = _name(terms)
        candidates = [name, *(f"{name}, {term}" for term, _ in terms if not _says(name, term))]
        free = next((candidate for candidate in candidates if candidate not in taken), f"{name} ({theme})")
        taken[free] = theme
        given[theme] = free
    return given


def group_name(weighed: Sequence[Sequence[tuple[str, float]]], sizes: Sequence[int]) -> str:
    """The words of a group: of its largest themes the first term each, up to three."""
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    chosen: list[str] = []
    for place in order:
        term = next((term for term, _ in weighed[place] if not any(_says(other, term) or _says(term, other) for other in chosen)), None)
        if term is not None and len(chosen) < 3:  # noqa: PLR2004 - as many as a heading holds
            chosen.append(term)
    return " · ".join(chosen) or NO_WORDS


def _name(terms: Sequence[tuple[str, float]]) -> str:
    chosen: list[str] = []
    for term, _ in terms:
        if any(_says(other, term) for other in chosen):
            continue
        wider = [other for other in chosen if not _says(term, other)]
        if sum(len(other.split()) for other in (*wider, term)) > LONGEST_NAME:
            continue
        chosen = [*wider, term]
        if sum(len(content_words(other.split())) for other in chosen) >= FEWEST_IN_A_NAME:
            break
    return " ".join(chosen) or NO_WORDS


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

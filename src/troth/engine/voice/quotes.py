"""Words that stand for a theme: near its middle, of a length one can read, from different people, each saying it differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from troth.engine.voice.naming import roots_of
from troth.engine.voice.results import Quote
from troth.engine.voice.texts import Corpus, Labels
from troth.engine.voice.vectors import Vectors

QUOTES = 3
LONGEST_QUOTE = 240
SHORTEST, LONG = 20, 220
TOO_ALIKE = 0.95
LOOKED_AT = 60
"""How many of the most typical texts are looked at for different people and different words."""


def quotes(corpus: Corpus, vectors: Vectors, rows: Labels, count: int = QUOTES, says: Sequence[str] = ()) -> tuple[Quote, ...]:
    """Up to ``count`` quotes from different people.

    :param vectors: of the different texts, length 1. :param rows: rows of the theme, ascending; each has a text.
    :param says: what the theme is called by, any of it: texts that hold it come first.
    """
    if not len(rows):
        return ()
    places, first = np.unique(corpus.which[rows], return_index=True)
    middle = vectors[corpus.which[rows]].mean(axis=0)
    lengths = np.asarray([len(corpus.texts[place]) for place in places])
    readable = np.where((lengths >= SHORTEST) & (lengths <= LONG), 1.0, 0.8)
    typical = (vectors[places] @ middle) * readable
    wanted = [roots_of(one) for one in says]
    other = np.asarray([bool(wanted) and not any(one <= roots_of(corpus.keys[place]) for one in wanted) for place in places.tolist()])
    chosen: list[int] = []
    people: list[Any] = []
    taken: list[Quote] = []
    for spot in np.lexsort((first, -typical, other))[:LOOKED_AT]:
        place = int(places[spot])
        if len(taken) == count:
            break
        if chosen and float((vectors[chosen] @ vectors[place]).max()) > TOO_ALIKE:
            continue
        row = _row_of_another(corpus, rows, place, people)
        if row is None:
            continue
        chosen.append(place)
        person = None if corpus.people is None else corpus.people[row]
        people.append(person)
        taken.append(Quote(row, shortened(corpus.texts[place]), corpus.languages[place], person))
    return tuple(taken)


def _row_of_another(corpus: Corpus, rows: Labels, place: int, people: Sequence[Any]) -> int | None:
    """The first row of a text whose writer was not quoted yet. Writers nobody told of may be one person, so they count as such once."""
    mine = rows[corpus.which[rows] == place]
    if corpus.people is None:
        return int(mine[0])
    return next((int(row) for row in mine if corpus.people[row] not in people), None)


def shortened(text: str) -> str:
    """At most 240 characters, cut at the end of a word."""
    if len(text) <= LONGEST_QUOTE:
        return text
    return (text[: LONGEST_QUOTE - 1].rpartition(" ")[0] or text[: LONGEST_QUOTE - 1]) + "…"

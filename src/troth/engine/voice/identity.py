"""The same theme in the next run: what is remembered of each, and who is who again.

A theme is remembered as the mean of its texts' vectors less the mean of all: what sets it apart. Sentence vectors keep their meaning
from run to run. Vectors of ``characters`` do not, their axes are learnt anew; there a theme is remembered by its words, hashed to fixed
places. Themes of two runs are paired so that the pairs are as alike as they can be together (Kuhn 1955), and only where the cosine
reaches :data:`ALIKE`. Who has no pair is new. Who is not paired is gone, and is kept for when it comes back: for :data:`KEPT_DAYS` after
the as-of at which it was last seen, so that what comes once a year is known again, and of more than :data:`MOST_KEPT` those seen last.

A theme that an alert formed is remembered by its spellings as well (``spelled.py``): texts that hold one are of it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from troth.engine.voice.texts import Labels
from troth.engine.voice.vectors import SENTENCES, Embedded, unit
from troth.terms.errors import RequestError

KEPT_DAYS = 400
"""Days after it was last seen that a theme is forgotten: a year and a month."""
MOST_KEPT = 1_000
"""Themes that are remembered at most."""
ALIKE = 0.6
"""Cosine from which two themes are one."""
PLACES = 1_024
DIGITS = 4

Anchors = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Remembered:
    """One theme of an earlier run.

    :param anchor: what sets it apart, length 1; empty where its spellings alone make it. :param seen: last day of the run that saw it
        last; ``None`` where none had a day. :param spellings: what an alert formed it of.
    """

    key: str
    name: str
    anchor: tuple[float, ...]
    seen: date | None = None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """Themes of earlier runs. :param model: what made the vectors; another one cannot be compared."""

    model: str
    themes: tuple[Remembered, ...] = ()

    def record(self) -> dict[str, Any]:
        """As JSON holds it; ``memory_from`` reads it again."""
        return {"model": self.model, "themes": [_record(one) for one in self.themes]}


def _record(one: Remembered) -> dict[str, Any]:
    seen = {} if one.seen is None else {"seen": one.seen.isoformat()}
    spellings = {"spellings": list(one.spellings)} if one.spellings else {}
    return {"key": one.key, "name": one.name, "anchor": list(one.anchor), **seen, **spellings}


def memory_from(record: Mapping[str, Any]) -> Memory:
    """The memory again.

    :raises RequestError: this is none.
    """
    try:
        return Memory(
            str(record["model"]),
            tuple(
                Remembered(
                    str(one["key"]),
                    str(one["name"]),
                    tuple(map(float, one["anchor"])),
                    date.fromisoformat(one["seen"]) if "seen" in one else None,
                    tuple(map(str, one.get("spellings", ()))),
                )
                for one in record["themes"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RequestError("this is no memory of themes.", place="memory", mend="give what Themes.memory.record() gave.") from error


def anchors(found: Embedded, terms: Sequence[set[str]], labels: Labels, counts: Labels) -> Anchors:
    """What sets each theme apart, length 1, shape (themes, d).

    :param terms: words of each different text. :param labels: its theme 0, 1, ...; -1 for none. :param counts: how often it was written.
    """
    themes = int(labels.max(initial=-1)) + 1
    vectors = found.vectors if found.embedder == SENTENCES else _hashed(terms)
    inside = labels >= 0
    weight = np.maximum(counts, 1).astype(np.float64)
    sums = np.zeros((themes, vectors.shape[1]))
    np.add.at(sums, labels[inside], vectors[inside] * weight[inside, None])
    sizes = np.bincount(labels[inside], weights=weight[inside], minlength=themes)
    if not themes:
        return sums
    means = sums / np.maximum(sizes, 1)[:, None]
    return np.asarray(np.round(unit(means - means.mean(axis=0)), DIGITS), dtype=np.float64)


def matched(now: Anchors, model: str, before: Memory | None) -> dict[int, Remembered]:
    """Which theme of now is which of before: theme to what is remembered of it."""
    from scipy.optimize import linear_sum_assignment

    known = [] if before is None or before.model != model else [one for one in before.themes if one.anchor]
    if not known or not len(now):
        return {}
    then = np.asarray([one.anchor for one in known])
    if then.shape[1:] != now.shape[1:]:
        return {}
    alike = now @ then.T
    rows, columns = linear_sum_assignment(np.where(alike >= ALIKE, -alike, 0))
    return {int(row): known[column] for row, column in zip(rows, columns, strict=True) if alike[row, column] >= ALIKE}


def remembered(model: str, known: Sequence[Remembered], before: Memory | None, day: date | None = None) -> Memory:
    """The memory for the next run: themes of now, then those of before that were not seen, the last seen first.

    :param day: the last day of this run; ``None`` where it has none, and then no day makes a theme forgotten.
    """
    keys = {one.key for one in known}
    earlier = {} if before is None else {one.key: one.seen for one in before.themes}
    now = [replace(one, seen=max(filter(None, (day, earlier.get(one.key))), default=None)) for one in known]
    gone = () if before is None or before.model != model else tuple(one for one in before.themes if one.key not in keys)
    kept = [replace(one, seen=one.seen or day) for one in gone if day is None or one.seen is None or (day - one.seen).days <= KEPT_DAYS]
    kept.sort(key=lambda one: one.seen or date.min, reverse=True)
    return Memory(model, (*now, *kept)[: max(MOST_KEPT, len(now))])


def new_key(text: str, taken: set[str]) -> str:
    """A key for a new theme, from its most typical text."""
    key = "t" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
    while key in taken:
        key = "t" + hashlib.sha256(key.encode("utf-8")).hexdigest()[:8]
    return key


def _hashed(terms: Sequence[set[str]]) -> npt.NDArray[np.float64]:
    """Words at fixed places with fixed signs, length 1, shape (m, 1024)."""
    vectors = np.zeros((len(terms), PLACES))
    spots: dict[str, tuple[int, float]] = {}
    for row, mine in enumerate(terms):
        for term in mine:
            if term not in spots:
                digest = hashlib.blake2b(term.encode("utf-8"), digest_size=8).digest()
                spots[term] = (int.from_bytes(digest[:4], "big") % PLACES, 1.0 if digest[4] % 2 else -1.0)
            place, sign = spots[term]
            vectors[row, place] += sign
    return np.asarray(unit(vectors), dtype=np.float64)

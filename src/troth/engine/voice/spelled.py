"""Texts as spellings: words, words side by side and words near one another, as numbers.

A word is a run of letters in small letters without accents, by its root: “Locker”, “lockers”; “código”, “codigos”. So a word that two
languages share is one, whoever writes it. A spelling is one of three:

    locker          a word that carries meaning
    code do         two words side by side, one of which carries meaning
    code + refus    two words that carry meaning, at most five such words apart

Addresses and links are left out, and numbers are no words. All of it is done on columns, so many thousand texts take a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.voice.masking import MASK
from troth.engine.voice.naming import root
from troth.engine.voice.texts import LONGEST, Labels
from troth.engine.voice.wording import STOP_WORDS

NEAR = 5
"""Words that carry meaning between the two of a pair, at most, the second one counted."""
TOGETHER = " + "
ALONE, BESIDE, NEARBY = range(3)

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Spelled:
    """Words of texts, in their order.

    :param texts: how many texts. :param text: the text each word stands in, ascending. :param word: its root, a place in ``roots``.
    :param carries: does it carry meaning? :param roots: the different roots.
    """

    texts: int
    text: Labels
    word: Labels
    carries: Flags
    roots: tuple[str, ...]

    @cached_property
    def spellings(self) -> tuple[Labels, Labels]:
        """Every spelling of every text, once for each time it stands there: text and code."""
        wide = len(self.roots) + 1
        alone = self.carries
        sides = (self.text[:-1] == self.text[1:]) & (self.carries[:-1] | self.carries[1:])
        rows = [self.text[alone], self.text[:-1][sides]]
        codes = [self.word[alone], (BESIDE * wide + self.word[:-1][sides]) * wide + self.word[1:][sides]]
        text, word = self.text[self.carries], self.word[self.carries]
        for apart in range(1, NEAR + 1):
            both = (text[:-apart] == text[apart:]) & (word[:-apart] != word[apart:])
            one, other = word[:-apart][both], word[apart:][both]
            rows.append(text[:-apart][both])
            codes.append((NEARBY * wide + np.minimum(one, other)) * wide + np.maximum(one, other))
        return np.concatenate(rows), np.concatenate(codes)

    def named(self, code: int) -> str:
        """A spelling as it is written down."""
        wide = len(self.roots) + 1
        kind, rest = divmod(code, wide * wide)
        if kind == ALONE:
            return self.roots[rest]
        return (" " if kind == BESIDE else TOGETHER).join(
            sorted(self.roots[part] for part in divmod(rest, wide)) if kind == NEARBY else [self.roots[part] for part in divmod(rest, wide)]
        )

    def code(self, spelling: str) -> int | None:
        """The code of a spelling that was written down; ``None`` where one of its words stands in no text."""
        wide = len(self.roots) + 1
        kind = NEARBY if TOGETHER in spelling else BESIDE if " " in spelling else ALONE
        parts = [self._places.get(part) for part in spelling.replace(TOGETHER, " ").split()]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or len(known) != (1 if kind == ALONE else 2):
            return None
        if kind == ALONE:
            return known[0]
        one, other = known if kind == BESIDE else sorted(known)
        return (kind * wide + one) * wide + other

    def holding(self, spellings: Iterable[str]) -> Flags:
        """Which texts hold one of the spellings? Shape (texts,)."""
        wanted = [code for code in map(self.code, spellings) if code is not None]
        found = np.zeros(self.texts, dtype=np.bool_)
        if wanted:
            rows, codes = self.spellings
            found[rows[np.isin(codes, wanted)]] = True
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.roots)}


def spelled(texts: Any) -> Spelled:
    """The words of a column of texts (a list or Arrow column; missing ones have none)."""
    column = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(list(texts), pa.string())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    bare = pc.utf8_slice_codeunits(column.cast(pa.string()), 0, LONGEST)
    bare = pc.replace_substring_regex(bare, pattern=rf"\S*@\S+|(?:https?://|www\.)\S+|{MASK.pattern}", replacement=" ")
    plain = pc.utf8_normalize(bare, form="NFKD")
    plain = pc.replace_substring_regex(pc.utf8_lower(plain), pattern=r"\p{M}+", replacement="")
    plain = pc.replace_substring_regex(pc.replace_substring(plain, pattern="’", replacement="'"), pattern=r"[^\p{L}']+", replacement=" ")
    split = pc.utf8_split_whitespace(plain)
    words = pc.utf8_trim(pc.list_flatten(split), characters="'")
    text = pc.list_parent_indices(split).to_numpy(zero_copy_only=False).astype(np.int64)
    known = words.dictionary_encode()
    spoken = known.dictionary.to_pylist()
    places = known.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    roots = sorted({root(word) for word in spoken if word})
    number = {one: place for place, one in enumerate(roots)}
    of_word = np.asarray([number[root(word)] if word else -1 for word in spoken], dtype=np.int64)
    carrying = np.asarray([len(word) > 1 and word not in STOP_WORDS for word in spoken], dtype=np.bool_)
    there = of_word[places] >= 0 if len(places) else np.zeros(0, dtype=np.bool_)
    places = places[there]
    return Spelled(len(column), text[there], of_word[places], carrying[places], tuple(roots))

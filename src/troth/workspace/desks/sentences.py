"""Sentences whose point stands out: ``spoken("Of *41,716* promises, we kept *31,358*.")``."""

from __future__ import annotations

from troth.workspace.desks.contexts import Run, Sentence

MARK = "*"


def spoken(text: str) -> Sentence:
    """A sentence from text in which ``*stars*`` carry the point. Names of others go through :func:`bare` first."""
    return tuple(Run(words, strong=bool(place % 2)) for place, words in enumerate(text.split(MARK)) if words)


def bare(words: str) -> str:
    """A name that comes from data, without what would be read as emphasis."""
    return words.replace(MARK, "×")


def plain(sentence: Sentence) -> str:
    """The sentence without its emphasis."""
    return "".join(run.words for run in sentence)

"""The questions a company may ask of an unwanted event, kept as data (domain.md e6, S4.21, S4.22, S4.27)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from troth.terms.errors import RequestError, did_you_mean


@dataclass(frozen=True, slots=True)
class Question:
    """A stage and an unwanted event, and what each side may have had to do with it.

    :param name: how it is asked for.
    :param stage: stage of the lifecycle it happens in.
    :param event: the unwanted event, in words.
    :param browsing: most visitors show the event anyway, so that it has to be known who meant to buy.
    :param exposures: side to exposure to its meaning.
    """

    name: str
    stage: str
    event: str
    browsing: bool = False
    exposures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def questions() -> tuple[Question, ...]:
    """The questions Troth knows. Any other is a :class:`Question` of your own, and needs no further code."""
    text = files("troth.terms").joinpath("questions.toml").read_text(encoding="utf-8")
    return tuple(Question(**one) for one in tomllib.loads(text)["questions"])


def question_named(asked: Question | str | None) -> Question | None:
    """The question somebody asks by name, or brings along.

    :raises RequestError: there is none of that name.
    """
    if asked is None or isinstance(asked, Question):
        return asked
    known = {one.name: one for one in questions()}
    if asked not in known:
        raise RequestError(f"There is no question “{asked}”.", place="question", mend=did_you_mean(str(asked), known))
    return known[asked]

"""What a reader asks of a study, read from an address and written back into one: which slice, which period, by which dimensions."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from troth.engine.promises.slices import PERIODS, meant
from troth.terms.errors import RequestError
from troth.terms.instants import within_reach

ONLY = "only."
"""``only.kept_by=Fulfilment`` keeps the promises Fulfilment has to keep; ``unknown=kept_by`` those that name nobody."""

AS_OF = "as-of"
"""Each promise judged by the record as it was known when it was made: how the break account is read where nothing else is asked."""

MOST_DIMENSIONS = 2
_MONTH = re.compile(r"(\d{4})-(\d{2})$")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as hashable as its answers are memorable.

    :param by: dimensions that name the slices.
    :param where: (dimension, value) pairs the promises must have; ``None`` is “unknown”.
    :param since: first local day on which the promises fall due; ``until`` the last. ``None`` is open.
    """

    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str | None], ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def narrowed(self) -> dict[str, Any]:
        """``where`` as the study takes it: a derived period is a date."""
        return {name: date.fromisoformat(value) if value is not None and name in PERIODS else value for name, value in self.where}

    def only(self, where: Mapping[str, Any]) -> Question:
        """The same question asked of one slice alone."""
        said = {name: None if value is None else str(value) for name, value in where.items()}
        return replace(self, by=(), where=tuple({**dict(self.where), **said}.items()))

    def without(self, name: str) -> Question:
        """The same question with one condition less."""
        return replace(self, where=tuple(pair for pair in self.where if pair[0] != name))

    def asked_by(self, by: Sequence[str]) -> Question:
        """The same question by other dimensions."""
        return replace(self, by=tuple(by))

    def pairs(self) -> list[tuple[str, str]]:
        """The question as name and value pairs of an address."""
        found = [("by", name) for name in self.by]
        found += [("unknown", name) if value is None else (f"{ONLY}{name}", value) for name, value in self.where]
        found += [(name, day.isoformat()) for name, day in (("since", self.since), ("until", self.until)) if day is not None]
        return found


def address(path: str, question: Question | None = None, **further: object) -> str:
    """An address that asks ``question`` of ``path``; ``None`` and empty values are left out."""
    pairs = question.pairs() if question else []
    pairs += [(name, str(value)) for name, value in further.items() if value not in {None, ""}]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def asked(parameters: QueryDict, dimensions: Iterable[str]) -> Question:
    """The question an address asks.

    :param dimensions: what the study can be sliced by.
    :raises RequestError: an unknown dimension, too many of them, or a period that is none; with the nearest known word.
    """
    known = tuple(dimensions)
    by = tuple(dict.fromkeys(_dimension(name, known, "by") for name in parameters.getlist("by") if name))
    if len(by) > MOST_DIMENSIONS:
        raise RequestError(
            "that is too many dimensions at once.", place="by", mend=f"name at most {MOST_DIMENSIONS}, and narrow by the others."
        )
    where: dict[str, str | None] = {}
    for key in parameters:
        value = parameters.get(key)
        if key.startswith(ONLY) and value:
            name = _dimension(key.removeprefix(ONLY), known, key)
            where[name] = _checked_value(name, value, key)
    for name in parameters.getlist("unknown"):
        if name:
            where[_dimension(name, known, "unknown")] = None
    since, until = _edge(parameters.get("since"), "since", last=False), _edge(parameters.get("until"), "until", last=True)
    if since and until and since > until:
        raise RequestError("the period ends before it begins.", place="since, until", mend="swap the two dates.")
    return Question(by, tuple(where.items()), since, until)


def whole_number(text: str | None, name: str, *, otherwise: int) -> int:
    """A counting parameter such as ``page``.

    :raises RequestError: it is no whole number from 1 on.
    """
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:12]) < 10**9:
        raise RequestError(f"“{text[:40]}” is no number that “{name}” can be.", place=name, mend="give a whole number from 1 on.")
    return int(text)


def _dimension(name: str, known: Sequence[str], place: str) -> str:
    if name not in known:
        raise RequestError(f"the ledger cannot be sliced by “{name[:60]}”.", place=place, mend=meant(name, known))
    return name


def _checked_value(name: str, value: str, place: str) -> str:
    if "\x00" in value:
        raise RequestError("a value cannot hold a null character.", place=place[:60], mend="leave it out.")
    if name in PERIODS:
        try:
            found = date.fromisoformat(value)
        except ValueError as error:
            raise RequestError(
                f"“{value[:40]}” is no {name.removeprefix('made_')}.", place=place, mend="give its first day, as in 2013-09-01."
            ) from error
        within_reach(found, place=place)
    return value


def _edge(text: str | None, name: str, *, last: bool) -> date | None:
    """A month or a day as the first or the last day it covers."""
    if not text:
        return None
    try:
        if month := _MONTH.match(text):
            year, number = int(month[1]), int(month[2])
            found = date(year, number, calendar.monthrange(year, number)[1] if last else 1)
        else:
            found = date.fromisoformat(text)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise RequestError(
            f"“{text[:40]}” is no month and no day.", place=name, mend="write 2013-09 for a month or 2013-09-30 for a day."
        ) from error
    within_reach(found, place=name)
    return found

"""What was planted in a made world: the answers a study has to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from troth.terms.charter import Charter
from troth.terms.vocabulary import Part, PromiseSpec


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause planted in a world, and the broken promises it adds.

    :param part: the part of the break account it has to land in (domain.md d5).
    :param where: the slice that holds its rows: for each context or dimension column named, the values that belong.
    :param rows: promises it touches.
    :param breaks: expected broken promises with the cause minus without it, summed over its rows, by the true distributions.
    :param in_part: expected broken promises that an account with the true distributions books in ``part`` for its rows. Less than
        ``breaks`` where the charter's standard lies between promise and capability, because the median rule (d2) then books some of them to
        the standard; this, not ``breaks``, is what a study's account must come to.
    :param made: where the slice needs it, the span in which its promises were made: from (included) and to (not included), UTC.
    """

    name: str
    part: Part
    where: Mapping[str, tuple[str, ...]]
    rows: int
    breaks: float
    in_part: float
    made: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """The planted truth of a world.

    :param keep_target: tau, as the charter has it.
    :param causes: what was planted, and how many breaks it adds.
    :param rows: where the world fits in memory, one row per promise with its expected breaks by the *true* distributions, so that the
        truth of any slice is a sum: ``row`` (the promise's key), ``cause`` (its name, or NULL), ``added`` (breaks the cause adds), the four
        parts under their own names (:class:`~troth.terms.vocabulary.Part`) and ``broken``, their sum.
    :param keep_rate: expected share of promises kept, where the world is about one.
    :param skill: expected promise skill (domain.md c6), where the world is about one.
    """

    keep_target: float
    causes: tuple[Cause, ...] = ()
    rows: pa.Table | None = None
    keep_rate: float | None = None
    skill: float | None = None

    def cause(self, name: str) -> Cause:
        """The cause of this name.

        :raises KeyError: nothing of that name was planted.
        """
        for cause in self.causes:
            if cause.name == name:
                return cause
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class World:
    """A made world small enough for memory: what intake would hand to the engine, and the truth behind it.

    :param promises: the PROMISES contract (terms/tables.py), only the columns the world fills, then its context and dimension columns.
    :param as_of: an instant (naive UTC) by which every promise has fallen due and been received.
    """

    promises: pa.Table
    specs: tuple[PromiseSpec, ...]
    charter: Charter
    truth: Truth
    as_of: datetime

"""What :func:`troth.locate` answers: disjoint causes, most first, or that there is none, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from troth.engine.findings import NO_DATA, Figure, Findings, flatten
from troth.engine.printing import as_html, as_text, slice_text


class Answer(StrEnum):
    """What can be said of a cube."""

    LOCALISED = "localised"
    NO_LOCALISED_CAUSE = "no localised cause"
    CANNOT_TELL = "cannot tell"


class Side(StrEnum):
    """Which way a slice strays from what is normal."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Cause:
    """A slice with more, or less, than is normal for it: where the excess lies, not why.

    Causes are disjoint: what two rules hold counts for the first of them, so excesses add up.

    :param where: its rule: dimension to value; ``None`` is “unknown”. :param side: more or less than normal.
    :param observed: what it had. :param expected: what is normal for it: what was expected, times the ratio of everything else.
    :param excess: observed less expected, with its 95% interval; its n counts trials (where there are none, leaves).
    :param ratio: observed over expected; ``None`` where nothing was expected.
    :param share: of all excess and shortfall, that of the other causes and the unexplained included, how much lies here; 0 to 1.
    :param p: chance that a cube without a cause holds a slice that stands out as much, all slices looked at counted in.
    :param leaves: combinations of values it holds.
    """

    where: Mapping[str, Any]
    side: str
    observed: float
    expected: float
    excess: Figure
    ratio: float | None
    share: float
    p: float
    leaves: int

    @property
    def rule(self) -> str:
        """The rule in words: ``region = north & channel = web``."""
        return " & ".join(f"{name} = {slice_text(name, value)}" for name, value in self.where.items())

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Limits of the excess."""
        return self.excess.low, self.excess.high

    @property
    def n(self) -> int:
        """Trials it rests on (leaves, where there are none)."""
        return self.excess.n


@dataclass(frozen=True, repr=False)
class Causes(Findings[Cause]):
    """Causes, most first, a sharp one before a larger one it shares rows with.

    ``observed - expected`` of the whole is the sum of their excesses and ``unexplained``.

    :param answer: see :class:`Answer`. :param reason: why it cannot be told; empty else.
    :param p: of the slice that stood out most: chance of one like it in a cube without a cause. Its upper bound where that is all it takes.
    :param overall: observed over expected where no cause lies, with its interval: what moved everywhere alike.
    :param total: observed less expected, all leaves. :param unexplained: what of it no cause holds, what moved everywhere alike included.
    :param dispersion: how many times its sampling variance a leaf varies. :param stray: what a leaf's expectation is off by, relative.
    :param leaves: combinations of values that occur. :param looked: slices that were looked at.
    """

    answer: str = Answer.CANNOT_TELL
    reason: str = ""
    p: float | None = None
    overall: Figure = NO_DATA
    total: float = 0.0
    unexplained: float = 0.0
    dispersion: float | None = None
    stray: float | None = None
    leaves: int = 0
    looked: int = 0

    def __repr__(self) -> str:
        """A table for people: each rule in one cell, since causes name different dimensions."""
        return as_text(self._ruled(), self.notes)

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return as_html(self._ruled(), self.notes)

    def _ruled(self) -> list[Cause]:
        return [replace(cause, where={"where": cause.rule}) for cause in self.rows]

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per cause: every dimension, ``None`` where it does not name it, and ``rule``, which tells that from unknown."""
        flat = [flatten(row) for row in self.rows]
        return [{**dict.fromkeys(self.by), "rule": cause.rule, **one} for cause, one in zip(self.rows, flat, strict=True)]

    @property
    def rules(self) -> tuple[Mapping[str, Any], ...]:
        """Where the causes lie, in the order in which a row falls to the first that holds it."""
        return tuple(cause.where for cause in self.rows)

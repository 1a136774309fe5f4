"""What :func:`troth.split_change` returns: a change, the part of it that goes along with each mechanism, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from troth.engine.findings import NO_DATA, Figure, Findings, Tabled, flatten

CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class SplitPart:
    """The part of a change that goes along with one mechanism.

    :param where: the group, where it is a part of one.
    :param mechanism: a context column, ``promise``, a stage; ``together`` is what they do not do one by one, ``chance`` what is left.
    :param kind: ``mix``, ``promise``, ``stage``, ``rate``, ``together`` or ``chance``. :param area: its owner, where one is named.
    :param change: what is told of it, in the unit of the KPI (a share for a rate): as measured, and 0 where its interval holds 0.
        The parts add up to the whole change.
    :param measured: the part as measured, chance included. These add up as well.
    :param reason: why it is 0, or has no interval; empty where nothing stands in the way.
    """

    where: Mapping[str, Any]
    mechanism: str
    kind: str
    area: str | None
    change: Figure
    measured: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SplitArea:
    """The parts of one area, summed; ``None`` holds those that nobody is named for.

    :param change: the sum of what is told of its parts; the interval is that of the sum as measured. :param measured: that sum.
    :param mechanisms: which these are.
    """

    area: str | None
    change: Figure
    measured: float
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Split(Tabled):
    """A change between two sides, exactly split over the mechanisms of a KPI.

    :param kpi: ``rate`` or ``mean``. :param before: the KPI before, with its n. :param after: the KPI after. :param change: after - before.
    :param parts: one a mechanism, in the order in which they act. Their ``change`` adds up to the whole one, and so does ``measured``.
    :param areas: the same by area, where areas are named.
    :param groups: parts of each group, largest first, where the KPI has no identity.
    :param rows: rows of the table. :param set_aside: reason to number of rows of either side that do not count.
    :param answer: the finding in words. :param reason: why nothing can be told; empty where something can.
    :param notes: sentences a reader must see beside the table.
    """

    kpi: str
    before: Figure = NO_DATA
    after: Figure = NO_DATA
    change: Figure = NO_DATA
    parts: tuple[SplitPart, ...] = ()
    areas: tuple[SplitArea, ...] = ()
    groups: tuple[SplitPart, ...] = ()
    rows: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    answer: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()

    def part(self, mechanism: str) -> SplitPart:
        """The part of one mechanism.

        :raises KeyError: there is none of that name.
        """
        return {one.mechanism: one for one in self.parts}[mechanism]

    @property
    def by_area(self) -> dict[str | None, float]:
        """Area to what is told of its parts; ``None`` for those that nobody is named for."""
        return {one.area: one.change.value or 0.0 for one in self.areas}

    @property
    def table(self) -> Findings[SplitPart]:
        """The parts, a line each, with what must be read beside them."""
        return Findings(self.parts, (), (self.answer, *self.notes))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, as for JSON."""
        return {
            "kpi": self.kpi,
            **{name: _figure(getattr(self, name)) for name in ("before", "after", "change")},
            "parts": [flatten(one) for one in self.parts],
            "areas": [{**flatten(one), "mechanisms": list(one.mechanisms)} for one in self.areas],
            "groups": [flatten(one) for one in self.groups],
            "rows": self.rows,
            "set_aside": dict(self.set_aside),
            "answer": self.answer,
            "reason": self.reason,
            "notes": list(self.notes),
        }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n, "method": figure.method}

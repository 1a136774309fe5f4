"""Who may decide what: roles with their grants, what was asked of areas, what a fix costs there (domain.md b 4, e7).

Authority comes from grants alone. Where a role sits and whom it reports to is kept for people to read, and no number looks at it (S1.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from troth.terms.errors import RequestError, did_you_mean

DISCIPLINES = (
    "issue removal",
    "measurement & segmentation",
    "life-cycle & process",
    "promise & claims design",
    "closed-loop care",
    "cross-company change",
    "finance of experience",
    "IT change",
)
"""Kinds of decision an experience takes (domain.md h4)."""

UNKNOWN_AREA = "unknown"
"""The share of an issue no area is named for; nobody can be given authority over it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One mandate: what a role may decide in some areas, with which money and hours, and from when until when.

    :param decide: whether it may decide there; without it money and hours give no authority.
    :param spend_limit: most it may spend on one fix there without another's approval, in the project's currency; ``None``: no limit.
    :param capacity: hours it can commit to one fix there; ``None``: as many as it takes.
    :param since: first day it holds; ``None``: always held. :param until: last day; ``None``: until withdrawn.
    """

    areas: tuple[str, ...]
    decide: bool = False
    spend_limit: float | None = None
    capacity: float | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, on: date | None) -> bool:
        """Whether it is in force on a day. Where no day is asked, only one without dates can be told to be.

        :raises RequestError: it has dates and no day is given.
        """
        if on is None:
            if self.since is not None or self.until is not None:
                raise RequestError("Grants have dates, so which are in force depends on the day.", place="as_of", mend="give as_of=.")
            return True
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision a role made by its own grants.

    :param discipline: one of :data:`DISCIPLINES`. :param held: whether it still held when looked at; ``None``: not looked yet.
    """

    discipline: str
    on: date
    held: bool | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A post and its purview grants.

    :param title: free text, and what tells it from another. :param holder: who holds it.
    :param aspect: brand, service or operating, where it belongs to one; typical structures are put together by it.
    :param leads: it leads customer experience today: the roles that do are the actual structure.
    :param sits_in: area it sits in, and :param reports_to: title it reports to: for people to read, never part of a number.
    """

    title: str
    grants: tuple[Grant, ...] = ()
    holder: str | None = None
    aspect: str | None = None
    leads: bool = False
    sits_in: str | None = None
    reports_to: str | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """What the best fix in an area takes.

    :param cost: one-off, in the project's currency; ``None``: not on record, so that spend limits are not held against it.
    :param hours: of the area; ``None`` likewise.
    """

    area: str
    cost: float | None = None
    hours: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked of an area, and what became of it.

    :param accepted: ``None``: not answered yet. :param due: day it was to be delivered by. :param delivered: day it was.
    :param asked: day it was asked. :param by: title of the role that asked; ``None`` where nobody wrote it down.
    :param withdrawn: whoever asked took it back.
    """

    area: str
    accepted: bool | None
    due: date | None = None
    delivered: date | None = None
    asked: date | None = None
    by: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Purview:
    """All that is known of who may decide what.

    :param structures: name to the titles of its roles; typical ones are put together where none is given.
    """

    roles: tuple[Role, ...] = ()
    fixes: tuple[Fix, ...] = ()
    asks: tuple[Ask, ...] = ()
    structures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def actual(self) -> tuple[str, ...]:
        """Titles of the roles that lead customer experience today."""
        return tuple(role.title for role in self.roles if role.leads)

    def known(self, titles: Iterable[str], place: str) -> tuple[str, ...]:
        """The titles, each that of a role.

        :raises RequestError: one is none.
        """
        there: Sequence[str] = [role.title for role in self.roles]
        for title in (named := tuple(titles)):
            if title not in there:
                raise RequestError(f"There is no role “{title}”.", place=place, mend=did_you_mean(title, there))
        return named


NOBODY = Purview()
"""No role is on record."""

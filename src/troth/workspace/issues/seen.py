"""What each of the two officers has not opened since it appeared or changed (domain.md S4.16, S4.20)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q

from troth.workspace.issues.models import Opened
from troth.workspace.people.models import Person, Seat, Tenure
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.timeline.newest import Newest

ISSUE, STUDY, MY_DESK = "issue", "study", "my desk"
"""What can be opened."""

ISSUES, DISAGREEMENTS, STUDIES = "issues", "disagreements", "studies"
"""What can be unseen."""


@dataclass(frozen=True, slots=True)
class Office:
    """An officer's post, whoever holds it.

    :param title: title of the role, or what the seat is called where nobody holds it.
    :param holders: keys of the people who hold it now.
    """

    seat: Seat
    title: str
    holders: frozenset[int]


@dataclass(frozen=True, slots=True)
class Showing:
    """Something both officers should have opened.

    :param of: issues, disagreements or studies.
    :param kind: what is opened to see it: an issue or a study; ``key`` which.
    :param changed_at: when it last changed; ``None`` where it only appeared, so that having opened it once is enough.
    :param money: money at risk in it; ``None`` where unknown, or where it is no issue.
    """

    of: str
    kind: str
    key: str
    words: str
    address: str
    changed_at: datetime | None = None
    money: Decimal | None = None


def offices(at: datetime) -> tuple[Office, ...]:
    """Both officers' posts, brand first."""
    held = list(Tenure.in_force(at).filter(role__seat__in=OFFICERS, person__is_active=True).select_related("role"))
    return tuple(_office(seat, [one for one in held if one.role.seat == seat]) for seat in (Seat.BRAND_OFFICER, Seat.SERVICE_OFFICER))


def unseen(shown: Iterable[Showing], opened: dict[tuple[str, str], datetime]) -> tuple[Showing, ...]:
    """Those that were not opened since they appeared or changed.

    :param opened: (kind, key) to when it was last opened.
    """

    def seen(one: Showing) -> bool:
        at = opened.get((one.kind, one.key))
        return at is not None and (one.changed_at is None or at >= one.changed_at)

    return tuple(one for one in shown if not seen(one))


def opened_by(office: Office) -> dict[tuple[str, str], datetime]:
    """(kind, key) to when somebody who holds the post now last opened it. A later study says all an earlier one did, and more."""
    found: dict[tuple[str, str], datetime] = {}
    for row in Opened.objects.filter(person__in=office.holders, kind__in=(ISSUE, STUDY)).order_by("at"):
        found[row.kind, row.key] = row.at
    return found


def openings(newest: Newest) -> tuple[int, int]:
    """How many things were opened at all, and how many since the newest act: while both are the same, nothing became seen.

    Something unseen becomes seen by being opened for the first time, or again since an act changed it.
    """
    since = Q() if newest.at is None else Q(at__gte=newest.at)
    counted = Opened.objects.filter(kind__in=(ISSUE, STUDY)).aggregate(ever=Count("pk"), since=Count("pk", filter=since))
    return counted["ever"], counted["since"]


def is_officer(person: Person, at: datetime) -> bool:
    """Does a person hold the post of an officer?"""
    return Tenure.in_force(at).filter(person=person, role__seat__in=OFFICERS).exists()


def _office(seat: Seat, held: list[Tenure]) -> Office:
    titles = dict.fromkeys(one.role.title for one in held)
    return Office(seat, ", ".join(titles) or seat.label, frozenset(one.person_id for one in held))

"""The one guard: given a person, a page or a thing on it, and the instant, the right to see and to change it.

The doorkeeper asks it for every request, by the route's row in :mod:`permissions`; a view asks further about the thing in hand::

    @guarded
    def issue(request, admitted, key):
        found, may_change = admitted.reach(issue_with(key), areas=areas_of(key))
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from troth.workspace.parts import wording
from troth.workspace.people.errors import NotThereError, NotYoursError
from troth.workspace.people.models import Grant, Person, Scope, Seat, Sight, Tenure
from troth.workspace.people.permissions import TABLE, Extent, Permission
from troth.workspace.people.visits import address_of, token_here
from troth.workspace.timeline.operations import Actor

T = TypeVar("T")
P = ParamSpec("P")

CLOSED = Permission()
"""The row of a route that has none."""


class Right(StrEnum):
    """What is asked for."""

    SEE = "see"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person holds at an instant: roles by title, their seats, and the areas these roles hold grants in or may see."""

    person: Person
    at: datetime
    roles: tuple[str, ...]
    seats: frozenset[Seat]
    areas: frozenset[str]

    def extent(self, page: str, right: Right = Right.SEE) -> Extent:
        """How far the right goes on a page: as far as the seat goes that goes farthest."""
        row = TABLE.get(page, CLOSED)
        if row.public or row.everyone:
            return Extent.ALL
        granted = row.change if right is Right.CHANGE else row.see
        return max((granted.get(seat, Extent.NONE) for seat in self.seats), default=Extent.NONE)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person let in to a page, and how far."""

    standing: Standing
    page: str

    @property
    def areas(self) -> frozenset[str] | None:
        """Areas whose figures the person may see here; ``None`` is every area."""
        return None if self.standing.extent(self.page) is Extent.ALL else self.standing.areas

    @property
    def may_change(self) -> bool:
        """May the person change something here, be it in their areas only?"""
        return self.standing.extent(self.page, Right.CHANGE) is not Extent.NONE

    def reach(self, thing: T, *, areas: Collection[str] = ()) -> tuple[T, bool]:
        """The thing, and whether the person may change it.

        :param areas: areas it belongs to; none where it belongs to the company.
        :raises NotThereError: it belongs to other areas than the person's: told as if there were no such thing.
        """
        if not self._within(Right.SEE, areas):
            raise NotThereError("there is no such thing, or it belongs to another area.", mend="the lists hold what is there for you.")
        return thing, self._within(Right.CHANGE, areas)

    def to_change(self, thing: T, *, areas: Collection[str] = ()) -> T:
        """The thing, which the person may change.

        :raises NotThereError: as :meth:`reach`.
        :raises NotYoursError: it can be seen, and not changed.
        """
        found, may_change = self.reach(thing, areas=areas)
        if not may_change:
            raise _not_yours(self.standing, "this is not yours to change.")
        return found

    def _within(self, right: Right, areas: Collection[str]) -> bool:
        extent = self.standing.extent(self.page, right)
        return extent is Extent.ALL or (extent is Extent.OWN and not self.standing.areas.isdisjoint(areas))


def standing_of(person: Person, at: datetime) -> Standing:
    """What a person holds at an instant."""
    roles = [one.role for one in Tenure.in_force(at).filter(person=person).select_related("role").order_by("role__title")]
    granted = Grant.in_force(at).filter(role__in=roles).values_list("area", flat=True)
    seen = Sight.in_force(at).filter(role__in=roles).values_list("area", flat=True)
    areas = frozenset(granted.union(seen)) if roles else frozenset[str]()
    return Standing(
        person=person,
        at=at,
        roles=tuple(role.title for role in roles),
        seats=frozenset(Seat(role.seat) for role in roles),
        areas=areas,
    )


def admit(person: Person, page: str, *, at: datetime, right: Right = Right.SEE) -> Admitted:
    """Let a person in to a page at an instant, to see it or to change what is on it.

    :param page: name of its route, a key of :data:`permissions.TABLE`.
    :raises NotYoursError: no seat of theirs may; says whom to ask.
    """
    return admit_standing(standing_of(person, at), page, right)


def admit_standing(standing: Standing, page: str, right: Right = Right.SEE) -> Admitted:
    """As :func:`admit`, of what was looked up already."""
    if standing.extent(page, right) is Extent.NONE:
        raise _not_yours(standing, "this page is not yours to see." if right is Right.SEE else "this is not yours to change.")
    return Admitted(standing, page)


def standing(request: HttpRequest) -> Standing:
    """What whoever makes this request holds now, looked up once a request."""
    found = getattr(request, "_standing", None)
    if found is None:
        found = standing_of(cast("Person", request.user), timezone.now())
        request._standing = found  # type: ignore[attr-defined]  # noqa: SLF001 - a request carries what was looked up for it
    return cast("Standing", found)


def here(request: HttpRequest) -> Admitted:
    """Who makes this request, let in to the page it asks for. The doorkeeper has let them in, or there would be no view.

    :raises NotYoursError: no seat of theirs may, or the token they show is not for that.
    """
    match = request.resolver_match
    page = match.view_name if match else ""
    right = Right.SEE if request.method in {"GET", "HEAD", "OPTIONS"} else Right.CHANGE
    token = token_here(request)
    if token is not None:
        _refuse_beyond(frozenset(token.scopes), page, right)
    return admit_standing(standing(request), page, right)


def guarded(
    view: Callable[Concatenate[HttpRequest, Admitted, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Give a view whoever was let in, as its second argument."""

    @wraps(view)
    def asks(request: HttpRequest, /, *args: P.args, **named: P.kwargs) -> HttpResponseBase:
        return view(request, here(request), *args, **named)

    return asks


def actor(request: HttpRequest) -> Actor:
    """Who makes this request, as the timeline names them."""
    holds = standing(request)
    return Actor(holds.person.pk, holds.person.name, ", ".join(holds.roles), address_of(request))


def whom_to_ask(at: datetime) -> tuple[str, ...]:
    """Names of those who give roles here."""
    holders = Tenure.in_force(at).filter(role__seat=Seat.ADMINISTRATOR, person__is_active=True)
    return tuple(holders.order_by("person__name").values_list("person__name", flat=True).distinct())


def _refuse_beyond(scopes: frozenset[str], page: str, right: Right) -> None:
    """Hold a token to what it is for, whatever its holder may."""
    needed = Scope.READ if right is Right.SEE else TABLE.get(page, CLOSED).scope
    if needed is None:
        raise NotYoursError("no token can do this.", mend="sign in, and do it on its page.")
    if needed not in scopes:
        raise NotYoursError(f"this token has no scope “{needed}”.", place="Authorization", mend="make one that has, under “Your account”.")


def _not_yours(standing: Standing, what: str) -> NotYoursError:
    names = whom_to_ask(standing.at)
    whom = wording.listed(names[:3], "or")
    asked = (
        f"ask {whom}, who {'gives' if len(names) == 1 else 'give'} roles here." if names else "ask whoever runs this workspace for a role."
    )
    return NotYoursError(what, mend=asked if standing.seats else f"you hold no role yet: {asked}")

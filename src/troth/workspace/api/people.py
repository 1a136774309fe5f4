"""People, the roles they hold, and what a role may decide."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from troth.terms.vocabulary import Aspect
from troth.workspace.api.documents import Body, Done, Key, Listed, Text
from troth.workspace.people import operations
from troth.workspace.people.areas import checked_area, known_areas
from troth.workspace.people.errors import UnknownPersonError
from troth.workspace.people.guard import actor, standing
from troth.workspace.people.models import Grant, LinkPurpose, Per, Person, Role, Seat, Sight, Tenure

router = Router(tags=["People"])

Row = TypeVar("Row", bound=Model)

Amount = Annotated[Decimal, Field(ge=0, lt=10**8, decimal_places=2)]
Instant = Annotated[datetime, Field(description="With its offset, as in 2026-01-31T00:00:00Z.")]


class PersonOut(Schema):
    """Somebody."""

    id: int
    name: str
    email: str | None
    active: bool = Field(alias="is_active")
    last_login: datetime | None


class Holding(Schema):
    """A person in a role."""

    id: int
    person: str
    valid_from: datetime
    valid_to: datetime | None


class GrantOut(Schema):
    """What a role may do in an area."""

    id: int
    area: str
    decide: bool
    spend_limit: Decimal | None
    currency: str
    capacity_hours: Decimal | None
    capacity_per: str
    valid_from: datetime
    valid_to: datetime | None


class SightOut(Schema):
    """An area a role sees without a say in it."""

    id: int
    area: str
    valid_from: datetime
    valid_to: datetime | None


class RoleOut(Schema):
    """A role, its holders and its grants, now and to come."""

    id: int
    title: str
    seat: Seat
    aspect: str
    reports_to: str | None
    dotted_to: str | None
    holders: list[Holding]
    grants: list[GrantOut]
    sees: list[SightOut]


class Areas(Schema):
    """Areas a grant can name."""

    rows: list[str]


class LinkOut(Schema):
    """A one-time link, told this once."""

    id: int = Field(description="The person's key.")
    link: str


class InvitationIn(Body):
    """Somebody new."""

    name: Text
    email: Text = ""


class LinkIn(Body):
    """What the link is for."""

    purpose: LinkPurpose = LinkPurpose.SIGN_IN


class RoleIn(Body):
    """A post."""

    title: Text
    seat: Seat
    aspect: Aspect | None = None
    reports_to: Key | None = None
    dotted_to: Key | None = None


class MoveIn(Body):
    """Where a role reports to; what is left out is nowhere."""

    reports_to: Key | None = None
    dotted_to: Key | None = None


class HolderIn(Body):
    """Who is to hold a role."""

    person: Key
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class GrantIn(Body):
    """What a role may do in an area."""

    area: Text
    decide: bool
    spend_limit: Amount | None = None
    currency: Text = ""
    capacity_hours: Amount | None = None
    capacity_per: Per | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class SightIn(Body):
    """An area to see."""

    area: Text


@router.get("", response=Listed[PersonOut], url_name="people", summary="Who may come in?")
def people(request: HttpRequest) -> dict[str, Any]:
    """Everybody, by name."""
    return {"rows": list(Person.objects.order_by("name"))}


@router.post("/invitations", response={201: LinkOut}, url_name="invitations", summary="Invite somebody")
def invite(request: HttpRequest, body: InvitationIn) -> Status[LinkOut]:
    """Somebody new, and the link that lets them in: it works once, within seven days."""
    made = operations.invite(name=body.name, email=body.email, actor=actor(request), at=standing(request).at)
    return Status(201, LinkOut(id=made.person.pk, link=_link(made.path)))


@router.get("/areas", response=Areas, url_name="areas", summary="Areas there are")
def areas(request: HttpRequest) -> Areas:
    """Areas a grant can name."""
    return Areas(rows=list(known_areas()))


@router.get("/roles", response=Listed[RoleOut], url_name="roles", summary="Roles and grants")
def roles(request: HttpRequest) -> dict[str, Any]:
    """Every role, by title, with who holds it and what it may decide."""
    at = standing(request).at
    return {"rows": [_role(row, at) for row in Role.objects.select_related("reports_to", "dotted_to").order_by("title")]}


@router.post("/roles", response={201: RoleOut}, url_name="roles", summary="Add a role")
def add_role(request: HttpRequest, body: RoleIn) -> Status[dict[str, Any]]:
    """A post. It decides nothing until it is granted something."""
    at = standing(request).at
    made = operations.add_role(
        title=body.title,
        seat=body.seat,
        aspect=body.aspect or "",
        reports_to=_row(Role, body.reports_to, "reports_to") if body.reports_to else None,
        dotted_to=_row(Role, body.dotted_to, "dotted_to") if body.dotted_to else None,
        actor=actor(request),
        at=at,
    )
    return Status(201, _role(made, at))


@router.post("/roles/{key}/move", response=RoleOut, url_name="role-move", summary="Let a role report elsewhere")
def move(request: HttpRequest, key: Key, body: MoveIn) -> dict[str, Any]:
    """Its grants stay what they are, so what it can decide does not change."""
    at = standing(request).at
    operations.move_role(
        role=_row(Role, key, "key"),
        reports_to=_row(Role, body.reports_to, "reports_to") if body.reports_to else None,
        dotted_to=_row(Role, body.dotted_to, "dotted_to") if body.dotted_to else None,
        actor=actor(request),
        at=at,
    )
    return _role(_row(Role, key, "key"), at)


@router.post("/roles/{key}/holders", response={201: Holding}, url_name="role-holders", summary="Give a role to somebody")
def seat(request: HttpRequest, key: Key, body: HolderIn) -> Status[dict[str, Any]]:
    """From now on, where no other instant is named."""
    made = operations.seat(
        role=_row(Role, key, "key"),
        person=_row(Person, body.person, "person"),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        actor=actor(request),
        at=standing(request).at,
    )
    return Status(201, _holding(made))


@router.post("/holders/{key}/end", response=Done, url_name="holder-end", summary="Take a role from somebody")
def unseat(request: HttpRequest, key: Key) -> Done:
    """From now on. That they held it stays on record."""
    held = _row(Tenure, key, "key")
    operations.unseat(tenure=held, actor=actor(request), at=standing(request).at)
    return Done(done=f"{held.person.name} no longer holds “{held.role.title}”.")


@router.post("/roles/{key}/grants", response={201: GrantOut}, url_name="role-grants", summary="Say what a role may do in an area")
def grant(request: HttpRequest, key: Key, body: GrantIn) -> Status[Grant]:
    """A grant that holds there ends in its place, so a change is a new grant."""
    made = operations.grant(
        role=_row(Role, key, "key"),
        area=checked_area(body.area),
        decide=body.decide,
        spend_limit=body.spend_limit,
        currency=body.currency,
        capacity_hours=body.capacity_hours,
        capacity_per=body.capacity_per or "",
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        actor=actor(request),
        at=standing(request).at,
    )
    return Status(201, made)


@router.post("/grants/{key}/end", response=Done, url_name="grant-end", summary="End a grant")
def end_grant(request: HttpRequest, key: Key) -> Done:
    """End a grant now. That it held stays on record."""
    held = _row(Grant, key, "key")
    operations.end_grant(grant=held, actor=actor(request), at=standing(request).at)
    return Done(done=f"The grant in {held.area} has ended.")


@router.post("/roles/{key}/sights", response={201: SightOut}, url_name="role-sights", summary="Let a role see an area")
def let_see(request: HttpRequest, key: Key, body: SightIn) -> Status[Sight]:
    """Let a role's holders see an area in which it has no say."""
    role, area = _row(Role, key, "key"), checked_area(body.area)
    return Status(201, operations.let_see(role=role, area=area, actor=actor(request), at=standing(request).at))


@router.post("/sights/{key}/end", response=Done, url_name="sight-end", summary="Let a role see an area no more")
def end_sight(request: HttpRequest, key: Key) -> Done:
    """Let a role's holders see an area no more."""
    sight = _row(Sight, key, "key")
    operations.end_sight(sight=sight, actor=actor(request), at=standing(request).at)
    return Done(done=f"“{sight.role.title}” sees {sight.area} no more.")


@router.post("/{key}/link", response={201: LinkOut}, url_name="person-link", summary="A one-time link for somebody")
def link(request: HttpRequest, key: Key, body: LinkIn) -> Status[LinkOut]:
    """A fresh link: to sign in, within an hour; or to set a password, within seven days."""
    person = _row(Person, key, "key")
    path = operations.issue_link(person=person, purpose=body.purpose, actor=actor(request), at=standing(request).at)
    return Status(201, LinkOut(id=person.pk, link=_link(path)))


@router.post("/{key}/deactivate", response=PersonOut, url_name="person-deactivate", summary="Let somebody in no more")
def deactivate(request: HttpRequest, key: Key) -> Person:
    """They can sign in no more. What they did stays on record."""
    operations.deactivate(person=_row(Person, key, "key"), actor=actor(request), at=standing(request).at)
    return _row(Person, key, "key")


@router.post("/{key}/reactivate", response=PersonOut, url_name="person-reactivate", summary="Let somebody in again")
def reactivate(request: HttpRequest, key: Key) -> Person:
    """They can sign in again."""
    operations.reactivate(person=_row(Person, key, "key"), actor=actor(request), at=standing(request).at)
    return _row(Person, key, "key")


@router.post("/{key}/no-second-factor", response=Done, url_name="person-no-second-factor", summary="Turn two-factor off")
def no_second_factor(request: HttpRequest, key: Key) -> Done:
    """Where somebody has lost their authenticator and their recovery codes."""
    person = _row(Person, key, "key")
    operations.disable_second_factor(person=person, actor=actor(request), at=standing(request).at)
    return Done(done=f"Two-factor of {person.name} is off.")


def _row(kind: type[Row], key: int, place: str) -> Row:
    found = kind._default_manager.filter(pk=key).first()
    if found is None:
        raise UnknownPersonError(f"there is no such {kind._meta.verbose_name}.", place=place, mend="the lists hold those there are.")
    return found


def _role(row: Role, at: datetime) -> dict[str, Any]:
    lasting = Q(valid_to=None) | Q(valid_to__gt=at)
    return {
        "id": row.pk,
        "title": row.title,
        "seat": row.seat,
        "aspect": row.aspect,
        "reports_to": row.reports_to.title if row.reports_to else None,
        "dotted_to": row.dotted_to.title if row.dotted_to else None,
        "holders": [_holding(one) for one in row.tenures.filter(lasting).select_related("person").order_by("person__name")],
        "grants": list(row.grants.filter(lasting).order_by("area", "pk")),
        "sees": list(row.sights.filter(lasting).order_by("area", "pk")),
    }


def _holding(row: Tenure) -> dict[str, Any]:
    return {"id": row.pk, "person": row.person.name, "valid_from": row.valid_from, "valid_to": row.valid_to}


def _link(path: str) -> str:
    return f"{settings.CONFIGURATION.origin.rstrip('/')}{path}"

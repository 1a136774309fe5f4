"""Reads the people, roles and grants of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from troth.workspace.parts import wording
from troth.workspace.parts.zones import project_zone
from troth.workspace.people import codes
from troth.workspace.people.areas import known_areas
from troth.workspace.people.contexts import Account, GrantRow, Holding, PeoplePage, PersonRow, RoleRow, SessionRow, TokenRow
from troth.workspace.people.guard import Standing
from troth.workspace.people.models import DatedModel, Grant, Person, Role, Scope, Seat, SecondFactor, Session, Sight, Tenure
from troth.workspace.people.tokens import live_tokens

DatedRow = TypeVar("DatedRow", bound=DatedModel)


def account_of(standing: Standing, here: Session | None) -> Account:
    """One's own account."""
    person = standing.person
    factor = SecondFactor.objects.filter(person=person).first()
    begun = factor is not None and factor.confirmed_at is None
    live = Session.objects.filter(person=person, ended_at=None, expires_at__gt=standing.at).order_by("-seen_at", "-pk")
    return Account(
        timezone=project_zone()[0].key,
        name=person.name,
        email=person.email or "",
        roles=standing.roles,
        areas=tuple(sorted(standing.areas)),
        has_password=person.has_usable_password(),
        second_factor="off" if factor is None else "begun" if begun else "on",
        sessions=tuple(
            SessionRow(row.pk, row.browser, row.address, _when(row.opened_at), _when(row.seen_at), here is not None and row.pk == here.pk)
            for row in live
        ),
        tokens=tuple(
            TokenRow(row.pk, row.name, row.start, tuple(row.scopes), _when(row.made_at), _when(row.expires_at), _when(row.seen_at))
            for row in live_tokens(standing.at).filter(person=person).order_by("-pk")
        ),
        scopes=tuple((str(one), one.label) for one in Scope),
        picture=codes.qr_svg(codes.address_of(factor.salt, person.name)) if factor and begun else "",
        secret=codes.secret_of(factor.salt) if factor and begun else "",
    )


def people_page(standing: Standing, *, may_change: bool) -> PeoplePage:
    """Everybody, every role, and what holds now or will."""
    at = standing.at
    tenures = list(_not_over(Tenure.objects.select_related("role", "person"), at).order_by("person__name"))
    held, holders = defaultdict(list), defaultdict(list)
    for tenure in tenures:
        holders[tenure.role_id].append(tenure)
        if tenure.valid_from <= at:
            held[tenure.person_id].append(tenure.role.title)
    grants = _by_role([*_not_over(Grant.objects.all(), at).order_by("area"), *_not_over(Sight.objects.all(), at).order_by("area")])
    people = tuple(
        PersonRow(
            id=one.pk,
            name=one.name,
            email=one.email or "",
            active=one.is_active,
            roles=tuple(sorted(held[one.pk])),
            second_factor=hasattr(one, "second_factor") and one.second_factor.confirmed_at is not None,
            signed_in=_when(one.last_login),
        )
        for one in Person.objects.select_related("second_factor").order_by("name")
    )
    roles = tuple(
        RoleRow(
            id=role.pk,
            title=role.title,
            seat=Seat(role.seat).label,
            aspect=role.aspect,
            reports_to=role.reports_to.title if role.reports_to else "",
            dotted_to=role.dotted_to.title if role.dotted_to else "",
            holders=tuple(Holding(one.pk, one.person.name, _when(one.valid_from), _when(one.valid_to)) for one in holders[role.pk]),
            grants=tuple(_grant_row(one) for one in grants[role.pk]),
        )
        for role in Role.objects.select_related("reports_to", "dotted_to").order_by("title")
    )
    return PeoplePage(
        timezone=project_zone()[0].key,
        sentence=_sentence(people, roles),
        people=people,
        roles=roles,
        may_change=may_change,
        seats=tuple((str(seat), seat.label) for seat in Seat),
        areas=known_areas(),
    )


def _sentence(people: tuple[PersonRow, ...], roles: tuple[RoleRow, ...]) -> str:
    active = [one for one in people if one.active]
    without = sum(1 for one in active if not one.roles)
    are = "is" if len(roles) == 1 else "are"
    told = f"{wording.counted(len(active), 'person', 'people')} may sign in, and {wording.counted(len(roles), 'role')} {are} set up."
    if not without:
        return told
    return f"{told} {wording.counted(without, 'person', 'people')} without a role {'sees' if without == 1 else 'see'} nothing."


def _grant_row(row: Grant | Sight) -> GrantRow:
    if isinstance(row, Sight):
        return GrantRow(
            row.pk, row.area, decides=False, money="", hours="", since=_when(row.valid_from), until=_when(row.valid_to), only_sees=True
        )
    return GrantRow(
        id=row.pk,
        area=row.area,
        decides=row.decide,
        money="" if row.spend_limit is None else f"{row.currency} {row.spend_limit:,.2f}".removesuffix(".00"),
        hours="" if row.capacity_hours is None else f"{row.capacity_hours:,.2f}".rstrip("0").rstrip(".") + f" h a {row.capacity_per}",
        since=_when(row.valid_from),
        until=_when(row.valid_to),
    )


def _by_role(rows: Iterable[Grant | Sight]) -> dict[int, list[Grant | Sight]]:
    found: dict[int, list[Grant | Sight]] = defaultdict(list)
    for row in rows:
        found[row.role_id].append(row)
    return found


def _not_over(rows: QuerySet[DatedRow], at: datetime) -> QuerySet[DatedRow]:
    return rows.filter(Q(valid_to=None) | Q(valid_to__gt=at))


def _when(at: datetime | None) -> str:
    return "" if at is None else wording.moment(at, project_zone()[0])

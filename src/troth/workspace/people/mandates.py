"""Roles and grants of the workspace as numbers look at them: who may decide what, at an instant (domain.md b 4, e7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from troth.terms import roles as terms
from troth.terms.vocabulary import Aspect
from troth.workspace.people.models import Grant, Role, Seat, Tenure

OFFICERS = {Seat.BRAND_OFFICER: Aspect.BRAND, Seat.SERVICE_OFFICER: Aspect.SERVICE}
"""The seats that lead customer experience, and the aspect each answers for where its role names none."""


@dataclass(frozen=True, slots=True)
class Mandates:
    """What roles may decide.

    :param roles: those with a grant in force, and the officers; empty where no grant is in force.
    :param notes: what could not be taken as it stands.
    """

    roles: tuple[terms.Role, ...] = ()
    notes: tuple[str, ...] = ()


def mandates(at: datetime, currency: str) -> Mandates:
    """Roles and grants in force at an instant. Neither a title nor a place in the reporting line gives authority.

    The officers lead; where nobody is in an officer's seat, the CX lead does. What is not granted is none: no money is 0, no hours are 0.
    The hours of a grant's period are what it can commit to one fix.

    :param currency: that of the project. Money in another cannot be held against what a fix costs: it counts as none, and a note says so.
    """
    held: dict[int, list[Grant]] = {}
    for one in Grant.in_force(at).select_related("role").order_by("area", "pk"):
        held.setdefault(one.role_id, []).append(one)
    if not held:
        return Mandates()
    roles = [one for one in Role.objects.select_related("reports_to").order_by("pk") if one.pk in held or one.seat in OFFICERS]
    leading = {str(seat) for seat in OFFICERS} if any(one.seat in OFFICERS for one in roles) else {str(Seat.CX_LEAD)}
    foreign = [one for grants in held.values() for one in grants if one.spend_limit is not None and one.currency != currency]
    holders: dict[int, list[str]] = {}
    for tenure in Tenure.in_force(at).filter(role__in=roles).select_related("person").order_by("person__name"):
        holders.setdefault(tenure.role_id, []).append(tenure.person.name)
    return Mandates(
        tuple(
            terms.Role(
                title=one.title,
                grants=tuple(_grant(grant, currency) for grant in held.get(one.pk, ())),
                holder=", ".join(holders.get(one.pk, ())) or None,
                aspect=one.aspect or _aspect(one.seat),
                leads=one.seat in leading,
                reports_to=one.reports_to.title if one.reports_to else None,
            )
            for one in roles
        ),
        tuple(_foreign(foreign, currency)),
    )


def _grant(row: Grant, currency: str) -> terms.Grant:
    money = row.spend_limit if row.spend_limit is not None and row.currency == currency else 0
    return terms.Grant((row.area,), row.decide, float(money), float(row.capacity_hours or 0))


def _aspect(seat: str) -> str | None:
    return next((str(aspect) for one, aspect in OFFICERS.items() if one == seat), None)


def _foreign(grants: Iterable[Grant], currency: str) -> Iterable[str]:
    for one in grants:
        yield (f"“{one.role.title}” may spend in {one.currency} in {one.area}; costs are in {currency}, so that money counts as none here.")

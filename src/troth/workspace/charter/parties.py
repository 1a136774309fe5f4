"""Who speaks for a party of the charter, and who settles what the parties cannot.

A party is a title in the charter. Whoever holds the role of that title speaks for it; where there is no such role, whoever holds the seat
of the officer whose work the party answers for, as long as no other party of the charter answers for the same.
"""

from __future__ import annotations

from datetime import datetime

from troth.terms.charter import Charter, Party
from troth.terms.vocabulary import Aspect
from troth.workspace.people.guard import Standing
from troth.workspace.people.models import Role, Seat, Tenure

SEAT_OF = {Aspect.BRAND: Seat.BRAND_OFFICER, Aspect.SERVICE: Seat.SERVICE_OFFICER}


def roles_of(charter: Charter, party: Party) -> tuple[Role, ...]:
    """The roles whose holders speak for a party."""
    titled = _titled(party.title)
    if titled:
        return titled
    seat = SEAT_OF.get(party.aspect)
    alone = sum(one.aspect is party.aspect for one in charter.parties) == 1
    return tuple(Role.objects.filter(seat=seat).order_by("title")) if seat and alone else ()


def tie_break_roles(charter: Charter) -> tuple[Role, ...]:
    """The roles whose holders settle an objection that stands too long; none where the charter names no tie-break role."""
    if charter.tie_break is None:
        return ()
    return _titled(charter.tie_break) or tuple(Role.objects.filter(seat=Seat.TIE_BREAK).order_by("title"))


def parties_of(charter: Charter, standing: Standing) -> tuple[str, ...]:
    """Titles of the parties a person speaks for today."""
    return tuple(party.title for party in charter.parties if _holds(roles_of(charter, party), standing))


def settles(charter: Charter, standing: Standing) -> bool:
    """Whether a person holds the tie-break role now."""
    return _holds(tie_break_roles(charter), standing)


def leads(lead: str | None, standing: Standing) -> bool:
    """Whether a person leads what a line speaks of: by a role of theirs, or by an area they have a say in."""
    return lead is not None and (lead in standing.roles or lead in standing.areas)


def holders_of(charter: Charter, party: Party, at: datetime) -> tuple[str, ...]:
    """Names of those who speak for a party."""
    tenures = Tenure.in_force(at).filter(role__in=roles_of(charter, party), person__is_active=True)
    return tuple(tenures.order_by("person__name").values_list("person__name", flat=True).distinct())


def _titled(title: str) -> tuple[Role, ...]:
    return tuple(Role.objects.filter(title__iexact=title.strip()))


def _holds(roles: tuple[Role, ...], standing: Standing) -> bool:
    return any(role.title in standing.roles for role in roles)

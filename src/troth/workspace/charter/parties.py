"""Who speaks for a party of the charter, and who settles what the parties cannot.

A party is a title in the charter. Whoever holds the role of that title speaks for it; where there is no such role, whoever holds the seat
of the officer whose work the party answers for, as long as no other party of the charter answers for the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from difflib import get_close_matches

from troth.terms.charter import Charter, Party
from troth.terms.vocabulary import Aspect
from troth.workspace.people.areas import known_areas
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


def posts() -> tuple[str, ...]:
    """Roles of the workspace, and the areas a grant can name: each may lead a line."""
    return tuple(dict.fromkeys([*Role.objects.order_by("title").values_list("title", flat=True), *known_areas()]))


def leads_of(charter: Charter, named: Iterable[str]) -> tuple[str, ...]:
    """Everybody a line can name as its lead: areas and parties of the charter, and :func:`posts`, named here."""
    return tuple(dict.fromkeys([*(area.name for area in charter.areas), *(party.title for party in charter.parties), *named]))


def nobody_leads(lead: str | None, known: Collection[str]) -> str:
    """Why what a line names as its lead leads nothing, with the nearest that would; empty where it leads, or where none is named.

    :param known: :func:`leads_of` the charter.
    """
    if not lead or lead in known:
        return ""
    near = next(iter(get_close_matches(lead, known, n=1)), None)
    mend = f"Did you mean “{near}”?" if near else "Name one there is, or add the role under People."
    return f"“{lead[:60]}” is neither a role nor an area, so nobody leads here. {mend}"


def holders_of(charter: Charter, party: Party, at: datetime) -> tuple[str, ...]:
    """Names of those who speak for a party."""
    tenures = Tenure.in_force(at).filter(role__in=roles_of(charter, party), person__is_active=True)
    return tuple(tenures.order_by("person__name").values_list("person__name", flat=True).distinct())


def _titled(title: str) -> tuple[Role, ...]:
    return tuple(Role.objects.filter(title__iexact=title.strip()))


def _holds(roles: tuple[Role, ...], standing: Standing) -> bool:
    return any(role.title in standing.roles for role in roles)

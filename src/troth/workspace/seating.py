"""Roles brought in from roles.toml, and the people of the made shop: somebody in every seat, so that each can be played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from troth.engine.worlds.shop.offices import GRANTS, ROLES
from troth.terms import roles as terms
from troth.terms.vocabulary import Aspect
from troth.workspace.administering import opened

if TYPE_CHECKING:
    from troth.workspace.people.models import Role

EARLIEST = date(1970, 1, 1)
"""From when a grant holds that names no first day."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody of the made shop.

    :param role: title of their role, and :param seat: what it may see and change. :param sees: area it sees without a say in it.
    """

    name: str
    role: str
    seat: str
    sees: str = ""


_TITLES = {short: title for short, title, _, _ in ROLES}
_PRODUCT = _TITLES["CPO"]

PLAYERS = (
    Player("Bia Campos", _TITLES["CCBMX"], "brand-officer"),
    Player("Sergio Lima", _TITLES["CCSX"], "service-officer"),
    Player("Teresa Rocha", _TITLES["CEO"], "tie-break"),
    Player("Caio Nunes", _TITLES["CX"], "cx-lead"),
    Player("Otavio Reis", _TITLES["COO"], "area-head"),
    Player("Ines Duarte", _TITLES["CIO"], "area-head"),
    Player("Paula Prado", _PRODUCT, "area-head"),
    Player("Flavia Torres", _TITLES["CFO"], "finance"),
    Player("Camila Souza", "Case owner, fulfilment", "case-owner", "Fulfilment"),
    Player("Andre Melo", "Analyst", "analyst"),
    Player("Aline Freitas", "Internal audit", "auditor"),
    Player("Elisa Moraes", "Member of the board", "executive"),
)
"""Who plays what in the made shop. “Desk”, the administrator, comes in by the link `troth serve` prints."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in from roles.toml.

    :param roles: titles that are new. :param grants: how many grants came with them.
    :param remarks: what the workspace cannot hold as the file has it.
    """

    roles: tuple[str, ...]
    grants: int
    remarks: tuple[str, ...]


def import_roles(project: Path) -> Imported:
    """Bring the roles of roles.toml and their grants into the workspace. A role that is there already stays as it is.

    An officer's seat goes to a role that leads and answers for brand or service; every other role is an area head, which sees its areas.

    :raises ProjectError: troth.toml or roles.toml is not as it must be.
    :raises PeopleError: a grant the workspace cannot hold; nothing came in.
    """
    return _bring_in(project, opened(project), {})


def seat_players(project: Path, *, origin: str = "") -> tuple[Player, ...]:
    """Put somebody in every seat of the made shop, with the roles and grants of its offices. Who is there already stays as they are.

    :param origin: scheme, host and port people type; that of the environment where left out.
    :returns: everybody, the officers first.
    :raises ProjectError: troth.toml or roles.toml is not as it must be.
    """
    now = opened(project, origin)
    from django.db import transaction

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Person, Role
    from troth.workspace.timeline.operations import TERMINAL

    with transaction.atomic():
        chief = next(one for one in PLAYERS if one.seat == "tie-break")
        if not Role.objects.filter(title=chief.role).exists():  # first, since others report to it
            people.add_role(title=chief.role, seat=chief.seat, actor=TERMINAL, at=now)
        _bring_in(project, now, {one.role: one.seat for one in PLAYERS}, _unlisted())
        for one in PLAYERS:
            role = Role.objects.filter(title=one.role).first()
            if role is None:
                role = people.add_role(title=one.role, seat=one.seat, actor=TERMINAL, at=now)
                if one.sees:
                    people.let_see(role=role, area=one.sees, actor=TERMINAL, at=now)
            if not Person.objects.filter(name=one.name).exists():
                person = people.add_person(name=one.name, actor=TERMINAL, at=now)
                people.seat(role=role, person=person, actor=TERMINAL, at=now)
    return PLAYERS


def _unlisted() -> tuple[terms.Role, ...]:
    """Who heads an area and does not stand in the shop's roles.toml."""
    grants = [terms.Grant((area,), kind == "decide", float(limit)) for short, area, kind, _, limit in GRANTS if short == "CPO"]
    return (terms.Role(_PRODUCT, tuple(grants), reports_to=_TITLES["CCBMX"]),)


def _bring_in(project: Path, now: datetime, seats: Mapping[str, str], more: Sequence[terms.Role] = ()) -> Imported:
    from django.db import transaction

    from troth.intake.folder import read_settings, roles_of
    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Role
    from troth.workspace.timeline.operations import TERMINAL

    settings, purview = read_settings(project), roles_of(project).purview
    listed = {one.title for one in purview.roles}
    hours = {fix.area for fix in purview.fixes if fix.hours is not None}
    came, granted, remarks = [], 0, list[str]()
    with transaction.atomic():
        there = {role.title: role for role in Role.objects.all()}
        for one in _from_the_top([*purview.roles, *(role for role in more if role.title not in listed)]):
            if one.title in there:
                continue
            there[one.title] = role = people.add_role(
                title=one.title,
                seat=seats.get(one.title) or _seat(one),
                aspect=one.aspect or "",
                reports_to=there.get(one.reports_to or ""),
                actor=TERMINAL,
                at=now,
            )
            came.append(one.title)
            granted += _grant(role, one, settings.currency, ZoneInfo(settings.timezone), now)
            remarks += _lost(one, hours)
    return Imported(tuple(came), granted, tuple(remarks))


def _grant(role: Role, said: terms.Role, currency: str, zone: ZoneInfo, now: datetime) -> int:
    """Grant a role what the file says, an area at a time; how many grants that is."""
    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Per
    from troth.workspace.timeline.operations import TERMINAL

    made = 0
    for one in sorted(said.grants, key=lambda grant: grant.since or EARLIEST):
        money = None if one.spend_limit is None else Decimal(str(one.spend_limit))
        for area in one.areas:
            people.grant(
                role=role,
                area=area,
                decide=one.decide,
                spend_limit=money,
                currency="" if money is None else currency,
                capacity_hours=None if one.capacity is None else Decimal(str(one.capacity)),
                capacity_per="" if one.capacity is None else Per.MONTH,
                actor=TERMINAL,
                at=now,
                valid_from=_begins(one.since or EARLIEST, zone),
                valid_to=None if one.until is None else _begins(one.until + timedelta(days=1), zone),
            )
            made += 1
    return made


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _lost(said: terms.Role, hours: set[str]) -> Iterator[str]:
    """What a grant of the file gives and one of the workspace cannot: without an amount it gives none."""
    for one in said.grants:
        for area in one.areas if one.decide else ():
            lacks = ["money"] * (one.spend_limit is None) + ["hours"] * (one.capacity is None and area in hours)
            if lacks:
                yield (
                    f"“{said.title}” holds no {' and no '.join(lacks)} in {area}: a grant of the workspace needs an amount. "
                    "Give it with troth people grant."
                )


def _seat(role: terms.Role) -> str:
    officers = {str(Aspect.BRAND): "brand-officer", str(Aspect.SERVICE): "service-officer"}
    return officers.get(role.aspect or "", "area-head") if role.leads else "area-head"


def _from_the_top(roles: Sequence[terms.Role]) -> Iterator[terms.Role]:
    """Each role after the one it reports to, as far as the reporting lines are no circle."""
    left = list(roles)
    while left:
        waiting = {one.title for one in left}
        chosen = next((one for one in left if one.reports_to not in waiting), left[0])
        left.remove(chosen)
        yield chosen

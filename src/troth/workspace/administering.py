"""The workspace kept from a terminal: people, roles, grants, what was done. Each call is one operation, as on the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from troth.terms.errors import ProjectError, TrothError
from troth.workspace.configuration import Configuration, origin_of
from troth.workspace.serving import migrate


class BrokenChainError(TrothError):
    """The record of what was done is not as it was written."""

    exit_code = 6
    status = 409


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody of the workspace.

    :param roles: titles of the roles they hold now.
    :param areas: areas these roles hold grants in or may see.
    """

    name: str
    email: str
    active: bool
    roles: tuple[str, ...]
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain of entries that is whole.

    :param entries: how many there are.
    :param head: digest of the last.
    """

    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version of the charter.

    :param state: draft, signed (not in force yet), in force, superseded, given up or gone from file.
    :param since: first day in force; ``None`` is always, or that a draft names none.
    :param lines: how many it has. :param unsigned: parties that have not signed it. :param obstacles: what keeps a draft from being signed.
    """

    name: str
    state: str
    since: date | None
    lines: int
    unsigned: tuple[str, ...]
    obstacles: tuple[str, ...]


def list_people(project: Path) -> list[Listed]:
    """Everybody, by name.

    :raises ProjectError: as :meth:`Configuration.checked`; so does every function here.
    """
    now = opened(project)
    from troth.workspace.people.guard import standing_of
    from troth.workspace.people.models import Person

    held = [standing_of(person, now) for person in Person.objects.order_by("name")]
    return [Listed(one.person.name, one.person.email or "", one.person.is_active, one.roles, tuple(sorted(one.areas))) for one in held]


def add_person(project: Path, name: str, *, email: str = "", role: str = "") -> None:
    """Add somebody, and give them a role where one is named.

    :raises PeopleError: the name or e-mail address is taken or is none; there is no such role.
    """
    now = opened(project)
    from django.db import transaction

    from troth.workspace.people import operations as people
    from troth.workspace.timeline.operations import TERMINAL

    with transaction.atomic():
        person = people.add_person(name=name, email=email, actor=TERMINAL, at=now)
        if role:
            people.seat(role=people.role_titled(role), person=person, actor=TERMINAL, at=now)


def invite_person(project: Path, name: str, *, email: str = "", role: str = "", origin: str = "") -> str:
    """Add somebody, or ask somebody who is there anew, and give them a role where one is named.

    :param origin: scheme, host and port people type; :func:`origin_of` the project where left out.
    :returns: the address of a link by which they choose a password; it works once, for seven days.
    :raises PeopleError: as :func:`add_person`.
    """
    now = opened(project, origin)
    from django.conf import settings
    from django.db import transaction

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import LinkPurpose, Person
    from troth.workspace.timeline.operations import TERMINAL

    with transaction.atomic():
        person = Person.objects.called(name) or people.add_person(name=name, email=email, actor=TERMINAL, at=now)
        if role:
            people.seat(role=people.role_titled(role), person=person, actor=TERMINAL, at=now)
        path = people.issue_link(person=person, purpose=LinkPurpose.INVITATION, actor=TERMINAL, at=now)
    return f"{settings.CONFIGURATION.origin.rstrip('/')}{path}"


def link_person(project: Path, name: str, *, origin: str = "") -> str:
    """A fresh link by which somebody who is there already signs in.

    :param origin: scheme, host and port people type; :func:`origin_of` the project where left out.
    :returns: its address; it works once, for an hour.
    :raises PeopleError: there is nobody of that name or e-mail address, or they are deactivated.
    """
    now = opened(project, origin)
    from django.conf import settings

    from troth.workspace.people import operations as people
    from troth.workspace.timeline.operations import TERMINAL

    path = people.issue_link(person=people.person_called(name), actor=TERMINAL, at=now)
    return f"{settings.CONFIGURATION.origin.rstrip('/')}{path}"


def make_token(project: Path, name: str, what_for: str, *, scopes: Sequence[str], days: int) -> str:
    """A token by which a program uses the API in somebody's name.

    :param scopes: what it may be used for. :param days: how long it holds.
    :returns: its text, which is told this once.
    :raises PeopleError: there is nobody of that name; a scope there is not; no name, or one that is taken.
    """
    now = opened(project)
    from troth.workspace.people import operations as people
    from troth.workspace.people.tokens import issue_token
    from troth.workspace.timeline.operations import TERMINAL

    return issue_token(person=people.person_called(name), name=what_for, scopes=scopes, days=days, actor=TERMINAL, at=now)[1]


def give_role(project: Path, title: str, *, seat: str = "", aspect: str = "", reports_to: str = "", holder: str = "") -> bool:
    """Add a role where there is none with this title, and give it to somebody where one is named.

    :returns: whether the role is new.
    :raises PeopleError: a new role without a seat; an unknown seat, aspect, role or person; they hold it already.
    """
    now = opened(project)
    from django.db import transaction

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Role
    from troth.workspace.timeline.operations import TERMINAL

    with transaction.atomic():
        role = Role.objects.filter(title=title.strip()).first()
        new = role is None
        if role is None:
            above = people.role_titled(reports_to) if reports_to else None
            role = people.add_role(title=title, seat=seat, aspect=aspect, reports_to=above, actor=TERMINAL, at=now)
        if holder:
            people.seat(role=role, person=people.person_called(holder), actor=TERMINAL, at=now)
    return new


def grant_area(
    project: Path,
    title: str,
    area: str,
    *,
    decide: bool,
    spend_limit: Decimal | None = None,
    currency: str = "",
    capacity_hours: Decimal | None = None,
    capacity_per: str = "",
) -> None:
    """Say what a role may do in an area, in place of what it could there before.

    :raises PeopleError: no such role or area; money without a currency, hours without a period.
    """
    now = opened(project)
    from troth.workspace.people import operations as people
    from troth.workspace.people.areas import checked_area
    from troth.workspace.timeline.operations import TERMINAL

    people.grant(
        role=people.role_titled(title),
        area=checked_area(area),
        decide=decide,
        spend_limit=spend_limit,
        currency=currency,
        capacity_hours=capacity_hours,
        capacity_per=capacity_per,
        actor=TERMINAL,
        at=now,
    )


def verify_timeline(project: Path, *, noted: str = "") -> Verified:
    """Walk along everything that was done.

    :param noted: a digest that was the last one earlier; the chain has to hold it still.
    :raises BrokenChainError: an entry was changed, taken out or put in; with the first such.
    """
    opened(project)
    from troth.workspace.timeline.chain import verify

    found = verify(noted=noted)
    if not found.whole:
        raise BrokenChainError(
            f"the record of what was done is broken: {found.why}",
            mend="compare it with a backup or an export; whoever may change the database's tables can have done it.",
        )
    return Verified(found.entries, found.head)


def export_timeline(project: Path, wanted: str) -> Iterator[str]:
    """Everything that was done, a line at a time, the earliest first.

    :param wanted: ``jsonl`` or ``csv``.
    """
    opened(project)
    from troth.workspace.timeline.exports import lines
    from troth.workspace.timeline.models import Entry

    return lines(Entry.objects.order_by("number").iterator(2_000), wanted)


def list_charters(project: Path) -> list[ListedVersion]:
    """Every version of the charter, the latest first; what stands in the project folder is taken in first.

    :raises ProjectError: a file of the project is not as it must be.
    """
    now = opened(project)
    from troth.terms.signing import obstacles, unsigned
    from troth.workspace.charter import pages
    from troth.workspace.charter.documents import composed
    from troth.workspace.charter.models import Version
    from troth.workspace.charter.noting import read_project
    from troth.workspace.charter.operations import today_in

    today = today_in(read_project(now), now)
    versions = [(row, composed(row)) for row in Version.objects.order_by("-pk")]
    agreed = pages.in_force(versions, today)
    return [
        ListedVersion(
            row.name,
            pages.state_of(row, charter, agreed[0] if agreed else None, today),
            charter.effective_from,
            len(charter.lines),
            unsigned(charter),
            obstacles(charter) if row.is_draft else (),
        )
        for row, charter in versions
    ]


def import_charter(project: Path, file: Path) -> tuple[str, tuple[str, ...]]:
    """Bring an edited charter.toml into the workspace as a draft. It judges nothing before every party has signed it there.

    :returns: the draft's name, and what it says otherwise than the version in force, a sentence each.
    :raises CharterError: a draft is open already; it says what is in force.
    :raises ProjectError: it is no charter.
    """
    now = opened(project)
    from troth.project.agreement import charter_text
    from troth.project.charter_changes import charter_changes
    from troth.terms.charter import Charter
    from troth.workspace.charter import operations, pages
    from troth.workspace.charter.documents import composed
    from troth.workspace.charter.models import Version
    from troth.workspace.charter.noting import read_project
    from troth.workspace.timeline.operations import TERMINAL

    folder = read_project(now)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError("the file cannot be read as UTF-8 text.", file=file, mend="name a charter.toml.") from error
    agreed = pages.in_force([(row, composed(row)) for row in Version.objects.all()], operations.today_in(folder, now))
    base, before = agreed or (None, Charter())
    draft = operations.import_draft(charter=charter_text(text, folder, file), base=base, actor=TERMINAL, at=now)
    return draft.name, tuple(one.said for one in charter_changes(before, composed(draft)))


def export_charter(project: Path, name: str = "") -> str:
    """A version as the text of its charter.toml.

    :param name: of the version; that in force where left out, or the draft where none is.
    :raises CharterError: there is none.
    """
    now = opened(project)
    from troth.intake.agreement import write_charter
    from troth.terms.errors import did_you_mean
    from troth.workspace.charter import pages
    from troth.workspace.charter.documents import composed
    from troth.workspace.charter.errors import UnknownVersionError
    from troth.workspace.charter.models import Version
    from troth.workspace.charter.noting import read_project
    from troth.workspace.charter.operations import today_in

    today = today_in(read_project(now), now)
    versions = [(row, composed(row)) for row in Version.objects.order_by("-pk")]
    agreed = pages.in_force(versions, today)
    found = {row.name: charter for row, charter in versions}
    draft = next((charter for row, charter in versions if row.is_draft), None)
    wanted = found.get(name) if name else agreed[1] if agreed else draft
    if wanted is None:
        what = f"there is no version “{name}”." if name else "no version of the charter is on record."
        raise UnknownVersionError(what, place="version", mend=did_you_mean(name, found))
    return write_charter(wanted)


def opened(project: Path, origin: str = "") -> datetime:
    """Set the workspace of a project up in this process, and say what time it is.

    :param origin: scheme, host and port people type; :func:`origin_of` the project where left out.
    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    migrate(Configuration(project, origin=origin or origin_of(project)))
    return datetime.now(UTC)

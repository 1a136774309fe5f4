"""Somebody in every seat of the workspace, signed in. The fixture ``seats`` (conftest) makes each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.people.models import Person

OUTSIDER = "outsider"
"""Signed in, and holds no role."""

SEATS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "administrator": ("Ada Admin", "Administrator of the workspace", "administrator", ()),
    "brand-officer": ("Bea Brand", "Chief marketing officer", "brand-officer", ("Marketing",)),
    "service-officer": ("Sol Service", "Chief service officer", "service-officer", ("Service",)),
    "tie-break": ("Tia Tie", "Chief executive's delegate", "tie-break", ()),
    "cx-lead": ("Cy Lead", "Head of customer experience", "cx-lead", ()),
    "area-head": ("Ari Area", "Head of fulfilment", "area-head", ("Fulfilment",)),
    "case-owner": ("Cas Case", "Case owner, fulfilment", "case-owner", ("Fulfilment",)),
    "analyst": ("Ana List", "Analyst", "analyst", ()),
    "auditor": ("Aud Itor", "Internal audit", "auditor", ()),
    "executive": ("Exa Cutive", "Chief executive", "executive", ()),
    "finance": ("Fin Ance", "Finance partner", "finance", ("Finance",)),
    OUTSIDER: ("Otto Outside", "", "", ()),
}
"""Seat to a person's name, the title of their role, the seat it is, and the areas it holds grants in. The case owner only sees an area."""


@dataclass(frozen=True)
class Seated:
    """Somebody in a seat.

    :param client: a browser they are signed in on; forms need no token.
    :param person: the person.
    """

    client: Client
    person: Person


def undo_acts() -> None:
    """Take away every decision on an issue, and what was opened, whichever test left it."""
    from troth.workspace.issues.models import AgreedSplit, Consent, IssueRecord, Opened, ProposedSplit, Standpoint

    for kind in (Consent, AgreedSplit, ProposedSplit, Standpoint, IssueRecord, Opened):
        kind._default_manager.all().delete()


def sit(seat: str) -> Seated:
    """Somebody in this seat, freshly signed in. The people are made once in a database; every call is a new session."""
    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Person, Role
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    name, title, kind, areas = SEATS[seat]
    person = Person.objects.filter(name=name).first()
    if person is None:
        person = people.add_person(name=name, email=f"{seat}@example.org", actor=TERMINAL, at=now)
        if title:
            role = Role.objects.filter(title=title).first() or people.add_role(title=title, seat=kind, actor=TERMINAL, at=now)
            people.seat(role=role, person=person, actor=TERMINAL, at=now)
            for area in areas:
                if kind == "case-owner":
                    people.let_see(role=role, area=area, actor=TERMINAL, at=now)
                else:
                    people.grant(role=role, area=area, decide=True, actor=TERMINAL, at=now)
    client = Client(headers={"host": "127.0.0.1"})
    answer = client.post(people.issue_link(person=person, actor=TERMINAL, at=now))
    assert answer.status_code == 302, answer.text
    return Seated(client, person)

"""Who may see and change what: one row for every address, by the name of its route. A route without a row is closed to everybody.

Rights follow from the seats of the roles a person holds, now. Who holds no role sees their own account and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from troth.workspace.people.models import Scope, Seat


class Extent(IntEnum):
    """How far a right goes."""

    NONE = 0
    OWN = 1
    """What belongs to areas in which a role of the person holds a grant, or which it may see."""
    ALL = 2


@dataclass(frozen=True, slots=True)
class Permission:
    """The row of one address.

    :param see: how far each seat may read; a seat that is not named may not.
    :param change: how far each seat may change what is there. A request other than GET and HEAD is a change.
    :param everyone: whoever is signed in may see and change it, with or without a role.
    :param public: nobody needs to sign in.
    :param scope: what a token needs to change something there; where none is named no token can. To read takes :attr:`Scope.READ`.
    """

    see: Mapping[Seat, Extent] = field(default_factory=dict)
    change: Mapping[Seat, Extent] = field(default_factory=dict)
    everyone: bool = False
    public: bool = False
    scope: Scope | None = None


OFFICERS = frozenset({Seat.BRAND_OFFICER, Seat.SERVICE_OFFICER})
LEADERS = OFFICERS | {Seat.TIE_BREAK, Seat.CX_LEAD, Seat.EXECUTIVE, Seat.FINANCE}
READERS = LEADERS | {Seat.ANALYST, Seat.AUDITOR, Seat.ADMINISTRATOR}
"""They read every page on the company's figures, whole."""
OF_AREAS = frozenset({Seat.AREA_HEAD, Seat.CASE_OWNER})
"""They read the figures of their areas."""
MAKERS = OFFICERS | {Seat.CX_LEAD, Seat.ANALYST, Seat.ADMINISTRATOR}
"""They have studies made, cancel and schedule them."""
EVERY_SEAT = frozenset(Seat)


def may(everything: Iterable[Seat] = (), own: Iterable[Seat] = ()) -> dict[Seat, Extent]:
    """Seats and how far their right goes."""
    return dict.fromkeys(own, Extent.OWN) | dict.fromkeys(everything, Extent.ALL)


EVERYONE = Permission(everyone=True)
PUBLIC = Permission(public=True)
OF_THEIR_AREAS = Permission(see=may(READERS, OF_AREAS))
FOR_LEADERS = Permission(see=may(READERS | {Seat.AREA_HEAD}))
FOR_READERS = Permission(see=may(READERS))
FOR_EVERY_SEAT = Permission(see=may(EVERY_SEAT))
_PEOPLE = Permission(see=may(LEADERS | {Seat.AUDITOR, Seat.ADMINISTRATOR}), change=may([Seat.ADMINISTRATOR]))
_AGREED = may(READERS | {Seat.AREA_HEAD})
_DRAFTERS = OFFICERS | {Seat.CX_LEAD}
_CHARTER = Permission(see=_AGREED, change=may(_DRAFTERS))
_TIMELINE = Permission(see=may([Seat.AUDITOR, Seat.ADMINISTRATOR]))


def _to_change(everything: Iterable[Seat], own: Iterable[Seat] = ()) -> Permission:
    """Acts on an issue, by whoever may see it."""
    return Permission(see=OF_THEIR_AREAS.see, change=may(everything, own))


TABLE: dict[str, Permission] = {
    # Coming in and going out
    "people:arrive": PUBLIC,
    "people:code": PUBLIC,
    "people:link": PUBLIC,
    "people:leave": EVERYONE,
    # One's own account
    "people:account": EVERYONE,
    "people:password": EVERYONE,
    "people:second-factor": EVERYONE,
    "people:end-session": EVERYONE,
    "people:token": EVERYONE,
    # People, roles, grants: leaders read who holds what; the administrator writes it
    "people:people": _PEOPLE,
    # What was done
    "timeline:timeline": _TIMELINE,
    # One's own desk, which shows what its reader may see elsewhere
    "desks:mine": FOR_EVERY_SEAT,
    # The desks. Common to both officers and the leaders: not split by area, since it is one account of one company
    "desks:both": FOR_LEADERS,
    "desks:life-cycle": FOR_LEADERS,
    "desks:change": FOR_LEADERS,
    "desks:journeys": FOR_LEADERS,
    "desks:answers": FOR_LEADERS,
    "desks:purview": FOR_LEADERS,
    "desks:measures": FOR_LEADERS,
    "desks:compare": FOR_LEADERS,
    # Studies, and those in the making: who answers for the numbers has them made
    "studies:studies": Permission(see=FOR_LEADERS.see, change=may(MAKERS)),
    "studies:live": FOR_LEADERS,
    # The charter. The officers and the CX lead draft it; who leads a line changes that line of a draft, which is in force only once signed
    "charter:charter": _CHARTER,
    "charter:versions": _CHARTER,
    "charter:download": Permission(see=_AGREED),
    "charter:line": Permission(see=_AGREED, change=may(_DRAFTERS, [Seat.AREA_HEAD])),
    "charter:new-line": Permission(see=may(_DRAFTERS), change=may(_DRAFTERS)),
    "charter:terms": Permission(see=may(_DRAFTERS), change=may(_DRAFTERS)),
    # Who speaks for a party, and who settles, follows from the charter itself: the operations ask
    "charter:sign": Permission(see=_AGREED, change=may(LEADERS)),
    "charter:object": Permission(change=may(LEADERS)),
    "charter:objection": Permission(change=may(LEADERS)),
    # Can be limited to an area
    "desks:ledger": OF_THEIR_AREAS,
    "desks:rows": OF_THEIR_AREAS,
    "desks:issues": OF_THEIR_AREAS,
    "desks:issue": OF_THEIR_AREAS,
    "desks:failures": OF_THEIR_AREAS,
    # What is decided about an issue: an area head, of what lies in their areas
    "desks:issue-state": _to_change(OFFICERS | {Seat.CX_LEAD}, [Seat.AREA_HEAD]),
    "desks:issue-shares": _to_change(OFFICERS, [Seat.AREA_HEAD]),
    "desks:issue-agree": _to_change(OFFICERS),
    "desks:issue-settle": _to_change([Seat.TIE_BREAK]),
    # Cannot be limited to an area, and hold customers, their words and rows of every area
    "desks:themes": FOR_READERS,
    "desks:texts": FOR_READERS,
    "desks:occasions": FOR_READERS,
    "desks:walks": FOR_READERS,
    "desks:set-aside": FOR_READERS,
    # What happened to one person goes across areas: whoever has a seat and the exact id may read it
    "desks:customers": FOR_EVERY_SEAT,
    "desks:customer": FOR_EVERY_SEAT,
    # How far the numbers can be trusted, and what they mean, is told to everybody who reads one
    "desks:sources": FOR_EVERY_SEAT,
    "desks:numbers": FOR_EVERY_SEAT,
    "desks:number": FOR_EVERY_SEAT,
    "desks:design": EVERYONE,
    "desks:healthz": PUBLIC,
}

LIKE_PAGES: dict[str, tuple[str, Scope | None]] = {
    "openapi-json": ("people:account", None),
    "api-root": ("people:account", None),
    # One's own account. Only somebody who is signed in makes or ends a token
    "me": ("people:account", None),
    "tokens": ("people:token", None),
    "token-end": ("people:token", None),
    # The desks
    "both-desks": ("desks:both", None),
    "my-desk": ("desks:mine", None),
    "life-cycle": ("desks:life-cycle", None),
    # Studies
    "studies": ("studies:studies", None),
    "study": ("studies:studies", None),
    "changes": ("desks:compare", None),
    "runs": ("studies:studies", Scope.STUDIES),
    "run": ("studies:studies", None),
    "run-cancel": ("studies:studies", Scope.STUDIES),
    "schedules": ("studies:studies", Scope.STUDIES),
    "schedule-switch": ("studies:studies", Scope.STUDIES),
    # The ledger, within one's areas
    "dimensions": ("desks:ledger", None),
    "integrity": ("desks:ledger", None),
    "account": ("desks:ledger", None),
    "native": ("desks:ledger", None),
    "stages": ("desks:ledger", None),
    "skill": ("desks:ledger", None),
    "at-risk": ("desks:ledger", None),
    "campaigns": ("desks:ledger", None),
    "bunching": ("desks:ledger", None),
    "ranges": ("desks:ledger", None),
    "basket": ("desks:ledger", None),
    "promises": ("desks:rows", None),
    "ledger-change": ("desks:change", None),
    # Sources
    "sources": ("desks:sources", None),
    "flags": ("desks:sources", None),
    "set-aside": ("desks:set-aside", None),
    # Issues
    "issues": ("desks:issues", None),
    "issue": ("desks:issue", None),
    "failures": ("desks:failures", None),
    "disagreements": ("desks:issues", None),
    "issue-state": ("desks:issue-state", Scope.ISSUES),
    "issue-accept": ("desks:issue-shares", Scope.ISSUES),
    "issue-contest": ("desks:issue-shares", Scope.ISSUES),
    "issue-propose": ("desks:issue-shares", Scope.ISSUES),
    "issue-agree": ("desks:issue-agree", Scope.ISSUES),
    "issue-settle": ("desks:issue-settle", Scope.ISSUES),
    # Why
    "themes": ("desks:themes", None),
    "emerging": ("desks:themes", None),
    "statements": ("desks:themes", None),
    "texts": ("desks:themes", None),
    "journeys": ("desks:journeys", None),
    "answers": ("desks:answers", None),
    "texts-written": ("desks:texts", None),
    "journeys-walked": ("desks:walks", None),
    "answer-occasions": ("desks:occasions", None),
    "purview": ("desks:purview", None),
    "measures": ("desks:measures", None),
    "customer": ("desks:customer", None),
    # The charter
    "versions": ("charter:versions", Scope.CHARTER),
    "version-import": ("charter:versions", Scope.CHARTER),
    "missing": ("charter:charter", None),
    "version": ("charter:charter", None),
    "version-file": ("charter:download", None),
    "version-changes": ("charter:versions", None),
    "version-withdraw": ("charter:versions", Scope.CHARTER),
    "version-terms": ("charter:terms", Scope.CHARTER),
    "lines": ("charter:new-line", Scope.CHARTER),
    "line": ("charter:line", Scope.CHARTER),
    "line-out": ("charter:line", Scope.CHARTER),
    "line-objections": ("charter:object", Scope.CHARTER),
    "objection": ("charter:objection", Scope.CHARTER),
    "version-sign": ("charter:sign", Scope.CHARTER),
    # People
    "people": ("people:people", None),
    "areas": ("people:people", None),
    "roles": ("people:people", Scope.PEOPLE),
    "invitations": ("people:people", Scope.PEOPLE),
    "role-move": ("people:people", Scope.PEOPLE),
    "role-holders": ("people:people", Scope.PEOPLE),
    "holder-end": ("people:people", Scope.PEOPLE),
    "role-grants": ("people:people", Scope.PEOPLE),
    "grant-end": ("people:people", Scope.PEOPLE),
    "role-sights": ("people:people", Scope.PEOPLE),
    "sight-end": ("people:people", Scope.PEOPLE),
    "person-link": ("people:people", Scope.PEOPLE),
    "person-deactivate": ("people:people", Scope.PEOPLE),
    "person-reactivate": ("people:people", Scope.PEOPLE),
    "person-no-second-factor": ("people:people", Scope.PEOPLE),
    # What was done
    "timeline": ("timeline:timeline", None),
    "timeline-check": ("timeline:timeline", None),
}
"""Route of the API to the page whose right it follows, and the scope a token needs to change something there."""

TABLE |= {f"api:{name}": replace(TABLE[page], scope=scope) for name, (page, scope) in LIKE_PAGES.items()}

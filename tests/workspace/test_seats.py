"""Every address, asked for from every seat, answers as the table of permissions has it; an address without a row is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import OUTSIDER, SEATS, Seated

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

NAMED = {
    "token": "no-such-link",
    "key": "no-such-issue",
    "slug": "kept",
    "customer": "no-such-customer",
    "number": "1",
    "since": "1",
    "switch": "off",
}
"""What stands in for the variable part of an address."""


@dataclass(frozen=True)
class Route:
    """One address: the name of its route, and where it is."""

    name: str
    path: str
    closed: bool
    """whether it needs a session"""
    methods: frozenset[str]


def routes() -> list[Route]:
    """Every route of the workspace, as Django resolves it."""
    from django.urls import URLResolver, get_resolver, reverse

    from troth.workspace.parts.methods import methods_of

    def walk(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[Route]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
            else:
                known = one.pattern.converters
                name = f"{space}{one.name}"
                view: Any = one.callback
                path = reverse(name, kwargs={part: NAMED[part] for part in known})
                yield Route(name, path, getattr(view, "login_required", True), methods_of(view) or frozenset())

    return list(walk(get_resolver().url_patterns))


def test_every_route_has_a_row_and_every_row_a_route(workspace: Shop) -> None:
    from troth.workspace.people.permissions import TABLE

    assert {route.name for route in routes()} == TABLE.keys()


def test_every_address_says_which_methods_it_takes(workspace: Shop) -> None:
    assert [route.path for route in routes() if not route.methods] == []


def test_what_is_public_and_what_needs_no_session_are_the_same(workspace: Shop) -> None:
    from troth.workspace.people.permissions import TABLE

    assert {route.name for route in routes() if not route.closed} == {name for name, row in TABLE.items() if row.public}


@pytest.fixture
def no_draft_is_left(workspace: Shop) -> Iterator[None]:
    """An address that opens a draft takes no field, so whoever may open one has: it is given up."""
    from django.utils import timezone

    from troth.workspace.charter.models import Version
    from troth.workspace.charter.operations import withdraw
    from troth.workspace.timeline.operations import TERMINAL

    before = set(Version.objects.values_list("pk", flat=True))
    yield
    for version in Version.objects.exclude(pk__in=before):
        if version.is_draft:
            withdraw(version=version, actor=TERMINAL, at=timezone.now())


@pytest.mark.usefixtures("no_draft_is_left")
@pytest.mark.parametrize("seat", SEATS)
def test_every_address_answers_every_seat_as_the_table_has_it(seats: Callable[[str], Seated], seat: str) -> None:
    from troth.workspace.people.models import Seat
    from troth.workspace.people.permissions import TABLE, Extent

    client = seats(seat).client
    wrong = []
    for route in routes():
        row = TABLE[route.name]
        if row.public or route.name == "people:leave":  # signing out would end the session the others need; test_signing_in has it
            continue
        for right, answer in ((row.see, client.get(route.path)), (row.change, client.post(route.path))):
            if answer.request["REQUEST_METHOD"] not in route.methods:  # told before anybody's right is asked (test_methods)
                assert answer.status_code in {302, 405}, route.path
                continue
            may = row.everyone or (seat != OUTSIDER and right.get(Seat(seat), Extent.NONE) is not Extent.NONE)
            if not may and route.name == "desks:both" and right is row.see and seat != OUTSIDER:  # the first page leads to their own
                may = answer.status_code == 302 and answer.headers["Location"] == "/my-desk/"
            if (answer.status_code == 403) == may or answer.status_code >= 500:
                wrong.append(f"{seat} {answer.request['REQUEST_METHOD']} {route.path}: {answer.status_code}")
    assert wrong == []


def test_an_outsider_sees_their_account_and_is_told_whom_to_ask(seats: Callable[[str], Seated]) -> None:
    seats("administrator")
    client = seats(OUTSIDER).client
    refused = client.get("/")
    assert refused.status_code == 403
    assert "You hold no role yet" in refused.text
    assert "Ada Admin" in refused.text
    assert 'href="/account/"' in refused.text
    assert 'href="/ledger/"' not in refused.text
    assert client.get("/account/").status_code == 200


def test_who_may_not_open_both_desks_comes_from_the_first_page_to_their_own_desk(seats: Callable[[str], Seated]) -> None:
    client = seats("case-owner").client
    led = client.get("/")
    assert (led.status_code, led.headers["Location"]) == (302, "/my-desk/")
    assert "no-store" in led.headers["Cache-Control"]
    assert client.get(led.headers["Location"]).status_code == 200
    for asked in ({"format": "json"}, {"study": "1"}, {"by_month": "2024-03"}):  # who asks for something of it is told it is not theirs
        assert client.get("/", asked).status_code == 403
    assert client.post("/").status_code == 405  # a page takes no form, whoever sends one
    assert seats("area-head").client.get("/").status_code == 200


def test_whom_to_ask_reads_as_a_sentence_of_one_and_of_several(seats: Callable[[str], Seated], monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.people import guard

    client = seats("case-owner").client
    for names, said in (
        (("Desk",), "Ask Desk, who gives roles here."),
        (("Ada", "Desk"), "Ask Ada or Desk, who give roles here."),
        (("Ada", "Bo", "Cy", "Di"), "Ask Ada, Bo or Cy, who give roles here."),
        ((), "Ask whoever runs this workspace for a role."),
    ):
        monkeypatch.setattr(guard, "whom_to_ask", lambda _, names=names: names)
        assert said in client.get("/purview/").text


def test_an_auditor_reads_every_page_and_changes_nothing(seats: Callable[[str], Seated]) -> None:
    client = seats("auditor").client
    pages = [
        route.path
        for route in routes()
        if "no-such" not in route.path and route.name.startswith(("desks:", "studies:", "timeline:", "people:people"))
    ]
    for needs_more in ("/studies/compare/", "/journeys/walked/"):
        pages.remove(needs_more)
    assert [(path, client.get(path).status_code) for path in pages] == [(path, 200) for path in pages]
    assert client.post("/people/", {"do": "invite", "name": "Somebody"}).status_code == 403


def test_an_area_head_reads_the_ledger_of_their_area_alone(seats: Callable[[str], Seated]) -> None:
    head, officer = seats("area-head").client, seats("service-officer").client
    mine, all_ = (client.get("/ledger/", {"format": "json"}).json()["data"] for client in (head, officer))
    asked = officer.get("/ledger/", {"format": "json", "only.kept_by": "Fulfilment"}).json()["data"]
    assert mine["total"]["due"] == asked["total"]["due"] <= all_["total"]["due"]
    assert head.get("/ledger/", {"only.kept_by": "Fulfilment"}).status_code == 200
    for other in ("Marketing", "Service", "no such area"):
        assert head.get("/ledger/", {"only.kept_by": other}).status_code == 404
        assert head.get("/ledger/promises/", {"only.kept_by": other, "format": "csv"}).status_code == 404


def test_what_is_granted_to_begin_later_or_has_ended_lets_nobody_in(workspace: Shop, seats: Callable[[str], Seated]) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from troth.workspace.people import guard, operations
    from troth.workspace.people.errors import NotThereError, NotYoursError
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    hour = timedelta(hours=1)
    person = operations.add_person(name="Tom Orrow", actor=TERMINAL, at=now)
    role = operations.add_role(title="Head of tomorrow", seat="area-head", actor=TERMINAL, at=now)
    tenure = operations.seat(role=role, person=person, valid_from=now + hour, actor=TERMINAL, at=now)
    operations.grant(role=role, area="Fulfilment", decide=True, valid_from=now + 2 * hour, actor=TERMINAL, at=now)
    with pytest.raises(NotYoursError):
        guard.admit(person, "desks:ledger", at=now)
    assert guard.admit(person, "desks:ledger", at=now + hour).areas == frozenset()
    admitted = guard.admit(person, "desks:issue", at=now + 3 * hour)
    assert admitted.areas == frozenset({"Fulfilment"})
    assert admitted.reach("an issue", areas=("Fulfilment", "IT")) == ("an issue", False)
    with pytest.raises(NotThereError):
        admitted.reach("an issue", areas=("IT",))
    with pytest.raises(NotYoursError):
        admitted.to_change("an issue", areas=("Fulfilment",))
    operations.unseat(tenure=tenure, actor=TERMINAL, at=now + 4 * hour)
    with pytest.raises(NotYoursError):
        guard.admit(person, "desks:ledger", at=now + 4 * hour)
    assert guard.admit(person, "desks:ledger", at=now + 3 * hour).areas == frozenset({"Fulfilment"})  # as it was then


def test_a_page_without_a_row_is_closed_to_everybody(seats: Callable[[str], Seated]) -> None:
    from django.utils import timezone

    from troth.workspace.people import guard
    from troth.workspace.people.errors import NotYoursError

    for seat in SEATS:
        with pytest.raises(NotYoursError):
            guard.admit(seats(seat).person, "desks:no-such-page", at=timezone.now())


@pytest.mark.parametrize(
    ("seat", "first"), [("service-officer", "/"), ("area-head", "/"), ("case-owner", "/my-desk/"), (OUTSIDER, "/account/")]
)
def test_a_link_leads_to_the_first_page_of_whoever_follows_it(seats: Callable[[str], Seated], seat: str, first: str) -> None:
    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people.operations import issue_link
    from troth.workspace.timeline.operations import TERMINAL

    path = issue_link(person=seats(seat).person, actor=TERMINAL, at=timezone.now())
    browser = Client(headers={"host": "127.0.0.1"})
    assert browser.post(path).headers["Location"] == first
    assert browser.get(first).status_code == 200


def test_heads_of_different_areas_are_not_given_each_others_page(seats: Callable[[str], Seated], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see the whole life cycle; which of its links open is another for each."""
    import re

    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people import operations as people
    from troth.workspace.studies import kept_pages
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    person = people.add_person(name="Mara Kett", actor=TERMINAL, at=now)
    role = people.add_role(title="Head of marketing", seat="area-head", actor=TERMINAL, at=now)
    people.seat(role=role, person=person, actor=TERMINAL, at=now)
    people.grant(role=role, area="Marketing", decide=True, actor=TERMINAL, at=now)
    other = Client(headers={"host": "127.0.0.1"})
    other.post(people.issue_link(person=person, actor=TERMINAL, at=now))
    clients = [seats("area-head").client, other]

    def links(client: Client) -> list[str]:
        return re.findall(r'href="(/[^"]*)"', client.get("/journey/").text)

    alone = []
    for client in clients:
        monkeypatch.setattr(kept_pages, "pages", kept_pages.KeptPages(kept_pages.MOST))
        alone.append(links(client))
    assert alone[0] != alone[1]
    assert [links(client) for client in reversed(clients)] == alone[::-1]
    assert [links(client) for client in clients] == alone

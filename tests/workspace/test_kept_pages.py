"""A page that tells of acts is made once, and anew as soon as there is something else to tell."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import SEATS, Seated, undo_acts
from tests.workspace.test_pages import visible

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.test import Client

Seats = Callable[[str], Seated]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ROOMS = ("/", "/issues/", "/purview/", "/charter/")


@pytest.fixture(autouse=True)
def undone(workspace: Shop) -> Iterator[None]:
    """Each test begins with no decision on any issue, and nothing opened, whatever tests before it left."""
    undo_acts()
    yield
    undo_acts()


@pytest.fixture
def clock(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """It is one instant, until a test moves on. Everybody has sat down before."""
    from django.utils import timezone

    for seat in SEATS:
        seats(seat)
    now = [(timezone.now() + timedelta(minutes=1)).replace(second=5)]  # early in a minute
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def move(by: timedelta) -> None:
        now[0] += by

    return move


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every template a page was made of, in order."""
    from django.template.loader import render_to_string

    found: list[str] = []

    def noted(template: str, context: dict[str, object], request: HttpRequest) -> str:
        found.append(template)
        return str(render_to_string(template, context, request))

    monkeypatch.setattr("troth.workspace.parts.pages.render_to_string", noted)
    return found


def first_issue(client: Client) -> str:
    found = re.search(r'href="(/issues/[0-9a-f]+/)"', client.get("/issues/").text)
    assert found is not None
    return found[1]


def accept(client: Client, issue: str, revision: int = 0) -> str:
    sent = {"do": "decide", "to": "accepted", "reason": "We live with it.", "revision": revision, "due": "", "owner": ""}
    answer = client.post(f"{issue}state", sent)
    assert answer.status_code == 200, visible(answer.text)
    return str(answer.text)


def test_a_page_is_made_once_while_nothing_happens(seats: Seats, clock: object, made: list[str]) -> None:
    client = seats("analyst").client
    rooms = (*ROOMS, first_issue(client))
    client.get("/charter/")  # whoever opens it first has the workspace take in what is on file, which is an act
    first = [visible(client.get(room).text) for room in rooms]
    made.clear()
    assert [visible(client.get(room).text) for room in rooms] == first
    assert made == []


def test_a_decision_is_told_on_the_next_page_of_everybody(seats: Seats, clock: object) -> None:
    """The journal of acts tells when a kept page has become an old one."""
    officer, analyst = seats("service-officer").client, seats("analyst").client
    issue = first_issue(analyst)
    assert "We live with it." not in visible(analyst.get(issue).text)
    before = visible(analyst.get("/").text)
    accept(officer, issue)
    assert "We live with it." in visible(analyst.get(issue).text)
    assert visible(analyst.get("/").text) != before


def test_what_an_officer_opens_is_told_on_the_common_page_at_once(seats: Seats, clock: object, made: list[str]) -> None:
    """Opening is no act. That an issue became seen shows all the same; that it was opened once more makes no page anew."""
    officer, analyst = seats("brand-officer").client, seats("analyst").client
    issue = first_issue(analyst)
    before = visible(analyst.get("/").text)
    officer.get(issue)
    after = visible(analyst.get("/").text)
    assert after != before
    made.clear()
    officer.get(issue)
    assert visible(analyst.get("/").text) == after
    assert made == []


def test_what_an_act_changed_is_seen_once_it_is_opened_again(seats: Seats, clock: Callable[[timedelta], None]) -> None:
    """The brand officer has opened the issue; the service officer decides on it a second later: it is unseen until it is opened again."""
    from troth.workspace.issues.seen import ISSUE, ISSUES, Showing, offices, opened_by, unseen

    brand, service = seats("brand-officer"), seats("service-officer")
    issue = first_issue(brand.client)
    key = issue.split("/")[2]

    def missed() -> bool:
        from django.utils import timezone

        from troth.workspace.issues.models import IssueRecord

        row = IssueRecord.objects.filter(key=key).first()
        shown = [Showing(ISSUES, ISSUE, key, "it", issue, row.changed_at if row else None)]
        return bool(unseen(shown, opened_by(offices(timezone.now())[0])))

    brand.client.get(issue)
    assert not missed()
    clock(timedelta(seconds=1))
    accept(service.client, issue)
    assert missed()
    clock(timedelta(seconds=1))
    brand.client.get(issue)
    assert not missed()


def test_a_file_of_the_project_that_changes_is_read_at_once(workspace: Shop, seats: Seats, clock: object) -> None:
    client, roles = seats("analyst").client, workspace.folder / "roles.toml"
    said, stamp = roles.read_text(), roles.stat()
    before = visible(client.get("/purview/").text)
    try:
        roles.write_text(said.replace("Chief <brand> officer", "Chief of <brands>"))
        after = visible(client.get("/purview/").text)
    finally:
        roles.write_text(said)
        os.utime(roles, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert "Chief of <brands>" in after
    assert "Chief of <brands>" not in before
    assert visible(client.get("/purview/").text) == before


def test_a_page_that_tells_how_long_is_made_anew_every_minute(seats: Seats, clock: Callable[[timedelta], None], made: list[str]) -> None:
    client = seats("analyst").client
    client.get("/")
    clock(timedelta(minutes=1))
    made.clear()
    client.get("/")
    assert made == ["desks/both.html"]


def test_nobody_is_given_a_page_that_was_made_for_somebody_else(seats: Seats, clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors, forms and links differ by what a reader may do."""
    from troth.workspace.studies import kept_pages

    clients = [seats(seat).client for seat in ("brand-officer", "service-officer", "area-head", "analyst", "auditor")]
    rooms = (*ROOMS, first_issue(clients[0]))
    for client in clients:  # from here on everything has been opened by whom it matters
        for room in rooms:
            client.get(room)
    alone = []
    for client in clients:
        monkeypatch.setattr(kept_pages, "pages", kept_pages.KeptPages(kept_pages.MOST))
        alone.append([TOKEN.sub("", client.get(room).text) for room in rooms])
    assert len({page for pages in alone for page in pages}) > 2 * len(rooms)
    for _ in range(2):
        assert [[TOKEN.sub("", client.get(room).text) for room in rooms] for client in clients] == alone


def test_the_form_of_a_kept_page_can_be_sent(workspace: Shop, seats: Seats, clock: object) -> None:
    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people import operations as people
    from troth.workspace.timeline.operations import TERMINAL

    strict = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    link = people.issue_link(person=seats("service-officer").person, actor=TERMINAL, at=timezone.now())
    token = TOKEN.search(strict.get(link).text)
    assert token is not None
    assert strict.post(link, {"csrfmiddlewaretoken": token[1]}).status_code == 302
    issue = first_issue(strict)
    tokens = [TOKEN.findall(strict.get(issue).text) for _ in range(2)]
    assert tokens[0]
    assert len(tokens[1]) == len(tokens[0])
    sent = {"csrfmiddlewaretoken": tokens[1][0], "do": "decide", "to": "accepted", "reason": "We live with it.", "revision": 0}
    assert strict.post(f"{issue}state", sent).status_code == 200

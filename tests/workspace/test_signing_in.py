"""A link works once, for an hour, for the person it was made for; nothing is seen without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import arrive
from tests.workspace.seats import Seated

if TYPE_CHECKING:
    from django.test import Client

PAGES = (
    "/",
    "/ledger/",
    "/ledger/promises/",
    "/themes/",
    "/sources/",
    "/sources/set-aside/",
    "/studies/",
    "/studies/compare/?before=1&after=2",
    "/numbers/",
    "/numbers/kept/",
)


@pytest.mark.parametrize("path", PAGES)
def test_an_outsider_is_led_to_the_sign_in_page_and_back_afterwards(outsider: Client, path: str) -> None:
    from urllib.parse import quote

    answer = outsider.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in/?next={quote(path)}"


@pytest.mark.parametrize("path", PAGES)
def test_a_program_without_a_session_is_told_so(outsider: Client, path: str) -> None:
    answer = outsider.get(path, {"format": "json"} if "?" not in path else {"format": "json", "before": "1", "after": "2"})
    assert answer.status_code == 403
    assert "one-time link" in answer.json()["data"]["mend"]


def test_exports_need_a_session(outsider: Client) -> None:
    for path in ("/ledger/promises/?format=csv", "/ledger/?format=parquet", "/sources/set-aside/?format=csv"):
        assert outsider.get(path).status_code == 403


def test_the_link_opens_every_page(reader: Client) -> None:
    assert [reader.get(path).status_code for path in PAGES] == [200] * len(PAGES)


def test_looking_at_a_link_does_not_use_it(outsider: Client, link: Callable[[], str]) -> None:
    path = link()
    for _ in range(3):
        assert outsider.get(path).status_code == 200
    assert outsider.get("/").status_code == 302
    assert arrive(outsider, path).status_code == 302
    assert outsider.get("/").status_code == 200


def test_a_link_works_once(outsider: Client, link: Callable[[], str]) -> None:
    from django.test import Client as Browser

    path = link()
    assert arrive(outsider, path).status_code == 302
    second = Browser(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    answer = arrive(second, path)
    assert answer.status_code == 403
    assert "Whoever gave it to you can give you a new one." in answer.text
    assert second.get("/").status_code == 302


def test_two_requests_at_the_same_instant_let_one_in(outsider: Client, link: Callable[[], str]) -> None:
    from django.db import connections
    from django.utils import timezone

    from troth.workspace.people.errors import LinkError
    from troth.workspace.people.operations import redeem

    token = link().rsplit("/", 1)[1]
    start, seen = Barrier(4), []

    def come() -> None:
        start.wait()
        try:
            redeem(token=token, address="127.0.0.2", at=timezone.now())
            seen.append("in")
        except LinkError:
            seen.append("out")
        finally:
            connections.close_all()

    threads = [Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == ["in", "out", "out", "out"]


def test_a_used_link_says_who_can_give_another(outsider: Client, seats: Callable[[str], Seated]) -> None:
    """An analyst has no terminal: whoever gave them the link gives a new one."""
    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people.operations import issue_link
    from troth.workspace.timeline.operations import TERMINAL

    path = issue_link(person=seats("analyst").person, actor=TERMINAL, at=timezone.now())
    assert arrive(outsider, path).status_code == 302
    again = arrive(Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"}), path)
    assert again.status_code == 403
    assert "Whoever gave it to you can give you a new one." in again.text
    assert "troth serve" not in again.text


def test_a_link_expires(outsider: Client, link: Callable[[], str]) -> None:
    from django.utils import timezone

    from troth.workspace.people.models import Link
    from troth.workspace.people.operations import LIFETIME

    path = link()
    Link.objects.filter(used_at=None).update(expires_at=timezone.now() - timedelta(seconds=1), issued_at=timezone.now() - LIFETIME)
    assert arrive(outsider, path).status_code == 403


def test_the_database_holds_no_token(workspace: object, link: Callable[[], str]) -> None:
    from troth.workspace.people.models import Link

    token = link().rsplit("/", 1)[1]
    kept = [value for row in Link.objects.values() for value in map(str, row.values())]
    assert kept
    assert token not in "".join(kept)


def test_guessing_is_slowed_down_even_for_a_good_link(outsider: Client, link: Callable[[], str]) -> None:
    from troth.workspace.people.operations import REFUSALS

    statuses = [arrive(outsider, f"/sign-in/guess-{number}").status_code for number in range(REFUSALS)]
    assert statuses == [403] * REFUSALS
    answer = arrive(outsider, link())
    assert answer.status_code == 429
    assert "wait 15 minutes" in answer.text.lower()


def test_a_form_without_its_token_is_refused(outsider: Client, link: Callable[[], str]) -> None:
    path = link()
    assert outsider.post(path).status_code == 403
    assert arrive(outsider, path).status_code == 302


def test_the_way_onward_never_leaves_the_workspace(outsider: Client, link: Callable[[], str]) -> None:
    assert arrive(outsider, link(), next="/ledger/").headers["Location"] == "/ledger/"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_an_address_elsewhere_is_not_followed(outsider: Client, link: Callable[[], str], elsewhere: str) -> None:
    assert arrive(outsider, link(), next=elsewhere).headers["Location"] == "/"


def test_signing_out_ends_a_copied_session_too(reader: Client, link: Callable[[], str]) -> None:
    from django.test import Client as Browser

    thief = Browser(headers={"host": "127.0.0.1"})
    thief.cookies.load({name: morsel.value for name, morsel in reader.cookies.items()})
    assert thief.get("/").status_code == 200
    page = reader.get("/numbers/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert reader.post("/sign-out/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert reader.get("/").status_code == 302
    assert thief.get("/").status_code == 302


def test_a_session_somebody_wrote_is_no_session(outsider: Client) -> None:
    outsider.cookies["troth"] = "eyJfYXV0aF91c2VyX2lkIjoiMSJ9:1abc:forged"
    assert outsider.get("/").status_code == 302


def test_someone_no_longer_active_is_out(reader: Client) -> None:
    from troth.workspace.people.models import Person

    Person.objects.update(is_active=False)
    try:
        assert reader.get("/").status_code == 302
    finally:
        Person.objects.update(is_active=True)

"""An address that takes only forms leads whoever looks at it to the page the form stands on; every refusal says one status."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop, arrive
from tests.workspace.seats import Seated
from tests.workspace.test_api import token_for

if TYPE_CHECKING:
    from django.test import Client

FORMS = {
    "/issues/abc/state": "/issues/abc/",
    "/issues/abc/shares": "/issues/abc/",
    "/issues/abc/agree?study=1": "/issues/abc/?study=1",
    "/issues/abc/settle": "/issues/abc/",
    "/issues/a%20b/shares": "/issues/a%20b/",
    "/account/password": "/account/",
    "/account/second-factor": "/account/",
    "/account/sessions": "/account/",
    "/account/tokens": "/account/",
    "/charter/lines/3/objections": "/charter/lines/3/",
    "/charter/objections/3": "/charter/",
}
"""Address of a form to the page it stands on."""


@pytest.mark.parametrize(("path", "page"), FORMS.items(), ids=FORMS)
def test_looking_where_a_form_was_sent_leads_to_the_page_it_stands_on(seats: Callable[[str], Seated], path: str, page: str) -> None:
    answer = seats("service-officer").client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def test_every_address_that_takes_forms_alone_names_its_page_but_signing_out(workspace: Shop) -> None:
    from tests.workspace.test_seats import routes
    from troth.workspace.parts.methods import page_at

    nowhere = [route.name for route in routes() if not route.path.startswith("/api/") and page_at(route.path) is None]
    assert nowhere == ["people:leave"]


def test_what_cannot_be_looked_at_says_so_on_a_page_of_ours(seats: Callable[[str], Seated]) -> None:
    answer = seats("service-officer").client.get("/sign-out/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "this address takes a form" in answer.text
    assert 'href="/my-desk/"' in answer.text


def test_a_page_that_takes_no_form_says_so_whoever_sends_one(seats: Callable[[str], Seated]) -> None:
    answer = seats("auditor").client.post("/ledger/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert "takes no form" in answer.text


@pytest.mark.parametrize(("path", "page"), [*FORMS.items(), ("/sign-out/", "/")], ids=[*FORMS, "/sign-out/"])
def test_signing_in_leads_to_no_address_that_takes_forms_alone(outsider: Client, link: Callable[[], str], path: str, page: str) -> None:
    answer = arrive(outsider, link(), next=path)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def test_a_stranger_is_led_back_to_the_page_of_the_form(outsider: Client) -> None:
    answer = outsider.get("/issues/abc/shares", follow=True)
    assert answer.redirect_chain == [("/issues/abc/", 302), ("/sign-in/?next=/issues/abc/", 302)]


def test_every_problem_of_the_api_says_the_status_it_is_sent_with(seats: Callable[[str], Seated]) -> None:
    from django.test import Client

    from troth.workspace.people.models import Refusal

    stranger = Client(headers={"host": "127.0.0.1"})
    mine = {"authorization": f"Bearer {token_for(seats('analyst').person, 'read')}"}
    wrong = {"authorization": "Bearer xxx"}
    asked = {
        "no token": (401, stranger.get("/api/me")),
        "a wrong token": (401, stranger.get("/api/me", headers=wrong)),
        "a right that is not there": (403, stranger.get("/api/timeline", headers=mine)),
        "no such address": (404, stranger.get("/api/nothing", headers=mine)),
        "a method that is not there": (405, stranger.delete("/api/me", headers=mine)),
        "no such parameter": (422, stranger.get("/api/me", {"colour": "red"}, headers=mine)),
        "too many wrong tokens": (429, [stranger.get("/api/me", headers=wrong) for _ in range(30)][-1]),
    }
    Refusal.objects.all().delete()
    for words, (status, answer) in asked.items():
        assert answer.status_code == status, words
        assert answer.headers["Content-Type"] == "application/problem+json", words
        told = json.loads(answer.text)
        assert (told["status"], bool(answer.headers.get("WWW-Authenticate"))) == (status, status == 401), words
    assert json.loads(asked["a wrong token"][1].text)["title"] == "Unauthorized"


@pytest.mark.parametrize("path", ["/api/me", "/api/issues", "/api/openapi.json", "/api/people/roles"])
def test_a_method_the_api_does_not_have_is_told_with_those_it_has(seats: Callable[[str], Seated], path: str) -> None:
    answer = seats("administrator").client.delete(path)
    assert (answer.status_code, json.loads(answer.text)["status"]) == (405, 405)
    assert answer.headers["Allow"] == {"/api/people/roles": "GET, POST"}.get(path, "GET")

"""A session that ends while a form is filled in costs nobody what they typed, and shows nobody a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import sit

if TYPE_CHECKING:
    from django.test import Client

TYPED = "The claim was the carrier’s,\nnot <ours>."


@pytest.fixture
def ended(workspace: Shop) -> Client:
    """The browser of an officer whose session was ended elsewhere, with a page still open on it."""
    from django.utils import timezone

    from troth.workspace.people.models import Session
    from troth.workspace.people.operations import end_session
    from troth.workspace.timeline.operations import TERMINAL

    seated = sit("service-officer")
    session = Session.objects.filter(person=seated.person).latest("pk")
    end_session(session=session, actor=TERMINAL, at=timezone.now())
    return seated.client


def test_a_form_sent_after_the_session_ended_is_shown_again_with_the_way_in(ended: Client) -> None:
    answer = ended.post("/issues/abc/shares", {"do": "contest", "revision": "3", "reason": TYPED, "evidence": "its own estimate"})
    assert answer.status_code == 403
    assert "You are signed out. Nothing of what you sent was done." in answer.text
    assert "The claim was the carrier’s,\nnot &lt;ours&gt;.</textarea>" in answer.text
    assert "its own estimate</textarea>" in answer.text
    assert answer.text.count("readonly") == 2  # what nobody typed is not shown
    assert 'href="/sign-in/?next=/issues/abc/"' in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_what_is_secret_is_never_shown_again(ended: Client) -> None:
    for path in ("/account/password", "/account/second-factor", "/account/tokens"):
        answer = ended.post(path, {"current": "hunter2 hunter2", "password": "hunter3 hunter3", "code": "123456", "name": "hunter4"})
        assert (answer.status_code, "hunter" in answer.text, "123456" in answer.text) == (403, False, False), path
        assert 'href="/sign-in/?next=/account/"' in answer.text
    sent = {"new_password": "hunter5", "one_time_code": "123456", "reason": "shown"}
    answer = ended.post("/issues/abc/state", sent)
    assert ("shown" in answer.text, "hunter" in answer.text, "123456" in answer.text) == (True, False, False)


def test_a_form_whose_token_went_is_shown_again_to_whoever_typed_it_alone(outsider: Client) -> None:
    ours = outsider.post("/issues/abc/shares", {"reason": TYPED}, headers={"origin": "http://127.0.0.1:8000"})
    assert (ours.status_code, "carrier" in ours.text, "You are signed out" in ours.text) == (403, True, True)
    theirs = outsider.post("/issues/abc/shares", {"reason": TYPED}, headers={"origin": "https://elsewhere.example"})
    assert (theirs.status_code, "carrier" in theirs.text) == (403, False)
    crossed = outsider.post("/issues/abc/shares", {"reason": TYPED}, headers={"sec-fetch-site": "cross-site"})
    assert (crossed.status_code, "carrier" in crossed.text) == (403, False)


def test_an_old_page_of_somebody_who_is_signed_in_loses_nothing_either(workspace: Shop) -> None:
    client = sit("service-officer").client
    client.handler.enforce_csrf_checks = True
    answer = client.post("/issues/abc/shares", {"reason": TYPED, "csrfmiddlewaretoken": "x" * 64})
    assert (answer.status_code, "its page is too old" in answer.text, "carrier" in answer.text) == (403, True, True)
    assert "/sign-in/" not in answer.text


def test_a_program_is_told_in_its_own_format(ended: Client) -> None:
    told = ended.post("/issues/abc/shares?format=json", {"reason": TYPED}).json()["data"]
    assert (told["status"], "signed out" in told["title"]) == (403, True)

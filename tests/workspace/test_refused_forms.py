"""A form that is sent back says what is wrong where the reader is: the sentence has the focus, and the field is marked and read with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated

REFUSED: Mapping[str, tuple[str, str, dict[str, str], str]] = {
    "a contest without evidence": (
        "service-officer",
        "/issues/{issue}/shares",
        {"do": "contest", "revision": "0", "reason": "not ours", "evidence": ""},
        "evidence",
    ),
    "a decision by a day that is none": ("service-officer", "/issues/{issue}/state", {"revision": "0", "due": "soon"}, "due"),
    "a password that is not typed twice alike": ("analyst", "/account/password", {"password": "x" * 20, "again": "y" * 20}, "again"),
    "a token without a name": ("analyst", "/account/tokens", {"do": "make", "scopes": "read", "days": "9", "name": " "}, "name"),
    "an invitation without a name": ("administrator", "/people/", {"do": "invite", "name": " "}, "name"),
    "a study as of a day that is none": ("analyst", "/studies/", {"do": "run", "as_of": "soon"}, "as_of"),
}


@pytest.mark.parametrize(("seat", "path", "form", "field"), REFUSED.values(), ids=REFUSED)
def test_a_refused_form_has_its_sentence_in_focus_and_marks_the_one_field(
    seats: Callable[[str], Seated], workspace: Shop, seat: str, path: str, form: dict[str, str], field: str
) -> None:
    page = seats(seat).client.post(path.format(issue=workspace.study.issues[0].where["issue"]), form)
    assert page.status_code == 422
    [focused] = tags(page, "autofocus")
    assert ('id="problem"' in focused, 'tabindex="-1"' in focused) == (True, True)
    [marked] = tags(page, 'aria-invalid="true"')
    assert (f'name="{field}"' in marked, 'aria-describedby="problem"' in marked) == (True, True)


def test_what_was_done_has_the_focus_too(seats: Callable[[str], Seated]) -> None:
    page = seats("administrator").client.post("/people/", {"do": "invite", "name": "Fay Focus"})
    [focused] = tags(page, "autofocus")
    assert 'role="status"' in focused


def test_a_page_that_is_only_looked_at_takes_the_focus_nowhere(seats: Callable[[str], Seated], workspace: Shop) -> None:
    client = seats("service-officer").client
    for path in ("/", "/account/", "/charter/", "/studies/", f"/issues/{workspace.study.issues[0].where['issue']}/"):
        assert tags(client.get(path), "autofocus") == [], path


def tags(page: Any, attribute: str) -> list[str]:
    """Opening tags of a page that carry an attribute."""
    return [tag for tag in re.findall(r"<[a-z][^>]*>", page.text) if attribute in tag]

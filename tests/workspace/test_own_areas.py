"""What somebody sees who sees only their areas: one area or all of them, and no link that they may not open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import OUTSIDER, SEATS, Seated, undo_acts

if TYPE_CHECKING:
    from django.test import Client

AREAS = ("Fulfilment", "Marketing")
"""In the shop Marketing makes every promise, and Fulfilment keeps them."""


def headed(name: str, *areas: str) -> Client:
    """Somebody who heads these areas, signed in."""
    from django.test import Client
    from django.utils import timezone

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Person, Role
    from troth.workspace.timeline.operations import TERMINAL

    now, title = timezone.now(), f"Head of what {name} heads"
    person = Person.objects.filter(name=name).first()
    if person is None:
        person = people.add_person(name=name, actor=TERMINAL, at=now)
        role = Role.objects.filter(title=title).first() or people.add_role(title=title, seat="area-head", actor=TERMINAL, at=now)
        people.seat(role=role, person=person, actor=TERMINAL, at=now)
        for area in areas:
            people.grant(role=role, area=area, decide=True, actor=TERMINAL, at=now)
    client = Client(headers={"host": "127.0.0.1"})
    assert client.post(people.issue_link(person=person, actor=TERMINAL, at=now)).status_code == 302
    return client


@pytest.fixture(scope="module")
def of_two(workspace: Shop) -> Client:
    """Heads both areas of the shop."""
    return headed("Tula Two", *AREAS)


@pytest.fixture(scope="module")
def elsewhere(workspace: Shop) -> Client:
    """Heads an area no promise and no issue of the shop knows."""
    return headed("Elsa Where", "Service")


@pytest.fixture
def contested(workspace: Shop, seats: Callable[[str], Seated]) -> Iterator[str]:
    """The key of the first issue, whose shares the head of fulfilment contests."""
    undo_acts()
    key = str(workspace.study.issues[0].where["issue"])
    form = {"do": "contest", "reason": "it was the rain", "evidence": "the weather", "revision": "0"}
    assert seats("area-head").client.post(f"/issues/{key}/shares", form).status_code == 200
    yield key
    undo_acts()


def data(client: Client, path: str, **asked: str) -> Any:
    where, _, kept = path.partition("?")
    answer = client.get(where, [*parse_qsl(kept), ("format", "json"), *asked.items()])
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def chosen(links: list[dict[str, Any]]) -> list[str]:
    return [link["words"] for link in links if link["current"]]


def test_who_heads_two_areas_chooses_one_on_the_ledger(of_two: Client, seats: Callable[[str], Seated]) -> None:
    page = data(of_two, "/ledger/", by="lane", since="2024-04")
    links = {link["words"]: link["address"] for link in page["areas"]}
    assert list(links) == ["kept by Fulfilment", "made by Marketing"]
    assert chosen(page["areas"]) == ["kept by Fulfilment"]
    other = data(of_two, links["made by Marketing"])
    assert chosen(other["areas"]) == ["made by Marketing"]
    asked = {"by": "lane", "since": "2024-04", "only.made_by": "Marketing"}
    assert other["slices"] == data(seats("brand-officer").client, "/ledger/", **asked)["slices"]  # slices and period stay
    assert 'aria-label="Your areas"' in of_two.get("/ledger/").text


def test_who_heads_two_areas_narrows_the_issues_to_one(of_two: Client, seats: Callable[[str], Seated]) -> None:
    every = data(of_two, "/issues/")
    assert [link["words"] for link in every["areas"]] == ["All my areas", *AREAS]
    assert chosen(every["areas"]) == ["All my areas"]
    alone = data(of_two, every["areas"][1]["address"])
    assert chosen(alone["areas"]) == ["Fulfilment"]
    assert alone["issues"] == data(seats("area-head").client, "/issues/")["issues"]
    assert re.search("lies? in Fulfilment", "".join(run["words"] for run in alone["sentence"]))
    for link in (*alone["sorts"], *alone["exports"]):
        assert "area=Fulfilment" in link["address"]
    rows = b"".join(of_two.get("/issues/", {"area": "Fulfilment", "format": "csv"}).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == len(alone["issues"]) + 1


def test_who_heads_two_areas_narrows_their_desk_to_one(of_two: Client, contested: str) -> None:
    every = data(of_two, "/my-desk/")
    assert [link["words"] for link in every["choose"]] == ["All my areas", *sorted(AREAS)]
    assert {row["area"]["words"] for row in every["areas"]} == set(AREAS)
    alone = data(of_two, "/my-desk/", area="Marketing")
    assert [row["area"]["words"] for row in alone["areas"]] == ["Marketing"]
    assert chosen(alone["choose"]) == ["Marketing"]
    assert len(data(of_two, "/my-desk/", area="Fulfilment")["asks"]) == len(every["asks"]) == 1


@pytest.mark.parametrize("seat", SEATS)
def test_an_area_is_chosen_where_there_are_several_and_never_another_ones(seats: Callable[[str], Seated], seat: str) -> None:
    """From every seat: no chooser for one area or for all; another's area is as if there were none."""
    client = seats(seat).client
    if seat == OUTSIDER:
        assert {client.get(path, {"area": "Fulfilment"}).status_code for path in ("/issues/", "/my-desk/")} == {403}
        return
    limited = seat in {"area-head", "case-owner"}
    assert data(client, "/issues/")["areas"] == data(client, "/ledger/")["areas"] == []
    assert client.get("/issues/", {"area": "Fulfilment"}).status_code == 200
    assert client.get("/issues/", {"area": "Marketing"}).status_code == (404 if limited else 200)
    assert client.get("/issues/", {"area": "no such area"}).status_code == (404 if limited else 400)
    mine = {link["words"] for link in data(client, "/my-desk/")["choose"]}
    held = {row["area"]["words"] for row in data(client, "/my-desk/")["areas"]}
    for area in ("Fulfilment", "Marketing", "no such area"):
        assert client.get("/my-desk/", {"area": area}).status_code == (200 if area in mine | held else 404)


def links_on(client: Client, path: str) -> dict[str, int]:
    """Where a page's main part leads, and what answers there."""
    main = client.get(path).text.split("<main", 1)[1].split("</main>")[0]
    found = {unescape(one) for one in re.findall(r'href="(/[^"#]*)"', main)}
    return {one: client.get(one).status_code for one in found if "format=" not in one}


@pytest.mark.parametrize("path", ["/", "/my-desk/"])
def test_no_desk_leads_anybody_where_nothing_opens(
    seats: Callable[[str], Seated], of_two: Client, elsewhere: Client, contested: str, path: str
) -> None:
    """Issues and disagreements of other areas are told on the common desk, in words alone."""
    for client in (of_two, elsewhere, *(seats(seat).client for seat in SEATS if seat != OUTSIDER)):
        if client.get(path).status_code == 200:
            assert {where: status for where, status in links_on(client, path).items() if status in {403, 404}} == {}


def test_a_disagreement_of_another_area_is_told_and_not_linked(seats: Callable[[str], Seated], elsewhere: Client, contested: str) -> None:
    mine, other = (data(client, "/") for client in (seats("area-head").client, elsewhere))
    (here,), (there,) = mine["acts"]["disagreements"], other["acts"]["disagreements"]
    assert here["words"] == there["words"]
    assert (here["address"], there["address"]) == (f"/issues/{contested}/", "")
    assert here["words"] in unescape(elsewhere.get("/").text)
    assert [row["address"] for row in other["issues"]["issues"]] == [""] * len(other["issues"]["issues"])
    assert mine["headline"] == other["headline"]  # one account of one company
    assert [banner["title"] for banner in other["banners"]][-1] == "You see your areas."
    assert "You see your areas." not in seats("brand-officer").client.get("/").text

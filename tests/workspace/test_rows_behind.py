"""Every figure opens its rows: as many as it says, and for nobody who may not read the page it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import OUTSIDER, SEATS, Seated
from tests.workspace.test_api import Program, program  # noqa: F401 - a program that shows a token
from tests.workspace.test_journeys import walks  # noqa: F401 - the shop whose steps are on record
from tests.workspace.test_own_areas import data
from tests.workspace.test_themes import worded  # noqa: F401 - the shop whose customers wrote

if TYPE_CHECKING:
    from django.test import Client


def behind(client: Client, address: str) -> int:
    """How many rows an address opens, counted row by row over all pages."""
    page: Any = data(client, address)
    found = len(page["rows"])
    while page["pages"]["after"]:
        page = data(client, page["pages"]["after"])
        found += len(page["rows"])
    assert found == page["pages"]["count"]
    return found


def told(who: Program, address: str, **asked: str | int) -> list[dict[str, Any]]:
    """All rows an address of the API gives, a few at a time."""
    found: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        answer = who.get(address, limit=7, cursor=following, **asked)
        assert answer.status_code == 200, answer.content
        found += answer.json()["rows"]
        following = answer.json()["next"]
    return found


def of_page(address: str) -> dict[str, str]:
    """What a page's address asks."""
    return dict(parse_qsl(urlsplit(address).query))


def one(facts: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(fact for fact in facts if fact["name"] == name)


@pytest.fixture
def read_by(workspace: Shop, worded: Shop, seats: Callable[[str], Seated]) -> Iterator[Callable[[str], Client]]:  # noqa: F811
    """Somebody in a seat who reads the shop whose customers wrote."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=worded.folder):
        yield lambda seat: seats(seat).client


def test_the_texts_of_a_theme_a_group_and_a_week_are_as_many_as_the_figure_says(read_by: Callable[[str], Client]) -> None:
    client = read_by("analyst")
    page = data(client, "/themes/")
    for group in page["groups"]:
        assert behind(client, group["rows"]) == group["texts"]
        for theme in group["themes"]:
            assert behind(client, theme["rows"]) == theme["texts"]
    theme = data(client, page["groups"][0]["themes"][0]["address"])["theme"]
    weeks = [week for week in theme["weeks"] if week["texts"]]
    assert weeks
    for week in weeks:
        assert behind(client, week["rows"]) == week["texts"]
    for name in ("Read", "Of no theme"):
        fact = one(page["accounted"], name)
        assert behind(client, fact["rows"]) == int(fact["text"].replace(",", ""))


def test_a_text_stands_with_who_wrote_it_and_its_words_are_masked(read_by: Callable[[str], Client]) -> None:
    client = read_by("analyst")
    rows = [row for number in range(1, 3) for row in data(client, "/themes/texts/", of="read", page=str(number))["rows"]]
    assert all(row["when"] and row["who"] and row["text"] for row in rows)
    assert client.get(rows[0]["address"]).status_code == 200
    every = data(client, "/themes/texts/", of="read")
    called = []
    while every["pages"]["after"]:
        called += [row["text"] for row in every["rows"] if "call me" in row["text"]]
        every = data(client, every["pages"]["after"])
    called += [row["text"] for row in every["rows"] if "call me" in row["text"]]
    assert called
    assert not any("555" in text for text in called)


def test_a_program_is_told_the_same_texts_masked(read_by: Callable[[str], Client], program: Callable[..., Program]) -> None:  # noqa: F811
    page = data(read_by("analyst"), "/themes/")
    analyst, theme = program("analyst"), page["groups"][0]["themes"][0]
    assert len(told(analyst, "/api/explain/texts/written", **of_page(theme["rows"]))) == theme["texts"]
    group = page["groups"][0]
    assert len(told(analyst, "/api/explain/texts/written", **of_page(group["rows"]))) == group["texts"]
    called = [row["text"] for row in told(analyst, "/api/explain/texts/written", of="read") if "call me" in row["text"]]
    assert called
    assert not any("555" in text for text in called)
    assert analyst.get("/api/explain/texts/written", theme="none of these").status_code == 400
    assert program("service-officer").get("/api/explain/texts/written").status_code == 200
    assert program("case-owner").get("/api/explain/texts/written").status_code == 403


@pytest.mark.parametrize(
    ("asked", "place"),
    [({"theme": "none of these"}, "theme"), ({"group": "99"}, "group"), ({"of": "all"}, "of"), ({"week": "soon"}, "week")],
)
def test_texts_there_are_not_are_refused_with_the_field(read_by: Callable[[str], Client], asked: dict[str, str], place: str) -> None:
    answer = read_by("analyst").get("/themes/texts/", {"format": "json", **asked})
    assert answer.status_code == 400
    assert answer.json()["data"]["place"] == place


def test_the_occasions_of_an_answer_are_as_many_as_the_figure_says(workspace: Shop, seats: Callable[[str], Seated]) -> None:
    client = seats("analyst").client
    found = workspace.study.answers[0].found
    (answer,) = data(client, "/answers/")["answers"]
    assert behind(client, answer["rows"]) == found.n
    assert behind(client, answer["event_rows"]) == answer["events"] == found.events
    for exposure in answer["exposures"]:
        assert behind(client, exposure["rows"]) == exposure["present"]
        assert behind(client, exposure["event_rows"]) == exposure["events_present"]
    row = data(client, answer["exposures"][0]["event_rows"])["rows"][0]
    assert row["event"]
    assert answer["exposures"][0]["words"] in row["met"]
    assert client.get(row["address"]).status_code == 200
    for asked, place, status in (
        ({"answer": "9"}, "answer", 404),
        ({"exposure": "rain"}, "exposure", 400),
        ({"event": "no"}, "event", 400),
    ):
        wrong = client.get("/answers/occasions/", {"format": "json", **asked})
        assert (wrong.status_code, wrong.json()["data"]["place"]) == (status, place)


def test_a_program_is_told_the_same_occasions(
    workspace: Shop,
    seats: Callable[[str], Seated],
    program: Callable[..., Program],  # noqa: F811
) -> None:
    (answer,) = data(seats("analyst").client, "/answers/")["answers"]
    exposure, analyst = answer["exposures"][0], program("analyst")
    rows = told(analyst, "/api/explain/answers/occasions", **of_page(exposure["event_rows"]))
    assert len(rows) == exposure["events_present"]
    assert all(row["event"] and of_page(exposure["rows"])["exposure"] in row["met"] for row in rows)
    assert analyst.get("/api/explain/answers/occasions", answer=9).status_code == 404


@pytest.fixture
def walked_by(workspace: Shop, walks: Shop, seats: Callable[[str], Seated]) -> Iterator[Callable[[str], Client]]:  # noqa: F811
    """Somebody in a seat who reads the shop whose steps are on record."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=walks.folder):
        yield lambda seat: seats(seat).client


@pytest.mark.parametrize("study", ["1", "2"])
def test_the_journeys_behind_a_number_are_as_many_as_it_says(walked_by: Callable[[str], Client], study: str) -> None:
    """Study 1 has no map, study 2 one."""
    client = walked_by("analyst")
    page = data(client, "/journeys/", study=study)
    looked = 0
    for row in page["moves"]:
        assert behind(client, row["rows"]) == row["moves"]
    for row in page["drops"]:
        for what, at in row["rows"].items():
            assert bool(at) == bool(row[what])
            if at:
                assert behind(client, at) == row[what], (row["step"], what)
                looked += 1
    for table in ("variants", "departures", "deviations"):
        for row in page[table]:
            assert behind(client, row["rows"]) == row["journeys"], row
            looked += 1
    assert looked > 8
    assert page["touchpoints"]
    for row in page["touchpoints"]:
        assert behind(client, row["rows"]) == row["interactions"]
    row = data(client, page["variants"][0]["rows"])["rows"][0]
    assert client.get(row["address"]).status_code == 200
    assert client.get(page["variants"][0]["rows"]).status_code == 200


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"of": "rain", "step": "visit"}, "of"),
        ({"of": "dropped"}, "step"),
        ({"of": "dropped", "step": "no such step"}, "dropped"),
        ({"of": "moves", "step": "visit", "to": "no such step"}, "to"),
        ({"of": "variant", "step": "999"}, "variant"),
        ({"of": "variant", "step": "first"}, "step"),
        ({"of": "deviation", "step": "rain"}, "deviation"),
        ({"of": "departure", "step": "visit", "to": "order"}, "departure"),
        ({"of": "departure", "step": "visit"}, "departure"),
        ({"of": "touchpoint", "step": "the moon"}, "step"),
    ],
)
def test_journeys_there_are_not_are_refused_with_the_field(walked_by: Callable[[str], Client], asked: dict[str, str], place: str) -> None:
    answer = walked_by("analyst").get("/journeys/walked/", {"format": "json", **asked})
    assert answer.status_code == 400
    assert answer.json()["data"]["place"] == place


def test_an_area_head_reads_the_journeys_and_is_led_to_nobodys(walked_by: Callable[[str], Client]) -> None:
    page = walked_by("area-head").get("/journeys/")
    assert page.status_code == 200
    assert "/journeys/walked/" not in page.text
    assert "/journeys/walked/" in walked_by("analyst").get("/journeys/").text


def test_an_area_head_reads_the_answers_and_is_led_to_nobodys_rows(seats: Callable[[str], Seated]) -> None:
    (mine,), (all_,) = (data(seats(seat).client, "/answers/")["answers"] for seat in ("area-head", "analyst"))
    assert mine["sides"] == all_["sides"]
    assert [row["present"] for row in mine["exposures"]] == [row["present"] for row in all_["exposures"]]
    assert {mine["rows"], mine["event_rows"], *(row["rows"] for row in mine["exposures"])} == {""}
    assert "/answers/occasions/" not in seats("area-head").client.get("/answers/").text


@pytest.mark.parametrize("seat", SEATS)
def test_whoever_may_not_read_the_page_opens_none_of_its_rows(read_by: Callable[[str], Client], seat: str) -> None:
    client = read_by(seat)
    reads = seat not in {OUTSIDER, "area-head", "case-owner"}
    for rows in ("/themes/texts/", "/answers/occasions/", "/journeys/walked/"):
        assert (client.get(rows).status_code == 403) != reads


def test_a_program_is_told_the_same_journeys(walked_by: Callable[[str], Client], program: Callable[..., Program]) -> None:  # noqa: F811
    page, analyst = data(walked_by("analyst"), "/journeys/"), program("analyst")
    for row in (page["moves"][0], page["variants"][0], page["touchpoints"][0]):
        count = next(row[name] for name in ("moves", "journeys", "interactions") if name in row)
        assert len(told(analyst, "/api/explain/journeys/walked", **of_page(row["rows"]))) == count
    assert analyst.get("/api/explain/journeys/walked", of="flights", step="x").status_code == 400

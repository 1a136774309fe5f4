"""Measures: the page says which targets hurt customers, by how much, and what to do; files and the empty page beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.engine.guards import Guard, Guards
from troth.engine.guards.result import NOT_JUDGED

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def harmful(shop: Shop) -> Guard:
    found = shop.study.measures.measures[0]
    assert found.verdict == "harmful"
    return found


def test_the_page_names_the_target_that_hurts(reader: Client) -> None:
    assert words(data(reader, "/measures/")["sentence"]) == "Of 2 measures, 1 hurts customers, days to <deliver>; 1 is unknown."
    page = reader.get("/measures/").text
    assert "days to &lt;deliver&gt;" in page.lower()
    assert "<deliver>" not in page.lower()


def test_it_says_in_whole_cases_what_customers_get_and_what_to_do(reader: Client, harmful: Guard) -> None:
    (first,) = data(reader, "/measures/")["measures"][:1]
    (test,) = harmful.tests
    assert test.share.value is not None
    assert test.otherwise.value is not None
    assert words(first["sentence"]) == (
        f"Of {test.n} cases under the target, {round(test.n * test.share.value)} saw “writes <angrily>”; "
        f"without it {round(test.n * test.otherwise.value)} would have."
    )
    assert first["light"] == {"colour": "red", "mark": "✕", "word": "harmful"}
    assert first["pairing"]["word"] == "paired"
    assert first["owner"]["words"] == "Fulfilment"
    assert first["target"] == "at most 4 days"
    assert first["action"].startswith("Suspend the target")
    assert first["outcomes"][0]["says"] == "harm"
    assert [fact["name"] for fact in first["facts"]][:2] == ["Cases under it", "Meet the target"]


def test_a_target_that_stands_alone_is_amber_and_not_judged(reader: Client) -> None:
    (alone,) = data(reader, "/measures/")["waiting"]
    assert (alone["name"], alone["pairing"]["colour"], alone["light"]["word"]) == ("clicks", "amber", "unknown")
    assert "Pair it" in visible(reader.get("/measures/").text)


def test_a_target_against_the_outcome_of_another_role_is_named(reader: Client) -> None:
    (conflict,) = data(reader, "/measures/")["conflicts"]
    said = words(conflict)
    assert said.startswith("days to <deliver>, by which the Head of fulfilment is judged, worsens writes <angrily>")
    assert "Chief <brand> officer answers for" in said


def test_the_files_hold_a_row_for_each_measure_and_outcome(reader: Client) -> None:
    told = body(reader.get("/measures/?format=csv")).decode()
    assert "days to <deliver>" in told
    assert told.count("\n") == 3
    assert body(reader.get("/measures/?format=parquet"))[:4] == b"PAR1"
    assert reader.get("/measures/?format=xlsx").status_code == 400


def test_it_stands_in_the_navigation(reader: Client) -> None:
    rooms = {room["words"]: room["current"] for room in data(reader, "/measures/")["study"]["rooms"]}
    assert rooms["Measures"] is True


def test_without_measures_the_page_says_what_fills_it(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.workspace.studies.reading import OpenStudy

    monkeypatch.setattr(OpenStudy, "measures", lambda _: Guards(notes=(NOT_JUDGED,)))
    page = visible(reader.get("/measures/").text)
    assert "measures.toml" in page
    assert "paired_with" in page
    assert data(reader, "/measures/")["measures"] == []
    assert reader.get("/measures/?format=csv").status_code == 400

"""A project's roles, and a study's issues held against them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import troth
from tests.engine.purview import oracle
from tests.projects import AS_OF
from troth.engine.issues.result import TOTAL, UNASSIGNED
from troth.terms.errors import SettingError, SourceError
from troth.terms.roles import NOBODY, Ask

ROLES = """\
[[roles]]
title = "Chief brand officer"
aspect = "brand"
leads = true
[[roles.grants]]
areas = ["Marketing"]
decide = true
since = 2024-06-30

[asks]
read = "asks.csv"
delivered = "done"
"""
ASKS = "area,accepted,due,done\nFulfilment,yes,2024-03-01,2024-03-01 18:00:00\n"


def with_roles(shop: Path, roles: str = ROLES, asks: str = ASKS) -> troth.Project:
    (shop / "roles.toml").write_text(roles)
    (shop / "asks.csv").write_text(asks)
    return troth.open(shop)


def test_without_roles_nobody_may_decide(shop: Path) -> None:
    assert troth.open(shop).purview == NOBODY


def test_asks_are_read_where_roles_say(shop: Path) -> None:
    assert with_roles(shop).purview.asks == (Ask("Fulfilment", True, date(2024, 3, 1), date(2024, 3, 1)),)


def test_what_is_wrong_with_roles_and_asks_is_told_by_a_check(shop: Path) -> None:
    project = with_roles(shop, asks=ASKS.replace("yes", "perhaps"))
    with pytest.raises(SourceError, match="“perhaps” is no answer") as error:
        _ = project.purview
    assert (error.value.file, error.value.place) == ("asks.csv", "asks[1].accepted")
    assert [remark.text for remark in project.check() if remark.kind == "problem"] == ["“perhaps” is no answer."]
    with pytest.raises(SettingError, match="none of the areas the charter lists"):
        _ = with_roles(shop, ROLES.replace("Marketing", "Marketting")).purview


def test_a_study_is_held_against_the_roles_as_of_its_own_day(shop: Path) -> None:
    project = with_roles(shop)
    study = project.study(as_of=AS_OF)
    found = study.chasm(project.purview)
    issues = [
        {"issue": one.where["issue"], "money": one.failures, "areas": dict(one.areas)}
        for one in study.issues
        if one.where["issue"] not in {UNASSIGNED, TOTAL}
    ]
    grants = [{"role": "Chief brand officer", "area": "Marketing", "decide": True}]
    assert issues
    assert found.unit == "failures"
    assert found.shares == {"marketing-led": pytest.approx(oracle.chasm(issues, grants, ["Chief brand officer"]))}
    assert "No issue has money on record, so issues weigh by their failures." in found.outside
    ended = with_roles(shop, ROLES.replace("since = 2024-06-30", "until = 2024-06-29")).purview
    assert study.chasm(ended).shares == {"marketing-led": 1.0}
    assert any("belong to no issue" in note or "belongs to no issue" in note for note in found.outside)

"""The made shop as a project: its tables read by the real intake, its planted causes in the real account."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import troth
from troth.engine.findings import Account
from troth.engine.worlds.shop import causes as c
from troth.project.examples import find
from troth.terms.errors import RequestError

SIZE = 16_000
SHOP = find("shop")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, laid out and made small."""
    place = SHOP.lay_out(tmp_path_factory.mktemp("shop") / "shop")
    assert SHOP.make(place, SIZE) == pytest.approx(SIZE, rel=0.03)
    return place


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, dict[str, Any]]:
    """What is planted, by name."""
    import json

    known = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))
    return {cause["name"]: cause for cause in known["causes"]}


@pytest.fixture(scope="module")
def deliveries(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> troth.Study:
    """A study of the delivery dates alone, as the example maps them."""
    place = tmp_path_factory.mktemp("deliveries") / "shop"
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("data", "truth", ".troth"))
    for source in (place / "sources").iterdir():
        if source.name != "orders.toml":
            source.unlink()
    orders = place / "sources" / "orders.toml"
    text = orders.read_text(encoding="utf-8")
    first = text.index("[[promises]]")
    orders.write_text(text[: text.index("[[promises]]", first + 1)], encoding="utf-8")
    return troth.open(place, folder / "data").study(SHOP.as_of)


def account(study: troth.Study, by: str, **where: str) -> dict[Any, Account]:
    return {row.where[by]: row for row in study.account([by], where=where, skilled=False)}


def test_check_finds_nothing_wrong_and_the_desk_with_the_wrong_clock(folder: Path) -> None:
    remarks = troth.open(folder).check()
    assert [remark for remark in remarks if remark.kind == "problem"] == []
    aside = [str(remark) for remark in remarks if "set aside" in str(remark)]
    assert len(aside) == 1
    assert "received before made" in aside[0]


def test_nine_promises_and_every_other_kind_of_row_are_mapped(folder: Path) -> None:
    mappings = [mapping for source in troth.open(folder).folder.sources for mapping in source.mappings]
    assert sum(mapping.kind == "promises" for mapping in mappings) == 9
    assert {mapping.type for mapping in mappings if mapping.type} == {
        "deadline",
        "response_time",
        "price",
        "availability",
        "quality",
        "effort",
    }
    assert {mapping.kind for mapping in mappings} == {"promises", "customers", "interactions", "signals", "costs", "occasions", "readings"}


def test_word_is_kept_as_often_as_a_shop_of_this_kind_does(deliveries: troth.Study) -> None:
    (everything,) = deliveries.integrity()
    assert everything.K.value is not None
    assert 0.75 < everything.K.value < 0.92
    assert everything.customers > SIZE * 0.2


def test_the_ledger_breaks_what_the_truth_says_is_broken(deliveries: troth.Study, folder: Path) -> None:
    import json

    totals = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["totals"]
    (everything,) = deliveries.integrity()
    late_by_then = totals["delivery date"]
    known_early = deliveries.ledger.filter(lambda row: (row.verdict == "BROKEN") & ~row.in_cohort).count().to_pyarrow().as_py()
    assert everything.broken == late_by_then
    assert known_early < 20  # cancelled or lost before they fell due


def test_the_rash_campaign_stands_in_expectation_setting(deliveries: troth.Study, truth: dict[str, dict[str, Any]]) -> None:
    row = account(deliveries, "campaign")[c.RASH_CAMPAIGN]
    assert row.expectation.value == pytest.approx(truth[c.RASH]["excess"], rel=0.15)
    assert max(abs(row.delivery.value), abs(row.standard.value)) < 0.15 * row.expectation.value


def test_the_warehouse_incident_stands_in_delivery(deliveries: troth.Study, truth: dict[str, dict[str, Any]]) -> None:
    rows = deliveries.account(["warehouse", "made_month"], skilled=False)
    months = [
        row
        for row in rows
        if row.where["warehouse"] == c.INCIDENT_WAREHOUSE and row.where["made_month"] in (date(2024, 9, 1), date(2024, 10, 1))
    ]
    assert sum(row.delivery.value for row in months) == pytest.approx(truth[c.INCIDENT]["excess"], rel=0.15)
    assert all(row.delivery.value > 5 * abs(row.expectation.value + row.standard.value) for row in months)


def test_the_slow_lane_stands_in_the_standard(deliveries: troth.Study, truth: dict[str, dict[str, Any]]) -> None:
    row = account(deliveries, "carrier", region=c.SLOW_REGION)[c.SLOW_CARRIER]
    too_early = sum(broken for _, broken in row.undecomposed.values())
    assert row.standard.value == pytest.approx(truth[c.SLOW_LANE]["excess"] - too_early, rel=0.2)
    assert row.standard.value > 3 * (abs(row.delivery.value) + abs(row.expectation.value))
    assert all(
        other.standard.value < 0.1 * row.standard.value
        for name, other in account(deliveries, "carrier", region=c.SLOW_REGION).items()
        if name != c.SLOW_CARRIER
    )


class TestMaking:
    def test_a_shop_that_stands_there_is_not_made_again(self, folder: Path) -> None:
        before = (folder / "data" / "orders.parquet").stat().st_mtime_ns
        assert SHOP.make(folder, SIZE) is None
        assert SHOP.make(folder) is None  # whatever its size, where none is asked for
        assert (folder / "data" / "orders.parquet").stat().st_mtime_ns == before

    def test_another_size_is_made_in_its_place(self, tmp_path: Path) -> None:
        assert SHOP.make(tmp_path, 1_000)
        assert SHOP.make(tmp_path, 1_500)
        assert SHOP.make(tmp_path, 1_500) is None

    @pytest.mark.parametrize("size", [0, 999, 100_000_001])
    def test_a_size_that_cannot_be_made_is_refused_with_those_that_can(self, tmp_path: Path, size: int) -> None:
        with pytest.raises(RequestError, match="1,000 to 100,000,000"):
            SHOP.make(tmp_path, size)

    def test_real_data_have_no_size_to_ask_for(self, tmp_path: Path) -> None:
        assert find("flights").make(tmp_path) is None
        with pytest.raises(RequestError, match="as large as it is"):
            find("flights").make(tmp_path, 5_000)

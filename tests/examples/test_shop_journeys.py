"""The journeys of the made shop are those its tables hold: a visit, the order it became, and what came of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

import troth
from troth.engine.journeys import Journeys
from troth.project.examples import find

SIZE = 3_000
SHOP = find("shop")
LAST = "timestamp '2024-12-31 23:59:59.999999'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, laid out and made small."""
    place = SHOP.lay_out(tmp_path_factory.mktemp("shop") / "shop")
    SHOP.make(place, SIZE)
    return place


@pytest.fixture(scope="module")
def found(folder: Path) -> Journeys:
    """What its study keeps of journeys."""
    return troth.open(folder).study(SHOP.as_of).journeys


def counted(folder: Path, query: str) -> Any:
    """One number of its tables, asked in plain SQL."""
    with duckdb.connect() as connection:
        for file in sorted((folder / "data").glob("*.parquet")):
            connection.execute(f"create view {file.stem} as select * from '{file}'")
        [[number]] = connection.execute(query).fetchall()
    return number


def test_every_interaction_is_used_or_set_aside(found: Journeys, folder: Path) -> None:
    club = f"(select count(*) from trials where began_at <= {LAST}) + (select count(*) from trials where cancelled_at <= {LAST})"
    assert found.set_aside == {"left out of journeys": counted(folder, f"select {club}")}
    assert found.read == found.used + sum(found.set_aside.values())


def test_a_visit_and_the_order_it_became_are_one_journey(found: Journeys, folder: Path) -> None:
    moves = {(one.source, one.target): one.moves for one in found.moves}
    assert moves["checkout", "order"] == counted(folder, f"select count(*) from orders where ordered_at <= {LAST}")
    steps = {one.step: one.journeys for one in found.steps}
    assert steps["visit"] + steps["basket"] == counted(folder, f"select count(*) from visits where visited_at <= {LAST}")
    assert steps["delivery"] == counted(folder, f"select count(*) from orders where delivered_at <= {LAST}")


def test_as_many_walked_the_map_as_got_their_order_and_neither_asked_nor_returned(found: Journeys, folder: Path) -> None:
    straight = counted(
        folder,
        f"select count(*) from orders o where delivered_at <= {LAST}"
        f" and not exists (from chats c where c.visit_id = o.visit_id and c.asked_at <= {LAST})"
        f" and not exists (from tickets t where t.order_id = o.order_id and t.opened_at <= {LAST})"
        f" and not exists (from returns r where r.order_id = o.order_id and r.requested_at <= {LAST})",
    )
    assert found.conformance is not None
    assert found.conformance.conforming == straight > 1_000


def test_the_checkout_is_where_baskets_are_left(found: Journeys, folder: Path) -> None:
    drops = {one.step: one for one in found.drop_off}
    left = counted(folder, f"select count(*) from visits where reached_basket and order_id is null and visited_at <= {LAST}")
    assert drops["checkout"].dropped + drops["checkout"].under_way == left
    assert drops["order"].dropped < drops["checkout"].dropped


def test_both_scenarios_are_told_with_an_interval(found: Journeys) -> None:
    first, second = found.scenarios
    for one in (first, second):
        assert one.end_to_end.low is not None
        assert one.end_to_end.value is not None
        assert one.mean_step is not None
        assert one.end_to_end.value < one.mean_step  # audits of each step say more than customers saw
    assert second.failed["show-stopper"] > 0


def test_the_cordon_finds_the_touchpoint_that_was_planted_with_no_owner(found: Journeys, folder: Path) -> None:
    """Contacts by WhatsApp: the charter gives them to nobody, and the world counted them as it drew them."""
    truth = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["totals"]
    planted = truth["contacts where nobody owns the touchpoint"]
    assert planted == counted(folder, f"select count(*) from tickets where channel = 'WhatsApp' and opened_at <= {LAST}") > 50
    fence = found.cordon
    assert fence is not None
    assert fence.observed - fence.mapped == planted
    assert fence.share.value == pytest.approx(planted / fence.observed)
    assert fence.share.low is not None
    assert fence.share.high is not None
    assert 0 < fence.share.low < planted / fence.observed < fence.share.high
    outside = {one.touchpoint: one.interactions for one in found.touchpoints if not one.mapped}
    assert outside == {"WhatsApp": planted}
    elsewhere = sum(one.interactions for one in found.touchpoints if one.marketing is not True)
    assert elsewhere == fence.observed

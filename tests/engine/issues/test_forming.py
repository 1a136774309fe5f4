"""Failures are peeled into disjoint issues, and what no rule holds stays visible (domain.md e1)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from troth.engine.issues.cubes import OTHERS, WHAT, Cube
from troth.engine.issues.forming import CHARTER, ITS_LIKE, USUAL, Allowed, Formed, Known, Mostly, form

REGIONS, CARRIERS = ("north", "south", "east", "west"), ("Ajax", "Bolt", "Crow")


def cube(rates: dict[tuple[str, str], float], *, usual: float = 0.1, what: str = "delivery date", seed: int = 1) -> Cube:
    """A cube of 4 regions x 3 carriers, 2,000 promises each, broken at the usual rate but for some."""
    rng = np.random.default_rng(seed)
    places = [(region, carrier) for region in REGIONS for carrier in CARRIERS]
    table = pa.table(
        {
            "region": [region for region, _ in places],
            "carrier": [carrier for _, carrier in places],
            "observed": [int(rng.binomial(2_000, rates.get(place, usual))) for place in places],
            "trials": [2_000] * len(places),
        }
    )
    return Cube(what, ("region", "carrier"), {}, table)


def again(found: tuple[Formed, ...]) -> list[Known]:
    """What one study hands on to the next."""
    return [Known(one.rule, one.held_against) for one in found]


def test_a_planted_lane_is_an_issue_and_what_is_left_within_the_charter_is_none() -> None:
    (one,) = form([cube({("north", "Bolt"): 0.4})], {"delivery date": Allowed(0.12)})
    assert one.rule == {WHAT: "delivery date", "region": "north", "carrier": "Bolt"}
    assert one.exposed == 2_000
    assert one.excess.low is not None
    assert one.excess.value is not None
    assert one.excess.high is not None
    assert one.excess.low < 600 < one.excess.high  # 2,000 x (.4 - .1)
    assert one.held_against == "its like"


def test_a_promise_broken_everywhere_is_one_issue_held_against_the_charter() -> None:
    (one,) = form([cube({})], {"delivery date": Allowed(0.05)})
    assert one.rule == {WHAT: "delivery date"}
    assert one.held_against == "the charter"
    assert one.excess.value == pytest.approx(one.failures - 0.05 * 24_000)


def test_nothing_localised_and_nothing_beyond_the_charter_is_no_issue() -> None:
    assert form([cube({})], {"delivery date": Allowed(0.12)}) == ()


def test_issues_are_disjoint_and_add_up_with_what_is_left() -> None:
    made = cube({("north", "Bolt"): 0.4, ("east", "Ajax"): 0.3, ("east", "Bolt"): 0.3, ("east", "Crow"): 0.3})
    found = form([made], {"delivery date": Allowed(0.05)})
    total = sum(made.leaves["observed"].to_pylist())
    assert [dict(one.rule) for one in found] == [
        {WHAT: "delivery date", "region": "east"},
        {WHAT: "delivery date", "region": "north", "carrier": "Bolt"},
        {WHAT: "delivery date"},
    ]
    assert sum(one.failures for one in found) == total


def broad_and_sharp() -> Cube:
    """The east is somewhat late everywhere (13% of its promises, 8% elsewhere) and is where most is promised.

    A campaign breaks seven in ten and one warehouse half, in the east as elsewhere.
    """
    rows = []
    for region in ("east", "north", "south", "west", "coast", "hills", "lakes", "isles"):
        for warehouse, share in (("hub", 0.04), ("dock", 0.36), ("yard", 0.3), ("quay", 0.3)):
            for campaign, part in (("flash", 0.03), ("spring", 0.27), ("none", 0.7)):
                trials = round((6_000 if region == "east" else 1_000) * share * part)
                rate = 0.7 if campaign == "flash" else 0.5 if warehouse == "hub" else 0.13 if region == "east" else 0.08
                rows.append(
                    {"region": region, "warehouse": warehouse, "campaign": campaign, "observed": round(trials * rate), "trials": trials}
                )
    return Cube("delivery date", ("campaign", "region", "warehouse"), {}, pa.Table.from_pylist(rows))


def test_sharp_causes_keep_their_own_failures_and_the_broad_slice_they_lie_in_holds_the_rest() -> None:
    """The slice with the largest excess, the east with all in it, would take nearly half of both and name the wrong owner."""
    made = broad_and_sharp()
    found = form([made], {"delivery date": Allowed(0.12)})
    leaves = made.leaves.to_pylist()
    flash = [one for one in leaves if one["campaign"] == "flash"]
    hub = [one for one in leaves if one["warehouse"] == "hub" and one not in flash]
    east = [one for one in leaves if one["region"] == "east" and one not in flash and one not in hub]
    assert [(dict(one.rule), one.failures, one.exposed) for one in found] == [
        ({WHAT: "delivery date", **rule}, sum(one["observed"] for one in held), sum(one["trials"] for one in held))
        for rule, held in (({"campaign": "flash"}, flash), ({"warehouse": "hub"}, hub), ({"region": "east"}, east))
    ]
    sharp, other, broad = (one.excess.value or 0.0 for one in found)
    assert broad > max(sharp, other)  # by size alone it would come first


def test_a_part_of_a_bad_slice_that_is_no_worse_than_its_rest_is_no_issue_of_its_own() -> None:
    made = cube({("east", "Ajax"): 0.3, ("east", "Bolt"): 0.31, ("east", "Crow"): 0.3})
    assert [dict(one.rule) for one in form([made], {"delivery date": Allowed(0.2)})] == [{WHAT: "delivery date", "region": "east"}]


def test_a_cause_among_values_counted_together_is_told_without_their_column() -> None:
    """Calls to one team fail whatever they are about; most products are counted together, and no rule can name those."""
    rows = []
    for team in ("blue", "green", "red", "grey"):
        for channel in ("phone", "chat", "letter"):
            for product, trials in ((OTHERS, 400), ("lamp", 10), ("sofa", 10), ("oven", 10)):
                bad = (team, channel) == ("blue", "phone") and product == OTHERS
                rows.append(
                    {"team": team, "channel": channel, "product": product, "observed": trials * (3 if bad else 1) // 10, "trials": trials}
                )
    found = form([Cube("repeat contact", ("channel", "product", "team"), {}, pa.Table.from_pylist(rows))], {})
    assert [(dict(one.rule), one.failures, one.exposed) for one in found] == [
        ({WHAT: "repeat contact", "channel": "phone", "team": "blue"}, 123, 430)
    ]


def test_what_most_of_an_issue_has_in_common_is_named_beside_its_rule() -> None:
    """A department of two queues is bad as a whole; one queue has most of its work, and the department is all of its office's."""
    table = pa.table(
        {
            "department": ["info", "info", "parks", "parks", "works", "works"],
            "queue": ["complaints", "forms", "trees", "lawns", "lights", "roads"],
            "office": ["north", "north", "south", "south", "south", "south"],
            "observed": [800, 300, 100, 100, 100, 100],
            "trials": [1_000, 400, 1_000, 1_000, 1_000, 1_000],
        }
    )
    found = form([Cube("done", ("department", "office", "queue"), {}, table)], {"done": Allowed(0.15)})
    (one,) = [one for one in found if len(one.rule) > 1]
    assert one.failures == 1_100
    assert one.mostly == (Mostly("queue", "complaints", 800 / 1_100),)  # its office is but another name for it


def test_a_known_rule_comes_first_and_keeps_its_key_though_the_failures_moved() -> None:
    before = form([cube({("north", "Bolt"): 0.4})], {"delivery date": Allowed(0.12)})
    now = form([cube({("south", "Crow"): 0.4})], {"delivery date": Allowed(0.12)}, known=again(before))
    assert now[0].key == before[0].key
    assert now[0].known
    assert now[0].excess.low is not None
    assert now[0].excess.low < 0
    assert now[1].rule == {WHAT: "delivery date", "region": "south", "carrier": "Crow"}


def test_a_slice_held_against_the_charter_is_held_against_it_again() -> None:
    """Held against its like, a queue that still breaks six in ten would look mended as soon as the others got as bad."""
    lane = {WHAT: "delivery date", "region": "north"}
    everywhere = cube({}, usual=0.4)
    (one, *_) = form([everywhere], {"delivery date": Allowed(0.1)}, known=[Known(lane, CHARTER)])
    assert (one.rule, one.held_against, one.p) == (lane, CHARTER, None)
    assert one.excess.value == pytest.approx(one.failures - 0.1 * 6_000)
    (like, *_) = form([everywhere], {"delivery date": Allowed(0.1)}, known=[Known(lane, ITS_LIKE)])
    assert like.excess.low is not None
    assert like.excess.low < 0


def test_without_a_charter_line_any_more_a_known_slice_is_held_against_what_holds_now() -> None:
    lane = {WHAT: "delivery date", "region": "north"}
    (one, *_) = form([cube({}, usual=0.4)], {"delivery date": Allowed(0.2, USUAL)}, known=[Known(lane, CHARTER)])
    assert one.held_against == USUAL
    assert one.excess.value == pytest.approx(one.failures - 0.2 * 6_000)


def test_a_known_rule_whose_column_is_gone_is_let_go() -> None:
    assert form([cube({})], {"delivery date": Allowed(0.12)}, known=[Known({WHAT: "delivery date", "campaign": "spring"})]) == ()


def test_two_promises_are_never_in_one_issue() -> None:
    found = form(
        [cube({("north", "Bolt"): 0.4}), cube({("north", "Bolt"): 0.4}, what="price", seed=2)],
        {"delivery date": Allowed(0.12), "price": Allowed(0.12)},
    )
    assert {one.rule[WHAT] for one in found} == {"delivery date", "price"}
    assert all(len(one.rule) == 3 for one in found)


def test_where_every_slice_differs_those_that_break_most_beyond_the_charter_come_first() -> None:
    """Eight queues that keep their word from always to hardly ever: none stands out from its like, three break far more than one in ten."""
    queues = {"a": 0, "b": 20, "c": 60, "d": 90, "e": 130, "f": 400, "g": 600, "h": 850}
    table = pa.table({"queue": list(queues), "observed": list(queues.values()), "trials": [1_000] * len(queues)})
    found = form([Cube("done by the target date", ("queue",), {}, table)], {"done by the target date": Allowed(0.1, USUAL)})
    assert {one.rule["queue"] for one in found if len(one.rule) > 1} >= {"f", "g", "h"}
    assert {one.held_against for one in found} <= {ITS_LIKE, USUAL}
    assert sum(one.failures for one in found if len(one.rule) == 1) in {0, 300}  # what is left, if it breaks more than it may


def test_a_promise_as_a_whole_that_was_an_issue_swallows_no_slice_found_since() -> None:
    before = form([cube({})], {"delivery date": Allowed(0.05)})
    now = form([cube({("north", "Bolt"): 0.4})], {"delivery date": Allowed(0.05)}, known=again(before))
    assert [dict(one.rule) for one in now] == [{WHAT: "delivery date", "region": "north", "carrier": "Bolt"}, {WHAT: "delivery date"}]
    assert [one.known for one in now] == [False, True]

"""Journeys against a list, a graph and the charter's stages; where they break off; who is still on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.journeys.logs import on, table, walked
from troth.engine.journeys import Journeys, journeys
from troth.terms.charter import Area, Charter, Touchpoint
from troth.terms.errors import RequestError
from troth.terms.vocabulary import Aspect

WALL = ["visit", "order", "delivery"]


def ways(found: Journeys) -> dict[tuple[str, str], int]:
    """Kind and step of each deviation to its journeys."""
    return {(one.kind, one.step): one.journeys for one in found.deviations}


@pytest.mark.parametrize(
    ("path", "expected", "fitness"),
    [
        ("visit order delivery", set(), 1.0),
        ("visit order", set(), 3 - 1),  # of three moves the last, out of the journey, is not on the map
        ("visit delivery", {("skipped", "order")}, 2 / 3),
        ("order visit delivery", {("wrong order", "visit"), ("other start", "")}, 1 / 4),
        ("visit order visit order delivery", {("repeated", "visit"), ("repeated", "order")}, 5 / 6),
        ("visit contact order delivery", {("not on the map", "")}, 3 / 5),
        ("contact", {("not on the map", ""), ("other start", "")}, 0.0),
    ],
)
def test_each_way_to_leave_the_map(path: str, expected: set[tuple[str, str]], fitness: float) -> None:
    found = journeys(walked(path, times=12), WALL)
    assert set(ways(found)) == expected
    assert found.conformance is not None
    assert found.conformance.fitness.value == pytest.approx(2 / 3 if fitness == 2 else fitness, abs=1e-5)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("visit order delivery", set()),
        ("visit order", set()),  # it stopped early: that is drop-off
        ("visit delivery", {("visit", ("order",), "delivery", "skipped")}),
        ("order visit delivery", {("", ("visit",), "order", "other start"), ("order", ("delivery",), "visit", "wrong order"),
                                  ("visit", ("order",), "delivery", "skipped")}),
        ("visit visit order delivery", {("visit", ("order",), "visit", "repeated")}),
        ("visit contact order delivery", {("visit", ("order",), "contact", "not on the map")}),
        ("visit order delivery contact", {("delivery", (), "contact", "not on the map")}),
    ],
)  # fmt: skip
def test_each_departure_names_the_step_what_was_to_come_and_what_came_instead(
    path: str, expected: set[tuple[str, tuple[str, ...], str, str]]
) -> None:
    found = journeys(walked(path, times=12), WALL)
    assert {(one.at, one.expected, one.instead, one.kind) for one in found.departures} == expected
    assert {(one.journeys, one.people) for one in found.departures} <= {(12, 12)}
    assert {one.at for one in found.departures if one.may_end} <= {"delivery"}


def test_a_graph_says_where_journeys_end_and_should_not() -> None:
    found = journeys(walked("ask answer", "ask", "ask ask answer", times=11), {"ask": ["answer"], "answer": []})
    told = {(one.at, one.expected, one.instead, one.kind): one.journeys for one in found.departures}
    assert told == {("ask", ("answer",), "", "other end"): 11, ("ask", ("answer",), "ask", "move not on the map"): 11}


def test_where_the_map_is_left_is_said_beside_conformance() -> None:
    found = journeys(walked("visit delivery", "visit order delivery", "visit contact order delivery", "visit contact", times=12), WALL)
    assert found.table_of("conformance").notes == (
        "After “visit” “order” was to come; in 24 journeys of 24 people “contact” came instead (not on the map).",
        "After “visit” “order” was to come; in 12 journeys of 12 people “delivery” came instead (skipped).",
    )
    assert found.behind(move=("visit", "contact")).count().to_pyarrow().as_py() == found.departures[0].journeys


def test_many_places_are_told_by_the_most_taken_and_a_note() -> None:
    found = journeys(walked(*(f"visit extra{i} order delivery" for i in range(30)), times=2), WALL)
    assert len(found.departures) == 20
    assert found.departures.notes == ("20 of 30 kinds of move off the map are listed.",)


def test_conforming_stopped_and_deviating_add_up_and_the_share_has_an_interval() -> None:
    found = journeys(walked("visit order delivery", "visit order", "visit delivery", "visit order delivery", times=10), WALL)
    fit = found.conformance
    assert fit is not None
    assert (fit.conforming, fit.stopped_early, fit.deviating, fit.under_way) == (20, 10, 10, 0)
    assert fit.share.value == 0.5
    assert (fit.share.n, fit.share.clusters) == (40, 40)
    assert fit.share.low is not None
    assert 0.3 < fit.share.low < 0.5


def test_journeys_of_few_people_have_counts_and_no_rate() -> None:
    found = journeys(walked("visit order delivery", times=9), WALL)
    assert found.conformance is not None
    assert (found.conformance.conforming, found.conformance.share.value) == (9, None)


def test_orders_of_the_same_people_make_a_wider_interval_than_as_many_people() -> None:
    rows: list[dict[str, Any]] = []
    for order in range(400):
        person = order // 20  # twenty people; whoever is even walks every journey as mapped
        steps = WALL if person % 2 else WALL[:2]
        rows += [{"customer": person, "subject": order, "kind": kind, "at": on(order + i)} for i, kind in enumerate(steps)]
    one, many = journeys(table(rows), WALL, journey="subject"), journeys(table(rows), WALL, journey="subject", person="subject")
    assert one.conformance is not None
    assert many.conformance is not None
    assert one.conformance.share.value == many.conformance.share.value == 0.5
    wide, narrow = ((fit.share.high or 0) - (fit.share.low or 0) for fit in (one.conformance, many.conformance))
    assert wide > 3 * narrow
    assert (one.drop_off[1].people, many.drop_off[1].people) == (10, 200)


def test_a_journey_with_a_recent_interaction_is_under_way_and_no_drop_off() -> None:
    rows = [{"customer": f"old{i}", "kind": kind, "at": on(day)} for i in range(20) for day, kind in enumerate(("visit", "order"))]
    rows += [{"customer": f"new{i}", "kind": "visit", "at": on(99)} for i in range(20)]
    rows += [{"customer": f"done{i}", "kind": kind, "at": on(97 + day)} for i in range(20) for day, kind in enumerate(WALL)]
    patient, strict = journeys(table(rows), WALL, patience=7), journeys(table(rows), WALL)
    assert [(one.reached, one.dropped, one.under_way) for one in patient.drop_off] == [(60, 0, 20), (40, 20, 0), (20, 0, 0)]
    assert [(one.reached, one.dropped, one.under_way) for one in strict.drop_off] == [(60, 20, 0), (40, 20, 0), (20, 0, 0)]
    assert patient.drop_off[1].share.value == 0.5
    assert (patient.drop_off[0].share.n, strict.drop_off[0].share.n) == (40, 60)
    assert patient.conformance is not None
    assert (patient.conformance.under_way, patient.conformance.share.n) == (20, 40)
    assert any("20 journeys are under way" in note for note in patient.notes)


def test_without_a_map_a_journey_drops_off_at_its_last_step() -> None:
    found = journeys(walked("visit order delivery", "visit order", times=15))
    drop = {one.step: one for one in found.drop_off}
    assert [(drop[step].reached, drop[step].dropped) for step in WALL] == [(30, 0), (30, 15), (15, 15)]
    assert drop["order"].share.value == 0.5
    assert found.behind(dropped="order").count().to_pyarrow().as_py() == 15


def test_a_graph_allows_loops_and_names_the_moves_it_does_not() -> None:
    graph = {"visit": ["visit", "order"], "order": ["delivery"], "delivery": ["return"]}
    found = journeys(walked("visit visit order delivery return", "visit delivery return", "visit order delivery", times=10), graph)
    assert found.conformance is not None
    fit = found.conformance
    assert (fit.conforming, fit.stopped_early, fit.deviating) == (10, 10, 10)
    assert ways(found) == {("move not on the map", ""): 10, ("other end", ""): 10}
    assert {(one.source, one.target) for one in found.moves if not one.allowed} == {("visit", "delivery")}
    assert {one.step: one.share.method for one in found.drop_off}["return"] == "journeys may end here"


def test_a_mapped_step_that_never_occurs_is_said_and_skipped_by_all_that_came_further() -> None:
    found = journeys(walked("visit delivery", times=10), ["visit", "quote", "delivery"])
    assert ways(found) == {("skipped", "quote"): 10}
    assert "Mapped steps that never occur: quote." in found.notes
    assert [(one.reached, one.dropped) for one in found.drop_off] == [(10, 0), (10, 0), (10, 0)]


def test_a_map_of_which_nothing_occurs_fits_nobody() -> None:
    found = journeys(walked("visit order", times=12), ["a", "b"])
    assert found.conformance is not None
    assert (found.conformance.conforming, found.conformance.deviating) == (0, 12)
    assert found.conformance.fitness.value == 0.0
    assert found.drop_off.notes == ("12 journeys hold no mapped step at all.",)


STAGES = Charter(
    stages=("interest", "order", "fulfilment"),
    areas=(Area("Marketing", Aspect.BRAND), Area("Care", Aspect.SERVICE)),
    touchpoints=(Touchpoint("advert", area="Marketing"), Touchpoint("phone", area="Care")),
)


def staged(*touchpoints: str, times: int = 12) -> Any:
    """Customers who pass the stages of the charter by these touchpoints, two interactions in each."""
    return table(
        {"customer": f"c{i}", "kind": "x", "stage": stage, "touchpoint": touchpoints[place % len(touchpoints)], "at": on(place)}
        for i in range(times)
        for place, stage in enumerate(("interest", "interest", "order", "order", "fulfilment", "fulfilment"))
    )


def test_a_charter_maps_its_stages_and_staying_in_one_is_no_repeat() -> None:
    found = journeys(staged("advert"), STAGES)
    assert found.variants[0].path == "interest → order → fulfilment"
    assert found.conformance is not None
    assert found.conformance.conforming == 12
    assert ways(found) == {}


def test_a_charter_without_stages_says_why_nothing_is_compared() -> None:
    found = journeys(staged("advert"), Charter())
    assert found.conformance is None
    assert "Conformance cannot be told: the charter names no stages." in found.notes


def test_a_map_of_marketing_touchpoints_alone_is_a_cordon_of_1() -> None:
    only = Charter(stages=STAGES.stages, areas=STAGES.areas, touchpoints=STAGES.touchpoints[:1])
    found = journeys(staged("advert", "phone", "warehouse"), only)
    assert found.cordon is not None
    assert (found.cordon.observed, found.cordon.mapped, found.cordon.share.value) == (48, 0, 1.0)


def test_the_cordon_weighs_touchpoints_by_their_interactions() -> None:
    found = journeys(staged("advert", "phone", "warehouse"), STAGES)
    assert found.cordon is not None
    assert (found.cordon.observed, found.cordon.mapped, found.cordon.share.value) == (48, 24, 0.5)
    assert {one.touchpoint: (one.marketing, one.mapped) for one in found.touchpoints} == {
        "advert": (True, True),
        "phone": (False, True),
        "warehouse": (None, False),
    }


def test_where_only_marketing_is_met_there_is_nothing_to_fence_off() -> None:
    found = journeys(staged("advert"), STAGES)
    assert found.cordon is not None
    assert (found.cordon.observed, found.cordon.share.value) == (0, None)
    assert found.cordon.share.method == "no interaction at a touchpoint that is not marketing's"


def test_a_charter_needs_the_column_of_touchpoints_and_says_so() -> None:
    with pytest.raises(RequestError, match="no column “place”"):
        journeys(staged("advert"), STAGES, touchpoint="place")


def test_a_plain_table_without_touchpoints_has_no_cordon_and_the_note_says_why() -> None:
    found = journeys(staged("advert").drop_columns(["touchpoint"]), STAGES)
    assert found.cordon is None
    assert any("cordon cannot be told" in note for note in found.notes)


# Ties: two steps at the same instant


def at_once(*steps: tuple[str, float], **more: Any) -> list[dict[str, Any]]:
    """Twelve customers who each went these steps, with the day of each."""
    return [{"customer": f"c{n}", "kind": kind, "at": on(day), **more} for n in range(12) for kind, day in steps]


def test_steps_at_the_same_instant_are_taken_in_the_order_of_the_map() -> None:
    found = journeys(table(at_once(("visit", 0), ("order", 0), ("delivery", 0))), WALL)
    assert found.conformance is not None
    assert (found.conformance.conforming, found.conformance.fitness.value, ways(found), len(found.departures)) == (12, 1.0, {}, 0)
    assert found.variants[0].path == "visit → order → delivery"
    assert any("24 interactions follow another at the same instant; there the order is that of the map" in note for note in found.notes)


def test_what_is_off_the_map_at_the_instant_of_a_step_is_a_tie_and_no_departure() -> None:
    tie = journeys(table(at_once(("visit", 0), ("order", 1), ("contact", 1), ("delivery", 2))), WALL)
    assert len(tie.departures) == 0
    assert any("12 moves between two steps at the same instant are not on the map: ties" in note for note in tie.departures.notes)
    assert ways(tie) == {("not on the map", ""): 12}  # it came, whenever it came
    apart = journeys(table(at_once(("visit", 0), ("order", 1), ("contact", 1.01), ("delivery", 2))), WALL)
    assert [(one.at, one.instead, one.journeys) for one in apart.departures] == [("order", "contact", 12)]
    assert not apart.departures.notes


def test_the_journeys_behind_a_departure_are_those_it_counts_wherever_it_lies_and_no_tie_is_among_them() -> None:
    tie, apart = at_once(("visit", 0), ("contact", 0), ("order", 2)), walked("visit contact order", "order delivery", times=7).to_pylist()
    other = [{**row, "customer": f"d{row['customer']}"} for row in tie]
    of_list = journeys(table([*other, *apart]), WALL)
    assert {(one.at, one.instead): one.journeys for one in of_list.departures} == {("visit", "contact"): 7, ("", "order"): 7}
    of_graph = journeys(walked("ask answer", "ask", "ask ask answer", "tell ask", times=11), {"ask": ["answer"], "answer": []})
    assert {("ask", ""), ("ask", "ask"), ("", "tell")} <= {(one.at, one.instead) for one in of_graph.departures}
    for found in (of_list, of_graph):
        for one in found.departures:
            rows = found.behind(departure=(one.at, one.instead))
            assert rows.count().to_pyarrow().as_py() == one.journeys
            assert rows.person.nunique().to_pyarrow().as_py() == one.people


@pytest.mark.parametrize("departure", [("visit", "order"), ("", ""), ("order", ""), ("contact", "visit"), ("visit", "rain")])
def test_where_the_map_is_not_left_nobody_is_asked_for(departure: tuple[str, str]) -> None:
    with pytest.raises(RequestError) as refused:
        journeys(walked("visit contact order", "visit contact visit"), WALL).behind(departure=departure)
    assert refused.value.place == "departure"


def test_a_row_key_that_is_named_says_more_than_the_map_and_one_that_is_only_there_says_less() -> None:
    rows = [{**row, "row": -n} for n, row in enumerate(at_once(("visit", 0), ("order", 0), ("delivery", 1)))]
    assert ways(journeys(table(rows), WALL)) == {}
    named = journeys(table(rows), WALL, row="row")
    assert set(ways(named)) == {("wrong order", "visit"), ("other start", "")}
    assert {(one.at, one.instead) for one in named.departures} == {("", "order"), ("order", "visit"), ("visit", "delivery")}


def test_a_graph_takes_the_order_it_allows_of_two_steps_at_the_same_instant() -> None:
    graph = {"visit": ["order", "search"], "order": ["delivery"], "search": ["order"], "delivery": []}
    found = journeys(table(at_once(("visit", 0), ("search", 1), ("order", 1), ("delivery", 2))), graph)
    assert len(found.departures) == 0
    assert "move not on the map" in {kind for kind, _ in ways(journeys(table(at_once(("visit", 0), ("delivery", 1))), graph))}
    loose = journeys(table(at_once(("visit", 0), ("search", 1), ("order", 1))), {"search": ["order"], "visit": ["order"], "order": []})
    assert ("move not on the map", "") in ways(loose)  # visit, then search: no order of the two at once would mend it

"""The worlds that fit in memory: they keep the contract, and their truth is what plain simulation finds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from troth.engine.worlds.customers import customers_who_differ, draw_outcomes
from troth.engine.worlds.knowledge import private_knowledge
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.setters import shifted_promises
from troth.engine.worlds.slowdown import slower_network
from troth.engine.worlds.truth import World
from troth.terms.tables import PROMISES
from troth.terms.vocabulary import Part

WORLDS: dict[str, Callable[[int], World]] = {
    "lanes": lanes,
    "private knowledge": lambda seed: private_knowledge(seed, 0.3, estimate=True),
    "slower network": slower_network,
    "customers": customers_who_differ,
    "setters": lambda seed: shifted_promises(seed, -1.0),
}
every_world = pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS.keys())
worlds_with_causes = pytest.mark.parametrize(
    "make",
    [WORLDS[name] for name in ("lanes", "private knowledge", "slower network")],
    ids=["lanes", "private knowledge", "slower network"],
)


def numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    """A column as numbers; timestamps in microseconds."""
    values = table[column]
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    return np.asarray(values.to_numpy(), dtype=np.float64)


def words(table: pa.Table, column: str) -> NDArray[np.str_]:
    """A column as words, empty for NULL."""
    return np.array([word or "" for word in table[column].to_pylist()])


def broken(world: World) -> NDArray[np.bool_]:
    """Received after it was due."""
    return np.asarray(numbers(world.promises, "received_at") > numbers(world.promises, "due_at"))


def days(world: World, start: str, end: str) -> NDArray[np.float64]:
    """Days between two instants of each promise."""
    return (numbers(world.promises, end) - numbers(world.promises, start)) / 86_400e6


@every_world
def test_a_world_fills_the_contract_and_names_its_further_columns(make: Callable[[int], World]) -> None:
    world = make(1)
    contract = {column.name: column for column in PROMISES}
    (spec,) = world.specs
    columns = set(world.promises.column_names)

    assert columns - set(contract) == {*spec.context, *spec.dimensions}
    assert {column.name for column in PROMISES if column.required} <= columns
    arrow = {"string": pa.string(), "id": pa.int64(), "timestamp(6)": pa.timestamp("us"), "float64": pa.float64()}
    for name in columns & set(contract):
        assert world.promises.schema.field(name).type == arrow[contract[name].type], name
        assert world.promises[name].null_count == 0, name
    assert len(set(world.promises["row"].to_pylist())) == world.promises.num_rows


@every_world
def test_a_seed_fixes_every_row_and_another_seed_makes_another_world(make: Callable[[int], World]) -> None:
    assert make(3).promises.equals(make(3).promises)
    assert not make(3).promises.equals(make(4).promises)


@every_world
def test_at_the_as_of_everything_has_fallen_due_and_been_received(make: Callable[[int], World]) -> None:
    world = make(2)
    as_of = pa.scalar(world.as_of, pa.timestamp("us")).cast(pa.int64()).as_py()
    assert (days(world, "made_at", "due_at") > 0).all()
    assert (days(world, "made_at", "received_at") > 0).all()
    assert numbers(world.promises, "due_at").max() < as_of
    assert numbers(world.promises, "received_at").max() < as_of


@worlds_with_causes
def test_the_four_parts_of_every_row_add_up_to_its_expected_break(make: Callable[[int], World]) -> None:
    rows = make(1).truth.rows
    parts = np.sum([numbers(rows, part.value) for part in Part], axis=0)
    np.testing.assert_allclose(parts, numbers(rows, "broken"), atol=1e-12)


@worlds_with_causes
@pytest.mark.parametrize("seed", range(1, 6))
def test_breaks_come_out_as_the_truth_expects_them(make: Callable[[int], World], seed: int) -> None:
    world = make(seed)
    expected = numbers(world.truth.rows, "broken")
    cause = words(world.truth.rows, "cause")
    for slice_ in (np.ones(len(expected), bool), *(cause == each.name for each in world.truth.causes)):
        spread = np.sqrt((expected * (1 - expected))[slice_].sum())
        assert abs(broken(world)[slice_].sum() - expected[slice_].sum()) < 4 * spread


@worlds_with_causes
def test_a_cause_is_the_sum_of_its_rows(make: Callable[[int], World]) -> None:
    world = make(1)
    rows = world.truth.rows
    for cause in world.truth.causes:
        touched = words(rows, "cause") == cause.name
        assert cause.rows == touched.sum() > 0
        assert cause.breaks == pytest.approx(numbers(rows, "added")[touched].sum())
        assert cause.in_part == pytest.approx(numbers(rows, cause.part.value)[touched].sum())


@worlds_with_causes
def test_the_slice_a_cause_names_holds_all_its_rows(make: Callable[[int], World]) -> None:
    world = make(1)
    for cause in world.truth.causes:
        inside = np.ones(world.promises.num_rows, bool)
        for column, values in cause.where.items():
            inside &= np.isin(words(world.promises, column), values)
        touched = words(world.truth.rows, "cause") == cause.name
        assert (inside | ~touched).all(), f"a row of the {cause.name} lies outside its slice"


def test_a_cause_that_was_not_planted_is_not_found() -> None:
    with pytest.raises(KeyError, match="flood"):
        lanes(1).truth.cause("flood")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_undoing_a_cause_saves_the_breaks_it_is_said_to_add(seed: int) -> None:
    """The plain oracle: the same orders and receipts, once with and once without the cause."""
    world = lanes(seed, orders=200_000)
    cause = words(world.truth.rows, "cause")
    promised, received = days(world, "made_at", "due_at"), days(world, "made_at", "received_at")
    slow, hasty, disturbed = (cause == name for name in ("slow lane", "campaign", "incident"))
    saved = {
        "campaign": ((received > promised) & ~(received > promised + 3))[hasty].sum(),
        "incident": ((received > promised) & ~(received - 4 > promised))[disturbed].sum(),
        "slow lane": (received > promised)[slow].sum() - 0.1 * slow.sum(),
    }
    for name, breaks in saved.items():
        planted = world.truth.cause(name)
        assert breaks == pytest.approx(planted.breaks, abs=4 * np.sqrt(planted.rows) / 2), name


def test_lanes_are_promised_whole_days_three_fewer_in_the_campaign_and_the_slow_lane_always_eight() -> None:
    world = lanes(1)
    promised, cause = days(world, "made_at", "due_at"), words(world.truth.rows, "cause")
    lane = words(world.promises, "lane")
    np.testing.assert_allclose(promised, np.round(promised), atol=1e-9)
    assert set(promised[lane == "lane 07"]) == {8.0}
    for name in set(lane[cause == "campaign"]):
        (usual,) = set(promised[(lane == name) & (cause != "campaign")])
        assert set(promised[(lane == name) & (cause == "campaign")]) == {max(usual - 3, 1)}


def test_campaign_and_incident_keep_to_their_weeks() -> None:
    world = lanes(1)
    cause, week = words(world.truth.rows, "cause"), words(world.promises, "order_week")
    assert set(week[cause == "campaign"]) == {f"week {number}" for number in range(20, 26)}
    assert set(week[cause == "incident"]) == {f"week {number}" for number in range(40, 44)}
    sizes = {name: (words(world.promises, "lane") == name).sum() for name in world.truth.cause("incident").where["lane"]}
    others = np.unique(words(world.promises, "lane")[cause != "slow lane"], return_counts=True)[1]
    assert list(sizes.values()) == [others.max()]


def test_the_median_rule_never_books_more_to_expectation_than_the_campaign_added() -> None:
    for seed in range(1, 11):
        campaign = lanes(seed).truth.cause("campaign")
        assert 0.8 * campaign.breaks < campaign.in_part <= campaign.breaks


def test_without_a_standard_the_slow_lane_is_charged_to_the_promise() -> None:
    """Domain.md d9 test 4, on the truth itself."""
    agreed, open_ended = lanes(1).truth.rows, lanes(1, standard=None).truth.rows
    assert not numbers(open_ended, Part.STANDARD.value).any()
    np.testing.assert_allclose(
        numbers(open_ended, Part.EXPECTATION.value),
        numbers(agreed, Part.EXPECTATION.value) + numbers(agreed, Part.STANDARD.value),
        atol=1e-12,
    )


def test_the_slow_lane_can_be_given_a_share_and_the_year_a_history() -> None:
    world = lanes(1, slow_share=0.03, history=26)
    assert world.promises.num_rows == 18_000
    assert world.truth.cause("slow lane").rows == pytest.approx(0.03 * 18_000, rel=0.2)
    assert (
        numbers(world.promises, "made_at") < pa.scalar(np.datetime64("2024-01-01", "us")).cast(pa.int64()).as_py()
    ).sum() == pytest.approx(6_000, rel=0.05)


@pytest.mark.parametrize("hidden_sd", [0.0, 0.15, 0.3, 0.5])
def test_the_campaign_breaks_about_215_whatever_the_setter_knew(hidden_sd: float) -> None:
    breaks = [private_knowledge(seed, hidden_sd).truth.cause("campaign").breaks for seed in range(1, 11)]
    assert np.mean(breaks) == pytest.approx(215, rel=0.05)


def test_the_internal_estimate_holds_all_the_setter_knew() -> None:
    world = private_knowledge(1, 0.5, estimate=True)
    routine = words(world.truth.rows, "cause") == ""
    believed = np.log(numbers(world.promises, "internal_estimate"))
    promise = np.log(days(world, "made_at", "due_at"))
    assert np.corrcoef(believed[routine], promise[routine])[0, 1] == pytest.approx(1.0, abs=1e-9)
    assert world.specs[0].has == {"internal_estimate"}
    plain = private_knowledge(1, 0.5)
    assert "internal_estimate" not in plain.promises.column_names
    assert plain.promises["due_at"].equals(world.promises["due_at"])


def test_the_network_is_a_fifth_slower_from_week_30_and_promises_stay() -> None:
    world = slower_network(1, orders=200_000)
    slower, lane = words(world.promises, "slower") == "yes", words(world.promises, "lane")
    lead = np.log(days(world, "made_at", "received_at"))
    promised = days(world, "made_at", "due_at")
    largest = max(set(lane), key=lambda name: int((lane == name).sum()))
    before, since = (lead[(lane == largest) & flag] for flag in (~slower, slower))
    assert np.exp(since.mean() - before.mean()) == pytest.approx(1.2, rel=0.02)
    assert np.ptp(promised[lane == largest]) == pytest.approx(0, abs=1e-9)
    assert min(words(world.promises, "order_week")[slower]) == "week 30"


@pytest.mark.parametrize(
    ("shift", "kept", "skill"),
    [(-3.0, 0.46, -1.29), (-1.0, 0.81, -0.10), (0.0, 0.90, 0.0), (1.0, 0.95, -0.07), (3.0, 0.99, -0.42), (6.0, 1.00, -1.12)],
)
def test_padding_and_overpromising_both_lose_by_the_published_amounts(shift: float, kept: float, skill: float) -> None:
    """The simulated values of domain.md c6, from the closed form and from the rows."""
    world = shifted_promises(1, shift, promises=100_000)
    assert world.truth.keep_rate == pytest.approx(kept, abs=0.006)
    assert world.truth.skill == pytest.approx(skill, abs=0.011)

    promised, received = days(world, "made_at", "due_at"), days(world, "made_at", "received_at")
    able = days(shifted_promises(1, 0.0, promises=100_000), "made_at", "due_at")

    def loss(level: NDArray[np.float64]) -> float:
        return float(np.where(received > level, 0.9 * (received - level), 0.1 * (level - received)).sum())

    assert (received <= promised).mean() == pytest.approx(world.truth.keep_rate, abs=0.005)
    assert 1 - loss(promised) / loss(able) == pytest.approx(world.truth.skill, abs=0.03)


def test_receipts_do_not_depend_on_the_promise() -> None:
    tight, wide = (days(shifted_promises(5, shift), "made_at", "received_at") for shift in (-3.0, 6.0))
    np.testing.assert_array_equal(tight, wide)


def test_customers_who_differ_defeat_the_plain_wilson_interval() -> None:
    """Domain.md i.6: 120 customers, Beta(9, 1), 1 + Poisson(6) promises: Wilson covers .884 of the draws, not .95."""
    generator = np.random.default_rng(1)
    covered = 0
    draws = 2_000
    for _ in range(draws):
        kept = draw_outcomes(generator).kept
        n, rate, z = len(kept), kept.mean(), 1.959964
        centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        covered += bool(abs(centre - 0.9) <= half)
    assert covered / draws == pytest.approx(0.884, abs=0.02)


def test_customers_world_keeps_what_was_drawn() -> None:
    world = customers_who_differ(1, customers=2_000)
    assert len(set(world.promises["customer"].to_pylist())) == 2_000
    assert 1 - broken(world).mean() == pytest.approx(world.truth.keep_rate, abs=0.01)

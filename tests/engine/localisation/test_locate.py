"""Where does the excess lie? On tables with a planted truth."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

import troth
from tests.engine.localisation.cubes import DIMENSIONS, before, shop
from troth.engine.intervals import Numbers
from troth.engine.localisation import Causes, assigned, locate_cube

NORTH_WEB = ("north", "web", None)


def located(table: pa.Table, **asked: object) -> Causes:
    settings: dict[str, object] = {"trials": "orders", "expected": "expected", "dimensions": DIMENSIONS}
    return troth.locate(table, "failed", **{**settings, **asked})  # type: ignore[arg-type]


def test_a_planted_slice_is_named_by_its_dimensions_and_no_others() -> None:
    found = located(shop({NORTH_WEB: 2.0}))
    assert found.rules == ({"region": "north", "channel": "web"},)
    assert (found.answer, found[0].side, found[0].n) == ("localised", "more", 5 * 200)


def test_the_excess_is_what_was_observed_beyond_the_overall_of_the_rest() -> None:
    table = shop({NORTH_WEB: 2.0})
    (cause,) = located(table)
    held = [row for row in table.to_pylist() if (row["region"], row["channel"]) == ("north", "web")]
    rest = [row for row in table.to_pylist() if (row["region"], row["channel"]) != ("north", "web")]
    overall = sum(row["failed"] for row in rest) / sum(row["expected"] for row in rest)
    observed = sum(row["failed"] for row in held)
    assert cause.observed == observed
    assert cause.expected == pytest.approx(overall * sum(row["expected"] for row in held), rel=0.02)
    low, high = cause.interval
    assert low is not None
    assert high is not None
    assert low < 100 < high  # 5 x 200 x 0.1 more were planted
    assert 0 < low < cause.excess.value < high  # type: ignore[operator]


def test_excesses_and_the_unexplained_add_up() -> None:
    found = located(shop({NORTH_WEB: 2.0, ("south", None, "c"): 0.4}))
    assert len(found) == 2
    assert sum(cause.excess.value for cause in found) + found.unexplained == pytest.approx(found.total, abs=1e-9)  # type: ignore[misc]
    assert sum(cause.share for cause in found) <= 1


def test_one_slice_up_and_one_down_are_both_found_though_the_whole_is_as_expected() -> None:
    found = located(shop({NORTH_WEB: 2.0, ("south", "shop", None): 0.2}))
    assert {(cause.rule, str(cause.side)) for cause in found} == {
        ("region = north & channel = web", "more"),
        ("region = south & channel = shop", "less"),
    }


def test_one_side_can_be_asked_for() -> None:
    table = shop({NORTH_WEB: 2.0, ("south", "shop", None): 0.2})
    assert located(table, side="more").rules == ({"region": "north", "channel": "web"},)
    assert located(table, side="less").rules == ({"region": "south", "channel": "shop"},)


def test_what_moves_everywhere_alike_is_a_level_and_no_cause() -> None:
    found = located(shop(overall=1.6))
    assert found.answer == "no localised cause"
    assert found.overall.value == pytest.approx(1.6, rel=0.1)
    assert found.overall.low < 1.6 < found.overall.high  # type: ignore[operator]
    assert found.unexplained == found.total > 0


def test_a_cause_is_found_beside_a_level_that_moved() -> None:
    assert located(shop({NORTH_WEB: 2.0}, overall=1.6)).rules == ({"region": "north", "channel": "web"},)


def test_without_a_cause_the_answer_is_that_there_is_none_with_its_p() -> None:
    found = located(shop())
    assert (len(found), found.answer) == (0, "no localised cause")
    assert found.p is not None
    assert 0.05 < found.p <= 1
    assert "No localised cause" in repr(found)


def test_false_alarms_are_rare_whether_leaves_stray_or_not() -> None:
    for stray in (0.0, 0.25):
        alarms = sum(bool(located(shop(seed=seed, stray=stray), draws=0).rules) for seed in range(60))
        assert alarms <= 6  # 3 are to be expected; 7 or more of 60 have a chance of 0.03


def test_what_strays_beyond_sampling_is_seen() -> None:
    """Leaves of one size: a stray of a quarter of 200 expected is 1 + 0.25^2 x 200 / 0.9, 15 times the sampling variance."""
    quiet, loud = located(shop(seed=3, orders=2000)), located(shop(seed=3, orders=2000, stray=0.25))
    assert quiet.dispersion == pytest.approx(1.0, abs=0.3)
    assert loud.dispersion == pytest.approx(15, rel=0.4)


def test_an_interval_is_wider_where_leaves_stray() -> None:
    def width(stray: float) -> float:
        (cause,) = located(shop({NORTH_WEB: 4.0}, orders=2000, rate=0.05, stray=stray))
        low, high = cause.interval
        assert low is not None
        assert high is not None
        return high - low

    assert width(0.25) > 2 * width(0.0)


def test_intervals_hold_what_was_planted_where_large_leaves_stray() -> None:
    """Leaves of 50 to 50,000 trials whose rates stray by a fifth; 1.5 to 3 times as much where the first is 0 and the second is 1."""
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        codes = np.array(np.unravel_index(np.arange(480), (8, 6, 10)))
        trials = np.round(np.exp(rng.uniform(np.log(50), np.log(50_000), 480)))
        inside = (codes[0] == 0) & (codes[1] == 1)
        lift = rng.uniform(1.5, 3.0)
        chance = 0.1 * np.where(inside, lift, 1.0) * np.exp(rng.normal(0, 0.2, 480))
        cube = {"a": codes[0], "b": codes[1], "c": codes[2], "trials": trials, "expected": 0.1 * trials}
        cube["observed"] = rng.binomial(trials.astype(int), np.minimum(chance, 1.0)).astype(float)
        for cause in locate_cube(cube, ["a", "b", "c"]):
            if cause.where == {"a": 0, "b": 1}:
                low, high = cause.interval
                assert low is not None
                assert high is not None
                held.append(low <= 0.1 * (lift - 1) * np.exp(0.02) * trials[inside].sum() <= high)
    assert len(held) >= 20
    assert np.mean(held) >= 0.85


def test_what_to_expect_is_learned_from_the_time_before() -> None:
    found = located(shop({NORTH_WEB: 2.0}).drop(["expected"]), expected=None, baseline=before())
    assert found.rules == ({"region": "north", "channel": "web"},)


def test_a_slice_that_was_always_worse_is_no_cause() -> None:
    always = {NORTH_WEB: 2.5}
    now, then = shop(always, seed=5), shop(always, seed=6, orders=800)
    assert located(now, expected=None, baseline=then).rules == ()
    assert located(now, expected=None).rules == ({"region": "north", "channel": "web"},)  # held against all, it is


def test_other_volumes_at_the_same_rates_are_no_cause() -> None:
    """North fails three times as often as the others; now north has four times the orders, and the whole fails more."""
    then = shop({("north", None, None): 3.0}, seed=8, orders=800)
    rows = shop({("north", None, None): 3.0}, seed=9).to_pylist()
    more = shop({("north", None, None): 3.0}, seed=10, orders=800).to_pylist()
    now = pa.Table.from_pylist([many if many["region"] == "north" else row for row, many in zip(rows, more, strict=True)])
    assert located(now, expected=None, baseline=then).rules == ()


def test_the_time_before_may_be_marked_in_the_same_table() -> None:
    now, then = shop({NORTH_WEB: 2.0}).select([*DIMENSIONS, "failed", "orders"]), before()
    flags = pa.concat_tables([now.append_column("then", pa.repeat(False, 60)), then.append_column("then", pa.repeat(True, 60))])
    marked = located(flags, expected=None, baseline="then")
    beside = located(now, expected=None, baseline=then)
    assert marked.records() == beside.records()


def test_rows_of_true_and_false_are_their_own_trials() -> None:
    rng = np.random.default_rng(4)
    region, channel = rng.choice(["north", "south", "east"], 6000), rng.choice(["web", "phone"], 6000)
    failed = rng.random(6000) < np.where((region == "north") & (channel == "web"), 0.25, 0.1)
    table = pa.table({"region": region, "channel": channel, "failed": failed})
    (cause,) = troth.locate(table, "failed", dimensions=["region", "channel"])
    assert cause.where == {"region": "north", "channel": "web"}
    assert cause.n == ((region == "north") & (channel == "web")).sum()


def test_counts_are_held_against_what_was_expected_of_them() -> None:
    found = troth.locate(shop({NORTH_WEB: 2.0}), "failed", "expected", DIMENSIONS)
    assert found.rules == ({"region": "north", "channel": "web"},)
    assert found[0].n == 5  # leaves, as there are no trials


def test_counts_are_held_against_counts_before_whatever_the_lengths_of_time() -> None:
    found = troth.locate(shop({NORTH_WEB: 2.5}), "failed", dimensions=DIMENSIONS, baseline=before())
    assert found.rules == ({"region": "north", "channel": "web"},)


@pytest.mark.parametrize("sizes", [(790, 871), (50, 2_000)], ids=["much alike", "of any size"])
@pytest.mark.parametrize(("where", "found_in"), [({"region": "v0", "channel": "v0"}, 18), ({"region": "v0"}, 13)])
def test_a_cause_that_moves_many_of_few_leaves_does_not_pass_for_noise(
    sizes: tuple[int, int], where: dict[str, str], found_in: int
) -> None:
    found = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        leaf = [(f"v{r}", f"v{c}", f"v{p}") for r in range(4) for c in range(2) for p in range(3)]
        table: dict[str, Any] = dict(zip(("region", "channel", "product"), map(np.array, zip(*leaf, strict=True)), strict=True))
        table["trials"] = chance.integers(*sizes, len(leaf))
        hit = np.logical_and.reduce([table[name] == value for name, value in where.items()])
        table["observed"] = chance.binomial(table["trials"], np.where(hit, 0.3, 0.05))
        found += where in locate_cube(table, ["region", "channel", "product"]).rules
    assert found >= found_in


@pytest.mark.parametrize("unit", [1.0, 3600.0, 1e-6])
def test_amounts_are_located_in_any_unit(unit: float) -> None:
    table = shop({NORTH_WEB: 1.5}).to_pandas().assign(hours=lambda t: t.hours * unit, hours_expected=lambda t: t.hours_expected * unit)
    found = troth.locate(table, "hours", "hours_expected", DIMENSIONS, measure="amount")
    assert found.rules == ({"region": "north", "channel": "web"},)
    assert found[0].excess.value == pytest.approx(5 * 200 * 0.5 * unit, rel=0.25)


def test_amounts_may_be_below_zero() -> None:
    table = shop().to_pandas()
    table["refunds"] = -table.hours
    table["refunds_expected"] = -table.hours_expected
    table.loc[(table.region == "east") & (table["product"] == "b"), "refunds"] *= 2
    (cause,) = troth.locate(table, "refunds", "refunds_expected", DIMENSIONS)
    assert (cause.where, str(cause.side)) == ({"region": "east", "product": "b"}, "less")


def grid(observed: Numbers, expected: float, rows: int) -> dict[str, Any]:
    """Amounts of ``rows`` values of b by as many values of a as it takes, all expected alike."""
    wide = len(observed) // rows
    a, b = [f"a{n % wide}" for n in range(len(observed))], [f"b{n // wide}" for n in range(len(observed))]
    return {"a": a, "b": b, "observed": observed, "expected": np.full(len(observed), expected)}


@pytest.mark.parametrize("amount", [180.0, 1_000.0, 100_000.0])
@pytest.mark.parametrize("leaves", [8, 10, 12, 16, 20])
def test_the_amount_of_one_enormous_leaf_of_a_small_cube_does_not_pass_for_noise(leaves: int, amount: float) -> None:
    for seed in range(12):
        observed = np.random.default_rng(seed).normal(100, 2, leaves)
        observed[1] = amount
        found = locate_cube(grid(observed, 100.0, 2), ["a", "b"], measure="amount")
        assert {"a": "a1", "b": "b0"} in found.rules, seed


@pytest.mark.parametrize("expected", [-100.0, -5.0, 5.0, 100.0])
def test_an_enormous_amount_of_one_value_is_found_whatever_was_expected(expected: float) -> None:
    for seed in range(12):
        observed = expected + np.random.default_rng(seed).normal(0, 2, 60)
        observed[3::10] += 80
        assert {"a": "a3"} in locate_cube(grid(observed, expected, 6), ["a", "b"], measure="amount").rules, seed


@pytest.mark.parametrize("leaves", [6, 8, 10, 12, 16, 20, 30])
def test_in_small_cubes_of_amounts_without_a_cause_one_in_twenty_raises_an_alarm_at_most(leaves: int) -> None:
    rng = np.random.default_rng(leaves)
    alarms = [bool(locate_cube(grid(rng.normal(100, 2, leaves), 100.0, 2), ["a", "b"], measure="amount").rules) for _ in range(120)]
    assert sum(alarms) <= 6


def test_one_leaf_with_most_of_the_volume_hides_no_other_cause() -> None:
    table = shop({NORTH_WEB: 2.5}, orders=300).to_pandas()
    huge = table.index[(table.region == "east") & (table.channel == "shop") & (table["product"] == "e")][0]
    table.loc[huge, ["failed", "orders", "expected"]] = [2_000, 20_000, 2_000.0]
    assert located(pa.Table.from_pandas(table, preserve_index=False)).rules == ({"region": "north", "channel": "web"},)


def test_a_cause_that_holds_nearly_half_of_a_cube_does_not_pass_for_noise() -> None:
    found = located(shop({(None, "web", None): 3.0}, stray=0.1))
    assert found.rules[0] == {"channel": "web"}


@pytest.mark.parametrize("overall", [1.0, 0.5])
def test_causes_that_hold_most_of_a_small_cube_do_not_pass_for_noise(overall: float) -> None:
    found = located(shop({NORTH_WEB: 2.5, (None, None, "d"): 2.0, ("west", None, None): 0.3}, orders=600, overall=overall))
    assert set(map(str, (cause.rule for cause in found))) >= {"region = west", "product = d"}


def test_the_unknown_is_a_value() -> None:
    table = shop({NORTH_WEB: 2.5}).to_pandas()
    table.loc[table.region == "north", "region"] = None
    (cause,) = located(pa.Table.from_pandas(table, preserve_index=False))
    assert cause.where == {"region": None, "channel": "web"}
    assert cause.rule == "region = unknown & channel = web"


def test_a_cause_as_deep_as_is_looked_is_found_and_a_deeper_one_is_not() -> None:
    table = shop({("north", "web", "a"): 5.0})
    assert located(table).rules == ({"region": "north", "channel": "web", "product": "a"},)
    assert all(len(rule) <= 2 for rule in located(table, deepest=2).rules)


def test_causes_are_disjoint_and_the_first_rule_that_holds_a_row_counts() -> None:
    table = shop({("north", None, None): 2.0, (None, "web", None): 2.0}, orders=600)
    found = located(table)
    assert {cause.rule for cause in found} == {"region = north", "channel = web"}
    assert [cause.leaves for cause in found] in ([15, 20 - 5], [20, 15 - 5])
    rows = ibis.memtable(table)
    numbers = rows.mutate(cause=assigned(rows, found.rules)).to_pyarrow().to_pylist()
    for place, cause in enumerate(found):
        assert cause.observed == sum(row["failed"] for row in numbers if row["cause"] == place)


def test_what_a_sharp_and_a_broad_cause_share_is_the_sharp_ones_though_the_broad_one_holds_more() -> None:
    """Most is in the first of ten regions, which has half as many again as expected; one of ten carriers has three times as many."""
    pairs = [(region, carrier) for region in range(10) for carrier in range(10)]
    cube = {
        "region": [region for region, _ in pairs],
        "carrier": [carrier for _, carrier in pairs],
        "expected": [40 if region else 900 for region, _ in pairs],
        "observed": [3 * (40 if region else 900) if not carrier else 40 if region else 1_350 for region, carrier in pairs],
    }
    sharp, broad = locate_cube(cube, ["region", "carrier"])
    assert (sharp.rule, broad.rule) == ("carrier = 0", "region = 0")
    assert (sharp.observed, broad.observed) == (3 * (900 + 9 * 40), 9 * 1_350)
    assert broad.excess.value is not None
    assert sharp.excess.value is not None
    assert broad.excess.value > sharp.excess.value


def test_the_answer_is_the_same_whatever_the_order_of_rows_and_however_they_are_split() -> None:
    table = shop({NORTH_WEB: 2.0}, stray=0.2)
    mixed = table.take(np.random.default_rng(0).permutation(60))
    halves = pa.concat_tables([mixed.set_column(mixed.column_names.index("failed"), "failed", pa.array([0] * 60)), mixed])
    halves = halves.set_column(halves.column_names.index("orders"), "orders", pa.array([0] * 60 + mixed["orders"].to_pylist()))
    halves = halves.set_column(halves.column_names.index("expected"), "expected", pa.array([0.0] * 60 + mixed["expected"].to_pylist()))
    assert located(table).records() == located(mixed).records() == located(halves).records()


def test_a_cube_at_hand_is_located_without_a_database() -> None:
    table = shop({NORTH_WEB: 2.0})
    arrays = {name: np.asarray(table[name]) for name in (*DIMENSIONS, "expected")}
    arrays |= {"observed": np.asarray(table["failed"]), "trials": np.asarray(table["orders"])}
    assert locate_cube(arrays, DIMENSIONS).records() == located(table).records()


def test_findings_turn_into_tables_with_a_column_for_each_dimension() -> None:
    frame = located(shop({NORTH_WEB: 2.0, (None, None, "d"): 1.8}, orders=600)).to_pandas()
    assert list(frame.columns[:4]) == ["region", "channel", "product", "rule"]
    assert set(frame["rule"]) == {"region = north & channel = web", "product = d"}

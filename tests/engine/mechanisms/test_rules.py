"""Business rules of the split, on tables in sight."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

import troth
from tests.engine.mechanisms import oracle
from troth.engine.mechanisms import Split

SIDES: dict[str, Any] = {"by": "month", "before": "August", "after": "September"}
STAGES = {"packing": "packed_in", "transit": "carried_in"}
PACKED, CARRIED = (1, 2), (1, 2, 3, 4)


def month(name: str, promised: int = 5, *, slower: int = 0, carriers: tuple[str, ...] = ("Arrow",)) -> list[dict[str, Any]]:
    """80 orders a carrier: every packing time with every transit time, ten times; carrier Bolt takes two days longer."""
    return [
        {
            "month": name,
            "carrier": carrier,
            "promised": promised,
            "packed_in": packed,
            "carried_in": carried + slower + 2 * (carrier == "Bolt"),
        }
        for carrier in carriers
        for packed, carried in product(PACKED, CARRIED)
        for _ in range(10)
    ]


def split(rows: list[dict[str, Any]], **more: Any) -> Split:
    asked: dict[str, Any] = {**SIDES, "mix": ["carrier"], "promise": "promised", "stages": STAGES, "draws": 40}
    return troth.split_change(pa.Table.from_pylist(rows), **{**asked, **more})


def told(found: Split) -> dict[str, float]:
    return {part.mechanism: round(part.change.value or 0.0, 9) for part in found.parts if part.change.value}


def test_if_only_the_promise_changed_all_of_the_change_goes_along_with_it() -> None:
    found = split(month("August", 5) + month("September", 4))
    assert (found.before.value, found.after.value) == (1 / 8, 3 / 8)
    assert told(found) == {"promise": 0.25}
    assert found.part("transit").measured == 0


def test_if_only_a_stage_changed_all_of_the_change_goes_along_with_it() -> None:
    assert told(split(month("August") + month("September", slower=1))) == {"transit": 0.25}


def test_if_only_the_mix_changed_all_of_the_change_goes_along_with_it() -> None:
    august = month("August", carriers=("Arrow", "Arrow", "Bolt"))
    september = month("September", carriers=("Arrow", "Bolt", "Bolt"))
    found = split(august + september)
    assert told(found) == {"carrier": round((5 / 8 - 1 / 8) / 3, 9)}
    assert found.part("carrier").kind == "mix"


def test_promise_and_stage_at_once_share_what_they_do_together() -> None:
    found = split(month("August", 5) + month("September", 4, slower=1))
    # late before 1/8; only the promise 3/8; only the transit 3/8; both 5/8
    assert told(found) == {"promise": 0.25, "transit": 0.25}
    assert found.change.value == 0.5


def test_grace_is_part_of_the_promise() -> None:
    rows = month("August", 5) + month("September", 4)
    assert split(rows, grace=1).before.value == 0
    assert told(split(rows, grace=1)) == {"promise": 0.125}


def test_promises_that_know_which_order_is_slow_stand_in_together() -> None:
    rows = month("August") + [{**row, "promised": row["packed_in"] + row["carried_in"]} for row in month("September")]
    found = split(rows)
    assert found.after.value == 0
    assert (found.part("together").change.value or 0) < -0.2
    assert sum(part.change.value or 0.0 for part in found.parts) == pytest.approx(-1 / 8, abs=1e-12)


def test_areas_hold_the_sum_of_their_parts_and_nobody_the_rest() -> None:
    areas = {"promise": "marketing", "packing": "operations", "transit": "operations"}
    found = split(month("August", 5) + month("September", 4, slower=1), areas=areas)
    assert {area: round(value, 9) for area, value in found.by_area.items()} == {"marketing": 0.25, "operations": 0.25, None: 0}
    assert sum(found.by_area.values()) == pytest.approx(0.5, abs=1e-12)
    assert "+25.0 points go along with the promise (marketing)" in found.answer


def test_a_new_carrier_is_a_matter_of_the_mix_and_the_split_says_so() -> None:
    found = split(month("August") + month("September", carriers=("Arrow", "Bolt")))
    assert told(found) == {"carrier": 0.25}
    assert any("1 of 2 cells (50.0% of the rows after) occur only after" in note for note in found.notes)


def test_a_new_carrier_is_given_the_shorter_promise_that_the_others_were_given() -> None:
    found = split(month("August", 5) + month("September", 4, carriers=("Arrow", "Bolt")))
    # Bolt before: promised 5 days as Arrow was; late 5/8, and 7/8 with 4 days. Worlds: 1/8, promise 3/8, mix 3/8, both 5/8
    assert told(found) == {"carrier": 0.25, "promise": 0.25}


def test_what_never_varies_has_no_part_and_the_reason_is_told() -> None:
    found = split(month("August", 5) + month("September", 4))
    carrier = found.part("carrier")
    assert (carrier.change.value, carrier.measured, carrier.reason) == (0, 0, "“carrier” has one value throughout")
    assert "carrier: “carrier” has one value throughout, so its part is exactly 0." in found.notes


def test_equal_months_have_no_change_and_no_part() -> None:
    found = split(month("August") + month("September"))
    assert told(found) == {}
    assert found.change.value == 0
    assert "No part of that is told from chance" in found.answer


def test_it_never_claims_why() -> None:
    found = split(month("August", 5) + month("September", 4))
    assert found.answer.endswith("not why that moved.")
    assert "because" not in found.answer
    assert "cause" not in found.answer


def drawn(seed: int, rows: int = 300) -> list[dict[str, Any]]:
    """Orders whose promise knows of the transit, and whose mix, promise and stages all change."""
    rng, made = random.Random(seed), []
    for side in (0, 1):
        for _ in range(rows):
            region = int(rng.random() < 0.3 + 0.2 * side)
            carrier = int(rng.random() < 0.2 + 0.4 * region)
            transit = rng.randint(1, 3) + carrier + (side and rng.random() < 0.3)
            promise = 4 + region - side * rng.randint(0, 1) + (transit > 3 and rng.random() < 0.3)
            made.append(
                {"side": side, "region": region, "carrier": carrier, "promise": promise, "packing": rng.randint(0, 2), "transit": transit}
            )
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_agrees_with_enumeration_over_all_orders_of_switching(seed: int) -> None:
    rows = drawn(seed)
    naive = oracle.parts(rows, ["region", "carrier"], ["packing", "transit"])
    found = asked_of(pa.Table.from_pylist(rows), draws=20)
    assert {part.mechanism: part.measured for part in found.parts if part.kind != "chance"} == pytest.approx(
        {name: float(value) for name, value in naive.items()}, abs=1e-9
    )
    for of in ("change", "measured"):
        assert sum(getattr(part, of) if of == "measured" else part.change.value or 0.0 for part in found.parts) == pytest.approx(
            found.change.value, abs=1e-9
        )


def asked_of(rows: Any, **more: Any) -> Split:
    return troth.split_change(
        rows,
        by="side",
        before=0,
        after=1,
        mix=["region", "carrier"],
        promise="promise",
        stages={"packing": "packing", "transit": "transit"},
        **more,
    )


def test_the_order_of_the_rows_and_the_run_change_nothing() -> None:
    rows = drawn(4)
    first = asked_of(pa.Table.from_pylist(rows)).to_dict()
    random.Random(1).shuffle(rows)
    assert json.dumps(asked_of(pa.Table.from_pylist(rows)).to_dict()) == json.dumps(first)
    assert json.dumps(asked_of(ibis.memtable(pa.Table.from_pylist(rows))).to_dict()) == json.dumps(first)


def test_more_kinds_of_row_than_fit_give_the_same_parts_and_much_the_same_intervals() -> None:
    table = pa.Table.from_pylist(drawn(5, 2_000))
    whole, sampled = asked_of(table), asked_of(table, most_kinds=120)
    assert [part.measured for part in sampled.parts] == pytest.approx([part.measured for part in whole.parts], abs=1e-12)
    assert any("from a sample" in note for note in sampled.notes)
    for one, other in zip(whole.parts[:-1], sampled.parts[:-1], strict=True):
        widths = [(part.change.high or 0) - (part.change.low or 0) for part in (one, other)]
        assert 0.5 < widths[1] / widths[0] < 2


def test_rows_of_one_customer_that_are_alike_count_once_in_the_interval() -> None:
    once = [{**row, "customer": number} for number, row in enumerate(drawn(6))]
    plain, repeated = asked_of(pa.Table.from_pylist(once)), asked_of(pa.Table.from_pylist(once * 4), cluster="customer")
    widths = [(found.part("promise").change.high or 0) - (found.part("promise").change.low or 0) for found in (plain, repeated)]
    assert 0.8 < widths[1] / widths[0] < 1.25
    assert repeated.part("promise").change.clusters == 600
    assert [part.measured for part in repeated.parts] == pytest.approx([part.measured for part in plain.parts], abs=1e-12)


def test_tenths_of_a_day_that_add_up_to_the_promise_are_on_time() -> None:
    rows = [{"month": name, "carrier": "Arrow", "promised": 0.3, "packed_in": 0.1, "carried_in": 0.2} for name in ("August", "September")]
    found = split(rows * 40)
    assert (found.before.value, found.after.value, found.reason) == (0, 0, "nothing was late on either side.")


def test_dates_are_told_apart_by_month() -> None:
    rows = month("August", 5) + month("September", 4)
    table = pa.Table.from_pylist(rows).append_column(
        "at", pa.array([np.datetime64("2024-08-31T23:00" if row["month"] == "August" else "2024-09-01T00:00", "us") for row in rows])
    )
    for before, after in (("2024-08", "2024-09"), ("2024-08-31", "2024-09-01")):
        found = troth.split_change(table, by="at", before=before, after=after, mix=["carrier"], promise="promised", stages=STAGES)
        assert told(found) == {"promise": 0.25}


def test_times_that_are_no_whole_numbers_are_counted_finely_enough() -> None:
    rng = np.random.default_rng(1)
    n = 4_000
    promised = np.where(np.arange(2 * n) < n, 5.0, 4.0)
    table = pa.table({"side": np.repeat([0, 1], n), "promised": promised, "a": rng.gamma(2, 1, 2 * n), "b": rng.gamma(2, 0.7, 2 * n)})
    found = troth.split_change(table, by="side", before=0, after=1, promise="promised", stages={"a": "a", "b": "b"})
    assert abs(found.part("together").measured) < 0.02
    assert any("rounded" in note for note in found.notes)

"""F, K, I, B and U against a plain second reckoning, and the acceptance tests c9 (1) to (3), (10) and (12)."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.engine.promises.naive import Row
from tests.engine.promises.tables import at, day, deadline, promises, stored
from troth.engine.findings import WEIGHTINGS
from troth.engine.promises import campaigns, integrity, judge
from troth.terms.charter import Charter, Line
from troth.terms.errors import RequestError

END = at(400)


def many(rng: np.random.Generator, n: int = 600, customers: int = 80) -> list[Row]:
    """Deadlines and prices of several customers, some late, some open, some void."""
    rows: list[Row] = []
    for _ in range(n):
        who = int(rng.integers(customers))
        made = float(rng.integers(300))
        late = rng.gamma(2, 2) * (0.6 + who / customers)
        common = {"customer": f"c{who}", "kept_by": ["North", "South", None][who % 3], "value": float(rng.integers(1, 900)) / 4}
        if rng.random() < 0.3:
            price: Row = {"type": "price", "made_at": day(made), "due_at": day(made + 3), "received_at": day(made + 2)}
            rows.append({**price, "promised": 50.0, "received": float(rng.choice([40, 50, 50, 50, 60])), **common})
        else:
            received = None if rng.random() < 0.05 else made + late
            rows.append(deadline(made, made + 5, received, confidence=float(rng.choice([1.0, 1.0, 0.5])), **common))
    return rows


def plain_reckoning(ledger: ir.Table, charter: Charter) -> dict[str, float]:
    """The formulas of c5 over the ledger's rows, one by one."""
    rows = [row for row in ledger.to_pyarrow().to_pylist() if row["in_cohort"] and row["eligible"]]
    weight = [1.0 if row["line"] < 0 else charter.lines[row["line"]].importance for row in rows]
    kept = [float(row["verdict"] in {"KEPT", "EXCEEDED"}) for row in rows]
    rho = [float(row["met"] + row["surplus"]) for row in rows]
    total = sum(weight)
    by_customer: dict[Any, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by_customer[row["customer"]].append(i)
    spread = 0.0
    K = sum(w * k for w, k in zip(weight, kept, strict=True)) / total
    for mine in by_customer.values():
        spread += sum(weight[i] * (kept[i] - K) for i in mine) ** 2
    G = len(by_customer)
    return {
        "K": K,
        "I": sum(w * min(1.0, r) for w, r in zip(weight, rho, strict=True)) / total,
        "U": sum(w * max(0.0, r - 1) for w, r in zip(weight, rho, strict=True)) / total,
        "B": sum(w * r for w, r in zip(weight, rho, strict=True)) / total,
        "F": sum(all(kept[i] for i in mine) for mine in by_customer.values()) / G,
        "v": G / (G - 1) * spread / total**2,
        "n": len(rows),
        "customers": G,
    }


@pytest.mark.parametrize("charter", [Charter(), Charter(lines=(Line(promise="price", importance=2.5), Line(importance=0.75)))])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_the_formula_applied_row_by_row(seed: int, charter: Charter) -> None:
    ledger = stored(*many(np.random.default_rng(seed)), as_of=END, charter=charter)
    expected = plain_reckoning(ledger, charter)
    (found,) = integrity(ledger, as_of=END, charter=charter)
    for name in ("K", "I", "U", "B", "F"):
        assert getattr(found, name).value == pytest.approx(expected[name], abs=2e-8), name
    assert (found.due, found.customers) == (expected["n"], expected["customers"])
    for part in (found, *integrity(ledger, ("kept_by",), as_of=END, charter=charter)):
        assert None not in (part.B.value, part.I.value, part.U.value)
        assert abs((part.B.value or 0) - (part.I.value or 0) - (part.U.value or 0)) < 1e-12  # c9 (1), weighted or not
    z2, K = 1.959963984540054**2, expected["K"]
    n = min(expected["n"], K * (1 - K) / expected["v"])
    half = math.sqrt(z2 * (K * (1 - K) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    assert found.K.high is not None
    assert found.K.high == pytest.approx((K + z2 / (2 * n)) / (1 + z2 / n) + half, abs=1e-9)


def each_weighting(ledger: ir.Table, charter: Charter) -> dict[str, dict[str, tuple[float, float, int]]]:
    """Mean, clustered variance and customers of K, I, B and U, promise by promise: c5 with w spelled out for each weighting.

    Per customer a promise weighs its share of its own customer's importance, so that a customer adds up to 1; per value its value.
    """
    rows = [row for row in ledger.to_pyarrow().to_pylist() if row["in_cohort"] and row["eligible"]]
    importance = [1.0 if row["line"] < 0 else charter.lines[row["line"]].importance for row in rows]
    mine: dict[Any, float] = defaultdict(float)
    for row, a in zip(rows, importance, strict=True):
        mine[row["customer"]] += a
    weights = {
        "promise": importance,
        "customer": [a / mine[row["customer"]] for row, a in zip(rows, importance, strict=True)],
        "value": [a * (row["value"] or 0.0) for row, a in zip(rows, importance, strict=True)],
    }
    rho = [float(row["met"] + row["surplus"]) for row in rows]
    z = {
        "K": [float(row["verdict"] in {"KEPT", "EXCEEDED"}) for row in rows],
        "I": [min(1.0, r) for r in rho],
        "B": rho,
        "U": [max(0.0, r - 1.0) for r in rho],
    }
    found: dict[str, dict[str, tuple[float, float, int]]] = {}
    for weighting, w in weights.items():
        G = len({row["customer"] for row, weighs in zip(rows, w, strict=True) if weighs > 0})
        found[weighting] = {}
        for letter, values in z.items():
            mean = sum(a * b for a, b in zip(w, values, strict=True)) / sum(w)
            apart: dict[Any, float] = defaultdict(float)
            for row, weighs, value in zip(rows, w, values, strict=True):
                apart[row["customer"]] += weighs * (value - mean)
            found[weighting][letter] = (mean, G / (G - 1) * sum(one**2 for one in apart.values()) / sum(w) ** 2, G)
    return found


CHARTERS = [Charter(), Charter(lines=(Line(promise="price", importance=2.5), Line(importance=0.75)))]


@pytest.mark.parametrize("charter", CHARTERS, ids=["all alike", "by importance"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_in_each_weighting_every_figure_and_its_interval_are_the_formula_applied_promise_by_promise(
    weighting: str, charter: Charter
) -> None:
    rows = many(np.random.default_rng(6))
    for row in rows[::7]:
        row["value"] = None  # of unknown value: no weight per value, and no nought among the others
    ledger = judge(promises(*rows), as_of=END, charter=charter).cache()
    (found,) = integrity(ledger, as_of=END, charter=charter)
    expected = each_weighting(ledger, charter)[weighting]
    for letter, (mean, variance, customers) in expected.items():
        figure = getattr(found.weighted(weighting), letter)
        assert figure.value == pytest.approx(mean, abs=5e-8), letter
        assert figure.clusters == customers
        if letter == "K":
            n_eff = min(found.due if weighting != "value" else figure.n, mean * (1 - mean) / variance)
            centre, width = 1.959963984540054**2, 1 + 1.959963984540054**2 / n_eff
            half = math.sqrt(centre * (mean * (1 - mean) / n_eff + centre / (4 * n_eff**2))) / width
            assert (figure.low, figure.high) == pytest.approx(
                ((mean + centre / (2 * n_eff)) / width - half, (mean + centre / (2 * n_eff)) / width + half), abs=2e-7
            )
        else:
            half = stats.t.ppf(0.975, customers - 1) * math.sqrt(variance)
            assert (figure.low, figure.high) == pytest.approx((mean - half, mean + half), abs=2e-7)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_ratio_is_integrity_plus_surplus_in_each_weighting(weighting: str) -> None:
    """c9 (1)."""
    for seed in range(3):
        for one in integrity(judge(promises(*many(np.random.default_rng(seed))), as_of=END), ("kept_by", "month"), as_of=END):
            figures = one.weighted(weighting)
            if figures.B.value is not None:
                assert figures.I.value is not None
                assert figures.U.value is not None
                assert abs(figures.B.value - figures.I.value - figures.U.value) < 1e-12


def test_a_customer_with_many_promises_has_one_vote_and_a_dear_promise_the_votes_of_its_value() -> None:
    """One customer has ninety cheap promises, all kept; eleven others one dear one each, all half a day late on five."""
    rows = [deadline(0, 5, 5, customer="many", value=1.0) for _ in range(90)]
    rows += [deadline(0, 5, 5.5, customer=f"c{i}", value=100.0) for i in range(11)]
    (found,) = integrity(judge(promises(*rows), as_of=END), as_of=END)
    late = 5 / 5.5
    assert found.K.value == pytest.approx(90 / 101)
    assert found.by_customer.K.value == pytest.approx(1 / 12)
    assert found.by_value.K.value == pytest.approx(90 / 1190)
    assert found.by_customer.I.value == pytest.approx((1 + 11 * late) / 12, abs=1e-8)
    assert found.by_value.I.value == pytest.approx((90 + 1100 * late) / 1190, abs=1e-6)
    assert (found.by_customer.K.n, found.by_value.K.n) == (12, 101)
    assert found.F.value == pytest.approx(1 / 12)


def test_where_no_promise_has_a_value_the_figures_by_value_are_no_data_and_say_why() -> None:
    (found,) = integrity(judge(promises(*(deadline(0, 5, 4, customer=f"c{i}") for i in range(20))), as_of=END), as_of=END)
    assert {(figure.value, figure.n, figure.method) for figure in (found.by_value.K, found.by_value.I, found.by_value.B)} == {
        (None, 0, "no promise has a value on record")
    }
    assert found.by_customer.I.value == 1.0


def test_of_ten_to_forty_nine_customers_each_weighting_gets_a_bootstrap_of_its_own_customers() -> None:
    """Sixty customers, twenty of them with a value: the mean per value rests on twenty, the others on sixty."""
    rng = np.random.default_rng(3)
    rows = [
        deadline(
            0, 5, float(rng.uniform(2, 9)), customer=f"c{i % 60}", kept_by="A", value=float(rng.integers(1, 9)) if i % 60 < 20 else None
        )
        for i in range(240)
    ]
    rows += [deadline(0, 5, float(rng.uniform(2, 9)), customer=f"d{i % 30}", kept_by="B") for i in range(90)]
    ledger = judge(promises(*rows), as_of=END).cache()
    a, b = integrity(ledger, ("kept_by",), as_of=END)
    methods = [one.method for one in (a.I, a.by_customer.I, a.by_value.I, b.I, b.by_customer.U)]
    assert methods == ["t on customers as clusters"] * 2 + ["bootstrap of customers"] * 3
    assert a.by_value.I.clusters == 20
    (alone,) = integrity(ledger, as_of=END, where={"kept_by": "A"})
    assert alone.by_value == a.by_value
    for figure in (a.by_value.B, b.by_customer.I):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.value is not None
        assert figure.low < figure.value < figure.high


def test_where_every_promise_is_its_own_customer_both_weightings_are_one() -> None:
    rows = [{**row, "customer": None} for row in many(np.random.default_rng(7))]
    (found,) = integrity(judge(promises(*rows), as_of=END), as_of=END)
    assert found.by_customer == found.weighted("promise")
    assert found.by_value.B.value is not None


def test_an_unknown_weighting_names_the_nearest_word() -> None:
    (found,) = integrity(judge(promises(*many(np.random.default_rng(7), 50)), as_of=END), as_of=END)
    with pytest.raises(RequestError, match="no weighting “customers”") as raised:
        found.weighted("customers")
    assert raised.value.mend == "did you mean “customer”?"


def test_slices_are_the_whole_in_parts_unknown_last() -> None:
    ledger = stored(*many(np.random.default_rng(4)), as_of=END)
    parts = integrity(ledger, ("kept_by",), as_of=END)
    (whole,) = integrity(ledger, as_of=END)
    assert [one.where["kept_by"] for one in parts] == ["North", "South", None]
    for name in ("due", "kept", "exceeded", "broken", "pending", "void", "ineligible", "customers", "customers_kept"):
        assert sum(getattr(one, name) for one in parts) == getattr(whole, name), name
    (north,) = integrity(ledger, as_of=END, where={"kept_by": "North"})
    assert (north.K, north.F, north.I) == (parts[0].K, parts[0].F, parts[0].I)
    (unknown,) = integrity(ledger, as_of=END, where={"kept_by": None})
    assert unknown.K == parts[2].K


def test_small_slices_get_a_bootstrap_and_tiny_ones_counts_only() -> None:
    rows = [deadline(0, 5, 4 if i % 3 else 9, customer=f"c{i // 2}", kept_by="A") for i in range(60)]
    rows += [deadline(0, 5, 4 if i % 3 else 9, customer=f"d{i}", kept_by="B") for i in range(9)]
    a, b = integrity(stored(*rows, as_of=END), ("kept_by",), as_of=END)
    assert (a.K.clusters, a.I.method) == (30, "bootstrap of customers")
    assert a.I.low is not None
    assert a.I.value is not None
    assert a.I.low < a.I.value
    assert (b.due, b.kept, b.broken) == (9, 6, 3)
    assert (b.K.value, b.F.value, b.K.method) == (None, None, "fewer than 10 customers (where nobody is named: subjects), so counts only")


def test_nothing_due_is_no_data_not_nought() -> None:
    (found,) = integrity(stored(deadline(0, 5, None), as_of=at(3)), as_of=at(3))
    assert (found.due, found.pending, found.K.value, found.K.method, found.slip) == (0, 1, None, "no data", None)
    assert len(integrity(stored(deadline(50, 55, None), as_of=at(3)), ("name",), as_of=at(3))) == 0


def test_ratio_identity_of_the_exact_case() -> None:
    """Rho .5, 1.6, 1, .9, 2.0 gives B 1.20, I .88, U .32 (i.3), here for ten customers with the same five promises."""
    rhos = [0.5, 1.6, 1.0, 0.9, 2.0]
    rows: list[Row] = [
        {"type": "quality", "made_at": day(0), "due_at": day(1), "promised": 10.0, "received": 10 * rho, "customer": f"c{i}"}
        for i in range(10)
        for rho in rhos
    ]
    (found,) = integrity(stored(*rows, as_of=END), as_of=END)
    assert (found.B.value, found.I.value, found.U.value) == pytest.approx((1.20, 0.88, 0.32), abs=1e-12)


def test_ratio_is_integrity_plus_surplus_to_twelve_places() -> None:
    """c9 (1)."""
    for seed in range(3):
        for one in integrity(stored(*many(np.random.default_rng(seed)), as_of=END), ("kept_by",), as_of=END):
            assert one.B.value is not None
            assert one.I.value is not None
            assert one.U.value is not None
            assert abs(one.B.value - one.I.value - one.U.value) < 1e-12


def test_kept_rate_by_standard_does_not_move_with_the_promise() -> None:
    """c9 (3): longer promises leave K_standard where it is."""
    charter = Charter(lines=(Line(standard=6.0),))
    rows = [row for row in many(np.random.default_rng(5)) if row["type"] == "deadline"]
    padded = [{**row, "due_at": row["due_at"] + timedelta(days=6)} for row in rows]
    (before,) = integrity(stored(*rows, as_of=END, charter=charter), as_of=END, charter=charter)
    (after,) = integrity(stored(*padded, as_of=END, charter=charter), as_of=END, charter=charter)
    assert before.K_standard.value == after.K_standard.value
    assert before.K.value is not None
    assert after.K.value is not None
    assert after.K.value > before.K.value + 0.1


def test_where_nobody_is_named_people_are_subjects_and_the_finding_says_so() -> None:
    rows = [deadline(0, 5, 4 if i % 4 else 9, subject=f"s{i // 2}") for i in range(40)]
    found = integrity(stored(*rows, as_of=END), as_of=END)
    assert (found[0].anonymous, found[0].customers) == (True, 20)
    assert any("No customer is named" in note for note in found.notes)
    (bare,) = integrity(stored(*[{**row, "subject": None} for row in rows], as_of=END), as_of=END)
    assert (bare.anonymous, bare.customers, bare.customers_kept) == (True, 40, 30)


def test_rows_without_a_name_are_their_own_cluster_beside_named_ones() -> None:
    rows = [deadline(0, 5, 4, customer="c") for _ in range(5)]
    rows += [deadline(0, 5, 4, subject="s") for _ in range(3)] + [deadline(0, 5, 4) for _ in range(4)]
    (found,) = integrity(stored(*rows, as_of=END), as_of=END)
    assert (found.customers, found.anonymous) == (1 + 1 + 4, False)


def test_periods_are_those_of_the_zone_asked_for() -> None:
    rows = [deadline(0, 31 + 1 / 24, 30, customer=f"c{i}") for i in range(3)]  # 1 February 01:00 UTC is still January in New York
    ledger = stored(*rows, as_of=END)
    (utc,) = integrity(ledger, ("month",), as_of=END)
    (local,) = integrity(ledger, ("month",), as_of=END, zone="America/New_York")
    assert (utc.where["month"], local.where["month"]) == (date(2024, 2, 1), date(2024, 1, 1))
    (made,) = integrity(ledger, ("made_quarter",), as_of=END)
    assert made.where["made_quarter"] == date(2024, 1, 1)


def test_an_unknown_slice_names_the_nearest_word() -> None:
    ledger = stored(deadline(0, 5, 4), as_of=END)
    with pytest.raises(RequestError, match="no slice “kept_buy”") as raised:
        integrity(ledger, ("kept_buy",), as_of=END)
    assert raised.value.mend == "did you mean “kept_by”?"
    with pytest.raises(RequestError, match="twice"):
        integrity(ledger, ("month", "month"), as_of=END)


def test_breaks_per_hundred_customer_months_use_the_slices_own_window() -> None:
    rows = [deadline(0, 10 + i % 15, 9 if i % 4 else 40, customer=f"c{i}") for i in range(40)]
    (january,) = integrity(stored(*rows, as_of=END), ("month",), as_of=END)
    assert january.breaks_per_100_customer_months == pytest.approx(100 * 10 / 40)
    (halfway,) = integrity(stored(*rows, as_of=at(15.21875)), ("month",), as_of=at(15.21875))
    assert halfway.breaks_per_100_customer_months == pytest.approx(100 * halfway.broken / (halfway.customers * 0.5), rel=1e-4)


def test_promises_decided_before_they_fall_due_are_told_until_they_count() -> None:
    """One late, one open, one void and one of low confidence are told elsewhere: used is due, pending, void, ineligible and these."""
    rows = [deadline(0, 10, 5) for _ in range(12)] + [deadline(0, 10, 12), deadline(0, 90, None), deadline(0, 90, 5, confidence=0.5)]
    rows += [deadline(0, 90, None, void=True, void_reason="duplicate", void_at=day(1))]
    rows += [deadline(0, 90, 5), deadline(0, 90, 8), deadline(0, 90, None, broken=True, broken_at=day(9))]
    early = integrity(stored(*rows, as_of=at(30)), as_of=at(30))
    (one,) = early
    assert (one.due, one.pending, one.void, one.ineligible) == (13, 1, 1, 1)
    told = "3 promises are decided before falling due, which lies after the as-of (2 kept and 1 broken): they count once due"
    assert [note for note in early.notes if note.startswith(told)]
    assert one.due + one.pending + one.void + one.ineligible + 3 == len(rows)
    late = integrity(stored(*rows, as_of=at(100)), as_of=at(100))
    assert late[0].due == 17
    assert not [note for note in late.notes if "decided before falling due" in note]


@pytest.mark.parametrize("customers", [20, 80])
@pytest.mark.parametrize("received", [4, None], ids=["all kept", "nothing received"])
def test_integrity_of_all_or_nothing_has_the_exact_interval_of_the_kept_rate(customers: int, received: float | None) -> None:
    """20 of 20 kept do not show that all ever will be: 83.2 to 100; below 50 customers and above alike, in each weighting."""
    kind: Row = {"type": "information", "made_at": day(0), "due_at": day(5), "received_at": None if received is None else day(received)}
    rows = [{**kind, "customer": f"c{i}", "value": 10.0 + i} for i in range(customers)]
    (one,) = integrity(stored(*rows, as_of=END), as_of=END)
    for by in WEIGHTINGS:
        found = one.weighted(by)
        assert (found.I.value, found.I.low, found.I.high) == (found.K.value, found.K.low, found.K.high)
        assert found.I.method == "exact (Clopper-Pearson) on customers"
        assert "Clopper" not in found.U.method
    if received is not None:
        assert one.I.low == pytest.approx(0.025 ** (1 / customers))
    else:
        assert one.I.high == pytest.approx(1 - 0.025 ** (1 / customers))


def test_up_to_is_tested_by_the_share_of_buyers_and_stays_out_of_the_kept_rate() -> None:
    speed = {"type": "quality", "made_at": day(0), "due_at": day(1), "promised": 100.0, "quantifier": "up_to"}
    rows: list[Row] = [{**speed, "received": 100.0 if i < 55 else 40.0, "customer": f"c{i}"} for i in range(100)]
    ledger = stored(*rows, as_of=END)
    (half,) = campaigns(ledger)
    assert (half.declared, half.got, half.share.value, half.share.n, half.quantifier, half.kept) == (0.5, 55, 0.55, 100, "up_to", True)
    n_eff = min(100, 0.55 * 0.45 / (100 / 99 * 0.55 * 0.45 / 100))  # a hundred buyers of one promise each
    z2 = 1.959963984540054**2
    half_width = math.sqrt(z2 * (0.55 * 0.45 / n_eff + z2 / (4 * n_eff**2))) / (1 + z2 / n_eff)
    assert half.share.low == pytest.approx((0.55 + z2 / (2 * n_eff)) / (1 + z2 / n_eff) - half_width)
    charter = Charter(lines=(Line(promise="quality", up_to_share=0.6),))
    (more,) = campaigns(judge(promises(*rows), as_of=END, charter=charter), charter=charter)
    assert more.declared == pytest.approx(0.6)
    assert (more.got, more.kept) == (55, False)
    found = integrity(ledger, as_of=END)
    assert (found[0].due, found[0].ineligible) == (0, 100)
    assert any("100 promises worded" in note and "troth show campaigns" in note for note in found.notes)


def test_wordings_are_campaigns_of_their_own_and_few_buyers_are_counts_only() -> None:
    speed = {"type": "quality", "made_at": day(0), "due_at": day(1), "promised": 100.0}
    rows: list[Row] = [{**speed, "quantifier": "up_to", "received": 100.0, "customer": f"c{i}"} for i in range(6)]
    rows += [{**speed, "quantifier": "from", "received": 40.0, "customer": f"c{i}"} for i in range(20)]
    offers, buyers = campaigns(judge(promises(*rows), as_of=END))
    assert (offers.quantifier, offers.share.value, offers.kept) == ("from", 0.0, False)
    assert (buyers.quantifier, buyers.got, buyers.share.value, buyers.share.n, buyers.kept) == ("up_to", 6, None, 6, None)


def test_where_nothing_is_worded_up_to_or_from_or_none_of_it_is_due_the_finding_says_which() -> None:
    open_claim = deadline(0, 500, None, quantifier="up_to")
    assert "there is no campaign" in campaigns(judge(promises(deadline(0, 5, 4)), as_of=END)).notes[0]
    assert "has fallen due here yet" in campaigns(judge(promises(open_claim), as_of=END)).notes[0]


def test_equal_bytes_whatever_the_order_of_rows_and_threads() -> None:
    rows = many(np.random.default_rng(9))
    table = promises(*rows)
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(len(rows))))
    first = integrity(judge(table, as_of=END), ("kept_by",), as_of=END)
    second = integrity(judge(shuffled, as_of=END), ("kept_by",), as_of=END)
    assert repr(first) == repr(second)


def test_findings_turn_into_a_table() -> None:
    found = integrity(stored(*many(np.random.default_rng(3), 80), as_of=END), ("kept_by",), as_of=END)
    table = found.to_arrow()
    assert {"kept_by", "K", "K.low", "F", "due", "coverage"} <= set(table.column_names)
    weighted = {f"{by}.{letter}{part}" for by in ("by_customer", "by_value") for letter in "KIBU" for part in ("", ".low", ".high", ".n")}
    assert weighted <= set(table.column_names)


def test_a_stored_ledger_gives_what_the_query_gives() -> None:
    connection = ibis.duckdb.connect()
    ledger = judge(promises(*many(np.random.default_rng(8))), as_of=datetime(2025, 3, 1, tzinfo=UTC))
    stored = connection.create_table("ledger", ledger.to_pyarrow())
    assert repr(integrity(stored, as_of=END)) == repr(integrity(ledger, as_of=END))

"""The twelve ways to make the numbers look better than the word was kept, and what stops each (domain.md c6).

Every test makes the attack and fails if its defence is taken away.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.engine.promises.naive import Row
from tests.engine.promises.tables import at, day, deadline, judged, promises, stored
from troth.engine.findings import Integrity
from troth.engine.promises import (
    Period,
    bunching,
    compare_periods,
    fixed_basket,
    integrity,
    judge,
    places,
    promise_skill,
    range_scores,
    rolling,
    skill_sums,
    tier_gap,
    worst_cell,
)
from troth.terms.charter import Charter, Line
from troth.terms.errors import RequestError

END = at(400)
TAU = 0.9


def found(*rows: Row, as_of: datetime = END, charter: Charter | None = None, **options: Any) -> Integrity:
    return integrity(stored(*rows, as_of=as_of, charter=charter), as_of=as_of, charter=charter, **options)[0]


def value(figure: Any) -> float:
    assert figure.value is not None
    return float(figure.value)


def lead_times(n: int = 4000) -> np.ndarray:
    """Lead times of a known distribution, lognormal around 5 days, at n evenly spaced quantiles (i.2)."""
    return np.asarray(5 * np.exp(0.35 * stats.norm.ppf((np.arange(n) + 0.5) / n)))


CAPABILITY = float(5 * np.exp(0.35 * stats.norm.ppf(TAU)))
"""What is met with probability tau: the true 90% quantile."""


def promised_at(shift: float, charter: Charter | None = None) -> tuple[Integrity, float]:
    """Integrity and promise skill when every promise is the true quantile plus ``shift`` days."""
    lead = lead_times()
    made = pa.array([day(0)] * len(lead), pa.timestamp("us"))
    table = pa.table(
        {
            "type": ["deadline"] * len(lead),
            "customer": list(range(len(lead))),
            "made_at": made,
            "due_at": pa.array([day(CAPABILITY + shift)] * len(lead), pa.timestamp("us")),
            "received_at": pa.array([day(float(days)) for days in lead], pa.timestamp("us")),
            "capability": [CAPABILITY] * len(lead),
            "keep_target": [TAU] * len(lead),
        }
    )
    ledger = judge(table, as_of=END, charter=charter).cache()
    sums = ledger.agg(**skill_sums(ledger)).to_pyarrow().to_pylist()[0]
    assert sums["skill_n"] == len(lead)
    skill = promise_skill(sums["loss_promised"], sums["loss_capable"])
    assert skill is not None
    return integrity(ledger, as_of=END, charter=charter)[0], skill


def test_1_trivial_promises_raise_the_kept_rate_but_not_the_issue_free_share_nor_the_fixed_basket() -> None:
    rng = np.random.default_rng(1)
    real = [deadline(0, 5, 4 if rng.random() < 0.85 else 9, customer=f"c{i % 300}", name="delivery") for i in range(900)]
    later = [{**row, "made_at": day(60), "due_at": day(65), "received_at": day(64 if row["received_at"] == day(4) else 69)} for row in real]
    trivial = [deadline(60, 65, 61 if rng.random() > 0.002 else 70, customer=f"c{i % 300}", name="greeting") for i in range(1500)]
    honest, diluted = found(*later), found(*later, *trivial)
    assert value(diluted.K) > value(honest.K) + 0.08
    assert value(diluted.F) <= value(honest.F)
    ledger = judge(promises(*real, *later, *trivial), as_of=END).cache()
    january, march = fixed_basket(ledger)
    assert (january.where["month"], march.where["month"], march.base) == (date(2024, 1, 1), date(2024, 3, 1), date(2024, 1, 1))
    assert value(march.K) == pytest.approx(value(honest.K))
    assert march.plain == diluted.K
    assert (march.due, march.outside, march.covered) == (2400, 1500, 1.0)
    first, second = fixed_basket(ledger, base="2024-03-15")
    assert first.base == date(2024, 3, 1)
    assert first.covered == pytest.approx(900 / 2400)
    assert second.K.value == pytest.approx(value(diluted.K))
    for by, base, sentence in (
        (("name",), None, "one period"),
        (("month", "week"), None, "one period"),
        (("month",), "2024-02-15", "Nothing fell due"),
    ):
        with pytest.raises(RequestError, match=sentence):
            fixed_basket(ledger, by, base=base)


def test_1_the_basket_begins_with_a_whole_period_and_says_which() -> None:
    """One promise falls due on the last day of January; February and March are whole."""
    rows = [deadline(25, 30, 29, customer="c", name="delivery")]
    rows += [deadline(30, 31 + i % 60, 31 + i % 60 + i % 3 - 1, customer=f"c{i}", name=("delivery", "greeting")[i % 2]) for i in range(600)]
    found = fixed_basket(judge(promises(*rows), as_of=END))
    assert {one.base for one in found} == {date(2024, 2, 1)}
    assert "2024-02-01, by name" in found.notes[0]
    assert fixed_basket(judge(promises(deadline(0, 5, None)), as_of=at(3))).notes == (
        "Nothing has fallen due here, so there is no basket.",
    )


def test_1_no_promise_added_to_a_customer_can_raise_the_issue_free_share() -> None:
    """c9 (2)."""
    rng = np.random.default_rng(2)
    rows = [deadline(0, 5, float(rng.uniform(1, 7)), customer=f"c{i % 40}") for i in range(80)]
    share = value(found(*rows).F)
    for extra in (1, 4, 7, None):
        rows.append(deadline(0, 5, extra, customer=f"c{rng.integers(40)}"))
        now = value(found(*rows).F)
        assert now <= share
        share = now


def test_2_padding_lifts_the_kept_rate_but_not_the_standard_and_loses_skill() -> None:
    charter = Charter(lines=(Line(standard=8.0),))
    (honest, honest_skill), (padded, padded_skill) = promised_at(0, charter), promised_at(6, charter)
    assert value(padded.K) > value(honest.K) + 0.09
    assert value(padded.K_standard) == value(honest.K_standard)
    assert padded_skill < honest_skill - 1


def test_3_over_promising_loses_skill() -> None:
    rushed, skill = promised_at(-3)
    assert value(rushed.K) == pytest.approx(0.46, abs=0.01)
    assert skill == pytest.approx(-1.29, abs=0.02)


@pytest.mark.parametrize(
    ("shift", "kept", "skill"), [(-3, 0.46, -1.29), (-1, 0.81, -0.10), (0, 0.90, 0.0), (1, 0.95, -0.07), (3, 0.99, -0.42), (6, 1.0, -1.12)]
)
def test_2_and_3_the_honest_quantile_is_the_best_promise(shift: float, kept: float, skill: float) -> None:
    figures, got = promised_at(shift)
    assert value(figures.K) == pytest.approx(kept, abs=0.01)
    assert got == pytest.approx(skill, abs=0.02)


def test_4_a_cancellation_by_the_company_is_broken_and_a_void_that_hides_a_break_lowers_k_low() -> None:
    """c9 (10)."""
    kept = [deadline(0, 10, 9, customer=f"k{i}") for i in range(60)]
    late = [deadline(0, 10, 14, customer=f"l{i}") for i in range(20)]
    gone: Row = {"received_at": None, "void": True, "void_at": day(8)}
    honest = found(*kept, *late)
    company = found(*kept, *({**row, **gone, "void_reason": "company"} for row in late))
    assert value(company.K) == value(honest.K) == 0.75
    for hidden in ({"break_forecast_at_void": 0.8}, {"void_at": None}):
        attacked = found(*kept, *({**row, **gone, "void_reason": "customer", **hidden} for row in late))
        assert (value(attacked.K), value(attacked.K_low)) == (1.0, 0.75)
    for unlisted in ("reorganised", "", None):
        attacked = found(*kept, *({**row, **gone, "void_reason": unlisted} for row in late))
        assert (value(attacked.K), attacked.void) == (0.75, 0)
    real = found(*kept, *({**row, **gone, "void_reason": "customer", "break_forecast_at_void": 0.2} for row in late))
    assert (value(real.K), value(real.K_low), real.void) == (1.0, 1.0, 20)


def test_5_a_new_date_does_not_heal_the_old_promise_and_the_slip_is_printed() -> None:
    rows = []
    for i in range(40):
        rows.append(deadline(0, 5, 9 if i < 10 else 4, row=f"p{i}", customer=f"c{i}"))
        if i < 10:
            rows.append(deadline(4, 12, 9, row=f"n{i}", customer=f"c{i}", replaces=f"p{i}", change_cause="company", notice_at=day(4)))
    attacked = found(*rows)
    assert (attacked.due, value(attacked.K), attacked.ineligible) == (40, 0.75, 10)
    assert attacked.slip == pytest.approx(0.25)
    assert (attacked.broken_warned, attacked.broken_in_silence) == (10, 0)


def test_6_never_closing_a_late_case_does_not_raise_the_kept_rate() -> None:
    closed = [deadline(0, 5, 4 if i < 30 else 9, customer=f"c{i}") for i in range(40)]
    never = [row if row["received_at"] == day(4) else {**row, "received_at": None} for row in closed]
    honest, attacked = found(*closed), found(*never)
    assert value(attacked.K) == value(honest.K) == 0.75
    assert value(attacked.I) < value(honest.I)  # and the longer it stays open, the less of it was met
    charter = Charter(lines=(Line(standard=6.0),))
    assert value(found(*never, charter=charter).K_standard) == value(found(*closed, charter=charter).K_standard)


def test_7_closing_without_delivering_is_undone_by_the_customers_word_and_the_evidence_is_printed() -> None:
    said = [deadline(0, 5, 4, customer=f"c{i}", evidence="own system") for i in range(40)]
    contradicted = [{**row, "reversed_at": day(6)} if i < 10 else row for i, row in enumerate(said)]
    assert (value(found(*said).K), value(found(*contradicted).K)) == (1.0, 0.75)
    confirmed = [{**row, "evidence": "customer"} for row in said]
    mixed = integrity(stored(*said[:25], *confirmed[25:], as_of=END), as_of=END)
    assert mixed[0].evidence == {"customer": 15, "third party": 0, "own system": 25, "no receipt": 0}
    assert any("62% of the receipts rest on our own systems alone" in note for note in mixed.notes)
    trusted = integrity(stored(*confirmed, as_of=END), as_of=END)
    assert not any("our own systems" in note for note in trusted.notes)


def test_8_the_kept_rate_never_stands_without_its_coverage() -> None:
    """c9 (12)."""
    rows = [deadline(0, 5, 4, customer=f"c{i}", name="delivery") for i in range(20)]
    rows += [deadline(0, 5, 4, customer=f"c{i}", name="refund") for i in range(20)]
    ledger = stored(*rows, as_of=END)
    silent = integrity(ledger, as_of=END)
    assert silent[0].coverage.method == "coverage unknown"
    assert any("Coverage is unknown" in note for note in silent.notes)
    by_name = integrity(ledger, ("name",), as_of=END, coverage={"delivery": (20, 20), "refund": (20, 40)})
    assert [one.coverage.value for one in by_name] == [1.0, 0.5]
    assert any("Amber" in note and "50.0%" in note for note in by_name.notes)
    whole = integrity(ledger, ("month",), as_of=END, coverage={"delivery": (20, 20), "refund": (20, 40)})
    assert [one.coverage.value for one in whole] == [pytest.approx(40 / 60)]
    assert integrity(ledger, as_of=END, coverage={"delivery": (20, 20)})[0].coverage.value is None
    full = integrity(ledger, as_of=END, coverage={"delivery": (20, 20), "refund": (20, 21)})
    assert not any("Amber" in note for note in full.notes)


def test_8_a_slice_has_the_coverage_of_its_own_rows_and_none_hides_in_the_total() -> None:
    rows = [deadline(0, 5, 4, customer=f"n{i}", kept_by="north") for i in range(90)]
    rows += [deadline(0, 5, 4, customer=f"s{i}", kept_by="south") for i in range(10)]
    ledger = stored(*rows, as_of=END)
    where = {"kept_by": ["south", "south", "west"], "on_record": [False, True, False], "made_at": [day(0)] * 3, "rows": [9, 1, 2]}
    missing = ibis.memtable(pa.table(where))
    found = {one.where["kept_by"]: one for one in integrity(ledger, ("kept_by",), as_of=END, missing=missing)}
    assert {name: (one.due, one.coverage.value, one.coverage.n) for name, one in found.items()} == {
        "north": (90, 1.0, 90),
        "south": (10, pytest.approx(11 / 20), 20),
        "west": (0, 0.0, 2),
    }
    assert integrity(ledger, as_of=END, missing=missing)[0].coverage.value == pytest.approx(101 / 112)
    assert integrity(ledger, as_of=END, missing=missing, where={"kept_by": "south"})[0].coverage.value == pytest.approx(11 / 20)
    (month,) = integrity(ledger, ("month",), as_of=END, missing=missing, coverage={"deadline": (101, 112)})
    assert month.coverage.value == pytest.approx(101 / 112)


def test_9_receipts_stamped_just_inside_the_limit_stand_out() -> None:
    rng = np.random.default_rng(9)
    honest = rng.normal(9.5, 1.0, 4000)
    managed = np.where((honest > 10) & (honest < 10.6), 10 - rng.uniform(0, 0.15, 4000), honest)
    results = {}
    for name, received in (("honest", honest), ("managed", managed)):
        ledger = judge(promises(*(deadline(0, 10, float(days)) for days in received)), as_of=END)
        (results[name],) = bunching(ledger, width=0.1)
    assert (results["honest"].bunched, results["managed"].bunched) == (False, True)
    moved = int(((honest > 10) & (honest < 10.6)).sum())
    managed_excess = results["managed"].excess
    assert value(managed_excess) == pytest.approx(moved, rel=0.25)
    assert managed_excess.low is not None
    assert managed_excess.high is not None
    assert 0 < managed_excess.low < value(managed_excess) < managed_excess.high
    by_hand = sum(9.8 < days <= 10 for days in managed)
    assert (results["managed"].observed, results["managed"].unit) == (by_hand, "days")


def test_9_the_limit_lies_where_the_visible_tolerance_ends_and_the_bins_fit_the_receipts() -> None:
    """Told “within an hour”: receipts stamped in the last minutes before an hour late are just inside. Nobody names a width."""
    rng = np.random.default_rng(10)
    late = rng.normal(30.0, 25.0, 4000)
    late = np.where((late > 60) & (late < 75), 60 - rng.uniform(0, 8, 4000), late)
    rows = [deadline(0, 5, 5 + float(minutes) / 1440, tolerance=1 / 24, kept_by="A" if i % 50 else "B") for i, minutes in enumerate(late)]
    ledger = judge(promises(*rows), as_of=END).cache()
    (found,) = bunching(ledger)
    assert found.bunched
    assert found.width * 1440 == pytest.approx(5.0)
    (strict,) = bunching(judge(promises(*({**row, "tolerance": 0.0} for row in rows)), as_of=END), width=found.width)
    assert strict.bunched is False
    a, b = bunching(ledger, "kept_by")
    assert (a.where["kept_by"], a.bunched, b.where["kept_by"], b.bunched) == ("A", True, "B", None)
    assert (b.excess.value, b.excess.method) == (None, "fewer than 100 receipts near the limit")


def test_9_receipts_recorded_by_the_day_are_counted_by_the_day() -> None:
    """A bin narrower than the clock of the records would lie between two ticks of it."""
    rng = np.random.default_rng(12)
    rows = [deadline(0, 30, 30 + float(round(days)), customer=f"c{i}") for i, days in enumerate(rng.normal(-1, 3.0, 2000))]
    (found,) = bunching(judge(promises(*rows), as_of=END))
    assert (found.width, found.bunched) == (1.0, False)


def test_9_what_lies_at_its_limit_by_right_is_not_looked_at() -> None:
    """A price charged as quoted; and nothing on a clock says so."""
    price: Row = {"type": "price", "made_at": day(0), "due_at": day(3), "received_at": day(2), "promised": 50.0, "received": 50.0}
    found = bunching(judge(promises(*[price] * 200), as_of=END))
    assert len(found) == 0
    assert "No due promise on a clock" in found.notes[0]
    with pytest.raises(RequestError, match="cannot be 0 wide"):
        bunching(judge(promises(*[price] * 2), as_of=END), width=0.0)


def test_9_short_promises_lie_near_their_limit_by_right() -> None:
    rng = np.random.default_rng(19)
    short = [deadline(0, 1, float(days)) for days in rng.uniform(0.0, 2.0, 3000)]
    long = [deadline(0, 40, float(days)) for days in rng.normal(38, 8, 3000).clip(0.1)]
    (found,) = bunching(stored(*short, *long, as_of=END), width=1.0)
    assert found.excess.n < 3000
    assert found.bunched is False


def test_10_the_worst_cell_stands_beside_the_mean_and_chance_is_not_called_bad() -> None:
    rows = [deadline(0, 5, 4 if i % 10 else 9, customer=f"a{i}", tier="gold", kept_by="North") for i in range(200)]
    rows += [deadline(0, 5, 4 if i % 2 else 9, customer=f"b{i}", tier="basic", kept_by="South") for i in range(60)]
    rows += [deadline(0, 5, 9, customer=f"d{i}", kept_by="Kiosk") for i in range(3)]
    ledger = stored(*rows, as_of=END)
    worst = worst_cell(integrity(ledger, ("kept_by",), as_of=END))
    assert worst.mean == pytest.approx((180 + 30) / 263)
    assert worst.cell is not None
    assert (worst.cell.where["kept_by"], worst.left_out) == ("South", 1)  # three promises are too few to be called the worst
    gap = tier_gap(integrity(ledger, ("tier",), as_of=END))
    assert value(gap) == pytest.approx(0.4)
    assert gap.low is not None
    assert gap.low > 0
    ranked = places(ledger, ("kept_by",))
    flags = {place.where["kept_by"]: place.flag for place in ranked}
    assert flags == {"North": "better", "South": "worse", "Kiosk": None}
    kiosk = next(place for place in ranked if place.where["kept_by"] == "Kiosk")
    assert kiosk.rate == 0.0
    assert kiosk.shrunk > 0.1


def test_10_promises_of_one_customer_going_together_widen_the_funnel() -> None:
    rng = np.random.default_rng(4)
    rows = []
    for area in range(12):
        for who in range(30):
            good = rng.random() < 0.8
            rows += [deadline(0, 5, 4 if good else 9, customer=f"{area}/{who}", kept_by=f"A{area:02}") for _ in range(10)]
    named = promises(*rows)
    assert [place.where for place in places(judge(named, as_of=END), ("kept_by",)) if place.flag] == []
    alone = named.set_column(named.column_names.index("customer"), "customer", pa.nulls(len(rows), pa.string()))
    assert [place for place in places(judge(alone, as_of=END), ("kept_by",)) if place.flag] != []


def test_11_the_last_days_are_judged_by_due_date_and_periods_of_unequal_length_do_not_compare() -> None:
    """Counting only what is resolved flatters the last fortnight: the slow ones are still open."""
    rng = np.random.default_rng(11)
    now = 200.0
    made = rng.uniform(100, now, 3000)
    lead = rng.lognormal(np.log(5), 0.35, 3000)
    rows = [
        deadline(float(m), float(m) + 7.5, float(m + t) if m + t <= now else None, customer=f"c{i}")
        for i, (m, t) in enumerate(zip(made, lead, strict=True))
    ]
    recent = [row for row in rows if row["made_at"] >= day(now - 14)]
    resolved_only = np.mean([row["received_at"] <= row["due_at"] for row in recent if row["received_at"] is not None])
    truth = float(np.mean(lead <= 7.5))
    due = found(*recent, as_of=at(now))
    assert resolved_only > truth + 0.03
    assert value(due.K) == pytest.approx(truth, abs=0.03)
    assert due.pending > 0
    ledger = stored(*rows, as_of=at(now))
    windows = dict(rolling(ledger, as_of=at(now), days=(14, 28, 90)))
    assert sorted(windows) == [14, 28, 90]
    assert windows[14].due < windows[28].due < windows[90].due
    same = compare_periods(ledger, Period(at(120), at(150)), Period(at(150), at(180)), as_of=at(now))
    assert same.K.low is not None
    assert same.K.high is not None
    assert same.K.low < 0 < same.K.high
    with pytest.raises(RequestError, match="equal length"):
        compare_periods(ledger, Period(at(120), at(150)), Period(at(150), at(157)), as_of=at(now))
    with pytest.raises(RequestError, match="ends before it starts"):
        Period(at(5), at(5))


def test_12_a_wider_range_with_the_same_hits_scores_worse() -> None:
    rng = np.random.default_rng(12)
    arrivals = [float(x) for x in rng.uniform(-1, 1, 200)]
    narrow = [slot(-1, 1, arrival, "narrow") for arrival in arrivals]
    wide = [slot(-3, 3, arrival, "wide") for arrival in arrivals]
    missed = [slot(-0.2, 0.2, arrival, "too narrow") for arrival in arrivals]
    ledger = judge(promises(*narrow, *wide, *missed), as_of=END).cache()
    scores = {score.name: score for score in range_scores(ledger)}
    assert scores["narrow"].hits.value == scores["wide"].hits.value == 1.0
    assert value(scores["narrow"].score) < value(scores["wide"].score)
    assert value(scores["narrow"].score) < value(scores["too narrow"].score)
    by_hand = [60 * (0.4 + 20 * max(abs(a) - 0.2, 0)) for a in arrivals]
    score = scores["too narrow"].score
    assert value(score) == pytest.approx(float(np.mean(by_hand)), abs=1e-5)
    assert (scores["too narrow"].unit, score.n) == ("minutes", 200)
    half = stats.t.ppf(0.975, 199) * np.std(by_hand, ddof=1) / math.sqrt(200)
    assert [score.low, score.high] == pytest.approx([np.mean(by_hand) - half, np.mean(by_hand) + half])
    with pytest.raises(RequestError, match="alpha"):
        range_scores(ledger, alpha=1.0)


@pytest.mark.parametrize(("kind", "received", "score"), [("price", 45.0, 20.0), ("price", 62.0, 60.0), ("quantity", 37.0, 80.0)])
def test_12_a_range_of_levels_is_scored_at_both_ends_whichever_way_is_better(kind: str, received: float, score: float) -> None:
    """Promised from 40 to 60: a width of 20, and twenty for each that lies outside."""
    row: Row = {"type": kind, "made_at": day(0), "due_at": day(3), "received_at": day(2), "promised": 40.0, "promised_to": 60.0}
    rows = [{**row, "quantifier": "range", "received": received, "customer": f"c{i}"} for i in range(12)]
    (found,) = range_scores(judge(promises(*rows), as_of=END))
    assert (found.score.value, found.width, found.hits.value) == (score, 20.0, float(40 <= received <= 60))


def test_12_a_range_nobody_answered_is_counted_and_not_scored() -> None:
    rows = [{**slot(-1, 1, 0.5, "visit"), "customer": f"c{i}"} for i in range(12)]
    rows += [{**slot(-1, 1, 0.5, "visit"), "received_at": None, "customer": f"d{i}"} for i in range(3)]
    (found,) = range_scores(judge(promises(*rows), as_of=END))
    assert (found.unanswered, found.score.n, found.width) == (3, 12, 120.0)
    assert range_scores(judge(promises(deadline(0, 5, 4)), as_of=END)).notes == (
        "No due promise here is a window or a range, so there is no range to score.",
    )


def slot(start: float, end: float, arrival: float, name: str) -> Row:
    """An appointment around noon of day 10, in hours."""
    noon = 10.5
    window: Row = {
        "type": "window",
        "name": name,
        "made_at": day(0),
        "window_start": day(noon + start / 24),
        "due_at": day(noon + end / 24),
    }
    return {**window, "received_at": day(noon + arrival / 24)}


def test_reading_the_clock_differently_changes_nothing() -> None:
    """The same instant in two zones is the same as-of."""
    from zoneinfo import ZoneInfo

    row = deadline(0, 5, None)
    tokyo = datetime(2024, 1, 6, 9, 0, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert judged(row, as_of=tokyo) == judged(row, as_of=datetime(2024, 1, 6, 0, 0, 1, tzinfo=UTC))

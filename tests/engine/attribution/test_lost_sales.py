"""What unwanted events cost in margin: by exposure, by side, in all, and in the issues whose failures they are (domain.md e3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from troth.engine.attribution.answers import Answered, Occasions, answers_and_losses, read_answers, shares_of, write_answers
from troth.engine.attribution.lost_sales import NO_MARGIN, LostRows
from troth.engine.issues.losing import lost_of
from troth.engine.issues.result import UNASSIGNED
from troth.engine.money import Forgone, Quota, money_at_risk
from troth.engine.money.at_risk import NO_OCCASION
from troth.terms.charter import Area, Charter
from troth.terms.embedded import open_duckdb
from troth.terms.vocabulary import Aspect, Exposure, OccasionSpec

CHARTER = Charter(areas=(Area("Brand", Aspect.BRAND), Area("Care", Aspect.SERVICE)))
NOW = datetime(2024, 12, 1)
VISITS = 6_000
SPEC = OccasionSpec(
    "browsed and did not buy",
    "visits",
    exposures=(
        Exposure("price_differs", "Brand"),
        Exposure("unanswered", "Care", "nobody answered", failure="answer"),
        Exposure("late_answer", "Care", failure="answer"),
        Exposure("never_seen", "Care"),
    ),
    covariates=("tier",),
    intent=True,
    margin=True,
)


def visits(*, margins: float = 1.0) -> pa.Table:
    """Visits with something in mind; what each exposure adds to the chance of being lost is known. Margins lie between 10 and 90.

    :param margins: share of the visits whose margin is told.
    """
    dice = np.random.default_rng(2)
    met = {"price_differs": dice.random(VISITS) < 0.3, "unanswered": dice.random(VISITS) < 0.15}
    met["late_answer"] = (dice.random(VISITS) < 0.2) & ~met["unanswered"]
    stays = (
        (1 - 0.35) * np.where(met["price_differs"], 0.65, 1) * np.where(met["unanswered"], 0.4, 1) * np.where(met["late_answer"], 0.7, 1)
    )
    lost = dice.random(VISITS) > stays
    margin = np.round(10 + 80 * dice.random(VISITS), 2)
    return pa.table(
        {
            "row": range(VISITS),
            "at": pa.array([NOW - timedelta(days=1 + n % 200) for n in range(VISITS)], pa.timestamp("us")),
            "customer": pa.nulls(VISITS, pa.string()),
            "subject": range(VISITS),
            "event": lost,
            "event_at": pa.nulls(VISITS, pa.timestamp("us")),
            "intent": [True] * VISITS,
            "margin": pa.array(margin, pa.float64(), mask=dice.random(VISITS) >= margins),
            **met,
            "never_seen": [False] * VISITS,
            "tier": dice.choice(["gold", "silver"], VISITS),
        }
    )


def answered(table: pa.Table, spec: OccasionSpec = SPEC) -> tuple[Answered, LostRows | None]:
    (one,) = answers_and_losses([Occasions(spec, ibis.memtable(table))], CHARTER, NOW, currency="EUR")
    return one


@pytest.fixture(scope="module")
def told() -> tuple[Answered, LostRows]:
    one, rows = answered(visits())
    assert rows is not None
    return one, rows


def planted() -> dict[str, float]:
    """A naive second way, with chances known: each visit's added chance of being lost, split by logarithms, times its margin."""
    table = visits()
    keeps = {"price_differs": 0.65, "unanswered": 0.4, "late_answer": 0.7}
    weight = {name: np.asarray(table[name]) * -np.log(kept) for name, kept in keeps.items()}
    every = sum(weight.values())
    added = 0.65 * (1 - np.exp(-every))
    margin = np.asarray(table["margin"])
    with np.errstate(invalid="ignore"):
        return {name: float(np.nansum(added * of / every * margin)) for name, of in weight.items()}


def test_what_was_planted_lies_in_the_limits_of_every_exposure_and_of_all(told: tuple[Answered, LostRows]) -> None:
    one, _ = told
    truth = planted()
    for side, name in (("marketing", "price_differs"), ("service", "unanswered"), ("service", "late_answer")):
        row = one.lost(side, name)
        assert row is not None
        assert row.money.low is not None
        assert row.money.high is not None
        assert float(row.money.low) <= truth[name] <= float(row.money.high)
    whole = one.lost()
    assert whole is not None
    assert whole.money.low is not None
    assert whole.money.high is not None
    assert float(whole.money.low) <= sum(truth.values()) <= float(whole.money.high)


def test_exposures_add_up_to_their_side_and_sides_to_all_to_the_cent(told: tuple[Answered, LostRows]) -> None:
    one, _ = told
    amounts: dict[str | None, Decimal] = defaultdict(Decimal)
    for row in one.lost_sales:
        if row.where["exposure"] is not None:
            amounts[row.where["side"]] += row.money.value or Decimal(0)
    assert {side: one.lost(side).money.value for side in amounts} == dict(amounts)  # type: ignore[union-attr]
    assert one.lost().money.value == sum(amounts.values())  # type: ignore[union-attr]


def test_what_was_never_met_cost_nothing_and_what_cannot_be_told_is_unknown(told: tuple[Answered, LostRows]) -> None:
    one, _ = told
    never = one.lost("service", "never_seen")
    assert never is not None
    assert never.money.value == 0
    always = visits()
    always = always.set_column(always.column_names.index("late_answer"), "late_answer", pa.array([True] * VISITS))
    doubtful, _ = answered(always)
    late = doubtful.lost("service", "late_answer")
    assert late is not None
    assert late.money.value is None
    assert late.money.method.startswith("cannot tell: it is always there")
    assert "without “late_answer”" in doubtful.lost("service").money.method  # type: ignore[union-attr]


def test_where_nobody_tells_a_margin_there_is_no_money_and_the_reason_is_said() -> None:
    one, rows = answered(visits(), replace(SPEC, margin=False))
    assert (one.lost_sales, one.no_lost_sales, rows) == ((), NO_MARGIN, None)
    assert {row.lost_sales.method for row in shares_of([one])} == {NO_MARGIN}
    blank, _ = answered(visits(margins=0.0))
    assert blank.lost().money.value is None  # type: ignore[union-attr]


def test_events_without_a_margin_count_with_the_mean_of_the_others(told: tuple[Answered, LostRows]) -> None:
    one, _ = answered(visits(margins=0.5))
    half, whole = one.lost("service", "unanswered"), told[0].lost("service", "unanswered")
    assert half is not None
    assert whole is not None
    assert half.unpriced == pytest.approx(0.5 * (half.events or 0), rel=0.15)
    assert float(half.money.value or 0) == pytest.approx(float(whole.money.value or 0), rel=0.08)


def test_the_answer_does_not_hang_on_the_margin(told: tuple[Answered, LostRows]) -> None:
    without, _ = answered(visits(), replace(SPEC, margin=False))
    assert without.found.rows == told[0].found.rows


def test_lost_sales_are_kept_as_they_are(told: tuple[Answered, LostRows], tmp_path: Path) -> None:
    write_answers(tmp_path, [told[0]])
    assert read_answers(tmp_path) == (told[0],)


@pytest.fixture(scope="module")
def tied() -> tuple[pa.Table, OccasionSpec]:
    """The same visits, with something that came afterwards and goes along with having been lost: the answer has a placebo that fails."""
    table, dice = visits(), np.random.default_rng(3)
    later = dice.random(VISITS) < np.where(np.asarray(table["event"]), 0.3, 0.1)
    return table.append_column("called_later", pa.array(later)), replace(SPEC, placebo=("called_later",))


def test_an_answer_whose_placebo_failed_makes_no_money(tied: tuple[pa.Table, OccasionSpec]) -> None:
    """Whose the events are cannot be told, so no more can what they cost: neither by side, nor in an issue, nor in all."""
    one, rows = answered(*tied)
    assert rows is not None
    assert [row.money.value for row in one.lost_sales] == [None] * len(one.lost_sales)
    assert {row.money.method for row in one.lost_sales} == {"cannot tell: a placebo failed"}
    found, in_all = joined(rows, dict.fromkeys(range(VISITS), ("answer", "evenings")))
    assert in_all is None
    assert {key: (of.amount, of.why) for key, of in found.items()} == {
        "evenings": (None, "cannot tell: a placebo failed"),
        UNASSIGNED: (None, "cannot tell: a placebo failed"),
    }
    assert rows.caution == "Of “browsed and did not buy” no lost sales are told: a placebo failed, so that whose they are cannot be told."
    assert any("What it costs in margin cannot be told: a placebo failed." in note for note in shares_of([one]).notes)


def test_an_answer_whose_placebo_is_in_doubt_makes_its_money_and_says_so(
    tied: tuple[pa.Table, OccasionSpec], told: tuple[Answered, LostRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("troth.engine.attribution.placebo.REFUSED_BELOW", 0.0)  # what would fail is in doubt
    one, rows = answered(*tied)
    sound, silent = told
    assert rows is not None
    amounts = [[float(row.money.value or 0) for row in each.lost_sales] for each in (one, sound)]
    assert amounts[0] == pytest.approx(amounts[1], rel=0.01)  # which rows are fitted together is drawn anew
    assert all(row.money.method.endswith("; with a caution: a placebo is in doubt") for row in one.lost_sales)
    assert rows.caution.startswith("Lost sales of “browsed and did not buy” are told with a caution: a placebo is in doubt")
    assert silent.caution == ""
    assert not any("caution" in row.money.method for row in sound.lost_sales)


def joined(rows: LostRows, issues: dict[int, tuple[str, str]], *others: LostRows) -> tuple[dict[str, Forgone], Any]:
    """Lost sales by issue, of failures given by subject: what failed, and in which issue."""
    connection = open_duckdb()
    failed = pa.table(
        {
            "what": [what for what, _ in issues.values()],
            "subject": [str(subject) for subject in issues],
            "failed": [True] * len(issues),
            "issue": [issue for _, issue in issues.values()],
        }
    )
    exposed = connection.create_table("exposed", failed)
    held = [connection.create_table(f"events_{number}", one.table.to_pyarrow()) for number, one in enumerate((rows, *others))]
    answers = [replace(one, table=table) for one, table in zip((rows, *others), held, strict=True)]
    return lost_of(answers, exposed, sorted({(issue, what) for what, issue in issues.values()}), "EUR")


def test_all_together_name_the_answer_that_tells_nothing(told: tuple[Answered, LostRows], tied: tuple[pa.Table, OccasionSpec]) -> None:
    """What is told of the one stays, and nobody takes it for both."""
    _, sound = told
    _, refused = answered(*tied)
    assert refused is not None
    refused = replace(refused, question="returned the order")
    _, in_all = joined(sound, {0: ("answer", "evenings")}, refused)
    assert (in_all.value, in_all.low, in_all.high) == (sound.total.value, sound.total.low, sound.total.high)
    assert in_all.method == f"{sound.total.method}; without “returned the order”, of which it cannot be told"


def test_lost_sales_stand_with_the_issue_of_the_failure_their_exposure_is_and_none_twice(told: tuple[Answered, LostRows]) -> None:
    """Against the same said slowly: an event, an exposure and a subject at a time."""
    one, rows = told
    issues = {n: ("answer" if n % 3 else "delivery", f"issue {n % 2}") for n in range(0, VISITS, 2)}
    issues |= dict.fromkeys(range(1, VISITS, 4), ("answer", "evenings"))
    found, in_all = joined(rows, issues)
    table = visits().to_pylist()
    expected: dict[str, float] = defaultdict(float)
    for exposure in SPEC.exposures:
        quota = rows.quotas[exposure.name]
        for visit in table:
            if visit["event"] and visit[exposure.name]:
                what, issue = issues.get(visit["subject"], ("", UNASSIGNED))
                expected[issue if what == exposure.failure else UNASSIGNED] += visit["margin"] * quota.value
    assert {key: float(of.amount or 0) for key, of in found.items() if of.amount} == pytest.approx(dict(expected))
    money = money_at_risk({"customer": ["ana"], "issue": ["evenings"]}, leaving={}, currency="EUR", lost_sales=found, lost_in_all=in_all)
    assert sum((row.lost_sales.value or Decimal(0) for row in money.issues), Decimal(0)) == one.lost().money.value  # type: ignore[union-attr]
    assert money.total.lost_sales == in_all
    assert money.total.total.value == one.lost().money.value  # type: ignore[union-attr]


def test_an_issue_no_occasion_speaks_of_has_unknown_lost_sales_and_never_none() -> None:
    found = money_at_risk(
        {"customer": ["ana", "rui"], "issue": ["late", "answer"]},
        leaving={},
        currency="EUR",
        costs={"issue": ["late"], "amount": [10.0]},
        lost_sales={"answer": Forgone(Decimal("5.004"), 1.0, 2.0), "torn": Forgone(None, why="cannot tell: it is always there")},
    )
    by = {row.where["issue"]: row for row in found.issues}
    assert (by["late"].lost_sales.value, by["late"].lost_sales.method) == (None, NO_OCCASION)
    assert (by["answer"].lost_sales.low, by["answer"].lost_sales.value, by["answer"].lost_sales.high) == (
        Decimal("4.00"),
        Decimal("5.00"),
        Decimal("7.00"),
    )
    assert (by["torn"].lost_sales.value, by["torn"].lost_sales.method) == (None, "cannot tell: it is always there")
    assert by["answer"].total.value == Decimal("5.00")


def test_shares_of_two_exposures_err_independently() -> None:
    """Margins of 100 each: 30 to 50 of the one around 40, 5 to 35 of the other around 20; together 60, 10 and 15 below: 18."""
    one, other = Quota(None, 0.4, 0.3, 0.5), Quota(None, 0.2, 0.05, 0.35)
    both = Forgone.of([(1_000_000, one), (1_000_000, other)])
    assert float(both.amount or 0) == pytest.approx(60)
    assert both.below == pytest.approx((10**2 + 15**2) ** 0.5)

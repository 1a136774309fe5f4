"""The planted causes of the made shop as issues of a study (domain.md e1 to e3)."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import troth
from troth.engine.issues.result import TOTAL, UNASSIGNED, Issue
from troth.engine.worlds.shop import causes as c
from troth.project.examples import find
from troth.terms.vocabulary import Part

SIZE = 24_000
SHOP = find("shop")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, laid out and made small."""
    place = SHOP.lay_out(tmp_path_factory.mktemp("shop") / "shop")
    SHOP.make(place, SIZE)
    return place


@pytest.fixture(scope="module")
def study(folder: Path) -> troth.Study:
    """All of it, studied."""
    return troth.open(folder).study(SHOP.as_of)


def issue(study: troth.Study, **rule: str) -> Issue:
    """The issue of this rule, whatever else is in it."""
    (one,) = [row for row in study.issues if rule.items() <= row.rule.items()]
    return one


QUESTIONS = {"browsed and did not buy": "browsed, not bought", "returned the order": "returned", "cancelled the trial": "trial cancelled"}
"""Questions of the example, and what the truth calls them."""


def test_both_questions_of_the_field_are_answered_within_their_intervals(study: troth.Study, folder: Path) -> None:
    """“They browsed and did not buy”, “they return, they cancel the trial”: marketing or service (S4.21, S4.22)."""
    planted = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["fractions"]
    assert {one.question for one in study.answers} == QUESTIONS.keys()
    for one in study.answers:
        for side, share in planted[QUESTIONS[one.question]]["expected"].items():
            figure = one.found.side(side).share
            assert figure.low is not None, (one.question, side)
            assert figure.high is not None, (one.question, side)
            assert figure.low <= share <= figure.high, (one.question, side)


def test_the_slow_lane_is_of_the_area_that_keeps_the_date_and_a_matter_of_the_standard(study: troth.Study) -> None:
    one = issue(study, what="delivery date", region=c.SLOW_REGION, carrier=c.SLOW_CARRIER)
    assert (max(one.areas, key=lambda area: one.areas[area]), one.part) == ("Fulfilment", Part.STANDARD)


def test_the_rash_campaign_is_marketings(study: troth.Study) -> None:
    one = issue(study, what="delivery date", campaign=c.RASH_CAMPAIGN)
    assert (one.part, one.areas["Marketing"] > 0.9) == (Part.EXPECTATION, True)


def test_the_incident_lies_in_its_warehouse_and_months_and_in_the_step_it_hit(study: troth.Study) -> None:
    months = [row for row in study.issues if row.rule.get("warehouse") == c.INCIDENT_WAREHOUSE]
    assert {row.rule["month"] for row in months} == {"2024-09-01", "2024-10-01"}
    assert {(row.part, row.step, row.areas["Fulfilment"] > 0.9) for row in months} == {(Part.DELIVERY, "packed", True)}


def test_the_misleading_page_has_the_day_it_began(study: troth.Study) -> None:
    one = issue(study, what="as described", product=c.PAGE_PRODUCT)
    assert one.part == Part.EXPECTATION
    assert one.spell is not None
    assert f"{one.spell.since:%Y-%m}" == "2024-04"
    assert one.spell.until is None


def test_what_broke_no_promise_is_an_issue_too_and_of_the_area_that_answers(study: troth.Study) -> None:
    one = issue(study, what="checkout error", device=c.FAULT_DEVICE)
    assert (one.rule["month"], one.areas, one.parts) == ("2024-08-01", {"IT": 1.0}, {})


def test_at_most_two_of_the_first_ten_are_not_planted(study: troth.Study) -> None:
    planted: list[dict[str, Any]] = [{name: set(values) for name, values in cause.rule.items()} for cause in c.CAUSES]

    def is_planted(one: Issue) -> bool:
        return any(all(one.rule.get(name) in values for name, values in rule.items()) for rule in planted)

    assert sum(not is_planted(one) for one in list(study.issues)[:10] if one.rank is not None) <= 2


def test_issues_and_unassigned_are_all_failures_and_all_money_to_the_cent(study: troth.Study, folder: Path) -> None:
    *listed, rest, total = study.issues
    assert (rest.where["issue"], total.where["issue"]) == (UNASSIGNED, TOTAL)
    assert sum(one.failures for one in (*listed, rest)) == total.failures == study.failures.count().to_pyarrow().as_py()
    for amount in ("remedial", "modelled", "lost_sales", "money"):
        parts = [getattr(one, amount).value or Decimal(0) for one in (*listed, rest)]
        assert sum(parts) == getattr(total, amount).value
    costs = study.reading.connection.read_parquet(folder / "data" / "costs.parquet")
    assert total.remedial.value is not None
    assert study.anyway is not None
    assert study.anyway.value is not None
    assert study.anyway.value > 0
    assert total.remedial.value + study.anyway.value == costs.amount.cast("decimal(18, 2)").sum().to_pyarrow().as_py()


PLANTED = (
    "rash campaign",
    "warehouse incident",
    "slow lane",
    "misleading page",
    "unanswered questions",
    "checkout fault",
    "call-time target",
)


def money_of(study: troth.Study, name: str, amount: str) -> tuple[float, float, float]:
    """An amount of the issues that hold a planted cause, of the failures beyond what was to be expected, with its limits."""
    rule = c.cause(name).rule
    found = [one for one in study.issues if one.rank and all(one.rule.get(column) in values for column, values in rule.items())]
    parts = [(getattr(one, amount), min(1.0, (one.excess.value or 0.0) / (one.failed or 1))) for one in found]
    value, low, high = (sum(float(getattr(money, end) or 0) * beyond for money, beyond in parts) for end in ("value", "low", "high"))
    return value, low, high


def test_cash_of_the_issues_is_what_their_causes_cost(study: troth.Study, folder: Path) -> None:
    """Each within half of the planted cash (some are a few dozen calls), all together within 12%: not all cash of whoever was hit."""
    causes = {one["name"]: one for one in json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["causes"]}
    told = {name: money_of(study, name, "remedial")[0] for name in PLANTED}
    planted = {name: causes[name]["money"]["remedial"] for name in PLANTED}
    for name in PLANTED:
        assert told[name] == pytest.approx(planted[name], rel=0.5, abs=150), name
    assert sum(told.values()) == pytest.approx(sum(planted.values()), rel=0.12)


@pytest.mark.parametrize("name", ["unanswered questions", "checkout fault"])
def test_sales_lost_to_a_planted_cause_stand_with_its_issue(study: troth.Study, folder: Path, name: str) -> None:
    causes = {one["name"]: one for one in json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["causes"]}
    value, low, high = money_of(study, name, "lost_sales")
    planted = causes[name]["money"]["lost_sales"]
    assert value == pytest.approx(planted, rel=0.25)
    assert 0.85 * low <= planted <= 1.15 * high  # who is lost is drawn in the shop, beside what the shares err by


def test_lost_sales_of_the_issues_are_those_of_the_answers(study: troth.Study) -> None:
    (asked,) = [one for one in study.answers if one.lost_sales]
    whole = asked.lost()
    assert whole is not None
    assert asked.question == "browsed and did not buy"
    assert list(study.issues)[-1].lost_sales.value == whole.money.value


def test_failure_demand_is_near_what_the_contacts_are_about(study: troth.Study, folder: Path) -> None:
    """The truth knows what each contact is about; the record, what had failed by then: a question on an order gone wrong counts, too."""
    truth = study.reading.connection.read_parquet(folder / "truth" / "texts.parquet")
    tickets = truth.filter(truth.table == "tickets")
    other = tickets.about.isin(["invoice", "address", "how to use", "cancel", "refund"])
    planted = 1 - other.mean().to_pyarrow().as_py()
    told = study.failure_demand
    assert told is not None
    assert told.contacts == tickets.count().to_pyarrow().as_py()
    assert planted < (told.share.value or 0) < planted + 0.1


def test_every_failure_is_in_one_issue(study: troth.Study) -> None:
    failures = study.failures
    episodes = failures.group_by("matter", "first_at").agg(n=failures.count())
    assert episodes.n.max().to_pyarrow().as_py() == 1
    counted = failures.group_by("issue").agg(n=failures.count()).to_pyarrow().to_pylist()
    told = {one.where["issue"]: one.failures for one in study.issues if one.rank and one.failures}
    assert {row["issue"]: row["n"] for row in counted if row["issue"]} == told


def test_area_shares_add_up_and_unknown_is_one_of_them(study: troth.Study) -> None:
    for one in study.issues:
        if one.rank is not None:
            assert sum(one.areas.values()) == pytest.approx(1.0)


def test_three_people_are_quoted_and_nobody_can_be_recognised(study: troth.Study) -> None:
    quoted = [one for one in study.issues if one.words]
    assert len(quoted) >= 5
    assert {len(one.words) for one in quoted} == {3}
    assert "Tudo para a casa" not in " ".join(words.text for one in quoted for words in one.words)  # what an advertisement says
    assert not any("@" in words.text for one in quoted for words in one.words)


def test_an_issue_keeps_its_key_and_its_rule_from_study_to_study(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "deliveries"
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("data", "truth", ".troth"))
    for source in (place / "sources").iterdir():
        if source.name != "orders.toml":
            source.unlink()
    orders = place / "sources" / "orders.toml"
    text = orders.read_text(encoding="utf-8")
    orders.write_text(text[: text.index("[[promises]]", text.index("[[promises]]") + 1)], encoding="utf-8")
    project = troth.open(place, folder / "data")
    first = project.run("2024-10-31", at=project.instant("2024-11-01")).study
    then = [one for one in first.issues if one.rank]
    assert then
    later = project.run(SHOP.as_of, at=project.instant("2025-01-01")).study
    kept = {one.where["issue"]: one for one in later.issues if one.known}
    assert set(kept) == {one.where["issue"] for one in then} == set(later.manifest.kept_rules)
    assert all(kept[one.where["issue"]].rule == one.rule for one in then)
    again = project.run(SHOP.as_of, at=project.instant("2025-01-02"))
    assert not again.new  # the same input and the same rules give the same study, to the byte
    assert json.loads((later.folder / "manifest.json").read_text(encoding="utf-8"))["kept_rules"]


def test_the_planted_harmful_target_is_found_and_the_other_left_alone(study: troth.Study) -> None:
    told = {one.measure.name: one for one in study.measures.measures}
    assert told["length of a call"].verdict == "harmful"
    assert told["length of a case note"].verdict in {"neutral", "unknown"}
    assert not told["clicks"].paired
    assert [(melon.passed.value, (melon.index.value or 0) > 0) for melon in study.measures.watermelons] == [(1.0, True)] * 2

"""The questions of a project, answered as of an instant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pytest

from troth.engine.attribution.answers import TOO_YOUNG, Answered, Occasions, answers, read_answers, shares_of, write_answers
from troth.engine.findings import Findings, PlaceboShare
from troth.terms.charter import Area, Charter
from troth.terms.vocabulary import Aspect, Exposure, OccasionSpec

CHARTER = Charter(areas=(Area("Brand", Aspect.BRAND), Area("Care", Aspect.SERVICE)))
START = datetime(2024, 3, 1)
SPEC = OccasionSpec(
    "cancelled the trial",
    "trials",
    exposures=(Exposure("price_unclear", "Brand", "the price was not told"), Exposure("unanswered", "Care")),
    covariates=("tier",),
    settled_after=30.0,
)


def occasions(rows: int = 4_000, spec: OccasionSpec = SPEC) -> Occasions:
    """Trials of a hundred days: of those cancelled, on the tenth day or later, some anyway and some for what they met."""
    dice = np.random.default_rng(1)
    price, unanswered = dice.random(rows) < 0.3, dice.random(rows) < 0.2
    gone = dice.random(rows) > (1 - 0.3) * np.where(price, 0.6, 1) * np.where(unanswered, 0.8, 1)
    at = [START + timedelta(days=float(day)) for day in dice.random(rows) * 100]
    return Occasions(
        spec,
        ibis.memtable(
            pa.table(
                {
                    "row": pa.array(range(rows)),
                    "at": pa.array(at, pa.timestamp("us")),
                    "customer": pa.array(range(rows)),
                    "event": pa.nulls(rows, pa.bool_()),
                    "event_at": pa.array([day + timedelta(days=10) if left else None for day, left in zip(at, gone, strict=True)]),
                    "intent": pa.nulls(rows, pa.bool_()),
                    "price_unclear": price,
                    "unanswered": unanswered,
                    "tier": dice.choice(["gold", "silver"], rows),
                }
            )
        ),
    )


@pytest.fixture(scope="module")
def answer() -> Answered:
    (one,) = answers([occasions()], CHARTER, datetime(2024, 12, 1))
    return one


def test_the_sides_are_those_of_the_areas(answer: Answered) -> None:
    assert [row.where["side"] for row in answer.found] == ["marketing", "service", "unexplained"]
    assert (answer.stage, answer.event) == ("support", "the trial ended without a subscription")
    assert [answer.area(name) for name in ("price_unclear", "unanswered")] == ["Brand", "Care"]
    assert [answer.words(name) for name in ("price_unclear", "unanswered")] == ["the price was not told", "unanswered"]


def test_what_was_planted_lies_in_the_intervals(answer: Answered) -> None:
    """A naive second way: with chances known, each row's extra chance is split by the logarithms of what was met."""
    table = occasions().table.to_pyarrow()
    price, unanswered = (np.asarray(table[name]) for name in ("price_unclear", "unanswered"))
    weight = {"marketing": price * -np.log(0.6), "service": unanswered * -np.log(0.8)}
    extra = 0.7 - 0.7 * np.where(price, 0.6, 1) * np.where(unanswered, 0.8, 1)
    every = sum(weight.values())
    events = float((0.3 + extra).sum())
    for side, mine in weight.items():
        planted = float(np.divide(mine * extra, every, out=np.zeros(len(mine)), where=every > 0).sum()) / events
        share = answer.found.side(side).share
        assert share.low is not None
        assert share.high is not None
        assert share.low <= planted <= share.high


def test_an_occasion_counts_once_the_event_would_have_come() -> None:
    (one,) = answers([occasions()], CHARTER, datetime(2024, 4, 30))
    days = [row["at"] for row in occasions().table.select("at").to_pyarrow().to_pylist()]
    assert one.found.n == sum(at <= datetime(2024, 3, 31) for at in days)
    assert one.found.set_aside[TOO_YOUNG] == sum(datetime(2024, 3, 31) < at <= datetime(2024, 4, 30) for at in days)
    assert (one.since, one.until) == ("2024-03-01", "2024-03-30")


def test_an_event_later_than_everyone_is_followed_for_is_none() -> None:
    spec = OccasionSpec("left", "trials", exposures=SPEC.exposures, event="it was left", settled_after=9.0)
    (one,) = answers([occasions(spec=spec)], CHARTER, datetime(2024, 12, 1))
    assert one.found.events == 0
    assert one.found.reason


def test_nothing_known_later_is_used() -> None:
    spec = OccasionSpec("left", "trials", exposures=SPEC.exposures, event="it was left")
    now = datetime(2024, 4, 5)
    (one,) = answers([occasions(spec=spec)], CHARTER, now)
    rows = occasions().table.to_pyarrow().to_pylist()
    assert one.found.n == sum(row["at"] <= now for row in rows)
    assert one.found.events == sum(row["event_at"] is not None and row["event_at"] <= now for row in rows)


def test_without_areas_in_the_charter_every_exposure_is_nobodys() -> None:
    (one,) = answers([occasions()], Charter(), datetime(2024, 12, 1))
    assert [row.where["side"] for row in one.found] == ["other", "unexplained"]


def test_exposures_that_never_vary_cannot_be_told(tmp_path: Path) -> None:
    made = occasions(200)
    (one,) = answers([Occasions(SPEC, made.table.mutate(price_unclear=True, unanswered=True))], CHARTER, datetime(2024, 12, 1))
    assert one.found.reason
    assert all(row.events is None for row in one.found if row.where["side"] != "unexplained")
    write_answers(tmp_path, [one])
    assert read_answers(tmp_path) == (one,)


def test_a_side_that_cannot_be_told_is_not_counted_out() -> None:
    """What goes along with a side nothing can be told of stands with what is unexplained, and the answer says so."""
    made = occasions(2_000)
    (one,) = answers([Occasions(SPEC, made.table.mutate(price_unclear=True))], CHARTER, datetime(2024, 12, 1))
    assert one.found.side("marketing").events is None
    assert one.found.side("service").events
    assert "with none of those that can be told, what cannot be told among them" in one.found.answer


def test_a_placebo_that_fails_stands_in_the_answer() -> None:
    made = occasions()
    spec = OccasionSpec("left", "trials", exposures=SPEC.exposures, event="it was left", placebo=("gone",), settled_after=30.0)
    gone = made.table.mutate(gone=made.table.event_at.notnull())
    (one,) = answers([Occasions(spec, gone)], CHARTER, datetime(2024, 12, 1))
    assert [placebo.passed for placebo in one.found.placebo] == [False]
    assert one.found.answer.startswith("A placebo failed, so whose these events are: cannot tell.")


def test_answers_are_kept_as_they_are_and_make_one_table(answer: Answered, tmp_path: Path) -> None:
    write_answers(tmp_path, [answer])
    assert read_answers(tmp_path) == (answer,)
    table = shares_of([answer])
    assert table[0].where == {"question": "cancelled the trial", "side": "marketing"}
    assert sum(row.events or 0 for row in table) == answer.found.events


def test_a_placebo_in_doubt_is_kept_and_told_beside_the_table(tmp_path: Path) -> None:
    rows = occasions().table.to_pyarrow()
    dice = np.random.default_rng(2)
    left = np.asarray([at is not None for at in rows["event_at"].to_pylist()])
    later = (dice.random(len(left)) < 0.2) | (left & (dice.random(len(left)) < 0.07))
    spec = replace(SPEC, placebo=("later",))
    (doubtful,) = answers([Occasions(spec, ibis.memtable(rows.append_column("later", pa.array(later))))], CHARTER, datetime(2024, 12, 1))
    assert doubtful.found.placebo[0].doubtful
    write_answers(tmp_path, [doubtful])
    assert read_answers(tmp_path) == (doubtful,)
    notes = shares_of([doubtful]).notes
    assert any("A caution: " in note for note in notes)
    assert any("Placebo in doubt: “later”" in note for note in notes)


def test_a_placebo_that_failed_before_there_were_cautions_reads_as_failed(answer: Answered, tmp_path: Path) -> None:
    failed = PlaceboShare({"placebo": "later"}, 40, answer.found.rows[0].share, passed=False)
    write_answers(tmp_path, [replace(answer, found=replace(answer.found, placebo=Findings((failed,), ("placebo",))))])
    path = tmp_path / "answers.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    for row in kept[0]["found"]["placebo"]["rows"]:
        for name in ("p_value", "p_adjusted", "doubtful"):
            del row[name]
    path.write_text(json.dumps(kept), encoding="utf-8")
    (read,) = read_answers(tmp_path)
    assert read.found.placebo[0].failed


def test_a_study_that_asks_nothing_says_so(tmp_path: Path) -> None:
    assert read_answers(tmp_path) == ()
    assert "[[occasions]]" in shares_of(()).notes[0]
    assert answers((), CHARTER, datetime(2024, 12, 1, tzinfo=UTC).replace(tzinfo=None)) == ()

"""What cannot be told is told as such, with the reason; what was not meant is refused in a sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import troth
from troth.engine.attribution import Question, exposures_by_side, question_named, questions
from troth.engine.findings import Attribution
from troth.terms.charter import Area, Charter
from troth.terms.errors import RequestError
from troth.terms.vocabulary import Aspect

SIDES = {"marketing": ["ad"], "service": ["chat"]}


def visits(count: int = 600, seed: int = 0) -> pd.DataFrame:
    """Visits with two exposures that each spoil three in ten of what would have been well."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(size=count), "ad": rng.random(count) < 0.3, "chat": rng.random(count) < 0.3})
    spared = 0.6 * np.where(frame.ad, 0.7, 1) * np.where(frame.chat, 0.7, 1)
    return frame.assign(left=rng.random(count) > spared, meant=rng.random(count) < 0.7, late=rng.random(count) < 0.2)


def ask(frame: Any, **more: Any) -> Attribution:
    return troth.attribute(frame, **{"event": "left", "exposures": SIDES, "covariates": ["age"], **more})


def untold(found: Attribution, reason: str) -> None:
    assert re.search(reason, found.reason)
    assert found.answer.startswith("Cannot tell: ")
    assert [row.share.value for row in found] == [None] * len(found)
    assert [row.events for row in found] == [None] * len(found)
    assert all(row.share.method.startswith("cannot tell: ") for row in found)
    assert [row.events for row in found.exposures] == [None] * len(found.exposures)
    assert found.to_arrow().num_rows == len(found)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"left": False}, "never took place in 600 rows"),
        ({"left": True}, "took place in every one of 600 rows"),
        ({"ad": True, "chat": False}, "no exposure varies: “ad”: it is always there.*“chat”: it never occurred"),
        ({"ad": None}, "^“ad” is unknown in every row: no row counts$"),
        ({"ad": None, "left": None}, "^“left”, “ad” are unknown in every row: no row counts$"),
    ],
)
def test_no_events_all_events_and_no_variation_cannot_be_told(change: dict[str, Any], reason: str) -> None:
    untold(ask(visits().assign(**change)), reason)


def test_an_exposure_nobody_knows_of_says_nothing_of_the_other() -> None:
    found = ask(visits().assign(ad=None))
    assert {row.reason for row in found.exposures} == {"“ad” is unknown in every row: no row counts"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ad": False}, "it never occurred"),
        ({"ad": True}, "it is always there"),
        ({"ad": [True] * 4 + [False] * 1996}, "it is there 4 times"),
    ],
)
def test_where_a_side_never_varies_neither_its_share_nor_what_the_other_holds_of_both_is_known(change: dict[str, Any], reason: str) -> None:
    found = ask(visits(2_000).assign(**change))
    marketing, service = found.side("marketing"), found.side("service")
    assert (marketing.events, marketing.share.value, marketing.of_explained.value) == (None, None, None)
    assert marketing.reason.startswith(reason)
    assert found.exposures[0].share.value is None
    assert service.share.value is not None
    assert service.of_explained.value is None
    assert f"marketing cannot be told ({reason}" in service.of_explained.method
    assert [pair.difference.value for pair in found.pairs] == [None]
    assert f"cannot tell with marketing ({reason}" in found.answer
    assert "and so is what service holds of all that goes along with exposures" in found.answer
    assert "holds more" not in found.answer
    assert sum(row.events or 0 for row in found) == found.events


def test_three_customers_and_no_rows_cannot_be_told() -> None:
    untold(ask(visits(3)), "never|every|3 rows")
    untold(ask(visits().assign(who=[f"c{i % 3}" for i in range(600)]), cluster="who"), "3 customers, and 10 are needed")
    untold(ask(visits().iloc[:0]), "no row counts")
    untold(ask(visits().iloc[:1]), "one|every|never")


def test_rows_of_customers_nobody_knows_stand_each_for_itself() -> None:
    known: list[str | None] = [f"c{i}" for i in range(300)]
    found = ask(visits().assign(who=pd.Series([*known, *[None] * 300], dtype="object")), cluster="who")
    assert found.side("marketing").share.clusters == 600
    assert found.side("marketing").share.low is not None


def test_an_exposure_all_of_whose_like_have_it_cannot_be_told() -> None:
    frame = visits(2_000)
    frame["ad"] = frame.age > 0.5
    found = ask(frame)
    [ad, chat] = found.exposures
    assert "no overlap" in ad.reason
    assert ad.share.value is None
    assert chat.share.value is not None
    assert found.side("marketing").share.value is None
    assert found.side("service").of_explained.value is None  # what marketing holds belongs to the whole, and nobody knows it
    assert sum(row.events or 0 for row in found) == found.events
    untold(ask(frame, exposures={"marketing": "ad"}), "no exposure can be compared.*no overlap")


def test_exposures_that_always_come_together_are_told_as_one_or_not_at_all() -> None:
    frame = visits().assign(twin=lambda one: one.ad)
    untold(ask(frame, exposures={"marketing": "ad", "service": "twin"}), "come together in all but 0 rows")
    found = ask(frame, exposures={"marketing": ["ad", "twin"], "service": "chat"})
    assert found.exposures[1].reason == "it comes together with “ad”, which stands for both"
    assert found.side("marketing").share.value == pytest.approx(ask(frame).side("marketing").share.value)
    follows = frame.assign(either=frame.ad ^ frame.chat, ad=frame.ad & ~frame.chat, chat=frame.chat & ~frame.ad)
    untold(
        ask(follows, exposures={"marketing": "ad", "service": "chat", "other": "either"}), "cannot be told apart.*“ad”, “chat”, “either”"
    )


def test_an_exposure_that_never_occurred_holds_nothing_and_one_nearly_never_is_unknown() -> None:
    found = ask(visits().assign(never=False, rare=[True] * 4 + [False] * 596), exposures={**SIDES, "operating": ["never", "rare"]})
    never, rare = (row for row in found.exposures if row.where["side"] == "operating")
    assert (never.events, never.share.value, never.reason) == (0, 0.0, "it never occurred")
    assert (rare.events, rare.share.value) == (None, None)
    assert "4 times, and 10 are needed" in rare.reason


def test_an_exposure_that_goes_along_with_fewer_events_is_counted_as_nothing_and_pointed_out() -> None:
    frame = visits(3_000)
    helped = np.random.default_rng(5).random(3_000) < 0.3
    frame = frame.assign(helped=helped, left=frame.left & ~(helped & (np.arange(3_000) % 2 == 0)))
    found = ask(frame, exposures={**SIDES, "other": "helped"})
    assert found.side("other").share.value == 0
    assert found.side("other").events == 0
    turned = found.exposures[2].turned
    assert (turned.value, turned.low) == (0.0, 0.0)
    assert any("“helped” goes along with fewer events" in note for note in found.notes)
    assert sum(found.shares.values()) == pytest.approx(1)  # type: ignore[arg-type]


@pytest.mark.parametrize("clustered", [False, True], ids=["rows", "customers"])
def test_where_an_exposure_goes_along_with_fewer_events_every_figure_and_sentence_agrees(*, clustered: bool) -> None:
    """An advertisement after which five in a hundred fewer leave, a question after which ten more do: 0 is no certainty that it is 0."""
    drawn = np.random.default_rng(1)
    ad, question = drawn.random(6_000) < 0.4, drawn.random(6_000) < 0.4
    left = drawn.random(6_000) < 0.3 - 0.05 * ad + 0.1 * question
    frame = pd.DataFrame({"left": left, "ad": ad, "question": question, "who": np.arange(6_000) // 2})
    sides = {"marketing": "ad", "service": "question"}
    found = troth.attribute(frame, event="left", exposures=sides, cluster="who" if clustered else None)
    marketing, service, rest = (found.side(side).share for side in ("marketing", "service", "unexplained"))
    assert (marketing.value, marketing.low) == (0.0, 0.0)
    assert 0.01 < (marketing.high or 0) < 0.06
    assert "(“ad” goes along with fewer)" in found.answer
    signed = found.exposures[0].signed
    assert (signed.high or 0) < 0
    assert (found.exposures[0].turned.high or 0) > 0
    assert (rest.low or 0) <= 1 - (service.value or 0) <= (rest.high or 0)
    assert (rest.high or 0) == pytest.approx(1 - (service.low or 0), abs=0.01)  # not more than service and marketing leave of all
    [pair] = found.pairs
    assert -(service.high or 0) <= (pair.difference.low or 0) <= -(service.value or 0) <= (pair.difference.high or 0) < 0
    assert f"Service holds more than marketing, by {-(pair.difference.high or 0):.1%} to {-(pair.difference.low or 0):.1%}" in found.answer
    for row in (found.side("marketing"), found.side("service")):
        assert row.of_explained.value is not None  # what goes along with fewer does not make nothing of what goes along with more
    assert sum(row.of_explained.value or 0 for row in found if row.where["side"] != "unexplained") == pytest.approx(1)


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_side_holds_no_more_than_another_by_more_than_it_holds(seed: int) -> None:
    """What half of them met may hold anything from nothing on; what one in ten met is known better."""
    drawn = np.random.default_rng(seed)
    ad, question = drawn.random(1_000) < 0.5, drawn.random(1_000) < 0.1
    frame = pd.DataFrame({"left": drawn.random(1_000) < 0.3 + 0.02 * ad + 0.2 * question, "ad": ad, "question": question})
    found = troth.attribute(frame, event="left", exposures={"marketing": "ad", "service": "question"})
    difference, marketing, service = found.pairs[0].difference, found.side("marketing").share, found.side("service").share
    assert difference.low is not None
    assert service.high is not None
    assert marketing.low == 0.0
    assert (difference.high or 0) <= (marketing.high or 0)
    assert -difference.low <= service.high


def test_an_exposure_that_alone_goes_along_with_fewer_events_leaves_all_unexplained() -> None:
    frame = visits(2_000)
    found = ask(frame.assign(left=frame.left & ~(frame.ad & (np.arange(2_000) % 2 == 0))), exposures={"marketing": "ad"})
    assert found.shares == {"marketing": 0.0, "unexplained": 1.0}
    assert found.side("unexplained").events == found.events


def test_an_exposure_after_which_everybody_leaves_takes_all_who_would_have_stayed() -> None:
    frame = visits(3_000)
    frame["left"] |= frame.ad
    found = ask(frame)
    [ad, _] = found.exposures
    others = frame.loc[~frame.ad, "left"].mean()
    assert ad.events_present == ad.present
    assert ad.turned.value == pytest.approx(1, abs=1e-3)
    assert ad.share.value == pytest.approx((1 - others) * frame.ad.sum() / frame.left.sum(), abs=0.03)
    assert sum(row.events or 0 for row in found) == found.events


def test_a_placebo_that_goes_along_with_the_event_fails() -> None:
    frame = visits(2_000)
    frame["after"] = frame.left & (np.arange(2_000) % 2 == 0)
    found = ask(frame, placebo=["after", "late"])
    assert [one.passed for one in found.placebo] == [False, True]
    assert any("Placebo failed: “after”" in note for note in found.notes)


def test_where_a_placebo_fails_no_side_is_said_to_hold_more() -> None:
    frame = visits(4_000)
    frame["left"] |= frame.ad
    claimed = ask(frame, placebo="late")
    assert claimed.placebo[0].passed
    assert "Marketing holds more than service" in claimed.answer
    frame["after"] = frame.left & (np.arange(4_000) % 2 == 0)
    doubted = ask(frame, placebo=["after", "late"])
    assert doubted.answer.startswith("A placebo failed, so whose these events are: cannot tell.")
    assert "holds more" not in doubted.answer
    assert [(pair.of_both.value, pair.difference.value, pair.difference.method) for pair in doubted.pairs] == [
        (None, None, "cannot tell: a placebo failed")
    ]
    assert {row.of_explained.value for row in doubted} == {None}
    assert doubted.shares == claimed.shares  # as computed, for whoever wants to look


def test_a_placebo_that_never_comes_is_not_passed() -> None:
    frame = visits(2_000)
    assert ask(frame.assign(late=False), placebo="late").placebo[0].passed is None


def test_a_question_of_browsing_needs_to_know_who_meant_to_buy() -> None:
    with pytest.raises(RequestError, match="counts only those who meant to buy") as refused:
        ask(visits(), question="browsed and did not buy")
    assert refused.value.place == "intent"
    found = ask(visits(), question="browsed and did not buy", intent="meant")
    assert (found.stage, found.n) == ("interest", int(visits().meant.sum()))
    assert found.set_aside == {"without intent": 600 - found.n}


@pytest.mark.parametrize("event", ["did_not_buy", "no_purchase", "bounced"])
def test_an_event_that_looks_like_browsing_comes_with_a_caution(event: str) -> None:
    frame = visits().rename(columns={"left": event}).assign(meant=True)
    assert any("who meant to buy" in note for note in ask(frame, event=event).notes)
    assert not any("who meant to buy" in note for note in ask(frame, event=event, intent="meant").notes)
    assert not any("who meant to buy" in note for note in ask(visits()).notes)


def test_nearly_everybody_leaving_is_browsing_whatever_it_is_called() -> None:
    frame = visits(1_000).assign(left=np.arange(1_000) % 20 > 0)
    assert any("95% of the rows saw it" in note for note in ask(frame).notes)


def test_a_question_of_your_own_needs_no_further_code() -> None:
    found = ask(visits(), question=Question("skipped the class", "learning", "the class took place without the pupil"))
    assert found.stage == "learning"
    with pytest.raises(RequestError, match="no question “browsed and did not by”") as refused:
        ask(visits(), question="browsed and did not by")
    assert refused.value.mend == "did you mean “browsed and did not buy”?"


def test_every_question_has_a_stage_an_event_and_two_sides() -> None:
    known = questions()
    assert len({one.name for one in known}) == len(known) >= 6
    assert {"returned the order", "cancelled the trial", "browsed and did not buy"} <= {one.name for one in known}
    for one in known:
        assert one.stage
        assert one.event
        assert len(one.exposures) >= 2
        assert question_named(one.name) is one
    assert [one.name for one in known if one.browsing] == ["browsed and did not buy"]


def test_rows_nobody_knows_enough_of_are_set_aside_and_counted() -> None:
    frame = visits().astype({"left": "boolean", "ad": "boolean"})
    frame.loc[:9, "left"] = pd.NA
    frame.loc[5:29, "ad"] = pd.NA
    found = ask(frame)
    assert found.set_aside == {"not known whether the event took place": 10, "not known whether an exposure took place": 20}
    assert found.n == 570
    assert "20 rows set aside: not known whether an exposure took place." in found.notes


def test_whatever_covariates_hold_they_are_held_equal() -> None:
    rng = np.random.default_rng(9)
    frame = visits(800)
    frame["age"] = np.where(rng.random(800) < 0.1, np.nan, np.where(rng.random(800) < 0.02, np.inf, frame.age))
    frame["town"] = [None if i % 11 == 0 else f"t{i % 400}" for i in range(800)]
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(800) % 90, unit="D")
    frame["new"] = frame.index % 2 == 0
    frame["same"] = 1.0
    frame["nothing"] = None
    found = ask(frame, covariates=["age", "town", "day", "new", "same", "nothing"])
    assert found.side("marketing").share.value is not None
    assert found.side("marketing").share.low is not None
    assert {"“same” is one", "“nothing” is one"} <= {
        match for note in found.notes for match in re.findall("“(?:same|nothing)” is one", note)
    }


@pytest.mark.parametrize(
    ("more", "sentence", "place"),
    [
        ({"event": "lift"}, "no column “lift”", "event"),
        ({"exposures": {"marketing": ["add"]}}, "no column “add”", "exposures, marketing"),
        ({"exposures": {}}, "No exposures", "exposures"),
        ({"exposures": {"marketing": []}}, "No exposures", "exposures"),
        ({"exposures": {"unexplained": ["ad"]}}, "cannot be the name of a side", "exposures"),
        ({"exposures": {"a": ["ad"], "b": ["ad"]}}, "named twice, for a and for b", "exposures"),
        ({"exposures": {"a": ["left"]}}, "named twice, in event", "exposures, a"),
        ({"covariates": ["ad"]}, "named twice", "covariates"),
        ({"covariates": ["agee"]}, "no column “agee”", "covariates"),
        ({"covariates": [3]}, "3 is no name", "covariates"),
        ({"exposures": {"a": ["word"]}}, "holds string, not true or false", "exposures, a"),
        ({"exposures": {"a": ["days"]}}, "other than 0 and 1 \\(598 rows\\)", "days"),
        ({"intent": "mean"}, "no column “mean”", "intent"),
        ({"cluster": "who"}, "no column “who”", "cluster"),
        ({"placebo": ["word"]}, "not true or false", "placebo"),
    ],
)
def test_what_was_not_meant_is_refused_by_its_place(more: dict[str, Any], sentence: str, place: str) -> None:
    frame = visits().assign(word="yes", days=np.arange(600))
    with pytest.raises(RequestError, match=sentence) as refused:
        ask(frame, **more)
    assert refused.value.place == place
    assert refused.value.mend


@pytest.mark.parametrize("what", [None, 42, "visits.csv"])
def test_what_is_no_table_is_refused(what: Any) -> None:
    with pytest.raises(RequestError, match="events cannot be read as a table"):
        ask(what)


def test_sides_come_from_the_areas_of_the_charter() -> None:
    areas = (Area("Ads", Aspect.BRAND), Area("Help", Aspect.SERVICE), Area("Store", Aspect.OPERATING))
    owners = {"stock": "Store", "ad": "Ads", "chat": "Help", "rain": None, "picture": "Ads"}
    expected = {"marketing": ["ad", "picture"], "service": ["chat"], "operating": ["stock"], "other": ["rain"]}
    assert exposures_by_side(Charter(areas=areas), owners) == expected
    with pytest.raises(RequestError, match="“Adds” is no area") as refused:
        exposures_by_side(Charter(areas=areas), {"ad": "Adds"})
    assert refused.value.mend == "did you mean “Ads”?"
    with pytest.raises(RequestError, match="is no area"):
        exposures_by_side(None, {"ad": "Ads"})


def test_it_prints_its_answer_and_claims_no_cause() -> None:
    found = ask(visits(2_000), placebo="late")
    text = repr(found)
    assert text.startswith("Of ")
    assert "associated" in text
    assert not re.search(r"(?i)\bcaus|\bdue to\b|\bbecause\b|responsib|\bblame", text)
    assert "unexplained" in found._repr_html_()
    assert found.to_pandas().shape[0] == 3
    assert found.exposures.to_arrow().num_rows == 2
    with pytest.raises(RequestError, match="no side “sales”"):
        found.side("sales")


def test_marketing_or_service_is_answered_before_the_two_that_hold_most() -> None:
    frame = visits(6_000)
    rng = np.random.default_rng(3)
    frame["stock"] = rng.random(6_000) < 0.4
    frame["left"] |= frame.stock & (rng.random(6_000) < 0.7)
    frame["left"] |= frame.ad & (rng.random(6_000) < 0.6)
    answer = ask(frame, exposures={**SIDES, "operating": ["stock"]}).answer
    assert answer.index("Marketing holds more than service, by") < answer.index("perating holds more than marketing, by")
    others = ask(frame, exposures={"marketing": ["ad"], "operating": ["stock"]}).answer
    assert others.count("holds more") == 1

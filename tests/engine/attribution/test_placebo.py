"""What came only after the event ought to go along with nothing: silent, a caution, or no answer, by how surely it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import troth
from troth.engine.attribution.placebo import DOUBTED_BELOW, REFUSED_BELOW, judged
from troth.engine.findings import NO_DATA, Attribution, PlaceboShare

SIDES = {"marketing": ["ad"], "service": ["chat"]}


def visits(*, more_among_events: int = 0, count: int = 4_000) -> pd.DataFrame:
    """Visits with two exposures, and a survey ignored afterwards by one in five of those who left and of those who did not.

    :param more_among_events: of those who left, so many more ignored it than would have by chance.
    """
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(size=count), "ad": rng.random(count) < 0.3, "chat": rng.random(count) < 0.3})
    spared = 0.6 * np.where(frame.ad, 0.4, 1) * np.where(frame.chat, 0.7, 1)
    frame["left"] = rng.random(count) > spared
    frame["ignored"] = False
    for left, more in ((True, more_among_events), (False, 0)):
        at = rng.permutation(np.flatnonzero(frame.left == left))
        frame.loc[at[: len(at) // 5 + more], "ignored"] = True
    return frame.assign(late=rng.random(count) < 0.2)


def ask(frame: pd.DataFrame, *placebo: str) -> Attribution:
    return troth.attribute(frame, event="left", exposures=SIDES, covariates="age", placebo=placebo)


@pytest.fixture(scope="module")
def passed() -> Attribution:
    return ask(visits(), "ignored")


@pytest.fixture(scope="module")
def doubtful() -> Attribution:
    return ask(visits(more_among_events=80), "ignored")


@pytest.fixture(scope="module")
def failed() -> Attribution:
    return ask(visits(more_among_events=120), "ignored")


def test_a_placebo_that_goes_along_with_nothing_is_passed_in_silence(passed: Attribution) -> None:
    [placebo] = passed.placebo
    assert (placebo.passed, placebo.doubtful, placebo.failed) == (True, False, False)
    assert (placebo.p_value or 0) >= DOUBTED_BELOW
    assert "Marketing holds more than service" in passed.answer
    assert not any("lacebo in doubt" in note or "lacebo failed" in note for note in passed.notes)
    assert "caution" not in repr(passed)


def test_below_5_percent_and_not_below_1_the_answer_is_told_with_a_caution(doubtful: Attribution) -> None:
    [placebo] = doubtful.placebo
    assert (placebo.passed, placebo.doubtful, placebo.failed) == (False, True, False)
    assert REFUSED_BELOW <= (placebo.p_value or 0) < DOUBTED_BELOW
    limits = f"{placebo.share.value:.1%} [{placebo.share.low:.1%}, {placebo.share.high:.1%}]"
    assert "Marketing holds more than service" in doubtful.answer
    assert f"A caution: what came only after the event goes along with it as well: “ignored” ({limits} of the events)." in doubtful.answer
    [note] = [note for note in doubtful.notes if note.startswith("Placebo in doubt: ")]
    assert limits in note
    assert f"{placebo.p_adjusted:.1%} of studies with nothing behind it" in note


def test_whatever_says_whose_the_events_are_carries_the_caution(doubtful: Attribution, passed: Attribution) -> None:
    [pair] = doubtful.pairs
    for figure in (pair.of_both, pair.difference, *(doubtful.side(side).of_explained for side in SIDES)):
        assert figure.value is not None
        assert figure.method.endswith("; with a caution: a placebo is in doubt")
    assert doubtful.shares == passed.shares  # nothing else changes


def test_below_1_percent_whose_the_events_are_is_not_told(failed: Attribution) -> None:
    [placebo] = failed.placebo
    assert (placebo.passed, placebo.doubtful, placebo.failed) == (False, False, True)
    assert (placebo.p_value or 0) < REFUSED_BELOW
    assert failed.answer.startswith("A placebo failed, so whose these events are: cannot tell.")
    assert "holds more" not in failed.answer
    assert any(note.startswith("Placebo failed: “ignored” happened only after the event") for note in failed.notes)
    [pair] = failed.pairs
    assert (pair.of_both.value, pair.difference.value) == (None, None)
    assert {row.of_explained.value for row in failed} == {None}


def by_strata(frame: pd.DataFrame) -> float:
    """Second, naive way to how far the placebo is from nothing, in standard errors: rates compared where the exposures are the same."""
    number = variance = 0.0
    for _, alike in frame.groupby(["ad", "chat"]):
        with_it, without = alike.loc[alike.ignored, "left"], alike.loc[~alike.ignored, "left"]
        weight = len(with_it) * len(without) / len(alike)
        number += weight * (with_it.mean() - without.mean())
        variance += weight**2 * (with_it.var() / len(with_it) + without.var() / len(without))
    return float(number / np.sqrt(variance))


@pytest.mark.parametrize("which", ["passed", "doubtful", "failed"])
def test_the_p_value_is_that_of_rates_where_the_exposures_are_the_same(which: str, request: pytest.FixtureRequest) -> None:
    more = {"passed": 0, "doubtful": 80, "failed": 120}[which]
    [placebo] = request.getfixturevalue(which).placebo
    assert abs(stats.norm.isf(placebo.p_value / 2)) == pytest.approx(abs(by_strata(visits(more_among_events=more))), abs=0.3)
    low, high = placebo.share.low, placebo.share.high
    assert (low <= 0 <= high) == (placebo.p_value >= 0.05)  # one placebo: the verdict is that of its interval


def verdicts(*p_values: float | None) -> list[str | None]:
    tested = [PlaceboShare({"placebo": f"p{i}"}, 100, NO_DATA, None, p_value=p) for i, p in enumerate(p_values)]
    found = judged(tested)
    assert [replace(one, passed=None, p_adjusted=None, doubtful=False) for one in found] == tested
    return [None if one.passed is None else "failed" if one.failed else "doubtful" if one.doubtful else "passed" for one in found]


def test_a_placebo_that_could_not_be_tested_is_told() -> None:
    """Named and never tested it would read like one that passed."""
    told = ask(visits().assign(nobody=False), "ignored", "nobody")
    [note] = [note for note in told.notes if note.startswith("Placebo not tested")]
    assert note == "Placebo not tested: “nobody” (it never occurred). It says nothing of the answer."


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([0.05], ["passed"]),
        ([0.0499], ["doubtful"]),
        ([0.01], ["doubtful"]),
        ([0.0099], ["failed"]),
        ([None], [None]),
        ([0.03, 0.5], ["passed", "passed"]),  # 2 x 0.03
        ([0.007, 0.5], ["doubtful", "passed"]),
        ([0.004, 0.5], ["failed", "passed"]),
        ([0.012, 0.03], ["doubtful", "doubtful"]),  # 2 x 0.012, then 0.03 as the last
        ([0.004, 0.03, None], ["failed", "doubtful", None]),
        ([0.02, 0.02, 0.02], ["passed"] * 3),
    ],
)
def test_the_more_placebos_the_surer_each_has_to_be(p_values: list[float | None], expected: list[str | None]) -> None:
    assert verdicts(*p_values) == expected


def test_of_several_placebos_the_one_in_doubt_is_named_and_how_many_there_were() -> None:
    found = ask(visits(more_among_events=92), "ignored", "late")
    assert [(one.passed, one.doubtful) for one in found.placebo] == [(False, True), (True, False)]
    ignored = found.placebo[0]
    assert ignored.p_adjusted == pytest.approx(2 * (ignored.p_value or 0))
    [note] = [note for note in found.notes if note.startswith("Placebo in doubt")]
    assert "“ignored”" in note
    assert "“late”" not in note
    assert "of 2 placebos" in note


def test_where_one_placebo_failed_the_other_in_doubt_is_told_beneath_and_the_answer_refused() -> None:
    frame = visits(more_among_events=140)
    frame["later"] = visits(more_among_events=80).ignored
    found = ask(frame, "ignored", "later")
    assert [(one.failed, one.doubtful) for one in found.placebo] == [(True, False), (False, True)]
    assert found.answer.startswith("A placebo failed")
    assert "A caution" not in found.answer
    assert any("Placebo in doubt: “later”" in note for note in found.notes)

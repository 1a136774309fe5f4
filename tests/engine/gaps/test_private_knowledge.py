"""A promise carries private knowledge (domain.md d4 rules 2 and 3, d9 test 8)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.engine.gaps.studies import study_of, whole
from troth.engine.findings import Account, Calibration
from troth.engine.reading import Reading
from troth.engine.worlds.knowledge import private_knowledge
from troth.terms.errors import RequestError

HIDDEN = (0.15, 0.3, 0.5)
MODES = ("as-of", "cross-fitted")
KNOWS_MORE = "the promise knows more than the model"


@cache
def reading(hidden_sd: float, seed: int = 1, *, estimate: bool = False) -> Reading:
    world = private_knowledge(seed, hidden_sd, estimate=estimate, history=26)
    return study_of(world, Path(mkdtemp(prefix="troth-test-")))


def truth(hidden_sd: float, seed: int = 1) -> float:
    """Breaks the campaign's haste adds, by the distributions its setter knew."""
    return private_knowledge(seed, hidden_sd, history=26).truth.cause("campaign").in_part


def campaign(found: Reading, mode: str = "as-of") -> Account:
    return next(row for row in found.account(["campaign"], mode=mode, skilled=False) if row.where["campaign"] == "yes")


def gate(found: Reading, mode: str = "as-of") -> Calibration:
    return next(gate for gate in found.calibration if gate.mode == mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hidden_sd", HIDDEN)
def test_the_blind_model_overstates_and_the_promise_aware_one_understates(hidden_sd: float, mode: str) -> None:
    found = reading(hidden_sd)
    expectation = campaign(found, mode).expectation
    blind, aware = expectation.value, expectation.aware
    assert aware is not None
    assert blind > truth(hidden_sd) > aware
    everything = whole(found, mode).expectation
    assert everything.aware is not None
    assert everything.value > everything.aware
    assert everything.value > truth(hidden_sd)


@pytest.mark.parametrize("hidden_sd", HIDDEN)
def test_what_the_blind_model_books_too_much_it_credits_to_delivery(hidden_sd: float) -> None:
    everything = whole(reading(hidden_sd))
    excess = everything.expectation.value - truth(hidden_sd)
    assert everything.delivery.value == pytest.approx(-excess, abs=0.15 * excess + 50)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("hidden_sd", HIDDEN)
def test_the_contrast_with_routine_promises_contains_the_truth_and_is_tighter(hidden_sd: float, seed: int, mode: str) -> None:
    found = reading(hidden_sd, seed)
    contrast = found.slice_contrast({"campaign": "yes"}, mode=mode)
    assert contrast.blind == pytest.approx(campaign(found, mode).expectation.value, abs=1e-6)
    assert contrast.low <= truth(hidden_sd, seed) <= contrast.high
    everything = whole(found, mode).expectation
    assert contrast.high - contrast.low < 0.5 * (everything.value - (everything.aware or 0.0))


def test_without_private_knowledge_the_contrast_is_a_point_and_right() -> None:
    contrast = reading(0.0).slice_contrast({"campaign": "yes"})
    assert contrast.high - contrast.low < 0.1 * contrast.high
    assert contrast.blind == pytest.approx(truth(0.0), rel=0.15)
    assert contrast.n > 1_000
    assert contrast.routine > 1_000


def test_a_slice_without_routine_promises_beside_it_has_no_contrast() -> None:
    contrast = reading(0.0).slice_contrast({"customer": -1})
    assert (contrast.n, contrast.blind, contrast.against_routine, contrast.routine) == (0, 0.0, None, 0)
    assert contrast.low == contrast.high == 0.0


def test_a_contrast_of_a_slice_nobody_knows_names_the_near_miss() -> None:
    with pytest.raises(RequestError, match="campain"):
        reading(0.0).slice_contrast({"campain": "yes"})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hidden_sd", HIDDEN)
def test_the_banner_says_that_the_promise_knows_more(hidden_sd: float, mode: str) -> None:
    found = gate(reading(hidden_sd), mode)
    assert found.slope is not None
    assert found.slope < 0.8
    assert not found.passed
    assert KNOWS_MORE in (found.banner or "")
    assert found.banner in reading(hidden_sd).account(mode=mode).notes


@pytest.mark.parametrize("seed", [1, 2])
def test_the_internal_estimate_takes_the_private_knowledge_away(seed: int) -> None:
    found = reading(0.3, seed, estimate=True)
    expectation = campaign(found).expectation
    assert expectation.value == pytest.approx(truth(0.3, seed), rel=0.15)
    assert expectation.aware is None
    assert whole(found).expectation.value < 0.2 * whole(reading(0.3, seed)).expectation.value
    for mode in MODES:
        slope = gate(found, mode).slope
        assert slope is not None
        assert slope >= 0.8
        assert KNOWS_MORE not in (gate(found, mode).banner or "")


def test_the_interval_of_the_campaign_covers_the_truth_where_the_estimate_is_stored(tmp_path: Path) -> None:
    found = study_of(private_knowledge(4, 0.3, estimate=True, history=26), tmp_path, draws=50)
    figure = campaign(found).expectation
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < truth(0.3, 4) < figure.high

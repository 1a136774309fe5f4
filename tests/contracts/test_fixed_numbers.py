"""Numbers fixed in the code are told on their page, as the code has them."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.contracts.documents import NUMBERS, text_of
from troth.engine import intervals
from troth.engine.attribution import placebo, reduced, standing, telling
from troth.engine.capability import calibration, curves, training
from troth.engine.gaps import draws, expected, response, scoring
from troth.engine.promises.rules import STANDARD_RULES as RULES
from troth.terms import charter

integrity = import_module("troth.engine.promises.integrity")  # its package offers the function of that name


def short(share: float) -> str:
    """A share as the pages write it: .8."""
    return f"{share:g}".removeprefix("0")


TOLD = [
    ("verdict", f"contradicted within {RULES.contradiction_window.days} days"),
    ("verdict", f"within {RULES.error_window.seconds // 3600} hour"),
    ("due-cohort", f"confidence below {short(RULES.confidence)}"),
    ("integrity", f"at most {RULES.ratio_cap:g}"),
    ("integrity", f"at least {RULES.shortest_window:g} minutes"),
    ("lower-kept-rate", f"above {RULES.foreseeable:.0%}"),
    ("intervals", f"where G < {intervals.BOOTSTRAP_BELOW}"),
    ("intervals", f"Fewer than {intervals.FEWEST_CLUSTERS} clusters"),
    ("intervals", f"anew in {draws.DRAWS} draws"),
    ("intervals", f"All limits are {intervals.CONFIDENCE:.0%}"),
    ("coverage", f"Below {integrity.LOW_COVERAGE:.0%}"),
    ("evidence-mix", f"more than {integrity.OWN_SYSTEM_ONLY:.0%}"),
    ("calibration-gate", f"at most {short(calibration.MOST_PIT_DISTANCE)}"),
    ("calibration-gate", f"below {short(calibration.LEAST_SLOPE)} "),
    ("calibration-gate", f"Below {calibration.LEAST_DUE} due promises"),
    ("capability", f"the {training.WINDOW_WEEKS} weeks before"),
    ("capability", f"{training.MATURITY:.0%} of receipts"),
    ("capability", "kappa = {:g}, or {:g} or {:g}".format(*curves.KAPPAS)),
    ("capability", f"n of {curves.LEAST_PARENTS} in the parents, or {training.LEAST_RECORD} receipts"),
    ("capability", f"x {curves.MEDIAN_VARIANCE}"),
    ("listening-and-perception", f"at least {expected.LEAST_STATED} such levels"),
    ("score-points", f"at least {scoring.LEAST_SCORES} scores"),
    ("score-points", f"at most {response.MOST_TIMES:g} times the mean weight"),
    ("modes", f"{training.FOLDS} blocks"),
    ("modes", f"{training.EMBARGO_WEEKS} weeks on either side"),
    ("modes", f"{training.SPANS_A_LAG} times as long as that wait"),
    ("marketing-or-service", f"in {reduced.FOLDS} parts"),
    ("marketing-or-service", f"fewer than {intervals.FEWEST_CLUSTERS} rows or customers"),
    ("marketing-or-service", f"no overlap: {standing.NOBODY_LIKE:.0%} of their rows"),
    ("marketing-or-service", f"share of {telling.LEAST_SIGNAL:g} standard errors"),
    ("marketing-or-service", f"Below {placebo.REFUSED_BELOW:.0%} it *failed*"),
    ("marketing-or-service", f"Below {placebo.DOUBTED_BELOW:.0%} it is *doubtful*"),
    ("marketing-or-service", f"Up to {reduced.MOST_ROWS:,} rows"),
    ("marketing-or-service", f"coarsened to {reduced.BINS} quantiles"),
    ("allowance", f"{short(charter.CONTRACT_KEEP_TARGET)} for contract and safety, {charter.DEFAULT_KEEP_TARGET:.2f}".replace(" 0.", " .")),
]


@pytest.mark.parametrize(("page", "sentence"), TOLD, ids=lambda value: value)
def test_a_fixed_number_is_told_as_the_code_has_it(page: str, sentence: str) -> None:
    assert sentence in text_of(NUMBERS / f"{page}.md")

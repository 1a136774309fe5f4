"""What :func:`troth.effect` returns: the effect of a treatment on an outcome, what it may be trusted for, or why it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from troth.engine.findings import NO_DATA, Figure, Findings, Tabled

if TYPE_CHECKING:
    pass

CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Are there comparable rows on both sides?

    :param treated: rows treated. :param untreated: rows not treated.
    :param outside: share of all rows whose chance of treatment lies beyond the limits, so that nothing on the other side is like them.
    :param treated_outside: share of the treated rows that no untreated row is like.
    :param effective_treated: how many rows the treated ones are worth once weighted to stand for everybody.
    :param effective_untreated: the same of the untreated ones.
    :param imbalance: largest difference left between the two sides in any covariate after weighting, in standard deviations.
    """

    treated: int
    untreated: int
    outside: float | None = None
    treated_outside: float | None = None
    effective_treated: float | None = None
    effective_untreated: float | None = None
    imbalance: float | None = None


@dataclass(frozen=True, slots=True)
class Placebo:
    """An effect that must be about 0, and whether it is.

    :param of: ``outcome`` (what the treatment cannot have touched) or ``treatment`` (what cannot have touched the outcome).
    :param column: its column. :param effect: the effect found, by the same method.
    :param passed: its interval holds 0; ``None`` where no effect could be had.
    """

    of: str
    column: str
    effect: Figure
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How strong a confounder nobody recorded would have to be.

    :param robustness: share of what is left of both treatment and outcome that it would have to explain to bring the estimate to 0.
    :param robustness_of_limit: to bring the interval to 0; 0 where the interval holds 0 as it is.
    :param e_value: risk ratio it would need with both, to bring the estimate to 0. :param e_value_of_limit: to bring the interval to 0.
    :param strongest: the recorded covariate that explains most. :param strongest_treatment: share of the treatment it explains beyond the
        others. :param strongest_outcome: share of the outcome it explains beyond the others and the treatment.
    :param shift: how far a hidden confounder as strong as that one may have moved the estimate.
    :param fragile: a weak confounder, or one as strong as the strongest recorded, would explain the effect away; ``None`` where the
        interval holds 0, so that there is no effect to explain.
    """

    robustness: float
    robustness_of_limit: float
    e_value: float | None
    e_value_of_limit: float | None
    strongest: str | None
    strongest_treatment: float | None
    strongest_outcome: float | None
    shift: float | None
    fragile: bool | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One line of an effect's table.

    :param of: everybody, the treated, a group, a placebo, or the plain difference. :param effect: the estimate with its interval.
    """

    where: Mapping[str, Any]
    of: str
    effect: Figure


@dataclass(frozen=True, repr=False)
class Effect(Tabled):
    """The effect of a treatment on an outcome, everything on record held equal; or a reason why it cannot be told.

    :param outcome: column of the outcome; the effect is in its unit (a share for yes or no). :param treatment: column of the treatment.
    :param everybody: average effect over all rows (ATE). :param on_treated: average effect over the treated rows (ATT).
    :param difference: plain difference of the two sides, which nothing holds equal.
    :param n: rows used. :param rows: rows of the table, sampled from where there are more than ``n`` and some were not set aside.
    :param set_aside: reason to number of rows left out.
    :param overlap: are there comparable rows on both sides. :param placebo: negative controls the caller gave.
    :param sensitivity: to confounders nobody recorded; ``None`` where there is no estimate.
    :param groups: average effect by group, where asked for.
    :param learned_by: learner to its share in what was expected of the outcome untreated. :param covariates: those used.
    :param reason: why nothing can be told; ``None`` where there is an estimate.
    :param warnings: sentences a reader must see beside the number.
    """

    outcome: str
    treatment: str
    everybody: Figure
    on_treated: Figure
    difference: Figure
    n: int
    rows: int
    set_aside: Mapping[str, int]
    overlap: Overlap
    placebo: tuple[Placebo, ...] = ()
    sensitivity: Sensitivity | None = None
    groups: tuple[Estimate, ...] = ()
    learned_by: Mapping[str, float] = field(default_factory=dict)
    covariates: tuple[str, ...] = ()
    reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def estimate(self) -> float | None:
        """Average effect over all rows; ``None`` where it cannot be told."""
        return self.everybody.value

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95% limits; ``None`` where there are none."""
        low, high = self.everybody.low, self.everybody.high
        return None if low is None or high is None else (low, high)

    @property
    def table(self) -> Findings[Estimate]:
        """All estimates, a line each, with what must be read beside them."""
        of = {"outcome": self.outcome, "treatment": self.treatment}
        lines = [
            Estimate(of, "everybody", self.everybody),
            Estimate(of, "the treated", self.on_treated),
            Estimate(of, "plain difference, nothing held equal", self.difference),
            *(Estimate(of, line.of, line.effect) for line in self.groups),
            *(Estimate({**of, each.of: each.column}, "placebo: must be about 0", each.effect) for each in self.placebo),
        ]
        return Findings(tuple(lines), tuple(of), self._notes())

    def _notes(self) -> tuple[str, ...]:
        told = [f"{CANNOT_TELL.capitalize()}: {self.reason}"] if self.reason else []
        if self.n:
            held = f"held equal: {', '.join(self.covariates)}" if self.covariates else "nothing was held equal"
            told.append(f"{self.n:,} of {self.rows:,} rows; {held}.")
        if self.sensitivity is not None:
            told.append(
                f"A hidden confounder would have to explain {self.sensitivity.robustness:.1%} of what is left of both treatment and "
                f"outcome to bring the estimate to 0, and {self.sensitivity.robustness_of_limit:.1%} to bring the interval there."
            )
        return (*told, *self.warnings)


def untold(outcome: str, treatment: str, reason: str, overlap: Overlap, rows: tuple[int, int, Mapping[str, int]]) -> Effect:
    """An effect that cannot be told, and why.

    :param rows: used, in the table, and set aside by reason.
    """
    return Effect(outcome, treatment, NO_DATA, NO_DATA, NO_DATA, *rows, overlap, reason=reason)

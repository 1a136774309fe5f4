"""How strong a confounder nobody recorded would have to be to explain an effect away.

    shift       <= S sqrt( cf_y cf_d / (1 - cf_d) ),     S^2 = E[(Y - m)^2] E[alpha^2],  alpha = D/e - (1-D)/(1-e)
    robustness   the value r = cf_y = cf_d at which the shift equals the estimate:  r^2 / (1 - r) = (estimate / S)^2
    E-value      RR + sqrt(RR (RR - 1)),   RR = mean expected with treatment / mean expected without

cf_y is the share of what is left of the outcome that the confounder explains, cf_d of the variance of the weights alpha. Sources:
Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis 2022 (Long Story Short), Cinelli & Hazlett 2020, VanderWeele & Ding 2017; for outcomes that
are no yes or no RR = exp(.91 d), d the effect in standard deviations (the same paper, after Chinn 2000).
"""

from __future__ import annotations

import math

import numpy as np

from troth.engine.effects.encoding import Covariates, Flags, additive
from troth.engine.effects.result import Sensitivity
from troth.engine.intervals import Numbers

WEAK = 0.02
"""A confounder that explains this share of what is left of both is weak (Cohen's small effect)."""

WEAK_E_VALUE = 1.25
"""So is one that multiplies both risks by this."""


def sensitivity(
    estimate: float,
    limits: tuple[float, float],
    data: tuple[Numbers, Flags, Numbers, Numbers],
    nuisances: tuple[Numbers, Numbers, Numbers],
    covariates: Covariates,
) -> Sensitivity:
    """Of an average effect over everybody.

    :param limits: its 95% limits. :param data: outcome, treated, weight, and the long covariates as numbers, arrays over rows.
    :param nuisances: expected outcome untreated and treated, and chance of treatment.
    """
    y, treated, weight, encoded = data
    m0, m1, e = nuisances
    left = y - np.where(treated, m1, m0)
    alpha = treated / e - ~treated / (1 - e)
    scale = math.sqrt(float(np.average(left**2, weights=weight)) * float(np.average(alpha**2, weights=weight)))
    nearest = 0.0 if limits[0] <= 0 <= limits[1] else min(abs(limits[0]), abs(limits[1]))
    robust, robust_limit = robustness(abs(estimate), scale), robustness(nearest, scale)
    without = float(np.average(m0, weights=weight))
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    spread = float(np.sqrt(np.cov(y, aweights=weight)))
    signed = math.copysign(nearest, estimate)
    e_value, e_limit = (_e_value(gain, without, spread, binary=binary) for gain in (estimate, signed))
    name, of_treatment, of_outcome = strongest(y, treated, weight, encoded, covariates)
    shift = None
    if of_treatment is not None and of_outcome is not None:
        shift = scale * math.sqrt(of_outcome * of_treatment / (1 - min(of_treatment, 1 - 1e-9)))
    weak = robust_limit < WEAK or (e_limit is not None and e_limit < WEAK_E_VALUE)
    fragile = None if nearest == 0 else weak or (shift is not None and shift >= nearest)
    return Sensitivity(robust, robust_limit, e_value, e_limit, name, of_treatment, of_outcome, shift, fragile)


def robustness(gain: float, scale: float) -> float:
    """The r at which ``scale r / sqrt(1 - r)`` equals the gain; 1 where no scale is left."""
    if gain <= 0:
        return 0.0
    if scale <= 0:
        return 1.0
    square = (gain / scale) ** 2
    return (math.sqrt(square * square + 4 * square) - square) / 2


def e_value(ratio: float) -> float:
    """E-value of a risk ratio (VanderWeele & Ding 2017); 1 where there is no effect."""
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def _e_value(gain: float, without: float, spread: float, *, binary: bool) -> float | None:
    """Of a difference in the outcome's unit."""
    if binary:
        with_ = without + gain
        return e_value(with_ / without) if without > 0 and with_ > 0 else None
    return e_value(math.exp(0.91 * gain / spread)) if spread > 0 else None


def strongest(
    y: Numbers, treated: Flags, weight: Numbers, encoded: Numbers, covariates: Covariates
) -> tuple[str | None, float | None, float | None]:
    """The recorded covariate that would shift most had it not been recorded, and the shares it explains beyond the others.

    Partial R2 of linear regressions on bent lines (Cinelli & Hazlett 2020), of the treatment and of the outcome given the treatment.

    :param encoded: (n, q) all covariates as numbers, long ones included.
    """
    owners = [*covariates.owners, *(name for name in covariates.levels for _ in range(2))]
    best: tuple[str | None, float | None, float | None] = (None, None, None)
    if not owners:
        return best
    root = np.sqrt(weight / weight.mean())[:, None]
    strength = -1.0
    d = treated.astype(np.float64)
    names = list(dict.fromkeys(owners))
    blocks = {name: encoded[:, [j for j, owner in enumerate(owners) if owner == name]] for name in names}
    bases = {name: additive(block)(block) for name, block in blocks.items()}
    one = np.ones((len(y), 1))
    d_left, y_left = _left(root * np.hstack([one, *bases.values()]), root * np.column_stack([d, y]))
    for name in names:
        others = root * np.hstack([one, *(basis for other, basis in bases.items() if other != name)])
        d_more, y_more = _left(others, root * np.column_stack([d, y]))
        of_treatment, of_outcome = max(0.0, 1 - d_left / d_more), max(0.0, 1 - y_left / y_more)
        if of_treatment * of_outcome > strength:
            strength, best = of_treatment * of_outcome, (name, of_treatment, of_outcome)
    return best


def _left(design: Numbers, both: Numbers) -> tuple[float, float]:
    """Sum of squares left of the treatment given the design, and of the outcome given the design and the treatment."""
    gram = design.T @ design
    gram[np.diag_indices_from(gram)] += 1e-9 * np.trace(gram) / len(gram)
    residual = both - design @ np.linalg.solve(gram, design.T @ both)
    own, y = residual[:, 0], residual[:, 1]
    left_d = max(float(own @ own), 1e-12)
    return left_d, max(float(y @ y) - float(own @ y) ** 2 / left_d, 1e-12)

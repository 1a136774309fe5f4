"""May the curves be believed? The gate of domain.md d4 (rule 3 and “Calibration gate”), on promises the curves have not learnt from.

predicted vs observed breaks      |predicted - observed| <= 2 sqrt(sum p(1-p)) sqrt(design effect), clusters = cell x week
PIT                               receipts fall evenly over their predicted quantiles: largest distance from uniform <= .05
slope by decile of P - C          logit(observed) on logit(predicted) >= .8, else the promise knows more than the model; P - C is taken
                                  within each cell, as P less the cell's usual P: C is estimated, P is not
coverage of C                     share received within C, beside the keep target
"""

from __future__ import annotations

import numpy as np

from troth.engine.capability.curves import EVER, Curves, Floats, Ints, Record, distinct_pairs
from troth.engine.findings import Calibration

MOST_PIT_DISTANCE = 0.05
LEAST_SLOPE = 0.8
DECILES = 10
PIT_STEPS = 50
LEAST_DECILES = 3
LEAST_SPREAD = 0.01
"""Variance of the predicted logits below which the deciles do not differ enough to tell a slope."""
MOST_TRIED = 400_000
"""Entries of the record that PIT and coverage are taken on, spread over it where it holds more: they tell the distance as well."""
LEAST_DUE = 100
"""Due promises below which the gate does not speak."""


def gate(
    name: str,
    mode: str,
    *,
    probability: Floats,
    lead: Floats,
    cluster: Ints,
    due: Ints,
    broken: Ints,
    pit: float | None,
    within: float | None,
) -> Calibration:
    """Judge one promise name in one mode. Arrays run over settings.

    :param probability: p(P), predicted probability of a break.
    :param lead: how much stricter (< 0) or laxer (> 0) the promise was than its cell's usual one, in badness.
    :param cluster: number of the setting's cell x week.
    :param due: promises due with that setting.
    :param broken: broken ones among them.
    :param pit: largest distance of the PIT from uniform.
    :param within: share of receipts within C.
    """
    n = int(due.sum())
    predicted = float((due * probability).sum())
    observed = int(broken.sum())
    if n < LEAST_DUE:
        note = f"{name}: too few due promises could be decomposed ({n}) to say whether capability is calibrated."
        return Calibration(name, mode, n, predicted, observed, float("nan"), pit, None, within, False, note)
    variance = float((due * probability * (1 - probability)).sum())
    gap = np.bincount(cluster, broken - due * probability)
    expected = np.bincount(cluster, due * probability * (1 - probability))
    centred = gap - expected * (gap.sum() / max(expected.sum(), 1e-12))
    design = max(1.0, float((centred**2).sum() / max(variance, 1e-12)))
    limit = 2.0 * float(np.sqrt(variance * design))
    slope = _slope(probability, lead, due, broken)
    total_ok = abs(predicted - observed) <= limit
    pit_ok = pit is None or pit <= MOST_PIT_DISTANCE
    slope_ok = slope is None or slope >= LEAST_SLOPE
    sentences = []
    if not (total_ok and pit_ok):
        sentences.append(
            f"capability not calibrated: {predicted:,.0f} breaks predicted, {observed:,} observed (within {limit:,.0f} would pass)"
            + (f"; receipts stray {pit:.2f} from their predicted quantiles" if pit is not None and not pit_ok else "")
        )
    if not slope_ok:
        sentences.append("the promise knows more than the model: add context, or store the internal estimate beside each promise")
    banner = f"{name}: {'; '.join(sentences)}." if sentences else None
    return Calibration(name, mode, n, predicted, observed, limit, pit, slope, within, total_ok and pit_ok and slope_ok, banner)


def _slope(probability: Floats, lead: Floats, due: Ints, broken: Ints) -> float | None:
    """Weighted slope of the empirical logit on the predicted one over deciles of the lead; ``None`` where the deciles do not differ."""
    order = np.argsort(lead, kind="stable")
    place = np.cumsum(due[order]) - due[order] / 2
    decile = np.minimum((place / max(due.sum(), 1) * DECILES).astype(np.int64), DECILES - 1)
    n = np.bincount(decile, due[order], DECILES)
    seen = np.bincount(decile, broken[order], DECILES)
    expected = np.bincount(decile, due[order] * probability[order], DECILES)
    has = n > 0
    n, seen, expected = n[has], seen[has], expected[has]
    x = np.log((expected + 0.5) / np.maximum(n - expected + 0.5, 0.5))
    y = np.log((seen + 0.5) / (n - seen + 0.5))
    weight = np.maximum(seen * (n - seen) / np.maximum(n, 1), 0.25)
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float((weight * (x - mean_x) ** 2).sum())
    if len(x) < LEAST_DECILES or spread / weight.sum() < LEAST_SPREAD:
        return None
    return float((weight * (x - mean_x) * (y - mean_y)).sum() / spread)


def pit_and_coverage(curves: Curves, record: Record, badness: Floats, target: float) -> tuple[float | None, float | None]:
    """Largest distance of predicted quantiles from uniform, and the share of receipts within C at ``target``.

    Quantiles are taken at the middle of each bin.
    """
    sets = curves.training.of_block[record.block]
    usable = sets >= 0
    usable &= np.where(usable, curves.usable[record.leaf, np.maximum(sets, 0)], False)
    if curves.training.mode == "as-of":
        usable &= record.block < record.blocks - int(max(0, (curves.training.knows_until - curves.training.plus[:, 1])[-1]))
    tried = np.flatnonzero(usable)
    tried = tried[:: -(-len(tried) // MOST_TRIED) or 1]
    weight = record.count[tried].astype(np.float64)
    if weight.sum() == 0:
        return None, None
    leaf, sets, badness = record.leaf[tried], sets[tried], badness[tried]
    open_ = record.bin[tried] >= curves.own.bins
    quantile = curves.below(leaf, sets, badness)
    if curves.own.exact:
        quantile = (quantile + curves.below(leaf, sets, badness - curves.own.step[leaf])) / 2
    edges = np.arange(1, PIT_STEPS + 1) / PIT_STEPS
    heights = np.bincount(np.minimum((quantile[~open_] * PIT_STEPS).astype(np.int64), PIT_STEPS - 1), weight[~open_], PIT_STEPS)
    # What was not received lies somewhere beyond all that was: it is spread evenly over what the curve leaves there.
    ever = curves.below(leaf[open_], sets[open_], np.full(int(open_.sum()), EVER))
    beyond = [(weight[open_] * np.clip((edge - ever) / np.maximum(1 - ever, 1e-12), 0.0, 1.0)).sum() for edge in edges]
    distance = float(np.abs((np.cumsum(heights) + beyond) / weight.sum() - edges).max())
    (cell, training_set), place = distinct_pairs(leaf, sets, curves.training.sets)
    level = curves.capability(cell, training_set, target)[place]
    within = float((weight * (~open_ & (badness <= level + 1e-9))).sum() / weight.sum())
    return distance, within

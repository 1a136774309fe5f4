"""The peer: Adtributor, written from its paper (Bhagwan et al., NSDI 2014).

Every element (one value of one dimension) has an explanatory power, its share of the change, and a surprise, its part of the
Jensen-Shannon divergence between forecast and actual shares. In each dimension elements are taken by surprise, if they explain at least
``ELEMENT`` of the change, until together they explain ``WHOLE`` of it; the dimensions whose sets are the most surprising are the answer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.locate.cubes import MadeCube, Where

Numbers = npt.NDArray[np.float64]
ELEMENT = 0.10
"""T_EEP of the paper: the least an element explains."""
WHOLE = 0.67
"""T_EP of the paper: what a set of elements has to explain."""


def adtributor(cube: MadeCube, best: int = 1) -> set[Where]:
    """The elements of the ``best`` most surprising dimensions."""
    actual = np.stack([cube.observed, cube.trials]) if cube.trials is not None else cube.observed[None]
    forecast = _forecast(cube)
    found = []
    for name, codes in zip(cube.names, cube.codes, strict=True):
        size = int(codes.max()) + 1
        a, f = (np.stack([np.bincount(codes, row, minlength=size) for row in rows]).astype(np.float64) for rows in (actual, forecast))
        power, surprise = _power(a, f), sum(_surprise(a[row], f[row]) for row in range(len(a)))
        taken, explained, total = [], 0.0, 0.0
        for element in np.argsort(-np.asarray(surprise), kind="stable"):
            if power[element] > ELEMENT:
                taken.append(int(element))
                explained += float(power[element])
                total += float(np.asarray(surprise)[element])
            if explained > WHOLE:
                found.append((total, name, taken))
                break
    found.sort(key=lambda one: -one[0])
    return {((name, element),) for _, name, taken in found[:best] for element in taken}


def _forecast(cube: MadeCube) -> Numbers:
    if cube.expected is not None:
        return np.stack([cube.expected, cube.trials]) if cube.trials is not None else cube.expected[None]
    assert cube.before is not None
    assert cube.trials_before is not None
    return np.stack([cube.before, cube.trials_before]) / 4.0


def _power(actual: Numbers, forecast: Numbers) -> Numbers:
    """Share of the change that each element explains; for a ratio by its partial derivatives."""
    if len(actual) == 1:
        change = actual[0] - forecast[0]
    else:
        top, bottom = actual - forecast
        whole_top, whole_bottom = forecast.sum(axis=1)
        change = (top * whole_bottom - bottom * whole_top) / (whole_bottom * (whole_bottom + bottom))
    total = change.sum()
    return change / total if total else np.zeros_like(change)


def _surprise(actual: Numbers, forecast: Numbers) -> Numbers:
    """Each element's part of the Jensen-Shannon divergence of the shares."""
    p, q = forecast / max(forecast.sum(), 1e-12), actual / max(actual.sum(), 1e-12)
    middle = np.maximum(p + q, 1e-300)
    left = np.where(p > 0, p * np.log(np.maximum(2 * p, 1e-300) / middle), 0.0)
    right = np.where(q > 0, q * np.log(np.maximum(2 * q, 1e-300) / middle), 0.0)
    return np.asarray(0.5 * (left + right))

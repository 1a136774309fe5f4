"""Made cubes with planted causes.

``orders``     sparse cubes of a shop: segment x channel x stage x region x touchpoint, failures of orders now and in the four weeks before
``incidents``  ratios of a streaming service with a forecast per leaf: many values, relative noise, one or two elements of depth 1 or 2
``additive``   cubes like S and L of RiskLoc (Kalander 2022, arXiv 2205.10004), by the settings of its published generator (MIT); own draws
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Where = tuple[tuple[str, int], ...]
"""A slice: (dimension, value) pairs in the order of the dimensions."""

FEWEST_ORDERS = 150
SHOP = {"segment": 5, "channel": 4, "stage": 6, "region": 12, "touchpoint": 6}
KINDS = ("plain", "offsetting", "mix shift", "drift", "huge leaf", "over-dispersed")


@dataclass(frozen=True, slots=True)
class MadeCube:
    """One cube and what was planted in it.

    :param names: of the dimensions. :param codes: value of each leaf in each dimension, shape (dimensions, leaves).
    :param observed: failures, or amount, now. :param trials: orders now; ``None`` for an amount.
    :param before: failures before. :param trials_before: orders before; both ``None`` where there is a forecast.
    :param expected: the forecast of ``observed``, or ``None``.
    :param truth: planted slices. :param excess: what each put on top of what else would have been expected.
    :param deepest: how deep causes may lie.
    """

    kind: str
    names: tuple[str, ...]
    codes: Codes
    observed: Numbers
    truth: tuple[Where, ...]
    excess: tuple[float, ...] = ()
    trials: Numbers | None = None
    before: Numbers | None = None
    trials_before: Numbers | None = None
    expected: Numbers | None = None
    deepest: int = 3


def _logistic(x: Numbers) -> Numbers:
    return 1.0 / (1.0 + np.exp(-x))


def _volumes(rng: np.random.Generator, sizes: Sequence[int], codes: Codes) -> Numbers:
    """Zipf in each dimension, in random order, and uneven leaves; they sum to 1."""
    weight = np.exp(rng.normal(0, 0.7, codes.shape[1]))
    for size, code in zip(sizes, codes, strict=True):
        shares = 1.0 / np.arange(1, size + 1) ** rng.uniform(0.6, 1.3)
        weight *= rng.permutation(shares)[code]
    return np.asarray(weight / weight.sum())


def _inside(codes: Codes, where: Where, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    inside = np.ones(codes.shape[1], dtype=bool)
    for name, value in where:
        inside &= codes[names.index(name)] == value
    return inside


def _slice(rng: np.random.Generator, names: tuple[str, ...], codes: Codes, deepest: int) -> Where:
    """The slice some leaf lies in, of random depth and dimensions."""
    leaf = rng.integers(codes.shape[1])
    chosen = np.sort(rng.choice(len(names), size=rng.integers(1, deepest + 1), replace=False))
    return tuple((names[place], int(codes[place, leaf])) for place in chosen)


def orders(seed: int, kind: str, *, planted: bool) -> MadeCube:
    """A shop's failures, now and before.

    20,000 to 185,000 orders now, four times as many before; 1 to 3 planted slices of at least 150 orders, with log-odds lifts
    of 0.5 to 1.6, one in five of them downwards.

    :param kind: ``plain``; ``offsetting`` (one up, one down); ``mix shift`` (other volumes now than before); ``drift`` (all failures up or
        down alike); ``huge leaf`` (three in ten orders in one leaf); ``over-dispersed`` (each leaf strays from its rate by a fifth).
    :param planted: ``False`` makes the same cube without a cause.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind), planted])
    names, sizes = tuple(SHOP), tuple(SHOP.values())
    codes = np.array(list(product(*map(range, sizes)))).T
    volume = _volumes(rng, sizes, codes)
    total = np.exp(rng.uniform(np.log(20_000), np.log(185_000)))
    if kind == "huge leaf":
        volume *= 0.7
        volume[rng.integers(len(volume))] += 0.3
    now = volume
    if kind == "mix shift":
        now = volume * np.exp(rng.normal(0, 0.5, 12)[codes[3]] + rng.normal(0, 0.5, 4)[codes[1]] + rng.normal(0, 0.3, len(volume)))
        now = now / now.sum()
    trials, trials_before = rng.poisson(now * total), rng.poisson(volume * total * 4)
    odds = np.full(len(volume), np.log(rng.uniform(0.04, 0.2)))
    for size, code in zip(sizes, codes, strict=True):
        odds += rng.normal(0, 0.3, size)[code]
    odds += rng.normal(0, 0.1, (12, 6))[codes[3], codes[4]]  # regions and touchpoints go together a little, then as now
    shifted = odds + (rng.choice([-1, 1]) * rng.uniform(0.2, 0.6) if kind == "drift" else 0.0)
    if kind == "over-dispersed":
        shifted = shifted + rng.normal(0, 0.2, len(shifted))
        odds = odds + rng.normal(0, 0.2, len(odds))
    lifts = np.zeros(len(volume))
    truth: list[Where] = []
    wanted = 0 if not planted else 2 if kind == "offsetting" else int(rng.integers(1, 4))
    while len(truth) < wanted:
        where = _slice(rng, names, codes, 3)
        inside = _inside(codes, where, names)
        # Slices of their own: not inside one another, and none that holds most of the shop.
        if trials[inside].sum() < FEWEST_ORDERS or trials[inside].sum() > 0.5 * trials.sum() or (lifts[inside] != 0).any():
            continue
        sign = (1, -1)[len(truth)] if kind == "offsetting" else 1 if rng.random() < 0.8 else -1
        lifts[inside] = sign * rng.uniform(0.5, 1.6)
        truth.append(where)
    rate = _logistic(shifted + lifts)
    added = trials * (rate - _logistic(shifted))
    occupied = trials + trials_before > 0
    return MadeCube(
        kind,
        names,
        codes[:, occupied],
        rng.binomial(trials, rate)[occupied].astype(np.float64),
        tuple(truth),
        tuple(float(added[_inside(codes, where, names)].sum()) for where in truth),
        trials=trials[occupied].astype(np.float64),
        before=rng.binomial(trials_before, _logistic(odds))[occupied].astype(np.float64),
        trials_before=trials_before[occupied].astype(np.float64),
    )


def incidents(seed: int, *, planted: bool = True) -> MadeCube:
    """A streaming service in trouble: stalls of views, and a forecast per leaf that strays from what would have been.

    Leaf by leaf, and value by value of some dimensions; views from tens to tens of thousands a leaf; 100 to 13,000 leaves.
    """
    rng = np.random.default_rng([seed, 99])
    wanted = int(np.exp(rng.uniform(np.log(100), np.log(13_000))))
    sizes = [int(rng.integers(2, 40)) for _ in range(rng.integers(4, 8))]
    names = tuple(f"d{place}" for place in range(len(sizes)))
    while np.prod(sizes, dtype=np.float64) < 3 * wanted:
        sizes[int(rng.integers(len(sizes)))] += 4
    draws = np.array([rng.choice(size, 6 * wanted, p=_zipf(rng, size)) for size in sizes])
    codes = np.unique(draws, axis=1)
    codes = codes[:, rng.permutation(codes.shape[1])[:wanted]]
    leaves = codes.shape[1]
    trials = np.ceil(np.exp(rng.normal(np.log(rng.uniform(30, 2_000)), 1.6, leaves)))
    odds = np.full(leaves, np.log(rng.uniform(0.005, 0.1)))
    stray = rng.normal(0, rng.uniform(0.05, 0.5), leaves)
    for size, code in zip(sizes, codes, strict=True):
        odds += rng.normal(0, 0.3, size)[code]
        stray += (rng.standard_t(4, size) * rng.uniform(0, 0.08))[code]
    truth: list[Where] = []
    lifts = np.zeros(leaves)
    wanted_causes = 0 if not planted else 1 if rng.random() < 0.92 else 2
    while len(truth) < wanted_causes:
        where = _slice(rng, names, codes, 2)
        inside = _inside(codes, where, names)
        share = trials[inside].sum() / trials.sum()
        if share < 0.01 or share > 0.6 or (lifts[inside] != 0).any():
            continue
        lifts[inside] = rng.uniform(0.4, 1.8)
        truth.append(where)
    forecast = trials * _logistic(odds)
    rate = _logistic(odds + stray + rng.normal(0, 0.1) + lifts)
    observed = rng.binomial(trials.astype(np.int64), rate).astype(np.float64)
    return MadeCube("incident", names, codes, observed, tuple(truth), trials=trials, expected=forecast)


def _zipf(rng: np.random.Generator, size: int) -> Numbers:
    shares = 1.0 / np.arange(1, size + 1) ** rng.uniform(0.5, 1.5)
    return np.asarray(rng.permutation(shares / shares.sum()))


@dataclass(frozen=True, slots=True)
class Additive:
    """The settings of one of RiskLoc's generators."""

    sizes: tuple[int, ...]
    noise: float
    severity: tuple[float, float]
    spread: float
    anomalies: int
    elements: int
    leaves_only: bool


ADDITIVE = {
    "S": Additive((10, 12, 10, 8, 5), 0.25, (0.2, 1.0), 0.1, 3, 3, leaves_only=False),
    "L": Additive((10, 24, 10, 15), 0.1, (0.5, 1.0), 0.0, 5, 1, leaves_only=True),
}


def additive(seed: int, name: str) -> MadeCube:
    """Weibull values, up to a quarter of them 0, and a forecast off by up to ``noise`` of the value.

    An anomaly scales all it holds alike; all of one cube go the way the noise happens to lean.
    """
    rng = np.random.default_rng([seed, ord(name)])
    made = ADDITIVE[name]
    names = tuple("abcde"[: len(made.sizes)])
    codes = np.array(list(product(*map(range, made.sizes)))).T
    leaves = codes.shape[1]
    zero, noise = rng.uniform(0, 0.25), rng.uniform(0, made.noise)
    value = np.asarray(rng.weibull(rng.uniform(0.5, 1.0), leaves) * 100 * (rng.random(leaves) > zero))
    other = value * (1 + rng.normal(0, noise, leaves))
    swapped = rng.random(leaves) < 0.5
    observed, forecast = np.where(swapped, other, value), np.maximum(np.where(swapped, value, other), 0.0)
    downwards = observed.sum() <= forecast.sum()
    groups: list[list[Where]] = []
    for _ in range(rng.integers(1, made.anomalies + 1)):
        groups.append(_elements(rng, names, codes, value, made, groups))
        severity, spread = rng.uniform(*made.severity) + noise, rng.uniform(0, made.spread)
        inside = np.logical_or.reduce([_inside(codes, where, names) for where in groups[-1]])
        left = np.maximum(1 - rng.normal(severity, spread, int(inside.sum())), 0.0)
        if downwards:
            observed[inside] = forecast[inside] * left
        else:
            forecast[inside] = observed[inside] * left
    return MadeCube(name, names, codes, observed, tuple(chain(*groups)), expected=forecast, deepest=len(names))


def _elements(
    rng: np.random.Generator, names: tuple[str, ...], codes: Codes, value: Numbers, made: Additive, before: list[list[Where]]
) -> list[Where]:
    """Slices of one choice of dimensions that no anomaly before had, sharing no value with those before."""
    while True:
        depth = len(names) if made.leaves_only else int(rng.integers(1, len(names) + 1))
        chosen = sorted(rng.choice(len(names), size=depth, replace=False))
        dimensions = tuple(names[place] for place in chosen)
        if depth < len(names) and any(tuple(name for name, _ in group[0]) == dimensions for group in before):
            continue
        used = {pair for group in before for where in group for pair in where}
        free = [[one for one in range(made.sizes[place]) if (names[place], one) not in used] for place in chosen]
        if not all(free):
            continue
        count = int(rng.integers(1, made.elements + 1))
        found = {tuple((name, int(rng.choice(values))) for name, values in zip(dimensions, free, strict=True)) for _ in range(count)}
        if len(found) == count and all((value[_inside(codes, where, names)] > 0).any() for where in found):
            return sorted(found)

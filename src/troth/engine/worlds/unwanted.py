"""Unwanted events of which it is known whose exposures brought them about (domain.md e6; S4.21, S4.22).

What people bring along (intent, quality of the lead, season, device, price) drives both the exposures they meet and the event; exposures
also come together for reasons of their own. Exposures act in one of three ways:

- ``alone``: each multiplies the chance that nothing happens, as e6 has it;
- ``uneven``: the same, more strongly on some people than on others;
- ``odds``: each multiplies the odds of the event, so that several at once do more than each on its own.

The strengths are set so that the shares of the sides are exactly the planted ones, by the formula of e6 and the true chances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.float64]

SIDES: Mapping[str, tuple[str, ...]] = {
    "marketing": ("ad_price_differs", "landing_mismatch", "wrong_picture"),
    "service": ("question_unanswered", "chat_abandoned", "wrong_answer"),
    "operating": ("out_of_stock", "slow_page"),
}
COVARIATES = ("intent", "quality", "season", "device", "price")
EVENT = "left"
PLACEBO = "survey_ignored"
CUSTOMER = "customer"
WAYS = ("alone", "uneven", "odds")
SEASONS = np.array(["spring", "summer", "autumn", "winter"])
DEVICES = np.array(["phone", "tablet", "desktop"])
MARKETING_OF_BOTH = 0.6
"""Marketing holds 60 of every 100 events that marketing and service hold together."""

OPERATING = 1 / 6
"""Of all that is explained, operating holds a sixth."""

CLOSE = 1e-4

STRONGEST = 5.0
"""Logarithm of the greatest strength that is looked at: beyond it everybody leaves."""


@dataclass(frozen=True, slots=True)
class UnwantedWorld:
    """Events with their truth.

    :param table: one row per visit: the event, exposures, covariates, placebo and customer.
    :param shares: side and ``unexplained`` to its true share of the events. :param exposures: exposure to its true share.
    """

    table: pa.Table
    shares: Mapping[str, float]
    exposures: Mapping[str, float]


def unwanted(
    rows: int,
    seed: int,
    *,
    way: str = "alone",
    explained: float = 0.4,
    base: float = 0.3,
    confounding: float = 1.0,
    bend: float = 0.0,
    visits: float = 1.0,
    hidden: float = 0.0,
) -> UnwantedWorld:
    """A world of unwanted events.

    :param way: how exposures act, one of :data:`WAYS`. :param explained: share of the events that goes with exposures.
    :param base: chance of the event without exposures, for the middling visitor. :param confounding: how strongly what people bring along
        drives both; 0 for not at all.
    :param bend: how much more both are driven at either end of quality than in its middle, which no straight line follows.
    :param visits: rows of a customer on average; their events then go together beyond what the covariates say.
    :param hidden: how strongly unrest, which nobody records, drives the event, as it drives exposures and the placebo (log-odds for one
        spread of it): a confounder no covariate holds equal. 0 for not at all.
    """
    generator = np.random.default_rng(seed)
    customer = np.repeat(np.arange(rows), 1 + generator.poisson(visits - 1, rows))[:rows]
    people = _people(generator, customer)
    exposures = _exposures(generator, people, confounding, bend)
    score = np.log(base / (1 - base)) + confounding * (
        -3.2 * (people["intent"] - 0.4)
        - 0.5 * people["quality"]
        + 0.5 * (people["season"] == 3)  # noqa: PLR2004 - winter
        + 0.3 * (people["device"] == 0)
        + 0.5 * np.sin(2 * people["quality"]) * (people["intent"] > 0.4)  # noqa: PLR2004 - the middling intent
        - 0.3 * np.log(people["price"])
    )
    score = score + bend * (people["quality"] ** 2 - 1) + hidden * people["unrest"]
    names = [name for columns in SIDES.values() for name in columns]
    side = np.repeat(np.arange(len(SIDES)), [len(columns) for columns in SIDES.values()])
    raw = generator.uniform(0.5, 1.5, len(names))
    uneven = np.ones_like(exposures)
    if way == "uneven":
        uneven = np.exp(0.5 * np.outer(people["quality"], generator.choice([-1.0, 1.0], len(names))) - 0.125)
    both = explained * (1 - OPERATING)
    target = np.array([both * MARKETING_OF_BOTH, both * (1 - MARKETING_OF_BOTH), explained * OPERATING])
    chance, parts = _planted(score, exposures, uneven, raw, side, target, way)
    common = generator.normal(size=rows)[customer]
    luck = np.sqrt(0.3) * common + np.sqrt(0.7) * generator.normal(size=rows)
    happened = _normal(luck) < chance if visits > 1 else generator.random(rows) < chance
    after = generator.random(rows) < _logistic(-2 + 0.8 * people["quality"] - people["intent"] + 0.4 + 0.5 * people["unrest"])
    of = parts.sum(axis=0) / chance.sum()
    shares = {name: float(of[side == k].sum()) for k, name in enumerate(SIDES)}
    table = pa.table(
        {
            CUSTOMER: [f"c{number:07d}" for number in customer],
            "intent": people["intent"],
            "quality": people["quality"],
            "season": SEASONS[people["season"].astype(int)],
            "device": DEVICES[people["device"].astype(int)],
            "price": people["price"],
            **{name: exposures[:, k] > 0 for k, name in enumerate(names)},
            EVENT: happened,
            PLACEBO: after,
        }
    )
    shares["unexplained"] = 1 - sum(shares.values())
    return UnwantedWorld(table, shares, dict(zip(names, map(float, of), strict=True)))


def _people(generator: np.random.Generator, customer: npt.NDArray[np.int64]) -> dict[str, Numbers]:
    """What each row brings along: intent and quality stay with the customer, the rest is the visit's."""
    count = len(customer)
    return {
        "intent": generator.beta(2, 3, count)[customer],
        "quality": generator.normal(size=count)[customer],
        "season": generator.integers(0, 4, count).astype(np.float64),
        "device": generator.integers(0, 3, count).astype(np.float64),
        "price": generator.lognormal(0, 0.5, count),
        "unrest": generator.normal(size=count),
    }


def _exposures(generator: np.random.Generator, people: Mapping[str, Numbers], confounding: float, bend: float) -> Numbers:
    """Exposures that follow what people bring along, and each other through unrest that nobody records; shape (rows, K)."""
    found = []
    for _ in range(sum(map(len, SIDES.values()))):
        how = generator.normal(0, 0.5, 4)
        score = generator.uniform(-2.6, -1.6) + generator.uniform(0.3, 0.8) * people["unrest"]
        score = score + confounding * (
            3.6 * how[0] * (people["intent"] - 0.4)
            + 1.2 * how[1] * people["quality"]
            + 0.5 * (people["season"] == 3)  # noqa: PLR2004 - winter
            + 0.4 * np.sign(how[2]) * (people["device"] == 0)
            + 0.6 * how[3] * np.tanh(4 * people["quality"] * (people["intent"] - 0.4))
        )
        score = score + bend * (people["quality"] ** 2 - 1)
        found.append(generator.random(len(score)) < _logistic(score))
    return np.column_stack(found).astype(np.float64)


def _planted(
    score: Numbers, exposures: Numbers, uneven: Numbers, raw: Numbers, side: npt.NDArray[np.int64], target: Numbers, way: str
) -> tuple[Numbers, Numbers]:
    """Strengths for which the shares of the sides are the planted ones: the chances, and each exposure's part of them.

    :raises ValueError: no strengths give these shares.
    """
    from scipy.optimize import least_squares

    without = _logistic(score)

    def parts(strength: Numbers) -> tuple[Numbers, Numbers]:
        each = raw * strength[side]
        if way == "odds":
            with_any = _logistic(score + exposures @ each)
            depth = exposures * (np.logaddexp(0, score[:, None] + each) - np.logaddexp(0, score)[:, None])
        else:
            depth = exposures * uneven * each
            with_any = 1 - (1 - without) * np.exp(-depth.sum(axis=1))
        total = depth.sum(axis=1)
        return with_any, (with_any - without)[:, None] * depth / np.where(total > 0, total, 1.0)[:, None]

    def miss(logs: Numbers) -> Numbers:
        with_any, of = parts(np.exp(np.minimum(logs, STRONGEST)))
        found = of.sum(axis=0) / with_any.sum()
        return np.array([found[side == k].sum() for k in range(len(target))]) - target

    solved = least_squares(miss, np.log(np.full(len(target), 0.3)))
    if np.abs(solved.fun).max() > CLOSE:
        message = f"no strengths of exposures that act “{way}” explain {target.sum():.0%} of the events"
        raise ValueError(message)
    return parts(np.exp(np.minimum(solved.x, STRONGEST)))


def _logistic(score: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-score))
    return found


def _normal(value: Numbers) -> Numbers:
    from scipy import special

    found: Numbers = special.ndtr(value)
    return found


def exposures_of(sides: Sequence[str] = tuple(SIDES)) -> dict[str, list[str]]:
    """The exposures of these sides, as :func:`troth.attribute` takes them."""
    return {name: list(SIDES[name]) for name in sides}

"""Made data in which who is let down is no accident, with the true effect of it (methods 3, domain.md e3).

:func:`late_orders` is a shop: late orders get bad reviews, and what makes an order late (region, distance, price, season, seller) makes a
review bad by itself. :func:`response_surface_b` follows the description of Hill 2011 (Bayesian Nonparametric Modeling for Causal Inference,
section 4): an exponential surface without treatment, a linear one with it, 747 units of which 139 are treated. Its covariates are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REGIONS = ("south", "southeast", "centre", "northeast", "north")
SOUTHEAST, NORTHEAST, NORTH = 1, 3, 4
SELLERS = 200
MOOD = 0.5
"""Standard deviation of what makes one customer's reviews worse than another's, in log-odds."""
REPEATERS = 1.25
"""Orders per customer, on average."""

LARGE = 400_000
"""Orders from which the true effects of :func:`late_orders` are counted; they are good to .02 points of a percent."""

UNITS, TREATED, CONTINUOUS, BINARY = 747, 139, 6, 19
RESERVOIR = 40
"""Times the units of :func:`response_surface_b` that are drawn, to choose them from and to know what is true beyond them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an estimator would have to learn, as it is; all arrays run over rows.

    :param chance: of treatment, given the covariates. :param without: outcome expected untreated. :param treated: treated.
    """

    chance: Floats
    without: Floats
    treated: Floats


@dataclass(frozen=True, slots=True)
class Confounded:
    """A table, and what is true of it.

    :param table: covariates, ``treatment`` and ``outcome`` under the names of the design.
    :param covariates: the columns that have to be held equal.
    :param effect: of the treatment, on average over all the rows come from; ``effect_on_treated`` over the treated ones among them.
    :param effect_here: on average over the very rows of the table. :param known: what is to be learned, where the covariates tell it.
    """

    table: pa.Table
    covariates: tuple[str, ...]
    effect: float
    effect_on_treated: float
    effect_here: float
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Orders with both of their fates; all arrays run over orders."""

    columns: dict[str, NDArray[np.generic]]
    late: NDArray[np.bool_]
    without: Floats
    """Chance of a bad review on time."""
    with_: Floats
    """Chance of a bad review late."""
    known: Known
    """The same on average over customers, nothing hidden."""


def late_orders(seed: int, orders: int = 20_000, *, hidden: float = 0.0, strength: float = 1.0) -> Confounded:
    """Orders of one year: ``late``, ``bad_review``, and the covariates that confound the two.

    ``bad_review_before`` is a placebo outcome: how the customer's review before this order came out. The lateness of this order cannot have
    touched it. ``late_after`` is a placebo treatment: whether the customer's next order was late.

    :param hidden: how strongly a confounder that is not in the table acts on both (log-odds per standard deviation).
    :param strength: of the effect; 0 for a world in which lateness does nothing.
    """
    rng = np.random.default_rng([seed, 11])
    drawn = _draw(rng, orders, hidden, strength)
    chance = np.where(drawn.late, drawn.with_, drawn.without)
    bad = rng.random(orders) < chance
    before = rng.random(orders) < drawn.without
    after = rng.random(orders) < drawn.late.mean() * np.exp(0.5 * drawn.columns["distance"].astype(np.float64) / 1000 - 0.4)
    table = pa.table(
        {
            **{name: pa.array(column) for name, column in drawn.columns.items()},
            "late": drawn.late,
            "bad_review": bad.astype(np.int64),
            "bad_review_before": before.astype(np.int64),
            "late_after": after,
        }
    )
    here = float((drawn.with_ - drawn.without).mean())
    return Confounded(
        table, ("region", "distance", "price", "season", "seller"), *_late_truth(hidden, strength), here, None if hidden else drawn.known
    )


@cache
def _late_truth(hidden: float, strength: float) -> tuple[float, float]:
    drawn = _draw(np.random.default_rng([0, 12]), LARGE, hidden, strength)
    gain = drawn.with_ - drawn.without
    return float(gain.mean()), float(gain[drawn.late].mean())


def _draw(rng: np.random.Generator, orders: int, hidden: float, strength: float) -> Draw:
    fixed = np.random.default_rng(5)  # the sellers are the same in every world
    slow, careless = fixed.multivariate_normal([0, 0], [[0.16, 0.08], [0.08, 0.09]], SELLERS).T
    size = fixed.gamma(0.8, 1.0, SELLERS) + 0.05
    customer = rng.integers(0, int(orders / REPEATERS) + 1, orders)
    mood = rng.normal(0, MOOD, int(orders / REPEATERS) + 1)[customer]
    region = rng.choice(5, orders, p=[0.2, 0.42, 0.13, 0.15, 0.1])
    distance = rng.gamma(2.0, 150.0, orders) * np.array([0.8, 0.6, 1.2, 2.2, 3.0])[region]
    price = rng.lognormal(4.2, 0.8, orders)
    season = rng.integers(1, 53, orders)
    seller = rng.choice(SELLERS, orders, p=size / size.sum())
    peak = np.exp(-0.5 * ((season - 47) / 2.5) ** 2)
    unseen = rng.normal(0, 1, orders)
    far = distance / 400
    to_late = (
        -2.75 + 0.45 * np.log1p(far) + 1.3 * peak + 0.5 * (region >= NORTHEAST) + slow[seller] + 0.12 * np.log(price / 66) + hidden * unseen
    )
    late = rng.random(orders) < _logistic(to_late)
    own = -1.95 + 0.2 * np.tanh(far - 1) + 0.3 * peak + 0.25 * (region == NORTH) + careless[seller] + 0.15 * np.log(price / 66)
    hit = strength * (1.9 + 0.2 * np.tanh(np.log(price / 66)) - 0.1 * (region == SOUTHEAST))
    columns: dict[str, NDArray[np.generic]] = {
        "customer": customer,
        "region": np.array(REGIONS)[region],
        "distance": np.round(distance, 1),
        "price": np.round(price, 2),
        "season": season,
        "seller": np.char.add("seller ", seller.astype(str)),
    }
    known = Known(_logistic(to_late), _over_moods(own), _over_moods(own + hit))
    own += mood + hidden * unseen
    return Draw(columns, late, _logistic(own), _logistic(own + hit), known)


def _over_moods(log_odds: Floats) -> Floats:
    """Chance on average over customers' moods (Gauss and Hermite's quadrature)."""
    points, weights = np.polynomial.hermite_e.hermegauss(9)
    return np.asarray(
        sum(weight * _logistic(log_odds + MOOD * point) for point, weight in zip(points, weights, strict=True)) / weights.sum()
    )


def response_surface_b(seed: int) -> Confounded:
    """One replication of an IHDP-like study: 747 units, 25 covariates, effects that differ from unit to unit."""
    rng = np.random.default_rng([seed, 13])
    mixing = rng.normal(0, 0.3, (CONTINUOUS, CONTINUOUS)) + np.eye(CONTINUOUS)
    continuous = rng.normal(size=(RESERVOIR * UNITS, CONTINUOUS)) @ mixing
    continuous /= continuous.std(axis=0)
    lean = rng.uniform(0.1, 0.9, BINARY)
    tilt = rng.normal(0, 0.4, (CONTINUOUS, BINARY))
    binary = (rng.random((RESERVOIR * UNITS, BINARY)) < _logistic(np.log(lean / (1 - lean)) + continuous @ tilt)).astype(np.float64)
    x = np.column_stack([continuous, binary])
    chance = _logistic(-1.5 + 0.5 * continuous[:, 0] - 0.4 * continuous[:, 1] + 0.6 * binary[:, 0] - 0.5 * binary[:, 1])
    assigned = rng.random(len(x)) < chance
    beta = rng.choice([0.0, 0.1, 0.2, 0.3, 0.4], x.shape[1], p=[0.6, 0.1, 0.1, 0.1, 0.1])
    without, linear = np.exp((x + 0.5) @ beta), x @ beta
    chosen = [np.flatnonzero(assigned)[:TREATED], np.flatnonzero(~assigned)[: UNITS - TREATED]]
    with_ = linear - ((linear - without)[chosen[0]].mean() - 4.0)  # so that the effect on the treated of the table is 4
    gain = with_ - without
    rows = rng.permutation(np.concatenate(chosen))
    outcome = np.where(assigned, with_, without)[rows] + rng.normal(size=UNITS)
    names = tuple(f"x{number}" for number in range(1, x.shape[1] + 1))
    table = pa.table({**dict(zip(names, x[rows].T, strict=True)), "treated": assigned[rows], "outcome": outcome})
    share = TREATED / UNITS
    beyond = share * gain[assigned].mean() + (1 - share) * gain[~assigned].mean()
    return Confounded(table, names, float(beyond), float(gain[assigned].mean()), float(gain[rows].mean()))


def _logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))

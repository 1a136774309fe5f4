"""The planted-truth simulator of domain.md i.2, whose expected account is the first table of d5.

60 lanes of uneven size; 12,000 orders in 52 weeks; a keep target of .9 and a standard of 8 days. Promises are the true 90% quantile in
whole days. Three causes are planted, in rows of their own:

- a campaign in weeks 20 to 25 promises 3 days too fast (expectation-setting);
- the largest lane takes 4 days longer in weeks 40 to 43 (delivery);
- lane 7 is chronically slow and is always promised exactly the charter's 8 days (standard).
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from troth.engine.worlds.leadtime import break_probability, true_parts
from troth.engine.worlds.network import (
    KEEP_TARGET,
    LANES,
    ORDERS,
    SLOW_LANE,
    Flags,
    after,
    charter,
    draw_lead_time,
    draw_network,
    flags,
    labels,
    planted,
    promise_table,
    spec,
    true_capability,
    true_rows,
)
from troth.engine.worlds.truth import Truth, World
from troth.terms.vocabulary import Part

STANDARD = 8.0
SLOW_DAYS = 9.0
CAMPAIGN_WEEKS = (20, 25)
CAMPAIGN_HASTE = 3.0
INCIDENT_WEEKS = (40, 43)
INCIDENT_DAYS = 4.0


def lanes(
    seed: int, *, orders: int = ORDERS, slow_share: float | None = None, history: int = 0, standard: float | None = STANDARD
) -> World:
    """60 lanes with a campaign, an incident and a slow lane.

    Dimensions: ``campaign`` (yes, no) and ``order_week`` (“week 00” ...); context: ``lane`` (“lane 00” ...). The slow lane has no campaign.

    :param orders: orders in the 52 weeks.
    :param slow_share: share of the orders in the slow lane, instead of the one it draws; sizes are so uneven that it may draw a handful,
        in which no estimate can come near its truth.
    :param history: weeks of undisturbed orders before week 0.
    :param standard: S of the charter in days; ``None`` for a charter that agrees none.
    """
    generator = np.random.default_rng(seed)
    network = draw_network(generator, slow=SLOW_DAYS, slow_share=slow_share, orders=orders, history=history)
    location, week = network.order_location, network.week
    sizes = np.bincount(network.lane, minlength=LANES)
    sizes[SLOW_LANE] = 0
    largest = int(sizes.argmax())

    slow = network.lane == SLOW_LANE
    hasty = _between(week, CAMPAIGN_WEEKS) & ~slow
    disturbed = _between(week, INCIDENT_WEEKS) & (network.lane == largest)

    usual = np.where(slow, STANDARD, np.round(true_capability(location)))
    promised = np.where(hasty, np.maximum(usual - CAMPAIGN_HASTE, 1.0), usual)
    delay = np.where(disturbed, INCIDENT_DAYS, 0.0)
    received = draw_lead_time(generator, location) + delay

    known = break_probability(promised, location)
    met = break_probability(promised - delay, location)
    added = np.select(
        [hasty, disturbed, slow],
        [known - break_probability(usual, location), met - known, known - (1 - KEEP_TARGET)],
        default=0.0,
    )

    parts = true_parts(location, promised, met, standard=standard, keep_target=KEEP_TARGET)
    cause = partial(planted, added=added, parts=parts)
    incident_weeks = tuple(f"week {number:02d}" for number in range(INCIDENT_WEEKS[0], INCIDENT_WEEKS[1] + 1))
    return World(
        promises=promise_table(
            network,
            promised,
            received,
            {"lane": labels("lane", network.lane), "campaign": flags(hasty), "order_week": labels("week", week)},
        ),
        specs=(spec(dimensions=("campaign", "order_week")),),
        charter=charter(standard),
        truth=Truth(
            keep_target=KEEP_TARGET,
            causes=(
                cause("campaign", Part.EXPECTATION, {"campaign": ("yes",)}, hasty),
                cause("incident", Part.DELIVERY, {"lane": (f"lane {largest:02d}",), "order_week": incident_weeks}, disturbed),
                cause("slow lane", Part.STANDARD, {"lane": (f"lane {SLOW_LANE:02d}",)}, slow),
            ),
            rows=true_rows(
                parts=parts,
                added=added,
                cause=np.select([hasty, disturbed, slow], ["campaign", "incident", "slow lane"], default=""),
            ),
        ),
        as_of=after(promised, network.made, received),
    )


def _between(week: NDArray[np.int64], span: tuple[int, int]) -> Flags:
    return (week >= span[0]) & (week <= span[1])

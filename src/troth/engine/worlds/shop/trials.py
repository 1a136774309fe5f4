"""Trials of the shop's club: thirty days free, then a fee each month, unless the customer cancels.

As with visits: a trial is cancelled with chance ``1 - (1 - base) (1 - h1) ...``, so whose the cancelled trials are is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.year import END

TRIES = 0.14
"""Share of people who try the club in the year."""
TRIAL_DAYS = 30
EXPOSURES: tuple[tuple[str, str, float], ...] = (
    ("benefit_missing", "marketing", 0.4),
    ("question_unanswered", "service", 0.35),
    ("first_parcel_late", "operating", 0.25),
    ("app_crashed", "operating", 0.2),
)
"""What a trial may meet, whose it is, and the share of would-be members it costs."""
PROMISED_STEPS = 2
"""Clicks in which the club says it can be cancelled."""
FEE = 19.9


@dataclass(frozen=True, slots=True)
class Trials:
    """One value per trial.

    :param person: position of the person in the block.
    :param ends: day after the trial; ``cancelled`` day it was cancelled, infinity for never.
    :param steps: clicks it took to cancel.
    :param answered: day the first question was answered, infinity for never, NaN where none was asked.
    """

    id: Ints
    person: Ints
    began: Floats
    ends: Floats
    from_ad: Flags
    met: Flags
    asked: Floats
    answered: Floats
    base: Floats
    chance: Floats
    cancelled: Floats
    steps: Ints


def trials(draws: Draws, people: People) -> Trials:
    """The trials of these people, in the order of the people. None of the planted causes touches them."""
    tries = draws.below("tries", people.number, TRIES)
    person = np.flatnonzero(tries)
    number = people.number[person]
    began = np.maximum(people.first[person], draws.uniform("began", number) * END)
    within_year = began < END
    person, number, began = person[within_year], number[within_year], began[within_year]
    from_ad = draws.below("trial ad", number, 0.45)
    asks = draws.below("trial question", number, 0.3)
    unanswered = asks & draws.below("trial unanswered", number, 0.4)
    met = np.stack(
        [
            draws.below("benefit", number, np.where(from_ad, 0.4, 0.06)),
            unanswered,
            draws.below("first parcel", number, np.where(people.region[person] <= 1, 0.22, 0.14)),
            draws.below("crash", number, np.where(people.device[person] <= 1, 0.16, 0.05)),
        ],
        axis=1,
    )
    base = expit(-0.95 + np.array([0.15, 0.0, -0.5])[people.tier[person]] + 0.2 * from_ad)
    chance = 1 - (1 - base) * np.where(met, 1 - np.array([share for *_, share in EXPOSURES]), 1.0).prod(axis=1)
    cancels = draws.uniform("cancels", number) < chance
    asked = np.where(asks, began + 0.2 + draws.uniform("asked on", number) * 6, np.nan)
    waits = np.where(unanswered, np.inf, draws.lognormal("trial answer", number, 0.35, 0.8))
    return Trials(
        id=number,
        person=person,
        began=began,
        ends=began + TRIAL_DAYS,
        from_ad=from_ad,
        met=met,
        asked=asked,
        answered=asked + waits,
        base=base,
        chance=chance,
        cancelled=np.where(cancels, began + 12 + draws.uniform("cancelled on", number) * (TRIAL_DAYS - 12.5), np.inf),
        steps=np.where(draws.below("more steps", number, 0.12), 3 + draws.whole("steps", number, 5), PROMISED_STEPS),
    )

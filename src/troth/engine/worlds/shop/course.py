"""The minutes of a visit: when it began, when something was asked, when the checkout was opened; it ends in the order, or without one.

Drawn from names of their own, so that nothing else in the world hangs on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troth.engine.worlds.shop.draws import Draws, Floats
from troth.engine.worlds.shop.visits import Visits

MINUTE, HOUR = 1 / 1440, 1 / 24
MOST_WAITED = 20.0
"""Minutes a visitor waits for an answer at most before going on."""
OF_THE_HOUR = 0.95
"""A visit fits into the part of its hour gone by: what is sorted by day or part of the day stays where it was."""


@dataclass(frozen=True, slots=True)
class Course:
    """Days of the year, one value per visit: ``began`` < ``asked`` < ``checkout`` < the visit's own time.

    :param asked: when the question was asked; where none was, when it would have been.
    """

    began: Floats
    asked: Floats
    checkout: Floats


def course(draws: Draws, visit: Visits) -> Course:
    """How each visit went."""
    number = visit.id
    paying = 0.5 + 2 * draws.uniform("minutes at the checkout", number)
    patient = 5 + (MOST_WAITED - 5) * draws.uniform("minutes of patience", number)
    waiting = 0.5 + np.where(np.isfinite(visit.minutes), np.minimum(visit.minutes, MOST_WAITED), patient)
    asked = paying + waiting
    began = np.where(visit.asked, asked, paying) + 1 + 11 * draws.uniform("minutes of looking", number)
    longest = np.maximum(began, asked + 0.5)
    gone = (visit.at - np.floor(visit.at / HOUR) * HOUR) / MINUTE
    scale = np.minimum(1.0, OF_THE_HOUR * gone / longest) * MINUTE
    return Course(visit.at - began * scale, visit.at - asked * scale, visit.at - paying * scale)

"""The journeys behind a number of Journeys: exactly those it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.history import INTERACTION
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.studies.questions import whole_number
from troth.workspace.studies.reading import OpenStudy

MOVES, VARIANT, DEPARTURE, DEVIATION, TOUCHPOINT = "moves", "variant", "departure", "deviation", "touchpoint"
REACHED = "reached"
PLACES = {
    "dropped": "that went no further than “{}”",
    REACHED: "that came to “{}”, or to a later step of the map",
    "went_on": "that went on from “{}”",
    "under_way": "that came to “{}”, and are under way",
}
WORDS = {
    MOVES: "from “{}” to “{}”",
    VARIANT: "that walked path {}",
    DEPARTURE: "that left the map at “{}”, where “{}” came instead",
    DEVIATION: "that left the map: {}",
    TOUCHPOINT: "at the touchpoint “{}”",
}
"""What is asked for, in words."""

NOUNS = {MOVES: "move", TOUCHPOINT: "interaction"}
"""What is listed where it is no whole journey: what happened at one moment."""

KINDS = (*PLACES, *WORDS)
NOT_KEPT = "this study keeps no rows of its journeys; run it again, to have them here."


class UnknownWalksError(RequestError):
    """Journeys whose rows the study does not keep."""

    status = 404


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which journeys are asked for.

    :param of: one of :data:`KINDS`. :param step: the step, the number of the path from 1, the kind of deviation, or the touchpoint;
        empty for a departure at the start. :param to: the step a move or a departure went to, or that a deviation is about.
    """

    of: str
    step: str
    to: str = ""


def walks(opened: OpenStudy, asked: Wanted) -> ir.Table:
    """The journeys asked for, the latest first.

    :returns: ``journey``, ``person`` and, of whole journeys, ``start``, ``end`` and ``events``; of moves and of interactions ``at``.
    :raises UnknownWalksError: the study keeps no rows of them. :raises RequestError: there is no such step, path or deviation.
    """
    rows = _asked(opened, asked)
    return rows.order_by([rows[began(asked)].desc(), "journey"])


def began(asked: Wanted) -> str:
    """The column that tells when one was."""
    return "at" if asked.of in NOUNS else "start"


def _asked(opened: OpenStudy, asked: Wanted) -> ir.Table:
    if asked.of not in KINDS:
        raise RequestError(f"there are no journeys “{asked.of[:40]}”.", place="of", mend=did_you_mean(asked.of, KINDS))
    if not (asked.step or (asked.of == DEPARTURE and asked.to)):
        raise RequestError("the step is missing.", place="step", mend="open a number of Journeys.")
    if asked.of == TOUCHPOINT:
        return _met_at(opened, asked.step)
    walked = opened.study.reading.walked
    if walked is None:
        raise UnknownWalksError("there are no rows of journeys.", place="study", mend=NOT_KEPT)
    nothing: dict[str, Any] = {"step": None, "move": None, "variant": None, "places": {}, "deviation": None, "departure": None}
    more: Mapping[str, Callable[[], dict[str, Any]]] = {
        VARIANT: lambda: {"variant": whole_number(asked.step, "step", otherwise=1) - 1},
        DEPARTURE: lambda: {"departure": (asked.step, asked.to)},
        DEVIATION: lambda: {"deviation": (asked.step, asked.to) if asked.to else asked.step},
    }
    if asked.of == MOVES:
        return walked.moves(asked.step, asked.to)
    return walked.table(**{**nothing, **(more[asked.of]() if asked.of in more else {"places": {asked.of: asked.step}})})


def _met_at(opened: OpenStudy, touchpoint: str) -> ir.Table:
    """The interactions at a touchpoint, those of no journey among them."""
    history = opened.study.reading.history
    known = [row.touchpoint for row in opened.journeys().touchpoints]
    if history is None or touchpoint not in known:
        raise RequestError(f"there is no touchpoint “{touchpoint[:40]}”.", place="step", mend=did_you_mean(touchpoint, known))
    rows = history.filter((history.tells == INTERACTION) & (history.touchpoint == touchpoint))
    return rows.select(journey=rows.subject.cast("string").fill_null(""), person=rows.customer.cast("string"), at=rows["at"])
